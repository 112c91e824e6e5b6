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

export function maxRevision(sets: readonly ReplicaSet[]): number {
  return sets.reduce((max, set) => Math.max(max, revisionOf(set)), 0);
}

/** The new ReplicaSet's annotations for `revision`; the same object when nothing changes. */
export function newReplicaSetAnnotations(
  deployment: Deployment,
  present: Annotations | undefined,
  revision: number,
): Annotations {
  const before = present ?? {};
  const after: Record<string, string> = { ...before };
  for (const [name, value] of Object.entries(deployment.metadata.annotations ?? {}))
    if (!NOT_COPIED.has(name)) after[name] = value;
  const old = before[REVISION];
  if (Number(old ?? 0) < revision) {
    after[REVISION] = String(revision);
    if (old !== undefined) after[REVISION_HISTORY] = history(before[REVISION_HISTORY], old);
  }
  return same(before, after) ? before : after;
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
