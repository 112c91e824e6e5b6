// What can be done with two versions of an object when its schema says how its parts merge: which fields it has, what
// differs, merging one into the other, taking fields out.
// Models sigs.k8s.io/structured-merge-diff/v4/typed (tofieldset.go, compare.go, merge.go, remove.go; Kubernetes 1.32).
// Departure: items of a keyed list with equal keys are not refused; the last one counts.
import { deepEqual, isObject, type Json, type JsonObject } from '../json.ts';
import { EMPTY, type FieldSet, fieldSet, MEMBER, union } from './field-set.ts';
import { itemKey, itemPlace, type Place, placeOf } from './list-types.ts';

type Value = Json | undefined;

/** The items of a list by their names in a field set; undefined for a list that is taken whole. */
function itemsOf(place: Place, value: Value): ReadonlyMap<string, Json> | undefined {
  if (!Array.isArray(value) || place.list === 'atomic') return undefined;
  const out = new Map<string, Json>();
  for (const item of value) {
    const key = itemKey(place.list, item);
    if (key === undefined) return undefined;
    out.set(key, item);
  }
  return out;
}

function fieldsOf(place: Place, value: Value): JsonObject | undefined {
  return isObject(value) && !place.atomic ? value : undefined;
}

/** All fields that `value` says something of. */
export function toFieldSet(place: Place, value: Value): FieldSet {
  if (value === undefined || value === null) return EMPTY;
  const items = itemsOf(place, value);
  if (items) {
    if (items.size === 0) return MEMBER;
    const inner = itemPlace(place);
    return fieldSet(
      false,
      [...items].map(([key, item]) => [key, union(MEMBER, toFieldSet(inner, item))]),
    );
  }
  const fields = fieldsOf(place, value);
  if (!fields || Object.keys(fields).length === 0) return MEMBER;
  return fieldSet(
    false,
    Object.entries(fields).map(([name, item]) => {
      const inner = placeOf(place, name);
      const own = toFieldSet(inner, item);
      return [`f:${name}`, inner.named || own === EMPTY ? own : union(MEMBER, own)];
    }),
  );
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

const SAME: Comparison = { added: EMPTY, modified: EMPTY, removed: EMPTY };

/** What became different from `before` to `after`. */
export function compare(place: Place, before: Value, after: Value): Comparison {
  if (before === after) return SAME;
  const old = before ?? undefined;
  const now = after ?? undefined;
  if (old === undefined && now === undefined) return SAME;
  if (old === undefined && !(place.byValue && typeof now === 'object')) return { ...SAME, added: whole(place, now) };
  if (now === undefined && !(place.byValue && typeof old === 'object')) return { ...SAME, removed: whole(place, old) };
  const left = itemsOf(place, old ?? []);
  const right = itemsOf(place, now ?? []);
  if (left && right) {
    const inner = itemPlace(place);
    return gather([...left.keys(), ...right.keys()], (key) => compare(inner, left.get(key), right.get(key)));
  }
  const was = fieldsOf(place, old ?? {});
  const is = fieldsOf(place, now ?? {});
  if (!was || !is) return deepEqual(old, now) ? SAME : { ...SAME, modified: MEMBER };
  return gather(
    [...Object.keys(was), ...Object.keys(is)].map((name) => `f:${name}`),
    (key) => {
      const name = key.slice(2);
      return compare(placeOf(place, name), was[name], is[name]);
    },
  );
}

/** A value that is there in one version only: the place itself and all that is below. */
function whole(place: Place, value: Value): FieldSet {
  if (value === undefined || value === null) return EMPTY;
  const items = itemsOf(place, value);
  const inner = itemPlace(place);
  if (items)
    return fieldSet(
      true,
      [...items].map(([key, item]) => [key, whole(inner, item)]),
    );
  const fields = fieldsOf(place, value);
  if (!fields) return MEMBER;
  return fieldSet(
    true,
    Object.entries(fields).map(([name, item]) => [`f:${name}`, whole(placeOf(place, name), item)]),
  );
}

function gather(keys: readonly string[], part: (key: string) => Comparison): Comparison {
  const added: [string, FieldSet][] = [];
  const modified: [string, FieldSet][] = [];
  const removed: [string, FieldSet][] = [];
  for (const key of new Set(keys)) {
    const inner = part(key);
    if (inner === SAME) continue;
    added.push([key, inner.added]);
    modified.push([key, inner.modified]);
    removed.push([key, inner.removed]);
  }
  if (added.length === 0) return SAME;
  return { added: fieldSet(false, added), modified: fieldSet(false, modified), removed: fieldSet(false, removed) };
}

/** `live` with what `config` says. */
export function merge(place: Place, live: Value, config: Value): Value {
  if (config === undefined) return live;
  if (live === undefined || live === null) return config;
  const left = itemsOf(place, live);
  const right = itemsOf(place, config);
  if (left && right) return mergeItems(place, left, right);
  const fields = fieldsOf(place, live);
  const wanted = fieldsOf(place, config);
  if (!fields || !wanted) return config;
  const out: JsonObject = { ...fields };
  for (const [name, item] of Object.entries(wanted)) out[name] = merge(placeOf(place, name), fields[name], item);
  return out;
}

/** In the order of `config`; an item that only `live` has stays before the first shared one that follows it there. */
function mergeItems(place: Place, live: ReadonlyMap<string, Json>, config: ReadonlyMap<string, Json>): Json[] {
  const inner = itemPlace(place);
  const out: Json[] = [];
  const left = [...live];
  const shared = [...config.keys()].filter((key) => live.has(key));
  let at = 0;
  let next = 0;
  const keepOwn = (until: string | undefined) => {
    for (; at < left.length; at++) {
      const [key, item] = left[at] as [string, Json];
      if (key === until) break;
      if (!config.has(key)) out.push(item);
    }
    if (until !== undefined && at < left.length) at++;
  };
  for (const [key, item] of config) {
    if (live.has(key)) {
      const before = left.slice(at).some(([other]) => other === key);
      if (before && key === shared[next]) keepOwn(key);
      next++;
    }
    out.push(merge(inner, live.get(key), item) ?? null);
  }
  keepOwn(undefined);
  return out;
}

/** `value` without the members of `set` and all that is below them. */
export function removeFields(place: Place, value: Value, set: FieldSet): Value {
  if (set.children.size === 0) return value;
  const items = itemsOf(place, value);
  if (items) {
    const inner = itemPlace(place);
    const out: Json[] = [];
    for (const [key, item] of items) {
      const own = set.children.get(key);
      if (!own) out.push(item);
      else if (!own.member) out.push(removeFields(inner, item, own) ?? null);
    }
    return out.length === 0 ? undefined : out;
  }
  const fields = fieldsOf(place, value);
  if (!fields) return value;
  const out: JsonObject = {};
  for (const [name, item] of Object.entries(fields)) {
    const own = set.children.get(`f:${name}`);
    if (!own) out[name] = item;
    else if (!own.member) {
      const rest = removeFields(placeOf(place, name), item, own);
      if (rest !== undefined) out[name] = rest;
    }
  }
  return Object.keys(out).length === 0 ? undefined : out;
}

/** With every named field that has members below it a member itself. */
export function withNamedFields(place: Place, set: FieldSet): FieldSet {
  const isList = place.list !== 'atomic';
  return fieldSet(
    set.member,
    [...set.children].map(([key, child]) => {
      const inner = isList ? itemPlace(place) : placeOf(place, key.slice(2));
      const deep = withNamedFields(inner, child);
      return [key, inner.named ? union(MEMBER, deep) : deep];
    }),
  );
}
