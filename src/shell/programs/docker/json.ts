// JSON documents of the engine. Their keys keep the server's order, which is part of what `inspect` prints.

import { at, isList, isObject, type Json } from '../kubectl/object.ts';

export { boolAt, isList, isObject, listAt, numberAt, objectAt, parseObject, textAt } from '../kubectl/object.ts';
export type { Json, JsonObject } from '../kubectl/object.ts';

/** The texts of a list; none where there is no list. */
export function textsAt(value: Json | undefined, ...path: readonly string[]): string[] {
  const found = at(value, ...path);
  return isList(found) ? found.filter((one) => typeof one === 'string') : [];
}

export function entriesAt(value: Json | undefined, ...path: readonly string[]): [string, Json][] {
  const found = at(value, ...path);
  return isObject(found) ? Object.entries(found).map(([key, one]): [string, Json] => [key, one]) : [];
}

const escapes: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

/** As Go writes JSON; `html` escapes what would be a tag in a page. */
export function goJson(value: Json, { html = false, indent = 0 } = {}): string {
  const text = JSON.stringify(value, null, indent);
  return text.replace(html ? /[<>&\u2028\u2029]/g : /[\u2028\u2029]/g, (sign) => escapes[sign] ?? sign);
}

export function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}
