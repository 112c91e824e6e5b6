// Taints turn pods away unless tolerated; PreferNoSchedule only costs points. Models
// pkg/scheduler/framework/plugins/tainttoleration and component-helpers/scheduling/corev1 (Kubernetes 1.32).
import type { Taint, Toleration } from '../../objects.ts';
import {
  type FilterPlugin,
  MAX_NODE_SCORE,
  normalizeByMax,
  type ScorePlugin,
  success,
  type Verdict,
} from '../framework.ts';

export const taintToleration: FilterPlugin & ScorePlugin = {
  name: 'TaintToleration',
  local: true,
  prepareFilter({ pod }, nodes) {
    const { tolerations } = pod.spec;
    // Nodes with equal taints share the verdict.
    const verdicts: (Verdict | undefined)[] = [success];
    const judge = (taintClass: number): Verdict => {
      const taint = findUntoleratedTaint(nodes.taintClasses[taintClass] ?? [], tolerations);
      const verdict: Verdict = taint
        ? { code: 'UnschedulableAndUnresolvable', reasons: [untoleratedReason(taint)] }
        : success;
      verdicts[taintClass] = verdict;
      return verdict;
    };
    return {
      kind: 'filter',
      filter(slot) {
        const taintClass = nodes.taintClass[slot] as number;
        return verdicts[taintClass] ?? judge(taintClass);
      },
    };
  },
  prepareScore({ pod }, nodes) {
    // Only tolerations that speak of PreferNoSchedule, or of every effect, count.
    const tolerations = (pod.spec.tolerations ?? []).filter(({ effect }) => !effect || effect === 'PreferNoSchedule');
    const counts: (number | undefined)[] = [0];
    const countOf = (taintClass: number): number => {
      const taints = nodes.taintClasses[taintClass] ?? [];
      const count = taints.filter(
        (taint) => taint.effect === 'PreferNoSchedule' && !tolerated(taint, tolerations),
      ).length;
      counts[taintClass] = count;
      return count;
    };
    const nobody = nodes.taintClasses.every((_, taintClass) => (counts[taintClass] ?? countOf(taintClass)) === 0);
    return {
      ...(nobody ? { uniform: MAX_NODE_SCORE } : {}),
      score(slot) {
        const taintClass = nodes.taintClass[slot] as number;
        return counts[taintClass] ?? countOf(taintClass);
      },
      normalize(scores, count) {
        normalizeByMax(scores, count, true);
      },
    };
  },
  hears: ['NodeAdd', 'NodeUpdate', 'PodUpdate'],
  hint({ pod }, event) {
    const fits = (taints: readonly Taint[] | undefined) => !findUntoleratedTaint(taints ?? [], pod.spec.tolerations);
    if (event.kind === 'NodeAdd') return fits(event.node.spec.taints);
    if (event.kind === 'NodeUpdate') return fits(event.node.spec.taints) && !fits(event.before.spec.taints);
    return event.kind === 'PodUpdate' && event.pod.spec.tolerations !== event.before.spec.tolerations;
  },
};

/** The first taint that keeps pods away (NoSchedule or NoExecute) and is not tolerated. */
export function findUntoleratedTaint(
  taints: readonly Taint[],
  tolerations: readonly Toleration[] | undefined,
): Taint | undefined {
  for (const taint of taints)
    if (taint.effect !== 'PreferNoSchedule' && !tolerated(taint, tolerations ?? [])) return taint;
  return undefined;
}

export function toleratesTaint(toleration: Toleration, taint: Taint): boolean {
  const { key = '', operator = 'Equal', value = '', effect } = toleration;
  if (effect && effect !== taint.effect) return false;
  if (key !== '' && key !== taint.key) return false;
  return operator === 'Exists' || value === (taint.value ?? '');
}

function tolerated(taint: Taint, tolerations: readonly Toleration[]): boolean {
  for (const toleration of tolerations) if (toleratesTaint(toleration, taint)) return true;
  return false;
}

function untoleratedReason({ key, value = '' }: Taint): string {
  return `node(s) had untolerated taint {${key}: ${value}}`;
}
