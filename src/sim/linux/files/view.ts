// System calls about files as one task makes them: path names, rights, umask, mount options and then the file system's
// own rules, refused in the kernel's order (fs/namei.c, fs/open.c, fs/attr.c, Linux 6.1), so that the first error is the
// real one. Implements the contract's `Files`.
// Departures: opening, writing and closing is one step; FIFOs and sockets exist but cannot be opened (EOPNOTSUPP); random
// devices give a fixed text; terminals swallow what is written to them (the shell has its own streams).
import type { Content, Files, Stat } from '../contract.ts';
import { byteLength, contentBytes } from './bytes.ts';
import { refuse, type Attributes, type Birth, type Caller, type Device, type Place } from './file-system.ts';
import { readDevice, writeDevice } from './devices.ts';
import type { MountOptions } from './mounts.ts';
import { renameEntry } from './rename.ts';
import { attributesOf, entry, fsOf, pathOf, resolve, resolveCreation, resolveParent } from './resolve.ts';
import type { Parent, Walker } from './resolve.ts';
import {
  EXECUTE,
  READ,
  SET_GID,
  SET_UID,
  STICKY,
  WRITE,
  demand,
  demandRemoval,
  isMember,
  isOwner,
  isPrivileged,
  mayAccess,
  shown,
  toOutside,
} from './rights.ts';

/** One task, as far as files are concerned. Made anew whenever something about the task changes. */
export interface View extends Walker {
  /** In the machine's own PID namespace. */
  readonly pid: number;
  readonly umask: number;
  /** Unix milliseconds by the machine's clock. */
  readonly now: () => number;
}

/** `Files` and what only the machine's own programs need. */
export interface TaskFiles extends Files {
  /** The place of a path; for chdir, chroot, mounts. */
  place(path: string, follow?: boolean): Place;
  /** Of a place; `undefined` outside the task's root. getcwd(2). */
  pathOf(place: Place): string | undefined;
  /** Options of the mount that holds the path: whether programs run (`noexec`), set-id bits count (`nosuid`). */
  mountOptions(path: string): MountOptions;
  /** mknod(2): device files need privilege. */
  mknod(path: string, type: 'char' | 'block' | 'fifo' | 'socket', mode?: number, device?: Device): void;
  /** The number of a device file; for stat(1) and ls(1). */
  device(path: string): Device | undefined;
  /** chown(2) of a link itself. */
  lchown(path: string, uid: number, gid: number): void;
}

const SYMLINK_MAX = 4095;

export function createFiles(view: View): TaskFiles {
  const { mounts } = view;
  const caller = (): Caller => ({ pid: view.pid, uid: view.uid, gid: view.gid, nowMs: view.now() });
  const at = (path: string, follow = true): Place => resolve(view, path, caller(), follow);
  const attributes = (place: Place): Attributes => attributesOf(view, place, caller());

  const statOf = (place: Place): Stat => {
    const { type, mode, uid, gid, nlink, sizeBytes, mtimeMs, ino } = attributes(place);
    const { dev } = mounts.mountOf(place.mount);
    const ids = { uid: shown(view.uidMap, uid), gid: shown(view.gidMap, gid) };
    return { type, mode, ...ids, nlink, sizeBytes, mtimeMs, ino, dev };
  };

  const writable = (place: Place): void => {
    if (mounts.mountOf(place.mount).options.ro) refuse('EROFS');
  };

  /** Where a new name may be made: EEXIST, then EROFS, then rights. */
  const vacancy = (path: string, directory: boolean): Parent => {
    const parent = resolveParent(view, path, caller());
    const { name, slash } = parent;
    if (name === '' || name === '.' || name === '..') refuse('EEXIST');
    if (entry(view, parent, caller())) refuse('EEXIST');
    if (slash && !directory) refuse('ENOENT');
    writable(parent.directory);
    demand(view, attributes(parent.directory), WRITE | EXECUTE);
    return parent;
  };

  const create = (
    { directory, name }: Parent,
    birth: Pick<Birth, 'type' | 'mode' | 'content' | 'target' | 'device'>,
  ) => {
    const above = attributes(directory);
    const inherits = (above.mode & SET_GID) !== 0;
    const gid = inherits ? above.gid : view.gid;
    let mode = birth.type === 'symlink' ? 0o777 : birth.mode & 0o7777 & ~view.umask;
    if (birth.type === 'directory') mode = (mode & ~(SET_UID | SET_GID)) | (inherits ? SET_GID : 0);
    const now = caller();
    fsOf(view, directory).create(directory.ref, name, { ...birth, mode, uid: view.uid, gid, mtimeMs: now.nowMs }, now);
  };

  /** Refuses what may not be removed. */
  const demandVictim = (parent: Parent, directory: boolean): void => {
    writable(parent.directory);
    const { mount, ref: above } = parent.directory;
    const ref = fsOf(view, parent.directory).lookup(above, parent.name, caller()) ?? refuse('ENOENT');
    const place = { mount, ref };
    const found = attributes(place);
    const isDirectory = found.type === 'directory';
    if (!directory && parent.slash) refuse(isDirectory ? 'EISDIR' : 'ENOTDIR');
    demandRemoval(view, attributes(parent.directory), found);
    if (directory && !isDirectory) refuse('ENOTDIR');
    if (!directory && isDirectory) refuse('EISDIR');
    if (mounts.isMountpoint(place)) refuse('EBUSY');
  };

  const openable = (place: Place, type: Attributes['type']): void => {
    if (type === 'fifo' || type === 'socket' || type === 'block') refuse('EOPNOTSUPP');
    if (type === 'char' && mounts.mountOf(place.mount).options.nodev) refuse('EACCES');
  };

  const read = (path: string): Content => {
    const place = at(path);
    const { type, device } = attributes(place);
    demand(view, attributes(place), READ);
    if (type === 'directory') refuse('EISDIR');
    openable(place, type);
    if (type === 'char') return { kind: 'text', text: readDevice(device) };
    return fsOf(view, place).content(place.ref, caller());
  };

  const write: Files['write'] = (path, given, options = {}) => {
    const content: Content = typeof given === 'string' ? { kind: 'text', text: given } : given;
    const parent = resolveCreation(view, path, caller());
    const place = entry(view, parent, caller());
    if (!place) {
      writable(parent.directory);
      demand(view, attributes(parent.directory), WRITE | EXECUTE);
      create(parent, { type: 'file', mode: options.mode ?? 0o644, content });
      return;
    }
    const old = attributes(place);
    if (old.type === 'directory') refuse('EISDIR');
    if (old.type === 'file') writable(place);
    demandShared(view, attributes(parent.directory), old);
    demand(view, old, WRITE);
    openable(place, old.type);
    if (old.type === 'char') {
      writeDevice(old.device, content);
      return;
    }
    const fs = fsOf(view, place);
    const appended = options.append === true && fs.computed !== true;
    const next = appended ? joined(fs.content(place.ref, caller()), content) : content;
    if (appended && contentBytes(content) === 0) return;
    fs.write(place.ref, next, caller());
    // Writing takes away what made a program run with its owner's rights.
    if ((old.mode & (SET_UID | SET_GID)) !== 0 && !isPrivileged(view, old)) {
      fs.change(place.ref, { mode: old.mode & ~(SET_UID | ((old.mode & 0o010) !== 0 ? SET_GID : 0)) }, caller());
    }
  };

  const chown = (path: string, uid: number, gid: number, follow: boolean): void => {
    const place = at(path, follow);
    const old = attributes(place);
    writable(place);
    const newUid = uid === -1 ? old.uid : toOutside(view.uidMap, uid);
    const newGid = gid === -1 ? old.gid : toOutside(view.gidMap, gid);
    if (!isPrivileged(view, old)) {
      const ownGroup = view.uid === old.uid && (newGid === old.gid || isMember(view, newGid));
      if (newUid !== old.uid || !ownGroup) refuse('EPERM');
    }
    let mode = old.mode;
    if (old.type === 'file') mode &= ~(SET_UID | ((mode & 0o010) !== 0 ? SET_GID : 0));
    fsOf(view, place).change(place.ref, { uid: newUid, gid: newGid, mode }, caller());
  };

  const mkdir = (path: string, mode = 0o777): void => create(vacancy(path, true), { type: 'directory', mode });

  const files: TaskFiles = {
    stat: (path) => statOf(at(path)),
    lstat: (path) => statOf(at(path, false)),
    exists(path) {
      return quietly(() => at(path)) !== undefined;
    },
    realpath(path) {
      const place = at(path);
      if (attributes(place).type === 'directory') return pathOf(view, place) ?? refuse('ENOENT');
      // What is no directory may have many names; the one that was used counts.
      const { directory, name } = resolveCreation(view, path, caller());
      if (name === '.' || name === '..') return pathOf(view, place) ?? refuse('ENOENT');
      const above = pathOf(view, directory) ?? refuse('ENOENT');
      return above === '/' ? `/${name}` : `${above}/${name}`;
    },
    readlink(path) {
      const place = at(path, false);
      if (attributes(place).type !== 'symlink') refuse('EINVAL');
      return fsOf(view, place).target(place.ref, caller());
    },
    read,
    readText(path) {
      const content = read(path);
      if (content.kind === 'text') return content.text;
      return content.kind === 'elf' ? elfStart(content.elf.class) : '';
    },
    list(path) {
      const place = at(path);
      const found = attributes(place);
      if (found.type !== 'directory') refuse('ENOTDIR');
      demand(view, found, READ);
      return fsOf(view, place).list(place.ref, caller());
    },
    write,
    mkdir,
    mkdirs(path, mode = 0o777) {
      const parts = path.split('/').filter((part) => part !== '');
      let here = path.startsWith('/') ? '/' : '';
      if (path === '') refuse('ENOENT');
      for (const [index, part] of parts.entries()) {
        here += index === 0 ? part : `/${part}`;
        const found = quietly(() => at(here));
        if (!found) mkdir(here, index === parts.length - 1 ? mode : 0o777);
        else if (attributes(found).type !== 'directory') refuse(index === parts.length - 1 ? 'EEXIST' : 'ENOTDIR');
      }
    },
    rmdir(path) {
      const parent = resolveParent(view, path, caller());
      if (parent.name === '..') refuse('ENOTEMPTY');
      if (parent.name === '.') refuse('EINVAL');
      if (parent.name === '') refuse('EBUSY');
      demandVictim(parent, true);
      fsOf(view, parent.directory).remove(parent.directory.ref, parent.name, caller());
    },
    unlink(path) {
      const parent = resolveParent(view, path, caller());
      if (parent.name === '' || parent.name === '.' || parent.name === '..') refuse('EISDIR');
      demandVictim(parent, false);
      fsOf(view, parent.directory).remove(parent.directory.ref, parent.name, caller());
    },
    rename: (from, to) => renameEntry(view, from, to, caller()),
    symlink(target, path) {
      if (target === '') refuse('ENOENT');
      if (byteLength(target) > SYMLINK_MAX) refuse('ENAMETOOLONG');
      create(vacancy(path, false), { type: 'symlink', mode: 0o777, target });
    },
    link(existing, path) {
      const place = at(existing, false);
      const old = attributes(place);
      const parent = resolveParent(view, path, caller());
      if (parent.name === '' || parent.name === '.' || parent.name === '..') refuse('EEXIST');
      if (entry(view, parent, caller())) refuse('EEXIST');
      if (parent.slash) refuse('ENOENT');
      writable(parent.directory);
      if (parent.directory.mount !== place.mount) refuse('EXDEV');
      if (!mayLink(view, old)) refuse('EPERM');
      demand(view, attributes(parent.directory), WRITE | EXECUTE);
      if (old.type === 'directory') refuse('EPERM');
      fsOf(view, place).link(place.ref, parent.directory.ref, parent.name, caller());
    },
    chmod(path, mode) {
      const place = at(path);
      const old = attributes(place);
      writable(place);
      if (!isOwner(view, old)) refuse('EPERM');
      let next = mode & 0o7777;
      if (!isMember(view, old.gid) && !isPrivileged(view, old)) next &= ~SET_GID;
      fsOf(view, place).change(place.ref, { mode: next }, caller());
    },
    chown: (path, uid, gid) => chown(path, uid, gid, true),
    lchown: (path, uid, gid) => chown(path, uid, gid, false),
    utimes(path, mtimeMs) {
      const place = at(path);
      const old = attributes(place);
      writable(place);
      if (!isOwner(view, old)) {
        if (mtimeMs !== view.now()) refuse('EPERM');
        demand(view, old, WRITE);
      }
      fsOf(view, place).change(place.ref, { mtimeMs }, caller());
    },
    nowMs: () => view.now(),
    statfs(path) {
      const { type, sizeBytes, usedBytes } = fsOf(view, at(path)).usage();
      return { type, sizeBytes, usedBytes };
    },
    access(path, want) {
      const place = quietly(() => at(path));
      if (!place) return false;
      const found = attributes(place);
      const { ro, noexec } = mounts.mountOf(place.mount).options;
      if (want === 'execute' && found.type === 'file' && noexec) return false;
      if (want === 'write' && ro && (found.type === 'file' || found.type === 'directory')) return false;
      return mayAccess(view, found, want === 'read' ? READ : want === 'write' ? WRITE : EXECUTE);
    },
    place: at,
    pathOf: (place) => pathOf(view, place),
    mountOptions: (path) => mounts.mountOf(at(path).mount).options,
    mknod(path, type, mode = 0o666, device) {
      const parent = vacancy(path, false);
      const isDevice = type === 'char' || type === 'block';
      if (isDevice && (!(view.privileged ?? view.uid === 0) || view.uidMap)) refuse('EPERM');
      create(parent, { type, mode, ...(isDevice && device && { device }) });
    },
    device: (path) => attributes(at(path)).device,
  };
  return files;
}

/** fs.protected_hardlinks: a file that one neither owns nor may read and write is not linked. */
function mayLink(view: View, old: Attributes): boolean {
  if (isOwner(view, old)) return true;
  const special = old.type !== 'file' || (old.mode & SET_UID) !== 0 || (old.mode & 0o2010) === 0o2010;
  return !special && mayAccess(view, old, READ | WRITE);
}

/** fs.protected_regular: `>` does not write to somebody else's file in a sticky directory that all may write to. */
function demandShared(view: View, directory: Attributes, file: Attributes): void {
  if (view.protectedRegular === false || file.type !== 'file') return;
  if ((directory.mode & STICKY) === 0 || (directory.mode & 0o022) === 0) return;
  if (file.uid !== directory.uid && file.uid !== view.uid) refuse('EACCES');
}

/** Two texts in a row; what is no text becomes data of another size. */
function joined(before: Content, added: Content): Content {
  if (contentBytes(before) === 0) return added;
  if (before.kind === 'text' && added.kind === 'text') return { kind: 'text', text: before.text + added.text };
  const id = before.kind === 'opaque' ? before.id : before.kind === 'elf' ? before.elf.buildId : 'text';
  return { kind: 'opaque', sizeBytes: contentBytes(before) + contentBytes(added), id: `${id}+`, magic: 'data' };
}

function elfStart(elfClass: 32 | 64): string {
  return `\x7fELF${elfClass === 64 ? '\x02' : '\x01'}\x01\x01`;
}

/** Undefined where the kernel would refuse. */
function quietly<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch {
    return undefined;
  }
}
