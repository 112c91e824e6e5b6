// COPY and ADD: which entries are meant, their checksum, and their way into a file tree. Models moby 28
// builder/dockerfile/copy.go: what is copied belongs to root unless --chown says otherwise or it comes from another stage;
// a directory gives its contents; ADD unpacks an archive. Left out: addresses as sources, compressed archives.
import { LinuxError, type Files } from '../../linux/contract.ts';
import type { LayerEntry } from '../../linux/files/layer.ts';
import { toBytes } from '../../workload/bytes.ts';
import { readArchive } from '../images/archive.ts';
import { digestOf } from '../images/digest.ts';
import { DaemonError } from '../images/errors.ts';
import { type BuildContext, checksum } from './context.ts';
import { cleanPath, globMatcher } from './ignore.ts';
import type { RootFs } from './rootfs.ts';

/** Where files are copied from. Paths have no slash in front; the empty one is the root. */
export interface CopySource {
  /** The entry and all that is under it; undefined when it is not there. */
  find(path: string): readonly LayerEntry[] | undefined;
  paths(): readonly string[];
}

export interface Found {
  readonly path: string;
  readonly entries: readonly LayerEntry[];
  /** `file:…` or `dir:…`. */
  readonly hash: string;
}

export function contextSource(context: BuildContext): CopySource {
  return {
    find(path) {
      if (path === '') return [rootEntry, ...context.values()];
      const own = context.get(path);
      if (!own) return undefined;
      const target = own.type === 'symlink' ? linkTarget(path, own.target ?? '') : undefined;
      if (target !== undefined)
        return this.find(target)?.map((entry) => ({
          ...entry,
          path: `/${path}${entry.path.slice(target.length + 1)}`,
        }));
      return [own, ...[...context].filter(([other]) => other.startsWith(`${path}/`)).map(([, entry]) => entry)];
    },
    paths: () => [...context.keys()],
  };
}

const rootEntry: LayerEntry = { path: '', type: 'directory', mode: 0o755, uid: 0, gid: 0, mtimeMs: 0 };

function linkTarget(path: string, target: string): string {
  return cleanPath(target.startsWith('/') ? target : `/${path}/../${target}`).slice(1);
}

/** Of another image; its files keep their owners. */
export function filesSource(files: Files): CopySource {
  const entryOf = (path: string, as: string): LayerEntry => {
    const { type, mode, uid, gid, mtimeMs } = files.lstat(path);
    const base = { path: as, type, mode, uid, gid, mtimeMs };
    if (type === 'file') return { ...base, content: files.read(path) };
    return type === 'symlink' ? { ...base, target: files.readlink(path) } : base;
  };
  const under = (path: string, as: string): readonly LayerEntry[] =>
    files.list(path).flatMap((name) => {
      const entry = entryOf(`${path}/${name}`, `${as}/${name}`);
      return entry.type === 'directory' ? [entry, ...under(`${path}/${name}`, `${as}/${name}`)] : [entry];
    });
  return {
    find(path) {
      try {
        const real = files.realpath(`/${path}`);
        const as = path === '' ? '' : `/${path}`;
        const own = entryOf(real, as);
        return own.type === 'directory' ? [own, ...under(real === '/' ? '' : real, as)] : [own];
      } catch (error) {
        if (error instanceof LinuxError) return undefined;
        throw error;
      }
    },
    paths: () => under('', '').map(({ path }) => path.slice(1)),
  };
}

/** Throws `COPY failed: …`, or what BuildKit says in its place. */
export function findSources(
  source: CopySource,
  names: readonly string[],
  how: { readonly command: string; readonly fromContext: boolean; readonly style: 'classic' | 'buildkit' },
): readonly Found[] {
  const { command, style } = how;
  const found = names.flatMap((name) => {
    if (/^(https?|git):\/\//.test(name))
      throw new DaemonError(
        400,
        command === 'COPY'
          ? `${command} failed: source can't be a URL for COPY`
          : `${command} of an address is not simulated`,
      );
    const clean = cleanPath(style === 'buildkit' ? `/${name}` : name.replace(/^\/+/, '')).replace(/^\//, '');
    if (clean === '..' || clean.startsWith('../'))
      throw new DaemonError(400, `${command} failed: forbidden path outside the build context: ${name} ()`);
    const path = clean === '.' ? '' : clean;
    if (/[*?[]/.test(path)) {
      const matches = globMatcher(path);
      return source
        .paths()
        .filter(matches)
        .map((one) => need(source, one, how));
    }
    return [need(source, path, how)];
  });
  if (found.length === 0)
    throw style === 'classic'
      ? new DaemonError(400, `${command} failed: no source files were specified`)
      : notFound(names[0] ?? '');
  return found;
}

function need(source: CopySource, path: string, how: Parameters<typeof findSources>[2]): Found {
  const entries = source.find(path);
  const [own] = entries ?? [];
  if (!entries || !own) {
    if (how.style === 'buildkit') throw notFound(`/${path}`);
    const where = how.fromContext ? 'file not found in build context or excluded by .dockerignore: ' : '';
    throw new DaemonError(400, `${how.command} failed: ${where}stat ${path}: file does not exist`);
  }
  const kind = own.type === 'directory' ? 'dir' : 'file';
  return { path, entries, hash: `${kind}:${checksum(entries, path === '' ? '' : `/${path}`)}` };
}

/** BuildKit names two of its own records, whose names mean nothing to anybody. */
function notFound(path: string): DaemonError {
  const mark = (salt: string): string =>
    BigInt(`0x${digestOf(`${salt} ${path}`).slice(7, 47)}`)
      .toString(36)
      .slice(0, 25);
  return new DaemonError(
    400,
    `failed to compute cache key: failed to calculate checksum of ref ${mark('a')}::${mark('b')}: "${path}": not found`,
  );
}

/** One checksum for all that an instruction copies. */
export function hashOf(found: readonly Found[]): string {
  const [only] = found;
  if (only && found.length === 1) return only.hash;
  return `multi:${digestOf(found.map(({ hash }) => hash).join(',')).slice('sha256:'.length)}`;
}

export interface CopyOptions {
  readonly command: string;
  readonly workdir: string;
  readonly chown?: string;
  /** Octal digits. */
  readonly chmod?: string;
  readonly keepOwner: boolean;
  /** ADD: archives are unpacked. */
  readonly unpack: boolean;
}

/** The destination as an absolute path; with a slash at its end where it must be a directory. */
function destination(target: string, workdir: string): string {
  const slash = /(^|\/)\.?$/.test(target);
  const path = cleanPath(target.startsWith('/') ? target : `${workdir === '' ? '/' : workdir}/${target}`);
  return slash && path !== '/' ? `${path}/` : path;
}

export function copyInto(root: RootFs, found: readonly Found[], target: string, options: CopyOptions): void {
  const { files } = root;
  const to = destination(target, options.workdir);
  if (found.length > 1 && !to.endsWith('/'))
    throw new DaemonError(
      400,
      `When using ${options.command} with more than one source file, the destination must be a directory and end with a /`,
    );
  const owner = options.chown === undefined ? { uid: 0, gid: 0 } : ownerOf(files, options.chown);
  const mode = options.chmod === undefined ? undefined : modeOf(options.chmod);
  const put = (entry: LayerEntry, path: string): void => {
    putEntry(files, entry, path, options.keepOwner && options.chown === undefined ? entry : owner, mode);
  };
  for (const { path, entries } of found) {
    const [own] = entries as [LayerEntry];
    if (own.type === 'directory') {
      const into = to === '/' ? '' : to.replace(/\/$/, '');
      const prefix = path === '' ? 0 : path.length + 1;
      if (into !== '') mkdirs(files, into, owner);
      for (const entry of entries.slice(1)) put(entry, into + entry.path.slice(prefix));
      continue;
    }
    const archive = options.unpack ? archiveIn(own) : undefined;
    if (archive) {
      mkdirs(files, to.replace(/(?<=.)\/$/, ''), owner);
      const into = to === '/' ? '' : to.replace(/\/$/, '');
      for (const entry of archive) putEntry(files, entry, into + entry.path, entry, undefined);
      continue;
    }
    const isDirectory = to.endsWith('/') || (files.exists(to) && files.stat(to).type === 'directory');
    const final = isDirectory ? `${to.replace(/\/$/, '')}/${path.slice(path.lastIndexOf('/') + 1)}` : to;
    mkdirs(files, final.slice(0, final.lastIndexOf('/')) || '/', owner);
    put(own, final);
  }
}

function archiveIn({ content }: LayerEntry): readonly LayerEntry[] | undefined {
  if (content?.kind !== 'text') return undefined;
  if (content.text.startsWith('\x1f\udc8b')) throw new DaemonError(501, 'ADD of a compressed archive is not simulated');
  const bytes = toBytes(content.text);
  return bytes.slice(257, 262) === 'ustar' ? readArchive(bytes) : undefined;
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Missing directories belong to the owner, 0755. */
export function mkdirs(files: Files, path: string, owner: Owner): void {
  if (path === '' || path === '/' || files.exists(path)) return;
  mkdirs(files, path.slice(0, path.lastIndexOf('/')), owner);
  files.mkdir(path, 0o755);
  if (owner.uid !== 0 || owner.gid !== 0) files.chown(path, owner.uid, owner.gid);
}

function putEntry(files: Files, entry: LayerEntry, path: string, owner: Owner, mode: number | undefined): void {
  const { type, mtimeMs } = entry;
  mkdirs(files, path.slice(0, path.lastIndexOf('/')), { uid: 0, gid: 0 });
  const there = lstat(files, path);
  if (type === 'directory') {
    if (there && there !== 'directory' && files.stat(path).type !== 'directory') files.unlink(path);
    if (!files.exists(path)) files.mkdir(path, 0o755);
  } else {
    if (there === 'directory')
      throw new DaemonError(500, `failed to copy files: cannot copy to non-directory: ${path}`);
    if (there) files.unlink(path);
    if (type === 'symlink') {
      files.symlink(entry.target ?? '', path);
      return;
    }
    files.write(path, entry.content ?? '');
  }
  files.chown(path, owner.uid, owner.gid);
  files.chmod(path, mode ?? entry.mode);
  files.utimes(path, mtimeMs);
}

function lstat(files: Files, path: string): string | undefined {
  try {
    return files.lstat(path).type;
  } catch (error) {
    if (error instanceof LinuxError) return undefined;
    throw error;
  }
}

function modeOf(text: string): number {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  throw new DaemonError(400, `invalid chmod parameter: '${text}'. it should be octal string and between 0 and 07777`);
}

/** `user`, `user:group`, by name or number; a user's own number serves as group where none is given. */
function ownerOf(files: Files, text: string): Owner {
  const [user = '', group] = text.split(':');
  const uid = numberOf(files, '/etc/passwd', user);
  if (uid === undefined)
    throw new DaemonError(
      500,
      `unable to convert uid/gid chown string to host mapping: can't find uid for user ${user}: no such user: ${user}`,
    );
  const wanted = group ?? user;
  const gid = numberOf(files, '/etc/group', wanted);
  if (gid === undefined)
    throw new DaemonError(
      500,
      `unable to convert uid/gid chown string to host mapping: can't find gid for group ${wanted}: no such group: ${wanted}`,
    );
  return { uid, gid };
}

function numberOf(files: Files, table: string, name: string): number | undefined {
  if (/^\d+$/.test(name)) return Number(name);
  if (!files.exists(table)) return undefined;
  const line = files
    .readText(table)
    .split('\n')
    .find((one) => one.startsWith(`${name}:`));
  return line === undefined ? undefined : Number(line.split(':')[2]);
}
