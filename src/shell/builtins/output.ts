// echo, printf, pwd, true, false, test.

import { isBinaryTest, testBinary, testUnary } from '../condition.ts';
import { printf, unescapeText } from '../format.ts';
import { stderrOf, stdoutOf } from '../frame.ts';
import { ShellError } from '../state.ts';
import type { Builtin } from '../builtins.ts';
import type { Frame } from '../frame.ts';

export const outputBuiltins: Readonly<Record<string, Builtin>> = {
  ':': () => 0,
  true: () => 0,
  false: () => 1,

  async echo(args, frame) {
    let newline = true;
    let escapes = false;
    let first = 0;
    for (; /^-[neE]+$/.test(args[first] ?? ''); first++) {
      for (const flag of (args[first] ?? '').slice(1)) {
        if (flag === 'n') newline = false;
        else escapes = flag === 'e';
      }
    }
    const text = args.slice(first).join(' ');
    const { text: out, stop } = escapes ? unescapeText(text, true) : { text, stop: false };
    await stdoutOf(frame).write(out + (newline && !stop ? '\n' : ''));
  },

  async printf(args, frame) {
    const toVariable = args[0] === '-v' ? args[1] : undefined;
    const rest = toVariable === undefined ? args : args.slice(2);
    const [format, ...values] = rest[0] === '--' ? rest.slice(1) : rest;
    if (format === undefined) throw new ShellError('usage: printf [-v var] format [arguments]', 2);
    const complaints: string[] = [];
    let text: string;
    try {
      text = printf(format, values, (message) => complaints.push(message));
    } catch (error) {
      if (error instanceof RangeError) throw new ShellError(`\`${error.message}': invalid format character`);
      throw error;
    }
    for (const complaint of complaints) await stderrOf(frame).write(`bash: printf: ${complaint}\n`);
    const element = /^(\w+)\[(.*)\]$/.exec(toVariable ?? '');
    if (element) frame.state.setElement(element[1] ?? '', element[2] ?? '', text);
    else if (toVariable !== undefined) frame.state.set(toVariable, text);
    else await stdoutOf(frame).write(text);
    return complaints.length > 0 ? 1 : 0;
  },

  async pwd(_args, frame) {
    await stdoutOf(frame).write(`${frame.state.cwd}\n`);
  },

  test: (args, frame) => (evaluateTest(args, frame) ? 0 : 1),

  '['(args, frame) {
    if (args.at(-1) !== ']') throw new ShellError("missing `]'", 2);
    return evaluateTest(args.slice(0, -1), frame) ? 0 : 1;
  },
};

/** POSIX decides by the number of arguments; more than four are read as an expression with -a, -o and !. */
function evaluateTest(args: readonly string[], frame: Frame): boolean {
  const [a = '', b = '', c = ''] = args;
  switch (args.length) {
    case 0:
      return false;
    case 1:
      return a !== '';
    case 2:
      if (a === '!') return b === '';
      if (!/^-[a-zA-Z]$/.test(a)) throw new ShellError(`${a}: unary operator expected`, 2);
      return testUnary(a, b, frame);
    case 3:
      if (isBinaryTest(b)) return testBinary(b, a, c, frame);
      if (b === '-a') return a !== '' && c !== '';
      if (b === '-o') return a !== '' || c !== '';
      if (a === '!') return !evaluateTest([b, c], frame);
      if (a === '(' && c === ')') return b !== '';
      throw new ShellError(`${b}: binary operator expected`, 2);
    case 4:
      if (a === '!') return !evaluateTest([b, c, args[3] ?? ''], frame);
  }
  return new TestParser(args, frame).whole();
}

class TestParser {
  readonly #args: readonly string[];
  readonly #frame: Frame;
  #at = 0;

  constructor(args: readonly string[], frame: Frame) {
    this.#args = args;
    this.#frame = frame;
  }

  whole(): boolean {
    const value = this.#or();
    if (this.#at < this.#args.length) throw new ShellError('too many arguments', 2);
    return value;
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#args[this.#at] === '-o') {
      this.#at++;
      value = this.#and() || value;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#primary();
    while (this.#args[this.#at] === '-a') {
      this.#at++;
      value = this.#primary() && value;
    }
    return value;
  }

  #primary(): boolean {
    const a = this.#args[this.#at];
    const b = this.#args[this.#at + 1];
    if (a === undefined) throw new ShellError('argument expected', 2);
    if (b !== undefined && isBinaryTest(b) && this.#at + 2 < this.#args.length) {
      this.#at += 3;
      return testBinary(b, a, this.#args[this.#at - 1] ?? '', this.#frame);
    }
    if (a === '!') {
      this.#at++;
      return !this.#primary();
    }
    if (a === '(') {
      this.#at++;
      const value = this.#or();
      if (this.#args[this.#at++] !== ')') throw new ShellError("`)' expected", 2);
      return value;
    }
    if (/^-[a-zA-Z]$/.test(a) && b !== undefined && b !== '-a' && b !== '-o') {
      this.#at += 2;
      return testUnary(a, b, this.#frame);
    }
    this.#at++;
    return a !== '';
  }
}
