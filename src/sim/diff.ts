// What changed between two plain values, so that frames are small. Objects are compared field by field; lists of things
// with a name of their own (uid, key, id, name) by that name; other lists as a whole.

/** `undefined` = equal. `set` replaces; `fields` goes deeper; `list` gives the order and what changed or is new. */
export type Diff =
  | { readonly set: unknown }
  | { readonly fields: Readonly<Record<string, Diff>>; readonly gone?: readonly string[] }
  | { readonly list: readonly string[] | null; readonly items: Readonly<Record<string, Diff>> };

export function diff(before: unknown, after: unknown): Diff | undefined {
  if (before === after) return undefined;
  if (Array.isArray(before) && Array.isArray(after)) return diffList(before, after);
  if (!isRecord(before) || !isRecord(after)) return { set: after };
  const fields: Record<string, Diff> = {};
  let changed = false;
  for (const name of Object.keys(after)) {
    const d = name in before ? diff(before[name], after[name]) : { set: after[name] };
    if (!d) continue;
    fields[name] = d;
    changed = true;
  }
  const gone = Object.keys(before).filter((name) => !(name in after));
  if (gone.length > 0) return { fields, gone };
  return changed ? { fields } : undefined;
}

/** Shares every part that did not change, so that drawing can tell by identity. */
export function apply(before: unknown, change: Diff | undefined): unknown {
  if (change === undefined) return before;
  if ('set' in change) return change.set;
  if ('fields' in change) {
    const out: Record<string, unknown> = { ...(isRecord(before) ? before : {}) };
    for (const name of change.gone ?? []) delete out[name];
    for (const [name, d] of Object.entries(change.fields)) out[name] = apply(out[name], d);
    return out;
  }
  const held = new Map((Array.isArray(before) ? before : []).map((item: unknown) => [identity(item) ?? '', item]));
  const order = change.list ?? [...held.keys()];
  return order.map((id) => apply(held.get(id), change.items[id]));
}

function diffList(before: readonly unknown[], after: readonly unknown[]): Diff | undefined {
  const ids = after.map(identity);
  const held = new Map(before.map((item) => [identity(item), item]));
  const named = (list: readonly (string | undefined)[]) =>
    !list.includes(undefined) && new Set(list).size === list.length;
  if (!named(ids) || held.has(undefined) || held.size !== before.length) {
    return JSON.stringify(before) === JSON.stringify(after) ? undefined : { set: after };
  }
  const items: Record<string, Diff> = {};
  let changed = false;
  for (const [i, item] of after.entries()) {
    const id = ids[i] ?? '';
    const d = held.has(id) ? diff(held.get(id), item) : { set: item };
    if (!d) continue;
    items[id] = d;
    changed = true;
  }
  const same = before.length === after.length && before.every((item, i) => identity(item) === ids[i]);
  if (same && !changed) return undefined;
  return { list: same ? null : ids.map((id) => id ?? ''), items };
}

function identity(item: unknown): string | undefined {
  if (!isRecord(item)) return undefined;
  const id = item['uid'] ?? item['key'] ?? item['id'] ?? item['name'];
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
