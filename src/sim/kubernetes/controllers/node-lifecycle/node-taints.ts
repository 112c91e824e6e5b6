// The taints that follow from a node's conditions, and how long a pod bears them.
// Models: pkg/controller/nodelifecycle/node_lifecycle_controller.go (nodeConditionToTaintKeyStatusMap,
// doNoScheduleTaintingPass, processTaintBaseEviction), pkg/controller/tainteviction/taint_eviction.go
// (getMinTolerationTime) and k8s.io/component-helpers/scheduling/corev1/helpers.go (1.32). Pure functions.
import type { Condition, Node, Taint, Toleration } from '../../objects.ts';

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

/** Condition type and status, and the key that stands for them. */
const CONDITION_TAINTS: readonly (readonly [string, Condition['status'], string])[] = [
  ['Ready', 'False', NOT_READY],
  ['Ready', 'Unknown', UNREACHABLE],
  ['MemoryPressure', 'True', 'node.kubernetes.io/memory-pressure'],
  ['DiskPressure', 'True', 'node.kubernetes.io/disk-pressure'],
  ['NetworkUnavailable', 'True', 'node.kubernetes.io/network-unavailable'],
  ['PIDPressure', 'True', 'node.kubernetes.io/pid-pressure'],
];
const CONDITION_KEYS: ReadonlySet<string> = new Set([...CONDITION_TAINTS.map(([, , key]) => key), UNSCHEDULABLE]);

interface TaintedNode {
  readonly spec?: Pick<Node['spec'], 'taints' | 'unschedulable'>;
  readonly status?: Pick<Node['status'], 'conditions'>;
}

/** Keys of the NoSchedule taints that the node should have. */
function noScheduleKeys(node: TaintedNode): readonly string[] {
  const keys = CONDITION_TAINTS.filter(([type, status]) =>
    node.status?.conditions?.some((condition) => condition.type === type && condition.status === status),
  ).map(([, , key]) => key);
  return node.spec?.unschedulable === true ? [...keys, UNSCHEDULABLE] : keys;
}

/** The node's taints with the NoSchedule ones of its conditions; the same list when nothing changes. */
export function withNoScheduleTaints(node: TaintedNode, timestamp: string): readonly Taint[] {
  return replaceTaints(
    node.spec?.taints ?? [],
    'NoSchedule',
    (key) => CONDITION_KEYS.has(key),
    noScheduleKeys(node),
    timestamp,
  );
}

/** True when those taints are not as they should be. */
export function needsNoScheduleTaints(node: TaintedNode): boolean {
  const present = node.spec?.taints ?? NONE;
  return withNoScheduleTaints({ ...node, spec: { ...node.spec, taints: present } }, '') !== present;
}
const NONE: readonly Taint[] = [];

/** The node's taints with the NoExecute one for a Ready condition of `status`; the same list when nothing changes. */
export function withNoExecuteTaints(
  node: TaintedNode,
  status: Condition['status'],
  timestamp: string,
): readonly Taint[] {
  const wanted = status === 'True' ? [] : [status === 'False' ? NOT_READY : UNREACHABLE];
  const ours = (key: string) => key === NOT_READY || key === UNREACHABLE;
  return replaceTaints(node.spec?.taints ?? [], 'NoExecute', ours, wanted, timestamp);
}

function replaceTaints(
  present: readonly Taint[],
  effect: Taint['effect'],
  ours: (key: string) => boolean,
  wanted: readonly string[],
  timestamp: string,
): readonly Taint[] {
  const kept = present.filter((taint) => taint.effect !== effect || !ours(taint.key) || wanted.includes(taint.key));
  const missing = wanted.filter((key) => !present.some((taint) => taint.effect === effect && taint.key === key));
  if (kept.length === present.length && missing.length === 0) return present;
  return [...kept, ...missing.map((key): Taint => ({ key, effect, timeAdded: timestamp }))];
}

function tolerates(toleration: Toleration, taint: Taint): boolean {
  if ((toleration.effect ?? taint.effect) !== taint.effect) return false;
  if ((toleration.key ?? '') !== '' && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return (toleration.value ?? '') === (taint.value ?? '');
}

/** Seconds that a pod may stay under `taints`: 0 to leave at once, undefined for ever. */
export function tolerationSeconds(
  taints: readonly Taint[],
  tolerations: readonly Toleration[] | undefined,
): number | undefined {
  let least: number | undefined;
  for (const taint of taints) {
    const toleration = tolerations?.find((candidate) => tolerates(candidate, taint));
    if (!toleration) return 0;
    const seconds = toleration.tolerationSeconds;
    if (seconds !== undefined && (least === undefined || seconds < least)) least = Math.max(0, seconds);
  }
  return least;
}
