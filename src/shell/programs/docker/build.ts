// `docker build` (docker/cli 28.2, cli/command/image/build.go; docker/buildx): the directory goes to the engine as an
// archive, and what is built comes back as lines of JSON.
// Departures: BuildKit gets the archive whole, where the real one asks for files one by one over a session.

import { writeArchive } from '../../../sim/containers/images/archive.ts';
import { ignoring, PatternError, readIgnoreFile } from '../../../sim/containers/build/ignore.ts';
import { readAll } from '../../streams.ts';
import { buildKitWished, offersBuildKit } from './builder.ts';
import { BuildKitView } from './buildkit.ts';
import { splitPair } from './container-config.ts';
import type { Context } from './context.ts';
import { DockerError, notSimulated } from './errors.ts';
import { platformOf } from './images.ts';
import { textAt } from './json.ts';
import { entriesBelow, entryOf } from './local-files.ts';
import { showProgress } from './progress.ts';
import { humanSize, ramInBytes } from './units.ts';

interface Sources {
  readonly archive: string;
  /** As the engine finds it in the archive. */
  readonly dockerfile: string;
  readonly text: string;
}

export async function run(context: Context): Promise<void> {
  const { flags, proc } = context;
  const kit = (await offersBuildKit(proc)) && buildKitWished(proc) !== false;
  for (const name of ['squash', 'isolation', 'ulimit', 'shm-size', 'cgroup-parent', 'security-opt', 'compress']) {
    if (flags.has(name) && flags.changed(name)) throw notSimulated(`the flag --${name}`);
  }
  const quiet = flags.bool('quiet');
  const sources = await read(context, kit);
  if (kit) await withBuildKit(context, sources);
  else await classic(context, sources, quiet);
}

async function read(context: Context, kit: boolean): Promise<Sources> {
  const { proc, flags } = context;
  const given = context.arg(0);
  const wrong = (message: string) =>
    new DockerError(kit ? `ERROR: ${message}` : `unable to prepare context: ${message}`);
  if (given === '-') {
    if (flags.text('file') === '-')
      throw new DockerError("invalid argument: can't use stdin for both build context and dockerfile");
    const text = await readAll(proc.stdin);
    const entry = { path: '/Dockerfile', type: 'file', mode: 0o600, uid: 0, gid: 0, mtimeMs: 0 } as const;
    return { archive: writeArchive([{ ...entry, content: { kind: 'text', text } }]), dockerfile: 'Dockerfile', text };
  }
  if (/^(https?|git|ssh):\/\/|^git@|^github\.com\//.test(given)) throw notSimulated('a build context from elsewhere');
  const directory = context.file(given);
  if (!proc.fs.exists(directory)) {
    throw wrong(
      kit
        ? `failed to build: unable to prepare context: path ${JSON.stringify(given)} not found`
        : `path ${JSON.stringify(given)} not found`,
    );
  }
  if (!proc.fs.isDirectory(directory)) throw wrong(`unable to prepare context: ${given}: not a directory`);
  const file = flags.text('file');
  const path = file === '' ? `${directory === '/' ? '' : directory}/Dockerfile` : context.file(file);
  const lower = `${directory}/dockerfile`;
  const found = proc.fs.exists(path) || file !== '' || !proc.fs.exists(lower) ? path : lower;
  if (!proc.fs.exists(found)) {
    const name = file === '' ? 'Dockerfile' : file;
    throw kit
      ? new DockerError(
          `ERROR: failed to build: failed to solve: failed to read dockerfile: open ${name}: no such file or directory`,
        )
      : wrong(`unable to evaluate symlinks in Dockerfile path: lstat ${found}: no such file or directory`);
  }
  const text = proc.fs.read(found);
  const inside = found.startsWith(`${directory === '/' ? '' : directory}/`);
  const dockerfile = inside ? found.slice(directory === '/' ? 1 : directory.length + 1) : '.dockerfile';
  const entries = entriesBelow(proc, directory, '', ignored(context, directory, dockerfile));
  if (!inside) {
    const outside = entryOf(proc, found, `/${dockerfile}`);
    if (outside) entries.push(outside);
  }
  return { archive: writeArchive(entries), dockerfile, text };
}

/** What `.dockerignore` leaves out; itself and the Dockerfile always go along. */
function ignored({ proc }: Context, directory: string, dockerfile: string): (path: string) => boolean {
  const own = `${directory}/${dockerfile}.dockerignore`;
  const path = proc.fs.exists(own) ? own : `${directory}/.dockerignore`;
  if (!proc.fs.exists(path)) return () => false;
  try {
    const ignores = ignoring(readIgnoreFile(proc.fs.read(path)));
    return (name) => name !== dockerfile && name !== '.dockerignore' && ignores(name);
  } catch (error) {
    if (error instanceof PatternError) throw new DockerError(`error checking context: ${error.message}.`);
    throw error;
  }
}

/** What both builders are asked alike. */
function query(context: Context, { dockerfile }: Sources): Record<string, string | number | undefined> {
  const { flags, proc } = context;
  const pairs = (name: string): string | undefined => {
    const values = flags.list(name).map((one) => {
      const [key, value] = splitPair(one);
      return one.includes('=') ? [key, value] : [key, proc.env[key] ?? null];
    });
    return values.length === 0
      ? undefined
      : JSON.stringify(Object.fromEntries(values.sort(([a], [b]) => ((a ?? '') < (b ?? '') ? -1 : 1))));
  };
  const list = (name: string) =>
    flags.has(name) && flags.list(name).length > 0 ? JSON.stringify(flags.list(name)) : undefined;
  const one = (name: string) => (flags.has(name) && flags.bool(name) ? 1 : undefined);
  const bytes = (name: string) =>
    flags.has(name) && flags.changed(name) ? Number(ramInBytes(flags.text(name))) : undefined;
  const platforms = flags.list('platform');
  const platform = platforms.at(-1) ?? flags.text('platform');
  if (platforms.length > 1 || platform.includes(',')) {
    throw new DockerError(
      'ERROR: failed to build: Multi-platform build is not supported for the docker driver.\n' +
        'Switch to a different driver, or turn on the containerd image store, and try again.\n' +
        'Learn more at https://docs.docker.com/go/build-multi-platform/',
    );
  }
  if (platform !== '') platformOf(platform);
  return {
    buildargs: pairs('build-arg'),
    cachefrom: list('cache-from'),
    cpuperiod: flags.has('cpu-period') ? flags.int('cpu-period') || undefined : undefined,
    cpuquota: flags.has('cpu-quota') ? flags.int('cpu-quota') || undefined : undefined,
    cpushares: flags.has('cpu-shares') ? flags.int('cpu-shares') || undefined : undefined,
    dockerfile,
    extrahosts: list('add-host'),
    forcerm: one('force-rm'),
    labels: pairs('label'),
    memory: bytes('memory'),
    memswap: bytes('memory-swap'),
    networkmode: flags.has('network') && flags.text('network') !== 'default' ? flags.text('network') : undefined,
    nocache: one('no-cache'),
    platform: platform === '' ? undefined : platform.toLowerCase(),
    pull: one('pull'),
    q: one('quiet'),
    rm: flags.has('rm') && flags.text('rm') === 'false' ? 0 : undefined,
    target: flags.text('target') || undefined,
  };
}

async function send(context: Context, sources: Sources, version: 1 | 2) {
  return context.engine.request('POST', '/build', {
    query: { ...query(context, sources), t: context.flags.list('tag'), version },
    body: sources.archive,
    contentType: 'application/x-tar',
  });
}

async function classic(context: Context, sources: Sources, quiet: boolean): Promise<void> {
  const { proc } = context;
  const size = humanSize(sources.archive.length).padStart(8);
  const answer = await send(context, sources, 1);
  if (!quiet) {
    await context.out(`Sending build context to Docker daemon ${size}\r\r\n`);
  }
  let id = '';
  let said = '';
  const write = (text: string) => {
    said += quiet ? text : '';
    return quiet ? Promise.resolve() : context.out(text);
  };
  try {
    await showProgress(answer, {
      write,
      isTTY: proc.stdout.isTTY && !quiet,
      columns: proc.columns,
      aux: (aux) => {
        id = textAt(aux, 'ID') || id;
      },
    });
  } catch (error) {
    // What was held back tells why.
    if (quiet && error instanceof DockerError) await context.err(said);
    throw error;
  }
  if (quiet) await context.out(said === '' ? `${id}\n` : said);
  saveId(context, id);
}

async function withBuildKit(context: Context, sources: Sources): Promise<void> {
  const { flags, proc } = context;
  const quiet = flags.bool('quiet');
  const wished = flags.text('progress');
  if (!['auto', 'plain', 'tty', 'quiet', 'rawjson'].includes(wished)) {
    throw new DockerError(`ERROR: invalid progress mode: ${wished}`);
  }
  if (wished === 'rawjson') throw notSimulated('the progress rawjson');
  const plain = wished === 'plain' || (wished === 'auto' && !proc.stderr.isTTY);
  const mode = quiet || wished === 'quiet' ? 'quiet' : plain ? 'plain' : 'tty';
  const view = new BuildKitView({ mode, columns: proc.columns, write: (text) => context.err(text) });
  await view.begin();
  let id = '';
  try {
    await showProgress(await send(context, sources, 2), {
      write: () => Promise.resolve(),
      isTTY: false,
      columns: proc.columns,
      aux: async (aux, of) => {
        if (of === 'moby.buildkit.trace' && typeof aux === 'string') await view.take(aux);
        else id = textAt(aux, 'ID') || id;
      },
    });
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    await view.end(true);
    const message = error.message.replace(/^(?:Error response from daemon: )?(?:failed to solve: )?/, '');
    await context.err(view.failure(sources.text, sources.dockerfile));
    throw new DockerError(`ERROR: failed to build: failed to solve: ${message}`);
  }
  await view.end(false);
  if (quiet) await context.out(`${id}\n`);
  saveId(context, id);
}

function saveId(context: Context, id: string): void {
  const file = context.flags.text('iidfile');
  if (file !== '') context.proc.fs.write(context.file(file), id);
}
