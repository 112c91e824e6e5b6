// Conditions: `[[ … ]]` and the operators it shares with `test`.
// Left out: file times and owners (-nt, -ot, -O …); every file may be read and written.

import { evaluateText } from './arithmetic.ts';
import { expandPattern, expandRegExp, expandText } from './expand.ts';
import { byteOrder } from './file-system.ts';
import { patternRegExp } from './pattern.ts';
import { toJavaScript } from './regular-expression.ts';
import { ShellError } from './state.ts';
import type { Frame } from './frame.ts';
import type { TestExpression } from './parse.ts';

export async function condition(expression: TestExpression, frame: Frame): Promise<boolean> {
  switch (expression.type) {
    case 'TestGroup':
      return condition(expression.expression, frame);
    case 'TestNot':
      return (await condition(expression.operand, frame)) !== (expression.negations.length % 2 === 1);
    case 'TestLogical': {
      const decisive = expression.operator === '||';
      for (const operand of expression.operands) if ((await condition(operand, frame)) === decisive) return decisive;
      return !decisive;
    }
    case 'TestUnary':
      return testUnary(expression.operator, await expandText(expression.operand, frame), frame);
    case 'TestBinary': {
      const left = await expandText(expression.left, frame);
      const { operator } = expression;
      if (operator === '=~') return matches(left, await expandRegExp(expression.right, frame), frame);
      if (operator === '=' || operator === '==' || operator === '!=')
        return patternRegExp(await expandPattern(expression.right, frame)).test(left) === (operator !== '!=');
      const right = await expandText(expression.right, frame);
      if (operator.startsWith('-')) {
        const numbers = [await evaluateText(left, frame), await evaluateText(right, frame)] as const;
        return testBinary(operator, String(numbers[0]), String(numbers[1]), frame);
      }
      return testBinary(operator, left, right, frame);
    }
  }
}

function matches(text: string, source: string, frame: Frame): boolean {
  let regExp: RegExp;
  try {
    regExp = new RegExp(toJavaScript(source, 'extended'), 'su');
  } catch {
    return false;
  }
  const match = regExp.exec(text);
  frame.state.set('BASH_REMATCH', match ? [...match].map((group: string | undefined) => group ?? '') : []);
  return match !== null;
}

export function testUnary(operator: string, operand: string, frame: Frame): boolean {
  const { state, shell } = frame;
  const node = () => (operand === '' ? undefined : shell.fs.find(shell.fs.resolve(state.cwd, operand)));
  switch (operator) {
    case '-z':
      return operand === '';
    case '-n':
      return operand !== '';
    case '-a':
    case '-e':
    case '-r':
    case '-w':
      return node() !== undefined;
    case '-f':
      return node()?.kind === 'file';
    case '-d':
      return node()?.kind === 'directory';
    case '-s': {
      const found = node();
      return found?.kind === 'directory' || (found?.kind === 'file' && found.text !== '');
    }
    case '-x': {
      const found = node();
      return found?.kind === 'directory' || (found?.kind === 'file' && found.executable);
    }
    case '-L':
    case '-h':
      return false;
    case '-t': {
      const channel = frame.channels.get(Number(operand));
      return (channel?.in ?? channel?.out)?.isTTY === true;
    }
    case '-v': {
      const element = /^(\w+)\[(.*)\]$/.exec(operand);
      if (element) return state.keys(element[1] ?? '').includes(element[2] ?? '');
      return state.variables.get(operand)?.value !== undefined;
    }
    case '-o':
      return operand in state.options && Object.entries(state.options).some(([name, on]) => name === operand && on);
  }
  throw new ShellError(`${operator}: this test is not simulated`, 2);
}

export function testBinary(operator: string, left: string, right: string, frame: Frame): boolean {
  switch (operator) {
    case '=':
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return byteOrder(left, right) < 0;
    case '>':
      return byteOrder(left, right) > 0;
    case '-ef':
      return frame.shell.fs.resolve(frame.state.cwd, left) === frame.shell.fs.resolve(frame.state.cwd, right);
  }
  const a = integer(left);
  const b = integer(right);
  switch (operator) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-lt':
      return a < b;
    case '-le':
      return a <= b;
    case '-gt':
      return a > b;
    case '-ge':
      return a >= b;
  }
  throw new ShellError(`${operator}: binary operator expected`, 2);
}

export function isBinaryTest(operator: string): boolean {
  return /^(?:==?|!=|<|>|-(?:eq|ne|lt|le|gt|ge|ef|nt|ot))$/.test(operator);
}

function integer(text: string): bigint {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new ShellError(`${text}: integer expression expected`, 2);
  return BigInt(text.trim().replace(/^\+/, ''));
}
