// Lines of several inputs as one run of lines, with one line read ahead only when somebody asks for the last (`$`).

import { readLine } from '../../streams.ts';
import type { Input } from '../inputs.ts';

export class LineReader {
  readonly #inputs: readonly Input[];
  #next = 0;
  #ahead: string | null | undefined;
  lineNumber = 0;

  constructor(inputs: readonly Input[]) {
    this.#inputs = inputs;
  }

  /** The next line with its newline, if it has one; null at the end. */
  async read(): Promise<string | null> {
    const line = this.#ahead === undefined ? await this.#fetch() : this.#ahead;
    this.#ahead = undefined;
    if (line !== null) this.lineNumber++;
    return line;
  }

  async isLast(): Promise<boolean> {
    if (this.#ahead === undefined) this.#ahead = await this.#fetch();
    return this.#ahead === null;
  }

  async #fetch(): Promise<string | null> {
    for (;;) {
      const input = this.#inputs[this.#next];
      if (!input) return null;
      const line = await readLine(input.in);
      if (line !== null) return line;
      this.#next++;
    }
  }
}
