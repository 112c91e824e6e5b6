// jq's functions whose arguments are filters, run as often as they like.

import { child, plain } from './item.ts';
import { compare, isArray, isObject } from './json.ts';
import { captureObject, matches, matchObject, searchOf } from './regexp.ts';
import { isTruthy, iterated, JqError, shown } from './value.ts';
import { textOf } from './formats.ts';
import type { Closure, Evaluator } from './evaluate.ts';
import type { Item } from './item.ts';
import type { Json } from './json.ts';

type ClosureFunction = (
  item: Item,
  args: readonly Closure[],
  evaluator: Evaluator,
  tracking: boolean,
) => Generator<Item>;

const IDENTITY: Closure = { filter: { kind: 'identity' }, scope: { variables: undefined, functions: undefined } };

function argument(args: readonly Closure[], index: number): Closure {
  return args[index] ?? IDENTITY;
}

function run(evaluator: Evaluator, closure: Closure, item: Item, tracking: boolean): Generator<Item> {
  return evaluator.run(closure.filter, item, closure.scope, tracking);
}

/** Goes down by `down` from value to value, depth first, without nesting one generator in another. */
function* walkDown(item: Item, down: (from: Item) => Iterator<Item>, evaluator: Evaluator): Generator<Item> {
  yield item;
  const stack = [down(item)];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    evaluator.step();
    const next = top.next();
    if (next.done === true) stack.pop();
    else {
      yield next.value;
      stack.push(down(next.value));
    }
  }
}

function* limited(count: number, source: Iterable<Item>): Generator<Item> {
  if (count <= 0) return;
  let left = count;
  for (const item of source) {
    yield item;
    if (--left <= 0) return;
  }
}

/** Each item with the value `f` has for it, all in order of those values. */
function sortedBy(item: Item, f: Closure, evaluator: Evaluator): { readonly key: Json; readonly value: Json }[] {
  if (!isArray(item.value)) throw new JqError(`Cannot index ${shown(item.value)} with number`);
  return item.value
    .map((value) => ({ key: [...evaluator.values(f, value)], value }))
    .sort((a, b) => compare(a.key, b.key));
}

function grouped(item: Item, f: Closure, evaluator: Evaluator): Json[][] {
  const groups: Json[][] = [];
  let last: Json = null;
  for (const { key, value } of sortedBy(item, f, evaluator)) {
    if (groups.length > 0 && compare(last, key) === 0) groups.at(-1)?.push(value);
    else groups.push([value]);
    last = key;
  }
  return groups;
}

function* anyOf(source: Iterable<Json>, wanted: boolean): Generator<Item> {
  for (const value of source)
    if (isTruthy(value) === wanted) {
      yield plain(wanted);
      return;
    }
  yield plain(!wanted);
}

function* conditions(source: Iterable<Json>, f: Closure, evaluator: Evaluator): Generator<Json> {
  for (const value of source) yield* evaluator.values(f, value);
}

function* elements(value: Json): Generator<Json> {
  for (const [, one] of iterated(value)) yield one;
}

function* pairs(args: readonly Closure[], item: Item, evaluator: Evaluator, always = ''): Generator<RegExpExecArray[]> {
  for (const flags of args[1] ? evaluator.values(args[1], item.value) : [null])
    for (const pattern of evaluator.values(argument(args, 0), item.value))
      yield matches(item.value, searchOf(pattern, flags, always));
}

const sub = (always: string): ClosureFunction =>
  function* (item, args, evaluator) {
    const [pattern, replacement, flags] = args;
    const search = [pattern ?? IDENTITY, ...(flags ? [flags] : [])];
    for (const found of pairs(search, item, evaluator, always))
      yield* replaced(subject(item), found, 0, 0, '', replacement ?? IDENTITY, evaluator);
  };

function* replaced(
  text: string,
  found: readonly RegExpExecArray[],
  at: number,
  from: number,
  before: string,
  f: Closure,
  evaluator: Evaluator,
): Generator<Item> {
  const match = found[at];
  if (!match) {
    yield plain(before + text.slice(from));
    return;
  }
  for (const value of evaluator.values(f, captureObject(match))) {
    if (typeof value !== 'string') throw new JqError(`${shown(captureObject(match))} cannot be added to a string`);
    yield* replaced(
      text,
      found,
      at + 1,
      match.index + match[0].length,
      before + text.slice(from, match.index) + value,
      f,
      evaluator,
    );
  }
}

/** What a regular expression has been matched against, so it is a string. */
function subject(item: Item): string {
  return typeof item.value === 'string' ? item.value : '';
}

const range = (from: number, to: number, by: number, evaluator: Evaluator) =>
  (function* () {
    if (by === 0 && from < to) throw new JqError('range cannot step by 0');
    for (let i = from; by > 0 ? i < to : i > to; i += by) {
      evaluator.step();
      yield plain(i);
    }
  })();

function number(value: Json | undefined): number {
  if (typeof value !== 'number') throw new JqError('Range bounds must be numeric');
  return value;
}

const regExpFunctions: Readonly<Record<string, ClosureFunction>> = {
  *test(item, args, evaluator) {
    for (const found of pairs(args, item, evaluator)) yield plain(found.length > 0);
  },
  *match(item, args, evaluator) {
    for (const found of pairs(args, item, evaluator)) for (const match of found) yield plain(matchObject(match));
  },
  *capture(item, args, evaluator) {
    for (const found of pairs(args, item, evaluator)) for (const match of found) yield plain(captureObject(match));
  },
  *scan(item, args, evaluator) {
    for (const found of pairs(args, item, evaluator, 'g'))
      for (const match of found)
        yield plain(match.length > 1 ? match.slice(1).map((group: string | undefined) => group ?? null) : match[0]);
  },
  *splits(item, args, evaluator) {
    for (const found of pairs(args, item, evaluator, 'g'))
      for (const part of splitBy(subject(item), found)) yield plain(part);
  },
};

function splitBy(text: string, found: readonly RegExpExecArray[]): string[] {
  const out: string[] = [];
  let from = 0;
  for (const match of found) {
    out.push(text.slice(from, match.index));
    from = match.index + match[0].length;
  }
  return [...out, text.slice(from)];
}

export const closureFunctions: Readonly<Record<string, ClosureFunction>> = {
  *'empty/0'() {
    // Nothing at all.
  },
  *'select/1'(item, args, evaluator) {
    for (const value of evaluator.values(argument(args, 0), item.value)) if (isTruthy(value)) yield item;
  },
  *'path/1'(item, args, evaluator) {
    for (const path of evaluator.paths(argument(args, 0), item.value)) yield plain(path);
  },
  *'getpath/1'(item, args, evaluator, tracking) {
    for (const path of evaluator.values(argument(args, 0), item.value)) {
      if (!isArray(path)) throw new JqError('Path must be specified as an array');
      let at = item;
      for (const key of path)
        at = at.value === null ? { value: null, path: at.path && [...at.path, key] } : child(at, key, tracking);
      yield at;
    }
  },
  *'recurse/1'(item, args, evaluator, tracking) {
    yield* walkDown(item, (from) => run(evaluator, argument(args, 0), from, tracking), evaluator);
  },
  *'recurse/2'(item, args, evaluator, tracking) {
    yield* walkDown(
      item,
      function* (from) {
        for (const next of run(evaluator, argument(args, 0), from, tracking))
          for (const holds of evaluator.values(argument(args, 1), next.value)) if (isTruthy(holds)) yield next;
      },
      evaluator,
    );
  },
  *'while/2'(item, args, evaluator, tracking) {
    const [test] = [...evaluator.values(argument(args, 0), item.value)];
    if (test === undefined || !isTruthy(test)) return;
    yield* walkDown(
      item,
      function* (from) {
        for (const next of run(evaluator, argument(args, 1), from, tracking))
          for (const holds of evaluator.values(argument(args, 0), next.value)) if (isTruthy(holds)) yield next;
      },
      evaluator,
    );
  },
  *'repeat/1'(item, args, evaluator, tracking) {
    yield* walkDown(item, (from) => run(evaluator, argument(args, 0), from, tracking), evaluator);
  },
  *'until/2'(item, args, evaluator, tracking) {
    // Each round keeps what has not come to its end.
    let open: Item[] = [item];
    while (open.length > 0) {
      const next: Item[] = [];
      for (const one of open)
        for (const done of evaluator.values(argument(args, 0), one.value)) {
          if (isTruthy(done)) yield one;
          else for (const result of run(evaluator, argument(args, 1), one, tracking)) next.push(result);
        }
      open = next;
    }
  },
  *'range/1'(item, args, evaluator) {
    for (const [to] of evaluator.product(args, item.value)) yield* range(0, number(to), 1, evaluator);
  },
  *'range/2'(item, args, evaluator) {
    for (const [from, to] of evaluator.product(args, item.value)) yield* range(number(from), number(to), 1, evaluator);
  },
  *'range/3'(item, args, evaluator) {
    for (const [from, to, by] of evaluator.product(args, item.value))
      yield* range(number(from), number(to), number(by), evaluator);
  },
  *'first/1'(item, args, evaluator, tracking) {
    yield* limited(1, run(evaluator, argument(args, 0), item, tracking));
  },
  *'limit/2'(item, args, evaluator, tracking) {
    for (const count of evaluator.values(argument(args, 0), item.value))
      yield* limited(number(count), run(evaluator, argument(args, 1), item, tracking));
  },
  *'last/1'(item, args, evaluator, tracking) {
    let last: Item | undefined;
    for (const one of run(evaluator, argument(args, 0), item, tracking)) last = one;
    if (last) yield last;
  },
  *'nth/2'(item, args, evaluator, tracking) {
    for (const n of evaluator.values(argument(args, 0), item.value)) {
      if (number(n) < 0) throw new JqError("nth doesn't support negative indices");
      let left = number(n);
      for (const one of run(evaluator, argument(args, 1), item, tracking))
        if (left-- === 0) {
          yield one;
          break;
        }
    }
  },
  *'isempty/1'(item, args, evaluator) {
    yield plain(evaluator.values(argument(args, 0), item.value).next().done === true);
  },
  *'add/1'(item, args, evaluator) {
    yield* evaluator.run(
      { kind: 'call', name: 'add', args: [] },
      plain([...evaluator.values(argument(args, 0), item.value)]),
      IDENTITY.scope,
      false,
    );
  },
  *'any/0'(item) {
    yield* anyOf(elements(item.value), true);
  },
  *'all/0'(item) {
    yield* anyOf(elements(item.value), false);
  },
  *'any/1'(item, args, evaluator) {
    yield* anyOf(conditions(elements(item.value), argument(args, 0), evaluator), true);
  },
  *'all/1'(item, args, evaluator) {
    yield* anyOf(conditions(elements(item.value), argument(args, 0), evaluator), false);
  },
  *'any/2'(item, args, evaluator) {
    yield* anyOf(conditions(evaluator.values(argument(args, 0), item.value), argument(args, 1), evaluator), true);
  },
  *'all/2'(item, args, evaluator) {
    yield* anyOf(conditions(evaluator.values(argument(args, 0), item.value), argument(args, 1), evaluator), false);
  },
  *'sort_by/1'(item, args, evaluator) {
    yield plain(sortedBy(item, argument(args, 0), evaluator).map(({ value }) => value));
  },
  *'group_by/1'(item, args, evaluator) {
    yield plain(grouped(item, argument(args, 0), evaluator));
  },
  *'unique_by/1'(item, args, evaluator) {
    yield plain(grouped(item, argument(args, 0), evaluator).map(([first = null]) => first));
  },
  *'min_by/1'(item, args, evaluator) {
    yield plain(sortedBy(item, argument(args, 0), evaluator)[0]?.value ?? null);
  },
  *'max_by/1'(item, args, evaluator) {
    yield plain(sortedBy(item, argument(args, 0), evaluator).at(-1)?.value ?? null);
  },
  *'split/2'(item, args, evaluator) {
    for (const found of pairs(args, item, evaluator, 'g')) yield plain(splitBy(subject(item), found));
  },
  ...Object.fromEntries(
    Object.entries(regExpFunctions).flatMap(([name, f]) => [
      [`${name}/1`, f],
      [`${name}/2`, f],
    ]),
  ),
  'sub/2': sub(''),
  'sub/3': sub(''),
  'gsub/2': sub('g'),
  'gsub/3': sub('g'),
  *'to_entries/0'(item) {
    if (!isArray(item.value) && !isObject(item.value)) throw new JqError(`${shown(item.value)} has no keys`);
    const entry = (key: Json, value: Json) =>
      new Map<string, Json>([
        ['key', key],
        ['value', value],
      ]);
    yield plain(iterated(item.value).map(([key, value]) => entry(key, value)));
  },
  *'from_entries/0'(item) {
    yield plain(new Map(iterated(item.value).map(([, entry]) => [entryKey(entry), entryValue(entry)])));
  },
};

function entryKey(entry: Json): string {
  if (!isObject(entry)) throw new JqError(`Cannot index ${shown(entry)} with "key"`);
  for (const name of ['key', 'k', 'name', 'Name', 'K', 'Key']) {
    const value = entry.get(name);
    if (value !== undefined && value !== null && (value !== false || name === 'key')) return textOf(value);
  }
  return 'null';
}

function entryValue(entry: Json): Json {
  if (!isObject(entry)) return null;
  for (const name of ['value', 'v', 'Value', 'V']) if (entry.has(name)) return entry.get(name) ?? null;
  return null;
}
