// What a pod's object says, read the same way by everyone: readiness, activity, resources, quality of service.
// Models k8s.io/kubernetes/pkg/api/v1/pod/util.go, k8s.io/component-helpers/resource/helpers.go and
// pkg/apis/core/v1/helper/qos/qos.go (1.32).
// Leaves out: resources that change in place.
import { parseTime } from '../engine/time.ts';
import type { Condition, Container, Pod, PodSpec, Quantity, ResourceRequirements } from './objects.ts';
import { intValue, milliValue } from './quantity.ts';

/** Amounts that a pod asks for. Zero where it names none. */
export interface PodResources {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly ephemeralStorageBytes: number;
  /** Every other resource (extended ones, huge pages) by name, in whole units; zeros left out. */
  readonly other: Readonly<Record<string, number>>;
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort';

/** The parts of a pod that the resource functions read; manifests that are not stored yet have them too. */
interface HasSpec {
  readonly spec: Pick<PodSpec, 'containers' | 'initContainers' | 'overhead'>;
}

interface HasStatus {
  readonly metadata: Pick<Pod['metadata'], 'deletionTimestamp'>;
  readonly status: Pick<Pod['status'], 'phase' | 'conditions'>;
}

export function podCondition(
  pod: { readonly status: Pick<Pod['status'], 'conditions'> },
  type: string,
): Condition | undefined {
  const { conditions } = pod.status;
  if (conditions) for (const condition of conditions) if (condition.type === type) return condition;
  return undefined;
}

export function isPodReady(pod: { readonly status: Pick<Pod['status'], 'conditions'> }): boolean {
  return podCondition(pod, 'Ready')?.status === 'True';
}

/** Ready for longer than `minReadySeconds`. The object keeps whole seconds only, so compare with a second to spare. */
export function isPodAvailable(
  pod: { readonly status: Pick<Pod['status'], 'conditions'> },
  minReadySeconds: number,
  nowUnixMs: number,
): boolean {
  const ready = podCondition(pod, 'Ready');
  if (ready?.status !== 'True') return false;
  if (minReadySeconds === 0) return true;
  const since = ready.lastTransitionTime ? parseTime(ready.lastTransitionTime) : undefined;
  return since !== undefined && since + minReadySeconds * 1000 < nowUnixMs;
}

/** Succeeded or Failed: no container of it will run again. */
export function isPodTerminal(pod: { readonly status: Pick<Pod['status'], 'phase'> }): boolean {
  return pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed';
}

/** What a ReplicaSet counts: not finished and not being deleted. (controller.IsPodActive) */
export function isPodActive(pod: HasStatus): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

/**
 * `conditions` with `next` in the place of the one of its type, or appended. The transition time stays while the
 * status does; the very same array comes back when nothing changed. (podutil.UpdatePodCondition)
 */
export function setCondition(conditions: readonly Condition[] | undefined, next: Condition): readonly Condition[] {
  const list = conditions ?? [];
  const at = list.findIndex((condition) => condition.type === next.type);
  const before = list[at];
  if (!before) return [...list, next];
  const kept = before.status === next.status && before.lastTransitionTime !== undefined;
  const after = kept ? { ...next, lastTransitionTime: before.lastTransitionTime } : next;
  const same =
    after.status === before.status &&
    after.reason === before.reason &&
    after.message === before.message &&
    after.observedGeneration === before.observedGeneration &&
    after.lastTransitionTime === before.lastTransitionTime;
  return same ? list : list.map((condition, i) => (i === at ? after : condition));
}

const requestsOf = new WeakMap<object, PodResources>();
const limitsOf = new WeakMap<object, PodResources>();

/**
 * What the scheduler and the node set aside: the sum over containers and sidecars, or more while an init container
 * needs more, plus the overhead of the runtime.
 */
export function podRequests(pod: HasSpec): PodResources {
  return remembered(requestsOf, pod, 'requests');
}

/** The same sum over limits; overhead counts only for resources that have a limit. */
export function podLimits(pod: HasSpec): PodResources {
  return remembered(limitsOf, pod, 'limits');
}

function remembered(memory: WeakMap<object, PodResources>, pod: HasSpec, of: 'requests' | 'limits'): PodResources {
  // Pods of one template share the containers; the two rarer parts make the pod's own sum.
  if (pod.spec.initContainers || pod.spec.overhead) return aggregate(pod, of);
  let found = memory.get(pod.spec.containers);
  if (!found) {
    found = aggregate(pod, of);
    memory.set(pod.spec.containers, found);
  }
  return found;
}

type Amounts = Map<string, number>;

function aggregate(pod: HasSpec, of: 'requests' | 'limits'): PodResources {
  const total: Amounts = new Map();
  for (const container of pod.spec.containers) add(total, amounts(container, of));
  const sidecars: Amounts = new Map();
  const highest: Amounts = new Map();
  for (const container of pod.spec.initContainers ?? []) {
    const own = amounts(container, of);
    if (container.restartPolicy === 'Always') {
      add(total, own);
      add(sidecars, own);
      raise(highest, sidecars);
    } else {
      // An init container runs beside the sidecars that were started before it.
      add(own, sidecars);
      raise(highest, own);
    }
  }
  raise(total, highest);
  for (const [name, quantity] of Object.entries(pod.spec.overhead ?? {}))
    if (of === 'requests' || (total.get(name) ?? 0) > 0) add(total, new Map([[name, amount(name, quantity)]]));
  const { cpu = 0, memory = 0, 'ephemeral-storage': ephemeral = 0, ...other } = Object.fromEntries(total);
  for (const [name, value] of Object.entries(other)) if (value === 0) delete other[name];
  return { cpuMilli: cpu, memoryBytes: memory, ephemeralStorageBytes: ephemeral, other };
}

function amounts(container: { readonly resources?: ResourceRequirements }, of: 'requests' | 'limits'): Amounts {
  const out: Amounts = new Map();
  for (const [name, quantity] of Object.entries(container.resources?.[of] ?? {})) out.set(name, amount(name, quantity));
  return out;
}

function amount(name: string, quantity: Quantity): number {
  return name === 'cpu' ? milliValue(quantity) : intValue(quantity);
}

function add(to: Amounts, more: Amounts): void {
  for (const [name, value] of more) to.set(name, (to.get(name) ?? 0) + value);
}

function raise(to: Amounts, least: Amounts): void {
  for (const [name, value] of least) if (value > (to.get(name) ?? 0)) to.set(name, value);
}

const qosOf = new WeakMap<object, QosClass>();

/**
 * Guaranteed when every container has cpu and memory limits equal to its requests, BestEffort when none asks for
 * anything, else Burstable. Only cpu and memory count.
 */
export function qosClass(pod: {
  readonly spec: {
    readonly containers: readonly Pick<Container, 'resources'>[];
    readonly initContainers?: readonly Pick<Container, 'resources'>[];
    readonly resources?: ResourceRequirements;
  };
}): QosClass {
  const { containers, initContainers, resources } = pod.spec;
  // Pod-level resources (alpha in 1.32) take the place of the containers'.
  if (resources) return qosOfAll([{ resources }]);
  if (initContainers) return qosOfAll([...containers, ...initContainers]);
  let found = qosOf.get(containers);
  if (!found) {
    found = qosOfAll(containers);
    qosOf.set(containers, found);
  }
  return found;
}

function qosOfAll(containers: readonly { readonly resources?: ResourceRequirements }[]): QosClass {
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  let guaranteed = true;
  for (const { resources } of containers) {
    const own = positive(resources?.limits);
    add(requests, positive(resources?.requests));
    add(limits, own);
    if (!own.has('cpu') || !own.has('memory')) guaranteed = false;
  }
  if (requests.size === 0 && limits.size === 0) return 'BestEffort';
  if (!guaranteed || requests.size !== limits.size) return 'Burstable';
  for (const [name, value] of requests) if (limits.get(name) !== value) return 'Burstable';
  return 'Guaranteed';
}

/** The amounts of cpu and memory above zero. */
function positive(list: Readonly<Record<string, Quantity>> | undefined): Amounts {
  const out: Amounts = new Map();
  for (const name of ['cpu', 'memory']) {
    const quantity = list?.[name];
    const value = quantity === undefined ? 0 : amount(name, quantity);
    if (value > 0) out.set(name, value);
  }
  return out;
}
