// Prefers nodes on which the shares of the resources come out even, so that none runs out while the others lie idle.
// Models pkg/scheduler/framework/plugins/noderesources/balanced_allocation.go (Kubernetes 1.32), in floating point
// with the same operations in the same order.
import { MAX_NODE_SCORE, type ScorePlugin } from '../framework.ts';
import { defaultResources } from './node-resources-fit.ts';
import { prepareResourceScore, type WeightedResource } from './resource-scorer.ts';

export function createNodeResourcesBalancedAllocation(
  resources: readonly WeightedResource[] = defaultResources,
): ScorePlugin {
  return {
    name: 'NodeResourcesBalancedAllocation',
    localScore: true,
    prepareScore({ amounts }, nodes) {
      return prepareResourceScore(amounts, nodes, resources, true, balancedScore);
    },
  };
}

export const nodeResourcesBalancedAllocation = createNodeResourcesBalancedAllocation();

function balancedScore(requested: readonly number[], allocatable: readonly number[]): number {
  let count = 0;
  let total = 0;
  let first = 0;
  let second = 0;
  for (let i = 0; i < requested.length; i++) {
    if (allocatable[i] === 0) continue;
    const fraction = fractionOf(requested, allocatable, i);
    if (count === 0) first = fraction;
    else second = fraction;
    count++;
    total += fraction;
  }
  let deviation = 0;
  if (count === 2) deviation = Math.abs((first - second) / 2);
  else if (count > 2) {
    const mean = total / count;
    let sum = 0;
    for (let i = 0; i < requested.length; i++) {
      if (allocatable[i] === 0) continue;
      const fraction = fractionOf(requested, allocatable, i);
      sum += (fraction - mean) * (fraction - mean);
    }
    deviation = Math.sqrt(sum / count);
  }
  return Math.trunc((1 - deviation) * MAX_NODE_SCORE);
}

function fractionOf(requested: readonly number[], allocatable: readonly number[], i: number): number {
  return Math.min(1, (requested[i] as number) / (allocatable[i] as number));
}
