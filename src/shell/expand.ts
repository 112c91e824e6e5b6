// Words to arguments: quotes, parameters, substitutions, then splitting by IFS, then file names.
// A word becomes segments, each quoted or not; null stands where one argument ends and the next begins.

import { evaluate, evaluateText } from './arithmetic.ts';
import { escapePattern, escapeRegExp, expandBraces, expandPathname, hasWildcard } from './pattern.ts';
import { expandParameter, isList, parameter, unbound } from './parameters.ts';
import { ShellError } from './state.ts';
import type { Frame } from './frame.ts';
import { parseWord } from './parse.ts';
import type { HereDoc, ParameterExpansionPart, Word, WordPart } from './parse.ts';
import type { Expander } from './parameters.ts';

interface Segment {
  readonly text: string;
  readonly quoted: boolean;
}

type Segments = (Segment | null)[];

/** `fields`: results are split. `single`: one argument, as in an assignment. `quoted`: inside double quotes. */
type Mode = 'fields' | 'single' | 'quoted';

/** The arguments that `words` stand for. */
export async function expandWords(words: readonly Word[], frame: Frame): Promise<string[]> {
  const out: string[] = [];
  for (const word of words)
    for (const one of expandBraces(word)) {
      // Most words are plain; they need none of the rest.
      if (!one.parts && !one.text.startsWith('~')) out.push(one.value);
      else out.push(...(await expandField(one, frame)));
    }
  return out;
}

async function expandField(word: Word, frame: Frame): Promise<string[]> {
  const segments = withTilde(word, await expandParts(partsOf(word), 'fields', frame), frame);
  const out: string[] = [];
  let field: Segment[] = [];
  const flush = () => {
    if (field.length === 0) return;
    const pattern = field.map((s) => (s.quoted ? escapePattern(s.text) : s.text)).join('');
    const literal = field.map((s) => s.text).join('');
    field = [];
    if (!frame.state.options.noglob && hasWildcard(pattern)) {
      const paths = expandPathname(pattern, frame.state.cwd, frame.shell.fs);
      if (paths.length > 0) {
        out.push(...paths);
        return;
      }
    }
    out.push(literal);
  };
  for (const segment of segments) {
    if (segment === null) flush();
    else field.push(segment);
  }
  flush();
  return out;
}

/** One text, not split and not matched against files: the value of an assignment, the word of `case`. */
export async function expandText(word: Word, frame: Frame): Promise<string> {
  if (!word.parts && !word.text.startsWith('~') && !word.text.includes(':~')) return word.value;
  return joined(withTilde(word, await expandParts(partsOf(word), 'single', frame), frame));
}

/** A shell pattern in which what was quoted matches only itself. */
export async function expandPattern(word: Word, frame: Frame): Promise<string> {
  const segments = await expandParts(partsOf(word), 'single', frame);
  return segments.map((s) => (s === null ? ' ' : s.quoted ? escapePattern(s.text) : s.text)).join('');
}

/** The right side of `=~`. */
export async function expandRegExp(word: Word, frame: Frame): Promise<string> {
  // The parser drops a backslash from `value`; a regular expression needs it.
  if (!word.parts) return word.text;
  const segments = await expandParts(word.parts, 'single', frame, true);
  return segments.map((s) => (s === null ? ' ' : s.quoted ? escapeRegExp(s.text) : s.text)).join('');
}

export async function expandHereDoc(document: HereDoc, frame: Frame): Promise<string> {
  const { body } = document;
  const stripTabs = document.operator === '<<-';
  if (document.delimiter?.quoted === true) return stripTabs ? body.text.replace(/^\t+/gm, '') : body.text;
  if (!body.parts) {
    const text = stripTabs ? body.text.replace(/^\t+/gm, '') : body.text;
    return text.replace(/\\([$`\\\n])/g, (_, c: string) => (c === '\n' ? '' : c));
  }
  let out = '';
  for (const [i, part] of body.parts.entries()) {
    if (part.type === 'Literal' && stripTabs) out += part.value.replace(i === 0 ? /^\t+/gm : /(?<=\n)\t+/g, '');
    else out += joined(await expandParts([part], 'quoted', frame));
  }
  return out;
}

function partsOf(word: Word): readonly WordPart[] {
  return word.parts ?? [{ type: 'Literal', pos: word.pos, end: word.end, text: word.text, value: word.value }];
}

function joined(segments: Segments): string {
  return segments.map((segment) => segment?.text ?? ' ').join('');
}

function withTilde(word: Word, segments: Segments, frame: Frame): Segments {
  const [first, ...rest] = segments;
  const home = () => frame.state.get('HOME') ?? '/home/user';
  if (!first || first.quoted || !/^~(?:[/:]|$)/.test(word.text)) return segments;
  return [
    { text: home(), quoted: true },
    { text: first.text.slice(1).replaceAll(':~/', `:${home()}/`), quoted: false },
    ...rest,
  ];
}

function expanderOf(frame: Frame): Expander {
  return {
    text: (word) => expandText(word, frame),
    pattern: (word) => expandPattern(word, frame),
    arithmetic: async (text) => Number(await evaluateText(text, frame)),
  };
}

async function expandParts(
  parts: readonly WordPart[],
  mode: Mode,
  frame: Frame,
  keepBackslash = false,
): Promise<Segments> {
  const out: Segments = [];
  const quoted = mode === 'quoted';
  const push = (value: string | undefined) => {
    if (mode === 'fields') splitFields(value ?? '', out, frame);
    else out.push({ text: value ?? '', quoted });
  };
  const pushList = (values: readonly string[]) => {
    for (const [i, value] of values.entries()) {
      if (i > 0) out.push(null);
      push(value);
    }
  };
  for (const part of parts) {
    switch (part.type) {
      case 'Literal':
        if (quoted || part.value === part.text) out.push({ text: part.value, quoted });
        else if (keepBackslash) out.push({ text: part.text, quoted: false });
        else out.push(...unescape(part.text));
        break;
      case 'Glob': {
        // The parser keeps a bracket whole; what stands in it is expanded like the rest of a word.
        const inner = /^\[.*[$`'"].*\]$/s.test(part.text) ? parseWord(part.text.slice(1, -1)) : undefined;
        if (inner?.parts)
          out.push({ text: '[', quoted }, ...(await expandParts(inner.parts, mode, frame, keepBackslash)), {
            text: ']',
            quoted,
          });
        else out.push({ text: part.text, quoted });
        break;
      }
      case 'ExtendedGlob':
      case 'BraceExpansion':
        out.push({ text: part.text, quoted });
        break;
      case 'SingleQuoted':
        // Inside double quotes (`"${x:-'a'}"`) single quotes are plain characters.
        out.push(quoted ? { text: part.text, quoted } : { text: part.value, quoted: true });
        break;
      case 'AnsiCQuoted':
        out.push({ text: part.value, quoted: true });
        break;
      case 'DoubleQuoted':
      case 'LocaleString': {
        const inner = await expandParts(part.parts, 'quoted', frame);
        // `"$@"` without arguments is no argument at all; every other pair of quotes makes one.
        if (!(inner.length === 0 && part.parts.length === 1 && isListPart(part.parts[0])))
          out.push({ text: '', quoted: true });
        out.push(...inner);
        break;
      }
      case 'SimpleExpansion': {
        const name = part.text.slice(1);
        if (name === '@' || (name === '*' && mode === 'fields')) pushList(frame.state.positional);
        else if (name === '*') push(frame.state.positional.join(listSeparator(frame)));
        else {
          const value = parameter(name, frame);
          if (value === undefined && frame.state.options.nounset && !/^[#?$@*!-]$/.test(name)) throw unbound(name);
          push(value);
        }
        break;
      }
      case 'ParameterExpansion':
        await expandParameterPart(part, mode, frame, out, push, pushList);
        break;
      case 'CommandExpansion':
        push(await frame.shell.capture(part.script, frame));
        break;
      case 'ArithmeticExpansion':
        push(String(part.expression ? await evaluate(part.expression, frame) : 0n));
        break;
      case 'ProcessSubstitution': {
        if (part.operator === '>') throw new ShellError('>(…): output process substitution is not simulated', 1, true);
        const { fs } = frame.shell;
        let descriptor = 63;
        while (fs.exists(`/dev/fd/${descriptor}`) && descriptor > 3) descriptor--;
        fs.makeDirectories('/dev/fd');
        const text = await frame.shell.capture(part.script, frame);
        fs.write(`/dev/fd/${descriptor}`, text === '' ? '' : `${text}\n`);
        out.push({ text: `/dev/fd/${descriptor}`, quoted: true });
        break;
      }
    }
  }
  return out;
}

function isListPart(part: WordPart | undefined): boolean {
  if (part?.type === 'SimpleExpansion') return part.text === '$@';
  return part?.type === 'ParameterExpansion' && isList(part);
}

function listSeparator(frame: Frame): string {
  const ifs = frame.state.get('IFS');
  return ifs === undefined ? ' ' : ifs.slice(0, 1);
}

async function expandParameterPart(
  part: ParameterExpansionPart,
  mode: Mode,
  frame: Frame,
  out: Segments,
  push: (value: string | undefined) => void,
  pushList: (values: readonly string[]) => void,
): Promise<void> {
  const value = await expandParameter(part, frame, expanderOf(frame));
  const { operation } = part;
  if (operation?.type === 'Default') {
    const asks = operation.operator.startsWith(':');
    const isSet = Array.isArray(value)
      ? value.length > 0
      : asks
        ? value !== undefined && value !== ''
        : value !== undefined;
    const kind = operation.operator.slice(-1);
    if (kind === '+' ? isSet : !isSet) {
      if (kind === '?') {
        const message = await expandText(operation.operand, frame);
        const standard = asks ? 'parameter null or not set' : 'parameter not set';
        throw new ShellError(`${part.parameter}: ${message || standard}`, 127, true);
      }
      if (kind === '=') {
        const text = await expandText(operation.operand, frame);
        if (part.index) frame.state.setElement(part.parameter, await expandText(part.index, frame), text);
        else frame.state.set(part.parameter, text);
        push(text);
        return;
      }
      const parts = partsOf(operation.operand);
      const operand = await expandParts(parts, mode === 'quoted' ? 'quoted' : 'single', frame);
      for (const segment of withTilde(operation.operand, operand, frame)) {
        if (segment !== null && mode === 'fields' && !segment.quoted) splitFields(segment.text, out, frame);
        else out.push(segment);
      }
      return;
    }
    if (kind === '+') {
      push('');
      return;
    }
  }
  if (!Array.isArray(value)) push(value);
  else if ((part.index?.text === '*' || part.parameter === '*') && mode !== 'fields')
    push(value.join(listSeparator(frame)));
  else pushList(value);
}

/** `a\ b` outside quotes: the escaped character is quoted, the rest is not. */
function unescape(text: string): Segment[] {
  return [...text.matchAll(/\\([^])|[^\\]+|\\$/g)].map((match) => {
    const escaped = match[1];
    if (escaped === undefined) return { text: match[0], quoted: false };
    return { text: escaped === '\n' ? '' : escaped, quoted: true };
  });
}

/** Splits by IFS: runs of white space are one separator, every other separator stands for itself. */
function splitFields(value: string, out: Segments, frame: Frame): void {
  const ifs = frame.state.get('IFS') ?? ' \t\n';
  if (value === '') return;
  if (ifs === '') {
    out.push({ text: value, quoted: false });
    return;
  }
  const separator = separatorRegExp(ifs);
  let at = 0;
  for (const match of value.matchAll(separator)) {
    const text = value.slice(at, match.index);
    // An empty field exists only between two separators that are not white space.
    if (text !== '') out.push({ text, quoted: false });
    else if (match[0].trim() !== '') out.push({ text: '', quoted: true });
    out.push(null);
    at = match.index + match[0].length;
  }
  if (at < value.length) out.push({ text: value.slice(at), quoted: false });
}

const separators = new Map<string, RegExp>();

export function separatorRegExp(ifs: string): RegExp {
  let regExp = separators.get(ifs);
  if (!regExp) {
    const classOf = (characters: string) => characters.replace(/[\]\\^-]/g, '\\$&');
    const white = classOf([...ifs].filter((c) => ' \t\n'.includes(c)).join(''));
    const other = classOf([...ifs].filter((c) => !' \t\n'.includes(c)).join(''));
    const source =
      other === '' ? `[${white}]+` : white === '' ? `[${other}]` : `[${white}]*[${other}][${white}]*|[${white}]+`;
    regExp = new RegExp(source, 'g');
    separators.set(ifs, regExp);
  }
  return regExp;
}
