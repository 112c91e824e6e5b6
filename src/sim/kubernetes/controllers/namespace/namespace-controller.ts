// Empties a namespace that is being deleted, then lets it go.
// Models: pkg/controller/namespace/namespace_controller.go and deletion/namespaced_resources_deleter.go (1.32):
// five seconds of grace, conditions, another look after half of the longest grace period of what is left.
// Departure: kinds are deleted in the order of the resource table. The ConfigMap kube-root-ca.crt is not published.
import type { Cluster } from '../../cluster.ts';
import type { Condition, Namespace } from '../../objects.ts';
import { setCondition } from '../../pods.ts';
import { resources } from '../../resources.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';

/** A namespace is left alone for so long, lest another API server still accepts objects into it. */
const DELETION_GRACE_MS = 5000;
const FINALIZER = 'kubernetes';

export function createNamespaceController(cluster: Cluster): void {
  const { sim, store } = cluster;
  const queue = new WorkQueue(sim, 'controller.namespace', DELETION_GRACE_MS, sync);
  store.subscribe('namespaces', ({ type, object, before, key, cause }) => {
    if (type === 'DELETED' || object.metadata.deletionTimestamp === undefined) return;
    if (before?.metadata.deletionTimestamp === undefined) queue.add(key, cause);
  });

  function sync(name: string): void {
    const namespace = store.get('namespaces', name);
    if (namespace?.metadata.deletionTimestamp === undefined) return;
    const remaining = deleteContent(name);
    const status = { ...namespace.status, conditions: conditions(namespace, remaining, store.timestamp) };
    if (remaining.size > 0) {
      store.updateStatus('namespaces', name, status);
      queue.addAfter(name, (Math.trunc(longestGrace(name) / 2) + 1) * 1000);
      return;
    }
    const finalizers = (namespace.spec.finalizers ?? []).filter((finalizer) => finalizer !== FINALIZER);
    store.update('namespaces', { ...namespace, status, spec: { ...namespace.spec, finalizers } });
  }

  /** Deletes everything; returns how many objects of which kind are still there. */
  function deleteContent(name: string): ReadonlyMap<string, number> {
    const remaining = new Map<string, number>();
    for (const { resource, namespaced, group } of resources) {
      if (!namespaced) continue;
      for (const object of store.list(resource, name))
        store.delete(resource, keyOf(object), { propagationPolicy: 'Background' });
      const left = store.list(resource, name).length;
      if (left > 0) remaining.set(`${resource}.${group}`, left);
    }
    return remaining;
  }

  /** Seconds that the slowest pod has; the minimum makes the next look come a second later. */
  function longestGrace(name: string): number {
    return store
      .list('pods', name)
      .reduce((max, pod) => Math.max(max, pod.metadata.deletionGracePeriodSeconds ?? 0), 0);
  }
}

function conditions(
  namespace: Namespace,
  remaining: ReadonlyMap<string, number>,
  timestamp: string,
): readonly Condition[] {
  const condition = (type: string, is: boolean, reason: string, message: string): Condition => ({
    type,
    status: is ? 'True' : 'False',
    lastTransitionTime: timestamp,
    reason,
    message,
  });
  const left = [...remaining].map(([resource, count]) => `${resource} has ${String(count)} resource instances`);
  const wanted = [
    condition(
      'NamespaceDeletionDiscoveryFailure',
      false,
      'ResourcesDiscovered',
      'All resources successfully discovered',
    ),
    condition(
      'NamespaceDeletionGroupVersionParsingFailure',
      false,
      'ParsedGroupVersions',
      'All legacy kube types successfully parsed',
    ),
    condition(
      'NamespaceDeletionContentFailure',
      false,
      'ContentDeleted',
      'All content successfully deleted, may be waiting on finalization',
    ),
    left.length > 0
      ? condition(
          'NamespaceContentRemaining',
          true,
          'SomeResourcesRemain',
          `Some resources are remaining: ${left.join(', ')}`,
        )
      : condition('NamespaceContentRemaining', false, 'ContentRemoved', 'All content successfully removed'),
    condition(
      'NamespaceFinalizersRemaining',
      false,
      'ContentHasNoFinalizers',
      'All content-preserving finalizers finished',
    ),
  ];
  return wanted.reduce<readonly Condition[]>(setCondition, namespace.status.conditions ?? []);
}
