// Runs an awk program: rules over records, statements, expressions.

import { ProgramError } from '../../program.ts';
import { breathe } from '../../streams.ts';
import { callBuiltin, formatText } from './functions.ts';
import { Output } from './output.ts';
import { AwkRecord, compile } from './record.ts';
import { compareValues, fromInput, isTrue, toNumber, toText } from './value.ts';
import type { Proc } from '../../program.ts';
import type { AwkProgram, Expression, Rule, Statement, Target } from './syntax.ts';
import type { AwkArray, Value } from './value.ts';

/** What a name holds. A parameter nobody has used yet becomes an array together with the variable it came from. */
interface Cell {
  value: Value | AwkArray;
  readonly origin?: Cell;
}

type Flow = 'break' | 'continue' | undefined;

/** `next`, `exit` and `return` on their way out. */
class Leave extends Error {
  override readonly name = 'Leave';
  readonly kind: 'next' | 'nextfile' | 'exit' | 'return';
  readonly value: Value;
  constructor(kind: Leave['kind'], value?: Value) {
    super(kind);
    this.kind = kind;
    this.value = value;
  }
}

const CALL_DEPTH_MAX = 400;
const ARRAY_SIZE_MAX = 1_000_000;

export class Machine {
  readonly proc: Proc;
  readonly output: Output;
  readonly record = new AwkRecord();
  readonly #program: AwkProgram;
  readonly #globals = new Map<string, Cell>();
  /** The parameters of the functions that run, innermost last. */
  readonly #frames: Map<string, Cell>[] = [];
  readonly #active = new Set<Rule>();
  seed = 0;
  /** The last number of `rand`; undefined after `srand`. */
  random: number | undefined;
  #exitCode = 0;
  #exiting = false;

  constructor(program: AwkProgram, proc: Proc, operands: readonly string[]) {
    this.#program = program;
    this.proc = proc;
    this.output = new Output(proc);
    const start: Readonly<Record<string, Value>> = {
      FS: ' ',
      OFS: ' ',
      ORS: '\n',
      RS: '\n',
      NR: 0,
      FNR: 0,
      FILENAME: '',
      SUBSEP: '\x1c',
      RSTART: 0,
      RLENGTH: -1,
      CONVFMT: '%.6g',
      OFMT: '%.6g',
      ARGC: operands.length + 1,
    };
    for (const [name, value] of Object.entries(start)) this.setVariable(name, value);
    this.#globals.set('ENVIRON', { value: new Map(Object.entries(proc.env).map(([k, v]) => [k, fromInput(v)])) });
    this.#globals.set('ARGV', { value: new Map(['awk', ...operands].map((v, i) => [String(i), fromInput(v)])) });
  }

  get readsInput(): boolean {
    return this.#program.rules.some((rule) => rule.kind !== 'BEGIN');
  }

  /** Runs the BEGIN or the END rules. */
  async runBlocks(kind: 'BEGIN' | 'END'): Promise<void> {
    for (const rule of this.#program.rules)
      if (rule.kind === kind && rule.body) if ((await this.#leaving(rule.body)) === 'exit') return;
  }

  /** Runs the rules on a record; `nextfile` and `exit` are told to the caller. */
  async runRecord(text: string): Promise<'next' | 'nextfile' | 'exit'> {
    this.setVariable('NR', toNumber(this.variable('NR')) + 1);
    this.setVariable('FNR', toNumber(this.variable('FNR')) + 1);
    this.#begin(text);
    for (const rule of this.#program.rules) {
      if (rule.kind === 'BEGIN' || rule.kind === 'END') continue;
      const body: Statement = rule.body ?? { kind: 'print', formatted: false, args: [], redirect: undefined };
      const left = await this.#leaving(body, rule);
      if (left !== undefined) return left === 'return' ? 'next' : left;
    }
    return 'next';
  }

  get exiting(): boolean {
    return this.#exiting;
  }

  get exitCode(): number {
    return this.#exitCode;
  }

  async #leaving(body: Statement, rule?: Rule): Promise<Leave['kind'] | undefined> {
    try {
      if (!rule || (await this.#selects(rule))) await this.#run(body);
      return undefined;
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      if (error.kind === 'exit') {
        this.#exiting = true;
        if (error.value !== undefined) this.#exitCode = toNumber(error.value) & 255;
      }
      return error.kind;
    }
  }

  async #selects(rule: Rule): Promise<boolean> {
    if (!rule.from) return true;
    if (!rule.to) return isTrue(await this.evaluate(rule.from));
    if (!this.#active.has(rule)) {
      if (!isTrue(await this.evaluate(rule.from))) return false;
      this.#active.add(rule);
    }
    if (isTrue(await this.evaluate(rule.to))) this.#active.delete(rule);
    return true;
  }

  #begin(text: string): void {
    this.record.begin(text, this.text(this.variable('FS')), this.text(this.variable('RS')) === '');
  }

  text(value: Value): string {
    return typeof value === 'number'
      ? toText(value, toText(this.#globals.get('CONVFMT')?.value as Value))
      : toText(value);
  }

  #cell(name: string): Cell {
    const cell = this.#frames.at(-1)?.get(name) ?? this.#globals.get(name);
    if (cell) return cell;
    const made: Cell = { value: undefined };
    this.#globals.set(name, made);
    return made;
  }

  variable(name: string): Value {
    if (name === 'NF') return this.record.fieldCount;
    const { value } = this.#cell(name);
    if (value instanceof Map) throw new ProgramError(`can't use array ${name} where a scalar is needed`, 2);
    return value;
  }

  setVariable(name: string, value: Value): void {
    if (name === 'NF') {
      this.record.resize(toNumber(value), this.text(this.variable('OFS')), (v) => this.text(v));
      return;
    }
    const cell = this.#cell(name);
    if (cell.value instanceof Map) throw new ProgramError(`can't assign to array ${name}`, 2);
    cell.value = value;
  }

  isArray(name: string): boolean {
    return name !== 'NF' && this.#cell(name).value instanceof Map;
  }

  array(name: string): AwkArray {
    let cell: Cell | undefined = this.#cell(name);
    if (cell.value instanceof Map) return cell.value;
    if (cell.value !== undefined) throw new ProgramError(`can't use scalar ${name} as an array`, 2);
    const array: AwkArray = new Map();
    for (; cell; cell = cell.origin) cell.value = array;
    return array;
  }

  async #key(subscripts: readonly Expression[]): Promise<string> {
    const parts: string[] = [];
    for (const subscript of subscripts) parts.push(this.text(await this.evaluate(subscript)));
    return parts.join(this.text(this.variable('SUBSEP')));
  }

  async assign(target: Target, value: Value): Promise<void> {
    switch (target.kind) {
      case 'variable':
        this.setVariable(target.name, value);
        return;
      case 'element': {
        const array = this.array(target.name);
        array.set(await this.#key(target.subscripts), value);
        if (array.size > ARRAY_SIZE_MAX)
          throw new ProgramError(`array ${target.name} has more than ${ARRAY_SIZE_MAX} elements`, 2);
        return;
      }
      case 'field': {
        const index = toNumber(await this.evaluate(target.index));
        if (index === 0) this.#begin(this.text(value));
        else this.record.set(index, value, this.text(this.variable('OFS')), (v) => this.text(v));
      }
    }
  }

  async #run(statement: Statement): Promise<Flow> {
    switch (statement.kind) {
      case 'block':
        for (const one of statement.body) {
          const flow = await this.#run(one);
          if (flow) return flow;
        }
        return undefined;
      case 'expression':
        await this.evaluate(statement.expression);
        return undefined;
      case 'print': {
        const { redirect } = statement;
        const text = statement.formatted ? await this.#printf(statement.args) : await this.#print(statement.args);
        await this.output.write(text, redirect?.operator, redirect ? this.text(await this.evaluate(redirect.to)) : '');
        return undefined;
      }
      case 'if':
        if (isTrue(await this.evaluate(statement.test))) return this.#run(statement.then);
        return statement.otherwise ? this.#run(statement.otherwise) : undefined;
      case 'loop': {
        const { first, test, update, body, testLast } = statement;
        if (first) await this.#run(first);
        for (let isFirst = true; ; isFirst = false) {
          await breathe(this.proc.signal);
          if (test && !(testLast && isFirst) && !isTrue(await this.evaluate(test))) return undefined;
          if ((await this.#run(body)) === 'break') return undefined;
          if (update) await this.#run(update);
        }
      }
      case 'for in':
        for (const key of [...this.array(statement.array).keys()]) {
          await breathe(this.proc.signal);
          this.setVariable(statement.name, fromInput(key));
          if ((await this.#run(statement.body)) === 'break') break;
        }
        return undefined;
      case 'delete': {
        const array = this.array(statement.name);
        if (statement.subscripts) array.delete(await this.#key(statement.subscripts));
        else array.clear();
        return undefined;
      }
      case 'break':
      case 'continue':
        return statement.kind;
      case 'next':
      case 'nextfile':
        throw new Leave(statement.kind);
      case 'exit':
      case 'return':
        throw new Leave(statement.kind, statement.value && (await this.evaluate(statement.value)));
    }
  }

  async #print(args: readonly Expression[]): Promise<string> {
    const format = toText(this.variable('OFMT'));
    const texts: string[] = [];
    for (const arg of args) texts.push(toText(await this.evaluate(arg), format));
    const line = args.length === 0 ? this.record.text : texts.join(this.text(this.variable('OFS')));
    return line + this.text(this.variable('ORS'));
  }

  async #printf(args: readonly Expression[]): Promise<string> {
    const values: Value[] = [];
    for (const arg of args) values.push(await this.evaluate(arg));
    return formatText(values, (value) => this.text(value));
  }

  async evaluate(expression: Expression): Promise<Value> {
    switch (expression.kind) {
      case 'number':
      case 'string':
        return expression.value;
      case 'regexp':
        return compile(expression.source).test(this.record.text) ? 1 : 0;
      case 'variable':
        return this.variable(expression.name);
      case 'element': {
        const array = this.array(expression.name);
        const key = await this.#key(expression.subscripts);
        // To look at an element makes it.
        if (!array.has(key)) array.set(key, undefined);
        return array.get(key);
      }
      case 'field':
        return this.record.get(toNumber(await this.evaluate(expression.index)));
      case 'assign': {
        const { target, operator } = expression;
        let value = await this.evaluate(expression.value);
        if (operator !== '') value = compute(operator, toNumber(await this.evaluate(target)), toNumber(value));
        await this.assign(target, value);
        return value;
      }
      case 'conditional':
        return this.evaluate(isTrue(await this.evaluate(expression.test)) ? expression.then : expression.otherwise);
      case 'logical': {
        const left = isTrue(await this.evaluate(expression.left));
        if (left === (expression.operator === '||')) return left ? 1 : 0;
        return isTrue(await this.evaluate(expression.right)) ? 1 : 0;
      }
      case 'in':
        return this.array(expression.array).has(await this.#key(expression.subscripts)) ? 1 : 0;
      case 'match': {
        const text = this.text(await this.evaluate(expression.left));
        const regExp = await this.regExp(expression.right);
        return regExp.test(text) === expression.negated ? 0 : 1;
      }
      case 'compare': {
        const left = await this.evaluate(expression.left);
        return holds(expression.operator, compareValues(left, await this.evaluate(expression.right))) ? 1 : 0;
      }
      case 'concat': {
        const left = this.text(await this.evaluate(expression.left));
        return left + this.text(await this.evaluate(expression.right));
      }
      case 'binary': {
        const left = toNumber(await this.evaluate(expression.left));
        return compute(expression.operator, left, toNumber(await this.evaluate(expression.right)));
      }
      case 'unary': {
        const operand = await this.evaluate(expression.operand);
        if (expression.operator === '!') return isTrue(operand) ? 0 : 1;
        return expression.operator === '-' ? -toNumber(operand) : toNumber(operand);
      }
      case 'step': {
        const before = toNumber(await this.evaluate(expression.target));
        await this.assign(expression.target, before + expression.by);
        return expression.before ? before + expression.by : before;
      }
      case 'builtin':
        return callBuiltin(expression.name, expression.args, this);
      case 'call':
        return this.#call(expression.name, expression.args);
      case 'list':
        throw new ProgramError('a list in parentheses can only be printed or looked up with "in"', 2);
    }
  }

  /** A literal as it is, anything else as the text of an expression. */
  async regExp(expression: Expression): Promise<RegExp> {
    return compile(expression.kind === 'regexp' ? expression.source : this.text(await this.evaluate(expression)));
  }

  async #call(name: string, args: readonly Expression[]): Promise<Value> {
    const definition = this.#program.functions.get(name);
    if (!definition) throw new ProgramError(`function ${name} never defined`, 2);
    if (args.length > definition.parameters.length)
      throw new ProgramError(`function ${name} called with too many arguments`, 2);
    if (this.#frames.length >= CALL_DEPTH_MAX)
      throw new ProgramError(`function ${name}: calls are nested more than ${CALL_DEPTH_MAX} deep`, 2);
    await breathe(this.proc.signal);
    const frame = new Map<string, Cell>();
    for (const [i, parameter] of definition.parameters.entries()) {
      const arg = args[i];
      const cell = arg?.kind === 'variable' && arg.name !== 'NF' ? this.#cell(arg.name) : undefined;
      if (cell?.value instanceof Map) frame.set(parameter, { value: cell.value });
      else if (cell && cell.value === undefined) frame.set(parameter, { value: undefined, origin: cell });
      else frame.set(parameter, { value: arg && (await this.evaluate(arg)) });
    }
    this.#frames.push(frame);
    try {
      await this.#run(definition.body);
      return undefined;
    } catch (error) {
      if (error instanceof Leave && error.kind === 'return') return error.value;
      throw error;
    } finally {
      this.#frames.pop();
    }
  }
}

function holds(operator: string, order: number): boolean {
  switch (operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '==':
      return order === 0;
    case '!=':
      return order !== 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}

function compute(operator: string, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0) throw new ProgramError(operator === '/' ? 'division by zero' : 'division by zero in %', 2);
      return operator === '/' ? left / right : left % right;
    default:
      return left ** right;
  }
}
