// How parts of an object merge when it is applied: which lists have keys, which are sets, which structs and maps are
// taken whole. The `x-kubernetes-list-type`, `-list-map-keys` and `-map-type` marks of Kubernetes 1.32's OpenAPI, for the
// kinds that are served. A list without a mark is atomic, a struct or map without one is granular.
import { fieldCode } from '../schema.ts';

export type ListType = 'atomic' | 'set' | readonly string[];

const container = {
  ports: ['containerPort', 'protocol'],
  env: ['name'],
  volumeMounts: ['mountPath'],
  volumeDevices: ['devicePath'],
} as const;

const LISTS: Readonly<Record<string, Readonly<Record<string, ListType>>>> = {
  ObjectMeta: { ownerReferences: ['uid'], finalizers: 'set' },
  PodSpec: {
    containers: ['name'],
    initContainers: ['name'],
    ephemeralContainers: ['name'],
    volumes: ['name'],
    imagePullSecrets: ['name'],
    hostAliases: ['ip'],
    topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
    schedulingGates: ['name'],
    resourceClaims: ['name'],
  },
  Container: container,
  EphemeralContainer: container,
  ResourceRequirements: { claims: ['name'] },
  PodStatus: { conditions: ['type'], podIPs: ['ip'], resourceClaimStatuses: ['name'] },
  ServiceSpec: { ports: ['port', 'protocol'] },
  ServiceStatus: { conditions: ['type'] },
  NodeSpec: { podCIDRs: 'set' },
  NodeStatus: { conditions: ['type'], addresses: ['type'] },
  NamespaceStatus: { conditions: ['type'] },
  DeploymentStatus: { conditions: ['type'] },
  ReplicaSetStatus: { conditions: ['type'] },
  StatefulSetStatus: { conditions: ['type'] },
  DaemonSetStatus: { conditions: ['type'] },
  HorizontalPodAutoscalerStatus: { conditions: ['type'] },
  PodDisruptionBudgetStatus: { conditions: ['type'] },
  PersistentVolumeClaimStatus: { conditions: ['type'] },
  ServiceAccount: { secrets: ['name'] },
  PodFailurePolicyOnExitCodesRequirement: { values: 'set' },
};

/** Keys that a manifest may leave out, because the schema gives them a value. */
const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

const ATOMIC_TYPES: ReadonlySet<string> = new Set([
  'ConfigMapKeySelector',
  'CrossVersionObjectReference',
  'LabelSelector',
  'LocalObjectReference',
  'NodeSelector',
  'NodeSelectorTerm',
  'ObjectFieldSelector',
  'ObjectReference',
  'ResourceFieldSelector',
  'RoleRef',
  'ScopeSelector',
  'SecretKeySelector',
  'SecretReference',
  'TypedLocalObjectReference',
]);
const ATOMIC_MAPS: ReadonlySet<string> = new Set(['ServiceSpec.selector', 'PodSpec.nodeSelector']);

/** Structs that every object of their owner has, even an empty one, because Go holds them by value. */
const BY_VALUE: ReadonlySet<string> = new Set([
  'CronJobSpec.jobTemplate',
  'DaemonSetSpec.template',
  'DaemonSetSpec.updateStrategy',
  'DeploymentSpec.strategy',
  'DeploymentSpec.template',
  'JobSpec.template',
  'JobTemplateSpec.metadata',
  'JobTemplateSpec.spec',
  'PersistentVolumeClaimSpec.resources',
  'PodSpec.containers',
  'PodTemplateSpec.metadata',
  'PodTemplateSpec.spec',
  'ReplicaSetSpec.template',
  'ServiceStatus.loadBalancer',
  'StatefulSetSpec.template',
  'StatefulSetSpec.updateStrategy',
]);

/** What a place of an object is: `code` as the schema writes it, and how the value there merges. */
export interface Place {
  readonly code: string;
  readonly list: ListType;
  readonly atomic: boolean;
  /** A field of a Go struct, unlike an entry of a map. */
  readonly named: boolean;
  readonly byValue: boolean;
}

export function rootPlace(kind: string): Place {
  return { code: kind, list: 'atomic', atomic: false, named: true, byValue: true };
}

const UNKNOWN: Place = { code: '*', list: 'atomic', atomic: false, named: false, byValue: false };

export function placeOf({ code }: Place, field: string): Place {
  if (code === '*') return UNKNOWN;
  if (code.startsWith('{}')) return { ...UNKNOWN, code: code.slice(2), atomic: ATOMIC_TYPES.has(code.slice(2)) };
  const inner = fieldCode(code, field);
  if (inner === undefined) return UNKNOWN;
  const path = `${code}.${field}`;
  const top = field === 'spec' || field === 'status' || field === 'metadata';
  return {
    code: inner,
    list: LISTS[code]?.[field] ?? 'atomic',
    atomic: ATOMIC_TYPES.has(inner) || ATOMIC_MAPS.has(path),
    named: true,
    byValue: BY_VALUE.has(path) || (top && inner === (field === 'metadata' ? 'ObjectMeta' : code + capital(field))),
  };
}

export function itemPlace({ code }: Place): Place {
  return { ...UNKNOWN, code: code.startsWith('[]') ? code.slice(2) : '*' };
}

/** The name of a list's item in a field set; undefined when a key is missing. */
export function itemKey(list: ListType, item: unknown): string | undefined {
  if (list === 'set') return `v:${JSON.stringify(item)}`;
  if (list === 'atomic' || typeof item !== 'object' || item === null) return undefined;
  const keys: Record<string, unknown> = {};
  for (const name of [...list].sort()) {
    const value = (item as Readonly<Record<string, unknown>>)[name] ?? KEY_DEFAULTS[name];
    if (value === undefined) return undefined;
    keys[name] = value;
  }
  return `k:${JSON.stringify(keys)}`;
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
