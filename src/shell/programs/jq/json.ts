// JSON as jq holds it: objects keep the order of their keys, so they are maps. Reading and writing it.

export type Json = null | boolean | number | string | readonly Json[] | ReadonlyMap<string, Json>;

/** Bad JSON, told with the line and the column it was noticed at. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
}

const DEPTH_MAX = 500;
const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])/y;
const STRING = /"(?:[^"\\]|\\[^])*"/y;
const WORD = /[^\s[\]{},:"]+/y;

/** Reads one value after another out of a text that may hold several. */
export class JsonReader {
  readonly #text: string;
  readonly #linesBefore: number;
  #at = 0;

  constructor(text: string, linesBefore = 0) {
    this.#text = text;
    this.#linesBefore = linesBefore;
  }

  /** The next value; undefined at the end. */
  next(): Json | undefined {
    this.#space();
    return this.#at >= this.#text.length ? undefined : this.#value(0);
  }

  /** How far it has read. */
  get at(): number {
    return this.#at;
  }

  #space(): void {
    SPACE.lastIndex = this.#at;
    this.#at += SPACE.exec(this.#text)?.[0].length ?? 0;
  }

  #position(at: number): { line: number; column: number } {
    const before = this.#text.slice(0, at);
    const line = this.#linesBefore + before.split('\n').length;
    return { line, column: at - (before.lastIndexOf('\n') + 1) };
  }

  #fail(message: string, at = this.#at, atEnd = at >= this.#text.length): never {
    const { line, column } = this.#position(at);
    throw new JsonError(`${message} at ${atEnd ? 'EOF at ' : ''}line ${line}, column ${column}`);
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #value(depth: number): Json {
    if (depth > DEPTH_MAX) this.#fail('Exceeds depth limit for parsing');
    const c = this.#text.charAt(this.#at);
    if (c === '') this.#fail('Unfinished JSON term');
    if (c === '"') return this.#string();
    if (c === '[') return this.#array(depth);
    if (c === '{') return this.#object(depth);
    const number = this.#match(NUMBER);
    if (number !== undefined) return finite(Number(number));
    const word = this.#match(WORD);
    if (word === 'true' || word === 'false') return word === 'true';
    if (word === 'null') return null;
    if (word === 'nan' || word === 'NaN') return NaN;
    if (word === undefined) this.#fail(c === ',' ? "Expected value before ','" : `Unmatched '${c}'`, this.#at + 1);
    // jq notices a wrong word at the character after it.
    const atEnd = this.#at >= this.#text.length;
    const message = /^[tfn][a-z]*$/.test(word) ? 'Invalid literal' : 'Invalid numeric literal';
    return this.#fail(message, this.#at + (atEnd ? 0 : 1), atEnd);
  }

  #string(): string {
    const raw = this.#match(STRING);
    if (raw === undefined) this.#fail('Unfinished string', this.#text.length);
    try {
      // jq takes control characters as they are.
      return JSON.parse(
        raw.replace(/[\x00-\x1f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
      ) as string;
    } catch {
      return this.#fail('Invalid escape');
    }
  }

  #array(depth: number): Json {
    this.#at++;
    const out: Json[] = [];
    this.#space();
    if (this.#text.charAt(this.#at) === ']') {
      this.#at++;
      return out;
    }
    for (;;) {
      this.#space();
      if (this.#text.charAt(this.#at) === ']') this.#fail('Expected another array element', this.#at + 1);
      out.push(this.#value(depth + 1));
      this.#space();
      const c = this.#text.charAt(this.#at++);
      if (c === ']') return out;
      if (c === '') this.#fail('Unfinished JSON term', this.#text.length);
      if (c !== ',') this.#fail('Expected separator between values');
    }
  }

  #object(depth: number): Json {
    this.#at++;
    const out = new Map<string, Json>();
    this.#space();
    if (this.#text.charAt(this.#at) === '}') {
      this.#at++;
      return out;
    }
    for (;;) {
      this.#space();
      const c = this.#text.charAt(this.#at);
      if (c === '') this.#fail('Unfinished JSON term', this.#text.length);
      if (c === '}') this.#fail('Expected another key-value pair', this.#at + 1);
      if (c !== '"') {
        const word = this.#match(WORD);
        if (word !== undefined) this.#fail('Invalid numeric literal', this.#at + 1);
        this.#fail('Object keys must be strings', this.#at + 1);
      }
      const key = this.#string();
      this.#space();
      const colon = this.#text.charAt(this.#at++);
      if (colon === '') this.#fail('Unfinished JSON term', this.#text.length);
      if (colon !== ':') this.#fail('Objects must consist of key:value pairs');
      this.#space();
      out.set(key, this.#value(depth + 1));
      this.#space();
      const next = this.#text.charAt(this.#at++);
      if (next === '}') return out;
      if (next === '') this.#fail('Unfinished JSON term', this.#text.length);
      if (next !== ',') this.#fail('Expected separator between values');
    }
  }
}

/** jq has no infinity in its texts. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : Math.sign(value) * Number.MAX_VALUE;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'null';
  const number = finite(value);
  if (Object.is(number, -0)) return '-0';
  const [mantissa = '', power = '0'] = Math.abs(number).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  // Where the point stands among the digits; jq writes an exponent when that is too far away.
  const point = Number(power) + 1;
  const sign = number < 0 ? '-' : '';
  if (number !== 0 && (point <= -4 || point > digits.length + 15)) {
    const exponent = point - 1;
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  if (point >= digits.length) return sign + digits.padEnd(point, '0');
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

export interface Style {
  /** Undefined: all on one line. */
  readonly indent: string | undefined;
  readonly sortKeys: boolean;
  readonly color: boolean;
  readonly ascii: boolean;
}

const COMPACT: Style = { indent: undefined, sortKeys: false, color: false, ascii: false };

const COLORS = { null: '1;30', scalar: '0;39', string: '0;32', container: '1;39', key: '34;1' };
const RESET = '\x1b[0m';

export function write(value: Json, style: Style = COMPACT, before = ''): string {
  if (isArray(value) || isObject(value))
    return style.color ? coloredContainer(value, style, before) : container(value, style, before);
  const text =
    typeof value === 'string'
      ? quote(value, style.ascii)
      : typeof value === 'number'
        ? numberText(value)
        : String(value);
  if (!style.color) return text;
  return `\x1b[${value === null ? COLORS.null : typeof value === 'string' ? COLORS.string : COLORS.scalar}m${text}${RESET}`;
}

function entriesOf(
  value: readonly Json[] | ReadonlyMap<string, Json>,
  sortKeys: boolean,
): [string | undefined, Json][] {
  if (!(value instanceof Map)) return (value as readonly Json[]).map((item) => [undefined, item]);
  const entries = [...(value as ReadonlyMap<string, Json>)];
  return sortKeys ? entries.sort(([a], [b]) => compareStrings(a, b)) : entries;
}

function container(value: readonly Json[] | ReadonlyMap<string, Json>, style: Style, before: string): string {
  const [open, close] = value instanceof Map ? '{}' : '[]';
  const entries = entriesOf(value, style.sortKeys);
  if (entries.length === 0) return `${open ?? ''}${close ?? ''}`;
  const inner = before + (style.indent ?? '');
  const gap = style.indent === undefined ? '' : `\n${inner}`;
  const colon = style.indent === undefined ? ':' : ': ';
  const parts = entries.map(
    ([key, item]) => (key === undefined ? '' : quote(key, style.ascii) + colon) + write(item, style, inner),
  );
  return `${open ?? ''}${gap}${parts.join(`,${gap}`)}${style.indent === undefined ? '' : `\n${before}`}${close ?? ''}`;
}

/** The same with the colours of jq 1.6, which paints every bracket and comma by itself. */
function coloredContainer(value: readonly Json[] | ReadonlyMap<string, Json>, style: Style, before: string): string {
  const paint = `\x1b[${COLORS.container}m`;
  const [open, close] = value instanceof Map ? '{}' : '[]';
  const entries = entriesOf(value, style.sortKeys);
  if (entries.length === 0) return `${paint}${open ?? ''}${close ?? ''}${RESET}`;
  const inner = before + (style.indent ?? '');
  const gap = style.indent === undefined ? '' : `\n${inner}`;
  let out = `${paint}${open ?? ''}`;
  for (const [i, [key, item]] of entries.entries()) {
    if (i > 0) out += `${paint},`;
    out += gap;
    if (key !== undefined) {
      const colon = style.indent === undefined ? ':' : ': ';
      out += `${RESET}\x1b[${COLORS.key}m${quote(key, style.ascii)}${RESET}${paint}${colon}${RESET}`;
    }
    out += write(item, style, inner);
  }
  return `${out}${paint}${style.indent === undefined ? '' : `\n${before}`}${paint}${close ?? ''}${RESET}`;
}

function quote(text: string, ascii: boolean): string {
  const quoted = JSON.stringify(text).replaceAll('\x7f', '\\u007f');
  return ascii
    ? quoted.replace(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    : quoted;
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is ReadonlyMap<string, Json> {
  return value instanceof Map;
}

export function typeOf(value: Json): 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value as 'boolean' | 'number' | 'string';
  return value instanceof Map ? 'object' : 'array';
}

/** Order of the code points, as jq compares strings. */
export function compareStrings(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ORDER = ['null', 'false', 'true', 'number', 'string', 'array', 'object'];

/** The order of all JSON: null, false, true, numbers, strings, arrays, objects. */
export function compare(a: Json, b: Json): number {
  const rank = (value: Json) => ORDER.indexOf(typeof value === 'boolean' ? String(value) : typeOf(value));
  const byKind = rank(a) - rank(b);
  if (byKind !== 0) return byKind;
  // nan is less than any number, itself too.
  if (typeof a === 'number' && typeof b === 'number') return Number.isNaN(a) ? -1 : Number.isNaN(b) ? 1 : a - b;
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (isArray(a) && isArray(b)) {
    for (let i = 0; i < Math.min(a.length, b.length); i++) {
      const order = compare(a[i] ?? null, b[i] ?? null);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  }
  if (isObject(a) && isObject(b)) {
    const keys = (map: ReadonlyMap<string, Json>) => [...map.keys()].sort(compareStrings);
    const byKeys = compare(keys(a), keys(b));
    if (byKeys !== 0) return byKeys;
    for (const key of keys(a)) {
      const order = compare(a.get(key) ?? null, b.get(key) ?? null);
      if (order !== 0) return order;
    }
  }
  return 0;
}
