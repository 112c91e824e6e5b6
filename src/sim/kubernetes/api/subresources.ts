// The parts of an object with a path of their own: scale, binding, eviction.
// Models pkg/registry/apps/deployment/storage (ScaleREST) and pkg/registry/core/pod/storage (BindingREST, EvictionREST)
// (1.32). Departure: there are no PodDisruptionBudgets, so an eviction is a graceful deletion and never refused.
import type { Cluster } from '../cluster.ts';
import type { Deployment, Pod, ReplicaSet } from '../objects.ts';
import { setCondition } from '../pods.ts';
import type { ResourceInfo } from '../resources.ts';
import { formatLabelSelector } from '../selector.ts';
import { keyOf } from '../store.ts';
import { isObject, type JsonObject, objectOf, textOf } from './json.ts';
import { decodeAs } from './schema.ts';
import { badRequest, conflict, failure, invalid, type Status } from './status.ts';
import { required } from './validation/field-error.ts';
import { validateNotNegative } from './validation/metadata.ts';
import { asInput } from './writing.ts';

type Scaled = Deployment | ReplicaSet;

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
  const after = { ...before, spec: { ...before.spec, replicas: count } } as Scaled;
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

const created: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

export function evict(cluster: Cluster, info: ResourceInfo, pod: Pod, document: JsonObject, dryRun: boolean): Status {
  const named = textOf(objectOf(document.metadata).name);
  if (named !== '' && named !== pod.metadata.name)
    return badRequest(`name in URL does not match name in Eviction object: '${pod.metadata.name}' vs '${named}'`);
  const options = objectOf(document.deleteOptions);
  const uid = isObject(options.preconditions) ? textOf(options.preconditions.uid) : '';
  if (uid !== '' && uid !== pod.metadata.uid)
    return failure(409, 'Conflict', `Operation cannot be fulfilled on pods "${pod.metadata.name}": uid mismatch`);
  const grace =
    typeof options.gracePeriodSeconds === 'number' ? { gracePeriodSeconds: options.gracePeriodSeconds } : {};
  if (!dryRun) asInput(cluster, 'evict', info, keyOf(pod), () => cluster.store.delete('pods', keyOf(pod), grace));
  return created;
}
