// Who owns which field of an object: the entries of `metadata.managedFields`, kept with every write that comes over the
// API, and server-side apply, which is decided by them.
// Models k8s.io/apimachinery/pkg/util/managedfields with sigs.k8s.io/structured-merge-diff/v4/merge (update.go,
// conflict.go; Kubernetes 1.32).
// Departures: what controllers, scheduler and kubelets write inside is not recorded, so that large worlds do not pay for
// it; fields that they change keep the owner that a client's write gave them. Entries of one version are not converted
// to another, because a kind has one stored version here.
import { deepEqual, isObject, type Json, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { failure, type Status } from '../status.ts';
import {
  difference,
  EMPTY,
  equalSets,
  type FieldSet,
  intersection,
  isEmpty,
  pathsOf,
  readFields,
  union,
  withoutFields,
  writeFields,
} from './field-set.ts';
import { type Place, rootPlace } from './list-types.ts';
import { compare, merge, removeFields, toFieldSet, withNamedFields } from './typed.ts';

/** Who writes, and through which door. */
export interface Manager {
  readonly name: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  readonly subresource: string;
  /** The time that the entry of a write of now carries. */
  readonly time: string;
}

interface Entry extends Manager {
  readonly fields: FieldSet;
}

/** More than this many managers that update are put together, the oldest first. */
const MAX_UPDATERS = 10;

/** Fields that nobody owns. */
function ownable(set: FieldSet, subresource: string): FieldSet {
  const elsewhere = subresource === '' ? ['status'] : subresource === 'status' ? ['spec'] : [];
  const top = withoutFields(set, ['apiVersion', 'kind', ...elsewhere]);
  const metadata = top.children.get('f:metadata');
  if (!metadata) return top;
  const kept = withoutFields(metadata, NOT_OWNED);
  const children = new Map(top.children);
  if (kept.children.size === 0) children.delete('f:metadata');
  else children.set('f:metadata', { member: false, children: kept.children });
  return { member: false, children };
}
const NOT_OWNED = [
  'name',
  'namespace',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'selfLink',
  'uid',
  'generation',
  'managedFields',
  'resourceVersion',
];

function readEntries(value: Json | undefined): Entry[] {
  const out: Entry[] = [];
  for (const entry of listOf(value)) {
    const fields = readFields(entry.fieldsV1);
    const operation = textOf(entry.operation);
    if (!fields || (operation !== 'Apply' && operation !== 'Update')) continue;
    out.push({
      name: textOf(entry.manager),
      operation,
      apiVersion: textOf(entry.apiVersion),
      subresource: textOf(entry.subresource),
      time: textOf(entry.time),
      fields,
    });
  }
  return out;
}

function writeEntries(entries: readonly Entry[]): Json[] {
  return [...entries].sort(inOrder).map(({ name, operation, apiVersion, subresource, time, fields }) => ({
    manager: name,
    operation,
    apiVersion,
    ...(time === '' ? {} : { time }),
    fieldsType: 'FieldsV1',
    fieldsV1: writeFields(fields),
    ...(subresource === '' ? {} : { subresource }),
  }));
}

function inOrder(a: Entry, b: Entry): number {
  const key = (e: Entry) => [e.operation, e.time, e.name, e.apiVersion, e.subresource].join('\0');
  const left = key(a);
  const right = key(b);
  return left < right ? -1 : left > right ? 1 : 0;
}

function isSameManager(a: Manager, b: Manager): boolean {
  return (
    a.name === b.name &&
    a.operation === b.operation &&
    a.subresource === b.subresource &&
    (a.operation === 'Apply' || a.apiVersion === b.apiVersion)
  );
}

/**
 * The entries that an object starts a write with: those that the client sends, or the stored ones when it sends none.
 * A list with one empty entry asks for none at all.
 */
function entriesFor(live: JsonObject | undefined, sent: Json | undefined, manager: Manager): Entry[] {
  const stored = readEntries(objectOf(live?.metadata).managedFields);
  if (manager.subresource !== '') return stored;
  if (Array.isArray(sent) && sent.length === 1 && isObject(sent[0]) && Object.keys(sent[0]).length === 0) return [];
  const given = readEntries(sent);
  return given.length === 0 ? stored : given;
}

/** `metadata.managedFields` after `manager` has turned `live` into `next` by a write that is no apply. */
export function recordUpdate(
  kind: string,
  live: JsonObject | undefined,
  next: JsonObject,
  sent: Json | undefined,
  manager: Manager,
): Json[] {
  const place = rootPlace(kind);
  const entries = entriesFor(live, sent, manager);
  const changes = compare(place, stripped(live ?? {}), stripped(next));
  const touched = ownable(union(changes.added, changes.modified), manager.subresource);
  const own = entries.find((entry) => isSameManager(entry, manager));
  const kept: Entry[] = [];
  for (const entry of entries) {
    if (entry === own) continue;
    const fields = difference(difference(entry.fields, touched), changes.removed);
    if (!isEmpty(fields)) kept.push(fields === entry.fields ? entry : { ...entry, fields });
  }
  const fields = difference(union(own?.fields ?? EMPTY, touched), changes.removed);
  if (!isEmpty(fields)) {
    const same = own && equalSets(own.fields, fields) && isEmpty(touched);
    kept.push(same ? own : { ...manager, fields });
  }
  return writeEntries(capped(kept));
}

/** `managedFields` itself and what only the server writes is no part of what is compared. */
function stripped(object: JsonObject): JsonObject {
  const { managedFields: _managedFields, ...metadata } = objectOf(object.metadata);
  return { ...object, metadata };
}

function capped(entries: readonly Entry[]): readonly Entry[] {
  const updaters = entries.filter((entry) => entry.operation === 'Update').sort(inOrder);
  if (updaters.length <= MAX_UPDATERS) return entries;
  const old = updaters.slice(0, updaters.length - MAX_UPDATERS + 1);
  const fields = old.reduce((sum, entry) => union(sum, entry.fields), EMPTY);
  const last = old.at(-1) as Entry;
  return [
    ...entries.filter((entry) => !old.includes(entry)),
    { ...last, name: 'ancient-changes', subresource: '', fields },
  ];
}

export type Applied = { readonly object: JsonObject; readonly managedFields: Json[] } | { readonly status: Status };

/**
 * Server-side apply: `config` merged into `live`, without what the manager applied before and says no more, unless
 * somebody else owns it too. A field that somebody else owns and that would change is a conflict, unless `force`.
 */
export function applyConfiguration(
  kind: string,
  live: JsonObject,
  config: JsonObject,
  manager: Manager,
  force: boolean,
): Applied {
  const place = rootPlace(kind);
  const entries = readEntries(objectOf(live.metadata).managedFields);
  const own = entries.find((entry) => isSameManager(entry, manager));
  const before = stripped(live);
  const wanted = stripped(config);
  const set = ownable(toFieldSet(place, wanted), manager.subresource);
  const others = entries.filter((entry) => entry !== own);
  const merged = merge(place, before, wanted);
  const pruned = own ? prune(place, merged, own.fields, [...others.map(({ fields }) => fields), set]) : merged;
  const object = objectOf(pruned);
  const changes = compare(place, before, object);
  const touched = union(changes.added, changes.modified);
  const conflicts = others
    .map((entry) => ({ entry, fields: intersection(entry.fields, touched) }))
    .filter(({ fields }) => !isEmpty(fields));
  if (conflicts.length > 0 && !force) return { status: conflictStatus(conflicts) };
  const kept: Entry[] = [];
  for (const entry of others) {
    const fields = difference(difference(entry.fields, touched), changes.removed);
    if (!isEmpty(fields)) kept.push({ ...entry, fields });
  }
  // An apply of nothing leaves no entry.
  if (!isEmpty(set)) kept.push(own && equalSets(own.fields, set) ? own : { ...manager, fields: set });
  return { object, managedFields: writeEntries(kept) };
}

function prune(place: Place, merged: Json | undefined, last: FieldSet, owned: readonly FieldSet[]): Json | undefined {
  const named = (set: FieldSet) => withNamedFields(place, set);
  const lastNamed = named(last);
  const all = named(toFieldSet(place, merged));
  const rest = named(toFieldSet(place, removeFields(place, merged, lastNamed)));
  const kept = named(owned.reduce(union, EMPTY));
  const gone = intersection(difference(difference(all, rest), kept), lastNamed);
  return removeFields(place, merged, gone);
}

function conflictStatus(conflicts: readonly { readonly entry: Entry; readonly fields: FieldSet }[]): Status {
  const list = conflicts.flatMap(({ entry, fields }) =>
    pathsOf(fields).map((path) => ({ who: managerText(entry), path })),
  );
  list.sort((a, b) => (a.who < b.who ? -1 : a.who > b.who ? 1 : 0));
  const causes = list.map(({ who, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${who}`,
    field: path,
  }));
  const [only] = list;
  const groups = [...new Set(list.map(({ who }) => who))].flatMap((who) => [
    `conflicts with ${who}:`,
    ...list.filter((c) => c.who === who).map(({ path }) => `- ${path}`),
  ]);
  const message =
    only && list.length === 1
      ? `Apply failed with 1 conflict: conflict with ${only.who}: ${only.path}`
      : `Apply failed with ${String(list.length)} conflicts: ${groups.join('\n')}`;
  return failure(409, 'Conflict', message, { causes });
}

function managerText({ name, operation, apiVersion, subresource }: Manager): string {
  const who = subresource === '' ? JSON.stringify(name) : `${JSON.stringify(name)} with subresource "${subresource}"`;
  return operation === 'Update' ? `${who} using ${apiVersion}` : who;
}

/** `next` with these managed fields, or with the stored ones when nothing else is different but their times. */
export function withManagedFields(live: JsonObject | undefined, next: JsonObject, managedFields: Json[]): JsonObject {
  const held = objectOf(live?.metadata).managedFields;
  const entries = deepEqual(held, managedFields) && held !== undefined ? held : managedFields;
  const { managedFields: _old, ...metadata } = objectOf(next.metadata);
  const empty = Array.isArray(entries) && entries.length === 0;
  return { ...next, metadata: empty ? metadata : { ...metadata, managedFields: entries } };
}
