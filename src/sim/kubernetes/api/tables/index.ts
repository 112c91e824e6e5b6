// Which printer makes the table of which resource. Every kind that is served has one, so the table that Kubernetes
// falls back to for kinds without (Name, Created At) never occurs here.
// Models AddHandlers of pkg/printers/internalversion/printers.go (1.32).
import type { AnyObject, ObjectByResource, ResourceName } from '../../objects.ts';
import { events } from './event.ts';
import { endpointSlices, services } from './network.ts';
import { nodes } from './node.ts';
import { configMaps, leases, namespaces } from './other.ts';
import { pods } from './pod.ts';
import type { Column, Printer, Row } from './table.ts';
import { deployments, replicaSets } from './workload.ts';

const printers: { readonly [R in ResourceName]: Printer<ObjectByResource[R]> } = {
  configmaps: configMaps,
  deployments,
  endpointslices: endpointSlices,
  events,
  leases,
  namespaces,
  nodes,
  pods,
  replicasets: replicaSets,
  services,
};

export interface Table {
  readonly columnDefinitions: readonly Column[];
  readonly rows: readonly Row[];
}

/** @param objects all of `resource` */
export function tableFor(resource: ResourceName, objects: readonly AnyObject[], nowUnixMs: number): Table {
  // A printer only ever meets objects of its own resource; the compiler cannot follow that.
  const { columns, row } = printers[resource] as Printer<AnyObject>;
  return { columnDefinitions: columns, rows: objects.map((object) => row(object, nowUnixMs)) };
}
