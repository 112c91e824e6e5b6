// The arithmetic of a rollout: how many pods too many and too few are allowed, and how many each ReplicaSet gets.
// Models: pkg/controller/deployment/util/deployment_util.go and
// k8s.io/apimachinery/pkg/util/intstr/intstr.go (1.32). Pure functions. Leaves out pod replacement policies (alpha).
import type { DeploymentStrategy, IntOrString } from '../../objects.ts';

/** What the functions read of a deployment and a replica set. */
export interface DeploymentSize {
  readonly spec: {
    readonly replicas: number;
    readonly strategy: DeploymentStrategy;
  };
  readonly status?: { readonly replicas?: number };
}
export interface ReplicaSetSize {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp?: string;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly spec: { readonly replicas: number };
  readonly status?: { readonly availableReplicas?: number };
}

/** The deployment's size when the set was last scaled. */
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
/** The most pods that the deployment could have then. */
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';

/** `25%` of `total`, or the number itself; undefined when it is neither. (intstr.GetScaledValueFromIntOrPercent) */
function scaledValue(value: IntOrString, total: number, roundUp: boolean): number | undefined {
  if (typeof value === 'number') return value;
  const percent = /^([+-]?\d+)%$/.exec(value);
  if (!percent) return undefined;
  const exact = (Number(percent[1]) * total) / 100;
  return roundUp ? Math.ceil(exact) : Math.floor(exact);
}

/** maxSurge rounds up, maxUnavailable down; both at 0 would stand still, so one may then be unavailable. */
export function resolveFenceposts(
  maxSurge: IntOrString | undefined,
  maxUnavailable: IntOrString | undefined,
  desired: number,
): { readonly surge: number; readonly unavailable: number } | undefined {
  const surge = scaledValue(maxSurge ?? 0, desired, true);
  const unavailable = scaledValue(maxUnavailable ?? 0, desired, false);
  if (surge === undefined || unavailable === undefined) return undefined;
  return surge === 0 && unavailable === 0 ? { surge, unavailable: 1 } : { surge, unavailable };
}

export function isRollingUpdate(deployment: DeploymentSize): boolean {
  return deployment.spec.strategy.type === 'RollingUpdate';
}

export function maxSurge(deployment: DeploymentSize): number {
  return isRollingUpdate(deployment) ? (fenceposts(deployment)?.surge ?? 0) : 0;
}

export function maxUnavailable(deployment: DeploymentSize): number {
  const { replicas } = deployment.spec;
  if (!isRollingUpdate(deployment) || replicas === 0) return 0;
  return Math.min(fenceposts(deployment)?.unavailable ?? 0, replicas);
}

type Fenceposts = ReturnType<typeof resolveFenceposts>;

/** Every pod that turns ready asks again, while the spec stays the same value. */
const resolved = new WeakMap<DeploymentSize['spec'], { readonly fenceposts: Fenceposts }>();

function fenceposts({ spec }: DeploymentSize): Fenceposts {
  let known = resolved.get(spec);
  if (!known) {
    const { rollingUpdate } = spec.strategy;
    known = { fenceposts: resolveFenceposts(rollingUpdate?.maxSurge, rollingUpdate?.maxUnavailable, spec.replicas) };
    resolved.set(spec, known);
  }
  return known.fenceposts;
}

/** How large the new set may be now. `all` is the sum over all sets, the new one's `current` included. (NewRSNewReplicas) */
export function newReplicaSetSize(deployment: DeploymentSize, all: number, current: number): number {
  const { replicas } = deployment.spec;
  if (!isRollingUpdate(deployment)) return replicas;
  const surge = scaledValue(deployment.spec.strategy.rollingUpdate?.maxSurge ?? 0, replicas, true) ?? 0;
  const room = replicas + surge - all;
  return room <= 0 ? current : current + Math.min(room, replicas - current);
}

/** One set's share when a deployment is resized in the middle of a rollout. (GetReplicaSetProportion) */
export function replicaSetProportion(
  replicaSet: ReplicaSetSize,
  deployment: DeploymentSize,
  toAdd: number,
  added: number,
): number {
  if (replicaSet.spec.replicas === 0 || toAdd === 0 || toAdd === added) return 0;
  const fraction = replicaSetFraction(replicaSet, deployment);
  return toAdd > 0 ? Math.min(fraction, toAdd - added) : Math.max(fraction, toAdd - added);
}

function replicaSetFraction(replicaSet: ReplicaSetSize, deployment: DeploymentSize): number {
  const size = replicaSet.spec.replicas;
  if (deployment.spec.replicas === 0) return -size;
  const annotated = annotatedNumber(replicaSet, MAX_REPLICAS) ?? 0;
  const before = annotated === 0 ? (deployment.status?.replicas ?? 0) : annotated;
  if (before === 0) return 0;
  const exact = (size * (deployment.spec.replicas + maxSurge(deployment))) / before;
  return Math.trunc(exact < 0 ? exact - 0.5 : exact + 0.5) - size;
}

/** A whole number kept in an annotation, or undefined. */
export function annotatedNumber(object: Pick<ReplicaSetSize, 'metadata'>, name: string): number | undefined {
  const text = object.metadata.annotations?.[name];
  return text !== undefined && /^[+-]?\d+$/.test(text) ? Number(text) : undefined;
}

export function replicaCount(sets: readonly (ReplicaSetSize | undefined)[]): number {
  let sum = 0;
  for (const set of sets) sum += set?.spec.replicas ?? 0;
  return sum;
}

export function availableCount(sets: readonly (ReplicaSetSize | undefined)[]): number {
  let sum = 0;
  for (const set of sets) sum += set?.status?.availableReplicas ?? 0;
  return sum;
}

/** Sets that have or want pods. (FilterActiveReplicaSets) */
export function activeSets<S extends ReplicaSetSize>(sets: readonly (S | undefined)[]): readonly S[] {
  return sets.filter((set): set is S => set !== undefined && set.spec.replicas > 0);
}

/** Older first, then by name. (ReplicaSetsByCreationTimestamp) */
export function byCreation(a: Pick<ReplicaSetSize, 'metadata'>, b: Pick<ReplicaSetSize, 'metadata'>): number {
  const aTime = a.metadata.creationTimestamp ?? '';
  const bTime = b.metadata.creationTimestamp ?? '';
  if (aTime !== bTime) return aTime < bTime ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}

/** The set has reached the deployment's size and all of it is available. */
export function isSaturated(deployment: DeploymentSize, replicaSet: ReplicaSetSize | undefined): boolean {
  const { replicas } = deployment.spec;
  return (
    replicaSet?.spec.replicas === replicas &&
    annotatedNumber(replicaSet, DESIRED_REPLICAS) === replicas &&
    (replicaSet.status?.availableReplicas ?? 0) === replicas
  );
}
