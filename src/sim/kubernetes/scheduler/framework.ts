// What the scheduler asks of a plugin. Models pkg/scheduler/framework/interface.go (Kubernetes 1.32): PreFilter,
// Filter, PreScore, Score and NormalizeScore, and the hint whether a change of the cluster may help a waiting pod.
// A plugin prepares itself for one pod and hands back the function that judges nodes; that function holds what the
// framework keeps in CycleState. QueueSort is in queue.ts, Bind in scheduler.ts (only the default ones exist);
// Permit, PreBind and PostBind do nothing by default and have no seat here.
import type { Node, Pod } from '../objects.ts';
import type { NodeTable } from './node-table.ts';
import type { PodInfo } from './pod-info.ts';

export type Code = 'Success' | 'Unschedulable' | 'UnschedulableAndUnresolvable';

/** What a plugin says of a node. `UnschedulableAndUnresolvable`: removing pods from that node would not help. */
export interface Verdict {
  readonly code: Code;
  readonly reasons: readonly string[];
}

export const success: Verdict = { code: 'Success', reasons: [] };

/** The highest score of a plugin for a node, before its weight. */
export const MAX_NODE_SCORE = 100;

export type PreparedFilter =
  /** Nothing to check for this pod; the plugin is left out of the cycle. */
  | { readonly kind: 'skip' }
  /** No node can do; there is no need to look. */
  | { readonly kind: 'rejected'; readonly verdict: Verdict }
  | {
      readonly kind: 'filter';
      readonly filter: (slot: number) => Verdict;
      /** When given, all other nodes are out already. */
      readonly nodeNames?: readonly string[];
    };

export interface FilterPlugin {
  readonly name: string;
  /**
   * Set when what prepareFilter finds out depends on the pods that are placed, so that it must be asked anew when
   * pods are taken away or added to see what would be. (PreFilterExtensions)
   */
  readonly preparesFromPods?: true;
  /**
   * Set when what the filter says of a node depends on nothing but the pod's spec and the node: its object and the sums
   * and ports of the pods on it. The answer is then kept until the node changes, and what prepareFilter hands back for
   * all pods of that spec. (see shape-memo.ts)
   */
  readonly local?: true;
  /** PreFilter. */
  prepareFilter(pod: PodInfo, nodes: NodeTable): PreparedFilter;
  /** The kinds of events for which {@link hint} can say yes. (EventsToRegister) */
  readonly hears: readonly ClusterEvent['kind'][];
  /** Whether `event` may have made room for `pod`, which this plugin turned away. (QueueingHintFn) */
  hint(pod: PodInfo, event: ClusterEvent): boolean;
}

export interface PreparedScore {
  /** Asked of the feasible slots in their order, once each. */
  readonly score: (slot: number) => number;
  /** The same for all of them at once, where that is less work. */
  readonly fill?: (scores: Float64Array, count: number) => void;
  /** Changes the first `count` scores in place so that the best is at most {@link MAX_NODE_SCORE}. */
  readonly normalize?: (scores: Float64Array, count: number) => void;
  /** Set when every node gets the same score, and this one in the end. */
  readonly uniform?: number;
}

export interface ScorePlugin {
  readonly name: string;
  /** The same as {@link FilterPlugin.local}, of a plugin that neither normalizes nor ever leaves itself out. */
  readonly localScore?: true;
  /** PreScore; `feasible` are the slots that passed the filters. Undefined: nothing to score for this pod. */
  prepareScore(pod: PodInfo, nodes: NodeTable, feasible: Int32Array, count: number): PreparedScore | undefined;
}

/** What happened in the cluster that may help a pod which did not fit. */
export type ClusterEvent =
  | { readonly kind: 'NodeAdd'; readonly node: Node }
  | { readonly kind: 'NodeUpdate'; readonly node: Node; readonly before: Node }
  | { readonly kind: 'NodeDelete'; readonly node: Node }
  | { readonly kind: 'AssignedPodDelete'; readonly pod: Pod }
  | { readonly kind: 'AssignedPodAdd'; readonly pod: Pod }
  /** The labels of a placed pod changed. */
  | { readonly kind: 'AssignedPodUpdate'; readonly pod: Pod; readonly before: Pod }
  /** A claim (by key), a volume or a class came, changed or went. */
  | { readonly kind: 'StorageChange'; readonly claim: string | undefined }
  /** The waiting pod itself changed. */
  | { readonly kind: 'PodUpdate'; readonly pod: Pod; readonly before: Pod };

export interface Profile {
  /** In the order in which they run; the first that says no names the reason. */
  readonly filters: readonly FilterPlugin[];
  readonly scores: readonly { readonly plugin: ScorePlugin; readonly weight: number }[];
  /** DefaultPreemption; a profile without it never evicts. */
  readonly preemption?: PreemptionArgs;
  /** How many of the nodes are enough to choose from; by the size of the cluster when left out. */
  readonly percentageOfNodesToScore?: number;
}

export interface PreemptionArgs {
  readonly minCandidateNodesPercentage: number;
  readonly minCandidateNodesAbsolute: number;
}

/** helper.DefaultNormalizeScore: the highest becomes 100, the others in proportion, rounded down; or the reverse. */
export function normalizeByMax(scores: Float64Array, count: number, reverse: boolean): void {
  let max = 0;
  for (let i = 0; i < count; i++) max = Math.max(max, scores[i] as number);
  for (let i = 0; i < count; i++) {
    const share = max === 0 ? 0 : Math.trunc((MAX_NODE_SCORE * (scores[i] as number)) / max);
    scores[i] = reverse ? MAX_NODE_SCORE - share : share;
  }
}
