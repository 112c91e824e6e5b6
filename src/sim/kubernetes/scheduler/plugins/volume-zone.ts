// A volume that is labelled with a zone or region keeps its pods there. Models
// pkg/scheduler/framework/plugins/volumezone (Kubernetes 1.32).
import { claimsOf } from '../../pod-volumes.ts';
import { isDelayed } from '../../volumes.ts';
import { type FilterPlugin, success, type Verdict } from '../framework.ts';

const LABELS = [
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
];
/** Between the zones of a volume that is in more than one. */
const SEPARATOR = '__';

const otherZone: Verdict = {
  code: 'UnschedulableAndUnresolvable',
  reasons: ['node(s) had no available volume zone'],
};

export const volumeZone: FilterPlugin = {
  name: 'VolumeZone',
  prepareFilter({ pod }, nodes) {
    const { store } = nodes;
    const claims = claimsOf(pod);
    if (!store || claims.length === 0) return { kind: 'skip' };
    const wanted: { readonly label: string; readonly values: readonly string[] }[] = [];
    const reject = (reason: string) =>
      ({ kind: 'rejected', verdict: { code: 'UnschedulableAndUnresolvable', reasons: [reason] } }) as const;
    for (const { claimName } of claims) {
      const claim = store.get('persistentvolumeclaims', `${pod.metadata.namespace ?? ''}/${claimName}`);
      if (!claim) return reject(`persistentvolumeclaim ${JSON.stringify(claimName)} not found`);
      const { volumeName = '' } = claim.spec;
      if (volumeName === '') {
        if (isDelayed(store, claim)) continue;
        return reject('PersistentVolumeClaim had no pv name and storageClass name');
      }
      const volume = store.get('persistentvolumes', volumeName);
      if (!volume) return reject(`persistentvolume ${JSON.stringify(volumeName)} not found`);
      for (const label of LABELS) {
        const value = volume.metadata.labels?.[label];
        if (value !== undefined) wanted.push({ label, values: value.split(SEPARATOR) });
      }
    }
    if (wanted.length === 0) return { kind: 'skip' };
    return {
      kind: 'filter',
      filter(slot) {
        const labels = nodes.nodes[slot]?.metadata.labels ?? {};
        // A node that knows no zones at all may be anywhere.
        if (!LABELS.some((label) => label in labels)) return success;
        return wanted.every(({ label, values }) => values.includes(labels[label] ?? '')) ? success : otherZone;
      },
    };
  },
  hears: ['NodeAdd', 'NodeUpdate', 'StorageChange'],
  hint() {
    return true;
  },
};
