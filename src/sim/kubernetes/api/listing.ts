// Lists of objects: all of a selection, or page by page, as they are now or as they were.
// Models k8s.io/apiserver/pkg/storage/{etcd3/store.go,continue.go} and the checks of ListOptions in
// k8s.io/apimachinery/pkg/apis/meta/internalversion/validation (1.32).
// Departures: the past reaches back as far as the store's history of changes, not five minutes; tokens of pages hold no
// resource version of their own kind, but are read by this server only.
import type { Cluster } from '../cluster.ts';
import type { AnyObject, ResourceName } from '../objects.ts';
import { keyOf } from '../store.ts';
import { listWithDefaults } from './authorization/default-roles.ts';
import type { Call } from './call.ts';
import type { ListMetadata } from './reading.ts';
import { isTrue, numberIn } from './request.ts';
import { badRequest, failure, invalid, type Status } from './status.ts';
import { forbiddenField, type FieldError, notSupported } from './validation/field-error.ts';

type Listed = { readonly objects: readonly AnyObject[]; readonly metadata: ListMetadata } | { readonly status: Status };

export function listObjects(
  { store }: Cluster,
  { info, query, namespace }: Call,
  matches: (object: AnyObject) => boolean,
): Listed {
  const wrong = optionErrors(query);
  if (wrong.length > 0) return { status: invalid('ListOptions', 'meta.k8s.io', '', wrong) };
  const now = store.resourceVersion;
  const asked = query.get('resourceVersion') ?? '';
  if (asked !== '' && !/^\d+$/.test(asked)) return { status: badResourceVersion(asked) };
  const token = query.get('continue') ?? '';
  const from = token === '' ? undefined : readContinue(token);
  if (token !== '' && !from)
    return { status: badRequest('continue key is not valid: illegal base64 data at input byte 0') };
  if (from && asked !== '' && asked !== '0')
    return { status: badRequest('specifying resource version is not allowed when using continue') };
  if (Number(asked) > now) return { status: tooLarge(Number(asked), now) };
  const exact = query.get('resourceVersionMatch') === 'Exact' ? Number(asked) : undefined;
  const at = from ? from.resourceVersion : exact;
  let all = listWithDefaults(store, info.resource, namespace);
  if (at !== undefined && at > 0 && at < now) {
    const past = listAt(store, info.resource, namespace, at);
    if (!past) return { status: from ? expiredPage(from, now) : tooOld() };
    all = past;
  }
  const shown = all.filter(matches);
  // Objects come in the order of their keys, so the key of the last one shown is where the next page begins.
  const start = from ? firstAfter(shown, from.key) : 0;
  // Version 0 means: whatever the cache holds, and that knows no pages.
  const limit = asked === '0' ? 0 : (numberIn(query, 'limit') ?? 0);
  const objects = limit > 0 ? shown.slice(start, start + limit) : shown.slice(start);
  const left = shown.length - start - objects.length;
  const last = objects.at(-1);
  const resourceVersion = at !== undefined && at > 0 ? at : now;
  const selected = (query.get('labelSelector') ?? '') !== '' || (query.get('fieldSelector') ?? '') !== '';
  return {
    objects,
    metadata: {
      resourceVersion: String(resourceVersion),
      ...(left > 0 && last
        ? {
            continue: writeContinue(resourceVersion, keyOf(last)),
            // How many are left of a selection is not known without looking at all of them.
            ...(selected ? {} : { remainingItemCount: left }),
          }
        : {}),
    },
  };
}

/** The objects as they were: every change since is taken back. Undefined when not all of them are remembered. */
function listAt(
  store: Cluster['store'],
  resource: ResourceName,
  namespace: string | undefined,
  resourceVersion: number,
): readonly AnyObject[] | undefined {
  const changes = store.changesSince(resource, resourceVersion);
  if (!changes) return undefined;
  const held = listWithDefaults(store, resource, namespace);
  if (changes.length === 0) return held;
  const objects = new Map(held.map((object) => [keyOf(object), object]));
  for (const { key, before, object } of [...changes].reverse()) {
    if (namespace !== undefined && object.metadata.namespace !== namespace) continue;
    if (before) objects.set(key, before);
    else objects.delete(key);
  }
  return [...objects.values()].sort((a, b) => (isAfter(keyOf(a), keyOf(b)) ? 1 : -1));
}

function optionErrors(query: Call['query']): FieldError[] {
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  const watch = isTrue(query, 'watch');
  const initial = query.get('sendInitialEvents');
  const field = 'resourceVersionMatch';
  if (watch) {
    if (initial !== undefined && match === '')
      return [forbiddenField(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan')];
    if (initial === undefined && match !== '')
      return [
        forbiddenField(field, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'),
      ];
    if (match !== '' && match !== 'NotOlderThan') return [notSupported(field, match, ['NotOlderThan'])];
    return [];
  }
  if (initial !== undefined) return [forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list')];
  if (match === '') return [];
  const out: FieldError[] = [];
  if (version === '')
    out.push(forbiddenField(field, 'resourceVersionMatch is forbidden unless resourceVersion is provided'));
  if ((query.get('continue') ?? '') !== '')
    out.push(forbiddenField(field, 'resourceVersionMatch is forbidden when continue is provided'));
  if (match !== 'Exact' && match !== 'NotOlderThan') out.push(notSupported(field, match, ['Exact', 'NotOlderThan']));
  if (match === 'Exact' && version === '0')
    out.push(forbiddenField(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'));
  return out;
}

/** What is wrong with the options of a watch, if anything. */
export function watchOptionsStatus({ query }: Call): Status | undefined {
  const wrong = optionErrors(query);
  if (wrong.length > 0) return invalid('ListOptions', 'meta.k8s.io', '', wrong);
  const version = query.get('resourceVersion') ?? '';
  return version === '' || /^\d+$/.test(version) ? undefined : badResourceVersion(version);
}

function badResourceVersion(text: string): Status {
  return badRequest(`resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`);
}

function tooLarge(asked: number, now: number): Status {
  return failure(504, 'Timeout', `Too large resource version: ${String(asked)}, current: ${String(now)}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

function tooOld(): Status {
  return failure(410, 'Expired', 'The resourceVersion for the provided list is too old.', {});
}

/** The client may begin anew, or go on with a token that makes no promise. */
function expiredPage({ key }: Page, now: number): Status {
  const status = failure(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
    {},
  );
  return { ...status, metadata: { continue: writeContinue(now, key) } };
}

interface Page {
  readonly resourceVersion: number;
  readonly key: string;
}

function writeContinue(resourceVersion: number, key: string): string {
  return `v1:${String(resourceVersion)}:${key}`;
}

function readContinue(token: string): Page | undefined {
  const m = /^v1:(\d+):(.+)$/.exec(token);
  return m ? { resourceVersion: Number(m[1]), key: m[2] as string } : undefined;
}

function firstAfter(objects: readonly AnyObject[], key: string): number {
  const at = objects.findIndex((object) => isAfter(keyOf(object), key));
  return at < 0 ? objects.length : at;
}

/** `/` separates namespace and name and sorts before everything. */
function isAfter(a: string, b: string): boolean {
  return a.replace('/', '\0') > b.replace('/', '\0');
}
