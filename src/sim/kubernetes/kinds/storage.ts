// Volumes, claims and classes, as they stand in the store (Kubernetes 1.32).
import type {
  Condition,
  Labels,
  LabelSelector,
  NodeSelectorTerm,
  ObjectBase,
  ObjectReference,
  Quantity,
} from '../objects.ts';

export interface PersistentVolumeClaimSpec {
  readonly accessModes?: readonly string[];
  readonly selector?: LabelSelector;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, Quantity>>;
    readonly limits?: Readonly<Record<string, Quantity>>;
  };
  readonly volumeName?: string;
  readonly storageClassName?: string;
  readonly volumeMode?: 'Filesystem' | 'Block';
}

export interface PersistentVolumeClaim extends ObjectBase<'v1', 'PersistentVolumeClaim'> {
  readonly spec: PersistentVolumeClaimSpec;
  readonly status: {
    readonly phase: 'Pending' | 'Bound' | 'Lost';
    readonly accessModes?: readonly string[];
    readonly capacity?: Readonly<Record<string, Quantity>>;
    readonly conditions?: readonly Condition[];
  };
}

export interface PersistentVolume extends ObjectBase<'v1', 'PersistentVolume'> {
  readonly spec: {
    readonly capacity: Readonly<Record<string, Quantity>>;
    readonly accessModes: readonly string[];
    readonly persistentVolumeReclaimPolicy: 'Retain' | 'Delete' | 'Recycle';
    readonly storageClassName?: string;
    readonly volumeMode?: 'Filesystem' | 'Block';
    readonly claimRef?: ObjectReference;
    readonly mountOptions?: readonly string[];
    readonly nodeAffinity?: { readonly required?: { readonly nodeSelectorTerms: readonly NodeSelectorTerm[] } };
    readonly hostPath?: { readonly path: string; readonly type?: string };
    readonly local?: { readonly path: string };
    readonly csi?: { readonly driver: string; readonly volumeHandle: string };
    readonly nfs?: { readonly server: string; readonly path: string };
  };
  readonly status: {
    readonly phase: 'Pending' | 'Available' | 'Bound' | 'Released' | 'Failed';
    readonly reason?: string;
    readonly message?: string;
    readonly lastPhaseTransitionTime?: string;
  };
}

export interface StorageClass extends ObjectBase<'storage.k8s.io/v1', 'StorageClass'> {
  readonly provisioner: string;
  readonly parameters?: Labels;
  readonly reclaimPolicy: 'Retain' | 'Delete';
  readonly mountOptions?: readonly string[];
  readonly allowVolumeExpansion?: boolean;
  readonly volumeBindingMode: 'Immediate' | 'WaitForFirstConsumer';
  readonly allowedTopologies?: readonly {
    readonly matchLabelExpressions?: readonly { readonly key: string; readonly values: readonly string[] }[];
  }[];
}
