// jq 1.7: filters over JSON, with its exit codes (1 and 4 with -e, 2 bad input, 3 bad filter, 5 error while running).
// Left out: modules, ?//, $__loc__, streaming (--stream, --seq), dates beyond ISO 8601, trigonometry, numbers beyond
// doubles. A filter that gives nothing for two million steps is stopped.

import { FileError } from '../../file-system.ts';
import { ProgramError } from '../../program.ts';
import { lines, readAll, textIn } from '../../streams.ts';
import { checkNames } from './check.ts';
import { bindVariable, Evaluator } from './evaluate.ts';
import { textOf } from './formats.ts';
import { ValueStream } from './input.ts';
import { JsonError, isObject, write } from './json.ts';
import { SyntaxMistake } from './lexer.ts';
import { library } from './library.ts';
import { readOptions } from './options.ts';
import { parseFilter } from './parse.ts';
import { JqError } from './value.ts';
import type { In, Proc } from '../../program.ts';
import type { Closure } from './evaluate.ts';
import type { Json } from './json.ts';
import type { JqOptions } from './options.ts';

export async function jq(proc: Proc): Promise<number> {
  const options = await readOptions(proc);
  if (!options) return 0;
  let scope = library();
  for (const [name, value] of options.variables) scope = bindVariable(name, value, scope);
  let closure: Closure;
  try {
    const filter = parseFilter(options.filter);
    checkNames(filter, scope);
    closure = { filter, scope };
  } catch (error) {
    if (!(error instanceof SyntaxMistake)) throw error;
    const hint = error.message.startsWith('syntax error') ? ' (Unix shell quoting issues?)' : '';
    await proc.stderr.write(
      `jq: error: ${error.message}${hint} at <top-level>, line 1:\n${options.filter}\njq: 1 compile error\n`,
    );
    return 3;
  }
  return new Run(proc, options, closure).all();
}

class Run {
  readonly #proc: Proc;
  readonly #options: JqOptions;
  readonly #closure: Closure;
  readonly #evaluator: Evaluator;
  readonly #stream = new ValueStream();
  /** Inputs that have arrived and wait, for `input`. */
  #waiting: Json[] = [];
  #inputName: string | null = null;
  #debugged = '';
  #began = false;
  #exitCode = 0;
  /** What -e judges by: the last result. */
  #last: Json | undefined;

  constructor(proc: Proc, options: JqOptions, closure: Closure) {
    this.#proc = proc;
    this.#options = options;
    this.#closure = closure;
    this.#evaluator = new Evaluator({
      input: () => this.#waiting.shift(),
      debug: (text) => {
        this.#debugged += text;
      },
      inputName: () => this.#inputName,
      inputLine: () => this.#stream.line,
      now: () => proc.host.now(),
      environment: options.variables.get('ENV') ?? null,
    });
  }

  async all(): Promise<number> {
    const { nullInput, slurp, exitStatus } = this.#options;
    // `input` may ask for any of them, so all must be there; without it each is worked on as it comes.
    const needsAll = nullInput || slurp || usesInput(this.#options.filter);
    const halted = await this.#read(async (value) => {
      if (!needsAll) return this.#one(value);
      this.#waiting.push(value);
      return undefined;
    });
    if (halted !== undefined) return halted;
    if (needsAll && this.#exitCode !== 2) {
      const code = await this.#collected();
      if (code !== undefined) return code;
    }
    if (this.#exitCode !== 0 || !exitStatus) return this.#exitCode;
    return this.#last === undefined ? 4 : this.#last === null || this.#last === false ? 1 : 0;
  }

  async #collected(): Promise<number | undefined> {
    const { nullInput, slurp, rawInput } = this.#options;
    if (slurp) this.#waiting = [rawInput ? this.#waiting.map(textOf).join('') : this.#waiting];
    if (nullInput) return this.#one(null);
    for (let value = this.#waiting.shift(); value !== undefined; value = this.#waiting.shift()) {
      const code = await this.#one(value);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  /** Reads every input; `each` gives an exit code to stop. */
  async #read(each: (value: Json) => Promise<number | undefined>): Promise<number | undefined> {
    const { files, rawInput, nullInput, filter } = this.#options;
    if (nullInput && !usesInput(filter)) return undefined;
    for (const name of files.length > 0 ? files : [undefined]) {
      const input = name === undefined ? this.#proc.stdin : await this.#open(name);
      if (!input) continue;
      this.#inputName = name ?? null;
      this.#began = true;
      try {
        const code = rawInput ? await this.#readLines(input, each) : await this.#readValues(input, each);
        if (code !== undefined) return code;
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
        await this.#proc.stderr.write(`jq: parse error: ${error.message}\n`);
        this.#exitCode = 2;
        return undefined;
      }
    }
    return undefined;
  }

  async #readValues(input: In, each: (value: Json) => Promise<number | undefined>): Promise<number | undefined> {
    for (let ended = false; !ended;) {
      const text = await input.read();
      ended = text === null;
      for (const value of this.#stream.feed(text ?? '', ended)) {
        const code = await each(value);
        if (code !== undefined) return code;
      }
    }
    return undefined;
  }

  async #readLines(input: In, each: (value: Json) => Promise<number | undefined>): Promise<number | undefined> {
    if (this.#options.slurp) return each(await readAll(input));
    for await (const line of lines(input)) {
      const code = await each(line);
      if (code !== undefined) return code;
    }
    return undefined;
  }

  async #open(name: string): Promise<In | undefined> {
    try {
      return textIn(this.#proc.fs.read(this.#proc.fs.resolve(this.#proc.cwd, name)));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      await this.#proc.stderr.write(`jq: error: Could not open ${name}: ${error.message}\n`);
      this.#exitCode = 2;
      return undefined;
    }
  }

  /** Runs the filter on one input and writes its results; an exit code when it halts. */
  async #one(value: Json): Promise<number | undefined> {
    const { style, raw, join } = this.#options;
    try {
      for (const result of this.#evaluator.values(this.#closure, value)) {
        this.#evaluator.forgetSteps();
        this.#last = result;
        await this.#flushDebug();
        await this.#proc.stdout.write(
          (raw && typeof result === 'string' ? result : write(result, style)) + (join ? '' : '\n'),
        );
      }
    } catch (error) {
      await this.#flushDebug();
      if (error instanceof JqError) return await this.#failed(error.value);
      if (error instanceof RangeError) throw new ProgramError('the filter nests too deeply', 5);
      throw error;
    } finally {
      this.#evaluator.forgetSteps();
    }
    await this.#flushDebug();
    return undefined;
  }

  async #flushDebug(): Promise<void> {
    const text = this.#debugged;
    this.#debugged = '';
    if (text !== '') await this.#proc.stderr.write(text);
  }

  async #failed(value: Json): Promise<number | undefined> {
    const halt = isObject(value) ? value.get('*halt') : undefined;
    if (typeof halt === 'number' && isObject(value)) {
      const message = value.get('message');
      if (message !== undefined)
        await this.#proc.stderr.write(typeof message === 'string' ? message : `${write(message)}\n`);
      return halt;
    }
    const place = this.#began ? `${this.#inputName ?? '<stdin>'}:${this.#stream.line}` : '<unknown>';
    const text = typeof value === 'string' ? `: ${value}` : ` (not a string): ${write(value)}`;
    await this.#proc.stderr.write(`jq: error (at ${place})${text}\n`);
    this.#exitCode = 5;
    return undefined;
  }
}

function usesInput(filter: string): boolean {
  return /\binputs?\b/.test(filter);
}
