// Runs a sed script over lines: the pattern space, the hold space, and what waits for the end of a cycle.

import { ProgramError } from '../../program.ts';
import type { Out, Proc } from '../../program.ts';
import type { LineReader } from './input.ts';
import type { Address, Command, RangeEnd, ReplacementPart, Script, Substitution } from './syntax.ts';

const JUMPS_MAX = 1_000_000;

/** Runs the script to the end of the input; the exit code, which `q` may set, and whether it asked to stop. */
export async function runScript(
  script: Script,
  input: LineReader,
  out: Out,
  quiet: boolean,
  proc: Proc,
): Promise<{ readonly exitCode: number; readonly quit: boolean }> {
  const machine = new Machine(script, input, out, quiet || script.quiet, proc);
  return machine.run();
}

type Step = 'next' | 'end cycle' | 'restart' | 'quit' | 'quit silently';

class Machine {
  readonly #commands: readonly Command[];
  readonly #input: LineReader;
  readonly #out: Out;
  readonly #quiet: boolean;
  readonly #proc: Proc;
  /** For each range that has begun, the line it ends at, or null while its end is not known. */
  readonly #active = new Map<Command, number | null>();
  #pattern = '';
  #hold = '';
  /** The line in the pattern space ended with a newline. */
  #newline = true;
  #owesNewline = false;
  #substituted = false;
  #lastRegExp: RegExp | undefined;
  /** What `a` and `r` put behind the line. */
  #after: string[] = [];
  #at = 0;
  #exitCode = 0;

  constructor(script: Script, input: LineReader, out: Out, quiet: boolean, proc: Proc) {
    this.#commands = script.commands;
    this.#input = input;
    this.#out = out;
    this.#quiet = quiet;
    this.#proc = proc;
  }

  async run(): Promise<{ exitCode: number; quit: boolean }> {
    let keep = false;
    while (keep || (await this.#readLine(false))) {
      keep = false;
      this.#substituted = false;
      const step = await this.#cycle();
      if (step === 'restart') {
        await this.#flush();
        keep = true;
        continue;
      }
      if (step !== 'quit silently' && step !== 'end cycle' && !this.#quiet) await this.#print(this.#pattern);
      await this.#flush();
      if (step === 'quit' || step === 'quit silently') return { exitCode: this.#exitCode, quit: true };
    }
    return { exitCode: this.#exitCode, quit: false };
  }

  async #readLine(append: boolean): Promise<boolean> {
    const line = await this.#input.read();
    if (line === null) return false;
    this.#newline = line.endsWith('\n');
    const text = this.#newline ? line.slice(0, -1) : line;
    this.#pattern = append ? `${this.#pattern}\n${text}` : text;
    return true;
  }

  async #write(text: string): Promise<void> {
    await this.#out.write(this.#owesNewline ? `\n${text}` : text);
    this.#owesNewline = false;
  }

  /** A last line without its newline stays so, unless something follows it. */
  async #print(text: string): Promise<void> {
    await this.#write(this.#newline ? `${text}\n` : text);
    this.#owesNewline = !this.#newline;
  }

  async #flush(): Promise<void> {
    for (const text of this.#after.splice(0)) if (text !== '') await this.#write(text);
  }

  async #cycle(): Promise<Step> {
    this.#at = 0;
    let jumps = 0;
    for (;;) {
      const command = this.#commands[this.#at++];
      if (!command) return 'next';
      if ((await this.#selected(command)) === command.negated) {
        if (command.name === '{') this.#at = command.target;
        continue;
      }
      const before = this.#at;
      const step = await this.#execute(command);
      if (step !== undefined) return step;
      if (this.#at < before && ++jumps % 1000 === 0) {
        // Writing nothing lets a Ctrl-C arrive.
        await this.#out.write('');
        if (jumps >= JUMPS_MAX) throw new ProgramError(`stopped after ${JUMPS_MAX} jumps within one line`);
      }
    }
  }

  async #selected(command: Command): Promise<boolean> {
    const { from, to } = command;
    if (!from) return true;
    if (!to) return this.#holds(from);
    const line = this.#input.lineNumber;
    const end = this.#active.get(command);
    if (end !== undefined) {
      if (end !== null) {
        if (line >= end) this.#active.delete(command);
        // A range that ends at a line already past holds for its first line alone.
        return line <= end;
      }
      if (await this.#holds(to as Address)) this.#active.delete(command);
      return true;
    }
    const fromZero = from.kind === 'line' && from.line === 0;
    if (fromZero ? line !== 1 : !(await this.#holds(from))) return false;
    const endLine = lineOfEnd(to, line);
    if (endLine !== undefined) {
      if (endLine > line) this.#active.set(command, endLine);
    } else if (!fromZero || !(await this.#holds(to as Address))) this.#active.set(command, null);
    return true;
  }

  async #holds(address: Address): Promise<boolean> {
    switch (address.kind) {
      case 'line':
        return this.#input.lineNumber === address.line;
      case 'last':
        return this.#input.isLast();
      case 'step': {
        const past = this.#input.lineNumber - address.first;
        return address.step <= 0 ? past === 0 : past >= 0 && past % address.step === 0;
      }
      case 'match': {
        const regExp = this.#use(address.regExp);
        regExp.lastIndex = 0;
        return regExp.test(this.#pattern);
      }
    }
  }

  #use(regExp: RegExp | undefined): RegExp {
    if (!regExp && !this.#lastRegExp)
      throw new ProgramError('-e expression #1, char 0: no previous regular expression');
    return (this.#lastRegExp = regExp ?? this.#lastRegExp) as RegExp;
  }

  async #execute(command: Command): Promise<Step | undefined> {
    switch (command.name) {
      case '=':
        await this.#write(`${this.#input.lineNumber}\n`);
        return undefined;
      case 'a':
        this.#after.push(command.text);
        return undefined;
      case 'i':
        await this.#write(command.text);
        return undefined;
      case 'c':
        // In a range the text comes once, at its end.
        if (!command.to || command.negated || !this.#active.has(command)) await this.#write(command.text);
        return 'end cycle';
      case 'b':
        this.#at = command.target;
        return undefined;
      case 't':
      case 'T':
        if (this.#substituted === (command.name === 't')) this.#at = command.target;
        this.#substituted = false;
        return undefined;
      case 'd':
        return 'end cycle';
      case 'D': {
        const end = this.#pattern.indexOf('\n');
        if (end < 0) return 'end cycle';
        this.#pattern = this.#pattern.slice(end + 1);
        return 'restart';
      }
      case 'g':
        this.#pattern = this.#hold;
        return undefined;
      case 'G':
        this.#pattern += `\n${this.#hold}`;
        return undefined;
      case 'h':
        this.#hold = this.#pattern;
        return undefined;
      case 'H':
        this.#hold += `\n${this.#pattern}`;
        return undefined;
      case 'x':
        [this.#pattern, this.#hold] = [this.#hold, this.#pattern];
        return undefined;
      case 'n':
        if (await this.#input.isLast()) return 'quit';
        if (!this.#quiet) await this.#print(this.#pattern);
        await this.#flush();
        await this.#readLine(false);
        return undefined;
      case 'N':
        if (await this.#input.isLast()) return 'quit';
        await this.#flush();
        await this.#readLine(true);
        return undefined;
      case 'p':
        await this.#print(this.#pattern);
        return undefined;
      case 'P':
        await this.#write(`${this.#pattern.split('\n', 1)[0] ?? ''}\n`);
        return undefined;
      case 'q':
      case 'Q':
        this.#exitCode = Number(command.text || 0) & 255;
        return command.name === 'q' ? 'quit' : 'quit silently';
      case 'r': {
        const path = this.#proc.fs.resolve(this.#proc.cwd, command.text);
        const node = this.#proc.fs.find(path);
        if (node?.kind === 'file') this.#after.push(node.text);
        return undefined;
      }
      case 's':
        if (command.substitution) await this.#substitute(command.substitution);
        return undefined;
      case 'y':
        this.#pattern = [...this.#pattern].map((c) => command.characters?.get(c) ?? c).join('');
        return undefined;
    }
    return undefined;
  }

  async #substitute(substitution: Substitution): Promise<void> {
    const regExp = this.#use(substitution.regExp);
    const text = this.#pattern;
    let out = '';
    let at = 0;
    let count = 0;
    let done = false;
    /** Where the last match ended: an empty one right there does not count. */
    let lastEnd = -1;
    regExp.lastIndex = 0;
    for (let match = regExp.exec(text); match; match = regExp.exec(text)) {
      const end = match.index + match[0].length;
      if (match[0] === '') {
        regExp.lastIndex = end + 1;
        if (end === lastEnd) continue;
      }
      lastEnd = end;
      if (++count < substitution.from) continue;
      out += text.slice(at, match.index) + replaced(substitution.replacement, match);
      at = end;
      done = true;
      if (!substitution.global) break;
    }
    if (!done) return;
    this.#pattern = out + text.slice(at);
    this.#substituted = true;
    if (substitution.print) await this.#print(this.#pattern);
  }
}

/** The line a range ends at when that is known at its start. */
function lineOfEnd(end: RangeEnd, line: number): number | undefined {
  switch (end.kind) {
    case 'line':
      return end.line;
    case 'plus':
      return line + end.count;
    case 'multiple':
      return end.of <= 0 ? line : Math.ceil(line / end.of) * end.of;
    default:
      return undefined;
  }
}

function replaced(parts: readonly ReplacementPart[], match: RegExpExecArray): string {
  let out = '';
  let all: 'U' | 'L' | undefined;
  let one: 'u' | 'l' | undefined;
  for (const part of parts) {
    if (part.kind === 'case') {
      if (part.letter === 'u' || part.letter === 'l') one = part.letter;
      else {
        all = part.letter === 'E' ? undefined : part.letter;
        one = undefined;
      }
      continue;
    }
    let text = part.kind === 'text' ? part.text : (match[part.group] ?? '');
    if (text === '') continue;
    if (all) text = all === 'U' ? text.toUpperCase() : text.toLowerCase();
    if (one) {
      const first = text.slice(0, 1);
      text = (one === 'u' ? first.toUpperCase() : first.toLowerCase()) + text.slice(1);
      one = undefined;
    }
    out += text;
  }
  return out;
}
