// The constraints that hold for a pod, made ready once for all pods of a template, and the nodes that take part.
// Models pkg/scheduler/framework/plugins/podtopologyspread/common.go and plugin.go (Kubernetes 1.32).
import type { Labels, Pod, TopologySpreadConstraint } from '../../objects.ts';
import { matchesRequirements, type Requirement } from '../../selector.ts';
import type { NodeTable } from '../node-table.ts';
import type { Placements } from '../placements.ts';
import type { PodInfo } from '../pod-info.ts';
import { type PodQuery, selectorOf, spreadQuery, withLabelKeys } from '../pod-terms.ts';
import { requiredMatcher } from './node-affinity.ts';
import { findUntoleratedTaint } from './taint-toleration.ts';

type Action = TopologySpreadConstraint['whenUnsatisfiable'];
type Policy = 'Honor' | 'Ignore';

export interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly affinityPolicy: Policy;
  readonly taintsPolicy: Policy;
  readonly selector: readonly Requirement[] | undefined;
  readonly query: PodQuery;
  /** Whether the pod is one of those that it counts. */
  readonly matchesSelf: boolean;
}

/** Constraints for pods that have none of their own. */
export interface DefaultConstraints {
  /** Kubernetes' own: they take nodes that lack a label as they are. */
  readonly system: boolean;
  readonly constraints: readonly TopologySpreadConstraint[];
}

export const systemDefaults: DefaultConstraints = {
  system: true,
  constraints: [
    { topologyKey: 'kubernetes.io/hostname', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 3 },
    { topologyKey: 'topology.kubernetes.io/zone', whenUnsatisfiable: 'ScheduleAnyway', maxSkew: 5 },
  ],
};

interface Remembered {
  readonly namespace: string | undefined;
  readonly labels: Labels | undefined;
  readonly constraints: Readonly<Record<Action, readonly Constraint[]>>;
}

const NONE: readonly Constraint[] = [];
/** Pods of one template share the list of constraints, or the selector of their workload, and the labels. */
const remembered = new WeakMap<object, WeakMap<object, Remembered>>();

/** A pod's own constraints of one kind; or the default ones with the selector of the pod's services and controller. */
export function constraintsOf(info: PodInfo, action: Action, defaults: DefaultConstraints): readonly Constraint[] {
  const { pod, workloadSelector } = info;
  const own = pod.spec.topologySpreadConstraints;
  const list = own && own.length > 0 ? own : defaults.constraints;
  if (list !== own && workloadSelector.length === 0) return NONE;
  const shared = list === own ? own : workloadSelector;
  let byList = remembered.get(list);
  if (!byList) remembered.set(list, (byList = new WeakMap<object, Remembered>()));
  let known = byList.get(shared);
  const { namespace, labels } = pod.metadata;
  if (!known || known.namespace !== namespace || known.labels !== labels) {
    const made = list.map((constraint) => ({
      action: constraint.whenUnsatisfiable,
      constraint: ready(constraint, pod, list === own ? undefined : workloadSelector),
    }));
    const of = (wanted: Action) => made.filter((m) => m.action === wanted).map((m) => m.constraint);
    known = {
      namespace,
      labels,
      constraints: { DoNotSchedule: of('DoNotSchedule'), ScheduleAnyway: of('ScheduleAnyway') },
    };
    byList.set(shared, known);
  }
  return known.constraints[action];
}

function ready(
  constraint: TopologySpreadConstraint,
  { metadata }: Pod,
  workloadSelector: readonly Requirement[] | undefined,
): Constraint {
  const { labels, namespace = '' } = metadata;
  const selector =
    workloadSelector ?? withLabelKeys(selectorOf(constraint.labelSelector), constraint.matchLabelKeys, labels);
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    affinityPolicy: constraint.nodeAffinityPolicy ?? 'Honor',
    taintsPolicy: constraint.nodeTaintsPolicy ?? 'Ignore',
    selector,
    query: spreadQuery(namespace, selector),
    matchesSelf: selector !== undefined && matchesRequirements(selector, labels),
  };
}

interface Mask {
  readonly placements: Placements;
  readonly version: number;
  readonly policies: string;
  readonly mask: Uint8Array | undefined;
}

const masks = new WeakMap<Pod['spec'], Mask>();

/** By slot: whether a node takes part under the policies of a constraint. Undefined when every node does. */
export function eligibleNodes(
  pod: Pod,
  { affinityPolicy, taintsPolicy }: Constraint,
  nodes: NodeTable,
): Uint8Array | undefined {
  const byAffinity = affinityPolicy === 'Honor' && narrowsNodes(pod);
  const byTaints = taintsPolicy === 'Honor' && nodes.taintClasses.length > 1;
  if (!byAffinity && !byTaints) return undefined;
  const { placements } = nodes;
  const policies = `${String(byAffinity)} ${String(byTaints)}`;
  const known = masks.get(pod.spec);
  if (known?.placements === placements && known.version === placements.nodesVersion && known.policies === policies)
    return known.mask;
  const matches = requiredMatcher(pod);
  const tolerated = nodes.taintClasses.map((taints) => !findUntoleratedTaint(taints, pod.spec.tolerations));
  const order = nodes.order();
  const mask = new Uint8Array(nodes.taintClass.length);
  let taking = 0;
  for (const slot of order)
    if ((!byAffinity || matches(nodes.nodeAt(slot))) && (!byTaints || tolerated[nodes.taintClass[slot] as number])) {
      mask[slot] = 1;
      taking++;
    }
  const made = { placements, version: placements.nodesVersion, policies };
  masks.set(pod.spec, { ...made, mask: taking === order.length ? undefined : mask });
  return taking === order.length ? undefined : mask;
}

function narrowsNodes({ spec }: Pod): boolean {
  return (
    spec.nodeSelector !== undefined ||
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined
  );
}
