// rename(2), in the order in which do_renameat2 and vfs_rename (fs/namei.c, Linux 6.1) refuse.
import { refuse, type Caller } from './file-system.ts';
import { attributesOf, fsOf, isBelow, resolveParent, type Parent, type Walker } from './resolve.ts';
import { EXECUTE, WRITE, demand, demandRemoval } from './rights.ts';

export function renameEntry(walker: Walker, from: string, to: string, caller: Caller): void {
  const { mounts } = walker;
  const source = resolveParent(walker, from, caller);
  const target = resolveParent(walker, to, caller);
  if (source.directory.mount !== target.directory.mount) refuse('EXDEV');
  if (isSpecial(source) || isSpecial(target)) refuse('EBUSY');
  if (mounts.mountOf(source.directory.mount).options.ro) refuse('EROFS');
  const fs = fsOf(walker, source.directory);
  const { mount } = source.directory;
  const moved = fs.lookup(source.directory.ref, source.name, caller) ?? refuse('ENOENT');
  const replaced = fs.lookup(target.directory.ref, target.name, caller);
  const attributes = fs.attributes(moved, caller);
  const isDirectory = attributes.type === 'directory';
  if (!isDirectory && (source.slash || target.slash)) refuse('ENOTDIR');
  if (isDirectory && isBelow(fs, target.directory.ref, moved)) refuse('EINVAL');
  if (replaced !== undefined && isBelow(fs, source.directory.ref, replaced)) refuse('ENOTEMPTY');
  if (moved === replaced) return;
  demandRemoval(walker, attributesOf(walker, source.directory, caller), attributes);
  const above = attributesOf(walker, target.directory, caller);
  if (replaced === undefined) demand(walker, above, WRITE | EXECUTE);
  else {
    const victim = fs.attributes(replaced, caller);
    demandRemoval(walker, above, victim);
    if (isDirectory && victim.type !== 'directory') refuse('ENOTDIR');
    if (!isDirectory && victim.type === 'directory') refuse('EISDIR');
  }
  // A directory that moves gets another `..`.
  if (isDirectory && source.directory.ref !== target.directory.ref) demand(walker, attributes, WRITE);
  if (mounts.isMountpoint({ mount, ref: moved })) refuse('EBUSY');
  if (replaced !== undefined && mounts.isMountpoint({ mount, ref: replaced })) refuse('EBUSY');
  fs.rename(source.directory.ref, source.name, target.directory.ref, target.name, caller);
}

function isSpecial({ name }: Parent): boolean {
  return name === '' || name === '.' || name === '..';
}
