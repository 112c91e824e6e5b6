// The functions of templates: Go's own (text/template/funcs.go, go1.24) and docker's (cli/templates).

import { goJson, isList, isObject, type Json } from '../json.ts';
import { general } from '../units.ts';
import { type Holders, isTrue, Row, type Value, print } from './value.ts';

/** A mistake at work: what is said after `error calling NAME: `. */
export class CallError extends Error {
  override readonly name = 'CallError';
}

export type TemplateFunction = (args: readonly Value[], holders: Holders) => Value;

const text = (value: Value): string => {
  if (typeof value === 'string') return value;
  throw new CallError(`wrong type for value; expected string; got ${typeName(value)}`);
};

export function typeName(value: Value): string {
  if (value === undefined || value === null) return 'interface {}';
  if (value instanceof Row) return value.type;
  if (isList(value as Json)) return '[]interface {}';
  if (isObject(value as Json)) return 'map[string]interface {}';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  return typeof value === 'boolean' ? 'bool' : 'string';
}

const jsonOf = (value: Value): Json =>
  value instanceof Row ? value.json() : value === undefined || typeof value === 'function' ? null : value;

/** Slices of texts, as `split` makes them. */
const texts = (value: Value): string[] => {
  if (value === null) return [];
  if (isList(value as Json)) return (value as readonly Json[]).map((one) => text(one));
  throw new CallError(`wrong type for value; expected []string; got ${typeName(value)}`);
};

const compared = (a: Value, b: Value): number => {
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'boolean' && a === b) return 0;
  throw new CallError('invalid type for comparison');
};

const equal = (a: Value, b: Value): boolean => {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) return false;
  if (typeof a !== typeof b) throw new CallError('incompatible types for comparison');
  return false;
};

const functions: Readonly<Record<string, TemplateFunction>> = {
  json: ([value]) => (value instanceof Row ? goJson(value.json(), { html: true }) : goJson(jsonOf(value))),
  split: ([value, by]) => text(value).split(text(by)),
  join: ([list, by]) => texts(list).join(text(by)),
  title: ([value]) =>
    text(value).replace(/(^|[^\w'])(\w)/g, (_, before: string, letter: string) => before + letter.toUpperCase()),
  lower: ([value]) => text(value).toLowerCase(),
  upper: ([value]) => text(value).toUpperCase(),
  pad: ([value, before, after]) => {
    const source = text(value);
    return source === '' ? source : ' '.repeat(Number(before)) + source + ' '.repeat(Number(after));
  },
  truncate: ([value, length]) => text(value).slice(0, Number(length)),
  println: (args, holders) => `${args.map((one) => print(one, holders)).join(' ')}\n`,
  print: (args, holders) => sprint(args, holders),
  printf: ([format, ...args], holders) => printf(text(format), args, holders),
  len: ([value]) => {
    if (typeof value === 'string') return value.length;
    if (isList(value as Json)) return (value as readonly Json[]).length;
    if (isObject(value as Json)) return Object.keys(value as object).length;
    throw new CallError(`len of ${value === null ? 'nil pointer' : `type ${typeName(value)}`}`);
  },
  index: ([value, ...keys]) => keys.reduce((found: Value, key) => indexed(found, key), value),
  slice: ([value, from = 0, to]) => {
    const [start, end] = [Number(from), to === undefined ? undefined : Number(to)];
    if (typeof value === 'string') return value.slice(start, end);
    return (value as readonly Json[]).slice(start, end);
  },
  not: ([value]) => !isTrue(value),
  eq: ([first, ...rest]) => rest.some((one) => equal(first, one)),
  ne: ([a, b]) => !equal(a, b),
  lt: ([a, b]) => compared(a, b) < 0,
  le: ([a, b]) => compared(a, b) <= 0,
  gt: ([a, b]) => compared(a, b) > 0,
  ge: ([a, b]) => compared(a, b) >= 0,
  urlquery: (args, holders) => encodeURIComponent(sprint(args, holders)).replaceAll('%20', '+'),
  html: (args, holders) =>
    sprint(args, holders).replace(
      /[&<>"']/g,
      (sign) => `&${{ '&': 'amp', '<': 'lt', '>': 'gt', '"': '#34', "'": '#39' }[sign] ?? ''};`,
    ),
  js: (args, holders) => sprint(args, holders).replace(/["'\\]/g, (sign) => `\\${sign}`),
};

/** In the header of a table most of them pass their value on. */
const headerFunctions: Readonly<Record<string, TemplateFunction>> = {
  ...functions,
  ...Object.fromEntries(
    ['json', 'title', 'lower', 'upper', 'truncate', 'split', 'join'].map((name) => [
      name,
      ([value]: readonly Value[]) => value,
    ]),
  ),
};

export const functionsFor = (header: boolean): Readonly<Record<string, TemplateFunction>> =>
  header ? headerFunctions : functions;

/** `and` and `or` are evaluated as far as needed, so they are no functions of this table. */
export const functionNames: ReadonlySet<string> = new Set([...Object.keys(functions), 'and', 'or', 'call']);

function indexed(value: Value, key: Value): Value {
  if (value === null || value === undefined) throw new CallError('index of untyped nil');
  if (isList(value as Json)) {
    const list = value as readonly Json[];
    if (typeof key !== 'number') throw new CallError(`cannot index slice/array with type ${typeName(key)}`);
    if (key < 0 || key >= list.length) throw new CallError(`error calling index: reflect: slice index out of range`);
    return list[key];
  }
  if (isObject(value as Json)) {
    if (typeof key !== 'string') throw new CallError(`value has type ${typeName(key)}; should be string`);
    return (value as Readonly<Record<string, Json>>)[key];
  }
  if (typeof value === 'string' && typeof key === 'number') return value.charCodeAt(key);
  throw new CallError(`can't index item of type ${typeName(value)}`);
}

/** fmt.Sprint: a space between operands neither of which is a text. */
function sprint(args: readonly Value[], holders: Holders): string {
  let out = '';
  args.forEach((one, n) => {
    if (n > 0 && typeof one !== 'string' && typeof args[n - 1] !== 'string') out += ' ';
    out += one === null || one === undefined ? '<nil>' : print(one, holders);
  });
  return out;
}

function printf(format: string, args: readonly Value[], holders: Holders): string {
  let next = 0;
  const out = format.replace(
    /%([-+ 0#]*)(\*|\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (_, flags: string, width?: string, precision?: string, verb = '') => {
      if (verb === '%') return '%';
      const wide = width === '*' ? Number(args[next++]) : Number(width ?? 0);
      if (next >= args.length) return `%!${verb as string}(MISSING)`;
      const value = args[next++];
      const body = verbOf(verb as string, value, { flags, precision, holders });
      const zero = flags.includes('0') && !flags.includes('-') && typeof value === 'number';
      return flags.includes('-') ? body.padEnd(wide) : body.padStart(wide, zero ? '0' : ' ');
    },
  );
  if (next >= args.length) return out;
  const extra = args.slice(next).map((one) => `${typeName(one)}=${print(one, holders)}`);
  return `${out}%!(EXTRA ${extra.join(', ')})`;
}

interface Verb {
  readonly flags: string;
  readonly precision: string | undefined;
  readonly holders: Holders;
}

function verbOf(verb: string, value: Value, { flags, precision, holders }: Verb): string {
  const shown = value === null || value === undefined ? '<nil>' : print(value, holders);
  const cut = (one: string) => (precision === undefined ? one : one.slice(0, Number(precision)));
  const sign = flags.includes('+') && typeof value === 'number' && value >= 0 ? '+' : '';
  const wrong = `%!${verb}(${typeName(value)}=${shown})`;
  switch (verb) {
    case 'v':
      return sign + cut(shown);
    case 's':
      return typeof value === 'number' || typeof value === 'boolean' ? wrong : cut(shown);
    case 'q':
      return typeof value === 'string' ? JSON.stringify(value) : wrong;
    case 't':
      return typeof value === 'boolean' ? shown : wrong;
    case 'd':
      return typeof value === 'number' && Number.isInteger(value) ? sign + shown : wrong;
    case 'x':
    case 'X': {
      if (typeof value !== 'number' && typeof value !== 'string') return wrong;
      const digits =
        typeof value === 'number'
          ? value.toString(16)
          : [...value].map((one) => one.charCodeAt(0).toString(16).padStart(2, '0')).join('');
      return verb === 'X' ? digits.toUpperCase() : digits;
    }
    case 'f':
      return typeof value === 'number' ? sign + value.toFixed(Number(precision ?? 6)) : wrong;
    case 'g':
      return typeof value === 'number' ? sign + general(value, Number(precision ?? 17)) : wrong;
    case 'T':
      return typeName(value);
    default:
      return wrong;
  }
}
