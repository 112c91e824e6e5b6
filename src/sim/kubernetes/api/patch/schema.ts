// How lists and maps merge in a strategic merge patch: the `patchStrategy` and `patchMergeKey` tags of the Go types
// (k8s.io/api, 1.32) of the served kinds. A field without an entry is an ordinary one: maps merge, lists are replaced
// whole. Tolerations, taints and label-selector expressions have no tag and are replaced whole.

export interface PatchField {
  /** Lists only: items are merged, by `key` when they are objects, as a set when they are scalars. */
  readonly merge?: true;
  readonly key?: string;
  /** Fields that the patch does not name are cleared, by a `$retainKeys` directive. */
  readonly retainKeys?: true;
  /** Maps only: replaced whole. */
  readonly replace?: true;
  /** The type of the value, or of the items of a list. */
  readonly of?: PatchType;
}
export type PatchType = Readonly<Record<string, PatchField>>;

const by = (key: string, of?: PatchType): PatchField => (of ? { merge: true, key, of } : { merge: true, key });
const conditions: PatchType = { conditions: by('type') };

const metadata: PatchField = { of: { ownerReferences: by('uid'), finalizers: { merge: true } } };

const container: PatchType = {
  ports: by('containerPort'),
  env: by('name'),
  volumeMounts: by('mountPath'),
  volumeDevices: by('devicePath'),
};

const podSpec: PatchType = {
  volumes: { merge: true, retainKeys: true, key: 'name' },
  initContainers: by('name', container),
  containers: by('name', container),
  ephemeralContainers: by('name', container),
  imagePullSecrets: by('name'),
  hostAliases: by('ip'),
  topologySpreadConstraints: by('topologyKey'),
  schedulingGates: by('name'),
  resourceClaims: { merge: true, retainKeys: true, key: 'name' },
};

const podTemplate: PatchField = { of: { metadata, spec: { of: podSpec } } };
const statusWithConditions: PatchField = { of: conditions };

const object = (spec: PatchType, status?: PatchType): PatchType =>
  status ? { metadata, spec: { of: spec }, status: { of: status } } : { metadata, spec: { of: spec } };

const jobSpec: PatchType = { template: podTemplate };

const kinds: Readonly<Record<string, PatchType>> = {
  Pod: object(podSpec, {
    conditions: by('type'),
    podIPs: by('ip'),
    hostIPs: by('ip'),
    resourceClaimStatuses: { merge: true, retainKeys: true, key: 'name' },
  }),
  PodTemplate: { metadata, template: podTemplate },
  Node: object({ podCIDRs: { merge: true } }, { conditions: by('type'), addresses: by('type') }),
  Namespace: object({}, conditions),
  Service: object({ ports: by('port') }, conditions),
  ServiceAccount: { metadata, secrets: by('name') },
  PersistentVolumeClaim: object({}, conditions),
  ReplicationController: object({ template: podTemplate }, conditions),
  Deployment: object({ template: podTemplate, strategy: { retainKeys: true } }, conditions),
  ReplicaSet: object({ template: podTemplate }, conditions),
  StatefulSet: object({ template: podTemplate }, conditions),
  DaemonSet: object({ template: podTemplate }, conditions),
  Job: object(jobSpec, conditions),
  CronJob: object({ jobTemplate: { of: { metadata, spec: { of: jobSpec } } } }),
  HorizontalPodAutoscaler: object({}, conditions),
  PodDisruptionBudget: { metadata, spec: { of: { selector: { replace: true } } }, status: statusWithConditions },
};

const other: PatchType = { metadata };

/** The merge rules of a kind; kinds without lists of their own only have the rules of `metadata`. */
export function patchTypeOf(kind: string): PatchType {
  return Object.hasOwn(kinds, kind) ? (kinds[kind] ?? other) : other;
}
