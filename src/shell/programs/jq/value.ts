// What jq can do to single values: index, slice, arithmetic, paths. Errors in jq's words.

import { compare, isArray, isObject, typeOf, write } from './json.ts';
import type { Json } from './json.ts';

/** An error a filter can catch; its value is mostly a string. */
export class JqError extends Error {
  override readonly name = 'JqError';
  readonly value: Json;
  constructor(value: Json) {
    super(typeof value === 'string' ? value : write(value));
    this.value = value;
  }
}

const SHOWN_MAX = 14;
const TEXT_SIZE_MAX = 8 << 20;
const ARRAY_INDEX_MAX = 1_000_000;

/** A value as an error message shows it: its kind, and its beginning. */
export function shown(value: Json): string {
  return `${typeOf(value)} (${cut(write(value))})`;
}

export function cut(text: string): string {
  return text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX - 3)}...` : text;
}

export function isTruthy(value: Json): boolean {
  return value !== null && value !== false;
}

function sliceBounds(key: ReadonlyMap<string, Json>, length: number): { from: number; to: number } {
  const bound = (value: Json | undefined, otherwise: number, round: (n: number) => number) => {
    if (value === null || value === undefined) return otherwise;
    if (typeof value !== 'number') throw new JqError('Start and end indices of an array slice must be numbers');
    const at = value < 0 ? value + length : value;
    return Math.min(Math.max(round(at), 0), length);
  };
  const from = bound(key.get('start'), 0, Math.floor);
  return { from, to: Math.max(from, bound(key.get('end'), length, Math.ceil)) };
}

/** `of[key]`; a slice has an object with `start` and `end` for its key. */
export function indexed(of: Json, key: Json): Json {
  if (isObject(of) && typeof key === 'string') return of.get(key) ?? null;
  if (isArray(of) && typeof key === 'number') {
    const at = Math.floor(key);
    return of[at < 0 ? of.length + at : at] ?? null;
  }
  if (isObject(key) && (isArray(of) || typeof of === 'string' || of === null)) {
    if (of === null) return null;
    if (typeof of !== 'string') {
      const { from, to } = sliceBounds(key, of.length);
      return of.slice(from, to);
    }
    const points = [...of];
    const { from, to } = sliceBounds(key, points.length);
    return points.slice(from, to).join('');
  }
  if (isArray(of) && isArray(key)) return indices(of, key);
  if (of === null && (typeof key === 'string' || typeof key === 'number' || key === null)) return null;
  throw new JqError(
    `Cannot index ${typeOf(of)} with ${typeof key === 'string' ? `string ${write(key)}` : typeOf(key)}`,
  );
}

export function indices(of: readonly Json[], part: readonly Json[]): Json {
  if (part.length === 0) return null;
  const out: number[] = [];
  for (let i = 0; i + part.length <= of.length; i++)
    if (part.every((item, k) => compare(item, of[i + k] ?? null) === 0)) out.push(i);
  return out;
}

export function iterated(of: Json): readonly (readonly [Json, Json])[] {
  if (isArray(of)) return of.map((value, i) => [i, value]);
  if (isObject(of)) return [...of];
  throw new JqError(of === null ? 'Cannot iterate over null' : `Cannot iterate over ${shown(of)}`);
}

/** `of` with another value at `key`. */
function withValue(of: Json, key: Json, value: Json): Json {
  if ((of === null || isObject(of)) && typeof key === 'string') return new Map(of).set(key, value);
  if ((of === null || isArray(of)) && typeof key === 'number') {
    const out: Json[] = [...(of ?? [])];
    const at = key < 0 ? out.length + Math.floor(key) : Math.floor(key);
    if (at < 0) throw new JqError('Out of bounds negative array index');
    if (at > ARRAY_INDEX_MAX) throw new JqError('Array index too large');
    while (out.length < at) out.push(null);
    out[at] = value;
    return out;
  }
  if ((of === null || isArray(of)) && isObject(key)) {
    if (!isArray(value)) throw new JqError('A slice of an array can only be assigned another array');
    const { from, to } = sliceBounds(key, of?.length ?? 0);
    return [...(of ?? []).slice(0, from), ...value, ...(of ?? []).slice(to)];
  }
  if (isObject(key)) throw new JqError(`Cannot update field at object index of ${typeOf(of)}`);
  throw new JqError(`Cannot index ${typeOf(of)} with ${typeof key === 'string' ? write(key) : typeOf(key)}`);
}

export function getPath(of: Json, path: readonly Json[]): Json {
  let value = of;
  for (const key of path) {
    if (value === null) return null;
    value = indexed(value, key);
  }
  return value;
}

export function setPath(of: Json, path: readonly Json[], value: Json): Json {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  return withValue(of, key, setPath(indexed(of, key), rest, value));
}

function deletePath(of: Json, path: readonly Json[]): Json {
  const [key, ...rest] = path;
  if (key === undefined || of === null) return null;
  if (rest.length > 0) {
    const inner = indexed(of, key);
    return inner === null ? of : withValue(of, key, deletePath(inner, rest));
  }
  if (isObject(of) && typeof key === 'string') {
    const out = new Map(of);
    out.delete(key);
    return out;
  }
  if (isArray(of) && typeof key === 'number') {
    const at = key < 0 ? of.length + key : key;
    return of.filter((_, i) => i !== at);
  }
  if (isArray(of) && isObject(key)) {
    const { from, to } = sliceBounds(key, of.length);
    return [...of.slice(0, from), ...of.slice(to)];
  }
  throw new JqError(`Cannot delete field at ${typeof key === 'string' ? 'object' : 'array'} index of ${typeOf(of)}`);
}

/** The last path first, so that the earlier ones stay where they are. */
export function deletePaths(of: Json, paths: readonly (readonly Json[])[]): Json {
  let out = of;
  for (const path of [...paths].sort((a, b) => compare(b, a))) out = deletePath(out, path);
  return out;
}

export function arithmetic(operator: string, a: Json, b: Json): Json {
  switch (operator) {
    case '==':
      return compare(a, b) === 0;
    case '!=':
      return compare(a, b) !== 0;
    case '<':
      return compare(a, b) < 0;
    case '<=':
      return compare(a, b) <= 0;
    case '>':
      return compare(a, b) > 0;
    case '>=':
      return compare(a, b) >= 0;
    case '+':
      return sum(a, b);
    case '-':
      if (typeof a === 'number' && typeof b === 'number') return a - b;
      if (isArray(a) && isArray(b)) return a.filter((item) => !b.some((other) => compare(item, other) === 0));
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be subtracted`);
    case '*':
      return product(a, b);
    case '/':
      if (typeof a === 'number' && typeof b === 'number') {
        if (b === 0) throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided because the divisor is zero`);
        return a / b;
      }
      if (typeof a === 'string' && typeof b === 'string') return splitString(a, b);
      throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided`);
    default: {
      if (typeof a !== 'number' || typeof b !== 'number')
        throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided`);
      const divisor = Math.trunc(b);
      if (divisor === 0)
        throw new JqError(`${shown(a)} and ${shown(b)} cannot be divided (remainder) because the divisor is zero`);
      return (Math.trunc(a) % Math.abs(divisor)) + 0;
    }
  }
}

function sum(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') return limited(a + b);
  if (isArray(a) && isArray(b)) return [...a, ...b];
  if (isObject(a) && isObject(b)) return new Map([...a, ...b]);
  throw new JqError(`${shown(a)} and ${shown(b)} cannot be added`);
}

function product(a: Json, b: Json): Json {
  if (typeof a === 'number' && typeof b === 'number') return a * b;
  if (typeof a === 'string' && typeof b === 'number') {
    if (b <= 0) return null;
    if (a.length * b > TEXT_SIZE_MAX) throw new JqError('Repeat string result too long');
    return a.repeat(Math.max(1, Math.ceil(b)));
  }
  if (typeof a === 'number' && typeof b === 'string') return product(b, a);
  if (isObject(a) && isObject(b)) {
    const out = new Map(a);
    for (const [key, value] of b) {
      const old = out.get(key);
      out.set(key, old !== undefined && isObject(old) && isObject(value) ? product(old, value) : value);
    }
    return out;
  }
  throw new JqError(`${shown(a)} and ${shown(b)} cannot be multiplied`);
}

export function limited(text: string): string {
  if (text.length > TEXT_SIZE_MAX) throw new JqError('a string larger than 8 MiB');
  return text;
}

export function splitString(text: string, separator: string): readonly string[] {
  return text === '' ? [] : separator === '' ? [...text] : text.split(separator);
}
