// A file system of inodes in memory: ext4 on a disk, tmpfs, or the content of an image layer. Models what ext4 and tmpfs
// of Linux 6.1 have in common: link counts, times of directories, room on the disk.
// Saving costs nothing but a list of tables: afterwards a table is copied when it is written to for the first time.
// Departures: a write that does not fit is refused as a whole (ENOSPC), where the kernel writes what fits; directories
// are 4,096 bytes however long; inode numbers are never used twice; no access times, quotas and extended attributes
// (but the one by which overlayfs marks an opaque directory).
import { assert } from '../../engine/assert.ts';
import type { Content } from '../contract.ts';
import { byteLength, compareBytes, contentBytes } from './bytes.ts';
import {
  refuse,
  type AttributeChange,
  type Attributes,
  type Birth,
  type Caller,
  type Device,
  type FileSystem,
  type Ref,
  type Usage,
} from './file-system.ts';

/** What a reader can make a page hold, in all trees of a machine together. */
export const TEXT_BYTES_MAX = 64 << 20;
export const INODES_MAX = 200_000;

const BLOCK = 4096;
const CHUNK_BITS = 8;
/** Longer link texts need a block. */
const FAST_LINK = 60;

interface Inode {
  readonly type: Attributes['type'];
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly nlink: number;
  readonly sizeBytes: number;
  readonly content?: Content | undefined;
  readonly target?: string | undefined;
  readonly device?: Device | undefined;
  /** Of a directory: what is in it, and where it hangs. */
  readonly entries?: ReadonlyMap<string, number>;
  readonly parent?: number;
  readonly name?: string;
  readonly opaque?: boolean;
}

type Chunk = readonly (Inode | undefined)[];

export interface TreeState {
  readonly type: string;
  readonly capacityBytes: number;
  readonly frozen: boolean;
  readonly root: number;
  readonly next: number;
  readonly usedBytes: number;
  readonly textBytes: number;
  readonly count: number;
  readonly chunks: readonly Chunk[];
}

export interface TreeOptions {
  /** Default `ext4`. */
  readonly type?: string;
  /** Default 1 TiB. */
  readonly capacityBytes?: number;
  /** Of the root directory; default root's, 0755. */
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeMs?: number;
}

/** Trees that can no longer change, by their state: after a restore they are shared as before. */
const frozenTrees = new WeakMap<TreeState, Tree>();

export class Tree implements FileSystem {
  type = 'ext4';
  root = 2;
  /** What all trees of the machine hold already; set by who keeps them together. */
  others: () => { readonly textBytes: number; readonly inodes: number } = () => ({ textBytes: 0, inodes: 0 });
  #capacityBytes = 0;
  #frozen = false;
  #next = 0;
  #usedBytes = 0;
  #textBytes = 0;
  #count = 0;
  #chunks: Chunk[] = [];
  /** Tables, and lists of directories, that no saved state shares. */
  readonly #ownChunks = new Set<number>();
  readonly #ownEntries = new Set<number>();
  #saved: TreeState | null = null;

  constructor(options: TreeOptions = {}) {
    this.type = options.type ?? 'ext4';
    this.#capacityBytes = options.capacityBytes ?? 2 ** 40;
    // ext4 begins with inode 2 and keeps the first eleven to itself.
    this.root = this.type === 'tmpfs' ? 1 : 2;
    this.#next = this.type === 'tmpfs' ? 2 : 12;
    const { mode = 0o755, uid = 0, gid = 0, mtimeMs = 0 } = options;
    this.#put(this.root, {
      type: 'directory',
      mode,
      uid,
      gid,
      mtimeMs,
      nlink: 2,
      sizeBytes: BLOCK,
      entries: new Map(),
    });
    this.#ownEntries.add(this.root);
    this.#count = 1;
  }

  /** The tree of a saved state. A frozen one is the same object as before. */
  static from(state: TreeState): Tree {
    const known = frozenTrees.get(state);
    if (known) return known;
    const tree = new Tree();
    tree.load(state);
    return tree;
  }

  get frozen(): boolean {
    return this.#frozen;
  }

  get textBytes(): number {
    return this.#textBytes;
  }

  get inodes(): number {
    return this.#count;
  }

  /** From now on nothing can change in it (EROFS), so overlays may share it. */
  freeze(): this {
    this.#frozen = true;
    this.#saved = null;
    return this;
  }

  save(): TreeState {
    if (this.#saved) return this.#saved;
    const state: TreeState = {
      type: this.type,
      capacityBytes: this.#capacityBytes,
      frozen: this.#frozen,
      root: this.root,
      next: this.#next,
      usedBytes: this.#usedBytes,
      textBytes: this.#textBytes,
      count: this.#count,
      chunks: [...this.#chunks],
    };
    this.#ownChunks.clear();
    this.#ownEntries.clear();
    this.#saved = state;
    if (this.#frozen) frozenTrees.set(state, this);
    return state;
  }

  load(state: TreeState): void {
    assert(!this.#frozen || state === this.#saved, 'a frozen tree is loaded with another state');
    this.type = state.type;
    this.root = state.root;
    this.#capacityBytes = state.capacityBytes;
    this.#frozen = state.frozen;
    this.#next = state.next;
    this.#usedBytes = state.usedBytes;
    this.#textBytes = state.textBytes;
    this.#count = state.count;
    this.#chunks = [...state.chunks];
    this.#ownChunks.clear();
    this.#ownEntries.clear();
    this.#saved = state;
    if (state.frozen) frozenTrees.set(state, this);
  }

  attributes(ref: Ref): Attributes {
    const { type, mode, uid, gid, nlink, sizeBytes, mtimeMs, device } = this.#get(ref);
    const ino = ref as number;
    return { type, mode, uid, gid, nlink, sizeBytes, mtimeMs, ino, ...(device && { device }) };
  }

  lookup(directory: Ref, name: string): number | undefined {
    return this.#directory(directory).get(name);
  }

  list(directory: Ref): readonly string[] {
    return [...this.#directory(directory).keys()].sort(compareBytes);
  }

  parent(directory: Ref): { readonly ref: number; readonly name: string } | undefined {
    const { parent, name } = this.#get(directory);
    return parent === undefined || name === undefined ? undefined : { ref: parent, name };
  }

  content(ref: Ref): Content {
    return this.#get(ref).content ?? refuse('EINVAL');
  }

  target(ref: Ref): string {
    return this.#get(ref).target ?? refuse('EINVAL');
  }

  isOpaque(directory: Ref): boolean {
    return this.#get(directory).opaque === true;
  }

  setOpaque(directory: Ref): void {
    this.#begin();
    this.#put(directory as number, { ...this.#get(directory), opaque: true });
  }

  create(directory: Ref, name: string, birth: Birth, caller: Caller): number {
    this.#begin();
    const entries = this.#directory(directory);
    if (entries.has(name)) refuse('EEXIST');
    const isDirectory = birth.type === 'directory';
    const { type, mode, uid, gid, mtimeMs } = birth;
    let inode: Inode = {
      type,
      mode,
      uid,
      gid,
      mtimeMs,
      nlink: isDirectory ? 2 : 1,
      sizeBytes: isDirectory ? BLOCK : 0,
    };
    if (type === 'file') {
      const content = birth.content ?? { kind: 'text', text: '' };
      inode = { ...inode, content, sizeBytes: contentBytes(content) };
    } else if (type === 'symlink') {
      const target = birth.target ?? '';
      inode = { ...inode, target, sizeBytes: byteLength(target) };
    } else if (isDirectory) inode = { ...inode, entries: new Map(), parent: directory as number, name };
    else if (birth.device) inode = { ...inode, device: birth.device };
    if (this.#count + this.others().inodes >= INODES_MAX) refuse('ENOSPC');
    this.#take(inode, undefined);
    const ino = this.#next++;
    this.#count++;
    this.#put(ino, inode);
    if (isDirectory) this.#ownEntries.add(ino);
    this.#entriesToChange(directory).set(name, ino);
    this.#touch(directory, caller, isDirectory ? 1 : 0);
    return ino;
  }

  write(ref: Ref, content: Content, caller: Caller): void {
    this.#begin();
    const inode = this.#get(ref);
    const next = { ...inode, content, sizeBytes: contentBytes(content), mtimeMs: caller.nowMs };
    this.#take(next, inode);
    this.#put(ref as number, next);
  }

  link(ref: Ref, directory: Ref, name: string, caller: Caller): void {
    this.#begin();
    const inode = this.#get(ref);
    if (inode.type === 'directory') refuse('EPERM');
    if (inode.nlink >= 65_000) refuse('EMLINK');
    if (this.#directory(directory).has(name)) refuse('EEXIST');
    this.#put(ref as number, { ...inode, nlink: inode.nlink + 1 });
    this.#entriesToChange(directory).set(name, ref as number);
    this.#touch(directory, caller, 0);
  }

  remove(directory: Ref, name: string, caller: Caller): void {
    this.#begin();
    const ino = this.#directory(directory).get(name) ?? refuse('ENOENT');
    const inode = this.#get(ino);
    if (inode.entries?.size) refuse('ENOTEMPTY');
    this.#entriesToChange(directory).delete(name);
    this.#touch(directory, caller, inode.entries ? -1 : 0);
    this.#unlink(ino, inode);
  }

  rename(from: Ref, fromName: string, to: Ref, toName: string, caller: Caller): void {
    this.#begin();
    const ino = this.#directory(from).get(fromName) ?? refuse('ENOENT');
    const inode = this.#get(ino);
    const replaced = this.#directory(to).get(toName);
    if (replaced === ino) return;
    if (replaced !== undefined) {
      const victim = this.#get(replaced);
      if (inode.entries && !victim.entries) refuse('ENOTDIR');
      if (!inode.entries && victim.entries) refuse('EISDIR');
      this.remove(to, toName, caller);
    }
    const subdirectories = inode.entries ? 1 : 0;
    this.#entriesToChange(from).delete(fromName);
    this.#touch(from, caller, -subdirectories);
    this.#entriesToChange(to).set(toName, ino);
    this.#touch(to, caller, subdirectories);
    if (inode.entries) this.#put(ino, { ...this.#get(ino), parent: to as number, name: toName });
  }

  change(ref: Ref, change: AttributeChange): void {
    this.#begin();
    this.#put(ref as number, { ...this.#get(ref), ...change });
  }

  usage(): Usage {
    return {
      type: this.type,
      sizeBytes: this.#capacityBytes,
      usedBytes: this.#usedBytes,
      inodes: INODES_MAX,
      usedInodes: this.#count,
    };
  }

  #begin(): void {
    if (this.#frozen) refuse('EROFS');
    this.#saved = null;
  }

  #get(ref: Ref): Inode {
    if (typeof ref !== 'number') refuse('ENOENT');
    return this.#chunks[ref >>> CHUNK_BITS]?.[ref & ((1 << CHUNK_BITS) - 1)] ?? refuse('ENOENT');
  }

  #put(ino: number, inode: Inode | undefined): void {
    const index = ino >>> CHUNK_BITS;
    let chunk = this.#chunks[index] as (Inode | undefined)[] | undefined;
    if (!chunk || !this.#ownChunks.has(index)) {
      while (this.#chunks.length < index) this.#chunks.push([]);
      chunk = chunk ? [...chunk] : [];
      this.#chunks[index] = chunk;
      this.#ownChunks.add(index);
    }
    const at = ino & ((1 << CHUNK_BITS) - 1);
    while (chunk.length < at) chunk.push(undefined);
    chunk[at] = inode;
  }

  #directory(ref: Ref): ReadonlyMap<string, number> {
    return this.#get(ref).entries ?? refuse('ENOTDIR');
  }

  #entriesToChange(ref: Ref): Map<string, number> {
    const ino = ref as number;
    const inode = this.#get(ino);
    if (this.#ownEntries.has(ino)) return inode.entries as Map<string, number>;
    const entries = new Map(inode.entries);
    this.#put(ino, { ...inode, entries });
    this.#ownEntries.add(ino);
    return entries;
  }

  #touch(directory: Ref, caller: Caller, subdirectories: number): void {
    const inode = this.#get(directory);
    this.#put(directory as number, { ...inode, mtimeMs: caller.nowMs, nlink: inode.nlink + subdirectories });
  }

  #unlink(ino: number, inode: Inode): void {
    if (!inode.entries && inode.nlink > 1) {
      this.#put(ino, { ...inode, nlink: inode.nlink - 1 });
      return;
    }
    this.#take(undefined, inode);
    this.#count--;
    this.#ownEntries.delete(ino);
    this.#put(ino, undefined);
  }

  /** Takes the room that one inode needs and gives back another's, or refuses. */
  #take(taken: Inode | undefined, freed: Inode | undefined): void {
    const bytes = (taken ? diskBytes(taken) : 0) - (freed ? diskBytes(freed) : 0);
    const text = (taken ? textBytes(taken) : 0) - (freed ? textBytes(freed) : 0);
    if (bytes > 0 && this.#usedBytes + bytes > this.#capacityBytes) refuse('ENOSPC');
    if (text > 0 && this.#textBytes + text + this.others().textBytes > TEXT_BYTES_MAX) refuse('ENOSPC');
    this.#usedBytes += bytes;
    this.#textBytes += text;
  }
}

function diskBytes({ type, sizeBytes }: Inode): number {
  if (type === 'symlink' && sizeBytes < FAST_LINK) return 0;
  return Math.ceil(sizeBytes / BLOCK) * BLOCK;
}

function textBytes({ content, sizeBytes }: Inode): number {
  return content?.kind === 'text' ? sizeBytes : 0;
}
