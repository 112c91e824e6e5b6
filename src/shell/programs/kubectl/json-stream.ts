// JSON values one after the other, as Go's decoder reads them, with its words for what it cannot read
// (encoding/json/scanner.go; the offset is added by apimachinery/pkg/util/yaml).

import type { Json } from './object.ts';

/** The values up to the first mistake, and what that is. */
export function parseJsonStream(text: string): { readonly values: readonly Json[]; readonly error?: string } {
  const values: Json[] = [];
  let at = 0;
  try {
    for (;;) {
      at = space(text, at);
      if (at >= text.length) return { values };
      const end = value(text, at);
      values.push(JSON.parse(text.slice(at, end)) as Json);
      at = end;
    }
  } catch (error) {
    if (error instanceof Unreadable) return { values, error: error.message };
    throw error;
  }
}

/** Thrown and caught in this file: reading stops at the first mistake. */
class Unreadable extends Error {}

function fail(text: string, at: number, where: string): never {
  const sign = text[at];
  if (sign === undefined) throw new Unreadable('unexpected EOF');
  const quoted = sign === "'" ? "'\\''" : sign === '"' ? `'"'` : `'${JSON.stringify(sign).slice(1, -1)}'`;
  throw new Unreadable(`json: offset ${at + 1}: invalid character ${quoted} ${where}`);
}

function space(text: string, from: number): number {
  let at = from;
  while (/[ \t\r\n]/.test(text[at] ?? '')) at++;
  return at;
}

/** Each of these starts at the first sign of what it reads, and returns where that ends. */
function value(text: string, at: number): number {
  switch (text[at]) {
    case '{':
      return members(text, at);
    case '[':
      return elements(text, at);
    case '"':
      return string(text, at);
    case 't':
      return literal(text, at, 'true');
    case 'f':
      return literal(text, at, 'false');
    case 'n':
      return literal(text, at, 'null');
    default:
      return /[-\d]/.test(text[at] ?? '') ? number(text, at) : fail(text, at, 'looking for beginning of value');
  }
}

function members(text: string, from: number): number {
  let at = space(text, from + 1);
  if (text[at] === '}') return at + 1;
  for (;;) {
    if (text[at] !== '"') fail(text, at, 'looking for beginning of object key string');
    at = space(text, string(text, at));
    if (text[at] !== ':') fail(text, at, 'after object key');
    at = space(text, value(text, space(text, at + 1)));
    if (text[at] === '}') return at + 1;
    if (text[at] !== ',') fail(text, at, 'after object key:value pair');
    at = space(text, at + 1);
  }
}

function elements(text: string, from: number): number {
  let at = space(text, from + 1);
  if (text[at] === ']') return at + 1;
  for (;;) {
    at = space(text, value(text, at));
    if (text[at] === ']') return at + 1;
    if (text[at] !== ',') fail(text, at, 'after array element');
    at = space(text, at + 1);
  }
}

function string(text: string, from: number): number {
  for (let at = from + 1; ; at++) {
    const sign = text[at];
    if (sign === '"') return at + 1;
    if (sign === undefined || sign < ' ') fail(text, at, 'in string literal');
    if (sign !== '\\') continue;
    at++;
    if (text[at] === 'u') {
      for (let digit = 0; digit < 4; digit++) {
        at++;
        if (!/[\da-fA-F]/.test(text[at] ?? '')) fail(text, at, 'in \\u hexadecimal character escape');
      }
    } else if (!/["\\/bfnrt]/.test(text[at] ?? '')) fail(text, at, 'in string escape code');
  }
}

function literal(text: string, from: number, word: string): number {
  for (let i = 1; i < word.length; i++) {
    if (text[from + i] !== word[i]) fail(text, from + i, `in literal ${word} (expecting '${word[i] ?? ''}')`);
  }
  return from + word.length;
}

function number(text: string, from: number): number {
  const digits = (start: number, where: string): number => {
    let at = start;
    while (/\d/.test(text[at] ?? '')) at++;
    return at === start ? fail(text, at, where) : at;
  };
  let at = text[from] === '-' ? from + 1 : from;
  at = text[at] === '0' ? at + 1 : digits(at, 'in numeric literal');
  if (text[at] === '.') at = digits(at + 1, 'after decimal point in numeric literal');
  if (/[eE]/.test(text[at] ?? '')) {
    at += /[-+]/.test(text[at + 1] ?? '') ? 2 : 1;
    at = digits(at, 'in exponent of numeric literal');
  }
  return at;
}
