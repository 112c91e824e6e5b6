// A pod that fits nowhere may drive away pods of lower priority. Models PostFilter of
// pkg/scheduler/framework/plugins/defaultpreemption and Evaluator.Preempt of pkg/scheduler/framework/preemption
// (Kubernetes 1.32): who may preempt, on which nodes it is tried, and what is said when it does not help.
// Carrying it out is the scheduler's work. Left out: extenders, pods that wait in Permit.
import type { Stream } from '../../../engine/random.ts';
import { podCondition } from '../../pods.ts';
import type { Pod } from '../../objects.ts';
import { histogram, notAvailable } from '../fit-error.ts';
import type { Code, PreemptionArgs, Profile } from '../framework.ts';
import { priorityOf, Trial } from '../judge.ts';
import type { NodeTable } from '../node-table.ts';
import type { PodInfo } from '../pod-info.ts';
import type { DisruptionBudget } from './disruption-budgets.ts';
import { pickNode } from './pick-node.ts';
import { type Candidate, selectVictims } from './victims.ts';

export type Preemption =
  /** These victims go, and the pod waits for the node. */
  | { readonly kind: 'nominated'; readonly chosen: Candidate; readonly candidates: readonly Candidate[] }
  | {
      readonly kind: 'none';
      readonly message: string;
      /** Whether an earlier nomination is void now. */
      readonly clears: boolean;
    };

export const defaultPreemptionArgs: PreemptionArgs = {
  minCandidateNodesPercentage: 10,
  minCandidateNodesAbsolute: 100,
};

const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

/**
 * @param resolvable slots of the nodes that were turned down for a reason that removing pods may mend
 * @param codeOf what the filters said of a node
 */
export function preempt(
  info: PodInfo,
  nodes: NodeTable,
  profile: Profile,
  resolvable: readonly number[],
  codeOf: (slot: number) => Code,
  budgets: readonly DisruptionBudget[],
  chance: Stream,
): Preemption {
  const { pod } = info;
  const why = notEligible(pod, nodes, codeOf);
  if (why !== undefined) return { kind: 'none', message: why, clears: false };
  const said = new Map<string, number>();
  if (nodes.size > resolvable.length) said.set(NOT_HELPFUL, nodes.size - resolvable.length);
  const candidates = dryRun(info, nodes, profile, resolvable, budgets, chance, said);
  const chosen = pickNode(candidates);
  if (chosen) return { kind: 'nominated', chosen, candidates };
  return { kind: 'none', message: notAvailable(nodes.size, histogram(said)), clears: true };
}

/** Why a pod may not preempt; undefined when it may. */
function notEligible(pod: Pod, nodes: NodeTable, codeOf: (slot: number) => Code): string | undefined {
  if (pod.spec.preemptionPolicy === 'Never') return 'not eligible due to preemptionPolicy=Never.';
  const slot = nodes.slotOf(pod.status.nominatedNodeName ?? '');
  // The node it waited for turned out hopeless: it may look for another.
  if (slot === undefined || codeOf(slot) === 'UnschedulableAndUnresolvable') return undefined;
  for (const placed of nodes.podsAt(slot))
    if (priorityOf(placed.pod) < priorityOf(pod) && terminatesByPreemption(placed.pod))
      return 'not eligible due to a terminating pod on the nominated node.';
  return undefined;
}

function terminatesByPreemption(pod: Pod): boolean {
  if (pod.metadata.deletionTimestamp === undefined) return false;
  const condition = podCondition(pod, 'DisruptionTarget');
  return condition?.status === 'True' && condition.reason === 'PreemptionByScheduler';
}

/** Tries nodes, from a random one on, until there are enough candidates. Counts what those that will not do said. */
function dryRun(
  info: PodInfo,
  nodes: NodeTable,
  profile: Profile,
  slots: readonly number[],
  budgets: readonly DisruptionBudget[],
  chance: Stream,
  said: Map<string, number>,
): readonly Candidate[] {
  const count = slots.length;
  if (count === 0) return [];
  // The same answer as trying would give, for the common case that nobody has a lower priority.
  if (!nodes.placements.anyBelow(priorityOf(info.pod))) {
    said.set(NO_VICTIMS, count);
    return [];
  }
  const offset = chance.int(count);
  const { minCandidateNodesPercentage: percentage, minCandidateNodesAbsolute: absolute } =
    profile.preemption ?? defaultPreemptionArgs;
  const enough = Math.min(count, Math.max(absolute, Math.trunc((count * percentage) / 100)));
  const trial = new Trial(info, nodes, profile);
  const clean: Candidate[] = [];
  const violating: Candidate[] = [];
  for (let i = 0; i < count; i++) {
    const found = selectVictims(info.pod, slots[(offset + i) % count] as number, nodes, trial, budgets);
    if ('verdict' in found) {
      for (const reason of found.verdict.reasons) said.set(reason, (said.get(reason) ?? 0) + 1);
      continue;
    }
    if (found.victims.length === 0) continue;
    (found.violations === 0 ? clean : violating).push(found);
    if (clean.length > 0 && clean.length + violating.length >= enough) break;
  }
  return [...clean, ...violating];
}
