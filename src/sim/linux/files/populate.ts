// Builds trees from plain descriptions: the base system, packages, layers and scenarios write theirs this way.
import type { Content } from '../contract.ts';
import type { Elf } from '../elf.ts';
import type { Device } from './file-system.ts';
import { addEntries, type LayerEntry } from './layer.ts';
import type { Tree } from './tree.ts';

interface Owned {
  readonly mode?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly mtimeMs?: number;
}

/** A file's text, or an object that says what it is. */
export type Plain =
  | string
  | (Owned &
      (
        | { readonly text: string }
        | { readonly elf: Elf }
        | { readonly content: Content }
        | { readonly opaque: { readonly sizeBytes: number; readonly id: string; readonly magic: string } }
        | { readonly symlink: string }
        /** A second name of an earlier path. */
        | { readonly hardlink: string }
        | { readonly directory: true }
        | { readonly char: Device }
        | { readonly fifo: true }
        | { readonly socket: true }
      ));

/** By absolute path. Directories on the way need no entry. */
export type PlainTree = Readonly<Record<string, Plain>>;

/** Adds files to a tree. Defaults: root's, 0644, programs 0755, directories 0755, the given time. */
export function populate(tree: Tree, files: PlainTree, mtimeMs = 0): Tree {
  addEntries(tree, plainEntries(files, mtimeMs));
  return tree;
}

/** The same as a list of entries, for a layer. */
export function plainEntries(files: PlainTree, mtimeMs = 0): readonly LayerEntry[] {
  return Object.entries(files).map(([path, plain]) => plainEntry(path, plain, mtimeMs));
}

function plainEntry(path: string, plain: Plain, time: number): LayerEntry {
  if (typeof plain === 'string') return plainEntry(path, { text: plain }, time);
  const { mode, uid = 0, gid = 0, mtimeMs = time } = plain;
  const base = { path, uid, gid, mtimeMs };
  const file = (content: Content, usual: number): LayerEntry => ({
    ...base,
    type: 'file',
    mode: mode ?? usual,
    content,
  });
  if ('text' in plain) return file({ kind: 'text', text: plain.text }, plain.text.startsWith('#!') ? 0o755 : 0o644);
  if ('elf' in plain) return file({ kind: 'elf', elf: plain.elf }, plain.elf.program === undefined ? 0o644 : 0o755);
  if ('opaque' in plain) return file({ kind: 'opaque', ...plain.opaque }, 0o644);
  if ('content' in plain) return file(plain.content, 0o644);
  if ('symlink' in plain) return { ...base, type: 'symlink', mode: 0o777, target: plain.symlink };
  if ('hardlink' in plain) return { ...base, type: 'hardlink', mode: mode ?? 0o644, target: plain.hardlink };
  if ('char' in plain) return { ...base, type: 'char', mode: mode ?? 0o666, device: plain.char };
  if ('directory' in plain) return { ...base, type: 'directory', mode: mode ?? 0o755 };
  return { ...base, type: 'fifo' in plain ? 'fifo' : 'socket', mode: mode ?? 0o644 };
}
