// The object that an autoscaler sizes, through what its scale subresource would say.
// Models: pkg/controller/podautoscaler/horizontal.go scaleForResourceMappings (1.32).
import { recordUpdate, withManagedFields } from '../../api/apply/managed-fields.ts';
import type { JsonObject } from '../../api/json.ts';
import type { CrossVersionObjectReference } from '../../kinds/policy.ts';
import type { StatefulSet } from '../../kinds/workloads.ts';
import type { Deployment, LabelSelector, ReplicaSet } from '../../objects.ts';
import { apiVersionOf, resources } from '../../resources.ts';
import type { Store } from '../../store.ts';

export interface ScaleTarget {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly selector: LabelSelector;
  /** Writes another number of replicas. */
  resize(replicas: number): void;
}

/** Whose the number of replicas is from then on: an apply that says another one is a conflict. */
const MANAGER = { name: 'kube-controller-manager', operation: 'Update', subresource: 'scale' } as const;

const SCALED = ['deployments', 'replicasets', 'statefulsets'] as const;

export function scaleTargetOf(
  store: Store,
  namespace: string,
  { apiVersion = '', kind, name }: CrossVersionObjectReference,
): ScaleTarget | { readonly error: string } {
  const group = apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '';
  const info = resources.find((candidate) => candidate.kind === kind && candidate.group === group);
  if (!info) return { error: `no matches for kind "${kind}" in group "${group}"` };
  const resource = SCALED.find((candidate) => candidate === info.resource);
  if (!resource) return { error: 'the server could not find the requested resource' };
  const key = `${namespace}/${name}`;
  const object: Deployment | ReplicaSet | StatefulSet | undefined = store.get(resource, key);
  if (!object) return { error: `${resource}/scale.apps "${name}" not found` };
  return {
    specReplicas: object.spec.replicas,
    statusReplicas: object.status.replicas ?? 0,
    selector: object.spec.selector,
    resize(replicas) {
      const before = object as unknown as JsonObject;
      const after = { ...before, spec: { ...object.spec, replicas } as unknown as JsonObject };
      const manager = { ...MANAGER, apiVersion: apiVersionOf(info), time: store.timestamp };
      const entries = recordUpdate(kind, before, after, undefined, manager);
      store.update(resource, withManagedFields(before, after, entries) as unknown as typeof object);
    },
  };
}
