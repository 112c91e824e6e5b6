// The current record and its fields, and how text is split. Fields are split when somebody asks for one.

import { ProgramError } from '../../program.ts';
import { escapeRegExp } from '../../pattern.ts';
import { regExpMessage, toJavaScript } from '../../regular-expression.ts';
import { fromInput } from './value.ts';
import type { In } from '../../program.ts';
import type { Value } from './value.ts';

const FIELD_COUNT_MAX = 32_767;

const compiled = new Map<string, RegExp>();

export function compile(source: string): RegExp {
  let regExp = compiled.get(source);
  if (!regExp) {
    try {
      regExp = new RegExp(toJavaScript(source, 'awk'), 'gsu');
    } catch (error) {
      const message = regExpMessage(error instanceof Error ? error.message : '');
      throw new ProgramError(`regular expression compile failed (${message})\n${source}`, 2);
    }
    if (compiled.size > 200) compiled.clear();
    compiled.set(source, regExp);
  }
  regExp.lastIndex = 0;
  return regExp;
}

/** Splits as FS does: a blank by runs of white space, one character by itself, anything else as an expression. */
export function splitText(text: string, separator: string | RegExp, paragraphs = false): string[] {
  if (separator === ' ') return text.match(/[^ \t\n]+/g) ?? [];
  if (text === '') return [];
  if (separator === '') return [...text];
  const source = typeof separator !== 'string' ? separator : separator.length > 1 ? compile(separator) : undefined;
  if (!source && !paragraphs) return text.split(separator);
  const pattern = source?.source ?? escapeRegExp(String(separator));
  // In paragraph mode a newline separates as well.
  const regExp = new RegExp(paragraphs ? `(?:${pattern})|\\n` : pattern, 'gsu');
  const out: string[] = [];
  let at = 0;
  for (const match of text.matchAll(regExp)) {
    if (match[0] === '') continue;
    out.push(text.slice(at, match.index));
    at = match.index + match[0].length;
  }
  return [...out, text.slice(at)];
}

export class AwkRecord {
  #text = '';
  #fields: Value[] | undefined = [];
  #separator: string | RegExp = ' ';
  #paragraphs = false;

  /** A new record, to be split by what FS is now. */
  begin(text: string, separator: string, paragraphs: boolean): void {
    this.#text = text;
    this.#fields = undefined;
    this.#separator = separator;
    this.#paragraphs = paragraphs;
  }

  get fieldCount(): number {
    return this.#split().length;
  }

  get(index: number): Value {
    if (index === 0) return fromInput(this.#text);
    return this.#split()[checked(index) - 1];
  }

  get text(): string {
    return this.#text;
  }

  set(index: number, value: Value, joint: string, text: (value: Value) => string): void {
    const fields = this.#split();
    while (fields.length < checked(index)) fields.push('');
    fields[index - 1] = value;
    this.#text = fields.map(text).join(joint);
  }

  resize(count: number, joint: string, text: (value: Value) => string): void {
    const fields = this.#split();
    checked(count);
    while (fields.length < count) fields.push('');
    fields.length = count;
    this.#text = fields.map(text).join(joint);
  }

  #split(): Value[] {
    return (this.#fields ??= splitText(this.#text, this.#separator, this.#paragraphs).map(fromInput));
  }
}

function checked(index: number): number {
  if (index < 0) throw new ProgramError(`negative field index $${index}`, 2);
  if (index > FIELD_COUNT_MAX) throw new ProgramError(`field index $${index} is larger than ${FIELD_COUNT_MAX}`, 2);
  return Math.trunc(index);
}

/** Cuts an input into records by RS, which may change between two of them. */
export class RecordReader {
  readonly #in: In;
  #text = '';
  #ended = false;

  constructor(input: In) {
    this.#in = input;
  }

  /** The next record; null at the end. An empty RS separates by blank lines. */
  async next(separator: string): Promise<string | null> {
    const paragraphs = separator === '';
    if (paragraphs) {
      while (this.#text.replace(/^\n+/, '') === '' && (await this.#more()));
      this.#text = this.#text.replace(/^\n+/, '');
    }
    const regExp = paragraphs ? /\n\n+/g : separator.length > 1 ? compile(separator) : undefined;
    for (let from = 0; ;) {
      let start: number;
      let end: number;
      if (regExp) {
        regExp.lastIndex = 0;
        const match = regExp.exec(this.#text);
        // A match at the very end could still grow.
        const whole = match && match[0] !== '' && (this.#ended || match.index + match[0].length < this.#text.length);
        start = whole ? match.index : -1;
        end = whole ? match.index + match[0].length : -1;
      } else {
        start = this.#text.indexOf(separator, from);
        end = start + 1;
      }
      if (start >= 0) {
        const record = this.#text.slice(0, start);
        this.#text = this.#text.slice(end);
        return record;
      }
      from = this.#text.length;
      if (!(await this.#more())) break;
    }
    if (this.#text === '') return null;
    const rest = paragraphs || separator === '\n' ? this.#text.replace(/\n$/, '') : this.#text;
    this.#text = '';
    return rest;
  }

  async #more(): Promise<boolean> {
    if (this.#ended) return false;
    const text = await this.#in.read();
    if (text === null) {
      this.#ended = true;
      // An expression that matched at the very end is now looked at again.
      return this.#text !== '';
    }
    this.#text += text;
    return true;
  }
}
