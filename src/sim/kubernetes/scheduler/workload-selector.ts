// By what a pod's services and its controller select it: the pods that should be spread with it when it has no
// constraints of its own. Models DefaultSelector and GetPodServices of pkg/scheduler/framework/plugins/helper/spread.go
// (Kubernetes 1.32). Left out: ReplicationControllers, which are not simulated.
import type { Cluster } from '../cluster.ts';
import type { Labels, LabelSelector, OwnerReference, Pod } from '../objects.ts';
import { matchesLabels, type Requirement, requirementsOf } from '../selector.ts';

type SelectorOf = (pod: Pod) => readonly Requirement[];

const NONE: readonly Requirement[] = [];
const NO_LABELS: Labels = {};

/** Remembers the answer for pods that share their labels, as those of one template do, until services change. */
export function createWorkloadSelectors({ sim, store }: Cluster): SelectorOf {
  /** By owner, or by namespace for pods without one. */
  let remembered = new Map<string, WeakMap<Labels, readonly Requirement[]>>();
  /** Selectors of services by namespace; undefined: to be read anew. */
  let selecting: ReadonlyMap<string, readonly Labels[]> | undefined;
  store.subscribe('services', ({ type, object, before }) => {
    if (type === 'MODIFIED' && object.spec.selector === before?.spec.selector) return;
    remembered = new Map();
    selecting = undefined;
  });
  for (const resource of ['replicasets', 'statefulsets'] as const)
    store.subscribe(resource, ({ type, object }) => {
      if (type !== 'MODIFIED') remembered.delete(object.metadata.uid);
    });
  sim.register<null>({
    name: 'kubernetes.scheduler.workload-selectors',
    save: () => null,
    load: () => {
      remembered = new Map();
      selecting = undefined;
    },
  });

  function servicesThatSelect(): ReadonlyMap<string, readonly Labels[]> {
    const found = new Map<string, Labels[]>();
    for (const { metadata, spec } of store.list('services')) {
      if (Object.keys(spec.selector ?? {}).length === 0) continue;
      const list = found.get(metadata.namespace ?? '');
      if (list) list.push(spec.selector ?? {});
      else found.set(metadata.namespace ?? '', [spec.selector ?? {}]);
    }
    return found;
  }

  function controllerSelector(pod: Pod): LabelSelector | undefined {
    const owner = controllerOf(pod);
    const key = `${pod.metadata.namespace ?? ''}/${owner?.name ?? ''}`;
    if (owner?.kind === 'ReplicaSet') return store.get('replicasets', key)?.spec.selector;
    return owner?.kind === 'StatefulSet' ? store.get('statefulsets', key)?.spec.selector : undefined;
  }

  function find(pod: Pod, services: readonly Labels[]): readonly Requirement[] {
    const matchLabels: Record<string, string> = {};
    for (const selector of services)
      if (matchesLabels(selector, pod.metadata.labels)) Object.assign(matchLabels, selector);
    const found: Requirement[] = [];
    for (const selector of [{ matchLabels }, controllerSelector(pod)]) {
      const requirements = requirementsOf(selector);
      if (requirements && !('error' in requirements)) found.push(...requirements);
    }
    return found.length === 0 ? NONE : found;
  }

  return (pod) => {
    const { namespace = '', labels = NO_LABELS } = pod.metadata;
    const owner = controllerOf(pod);
    selecting ??= servicesThatSelect();
    const services = selecting.get(namespace);
    if (!owner && !services) return NONE;
    const group = owner?.uid ?? namespace;
    let known = remembered.get(group);
    if (!known) remembered.set(group, (known = new WeakMap<Labels, readonly Requirement[]>()));
    let selector = known.get(labels);
    if (!selector) known.set(labels, (selector = find(pod, services ?? [])));
    return selector;
  };
}

function controllerOf({ metadata }: Pod): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller);
}
