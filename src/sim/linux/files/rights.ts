// Who may do what with an inode. Models generic_permission, may_delete, inode_owner_or_capable and the protections of
// sticky directories (fs/namei.c, Linux 6.1, with Debian's fs.protected_* settings), and how user namespaces show ids.
// Left out: access control lists, security modules, immutable files; capabilities are all or nothing.
import { refuse, type Attributes } from './file-system.ts';

/** A line of /proc/PID/uid_map. */
export interface IdRange {
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}

export interface Rights {
  /** Ids of the machine, not of a user namespace. */
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Whether it has root's capabilities over files; default: its uid is 0. */
  readonly privileged?: boolean;
  /** Of its user namespace; absent: ids are what they are. */
  readonly uidMap?: readonly IdRange[];
  readonly gidMap?: readonly IdRange[];
}

export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;

export const SET_UID = 0o4000;
export const SET_GID = 0o2000;
export const STICKY = 0o1000;

/** What /proc/sys/kernel/overflowuid says. */
const OVERFLOW_ID = 65534;

export function isMember(rights: Rights, gid: number): boolean {
  return rights.gid === gid || rights.groups.includes(gid);
}

/** Whether root's capabilities reach this inode: both its ids must exist in the user namespace. */
export function isPrivileged(rights: Rights, { uid, gid }: Pick<Attributes, 'uid' | 'gid'>): boolean {
  if (!(rights.privileged ?? rights.uid === 0)) return false;
  return toInside(rights.uidMap, uid) !== undefined && toInside(rights.gidMap, gid) !== undefined;
}

export function isOwner(rights: Rights, attributes: Pick<Attributes, 'uid' | 'gid'>): boolean {
  return rights.uid === attributes.uid || isPrivileged(rights, attributes);
}

/** `want` is a sum of READ, WRITE and EXECUTE. */
export function mayAccess(rights: Rights, attributes: Attributes, want: number): boolean {
  const { type, mode, uid, gid } = attributes;
  const shift = rights.uid === uid ? 6 : isMember(rights, gid) ? 3 : 0;
  if (((mode >> shift) & want) === want) return true;
  if (!isPrivileged(rights, attributes)) return false;
  // Root reads and writes anything, but executes only what somebody may execute.
  return type === 'directory' || (want & EXECUTE) === 0 || (mode & 0o111) !== 0;
}

/** EACCES unless allowed. */
export function demand(rights: Rights, attributes: Attributes, want: number): void {
  if (!mayAccess(rights, attributes, want)) refuse('EACCES');
}

/** Removing a name: EACCES without rights on the directory, EPERM where the directory is sticky and nothing is one's own. */
export function demandRemoval(rights: Rights, directory: Attributes, victim: Attributes): void {
  demand(rights, directory, WRITE | EXECUTE);
  if ((directory.mode & STICKY) === 0 || rights.uid === victim.uid || rights.uid === directory.uid) return;
  if (!isPrivileged(rights, victim)) refuse('EPERM');
}

function toInside(map: readonly IdRange[] | undefined, id: number): number | undefined {
  if (!map) return id;
  const range = map.find(({ outside, count }) => id >= outside && id < outside + count);
  return range && id - range.outside + range.inside;
}

export function shown(map: readonly IdRange[] | undefined, id: number): number {
  return toInside(map, id) ?? OVERFLOW_ID;
}

/** An id that a task of the namespace gives. EINVAL when it stands for nobody. */
export function toOutside(map: readonly IdRange[] | undefined, id: number): number {
  if (!map) return id;
  const range = map.find(({ inside, count }) => id >= inside && id < inside + count);
  return range ? id - range.inside + range.outside : refuse('EINVAL');
}
