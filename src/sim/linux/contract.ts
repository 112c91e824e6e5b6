// What the parts of one Linux machine agree on: files, tasks, namespaces, control groups and commands. `files/` keeps
// file systems and mounts, `tasks/` processes and their walls, `loader/` what ld.so does, `packages/` dpkg and apt.
// Whoever asks the machine for something (a shell, a container engine, a test) asks as a task: it sees that task's root,
// mounts, names and rights.
import type { Elf } from './elf.ts';

/** errno(3), as far as the machine sets it. */
export type Errno =
  | 'EPERM' | 'ENOENT' | 'ESRCH' | 'EINTR' | 'EIO' | 'ENOEXEC' | 'EBADF' | 'ECHILD' | 'EAGAIN' | 'ENOMEM' | 'EACCES'
  | 'EBUSY' | 'EEXIST' | 'EXDEV' | 'ENODEV' | 'ENOTDIR' | 'EISDIR' | 'EINVAL' | 'ETXTBSY' | 'EFBIG' | 'ENOSPC' | 'EROFS'
  | 'EMLINK' | 'ENAMETOOLONG' | 'ENOTEMPTY' | 'ELOOP' | 'EADDRINUSE' | 'EADDRNOTAVAIL' | 'ECONNREFUSED' | 'ENOSYS'
  | 'EOPNOTSUPP' | 'EUSERS' | 'EDQUOT'; // prettier-ignore

/** What a system call answers when it refuses. `message` is strerror(3)'s. Thrown by everything in this folder. */
export class LinuxError extends Error {
  override readonly name = 'LinuxError';
  readonly errno: Errno;
  constructor(errno: Errno) {
    super(strerror[errno]);
    this.errno = errno;
  }
}

/** The words of glibc 2.36. */
export const strerror: Readonly<Record<Errno, string>> = {
  EPERM: 'Operation not permitted',
  ENOENT: 'No such file or directory',
  ESRCH: 'No such process',
  EINTR: 'Interrupted system call',
  EIO: 'Input/output error',
  ENOEXEC: 'Exec format error',
  EBADF: 'Bad file descriptor',
  ECHILD: 'No child processes',
  EAGAIN: 'Resource temporarily unavailable',
  ENOMEM: 'Cannot allocate memory',
  EACCES: 'Permission denied',
  EBUSY: 'Device or resource busy',
  EEXIST: 'File exists',
  EXDEV: 'Invalid cross-device link',
  ENODEV: 'No such device',
  ENOTDIR: 'Not a directory',
  EISDIR: 'Is a directory',
  EINVAL: 'Invalid argument',
  ETXTBSY: 'Text file busy',
  EFBIG: 'File too large',
  ENOSPC: 'No space left on device',
  EROFS: 'Read-only file system',
  EMLINK: 'Too many links',
  ENAMETOOLONG: 'File name too long',
  ENOTEMPTY: 'Directory not empty',
  ELOOP: 'Too many levels of symbolic links',
  EADDRINUSE: 'Address already in use',
  EADDRNOTAVAIL: 'Cannot assign requested address',
  ECONNREFUSED: 'Connection refused',
  ENOSYS: 'Function not implemented',
  EOPNOTSUPP: 'Operation not supported',
  EUSERS: 'Too many users',
  EDQUOT: 'Disk quota exceeded',
};

// ---------------------------------------------------------------------------------------------------- files

/** What a regular file holds. Values; never changed in place. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  /** A program or a library. */
  | { readonly kind: 'elf'; readonly elf: Elf }
  /** Data that nobody here reads: only its size and its identity count. `magic` is what file(1) calls it. */
  | { readonly kind: 'opaque'; readonly sizeBytes: number; readonly id: string; readonly magic: string };

export type FileType = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket';

/** stat(2). */
export interface Stat {
  readonly type: FileType;
  /** Permission bits with set-id and sticky bits, up to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
  readonly sizeBytes: number;
  /** Unix milliseconds. */
  readonly mtimeMs: number;
  readonly ino: number;
  /** Number of the file system. */
  readonly dev: number;
}

/** What the file systems of one task look like to it. Relative paths start at its working directory. */
export interface Files {
  stat(path: string): Stat;
  lstat(path: string): Stat;
  /** Whether anything is there; never throws. */
  exists(path: string): boolean;
  /** The absolute path without symbolic links, `.` and `..`, as the task sees it. */
  realpath(path: string): string;
  readlink(path: string): string;
  read(path: string): Content;
  /** The bytes of a text file; an ELF or opaque file gives its first bytes (`\x7fELF…`) only. */
  readText(path: string): string;
  /** Names without `.` and `..`, in byte order. */
  list(path: string): readonly string[];
  /** Creates or overwrites. `mode` counts for a new file (default 0o644). */
  write(path: string, content: Content | string, options?: { readonly append?: boolean; readonly mode?: number }): void;
  mkdir(path: string, mode?: number): void;
  /** `mkdir -p`. */
  mkdirs(path: string, mode?: number): void;
  rmdir(path: string): void;
  unlink(path: string): void;
  rename(from: string, to: string): void;
  symlink(target: string, path: string): void;
  link(existing: string, path: string): void;
  chmod(path: string, mode: number): void;
  chown(path: string, uid: number, gid: number): void;
  utimes(path: string, mtimeMs: number): void;
  /** Unix milliseconds, by the machine's clock. */
  nowMs(): number;
  /** statfs(2) of the file system that holds the path. */
  statfs(path: string): { readonly type: string; readonly sizeBytes: number; readonly usedBytes: number };
  /** access(2) with the task's rights. */
  access(path: string, want: 'read' | 'write' | 'execute'): boolean;
}

// ---------------------------------------------------------------------------------------------------- tasks

export const namespaceKinds = ['cgroup', 'ipc', 'mnt', 'net', 'pid', 'time', 'user', 'uts'] as const;
export type NamespaceKind = (typeof namespaceKinds)[number];

/** One process. Seen from outside as plain data. */
export interface Task {
  /** In the machine's own PID namespace. */
  readonly pid: number;
  readonly ppid: number;
  /** In each PID namespace from the machine's own down to its own. The last is what getpid() says. */
  readonly pids: readonly number[];
  /** At most 15 characters, as in /proc/PID/comm. */
  readonly comm: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path of the program file, as seen by the task itself. */
  readonly exe: string;
  readonly cwd: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Inode numbers, as `lsns` and /proc/PID/ns show them. */
  readonly namespaces: Readonly<Record<NamespaceKind, number>>;
  /** Path in the machine's cgroup tree: `/system.slice/docker-….scope`. */
  readonly cgroup: string;
  readonly state: 'R' | 'S' | 'T' | 'Z';
  /** Virtual milliseconds. */
  readonly startedAt: number;
  readonly memoryBytes: number;
  readonly oomScoreAdj: number;
  /** Shared objects as mapped at the start, the loader's order. */
  readonly libraries: readonly string[];
}

/** What came of `fork` and `execve` for one command line. */
export type Started =
  /** It has run and ended, all at this moment; it would have taken `tookMs` of virtual time. */
  | {
      readonly kind: 'done';
      readonly pid: number;
      readonly exitCode: number;
      readonly stdout: string;
      readonly stderr: string;
      readonly tookMs: number;
    }
  /**
   * It reads standard input, of which there may be more than was given; nothing has changed. Run it again with all lines so
   * far (`line`) or with the whole (`all`) as `stdin`.
   */
  | { readonly kind: 'asks'; readonly wants: 'line' | 'all'; readonly stdout: string; readonly stderr: string }
  /** It stays: a server, a `sleep`. It ends by itself or by a signal; see `Machine.onExit`. */
  | { readonly kind: 'running'; readonly pid: number; readonly stdout: string; readonly stderr: string }
  /**
   * The program is one that runs outside the simulator, beside the reader (bash, grep, docker): it exists as a task
   * from now on and acts through it; whoever runs it reports the end with `Machine.exit`.
   */
  | { readonly kind: 'hosted'; readonly pid: number; readonly program: string; readonly argv: readonly string[] };

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** All of standard input (on a terminal: the lines typed so far). */
  readonly stdin?: string;
  /** More of standard input may come than `stdin` holds. */
  readonly stdinOpen?: boolean;
  /** Whether standard output is a terminal, and its width. */
  readonly tty?: boolean;
  readonly columns?: number;
}

// ---------------------------------------------------------------------------------------------------- commands

/** What a command of the machine sees: system calls of its own task, and three streams. */
export interface Sys {
  /** The arguments, the name first. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** All of standard input. The command is given up and run anew when it asks for it before its end has come. */
  readonly stdin: string;
  readonly tty: boolean;
  readonly columns: number;
  /**
   * The next line of standard input, without its newline; undefined at its end. On a terminal where nothing has been
   * typed yet the command is given up and run anew once there is a line, so ask before changing anything.
   */
  readLine(): string | undefined;
  /** Unix milliseconds. */
  readonly unixMs: number;
  readonly task: Task;
  readonly files: Files;
  out(text: string): void;
  err(text: string): void;
  /** Adds to the virtual time that the command takes. */
  takes(ms: number): void;
  /** The machine, for commands that are about all of it. Everything in it honours namespaces when asked with a task. */
  readonly machine: MachineView;
  /**
   * execve(2) of another program in this task, after what the command has changed about it (namespaces, root, user).
   * Return its result from the command.
   */
  exec(argv: readonly string[], env?: Readonly<Record<string, string>>): Exec;
  /** fork(2) and execve(2), and waits: what the child printed is in the result. */
  spawn(argv: readonly string[], options?: RunOptions): Started;
}

/** Opaque: made by `Sys.exec`, taken back by the machine. */
export interface Exec {
  readonly exec: readonly string[];
}

/**
 * A program of the machine that ends at once, or gives way to another. It returns the exit code. Synchronous and pure: it
 * touches nothing but `sys`. Uncaught `LinuxError`s are printed as `NAME: message` with exit code 1.
 */
export type Command = (sys: Sys) => number | Exec;

/** Commands by the name that an executable's `program` field gives. */
export type Commands = Readonly<Record<string, Command>>;

/** The machine as commands, the container engine and pictures ask it. Implemented in `machine.ts`. */
export interface MachineView {
  readonly hostname: string;
  /** `x86_64`, `aarch64`, …: what `uname -m` says. */
  readonly architecture: Elf['machine'];
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  tasks(): readonly Task[];
  task(pid: number): Task | undefined;
  files(pid: number): Files;
}
