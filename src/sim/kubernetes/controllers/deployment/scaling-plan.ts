// Which ReplicaSet gets which size in one pass of the deployment controller: pure plans, carried out elsewhere.
// Models: pkg/controller/deployment/rolling.go (reconcileNewReplicaSet, reconcileOldReplicaSets,
// cleanupUnhealthyReplicas, scaleDownOldReplicaSetsForRollingUpdate) and sync.go (scale, cleanupDeployment), 1.32.
import {
  activeSets,
  availableCount,
  byCreation,
  isRollingUpdate,
  isSaturated,
  maxSurge,
  maxUnavailable,
  newReplicaSetSize,
  replicaCount,
  replicaSetProportion,
  type DeploymentSize,
  type ReplicaSetSize,
} from './replica-counts.ts';

/** Sizes to give, in this order. A size equal to the present one only refreshes the set's annotations. */
export type ScalingPlan<S> = readonly { readonly set: S; readonly replicas: number }[];

/** Grows the new set into the room that maxSurge leaves, or shrinks it to the deployment's size. */
export function planNewReplicaSet<S extends ReplicaSetSize>(
  deployment: DeploymentSize,
  newSet: S,
  oldSets: readonly S[],
): ScalingPlan<S> {
  const { replicas } = newSet.spec;
  const desired = deployment.spec.replicas;
  if (replicas === desired) return [];
  if (replicas > desired) return [{ set: newSet, replicas: desired }];
  const size = newReplicaSetSize(deployment, replicaCount([newSet, ...oldSets]), replicas);
  return size === replicas ? [] : [{ set: newSet, replicas: size }];
}

/**
 * Shrinks old sets as far as maxUnavailable allows: first pods that are not available anyway, whatever set they
 * are in, then available ones, oldest set first.
 */
export function planOldReplicaSets<S extends ReplicaSetSize>(
  deployment: DeploymentSize,
  newSet: S | undefined,
  oldSets: readonly S[],
): ScalingPlan<S> {
  if (replicaCount(oldSets) === 0) return [];
  const minAvailable = deployment.spec.replicas - maxUnavailable(deployment);
  const newUnavailable = (newSet?.spec.replicas ?? 0) - (newSet?.status?.availableReplicas ?? 0);
  const most = replicaCount([newSet, ...oldSets]) - minAvailable - newUnavailable;
  if (most <= 0) return [];
  const cleanup = planUnhealthyCleanup(oldSets, most);
  const cleaned = oldSets.map((set) => {
    const step = cleanup.find((candidate) => candidate.set === set);
    return { set, sized: step ? { ...set, spec: { ...set.spec, replicas: step.replicas } } : set };
  });
  const down = planScaleDownOld(
    deployment,
    cleaned.map(({ sized }) => sized),
    newSet,
  );
  // The second plan speaks of sets as the first leaves them; carry both out on the sets that exist.
  return [
    ...cleanup,
    ...down.map((step) => ({ ...step, set: cleaned.find(({ sized }) => sized === step.set)?.set ?? step.set })),
  ];
}

/** Takes pods that are not available out of the old sets, `most` at most. */
export function planUnhealthyCleanup<S extends ReplicaSetSize>(oldSets: readonly S[], most: number): ScalingPlan<S> {
  const plan: { set: S; replicas: number }[] = [];
  let total = 0;
  for (const set of oldSets.toSorted(byCreation)) {
    if (total >= most) break;
    const unhealthy = set.spec.replicas - (set.status?.availableReplicas ?? 0);
    if (set.spec.replicas === 0 || unhealthy === 0) continue;
    const count = Math.min(most - total, unhealthy);
    plan.push({ set, replicas: set.spec.replicas - count });
    total += count;
  }
  return plan;
}

/** Takes available pods out of the old sets until only as many as must be are left. */
export function planScaleDownOld<S extends ReplicaSetSize>(
  deployment: DeploymentSize,
  oldSets: readonly S[],
  newSet: S | undefined,
): ScalingPlan<S> {
  const minAvailable = deployment.spec.replicas - maxUnavailable(deployment);
  const spare = availableCount([newSet, ...oldSets]) - minAvailable;
  const plan: { set: S; replicas: number }[] = [];
  let total = 0;
  for (const set of oldSets.toSorted(byCreation)) {
    if (total >= spare) break;
    if (set.spec.replicas === 0) continue;
    const count = Math.min(set.spec.replicas, spare - total);
    plan.push({ set, replicas: set.spec.replicas - count });
    total += count;
  }
  return plan;
}

/** A resize outside a rollout step: all to the one active set, or in proportion among several. (sync.go scale) */
export function planScale<S extends ReplicaSetSize>(
  deployment: DeploymentSize,
  newSet: S | undefined,
  oldSets: readonly S[],
): ScalingPlan<S> {
  const desired = deployment.spec.replicas;
  const only = activeOrLatest(newSet, oldSets);
  if (only) return only.spec.replicas === desired ? [] : [{ set: only, replicas: desired }];
  if (isSaturated(deployment, newSet)) return activeSets(oldSets).map((set) => ({ set, replicas: 0 }));
  return isRollingUpdate(deployment) ? planProportionally(deployment, activeSets([...oldSets, newSet])) : [];
}

function planProportionally<S extends ReplicaSetSize>(deployment: DeploymentSize, sets: readonly S[]): ScalingPlan<S> {
  const desired = deployment.spec.replicas;
  const allowed = desired > 0 ? desired + maxSurge(deployment) : 0;
  const toAdd = allowed - replicaCount(sets);
  // Larger sets first; of equal ones the newer grows and the older shrinks.
  const sorted = sets.toSorted(
    (a, b) => b.spec.replicas - a.spec.replicas || (toAdd > 0 ? byCreation(b, a) : byCreation(a, b)),
  );
  let added = 0;
  const plan = sorted.map((set) => {
    const share = toAdd === 0 ? 0 : replicaSetProportion(set, deployment, toAdd, added);
    added += share;
    return { set, replicas: set.spec.replicas + share };
  });
  const first = plan[0];
  if (first && toAdd !== 0) plan[0] = { ...first, replicas: Math.max(0, first.replicas + toAdd - added) };
  return plan;
}

/** The only active set, or the newest when none is; undefined when several are. (FindActiveOrLatest) */
function activeOrLatest<S extends ReplicaSetSize>(newSet: S | undefined, oldSets: readonly S[]): S | undefined {
  const active = activeSets([newSet, ...oldSets]);
  if (active.length > 1) return undefined;
  return active[0] ?? newSet ?? oldSets.toSorted(byCreation).at(-1);
}

/** Old sets beyond the history limit, the lowest revision first; those that still have or want pods stay. */
export function planCleanup<
  S extends {
    readonly metadata: ReplicaSetSize['metadata'] & {
      readonly deletionTimestamp?: string;
      readonly generation?: number;
    };
    readonly spec: { readonly replicas: number };
    readonly status: { readonly replicas: number; readonly observedGeneration?: number };
  },
>(oldSets: readonly S[], revisionHistoryLimit: number, revision: (set: S) => number): readonly S[] {
  const alive = oldSets.filter((set) => set.metadata.deletionTimestamp === undefined);
  const excess = alive.length - revisionHistoryLimit;
  if (excess <= 0) return [];
  return alive
    .toSorted((a, b) => revision(a) - revision(b) || byCreation(a, b))
    .slice(0, excess)
    .filter(
      (set) =>
        set.status.replicas === 0 &&
        set.spec.replicas === 0 &&
        (set.metadata.generation ?? 0) <= (set.status.observedGeneration ?? 0),
    );
}
