// The history of a StatefulSet or DaemonSet: one ControllerRevision for each template it had, numbered upwards.
// Models: pkg/controller/history/controller_history.go, pkg/controller/statefulset/stateful_set_utils.go getPatch,
// newRevision and ApplyRevision, pkg/controller/daemon/update.go getPatch (1.32).
// Departure: the hash in a revision's name runs over the JSON of its data with sorted keys, as for ReplicaSets.
import { fnv1a32 } from '../../../engine/hash.ts';
import type { ControllerRevision, DaemonSet, StatefulSet } from '../../kinds/workloads.ts';
import type { PodTemplateSpec } from '../../objects.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { type Draft, keyOf, type Store } from '../../store.ts';
import { canonicalJson, safeEncode } from '../deployment/template-hash.ts';
import { adopted, controllerOf, controllerReference, released } from '../owner-reference.ts';

/** On pods: the name (StatefulSet) or hash (DaemonSet) of the revision that they were made from. */
export const CONTROLLER_REVISION_HASH = 'controller-revision-hash';
/** On the revisions of a StatefulSet. */
const REVISION_HASH = 'controller.kubernetes.io/hash';
const NAME_PREFIX_LENGTH = 223;

type Owner = StatefulSet | DaemonSet;

/** What a revision holds: a patch that puts the template back. */
interface RevisionData {
  readonly spec: { readonly template: PodTemplateSpec & { readonly $patch: 'replace' } };
}

/** What the API stores under `data` for a template. */
function revisionData(template: PodTemplateSpec): RevisionData {
  return { spec: { template: { ...template, $patch: 'replace' } } };
}

const templates = new WeakMap<object, PodTemplateSpec>();

/** The template that a revision keeps; always the same object for the same revision data. */
export function templateOf(revision: ControllerRevision): PodTemplateSpec {
  const data = revision.data as RevisionData;
  let found = templates.get(data);
  if (!found) {
    const { $patch: _patch, ...template } = data.spec.template;
    found = template;
    templates.set(data, found);
  }
  return found;
}

/** The draft of `owner`'s revision number `revision`, not stored yet. */
function newRevision(
  owner: Owner,
  revision: number,
  collisionCount: number | undefined,
  hashLabel: typeof REVISION_HASH | typeof CONTROLLER_REVISION_HASH = REVISION_HASH,
): Draft<ControllerRevision> {
  const { template } = owner.spec;
  const { name, namespace = 'default', annotations } = owner.metadata;
  const data = revisionData(template);
  const hash = revisionHash(data, collisionCount);
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, NAME_PREFIX_LENGTH)}-${hash}`,
      namespace,
      labels: { ...template.metadata.labels, [hashLabel]: hash },
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision,
  };
}

function revisionHash(data: RevisionData, collisionCount: number | undefined): string {
  const text = canonicalJson(data) + (collisionCount === undefined ? '' : `#${String(collisionCount)}`);
  return safeEncode(String(fnv1a32(text)));
}

const texts = new WeakMap<object, string>();

/** The same template, whatever the numbers. (EqualRevision) */
function equalRevisions(a: { readonly data?: unknown }, b: { readonly data?: unknown }): boolean {
  return dataText(a.data) === dataText(b.data);
}

function dataText(data: unknown): string {
  if (typeof data !== 'object' || data === null) return canonicalJson(data);
  let text = texts.get(data);
  if (text === undefined) {
    text = canonicalJson(data);
    texts.set(data, text);
  }
  return text;
}

/** Oldest first: by number, then by age, then by name. */
function compareRevisions(a: ControllerRevision, b: ControllerRevision): number {
  if (a.revision !== b.revision) return a.revision - b.revision;
  const [left, right] = [a.metadata, b.metadata];
  if (left.creationTimestamp !== right.creationTimestamp)
    return left.creationTimestamp < right.creationTimestamp ? -1 : 1;
  return left.name < right.name ? -1 : 1;
}

/**
 * The owner's revisions, oldest first, after letting go of those that its selector matches no more and taking in
 * matching ones that nobody owns.
 */
export function claimRevisions(store: Store, owner: Owner): readonly ControllerRevision[] {
  const { uid, namespace, deletionTimestamp } = owner.metadata;
  const own: ControllerRevision[] = [];
  for (const revision of store.list('controllerrevisions', namespace)) {
    const controller = controllerOf(revision);
    const matches = matchesLabelSelector(owner.spec.selector, revision.metadata.labels);
    if (controller?.uid === uid) {
      if (matches) own.push(revision);
      else if (deletionTimestamp === undefined)
        store.update('controllerrevisions', { ...revision, metadata: released(revision.metadata, uid) });
    } else if (!controller && matches && deletionTimestamp === undefined) {
      const metadata = adopted(revision.metadata, controllerReference(owner));
      own.push(store.update('controllerrevisions', { ...revision, metadata }));
    }
  }
  return own.sort(compareRevisions);
}

/** The number that the next revision gets; `revisions` are oldest first. */
function nextRevision(revisions: readonly ControllerRevision[]): number {
  return (revisions.at(-1)?.revision ?? 0) + 1;
}

export interface Revisions {
  readonly current: ControllerRevision;
  readonly update: ControllerRevision;
  readonly collisionCount: number | undefined;
}

/**
 * The revision of the present template: the newest one if it is equal, an older equal one brought to the front
 * (a rollback), or a new one. `currentName` names the revision in use; without it the present one is in use.
 * (getStatefulSetRevisions)
 */
export function syncRevisions(
  store: Store,
  owner: Owner,
  revisions: readonly ControllerRevision[],
  currentName: string | undefined,
  hashLabel?: typeof CONTROLLER_REVISION_HASH,
): Revisions {
  let { collisionCount } = owner.status;
  const number = nextRevision(revisions);
  const draft = newRevision(owner, number, collisionCount, hashLabel);
  const equal = revisions.filter((revision) => equalRevisions(revision, draft)).at(-1);
  let update: ControllerRevision | undefined;
  if (equal && equal === revisions.at(-1)) update = equal;
  else if (equal) update = store.update('controllerrevisions', { ...equal, revision: number });
  for (let next = draft; !update;) {
    const present = store.get('controllerrevisions', `${next.metadata.namespace ?? ''}/${next.metadata.name ?? ''}`);
    if (!present) update = store.create('controllerrevisions', next);
    else if (equalRevisions(present, next)) update = present;
    else {
      collisionCount = (collisionCount ?? 0) + 1;
      next = newRevision(owner, number, collisionCount, hashLabel);
    }
  }
  const named = revisions.find(({ metadata }) => metadata.name === currentName);
  return { current: named?.metadata.uid === update.metadata.uid ? update : (named ?? update), update, collisionCount };
}

/** Deletes the oldest revisions beyond `limit` that no pod and no status uses. `live` holds names. */
export function truncateHistory(
  store: Store,
  revisions: readonly ControllerRevision[],
  live: ReadonlySet<string>,
  limit: number,
): void {
  const old = revisions.filter(({ metadata }) => !live.has(metadata.name));
  for (const revision of old.slice(0, Math.max(0, old.length - limit)))
    store.delete('controllerrevisions', keyOf(revision));
}
