// awk's own functions. A text is counted in UTF-16 units, where mawk counts bytes and gawk characters.

import { formatDirectives, formatFloat, formatInteger, pad } from '../../format.ts';
import { ProgramError } from '../../program.ts';
import { formatDate } from '../time.ts';
import { splitText } from './record.ts';
import { fromInput, toNumber, toText } from './value.ts';
import type { Machine } from './run.ts';
import type { Expression, Target } from './syntax.ts';
import type { Value } from './value.ts';

const RANDOM_MODULUS = 2_147_483_647;

export async function callBuiltin(name: string, args: readonly Expression[], machine: Machine): Promise<Value> {
  const value = async (index: number): Promise<Value> => {
    const arg = args[index];
    return arg && machine.evaluate(arg);
  };
  const text = async (index: number) => machine.text(await value(index));
  const number = async (index: number) => toNumber(await value(index));
  switch (name) {
    case 'length': {
      const [arg] = args;
      if (!arg) return machine.record.text.length;
      if (arg.kind === 'variable' && machine.isArray(arg.name)) return machine.array(arg.name).size;
      return (await text(0)).length;
    }
    case 'substr': {
      const whole = await text(0);
      // POSIX rounds both ends, so that a start before the text eats from the length.
      const from = Math.round(await number(1));
      const to = args.length > 2 ? from + Math.round(await number(2)) : Infinity;
      return whole.slice(Math.max(0, from - 1), Math.max(0, Math.min(whole.length, to - 1)));
    }
    case 'index':
      return (await text(0)).indexOf(await text(1)) + 1;
    case 'split':
      return split(args, machine);
    case 'sub':
    case 'gsub':
      return substitute(name === 'gsub', args, machine);
    case 'match': {
      const whole = await text(0);
      const found = args[1] ? (await machine.regExp(args[1])).exec(whole) : null;
      machine.setVariable('RSTART', found ? found.index + 1 : 0);
      machine.setVariable('RLENGTH', found ? found[0].length : -1);
      return found ? found.index + 1 : 0;
    }
    case 'sprintf': {
      const values: Value[] = [];
      for (const arg of args) values.push(await machine.evaluate(arg));
      return formatText(values, (v) => machine.text(v));
    }
    case 'toupper':
      return (await text(0)).toUpperCase();
    case 'tolower':
      return (await text(0)).toLowerCase();
    case 'int':
      return Math.trunc(await number(0));
    case 'sqrt':
      return Math.sqrt(await number(0));
    case 'exp':
      return Math.exp(await number(0));
    case 'log':
      return Math.log(await number(0));
    case 'sin':
      return Math.sin(await number(0));
    case 'cos':
      return Math.cos(await number(0));
    case 'atan2':
      return Math.atan2(await number(0), await number(1));
    case 'rand':
      return nextRandom(machine);
    case 'srand': {
      const before = machine.seed;
      machine.seed = args.length > 0 ? Math.trunc(await number(0)) : Math.floor(machine.proc.host.now() / 1000);
      machine.random = undefined;
      return before;
    }
    case 'system':
      return machine.proc.spawn(['sh', '-c', await text(0)]);
    case 'close':
      return machine.output.close(await text(0));
    case 'fflush':
      return 0;
    case 'systime':
      return Math.floor(machine.proc.host.now() / 1000);
    case 'strftime': {
      const format = args.length > 0 ? await text(0) : '%a %b %e %H:%M:%S %Z %Y';
      return formatDate(format, args.length > 1 ? (await number(1)) * 1000 : machine.proc.host.now());
    }
  }
  throw new ProgramError(`function ${name} is not simulated here`, 2);
}

/** Park and Miller's generator: `srand(n)` gives the same numbers again, on every engine. */
function nextRandom(machine: Machine): number {
  const before = machine.random ?? (Math.abs(machine.seed) % (RANDOM_MODULUS - 1)) + 1;
  machine.random = (before * 16_807) % RANDOM_MODULUS;
  return machine.random / RANDOM_MODULUS;
}

async function split(args: readonly Expression[], machine: Machine): Promise<number> {
  const [source, into, separator] = args;
  if (!source || into?.kind !== 'variable') throw new ProgramError('split needs an array', 2);
  const text = machine.text(await machine.evaluate(source));
  const by = !separator
    ? machine.text(machine.variable('FS'))
    : separator.kind === 'regexp'
      ? await machine.regExp(separator)
      : machine.text(await machine.evaluate(separator));
  const parts = splitText(text, by);
  const array = machine.array(into.name);
  array.clear();
  for (const [i, part] of parts.entries()) array.set(String(i + 1), fromInput(part));
  return parts.length;
}

async function substitute(all: boolean, args: readonly Expression[], machine: Machine): Promise<number> {
  const [pattern, replacement, given] = args;
  if (!pattern || !replacement)
    throw new ProgramError(`${all ? 'gsub' : 'sub'} needs an expression and a replacement`, 2);
  const regExp = await machine.regExp(pattern);
  const template = machine.text(await machine.evaluate(replacement));
  const target: Target =
    given === undefined
      ? { kind: 'field', index: { kind: 'number', value: 0 } }
      : given.kind === 'variable' || given.kind === 'element' || given.kind === 'field'
        ? given
        : { kind: 'variable', name: '' };
  const whole = machine.text(await machine.evaluate(given ?? target));
  let out = '';
  let at = 0;
  let count = 0;
  let lastEnd = -1;
  regExp.lastIndex = 0;
  for (let match = regExp.exec(whole); match; match = regExp.exec(whole)) {
    const [found] = match;
    const end = match.index + found.length;
    if (found === '') {
      regExp.lastIndex = end + 1;
      // Nothing right behind a match is no match of its own.
      if (end === lastEnd) continue;
    }
    lastEnd = end;
    out +=
      whole.slice(at, match.index) +
      template.replace(/\\([\\&])|&/g, (mark, kept?: string) => (mark === '&' ? found : (kept ?? '')));
    at = end;
    count++;
    if (!all) break;
  }
  if (count > 0) await machine.assign(target, out + whole.slice(at));
  return count;
}

/** `printf`: the format and its arguments. */
export function formatText(values: readonly Value[], text: (value: Value) => string): string {
  let next = 1;
  const take = (): Value => {
    if (next >= values.length)
      throw new ProgramError(`not enough arguments passed to sprintf("${toText(values[0])}")`, 2);
    return values[next++];
  };
  return formatDirectives(
    text(values[0]),
    () => text(take()),
    (directive) => {
      const value = take();
      const { conversion, precision } = directive;
      if (conversion === 'c') {
        const c =
          typeof value === 'number'
            ? String.fromCodePoint(Math.min(Math.max(0, Math.trunc(value)), 0x10ffff))
            : text(value).slice(0, 1);
        return pad(c, directive, false);
      }
      if ('diouxX'.includes(conversion)) {
        const number = toNumber(value);
        return Number.isFinite(number)
          ? formatInteger(BigInt(Math.trunc(number)), directive)
          : formatFloat(number, { ...directive, conversion: 'f' });
      }
      if ('eEfFgG'.includes(conversion)) return formatFloat(toNumber(value), directive);
      return pad(text(value).slice(0, precision), directive, false);
    },
    (bad) => {
      throw new ProgramError(`bad conversion in format: "${bad}"`, 2);
    },
  );
}
