// Sets of fields of one object, as managed fields write them: a tree whose edges are `f:name`, `k:{"key":"value"}` for
// an item of a keyed list and `v:value` for an item of a set; `.` says that the place itself belongs to the set.
// Models sigs.k8s.io/structured-merge-diff/v4/fieldpath (set.go, serialize.go, path.go; Kubernetes 1.32).
import { isObject, type Json, type JsonObject } from '../json.ts';

/** A value: nobody changes one that somebody else holds. */
export interface FieldSet {
  readonly member: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

export const EMPTY: FieldSet = { member: false, children: new Map() };
export const MEMBER: FieldSet = { member: true, children: new Map() };

export function isEmpty(set: FieldSet): boolean {
  return !set.member && set.children.size === 0;
}

/** The set with these children; empty ones are left out. */
export function fieldSet(member: boolean, children: Iterable<readonly [string, FieldSet]>): FieldSet {
  const kept = new Map<string, FieldSet>();
  for (const [key, child] of children) if (!isEmpty(child)) kept.set(key, child);
  return kept.size === 0 ? (member ? MEMBER : EMPTY) : { member, children: kept };
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  const children = new Map(a.children);
  for (const [key, child] of b.children) children.set(key, union(a.children.get(key) ?? EMPTY, child));
  return { member: a.member || b.member, children };
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  const children: [string, FieldSet][] = [];
  for (const [key, child] of a.children) children.push([key, intersection(child, b.children.get(key) ?? EMPTY)]);
  return fieldSet(a.member && b.member, children);
}

/** Without the members of `b`; what lies below a member of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmpty(b)) return a;
  const children: [string, FieldSet][] = [];
  for (const [key, child] of a.children) children.push([key, difference(child, b.children.get(key) ?? EMPTY)]);
  return fieldSet(a.member && !b.member, children);
}

/** Without everything at and below these top-level fields. */
export function withoutFields(set: FieldSet, fields: readonly string[]): FieldSet {
  return fieldSet(
    set.member,
    [...set.children].filter(([key]) => !fields.includes(key.slice(2))),
  );
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.member !== b.member || a.children.size !== b.children.size) return false;
  for (const [key, child] of a.children) {
    const other = b.children.get(key);
    if (!other || !equalSets(child, other)) return false;
  }
  return true;
}

/** `.spec.containers[name="web"].image`, one for each member, in the order of the tree. */
export function pathsOf(set: FieldSet, path = ''): string[] {
  const own = set.member ? [path] : [];
  return [...own, ...sorted(set).flatMap(([key, child]) => pathsOf(child, path + element(key)))];
}

function element(key: string): string {
  const rest = key.slice(2);
  if (key.startsWith('f:')) return `.${rest}`;
  if (key.startsWith('v:')) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as JsonObject);
  return `[${keys.map(([name, value]) => `${name}=${JSON.stringify(value)}`).join(',')}]`;
}

function sorted(set: FieldSet): readonly (readonly [string, FieldSet])[] {
  return [...set.children].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** FieldsV1. */
export function writeFields(set: FieldSet): JsonObject {
  const out: JsonObject = {};
  if (set.member && set.children.size > 0) out['.'] = {};
  for (const [key, child] of sorted(set)) out[key] = writeFields(child);
  return out;
}

/** Undefined when it is no FieldsV1. */
export function readFields(fields: Json | undefined): FieldSet | undefined {
  if (!isObject(fields)) return undefined;
  const read = (node: JsonObject, top: boolean): FieldSet => {
    const keys = Object.keys(node).filter((key) => key !== '.');
    const children = keys.map((key) => [key, read(isObject(node[key]) ? node[key] : {}, false)] as const);
    return fieldSet('.' in node || (keys.length === 0 && !top), children);
  };
  return Object.keys(fields).every((key) => /^[fkvi]:|^\.$/.test(key)) ? read(fields, true) : undefined;
}
