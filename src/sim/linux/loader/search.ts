// The directories in which the loader looks, list by list, and what it remembers about each: a directory that turned out
// not to exist is neither tried nor shown again.
// Source: ld.so(8); the behaviour of glibc 2.36 under LD_DEBUG=libs.
import { LinuxError, strerror, type Content, type Errno, type Files } from '../contract.ts';
import type { Elf, ElfMachine } from '../elf.ts';
import { architectureOf, capabilitySubdirectories, defaultDirectories } from './architecture.ts';

/** One directory, shared by all lists that name it. */
interface Directory {
  /** With its slash; empty for the working directory written as an empty element. */
  readonly name: string;
  /** Of each subdirectory. */
  readonly status: ('unknown' | 'missing' | 'there')[];
  readonly what: string;
  readonly where: string | undefined;
}

export interface SearchList {
  directories: readonly Directory[];
  /** Nothing of it exists: it is not looked at any more. */
  useless: boolean;
}

/** The file that a search came to. */
export interface Opened {
  readonly path: string;
  readonly elf: Elf;
  readonly identity: string;
}

/** A file that stands where a library is wanted and is none. */
export class LoadError extends Error {
  override readonly name = 'LoadError';
  readonly object: string;
  readonly reason: string;
  readonly errno: Errno | undefined;
  constructor(object: string, reason: string, errno?: Errno) {
    super(`${object}: ${reason}${errno === undefined ? '' : `: ${strerror[errno]}`}`);
    this.object = object;
    this.reason = reason;
    this.errno = errno;
  }
}

const elfHeaderBytes = 64;

export class Searcher {
  readonly #files: Files;
  readonly #want: Elf;
  readonly #subdirectories: readonly string[];
  readonly #known = new Map<string, Directory>();
  readonly #debug: (text: string) => void;
  readonly system: SearchList;
  /** Some file of the other word size was passed over since this was last cleared. */
  otherClass = false;
  /** Why the last file could not be opened. */
  errno: Errno = 'ENOENT';

  constructor(files: Files, want: Elf, debug: (text: string) => void) {
    this.#files = files;
    this.#want = want;
    this.#subdirectories = capabilitySubdirectories(want.machine);
    this.#debug = debug;
    this.system = this.list(defaultDirectories(want.machine), 'system search path');
  }

  /** Directories as written, tokens already replaced. */
  list(paths: readonly string[], what: string, where?: string): SearchList {
    const directories: Directory[] = [];
    for (const path of paths) {
      let name = path === '' ? '' : path.replace(/(?<=.)\/+$/, '');
      if (name !== '' && !name.endsWith('/')) name += '/';
      let directory = this.#known.get(name);
      if (directory === undefined) {
        // Only absolute directories can be found missing for good.
        const status = name.startsWith('/') ? 'unknown' : 'there';
        directory = { name, status: this.#subdirectories.map(() => status), what, where };
        this.#known.set(name, directory);
      }
      if (!directories.includes(directory)) directories.push(directory);
    }
    return { directories, useless: directories.length === 0 };
  }

  /** Looks in every directory of the list. */
  find(list: SearchList, name: string): Opened | undefined {
    if (list.useless) return undefined;
    let shown: string | undefined;
    let any = false;
    for (const directory of list.directories) {
      if (shown !== directory.what) {
        shown = directory.what;
        this.#show(list, directory);
      }
      let here = false;
      for (const [index, subdirectory] of this.#subdirectories.entries()) {
        if (directory.status[index] === 'missing') continue;
        const path = directory.name + subdirectory;
        this.#debug(`  trying file=${path}${name}\n`);
        const opened = this.open(path + name);
        if (directory.status[index] === 'unknown') {
          directory.status[index] = opened !== undefined || this.#isDirectory(path) ? 'there' : 'missing';
        }
        if (directory.status[index] === 'there') here = true;
        if (opened !== undefined) return opened;
        if (here && this.errno !== 'ENOENT' && this.errno !== 'EACCES') return undefined;
      }
      any ||= here;
    }
    if (!any && list !== this.system) list.useless = true;
    return undefined;
  }

  /**
   * Opens one file and looks at its header. Nothing when it cannot be opened or is for another machine, which the
   * search passes over; a `LoadError` when it is damaged, which ends everything.
   */
  open(path: string, asked: string = path): Opened | undefined {
    let content: Content;
    let identity: string;
    try {
      const stat = this.#files.stat(path);
      if (stat.type === 'directory') throw new LoadError(asked, 'cannot read file data', 'EISDIR');
      content = this.#files.read(path);
      identity = `${stat.dev}:${stat.ino}`;
    } catch (error) {
      if (!(error instanceof LinuxError)) throw error;
      this.errno = error.errno;
      return undefined;
    }
    this.errno = 'ENOENT';
    if (content.kind !== 'elf') {
      const size = content.kind === 'text' ? content.text.length : content.sizeBytes;
      const cut = size < elfHeaderBytes || (content.kind === 'opaque' && content.magic.startsWith('ELF'));
      throw new LoadError(asked, cut ? 'file too short' : 'invalid ELF header');
    }
    const { elf } = content;
    if (elf.class !== this.#want.class) {
      this.otherClass = true;
      return undefined;
    }
    if (elf.machine !== this.#want.machine) return undefined;
    return { path, elf, identity };
  }

  #isDirectory(path: string): boolean {
    try {
      return this.#files.stat(path).type === 'directory';
    } catch (error) {
      if (error instanceof LinuxError) return false;
      throw error;
    }
  }

  /** The rest of the list as far as it comes from the same place. */
  #show(list: SearchList, from: Directory): void {
    const paths: string[] = [];
    for (const directory of list.directories.slice(list.directories.indexOf(from))) {
      if (directory.what !== from.what) break;
      for (const [index, subdirectory] of this.#subdirectories.entries()) {
        if (directory.status[index] === 'missing') continue;
        paths.push((directory.name + subdirectory).replace(/(?<=.)\/$/, ''));
      }
    }
    const source = from.where === undefined ? from.what : `${from.what} from file ${from.where}`;
    this.#debug(` search path=${paths.join(':')}\t\t(${source})\n`);
  }
}

/**
 * Replaces `$ORIGIN`, `$LIB` and `$PLATFORM`. Nothing when a set-user-ID program must not follow the result: there
 * `$ORIGIN` may only begin a path into the default directories.
 */
export function expandTokens(text: string, origin: string, machine: ElfMachine, secure: boolean): string | undefined {
  const { platform, triplet } = architectureOf({ machine });
  const lib = `lib/${triplet}`;
  const result = text.replace(
    /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))/g,
    (_, braced, plain) => {
      const token = (braced ?? plain) as 'ORIGIN' | 'LIB' | 'PLATFORM';
      return token === 'ORIGIN' ? origin : token === 'LIB' ? lib : platform;
    },
  );
  if (secure && result !== text && /\$\{?ORIGIN/.test(text)) {
    const trusted = defaultDirectories(machine).some((directory) => `${result}/`.startsWith(directory));
    if (!trusted || !/^\$(\{ORIGIN\}|ORIGIN)/.test(text)) return undefined;
  }
  return result;
}
