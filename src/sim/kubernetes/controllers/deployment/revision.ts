// Revisions and the annotations that a deployment shares with its ReplicaSets.
// Models: pkg/controller/deployment/util/deployment_util.go SetNewReplicaSetAnnotations, MaxRevision,
// SetReplicasAnnotations (1.32). The history annotation is cut at 2,000 characters, oldest revisions first.
import type { Deployment, ReplicaSet } from '../../objects.ts';
import { annotatedNumber, DESIRED_REPLICAS, MAX_REPLICAS, maxSurge } from './replica-counts.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
const HISTORY_LENGTH = 2000;

/** Annotations of the deployment that say something about itself alone. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration',
  REVISION,
  REVISION_HISTORY,
  DESIRED_REPLICAS,
  MAX_REPLICAS,
  'deprecated.deployment.rollback.to',
]);

type Annotations = Readonly<Record<string, string>>;

export function revisionOf(replicaSet: ReplicaSet): number {
  return annotatedNumber(replicaSet, REVISION) ?? 0;
}

/** @param but a set that does not count */
export function maxRevision(sets: readonly ReplicaSet[], but?: ReplicaSet): number {
  let max = 0;
  for (const set of sets) if (set !== but) max = Math.max(max, revisionOf(set));
  return max;
}

/** By the annotations of a ReplicaSet: the last question for which they were right as they stood. */
const upToDate = new WeakMap<Annotations, { readonly from: Annotations | undefined; readonly revision: number }>();

/** The new ReplicaSet's annotations for `revision`; the same object when nothing changes. */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  present: Annotations | undefined,
  revision: number,
): Annotations {
  const from = deployment.metadata.annotations;
  const known = present && upToDate.get(present);
  if (present && known?.from === from && known?.revision === revision) return present;
  const before = present ?? {};
  const after: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(from ?? {})) if (!NOT_COPIED.has(name)) after[name] = value;
  const old = before[REVISION];
  if (Number(old ?? 0) < revision) {
    after[REVISION] = String(revision);
    if (old !== undefined) after[REVISION_HISTORY] = history(before[REVISION_HISTORY], old);
  }
  if (!same(before, after)) return after;
  if (present) upToDate.set(present, { from, revision });
  return before;
}

function history(known: string | undefined, revision: string): string {
  const revisions = [...(known === undefined || known === '' ? [] : known.split(',')), revision];
  while (revisions.length > 1 && revisions.join(',').length > HISTORY_LENGTH) revisions.shift();
  return revisions.join(',');
}

/** The sizes that the next resize is measured against; the same object when nothing changes. */
export function replicasAnnotations(deployment: Deployment, present: Annotations | undefined): Annotations {
  const before = present ?? {};
  const { replicas } = deployment.spec;
  const after = {
    ...before,
    [DESIRED_REPLICAS]: String(replicas),
    [MAX_REPLICAS]: String(replicas + maxSurge(deployment)),
  };
  return same(before, after) ? before : after;
}

function same(a: Annotations, b: Annotations): boolean {
  const names = Object.keys(b);
  return names.length === Object.keys(a).length && names.every((name) => a[name] === b[name]);
}
