// overlayfs: read-only lower directories under one that takes what changes. Models fs/overlayfs (Linux 6.1) as container
// engines mount it: whiteouts (character device 0:0) hide names, opaque directories hide whole directories, and what is
// changed is copied up first, with all directories above it. A directory that exists below cannot be renamed (EXDEV:
// redirect_dir is off); merged directories have a link count of 1.
// An object is known by its path where a lower layer has part in it (such a directory can never move), else by its inode in
// the upper one. So there is no state besides the upper directory.
// Departures: inode numbers change when something is copied up, and lower hard links become files of their own (index is
// off); there is no work directory; a lower directory that changes while it is mounted is seen at once.
import type { Content } from '../contract.ts';
import { compareBytes } from './bytes.ts';
import {
  isWhiteout,
  kernel,
  refuse,
  type AttributeChange,
  type Attributes,
  type Birth,
  type Caller,
  type FileSystem,
  type Ref,
  type Usage,
} from './file-system.ts';
import { Tree } from './tree.ts';

/** A directory of a file system, as one layer. */
export interface Layer {
  readonly fs: FileSystem;
  readonly root: Ref;
}

export interface UpperLayer extends Layer {
  readonly fs: Tree;
}

export interface OverlayState {
  readonly lowers: readonly { readonly dev: number; readonly root: Ref }[];
  readonly upper: { readonly dev: number; readonly root: Ref } | undefined;
}

interface Part {
  readonly fs: FileSystem;
  readonly ref: Ref;
  readonly isDirectory: boolean;
  /** Position of its layer, from the top. */
  readonly depth: number;
}

/** What the layers have for one path. */
interface Parts {
  readonly upper: Ref | undefined;
  /** One of several directories, or one of anything else. */
  readonly lowers: readonly Part[];
}

/** So many inode numbers has each layer. */
const INODES_OF_LAYER = 2 ** 24;

export class Overlay implements FileSystem {
  readonly type = 'overlay';
  readonly root = '/';
  /** From the top. */
  readonly lowers: readonly Layer[];
  readonly upper: UpperLayer | undefined;
  /** No layer below can change any more. */
  readonly #isFixed: boolean;
  /** Directories of the lower layers by path. */
  readonly #known = new Map<string, readonly Part[]>();

  /** Lower layers from the top; without an upper one it is read-only. */
  constructor(lowers: readonly Layer[], upper?: UpperLayer) {
    this.lowers = lowers;
    this.upper = upper;
    this.#isFixed = lowers.every(({ fs }) => fs instanceof Tree && fs.frozen);
    this.#known.set(
      '/',
      lowers.map(({ fs, root }, depth) => ({ fs, ref: root, isDirectory: true, depth })),
    );
  }

  static from(state: OverlayState, fsOf: (dev: number) => FileSystem, known?: FileSystem): Overlay {
    const lowers = state.lowers.map(({ dev, root }) => ({ fs: fsOf(dev), root }));
    const fs = state.upper && fsOf(state.upper.dev);
    const upper = fs instanceof Tree && state.upper ? { fs, root: state.upper.root } : undefined;
    const fresh = new Overlay(lowers, upper);
    return known instanceof Overlay && isSame(known, fresh) ? known : fresh;
  }

  save(numberOf: (fs: FileSystem) => number): OverlayState {
    const { upper } = this;
    return {
      lowers: this.lowers.map(({ fs, root }) => ({ dev: numberOf(fs), root })),
      upper: upper && { dev: numberOf(upper.fs), root: upper.root },
    };
  }

  layers(): readonly Layer[] {
    return this.upper ? [...this.lowers, this.upper] : this.lowers;
  }

  attributes(ref: Ref, caller: Caller): Attributes {
    const { upper, lowers } = this.parts(ref);
    const [top] = lowers;
    const attributes =
      upper === undefined ? (top as Part).fs.attributes((top as Part).ref, caller) : this.#tree().attributes(upper);
    const merged = attributes.type === 'directory' && lowers.length > 0;
    const ino = upper === undefined ? attributes.ino + ((top as Part).depth + 1) * INODES_OF_LAYER : attributes.ino;
    return merged ? { ...attributes, ino, nlink: 1 } : { ...attributes, ino };
  }

  lookup(directory: Ref, name: string): Ref | undefined {
    const found = this.#descend(this.parts(directory), name);
    return found && (found.lowers.length > 0 ? join(directory, name) : found.upper);
  }

  list(directory: Ref): readonly string[] {
    const { upper, lowers } = this.parts(directory);
    const shown = new Set<string>();
    const hidden = new Set<string>();
    const look = (fs: FileSystem, ref: Ref): void => {
      for (const name of fs.list(ref, kernel)) {
        if (shown.has(name) || hidden.has(name)) continue;
        const child = fs.lookup(ref, name, kernel);
        (child === undefined || isWhiteout(fs.attributes(child, kernel)) ? hidden : shown).add(name);
      }
    };
    if (upper !== undefined) look(this.#tree(), upper);
    for (const part of lowers) look(part.fs, part.ref);
    return [...shown].sort(compareBytes);
  }

  parent(directory: Ref): { readonly ref: Ref; readonly name: string } | undefined {
    if (typeof directory === 'string') {
      if (directory === '/') return undefined;
      const cut = directory.lastIndexOf('/');
      return { ref: directory.slice(0, cut) || '/', name: directory.slice(cut + 1) };
    }
    const above = this.#tree().parent(directory);
    return above && { ref: this.#refOfUpper(above.ref), name: above.name };
  }

  content(ref: Ref, caller: Caller): Content {
    const { upper, lowers } = this.parts(ref);
    if (upper !== undefined) return this.#tree().content(upper);
    const top = lowers[0] as Part;
    return top.fs.content(top.ref, caller);
  }

  target(ref: Ref, caller: Caller): string {
    const { upper, lowers } = this.parts(ref);
    if (upper !== undefined) return this.#tree().target(upper);
    const top = lowers[0] as Part;
    return top.fs.target(top.ref, caller);
  }

  create(directory: Ref, name: string, birth: Birth, caller: Caller): Ref {
    const above = this.#copyUp(directory, caller);
    const tree = this.#tree();
    const wasHidden = this.#unhide(above, name, caller);
    const ino = tree.create(above, name, birth, caller);
    if (birth.type === 'directory' && wasHidden) tree.setOpaque(ino);
    return this.lookup(directory, name) ?? ino;
  }

  write(ref: Ref, content: Content, caller: Caller): void {
    this.#tree().write(this.#copyUp(ref, caller), content, caller);
  }

  link(ref: Ref, directory: Ref, name: string, caller: Caller): void {
    const ino = this.#copyUp(ref, caller);
    const above = this.#copyUp(directory, caller);
    this.#unhide(above, name, caller);
    this.#tree().link(ino, above, name, caller);
  }

  remove(directory: Ref, name: string, caller: Caller): void {
    const tree = this.#tree();
    const parts = this.parts(directory);
    const found = this.#descend(parts, name) ?? refuse('ENOENT');
    this.#demandEmpty(join(directory, name), found);
    const above = this.#copyUp(directory, caller);
    if (found.upper !== undefined) {
      this.#clear(found.upper, caller);
      tree.remove(above, name, caller);
    }
    if (isBelow(parts, name)) this.#hide(above, name, caller);
  }

  rename(from: Ref, fromName: string, to: Ref, toName: string, caller: Caller): void {
    const tree = this.#tree();
    const source = this.parts(from);
    const target = this.parts(to);
    const found = this.#descend(source, fromName) ?? refuse('ENOENT');
    const isDirectory = this.#typeOf(found) === 'directory';
    if (isDirectory && found.lowers.length > 0) refuse('EXDEV');
    const replaced = this.#descend(target, toName);
    if (replaced) {
      const replacesDirectory = this.#typeOf(replaced) === 'directory';
      if (isDirectory && !replacesDirectory) refuse('ENOTDIR');
      if (!isDirectory && replacesDirectory) refuse('EISDIR');
      this.#demandEmpty(join(to, toName), replaced);
    }
    const aboveSource = this.#copyUp(from, caller);
    if (found.upper === undefined) this.#copyUp(join(from, fromName), caller);
    const aboveTarget = this.#copyUp(to, caller);
    const leftBelow = isBelow(source, fromName);
    const coversBelow = isBelow(target, toName);
    this.#unhide(aboveTarget, toName, caller);
    if (replaced?.upper !== undefined) this.#clear(replaced.upper, caller);
    tree.rename(aboveSource, fromName, aboveTarget, toName, caller);
    if (isDirectory && coversBelow) tree.setOpaque(found.upper as Ref);
    if (leftBelow) this.#hide(aboveSource, fromName, caller);
  }

  change(ref: Ref, change: AttributeChange, caller: Caller): void {
    this.#tree().change(this.#copyUp(ref, caller), change);
  }

  usage(): Usage {
    const fs = this.upper?.fs ?? this.lowers[0]?.fs;
    const { sizeBytes, usedBytes, inodes, usedInodes } = fs?.usage() ?? refuse('EIO');
    return { type: this.type, sizeBytes, usedBytes, inodes, usedInodes };
  }

  /** What each layer has for an object. ENOENT when it is gone. */
  parts(ref: Ref): Parts {
    if (typeof ref === 'number') {
      this.#tree().attributes(ref);
      return { upper: ref, lowers: [] };
    }
    let lowers = this.#below(ref);
    let upper = this.upper?.root;
    for (const name of ref.split('/')) {
      if (upper === undefined) break;
      if (name === '') continue;
      const tree = this.#tree();
      const attributes: Attributes = tree.attributes(upper);
      if (attributes.type !== 'directory') refuse('ENOENT');
      upper = tree.lookup(upper, name);
      if (upper === undefined) break;
      const found = tree.attributes(upper);
      if (isWhiteout(found)) refuse('ENOENT');
      // What hides a directory hides what is in it: from here on only the upper layer counts.
      if (found.type !== 'directory' || tree.isOpaque(upper)) lowers = [];
    }
    if (upper === undefined && lowers.length === 0) refuse('ENOENT');
    // A directory above does not merge with anything but directories.
    return { upper, lowers: upper !== undefined && lowers[0]?.isDirectory === false ? [] : lowers };
  }

  /** What the lower layers alone have for a path. Of directories it is remembered if no layer can change. */
  #below(path: string): readonly Part[] {
    const known = this.#known.get(path);
    if (known) return known;
    const cut = path.lastIndexOf('/');
    const found = merge(this.#below(path.slice(0, cut) || '/'), path.slice(cut + 1), false);
    if (found[0]?.isDirectory && this.#isFixed) this.#known.set(path, found);
    return found;
  }

  #tree(): Tree {
    return this.upper?.fs ?? refuse('EROFS');
  }

  #typeOf({ upper, lowers }: Parts): Attributes['type'] {
    if (upper !== undefined) return this.#tree().attributes(upper).type;
    const top = lowers[0] as Part;
    return top.fs.attributes(top.ref, kernel).type;
  }

  #descend(parts: Parts, name: string): Parts | undefined {
    let upper: Ref | undefined;
    if (parts.upper !== undefined) {
      const tree = this.#tree();
      upper = tree.lookup(parts.upper, name);
      if (upper !== undefined) {
        const attributes = tree.attributes(upper);
        if (isWhiteout(attributes)) return undefined;
        if (attributes.type !== 'directory' || tree.isOpaque(upper)) return { upper, lowers: [] };
      } else if (tree.attributes(parts.upper).type !== 'directory') refuse('ENOTDIR');
    }
    const lowers = merge(parts.lowers, name, upper !== undefined);
    return upper === undefined && lowers.length === 0 ? undefined : { upper, lowers };
  }

  /** How a directory of the upper layer is known here. */
  #refOfUpper(ino: Ref): Ref {
    if (ino === this.upper?.root) return '/';
    const above = this.#tree().parent(ino);
    if (!above) return ino;
    return this.lookup(this.#refOfUpper(above.ref), above.name) ?? ino;
  }

  /** The object's inode in the upper layer, copied there with all directories above it if need be. */
  #copyUp(ref: Ref, caller: Caller): Ref {
    const tree = this.#tree();
    const { upper, lowers } = this.parts(ref);
    if (upper !== undefined) return upper;
    const above = this.parent(ref) ?? refuse('EIO');
    const directory = this.#copyUp(above.ref, caller);
    const { fs, ref: lower } = lowers[0] as Part;
    const { type, mode, uid, gid, mtimeMs, device } = fs.attributes(lower, caller);
    const { mtimeMs: before } = tree.attributes(directory);
    const birth: Birth = { type, mode, uid, gid, mtimeMs, ...(device && { device }) };
    const ino =
      type === 'file'
        ? tree.create(directory, above.name, { ...birth, content: fs.content(lower, caller) }, caller)
        : type === 'symlink'
          ? tree.create(directory, above.name, { ...birth, target: fs.target(lower, caller) }, caller)
          : tree.create(directory, above.name, birth, caller);
    // Copying is no change of the directory.
    tree.change(directory, { mtimeMs: before });
    return ino;
  }

  #hide(directory: Ref, name: string, caller: Caller): void {
    const device = { major: 0, minor: 0 };
    const birth: Birth = { type: 'char', mode: 0, uid: 0, gid: 0, mtimeMs: caller.nowMs, device };
    this.#tree().create(directory, name, birth, caller);
  }

  /** Takes a whiteout away. */
  #unhide(directory: Ref, name: string, caller: Caller): boolean {
    const tree = this.#tree();
    const ino = tree.lookup(directory, name);
    if (ino === undefined || !isWhiteout(tree.attributes(ino))) return false;
    tree.remove(directory, name, caller);
    return true;
  }

  #demandEmpty(ref: Ref, { upper, lowers }: Parts): void {
    if (this.#typeOf({ upper, lowers }) !== 'directory') return;
    if (this.list(lowers.length > 0 ? ref : (upper as Ref)).length > 0) refuse('ENOTEMPTY');
  }

  /** Takes the whiteouts out of a directory that shows nothing. */
  #clear(directory: Ref, caller: Caller): void {
    const tree = this.#tree();
    if (tree.attributes(directory).type !== 'directory') return;
    for (const name of tree.list(directory)) tree.remove(directory, name, caller);
  }
}

/** What lower layers have under a name: directories down to what hides them, or one of anything else. */
function merge(above: readonly Part[], name: string, covered: boolean): readonly Part[] {
  const found: Part[] = [];
  for (const { fs, ref: directory, isDirectory, depth } of above) {
    if (!isDirectory) break;
    const ref = fs.lookup(directory, name, kernel);
    if (ref === undefined) continue;
    const attributes = fs.attributes(ref, kernel);
    if (isWhiteout(attributes)) break;
    if (attributes.type !== 'directory') {
      if (!covered && found.length === 0) found.push({ fs, ref, isDirectory: false, depth });
      break;
    }
    found.push({ fs, ref, isDirectory: true, depth });
    if (fs instanceof Tree && fs.isOpaque(ref)) break;
  }
  return found;
}

/** Whether the lower layers of a directory have a name. */
function isBelow({ lowers }: Parts, name: string): boolean {
  for (const { fs, ref } of lowers) {
    const child = fs.lookup(ref, name, kernel);
    if (child !== undefined) return !isWhiteout(fs.attributes(child, kernel));
  }
  return false;
}

function join(directory: Ref, name: string): string {
  return directory === '/' ? `/${name}` : `${String(directory)}/${name}`;
}

function isSame(a: Overlay, b: Overlay): boolean {
  const left = a.layers();
  const right = b.layers();
  return (
    left.length === right.length &&
    (a.upper === undefined) === (b.upper === undefined) &&
    left.every(({ fs, root }, index) => fs === right[index]?.fs && root === right[index].root)
  );
}
