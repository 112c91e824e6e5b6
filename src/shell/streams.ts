// Text streams between programs: bounded pipes, and the guards that make every program stoppable.
// A program that only awaits already resolved promises (`yes > /dev/null`) would never let a Ctrl-C arrive. So the
// yield to the event loop sits in the streams the shell hands out, and in every turn of a loop, not in the programs.

import { BrokenPipe, Interrupted, ProgramError } from './program.ts';
import type { In, Out } from './program.ts';

const PIPE_SIZE = 16_384;
const TURN_MS = 12;

/** A pipe: writing waits while it is full, reading waits while it is empty. */
export class Pipe implements In, Out {
  readonly isTTY: boolean;
  /** Null is a Ctrl-D: what was typed after it belongs to the next reader. */
  #chunks: (string | null)[] = [];
  #size = 0;
  #ended = false;
  #broken = false;
  #wakeReader: (() => void) | null = null;
  #wakeWriters: (() => void)[] = [];

  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }

  async write(text: string): Promise<void> {
    if (this.#broken) throw new BrokenPipe();
    if (text === '') return;
    this.#chunks.push(text);
    this.#size += text.length;
    this.#wakeReader?.();
    while (this.#size >= PIPE_SIZE && !this.#isBroken)
      await new Promise<void>((resolve) => this.#wakeWriters.push(resolve));
    if (this.#isBroken) throw new BrokenPipe();
  }

  /** Asked anew after each wait. */
  get #isBroken(): boolean {
    return this.#broken;
  }

  async read(): Promise<string | null> {
    while (this.#chunks.length === 0) {
      if (this.#broken) return null;
      if (this.#ended) return null;
      await new Promise<void>((resolve) => (this.#wakeReader = resolve));
      this.#wakeReader = null;
    }
    const end = this.#chunks.indexOf(null);
    const taken = this.#chunks.splice(0, end < 0 ? this.#chunks.length : Math.max(1, end));
    if (taken[0] === null) return null;
    const text = taken.join('');
    this.#size -= text.length;
    this.#wake();
    return text;
  }

  unread(text: string): void {
    if (text === '') return;
    this.#chunks.unshift(text);
    this.#size += text.length;
  }

  /** No more will be written; on a terminal this is a Ctrl-D, which ends one reader and not the terminal. */
  close(): void {
    if (this.isTTY) this.#chunks.push(null);
    else this.#ended = true;
    this.#wakeReader?.();
  }

  /** Nobody will read any more: the next write throws. */
  closeRead(): void {
    this.#broken = true;
    this.#chunks = [];
    this.#wakeReader?.();
    this.#wake();
  }

  /** Text written and not read: typed ahead of a program that ended. */
  takeUnread(): string {
    const text = this.#chunks.filter((chunk) => chunk !== null).join('');
    this.#chunks = [];
    this.#size = 0;
    return text;
  }

  #wake(): void {
    for (const wake of this.#wakeWriters.splice(0)) wake();
  }
}

export const emptyIn: In = { isTTY: false, read: () => Promise.resolve(null) };

export const nullOut: Out = { isTTY: false, write: () => undefined };

export function textIn(text: string): In {
  let rest = text;
  return {
    isTTY: false,
    read: () => {
      const all = rest;
      rest = '';
      return Promise.resolve(all === '' ? null : all);
    },
    unread: (back) => {
      rest = back + rest;
    },
  };
}

/** Collects what is written. */
export class TextOut implements Out {
  readonly isTTY: boolean;
  text = '';
  constructor(isTTY = false) {
    this.isTTY = isTTY;
  }
  write(text: string): void {
    this.text += text;
  }
}

/** Lines without their newline. */
export async function* lines(input: In): AsyncGenerator<string> {
  let rest = '';
  for (let chunk = await input.read(); chunk !== null; chunk = await input.read()) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    yield* parts;
  }
  if (rest !== '') yield rest;
}

/** One line with its newline, leaving what follows unread; null at the end. */
export async function readLine(input: In): Promise<string | null> {
  let line = '';
  for (let chunk = await input.read(); chunk !== null; chunk = await input.read()) {
    const end = chunk.indexOf('\n');
    if (end >= 0) {
      input.unread?.(chunk.slice(end + 1));
      return line + chunk.slice(0, end + 1);
    }
    line += chunk;
  }
  return line === '' ? null : line;
}

/** What a program that needs its whole input can hold: `yes | sort` ends here, and not when the page has no memory left. */
const INPUT_SIZE_MAX = 32 << 20;

export async function readAll(input: In): Promise<string> {
  const chunks: string[] = [];
  let size = 0;
  for (let chunk = await input.read(); chunk !== null; chunk = await input.read()) {
    size += chunk.length;
    if (size > INPUT_SIZE_MAX) throw new ProgramError('the input is larger than this shell keeps (32 MiB)', 2);
    chunks.push(chunk);
  }
  return chunks.join('');
}

/** `promise`, or a throw of {@link Interrupted} as soon as the signal is aborted. */
export function orInterrupted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const stop = () => {
      reject(new Interrupted());
    };
    if (signal.aborted) {
      stop();
      // How it ends is of no interest any more.
      promise.catch(() => undefined);
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    const settle = (then: () => void) => {
      signal.removeEventListener('abort', stop);
      then();
    };
    promise.then(
      (value) => {
        settle(() => {
          resolve(value);
        });
      },
      (error: unknown) => {
        settle(() => {
          reject(error instanceof Error ? error : new Error(String(error)));
        });
      },
    );
  });
}

/** The same input, stoppable. */
export function guardIn(input: In, signal: AbortSignal): In {
  return {
    isTTY: input.isTTY,
    ...(input.unread && { unread: (text: string) => input.unread?.(text) }),
    read: async () => {
      const text = await orInterrupted(input.read(), signal);
      await breathe(signal);
      return text;
    },
  };
}

/** What a guard stands before. */
const bases = new WeakMap<Out, Out>();

/** The output without its guards. */
export function baseOf(out: Out): Out {
  return bases.get(out) ?? out;
}

/** The same output, stoppable. */
export function guardOut(out: Out, signal: AbortSignal): Out {
  const guard: Out = {
    isTTY: out.isTTY,
    close: () => out.close?.(),
    write: (text) => {
      if (signal.aborted) throw new Interrupted();
      const written = out.write(text);
      if (written) return orInterrupted(written, signal);
      return turnIsOver() ? breathe(signal) : undefined;
    },
  };
  bases.set(guard, baseOf(out));
  return guard;
}

let turnBegan = 0;

function turnIsOver(): boolean {
  return performance.now() - turnBegan > TURN_MS;
}

/** Gives the event loop a turn at most every 12 ms, so that a stop always arrives. */
export async function breathe(signal: AbortSignal): Promise<void> {
  if (turnIsOver()) {
    await eventLoopTurn();
    turnBegan = performance.now();
  }
  if (signal.aborted) throw new Interrupted();
}

/** A message to oneself: unlike `setTimeout`, never delayed by 4 ms. */
function eventLoopTurn(): Promise<void> {
  return new Promise((resolve) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => {
      channel.port1.close();
      resolve();
    };
    channel.port2.postMessage(0);
  });
}
