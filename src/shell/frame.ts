// Where a command runs: the shell it belongs to, the variables it sees, and what its descriptors lead to.

import { emptyIn, nullOut } from './streams.ts';
import type { ShellFiles } from './file-system.ts';
import type { ParsedScript } from './parse.ts';
import type { In, Out, Program, ShellHost, TaskRef } from './program.ts';
import type { Jobs } from './jobs.ts';
import type { ShellState } from './state.ts';

/** What a file descriptor leads to; a terminal goes both ways. */
export interface Channel {
  readonly in?: In;
  readonly out?: Out;
}

export type Channels = ReadonlyMap<number, Channel>;

export interface Frame {
  readonly shell: ShellCore;
  readonly state: ShellState;
  /** Changed only by `exec` with redirections alone. */
  channels: Channels;
  readonly signal: AbortSignal;
}

/** The parts of the interpreter that expansion and builtins call back into. */
export interface ShellCore {
  readonly fs: ShellFiles;
  readonly host: ShellHost;
  readonly jobs: Jobs;
  readonly history: string[];
  columns: number;
  rows: number;
  /** What `$(…)` stands for: output without its trailing newlines. Sets the status. */
  capture(script: ParsedScript | undefined, frame: Frame): Promise<string>;
  /** Runs source in this frame, as `eval` and `source` do. */
  evaluate(source: string, frame: Frame): Promise<number>;
  /** Runs source as a script of its own, as `bash file` does. */
  runScript(source: string, name: string, args: readonly string[], frame: Frame): Promise<number>;
  /** Runs a command already expanded: function, builtin or program. */
  invoke(argv: readonly string[], frame: Frame, lookup?: 'all' | 'no functions'): Promise<number>;
  program(name: string): Promise<Program> | undefined;
  programNames(): readonly string[];
  /** The task that this shell is on a simulated machine. */
  readonly task?: TaskRef;
  /** Goes on as an interactive shell in this frame, until its `exit`; the session does that. */
  enter?(inner: Frame, parting: string): void;
  isBuiltin(name: string): boolean;
  builtinNames(): readonly string[];
}

export function stdinOf(frame: Frame): In {
  return frame.channels.get(0)?.in ?? emptyIn;
}

export function stdoutOf(frame: Frame): Out {
  return frame.channels.get(1)?.out ?? nullOut;
}

export function stderrOf(frame: Frame): Out {
  return frame.channels.get(2)?.out ?? nullOut;
}

export function withChannel(channels: Channels, descriptor: number, channel: Channel): Channels {
  return new Map(channels).set(descriptor, channel);
}
