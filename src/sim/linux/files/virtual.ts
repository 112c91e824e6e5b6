// File systems whose files are computed when somebody looks: proc, sysfs, cgroup2. Whoever knows the facts gives functions
// from a path to what is there; this file makes a file system of them. No state: an object is its path, its inode number a
// hash of it. Models what fs/proc and fs/kernfs (Linux 6.1) have in common: sizes of 0 (proc) or 4096 (sysfs), no renames,
// no new files; directories may be made where the provider allows it (cgroups).
import type { Content } from '../contract.ts';
import { digest53, mix53 } from '../../engine/hash.ts';
import { compareBytes } from './bytes.ts';
import {
  refuse,
  type AttributeChange,
  type Attributes,
  type Birth,
  type Caller,
  type Device,
  type FileSystem,
  type Place,
  type Ref,
  type Usage,
} from './file-system.ts';

export interface VirtualNode {
  readonly type: 'file' | 'directory' | 'symlink' | 'char' | 'block';
  /** Permission bits; default 0444, directories 0555, links 0777. */
  readonly mode?: number;
  /** Default root. */
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeMs?: number;
  readonly nlink?: number;
  /** Default 0. */
  readonly sizeBytes?: number;
  /** Default a hash of the path. */
  readonly ino?: number;
  readonly device?: Device;
  /** Text of a link. */
  readonly target?: string;
  /** Where a link leads without its text being followed: `/proc/PID/root`. */
  readonly jump?: Place;
}

/** Paths begin with `/`, the root is `/`. Functions may throw a LinuxError. They must not change anything but in `write`, `mkdir`, `rmdir`. */
export interface VirtualFiles {
  /** As /proc/mounts names it. */
  readonly type: string;
  lookup(path: string, caller: Caller): VirtualNode | undefined;
  /** Names in a directory, in any order. */
  list(path: string, caller: Caller): readonly string[];
  read(path: string, caller: Caller): string;
  /** What was written at once (`echo 5 >file` writes `5\n`). Absent: EACCES. */
  write?(path: string, text: string, caller: Caller): void;
  mkdir?(path: string, mode: number, caller: Caller): void;
  rmdir?(path: string, caller: Caller): void;
  chown?(path: string, change: AttributeChange, caller: Caller): void;
}

export class VirtualFs implements FileSystem {
  readonly root = '/';
  readonly computed = true;
  readonly type: string;
  /** What the provider is called, and what it made these files from. */
  readonly provider: string;
  readonly parameters: unknown;
  readonly #files: VirtualFiles;

  constructor(provider: string, parameters: unknown, files: VirtualFiles) {
    this.type = files.type;
    this.provider = provider;
    this.parameters = parameters;
    this.#files = files;
  }

  attributes(ref: Ref, caller: Caller): Attributes {
    const node = this.#node(ref, caller);
    const { type, uid = 0, gid = 0, sizeBytes = 0, mtimeMs = caller.nowMs, device } = node;
    const mode = node.mode ?? (type === 'symlink' ? 0o777 : type === 'directory' ? 0o555 : 0o444);
    const nlink = node.nlink ?? (type === 'directory' ? 2 : 1);
    const ino = node.ino ?? numberOf(String(ref));
    return { type, mode, uid, gid, nlink, sizeBytes, mtimeMs, ino, ...(device && { device }) };
  }

  lookup(directory: Ref, name: string, caller: Caller): Ref | undefined {
    const path = join(directory, name);
    return this.#files.lookup(path, caller) ? path : undefined;
  }

  list(directory: Ref, caller: Caller): readonly string[] {
    if (this.#node(directory, caller).type !== 'directory') refuse('ENOTDIR');
    return [...this.#files.list(String(directory), caller)].sort(compareBytes);
  }

  parent(directory: Ref): { readonly ref: Ref; readonly name: string } | undefined {
    const path = String(directory);
    if (path === '/') return undefined;
    const cut = path.lastIndexOf('/');
    return { ref: path.slice(0, cut) || '/', name: path.slice(cut + 1) };
  }

  content(ref: Ref, caller: Caller): Content {
    this.#node(ref, caller);
    return { kind: 'text', text: this.#files.read(String(ref), caller) };
  }

  target(ref: Ref, caller: Caller): string {
    return this.#node(ref, caller).target ?? refuse('EINVAL');
  }

  jump(ref: Ref, caller: Caller): Place | undefined {
    return this.#node(ref, caller).jump;
  }

  create(directory: Ref, name: string, birth: Birth, caller: Caller): Ref {
    const path = join(directory, name);
    if (birth.type !== 'directory' || !this.#files.mkdir) refuse(this.type === 'proc' ? 'ENOENT' : 'EACCES');
    this.#files.mkdir(path, birth.mode, caller);
    return path;
  }

  write(ref: Ref, content: Content, caller: Caller): void {
    this.#node(ref, caller);
    if (!this.#files.write || content.kind !== 'text') refuse('EACCES');
    this.#files.write(String(ref), content.text, caller);
  }

  link(): void {
    refuse('EPERM');
  }

  remove(directory: Ref, name: string, caller: Caller): void {
    const path = join(directory, name);
    if (this.#node(path, caller).type !== 'directory' || !this.#files.rmdir) refuse('EPERM');
    this.#files.rmdir(path, caller);
  }

  rename(): void {
    refuse('EPERM');
  }

  change(ref: Ref, change: AttributeChange, caller: Caller): void {
    this.#node(ref, caller);
    if (!this.#files.chown) refuse('EPERM');
    this.#files.chown(String(ref), change, caller);
  }

  usage(): Usage {
    return { type: this.type, sizeBytes: 0, usedBytes: 0, inodes: 0, usedInodes: 0 };
  }

  #node(ref: Ref, caller: Caller) {
    return this.#files.lookup(String(ref), caller) ?? refuse('ENOENT');
  }
}

function join(directory: Ref, name: string): string {
  return directory === '/' ? `/${name}` : `${String(directory)}/${name}`;
}

/** An inode number in the range where proc has its own. */
function numberOf(path: string): number {
  if (path === '/') return 1;
  return 0x10000000 + (Number.parseInt(digest53(mix53([0xdeadbeef, 0x41c6ce57], path)).slice(8), 16) % 0xb0000000);
}
