// Applying a strategic merge patch, and merging two patches into one
// (apimachinery/pkg/util/strategicpatch/patch.go, 1.32: mergeMap, mergeSlice, normalizeElementOrder).

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
  PatchError,
} from './json.ts';
import type { PatchField, PatchType } from './schema.ts';

export const directive = '$patch';
export const retainKeysDirective = '$retainKeys';
export const deletePrefix = '$deleteFromPrimitiveList/';
export const orderPrefix = '$setElementOrder/';

/** `apply`: directives are carried out. `combine`: the original is a patch too, and directives are kept. */
export type MergeMode = 'apply' | 'combine';

export function mergeMap(original: JsonObject, patchIn: JsonObject, type: PatchType, mode: MergeMode): JsonObject {
  const special = field(patchIn, directive);
  if (special !== undefined) {
    if (special === 'replace') return without(patchIn, directive);
    if (special === 'delete') return {};
    throw new PatchError(`unknown patch type: ${goText(special)} in map: ${goText(patchIn)}`);
  }
  const patch: Draft = { ...patchIn };
  const out = retainKeys({ ...original }, patch, mode);
  mergeOrderedLists(out, patch, type, mode);
  for (const [name, value] of Object.entries(patch)) mergeField(out, name, value, type, mode);
  return out;
}

function mergeField(out: Draft, name: string, value: Json, type: PatchType, mode: MergeMode): void {
  const isDeleteList = name.startsWith(deletePrefix);
  if (isDeleteList && mode === 'combine') {
    out[name] = value;
    return;
  }
  const key = isDeleteList ? name.slice(deletePrefix.length) : name;
  if (value === null) {
    delete out[key];
    if (mode === 'apply') return;
  }
  const before = field(out, key);
  if (before === undefined || kindOf(before) !== kindOf(value)) {
    if (!isDeleteList) out[key] = mode === 'apply' ? settled(value) : value;
    return;
  }
  const rule = type[key] ?? {};
  if (isObject(before) && isObject(value)) {
    out[key] = rule.replace ? value : mergeMap(before, value, rule.of ?? {}, mode);
  } else if (isList(before) && isList(value)) {
    out[key] = rule.merge ? mergeList(before, value, rule, mode, isDeleteList).items : value;
  } else out[key] = value;
}

/** A value new to the document: null fields and directives have nothing to act on. */
function settled(value: Json): Json {
  if (isList(value)) {
    return value.filter((item) => !(isObject(item) && has(item, directive))).map(settled);
  }
  if (!isObject(value)) return value;
  const out: Draft = {};
  for (const [key, inner] of Object.entries(value)) {
    const isDirective =
      key === directive || key === retainKeysDirective || key.startsWith(deletePrefix) || key.startsWith(orderPrefix);
    if (inner !== null && !isDirective) out[key] = settled(inner);
  }
  return out;
}

function retainKeys(out: Draft, patch: Draft, mode: MergeMode): Draft {
  const listed = field(patch, retainKeysDirective);
  if (listed === undefined) return out;
  delete patch[retainKeysDirective];
  if (mode === 'combine') {
    const already = field(out, retainKeysDirective);
    if (already !== undefined && !jsonEqual(already, listed)) {
      throw new PatchError(
        `${goText(already)} and ${goText(listed)} are not deep equal: this may happen when calculating the 3-way diff patch`,
      );
    }
    out[retainKeysDirective] = listed;
    return out;
  }
  if (!isList(listed)) throw new PatchError('invalid patch format of retainKeys');
  const kept = new Set(listed);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key.startsWith(deletePrefix) || key.startsWith(orderPrefix)) continue;
    if (!kept.has(key)) throw new PatchError('invalid patch format of retainKeys');
  }
  for (const key of Object.keys(out)) if (!kept.has(key)) delete out[key];
  return out;
}

/** Lists that come with `$setElementOrder` are merged and ordered together with it. */
function mergeOrderedLists(out: Draft, patch: Draft, type: PatchType, mode: MergeMode): void {
  for (const name of Object.keys(patch)) {
    if (!name.startsWith(orderPrefix)) continue;
    const order = patch[name] ?? null;
    delete patch[name];
    if (mode === 'combine') {
      const already = field(out, name);
      if (already !== undefined && !jsonEqual(already, order)) {
        throw new PatchError(
          `${goText(already)} and ${goText(order)} are not deep equal: this may happen when calculating the 3-way diff patch`,
        );
      }
      out[name] = order;
    }
    const key = name.slice(orderPrefix.length);
    const before = field(out, key);
    const added = field(patch, key);
    if (before === undefined && added === undefined) continue;
    if (!isList(order) || (before !== undefined && !isList(before)) || (added !== undefined && !isList(added))) {
      throw new PatchError('invalid patch format');
    }
    const rule = type[key] ?? {};
    if (added) checkOrder(added, order, rule.key);
    const current = before ?? [];
    let merged: readonly Json[] = current;
    // Go edits the current list in place; places freed by deletions are filled by new items, and these take part in
    // the order of the server's list. Kept so, because the order of the result depends on it.
    let serverOrder: readonly Json[] = current;
    if (before && added) {
      const result = rule.merge ? mergeList(before, added, rule, mode, false) : { items: added, serverOrder: current };
      merged = result.items;
      serverOrder = result.serverOrder;
    } else if (added) {
      const value = mode === 'apply' ? settled(added) : added;
      merged = isList(value) ? value : [];
    }
    out[key] = inOrder(merged, order, serverOrder, rule.key);
    delete patch[key];
  }
}

/** Items of the patch list must stand in the relative order that `$setElementOrder` states. */
function checkOrder(patchList: readonly Json[], order: readonly Json[], key: string | undefined): void {
  const present = patchList.filter((item) => !(isObject(item) && has(item, directive)));
  let at = 0;
  for (const item of present) {
    while (at < order.length && !sameItem(order[at], item, key)) at++;
    if (at >= order.length) {
      throw new PatchError(
        `The order in patch list:\n${goText(patchList)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`,
      );
    }
    at++;
  }
}

function mergeList(
  original: readonly Json[],
  patch: readonly Json[],
  rule: PatchField,
  mode: MergeMode,
  isDeleteList: boolean,
): { items: readonly Json[]; serverOrder: readonly Json[] } {
  const sample = original[0] ?? patch[0];
  if (sample === undefined) return { items: original, serverOrder: original };
  if (isObject(sample)) return mergeObjects(original, patch, rule, mode);
  if (mode === 'apply' && isDeleteList) {
    const items = original.filter((item) => !patch.some((other) => jsonEqual(item, other)));
    return { items, serverOrder: original };
  }
  const merged = unique([...original, ...patch]);
  return { items: inOrder(merged, patch, original, undefined), serverOrder: original };
}

function mergeObjects(
  original: readonly Json[],
  patch: readonly Json[],
  rule: PatchField,
  mode: MergeMode,
): { items: readonly Json[]; serverOrder: readonly Json[] } {
  const key = rule.key;
  if (key === undefined) throw new PatchError(`cannot merge lists without merge key for ${goText(patch[0])}`);
  let kept = [...original];
  let plain: JsonObject[] = [];
  let replaced = false;
  let deleted = 0;
  for (const item of patch) {
    if (!isObject(item)) throw new PatchError('invalid patch format');
    const special = field(item, directive);
    if (special === undefined) {
      plain = [...plain, item];
    } else if (special === 'delete') {
      const before = kept.length;
      const value = keyOf(item, key);
      kept = kept.filter((other) => !(isObject(other) && jsonEqual(field(other, key), value)));
      deleted += before - kept.length;
    } else if (special === 'replace') replaced = true;
    else throw new PatchError(`delete patch type with no merge key defined: ${goText(special)}`);
  }
  if (replaced) return { items: plain, serverOrder: plain };

  const merged: Json[] = [...kept];
  const added: Json[] = [];
  for (const item of plain) {
    const value = keyOf(item, key);
    const at = merged.findIndex((other) => isObject(other) && jsonEqual(field(other, key), value));
    const found = merged[at];
    if (isObject(found)) merged[at] = mergeMap(found, item, rule.of ?? {}, mode);
    else {
      const fresh = mode === 'apply' ? settled(item) : item;
      merged.push(fresh);
      added.push(fresh);
    }
  }
  return { items: inOrder(merged, plain, kept, key), serverOrder: [...kept, ...added.slice(0, deleted)] };
}

function keyOf(item: JsonObject, key: string): Json {
  const value = field(item, key);
  if (value === undefined) {
    throw new PatchError(`map: ${goText(item)} does not contain declared merge key: ${key}`);
  }
  return value;
}

/**
 * The items named by `order` in that order, and the others where the server had them: an item that only the server
 * has goes before a named one only where the server's own list says so.
 */
function inOrder(
  items: readonly Json[],
  order: readonly Json[],
  serverOrder: readonly Json[],
  key: string | undefined,
): readonly Json[] {
  const named = items.filter((item) => place(order, item, key) >= 0);
  const others = items.filter((item) => place(order, item, key) < 0);
  const right = stableBy(named, (item) => place(order, item, key));
  const isDeletion = (item: Json) => isObject(item) && has(item, directive);
  const left = [
    ...stableBy(
      others.filter((item) => !isDeletion(item)),
      (item) => place(serverOrder, item, key),
    ),
    ...others.filter(isDeletion),
  ];
  const out: Json[] = [];
  let i = 0;
  for (const item of right) {
    for (let other = left[i]; other !== undefined; other = left[i]) {
      const before = place(serverOrder, other, key);
      const after = place(serverOrder, item, key);
      if (before < 0 || after < 0 || before >= after) break;
      out.push(other);
      i++;
    }
    out.push(item);
  }
  return [...out, ...left.slice(i)];
}

function stableBy(items: readonly Json[], rank: (item: Json) => number): Json[] {
  return items
    .map((item) => ({ item, at: rank(item) }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}

function place(list: readonly Json[], item: Json, key: string | undefined): number {
  return list.findIndex((other) => sameItem(other, item, key));
}

function sameItem(a: Json | undefined, b: Json, key: string | undefined): boolean {
  if (key === undefined || !isObject(a) || !isObject(b)) return jsonEqual(a, b);
  return jsonEqual(field(a, key), field(b, key));
}

export function unique(items: readonly Json[]): Json[] {
  return items.filter((item, index) => items.findIndex((other) => jsonEqual(item, other)) === index);
}

function without(object: JsonObject, key: string): JsonObject {
  const { [key]: _left, ...rest } = object;
  return rest;
}
