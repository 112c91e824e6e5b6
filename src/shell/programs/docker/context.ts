// What every command gets: its flags and arguments, the client, and where its text goes.

import { fromBytes } from '../../../sim/workload/bytes.ts';
import type { Proc } from '../../program.ts';
import type { Engine } from './client.ts';
import type { Flags, Parsed } from './flags.ts';

export interface CommandModule {
  run(context: Context): Promise<number | void>;
}

export class Context {
  readonly proc: Proc;
  /** The command as its module knows it: `container ls` for `docker ps`. */
  readonly path: string;
  /** As it was typed: `ps`. */
  readonly typed: string;
  readonly flags: Flags;
  readonly args: readonly string[];
  /** Flags before the command. */
  readonly global: Flags;
  readonly engine: Engine;

  constructor(proc: Proc, names: { path: string; typed: string }, parsed: Parsed, global: Flags, engine: Engine) {
    this.proc = proc;
    this.path = names.path;
    this.typed = names.typed;
    this.flags = parsed.flags;
    this.args = parsed.args;
    this.global = global;
    this.engine = engine;
  }

  arg(index: number): string {
    return this.args[index] ?? '';
  }
  async out(text: string): Promise<void> {
    if (text !== '') await this.proc.stdout.write(text);
  }
  async err(text: string): Promise<void> {
    if (text !== '') await this.proc.stderr.write(text);
  }
  get nowMs(): number {
    return this.proc.host.now();
  }
  get home(): string {
    return this.proc.env['HOME'] ?? '/root';
  }

  /** The absolute path of a file of the reader's. */
  file(path: string): string {
    return this.proc.fs.resolve(this.proc.cwd, path);
  }

  /** Asks a question whose answer must begin with `y`. */
  async confirm(question: string): Promise<boolean> {
    await this.out(`${question} [y/N] `);
    const answer = (await this.proc.stdin.read()) ?? '';
    return answer.trim().toLowerCase() === 'y';
  }
}

/** Bytes of a stream as text: a character that is cut in two waits for its other half. */
export class Decoder {
  #rest = '';

  decode(bytes: string): string {
    const all = this.#rest + bytes;
    // The last of at most three bytes that begin a character of more.
    const cut = /(?:[\xc0-\xff]|[\xe0-\xff][\x80-\xbf]|[\xf0-\xff][\x80-\xbf]{2})$/.exec(all)?.index ?? all.length;
    this.#rest = all.slice(cut);
    return fromBytes(all.slice(0, cut));
  }

  end(): string {
    const rest = this.#rest;
    this.#rest = '';
    return fromBytes(rest);
  }
}
