// What a bash session remembers: variables, functions, options, traps. A subshell is a copy of it.

import type { CompoundList, SyntaxNode } from './parse.ts';

/** A scalar, an indexed array (with holes) or an associative array. */
export type Value = string | (string | undefined)[] | Map<string, string>;

export interface Variable {
  /** Undefined: declared, never set. */
  value: Value | undefined;
  exported: boolean;
  readonly: boolean;
  integer: boolean;
}

export interface Options {
  errexit: boolean;
  nounset: boolean;
  xtrace: boolean;
  noglob: boolean;
  pipefail: boolean;
  noclobber: boolean;
}

export type OptionName = keyof Options;

export const OPTION_LETTERS: Readonly<Record<string, OptionName>> = {
  e: 'errexit',
  u: 'nounset',
  x: 'xtrace',
  f: 'noglob',
  C: 'noclobber',
};

/** A failure that ends the command it happens in, with bash's message; `discard` ends the whole line or script. */
export class ShellError extends Error {
  override readonly name = 'ShellError';
  readonly exitCode: number;
  readonly discard: boolean;
  constructor(message: string, exitCode = 1, discard = false) {
    super(message);
    this.exitCode = exitCode;
    this.discard = discard;
  }
}

/** `break`, `continue`, `return` and `exit` on their way to the place they mean. */
export class Jump extends Error {
  override readonly name = 'Jump';
  readonly kind: 'break' | 'continue' | 'return' | 'exit';
  /** Levels for `break` and `continue`, the exit code for the others. */
  count: number;
  constructor(kind: Jump['kind'], count: number) {
    super(kind);
    this.kind = kind;
    this.count = count;
  }
}

/** The most elements of an array and the greatest index, so that `a[1000000000]=x` cannot fill the memory. */
const ARRAY_SIZE_MAX = 100_000;

export class ShellState {
  variables = new Map<string, Variable>();
  functions = new Map<string, SyntaxNode | CompoundList>();
  aliases = new Map<string, string>();
  traps = new Map<string, string>();
  cwd: string;
  /** `$1` and on. */
  positional: string[] = [];
  /** `$0`. */
  scriptName = 'bash';
  status = 0;
  pipeStatus: readonly number[] = [0];
  options: Options = {
    errexit: false,
    nounset: false,
    xtrace: false,
    noglob: false,
    pipefail: false,
    noclobber: false,
  };
  /** What `local` hid, innermost function last. */
  locals: Map<string, Variable | undefined>[] = [];
  loopDepth = 0;
  /** Above 0 where a failure is a question (`if`, `&&`, `!`), so `set -e` stays calm. */
  conditionDepth = 0;
  functionDepth = 0;
  subshellDepth = 0;
  lastBackgroundId: string | undefined;
  /** Virtual Unix ms of the start, for `SECONDS`. */
  startedAt = 0;
  interactive = false;

  constructor(cwd: string) {
    this.cwd = cwd;
  }

  /** The state of a subshell: a copy that shares nothing that can change. */
  fork(): ShellState {
    const copy = new ShellState(this.cwd);
    Object.assign(copy, this);
    copy.variables = new Map([...this.variables].map(([name, v]) => [name, { ...v, value: copyValue(v.value) }]));
    copy.functions = new Map(this.functions);
    copy.aliases = new Map(this.aliases);
    copy.traps = new Map();
    copy.positional = [...this.positional];
    copy.options = { ...this.options };
    copy.locals = this.locals.map((hidden) => new Map(hidden));
    copy.subshellDepth = this.subshellDepth + 1;
    return copy;
  }

  /** The value as `$name` gives it: element 0 of an array. */
  get(name: string): string | undefined {
    const value = this.variables.get(name)?.value;
    if (typeof value === 'string' || value === undefined) return value;
    return Array.isArray(value) ? value[0] : value.get('0');
  }

  set(name: string, value: Value): void {
    const variable = this.declare(name);
    if (variable.readonly) throw new ShellError(`${name}: readonly variable`, 1, true);
    // `a=x` on an array sets its first element.
    if (typeof value === 'string' && Array.isArray(variable.value)) variable.value[0] = value;
    else if (typeof value === 'string' && variable.value instanceof Map) variable.value.set('0', value);
    else variable.value = value;
  }

  setElement(name: string, index: string | number, value: string): void {
    const variable = this.declare(name);
    if (variable.readonly) throw new ShellError(`${name}: readonly variable`, 1, true);
    if (variable.value instanceof Map) {
      variable.value.set(String(index), value);
      return;
    }
    const array = Array.isArray(variable.value) ? variable.value : variable.value === undefined ? [] : [variable.value];
    const at = Number(index) < 0 ? array.length + Number(index) : Number(index);
    if (!Number.isInteger(at) || at < 0 || at >= ARRAY_SIZE_MAX)
      throw new ShellError(`${name}[${index}]: bad array subscript`, 1, true);
    array[at] = value;
    variable.value = array;
  }

  /** The variable, made when it is not there. */
  declare(name: string): Variable {
    let variable = this.variables.get(name);
    if (!variable) {
      variable = { value: undefined, exported: false, readonly: false, integer: false };
      this.variables.set(name, variable);
    }
    return variable;
  }

  unset(name: string): void {
    if (this.variables.get(name)?.readonly) throw new ShellError(`unset: ${name}: cannot unset: readonly variable`, 1);
    this.variables.delete(name);
  }

  /** Elements of an array, or a scalar as its only one. */
  elements(name: string): string[] {
    const value = this.variables.get(name)?.value;
    if (value === undefined) return [];
    if (typeof value === 'string') return [value];
    if (Array.isArray(value)) return value.filter((element) => element !== undefined);
    return [...value.values()];
  }

  keys(name: string): string[] {
    const value = this.variables.get(name)?.value;
    if (value === undefined) return [];
    if (typeof value === 'string') return ['0'];
    if (value instanceof Map) return [...value.keys()];
    return [...value.keys()].filter((i) => value[i] !== undefined).map(String);
  }

  environment(): Record<string, string> {
    const out: Record<string, string> = {};
    for (const [name, variable] of this.variables)
      if (variable.exported && typeof variable.value === 'string') out[name] = variable.value;
    return out;
  }
}

function copyValue(value: Value | undefined): Value | undefined {
  if (Array.isArray(value)) return [...value];
  return value instanceof Map ? new Map(value) : value;
}
