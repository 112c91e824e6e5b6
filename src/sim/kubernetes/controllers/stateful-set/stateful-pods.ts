// The pods of a StatefulSet and their claims: each has a number, a name made of it that stays, and storage of its own.
// Models pkg/controller/statefulset/stateful_set_utils.go (1.32).
import type { PersistentVolumeClaim } from '../../kinds/storage.ts';
import type { ControllerRevision, StatefulSet } from '../../kinds/workloads.ts';
import type { OwnerReference, Pod, PodSpec } from '../../objects.ts';
import { isPodAvailable, isPodReady } from '../../pods.ts';
import { type ClaimVolume, volumesOf } from '../../pod-volumes.ts';
import type { Draft } from '../../store.ts';
import { CONTROLLER_REVISION_HASH, templateOf } from '../history/controller-revision.ts';
import { ownedPod } from '../owned-pod.ts';

const POD_NAME = 'statefulset.kubernetes.io/pod-name';
const POD_INDEX = 'apps.kubernetes.io/pod-index';

/** The pod's number, or undefined when its name is not of the set's form. */
export function ordinalOf(pod: Pod, set: StatefulSet): number | undefined {
  const match = /^(.*)-([0-9]+)$/.exec(pod.metadata.name);
  return match?.[1] === set.metadata.name ? Number(match[2]) : undefined;
}

export function startOrdinal({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0;
}

export function revisionOf(pod: Pod): string | undefined {
  return pod.metadata.labels?.[CONTROLLER_REVISION_HASH];
}

export function isTerminating(pod: Pod): boolean {
  return pod.metadata.deletionTimestamp !== undefined;
}

export function isRunningAndReady(pod: Pod): boolean {
  return pod.status.phase === 'Running' && isPodReady(pod);
}

export function isHealthy(pod: Pod): boolean {
  return isRunningAndReady(pod) && !isTerminating(pod);
}

export function isRunningAndAvailable(pod: Pod, set: StatefulSet, nowUnixMs: number): boolean {
  return pod.status.phase === 'Running' && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowUnixMs);
}

export function podOf(set: StatefulSet, ordinal: number, revision: ControllerRevision): Draft<Pod> {
  const template = templateOf(revision);
  const name = `${set.metadata.name}-${String(ordinal)}`;
  const claims = (set.spec.volumeClaimTemplates ?? []).map(({ metadata }): ClaimVolume => ({
    name: metadata.name,
    persistentVolumeClaim: { claimName: claimName(set, metadata.name, ordinal) },
  }));
  const named = new Set(claims.map((volume) => volume.name));
  const volumes = [...claims, ...volumesOf(template.spec).filter((volume) => !named.has(volume.name))];
  const spec = {
    ...template.spec,
    hostname: name,
    ...(set.spec.serviceName === '' ? {} : { subdomain: set.spec.serviceName }),
    ...(volumes.length > 0 ? { volumes } : {}),
  } satisfies PodSpec & { readonly hostname: string };
  const { labels, annotations } = template.metadata;
  return ownedPod(set, spec, {
    name,
    generateName: `${set.metadata.name}-`,
    labels: {
      ...labels,
      [POD_INDEX]: String(ordinal),
      [CONTROLLER_REVISION_HASH]: revision.metadata.name,
      [POD_NAME]: name,
    },
    ...(annotations ? { annotations } : {}),
  });
}

// ---- Claims

function claimName(set: StatefulSet, template: string, ordinal: number): string {
  return `${template}-${set.metadata.name}-${String(ordinal)}`;
}

export function claimNames(set: StatefulSet, ordinal: number): readonly string[] {
  return (set.spec.volumeClaimTemplates ?? []).map(({ metadata }) => claimName(set, metadata.name, ordinal));
}

export function claimsOf(set: StatefulSet, ordinal: number): readonly Draft<PersistentVolumeClaim>[] {
  return (set.spec.volumeClaimTemplates ?? []).map(({ metadata, spec }) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(set, metadata.name, ordinal),
      namespace: set.metadata.namespace ?? 'default',
      labels: { ...metadata.labels, ...set.spec.selector.matchLabels },
      ...(metadata.annotations ? { annotations: metadata.annotations } : {}),
      finalizers: ['kubernetes.io/pvc-protection'],
    },
    spec: { volumeMode: 'Filesystem', ...spec },
    status: { phase: 'Pending' },
  }));
}

/**
 * Who owns a claim by the set's retention policy: the set where claims go with it, the pod where they go when the set
 * shrinks and the pod is one too many. Undefined: nobody.
 */
export function claimOwner(set: StatefulSet, pod: Pod | undefined, ordinal: number): OwnerReference | undefined {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const start = startOrdinal(set);
  const condemned = ordinal < start || ordinal >= start + set.spec.replicas;
  const reference = ({ apiVersion, kind, metadata }: StatefulSet | Pod): OwnerReference => ({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
  });
  if (whenScaled === 'Delete' && condemned) return pod && reference(pod);
  return whenDeleted === 'Delete' ? { ...reference(set), controller: true, blockOwnerDeletion: true } : undefined;
}
