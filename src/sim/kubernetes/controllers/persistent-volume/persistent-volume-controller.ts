// Brings claims and volumes together, and deals with volumes whose claim has gone.
// Models pkg/controller/volume/persistentvolume/pv_controller.go (1.32). Volumes of a class are made by the simulated
// provisioner (provisioner.ts).
// Departures: Recycle is not simulated, such a volume fails as without a recycler; migration from in-tree plugins and
// VolumeAttributesClass are left out.
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { PersistentVolume, PersistentVolumeClaim } from '../../kinds/storage.ts';
import { claimsOf } from '../../pod-volumes.ts';
import { keyOf } from '../../store.ts';
import {
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  capacity,
  claimed,
  classObject,
  classOf,
  findMatchingVolume,
  isDelayed,
  isMeantFor,
  NO_PROVISIONER,
  requested,
  SELECTED_NODE,
} from '../../volumes.ts';
import { WorkQueue } from '../../work-queue.ts';
import { canProvision, createProvisioner, PROVISIONED_BY } from './provisioner.ts';

const COMPONENT = 'persistentvolume-controller';
/** Claims that wait are looked at again and again. (pvclaimbinder-sync-period) */
const RESYNC_MS = 15_000;

export function createPersistentVolumeController(cluster: Cluster): void {
  const { sim, store, events } = cluster;
  const claims = new WorkQueue(sim, 'controller.persistentvolume.claims', latency.watch, syncClaim);
  const volumes = new WorkQueue(sim, 'controller.persistentvolume.volumes', latency.watch, syncVolume);
  const provisioner = createProvisioner(cluster);

  store.subscribe('persistentvolumeclaims', ({ type, key, object, cause }) => {
    if (type !== 'DELETED') claims.add(key, cause);
    if (type === 'DELETED' && object.spec.volumeName !== undefined) volumes.add(object.spec.volumeName, cause);
  });
  store.subscribe('persistentvolumes', ({ type, key, object, cause }) => {
    if (type !== 'DELETED') volumes.add(key, cause);
    const { claimRef } = object.spec;
    if (claimRef) claims.add(`${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`, cause);
    else if (type === 'ADDED')
      for (const claim of store.values('persistentvolumeclaims'))
        if (claim.status.phase === 'Pending') claims.add(keyOf(claim), cause);
  });

  // ---- Claims

  function syncClaim(key: string): void {
    const claim = store.get('persistentvolumeclaims', key);
    if (!claim) return;
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) syncBound(claim);
    else syncUnbound(claim);
  }

  function syncUnbound(claim: PersistentVolumeClaim): void {
    const { volumeName = '' } = claim.spec;
    if (volumeName !== '') {
      bindNamed(claim, volumeName);
      return;
    }
    const delayed = isDelayed(store, claim);
    const volume = findMatchingVolume(store, claim, { onlyMeant: delayed });
    if (volume) {
      bind(volume, claim);
      return;
    }
    claims.addAfter(keyOf(claim), RESYNC_MS, null);
    if (delayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) waitForConsumer(claim);
    else if (classOf(claim) !== '') provision(claim);
    else
      report(
        claim,
        'Normal',
        'FailedBinding',
        'no persistent volumes available for this claim and no storage class is set',
      );
  }

  /** The claim says which volume it wants. */
  function bindNamed(claim: PersistentVolumeClaim, volumeName: string): void {
    const volume = store.get('persistentvolumes', volumeName);
    if (!volume) {
      claims.addAfter(keyOf(claim), RESYNC_MS, null);
      return;
    }
    const { claimRef } = volume.spec;
    if (claimRef && !isMeantFor(volume, claim)) {
      claims.addAfter(keyOf(claim), RESYNC_MS, null);
      report(claim, 'Warning', 'FailedBinding', `volume "${volumeName}" already bound to a different claim.`);
      return;
    }
    const mismatch = claimRef ? undefined : mismatchOf(volume, claim);
    if (mismatch === undefined) bind(volume, claim);
    else {
      claims.addAfter(keyOf(claim), RESYNC_MS, null);
      report(claim, 'Warning', 'VolumeMismatch', `Cannot bind to requested volume "${volumeName}": ${mismatch}`);
    }
  }

  function waitForConsumer(claim: PersistentVolumeClaim): void {
    const names: string[] = [];
    for (const pod of store.list('pods', claim.metadata.namespace))
      if (pod.spec.nodeName === undefined && claimsOf(pod).some(({ claimName }) => claimName === claim.metadata.name))
        names.push(pod.metadata.name);
    if (names.length === 0)
      report(claim, 'Normal', 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    else
      report(
        claim,
        'Normal',
        'WaitForPodScheduled',
        `waiting for pod${names.length > 1 ? 's' : ''} ${names.join(',')} to be scheduled`,
      );
  }

  function provision(claim: PersistentVolumeClaim): void {
    const found = classObject(store, claim);
    if (!found) {
      const message = `storageclass.storage.k8s.io "${classOf(claim)}" not found`;
      report(claim, 'Warning', 'ProvisioningFailed', message);
      return;
    }
    const { provisioner: name } = found;
    if (name === NO_PROVISIONER) {
      report(claim, 'Warning', 'ProvisioningFailed', `no volume plugin matched name: ${name}`);
      return;
    }
    const key = keyOf(claim);
    const annotations = {
      ...claim.metadata.annotations,
      'volume.beta.kubernetes.io/storage-provisioner': name,
      'volume.kubernetes.io/storage-provisioner': name,
    };
    store.update('persistentvolumeclaims', { ...claim, metadata: { ...claim.metadata, annotations } });
    report(
      claim,
      'Normal',
      'ExternalProvisioning',
      `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`,
    );
    if (canProvision(name)) provisioner.provision(key);
  }

  function syncBound(claim: PersistentVolumeClaim): void {
    const { volumeName = '' } = claim.spec;
    const lose = (reason: string, message: string) => {
      if (claim.status.phase === 'Lost') return;
      store.updateStatus('persistentvolumeclaims', keyOf(claim), { phase: 'Lost' });
      report(claim, 'Warning', reason, message);
    };
    if (volumeName === '') {
      lose('ClaimLost', 'Bound claim has lost reference to PersistentVolume. Data on the volume is lost!');
      return;
    }
    const volume = store.get('persistentvolumes', volumeName);
    if (!volume) lose('ClaimLost', 'Bound claim has lost its PersistentVolume. Data on the volume is lost!');
    else if (!volume.spec.claimRef || volume.spec.claimRef.uid === claim.metadata.uid) bind(volume, claim);
    else lose('ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
  }

  /** Writes the pair into both, volume first. Each step that is done already writes nothing. */
  function bind(volume: PersistentVolume, claim: PersistentVolumeClaim): void {
    const bound = store.update('persistentvolumes', claimed(volume, claim));
    setPhase(bound, 'Bound');
    const chosen = (claim.spec.volumeName ?? '') === '' ? { [BOUND_BY_CONTROLLER]: 'yes' } : {};
    const annotations = { ...claim.metadata.annotations, [BIND_COMPLETED]: 'yes', ...chosen };
    const key = keyOf(claim);
    store.update('persistentvolumeclaims', {
      ...claim,
      metadata: { ...claim.metadata, annotations },
      spec: { ...claim.spec, volumeName: volume.metadata.name },
    });
    store.updateStatus('persistentvolumeclaims', key, {
      ...claim.status,
      phase: 'Bound',
      accessModes: volume.spec.accessModes,
      capacity: volume.spec.capacity,
    });
  }

  // ---- Volumes

  function syncVolume(name: string): void {
    const volume = store.get('persistentvolumes', name);
    if (!volume) return;
    const { claimRef } = volume.spec;
    if (!claimRef || (claimRef.uid ?? '') === '') {
      setPhase(volume, 'Available');
      return;
    }
    const key = `${claimRef.namespace ?? ''}/${claimRef.name ?? ''}`;
    const found = store.get('persistentvolumeclaims', key);
    const claim = found?.metadata.uid === claimRef.uid ? found : undefined;
    if (!claim) {
      const { phase } = volume.status;
      reclaim(phase === 'Released' || phase === 'Failed' ? volume : setPhase(volume, 'Released'));
    } else if ((claim.spec.volumeName ?? '') === '') claims.add(key);
    else if (claim.spec.volumeName === name) setPhase(volume, 'Bound');
    else if (volume.metadata.annotations?.[PROVISIONED_BY] !== undefined && reclaimPolicy(volume) === 'Delete')
      reclaim(setPhase(volume, 'Released'));
    else unbind(volume);
  }

  /** The claim took another volume: this one is free again, or still meant for the claim if somebody wanted that. */
  function unbind(volume: PersistentVolume): void {
    const { [BOUND_BY_CONTROLLER]: chosen, ...annotations } = volume.metadata.annotations ?? {};
    const { claimRef, ...spec } = volume.spec;
    const { uid: _uid, ...meant } = claimRef ?? {};
    const free = store.update('persistentvolumes', {
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec: chosen === undefined ? { ...spec, claimRef: meant } : spec,
    });
    setPhase(free, 'Available');
  }

  function reclaim(volume: PersistentVolume): void {
    switch (reclaimPolicy(volume)) {
      case 'Retain':
        return;
      case 'Recycle':
        fail(volume, 'VolumeFailedRecycle', 'No recycler plugin found for the volume!');
        return;
      case 'Delete': {
        const by = volume.metadata.annotations?.[PROVISIONED_BY];
        if (by !== undefined && canProvision(by)) provisioner.remove(volume.metadata.name);
        else if (by === undefined)
          fail(
            volume,
            'VolumeFailedDelete',
            `error getting deleter volume plugin for volume "${volume.metadata.name}": no deletable volume plugin matched`,
          );
      }
    }
  }

  function fail(volume: PersistentVolume, reason: string, message: string): void {
    if (volume.status.phase === 'Failed') return;
    const { reason: _reason, message: _message, ...status } = volume.status;
    store.updateStatus('persistentvolumes', volume.metadata.name, {
      ...status,
      phase: 'Failed',
      message,
      lastPhaseTransitionTime: store.timestamp,
    });
    report(volume, 'Warning', reason, message);
  }

  function setPhase(volume: PersistentVolume, phase: PersistentVolume['status']['phase']): PersistentVolume {
    if (volume.status.phase === phase) return volume;
    const status = { phase, lastPhaseTransitionTime: store.timestamp };
    return store.update('persistentvolumes', { ...volume, status });
  }

  function report(
    about: PersistentVolume | PersistentVolumeClaim,
    type: 'Normal' | 'Warning',
    reason: string,
    message: string,
  ): void {
    events.record(referenceTo(about), type, reason, message, COMPONENT);
  }
}

function reclaimPolicy({ spec }: PersistentVolume): 'Retain' | 'Delete' | 'Recycle' {
  return spec.persistentVolumeReclaimPolicy;
}

/** Why a volume that the claim names cannot be its own. (checkVolumeSatisfyClaim) */
function mismatchOf(volume: PersistentVolume, claim: PersistentVolumeClaim): string | undefined {
  if (volume.metadata.deletionTimestamp !== undefined)
    return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (capacity(volume) < requested(claim)) return 'requested PV is too small';
  if (classOf(volume) !== classOf(claim)) return 'storageClassName does not match';
  if ((volume.spec.volumeMode ?? 'Filesystem') !== (claim.spec.volumeMode ?? 'Filesystem'))
    return 'incompatible volumeMode';
  if (!(claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes.includes(mode)))
    return 'incompatible accessMode';
  return undefined;
}
