// JSON as it comes over the wire. `JSON.parse` keeps only the last of two equal keys; the API server must name them,
// so a second, small scan looks for those.

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json | undefined;
}

/** The value and the paths of keys that stand twice in one object, or undefined when the text is not JSON. */
export function parseJson(text: string): { readonly value: Json; readonly duplicates: readonly string[] } | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined; // A client's mistake; the words of the parser differ between engines, so they are not passed on.
  }
  return { value, duplicates: duplicateKeys(text) };
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at hand, or an empty one; for reading optional parts of a document that the schema has checked. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}

export function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as JsonObject[]) : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Equal as JSON values; the order of keys does not matter, absent and undefined are the same. */
export function deepEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => deepEqual(item, b[i]));
  }
  if (!isObject(a) || !isObject(b)) return false;
  for (const key of Object.keys(a)) if (!deepEqual(a[key], b[key])) return false;
  for (const key of Object.keys(b)) if (b[key] !== undefined && a[key] === undefined) return false;
  return true;
}

/** Walks text that is known to be JSON and notes the path of each key that its object has already. */
function duplicateKeys(text: string): string[] {
  const found: string[] = [];
  let at = 0;
  const space = () => {
    while (text.charCodeAt(at) <= 32) at++;
  };
  const string = (): string => {
    const from = at++;
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
    at++;
    return text.slice(from, at);
  };
  const value = (path: string): void => {
    space();
    const opening = text[at];
    if (opening === '"') string();
    else if (opening === '{') {
      at++;
      const seen = new Set<string>();
      for (;;) {
        space();
        if (text[at] === '}') break;
        const key = JSON.parse(string()) as string;
        const child = path === '' ? key : `${path}.${key}`;
        if (seen.has(key)) found.push(child);
        seen.add(key);
        space();
        at++; // colon
        value(child);
        space();
        if (text[at] === ',') at++;
      }
      at++;
    } else if (opening === '[') {
      at++;
      for (let i = 0; ; i++) {
        space();
        if (text[at] === ']') break;
        value(`${path}[${String(i)}]`);
        space();
        if (text[at] === ',') at++;
      }
      at++;
    } else while (at < text.length && !',]} \n\r\t'.includes(text[at] as string)) at++;
  };
  value('');
  return found;
}
