// Label selectors: the text form (`app=web,tier in (a,b)`), the object form, and whether labels match.
//
// Models: k8s.io/apimachinery/pkg/labels/selector.go and pkg/apis/meta/v1/helpers.go (1.32), with their messages.
// Leaves out: field paths in messages other than those of a selector given as text.
import type { Labels, LabelSelector } from './objects.ts';

export type Operator =
  'In' | 'NotIn' | 'Equals' | 'DoubleEquals' | 'NotEquals' | 'Exists' | 'DoesNotExist' | 'GreaterThan' | 'LessThan';

/** One condition on one key. Values are sorted and each stands once. */
export interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

export interface SelectorError {
  readonly error: string;
}

/** The requirements of a selector text sorted by key, or what is wrong with it. */
export function parseSelector(text: string): Requirement[] | SelectorError {
  const parsed = new Parser(scan(text)).parse();
  return Array.isArray(parsed) ? parsed.sort((a, b) => order(a.key, b.key)) : parsed;
}

export function matchesRequirements(requirements: readonly Requirement[], labels: Labels | undefined): boolean {
  for (const requirement of requirements) if (!matches(requirement, labels)) return false;
  return true;
}

/** Every pair of `map` is among `labels`; the empty map matches all. */
export function matchesLabels(map: Labels | undefined, labels: Labels | undefined): boolean {
  for (const key in map) if (valueOf(labels, key) !== map[key]) return false;
  return true;
}

/** No selector matches nothing; the empty selector matches everything. */
export function matchesLabelSelector(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (!selector || !matchesLabels(selector.matchLabels, labels)) return false;
  for (const { key, operator, values } of selector.matchExpressions ?? [])
    if (!matches({ key, operator, values: values ?? [] }, labels)) return false;
  return true;
}

/** The requirements of an object selector sorted by key; undefined (no selector) matches nothing. */
export function requirementsOf(selector: LabelSelector | undefined): Requirement[] | SelectorError | undefined {
  if (!selector) return undefined;
  const out: Requirement[] = [];
  for (const key of Object.keys(selector.matchLabels ?? {}).sort(order)) {
    const made = newRequirement(key, 'Equals', [selector.matchLabels?.[key] ?? '']);
    if ('error' in made) return made;
    out.push(made);
  }
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const made = newRequirement(key, operator, values ?? []);
    if ('error' in made) return made;
    out.push(made);
  }
  return out.sort((a, b) => order(a.key, b.key));
}

/** As `kubectl get` prints a selector: sorted by key, `<none>` when there is nothing to print. */
export function formatLabelSelector(selector: LabelSelector | undefined): string {
  const requirements = requirementsOf(selector);
  if (requirements && 'error' in requirements) return '<error>';
  return formatRequirements(requirements ?? []) || '<none>';
}

/** `a=1,b=2` sorted by key, `<none>` for no labels. */
export function formatLabels(map: Labels | undefined): string {
  const keys = Object.keys(map ?? {}).sort(order);
  return keys.map((key) => `${key}=${map?.[key] ?? ''}`).join(',') || '<none>';
}

export function formatRequirements(requirements: readonly Requirement[]): string {
  return requirements.map(formatRequirement).join(',');
}

/**
 * The selector as a plain map, for what only knows maps. What cannot be said as a map is reported, and the map then
 * holds what could be.
 */
export function labelSelectorAsMap(selector: LabelSelector | undefined): { map: Labels | null; error?: string } {
  if (!selector) return { map: null };
  const map: Record<string, string> = { ...selector.matchLabels };
  for (const { key, operator, values = [] } of selector.matchExpressions ?? []) {
    if (operator !== 'In')
      return { map, error: `operator "${operator}" cannot be converted into the old label selector format` };
    if (values.length !== 1)
      return {
        map,
        error: `operator "${operator}" without a single value cannot be converted into the old label selector format`,
      };
    map[key] = values[0] as string;
  }
  return { map };
}

/** A requirement that keeps the rules of its operator, or what is wrong with it. */
export function newRequirement(
  key: string,
  operator: Operator,
  values: readonly string[],
): Requirement | SelectorError {
  const keyError = qualifiedNameError(key);
  if (keyError !== undefined) return { error: `key: Invalid value: ${JSON.stringify(key)}: ${keyError}` };
  const invalid = (why: string) => ({
    error: `values: Invalid value: [${values.map((v) => JSON.stringify(v)).join(',')}]: ${why}`,
  });
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) return invalid("for 'in', 'notin' operators, values set can't be empty");
      break;
    case 'Equals':
    case 'DoubleEquals':
    case 'NotEquals':
      if (values.length !== 1) return invalid('exact-match compatibility requires one single value');
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length !== 0) return invalid('values set must be empty for exists and does not exist');
      break;
    case 'GreaterThan':
    case 'LessThan':
      if (values.length !== 1) return invalid("for 'Gt', 'Lt' operators, exactly one value is required");
      if (integer(values[0] as string) === undefined)
        return {
          error: `values[0]: Invalid value: ${JSON.stringify(values[0])}: for 'Gt', 'Lt' operators, the value must be an integer`,
        };
      break;
  }
  for (const [i, value] of values.entries())
    if (!LABEL_VALUE.test(value) || value.length > 63)
      return {
        error: `values[${String(i)}][${key}]: Invalid value: ${JSON.stringify(value)}: ${labelValueError(value)}`,
      };
  return { key, operator, values: [...new Set(values)].sort(order) };
}

function matches({ key, operator, values }: Requirement, labels: Labels | undefined): boolean {
  const value = valueOf(labels, key);
  switch (operator) {
    case 'In':
    case 'Equals':
    case 'DoubleEquals':
      return value !== undefined && values.includes(value);
    case 'NotIn':
    case 'NotEquals':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'GreaterThan':
    case 'LessThan': {
      const left = value === undefined ? undefined : integer(value);
      const right = values.length === 1 ? integer(values[0] as string) : undefined;
      if (left === undefined || right === undefined) return false;
      return operator === 'GreaterThan' ? left > right : left < right;
    }
  }
}

function valueOf(labels: Labels | undefined, key: string): string | undefined {
  return labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
}

/** strconv.ParseInt(text, 10, 64). */
function integer(text: string): bigint | undefined {
  if (!/^[+-]?\d+$/.test(text)) return undefined;
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text);
  return BigInt.asIntN(64, value) === value ? value : undefined;
}

function formatRequirement({ key, operator, values }: Requirement): string {
  const list = values.slice().sort(order).join(',');
  switch (operator) {
    case 'In':
      return `${key} in (${list})`;
    case 'NotIn':
      return `${key} notin (${list})`;
    case 'Equals':
      return `${key}=${list}`;
    case 'DoubleEquals':
      return `${key}==${list}`;
    case 'NotEquals':
      return `${key}!=${list}`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'GreaterThan':
      return `${key}>${list}`;
    case 'LessThan':
      return `${key}<${list}`;
  }
}

// ---- The text form

interface Token {
  /** `name` is an identifier; `end` the end of the text; `error` something that is no token; else the symbol itself. */
  readonly kind: string;
  readonly text: string;
}

const SYMBOLS: ReadonlySet<string> = new Set([')', ',', '!', '==', '=', '>', '<', '!=', '(']);
const BINARY: ReadonlyMap<string, Operator> = new Map([
  ['in', 'In'],
  ['notin', 'NotIn'],
  ['=', 'Equals'],
  ['==', 'DoubleEquals'],
  ['!=', 'NotEquals'],
  ['>', 'GreaterThan'],
  ['<', 'LessThan'],
]);

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  const special = (c: string | undefined) => c !== undefined && '=!(),><'.includes(c);
  const blank = (c: string | undefined) => c !== undefined && ' \t\r\n'.includes(c);
  for (let i = 0; i < text.length;) {
    if (blank(text[i])) {
      i++;
      continue;
    }
    const from = i;
    if (special(text[i])) {
      // The longest symbol; no symbol is longer than two characters.
      const two = text.slice(i, i + 2);
      const symbol = two.length === 2 && SYMBOLS.has(two) ? two : (text[i] as string);
      i += symbol.length;
      tokens.push({ kind: symbol, text: symbol });
      continue;
    }
    while (i < text.length && !special(text[i]) && !blank(text[i])) i++;
    const name = text.slice(from, i);
    tokens.push({ kind: name === 'in' || name === 'notin' ? name : 'name', text: name });
  }
  tokens.push({ kind: 'end', text: '' });
  return tokens;
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Requirement[] | SelectorError {
    const out: Requirement[] = [];
    for (;;) {
      const next = this.#peek();
      if (next.kind === 'end') return out;
      if (next.kind !== 'name' && next.kind !== '!')
        return { error: `found '${next.text}', expected: !, identifier, or 'end of string'` };
      const requirement = this.#requirement();
      if ('error' in requirement) return { error: `unable to parse requirement: ${requirement.error}` };
      out.push(requirement);
      const after = this.#take();
      if (after.kind === 'end') return out;
      if (after.kind !== ',') return { error: `found '${after.text}', expected: ',' or 'end of string'` };
      const following = this.#peek();
      if (following.kind !== 'name' && following.kind !== '!')
        return { error: `found '${following.text}', expected: identifier after ','` };
    }
  }

  /** In and notin are words like any other except where an operator must stand. */
  #peek(operator = false): Token {
    const token = this.#tokens[this.#position] ?? { kind: 'end', text: '' };
    return !operator && (token.kind === 'in' || token.kind === 'notin') ? { ...token, kind: 'name' } : token;
  }

  #take(operator = false): Token {
    const token = this.#peek(operator);
    this.#position++;
    return token;
  }

  #requirement(): Requirement | SelectorError {
    let token = this.#take();
    const negated = token.kind === '!';
    if (negated) token = this.#take();
    if (token.kind !== 'name') return { error: `found '${token.text}', expected: identifier` };
    const keyError = qualifiedNameError(token.text);
    if (keyError !== undefined) return { error: `<nil>: Invalid value: ${JSON.stringify(token.text)}: ${keyError}` };
    const ahead = this.#peek();
    if (negated) return newRequirement(token.text, 'DoesNotExist', []);
    if (ahead.kind === 'end' || ahead.kind === ',') return newRequirement(token.text, 'Exists', []);
    const symbol = this.#take(true);
    const operator = BINARY.get(symbol.kind);
    if (!operator) return { error: `found '${symbol.text}', expected: in, notin, =, ==, !=, gt, lt` };
    const values = operator === 'In' || operator === 'NotIn' ? this.#values() : this.#exactValue();
    return 'error' in values ? values : newRequirement(token.text, operator, values);
  }

  #values(): readonly string[] | SelectorError {
    const open = this.#take();
    if (open.kind !== '(') return { error: `found '${open.text}' expected: '('` };
    const first = this.#peek();
    if (first.kind === ')') {
      this.#take();
      return [''];
    }
    if (first.kind !== 'name' && first.kind !== ',')
      return { error: `found '${first.text}', expected: ',', ')' or identifier` };
    const out: string[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'name') {
        out.push(token.text);
        const next = this.#peek();
        if (next.kind === ',') continue;
        if (next.kind !== ')') return { error: `found '${next.text}', expected: ',' or ')'` };
      } else if (token.kind === ',') {
        if (out.length === 0) out.push('');
        const next = this.#peek();
        if (next.kind === ',') {
          this.#take();
          out.push('');
        }
        if (next.kind !== ')') continue;
        out.push('');
      } else return { error: `found '${token.text}', expected: ',', or identifier` };
      this.#take();
      return out;
    }
  }

  #exactValue(): readonly string[] | SelectorError {
    const next = this.#peek();
    if (next.kind === 'end' || next.kind === ',') return [''];
    this.#take();
    return next.kind === 'name' ? [next.text] : { error: `found '${next.text}', expected: identifier` };
  }
}

// ---- What may stand in a key and in a value

const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const NAME_PART = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME_TEXT =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";

function labelValueError(value: string): string {
  if (value.length > 63) return 'must be no more than 63 characters';
  return "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
}

function qualifiedNameError(key: string): string | undefined {
  const parts = key.split('/');
  const [first = '', second] = parts;
  if (parts.length > 2)
    return `a qualified name ${QUALIFIED_NAME_TEXT} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;
  const errors: string[] = [];
  const name = second ?? first;
  if (second !== undefined) {
    if (first === '') errors.push('prefix part must be non-empty');
    else if (first.length > 253) errors.push('prefix part must be no more than 253 characters');
    else if (!SUBDOMAIN.test(first))
      errors.push(
        "prefix part a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
      );
  }
  if (name === '') errors.push('name part must be non-empty');
  else if (name.length > 63) errors.push('name part must be no more than 63 characters');
  if (!NAME_PART.test(name)) errors.push(`name part ${QUALIFIED_NAME_TEXT}`);
  return errors.length === 0 ? undefined : errors.join('; ');
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
