// Deletes Jobs some time after they have ended. Models pkg/controller/ttlafterfinished/ttlafterfinished_controller.go
// (1.32): in the foreground, so that the pods go first.
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { parseTime } from '../../../engine/time.ts';
import { WorkQueue } from '../../work-queue.ts';
import { finishedCondition } from '../job/job-status.ts';

export function createTtlAfterFinishedController({ sim, store }: Cluster): void {
  const queue = new WorkQueue(sim, 'controller.ttl-after-finished', latency.watch, sync);

  store.subscribe('jobs', ({ type, key, object, cause }) => {
    if (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined) return;
    if (object.spec.ttlSecondsAfterFinished !== undefined && finishedCondition(object)) queue.add(key, cause);
  });

  function sync(key: string): void {
    const job = store.get('jobs', key);
    const { ttlSecondsAfterFinished: ttl } = job?.spec ?? {};
    const finished = job && finishedCondition(job);
    if (!finished || ttl === undefined || job.metadata.deletionTimestamp !== undefined) return;
    const now = sim.epochMs + sim.now;
    const expires = (parseTime(finished.lastTransitionTime ?? '') ?? now) + ttl * 1000;
    if (now < expires) {
      queue.addAfter(key, expires - now);
      return;
    }
    sim.record('ttl-after-finished.delete', `jobs/${key}`, '', `it ended ${String(ttl)} s ago`);
    store.delete('jobs', key, { propagationPolicy: 'Foreground' });
  }
}
