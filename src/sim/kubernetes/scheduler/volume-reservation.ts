// Between the choice of a node and the binding of the pod: the claims that waited for that choice are given their
// volumes, or a provisioner is told where to make one, and the pod is bound when all are there. Models Reserve and
// PreBind of pkg/scheduler/framework/plugins/volumebinding (Kubernetes 1.32).
// Departure: a pod waits without the limit of ten minutes; it keeps its place on the node meanwhile, as there.
import { phase } from '../../engine/simulation.ts';
import { type Cluster, latency } from '../cluster.ts';
import type { Pod } from '../objects.ts';
import { claimsOf } from '../pod-volumes.ts';
import { isPodTerminal } from '../pods.ts';
import { keyOf } from '../store.ts';
import { claimed, isFullyBound, SELECTED_NODE } from '../volumes.ts';
import { WorkQueue } from '../work-queue.ts';
import { planClaims, podClaims } from './plugins/volume-binding.ts';

interface Reservation {
  readonly node: string;
  readonly message: string;
}

interface VolumeReservations {
  /** True when the pod must wait for its volumes; `bind` is called when they are there. */
  reserve(pod: Pod, node: string, message: string): boolean;
  /** Pods that wait, by key, with the node they will get. */
  waiting(): ReadonlyMap<string, Reservation>;
}

export function createVolumeReservations(
  { sim, store }: Cluster,
  bind: (pod: Pod, node: string, message: string) => void,
): VolumeReservations {
  let waiting = new Map<string, Reservation>();
  const queue = new WorkQueue(sim, 'scheduler.volumes', latency.watch, check, phase.scheduler);
  sim.register<readonly (readonly [string, Reservation])[]>({
    name: 'kubernetes.scheduler.volumes',
    save: () => [...waiting],
    load: (state) => {
      waiting = new Map(state);
    },
  });
  store.subscribe('pods', ({ type, key, object }) => {
    if (waiting.size > 0 && (type === 'DELETED' || isPodTerminal(object))) waiting.delete(key);
  });
  store.subscribe('persistentvolumeclaims', ({ object, cause }) => {
    for (const key of waiting.keys()) {
      const pod = store.get('pods', key);
      if (!pod || pod.metadata.namespace !== object.metadata.namespace) continue;
      if (claimsOf(pod).some(({ claimName }) => claimName === object.metadata.name)) queue.add(key, cause);
    }
  });

  function check(key: string): void {
    const reservation = waiting.get(key);
    const pod = store.get('pods', key);
    if (!reservation || !pod) return;
    const claims = podClaims(store, pod);
    if (typeof claims === 'string' || !claims.every(isFullyBound)) return;
    waiting.delete(key);
    bind(pod, reservation.node, reservation.message);
  }

  return {
    waiting: () => waiting,
    reserve(pod, nodeName, message) {
      if (claimsOf(pod).length === 0) return false;
      const claims = podClaims(store, pod);
      const node = store.get('nodes', nodeName);
      if (typeof claims === 'string' || !node) return false;
      const open = claims.filter((claim) => !isFullyBound(claim));
      const plan = open.length === 0 ? undefined : planClaims(store, open, node);
      if (!plan) return false;
      waiting.set(keyOf(pod), { node: nodeName, message });
      for (const { claim, volume } of plan.bind) store.update('persistentvolumes', claimed(volume, claim));
      for (const claim of plan.provision) {
        const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: nodeName };
        store.update('persistentvolumeclaims', { ...claim, metadata: { ...claim.metadata, annotations } });
      }
      return true;
    },
  };
}
