// `.dockerignore`: which files of a context are left out. Models moby/patternmatcher 0.6 and the reading of the file in
// its ignorefile package. Patterns are those of Go's filepath.Match with `**` for any number of directories.

export class PatternError extends Error {
  override readonly name = 'PatternError';
}

interface Pattern {
  readonly exclusion: boolean;
  readonly matches: (path: string) => boolean;
}

/** The patterns of the file: no comments, no empty lines, slashes at both ends cut off. */
export function readIgnoreFile(text: string): readonly string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    let pattern = line.trim();
    if (pattern === '') continue;
    const inverted = pattern.startsWith('!');
    if (inverted) pattern = pattern.slice(1).trim();
    if (pattern !== '') {
      pattern = cleanPath(pattern);
      if (pattern.length > 1 && pattern.startsWith('/')) pattern = pattern.slice(1);
    }
    patterns.push(inverted ? `!${pattern}` : pattern);
  }
  return patterns;
}

/** Whether a path of the context is left out: itself or a directory above it matches, and no later `!` takes it back. */
export function ignoring(given: readonly string[]): (path: string) => boolean {
  const patterns = given.flatMap((text) => compile(text));
  return (file) => {
    let matched = false;
    const path = cleanPath(file);
    const parts = path.split('/');
    for (const pattern of patterns) {
      if (pattern.exclusion !== matched) continue;
      if (parts.some((_, i) => pattern.matches(parts.slice(0, parts.length - i).join('/'))))
        matched = !pattern.exclusion;
    }
    return matched;
  };
}

function compile(text: string): readonly Pattern[] {
  let pattern = text.trim();
  if (pattern === '') return [];
  pattern = cleanPath(pattern);
  const exclusion = pattern.startsWith('!');
  if (exclusion) pattern = pattern.slice(1);
  if (pattern === '') throw new PatternError('illegal exclusion pattern: "!"');
  return [{ exclusion, matches: matcher(pattern) }];
}

/** Go's filepath.Match, alone: `*` stops at slashes, `**` is nothing special. For COPY. */
export function globMatcher(pattern: string): (path: string) => boolean {
  return matcher(pattern.replace(/\*+/g, '*'));
}

function matcher(pattern: string): (path: string) => boolean {
  if (!/[*?[\]\\]/.test(pattern)) return (path) => path === pattern;
  const source = regexSource(pattern);
  if (pattern.startsWith('**') && !/[*?[\]\\]/.test(pattern.slice(2))) {
    const suffix = pattern.slice(2);
    if (suffix === '' || suffix === '/') return () => true;
    return (path) => path.endsWith(suffix) || (suffix.startsWith('/') && path === suffix.slice(1));
  }
  const regex = new RegExp(`^${source}$`, 'u');
  return (path) => regex.test(path);
}

function regexSource(pattern: string): string {
  const characters = [...pattern];
  let out = '';
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === '*') {
      if (characters[i + 1] !== '*') {
        out += '[^/]*';
        continue;
      }
      i++;
      if (characters[i + 1] === '/') i++;
      out += i + 1 >= characters.length ? '.*' : '(.*/)?';
    } else if (character === '?') out += '[^/]';
    else if (character === '\\') {
      const next = characters[++i];
      if (next === undefined) throw new PatternError('syntax error in pattern');
      out += escapeRegex(next);
    } else if (character === '[') {
      const end = closing(characters, i);
      out += bracket(characters.slice(i + 1, end));
      i = end;
    } else out += escapeRegex(character);
  }
  return out;
}

function closing(characters: readonly string[], from: number): number {
  let i = from + 1;
  if (characters[i] === '^') i++;
  for (let first = true; i < characters.length; i++, first = false) {
    if (characters[i] === '\\') i++;
    else if (characters[i] === ']' && !first) return i;
  }
  throw new PatternError('syntax error in pattern');
}

function bracket(inner: readonly string[]): string {
  const negated = inner[0] === '^';
  let out = '';
  for (let i = negated ? 1 : 0; i < inner.length; i++) {
    const character = inner[i] as string;
    if (character === '\\') out += escapeRegex(inner[++i] ?? '');
    else out += character === '-' ? '-' : escapeRegex(character);
  }
  return `[${negated ? '^' : ''}${out}]`;
}

function escapeRegex(character: string): string {
  return /[\\^$.*+?()[\]{}|/-]/.test(character) ? `\\${character}` : character;
}

/** Go's filepath.Clean. */
export function cleanPath(path: string): string {
  const rooted = path.startsWith('/');
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') parts.push(part);
    else if (parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else if (!rooted) parts.push('..');
  }
  const joined = parts.join('/');
  return rooted ? `/${joined}` : joined === '' ? '.' : joined;
}
