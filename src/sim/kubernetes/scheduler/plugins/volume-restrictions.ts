// A claim with ReadWriteOncePod is for one pod alone. Models pkg/scheduler/framework/plugins/volumerestrictions
// (Kubernetes 1.32). Left out: disks that are named in the pod itself (GCE, AWS, iSCSI, RBD).
import type { PersistentVolumeClaim } from '../../kinds/storage.ts';
import { claimsOf } from '../../pod-volumes.ts';
import { isPodTerminal } from '../../pods.ts';
import { type FilterPlugin, success, type Verdict } from '../framework.ts';

const inUse: Verdict = {
  code: 'Unschedulable',
  reasons: ['node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode'],
};

export const volumeRestrictions: FilterPlugin = {
  name: 'VolumeRestrictions',
  preparesFromPods: true,
  prepareFilter({ pod }, nodes) {
    const { store } = nodes;
    const claims = claimsOf(pod);
    if (!store || claims.length === 0) return { kind: 'skip' };
    const { namespace = '' } = pod.metadata;
    const alone: string[] = [];
    for (const { claimName } of claims) {
      const claim: PersistentVolumeClaim | undefined = store.get('persistentvolumeclaims', `${namespace}/${claimName}`);
      if (!claim) {
        const reasons = [`persistentvolumeclaim ${JSON.stringify(claimName)} not found`];
        return { kind: 'rejected', verdict: { code: 'UnschedulableAndUnresolvable', reasons } };
      }
      if (claim.spec.accessModes?.includes('ReadWriteOncePod') === true) alone.push(claimName);
    }
    if (alone.length === 0) return { kind: 'skip' };
    const used = store
      .list('pods', namespace)
      .some(
        (other) =>
          other.spec.nodeName !== undefined &&
          !isPodTerminal(other) &&
          claimsOf(other).some(({ claimName }) => alone.includes(claimName)),
      );
    return { kind: 'filter', filter: () => (used ? inUse : success) };
  },
  hears: ['NodeAdd', 'AssignedPodDelete', 'StorageChange'],
  hint({ pod }, event) {
    if (event.kind !== 'AssignedPodDelete') return true;
    if (event.pod.metadata.namespace !== pod.metadata.namespace) return false;
    const own = new Set(claimsOf(pod).map(({ claimName }) => claimName));
    return claimsOf(event.pod).some(({ claimName }) => own.has(claimName));
  },
};
