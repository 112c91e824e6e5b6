// What execve(2) does before the first instruction: finds the file, checks it, follows `#!` lines and binfmt_misc, and
// works out who the process then is. Models fs/exec.c, binfmt_script.c, binfmt_elf.c and binfmt_misc.c of Linux 6.1.
// The search in PATH is execvp(3)'s.
import { type Content, type Files, LinuxError } from '../contract.ts';
import type { Elf, ElfMachine } from '../elf.ts';
import type { Binfmt } from './state.ts';

/** What will run. */
export interface Executable {
  /** The file that was asked for first, absolute: /proc/PID/exe is that of `path`. */
  readonly file: string;
  /** The ELF file that is executed. */
  readonly path: string;
  readonly elf: Elf;
  /** What the program gets. */
  readonly argv: readonly string[];
  /** What /proc/PID/cmdline shows: an emulator comes first. */
  readonly shown: readonly string[];
  /** A script's or the program's own name, for comm. */
  readonly comm: string;
  /** Mode and owner of `path`, for set-id bits; a script's are not looked at. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Runs through an interpreter registered with binfmt_misc. */
  readonly emulator?: string;
}

/** 32-bit programs that a 64-bit kernel runs as well. */
const also: Readonly<Partial<Record<ElfMachine, readonly ElfMachine[]>>> = { x86_64: ['i686'], aarch64: ['armv7l'] };

const MOST_INTERPRETERS = 5;
const LONGEST_LINE = 255;

/** Throws ENOENT, EACCES, ENOEXEC, ELOOP, ENOTDIR. */
export function prepareExec(
  files: Files,
  machine: ElfMachine,
  binfmt: Iterable<Binfmt>,
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Executable {
  const file = searchPath(files, argv[0] ?? '', env['PATH']);
  const comm = baseName(file).slice(0, 15);
  let path = file;
  let words = argv;
  for (let depth = 0; depth <= MOST_INTERPRETERS; depth++) {
    checkExecutable(files, path);
    const content = files.read(path);
    if (content.kind === 'elf') {
      const { elf } = content;
      if (elf.machine === machine || also[machine]?.includes(elf.machine)) {
        if (elf.interpreter !== undefined && !files.exists(elf.interpreter)) throw new LinuxError('ENOENT');
        return { file, path, elf, argv: words, shown: words, comm, ...ownerOf(files, path) };
      }
      const handler = [...binfmt].find((one) => one.enabled && one.machine === elf.machine);
      if (!handler) throw new LinuxError('ENOEXEC');
      if (!handler.fixed) checkExecutable(files, handler.interpreter);
      if (elf.interpreter !== undefined && !files.exists(elf.interpreter)) throw new LinuxError('ENOENT');
      // Without flag P the emulator does not learn what the first word was.
      const seen = handler.flags.includes('P') ? words : [path, ...words.slice(1)];
      return {
        file,
        path,
        elf,
        argv: seen,
        shown: [handler.interpreter, path, ...words.slice(1)],
        comm,
        ...ownerOf(files, path),
        emulator: handler.interpreter,
      };
    }
    const line = interpreterLine(content);
    if (!line) throw new LinuxError('ENOEXEC');
    words = [line.interpreter, ...line.argument, path, ...words.slice(1)];
    path = line.interpreter;
  }
  throw new LinuxError('ELOOP');
}

/** The file that a name without a slash means. EACCES if the only ones found may not be executed. */
function searchPath(files: Files, name: string, path = '/bin:/usr/bin'): string {
  if (name === '') throw new LinuxError('ENOENT');
  if (name.includes('/')) return name;
  let denied = false;
  for (const directory of path.split(':')) {
    const candidate = directory === '' ? name : `${directory.replace(/\/+$/, '')}/${name}`;
    if (!files.exists(candidate)) continue;
    if (files.stat(candidate).type === 'file' && files.access(candidate, 'execute')) return candidate;
    denied = true;
  }
  throw new LinuxError(denied ? 'EACCES' : 'ENOENT');
}

function checkExecutable(files: Files, path: string): void {
  if (files.stat(path).type !== 'file') throw new LinuxError('EACCES');
  if (!files.access(path, 'execute')) throw new LinuxError('EACCES');
}

function interpreterLine(content: Content): { interpreter: string; argument: readonly string[] } | undefined {
  if (content.kind !== 'text' || !content.text.startsWith('#!')) return undefined;
  const end = content.text.indexOf('\n');
  const line = content.text.slice(2, Math.min(end < 0 ? Infinity : end, LONGEST_LINE)).trim();
  const match = /^(\S+)(?:[ \t]+(.*))?$/.exec(line);
  if (!match) return undefined;
  const [, interpreter = '', argument] = match;
  return { interpreter, argument: argument === undefined ? [] : [argument] };
}

function ownerOf(files: Files, path: string): { mode: number; uid: number; gid: number } {
  const { mode, uid, gid } = files.stat(path);
  return { mode, uid, gid };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
