// Go's templates at work (text/template/exec.go, go1.24) on a document of the engine or a line of a list.

import { isList, isObject, type Json } from '../json.ts';
import { CallError, functionNames, functionsFor, typeName } from './functions.ts';
import { type Command, type Node, type Operand, parseTemplate, type Pipe, TemplateError } from './parse.ts';
import { Holders, isTrue, print, Row, type Value } from './value.ts';

export { Row } from './value.ts';

export interface Template {
  /** @param header whether it is the line of a table's headings */
  execute(data: Row | Json, header?: boolean): string;
}

/** A mistake in the text, or one that only shows at work; the message is Go's. */
export class BadTemplate extends Error {
  override readonly name = 'BadTemplate';
}

export function compileTemplate(text: string): Template {
  let nodes: readonly Node[];
  try {
    nodes = parseTemplate(text, functionNames);
  } catch (error) {
    if (error instanceof TemplateError) throw new BadTemplate(`template: :${String(1)}: ${error.message}`);
    throw error;
  }
  return { execute: (data, header = false) => new Run(text, data, header).all(nodes) };
}

class Jump extends Error {
  readonly to: 'break' | 'continue';
  constructor(to: 'break' | 'continue') {
    super(to);
    this.to = to;
  }
}

/** A value and the field it comes from, which says how nothing is printed. */
interface Held {
  readonly value: Value;
  readonly holder: string;
}

class Run {
  readonly #text: string;
  readonly #root: Row | Json;
  readonly #header: boolean;
  readonly #holders: Holders;
  #variables: { name: string; value: Value }[];

  constructor(text: string, root: Row | Json, header: boolean) {
    this.#text = text;
    this.#root = root;
    this.#header = header;
    this.#holders = new Holders(root instanceof Row ? undefined : root);
    this.#variables = [{ name: '$', value: root }];
  }

  all(nodes: readonly Node[]): string {
    return this.#list(nodes, this.#root);
  }

  #list(nodes: readonly Node[], dot: Value): string {
    let out = '';
    for (const node of nodes) out += this.#node(node, dot);
    return out;
  }

  #node(node: Node, dot: Value): string {
    switch (node.kind) {
      case 'text':
        return node.text;
      case 'pipe': {
        const { value, holder } = this.#pipe(node.pipe, dot);
        return node.pipe.declares.length > 0 ? '' : print(value, this.#holders, holder);
      }
      case 'if':
      case 'with': {
        const known = this.#variables.length;
        const { value } = this.#pipe(node.pipe, dot);
        const inner = node.kind === 'with' ? value : dot;
        const out = isTrue(value) ? this.#list(node.then, inner) : this.#list(node.other, dot);
        this.#variables.length = known;
        return out;
      }
      case 'range':
        return this.#range(node, dot);
      default:
        throw new Jump(node.kind);
    }
  }

  #range(node: Node & { kind: 'range' }, dot: Value): string {
    const known = this.#variables.length;
    const { value } = this.#pipe({ ...node.pipe, declares: [] }, dot);
    const pairs = pairsOf(value);
    if (!pairs) throw this.#fail(node.pipe.commands[0]?.[0], `range can't iterate over ${print(value, this.#holders)}`);
    let out = '';
    for (const [key, item] of pairs) {
      const [first, second] = node.pipe.declares;
      if (first !== undefined) this.#declare(first, second === undefined ? item : key);
      if (second !== undefined) this.#declare(second, item);
      try {
        // What a turn that ends early has written stays.
        for (const one of node.then) out += this.#node(one, item);
      } catch (error) {
        if (!(error instanceof Jump)) throw error;
        if (error.to === 'break') break;
      } finally {
        this.#variables.length = known;
      }
    }
    return pairs.length === 0 ? this.#list(node.other, dot) : out;
  }

  #declare(name: string, value: Value): void {
    this.#variables.push({ name, value });
  }

  #pipe(pipe: Pipe, dot: Value): Held {
    let held: Held | undefined;
    for (const command of pipe.commands) held = this.#command(command, dot, held);
    const value = held?.value;
    for (const name of pipe.declares) {
      const old = pipe.assigns ? this.#variables.findLast((one) => one.name === name) : undefined;
      if (old) old.value = value;
      else this.#declare(name, value);
    }
    return held ?? { value: undefined, holder: '' };
  }

  #command(command: Command, dot: Value, piped: Held | undefined): Held {
    const [first, ...rest] = command;
    if (!first) return { value: undefined, holder: '' };
    const args = () => [...rest.map((one) => this.#operand(one, dot, []).value), ...(piped ? [piped.value] : [])];
    if (first.kind === 'function') return { value: this.#call(first, rest, dot, piped), holder: '' };
    if (first.kind === 'field' || first.kind === 'variable' || first.kind === 'chain') {
      return this.#operand(first, dot, rest.length > 0 || piped ? args() : []);
    }
    if (rest.length > 0) throw this.#fail(first, `can't give argument to non-function ${first.text}`);
    return this.#operand(first, dot, []);
  }

  #call(first: Operand & { kind: 'function' }, rest: readonly Operand[], dot: Value, piped: Held | undefined): Value {
    if (first.name === 'and' || first.name === 'or') {
      let value: Value = undefined;
      for (const one of rest) {
        ({ value } = this.#operand(one, dot, []));
        if (isTrue(value) === (first.name === 'or')) return value;
      }
      return piped ? piped.value : value;
    }
    const act = functionsFor(this.#header)[first.name];
    const args = [...rest.map((one) => this.#operand(one, dot, []).value), ...(piped ? [piped.value] : [])];
    try {
      return act?.(args, this.#holders);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.message.startsWith('wrong type for value')) throw this.#fail(rest[0] ?? first, error.message);
      throw this.#fail(first, `error calling ${first.name}: ${error.message}`);
    }
  }

  #operand(operand: Operand, dot: Value, args: readonly Value[]): Held {
    switch (operand.kind) {
      case 'value':
        return { value: operand.value, holder: '' };
      case 'dot':
        return { value: dot, holder: '' };
      case 'field':
        return this.#fields(operand, dot, operand.path, args);
      case 'variable':
        return this.#fields(
          operand,
          this.#variables.findLast(({ name }) => name === operand.name)?.value,
          operand.path,
          args,
        );
      case 'chain':
        return this.#fields(operand, this.#operand(operand.of, dot, []).value, operand.path, args);
      case 'group':
        return this.#pipe(operand.pipe, dot);
      case 'function':
        return { value: this.#call(operand, [], dot, undefined), holder: '' };
    }
  }

  #fields(operand: Operand, from: Value, path: readonly string[], args: readonly Value[]): Held {
    let value = from;
    path.forEach((name, n) => {
      value = this.#field(operand, value, name, n === path.length - 1 ? args : []);
    });
    return { value, holder: path.at(-1) ?? '' };
  }

  #field(operand: Operand, value: Value, name: string, args: readonly Value[]): Value {
    if (value instanceof Row) {
      if (!value.has(name)) throw this.#fail(operand, `can't evaluate field ${name} in type ${value.type}`);
      const found = value.get(name);
      return typeof found === 'function' ? found(...args) : found;
    }
    if (typeof value === 'function') return undefined;
    if (value === null || value === undefined) {
      throw this.#fail(operand, `nil pointer evaluating interface {}.${name}`);
    }
    if (!isObject(value)) throw this.#fail(operand, `can't evaluate field ${name} in type ${typeName(value)}`);
    if (Object.hasOwn(value, name)) return value[name];
    // Fields that Go names otherwise than their JSON.
    const other = name === 'ID' ? 'Id' : undefined;
    if (other !== undefined && Object.hasOwn(value, other)) return value[other];
    if (this.#header) return undefined;
    throw this.#fail(operand, `map has no entry for key "${name}"`);
  }

  #fail(operand: Operand | undefined, message: string): BadTemplate {
    const at = operand?.at ?? 0;
    const before = this.#text.slice(0, at);
    const line = before.split('\n').length;
    const column = at - (before.lastIndexOf('\n') + 1);
    const shown = operand?.text ?? '';
    const cut = shown.length > 20 ? `${shown.slice(0, 20)}...` : shown;
    return new BadTemplate(`template: :${String(line)}:${String(column)}: executing "" at <${cut}>: ${message}`);
  }
}

function pairsOf(value: Value): [Json, Json][] | undefined {
  if (value === null || value === undefined) return [];
  if (typeof value === 'number') return Array.from({ length: Math.max(0, value) }, (_, n) => [n, n]);
  if (value instanceof Row || typeof value === 'function') return undefined;
  if (isList(value)) return value.map((item, n) => [n, item]);
  if (!isObject(value)) return undefined;
  return Object.keys(value)
    .sort((a, b) => (a < b ? -1 : 1))
    .map((key) => [key, value[key] ?? null]);
}
