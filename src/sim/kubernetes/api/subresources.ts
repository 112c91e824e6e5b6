// The parts of an object with a path of their own: scale and binding; eviction has a file of its own.
// Models pkg/registry/apps/deployment/storage (ScaleREST) and pkg/registry/core/pod/storage (BindingREST) (1.32).
import type { Cluster } from '../cluster.ts';
import type { StatefulSet } from '../kinds/workloads.ts';
import type { Deployment, Pod, ReplicaSet } from '../objects.ts';
import { setCondition } from '../pods.ts';
import type { ResourceInfo } from '../resources.ts';
import { formatLabelSelector } from '../selector.ts';
import { keyOf } from '../store.ts';
import { type Manager, recordUpdate, withManagedFields } from './apply/managed-fields.ts';
import { created } from './eviction.ts';
import { type JsonObject, objectOf, textOf } from './json.ts';
import { decodeAs } from './schema.ts';
import { badRequest, conflict, invalid, type Status } from './status.ts';
import { required } from './validation/field-error.ts';
import { validateNotNegative } from './validation/metadata.ts';
import { asInput } from './writing.ts';

export type Scaled = Deployment | ReplicaSet | StatefulSet;

export function scaleOf(object: Scaled): JsonObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: { name, ...(namespace === undefined ? {} : { namespace }), uid, resourceVersion, creationTimestamp },
    spec: object.spec.replicas === 0 ? {} : { replicas: object.spec.replicas },
    status: { replicas: object.status.replicas ?? 0, selector: formatLabelSelector(object.spec.selector) },
  };
}

/** Takes over the number of replicas of a Scale. */
export function writeScale(
  cluster: Cluster,
  info: ResourceInfo,
  before: Scaled,
  document: JsonObject,
  dryRun: boolean,
  manager: Manager,
): { readonly scale: JsonObject } | { readonly status: Status } {
  const decoded = decodeAs('Scale', document);
  if ('error' in decoded)
    return { status: badRequest(`Scale in version "v1" cannot be handled as a Scale: ${decoded.error}`) };
  const metadata = objectOf(decoded.object.metadata);
  const { name, resourceVersion } = before.metadata;
  const asked = textOf(metadata.resourceVersion);
  if (asked !== '' && asked !== resourceVersion) return { status: conflict(info, name) };
  const { replicas } = objectOf(decoded.object.spec);
  const count = typeof replicas === 'number' ? replicas : 0;
  const errors = validateNotNegative(count, 'spec.replicas');
  if (errors.length > 0) return { status: invalid('Scale', 'autoscaling', name, errors) };
  const old = before as unknown as JsonObject;
  const next = { ...old, spec: { ...objectOf(old.spec), replicas: count } };
  const entries = recordUpdate(info.kind, old, next, undefined, manager);
  const after = withManagedFields(old, next, entries) as unknown as Scaled;
  if (dryRun || count === before.spec.replicas) return { scale: scaleOf(after) };
  const write = () => cluster.store.update(info.resource, after) as Scaled;
  return { scale: scaleOf(asInput(cluster, 'scale', info, keyOf(before), write)) };
}

/** Gives a pod its node, as a scheduler does over the API. */
export function bind(cluster: Cluster, info: ResourceInfo, pod: Pod, document: JsonObject, dryRun: boolean): Status {
  const { name } = pod.metadata;
  const target = objectOf(document.target);
  const node = textOf(target.name);
  if (node === '') return invalid('Binding', '', name, [required('target.name')]);
  const about = { ...info, resource: 'pods/binding' } as unknown as ResourceInfo;
  if (pod.metadata.deletionTimestamp !== undefined)
    return conflict(about, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  if (pod.spec.nodeName !== undefined)
    return conflict(about, name, `pod ${name} is already assigned to node "${pod.spec.nodeName}"`);
  if ((pod.spec.schedulingGates?.length ?? 0) > 0)
    return conflict(about, name, `pod ${name} has non-empty .spec.schedulingGates`);
  if (!dryRun) {
    const scheduled = {
      type: 'PodScheduled',
      status: 'True',
      lastProbeTime: null,
      lastTransitionTime: cluster.store.timestamp,
    } as const;
    const after: Pod = {
      ...pod,
      spec: { ...pod.spec, nodeName: node },
      status: { ...pod.status, conditions: setCondition(pod.status.conditions, scheduled) },
    };
    asInput(cluster, 'bind', info, keyOf(pod), () => cluster.store.update('pods', after));
  }
  return created;
}
