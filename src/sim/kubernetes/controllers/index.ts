// All controllers of the cluster, wired up. What cmd/kube-controller-manager starts in Kubernetes (1.32), as far as
// its kinds are served here: deployment, replicaset, endpointslice, garbage collector, pod garbage collector,
// namespace, node lifecycle and taint eviction.
import type { Cluster } from '../cluster.ts';
import type { ReplicaSet } from '../objects.ts';
import { createDeploymentController } from './deployment/deployment-controller.ts';
import { createEndpointSliceController } from './endpoint-slice/endpoint-slice-controller.ts';
import { createGarbageCollector } from './garbage-collection/garbage-collector.ts';
import { createPodGarbageCollector } from './garbage-collection/pod-garbage-collector.ts';
import { createNamespaceController } from './namespace/namespace-controller.ts';
import {
  createNodeLifecycleController,
  type Machines,
  type NodeLifecycle,
} from './node-lifecycle/node-lifecycle-controller.ts';
import { createTaintEvictionController } from './node-lifecycle/taint-eviction-controller.ts';
import { PodIndex } from './pod-index.ts';
import { createReplicaSetController } from './replica-set/replica-set-controller.ts';

export interface ControllerDependencies {
  readonly kubelets: Machines;
  /** Why the API server would refuse a ReplicaSet's pod, for example a quota; undefined admits it. */
  readonly refusePod?: (replicaSet: ReplicaSet) => string | undefined;
}

export interface Controllers {
  readonly nodeLifecycle: NodeLifecycle;
}

/** Build them after the store and before anything is written to it. */
export function createControllers(cluster: Cluster, { kubelets, refusePod }: ControllerDependencies): Controllers {
  const pods = new PodIndex(cluster);
  createDeploymentController(cluster, { pods });
  createReplicaSetController(cluster, refusePod ? { pods, refusePod } : { pods });
  createEndpointSliceController(cluster);
  createGarbageCollector(cluster);
  createPodGarbageCollector(cluster, { pods });
  createNamespaceController(cluster);
  const nodeLifecycle = createNodeLifecycleController(cluster, { pods, machines: kubelets });
  createTaintEvictionController(cluster, { pods });
  return { nodeLifecycle };
}
