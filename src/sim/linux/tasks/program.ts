// Programs that stay: servers, `sleep`, daemons. A program is a set of pure functions over its task; what it remembers is
// a value that it keeps with the task, so a checkpoint has it.
import type { Files, MachineView, RunOptions, Started, Task } from '../contract.ts';
import type { Signal } from './signals.ts';

export interface Program {
  /** Signals that come to `signal` instead of doing what they do by default. */
  readonly handles?: readonly Signal[];
  readonly ignores?: readonly Signal[];
  /** Waits for orphans too, as an init or a shell does. */
  readonly reaps?: boolean;
  readonly threads?: number;
  /** Private memory right after the start; 2 MiB when left out. */
  readonly memoryBytes?: number;
  /** Right after execve. May end at once. */
  start(sys: ProgramSys): void;
  /** At the moment that `wakeIn` named. */
  wake?(sys: ProgramSys): void;
  signal?(sys: ProgramSys, signal: Signal): void;
  /** A child has ended. */
  child?(sys: ProgramSys, pid: number, code: number): void;
  /** What another part of the world asks of it (`Machine.ask`): an HTTP request, say. */
  ask?(sys: ProgramSys, question: unknown): unknown;
}

export type Programs = Readonly<Record<string, Program>>;

/** What a program that stays sees: the system calls of its task. */
export interface ProgramSys {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly task: Task;
  readonly files: Files;
  readonly machine: MachineView;
  readonly unixMs: number;
  /** Virtual milliseconds. */
  readonly now: number;
  /** What it kept last; undefined at the start. */
  readonly data: unknown;
  /** Must be a value: nobody changes it afterwards. */
  keep(data: unknown): void;
  out(text: string): void;
  err(text: string): void;
  exit(code: number): void;
  /** Replaces an earlier wish; Infinity for none. */
  wakeIn(ms: number): void;
  /** What it would use of the processors if it were alone. */
  demand(milli: number): void;
  /** Private memory from now on; it may grow by itself up to a ceiling. */
  memory(bytes: number, growthPerSecond?: number, ceilingBytes?: number): void;
  /** Throws EADDRINUSE, EACCES (a port below 1024), EADDRNOTAVAIL. */
  listen(port: number, options?: { readonly address?: string; readonly protocol?: 'tcp' | 'udp' }): void;
  spawn(argv: readonly string[], options?: RunOptions): Started;
  /** A draw from the machine's own stream. */
  draw(bound: number): number;
}
