// Rows of persistent volumes, claims and storage classes. Models printPersistentVolume, printPersistentVolumeClaim and
// printStorageClass of pkg/printers/internalversion/printers.go (1.32).
import type { PersistentVolume, PersistentVolumeClaim, StorageClass } from '../../kinds/storage.ts';
import type { AnyObject } from '../../objects.ts';
import { age, ageColumn, column, nameColumn, textOr, wide, type Printer } from './table.ts';

const SHORT_MODES = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
] as const;

function accessModes(modes: readonly string[] = []): string {
  return SHORT_MODES.flatMap(([mode, short]) => (modes.includes(mode) ? [short] : [])).join(',');
}

/** The annotation by which claims and volumes named their class before there was a field for it. */
const CLASS = 'volume.beta.kubernetes.io/storage-class';

function className({ metadata }: AnyObject, name: string | undefined): string {
  return metadata.annotations?.[CLASS] ?? name ?? '';
}

function phaseOf({ metadata }: AnyObject, phase: string): string {
  return metadata.deletionTimestamp === undefined ? phase : 'Terminating';
}

export const persistentVolumes: Printer<PersistentVolume> = {
  columns: [
    nameColumn,
    column('Capacity', ''),
    column('Access Modes', ''),
    column('Reclaim Policy', ''),
    column('Status', ''),
    column('Claim', ''),
    column('StorageClass', ''),
    column('VolumeAttributesClass', ''),
    column('Reason', ''),
    ageColumn,
    wide('VolumeMode', ''),
  ],
  row: (volume, nowUnixMs) => {
    const { spec, status } = volume;
    const claim = spec.claimRef;
    return {
      cells: [
        volume.metadata.name,
        (spec.capacity as Readonly<Record<string, string>> | undefined)?.['storage'] ?? '0',
        accessModes(spec.accessModes),
        textOr(spec.persistentVolumeReclaimPolicy, ''),
        phaseOf(volume, textOr(status.phase, '')),
        claim ? `${claim.namespace ?? ''}/${claim.name ?? ''}` : '',
        className(volume, spec.storageClassName),
        '<unset>',
        status.reason ?? '',
        age(volume, nowUnixMs),
        spec.volumeMode ?? '<unset>',
      ],
    };
  },
};

export const persistentVolumeClaims: Printer<PersistentVolumeClaim> = {
  columns: [
    nameColumn,
    column('Status', ''),
    column('Volume', ''),
    column('Capacity', ''),
    column('Access Modes', ''),
    column('StorageClass', ''),
    column('VolumeAttributesClass', ''),
    ageColumn,
    wide('VolumeMode', ''),
  ],
  row: (claim, nowUnixMs) => {
    const { spec, status } = claim;
    const volume = textOr(spec.volumeName, '');
    return {
      cells: [
        claim.metadata.name,
        phaseOf(claim, textOr(status.phase, '')),
        volume,
        volume === '' ? '' : (status.capacity?.['storage'] ?? '0'),
        volume === '' ? '' : accessModes(status.accessModes),
        className(claim, spec.storageClassName),
        '<unset>',
        age(claim, nowUnixMs),
        spec.volumeMode ?? '<unset>',
      ],
    };
  },
};

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export const storageClasses: Printer<StorageClass> = {
  columns: [
    nameColumn,
    column('Provisioner', ''),
    column('ReclaimPolicy', ''),
    column('VolumeBindingMode', ''),
    column('AllowVolumeExpansion', ''),
    ageColumn,
  ],
  row: (storageClass, nowUnixMs) => {
    const { metadata } = storageClass;
    const isDefault = DEFAULT_CLASS.some((key) => metadata.annotations?.[key] === 'true');
    return {
      cells: [
        isDefault ? `${metadata.name} (default)` : metadata.name,
        storageClass.provisioner,
        textOr(storageClass.reclaimPolicy, 'Delete'),
        textOr(storageClass.volumeBindingMode, 'Immediate'),
        storageClass.allowVolumeExpansion ?? false,
        age(storageClass, nowUnixMs),
      ],
    };
  },
};
