// A pod goes where its volumes can go, and volumes that wait for it are bound where it goes. Models
// pkg/scheduler/framework/plugins/volumebinding (Kubernetes 1.32): PreFilter and Filter; what Reserve and PreBind do is
// in ../volume-reservation.ts. Left out: storage capacity objects, the (disabled) score.
import type { PersistentVolume, PersistentVolumeClaim } from '../../kinds/storage.ts';
import type { Node, Pod } from '../../objects.ts';
import { claimsOf } from '../../pod-volumes.ts';
import type { Store } from '../../store.ts';
import {
  classObject,
  findMatchingVolume,
  isDelayed,
  isFullyBound,
  NO_PROVISIONER,
  SELECTED_NODE,
} from '../../volumes.ts';
import { type FilterPlugin, success, type Verdict } from '../framework.ts';
import { anyTerm } from './node-affinity.ts';

function never(reason: string): Verdict {
  return { code: 'UnschedulableAndUnresolvable', reasons: [reason] };
}

const nodeConflict = never('node(s) had volume node affinity conflict');
const bindConflict = never("node(s) didn't find available persistent volumes to bind");
const volumeMissing = never('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)');

/** The claims of a pod, or why they rule out every node. */
export function podClaims(store: Store, pod: Pod): readonly PersistentVolumeClaim[] | string {
  const out: PersistentVolumeClaim[] = [];
  for (const { claimName, ephemeral } of claimsOf(pod)) {
    const claim = store.get('persistentvolumeclaims', `${pod.metadata.namespace ?? ''}/${claimName}`);
    const name = JSON.stringify(claimName);
    if (!claim)
      return ephemeral
        ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${name}`
        : `persistentvolumeclaim ${name} not found`;
    if (claim.status.phase === 'Lost')
      return `persistentvolumeclaim ${name} bound to non-existent persistentvolume ${JSON.stringify(claim.spec.volumeName ?? '')}`;
    if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim ${name} is being deleted`;
    out.push(claim);
  }
  return out;
}

function reaches(volume: PersistentVolume, node: Node): boolean {
  const terms = volume.spec.nodeAffinity?.required?.nodeSelectorTerms;
  return !terms || anyTerm(terms)(node);
}

/** How the claims that are not bound yet would be served on a node: by a volume that is there, or by a new one. */
interface ClaimPlan {
  readonly bind: readonly { readonly claim: PersistentVolumeClaim; readonly volume: PersistentVolume }[];
  readonly provision: readonly PersistentVolumeClaim[];
}

/** Undefined when the node cannot serve them. */
export function planClaims(store: Store, unbound: readonly PersistentVolumeClaim[], node: Node): ClaimPlan | undefined {
  const bind: { claim: PersistentVolumeClaim; volume: PersistentVolume }[] = [];
  const provision: PersistentVolumeClaim[] = [];
  const taken = new Set<string>();
  for (const claim of unbound) {
    const selected = claim.metadata.annotations?.[SELECTED_NODE];
    if (selected !== undefined && selected !== node.metadata.name) return undefined;
    const volume =
      selected === undefined
        ? findMatchingVolume(store, claim, { reaches: (candidate) => reaches(candidate, node), taken })
        : undefined;
    if (volume) {
      taken.add(volume.metadata.name);
      bind.push({ claim, volume });
      continue;
    }
    const found = classObject(store, claim);
    if (!found || found.provisioner === '' || found.provisioner === NO_PROVISIONER) return undefined;
    const topologies = found.allowedTopologies ?? [];
    const allowed = topologies.some(({ matchLabelExpressions = [] }) =>
      matchLabelExpressions.every(({ key, values }) => values.includes(node.metadata.labels?.[key] ?? '')),
    );
    if (topologies.length > 0 && !allowed) return undefined;
    provision.push(claim);
  }
  return { bind, provision };
}

export const volumeBinding: FilterPlugin = {
  name: 'VolumeBinding',
  prepareFilter({ pod }, nodes) {
    const { store } = nodes;
    if (!store || claimsOf(pod).length === 0) return { kind: 'skip' };
    const claims = podClaims(store, pod);
    if (typeof claims === 'string') return { kind: 'rejected', verdict: never(claims) };
    const bound = claims.filter(isFullyBound);
    const open = claims.filter((claim) => !isFullyBound(claim));
    const delayed = open.filter((claim) => isDelayed(store, claim) && (claim.spec.volumeName ?? '') === '');
    if (delayed.length < open.length)
      return { kind: 'rejected', verdict: never('pod has unbound immediate PersistentVolumeClaims') };
    return {
      kind: 'filter',
      filter(slot) {
        const node = nodes.nodes[slot];
        if (!node) return bindConflict;
        for (const { spec } of bound) {
          const volume = store.get('persistentvolumes', spec.volumeName ?? '');
          if (!volume) return volumeMissing;
          if (!reaches(volume, node)) return nodeConflict;
        }
        return planClaims(store, delayed, node) ? success : bindConflict;
      },
    };
  },
  hears: ['NodeAdd', 'NodeUpdate', 'StorageChange'],
  hint({ pod }, event) {
    if (event.kind !== 'StorageChange' || event.claim === undefined) return true;
    const { namespace = '' } = pod.metadata;
    return claimsOf(pod).some(({ claimName }) => `${namespace}/${claimName}` === event.claim);
  },
};
