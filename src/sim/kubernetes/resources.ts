// The kinds this API server serves: group, version, names, scope. Discovery, paths, events and garbage collection
// read this one table. Source: the built-in resources of Kubernetes 1.32; kinds not listed are not simulated.
import type { ResourceName } from './objects.ts';

export interface ResourceInfo {
  readonly resource: ResourceName;
  readonly singular: string;
  readonly kind: string;
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly ('status' | 'scale' | 'binding' | 'log' | 'eviction' | 'exec')[];
}

const info = (
  resource: ResourceName,
  singular: string,
  kind: string,
  group: string,
  namespaced: boolean,
  shortNames: readonly string[] = [],
  categories: readonly string[] = [],
  subresources: ResourceInfo['subresources'] = [],
): ResourceInfo => ({
  resource,
  singular,
  kind,
  group,
  version: 'v1',
  namespaced,
  shortNames,
  categories,
  subresources,
});

export const resources: readonly ResourceInfo[] = [
  info('configmaps', 'configmap', 'ConfigMap', '', true, ['cm']),
  info('events', 'event', 'Event', '', true, ['ev']),
  info('namespaces', 'namespace', 'Namespace', '', false, ['ns'], [], ['status']),
  info('nodes', 'node', 'Node', '', false, ['no'], [], ['status']),
  info('pods', 'pod', 'Pod', '', true, ['po'], ['all'], ['binding', 'eviction', 'exec', 'log', 'status']),
  info('services', 'service', 'Service', '', true, ['svc'], ['all'], ['status']),
  info('deployments', 'deployment', 'Deployment', 'apps', true, ['deploy'], ['all'], ['scale', 'status']),
  info('replicasets', 'replicaset', 'ReplicaSet', 'apps', true, ['rs'], ['all'], ['scale', 'status']),
  info('leases', 'lease', 'Lease', 'coordination.k8s.io', true),
  info('endpointslices', 'endpointslice', 'EndpointSlice', 'discovery.k8s.io', true),
];

const byName = new Map(resources.map((r) => [r.resource, r]));
const byKindName = new Map(resources.map((r) => [`${r.group}/${r.kind}`, r]));

export function resourceInfo(resource: ResourceName): ResourceInfo {
  return byName.get(resource) as ResourceInfo;
}

/** The resource of an `apiVersion` and `kind`, when it is served here. */
export function resourceOf(apiVersion: string, kind: string): ResourceInfo | undefined {
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const found = byKindName.get(`${group}/${kind}`);
  return found && apiVersionOf(found) === apiVersion ? found : undefined;
}

export function apiVersionOf(resource: ResourceInfo): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
