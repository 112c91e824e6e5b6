// Which pods may not be disrupted. Models filterPodsWithPDBViolation of
// pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go (Kubernetes 1.32).
import type { LabelSelector, Pod } from '../../objects.ts';
import { matchesRequirements } from '../../selector.ts';
import { selectorOf } from '../pod-terms.ts';

/** What preemption reads of a PodDisruptionBudget. */
export interface DisruptionBudget {
  readonly metadata: { readonly namespace?: string };
  readonly spec: { readonly selector?: LabelSelector };
  readonly status: { readonly disruptionsAllowed: number; readonly disruptedPods?: Readonly<Record<string, unknown>> };
}

/** Splits `pods`, which would go in this order, into those whose going breaks a budget and the others. */
export function splitByBudgets<P extends { readonly pod: Pod }>(
  pods: readonly P[],
  budgets: readonly DisruptionBudget[],
): { readonly violating: readonly P[]; readonly others: readonly P[] } {
  const left = budgets.map(({ status }) => status.disruptionsAllowed);
  const violating: P[] = [];
  const others: P[] = [];
  for (const candidate of pods) {
    const broken = budgets.filter((budget, i) => {
      if (!protects(budget, candidate.pod)) return false;
      const allowed = (left[i] as number) - 1;
      left[i] = allowed;
      return allowed < 0;
    });
    (broken.length > 0 ? violating : others).push(candidate);
  }
  return { violating, others };
}

function protects({ metadata, spec, status }: DisruptionBudget, pod: Pod): boolean {
  const { namespace, name, labels } = pod.metadata;
  if (metadata.namespace !== namespace || Object.keys(labels ?? {}).length === 0) return false;
  const selector = selectorOf(spec.selector);
  // Neither no selector nor the empty one says anything here.
  if (!selector || selector.length === 0 || !matchesRequirements(selector, labels)) return false;
  // One that the API server has counted already is not counted twice.
  return !status.disruptedPods || !Object.hasOwn(status.disruptedPods, name);
}
