// The shell runs in a worker, the terminal on the page. Both ends of the line between them, over anything like a
// MessagePort. Output carries credit, so a program that floods waits for the screen and Ctrl-C always gets through.

import { Pipe, orInterrupted } from './streams.ts';
import type { Completion } from './completion.ts';
import type { Out } from './program.ts';
import type { Shell } from './session.ts';

export interface PortLike {
  postMessage(message: unknown): void;
  onmessage: ((event: MessageEvent) => void) | null;
  start?(): void;
}

/** What comes back when a line has run. */
export interface RunResult {
  readonly exitCode: number;
  /** True after `exit`: the session is over. */
  readonly exited: boolean;
  readonly prompt: string;
  /** Typed for the program and not read by it. */
  readonly unread: string;
  /** How many inputs arrived while it ran: one that came too late is the terminal's again. */
  readonly received: number;
}

/** The shell as the terminal sees it. */
export interface ShellClient {
  run(line: string, onOutput: (text: string) => Promise<void> | void): Promise<RunResult>;
  /** Ctrl-C. */
  interrupt(): void;
  /** A line typed while a program runs; null for Ctrl-D. */
  input(text: string | null): void;
  resize(columns: number, rows: number): void;
  complete(line: string, cursor: number): Promise<Completion>;
  needsMore(source: string): Promise<boolean>;
  /** The prompt and the history, for a terminal that opens. */
  greet(): Promise<{ readonly prompt: string; readonly history: readonly string[] }>;
  /** Called when another shell has taken this one's place (the world began anew). */
  onReplaced: (() => void) | null;
  close(): void;
}

/** Characters on their way to the screen before a program must wait. */
const CREDIT = 64 * 1024;

type Request =
  | { readonly type: 'run'; readonly id: number; readonly line: string }
  | { readonly type: 'complete'; readonly id: number; readonly line: string; readonly cursor: number }
  | { readonly type: 'needsMore'; readonly id: number; readonly source: string }
  | { readonly type: 'greet'; readonly id: number };

type ToShell =
  | Request
  | { readonly type: 'interrupt' }
  | { readonly type: 'input'; readonly text: string | null }
  | { readonly type: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly type: 'shown'; readonly length: number };

type FromShell =
  | { readonly type: 'output'; readonly text: string }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failed'; readonly id: number; readonly message: string }
  | { readonly type: 'replaced' };

/** Ends the shell that was served on a port before. */
const served = new WeakMap<PortLike, () => void>();

/** The worker's end. Serving another shell on the same port stops what runs and takes its place. */
export function serveShell(port: PortLike, shell: Shell): void {
  const previous = served.get(port);
  let stop = new AbortController();
  let stdin = new Pipe(true);
  let queue: Promise<unknown> = Promise.resolve();
  let running = false;
  let received = 0;
  let unseen = 0;
  let wake: (() => void)[] = [];
  const post = (message: FromShell) => {
    port.postMessage(message);
  };
  const out: Out = {
    isTTY: true,
    write: async (text) => {
      if (text === '') return;
      unseen += text.length;
      post({ type: 'output', text });
      const { signal } = stop;
      while (unseen > CREDIT) await orInterrupted(new Promise<void>((resolve) => wake.push(resolve)), signal);
    },
  };
  const run = async (line: string): Promise<RunResult> => {
    stop = new AbortController();
    stdin = new Pipe(true);
    received = 0;
    running = true;
    try {
      const exitCode = await shell.run(line, { stdin, stdout: out, stderr: out, signal: stop.signal });
      const unread = stdin.takeUnread();
      return { exitCode, exited: shell.exited !== undefined, prompt: shell.prompt(), unread, received };
    } finally {
      running = false;
    }
  };
  const answer = (request: Request): Promise<unknown> => {
    switch (request.type) {
      case 'run': {
        // One line at a time: a line sent early waits for the one before it.
        const result = queue.then(() => run(request.line));
        queue = result.catch(() => undefined);
        return result;
      }
      case 'complete':
        return shell.complete(request.line, request.cursor);
      case 'needsMore':
        return Promise.resolve(shell.needsMore(request.source));
      case 'greet':
        return Promise.resolve({ prompt: shell.prompt(), history: shell.history });
    }
  };
  port.onmessage = ({ data }) => {
    const message = data as ToShell;
    switch (message.type) {
      case 'interrupt':
        stop.abort();
        break;
      case 'input':
        if (!running) break;
        received++;
        if (message.text === null) stdin.close();
        else void stdin.write(message.text);
        break;
      case 'resize':
        shell.resize(message.columns, message.rows);
        break;
      case 'shown':
        unseen -= message.length;
        if (unseen <= CREDIT) {
          for (const resume of wake) resume();
          wake = [];
        }
        break;
      default:
        answer(message).then(
          (value) => {
            post({ type: 'answer', id: message.id, value });
          },
          (error: unknown) => {
            post({ type: 'failed', id: message.id, message: error instanceof Error ? error.message : String(error) });
          },
        );
    }
  };
  served.set(port, () => {
    stop.abort();
  });
  if (previous) {
    previous();
    post({ type: 'replaced' });
  }
  port.start?.();
}

/** The page's end. */
export function connectShell(port: PortLike): ShellClient {
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 0;
  let onOutput: (text: string) => Promise<void> | void = () => undefined;
  const post = (message: ToShell) => {
    port.postMessage(message);
  };
  const ask = <T>(request: DistributiveOmit<Request, 'id'>): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const id = next++;
      waiting.set(id, {
        resolve: (value) => {
          resolve(value as T);
        },
        reject,
      });
      post({ ...request, id });
    });
  const client: ShellClient = {
    onReplaced: null,
    run: (line, output) => {
      onOutput = output;
      return ask<RunResult>({ type: 'run', line });
    },
    interrupt: () => {
      post({ type: 'interrupt' });
    },
    input: (text) => {
      post({ type: 'input', text });
    },
    resize: (columns, rows) => {
      post({ type: 'resize', columns, rows });
    },
    complete: (line, cursor) => ask<Completion>({ type: 'complete', line, cursor }),
    needsMore: (source) => ask<boolean>({ type: 'needsMore', source }),
    greet: () => ask<{ prompt: string; history: string[] }>({ type: 'greet' }),
    close: () => {
      port.onmessage = null;
      for (const { reject } of waiting.values()) reject(new Error('the terminal was closed'));
      waiting.clear();
    },
  };
  port.onmessage = ({ data }) => {
    const message = data as FromShell;
    switch (message.type) {
      case 'output':
        void (async () => {
          await onOutput(message.text);
          post({ type: 'shown', length: message.text.length });
        })();
        break;
      case 'answer':
        waiting.get(message.id)?.resolve(message.value);
        waiting.delete(message.id);
        break;
      case 'failed':
        waiting.get(message.id)?.reject(new Error(message.message));
        waiting.delete(message.id);
        break;
      case 'replaced':
        client.onReplaced?.();
        break;
    }
  };
  port.start?.();
  return client;
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
