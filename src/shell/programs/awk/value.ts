// awk's values: numbers, strings, and input that looks like a number and then counts as both.

import { formatFloat } from '../../format.ts';
import { byteOrder } from '../../file-system.ts';

/** Text that was read and looks like a number. */
interface Numeric {
  readonly text: string;
  readonly number: number;
}

/** Undefined: never set, which is both 0 and the empty string. */
export type Value = number | string | Numeric | undefined;

export type AwkArray = Map<string, Value>;

const NUMBER = /^[ \t\n]*[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?/;

/** The value of text that came from outside: a field, an element of `split`, a variable of `-v`. */
export function fromInput(text: string): Value {
  const start = NUMBER.exec(text)?.[0];
  if (start === undefined || text.slice(start.length).trim() !== '') return text;
  return { text, number: Number(start) };
}

export function toNumber(value: Value): number {
  if (typeof value === 'number') return value;
  if (value === undefined) return 0;
  if (typeof value === 'object') return value.number;
  return Number(NUMBER.exec(value)?.[0] ?? 0);
}

/** Whole numbers are written whole, others by `format` (CONVFMT, OFMT). */
export function toText(value: Value, format = '%.6g'): string {
  if (typeof value === 'string') return value;
  if (value === undefined) return '';
  if (typeof value === 'object') return value.text;
  if (Number.isInteger(value) && Math.abs(value) < 2 ** 63) return value === 0 ? '0' : BigInt(value).toString();
  const match = /^%(?:\.(\d+))?([efgEFG])$/.exec(format);
  const precision = match?.[1] === undefined ? undefined : Number(match[1]);
  return formatFloat(value, { flags: '', width: 0, precision, conversion: match?.[2] ?? 'g' });
}

export function isTrue(value: Value): boolean {
  if (typeof value === 'string') return value !== '';
  return toNumber(value) !== 0;
}

/** Numbers compare as numbers; as soon as one side is a string, both do as strings. */
export function compareValues(left: Value, right: Value): number {
  if (typeof left !== 'string' && typeof right !== 'string') return toNumber(left) - toNumber(right);
  return byteOrder(toText(left), toText(right));
}
