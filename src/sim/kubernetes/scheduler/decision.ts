// What the scheduler remembers of its newest attempt for each pod, so that "why here?" and "why not?" can be answered.
import type { Preemption } from './preemption/default-preemption.ts';
import type { Candidate } from './preemption/victims.ts';
import { type Attempt, type NodeDecision, nodeDecisions, type NodeVerdicts } from './schedule-pod.ts';

/** What preemption would do, or did: the node, who has to go, and the other nodes that would have done. */
export interface PreemptionPlan {
  readonly chosen: PlannedNode;
  /** All of them where details are wanted; else none. */
  readonly candidates: readonly PlannedNode[];
}

interface PlannedNode {
  readonly node: string;
  /** `<namespace>/<name>`, the most important one first. */
  readonly victims: readonly string[];
  readonly violations: number;
}

export interface Decision {
  /** Virtual milliseconds. */
  readonly at: number;
  /** `<namespace>/<name>` of the pod. */
  readonly pod: string;
  readonly outcome: 'bound' | 'unschedulable';
  readonly chosen: string | undefined;
  /** Every node that was looked at, in that order, filtered ones first; empty where only a summary is kept. */
  readonly nodes: readonly NodeDecision[];
  /** Nodes turned down, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly evaluated: number;
  readonly feasible: number;
  readonly totalNodes: number;
  /** Total score of the chosen node; undefined when there was no choice, and so nothing was scored. */
  readonly chosenTotal: number | undefined;
  readonly runnerUp: { readonly node: string; readonly total: number } | undefined;
  /** How many nodes shared the best score; more than one means that chance decided. */
  readonly tied: number;
  readonly attempts: number;
  /** Set when victims were found for the pod. */
  readonly preemption: PreemptionPlan | undefined;
  /** As the event says it. */
  readonly message: string;
  /** The journal entry of this attempt. */
  readonly entry: number;
}

/** A decision as it is remembered: the nodes folded up. */
export type KeptDecision = Omit<Decision, 'nodes'> & { readonly verdicts: NodeVerdicts };

const NO_REASONS: Decision['reasons'] = {};

export function unfold({ verdicts, ...decision }: KeptDecision): Decision {
  return { ...decision, nodes: nodeDecisions(verdicts) };
}

export function decisionOf(
  attempt: Attempt,
  more: Pick<Decision, 'at' | 'pod' | 'attempts' | 'message' | 'entry' | 'preemption'>,
): KeptDecision {
  const { chosen, verdicts, evaluated, feasible, totalNodes, chosenTotal, runnerUp, tied, diagnosis } = attempt;
  return {
    ...more,
    outcome: chosen === undefined ? 'unschedulable' : 'bound',
    chosen,
    verdicts,
    reasons: diagnosis.reasons.size === 0 ? NO_REASONS : Object.fromEntries(diagnosis.reasons),
    evaluated,
    feasible,
    totalNodes,
    chosenTotal,
    runnerUp,
    tied,
  };
}

export function planOf(preemption: Preemption | undefined, detail: 'full' | 'summary'): PreemptionPlan | undefined {
  if (preemption?.kind !== 'nominated') return undefined;
  const planned = ({ node, victims, violations }: Candidate): PlannedNode => ({
    node,
    victims: victims.map(({ metadata }) => `${metadata.namespace ?? ''}/${metadata.name}`),
    violations,
  });
  return {
    chosen: planned(preemption.chosen),
    candidates: detail === 'full' ? preemption.candidates.map(planned) : [],
  };
}
