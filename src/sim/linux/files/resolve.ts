// From a path name to a place: path_resolution(7) and fs/namei.c (Linux 6.1). Symbolic links count from the task's root
// when absolute and may be 40; `..` stops at that root; mounts are crossed both ways; each directory on the way needs
// the right to search it; a link in somebody else's sticky directory is not followed (fs.protected_symlinks).
// Left out: the race between two tasks, RESOLVE_* flags of openat2(2).
import { byteLength } from './bytes.ts';
import { refuse, type Attributes, type Caller, type FileSystem, type Place, type Ref } from './file-system.ts';
import type { Mounts } from './mounts.ts';
import { EXECUTE, STICKY, demand, type Rights } from './rights.ts';

/** What resolving needs to know of the task. */
export interface Walker extends Rights {
  readonly mounts: Mounts;
  readonly root: Place;
  readonly cwd: Place;
  /** /proc/sys/fs/protected_symlinks and protected_regular. Default: on, as Debian's systemd sets them. */
  readonly protectedSymlinks?: boolean;
  readonly protectedRegular?: boolean;
}

const NAME_MAX = 255;
const PATH_MAX = 4096;
const LINKS_MAX = 40;

/** Where the last part of a path is to be looked for. */
export interface Parent {
  readonly directory: Place;
  /** The last part; `.`, `..` and the path `/` (as an empty name) have no entry of their own. */
  readonly name: string;
  readonly slash: boolean;
}

interface Walk {
  readonly walker: Walker;
  readonly caller: Caller;
  links: number;
}

/** The place of a path. `follow` says what happens when its last part is a symbolic link. */
export function resolve(walker: Walker, path: string, caller: Caller, follow = true): Place {
  return locate({ walker, caller, links: 0 }, start(walker, path), path, follow);
}

/** The directory that holds, or would hold, the last part of a path; links in the last part are not followed. */
export function resolveParent(walker: Walker, path: string, caller: Caller): Parent {
  return parentOf({ walker, caller, links: 0 }, start(walker, path), path);
}

/** The entry of a directory, mounts on it crossed. */
export function entry(walker: Walker, parent: Parent, caller: Caller): Place | undefined {
  const { directory, name } = parent;
  if (name === '' || name === '.') return directory;
  if (name === '..') return up(walker, directory);
  const ref = fsOf(walker, directory).lookup(directory.ref, name, caller);
  return ref === undefined ? undefined : walker.mounts.down({ mount: directory.mount, ref });
}

/**
 * Where creating a file through a path ends up: the last part's links are followed even when they lead to nothing. A
 * slash at the end asks for a directory (EISDIR).
 */
export function resolveCreation(walker: Walker, path: string, caller: Caller): Parent {
  const walk: Walk = { walker, caller, links: 0 };
  let parent = parentOf(walk, start(walker, path), path);
  for (;;) {
    if (parent.slash) refuse('EISDIR');
    const found = entry(walker, parent, caller);
    if (!found || attributesOf(walker, found, caller).type !== 'symlink') return parent;
    const text = follow(walk, parent.directory, found);
    if (typeof text !== 'string') return { directory: text, name: '.', slash: false };
    parent = parentOf(walk, text.startsWith('/') ? walker.root : parent.directory, text);
  }
}

/** The absolute path of a place as the task sees it. Undefined: it is outside the task's root, or gone. */
export function pathOf(walker: Walker, place: Place): string | undefined {
  const names: string[] = [];
  let here = place;
  for (;;) {
    if (same(here, walker.root)) return `/${names.reverse().join('/')}`;
    if (!walker.mounts.has(here.mount)) return undefined;
    const mount = walker.mounts.mountOf(here.mount);
    if (here.ref === mount.root) {
      if (!mount.at) return undefined;
      here = mount.at;
      continue;
    }
    const above = fsOf(walker, here).parent(here.ref);
    if (!above) return undefined;
    names.push(above.name);
    here = { mount: here.mount, ref: above.ref };
  }
}

/** Whether `below` is `place` or lies in it, within one mount. */
export function isBelow(fs: FileSystem, below: Ref, place: Ref): boolean {
  for (let here: Ref | undefined = below; here !== undefined; here = fs.parent(here)?.ref)
    if (here === place) return true;
  return false;
}

export function attributesOf(walker: Walker, place: Place, caller: Caller): Attributes {
  return fsOf(walker, place).attributes(place.ref, caller);
}

export function fsOf(walker: Walker, place: Place): FileSystem {
  return walker.mounts.fs(place.mount);
}

function same(a: Place, b: Place): boolean {
  return a.mount === b.mount && a.ref === b.ref;
}

function start(walker: Walker, path: string): Place {
  if (path === '') refuse('ENOENT');
  if (byteLength(path) >= PATH_MAX) refuse('ENAMETOOLONG');
  return path.startsWith('/') ? walker.mounts.down(walker.root) : walker.cwd;
}

function parentOf(walk: Walk, from: Place, path: string): Parent {
  const parts = path.split('/').filter((part) => part !== '');
  const name = parts.pop() ?? '';
  let directory = from;
  for (const part of parts) directory = step(walk, directory, part);
  const attributes = attributesOf(walk.walker, directory, walk.caller);
  if (attributes.type !== 'directory') refuse('ENOTDIR');
  if (name !== '') demand(walk.walker, attributes, EXECUTE);
  if (byteLength(name) > NAME_MAX) refuse('ENAMETOOLONG');
  return { directory, name, slash: path.endsWith('/') };
}

function locate(walk: Walk, from: Place, path: string, followLast: boolean): Place {
  const parent = parentOf(walk, from, path);
  const { directory, slash } = parent;
  let found = entry(walk.walker, parent, walk.caller) ?? refuse('ENOENT');
  let { type } = attributesOf(walk.walker, found, walk.caller);
  if (type === 'symlink' && (followLast || slash)) {
    found = through(walk, directory, found);
    ({ type } = attributesOf(walk.walker, found, walk.caller));
  }
  if (slash && type !== 'directory') refuse('ENOTDIR');
  return found;
}

/** One part on the way: a directory, or a link to one. */
function step(walk: Walk, directory: Place, name: string): Place {
  const { walker, caller } = walk;
  const attributes = attributesOf(walker, directory, caller);
  if (attributes.type !== 'directory') refuse('ENOTDIR');
  demand(walker, attributes, EXECUTE);
  if (byteLength(name) > NAME_MAX) refuse('ENAMETOOLONG');
  const found = entry(walker, { directory, name, slash: false }, caller) ?? refuse('ENOENT');
  return attributesOf(walker, found, caller).type === 'symlink' ? through(walk, directory, found) : found;
}

function through(walk: Walk, directory: Place, link: Place): Place {
  const text = follow(walk, directory, link);
  if (typeof text !== 'string') return text;
  return locate(walk, text.startsWith('/') ? walk.walker.mounts.down(walk.walker.root) : directory, text, true);
}

/** The text of a link that may be followed, or the place to which a link of /proc jumps. */
function follow(walk: Walk, directory: Place, link: Place): string | Place {
  const { walker, caller } = walk;
  if (++walk.links > LINKS_MAX) refuse('ELOOP');
  const above = attributesOf(walker, directory, caller);
  const { uid } = attributesOf(walker, link, caller);
  const shared = walker.protectedSymlinks !== false && (above.mode & (STICKY | 0o002)) === (STICKY | 0o002);
  if (shared && uid !== walker.uid && uid !== above.uid) refuse('EACCES');
  const fs = fsOf(walker, link);
  const place = fs.jump?.(link.ref, caller);
  if (place) return place;
  const text = fs.target(link.ref, caller);
  return text === '' ? refuse('ENOENT') : text;
}

function up(walker: Walker, directory: Place): Place {
  let here = directory;
  for (;;) {
    if (same(here, walker.root)) return walker.mounts.down(here);
    const mount = walker.mounts.mountOf(here.mount);
    if (here.ref !== mount.root) break;
    if (!mount.at) return walker.mounts.down(here);
    here = mount.at;
  }
  const above = fsOf(walker, here).parent(here.ref);
  return walker.mounts.down({ mount: here.mount, ref: above?.ref ?? here.ref });
}
