// Making strategic merge patches: the two-way patch of `kubectl set`, `label` and `edit`, and the three-way patch of
// `kubectl apply` (apimachinery/pkg/util/strategicpatch/patch.go, 1.32: diffMaps, diffLists).

import {
  type Draft,
  field,
  goText,
  has,
  isList,
  isObject,
  type Json,
  jsonEqual,
  type JsonObject,
  kindOf,
} from './json.ts';
import type { PatchField, PatchType } from './schema.ts';
import { deletePrefix, directive, mergeMap, orderPrefix, retainKeysDirective, unique } from './strategic.ts';

/** Which half of the difference is wanted; the three-way patch takes one half of each of two differences. */
type Want = 'all' | 'changes' | 'deletions';

export function twoWay(original: JsonObject, modified: JsonObject, type: PatchType): JsonObject {
  return diffMaps(original, modified, type, 'all', false);
}

export function threeWay(original: JsonObject, modified: JsonObject, current: JsonObject, type: PatchType): JsonObject {
  const changes = diffMaps(current, modified, type, 'changes', false);
  const deletions = diffMaps(original, modified, type, 'deletions', false);
  return mergeMap(deletions, changes, type, 'combine');
}

function diffMaps(
  original: JsonObject,
  modified: JsonObject,
  type: PatchType,
  want: Want,
  retain: boolean,
): JsonObject {
  const patch: Draft = {};
  const kept: string[] = [];
  for (const [key, after] of Object.entries(modified)) {
    if (retain && after !== null) kept.push(key);
    const before = field(original, key);
    if (before === undefined || kindOf(before) !== kindOf(after)) {
      if (want !== 'deletions') patch[key] = after;
      continue;
    }
    const rule = type[key] ?? {};
    if (isObject(before) && isObject(after)) diffMapField(patch, key, before, after, rule, want);
    else if (isList(before) && isList(after) && rule.merge) diffListField(patch, key, before, after, rule, want);
    else if (want !== 'deletions' && !jsonEqual(before, after)) patch[key] = after;
  }
  if (want !== 'changes') for (const key of Object.keys(original)) if (!has(modified, key)) patch[key] = null;
  const dropsField = Object.keys(original).some((key) => original[key] !== null && !has(modified, key));
  if (kept.length > 0 && (Object.keys(patch).length > 0 || dropsField)) patch[retainKeysDirective] = kept.sort();
  return patch;
}

function diffMapField(
  patch: Draft,
  key: string,
  before: JsonObject,
  after: JsonObject,
  rule: PatchField,
  want: Want,
): void {
  if (rule.replace) {
    if (want !== 'deletions') patch[key] = after;
    return;
  }
  const inner = diffMaps(before, after, rule.of ?? {}, want, rule.retainKeys === true);
  if (Object.keys(inner).length > 0) patch[key] = inner;
}

function diffListField(
  patch: Draft,
  key: string,
  before: readonly Json[],
  after: readonly Json[],
  rule: PatchField,
  want: Want,
): void {
  if (before.length === 0) {
    if (after.length > 0 && want !== 'deletions') patch[key] = after;
    return;
  }
  const diff = isObject(before[0]) ? diffObjects(before, after, rule, want) : diffScalars(before, after, want);
  if (diff.items.length > 0) patch[key] = diff.items;
  if (diff.deleted.length > 0) patch[deletePrefix + key] = diff.deleted;
  if (diff.order.length > 0) patch[orderPrefix + key] = diff.order;
}

interface ListDiff {
  readonly items: readonly Json[];
  readonly deleted: readonly Json[];
  readonly order: readonly Json[];
}

function diffObjects(before: readonly Json[], after: readonly Json[], rule: PatchField, want: Want): ListDiff {
  const key = rule.key ?? 'name';
  const keyOf = (item: Json): Json | undefined => (isObject(item) ? field(item, key) : undefined);
  const text = (item: Json): string => goText(keyOf(item));
  const olds = sorted(before, text);
  const news = sorted(after, text);
  const changed: { at: number; item: Json }[] = [];
  const deletions: Json[] = [];
  let i = 0;
  let j = 0;
  while (i < olds.length || j < news.length) {
    const old = olds[i];
    const fresh = news[j];
    if (old !== undefined && fresh !== undefined && text(old) === text(fresh)) {
      if (isObject(old) && isObject(fresh)) {
        const inner = diffMaps(old, fresh, rule.of ?? {}, want, rule.retainKeys === true);
        if (Object.keys(inner).length > 0) {
          changed.push({ at: after.indexOf(fresh), item: { ...inner, [key]: keyOf(fresh) ?? null } });
        }
      }
      i++;
      j++;
    } else if (fresh !== undefined && (old === undefined || text(old) > text(fresh))) {
      if (want !== 'deletions') changed.push({ at: after.indexOf(fresh), item: fresh });
      j++;
    } else if (old !== undefined) {
      if (want !== 'changes') deletions.push({ [directive]: 'delete', [key]: keyOf(old) ?? null });
      i++;
    }
  }
  changed.sort((a, b) => a.at - b.at);
  const items = [...changed.map(({ item }) => item), ...deletions];
  const sameOrder =
    before.length === after.length && before.every((item, at) => jsonEqual(keyOf(item), keyOf(after[at] ?? null)));
  const ordered =
    (want !== 'deletions' && (items.length > 0 || !sameOrder)) || (want !== 'changes' && items.length > 0);
  const order = ordered ? after.map((item) => ({ [key]: keyOf(item) ?? null })) : [];
  return { items, deleted: [], order };
}

function diffScalars(before: readonly Json[], after: readonly Json[], want: Want): ListDiff {
  const left = [...before];
  const items: Json[] = [];
  for (const item of after) {
    const at = left.findIndex((other) => jsonEqual(other, item));
    if (at >= 0) left.splice(at, 1);
    else items.push(item);
  }
  const deleted = want === 'changes' ? [] : unique(sorted(left, goText));
  const ordered = (want !== 'changes' && deleted.length > 0) || (want !== 'deletions' && !jsonEqual(before, after));
  return { items: want === 'deletions' ? [] : items, deleted, order: ordered ? after : [] };
}

function sorted(items: readonly Json[], text: (item: Json) => string): Json[] {
  return [...items].sort((a, b) => {
    const x = text(a);
    const y = text(b);
    return x < y ? -1 : x > y ? 1 : 0;
  });
}
