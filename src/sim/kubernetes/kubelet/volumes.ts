// A pod's volumes: made before its sandbox, filled from ConfigMaps, Secrets and the pod itself, kept up to date, and gone
// with the pod. Models k8s.io/kubernetes/pkg/kubelet/volumemanager and pkg/volume/{configmap,secret,downwardapi,emptydir,
// projected} (1.32): what is said when something is missing, and the exponential back-off of the operation.
// Departures: a change of a ConfigMap or Secret is seen in the files after a fixed time, where the kubelet's period and its
// cache add up to something like it; sizes and media of emptyDir are not enforced; file modes are not kept; every mount is
// done at once. A subPath of a ConfigMap or Secret follows its changes, which a real mount does not.
import { decodeBase64 } from '../base64.ts';
import type { Pod, Volume, VolumeMount, VolumeProjection } from '../objects.ts';
import type { Mount, VolumeFiles } from '../../workload/volumes.ts';
import { fieldText, resourceText, type EnvironmentSources } from './environment.ts';
import type { PodRecord } from './record.ts';
import type { KubeletState } from './state.ts';

/** Between a change of a ConfigMap or Secret and the files: one sync period. */
export const REFRESH_MS = 60_000;
/** Back-off of a failed mount (volume/util/exponentialbackoff). */
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 122_000;

type Made = { readonly id: string; readonly files: VolumeFiles | null } | { readonly error: string };

/** Makes all volumes of a pod. Null when they are there; else how long to wait before it is tried again. */
export function mountVolumes(state: KubeletState, uid: string): number | null {
  const record = state.known(uid);
  if (record.volumes) return null;
  const pod = state.object(record);
  const volumes: Record<string, string> = {};
  for (const volume of pod?.spec.volumes ?? []) {
    const made = make(state, pod as Pod, record, volume);
    if ('error' in made) {
      const message = `MountVolume.SetUp failed for volume "${volume.name}" : ${made.error}`;
      state.event(record, 'Warning', 'FailedMount', message);
      const tries = record.mountTries;
      state.patch(uid, { mountTries: tries + 1 });
      if (tries === 0) state.writeStatus(uid);
      return Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** tries);
    }
    volumes[volume.name] = made.id;
    if (made.files) state.processes.volumes?.set(made.id, made.files);
  }
  state.patch(uid, { volumes, mountTries: 0 });
  return null;
}

/** Fills the pod's volumes anew from what they are made of. What is missing now leaves the old files. */
export function refreshVolumes(state: KubeletState, uid: string): void {
  const record = state.pod(uid);
  const pod = record && state.object(record);
  if (!record?.volumes || !pod) return;
  for (const volume of pod.spec.volumes ?? []) {
    if (!volume.configMap && !volume.secret && !volume.projected && !volume.downwardAPI) continue;
    const made = make(state, pod, record, volume);
    if ('files' in made && made.files) state.processes.volumes?.set(made.id, made.files);
  }
}

/** Whether files of the pod come from that ConfigMap or Secret. */
export function isMadeFrom(pod: Pod, kind: 'configmaps' | 'secrets', name: string): boolean {
  return (pod.spec.volumes ?? []).some(({ configMap, secret, projected }) =>
    kind === 'configmaps'
      ? configMap?.name === name || (projected?.sources ?? []).some((source) => source.configMap?.name === name)
      : secret?.secretName === name || (projected?.sources ?? []).some((source) => source.secret?.name === name),
  );
}

/** Where a container sees the pod's volumes. */
export function mountsOf(record: PodRecord, mounts: readonly VolumeMount[] | undefined, pod: Pod): readonly Mount[] {
  return (mounts ?? []).flatMap(({ name, mountPath, subPath = '', readOnly = false }) => {
    const volume = record.volumes?.[name];
    const source = pod.spec.volumes?.find((candidate) => candidate.name === name);
    if (volume === undefined || !source) return [];
    const fixed = source.configMap ?? source.secret ?? source.downwardAPI ?? source.projected;
    const path = mountPath.replace(/^\/+|\/+$/g, '');
    return [{ path, volume, subPath, readOnly: readOnly || fixed !== undefined }];
  });
}

function make(state: KubeletState, pod: Pod, record: PodRecord, volume: Volume): Made {
  const id = `${record.uid}/${volume.name}`;
  const { configMap, secret, downwardAPI, projected, persistentVolumeClaim, hostPath } = volume;
  const filled = (projection: VolumeProjection): Made => {
    const files = project(state, pod, record, projection);
    return 'error' in files ? files : { id, files: new Map(Object.entries(files.files)) };
  };
  if (configMap) return filled({ configMap });
  if (secret) {
    const { secretName, ...rest } = secret;
    return filled({ secret: { ...rest, ...(secretName === undefined ? {} : { name: secretName }) } });
  }
  if (downwardAPI) return filled({ downwardAPI });
  if (projected) {
    const all: Record<string, string> = {};
    for (const source of projected.sources ?? []) {
      const files = project(state, pod, record, source);
      if ('error' in files) return files;
      Object.assign(all, files.files);
    }
    return { id, files: new Map(Object.entries(all)) };
  }
  if (persistentVolumeClaim) {
    const key = `${pod.metadata.namespace ?? ''}/${persistentVolumeClaim.claimName}`;
    const claim = state.cluster.store.get('persistentvolumeclaims', key);
    if (!claim) return { error: `persistentvolumeclaim "${persistentVolumeClaim.claimName}" not found` };
    if (claim.status.phase !== 'Bound' || claim.spec.volumeName === undefined)
      return { error: `PVC ${key} is not bound` };
    return kept(state, `pv/${claim.spec.volumeName}`);
  }
  if (hostPath) return kept(state, `host/${record.node}${hostPath.path}`);
  return { id, files: new Map() };
}

/** What outlives the pod is empty only once. */
function kept(state: KubeletState, id: string): Made {
  return { id, files: state.processes.volumes?.get(id) ? null : new Map() };
}

type Files = { readonly files: Readonly<Record<string, string>> } | { readonly error: string };

function project(state: KubeletState, pod: Pod, record: PodRecord, source: VolumeProjection): Files {
  const { store } = state.cluster;
  const namespace = pod.metadata.namespace ?? '';
  if (source.configMap) {
    const { name = '', optional, items } = source.configMap;
    const found = store.get('configmaps', `${namespace}/${name}`);
    if (!found) return optional === true ? { files: {} } : { error: `configmap "${name}" not found` };
    const binary = Object.entries(found.binaryData ?? {}).map(([key, text]) => [key, decodeBase64(text)] as const);
    return pick({ ...found.data, ...Object.fromEntries(binary) }, items, optional, 'config');
  }
  if (source.secret) {
    const { name = '', optional, items } = source.secret;
    const found = store.get('secrets', `${namespace}/${name}`);
    if (!found) return optional === true ? { files: {} } : { error: `secret "${name}" not found` };
    const data = Object.entries(found.data ?? {}).map(([key, text]) => [key, decodeBase64(text)] as const);
    return pick(Object.fromEntries(data), items, optional, 'secret');
  }
  if (source.downwardAPI) {
    const from: EnvironmentSources = {
      pod,
      podIP: record.ip,
      hostIP: state.hostIP(record.node),
      allocatable: store.get('nodes', record.node)?.status.allocatable ?? {},
      configMap: () => undefined,
      secret: () => undefined,
    };
    const files: Record<string, string> = {};
    for (const { path, fieldRef, resourceFieldRef } of source.downwardAPI.items ?? []) {
      const text = fieldRef
        ? fieldText(fieldRef.fieldPath, from)
        : resourceText(resourceFieldRef ?? { resource: '' }, undefined, from);
      if (typeof text === 'object') return { error: text.message };
      files[path] = text;
    }
    return { files };
  }
  if (source.serviceAccountToken) {
    // Nobody here checks a token; the file is there and says so.
    return { files: { [source.serviceAccountToken.path]: 'a token is not simulated\n' } };
  }
  return { files: {} };
}

function pick(
  data: Readonly<Record<string, string>>,
  items: readonly { readonly key: string; readonly path: string }[] | undefined,
  optional: boolean | undefined,
  what: 'config' | 'secret',
): Files {
  if (!items) return { files: data };
  const files: Record<string, string> = {};
  for (const { key, path } of items) {
    const text = data[key];
    if (text !== undefined) files[path] = text;
    else if (optional !== true) return { error: `references non-existent ${what} key: ${key}` };
  }
  return { files };
}
