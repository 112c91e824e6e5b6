// The object that an autoscaler sizes, through what its scale subresource would say.
// Models: pkg/controller/podautoscaler/horizontal.go scaleForResourceMappings (1.32).
import type { CrossVersionObjectReference } from '../../kinds/policy.ts';
import type { StatefulSet } from '../../kinds/workloads.ts';
import type { Deployment, LabelSelector, ReplicaSet } from '../../objects.ts';
import { resources } from '../../resources.ts';
import type { Store } from '../../store.ts';

export interface ScaleTarget {
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly selector: LabelSelector;
  /** Writes another number of replicas. */
  resize(replicas: number): void;
}

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
      store.update(resource, { ...object, spec: { ...object.spec, replicas } } as typeof object);
    },
  };
}
