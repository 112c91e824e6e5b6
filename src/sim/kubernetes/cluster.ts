// What the parts of one cluster share, and how long its messages take.
import type { Simulation } from '../engine/simulation.ts';
import type { Event, ObjectReference } from './objects.ts';
import type { Store } from './store.ts';

/**
 * Virtual latencies in milliseconds. A real cluster's are of this size on a quiet network; they are constants here
 * so that a lesson can say which step waits for which.
 */
export const latency = {
  /** A change of the store reaching a controller's queue. */
  watch: 5,
  /** One pass of the scheduler over one pod. */
  schedule: 5,
  /** A change of a pod reaching its kubelet. */
  kubeletWatch: 10,
  /** Sandbox and network of a pod. */
  sandbox: 300,
  /** Creating and starting one container whose image is there. */
  containerStart: 200,
  /** A change of an EndpointSlice reaching kube-proxy on the nodes. */
  proxy: 20,
} as const;

export interface Cluster {
  readonly sim: Simulation;
  readonly store: Store;
  readonly events: EventRecorder;
}

/** Writes Event objects as client-go's recorder does: the same event again only raises `count` and `lastTimestamp`. */
export interface EventRecorder {
  /** False where an event of this type would not be kept now, so that nobody need make it. */
  accepts?(type: Event['type']): boolean;
  /**
   * @param component `kubelet`, `default-scheduler`, `deployment-controller`, …
   * @param host the node, for kubelet events
   */
  record(
    about: ObjectReference & { readonly kind: string; readonly name: string; readonly namespace: string },
    type: Event['type'],
    reason: string,
    message: string,
    component: string,
    host?: string,
  ): void;
}
