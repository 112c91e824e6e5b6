// A tree as a list of entries, as a tar archive has it: the form in which image layers travel. Whiteouts are entries called
// `.wh.NAME`, an opaque directory holds one called `.wh..wh..opq` (OCI image-spec, layer.md). A layer becomes a tree once,
// which all overlays that use it share.
import { assert } from '../../engine/assert.ts';
import type { Content } from '../contract.ts';
import { isWhiteout, kernel, type Birth, type Device, type FileSystem, type Ref } from './file-system.ts';
import { Tree } from './tree.ts';

const WHITEOUT_PREFIX = '.wh.';
const OPAQUE_NAME = '.wh..wh..opq';

export interface LayerEntry {
  /** Absolute, without a slash at its end. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo' | 'socket';
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  readonly content?: Content;
  /** Of a symbolic link its text, of a hard link the path of an earlier entry. */
  readonly target?: string;
  readonly device?: Device;
}

/** All of a file system, or of a directory in it, as entries in byte order: parents first. The directory itself is left out. */
export function entriesOf(fs: FileSystem, root: Ref = fs.root): readonly LayerEntry[] {
  const entries: LayerEntry[] = [];
  const linked = new Map<number, string>();
  const walk = (directory: Ref, above: string): void => {
    if (fs instanceof Tree && above !== '' && fs.isOpaque(directory)) {
      entries.push(hiding(`${above}/${OPAQUE_NAME}`, fs.attributes(directory).mtimeMs));
    }
    for (const name of fs.list(directory, kernel)) {
      const ref = fs.lookup(directory, name, kernel) as Ref;
      const attributes = fs.attributes(ref, kernel);
      const { type, mode, uid, gid, mtimeMs, nlink, ino, device } = attributes;
      const path = `${above}/${name}`;
      if (isWhiteout(attributes)) {
        entries.push(hiding(`${above}/${WHITEOUT_PREFIX}${name}`, mtimeMs));
        continue;
      }
      const base = { path, type, mode, uid, gid, mtimeMs };
      const first = linked.get(ino);
      if (type === 'directory') {
        entries.push(base);
        walk(ref, path);
      } else if (first !== undefined) entries.push({ ...base, type: 'hardlink', target: first });
      else {
        if (nlink > 1) linked.set(ino, path);
        if (type === 'file') entries.push({ ...base, content: fs.content(ref, kernel) });
        else if (type === 'symlink') entries.push({ ...base, target: fs.target(ref, kernel) });
        else entries.push(device ? { ...base, device } : base);
      }
    }
  };
  walk(root, '');
  return entries;
}

/** The tree of a layer; frozen. Directories that no entry names belong to root, 0755. */
export function layerTree(entries: readonly LayerEntry[]): Tree {
  const tree = new Tree();
  addEntries(tree, entries);
  return tree.freeze();
}

/** Puts entries into a tree. A later entry of the same path takes an earlier one's place, but a directory keeps what is in it. */
export function addEntries(tree: Tree, entries: readonly LayerEntry[]): void {
  for (const entry of entries) add(tree, entry);
}

function add(tree: Tree, entry: LayerEntry): void {
  const { type, mode, uid, gid, mtimeMs, content, target, device } = entry;
  const names = entry.path.split('/').filter((part) => part !== '');
  const name = names.pop();
  if (name === undefined) {
    tree.change(tree.root, { mode, uid, gid, mtimeMs });
    return;
  }
  const caller = { ...kernel, nowMs: mtimeMs };
  const directory = directoryOf(tree, tree.root, names, mtimeMs);
  if (name === OPAQUE_NAME) {
    tree.setOpaque(directory);
    return;
  }
  // What is in a directory does not say when the directory changed: its own entry does.
  const { mtimeMs: before } = tree.attributes(directory);
  if (name.startsWith(WHITEOUT_PREFIX)) {
    const hidden = name.slice(WHITEOUT_PREFIX.length);
    clear(tree, directory, hidden);
    const whiteout: Birth = { type: 'char', mode: 0, uid: 0, gid: 0, mtimeMs, device: { major: 0, minor: 0 } };
    tree.create(directory, hidden, whiteout, caller);
  } else {
    const old = tree.lookup(directory, name);
    if (old !== undefined && type === 'directory' && tree.attributes(old).type === 'directory') {
      tree.change(old, { mode, uid, gid, mtimeMs });
      return;
    }
    clear(tree, directory, name);
    if (type === 'hardlink') tree.link(find(tree, target ?? ''), directory, name, caller);
    else {
      const birth: Birth = {
        ...{ type, mode, uid, gid, mtimeMs },
        ...(content && { content }),
        ...(target !== undefined && { target }),
        ...(device && { device }),
      };
      tree.create(directory, name, birth, caller);
    }
  }
  tree.change(directory, { mtimeMs: before });
}

/** The directory of that path, made where it is missing. Links on the way are followed, as when a package is unpacked. */
function directoryOf(tree: Tree, from: Ref, names: readonly string[], mtimeMs: number, links = 0): Ref {
  let here = from;
  for (const part of names) {
    if (part === '..') {
      here = tree.parent(here)?.ref ?? here;
      continue;
    }
    const found = tree.lookup(here, part);
    if (found === undefined) {
      const birth: Birth = { type: 'directory', mode: 0o755, uid: 0, gid: 0, mtimeMs };
      here = tree.create(here, part, birth, { ...kernel, nowMs: mtimeMs });
    } else if (tree.attributes(found).type === 'symlink') {
      assert(links < 40, `links in a circle at ${part}`);
      const text = tree.target(found);
      const rest = text.split('/').filter((name) => name !== '' && name !== '.');
      here = directoryOf(tree, text.startsWith('/') ? tree.root : here, rest, mtimeMs, links + 1);
    } else here = found;
  }
  return here;
}

function find(tree: Tree, path: string): Ref {
  let here: Ref | undefined = tree.root;
  for (const part of path.split('/')) if (part !== '') here = here === undefined ? here : tree.lookup(here, part);
  assert(here !== undefined, `a hard link to ${path}, which is not there`);
  return here;
}

/** Removes a name with all that is in it. */
function clear(tree: Tree, directory: Ref, name: string): void {
  const ref = tree.lookup(directory, name);
  if (ref === undefined) return;
  if (tree.attributes(ref).type === 'directory') for (const child of tree.list(ref)) clear(tree, ref, child);
  tree.remove(directory, name, kernel);
}

function hiding(path: string, mtimeMs: number): LayerEntry {
  return { path, type: 'file', mode: 0, uid: 0, gid: 0, mtimeMs, content: { kind: 'text', text: '' } };
}
