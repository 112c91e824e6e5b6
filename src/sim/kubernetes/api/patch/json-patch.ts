// JSON patch (RFC 6902) with the texts of gopkg.in/evanphx/json-patch.v4, which the API server and kubectl 1.32 use.

import { attempt, field, has, isList, isObject, type Json, jsonEqual, PatchError, type PatchResult } from './json.ts';

export function jsonPatch(doc: Json, ops: Json): PatchResult {
  return attempt(() => {
    if (!isList(ops)) throw new PatchError('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
    return ops.reduce<Json>(applyOperation, doc);
  });
}

function applyOperation(doc: Json, operation: Json): Json {
  const text = (name: string): string => {
    const value = isObject(operation) ? field(operation, name) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const value = isObject(operation) ? field(operation, 'value') : undefined;
  const op = text('op') || 'unknown';
  const path = text('path');
  switch (op) {
    case 'add':
      return addAt(doc, path, value ?? null, 'add');
    case 'remove':
      return edit(doc, path, 'remove', (parent, key) => removeChild(parent, key, path));
    case 'replace': {
      if (path === '') return value ?? null;
      if (read(doc, path) === undefined) {
        const parentMissing = read(doc, parentOf(path)) === undefined;
        throw new PatchError(
          `replace operation does not apply: doc is missing ${parentMissing ? 'path' : 'key'}: ${path}: missing value`,
        );
      }
      return edit(doc, path, 'replace', (parent, key) => setChild(parent, key, value ?? null));
    }
    case 'test': {
      const found = read(doc, path);
      if (found === undefined && value === null) return doc;
      if (!jsonEqual(found, value)) throw new PatchError(`testing value ${path} failed: test failed`);
      return doc;
    }
    case 'move':
    case 'copy': {
      const from = text('from');
      const moved = read(doc, from);
      if (moved === undefined) throw new PatchError(`error in ${op} for path: '${path}': missing value`);
      const rest = op === 'move' ? edit(doc, from, 'move', (parent, key) => removeChild(parent, key, from)) : doc;
      return addAt(rest, path, moved, op);
    }
    default:
      throw new PatchError(`Unexpected kind: ${op}`);
  }
}

function addAt(doc: Json, path: string, value: Json, op: string): Json {
  if (path === '') return value;
  return edit(doc, path, op, (parent, key) => insertChild(parent, key, value, path));
}

function split(path: string): string[] {
  return path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

function read(doc: Json, path: string): Json | undefined {
  let at: Json | undefined = doc;
  for (const key of split(path)) at = child(at, key);
  return at;
}

function child(parent: Json | undefined, key: string): Json | undefined {
  if (isObject(parent)) return field(parent, key);
  if (!isList(parent)) return undefined;
  const index = indexIn(parent, key);
  return index === undefined ? undefined : parent[index];
}

/** Index of an existing item; negative indices count from the end, as the library allows. */
function indexIn(list: readonly Json[], key: string): number | undefined {
  if (!/^-?\d+$/.test(key)) return undefined;
  const index = Number(key);
  const at = index < 0 ? list.length + index : index;
  return at >= 0 && at < list.length ? at : undefined;
}

/** Rebuilds the document along `path`; `change` gets the parent of the last part. */
function edit(doc: Json, path: string, op: string, change: (parent: Json, key: string) => Json): Json {
  const parts = split(path);
  const missing = (): never => {
    throw new PatchError(`${op} operation does not apply: doc is missing path: "${path}": missing value`);
  };
  const walk = (at: Json | undefined, depth: number): Json => {
    if (at === undefined || (!isObject(at) && !isList(at))) return missing();
    const key = parts[depth];
    if (key === undefined) return missing();
    if (depth === parts.length - 1) return change(at, key);
    return setChild(at, key, walk(child(at, key), depth + 1));
  };
  return walk(doc, 0);
}

function setChild(parent: Json, key: string, value: Json): Json {
  if (isObject(parent)) return { ...parent, [key]: value };
  if (!isList(parent)) return parent;
  const index = indexIn(parent, key);
  return parent.map((item, at) => (at === index ? value : item));
}

function insertChild(parent: Json, key: string, value: Json, path: string): Json {
  if (isObject(parent)) return { ...parent, [key]: value };
  if (!isList(parent)) return parent;
  if (key === '-') return [...parent, value];
  const index = Number(key);
  if (!/^-?\d+$/.test(key) || index > parent.length || index < -parent.length) throw outOfRange('add', path, key);
  const at = index < 0 ? parent.length + index : index;
  return [...parent.slice(0, at), value, ...parent.slice(at)];
}

function removeChild(parent: Json, key: string, path: string): Json {
  if (isObject(parent)) {
    if (!has(parent, key)) {
      throw new PatchError(
        `error in remove for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`,
      );
    }
    const { [key]: _removed, ...rest } = parent;
    return rest;
  }
  if (!isList(parent)) return parent;
  const index = indexIn(parent, key);
  if (index === undefined) throw outOfRange('remove', path, key);
  return parent.filter((_, at) => at !== index);
}

function outOfRange(op: string, path: string, key: string): PatchError {
  return new PatchError(
    `error in ${op} for path: '${path}': Unable to access invalid index: ${key}: invalid index referenced`,
  );
}
