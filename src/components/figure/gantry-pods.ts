// Which pod hangs on the hook: the one that the reader pointed at, else the one that the scheduler is about to look at
// or looked at last.
import type { ClusterSnapshot, PodSnapshot } from '../../sim/snapshot.ts';

/** @param workload the name of the workload that the figure is about; the newest of all when it has no pod */
export function onHook(
  snapshot: Pick<ClusterSnapshot, 'pods' | 'ledger'>,
  picked: string | undefined,
  workload: string | undefined,
): PodSnapshot | undefined {
  const chosen = snapshot.pods.find(({ key }) => key === picked);
  if (chosen) return chosen;
  const own = workload === undefined ? [] : snapshot.pods.filter((pod) => pod.workload.endsWith(`/${workload}`));
  return newest(snapshot, own) ?? newest(snapshot, snapshot.pods);
}

function newest({ ledger }: Pick<ClusterSnapshot, 'ledger'>, pods: readonly PodSnapshot[]): PodSnapshot | undefined {
  const tried = ledger.filter(({ kind }) => kind === 'scheduler.bound' || kind === 'scheduler.failed');
  const fresh = pods.find(
    (pod) =>
      pod.node === null && pod.phase === 'Pending' && !tried.some(({ subject }) => subject === `pods/${pod.key}`),
  );
  if (fresh) return fresh;
  const last = tried.findLast(({ subject }) => pods.some(({ key }) => subject === `pods/${key}`));
  return pods.find(({ key }) => last?.subject === `pods/${key}`);
}
