// Arithmetic of `((…))`, `$((…))` and array subscripts: 64-bit integers, names without a dollar.
// Left out: `$x` inside an expression is taken as a value, so `x="1+2"; $(($x*2))` gives 6 where bash gives 5.

import { parseArithmetic } from './parse.ts';
import { parameter, unbound } from './parameters.ts';
import { expandText } from './expand.ts';
import { ShellError } from './state.ts';
import type { ArithmeticExpression } from './parse.ts';
import type { Frame } from './frame.ts';

const NESTING_MAX = 100;

/** The value of an expression in a text. */
export async function evaluateText(text: string, frame: Frame, depth = 0): Promise<bigint> {
  if (text.trim() === '') return 0n;
  if (depth > NESTING_MAX) throw failure(`${text}: expression recursion level exceeded`);
  const number = parseNumber(text.trim());
  if (number !== undefined) return number;
  const expression = parseArithmetic(text);
  if (!expression) throw failure(`${text}: syntax error: operand expected (error token is "${text.trim()}")`);
  return evaluate(expression, frame, depth);
}

export async function evaluate(expression: ArithmeticExpression, frame: Frame, depth = 0): Promise<bigint> {
  const value = (inner: ArithmeticExpression) => evaluate(inner, frame, depth);
  switch (expression.type) {
    case 'ArithmeticWord':
      return wordValue(expression, frame, depth);
    case 'ArithmeticGroup':
      return value(expression.expression);
    case 'ArithmeticTernary':
      return value((await value(expression.test)) !== 0n ? expression.consequent : expression.alternate);
    case 'ArithmeticCommandExpansion':
      return evaluateText(await frame.shell.capture(expression.script, frame), frame, depth + 1);
    case 'ArithmeticUnary': {
      const { operator } = expression;
      if (operator === '++' || operator === '--') {
        const old = await value(expression.operand);
        const next = wrap(operator === '++' ? old + 1n : old - 1n);
        await assign(expression.operand, next, frame);
        return expression.prefix ? next : old;
      }
      const operand = await value(expression.operand);
      if (operator === '-') return wrap(-operand);
      if (operator === '!') return operand === 0n ? 1n : 0n;
      return operator === '~' ? ~operand : operand;
    }
    case 'ArithmeticBinary': {
      const { operator, left, right } = expression;
      if (operator === '&&') return (await value(left)) !== 0n && (await value(right)) !== 0n ? 1n : 0n;
      if (operator === '||') return (await value(left)) !== 0n || (await value(right)) !== 0n ? 1n : 0n;
      if (/^(?:[-+*/%&|^]|<<|>>)?=$/.test(operator)) {
        const operand = await value(right);
        const result = operator === '=' ? operand : compute(operator.slice(0, -1), await value(left), operand);
        await assign(left, result, frame);
        return result;
      }
      return compute(operator, await value(left), await value(right));
    }
  }
}

async function wordValue(
  word: Extract<ArithmeticExpression, { type: 'ArithmeticWord' }>,
  frame: Frame,
  depth: number,
): Promise<bigint> {
  if (word.parts) {
    const text = await expandText({ type: 'Word', text: '', value: '', pos: 0, end: 0, parts: word.parts }, frame);
    return evaluateText(text, frame, depth + 1);
  }
  const name = word.value.trim();
  const number = parseNumber(name);
  if (number !== undefined) return number;
  // A simple `$x` arrives without parts.
  const plain = /^\$(\w+|[?#!$])$/.exec(name)?.[1] ?? (/^[a-zA-Z_]\w*$/.test(name) ? name : undefined);
  if (plain !== undefined) {
    const text = parameter(plain, frame);
    if (text === undefined && frame.state.options.nounset) throw unbound(plain);
    return text === undefined || text === name ? 0n : evaluateText(text, frame, depth + 1);
  }
  const element = /^([a-zA-Z_]\w*)\[([^]*)\]$/.exec(name);
  if (element) return evaluateText((await readElement(element, frame)) ?? '0', frame, depth + 1);
  throw failure(`${name}: syntax error: invalid arithmetic operator (error token is "${name}")`);
}

async function readElement(element: RegExpExecArray, frame: Frame): Promise<string | undefined> {
  const value = frame.state.variables.get(element[1] ?? '')?.value;
  const index = element[2] ?? '';
  if (value instanceof Map) return value.get(await subscript(index, frame));
  const at = Number(await evaluateText(index, frame));
  const array = Array.isArray(value) ? value : [value];
  return array[at < 0 ? array.length + at : at];
}

/** The key of an associative array, in which `$x` is expanded. */
async function subscript(index: string, frame: Frame): Promise<string> {
  const plain = /^\$\{?(\w+)\}?$/.exec(index)?.[1];
  return Promise.resolve(plain === undefined ? index.replace(/^(["'])(.*)\1$/, '$2') : (parameter(plain, frame) ?? ''));
}

async function assign(target: ArithmeticExpression, value: bigint, frame: Frame): Promise<void> {
  const name = target.type === 'ArithmeticWord' ? target.value.trim() : '';
  const element = /^([a-zA-Z_]\w*)\[([^]*)\]$/.exec(name);
  if (element) {
    const array = element[1] ?? '';
    const isMap = frame.state.variables.get(array)?.value instanceof Map;
    const index = isMap
      ? await subscript(element[2] ?? '', frame)
      : Number(await evaluateText(element[2] ?? '', frame));
    frame.state.setElement(array, index, String(value));
  } else if (/^[a-zA-Z_]\w*$/.test(name)) frame.state.set(name, String(value));
  else throw failure(`${name}: attempted assignment to non-variable (error token is "=")`);
}

function compute(operator: string, a: bigint, b: bigint): bigint {
  const truth = (condition: boolean) => (condition ? 1n : 0n);
  switch (operator) {
    case '+':
      return wrap(a + b);
    case '-':
      return wrap(a - b);
    case '*':
      return wrap(a * b);
    case '/':
    case '%':
      if (b === 0n) throw failure('division by 0 (error token is "0")');
      return wrap(operator === '/' ? a / b : a % b);
    case '**':
      if (b < 0n) throw failure('exponent less than 0');
      return power(a, b);
    case '<':
      return truth(a < b);
    case '>':
      return truth(a > b);
    case '<=':
      return truth(a <= b);
    case '>=':
      return truth(a >= b);
    case '==':
      return truth(a === b);
    case '!=':
      return truth(a !== b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return wrap(a << (b & 63n));
    case '>>':
      return wrap(a >> (b & 63n));
    case ',':
      return b;
  }
  throw failure(`syntax error: invalid arithmetic operator (error token is "${operator}")`);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = wrap(result * square);
    square = wrap(square * square);
  }
  return result;
}

function wrap(value: bigint): bigint {
  return BigInt.asIntN(64, value);
}

/** Decimal, 0x, 0 for octal, and base#digits. */
function parseNumber(text: string): bigint | undefined {
  if (/^(?:0|[1-9]\d*)$/.test(text) || /^0[xX][0-9a-fA-F]+$/.test(text)) return wrap(BigInt(text));
  if (/^-\d+$/.test(text) && !text.startsWith('-0')) return wrap(BigInt(text));
  if (/^0[0-7]+$/.test(text)) return wrap(BigInt(`0o${text.slice(1)}`));
  if (/^0\d+$/.test(text)) throw failure(`${text}: value too great for base (error token is "${text}")`);
  const based = /^(\d+)#([\w@]+)$/.exec(text);
  if (!based) return undefined;
  const base = Number(based[1]);
  const digits = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ@_';
  if (base < 2 || base > 64) throw failure(`${text}: invalid arithmetic base (error token is "${text}")`);
  let value = 0n;
  for (const c of based[2] ?? '') {
    const digit = digits.indexOf(base <= 36 ? c.toLowerCase() : c);
    if (digit < 0 || digit >= base) throw failure(`${text}: value too great for base (error token is "${text}")`);
    value = value * BigInt(base) + BigInt(digit);
  }
  return wrap(value);
}

function failure(message: string): ShellError {
  return new ShellError(message, 1, true);
}
