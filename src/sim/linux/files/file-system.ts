// What a mounted file system answers, whatever it is made of: a tree of inodes, an overlay, or files that are computed
// when somebody looks. Models the kernel's inode and directory operations (include/linux/fs.h, Linux 6.1). Rights, mount
// options, symbolic links and path names are the caller's business (`resolve.ts`, `view.ts`); a file system itself only
// refuses what its own structure forbids.
import { LinuxError, type Content, type Errno, type FileType } from '../contract.ts';

/**
 * One object of one file system. Opaque outside the file system: a tree uses inode numbers, computed files their path, an
 * overlay both. Plain data, so places can be saved.
 */
export type Ref = number | string;

export interface Device {
  readonly major: number;
  readonly minor: number;
}

/** An inode's attributes. `dev` is missing: the number of a file system is given when it is mounted. */
export interface Attributes {
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly ino: number;
  /** Of a device file. */
  readonly device?: Device;
}

/** What a new object starts as. */
export interface Birth {
  readonly type: FileType;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly content?: Content;
  readonly target?: string;
  readonly device?: Device;
}

/** A change of attributes. */
export interface AttributeChange {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeMs?: number;
}

/** Who asks, and when. Computed files depend on it (`/proc/self`). */
export interface Caller {
  /** In the machine's own PID namespace; 0: the kernel. */
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

export const kernel: Caller = { pid: 0, uid: 0, gid: 0, nowMs: 0 };

/** A directory or file in a mounted file system. Plain data. */
export interface Place {
  /** The number of a mount. */
  readonly mount: number;
  readonly ref: Ref;
}

export interface Usage {
  readonly type: string;
  readonly sizeBytes: number;
  readonly usedBytes: number;
  readonly inodes: number;
  readonly usedInodes: number;
}

export interface FileSystem {
  /** As /proc/mounts names it: `ext4`, `tmpfs`, `overlay`, `proc`. */
  readonly type: string;
  readonly root: Ref;
  /** Files take what is written to them as a command; nothing is appended to or cut off. */
  readonly computed?: boolean;
  /** Throws ENOENT when the object is gone; so do all others. */
  attributes(ref: Ref, caller: Caller): Attributes;
  /** Undefined: no such name. The directory is one. */
  lookup(directory: Ref, name: string, caller: Caller): Ref | undefined;
  /** Names in byte order. */
  list(directory: Ref, caller: Caller): readonly string[];
  /** Where a directory hangs; undefined for the root. */
  parent(directory: Ref): { readonly ref: Ref; readonly name: string } | undefined;
  content(ref: Ref, caller: Caller): Content;
  /** Of a symbolic link. */
  target(ref: Ref, caller: Caller): string;
  /** Where a link of /proc leads without its text being followed. */
  jump?(ref: Ref, caller: Caller): Place | undefined;
  /** The name is free. */
  create(directory: Ref, name: string, birth: Birth, caller: Caller): Ref;
  /** Replaces the content of a regular file. */
  write(ref: Ref, content: Content, caller: Caller): void;
  /** A hard link; the name is free. */
  link(ref: Ref, directory: Ref, name: string, caller: Caller): void;
  /** Removes a name; of a directory only when it is empty. */
  remove(directory: Ref, name: string, caller: Caller): void;
  /** Replaces what is at the new name, as far as it may be replaced. */
  rename(from: Ref, fromName: string, to: Ref, toName: string, caller: Caller): void;
  change(ref: Ref, change: AttributeChange, caller: Caller): void;
  usage(): Usage;
}

export function refuse(errno: Errno): never {
  throw new LinuxError(errno);
}

export function isWhiteout(attributes: Pick<Attributes, 'type' | 'device'>): boolean {
  return attributes.type === 'char' && attributes.device?.major === 0 && attributes.device.minor === 0;
}
