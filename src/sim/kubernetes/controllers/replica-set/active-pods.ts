// Which pods a ReplicaSet gives up first.
// Models: pkg/controller/controller_utils.go ActivePodsWithRanks and pkg/controller/replicaset/replica_set.go
// getPodsToDelete (1.32), with LogarithmicScaleDown and PodDeletionCost on, as by default.
// Where Kubernetes leaves pods equal, their order is by name here, so that a run can be repeated.
import { parseTime } from '../../../engine/time.ts';
import type { ContainerStatus, Pod } from '../../objects.ts';
import { isPodActive, podCondition } from '../../pods.ts';

/** What the order looks at, read once for each pod. Times are Unix milliseconds, undefined when not set. */
export interface DeletionRank {
  readonly pod: Pod;
  /** Pods of the same owner on the same node. */
  readonly rank: number;
  readonly assigned: boolean;
  readonly phase: number;
  readonly ready: boolean;
  readonly cost: number;
  readonly readySince: number | undefined;
  readonly restarts: number;
  readonly sidecarRestarts: number;
  readonly created: number | undefined;
}

const PHASES: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * The `count` pods to delete among `candidates`: not assigned before assigned, Pending before Unknown before
 * Running, not ready first, lower cost first, on the fuller node first, ready for a shorter time first, more restarts
 * first, newer first.
 * @param related all pods of the same owner's owner; they make a node fuller
 */
export function podsToDelete(
  candidates: readonly Pod[],
  related: Iterable<Pod>,
  count: number,
  nowUnixMs: number,
): readonly Pod[] {
  if (count >= candidates.length) return candidates;
  const onNode = new Map<string, number>();
  for (const pod of related)
    if (isPodActive(pod)) onNode.set(pod.spec.nodeName ?? '', (onNode.get(pod.spec.nodeName ?? '') ?? 0) + 1);
  return candidates
    .map((pod) => deletionRank(pod, onNode.get(pod.spec.nodeName ?? '') ?? 0))
    .sort((a, b) => compareDeletionRanks(a, b, nowUnixMs) || byName(a.pod, b.pod))
    .slice(0, count)
    .map(({ pod }) => pod);
}

export function deletionRank(pod: Pod, rank: number): DeletionRank {
  const ready = podCondition(pod, 'Ready');
  const cost = Number(pod.metadata.annotations?.[DELETION_COST] ?? 0);
  const sidecars = new Set(pod.spec.initContainers?.filter((c) => c.restartPolicy === 'Always').map((c) => c.name));
  const most = (statuses: readonly ContainerStatus[] | undefined) =>
    (statuses ?? []).reduce((max, status) => Math.max(max, status.restartCount), 0);
  return {
    pod,
    rank,
    assigned: (pod.spec.nodeName ?? '') !== '',
    phase: PHASES[pod.status.phase] ?? 0,
    ready: ready?.status === 'True',
    cost: Number.isInteger(cost) ? cost : 0,
    readySince: ready?.status === 'True' ? time(ready.lastTransitionTime) : undefined,
    restarts: most(pod.status.containerStatuses),
    sidecarRestarts: most(pod.status.initContainerStatuses?.filter((status) => sidecars.has(status.name))),
    created: time((pod.metadata as Partial<Pod['metadata']>).creationTimestamp),
  };
}

/** Negative when `a` is deleted before `b`, 0 when Kubernetes makes no difference. Without `now` ages count exactly. */
export function compareDeletionRanks(a: DeletionRank, b: DeletionRank, nowUnixMs?: number): number {
  if (a.assigned !== b.assigned) return a.assigned ? 1 : -1;
  if (a.phase !== b.phase) return a.phase - b.phase;
  if (a.ready !== b.ready) return a.ready ? 1 : -1;
  if (a.cost !== b.cost) return a.cost - b.cost;
  if (a.rank !== b.rank) return b.rank - a.rank;
  if (a.ready && a.readySince !== b.readySince) return compareAges(a, b, a.readySince, b.readySince, nowUnixMs);
  if (a.restarts !== b.restarts) return b.restarts - a.restarts;
  if (a.sidecarRestarts !== b.sidecarRestarts) return b.sidecarRestarts - a.sidecarRestarts;
  if (a.created !== b.created) return compareAges(a, b, a.created, b.created, nowUnixMs);
  return 0;
}

/** The younger first; ages of one power of two count as equal, so that among them chance (the uid) decides. */
function compareAges(
  a: DeletionRank,
  b: DeletionRank,
  aTime: number | undefined,
  bTime: number | undefined,
  nowUnixMs: number | undefined,
): number {
  if (aTime === undefined) return -1;
  if (bTime === undefined) return 1;
  if (nowUnixMs === undefined) return bTime - aTime;
  const difference = powerOfTwo(nowUnixMs - aTime) - powerOfTwo(nowUnixMs - bTime);
  if (difference !== 0) return difference;
  const aUid = a.pod.metadata.uid;
  const bUid = b.pod.metadata.uid;
  return aUid < bUid ? -1 : aUid > bUid ? 1 : 0;
}

/** The whole part of the binary logarithm of a duration in nanoseconds; -1 for none. */
function powerOfTwo(ms: number): number {
  let power = -1;
  for (let left = ms * 1_000_000; left >= 1; left /= 2) power++;
  return power;
}

function time(text: string | null | undefined): number | undefined {
  return text === null || text === undefined ? undefined : parseTime(text);
}

function byName(a: Pod, b: Pod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
