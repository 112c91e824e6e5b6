// Which printer makes the table of which resource; kinds without one of their own get the name and the raw time of
// their creation, as the default of k8s.io/apiserver/pkg/registry/rest/table.go does.
// Models AddHandlers of pkg/printers/internalversion/printers.go (1.32).
import type { AnyObject, ObjectByResource, ResourceName } from '../../objects.ts';
import { autoscalers } from './autoscaler.ts';
import { cronJobs, jobs } from './batch.ts';
import { events } from './event.ts';
import { endpoints, ingressClasses, ingresses, networkPolicies } from './ingress.ts';
import { endpointSlices, services } from './network.ts';
import { nodes } from './node.ts';
import { configMaps, leases, namespaces } from './other.ts';
import { pods } from './pod.ts';
import {
  podDisruptionBudgets,
  priorityClasses,
  resourceQuotas,
  roleBindings,
  secrets,
  serviceAccounts,
} from './policy.ts';
import { controllerRevisions, daemonSets, statefulSets } from './sets.ts';
import { persistentVolumeClaims, persistentVolumes, storageClasses } from './storage.ts';
import { column, type Column, nameColumn, type Printer, type Row } from './table.ts';
import { replicationControllers, runtimeClasses, signingRequests } from './unsimulated.ts';
import { deployments, replicaSets } from './workload.ts';

const printers: { readonly [R in ResourceName]?: Printer<ObjectByResource[R]> } = {
  certificatesigningrequests: signingRequests,
  clusterrolebindings: roleBindings,
  configmaps: configMaps,
  controllerrevisions: controllerRevisions,
  cronjobs: cronJobs,
  daemonsets: daemonSets,
  deployments,
  endpoints,
  endpointslices: endpointSlices,
  events,
  horizontalpodautoscalers: autoscalers,
  ingressclasses: ingressClasses,
  ingresses,
  jobs,
  leases,
  namespaces,
  networkpolicies: networkPolicies,
  nodes,
  persistentvolumeclaims: persistentVolumeClaims,
  persistentvolumes: persistentVolumes,
  poddisruptionbudgets: podDisruptionBudgets,
  pods,
  priorityclasses: priorityClasses,
  replicasets: replicaSets,
  replicationcontrollers: replicationControllers,
  resourcequotas: resourceQuotas,
  rolebindings: roleBindings,
  runtimeclasses: runtimeClasses,
  secrets,
  serviceaccounts: serviceAccounts,
  services,
  statefulsets: statefulSets,
  storageclasses: storageClasses,
};

const plain: Printer<AnyObject> = {
  columns: [nameColumn, column('Created At', '', 'date')],
  row: ({ metadata }) => ({ cells: [metadata.name, metadata.creationTimestamp] }),
};

export interface Table {
  readonly columnDefinitions: readonly Column[];
  readonly rows: readonly Row[];
}

/** @param objects all of `resource` */
export function tableFor(resource: ResourceName, objects: readonly AnyObject[], nowUnixMs: number): Table {
  // A printer only ever meets objects of its own resource; the compiler cannot follow that.
  const { columns, row } = (printers[resource] ?? plain) as Printer<AnyObject>;
  return { columnDefinitions: columns, rows: objects.map((object) => row(object, nowUnixMs)) };
}
