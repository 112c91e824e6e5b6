// Which pods would have to leave one node for a pod of higher priority. Models SelectVictimsOnNode of
// pkg/scheduler/framework/plugins/defaultpreemption/default_preemption.go and MoreImportantPod of
// pkg/scheduler/util/utils.go (Kubernetes 1.32). Between pods that are equally important the names decide.
import type { Pod } from '../../objects.ts';
import type { Verdict } from '../framework.ts';
import { priorityOf, type Trial } from '../judge.ts';
import type { NodeTable } from '../node-table.ts';
import { type DisruptionBudget, splitByBudgets } from './disruption-budgets.ts';

/** A node that would have room, and the pods that must go, the most important one first. */
export interface Candidate {
  readonly node: string;
  readonly victims: readonly Pod[];
  /** How many victims some budget protects. */
  readonly violations: number;
}

const noVictims: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ['No preemption victims found for incoming pod'],
};

/**
 * Takes all pods of lower priority off the node; when the pod fits then, puts back as many as it can, first those
 * that budgets protect. The table is as it was afterwards.
 */
export function selectVictims(
  pod: Pod,
  slot: number,
  nodes: NodeTable,
  trial: Trial,
  budgets: readonly DisruptionBudget[],
): Candidate | { readonly verdict: Verdict } {
  const priority = priorityOf(pod);
  const lower = [...nodes.podsAt(slot)].filter((placed) => priorityOf(placed.pod) < priority);
  if (lower.length === 0) return { verdict: noVictims };
  for (const placed of lower) nodes.lift(placed);
  const rejection = trial.judgeWithNominated(slot);
  const victims: (typeof lower)[number][] = [];
  let violations = 0;
  if (rejection) victims.push(...lower);
  else {
    const reprieved = (placed: (typeof lower)[number]): boolean => {
      nodes.putBack(placed);
      if (!trial.judgeWithNominated(slot)) return true;
      nodes.lift(placed);
      victims.push(placed);
      return false;
    };
    const { violating, others } = splitByBudgets(lower.sort(byImportance), budgets);
    for (const placed of violating) if (!reprieved(placed)) violations++;
    for (const placed of others) reprieved(placed);
    victims.sort(byImportance);
  }
  for (const placed of victims) nodes.putBack(placed);
  if (rejection) return { verdict: rejection.verdict };
  return { node: nodes.nameAt(slot), victims: victims.map((placed) => placed.pod), violations };
}

/** Higher priority first, then who started earlier. */
function byImportance(
  a: { readonly key: string; readonly pod: Pod },
  b: { readonly key: string; readonly pod: Pod },
): number {
  return priorityOf(b.pod) - priorityOf(a.pod) || order(startOf(a.pod), startOf(b.pod)) || order(a.key, b.key);
}

/** Times compare as texts; a pod that has not started yet counts as starting now. */
export function startOf({ status }: Pod): string {
  return status.startTime ?? '~';
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
