// Where `print` writes: the standard output, files, and commands that get everything when they are closed.

import { ProgramError } from '../../program.ts';
import { textIn } from '../../streams.ts';
import type { Proc } from '../../program.ts';
import type { Redirect } from './syntax.ts';

const PIPE_SIZE_MAX = 8 << 20;

export class Output {
  readonly #proc: Proc;
  readonly #files = new Set<string>();
  readonly #commands = new Map<string, string>();

  constructor(proc: Proc) {
    this.#proc = proc;
  }

  async write(text: string, operator?: Redirect['operator'], name = ''): Promise<void> {
    const proc = this.#proc;
    if (operator === undefined || name === '/dev/stdout' || name === '-') await proc.stdout.write(text);
    else if (operator === '|') {
      const collected = (this.#commands.get(name) ?? '') + text;
      if (collected.length > PIPE_SIZE_MAX) throw new ProgramError(`more than 8 MiB for the command "${name}"`, 2);
      this.#commands.set(name, collected);
    } else if (name === '/dev/stderr') await proc.stderr.write(text);
    else {
      const path = proc.fs.resolve(proc.cwd, name);
      // `>` empties the file the first time only.
      proc.fs.write(path, text, operator === '>>' || this.#files.has(path));
      this.#files.add(path);
    }
  }

  /** Closes a file or runs a command; what `close` returns. */
  async close(name: string): Promise<number> {
    const text = this.#commands.get(name);
    if (text !== undefined) {
      this.#commands.delete(name);
      return this.#proc.spawn(['sh', '-c', name], { stdin: textIn(text) });
    }
    return this.#files.delete(this.#proc.fs.resolve(this.#proc.cwd, name)) ? 0 : -1;
  }

  async closeAll(): Promise<void> {
    for (const name of [...this.#commands.keys()]) await this.close(name);
  }
}
