// What a namespace may hold, what it holds, and whether one more fits. Models plugin/pkg/admission/resourcequota and
// pkg/quota/v1 with the evaluators of pods, services, claims and object counts (1.32).
// Departures: what is used is counted in the store when it is asked for, so it is never behind; the original keeps it
// in the quota's status. Changes of an object are not counted anew before they are stored.
import type { ResourceQuota } from '../../kinds/policy.ts';
import type { PersistentVolumeClaim } from '../../kinds/storage.ts';
import type { AnyObject, Pod, PodSpec, Quantity, ResourceName, Service } from '../../objects.ts';
import { isPodTerminal, qosClass } from '../../pods.ts';
import { addQuantities, compareQuantities, type ExactQuantity, formatQuantity } from '../../quantity.ts';
import { resourceInfo, resources } from '../../resources.ts';
import type { Store } from '../../store.ts';
import { exactQuantity, podAmounts } from './amounts.ts';

type Quantities = Readonly<Record<string, Quantity>>;
type Usage = Map<string, ExactQuantity>;

/** A pod that is not there yet has a name and labels, but nothing else of metadata. */
type Counted = Pick<Pod, 'spec'> & { readonly status?: Pod['status'] };

/** Names of counts from before `count/…`. */
const OLD_COUNTS: Partial<Record<ResourceName, string>> = {
  configmaps: 'configmaps',
  persistentvolumeclaims: 'persistentvolumeclaims',
  resourcequotas: 'resourcequotas',
  secrets: 'secrets',
  services: 'services',
};

/** Why `object` may not be added to `namespace`; undefined when it fits. */
export function quotaComplaint(
  store: Store,
  resource: ResourceName,
  namespace: string,
  object: unknown,
): string | undefined {
  if (store.size('resourcequotas') === 0) return undefined;
  for (const quota of store.list('resourcequotas', namespace)) {
    if (!inScope(quota, resource, object as AnyObject)) continue;
    const { name } = quota.metadata;
    const hard = quota.spec.hard ?? {};
    if (resource === 'pods') {
      const missing = missingCompute(hard, (object as Pod).spec);
      if (missing !== '') return `failed quota: ${name}: must specify ${missing}`;
    }
    const wanted = usageOf(resource, object as AnyObject);
    const counted = Object.keys(hard).filter((key) => wanted.has(key));
    if (counted.length === 0) continue;
    const used = usedBy(store, quota);
    const exceeded = counted.sort().filter((key) => {
      const sum = addQuantities(exactQuantity(used[key]), wanted.get(key) as ExactQuantity);
      return compareQuantities(sum, exactQuantity(hard[key])) > 0;
    });
    if (exceeded.length === 0) continue;
    const list = (text: (key: string) => string) => exceeded.map((key) => `${key}=${text(key)}`).join(',');
    return (
      `exceeded quota: ${name}, requested: ${list((key) => formatQuantity(wanted.get(key) as ExactQuantity))}, ` +
      `used: ${list((key) => used[key] ?? '0')}, limited: ${list((key) => hard[key] ?? '0')}`
    );
  }
  return undefined;
}

/** What is used of everything that the quota limits. */
export function usedBy(store: Store, quota: ResourceQuota): Quantities {
  const hard = Object.keys(quota.spec.hard ?? {}).sort();
  const sums: Usage = new Map();
  for (const info of resources) {
    if (!info.namespaced || !hard.some((key) => concerns(info.resource, key))) continue;
    for (const object of store.list(info.resource, quota.metadata.namespace)) {
      if (!inScope(quota, info.resource, object)) continue;
      for (const [key, value] of usageOf(info.resource, object)) {
        const held = sums.get(key);
        sums.set(key, held ? addQuantities(held, value) : value);
      }
    }
  }
  return Object.fromEntries(hard.map((key) => [key, formatQuantity(sums.get(key) ?? exactQuantity('0'))]));
}

/** Whether objects of `resource` can count for the limit called `key`. */
export function concerns(resource: ResourceName, key: string): boolean {
  if (key === countName(resource) || key === OLD_COUNTS[resource]) return true;
  if (resource === 'services') return key.startsWith('services.');
  const storage = key === 'requests.storage' || key.includes('.storageclass.storage.k8s.io/');
  if (resource === 'persistentvolumeclaims') return storage;
  if (resource !== 'pods' || storage) return false;
  return /^(pods|cpu|memory|ephemeral-storage|(requests|limits|hugepages-)\..*|hugepages-.*)$/.test(key);
}

function countName(resource: ResourceName): string {
  const { group } = resourceInfo(resource);
  return group === '' ? `count/${resource}` : `count/${resource}.${group}`;
}

function usageOf(resource: ResourceName, object: AnyObject): Usage {
  const usage: Usage = new Map([[countName(resource), exactQuantity('1')]]);
  const old = OLD_COUNTS[resource];
  if (old !== undefined) usage.set(old, exactQuantity('1'));
  if (resource === 'pods') addPod(usage, object as unknown as Counted);
  if (resource === 'services') addService(usage, object as Service);
  if (resource === 'persistentvolumeclaims') addClaim(usage, object as PersistentVolumeClaim);
  return usage;
}

function addPod(usage: Usage, pod: Counted): void {
  // A pod that has ended holds nothing but its place in the store.
  if (pod.status && isPodTerminal({ status: pod.status })) return;
  usage.set('pods', exactQuantity('1'));
  for (const [name, amount] of podAmounts(pod, 'requests')) {
    usage.set(`requests.${name}`, amount);
    if (!name.includes('/')) usage.set(name, amount);
  }
  for (const [name, amount] of podAmounts(pod, 'limits')) usage.set(`limits.${name}`, amount);
}

function addService(usage: Usage, { spec }: Service): void {
  const ports = exactQuantity(String(spec.ports?.length ?? 0));
  if (spec.type === 'NodePort' || spec.type === 'LoadBalancer') usage.set('services.nodeports', ports);
  if (spec.type === 'LoadBalancer') usage.set('services.loadbalancers', exactQuantity('1'));
}

function addClaim(usage: Usage, { spec }: PersistentVolumeClaim): void {
  const size = exactQuantity(spec.resources?.requests?.['storage']);
  usage.set('requests.storage', size);
  if (spec.storageClassName === undefined) return;
  const prefix = `${spec.storageClassName}.storageclass.storage.k8s.io`;
  usage.set(`${prefix}/requests.storage`, size);
  usage.set(`${prefix}/persistentvolumeclaims`, exactQuantity('1'));
}

const COMPUTE = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];

/** Where compute is limited every container must say what it takes. */
function missingCompute(hard: Quantities, spec: PodSpec): string {
  return COMPUTE.filter((key) => key in hard)
    .sort()
    .flatMap((key) => {
      const dot = key.indexOf('.');
      const kind = key.startsWith('limits.') ? 'limits' : 'requests';
      const resource = dot < 0 ? key : key.slice(dot + 1);
      const without = [...spec.containers, ...(spec.initContainers ?? [])].filter(
        (c) => c.resources[kind]?.[resource] === undefined,
      );
      return without.length === 0
        ? []
        : [
            `${key} for: ${without
              .map((c) => c.name)
              .sort()
              .join(',')}`,
          ];
    })
    .join('; ');
}

function inScope({ spec }: ResourceQuota, resource: ResourceName, object: AnyObject): boolean {
  const scopes = spec.scopes ?? [];
  const expressions = spec.scopeSelector?.matchExpressions ?? [];
  if (scopes.length + expressions.length === 0) return true;
  if (resource !== 'pods') return false;
  const pod = object as unknown as Counted;
  return (
    scopes.every((scope) => hasScope(scope, pod)) &&
    expressions.every(({ scopeName, operator, values = [] }) => {
      if (scopeName !== 'PriorityClass') return hasScope(scopeName, pod);
      const name = pod.spec.priorityClassName ?? '';
      if (operator === 'Exists') return name !== '';
      if (operator === 'DoesNotExist') return name === '';
      return operator === 'In' ? values.includes(name) : !values.includes(name);
    })
  );
}

function hasScope(scope: string, { spec }: Counted): boolean {
  switch (scope) {
    case 'Terminating':
      return spec.activeDeadlineSeconds !== undefined;
    case 'NotTerminating':
      return spec.activeDeadlineSeconds === undefined;
    case 'BestEffort':
      return qosClass({ spec }) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass({ spec }) !== 'BestEffort';
    case 'PriorityClass':
      return (spec.priorityClassName ?? '') !== '';
    case 'CrossNamespacePodAffinity':
      return crossesNamespaces(spec);
    default:
      return false;
  }
}

function crossesNamespaces({ affinity }: PodSpec): boolean {
  return [affinity?.podAffinity, affinity?.podAntiAffinity].some((side) =>
    [
      ...(side?.requiredDuringSchedulingIgnoredDuringExecution ?? []),
      ...(side?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => term.podAffinityTerm),
    ].some((term) => (term.namespaces?.length ?? 0) > 0 || term.namespaceSelector !== undefined),
  );
}
