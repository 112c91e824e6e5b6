// What a DaemonSet says of its pods. Models pkg/controller/daemon/daemon_controller.go updateDaemonSetStatus (1.32).
import type { DaemonSet } from '../../kinds/workloads.ts';
import { isPodAvailable, isPodReady } from '../../pods.ts';
import { wantedOn } from './daemon-pod.ts';
import { byAge, type DaemonView, isUpdated } from './daemon-plan.ts';

export function daemonSetStatus(view: DaemonView, collisionCount: number | undefined): DaemonSet['status'] {
  const { set, nodes, byNode, nowUnixMs } = view;
  const counts = { desired: 0, current: 0, misplaced: 0, ready: 0, updated: 0, available: 0 };
  for (const node of nodes) {
    const pods = byNode.get(node.metadata.name) ?? [];
    if (!wantedOn(set.spec.template, node).run) {
      if (pods.length > 0) counts.misplaced++;
      continue;
    }
    counts.desired++;
    // The oldest speaks for its node.
    const [pod] = pods.length > 1 ? pods.toSorted(byAge) : pods;
    if (!pod) continue;
    counts.current++;
    if (isPodReady(pod)) {
      counts.ready++;
      if (isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowUnixMs)) counts.available++;
    }
    if (isUpdated(view, pod)) counts.updated++;
  }
  const unavailable = counts.desired - counts.available;
  const { conditions } = set.status as Partial<DaemonSet['status']>;
  return {
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misplaced,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation ?? 0,
    ...(counts.updated === 0 ? {} : { updatedNumberScheduled: counts.updated }),
    ...(counts.available === 0 ? {} : { numberAvailable: counts.available }),
    ...(unavailable === 0 ? {} : { numberUnavailable: unavailable }),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    ...(conditions === undefined ? {} : { conditions }),
  };
}
