// Spreads the pods that a selector matches evenly over the values of a node label: DoNotSchedule filters,
// ScheduleAnyway gives points. Models pkg/scheduler/framework/plugins/podtopologyspread (Kubernetes 1.32):
// filtering.go, scoring.go, common.go, with the system's own constraints for pods that have none.
// Departure: what the original counts per cycle is kept in placements.ts; the sums are the same.
import type { Node, Pod } from '../../objects.ts';
import { matchesRequirements } from '../../selector.ts';
import {
  type ClusterEvent,
  type FilterPlugin,
  MAX_NODE_SCORE,
  type PreparedScore,
  type ScorePlugin,
  success,
  type Verdict,
} from '../framework.ts';
import type { NodeTable } from '../node-table.ts';
import type { PodInfo } from '../pod-info.ts';
import type { PodCount } from '../placements.ts';
import type { TopologyKey } from '../topology-key.ts';
import { naturalLogarithm } from './natural-logarithm.ts';
import {
  type Constraint,
  constraintsOf,
  type DefaultConstraints,
  eligibleNodes,
  systemDefaults,
} from './pod-topology-spread-constraints.ts';

const skewed: Verdict = {
  code: 'Unschedulable',
  reasons: ["node(s) didn't match pod topology spread constraints"],
};
const missingLabel: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ["node(s) didn't match pod topology spread constraints (missing required label)"],
};

const HOSTNAME = 'kubernetes.io/hostname';

type Ready = Constraint & { readonly key: TopologyKey };

/** Counts of matching pods by number of the topology value, over the nodes that take part. */
interface DomainCounts {
  readonly counts: Int32Array;
  /** By number: whether some node that takes part has the value. */
  readonly present: Int32Array | Uint8Array;
  readonly domains: number;
}

export function createPodTopologySpread(defaults: DefaultConstraints = systemDefaults): FilterPlugin & ScorePlugin {
  return {
    name: 'PodTopologySpread',
    preparesFromPods: true,
    prepareFilter(info, nodes) {
      const constraints = ready(info, 'DoNotSchedule', defaults, nodes);
      if (constraints.length === 0) return { kind: 'skip' };
      const checks = domainCounts(info.pod, constraints, nodes, true).map((domains, i) => {
        const { maxSkew, minDomains, matchesSelf, key } = constraints[i] as Ready;
        const least = domains.domains < minDomains ? 0 : smallest(domains);
        return { valueAt: key.valueAt, counts: domains.counts, most: maxSkew + least - (matchesSelf ? 1 : 0) };
      });
      return {
        kind: 'filter',
        filter(slot) {
          for (const { valueAt, counts, most } of checks) {
            const value = valueAt[slot] as number;
            if (value < 0) return missingLabel;
            if ((counts[value] as number) > most) return skewed;
          }
          return success;
        },
      };
    },
    prepareScore(info, nodes, feasible, count) {
      const constraints = ready(info, 'ScheduleAnyway', defaults, nodes);
      if (constraints.length === 0) return undefined;
      // The system's own constraints take nodes that lack a label as they are.
      const requireAll = (info.pod.spec.topologySpreadConstraints?.length ?? 0) > 0 || !defaults.system;
      return prepareSpreadScore(info.pod, constraints, nodes, feasible, count, requireAll);
    },
    hears: [
      'NodeAdd',
      'NodeUpdate',
      'NodeDelete',
      'AssignedPodAdd',
      'AssignedPodUpdate',
      'AssignedPodDelete',
      'PodUpdate',
    ],
    hint(info, event) {
      return helps(info, event, defaults);
    },
  };
}

export const podTopologySpread = createPodTopologySpread();

function ready(
  info: PodInfo,
  action: 'DoNotSchedule' | 'ScheduleAnyway',
  defaults: DefaultConstraints,
  { placements }: NodeTable,
): readonly Ready[] {
  return constraintsOf(info, action, defaults).map((constraint) => ({
    ...constraint,
    key: placements.key(constraint.topologyKey),
  }));
}

function prepareSpreadScore(
  pod: Pod,
  constraints: readonly Ready[],
  nodes: NodeTable,
  feasible: Int32Array,
  count: number,
  requireAll: boolean,
): PreparedScore {
  const ignored = requireAll ? withoutLabel(constraints, feasible, count) : undefined;
  let taking = count;
  if (ignored) for (let i = 0; i < count; i++) taking -= ignored[i] as number;
  const domains = domainCounts(pod, constraints, nodes, requireAll);
  // The same additions in the same order as one node after another, but a column at a time.
  if (room.length < count) room = new Float64Array(2 * count);
  const sums = room;
  sums.fill(0, 0, count);
  constraints.forEach(({ key, query, maxSkew }, c) => {
    if (key.nodes === 0) return;
    const byNode = key.name === HOSTNAME;
    const size = byNode ? taking : distinctValues(key.valueAt, key.numbers, feasible, count, ignored);
    const weight = naturalLogarithm(size + 2);
    const { valueAt } = key;
    // On one node a pod counts whether or not the node takes part.
    const perNode = byNode ? nodes.placements.countOf(query).bySlot : undefined;
    const { counts } = domains[c] as DomainCounts;
    for (let i = 0; i < count; i++) {
      const slot = feasible[i] as number;
      const value = valueAt[slot] as number;
      if (value < 0 || ignored?.[i] === 1) continue;
      const pods = (perNode ? perNode[slot] : counts[value]) as number;
      sums[i] = (sums[i] as number) + (pods * weight + (maxSkew - 1));
    }
  });
  let next = 0;
  return {
    score: () => Math.round(sums[next++] as number),
    fill(scores, n) {
      for (let i = 0; i < n; i++) scores[i] = Math.round(sums[i] as number);
    },
    normalize(scores, n) {
      normalize(scores, n, ignored);
    },
  };
}

/** For one pod at a time: its sums are read before the next pod's are made. */
let room = new Float64Array(512);

/** By place among the feasible nodes: 1 for those that lack the label of a constraint; undefined when none does. */
function withoutLabel(constraints: readonly Ready[], feasible: Int32Array, count: number): Uint8Array | undefined {
  let ignored: Uint8Array | undefined;
  for (let i = 0; i < count; i++)
    if (constraints.some(({ key }) => (key.valueAt[feasible[i] as number] as number) < 0))
      (ignored ??= new Uint8Array(count))[i] = 1;
  return ignored;
}

/** The fewest pods become 100, none lower than 0; nodes that were left out get 0. */
function normalize(scores: Float64Array, count: number, ignored: Uint8Array | undefined): void {
  let min = Infinity;
  let max = 0;
  for (let i = 0; i < count; i++) {
    if (ignored?.[i] === 1) continue;
    const score = scores[i] as number;
    if (score < min) min = score;
    if (score > max) max = score;
  }
  for (let i = 0; i < count; i++)
    if (ignored?.[i] === 1) scores[i] = 0;
    else
      scores[i] = max === 0 ? MAX_NODE_SCORE : Math.trunc((MAX_NODE_SCORE * (max + min - (scores[i] as number))) / max);
}

/** How many values the nodes that passed have; lacking the label is one more. */
function distinctValues(
  valueAt: Int32Array,
  numbers: number,
  feasible: Int32Array,
  count: number,
  ignored: Uint8Array | undefined,
): number {
  const seen = new Uint8Array(numbers + 1);
  let size = 0;
  for (let i = 0; i < count; i++) {
    if (ignored?.[i] === 1) continue;
    const at = (valueAt[feasible[i] as number] as number) + 1;
    if (seen[at] === 1) continue;
    seen[at] = 1;
    size++;
  }
  return size;
}

/**
 * For each constraint the matching pods by topology value. Where all nodes take part the sums are there already;
 * else the nodes are walked once.
 * @param requireAll only nodes that have the labels of all constraints take part
 */
function domainCounts(
  pod: Pod,
  constraints: readonly Ready[],
  nodes: NodeTable,
  requireAll: boolean,
): readonly DomainCounts[] {
  const { placements } = nodes;
  const allLabelled =
    !requireAll || constraints.length === 1 || constraints.every(({ key }) => key.nodes === nodes.size);
  return constraints.map((constraint) => {
    const { key, query } = constraint;
    const count = placements.countOf(query);
    const eligible = eligibleNodes(pod, constraint, nodes);
    if (allLabelled && !eligible)
      return { counts: placements.byValue(count, key).counts, present: key.nodesWith, domains: key.values };
    const labelled = requireAll ? constraints.map((other) => other.key.valueAt) : [key.valueAt];
    return walk(count, key.valueAt, key.numbers, labelled, eligible, nodes.order());
  });
}

function walk(
  { bySlot }: PodCount,
  valueAt: Int32Array,
  numbers: number,
  labelled: readonly Int32Array[],
  eligible: Uint8Array | undefined,
  order: Int32Array,
): DomainCounts {
  const counts = new Int32Array(numbers);
  const present = new Uint8Array(numbers);
  let domains = 0;
  for (const slot of order) {
    const value = valueAt[slot] as number;
    if (value < 0 || eligible?.[slot] === 0 || labelled.some((values) => (values[slot] as number) < 0)) continue;
    counts[value] = (counts[value] as number) + (bySlot[slot] as number);
    if (present[value] === 1) continue;
    present[value] = 1;
    domains++;
  }
  return { counts, present, domains };
}

/** The fewest pods that any domain has; without domains there is no bound. */
function smallest({ counts, present }: DomainCounts): number {
  let min = 2147483647;
  for (let value = 0; value < counts.length; value++)
    if ((present[value] ?? 0) > 0 && (counts[value] as number) < min) min = counts[value] as number;
  return min;
}

function helps(info: PodInfo, event: ClusterEvent, defaults: DefaultConstraints): boolean {
  const { pod } = info;
  const constraints = constraintsOf(info, 'DoNotSchedule', defaults);
  const inNamespace = (other: Pod) => other.metadata.namespace === pod.metadata.namespace;
  const matched = (other: Pod) =>
    constraints.some(({ selector }) => selector && matchesRequirements(selector, other.metadata.labels));
  switch (event.kind) {
    case 'PodUpdate':
      return event.pod.metadata.labels !== event.before.metadata.labels;
    case 'AssignedPodUpdate':
      return inNamespace(event.pod) && matched(event.pod) !== matched(event.before);
    case 'AssignedPodAdd':
    case 'AssignedPodDelete':
      return inNamespace(event.pod) && matched(event.pod);
    case 'StorageChange':
      return false;
    default: {
      const value = (node: Node, name: string) => node.metadata.labels?.[name];
      const complete = (node: Node) => constraints.every(({ topologyKey }) => value(node, topologyKey) !== undefined);
      const after = complete(event.node);
      if (event.kind !== 'NodeUpdate') return after;
      const { node, before } = event;
      if (complete(before) !== after) return true;
      return (
        after &&
        (node.spec.taints !== before.spec.taints ||
          constraints.some(({ topologyKey }) => value(node, topologyKey) !== value(before, topologyKey)))
      );
    }
  }
}
