// Whom the kernel kills first when a machine runs out of memory.
// Models k8s.io/kubernetes/pkg/kubelet/qos/policy.go (1.32). Leaves out: pod-level resources (alpha), swap.
import type { Container, PodSpec } from '../objects.ts';
import { qosClass } from '../pods.ts';
import { intValue } from '../quantity.ts';

const GUARANTEED = -997;
const BEST_EFFORT = 1000;
/** Priorities from here on belong to the system. (scheduling.SystemCriticalPriority) */
const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

type ScoredContainer = Pick<Container, 'name' | 'resources' | 'restartPolicy'>;

/** The oom_score_adj of one container: the higher, the sooner it is killed. */
export function oomScoreAdj(
  pod: { readonly spec: Pick<PodSpec, 'containers' | 'initContainers' | 'priority' | 'priorityClassName'> },
  container: ScoredContainer,
  memoryCapacityBytes: number,
): number {
  const { spec } = pod;
  if ((spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY && spec.priorityClassName === 'system-node-critical')
    return GUARANTEED;
  const quality = qosClass(pod);
  if (quality === 'Guaranteed') return GUARANTEED;
  if (quality === 'BestEffort') return BEST_EFFORT;
  const adjustment = (bytes: number) => 1000 - Math.floor((1000 * bytes) / memoryCapacityBytes);
  let score = adjustment(memoryRequest(container));
  // A sidecar must outlive the containers it serves.
  if (container.restartPolicy === 'Always' && spec.initContainers?.some((c) => c.name === container.name))
    score = Math.min(score, adjustment(Math.min(...spec.containers.map(memoryRequest))));
  if (score < 1000 + GUARANTEED) return 1000 + GUARANTEED;
  return score === BEST_EFFORT ? score - 1 : score;
}

function memoryRequest(container: Partial<Pick<Container, 'resources'>>): number {
  return intValue(container.resources?.requests?.['memory'] ?? '0');
}
