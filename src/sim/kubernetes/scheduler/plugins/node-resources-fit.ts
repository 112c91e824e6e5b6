// A node must have room for what the pod asks for; emptier nodes score higher by default. Models
// pkg/scheduler/framework/plugins/noderesources/fit.go (Kubernetes 1.32). A request above the whole node is
// Unschedulable, as in 1.32 (UnschedulableAndUnresolvable only from 1.34 on).
import { unreachable } from '../../../engine/assert.ts';
import type { Node } from '../../objects.ts';
import { type FilterPlugin, type ScorePlugin, success, type Verdict } from '../framework.ts';
import { NodeTable } from '../node-table.ts';
import type { PodAmounts } from '../pod-info.ts';
import {
  leastAllocated,
  mostAllocated,
  prepareResourceScore,
  requestedToCapacityRatio,
  type Scorer,
  type UtilizationPoint,
  type WeightedResource,
} from './resource-scorer.ts';

export type ScoringStrategy =
  | { readonly type: 'LeastAllocated' | 'MostAllocated'; readonly resources: readonly WeightedResource[] }
  | {
      readonly type: 'RequestedToCapacityRatio';
      readonly resources: readonly WeightedResource[];
      readonly shape: readonly UtilizationPoint[];
    };

export interface NodeResourcesFitArgs {
  readonly strategy?: ScoringStrategy;
  /** Extended resources that some other scheduler looks after. */
  readonly ignoredResources?: readonly string[];
  readonly ignoredResourceGroups?: readonly string[];
}

/** One resource of which a node has too little left, in milli-CPU, bytes or pieces. */
export interface InsufficientResource {
  readonly resource: string;
  readonly reason: string;
  readonly requested: number;
  readonly used: number;
  readonly capacity: number;
}

export const defaultResources: readonly WeightedResource[] = [
  { name: 'cpu', weight: 1 },
  { name: 'memory', weight: 1 },
];

export function createNodeResourcesFit(args: NodeResourcesFitArgs = {}): FilterPlugin & ScorePlugin {
  const strategy: ScoringStrategy = args.strategy ?? { type: 'LeastAllocated', resources: defaultResources };
  const scorer = scorerOf(strategy);
  return {
    name: 'NodeResourcesFit',
    local: true,
    localScore: true,
    prepareFilter({ amounts }, nodes) {
      const { cpuMilli, memoryBytes, ephemeralStorageBytes, scalars } = amounts;
      const plain = ephemeralStorageBytes === 0 && scalars.length === 0;
      return {
        kind: 'filter',
        filter(slot) {
          if (
            plain &&
            (nodes.podCount[slot] as number) < (nodes.allocatablePods[slot] as number) &&
            (cpuMilli === 0 ||
              cpuMilli <= (nodes.allocatableCpu[slot] as number) - (nodes.requestedCpu[slot] as number)) &&
            (memoryBytes === 0 ||
              memoryBytes <= (nodes.allocatableMemory[slot] as number) - (nodes.requestedMemory[slot] as number))
          )
            return success;
          const missing = insufficientResources(amounts, nodes, slot, args);
          return missing.length === 0 ? success : verdictOf(missing);
        },
      };
    },
    prepareScore({ amounts }, nodes) {
      return prepareResourceScore(amounts, nodes, strategy.resources, false, scorer);
    },
    hears: ['NodeAdd', 'NodeUpdate', 'AssignedPodDelete'],
    hint({ amounts }, event) {
      switch (event.kind) {
        case 'AssignedPodDelete':
          return true;
        case 'NodeDelete':
        case 'StorageChange':
        case 'AssignedPodAdd':
        case 'AssignedPodUpdate':
        case 'PodUpdate':
          return false;
        case 'NodeAdd':
          return fitsEmpty(amounts, event.node, args);
        case 'NodeUpdate':
          return (
            event.node.status.allocatable !== event.before.status.allocatable && fitsEmpty(amounts, event.node, args)
          );
        default:
          return unreachable(event);
      }
    },
  };
}

export const nodeResourcesFit = createNodeResourcesFit();

const verdicts = new Map<string, Verdict>();

/** One verdict for all nodes that lack the same: there may be thousands of them. */
function verdictOf(missing: readonly InsufficientResource[]): Verdict {
  const [first] = missing;
  const text = first && missing.length === 1 ? first.reason : missing.map(({ reason }) => reason).join();
  let verdict = verdicts.get(text);
  if (!verdict) {
    verdict = { code: 'Unschedulable', reasons: missing.map(({ reason }) => reason) };
    verdicts.set(text, verdict);
  }
  return verdict;
}

/** Everything the node in `slot` has too little of for this pod; empty when it fits. */
export function insufficientResources(
  amounts: PodAmounts,
  nodes: NodeTable,
  slot: number,
  { ignoredResources = [], ignoredResourceGroups = [] }: NodeResourcesFitArgs = {},
): readonly InsufficientResource[] {
  const out: InsufficientResource[] = [];
  const pods = nodes.podCount[slot] as number;
  const allowed = nodes.allocatablePods[slot] as number;
  if (pods + 1 > allowed)
    out.push({ resource: 'pods', reason: 'Too many pods', requested: 1, used: pods, capacity: allowed });
  const check = (resource: string, requested: number, used: number, capacity: number): void => {
    if (requested > 0 && requested > capacity - used)
      out.push({ resource, reason: `Insufficient ${resource}`, requested, used, capacity });
  };
  check('cpu', amounts.cpuMilli, nodes.requestedCpu[slot] as number, nodes.allocatableCpu[slot] as number);
  check('memory', amounts.memoryBytes, nodes.requestedMemory[slot] as number, nodes.allocatableMemory[slot] as number);
  check(
    'ephemeral-storage',
    amounts.ephemeralStorageBytes,
    nodes.requestedEphemeral[slot] as number,
    nodes.allocatableEphemeral[slot] as number,
  );
  for (const [name, amount] of amounts.scalars) {
    if (isExtended(name)) {
      const group = name.split('/')[0] as string;
      if (ignoredResources.includes(name) || ignoredResourceGroups.includes(group)) continue;
    }
    const used = nodes.requestedScalar[slot]?.get(name) ?? 0;
    check(name, amount, used, nodes.allocatableScalar[slot]?.get(name) ?? 0);
  }
  return out;
}

/** Whether the pod would fit if nothing else were on the node. */
function fitsEmpty(amounts: PodAmounts, node: Node, args: NodeResourcesFitArgs): boolean {
  const alone = new NodeTable();
  alone.setNode(node);
  return insufficientResources(amounts, alone, alone.slotOf(node.metadata.name) as number, args).length === 0;
}

function scorerOf(strategy: ScoringStrategy): Scorer {
  switch (strategy.type) {
    case 'LeastAllocated':
      return leastAllocated(strategy.resources);
    case 'MostAllocated':
      return mostAllocated(strategy.resources);
    case 'RequestedToCapacityRatio':
      return requestedToCapacityRatio(strategy.resources, strategy.shape);
    default:
      return unreachable(strategy);
  }
}

/** Resources outside of Kubernetes' own names. (v1helper.IsExtendedResourceName) */
function isExtended(name: string): boolean {
  return name.includes('/') && !name.includes('kubernetes.io/') && !name.startsWith('requests.');
}
