// jq's functions whose arguments are values: the input and every combination of the arguments give one result.

import { formatDate } from '../time.ts';
import { textOf } from './formats.ts';
import { JsonError, JsonReader, compare, compareStrings, isArray, isObject, typeOf, write } from './json.ts';
import { deletePaths, getPath, indexed, indices, iterated, JqError, setPath, shown, splitString } from './value.ts';
import type { Json } from './json.ts';
import type { World } from './evaluate.ts';

type ValueFunction = (input: Json, args: readonly Json[], world: World) => Json;

const numeric =
  (change: (n: number) => number): ValueFunction =>
  (input) => {
    if (typeof input !== 'number') throw new JqError(`${shown(input)} number required`);
    return change(input);
  };

const text =
  (name: string, change: (text: string) => Json): ValueFunction =>
  (input) => {
    if (typeof input !== 'string') throw new JqError(`${name} input must be a string`);
    return change(input);
  };

const strings =
  (name: string, act: (text: string, other: string) => Json): ValueFunction =>
  (input, [other]) => {
    if (typeof input !== 'string' || typeof other !== 'string') throw new JqError(`${name}() requires string inputs`);
    return act(input, other);
  };

const items =
  (act: (all: readonly Json[]) => Json): ValueFunction =>
  (input) => {
    if (!isArray(input)) throw new JqError(`${shown(input)} cannot be sorted, as it is not an array`);
    return act(input);
  };

export const valueFunctions: Readonly<Record<string, ValueFunction>> = {
  'not/0': (input) => input === null || input === false,
  'length/0': lengthOf,
  'utf8bytelength/0': (input) => {
    if (typeof input !== 'string') throw new JqError(`${shown(input)} only strings have UTF-8 byte length`);
    return new TextEncoder().encode(input).length;
  },
  'type/0': typeOf,
  'keys/0': (input) => keysOf(input, true),
  'keys_unsorted/0': (input) => keysOf(input, false),
  'has/1': (input, [key = null]) => {
    if (isObject(input) && typeof key === 'string') return input.has(key);
    if (isArray(input) && typeof key === 'number') return key >= 0 && key < input.length;
    throw new JqError(`Cannot check whether ${typeOf(input)} has a ${typeOf(key)} key`);
  },
  'contains/1': (input, [other = null]) => contains(input, other),
  'add/0': (input) => iterated(input).reduce<Json>((sum, [, value]) => add(sum, value), null),
  'reverse/0': (input) => {
    if (typeof input === 'string') return [...input].reverse().join('');
    if (input === null) return [];
    if (!isArray(input)) throw new JqError(`Cannot reverse ${shown(input)}`);
    return [...input].reverse();
  },
  'sort/0': items((all) => [...all].sort(compare)),
  'unique/0': items((all) =>
    [...all].sort(compare).filter((item, i, sorted) => i === 0 || compare(sorted[i - 1] ?? null, item) !== 0),
  ),
  'min/0': items((all) => all.reduce((a, b) => (compare(b, a) < 0 ? b : a), all[0] ?? null)),
  'max/0': items((all) => all.reduce((a, b) => (compare(b, a) >= 0 ? b : a), all[0] ?? null)),
  'flatten/0': (input) => flatten(input, Infinity),
  'flatten/1': (input, [depth = null]) => {
    if (typeof depth !== 'number' || depth < 0) throw new JqError('flatten depth must not be negative');
    return flatten(input, depth);
  },
  'first/0': (input) => indexed(input, 0),
  'last/0': (input) => indexed(input, -1),
  'nth/1': (input, [n = null]) => indexed(input, n),
  'join/1': (input, [separator = null]) => {
    const parts = iterated(input).map(([, value]) => value);
    if (parts.length === 0) return '';
    if (typeof separator !== 'string') throw new JqError(`${shown('')} and ${shown(separator)} cannot be added`);
    return parts
      .map((part) => {
        if (part === null) return '';
        if (typeof part === 'object') throw new JqError(`${shown(separator)} and ${shown(part)} cannot be added`);
        return textOf(part);
      })
      .join(separator);
  },
  'split/1': strings('split input and separator must be strings: split', splitString),
  'ascii_downcase/0': text('ascii_downcase', (s) => s.replace(/[A-Z]/g, (c) => c.toLowerCase())),
  'ascii_upcase/0': text('ascii_upcase', (s) => s.replace(/[a-z]/g, (c) => c.toUpperCase())),
  'trim/0': text('trim', (s) => s.trim()),
  'ltrim/0': text('trim', (s) => s.trimStart()),
  'rtrim/0': text('trim', (s) => s.trimEnd()),
  'startswith/1': strings('startswith', (s, other) => s.startsWith(other)),
  'endswith/1': strings('endswith', (s, other) => s.endsWith(other)),
  'ltrimstr/1': (input, [other]) =>
    typeof input === 'string' && typeof other === 'string' && input.startsWith(other)
      ? input.slice(other.length)
      : input,
  'rtrimstr/1': (input, [other]) =>
    typeof input === 'string' && typeof other === 'string' && other !== '' && input.endsWith(other)
      ? input.slice(0, -other.length)
      : input,
  'explode/0': text('explode', (s) => [...s].map((c) => c.codePointAt(0) ?? 0)),
  'implode/0': (input) => {
    if (!isArray(input) || !input.every((n) => typeof n === 'number' && n >= 0 && n <= 0x10ffff))
      throw new JqError('implode input must be an array of codepoints');
    return String.fromCodePoint(...(input as readonly number[]));
  },
  'indices/1': (input, [part = null]) => found(input, part),
  'index/1': (input, [part = null]) => edge(found(input, part), 0),
  'rindex/1': (input, [part = null]) => edge(found(input, part), -1),
  'tostring/0': textOf,
  'tojson/0': (input) => write(input),
  'fromjson/0': (input) => {
    if (typeof input !== 'string') throw new JqError(`${shown(input)} only strings can be parsed`);
    return parsed(input);
  },
  'tonumber/0': (input) => {
    if (typeof input === 'number') return input;
    if (typeof input !== 'string') throw new JqError(`${shown(input)} cannot be parsed as a number`);
    const value = parsed(input);
    if (typeof value !== 'number') throw new JqError(`${shown(input)} cannot be parsed as a number`);
    return value;
  },
  'toarray/0': (input) => (isArray(input) ? input : [input]),
  'getpath/1': (input, [path = null]) => getPath(input, pathOf(path)),
  'setpath/2': (input, [path = null, value = null]) => setPath(input, pathOf(path), value),
  'delpaths/1': (input, [paths = null]) => {
    if (!isArray(paths)) throw new JqError('Paths must be specified as an array');
    return deletePaths(input, paths.map(pathOf));
  },
  'error/0': (input) => {
    throw new JqError(input);
  },
  'error/1': (_input, [value = null]) => {
    throw new JqError(value);
  },
  'infinite/0': () => Infinity,
  'nan/0': () => NaN,
  'isinfinite/0': (input) => numeric((n) => (Math.abs(n) === Infinity ? 1 : 0))(input, [], NO_WORLD) === 1,
  'isnan/0': (input) => numeric((n) => (Number.isNaN(n) ? 1 : 0))(input, [], NO_WORLD) === 1,
  'isnormal/0': (input) => numeric((n) => (Number.isFinite(n) && n !== 0 ? 1 : 0))(input, [], NO_WORLD) === 1,
  'floor/0': numeric(Math.floor),
  'ceil/0': numeric(Math.ceil),
  'round/0': numeric((n) => Math.sign(n) * Math.round(Math.abs(n))),
  'trunc/0': numeric(Math.trunc),
  'fabs/0': numeric(Math.abs),
  'abs/0': numeric(Math.abs),
  'sqrt/0': numeric(Math.sqrt),
  'log/0': numeric(Math.log),
  'log2/0': numeric(Math.log2),
  'log10/0': numeric(Math.log10),
  'exp/0': numeric(Math.exp),
  'exp2/0': numeric((n) => 2 ** n),
  'exp10/0': numeric((n) => 10 ** n),
  'pow/2': (_input, [base = null, power = null]) => {
    if (typeof base !== 'number' || typeof power !== 'number')
      throw new JqError(`${shown(typeof base === 'number' ? power : base)} number required`);
    return base ** power;
  },
  'now/0': (_input, _args, world) => world.now() / 1000,
  'todate/0': (input) => dateOf(input),
  'todateiso8601/0': (input) => dateOf(input),
  'fromdate/0': (input) => secondsOf(input),
  'fromdateiso8601/0': (input) => secondsOf(input),
  'strftime/1': (input, [format = null]) => {
    if (typeof input !== 'number') throw new JqError('strftime/1 requires parsed datetime inputs');
    if (typeof format !== 'string') throw new JqError('strftime/1 requires a string format');
    return formatDate(format, Math.floor(input) * 1000);
  },
  'env/0': (_input, _args, world) => world.environment,
  'input_filename/0': (_input, _args, world) => world.inputName(),
  'input_line_number/0': (_input, _args, world) => world.inputLine(),
  'input/0': (_input, _args, world) => {
    const next = world.input();
    if (next === undefined) throw new JqError('No more inputs');
    return next;
  },
  'debug/0': (input, _args, world) => {
    world.debug(`${write(['DEBUG:', input])}\n`);
    return input;
  },
  'debug/1': (input, [message = null], world) => {
    world.debug(`${write(['DEBUG:', message])}\n`);
    return input;
  },
  'stderr/0': (input, _args, world) => {
    world.debug(write(input));
    return input;
  },
};

const NO_WORLD: World = {
  input: () => undefined,
  debug: () => undefined,
  inputName: () => null,
  inputLine: () => 0,
  now: () => 0,
  environment: null,
};

function lengthOf(input: Json): Json {
  if (input === null) return 0;
  if (typeof input === 'number') return Math.abs(input);
  if (typeof input === 'boolean') throw new JqError(`${shown(input)} has no length`);
  if (typeof input === 'string') return [...input].length;
  return isArray(input) ? input.length : isObject(input) ? input.size : 0;
}

function keysOf(input: Json, sorted: boolean): Json {
  if (isArray(input)) return input.map((_, i) => i);
  if (!isObject(input)) throw new JqError(`${shown(input)} has no keys`);
  return sorted ? [...input.keys()].sort(compareStrings) : [...input.keys()];
}

function add(a: Json, b: Json): Json {
  if (a === null) return b;
  if (b === null) return a;
  if (typeof a === 'number' && typeof b === 'number') return a + b;
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (isArray(a) && isArray(b)) return [...a, ...b];
  if (isObject(a) && isObject(b)) return new Map([...a, ...b]);
  throw new JqError(`${shown(a)} and ${shown(b)} cannot be added`);
}

function contains(a: Json, b: Json): boolean {
  if (isObject(a) && isObject(b))
    return [...b].every(([key, value]) => a.has(key) && contains(a.get(key) ?? null, value));
  if (isArray(a) && isArray(b))
    return b.every((part) => a.some((item) => typeOf(item) === typeOf(part) && contains(item, part)));
  if (typeof a === 'string' && typeof b === 'string') return a.includes(b);
  if (typeOf(a) === typeOf(b)) return compare(a, b) === 0;
  throw new JqError(`${shown(a)} and ${shown(b)} cannot have their containment checked`);
}

function flatten(input: Json, depth: number): readonly Json[] {
  return iterated(input).flatMap(([, value]) =>
    isArray(value) && depth >= 0 ? (depth > 0 ? flatten(value, depth - 1) : [value]) : [value],
  );
}

function found(input: Json, part: Json): Json {
  if (input === null) return null;
  if (typeof input === 'string' && typeof part === 'string') {
    if (part === '') return null;
    const out: number[] = [];
    for (let at = input.indexOf(part); at >= 0; at = input.indexOf(part, at + 1)) out.push(at);
    return out;
  }
  if (isArray(input)) return indices(input, isArray(part) ? part : [part]);
  return indexed(input, part);
}

function edge(list: Json, at: number): Json {
  return isArray(list) ? (list.at(at) ?? null) : null;
}

function parsed(input: string): Json {
  try {
    const reader = new JsonReader(input);
    const value = reader.next();
    if (value === undefined || reader.next() !== undefined) throw new JsonError('Unexpected extra JSON values');
    return value;
  } catch (error) {
    if (error instanceof JsonError) throw new JqError(`${error.message} (while parsing '${input}')`);
    throw error;
  }
}

function pathOf(path: Json): readonly Json[] {
  if (!isArray(path)) throw new JqError('Path must be specified as an array');
  return path;
}

function dateOf(input: Json): string {
  if (typeof input !== 'number') throw new JqError('strftime/1 requires parsed datetime inputs');
  return formatDate('%Y-%m-%dT%H:%M:%SZ', Math.floor(input) * 1000);
}

function secondsOf(input: Json): number {
  const match = typeof input === 'string' ? /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$/.exec(input) : null;
  if (!match) {
    if (typeof input !== 'string') throw new JqError(`strptime/1 requires string inputs and arguments`);
    throw new JqError(`date ${write(input)} does not match format "%Y-%m-%dT%H:%M:%SZ"`);
  }
  return Date.parse(input as string) / 1000;
}
