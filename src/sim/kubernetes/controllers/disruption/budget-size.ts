// How many pods a budget expects, and how many of them it wants healthy.
// Models: pkg/controller/disruption/disruption.go getExpectedPodCount, getExpectedScale and its finders (1.32).
import type { PodDisruptionBudget } from '../../kinds/policy.ts';
import type { IntOrString, OwnerReference, Pod } from '../../objects.ts';
import { resourceOf } from '../../resources.ts';
import type { Store } from '../../store.ts';
import { controllerOf } from '../owner-reference.ts';

export interface BudgetSize {
  readonly expected: number;
  readonly desiredHealthy: number;
  /** Names of pods without a controller; they do not count towards a percentage. */
  readonly unmanaged: readonly string[];
}

export function budgetSize(
  store: Store,
  { spec }: PodDisruptionBudget,
  pods: readonly Pod[],
): BudgetSize | { readonly error: string } {
  const { minAvailable, maxUnavailable } = spec;
  if (maxUnavailable !== undefined) {
    const scale = expectedScale(store, pods);
    if ('error' in scale) return scale;
    return { ...scale, desiredHealthy: Math.max(0, scale.expected - scaled(maxUnavailable, scale.expected)) };
  }
  if (minAvailable === undefined) return { expected: 0, desiredHealthy: 0, unmanaged: [] };
  if (typeof minAvailable === 'number') return { expected: pods.length, desiredHealthy: minAvailable, unmanaged: [] };
  const scale = expectedScale(store, pods);
  if ('error' in scale) return scale;
  return { ...scale, desiredHealthy: scaled(minAvailable, scale.expected) };
}

function scaled(value: IntOrString, total: number): number {
  return typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);
}

/** The sum of the sizes of all controllers that own one of the pods. */
function expectedScale(
  store: Store,
  pods: readonly Pod[],
): { readonly expected: number; readonly unmanaged: readonly string[] } | { readonly error: string } {
  const sizes = new Map<string, number>();
  const known = new Set<string>();
  const unmanaged: string[] = [];
  for (const pod of pods) {
    const owner = controllerOf(pod);
    if (!owner) {
      unmanaged.push(pod.metadata.name);
      continue;
    }
    if (known.has(owner.uid)) continue;
    known.add(owner.uid);
    const found = sizeOf(store, owner, pod.metadata.namespace ?? '');
    if (!found) return { error: `found no controllers for pod "${pod.metadata.name}"` };
    if ('error' in found) return found;
    sizes.set(found.uid, found.replicas);
  }
  let expected = 0;
  for (const replicas of sizes.values()) expected += replicas;
  return { expected, unmanaged };
}

function sizeOf(
  store: Store,
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string,
): { readonly uid: string; readonly replicas: number } | { readonly error: string } | undefined {
  const key = `${namespace}/${name}`;
  const info = resourceOf(apiVersion, kind);
  if (info?.resource === 'replicasets') {
    const set = store.get('replicasets', key);
    if (set?.metadata.uid !== uid) return undefined;
    // A ReplicaSet of a deployment counts as the whole deployment.
    const top = controllerOf(set);
    if (top?.kind !== 'Deployment') return { uid, replicas: set.spec.replicas };
    const deployment = store.get('deployments', `${namespace}/${top.name}`);
    if (deployment?.metadata.uid === top.uid) return { uid: top.uid, replicas: deployment.spec.replicas };
    return { uid, replicas: set.spec.replicas };
  }
  if (info?.resource === 'statefulsets') {
    const set = store.get('statefulsets', key);
    return set?.metadata.uid === uid ? { uid, replicas: set.spec.replicas } : undefined;
  }
  if (info) return { error: `${info.resource}.${info.group} does not implement the scale subresource` };
  return { error: `no matches for kind "${kind}" in version "${apiVersion}"` };
}
