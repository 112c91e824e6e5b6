// JSON merge patch (RFC 7386) and the three-way merge patch that `kubectl apply` makes for kinds without Go types
// (apimachinery/pkg/util/jsonmergepatch, 1.32).

import { type Draft, field, has, isObject, type Json, jsonEqual, type JsonObject, type PatchResult } from './json.ts';

export function mergePatch(doc: Json, patch: Json): PatchResult {
  return { value: merge(doc, patch) };
}

function merge(doc: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const out: Draft = isObject(doc) ? { ...doc } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete out[key];
    else out[key] = merge(field(out, key), value);
  }
  return out;
}

/** The patch that turns `original` into `modified`. */
function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: Draft = {};
  for (const [key, after] of Object.entries(modified)) {
    const before = field(original, key);
    if (before !== undefined && jsonEqual(before, after)) continue;
    if (isObject(before) && isObject(after)) patch[key] = createMergePatch(before, after);
    else patch[key] = after;
  }
  for (const key of Object.keys(original)) if (!has(modified, key)) patch[key] = null;
  return patch;
}

/** What `modified` adds or changes in `current`, and what it no longer has of `original`. */
export function createThreeWayJSONMergePatch(
  original: JsonObject | null,
  modified: JsonObject,
  current: JsonObject,
): JsonObject {
  const changes = withoutNulls(createMergePatch(current, modified));
  const deletions = onlyNulls(createMergePatch(original ?? {}, modified));
  return join(deletions, changes);
}

function withoutNulls(patch: JsonObject): JsonObject {
  const out: Draft = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) continue;
    if (!isObject(value)) out[key] = value;
    else {
      const inner = withoutNulls(value);
      if (Object.keys(inner).length > 0 || Object.keys(value).length === 0) out[key] = inner;
    }
  }
  return out;
}

function onlyNulls(patch: JsonObject): JsonObject {
  const out: Draft = {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) out[key] = null;
    else if (isObject(value)) {
      const inner = onlyNulls(value);
      if (Object.keys(inner).length > 0) out[key] = inner;
    }
  }
  return out;
}

function join(first: JsonObject, second: JsonObject): JsonObject {
  const out: Draft = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = field(out, key);
    out[key] = isObject(before) && isObject(value) ? join(before, value) : value;
  }
  return out;
}
