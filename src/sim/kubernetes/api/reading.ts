// How stored objects are shown: alone, as a list, as a Table; and what is not stored but computed when it is read.
// Models k8s.io/apiserver/pkg/endpoints/handlers/response.go (1.32).
// Departure: kubelets' heartbeats are not written every ten seconds; a lease's renewTime and the heartbeat times of a
// node's conditions are filled in here from what the kubelet says of itself, so reading them costs the world nothing.
import { formatMicroTime, formatTime } from '../../engine/time.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import type { AnyObject, Lease, Node, ResourceName } from '../objects.ts';
import { apiVersionOf, type ResourceInfo } from '../resources.ts';
import type { TableRequest } from './request.ts';
import { tableFor } from './tables/index.ts';

const KUBELET_CONDITIONS = new Set(['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure']);
const NODE_LEASES = 'kube-node-lease';

export type Read = (resource: ResourceName, object: AnyObject) => AnyObject;

/** Returns the function that fills in heartbeats. */
export function reader(cluster: Cluster, kubelets: Pick<Kubelets, 'lastHeartbeat'>): Read {
  const { sim } = cluster;
  return (resource, object) => {
    if (resource === 'leases' && object.metadata.namespace === NODE_LEASES) {
      if (!cluster.store.get('nodes', object.metadata.name)) return object;
      const lease = object as Lease;
      const renewTime = formatMicroTime(sim.epochMs + kubelets.lastHeartbeat(object.metadata.name));
      return { ...lease, spec: { ...lease.spec, renewTime } };
    }
    if (resource !== 'nodes') return object;
    const node = object as Node;
    const { conditions } = node.status;
    if (!conditions?.some((c) => KUBELET_CONDITIONS.has(c.type))) return object;
    const lastHeartbeatTime = formatTime(sim.epochMs + kubelets.lastHeartbeat(node.metadata.name));
    return {
      ...node,
      status: {
        ...node.status,
        conditions: conditions.map((c) => (KUBELET_CONDITIONS.has(c.type) ? { ...c, lastHeartbeatTime } : c)),
      },
    };
  };
}

export interface ListMetadata {
  readonly resourceVersion: string;
  readonly continue?: string;
  readonly remainingItemCount?: number;
}

/** The items of a list carry no kind of their own. */
export function listDocument(info: ResourceInfo, objects: readonly AnyObject[], metadata: ListMetadata): unknown {
  return {
    kind: `${info.kind}List`,
    apiVersion: apiVersionOf(info),
    metadata,
    items: objects.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest),
  };
}

/** @param columns false in a watch after its first event */
export function tableDocument(
  info: ResourceInfo,
  objects: readonly AnyObject[],
  metadata: ListMetadata,
  request: TableRequest,
  nowUnixMs: number,
  columns = true,
): unknown {
  const table = tableFor(info.resource, objects, nowUnixMs);
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${request.version}`,
    metadata,
    columnDefinitions: columns ? table.columnDefinitions : null,
    rows: table.rows.map((row, i) => ({ ...row, object: rowObject(objects[i] as AnyObject, request) })),
  };
}

function rowObject(object: AnyObject, { version, includeObject }: TableRequest): unknown {
  if (includeObject === 'None') return null;
  if (includeObject === 'Object') return object;
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}
