// Claims that a pod uses, and volumes that are bound, are not deleted before they are free.
// Models pkg/controller/volume/pvcprotection, pvprotection (1.32) and the admission plugin StorageObjectInUseProtection,
// whose finalizers are added here a moment later when an object comes without.
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { isPodTerminal } from '../../pods.ts';
import { claimsOf } from '../../pod-volumes.ts';
import { WorkQueue } from '../../work-queue.ts';
import type { ObjectMeta, Pod } from '../../objects.ts';

const CLAIM_FINALIZER = 'kubernetes.io/pvc-protection';
const VOLUME_FINALIZER = 'kubernetes.io/pv-protection';

export function createVolumeProtection({ sim, store }: Cluster): void {
  const claims = new WorkQueue(sim, 'controller.pvc-protection', latency.watch, syncClaim);
  const volumes = new WorkQueue(sim, 'controller.pv-protection', latency.watch, syncVolume);

  store.subscribe('persistentvolumeclaims', ({ type, key, object, cause }) => {
    if (type !== 'DELETED' && isDue(object.metadata, CLAIM_FINALIZER)) claims.add(key, cause);
  });
  store.subscribe('persistentvolumes', ({ type, key, object, cause }) => {
    if (type !== 'DELETED' && isDue(object.metadata, VOLUME_FINALIZER)) volumes.add(key, cause);
  });
  store.subscribe('pods', ({ type, object, before, cause }) => {
    if (type === 'ADDED' || (type === 'MODIFIED' && (!isPodTerminal(object) || (before && isPodTerminal(before)))))
      return;
    for (const { claimName } of claimsOf(object)) claims.add(`${object.metadata.namespace ?? ''}/${claimName}`, cause);
  });

  function syncClaim(key: string): void {
    const claim = store.get('persistentvolumeclaims', key);
    if (!claim || !isDue(claim.metadata, CLAIM_FINALIZER)) return;
    const { namespace, name, deletionTimestamp } = claim.metadata;
    if (deletionTimestamp !== undefined && store.list('pods', namespace).some((pod) => uses(pod, name))) return;
    store.update('persistentvolumeclaims', { ...claim, metadata: turned(claim.metadata, CLAIM_FINALIZER) });
  }

  function syncVolume(key: string): void {
    const volume = store.get('persistentvolumes', key);
    if (!volume || !isDue(volume.metadata, VOLUME_FINALIZER)) return;
    if (volume.metadata.deletionTimestamp !== undefined && volume.status.phase === 'Bound') return;
    store.update('persistentvolumes', { ...volume, metadata: turned(volume.metadata, VOLUME_FINALIZER) });
  }
}

/** A pod that has a node and has not ended. */
function uses(pod: Pod, claim: string): boolean {
  if (pod.spec.nodeName === undefined || isPodTerminal(pod)) return false;
  return claimsOf(pod).some(({ claimName }) => claimName === claim);
}

/** The object lives and lacks the finalizer, or is being deleted and has it. */
function isDue({ deletionTimestamp, finalizers }: ObjectMeta, finalizer: string): boolean {
  return (deletionTimestamp !== undefined) === (finalizers?.includes(finalizer) ?? false);
}

/** With the finalizer where it was missing, without it where it was there. */
function turned({ finalizers = [], ...rest }: ObjectMeta, finalizer: string): ObjectMeta {
  if (!finalizers.includes(finalizer)) return { ...rest, finalizers: [...finalizers, finalizer] };
  const left = finalizers.filter((name) => name !== finalizer);
  return left.length === 0 ? rest : { ...rest, finalizers: left };
}
