// Shell patterns (`*`, `?`, `[a-z]`, extended globs), brace expansion, and the file names a pattern matches.
// In a pattern text, a backslash before a character means the character itself; that is how quoting arrives here.

import { parseWord } from './parse.ts';
import type { Word } from './parse.ts';
import type { ShellFiles } from './file-system.ts';

const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'a-zA-Z0-9',
  alpha: 'a-zA-Z',
  blank: ' \\t',
  cntrl: '\\x00-\\x1f\\x7f',
  digit: '0-9',
  graph: '\\x21-\\x7e',
  lower: 'a-z',
  print: '\\x20-\\x7e',
  punct: '!-\\/:-@\\[-`{-~',
  space: ' \\t-\\r',
  upper: 'A-Z',
  xdigit: '0-9A-Fa-f',
};

/** The inside of a bracket expression, `[:classes:]` and all, as the inside of a JavaScript one. */
export function bracketSource(inside: string): string {
  return inside.replace(/\[:(\w+):\]|[\\[\]^]/g, (text, name: string | undefined) =>
    name === undefined ? `\\${text}` : (CLASSES[name] ?? ''),
  );
}

/** `text` with all that is special in a regular expression made plain. */
export function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
}

/** `text` as a pattern that matches only itself. */
export function escapePattern(text: string): string {
  return text.replace(/[*?[\]\\()|+@!]/g, '\\$&');
}

export function patternSource(pattern: string, greedy = true): string {
  const more = greedy ? '' : '?';
  const closings: string[] = [];
  let out = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern.charAt(i);
    if (c === '\\') {
      i++;
      out += escapeRegExp(pattern.charAt(i) || '\\');
    } else if ('?*+@!'.includes(c) && pattern[i + 1] === '(') {
      out += c === '!' ? '(?:(?!(?:' : '(?:';
      closings.push(c === '!' ? ')$)[^]*)' : c === '@' ? ')' : `)${c}`);
      i++;
    } else if (c === ')' && closings.length > 0) out += closings.pop() ?? '';
    else if (c === '|' && closings.length > 0) out += '|';
    else if (c === '*') out += `[^]*${more}`;
    else if (c === '?') out += '[^]';
    else if (c === '[') {
      const bracket = /^\[([!^]?)(\]?(?:\[:\w+:\]|\\.|[^\]\\])*)\]/.exec(pattern.slice(i));
      if (bracket) {
        out += `[${bracket[1] ? '^' : ''}${bracketSource((bracket[2] ?? '').replace(/\\(.)/g, '$1'))}]`;
        i += bracket[0].length - 1;
      } else out += '\\[';
    } else out += escapeRegExp(c);
  }
  return out;
}

const compiled = new Map<string, RegExp>();

/** Matches the whole of a text. */
export function patternRegExp(pattern: string): RegExp {
  let regExp = compiled.get(pattern);
  if (!regExp) {
    if (compiled.size > 500) compiled.clear();
    try {
      regExp = new RegExp(`^(?:${patternSource(pattern)})$`, 'u');
    } catch {
      // A bracket no regular expression knows (`[z-a]`) matches itself, as bash takes it.
      regExp = new RegExp(`^${escapeRegExp(pattern)}$`);
    }
    compiled.set(pattern, regExp);
  }
  return regExp;
}

/** `${x#pattern}` and its three sisters. */
export function removePattern(text: string, pattern: string, operator: string): string {
  const regExp = patternRegExp(pattern);
  const longest = operator.length > 1;
  const lengths = Array.from({ length: text.length + 1 }, (_, i) => (longest ? text.length - i : i));
  for (const length of lengths) {
    if (operator.startsWith('#')) {
      if (regExp.test(text.slice(0, length))) return text.slice(length);
    } else if (regExp.test(text.slice(text.length - length))) return text.slice(0, text.length - length);
  }
  return text;
}

export function hasWildcard(pattern: string): boolean {
  return /(^|[^\\])(\\\\)*([*?[]|[+@!]\()/.test(pattern);
}

/** Paths that match, in byte order; hidden names only for a pattern that begins with a dot. */
export function expandPathname(pattern: string, cwd: string, fs: ShellFiles): string[] {
  let found = [pattern.startsWith('/') ? '/' : ''];
  for (const part of pattern.split('/').filter((p) => p !== '')) {
    const wild = hasWildcard(part);
    const literal = part.replace(/\\(.)/g, '$1');
    const next: string[] = [];
    for (const base of found) {
      const directory = fs.resolve(cwd, base || '.');
      if (!fs.isDirectory(directory)) continue;
      const join = (name: string) => (base === '' || base.endsWith('/') ? base + name : `${base}/${name}`);
      if (!wild) {
        if (fs.exists(fs.resolve(directory, literal))) next.push(join(literal));
        continue;
      }
      const regExp = patternRegExp(part);
      for (const name of fs.list(directory))
        if (regExp.test(name) && (!name.startsWith('.') || part.startsWith('.'))) next.push(join(name));
    }
    found = next;
  }
  return pattern.endsWith('/') ? found.filter((p) => fs.isDirectory(fs.resolve(cwd, p))).map((p) => `${p}/`) : found;
}

const BRACES_MAX = 10_000;

/** `a{b,c}{1..3}` as the words it stands for. */
export function expandBraces(word: Word): Word[] {
  const at = word.parts?.findIndex((part) => part.type === 'BraceExpansion') ?? -1;
  const brace = word.parts?.[at];
  if (!word.parts || !brace) return [word];
  const text = (parts: readonly { readonly text: string }[]) => parts.map((part) => part.text).join('');
  const before = text(word.parts.slice(0, at));
  const after = text(word.parts.slice(at + 1));
  const out: Word[] = [];
  for (const alternative of alternatives(brace.text.slice(1, -1))) {
    const next = parseWord(before + alternative + after);
    if (next) out.push(...expandBraces(next));
    if (out.length > BRACES_MAX) break;
  }
  return out;
}

function alternatives(inside: string): string[] {
  const range = /^(?:(-?\d+)\.\.(-?\d+)|([a-zA-Z])\.\.([a-zA-Z]))(?:\.\.(-?\d+))?$/.exec(inside);
  if (!range) return splitAlternatives(inside);
  const [, from, to, fromLetter, toLetter, stepText] = range;
  const numeric = from !== undefined;
  const first = numeric ? Number(from) : (fromLetter ?? '').charCodeAt(0);
  const last = numeric ? Number(to) : (toLetter ?? '').charCodeAt(0);
  const step = Math.max(1, Math.abs(Number(stepText ?? 1)));
  const padded = /^-?0\d/.test(from ?? '') || /^-?0\d/.test(to ?? '');
  const width = padded ? Math.max((from ?? '').length, (to ?? '').length) : 0;
  const count = Math.min(BRACES_MAX, Math.floor(Math.abs(last - first) / step) + 1);
  return Array.from({ length: count }, (_, i) => {
    const value = first + (first <= last ? i : -i) * step;
    if (!numeric) return String.fromCharCode(value);
    const digits = String(Math.abs(value)).padStart(width - (value < 0 ? 1 : 0), '0');
    return value < 0 ? `-${digits}` : digits;
  });
}

function splitAlternatives(inside: string): string[] {
  const out: string[] = [];
  let depth = 0;
  let current = '';
  let quote = '';
  for (let i = 0; i < inside.length; i++) {
    const c = inside.charAt(i);
    if (c === '\\') {
      current += c + inside.charAt(++i);
      continue;
    }
    if (quote !== '') {
      if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '{') depth++;
    else if (c === '}') depth--;
    else if (c === ',' && depth === 0) {
      out.push(current);
      current = '';
      continue;
    }
    current += c;
  }
  return [...out, current];
}
