// Removes pods whose node has vanished.
// Models: pkg/controller/podgc/gc_controller.go gcOrphaned (1.32): a pass every 20 s, a node must have been missing
// for 40 s. Leaves out: the limit of 12,500 finished pods, nodes taken out of service. Passes in which nothing can
// be found are not simulated.
import type { Cluster } from '../../cluster.ts';
import { phase } from '../../../engine/simulation.ts';
import { setCondition } from '../../pods.ts';
import type { PodIndex } from '../pod-index.ts';

const CHECK_PERIOD_MS = 20_000;
const QUARANTINE_MS = 40_000;

interface OrphanEvent {
  readonly kind: 'controller.podgc';
  readonly node: string;
}

export function createPodGarbageCollector(cluster: Cluster, { pods }: { readonly pods: PodIndex }): void {
  const { sim, store } = cluster;
  store.subscribe('nodes', ({ type, key, cause }) => {
    if (type !== 'DELETED') return;
    const noticed = Math.ceil(sim.now / CHECK_PERIOD_MS) * CHECK_PERIOD_MS;
    sim.schedule<OrphanEvent>(
      noticed + QUARANTINE_MS,
      phase.controller,
      { kind: 'controller.podgc', node: key },
      cause,
    );
  });
  sim.on<OrphanEvent>('controller.podgc', ({ node }) => {
    if (store.get('nodes', node)) return;
    for (const [key, pod] of [...pods.onNode(node)]) {
      sim.record('podgc.orphaned', `pods/${key}`, 'DeletionByPodGC', `node ${node} no longer exists`);
      const conditions = setCondition(pod.status.conditions, {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'DeletionByPodGC',
        message: 'PodGC: node no longer exists',
        lastTransitionTime: store.timestamp,
      });
      const failed = pod.status.phase === 'Succeeded' ? pod.status.phase : 'Failed';
      store.updateStatus('pods', key, { ...pod.status, phase: failed, conditions });
      store.delete('pods', key, { gracePeriodSeconds: 0 });
    }
  });
}
