// The sentence that says why a pod found no node. Models framework.FitError of pkg/scheduler/framework/types.go
// (Kubernetes 1.32).
import type { Attempt } from './schedule-pod.ts';

const NO_NODES = 'no nodes available to schedule pods';

/** @param preemption why preemption did not help; undefined when it did, or was not tried */
export function fitErrorMessage({ totalNodes, diagnosis }: Attempt, preemption: string | undefined): string {
  if (totalNodes === 0) return NO_NODES;
  const { preFilterMessage, reasons } = diagnosis;
  const why = notAvailable(totalNodes, preFilterMessage ?? histogram(reasons));
  return preemption === undefined ? why : `${why} preemption: ${preemption}`;
}

export function notAvailable(totalNodes: number, why: string): string {
  const head = `0/${String(totalNodes)} nodes are available:`;
  return why === '' ? head : `${head} ${why}.`;
}

/** `1 Insufficient cpu, 2 node(s) …`, sorted as texts. */
export function histogram(reasons: ReadonlyMap<string, number>): string {
  return [...reasons]
    .map(([reason, count]) => `${String(count)} ${reason}`)
    .sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
    .join(', ');
}
