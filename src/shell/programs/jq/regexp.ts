// jq's regular expressions (Oniguruma there, JavaScript's here, which for what people type is the same).

import { JqError, shown } from './value.ts';
import { isArray, typeOf } from './json.ts';
import type { Json } from './json.ts';

const FLAGS: Readonly<Record<string, string>> = { g: 'g', i: 'i', s: 's', x: '', n: '', l: '' };
const MATCHES_MAX = 100_000;

/** What `match`, `test` and the rest are given: an expression with its flags, or both in an array. */
export interface Search {
  readonly regExp: RegExp;
  readonly global: boolean;
  /** `n`: empty matches do not count. */
  readonly skipEmpty: boolean;
}

export function searchOf(pattern: Json, flags: Json, always = ''): Search {
  const [source = null, given = null]: readonly Json[] = isArray(pattern) ? pattern : [pattern, flags];
  if (typeof source !== 'string') throw new JqError(`${typeOf(source)} not a string or array`);
  if (given !== null && typeof given !== 'string') throw new JqError(`${shown(given)} is not a string`);
  const letters = (given ?? '') + always;
  let out = 'du';
  for (const letter of letters) {
    const flag = FLAGS[letter];
    if (flag === undefined) throw new JqError(`${given ?? ''} is not a valid modifier string`);
    if (!out.includes(flag)) out += flag;
  }
  const extended = letters.includes('x')
    ? source.replace(/\\#|\\\s|\s+|#.*/g, (c) => (c.startsWith('\\') ? c : ''))
    : source;
  try {
    return {
      regExp: new RegExp(extended.replace(/\(\?<(\w+)>/g, '(?<$1>'), out.includes('g') ? out : `${out}g`),
      global: letters.includes('g'),
      skipEmpty: letters.includes('n'),
    };
  } catch (error) {
    throw new JqError(`${source} (at offset 0) is not a valid regex: ${error instanceof Error ? error.message : ''}`);
  }
}

export function matches(input: Json, search: Search): RegExpExecArray[] {
  if (typeof input !== 'string') throw new JqError(`${shown(input)} cannot be matched, as it is not a string`);
  const out: RegExpExecArray[] = [];
  for (const match of input.matchAll(search.regExp)) {
    if (search.skipEmpty && match[0] === '') continue;
    out.push(match);
    if (!search.global || out.length > MATCHES_MAX) break;
  }
  return out;
}

/** Offsets are counted in code points. */
function offset(text: string, at: number): number {
  return [...text.slice(0, at)].length;
}

export function matchObject(match: RegExpExecArray): Json {
  const names = namesOf(match);
  const captures = match.slice(1).map((group: string | undefined, i): Json => {
    const span = match.indices?.[i + 1];
    return new Map<string, Json>([
      ['offset', span ? offset(match.input, span[0]) : -1],
      ['length', group === undefined ? 0 : [...group].length],
      ['string', group ?? null],
      ['name', names[i] ?? null],
    ]);
  });
  return new Map<string, Json>([
    ['offset', offset(match.input, match.index)],
    ['length', [...match[0]].length],
    ['string', match[0]],
    ['captures', captures],
  ]);
}

/** The named groups as an object. */
export function captureObject(match: RegExpExecArray): ReadonlyMap<string, Json> {
  return new Map(
    Object.entries(match.groups ?? {}).map(([name, group]: [string, string | undefined]) => [name, group ?? null]),
  );
}

/** The name of each group, where it has one. */
function namesOf(match: RegExpExecArray): (string | undefined)[] {
  const spans = match.indices;
  return match
    .slice(1)
    .map((_, i) => Object.keys(match.groups ?? {}).find((name) => sameSpan(spans?.groups?.[name], spans?.[i + 1])));
}

function sameSpan(a: readonly [number, number] | undefined, b: readonly [number, number] | undefined): boolean {
  return a?.[0] === b?.[0] && a?.[1] === b?.[1];
}
