// Parameters: the special ones ($?, $#, RANDOM …) and the operations of `${…}`.
// Left out: `${x@A}`, `${x@P}`, LINENO, BASH_* beside BASH_VERSION and BASH_REMATCH.

import { byteOrder } from './file-system.ts';
import { patternSource, removePattern } from './pattern.ts';
import { ShellError } from './state.ts';
import type { Frame } from './frame.ts';
import type { ParameterExpansionPart, Word } from './parse.ts';

/** What the operations need from the expansion of words, which in turn needs them. */
export interface Expander {
  text(word: Word): Promise<string>;
  pattern(word: Word): Promise<string>;
  arithmetic(text: string): Promise<number>;
}

/** The value of `$name`; undefined when it is not set. */
export function parameter(name: string, frame: Frame): string | undefined {
  const { state, shell } = frame;
  if (/^\d+$/.test(name)) return name === '0' ? state.scriptName : state.positional[Number(name) - 1];
  switch (name) {
    case '?':
      return String(state.status);
    case '#':
      return String(state.positional.length);
    case '$':
      return '1000';
    case '!':
      return state.lastBackgroundId;
    case '-':
      return state.interactive ? 'himBHs' : 'hBc';
    case '@':
    case '*':
      return state.positional.length > 0 ? state.positional.join(' ') : undefined;
    case 'RANDOM':
      return String(nextRandom());
    case 'SECONDS':
      return String(Math.floor((shell.host.now() - state.startedAt) / 1000));
    case 'EPOCHSECONDS':
      return String(Math.floor(shell.host.now() / 1000));
    case 'PWD':
      return state.cwd;
    case 'PIPESTATUS':
      return String(state.pipeStatus[0] ?? 0);
    case 'COLUMNS':
      return String(shell.columns);
    case 'LINES':
      return String(shell.rows);
  }
  return state.get(name);
}

let random = 20_261_124;

/** The generator of bash 5 (Park and Miller), not seeded by the clock: what it gives is no part of any world. */
function nextRandom(): number {
  random = (random * 16_807) % 2_147_483_647;
  return ((random >> 16) ^ (random & 0xffff)) & 0x7fff;
}

function elementsOf(name: string, frame: Frame): string[] {
  if (name === '@' || name === '*') return frame.state.positional;
  if (name === 'PIPESTATUS') return frame.state.pipeStatus.map(String);
  return frame.state.elements(name);
}

/** Whether the expansion gives a list: `$@`, `${a[@]}`, `${!a[@]}`, `${!p*}`. */
export function isList(part: ParameterExpansionPart): boolean {
  const index = part.index?.text;
  if (part.prefix === '#') return false;
  if (part.operation?.type === 'Names') return true;
  return index === '@' || index === '*' || part.parameter === '@' || part.parameter === '*';
}

/** One value, several, or undefined for an unset parameter. `Default` operations are not handled here. */
export async function expandParameter(
  part: ParameterExpansionPart,
  frame: Frame,
  expander: Expander,
): Promise<string | string[] | undefined> {
  const { state } = frame;
  const { operation } = part;
  if (operation?.type === 'Names')
    return [...state.variables.keys()].filter((name) => name.startsWith(part.parameter)).sort(byteOrder);
  if (operation?.type === 'Unknown') throw new ShellError(`${part.text}: bad substitution`, 1, true);
  const index = part.index?.text;
  const list = isList(part) || index === '@' || index === '*' || part.parameter === '@' || part.parameter === '*';
  if (part.prefix === '!' && list && index !== undefined) return state.keys(part.parameter);
  const value = await parameterValue(part, frame, expander);
  if (part.prefix === '#') {
    if (list) return String(elementsOf(part.parameter, frame).length);
    if (value === undefined && state.options.nounset) throw unbound(part.parameter);
    return String([...(typeof value === 'string' ? value : '')].length);
  }
  const each = (change: (text: string) => string) =>
    Array.isArray(value) ? value.map(change) : value === undefined ? undefined : change(value);
  if (value === undefined && state.options.nounset && operation?.type !== 'Default')
    throw unbound(index === undefined ? part.parameter : `${part.parameter}[${index}]`);
  switch (operation?.type) {
    case undefined:
    case 'Default':
      return value;
    case 'Remove': {
      const pattern = await expander.pattern(operation.operand);
      return each((text) => removePattern(text, pattern, operation.operator));
    }
    case 'Replace': {
      const source = patternSource(await expander.pattern(operation.pattern));
      const replacement = await expander.text(operation.replacement);
      if (source === '') {
        // Nothing matches at an end only when an end is named.
        if (operation.operator === '/#') return each((text) => replacement + text);
        return operation.operator === '/%' ? each((text) => text + replacement) : value;
      }
      const regExp =
        operation.operator === '//'
          ? new RegExp(source, 'g')
          : operation.operator === '/#'
            ? new RegExp(`^(?:${source})`)
            : operation.operator === '/%'
              ? new RegExp(`(?:${source})$`)
              : new RegExp(source);
      // A pattern that can match nothing (`*`) would match again at the end of what it has eaten.
      return each((text) =>
        text === ''
          ? text.replace(regExp, () => replacement)
          : text.replace(regExp, (match) => (match === '' ? '' : replacement)),
      );
    }
    case 'Slice': {
      const offset = await expander.arithmetic(operation.offset.text);
      const length = operation.length ? await expander.arithmetic(operation.length.text) : undefined;
      if (Array.isArray(value)) {
        const all = part.parameter === '@' || part.parameter === '*' ? [state.scriptName, ...value] : value;
        const from = offset < 0 ? all.length + offset : offset;
        return all.slice(
          from === 0 && all !== value && offset === 0 ? 0 : from,
          length === undefined ? undefined : from + length,
        );
      }
      const text = value ?? '';
      const from = offset < 0 ? text.length + offset : offset;
      if (from < 0) return '';
      if (length !== undefined && length < 0 && text.length + length < from)
        throw new ShellError(`${operation.length?.text ?? ''}: substring expression < 0`, 1, true);
      return text.slice(from, length === undefined ? undefined : length < 0 ? text.length + length : from + length);
    }
    case 'CaseModification': {
      const upper = operation.operator.startsWith('^');
      const change = (text: string) => (upper ? text.toUpperCase() : text.toLowerCase());
      return each((text) => (operation.operator.length > 1 ? change(text) : change(text.slice(0, 1)) + text.slice(1)));
    }
    case 'Transform': {
      const kind = operation.operand.text;
      return each((text) => transform(text, kind, part.text));
    }
  }
}

async function parameterValue(
  part: ParameterExpansionPart,
  frame: Frame,
  expander: Expander,
): Promise<string | string[] | undefined> {
  const index = part.index?.text;
  let name = part.parameter;
  if (part.prefix === '!') {
    const target = parameter(name, frame);
    if (target === undefined) throw new ShellError(`${name}: invalid indirect expansion`, 1, true);
    const element = /^(\w+)\[([^\]]*)\]$/.exec(target);
    if (element) return elementValue(element[1] ?? '', element[2] ?? '', frame, expander);
    name = target;
  }
  if (name === '@' || name === '*') return frame.state.positional;
  if (part.index === undefined) return parameter(name, frame);
  if (index === '@' || index === '*') return elementsOf(name, frame);
  return elementValue(name, await expander.text(part.index), frame, expander);
}

async function elementValue(
  name: string,
  index: string,
  frame: Frame,
  expander: Expander,
): Promise<string | string[] | undefined> {
  if (index === '@' || index === '*') return elementsOf(name, frame);
  const value = frame.state.variables.get(name)?.value;
  if (value instanceof Map) return value.get(index);
  const at = await expander.arithmetic(index);
  const array = name === 'PIPESTATUS' ? elementsOf(name, frame) : Array.isArray(value) ? value : [value];
  if (at < 0 && array.length + at < 0) throw new ShellError(`${name}: bad array subscript`);
  return array[at < 0 ? array.length + at : at];
}

export function unbound(name: string): ShellError {
  return new ShellError(`${name}: unbound variable`, 127, true);
}

function transform(text: string, kind: string, source: string): string {
  switch (kind) {
    case 'U':
      return text.toUpperCase();
    case 'u':
      return text.slice(0, 1).toUpperCase() + text.slice(1);
    case 'L':
      return text.toLowerCase();
    case 'Q':
      return `'${text.replaceAll("'", "'\\''")}'`;
  }
  throw new ShellError(`${source}: bad substitution (@${kind} is not simulated)`, 1, true);
}

/** As `printf %q` writes it: backslashes, or `$'…'` when something does not print. */
export function quoteForShell(text: string): string {
  if (text === '') return "''";
  if (/[\x00-\x1f\x7f]/.test(text)) {
    const named: Readonly<Record<string, string>> = {
      '\n': '\\n',
      '\t': '\\t',
      '\r': '\\r',
      '\x1b': '\\E',
      '\x07': '\\a',
    };
    const escaped = text.replace(
      /[\x00-\x1f\x7f'\\]/g,
      (c) => named[c] ?? (c >= ' ' && c !== '\x7f' ? `\\${c}` : `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`),
    );
    return `$'${escaped}'`;
  }
  return text.replace(/[^\w@%+=:./-]/g, '\\$&').replace(/^~/, '\\~');
}
