// Reading unstructured objects: JSON as the API sent it. A field that is absent, or not of the kind asked for, reads as
// the empty value, as Go's zero values do in kubectl.

import type { Json, JsonObject } from '../../../sim/kubernetes/api/patch/index.ts';

export type { Json, JsonObject };

export type Path = readonly (string | number)[];

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

export function at(value: Json | undefined, ...path: Path): Json | undefined {
  let found = value;
  for (const key of path) {
    if (isObject(found) && typeof key === 'string') found = Object.hasOwn(found, key) ? found[key] : undefined;
    else if (isList(found) && typeof key === 'number') found = found[key];
    else return undefined;
  }
  return found;
}

export function textAt(value: Json | undefined, ...path: Path): string {
  const found = at(value, ...path);
  return typeof found === 'string'
    ? found
    : typeof found === 'number' || typeof found === 'boolean'
      ? String(found)
      : '';
}
export function numberAt(value: Json | undefined, ...path: Path): number {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : 0;
}
export function boolAt(value: Json | undefined, ...path: Path): boolean {
  return at(value, ...path) === true;
}
export function objectAt(value: Json | undefined, ...path: Path): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}
export function listAt(value: Json | undefined, ...path: Path): readonly Json[] {
  const found = at(value, ...path);
  return isList(found) ? found : [];
}
/** A map of strings such as labels; other values are left out. */
export function mapAt(value: Json | undefined, ...path: Path): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [key, item] of Object.entries(objectAt(value, ...path))) if (typeof item === 'string') out[key] = item;
  return out;
}

/** A copy with the value at `path` replaced; objects on the way are made when they are not there. */
export function withAt(object: JsonObject, path: readonly string[], value: Json | undefined): JsonObject {
  const [key, ...rest] = path;
  if (key === undefined) return object;
  if (rest.length > 0) return { ...object, [key]: withAt(objectAt(object, key), rest, value) };
  if (value !== undefined) return { ...object, [key]: value };
  const { [key]: _removed, ...others } = object;
  return others;
}

export const nameOf = (object: JsonObject): string => textAt(object, 'metadata', 'name');
export const namespaceOf = (object: JsonObject): string => textAt(object, 'metadata', 'namespace');
export const kindOf = (object: JsonObject): string => textAt(object, 'kind');
export const apiVersionOf = (object: JsonObject): string => textAt(object, 'apiVersion');
/** `apps` of `apps/v1`, empty for the core group. */
export function groupOf(object: JsonObject): string {
  const version = apiVersionOf(object);
  return version.includes('/') ? version.slice(0, version.indexOf('/')) : '';
}

export function parseObject(text: string): JsonObject | undefined {
  try {
    const value = JSON.parse(text) as Json;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** In the order of the bytes, as Go sorts strings. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
export function sortedKeys(object: Readonly<Record<string, unknown>>): string[] {
  return Object.keys(object).sort(compareText);
}
