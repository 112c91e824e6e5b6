// Keeps the status of quotas: what is limited and how much of it is used. Models pkg/controller/resourcequota (1.32).
// Departure: the original counts additions in admission and removals here; here both are seen as changes of the store.
// While no quota stands, no change of anything costs an event.
import { concerns, usedBy } from '../../api/admission/quota.ts';
import { type Cluster, latency } from '../../cluster.ts';
import type { ResourceQuota } from '../../kinds/policy.ts';
import type { ResourceName } from '../../objects.ts';
import { isPodTerminal } from '../../pods.ts';
import { resources } from '../../resources.ts';
import { type Change, keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';

export function createResourceQuotaController(cluster: Cluster): void {
  const { sim, store } = cluster;
  const queue = new WorkQueue(sim, 'controller.resourcequota', latency.watch, (key) => {
    const quota = store.get('resourcequotas', key);
    if (!quota) return;
    const hard = quota.spec.hard ?? {};
    store.updateStatus('resourcequotas', key, { hard, used: usedBy(store, quota) });
  });

  const changed = (change: Change): void => {
    if (store.size('resourcequotas') === 0 || !counts(change)) return;
    for (const quota of store.list('resourcequotas', change.object.metadata.namespace))
      if (limits(quota, change.resource)) queue.add(keyOf(quota), change.cause);
  };
  for (const { resource, namespaced } of resources) {
    if (!namespaced || resource === 'events') continue;
    store.subscribe(resource, changed);
  }
  store.subscribe('resourcequotas', ({ type, object, before, cause }) => {
    if (type !== 'DELETED' && object.spec !== before?.spec) queue.add(keyOf(object), cause);
  });
}

function limits(quota: ResourceQuota, resource: ResourceName): boolean {
  return Object.keys(quota.spec.hard ?? {}).some((key) => concerns(resource, key));
}

/** Changes of what has not come or gone count when a pod ends, or when what a Service or a claim asks for changes. */
function counts({ type, resource, object, before }: Change): boolean {
  if (type !== 'MODIFIED' || !before) return true;
  if (resource === 'pods') {
    const ended = (pod: typeof object) => 'status' in pod && isPodTerminal(pod as Parameters<typeof isPodTerminal>[0]);
    return ended(object) !== ended(before);
  }
  if (resource !== 'services' && resource !== 'persistentvolumeclaims') return false;
  return (object as { readonly spec: unknown }).spec !== (before as { readonly spec: unknown }).spec;
}
