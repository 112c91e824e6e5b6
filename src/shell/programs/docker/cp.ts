// `docker cp` (docker/cli 28.2, cli/command/container/cp.go; moby, pkg/archive/copy.go): an archive to or from a container.
// Left out: archives on standard input and output, `--follow-link` for a link in the container.

import { writeArchive } from '../../../sim/containers/images/archive.ts';
import type { LayerEntry } from '../../../sim/linux/files/layer.ts';
import { fromBytes } from '../../../sim/workload/bytes.ts';
import type { Context } from './context.ts';
import { DockerError, EngineError, notSimulated } from './errors.ts';
import { type JsonObject, numberAt, parseObject, textAt } from './json.ts';
import { entriesBelow, entriesIn, entryOf, place } from './local-files.ts';
import { humanSize } from './units.ts';

export async function run(context: Context): Promise<void> {
  const [from, to] = [splitName(context.arg(0)), splitName(context.arg(1))];
  if (from.container !== '' && to.container !== '')
    throw new DockerError('copying between containers is not supported');
  if (from.container === '' && to.container === '') throw new DockerError('must specify at least one container source');
  if (from.path === '-' || to.path === '-') throw notSimulated('an archive on standard input or output');
  await (from.container === '' ? into(context, from.path, to) : outOf(context, from, to.path));
}

/** `web:/tmp`; a path with a slash or a dot before the colon is the reader's own. */
function splitName(text: string): { container: string; path: string } {
  const colon = text.indexOf(':');
  if (text.startsWith('/') || text.startsWith('.') || colon < 0) return { container: '', path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

/** Go's os.ModeDir. */
const DIRECTORY = 2 ** 31;
const base = (path: string): string => path.replace(/\/+$/, '').replace(/^.*\//, '') || '/';
const parent = (path: string): string => {
  const cut = path
    .replace(/\/+$/, '')
    .replace(/[^/]*$/, '')
    .replace(/\/+$/, '');
  return cut || (path.startsWith('/') ? '/' : '.');
};
const endsOpen = (path: string): boolean => path.endsWith('/') || path.endsWith('/.') || path === '.';

function statOf(header: string | undefined): JsonObject {
  return parseObject(fromBytes(atob(header ?? ''))) ?? {};
}

async function said(context: Context, text: string): Promise<void> {
  // Only somebody who watches is told.
  if (!context.flags.bool('quiet') && context.proc.stderr.isTTY) await context.err(text);
}

async function outOf(context: Context, from: { container: string; path: string }, to: string): Promise<void> {
  const { engine, proc } = context;
  const target = context.file(to);
  const isDirectory = proc.fs.isDirectory(target);
  const answer = await engine.request('GET', `/containers/${from.container}/archive`, {
    query: { path: absolute(from.path) },
  });
  const stat = statOf(answer.headers['x-docker-container-path-stat']);
  const sourceIsDirectory = numberAt(stat, 'mode') >= DIRECTORY;
  const archive = await answer.text();
  if (!proc.fs.isDirectory(parent(target)) || (!sourceIsDirectory && to.endsWith('/') && !isDirectory)) {
    throw new DockerError(
      to.endsWith('/') && !sourceIsDirectory
        ? 'no such directory'
        : `invalid output path: directory ${JSON.stringify(parent(target))} does not exist`,
    );
  }
  const content = from.path.endsWith('/.') || from.path === '.';
  const root = textAt(stat, 'name') || base(from.path);
  const newName = isDirectory ? (content ? '' : root) : base(target);
  const under = isDirectory ? target : parent(target);
  for (const entry of entriesIn(archive)) {
    const inside = entry.path.replace(/^\/[^/]*/, '');
    const path = `${under === '/' ? '' : under}/${newName}${inside}`.replace(/\/{2,}/g, '/').replace(/(.)\/$/, '$1');
    place(proc, entry, path);
  }
  await said(context, `Successfully copied ${humanSize(archive.length, 3)} to ${target}\n`);
}

/** Relative paths start at the container's root. */
const absolute = (path: string): string => (path.startsWith('/') ? path : `/${path}`);

async function into(context: Context, from: string, to: { container: string; path: string }): Promise<void> {
  const { engine, proc, flags } = context;
  const source = context.file(from);
  const target = absolute(to.path);
  const stat = await remoteStat(context, to.container, target);
  const node = proc.fs.find(source);
  if (!node) throw new DockerError(`lstat ${source}: no such file or directory`);
  const sourceIsDirectory = node.kind === 'directory';
  const targetIsDirectory = stat !== undefined && numberAt(stat, 'mode') >= DIRECTORY;
  if (stat && !targetIsDirectory && sourceIsDirectory) throw new DockerError('cannot copy directory');
  if (!stat && !sourceIsDirectory && to.path.endsWith('/')) throw new DockerError('no such directory');
  const content = sourceIsDirectory && endsOpen(from) && (from.endsWith('/.') || from === '.');
  const [directory, name] = targetIsDirectory ? [target, content ? '' : base(source)] : [parent(target), base(target)];
  const entries: LayerEntry[] = [];
  const own = name === '' ? undefined : entryOf(proc, source, `/${name}`, flags.bool('follow-link'));
  if (own) entries.push(own);
  if (sourceIsDirectory) entries.push(...entriesBelow(proc, source, name));
  const archive = writeArchive(entries);
  await engine.act('PUT', `/containers/${to.container}/archive`, {
    query: {
      copyUIDGID: flags.bool('archive') ? true : undefined,
      noOverwriteDirNonDir: true,
      path: directory,
    },
    body: archive,
    contentType: 'application/x-tar',
  });
  await said(context, `Successfully copied ${humanSize(archive.length, 3)} to ${to.container}:${to.path}\n`);
}

/** What is at the target; undefined for nothing. */
async function remoteStat(context: Context, container: string, path: string): Promise<JsonObject | undefined> {
  try {
    const answer = await context.engine.request('GET', `/containers/${container}/archive`, { query: { path } });
    return statOf(answer.headers['x-docker-container-path-stat']);
  } catch (error) {
    if (!(error instanceof EngineError) || error.status !== 404 || error.message.includes('No such container'))
      throw error;
    return undefined;
  }
}
