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
  readonly subresources: readonly (
    'attach' | 'binding' | 'ephemeralcontainers' | 'eviction' | 'exec' | 'log' | 'portforward' | 'scale' | 'status'
  )[];
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
  version = 'v1',
): ResourceInfo => ({ resource, singular, kind, group, version, namespaced, shortNames, categories, subresources });

const RBAC = 'rbac.authorization.k8s.io';
const NETWORKING = 'networking.k8s.io';

/** By group in the order in which an ambiguous name is looked up; within a group by name. */
export const resources: readonly ResourceInfo[] = [
  info('configmaps', 'configmap', 'ConfigMap', '', true, ['cm']),
  info('endpoints', 'endpoints', 'Endpoints', '', true, ['ep']),
  info('events', 'event', 'Event', '', true, ['ev']),
  info('limitranges', 'limitrange', 'LimitRange', '', true, ['limits']),
  info('namespaces', 'namespace', 'Namespace', '', false, ['ns'], [], ['status']),
  info('nodes', 'node', 'Node', '', false, ['no'], [], ['status']),
  info('persistentvolumeclaims', 'persistentvolumeclaim', 'PersistentVolumeClaim', '', true, ['pvc'], [], ['status']),
  info('persistentvolumes', 'persistentvolume', 'PersistentVolume', '', false, ['pv'], [], ['status']),
  info(
    'pods',
    'pod',
    'Pod',
    '',
    true,
    ['po'],
    ['all'],
    ['attach', 'binding', 'ephemeralcontainers', 'eviction', 'exec', 'log', 'portforward', 'status'],
  ),
  info(
    'replicationcontrollers',
    'replicationcontroller',
    'ReplicationController',
    '',
    true,
    ['rc'],
    ['all'],
    ['status'],
  ),
  info('resourcequotas', 'resourcequota', 'ResourceQuota', '', true, ['quota'], [], ['status']),
  info('secrets', 'secret', 'Secret', '', true),
  info('serviceaccounts', 'serviceaccount', 'ServiceAccount', '', true, ['sa']),
  info('services', 'service', 'Service', '', true, ['svc'], ['all'], ['status']),
  info('controllerrevisions', 'controllerrevision', 'ControllerRevision', 'apps', true),
  info('daemonsets', 'daemonset', 'DaemonSet', 'apps', true, ['ds'], ['all'], ['status']),
  info('deployments', 'deployment', 'Deployment', 'apps', true, ['deploy'], ['all'], ['scale', 'status']),
  info('replicasets', 'replicaset', 'ReplicaSet', 'apps', true, ['rs'], ['all'], ['scale', 'status']),
  info('statefulsets', 'statefulset', 'StatefulSet', 'apps', true, ['sts'], ['all'], ['scale', 'status']),
  info(
    'horizontalpodautoscalers',
    'horizontalpodautoscaler',
    'HorizontalPodAutoscaler',
    'autoscaling',
    true,
    ['hpa'],
    ['all'],
    ['status'],
    'v2',
  ),
  info(
    'certificatesigningrequests',
    'certificatesigningrequest',
    'CertificateSigningRequest',
    'certificates.k8s.io',
    false,
    ['csr'],
    [],
    ['status'],
  ),
  info('cronjobs', 'cronjob', 'CronJob', 'batch', true, ['cj'], ['all'], ['status']),
  info('jobs', 'job', 'Job', 'batch', true, [], ['all'], ['status']),
  info('ingressclasses', 'ingressclass', 'IngressClass', NETWORKING, false),
  info('ingresses', 'ingress', 'Ingress', NETWORKING, true, ['ing'], [], ['status']),
  info('networkpolicies', 'networkpolicy', 'NetworkPolicy', NETWORKING, true, ['netpol']),
  info('poddisruptionbudgets', 'poddisruptionbudget', 'PodDisruptionBudget', 'policy', true, ['pdb'], [], ['status']),
  info('clusterrolebindings', 'clusterrolebinding', 'ClusterRoleBinding', RBAC, false),
  info('clusterroles', 'clusterrole', 'ClusterRole', RBAC, false),
  info('rolebindings', 'rolebinding', 'RoleBinding', RBAC, true),
  info('roles', 'role', 'Role', RBAC, true),
  info('storageclasses', 'storageclass', 'StorageClass', 'storage.k8s.io', false, ['sc']),
  info('priorityclasses', 'priorityclass', 'PriorityClass', 'scheduling.k8s.io', false, ['pc']),
  info('runtimeclasses', 'runtimeclass', 'RuntimeClass', 'node.k8s.io', false),
  info('leases', 'lease', 'Lease', 'coordination.k8s.io', true),
  info('endpointslices', 'endpointslice', 'EndpointSlice', 'discovery.k8s.io', true),
];

const byName = new Map(resources.map((r) => [r.resource, r]));
const byKind = new Map<string, { readonly apiVersion: string; readonly info: ResourceInfo }[]>();
for (const info of resources) {
  const named = { apiVersion: apiVersionOf(info), info };
  const others = byKind.get(info.kind);
  if (others) others.push(named);
  else byKind.set(info.kind, [named]);
}

export function resourceInfo(resource: ResourceName): ResourceInfo {
  return byName.get(resource) as ResourceInfo;
}

/** The resource of an `apiVersion` and `kind`, when it is served here. */
export function resourceOf(apiVersion: string, kind: string): ResourceInfo | undefined {
  const named = byKind.get(kind);
  if (named) for (const one of named) if (one.apiVersion === apiVersion) return one.info;
  return undefined;
}

export function apiVersionOf(resource: ResourceInfo): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`;
}
