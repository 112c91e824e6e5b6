// What a program of the shell sees: text streams, a file system, and the world behind `ShellHost`. Nothing here knows
// where it runs; the shell may live in a worker, in Node or in a test.
// Left out against POSIX: processes with ids of their own, file descriptors above 2, signals other than "stop".

import type { ApiRequest } from '../sim/api/http.ts';
import type { Files, RunOptions, Started, Task } from '../sim/linux/contract.ts';
import type { SessionEvent } from '../sim/workload/sessions.ts';
import type { ShellFiles } from './file-system.ts';

/** Where text goes. `write` may return a promise: waiting for it is how a full pipe slows the writer down. */
export interface Out {
  write(text: string): Promise<void> | void;
  readonly isTTY: boolean;
  close?(): void;
}

/** Where text comes from: some text, or null at the end. */
export interface In {
  read(): Promise<string | null>;
  readonly isTTY: boolean;
  /** Gives text back that was read too far. */
  unread?(text: string): void;
}

/** One running program. Reading and writing throw when the job is stopped, so a program needs no check of its own. */
export interface Proc {
  /** The name it was called by. */
  readonly name: string;
  /** Arguments without the name. */
  readonly args: readonly string[];
  /** Exported variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Absolute path. */
  readonly cwd: string;
  readonly fs: ShellFiles;
  readonly stdin: In;
  readonly stdout: Out;
  readonly stderr: Out;
  /** Aborted by Ctrl-C and by `kill`. */
  readonly signal: AbortSignal;
  readonly columns: number;
  readonly rows: number;
  readonly host: ShellHost;
  /** The task that it is on a simulated machine; undefined on the page's own small system. */
  readonly task?: TaskRef;
  /** Runs another program or function by name as `xargs`, `watch` and `time` do; streams default to this program's. */
  spawn(argv: readonly string[], streams?: Streams): Promise<number>;
}

interface Streams {
  readonly stdin?: In;
  readonly stdout?: Out;
  readonly stderr?: Out;
  /** Ends that program and leaves the one that started it running. */
  readonly signal?: AbortSignal;
  /** Variables for that program alone; undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A program. Without a number the exit code is 0. */
export type Program = (proc: Proc) => Promise<number | void>;

/** Candidates for the last of `words` (the words of the command so far, the program's name first). */
export type Completer = (words: readonly string[], host: ShellHost) => Promise<readonly string[]>;

/** A program as it is registered: loaded at its first use. */
export interface ProgramEntry {
  readonly load: () => Promise<Program>;
  readonly complete?: () => Promise<Completer>;
}

export type Programs = Readonly<Record<string, ProgramEntry>>;

/** An answer of the API: the head at once, the body as it comes. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body. */
  text(): Promise<string>;
  /** Lines without their newline, for a watch or a followed log. Ends with the stream or with the signal. */
  lines(): AsyncIterable<string>;
}

/** The container a command is run in. */
interface ExecTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
}

interface ExecResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command in a container with somebody at the other end. Input and output are strings of bytes. */
export interface ShellSession {
  input(bytes: string): void;
  endInput(): void;
  /** Hangs up: the command ends. */
  close(): void;
}

export interface SessionWish {
  readonly stdin: boolean;
  readonly tty: boolean;
  readonly onEvent: (event: SessionEvent) => void;
}

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Virtual milliseconds. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  /** As in the traffic contract; `ok` and `error` carry a status. `unknown host`: the name does not resolve. */
  readonly outcome: 'ok' | 'error' | 'timeout' | 'refused' | 'no endpoints' | 'unknown host' | 'pending';
  readonly status: number;
  readonly body: string;
  readonly latencyMs: number;
}

/** One task of one machine. */
export interface TaskRef {
  readonly machine: string;
  /** In the machine's own PID namespace. */
  readonly pid: number;
}

/** Who and where a task is, for a prompt. */
interface Identity {
  readonly user: string;
  readonly home: string;
  readonly hostname: string;
}

/** The machines of a world, as shells on them use them. What changes something is logged as an input. */
export interface MachineHost {
  /** The reader's shell, which is there from the start. */
  readonly login: TaskRef;
  task(at: TaskRef): Task | undefined;
  identity(at: TaskRef): Identity;
  /** Files as that task sees them. Refusals are `LinuxError`s. */
  files(at: TaskRef): Files;
  /** fork(2) and execve(2), along PATH; throws a `LinuxError` when it cannot be executed. */
  run(at: TaskRef, argv: readonly string[], options: RunOptions): Started;
  /** A task of a hosted program has ended. */
  exit(at: TaskRef, exitCode: number): void;
  /** Waits for the end of a task that stays; its exit code. What it prints comes through `onOutput`. */
  wait(
    at: TaskRef,
    signal: AbortSignal,
    onOutput: (text: string, stream: 'stdout' | 'stderr') => void,
  ): Promise<number>;
  /** Signals the process that `from` knows by `pid`. Throws a `LinuxError`. */
  kill(from: TaskRef, pid: number, signal: string): void;
  /** A shell on another machine, as over SSH; a sentence when there is no way to it. */
  remoteLogin(from: TaskRef, machine: string): TaskRef | string;
  /** A request from where that task is. */
  http(from: TaskRef, request: HttpRequest): Promise<HttpAnswer>;
}

/** An answer of a container engine. Its body is text, or where it is an archive or a stream a string of bytes. */
export interface DockerAnswer extends ApiAnswer {
  /** The body in pieces as they come, none of them lost. Ends with the stream or with the signal. */
  chunks(): AsyncIterable<string>;
}

/** What comes over a connection that has become a stream (attach, exec). */
export type DockerEvent =
  | { readonly kind: 'output'; readonly stream: 'stdout' | 'stderr'; readonly bytes: string }
  /** The other end is closed, and nothing more will come. */
  | { readonly kind: 'end' };

export interface DockerWish {
  /** Hangs up. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: DockerEvent) => void;
}

/** The world as the shell sees it. Times are virtual. */
export interface ShellHost {
  api(request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer>;
  /** Virtual Unix milliseconds. */
  now(): number;
  /** Rejects when the signal is aborted. */
  sleep(virtualMs: number, signal: AbortSignal): Promise<void>;
  exec(target: ExecTarget, argv: readonly string[]): Promise<ExecResult>;
  /** The same, as a conversation; a sentence for standard error where the container cannot be reached. */
  session?(target: ExecTarget, argv: readonly string[], wish: SessionWish): Promise<ShellSession | string>;
  /** A request from the reader's machine to a Service or a pod. */
  http(request: HttpRequest): Promise<HttpAnswer>;
  /** Opens the page's editor; the saved text, or null when the reader cancels or there is no editor. */
  edit(fileName: string, text: string): Promise<string | null>;
  /** Present where the reader's shell is a task of a simulated machine. */
  readonly machines?: MachineHost;
  /**
   * A request to the container engine that is reached from where the program is; `HEAD` goes as `GET`. Rejects when
   * there is none, with the message `permission denied` when the program may not ask it.
   */
  docker?(from: TaskRef | undefined, request: ApiRequest, signal: AbortSignal): Promise<DockerAnswer>;
  /** A request after which the connection carries bytes both ways; an answer where it was refused. */
  dockerAttach?(from: TaskRef | undefined, request: ApiRequest, wish: DockerWish): Promise<ShellSession | DockerAnswer>;
}

/** Thrown out of `read`, `write` and `sleep` when the job is stopped. Programs let it pass. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

/** Thrown out of `write` when nobody reads the pipe any more. Programs let it pass. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

/** What a program says of a mistake before it ends: printed as `name: message`. */
export class ProgramError extends Error {
  override readonly name = 'ProgramError';
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
