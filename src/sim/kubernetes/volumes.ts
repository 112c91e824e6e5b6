// Which volume suits which claim, and what binding them writes. The volume controller and the scheduler both ask.
// Models pkg/controller/volume/persistentvolume/{index.go,pv_controller_base.go}, k8s.io/component-helpers/storage/volume
// (1.32). Leaves out: volumes that are kept apart by VolumeAttributesClass.
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from './kinds/storage.ts';
import { intValue } from './quantity.ts';
import { matchesLabelSelector } from './selector.ts';
import type { Store } from './store.ts';

export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

export function classOf({ metadata, spec }: PersistentVolumeClaim | PersistentVolume): string {
  return metadata.annotations?.[CLASS_ANNOTATION] ?? spec.storageClassName ?? '';
}

export function classObject(store: Store, of: PersistentVolumeClaim): StorageClass | undefined {
  const name = classOf(of);
  return name === '' ? undefined : store.get('storageclasses', name);
}

/** The claim is bound, not only meant for a volume. */
export function isFullyBound({ metadata, spec }: PersistentVolumeClaim): boolean {
  return (spec.volumeName ?? '') !== '' && metadata.annotations?.[BIND_COMPLETED] !== undefined;
}

/** The claim waits until a pod that uses it has a node. */
export function isDelayed(store: Store, claim: PersistentVolumeClaim): boolean {
  return classObject(store, claim)?.volumeBindingMode === 'WaitForFirstConsumer';
}

/** The volume names this claim, whether anybody has confirmed it or not. */
export function isMeantFor({ spec }: PersistentVolume, { metadata }: PersistentVolumeClaim): boolean {
  const { claimRef } = spec;
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return claimRef.uid === undefined || claimRef.uid === '' || claimRef.uid === metadata.uid;
}

export function capacity({ spec }: PersistentVolume): number {
  return intValue(spec.capacity['storage'] ?? '0');
}

export function requested({ spec }: PersistentVolumeClaim): number {
  return intValue(spec.resources?.requests?.['storage'] ?? '0');
}

interface MatchOptions {
  /** Only volumes that are meant for the claim: the scheduler will choose among the others. */
  readonly onlyMeant?: boolean;
  /** What the volume must be able to be mounted on. */
  readonly reaches?: (volume: PersistentVolume) => boolean;
  readonly taken?: ReadonlySet<string>;
}

/** The volume that is meant for the claim if it is large enough, else the smallest that will do. */
export function findMatchingVolume(
  store: Store,
  claim: PersistentVolumeClaim,
  { onlyMeant = false, reaches = () => true, taken }: MatchOptions = {},
): PersistentVolume | undefined {
  const size = requested(claim);
  const wanted = classOf(claim);
  let best: PersistentVolume | undefined;
  for (const volume of store.list('persistentvolumes')) {
    if (taken?.has(volume.metadata.name) === true || volume.metadata.deletionTimestamp !== undefined) continue;
    if ((volume.spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem')) continue;
    if (isMeantFor(volume, claim)) {
      if (capacity(volume) < size) continue;
      return reaches(volume) ? volume : undefined;
    }
    if (onlyMeant || volume.spec.claimRef || classOf(volume) !== wanted || volume.status.phase === 'Failed') continue;
    if (claim.spec.selector && !matchesLabelSelector(claim.spec.selector, volume.metadata.labels)) continue;
    if (!(claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes.includes(mode))) continue;
    if (capacity(volume) < size || !reaches(volume)) continue;
    if (!best || isBetter(volume, best)) best = volume;
  }
  return best;
}

/** Fewer access modes first, then the smaller one. */
function isBetter(a: PersistentVolume, b: PersistentVolume): boolean {
  const modes = a.spec.accessModes.length - b.spec.accessModes.length;
  return modes === 0 ? capacity(a) < capacity(b) : modes < 0;
}

/** The volume with the claim written into it. */
export function claimed(volume: PersistentVolume, claim: PersistentVolumeClaim): PersistentVolume {
  if (volume.spec.claimRef?.uid === claim.metadata.uid) return volume;
  const { namespace = '', name, uid, resourceVersion } = claim.metadata;
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid, apiVersion: 'v1', resourceVersion };
  const chosen = volume.spec.claimRef ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
  const annotations = { ...volume.metadata.annotations, ...chosen };
  return {
    ...volume,
    metadata: { ...volume.metadata, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) },
    spec: { ...volume.spec, claimRef },
  };
}
