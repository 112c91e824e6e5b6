// Reads a sed script (GNU sed 4.9). Commands that touch what a page has not (`w`, `e`) are refused by name.

import { ProgramError } from '../../program.ts';
import { regExpMessage, toJavaScript } from '../../regular-expression.ts';
import type { Dialect } from '../../regular-expression.ts';
import type { Address, Command, RangeEnd, ReplacementPart, Script, Substitution } from './syntax.ts';

const NOT_SIMULATED = 'eFlRvwWz';
const KNOWN = '{}=aibtTcdDgGhHnNpPqQrsxy:#';

/** Reads the expressions of all `-e` and `-f` as one script. */
export function parseScript(expressions: readonly string[], dialect: Dialect): Script {
  return new Parser(expressions, dialect).script();
}

class Parser {
  readonly #source: string;
  readonly #starts: number[] = [];
  readonly #dialect: Dialect;
  readonly #commands: Command[] = [];
  readonly #open: number[] = [];
  #at = 0;

  constructor(expressions: readonly string[], dialect: Dialect) {
    let source = '';
    for (const [i, expression] of expressions.entries()) {
      if (i > 0) source += '\n';
      this.#starts.push(source.length);
      source += expression;
    }
    this.#source = source;
    this.#dialect = dialect;
  }

  script(): Script {
    for (;;) {
      while (/[\s;]/.test(this.#peek())) this.#at++;
      if (this.#peek() === '') break;
      this.#command();
    }
    if (this.#open.length > 0) throw new ProgramError("-e expression #1, char 0: unmatched `{'");
    const labels = new Map(this.#commands.flatMap((c, i) => (c.name === ':' ? [[c.text, i] as const] : [])));
    for (const command of this.#commands) {
      if (!/^[btT]$/.test(command.name)) continue;
      const target = command.text === '' ? this.#commands.length : labels.get(command.text);
      if (target === undefined) throw new ProgramError(`can't find label for jump to \`${command.text}'`, 4);
      command.target = target;
    }
    return { commands: this.#commands, quiet: /^#n(?:\n|$)/.test(this.#source) };
  }

  #peek(): string {
    return this.#source.charAt(this.#at);
  }

  #take(): string {
    return this.#source.charAt(this.#at++);
  }

  #blanks(): void {
    while (/[ \t]/.test(this.#peek())) this.#at++;
  }

  #fail(message: string): never {
    const at = Math.min(this.#at, this.#source.length);
    const number = this.#starts.findLastIndex((start) => start <= at);
    throw new ProgramError(`-e expression #${number + 1}, char ${at - (this.#starts[number] ?? 0)}: ${message}`);
  }

  #command(): void {
    const from = this.#address();
    let to: RangeEnd | undefined;
    this.#blanks();
    if (this.#peek() === ',') {
      this.#at++;
      if (!from) this.#fail("unexpected `,'");
      this.#blanks();
      to = this.#rangeEnd() ?? this.#fail("unexpected `,'");
      this.#blanks();
    }
    if (from?.kind === 'line' && from.line === 0 && to?.kind !== 'match') {
      this.#at++;
      this.#fail('invalid usage of line address 0');
    }
    let negated = false;
    while (this.#peek() === '!') {
      this.#at++;
      if (negated) this.#fail("multiple `!'s");
      negated = true;
      this.#blanks();
    }
    const name = this.#take();
    if (name === '') {
      this.#at--;
      this.#fail('missing command');
    }
    if (NOT_SIMULATED.includes(name)) throw new ProgramError(`the command '${name}' is not simulated here`);
    if (!KNOWN.includes(name)) this.#fail(`unknown command: \`${name}'`);
    const add = (rest: Partial<Command> = {}) => {
      this.#commands.push({
        name,
        from,
        to,
        negated,
        text: '',
        substitution: undefined,
        characters: undefined,
        target: 0,
        ...rest,
      });
    };
    switch (name) {
      case '#':
        if (from) this.#fail("comments don't accept any addresses");
        while (this.#peek() !== '\n' && this.#peek() !== '') this.#at++;
        return;
      case '{':
        this.#open.push(this.#commands.length);
        add();
        return;
      case '}': {
        const open = this.#open.pop();
        if (open === undefined) this.#fail("unexpected `}'");
        if (from) this.#fail("} doesn't want any addresses");
        const block = this.#commands[open];
        if (block) block.target = this.#commands.length;
        break;
      }
      case ':': {
        if (from) this.#fail(": doesn't want any addresses");
        const text = this.#word();
        if (text === '') this.#fail('":" lacks a label');
        add({ text });
        break;
      }
      case 'b':
      case 't':
      case 'T':
        add({ text: this.#word() });
        break;
      case 'a':
      case 'i':
      case 'c':
        add({ text: this.#text() });
        return;
      case 'r': {
        this.#blanks();
        const text = this.#restOfLine();
        if (text === '') this.#fail('missing filename in r/R/w/W commands');
        add({ text });
        return;
      }
      case 'q':
      case 'Q':
        if (to) this.#fail('command only uses one address');
        this.#blanks();
        add({ text: this.#digits() });
        break;
      case 's':
        add({ substitution: this.#substitution() });
        break;
      case 'y':
        add({ characters: this.#characters() });
        break;
      default:
        add();
    }
    this.#blanks();
    const next = this.#take();
    if (next === '}' || next === '#') this.#at--;
    else if (next !== '' && next !== ';' && next !== '\n') this.#fail('extra characters after command');
  }

  #digits(): string {
    const digits = /^\d*/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += digits.length;
    return digits;
  }

  #address(): Address | undefined {
    const c = this.#peek();
    if (/\d/.test(c)) {
      const line = Number(this.#digits());
      if (this.#peek() !== '~') return { kind: 'line', line };
      this.#at++;
      return { kind: 'step', first: line, step: Number(this.#digits() || 0) };
    }
    if (c === '$') {
      this.#at++;
      return { kind: 'last' };
    }
    if (c !== '/' && c !== '\\') return undefined;
    this.#at += c === '\\' ? 2 : 1;
    const source = this.#until(this.#source.charAt(this.#at - 1), true) ?? this.#fail('unterminated address regex');
    const ignoreCase = this.#peek() === 'I';
    if (ignoreCase) this.#at++;
    if (this.#peek() === 'M') throw new ProgramError("the flag 'M' is not simulated here");
    return { kind: 'match', regExp: this.#regExp(source, ignoreCase) };
  }

  #rangeEnd(): RangeEnd | undefined {
    const sign = this.#peek();
    if (sign !== '+' && sign !== '~') return this.#address();
    this.#at++;
    const count = Number(this.#digits() || this.#fail("expected number after '+' or '~'"));
    return sign === '+' ? { kind: 'plus', count } : { kind: 'multiple', of: count };
  }

  /** Text up to the delimiter, which `\` makes an ordinary character; undefined when it does not come. */
  #until(delimiter: string, isRegExp: boolean): string | undefined {
    let out = '';
    let bracket = false;
    for (;;) {
      const c = this.#take();
      if (c === '') {
        this.#at--;
        return undefined;
      }
      if (c === '\n' && isRegExp && delimiter !== '\n') return undefined;
      if (c === '\\') {
        const next = this.#take();
        if (next === delimiter) out += delimiter;
        else out += c + next;
      } else if (c === delimiter && !bracket) return out;
      else {
        if (isRegExp && c === '[' && !bracket) {
          bracket = true;
          // `]` first in a bracket stands for itself.
          const first = /^\^?\]?/.exec(this.#source.slice(this.#at))?.[0] ?? '';
          this.#at += first.length;
          out += c + first;
          continue;
        }
        if (c === ']') bracket = false;
        if (bracket && c === '[' && /[:.=]/.test(this.#peek())) {
          const end = this.#source.indexOf(`${this.#peek()}]`, this.#at + 1);
          if (end > 0) {
            out += c + this.#source.slice(this.#at, end + 2);
            this.#at = end + 2;
            continue;
          }
        }
        out += c;
      }
    }
  }

  #regExp(source: string, ignoreCase: boolean): RegExp | undefined {
    if (source === '') return undefined;
    // sed reads `\n` inside brackets as a newline, which POSIX does not.
    const plain = source.replace(/\\n/g, '\n').replace(/\\x([0-9a-fA-F]{2})/g, (_, hex: string) => {
      const c = String.fromCharCode(parseInt(hex, 16));
      return /[$*.[\\\]^]/.test(c) ? `\\${c}` : c;
    });
    try {
      return new RegExp(toJavaScript(plain, this.#dialect), ignoreCase ? 'gsui' : 'gsu');
    } catch (error) {
      return this.#fail(error instanceof Error ? regExpMessage(error.message) : 'Invalid regular expression');
    }
  }

  #substitution(): Substitution {
    const delimiter = this.#take();
    const unterminated = "unterminated `s' command";
    const source = this.#until(delimiter, true) ?? this.#fail(unterminated);
    const replacementText = this.#until(delimiter, false) ?? this.#fail(unterminated);
    let global = false;
    let print = false;
    let ignoreCase = false;
    let from: number | undefined;
    for (;;) {
      const c = this.#peek();
      if (c === 'g') {
        this.#at++;
        if (global) this.#fail("multiple `g' options to `s' command");
        global = true;
      } else if (c === 'p') {
        this.#at++;
        if (print) this.#fail("multiple `p' options to `s' command");
        print = true;
      } else if (c === 'i' || c === 'I') {
        this.#at++;
        ignoreCase = true;
      } else if (/\d/.test(c)) {
        if (from !== undefined) this.#fail("multiple number options to `s' command");
        from = Number(this.#digits());
        if (from === 0) this.#fail("number option to `s' command may not be zero");
      } else if (/[mMew]/.test(c)) throw new ProgramError(`the flag '${c}' of the command 's' is not simulated here`);
      else if (/[\s;}#]/.test(c) || c === '') break;
      else {
        this.#at++;
        this.#fail("unknown option to `s'");
      }
    }
    const regExp = this.#regExp(source, ignoreCase);
    const replacement = parseReplacement(replacementText);
    const groups = regExp ? (new RegExp(`${regExp.source}|`, 'su').exec('')?.length ?? 1) : 10;
    for (const part of replacement)
      if (part.kind === 'group' && part.group >= groups)
        this.#fail(`invalid reference \\${part.group} on \`s' command's RHS`);
    return { regExp, replacement, global, print, from: from ?? 1 };
  }

  #characters(): ReadonlyMap<string, string> {
    const delimiter = this.#take();
    const read = () => {
      const text = this.#until(delimiter, false) ?? this.#fail("unterminated `y' command");
      return [...text.replace(/\\([n\\])/g, (_, c: string) => (c === 'n' ? '\n' : '\\'))];
    };
    const from = read();
    const to = read();
    if (from.length !== to.length) this.#fail("strings for `y' command are different lengths");
    const map = new Map<string, string>();
    for (const [i, c] of from.entries()) if (!map.has(c)) map.set(c, to[i] ?? '');
    return map;
  }

  #word(): string {
    this.#blanks();
    const word = /^[^\s;}]*/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += word.length;
    return word;
  }

  #restOfLine(): string {
    const line = /^[^\n]*/.exec(this.#source.slice(this.#at))?.[0] ?? '';
    this.#at += line.length + 1;
    return line;
  }

  /** `a text`, or `a\` and the text on the next line; a backslash before a newline goes on. */
  #text(): string {
    this.#blanks();
    if (this.#peek() === '') this.#fail("expected \\ after `a', `c' or `i'");
    if (this.#peek() === '\\') {
      this.#at++;
      if (/^[ \t]*\n/.test(this.#source.slice(this.#at))) {
        this.#blanks();
        this.#at++;
      }
      if (this.#peek() === '') return '';
    }
    let out = '';
    for (let c = this.#take(); c !== '' && c !== '\n'; c = this.#take()) {
      if (c !== '\\') out += c;
      else {
        const next = this.#take();
        out += next === 'n' ? '\n' : next === 't' ? '\t' : next;
      }
    }
    return `${out}\n`;
  }
}

function parseReplacement(text: string): ReplacementPart[] {
  const out: ReplacementPart[] = [];
  for (const [all, special, plain] of text.matchAll(/\\([^])|(&|[^\\&]+|\\$)/g)) {
    if (special === undefined) out.push(plain === '&' ? { kind: 'group', group: 0 } : { kind: 'text', text: all });
    else if (/\d/.test(special)) out.push({ kind: 'group', group: Number(special) });
    else if (special === 'U' || special === 'L' || special === 'u' || special === 'l' || special === 'E')
      out.push({ kind: 'case', letter: special });
    else
      out.push({ kind: 'text', text: { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07' }[special] ?? special });
  }
  return out;
}
