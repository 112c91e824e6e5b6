// JSONPath templates as client-go reads them (k8s.io/client-go/util/jsonpath, 1.32): text with actions in braces,
// `range` and `end`, filters, slices, unions and quoted text.
// Left out: the order of a wildcard over a map, which Go leaves to chance, is here that of the keys.

import { KubectlError } from './errors.ts';
import { compareText, isList, isObject, type Json, sortedKeys } from './object.ts';
import { goJson } from './printers/json.ts';
import { goNumber } from './printers/yaml.ts';

type Step =
  | { readonly kind: 'field'; readonly name: string }
  | {
      readonly kind: 'slice';
      readonly from?: number;
      readonly to?: number;
      readonly step?: number;
      readonly single: boolean;
    }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'union'; readonly paths: readonly (readonly Step[])[] }
  | {
      readonly kind: 'filter';
      readonly left: readonly Step[];
      readonly operator: string;
      readonly right: readonly Step[];
    }
  | { readonly kind: 'value'; readonly value: Json };

type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly body: readonly Part[] };

export interface JsonPath {
  readonly template: string;
  readonly parts: readonly Part[];
}

class PathError extends KubectlError {}
const fail = (message: string): never => {
  throw new PathError(message);
};

export function parseJsonPath(template: string): JsonPath {
  const parser = new Parser(template);
  return { template, parts: parser.parts(false) };
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parts(inRange: boolean): Part[] {
    const out: Part[] = [];
    while (this.#at < this.#text.length) {
      const open = this.#text.indexOf('{', this.#at);
      const end = open < 0 ? this.#text.length : open;
      if (end > this.#at) out.push({ kind: 'text', text: this.#text.slice(this.#at, end) });
      this.#at = end;
      if (open < 0) break;
      this.#at++;
      const action = this.#action();
      if (action === 'end') {
        if (!inRange) return fail('not in range, nothing to end');
        return out;
      }
      if (action.range) out.push({ kind: 'range', steps: action.steps, body: this.parts(true) });
      else out.push({ kind: 'path', steps: action.steps });
    }
    return inRange ? fail('unclosed action') : out;
  }

  #action(): 'end' | { range: boolean; steps: readonly Step[] } {
    const steps: Step[] = [];
    let range = false;
    let ended = false;
    for (;;) {
      const sign = this.#text[this.#at];
      if (sign === undefined || sign === '\n' || sign === '\r') return fail('unclosed action');
      if (sign === '}') {
        this.#at++;
        return ended ? 'end' : { range, steps };
      }
      const word = /^[A-Za-z]\w*/.exec(this.#text.slice(this.#at))?.[0];
      if (word !== undefined) {
        this.#at += word.length;
        if (word === 'range') range = true;
        else if (word === 'end') ended = true;
        else if (word === 'true' || word === 'false') steps.push({ kind: 'value', value: word === 'true' });
        else return fail(`unrecognized identifier ${word}`);
      } else this.#step(steps);
    }
  }

  #step(steps: Step[]): void {
    const rest = this.#text.slice(this.#at);
    const sign = rest[0] ?? '';
    if (rest.startsWith('[?(')) this.#filter(steps);
    else if (/[\s@$]/.test(sign)) this.#at++;
    else if (sign === '[') this.#array(steps);
    else if (sign === '"' || sign === "'") this.#quoted(steps, sign);
    else if (sign === '.') this.#field(steps);
    else if (/[-+\d]/.test(sign)) {
      const digits = /^[-+]?[\d.]+/.exec(rest)?.[0] ?? sign;
      this.#at += digits.length;
      if (!Number.isFinite(Number(digits))) fail(`cannot parse number ${digits}`);
      steps.push({ kind: 'value', value: Number(digits) });
    } else fail(`unrecognized character in action: ${unicode(sign)}`);
  }

  #field(steps: Step[]): void {
    this.#at++;
    if (this.#text[this.#at] === '.') {
      this.#at++;
      steps.push({ kind: 'recursive' });
      if (!/[A-Za-z0-9_*]/.test(this.#text[this.#at] ?? '')) return;
    }
    let name = '';
    for (
      let sign = this.#text[this.#at];
      sign !== undefined && !/[.,[\]$@{}\s]/.test(sign);
      sign = this.#text[this.#at]
    ) {
      if (sign === '\\') this.#at++;
      name += this.#text[this.#at] ?? '';
      this.#at++;
    }
    if (name === '*') steps.push({ kind: 'wildcard' });
    else if (name !== '') steps.push({ kind: 'field', name });
  }

  #quoted(steps: Step[], quote: string): void {
    let end = this.#at + 1;
    while (end < this.#text.length && this.#text[end] !== quote) end += this.#text[end] === '\\' ? 2 : 1;
    if (end >= this.#text.length) fail('unterminated quoted string');
    steps.push({ kind: 'value', value: unquote(this.#text.slice(this.#at + 1, end)) });
    this.#at = end + 1;
  }

  #array(steps: Step[]): void {
    let end = this.#at + 1;
    let quote = '';
    for (; end < this.#text.length; end++) {
      const sign = this.#text[end] ?? '';
      if (quote !== '') quote = sign === quote ? '' : quote;
      else if (sign === "'" || sign === '"') quote = sign;
      else if (sign === ']') break;
    }
    if (end >= this.#text.length) fail('unterminated array');
    const inner = this.#text.slice(this.#at + 1, end);
    this.#at = end + 1;
    steps.push(arrayStep(inner));
  }

  #filter(steps: Step[]): void {
    let end = this.#at + 3;
    let quote = '';
    let depth = 1;
    for (; end < this.#text.length; end++) {
      const sign = this.#text[end] ?? '';
      if (quote !== '') quote = sign === quote ? '' : quote;
      else if (sign === "'" || sign === '"') quote = sign;
      else if (sign === '(') depth++;
      else if (sign === ')' && --depth === 0) break;
    }
    if (end >= this.#text.length) fail('unterminated filter');
    if (this.#text[end + 1] !== ']') fail('unclosed array expect ]');
    const inner = this.#text.slice(this.#at + 3, end);
    this.#at = end + 2;
    const [, left, operator, right] = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(inner) ?? [];
    steps.push({
      kind: 'filter',
      left: stepsOf(left ?? inner),
      operator: operator ?? 'exists',
      right: right === undefined ? [] : stepsOf(right),
    });
  }
}

function stepsOf(text: string): readonly Step[] {
  const [part] = new Parser(`{${text}}`).parts(false);
  return part?.kind === 'path' ? part.steps : [];
}

function arrayStep(inner: string): Step {
  const text = inner.trim();
  if (text === '*') return { kind: 'slice', single: false };
  const [, name] = /^'([^']*)'$/.exec(text) ?? [];
  if (name !== undefined) return { kind: 'field', name };
  if (text.includes(',')) return { kind: 'union', paths: text.split(',').map((one) => [arrayStep(one)]) };
  const match = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text);
  if (!match || text === '') return fail(`invalid array index ${inner}`);
  const [from, to, step] = [match[1], match[2]?.slice(1), match[3]?.slice(1)].map((one) =>
    one === undefined || one === '' ? undefined : Number(one),
  );
  return {
    kind: 'slice',
    single: match[2] === undefined,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    ...(step === undefined ? {} : { step }),
  };
}

function unquote(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, sign: string) => {
    if (sign.length > 1) return String.fromCharCode(parseInt(sign.slice(1), 16));
    return { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }[sign] ?? sign;
  });
}

function unicode(sign: string): string {
  return `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')} '${sign}'`;
}

/** The results of each action in turn; text counts as an action with one result. */
export function findResults(path: JsonPath, data: Json, allowMissing: boolean): Json[][] {
  return partResults(path.parts, data, allowMissing);
}

function partResults(parts: readonly Part[], data: Json, allowMissing: boolean): Json[][] {
  const out: Json[][] = [];
  for (const part of parts) {
    if (part.kind === 'text') out.push([part.text]);
    else {
      const found = walk(part.steps, [data], allowMissing);
      if (part.kind === 'path') out.push(found);
      else for (const item of found) out.push(...partResults(part.body, item, allowMissing));
    }
  }
  return out;
}

function walk(steps: readonly Step[], from: readonly Json[], allowMissing: boolean): Json[] {
  let current = [...from];
  for (const step of steps) current = take(step, current, allowMissing);
  return current;
}

function take(step: Step, input: readonly Json[], allowMissing: boolean): Json[] {
  switch (step.kind) {
    case 'value':
      return [step.value];
    case 'field': {
      const found = input.flatMap((value) => {
        if (!isObject(value) || !Object.hasOwn(value, step.name)) return [];
        const inner = value[step.name];
        return inner === undefined ? [] : [inner];
      });
      if (found.length === 0 && !allowMissing) return fail(`${step.name} is not found`);
      return found;
    }
    case 'slice':
      return input.flatMap((value) => sliceOf(value, step));
    case 'wildcard':
      return input.flatMap(children);
    case 'recursive':
      return input.flatMap(descendants);
    case 'union':
      return input.flatMap((value) => step.paths.flatMap((path) => walk(path, [value], allowMissing)));
    case 'filter':
      return input.flatMap((value) => filtered(value, step, allowMissing));
  }
}

function children(value: Json): readonly Json[] {
  if (isList(value)) return value;
  return isObject(value) ? sortedKeys(value).map((key) => value[key] ?? null) : [];
}

function descendants(value: Json): Json[] {
  return isList(value) || isObject(value) ? [value, ...children(value).flatMap(descendants)] : [];
}

function sliceOf(value: Json, step: Step & { kind: 'slice' }): readonly Json[] {
  if (!isList(value)) return fail(`${goValue(value)} is not array or slice`);
  const size = value.length;
  const from = step.from ?? 0;
  const start = from < 0 ? from + size : from;
  let stop = step.single ? start + 1 : (step.to ?? size);
  if (stop < 0) stop += size;
  const by = step.step ?? 1;
  if (by <= 0) return fail('step must be > 0');
  if (start === stop) return [];
  if (start >= size || start < 0) return fail(`array index out of bounds: index ${start}, length ${size}`);
  if (stop > size || stop < 0) return fail(`array index out of bounds: index ${stop - 1}, length ${size}`);
  if (start > stop) return fail(`starting index ${start} is greater than ending index ${stop}`);
  return value.slice(start, stop).filter((_, index) => index % by === 0);
}

function filtered(value: Json, step: Step & { kind: 'filter' }, allowMissing: boolean): Json[] {
  if (!isList(value) && !isObject(value)) {
    return fail(`${goValue(value)} is not array or slice and cannot be filtered`);
  }
  return children(value).filter((item) => {
    const left = walk(step.left, [item], true);
    if (step.operator === 'exists') return left.length > 0;
    if (left.length === 0) return false;
    const right = walk(step.right, [item], allowMissing);
    if (right.length === 0) return false;
    if (left.length > 1 || right.length > 1) return fail('can only compare one element at a time');
    return compare(left[0] ?? null, right[0] ?? null, step.operator);
  });
}

function compare(a: Json, b: Json, operator: string): boolean {
  if (typeof a !== typeof b || isObject(a) || isList(a)) return fail('incompatible types for comparison');
  const order = typeof a === 'string' && typeof b === 'string' ? compareText(a, b) : Number(a) - Number(b);
  switch (operator) {
    case '==':
      return a === b;
    case '!=':
      return a !== b;
    case '<':
      return order < 0;
    case '>':
      return order > 0;
    case '<=':
      return order <= 0;
    case '>=':
      return order >= 0;
    default:
      return fail(`unrecognized filter operator ${operator}`);
  }
}

/** What `-o jsonpath=` prints. */
export function printJsonPath(path: JsonPath, data: Json, allowMissing: boolean, asJson = false): string {
  try {
    const results = findResults(path, data, allowMissing);
    if (asJson) return results.map((found) => `${goJson(found, 4)}\n`).join('');
    return results.map((found) => found.map(printed).join(' ')).join('');
  } catch (error) {
    if (!(error instanceof PathError)) throw error;
    throw new KubectlError(
      `error executing jsonpath "${path.template.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}": ` +
        `Error executing template: ${error.message}. Printing more information for debugging the template:\n` +
        `\ttemplate was:\n\t\t${path.template}\n\tobject given to jsonpath engine was:\n\t\t${goSyntax(data)}\n\n\n`,
    );
  }
}

function printed(value: Json): string {
  return value === null || isObject(value) || isList(value) ? goJson(value) : goValue(value);
}

/** Go's `%v`. */
export function goValue(value: Json): string {
  if (value === null) return '<nil>';
  if (isList(value)) return `[${value.map(goValue).join(' ')}]`;
  if (isObject(value))
    return `map[${sortedKeys(value)
      .map((key) => `${key}:${goValue(value[key] ?? null)}`)
      .join(' ')}]`;
  return typeof value === 'number' ? goNumber(value) : String(value);
}

/** Go's `%#v` of an unstructured object. */
function goSyntax(value: Json): string {
  if (value === null) return 'interface {}(nil)';
  if (isList(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isObject(value)) {
    const pairs = sortedKeys(value).map((key) => `${JSON.stringify(key)}:${goSyntax(value[key] ?? null)}`);
    return `map[string]interface {}{${pairs.join(', ')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** `.a.b`, `{.a.b}` and `a.b` all mean the same in sort keys and custom columns. */
export function relaxedJsonPath(expression: string): string {
  if (expression === '') return '';
  const [, inner] = /^\{?\.?([^{}]+)\}?$/.exec(expression) ?? [];
  if (inner === undefined || (expression.startsWith('{') && !expression.endsWith('}'))) {
    throw new KubectlError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return `{.${inner}}`;
}
