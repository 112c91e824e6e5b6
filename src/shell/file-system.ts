// The files of one shell: a tree in memory, made from what a lesson supplies. Text only.
// Left out: owners and permissions (only the `x` bit is remembered), links, devices other than /dev/null and the tty.

/** A refusal in the words of strerror(3). */
export class FileError extends Error {
  override readonly name = 'FileError';
}

/** What stands at a path, links followed. */
export type FileSystemNode =
  | {
      readonly kind: 'file';
      readonly text: string;
      readonly executable: boolean;
      /** Virtual Unix ms of the last change. */
      readonly changedAt: number;
      /** Where it is not the length of the text: a program or data that nobody reads. */
      readonly sizeBytes?: number;
      /** A symbolic link, met while walking through a directory: such are not followed. */
      readonly link?: true;
    }
  | {
      readonly kind: 'directory';
      readonly entries: ReadonlyMap<string, FileSystemNode>;
      readonly changedAt: number;
    };

/** What `ls -l` tells beyond that, where files have owners and links; links are not followed. */
export interface Attributes {
  readonly type: 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket';
  /** Permission bits, up to 0o7777. */
  readonly mode: number;
  readonly links: number;
  readonly owner: string;
  readonly group: string;
  readonly sizeBytes: number;
  readonly changedAt: number;
  /** Where a symbolic link leads. */
  readonly target?: string;
}

/** The files that a shell and its programs work on: their own small tree, or what a task of a machine sees. */
export interface ShellFiles {
  /** The absolute path of `path` seen from `cwd`, without `.`, `..` and doubled slashes. */
  resolve(cwd: string, path: string): string;
  find(path: string): FileSystemNode | undefined;
  exists(path: string): boolean;
  isDirectory(path: string): boolean;
  /** Names in a directory, in byte order. */
  list(path: string): string[];
  read(path: string): string;
  write(path: string, text: string, append?: boolean): void;
  /** `mkdir`: the parent must exist and the name be free. */
  makeDirectory(path: string): void;
  /** `mkdir -p`. */
  makeDirectories(path: string): void;
  /** Removes a file, or a directory with all that is in it. */
  remove(path: string): void;
  move(from: string, to: string): void;
  /** Copies one file, with its permissions. */
  copy(from: string, to: string): void;
  /** @param change the new permission bits, from the old ones */
  chmod(path: string, change: (mode: number) => number): void;
  /** Sets the time of the last change to now. */
  touch(path: string): void;
  /** Undefined where files have no owners and links, or nothing is there. */
  attributes?(path: string): Attributes | undefined;
  /** The path without symbolic links. */
  realpath?(path: string): string;
}

interface FileNode {
  readonly kind: 'file';
  text: string;
  executable: boolean;
  changedAt: number;
}

interface DirectoryNode {
  readonly kind: 'directory';
  readonly entries: Map<string, FileNode | DirectoryNode>;
  changedAt: number;
}

/** Bounds on what a reader can make a page hold. */
const FILE_SIZE_MAX = 8 << 20;
const FILE_COUNT_MAX = 5000;
const TOTAL_SIZE_MAX = 32 << 20;

const NULL_DEVICE = '/dev/null';
const NOT_FOUND = 'No such file or directory';
const NOT_DIRECTORY = 'Not a directory';
const IS_DIRECTORY = 'Is a directory';

export class FileSystem implements ShellFiles {
  readonly root: DirectoryNode = directory(0);
  readonly #now: () => number;
  #count = 0;
  #size = 0;

  constructor(files: Readonly<Record<string, string>> = {}, now: () => number = () => 0) {
    this.#now = now;
    for (const path of ['/tmp', '/etc', '/dev', '/home/user']) this.makeDirectories(path);
    this.write(NULL_DEVICE, '');
    for (const [path, text] of Object.entries(files)) {
      this.makeDirectories(parentOf(path));
      this.write(path, text);
    }
  }

  resolve(cwd: string, path: string): string {
    return resolvePath(cwd, path);
  }

  /** The node at an absolute path. */
  find(path: string): FileSystemNode | undefined {
    return this.#find(path);
  }

  #find(path: string): FileNode | DirectoryNode | undefined {
    let node: FileNode | DirectoryNode | undefined = this.root;
    for (const part of partsOf(path)) {
      if (node?.kind !== 'directory') return undefined;
      node = node.entries.get(part);
    }
    return node;
  }

  exists(path: string): boolean {
    return this.find(path) !== undefined;
  }

  isDirectory(path: string): boolean {
    return this.find(path)?.kind === 'directory';
  }

  list(path: string): string[] {
    const node = this.find(path);
    if (!node) throw new FileError(NOT_FOUND);
    if (node.kind !== 'directory') throw new FileError(NOT_DIRECTORY);
    return [...node.entries.keys()].sort(byteOrder);
  }

  read(path: string): string {
    const node = this.#find(path);
    if (!node) throw new FileError(NOT_FOUND);
    if (node.kind === 'directory') throw new FileError(IS_DIRECTORY);
    return node.text;
  }

  write(path: string, text: string, append = false): void {
    if (path === NULL_DEVICE) text = '';
    const { parent, name } = this.#parent(path);
    const old = parent.entries.get(name);
    if (old?.kind === 'directory' || name === '') throw new FileError(IS_DIRECTORY);
    const next = append && old ? old.text + text : text;
    const grown = next.length - (old?.text.length ?? 0);
    if (next.length > FILE_SIZE_MAX) throw new FileError('File too large');
    if (this.#size + grown > TOTAL_SIZE_MAX) throw new FileError('No space left on device');
    this.#size += grown;
    if (old) {
      old.text = next;
      old.changedAt = this.#now();
    } else {
      this.#add();
      parent.entries.set(name, { kind: 'file', text: next, executable: false, changedAt: this.#now() });
    }
  }

  makeDirectory(path: string): void {
    const { parent, name } = this.#parent(path);
    if (name === '' || parent.entries.has(name)) throw new FileError('File exists');
    this.#add();
    parent.entries.set(name, directory(this.#now()));
  }

  makeDirectories(path: string): void {
    let node: DirectoryNode = this.root;
    for (const part of partsOf(path)) {
      let next = node.entries.get(part);
      if (!next) {
        this.#add();
        next = directory(this.#now());
        node.entries.set(part, next);
      }
      if (next.kind !== 'directory') throw new FileError(NOT_DIRECTORY);
      node = next;
    }
  }

  remove(path: string): void {
    const { parent, name } = this.#parent(path);
    const node = parent.entries.get(name);
    if (!node) throw new FileError(NOT_FOUND);
    this.#forget(node);
    parent.entries.delete(name);
  }

  move(from: string, to: string): void {
    if (to === from) return;
    const source = this.#parent(from);
    const node = source.parent.entries.get(source.name);
    if (!node) throw new FileError(NOT_FOUND);
    if (node.kind === 'directory' && to.startsWith(`${from}/`)) throw new FileError('Invalid argument');
    const target = this.#parent(to);
    const old = target.parent.entries.get(target.name);
    if (old?.kind === 'directory' && node.kind === 'file') throw new FileError(IS_DIRECTORY);
    if (old?.kind === 'file' && node.kind === 'directory') throw new FileError(NOT_DIRECTORY);
    if (old?.kind === 'directory' && old.entries.size > 0) throw new FileError('Directory not empty');
    if (old) this.#forget(old);
    source.parent.entries.delete(source.name);
    target.parent.entries.set(target.name, node);
  }

  copy(from: string, to: string): void {
    const node = this.#find(from);
    if (!node) throw new FileError(NOT_FOUND);
    if (node.kind === 'directory') throw new FileError(IS_DIRECTORY);
    this.write(to, node.text);
    const made = this.#find(to);
    if (made?.kind === 'file') made.executable = node.executable;
  }

  chmod(path: string, change: (mode: number) => number): void {
    const node = this.#find(path);
    if (!node) throw new FileError(NOT_FOUND);
    if (node.kind === 'file') node.executable = (change(node.executable ? 0o755 : 0o644) & 0o111) !== 0;
  }

  touch(path: string): void {
    const node = this.#find(path);
    if (!node) throw new FileError(NOT_FOUND);
    node.changedAt = this.#now();
  }

  #parent(path: string): { parent: DirectoryNode; name: string } {
    const parent = this.#find(parentOf(path));
    if (!parent) throw new FileError(NOT_FOUND);
    if (parent.kind !== 'directory') throw new FileError(NOT_DIRECTORY);
    return { parent, name: path.slice(path.lastIndexOf('/') + 1) };
  }

  #add(): void {
    if (this.#count >= FILE_COUNT_MAX) throw new FileError('No space left on device');
    this.#count++;
  }

  #forget(node: FileNode | DirectoryNode): void {
    this.#count--;
    if (node.kind === 'file') this.#size -= node.text.length;
    else for (const child of node.entries.values()) this.#forget(child);
  }
}

/** The absolute path of `path` seen from `cwd`, without `.`, `..` and doubled slashes. */
export function resolvePath(cwd: string, path: string): string {
  const out: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${cwd}/${path}`).split('/')) {
    if (part === '..') out.pop();
    else if (part !== '' && part !== '.') out.push(part);
  }
  return `/${out.join('/')}`;
}

/** Order of the bytes, as `LC_ALL=C` sorts. */
export function byteOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function directory(changedAt: number): DirectoryNode {
  return { kind: 'directory', entries: new Map(), changedAt };
}

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
