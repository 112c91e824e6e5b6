// A Dockerfile's lines: directives, comments, continuation, flags and arguments. Models buildkit's
// frontend/dockerfile/parser (0.22, as in Docker 28), which both builders use. Left out: heredocs, which are refused by
// name.
import { goQuote } from './words.ts';

/** What is wrong with a Dockerfile, in the words of the parser. */
export class DockerfileError extends Error {
  override readonly name = 'DockerfileError';
  /** Where; BuildKit shows the lines around it. */
  readonly line: number;
  constructor(message: string, line = 0) {
    super(message);
    this.line = line;
  }
}

export interface Line {
  /** As written: `RUN`, `run`. */
  readonly command: string;
  readonly flags: readonly string[];
  readonly args: readonly string[];
  /** The arguments were a JSON array. */
  readonly json: boolean;
  /** The whole instruction with its continuation lines joined. */
  readonly original: string;
  readonly line: number;
}

export interface ParsedFile {
  readonly lines: readonly Line[];
  readonly escape: string;
  /** `# syntax=`: noted, and without effect. */
  readonly syntax?: string;
  readonly warnings: readonly string[];
}

const DIRECTIVE = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/;
const SPACE = /[\t\v\f\r ]+/;

export function parseDockerfile(text: string): ParsedFile {
  const source = text.replace(/^\uFEFF/, '').split(/(?<=\n)/);
  const lines: Line[] = [];
  const warnings: string[] = [];
  const seen = new Map<string, string>();
  let escape = '\\';
  let directives = true;
  for (let at = 0; at < source.length;) {
    const raw = (source[at] as string).replace(/[\r\n]+$/, '').trimStart();
    if (directives) {
      const [, name = '', value = ''] = DIRECTIVE.exec(raw) ?? [];
      const key = name.toLowerCase();
      if (['syntax', 'escape', 'check'].includes(key)) {
        if (seen.has(key)) throw new DockerfileError(`only one ${key} parser directive can be used`);
        seen.set(key, value);
        if (key === 'escape') escape = escapeToken(value);
      } else directives = false;
    }
    at++;
    const start = at;
    if (raw.startsWith('#')) continue;
    let [joined, more] = continued(raw, escape);
    if (!more && joined === '') continue;
    let empty = false;
    while (more && at < source.length) {
      const next = (source[at++] as string).replace(/[\r\n]+$/, '');
      if (next.trimStart().startsWith('#')) continue;
      if (next.trim() === '') {
        empty = true;
        continue;
      }
      const [part, again] = continued(next, escape);
      joined += part;
      more = again;
    }
    if (empty) warnings.push(`Empty continuation line found in: ${joined}`);
    lines.push(parseLine(joined, escape, start));
  }
  if (lines.length === 0) throw new DockerfileError('file with no instructions');
  const syntax = seen.get('syntax');
  return { lines, escape, warnings, ...(syntax !== undefined && { syntax }) };
}

function escapeToken(value: string): string {
  if (value !== '`' && value !== '\\')
    throw new DockerfileError(`invalid escape token '${value}' does not match \` or \\`);
  return value;
}

/** A line that ends in the escape token goes on, unless the token is itself escaped. */
function continued(line: string, escape: string): [string, boolean] {
  const token = escape === '`' ? '`' : '\\\\';
  const match = new RegExp(`(^|[^${token}])${token}[ \\t]*$`).exec(line);
  return match ? [line.slice(0, match.index) + (match[1] as string), true] : [line, false];
}

function parseLine(original: string, escape: string, line: number): Line {
  try {
    return { ...readLine(original, escape), original, line };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    throw new DockerfileError(error.message, line);
  }
}

/** Also for the instruction in `ONBUILD`. */
function readLine(original: string, escape: string): Omit<Line, 'original' | 'line'> {
  const trimmed = original.trim();
  const space = SPACE.exec(trimmed);
  const command = space ? trimmed.slice(0, space.index) : trimmed;
  const [flags, rest] = splitFlags(space ? trimmed.slice(space.index + space[0].length) : '', escape);
  const name = command.toLowerCase();
  if (['add', 'copy', 'run'].includes(name) && /(^|\s)\d*<<-?\s*['"]?\w/.test(rest))
    throw new DockerfileError('heredocs are not simulated');
  return { command, flags, ...readArguments(name, rest, escape) };
}

function readArguments(
  name: string,
  rest: string,
  escape: string,
): { readonly args: readonly string[]; readonly json: boolean } {
  const plain = (args: readonly string[]) => ({ args, json: false });
  switch (name) {
    case 'run':
    case 'cmd':
    case 'entrypoint':
    case 'shell': {
      const json = jsonArray(rest);
      return json ? { args: json, json: true } : plain(rest === '' ? [] : [rest]);
    }
    case 'add':
    case 'copy':
    case 'volume': {
      const json = jsonArray(rest);
      return json ? { args: json, json: true } : plain(rest === '' ? [] : rest.split(SPACE));
    }
    case 'expose':
    case 'from':
      return plain(rest === '' ? [] : rest.split(SPACE));
    case 'arg':
      return plain(cutWords(rest, escape));
    case 'env':
    case 'label':
      return plain(pairs(rest, name.toUpperCase(), escape));
    case 'healthcheck': {
      const [, kind = '', command = ''] = /^(\S*)\s*([^]*)$/.exec(rest) ?? [];
      if (kind === '') return plain([]);
      const json = jsonArray(command);
      return json ? { args: [kind, ...json], json: true } : plain(command === '' ? [kind] : [kind, command]);
    }
    default:
      return plain(rest === '' ? [] : [rest]);
  }
}

function jsonArray(text: string): readonly string[] | undefined {
  if (!text.trimStart().startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  if (!value.every((item) => typeof item === 'string'))
    throw new DockerfileError('when using JSON array syntax, arrays must be comprised of strings only');
  return value;
}

/** `KEY=value …` or the old `KEY value`, as triples of key, value and `=` or nothing. */
function pairs(rest: string, command: string, escape: string): readonly string[] {
  const words = cutWords(rest, escape);
  if (words.length === 0) return [];
  if (!(words[0] as string).includes('=')) {
    const space = SPACE.exec(rest);
    if (!space) throw new DockerfileError(`${command} must have two arguments`);
    return [rest.slice(0, space.index), rest.slice(space.index + space[0].length), ''];
  }
  return words.flatMap((word) => {
    const equals = word.indexOf('=');
    if (equals < 0)
      throw new DockerfileError(`Syntax error - can't find = in ${goQuote(word)}. Must be of the form: name=value`);
    return [word.slice(0, equals), word.slice(equals + 1), '='];
  });
}

/** Words with their quotes and escapes still in them. */
function cutWords(text: string, escape: string): readonly string[] {
  const words: string[] = [];
  let word = '';
  let blank = false;
  let quote = '';
  const end = (): void => {
    if (word !== '' || blank) words.push(word);
    word = '';
    blank = false;
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (quote === '' && /\s/.test(character)) {
      end();
      continue;
    }
    if (quote !== '' && character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) {
      quote = character;
      blank = true;
    }
    if (character === escape && quote !== "'") {
      if (i + 1 === text.length) continue;
      word += character;
      i++;
    }
    word += text[i] as string;
  }
  end();
  return words;
}

/** `--name=value` words before the arguments, and the rest of the line. */
function splitFlags(line: string, escape: string): readonly [readonly string[], string] {
  const flags: string[] = [];
  let rest = line.trimStart();
  while (rest.startsWith('--')) {
    const [first = ''] = cutWords(rest, escape);
    const length = wordLength(rest, escape);
    rest = rest.slice(length);
    if (first === '--') break;
    flags.push(first.replace(/["']/g, ''));
    rest = rest.trimStart();
  }
  return [flags, rest.trim()];
}

function wordLength(text: string, escape: string): number {
  let quote = '';
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (character === escape) i++;
    else if (quote !== '') quote = character === quote ? '' : quote;
    else if (character === '"' || character === "'") quote = character;
    else if (/\s/.test(character)) return i;
  }
  return text.length;
}
