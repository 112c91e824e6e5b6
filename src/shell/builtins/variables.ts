// Variables and positional parameters: export, local, declare, readonly, unset, set, shift, read, mapfile, let, getopts.
// Left out: namerefs (declare -n), read with a time limit.

import { evaluateText } from '../arithmetic.ts';
import { separatorRegExp } from '../expand.ts';
import { byteOrder } from '../file-system.ts';
import { stderrOf, stdinOf, stdoutOf } from '../frame.ts';
import { quoteForShell } from '../parameters.ts';
import { OPTION_LETTERS, ShellError } from '../state.ts';
import { lines, readLine } from '../streams.ts';
import type { Builtin } from '../builtins.ts';
import type { Frame } from '../frame.ts';
import type { OptionName, ShellState, Variable } from '../state.ts';

export const variableBuiltins: Readonly<Record<string, Builtin>> = {
  export: (args, frame) => declare('export', args, frame),
  readonly: (args, frame) => declare('readonly', args, frame),
  declare: (args, frame) => declare('declare', args, frame),
  typeset: (args, frame) => declare('declare', args, frame),
  local(args, frame) {
    if (frame.state.locals.length === 0) throw new ShellError('can only be used in a function');
    return declare('local', args, frame);
  },

  unset(args, frame) {
    const { state } = frame;
    const functions = args[0] === '-f';
    for (const name of args.filter((arg) => !/^-[fv]$/.test(arg))) {
      const element = /^(\w+)\[(.*)\]$/.exec(name);
      const value = element && state.variables.get(element[1] ?? '')?.value;
      if (element && value instanceof Map) value.delete((element[2] ?? '').replace(/^(["'])(.*)\1$/, '$2'));
      else if (element && Array.isArray(value)) value[Number(element[2])] = undefined;
      else if (functions || !state.variables.has(name)) state.functions.delete(name);
      else state.unset(name);
    }
  },

  set: setOptions,

  shift(args, frame) {
    const count = Number(args[0] ?? 1);
    const { positional } = frame.state;
    if (!Number.isInteger(count) || count < 0) throw new ShellError(`${args[0] ?? ''}: shift count out of range`);
    if (count > positional.length) return 1;
    frame.state.positional = positional.slice(count);
    return 0;
  },

  async let(args, frame) {
    let value = 0n;
    for (const arg of args) value = await evaluateText(arg, frame);
    return value === 0n ? 1 : 0;
  },

  read,
  mapfile: readArray,
  readarray: readArray,
  getopts,
};

type Declaration = 'export' | 'readonly' | 'declare' | 'local';

async function declare(kind: Declaration, args: readonly string[], frame: Frame): Promise<number> {
  const { state } = frame;
  const flags = args
    .filter((arg) => /^-[a-zA-Z]+$/.test(arg))
    .join('')
    .replaceAll('-', '');
  const remove = args.some((arg) => /^\+[a-zA-Z]+$/.test(arg)) || (kind === 'export' && flags.includes('n'));
  const names = args.filter((arg) => !/^[-+][a-zA-Z]+$/.test(arg) && arg !== '--');
  const unknown = /[^aAfFgilnprux]/.exec(flags)?.[0] ?? (kind !== 'export' && flags.includes('n') ? 'n' : undefined);
  if (unknown !== undefined) throw new ShellError(`option '-${unknown}' is not simulated here`, 2);
  if (/[fF]/.test(flags)) return listFunctions(names, frame);
  if (names.length === 0 || flags.includes('p')) return list(kind, flags, names, frame);
  let exitCode = 0;
  for (const arg of names) {
    const match = /^([a-zA-Z_]\w*)(?:(\+?)=([^]*))?$/.exec(arg);
    const name = match?.[1];
    if (name === undefined) {
      await stderrOf(frame).write(`bash: ${kind}: \`${arg}': not a valid identifier\n`);
      exitCode = 1;
      continue;
    }
    const inFunction = kind === 'local' || (kind === 'declare' && state.locals.length > 0 && !flags.includes('g'));
    if (inFunction) hide(name, state);
    const variable = state.declare(name);
    if (flags.includes('A')) variable.value ??= new Map<string, string>();
    if (flags.includes('a')) variable.value ??= [];
    if (flags.includes('i')) variable.integer = true;
    const given = match?.[3];
    if (given !== undefined) {
      const text = variable.integer ? String(await evaluateText(given, frame)) : given;
      const cased = flags.includes('u') ? text.toUpperCase() : flags.includes('l') ? text.toLowerCase() : text;
      state.set(name, match?.[2] === '+' ? (state.get(name) ?? '') + cased : cased);
    }
    if (kind === 'export' || flags.includes('x')) variable.exported = !remove;
    if (kind === 'readonly' || flags.includes('r')) variable.readonly = true;
  }
  return exitCode;
}

/** Puts a variable aside until the function ends. */
function hide(name: string, state: ShellState): void {
  const hidden = state.locals.at(-1);
  if (!hidden || hidden.has(name)) return;
  hidden.set(name, state.variables.get(name));
  state.variables.delete(name);
}

async function list(kind: Declaration, flags: string, names: readonly string[], frame: Frame): Promise<number> {
  const { variables } = frame.state;
  const wanted = names.length > 0 ? names : [...variables.keys()].sort(byteOrder);
  let exitCode = 0;
  for (const name of wanted) {
    const variable = variables.get(name);
    if (!variable) {
      await stderrOf(frame).write(`bash: ${kind}: ${name}: not found\n`);
      exitCode = 1;
      continue;
    }
    if (
      names.length === 0 &&
      ((kind === 'export' && !variable.exported) || (kind === 'readonly' && !variable.readonly))
    )
      continue;
    if (names.length === 0 && flags.includes('x') && !variable.exported) continue;
    await stdoutOf(frame).write(`${declaration(name, variable)}\n`);
  }
  return exitCode;
}

function declaration(name: string, variable: Variable): string {
  const { value } = variable;
  const flags =
    (Array.isArray(value) ? 'a' : value instanceof Map ? 'A' : '') +
    (variable.integer ? 'i' : '') +
    (variable.readonly ? 'r' : '') +
    (variable.exported ? 'x' : '');
  const quote = (text: string) => `"${text.replace(/["\\$`]/g, '\\$&')}"`;
  const start = `declare -${flags || '-'} ${name}`;
  if (value === undefined) return start;
  if (typeof value === 'string') return `${start}=${quote(value)}`;
  const pairs = Array.isArray(value)
    ? [...value.entries()].flatMap(([i, v]) => (v === undefined ? [] : [`[${i}]=${quote(v)}`]))
    : [...value].map(([k, v]) => `[${quoteForShell(k)}]=${quote(v)} `);
  return `${start}=(${pairs.join(Array.isArray(value) ? ' ' : '')})`;
}

async function listFunctions(names: readonly string[], frame: Frame): Promise<number> {
  const { functions } = frame.state;
  for (const name of names.length > 0 ? names : [...functions.keys()].sort(byteOrder)) {
    if (!functions.has(name)) return 1;
    await stdoutOf(frame).write(names.length > 0 ? `${name}\n` : `declare -f ${name}\n`);
  }
  return 0;
}

const OPTION_NAMES: readonly OptionName[] = ['errexit', 'noclobber', 'noglob', 'nounset', 'pipefail', 'xtrace'];

/** Options that this shell may be asked for and that change nothing in it. */
const WITHOUT_EFFECT = /^(?:emacs|history|monitor|posix|interactive-comments|hashall|braceexpand|errtrace|functrace)$/;

async function setOptions(args: readonly string[], frame: Frame): Promise<number> {
  const { state } = frame;
  if (args.length === 0) {
    for (const name of [...state.variables.keys()].sort(byteOrder)) {
      const value = state.variables.get(name)?.value;
      if (typeof value === 'string') await stdoutOf(frame).write(`${name}=${quoteForShell(value)}\n`);
    }
    return 0;
  }
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--' || arg === '-') {
      state.positional = args.slice(i + 1);
      return 0;
    }
    if (!/^[-+]./.test(arg)) {
      state.positional = args.slice(i);
      return 0;
    }
    const on = arg.startsWith('-');
    for (const letter of arg.slice(1)) {
      if (letter === 'o') {
        const name = args[++i];
        if (name === undefined) {
          for (const option of OPTION_NAMES)
            await stdoutOf(frame).write(`${option.padEnd(15)}\t${state.options[option] ? 'on' : 'off'}\n`);
          return 0;
        }
        const option = OPTION_NAMES.find((known) => known === name);
        if (option) state.options[option] = on;
        else if (!WITHOUT_EFFECT.test(name)) throw new ShellError(`${name}: this option is not simulated`, 2);
      } else {
        const option = OPTION_LETTERS[letter];
        if (option) state.options[option] = on;
        else if (!'hmBHbET'.includes(letter)) throw new ShellError(`-${letter}: this option is not simulated`, 2);
      }
    }
  }
  return 0;
}

async function read(args: readonly string[], frame: Frame): Promise<number> {
  const { state } = frame;
  let raw = false;
  let array: string | undefined;
  let prompt = '';
  let delimiter = '\n';
  let count: number | undefined;
  let i = 0;
  for (; /^-./.test(args[i] ?? ''); i++) {
    const arg = args[i] ?? '';
    if (arg === '--') {
      i++;
      break;
    }
    for (let k = 1; k < arg.length; k++) {
      const flag = arg.charAt(k);
      if (flag === 'r') raw = true;
      else if (flag === 's' || flag === 'e') continue;
      else if ('padnN'.includes(flag)) {
        const value = arg.slice(k + 1) || (args[++i] ?? '');
        if (flag === 'p') prompt = value;
        else if (flag === 'a') array = value;
        else if (flag === 'd') delimiter = value === '' ? '\0' : value.charAt(0);
        else count = Number(value);
        break;
      } else throw new ShellError(`option '-${flag}' is not simulated here`, 2);
    }
  }
  const names = args.slice(i);
  const input = stdinOf(frame);
  if (prompt !== '' && input.isTTY) await stderrOf(frame).write(prompt);
  const { text, complete } = await readRecord(frame, delimiter, raw, count);
  const ifs = state.get('IFS') ?? ' \t\n';
  if (array !== undefined) state.declare(array).value = splitRecord(text, Infinity, ifs);
  else if (names.length === 0) state.set('REPLY', unmark(text));
  else {
    const fields = splitRecord(text, names.length, ifs);
    for (const [k, name] of names.entries()) {
      if (!/^[a-zA-Z_]\w*$/.test(name)) throw new ShellError(`\`${name}': not a valid identifier`);
      state.set(name, fields[k] ?? '');
    }
  }
  return complete ? 0 : 1;
}

/** Stands before a character that a backslash protected from splitting. */
const MARK = '\u{E000}';

function unmark(text: string): string {
  return text.replaceAll(MARK, '');
}

async function readRecord(
  frame: Frame,
  delimiter: string,
  raw: boolean,
  count: number | undefined,
): Promise<{ text: string; complete: boolean }> {
  const input = stdinOf(frame);
  if (count === undefined && delimiter === '\n') {
    let text = '';
    for (;;) {
      const line = await readLine(input);
      if (line === null) return { text, complete: false };
      const complete = line.endsWith('\n');
      const body = complete ? line.slice(0, -1) : line;
      if (raw) return { text: text + body, complete };
      const continued = complete && /(?:^|[^\\])(?:\\\\)*\\$/.test(body);
      text += (continued ? body.slice(0, -1) : body).replace(/\\([^])/g, `${MARK}$1`);
      if (!continued) return { text, complete };
    }
  }
  let text = '';
  for (let chunk = await input.read(); chunk !== null; chunk = await input.read()) {
    text += chunk;
    const end = text.indexOf(delimiter);
    if (count !== undefined && text.length >= count && (end < 0 || end >= count)) {
      input.unread?.(text.slice(count));
      return { text: text.slice(0, count), complete: true };
    }
    if (end >= 0) {
      input.unread?.(text.slice(end + 1));
      return { text: text.slice(0, end), complete: true };
    }
  }
  return { text, complete: false };
}

/** At most `count` fields; the last takes the rest as it stands. */
function splitRecord(record: string, count: number, ifs: string): string[] {
  if (ifs === '') return [unmark(record)];
  const white = [...ifs].filter((c) => ' \t\n'.includes(c)).join('');
  const trimEnd = (text: string) => {
    let end = text.length;
    while (end > 0 && white.includes(text.charAt(end - 1)) && text.charAt(end - 2) !== MARK) end--;
    return text.slice(0, end);
  };
  let start = 0;
  while (start < record.length && white.includes(record.charAt(start))) start++;
  let rest = trimEnd(record.slice(start));
  const separator = new RegExp(`(?<!${MARK})(?:${separatorRegExp(ifs).source})`);
  const fields: string[] = [];
  while (fields.length < count - 1 && rest !== '') {
    const match = separator.exec(rest);
    if (!match) break;
    fields.push(unmark(rest.slice(0, match.index)));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== '') {
    // A single separator at the very end belongs to no field.
    const last = new RegExp(`^([^]*?)(?:${separatorRegExp(ifs).source})$`).exec(rest)?.[1];
    fields.push(unmark(last !== undefined && !separator.test(last) ? last : rest));
  }
  return fields;
}

async function readArray(args: readonly string[], frame: Frame): Promise<void> {
  const flags = args.filter((arg) => arg.startsWith('-'));
  const bad = flags.find((flag) => flag !== '-t');
  if (bad !== undefined) throw new ShellError(`option '${bad}' is not simulated here`, 2);
  const name = args.find((arg) => !arg.startsWith('-')) ?? 'MAPFILE';
  const out: string[] = [];
  for await (const line of lines(stdinOf(frame))) out.push(flags.includes('-t') ? line : `${line}\n`);
  frame.state.declare(name).value = out;
}

/** Keeps its place within one argument (`-abc`) in a variable of its own, as bash keeps it inside. */
async function getopts(args: readonly string[], frame: Frame): Promise<number> {
  const { state } = frame;
  const [options, name] = args;
  if (options === undefined || name === undefined) throw new ShellError('usage: getopts optstring name [arg ...]', 2);
  const words = args.length > 2 ? args.slice(2) : state.positional;
  let index = Number(state.get('OPTIND') ?? 1);
  const [savedIndex, savedOffset] = (state.get('__getopts') ?? '0 1').split(' ').map(Number);
  let offset = savedIndex === index ? (savedOffset ?? 1) : 1;
  const word = words[index - 1];
  if (word === undefined || !/^-./.test(word) || word === '--') {
    if (word === '--') state.set('OPTIND', String(index + 1));
    state.set(name, '?');
    return 1;
  }
  const letter = word.charAt(offset++);
  const at = letter === ':' ? -1 : options.replace(/^:/, '').indexOf(letter);
  const takes = options.replace(/^:/, '').charAt(at + 1) === ':';
  state.unset('OPTARG');
  let result = letter;
  if (at < 0) {
    result = '?';
    if (options.startsWith(':')) state.set('OPTARG', letter);
    else await stderrOf(frame).write(`bash: illegal option -- ${letter}\n`);
  } else if (takes) {
    const value = word.slice(offset) || words[index];
    if (word.length <= offset) index++;
    offset = word.length;
    if (value !== undefined) state.set('OPTARG', value);
    else {
      result = options.startsWith(':') ? ':' : '?';
      if (options.startsWith(':')) state.set('OPTARG', letter);
      else await stderrOf(frame).write(`bash: option requires an argument -- ${letter}\n`);
    }
  }
  if (offset >= word.length) {
    index++;
    offset = 1;
  }
  state.set('OPTIND', String(index));
  state.set('__getopts', `${index} ${offset}`);
  state.set(name, result);
  return 0;
}
