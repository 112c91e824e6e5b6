// A simulated provisioner: makes a volume for a claim of its class, and deletes it when it is released.
// Models the events and objects of sigs.k8s.io/sig-storage-lib-external-provisioner as kind's local-path provisioner
// and CSI drivers use it (with Kubernetes 1.32). `rancher.io/local-path` makes a directory on the node of the first
// pod; a provisioner with `csi` in its name makes a disk that every node of the zone can reach.
// Departures: a provisioner of any other name is not running, so its claims wait; making and deleting take a set time;
// clones, snapshots and resizing are left out.
import type { Cluster } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { PersistentVolume } from '../../kinds/storage.ts';
import { keyOf } from '../../store.ts';
import { classObject, SELECTED_NODE } from '../../volumes.ts';
import { WorkQueue } from '../../work-queue.ts';

export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const LOCAL_PATH = 'rancher.io/local-path';
const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';
/** Making a directory or a disk; the same again for deleting it. */
const WORK_MS = 2000;

export function canProvision(provisioner: string): boolean {
  return provisioner === LOCAL_PATH || /\bcsi\b/.test(provisioner);
}

interface Provisioner {
  /** @param key of a claim whose class names a provisioner of which `canProvision` is true */
  provision(key: string): void;
  /** @param volume the name of a released volume */
  remove(volume: string): void;
}

export function createProvisioner({ sim, store, events }: Cluster): Provisioner {
  /** Claims that a volume is being made for. */
  let underWay = new Set<string>();
  sim.register<readonly string[]>({
    name: 'kubernetes.provisioner',
    save: () => [...underWay],
    load: (state) => {
      underWay = new Set(state);
    },
  });
  const making = new WorkQueue(sim, 'provisioner.provision', WORK_MS, make);
  const deleting = new WorkQueue(sim, 'provisioner.delete', WORK_MS, remove);

  function announce(key: string): boolean {
    const claim = store.get('persistentvolumeclaims', key);
    const found = claim && classObject(store, claim);
    if (!found) return false;
    const { provisioner } = found;
    const message = `External provisioner is provisioning volume for claim "${key}"`;
    events.record(referenceTo(claim), 'Normal', 'Provisioning', message, provisioner);
    if (provisioner !== LOCAL_PATH || claim.metadata.annotations?.[SELECTED_NODE] !== undefined) return true;
    const why = `failed to provision volume with StorageClass "${found.metadata.name}": configuration error, no node was specified`;
    events.record(referenceTo(claim), 'Warning', 'ProvisioningFailed', why, provisioner);
    return false;
  }

  function make(key: string): void {
    underWay.delete(key);
    const claim = store.get('persistentvolumeclaims', key);
    const found = claim && classObject(store, claim);
    if (!found || (claim.spec.volumeName ?? '') !== '' || claim.metadata.deletionTimestamp !== undefined) return;
    const name = `pvc-${claim.metadata.uid}`;
    if (store.get('persistentvolumes', name)) return;
    const { provisioner } = found;
    const { namespace = '', uid, resourceVersion } = claim.metadata;
    const node = claim.metadata.annotations?.[SELECTED_NODE];
    const local = provisioner === LOCAL_PATH;
    const zone = local ? undefined : store.get('nodes', node ?? '')?.metadata.labels?.[ZONE];
    const term = local ? [HOSTNAME, node] : [ZONE, zone];
    const [label = '', value] = term;
    const source = local
      ? {
          hostPath: {
            path: `/var/local-path-provisioner/${name}_${namespace}_${claim.metadata.name}`,
            type: 'DirectoryOrCreate',
          },
        }
      : { csi: { driver: provisioner, volumeHandle: name } };
    store.create('persistentvolumes', {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: {
        name,
        annotations: {
          [PROVISIONED_BY]: provisioner,
          ...(local && node !== undefined ? { 'local.path.provisioner/selected-node': node } : {}),
        },
        finalizers: ['kubernetes.io/pv-protection'],
      },
      spec: {
        accessModes: claim.spec.accessModes ?? [],
        capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
        claimRef: {
          kind: 'PersistentVolumeClaim',
          namespace,
          name: claim.metadata.name,
          uid,
          apiVersion: 'v1',
          resourceVersion,
        },
        ...source,
        ...(value === undefined
          ? {}
          : {
              nodeAffinity: {
                required: {
                  nodeSelectorTerms: [{ matchExpressions: [{ key: label, operator: 'In' as const, values: [value] }] }],
                },
              },
            }),
        persistentVolumeReclaimPolicy: found.reclaimPolicy,
        storageClassName: found.metadata.name,
        volumeMode: claim.spec.volumeMode ?? 'Filesystem',
        ...(found.mountOptions ? { mountOptions: found.mountOptions } : {}),
      },
      status: { phase: 'Pending' },
    });
    events.record(
      referenceTo(claim),
      'Normal',
      'ProvisioningSucceeded',
      `Successfully provisioned volume ${name}`,
      provisioner,
    );
  }

  function remove(name: string): void {
    const volume: PersistentVolume | undefined = store.get('persistentvolumes', name);
    if (volume?.status.phase === 'Released') store.delete('persistentvolumes', keyOf(volume));
  }

  return {
    provision(key) {
      if (underWay.has(key) || !announce(key)) return;
      underWay.add(key);
      making.add(key);
    },
    remove(volume) {
      deleting.add(volume);
    },
  };
}
