// What a fresh object's status is, whatever the manifest says. Models PrepareForCreate of the strategies under
// pkg/registry (1.32).
import type { PodSpec, ResourceName } from '../../objects.ts';
import { qosClass } from '../../pods.ts';
import type { ResourceInfo } from '../../resources.ts';
import { type JsonObject, objectOf } from '../json.ts';

const FRESH: Partial<Record<ResourceName, JsonObject>> = {
  cronjobs: {},
  daemonsets: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  deployments: {},
  horizontalpodautoscalers: { desiredReplicas: 0, currentMetrics: null },
  ingresses: { loadBalancer: {} },
  jobs: {},
  persistentvolumeclaims: { phase: 'Pending' },
  persistentvolumes: { phase: 'Pending' },
  poddisruptionbudgets: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
  certificatesigningrequests: {},
  replicasets: { replicas: 0 },
  replicationcontrollers: { replicas: 0 },
  resourcequotas: {},
  services: { loadBalancer: {} },
  statefulsets: { replicas: 0, availableReplicas: 0 },
};

export function freshStatus(info: ResourceInfo, object: JsonObject): void {
  switch (info.resource) {
    case 'pods':
      object.status = { phase: 'Pending', qosClass: qosOf(objectOf(object.spec)) };
      break;
    case 'namespaces':
      object.spec = { finalizers: ['kubernetes'] };
      object.status = { phase: 'Active' };
      break;
    case 'nodes':
      object.status = { capacity: {}, allocatable: {}, ...objectOf(object.status) };
      break;
    default: {
      const fresh = FRESH[info.resource];
      if (fresh) object.status = fresh;
    }
  }
}

function qosOf(spec: JsonObject): string {
  return Array.isArray(spec.containers) ? qosClass({ spec: spec as unknown as PodSpec }) : 'BestEffort';
}
