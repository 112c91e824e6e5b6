// Scores from how much of a node is asked for. Models pkg/scheduler/framework/plugins/noderesources:
// resource_allocation.go, least_allocated.go, most_allocated.go, requested_to_capacity_ratio.go (Kubernetes 1.32).
// All divisions are of non-negative integers and drop the fraction, as the original's do.
import { MAX_NODE_SCORE, type PreparedScore } from '../framework.ts';
import type { NodeTable } from '../node-table.ts';
import type { PodAmounts } from '../pod-info.ts';

export interface WeightedResource {
  readonly name: string;
  readonly weight: number;
}

/** A point of a broken line: at `utilization` percent the score is `score`. */
export interface UtilizationPoint {
  readonly utilization: number;
  readonly score: number;
}

/** Entry `i` belongs to resource `i`; resources that do not count for this node have an allocatable amount of 0. */
export type Scorer = (requested: readonly number[], allocatable: readonly number[]) => number;

export function leastAllocated(resources: readonly WeightedResource[]): Scorer {
  return weightedMean(resources, (requested, capacity) =>
    requested > capacity ? 0 : Math.trunc(((capacity - requested) * MAX_NODE_SCORE) / capacity),
  );
}

export function mostAllocated(resources: readonly WeightedResource[]): Scorer {
  return weightedMean(resources, (requested, capacity) =>
    Math.trunc((Math.min(requested, capacity) * MAX_NODE_SCORE) / capacity),
  );
}

/** @param shape scores on a scale of 0 to 10, as the configuration has them */
export function requestedToCapacityRatio(
  resources: readonly WeightedResource[],
  shape: readonly UtilizationPoint[],
): Scorer {
  const line = brokenLinearFunction(shape.map(({ utilization, score }) => ({ utilization, score: score * 10 })));
  return (requested, allocatable) => {
    let sum = 0;
    let weights = 0;
    for (let i = 0; i < resources.length; i++) {
      const capacity = allocatable[i] as number;
      if (capacity === 0) continue;
      const amount = requested[i] as number;
      const score = line(amount > capacity ? 100 : Math.trunc((amount * 100) / capacity));
      // A resource that scores nothing does not pull the mean down.
      if (score <= 0) continue;
      const { weight } = resources[i] as WeightedResource;
      sum += score * weight;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.round(sum / weights);
  };
}

/** Straight lines between the points, level outside of them. */
export function brokenLinearFunction(points: readonly UtilizationPoint[]): (utilization: number) => number {
  return (utilization) => {
    let before: UtilizationPoint | undefined;
    for (const point of points) {
      if (utilization <= point.utilization) {
        if (!before) return point.score;
        const rise = (point.score - before.score) * (utilization - before.utilization);
        return before.score + Math.trunc(rise / (point.utilization - before.utilization));
      }
      before = point;
    }
    return before?.score ?? 0;
  };
}

/** @param real count what pods ask for, not the defaults for those that ask for nothing */
export function prepareResourceScore(
  amounts: PodAmounts,
  nodes: NodeTable,
  resources: readonly WeightedResource[],
  real: boolean,
  scorer: Scorer,
): PreparedScore {
  // Hundreds of nodes are scored for one pod: which columns to read is settled before.
  const columns = resources.map(({ name }) => columnsOf(nodes, name, wantedOf(amounts, name, real), real));
  const requested = columns.map(() => 0);
  const allocatable = columns.map(() => 0);
  return {
    score(slot) {
      for (let i = 0; i < columns.length; i++) {
        const { more, has, used } = columns[i] as Columns;
        const capacity = typeof has === 'function' ? has(slot) : (has[slot] as number);
        const taken = typeof used === 'function' ? used(slot) : (used[slot] as number);
        allocatable[i] = capacity;
        requested[i] = capacity === 0 ? 0 : taken + more;
      }
      return scorer(requested, allocatable);
    },
  };
}

/** Where the amounts of one resource are found: numbers by slot, or a look-up for the rarer resources. */
interface Columns {
  readonly more: number;
  readonly has: Float64Array | ((slot: number) => number);
  readonly used: Float64Array | ((slot: number) => number);
}

function columnsOf(nodes: NodeTable, name: string, more: number, real: boolean): Columns {
  if (name === 'cpu') return { more, has: nodes.allocatableCpu, used: real ? nodes.requestedCpu : nodes.nonzeroCpu };
  if (name === 'memory')
    return { more, has: nodes.allocatableMemory, used: real ? nodes.requestedMemory : nodes.nonzeroMemory };
  if (name === 'ephemeral-storage') return { more, has: nodes.allocatableEphemeral, used: nodes.requestedEphemeral };
  // An extended resource that the pod does not ask for says nothing about where it should go.
  if (more === 0) return { more, has: () => 0, used: () => 0 };
  return {
    more,
    has: (slot) => nodes.allocatableScalar[slot]?.get(name) ?? 0,
    used: (slot) => nodes.requestedScalar[slot]?.get(name) ?? 0,
  };
}

function wantedOf(amounts: PodAmounts, name: string, real: boolean): number {
  if (name === 'cpu') return real ? amounts.cpuMilli : amounts.nonzeroCpuMilli;
  if (name === 'memory') return real ? amounts.memoryBytes : amounts.nonzeroMemoryBytes;
  if (name === 'ephemeral-storage') return amounts.ephemeralStorageBytes;
  return amounts.other[name] ?? 0;
}

function weightedMean(
  resources: readonly WeightedResource[],
  scoreOf: (requested: number, capacity: number) => number,
): Scorer {
  return (requested, allocatable) => {
    let sum = 0;
    let weights = 0;
    for (let i = 0; i < resources.length; i++) {
      const capacity = allocatable[i] as number;
      if (capacity === 0) continue;
      const { weight } = resources[i] as WeightedResource;
      sum += scoreOf(requested[i] as number, capacity) * weight;
      weights += weight;
    }
    return weights === 0 ? 0 : Math.trunc(sum / weights);
  };
}
