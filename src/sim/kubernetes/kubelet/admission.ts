// A pod bound past the scheduler (spec.nodeName) may not fit: its kubelet turns it away.
// Models k8s.io/kubernetes/pkg/kubelet/lifecycle/predicate.go (1.32): resources and number of pods.
// Leaves out: node selectors, taints and topology managers, which the same file also looks at.
import type { Node, Pod } from '../objects.ts';
import { intValue, milliValue } from '../quantity.ts';
import { podRequests, qosClass } from '../pods.ts';
import type { Used } from './state.ts';

export interface Rejection {
  readonly reason: string;
  readonly message: string;
}

/** @param used by the other pods of the node that have not ended */
export function admit(pod: Pod, node: Node, used: Readonly<Used>): Rejection | undefined {
  const pressed = node.status.conditions?.some(({ type, status }) => type === 'MemoryPressure' && status === 'True');
  if (pressed === true && (pod.spec.priority ?? 0) < 2_000_000_000 && qosClass(pod) === 'BestEffort')
    return { reason: 'Evicted', message: 'The node had condition: [MemoryPressure]. ' };
  const wanted = podRequests(pod);
  const { pods, cpuMilli: cpu, memoryBytes: memory, ephemeralStorageBytes: storage } = used;
  const { allocatable } = node.status;
  const podsCapacity = intValue(allocatable['pods'] ?? '110');
  if (pods + 1 > podsCapacity) return outOf('pods', 1, pods, podsCapacity);
  const cpuCapacity = milliValue(allocatable['cpu'] ?? '0');
  if (wanted.cpuMilli > 0 && cpu + wanted.cpuMilli > cpuCapacity)
    return outOf('cpu', wanted.cpuMilli, cpu, cpuCapacity);
  const memoryCapacity = intValue(allocatable['memory'] ?? '0');
  if (wanted.memoryBytes > 0 && memory + wanted.memoryBytes > memoryCapacity)
    return outOf('memory', wanted.memoryBytes, memory, memoryCapacity);
  const storageText = allocatable['ephemeral-storage'];
  const storageCapacity = intValue(storageText ?? '0');
  if (wanted.ephemeralStorageBytes > 0 && storage + wanted.ephemeralStorageBytes > storageCapacity)
    return outOf('ephemeral-storage', wanted.ephemeralStorageBytes, storage, storageCapacity);
  return undefined;
}

function outOf(resource: string, requested: number, used: number, capacity: number): Rejection {
  const [r, u, c] = [requested, used, capacity].map(String);
  return {
    reason: `OutOf${resource}`,
    message: `Node didn't have enough resource: ${resource}, requested: ${r ?? ''}, used: ${u ?? ''}, capacity: ${c ?? ''}`,
  };
}
