// Runs a filter: from one value any number of values. The same walk also finds paths, for `path`, `del` and `|=`:
// a value then carries the path it was reached by, as long as it was reached by one.

import { ProgramError } from '../../program.ts';
import { closureFunctions } from './closures.ts';
import { formatted } from './formats.ts';
import { valueFunctions } from './functions.ts';
import { child, plain } from './item.ts';
import { isArray, isObject, write } from './json.ts';
import {
  arithmetic,
  cut,
  deletePaths,
  getPath,
  indexed,
  isTruthy,
  iterated,
  JqError,
  limited,
  setPath,
  shown,
} from './value.ts';
import type { Item } from './item.ts';
import type { Json } from './json.ts';
import type { Definition, Filter, Pattern } from './syntax.ts';

/** A filter with the names it sees: what an argument of a function is. */
export interface Closure {
  readonly filter: Filter;
  readonly scope: Scope;
}

export interface Scope {
  readonly variables: VariableBinding | undefined;
  readonly functions: FunctionBinding | undefined;
}

interface VariableBinding {
  readonly name: string;
  readonly value: Json;
  readonly next: VariableBinding | undefined;
}

interface FunctionBinding {
  /** With its number of arguments: `f/1`. */
  readonly name: string;
  readonly definition: Definition | undefined;
  /** Of a definition: undefined, it sees what was there when it was bound. Of an argument: itself. */
  readonly closure: Closure | undefined;
  readonly variables: VariableBinding | undefined;
  readonly next: FunctionBinding | undefined;
}

/** What a filter can ask of the world outside. */
export interface World {
  /** The next input, for `input`; undefined when there is none. */
  input(): Json | undefined;
  debug(text: string): void;
  readonly inputName: () => string | null;
  readonly inputLine: () => number;
  readonly now: () => number;
  readonly environment: Json;
}

/** `break $name` on its way to its `label`. */
class Break extends Error {
  override readonly name = 'Break';
  readonly label: Json | undefined;
  constructor(label: Json | undefined) {
    super('break');
    this.label = label;
  }
}

const STEPS_MAX = 2_000_000;
const DEPTH_MAX = 1500;

export class Evaluator {
  readonly world: World;
  #steps = 0;
  #depth = 0;
  #lastLabel = 0;

  constructor(world: World) {
    this.world = world;
  }

  /** The values of a filter, without paths. */
  *values(closure: Closure, input: Json): Generator<Json> {
    for (const { value } of this.run(closure.filter, { value: input, path: undefined }, closure.scope, false))
      yield value;
  }

  /** Every result begins a new count of steps. */
  forgetSteps(): void {
    this.#steps = 0;
  }

  step(): void {
    if (++this.#steps > STEPS_MAX) throw new ProgramError(`stopped after ${STEPS_MAX} steps without a result`, 5);
  }

  *paths(closure: Closure, input: Json): Generator<readonly Json[]> {
    for (const item of this.run(closure.filter, { value: input, path: [] }, closure.scope, true)) {
      if (!item.path) throw new JqError(`Invalid path expression with result ${cut(write(item.value))}`);
      yield item.path;
    }
  }

  *run(filter: Filter, item: Item, scope: Scope, tracking: boolean): Generator<Item> {
    this.step();
    switch (filter.kind) {
      case 'identity':
        yield item;
        return;
      case 'literal':
        yield plain(filter.value);
        return;
      case 'recurse':
        yield* this.#recurse(item);
        return;
      case 'index':
        for (const of of this.run(filter.of, item, scope, tracking))
          for (const key of this.#plainly(filter.by, item, scope)) yield child(of, key, tracking);
        return;
      case 'slice':
        for (const of of this.run(filter.of, item, scope, tracking))
          for (const to of filter.to ? this.#plainly(filter.to, item, scope) : [null])
            for (const from of filter.from ? this.#plainly(filter.from, item, scope) : [null])
              yield child(
                of,
                new Map<string, Json>([
                  ['start', from],
                  ['end', to],
                ]),
                tracking,
              );
        return;
      case 'iterate':
        for (const of of this.run(filter.of, item, scope, tracking)) {
          if (tracking && !of.path) child(of, null, tracking);
          for (const [key, value] of iterated(of.value)) yield { value, path: of.path && [...of.path, key] };
        }
        return;
      case 'pipe':
        for (const middle of this.run(filter.left, item, scope, tracking))
          yield* this.run(filter.right, middle, scope, tracking);
        return;
      case 'comma':
        yield* this.run(filter.left, item, scope, tracking);
        yield* this.run(filter.right, item, scope, tracking);
        return;
      case 'alternative': {
        let found = false;
        try {
          for (const one of this.run(filter.left, item, scope, tracking))
            if (isTruthy(one.value)) {
              found = true;
              yield one;
            }
        } catch (error) {
          if (!(error instanceof JqError)) throw error;
        }
        if (!found) yield* this.run(filter.right, item, scope, tracking);
        return;
      }
      case 'binary':
        for (const right of this.#plainly(filter.right, item, scope))
          for (const left of this.#plainly(filter.left, item, scope))
            yield plain(arithmetic(filter.operator, left, right));
        return;
      case 'negate':
        for (const value of this.#plainly(filter.operand, item, scope)) {
          if (typeof value !== 'number') throw new JqError(`${shown(value)} cannot be negated`);
          yield plain(-value);
        }
        return;
      case 'logical':
        for (const left of this.#plainly(filter.left, item, scope)) {
          if (isTruthy(left) === (filter.operator === 'or')) yield plain(filter.operator === 'or');
          else for (const right of this.#plainly(filter.right, item, scope)) yield plain(isTruthy(right));
        }
        return;
      case 'string':
        yield* this.#string(filter.parts, 0, '', filter.format, item, scope);
        return;
      case 'format':
        yield plain(formatted(filter.name, item.value));
        return;
      case 'array': {
        const out: Json[] = [];
        if (filter.items) for (const value of this.#plainly(filter.items, item, scope)) out.push(value);
        yield plain(out);
        return;
      }
      case 'object':
        yield* this.#object(filter.entries, 0, new Map(), item, scope);
        return;
      case 'if':
        yield* this.#if(filter, 0, item, scope, tracking);
        return;
      case 'try':
        try {
          yield* this.run(filter.body, item, scope, tracking);
        } catch (error) {
          if (!(error instanceof JqError)) throw error;
          if (filter.handler) yield* this.run(filter.handler, { value: error.value, path: undefined }, scope, tracking);
        }
        return;
      case 'reduce':
        yield* this.#reduce(filter, item, scope, tracking);
        return;
      case 'foreach':
        yield* this.#foreach(filter, item, scope, tracking);
        return;
      case 'bind':
        for (const value of this.#plainly(filter.source, item, scope))
          for (const inner of this.#bind(filter.pattern, value, item, scope))
            yield* this.run(filter.body, item, inner, tracking);
        return;
      case 'variable': {
        let binding = scope.variables;
        while (binding && binding.name !== filter.name) binding = binding.next;
        if (!binding) throw new JqError(`$${filter.name} is not defined`);
        yield plain(binding.value);
        return;
      }
      case 'define':
        yield* this.run(filter.rest, item, define(filter.definition, scope), tracking);
        return;
      case 'label': {
        const label = this.#lastLabel++;
        const inner = bindVariable(`*label ${filter.name}`, label, scope);
        try {
          yield* this.run(filter.body, item, inner, tracking);
        } catch (error) {
          if (!(error instanceof Break) || error.label !== label) throw error;
        }
        return;
      }
      case 'break': {
        let binding = scope.variables;
        while (binding && binding.name !== `*label ${filter.name}`) binding = binding.next;
        throw new Break(binding?.value);
      }
      case 'update':
        yield* this.#update(filter.operator, filter.target, filter.value, item, scope);
        return;
      case 'call':
        yield* this.#call(filter.name, filter.args, item, scope, tracking);
    }
  }

  *#plainly(filter: Filter, item: Item, scope: Scope): Generator<Json> {
    for (const { value } of this.run(filter, { value: item.value, path: undefined }, scope, false)) yield value;
  }

  *#recurse(item: Item): Generator<Item> {
    this.step();
    yield item;
    if (isArray(item.value) || isObject(item.value))
      for (const [key, value] of iterated(item.value))
        yield* this.#recurse({ value, path: item.path && [...item.path, key] });
  }

  *#string(
    parts: readonly (string | Filter)[],
    at: number,
    before: string,
    format: string,
    item: Item,
    scope: Scope,
  ): Generator<Item> {
    const part = parts[at];
    if (part === undefined) yield plain(before);
    else if (typeof part === 'string') yield* this.#string(parts, at + 1, before + part, format, item, scope);
    else
      for (const value of this.#plainly(part, item, scope))
        yield* this.#string(parts, at + 1, limited(before + formatted(format, value)), format, item, scope);
  }

  *#object(
    entries: readonly { readonly key: Filter; readonly value: Filter }[],
    at: number,
    made: ReadonlyMap<string, Json>,
    item: Item,
    scope: Scope,
  ): Generator<Item> {
    const entry = entries[at];
    if (!entry) {
      yield plain(made);
      return;
    }
    for (const key of this.#plainly(entry.key, item, scope)) {
      if (typeof key !== 'string') throw new JqError(`Cannot use ${shown(key)} as object key`);
      for (const value of this.#plainly(entry.value, item, scope))
        yield* this.#object(entries, at + 1, new Map(made).set(key, value), item, scope);
    }
  }

  *#if(
    filter: Extract<Filter, { kind: 'if' }>,
    at: number,
    item: Item,
    scope: Scope,
    tracking: boolean,
  ): Generator<Item> {
    const branch = filter.branches[at];
    if (!branch) {
      if (filter.otherwise) yield* this.run(filter.otherwise, item, scope, tracking);
      else yield item;
      return;
    }
    for (const value of this.#plainly(branch.test, item, scope)) {
      if (isTruthy(value)) yield* this.run(branch.then, item, scope, tracking);
      else yield* this.#if(filter, at + 1, item, scope, tracking);
    }
  }

  *#reduce(filter: Extract<Filter, { kind: 'reduce' }>, item: Item, scope: Scope, tracking: boolean): Generator<Item> {
    for (const start of this.run(filter.start, item, scope, tracking)) {
      let state = start;
      for (const value of this.#plainly(filter.source, item, scope))
        for (const inner of this.#bind(filter.pattern, value, item, scope)) {
          // The last result counts; without one the state is null.
          let next: Item = plain(null);
          for (const result of this.run(filter.update, state, inner, tracking)) next = result;
          state = next;
        }
      yield state;
    }
  }

  *#foreach(
    filter: Extract<Filter, { kind: 'foreach' }>,
    item: Item,
    scope: Scope,
    tracking: boolean,
  ): Generator<Item> {
    for (const start of this.run(filter.start, item, scope, tracking)) {
      let state = start;
      for (const value of this.#plainly(filter.source, item, scope))
        for (const inner of this.#bind(filter.pattern, value, item, scope))
          for (const result of this.run(filter.update, state, inner, tracking)) {
            state = result;
            if (filter.extract) yield* this.run(filter.extract, result, inner, tracking);
            else yield result;
          }
    }
  }

  /** The scope with the variables of the pattern, once for every way it fits. */
  *#bind(pattern: Pattern, value: Json, item: Item, scope: Scope): Generator<Scope> {
    switch (pattern.kind) {
      case 'variable':
        yield bindVariable(pattern.name, value, scope);
        return;
      case 'array':
        yield* this.#bindItems(pattern.items, 0, value, item, scope);
        return;
      case 'object':
        yield* this.#bindEntries(pattern.entries, 0, value, item, scope);
    }
  }

  *#bindItems(items: readonly Pattern[], at: number, value: Json, item: Item, scope: Scope): Generator<Scope> {
    const pattern = items[at];
    if (!pattern) yield scope;
    else
      for (const inner of this.#bind(pattern, indexed(value, at), item, scope))
        yield* this.#bindItems(items, at + 1, value, item, inner);
  }

  *#bindEntries(
    entries: Extract<Pattern, { kind: 'object' }>['entries'],
    at: number,
    value: Json,
    item: Item,
    scope: Scope,
  ): Generator<Scope> {
    const entry = entries[at];
    if (!entry) {
      yield scope;
      return;
    }
    for (const key of this.#plainly(entry.key, item, scope)) {
      const found = indexed(value, key);
      const named = entry.variable === undefined ? scope : bindVariable(entry.variable, found, scope);
      if (!entry.value) yield* this.#bindEntries(entries, at + 1, value, item, named);
      else
        for (const inner of this.#bind(entry.value, found, item, named))
          yield* this.#bindEntries(entries, at + 1, value, item, inner);
    }
  }

  *#update(operator: string, target: Filter, value: Filter, item: Item, scope: Scope): Generator<Item> {
    const paths = [...this.paths({ filter: target, scope }, item.value)];
    if (operator === '|=') {
      let out = item.value;
      const gone: (readonly Json[])[] = [];
      for (const path of paths) {
        const first = this.values({ filter: value, scope }, getPath(out, path)).next();
        if (first.done === true) gone.push(path);
        else out = setPath(out, path, first.value);
      }
      yield plain(deletePaths(out, gone));
      return;
    }
    for (const given of this.#plainly(value, item, scope)) {
      let out = item.value;
      for (const path of paths) {
        const old = getPath(out, path);
        const next =
          operator === '='
            ? given
            : operator === '//='
              ? isTruthy(old)
                ? old
                : given
              : arithmetic(operator.slice(0, -1), old, given);
        out = setPath(out, path, next);
      }
      yield plain(out);
    }
  }

  *#call(name: string, args: readonly Filter[], item: Item, scope: Scope, tracking: boolean): Generator<Item> {
    const key = `${name}/${args.length}`;
    let binding = scope.functions;
    while (binding && binding.name !== key) binding = binding.next;
    if (binding) {
      if (++this.#depth > DEPTH_MAX) throw new ProgramError('the filter calls itself too deeply', 5);
      try {
        yield* this.#callBound(binding, args, item, scope, tracking);
      } finally {
        this.#depth--;
      }
      return;
    }
    const closures = args.map((filter): Closure => ({ filter, scope }));
    const native = closureFunctions[key];
    if (native) {
      yield* native(item, closures, this, tracking);
      return;
    }
    const simple = valueFunctions[key];
    if (!simple) throw new JqError(`${key} is not defined`);
    for (const values of this.product(closures, item.value)) yield plain(simple(item.value, values, this.world));
  }

  *#callBound(
    binding: FunctionBinding,
    args: readonly Filter[],
    item: Item,
    scope: Scope,
    tracking: boolean,
  ): Generator<Item> {
    const { definition, closure } = binding;
    if (closure) {
      yield* this.run(closure.filter, item, closure.scope, tracking);
      return;
    }
    if (!definition) return;
    // A definition sees itself, and what stood before it.
    let inner: Scope = { variables: binding.variables, functions: binding };
    const valued: { name: string; closure: Closure }[] = [];
    for (const [i, parameter] of definition.parameters.entries()) {
      const filter = args[i] ?? { kind: 'identity' };
      const argument: Closure = { filter, scope };
      const bare = parameter.replace(/^\$/, '');
      if (parameter.startsWith('$')) valued.push({ name: bare, closure: argument });
      inner = {
        variables: inner.variables,
        functions: {
          name: `${bare}/0`,
          definition: undefined,
          closure: argument,
          variables: undefined,
          next: inner.functions,
        },
      };
    }
    for (const values of this.product(
      valued.map((v) => v.closure),
      item.value,
    )) {
      let bound = inner;
      for (const [i, { name }] of valued.entries()) bound = bindVariable(name, values[i] ?? null, bound);
      yield* this.run(definition.body, item, bound, tracking);
    }
  }

  /** Every combination of the values of several arguments. */
  *product(closures: readonly Closure[], input: Json): Generator<readonly Json[]> {
    const [first, ...rest] = closures;
    if (!first) yield [];
    else
      for (const value of this.values(first, input))
        for (const others of this.product(rest, input)) yield [value, ...others];
  }
}

export function bindVariable(name: string, value: Json, scope: Scope): Scope {
  return { variables: { name, value, next: scope.variables }, functions: scope.functions };
}

export function define(definition: Definition, scope: Scope): Scope {
  const { variables, functions } = scope;
  const name = `${definition.name}/${definition.parameters.length}`;
  return { variables, functions: { name, definition, closure: undefined, variables, next: functions } };
}
