// All controllers of the cluster, wired up. What cmd/kube-controller-manager starts in Kubernetes (1.32), as far as
// its kinds are served here.
import type { Cluster } from '../cluster.ts';
import type { Metrics } from '../metrics.ts';
import type { ReplicaSet } from '../objects.ts';
import { createCronJobController } from './cron-job/cron-job-controller.ts';
import { createDaemonSetController } from './daemon-set/daemon-set-controller.ts';
import { createDeploymentController } from './deployment/deployment-controller.ts';
import { createDisruptionController } from './disruption/disruption-controller.ts';
import { createEndpointSliceController } from './endpoint-slice/endpoint-slice-controller.ts';
import { createGarbageCollector } from './garbage-collection/garbage-collector.ts';
import { createPodGarbageCollector } from './garbage-collection/pod-garbage-collector.ts';
import { createHorizontalPodAutoscalerController } from './horizontal-pod-autoscaler/horizontal-pod-autoscaler-controller.ts';
import { createJobController } from './job/job-controller.ts';
import { createNamespaceController } from './namespace/namespace-controller.ts';
import {
  createNodeLifecycleController,
  type Machines,
  type NodeLifecycle,
} from './node-lifecycle/node-lifecycle-controller.ts';
import { createTaintEvictionController } from './node-lifecycle/taint-eviction-controller.ts';
import { createPersistentVolumeController } from './persistent-volume/persistent-volume-controller.ts';
import { createVolumeProtection } from './persistent-volume/protection.ts';
import { PodIndex } from './pod-index.ts';
import { createReplicaSetController } from './replica-set/replica-set-controller.ts';
import { createResourceQuotaController } from './resource-quota/resource-quota-controller.ts';
import { createServiceAccountController } from './service-account/service-account-controller.ts';
import { createStatefulSetController } from './stateful-set/stateful-set-controller.ts';
import { createTtlAfterFinishedController } from './ttl-after-finished/ttl-after-finished-controller.ts';

export interface ControllerDependencies {
  readonly kubelets: Machines;
  /** What the autoscaler measures by; without it there is no resource metrics API. */
  readonly metrics?: Pick<Metrics, 'podUsage'>;
  /** Why the API server would refuse a ReplicaSet's pod, for example a quota; undefined admits it. */
  readonly refusePod?: (replicaSet: ReplicaSet) => string | undefined;
}

export interface Controllers {
  readonly nodeLifecycle: NodeLifecycle;
}

/** Build them after the store and before anything is written to it. */
export function createControllers(
  cluster: Cluster,
  { kubelets, metrics, refusePod }: ControllerDependencies,
): Controllers {
  const pods = new PodIndex(cluster);
  createDeploymentController(cluster, { pods });
  createReplicaSetController(cluster, refusePod ? { pods, refusePod } : { pods });
  createDaemonSetController(cluster, { pods });
  createStatefulSetController(cluster, { pods });
  createJobController(cluster, { pods });
  createCronJobController(cluster);
  createTtlAfterFinishedController(cluster);
  createPersistentVolumeController(cluster);
  createVolumeProtection(cluster);
  createHorizontalPodAutoscalerController(cluster, { usage: (pod) => metrics?.podUsage(pod) });
  createDisruptionController(cluster);
  createEndpointSliceController(cluster);
  createGarbageCollector(cluster);
  createPodGarbageCollector(cluster, { pods });
  createNamespaceController(cluster);
  createServiceAccountController(cluster);
  createResourceQuotaController(cluster);
  const nodeLifecycle = createNodeLifecycleController(cluster, { pods, machines: kubelets });
  createTaintEvictionController(cluster, { pods });
  return { nodeLifecycle };
}
