// The pod that a DaemonSet puts on a node, and on which nodes it wants one.
// Models: pkg/controller/daemon/daemon_controller.go NodeShouldRunDaemonPod and pkg/controller/daemon/util/
// daemonset_util.go AddOrUpdateDaemonPodTolerations, ReplaceDaemonSetPodNodeNameNodeAffinity, GetTargetNodeName (1.32).
import type { DaemonSet } from '../../kinds/workloads.ts';
import type { Node, Pod, PodSpec, PodTemplateSpec, Toleration } from '../../objects.ts';
import { findUntoleratedTaint } from '../../scheduler/plugins/taint-toleration.ts';
import { requiredMatcher } from '../../scheduler/plugins/node-affinity.ts';
import type { Draft } from '../../store.ts';
import { CONTROLLER_REVISION_HASH } from '../history/controller-revision.ts';
import { ownedPod } from '../owned-pod.ts';

/** On the DaemonSet, and as a label on its pods: how often the template has changed. */
const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';
const POD_TEMPLATE_GENERATION = 'pod-template-generation';
const NODE_NAME_FIELD = 'metadata.name';

const tolerated = (name: string, effect: 'NoExecute' | 'NoSchedule'): Toleration => ({
  key: `node.kubernetes.io/${name}`,
  operator: 'Exists',
  effect,
});
/** A daemon stays on a node that is sick, and goes to one that takes no other pods. */
const TOLERATIONS: readonly Toleration[] = [
  tolerated('not-ready', 'NoExecute'),
  tolerated('unreachable', 'NoExecute'),
  tolerated('disk-pressure', 'NoSchedule'),
  tolerated('memory-pressure', 'NoSchedule'),
  tolerated('pid-pressure', 'NoSchedule'),
  tolerated('unschedulable', 'NoSchedule'),
];
const HOST_NETWORK_TOLERATION = tolerated('network-unavailable', 'NoSchedule');

const specs = new WeakMap<PodSpec, PodSpec>();

/** The template's pod with the tolerations of a daemon; one object for each template. */
function daemonSpec({ spec }: PodTemplateSpec): PodSpec {
  let found = specs.get(spec);
  if (!found) {
    const added = spec.hostNetwork === true ? [...TOLERATIONS, HOST_NETWORK_TOLERATION] : TOLERATIONS;
    const own = spec.tolerations ?? [];
    const missing = added.filter((toleration) => !own.some((present) => sameToleration(present, toleration)));
    found = { ...spec, tolerations: [...own, ...missing] };
    specs.set(spec, found);
  }
  return found;
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return (
    a.key === b.key &&
    a.operator === b.operator &&
    a.effect === b.effect &&
    (a.value ?? '') === (b.value ?? '') &&
    a.tolerationSeconds === b.tolerationSeconds
  );
}

export interface Wanted {
  /** A pod should be made there. */
  readonly run: boolean;
  /** One that is there may stay. */
  readonly stay: boolean;
}
const NO: Wanted = { run: false, stay: false };
const STAY: Wanted = { run: false, stay: true };
const RUN: Wanted = { run: true, stay: true };

const verdicts = new WeakMap<PodSpec, WeakMap<Node, Wanted>>();

/** Whether a daemon of this template belongs on the node. Both are values, so the answer is remembered. */
export function wantedOn(template: PodTemplateSpec, node: Node): Wanted {
  let known = verdicts.get(template.spec);
  if (!known) verdicts.set(template.spec, (known = new WeakMap<Node, Wanted>()));
  let found = known.get(node);
  if (!found) known.set(node, (found = judge(daemonSpec(template), node)));
  return found;
}

function judge(spec: PodSpec, node: Node): Wanted {
  if ((spec.nodeName ?? '') !== '' && spec.nodeName !== node.metadata.name) return NO;
  if (!requiredMatcher({ spec } as Pod)(node)) return NO;
  const taints = node.spec.taints ?? [];
  if (!findUntoleratedTaint(taints, spec.tolerations)) return RUN;
  const noExecute = taints.filter(({ effect }) => effect === 'NoExecute');
  return findUntoleratedTaint(noExecute, spec.tolerations) ? NO : STAY;
}

export function daemonPod(owner: DaemonSet, node: string, hash: string): Draft<Pod> {
  const { template } = owner.spec;
  const { labels, annotations } = template.metadata;
  const generation = owner.metadata.annotations?.[TEMPLATE_GENERATION];
  const draft = ownedPod(owner, daemonSpec(template), {
    generateName: `${owner.metadata.name}-`,
    labels: {
      ...labels,
      [CONTROLLER_REVISION_HASH]: hash,
      ...(generation === undefined ? {} : { [POD_TEMPLATE_GENERATION]: generation }),
    },
    ...(annotations === undefined ? {} : { annotations }),
  });
  return { ...draft, spec: { ...draft.spec, affinity: affinityTo(draft.spec, node) } };
}

/** The template's affinity, its required nodes replaced by this one. */
function affinityTo({ affinity }: PodSpec, node: string): NonNullable<PodSpec['affinity']> {
  const term = { matchFields: [{ key: NODE_NAME_FIELD, operator: 'In' as const, values: [node] }] };
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  };
}

/** The node that a daemon is on, or is meant for. */
export function targetNode({ spec }: Pod): string | undefined {
  if (spec.nodeName !== undefined) return spec.nodeName;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  for (const { matchFields = [] } of required?.nodeSelectorTerms ?? [])
    for (const { key, operator, values = [] } of matchFields)
      if (key === NODE_NAME_FIELD && operator === 'In' && values.length === 1) return values[0];
  return undefined;
}
