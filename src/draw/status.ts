// Which of the few states a box or a hull is drawn in. Shape first, then letter, then colour: every state has its own
// outline, so that the picture can be read without colour.
import type { NodeSnapshot, PodSnapshot } from '../sim/snapshot.ts';

export type BoxState =
  | 'pending'
  | 'creating'
  | 'running'
  | 'ready'
  | 'notReady'
  | 'terminating'
  | 'backOff'
  | 'oomKilled'
  | 'failed'
  | 'succeeded'
  | 'unknown';

export function boxState(pod: PodSnapshot, node?: NodeSnapshot): BoxState {
  if (pod.terminating) return 'terminating';
  if (pod.phase === 'Succeeded') return 'succeeded';
  if (pod.phase === 'Failed') return 'failed';
  if (pod.phase === 'Unknown' || node?.ready === 'Unknown') return 'unknown';
  if (pod.node === null) return 'pending';
  if (pod.running) {
    if (pod.ready) return 'ready';
    return pod.probes.some((p) => p.type === 'readiness' && p.verdict === 'failure' && p.results.length > 0)
      ? 'notReady'
      : 'running';
  }
  if (pod.lastExit === 'OOMKilled') return 'oomKilled';
  if (pod.lastExit === 'Error' || pod.lastExit === 'Completed' || pod.backoff !== null) return 'backOff';
  return 'creating';
}

/** A pull or a start that does not succeed: drawn as a cross on a box still being made. */
export function isStuck(pod: PodSnapshot): boolean {
  return /^(Err|ImagePullBackOff|InvalidImageName|Create.*Error|RunContainerError)/.test(pod.status);
}

export type Flag = 'pilot' | 'up' | 'lowered';

/** The signal it flies: pilot flag while the startup probe asks, flag up when ready, lowered when asked and refused. */
export function flagOf(pod: PodSnapshot, state: BoxState): Flag | undefined {
  if (state === 'ready') return 'up';
  if (state === 'notReady') return 'lowered';
  if (state === 'running' && pod.probes.some((p) => p.type === 'startup' && p.verdict !== 'success')) return 'pilot';
  return undefined;
}

/** The lamp of the liveness probe; undefined where there is none, or nothing runs that it could ask. */
export function lampOf(pod: PodSnapshot): 'lit' | 'out' | undefined {
  const probe = pod.running ? pod.probes.find((p) => p.type === 'liveness') : undefined;
  if (!probe) return undefined;
  return probe.results.at(-1)?.ok === false ? 'out' : 'lit';
}

export function draught(node: NodeSnapshot): { readonly share: number; readonly of: 'cpu' | 'memory' } {
  const cpu = node.allocatable.cpuMilli > 0 ? node.requested.cpuMilli / node.allocatable.cpuMilli : 0;
  const memory = node.allocatable.memoryBytes > 0 ? node.requested.memoryBytes / node.allocatable.memoryBytes : 0;
  return cpu >= memory ? { share: cpu, of: 'cpu' } : { share: memory, of: 'memory' };
}
