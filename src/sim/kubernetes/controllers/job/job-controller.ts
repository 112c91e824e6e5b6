// Runs pods until enough of them have succeeded, or too many have failed.
// Models pkg/controller/job/job_controller.go (1.32) with its feature gates as they stand by default: counting by
// finalizers, the interim conditions FailureTarget and SuccessCriteriaMet, back-off limits by index, pod failure,
// success and replacement policies. Changes of pods are taken together for a second, as there.
// Departures: expectations are not needed, because the store is never stale; what happens to pods of equal standing is
// in the order of their names.
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { Job } from '../../kinds/workloads.ts';
import type { Pod } from '../../objects.ts';
import { isPodActive } from '../../pods.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { adopted, controllerOf, controllerReference, released } from '../owner-reference.ts';
import type { PodIndex } from '../pod-index.ts';
import { type BackoffRecord, NO_FAILURES } from './back-off.ts';
import { isTracked, JOB_TRACKING, untracked } from './job-pods.ts';
import { finishedCondition } from './job-status.ts';
import { JobSync } from './job-sync.ts';

/** Changes of pods within this time make one pass. (syncJobBatchPeriod) */
const BATCH_MS = 1000;
/** After a refusal, doubled by each further one. (DefaultJobApiBackOff, MaxJobApiBackOff) */
const RETRY_BASE_MS = 1000;
const RETRY_MAX_MS = 60_000;
const COMPONENT = 'job-controller';
const OWN_NAME = 'kubernetes.io/job-controller';

interface State {
  readonly adoptionDue: readonly string[];
  readonly backoffs: readonly (readonly [string, BackoffRecord])[];
  readonly refusals: readonly (readonly [string, number])[];
}

export function createJobController(cluster: Cluster, { pods }: { readonly pods: PodIndex }): void {
  const { sim, store, events } = cluster;
  let adoptionDue = new Set<string>();
  let backoffs = new Map<string, BackoffRecord>();
  /** Passes in a row in which a pod was refused. */
  let refusals = new Map<string, number>();
  const queue = new WorkQueue(sim, 'controller.job', latency.watch, sync);
  const orphans = new WorkQueue(sim, 'controller.job.orphan-pods', latency.watch, releaseOrphan);
  sim.register<State>({
    name: 'kubernetes.controllers.job',
    save: () => ({ adoptionDue: [...adoptionDue], backoffs: [...backoffs], refusals: [...refusals] }),
    load: (state) => {
      adoptionDue = new Set(state.adoptionDue);
      backoffs = new Map(state.backoffs);
      refusals = new Map(state.refusals);
    },
  });

  store.subscribe('jobs', ({ key, type, object, before, cause }) => {
    if (type === 'DELETED') {
      backoffs.delete(key);
      refusals.delete(key);
      releaseAll(object, cause);
      return;
    }
    if (before?.spec.selector !== object.spec.selector) adoptionDue.add(key);
    if (finishedCondition(object)) releaseAll(object, cause);
    if (before && before.metadata.generation === object.metadata.generation) queue.addAfter(key, BATCH_MS, cause);
    else queue.add(key, cause);
  });
  store.subscribe('pods', ({ key, type, object, before, cause }) => {
    const owner = controllerOf(object);
    const { namespace = '' } = object.metadata;
    if (owner?.kind !== 'Job') {
      const ownerBefore = before && controllerOf(before);
      if (ownerBefore?.kind === 'Job') queue.addAfter(`${namespace}/${ownerBefore.name}`, BATCH_MS, cause);
      if (owner || type === 'DELETED' || store.size('jobs') === 0) return;
      if (isTracked(object)) orphans.add(key, cause);
      if (before?.metadata.labels !== object.metadata.labels || ownerBefore) offer(object, cause);
      return;
    }
    const jobKey = `${namespace}/${owner.name}`;
    const job = store.get('jobs', jobKey);
    if (job?.metadata.uid === owner.uid) queue.addAfter(jobKey, BATCH_MS, cause);
    if (type !== 'DELETED' && isTracked(object) && (job?.metadata.uid !== owner.uid || finishedCondition(job)))
      orphans.add(key, cause);
  });

  /** A pod without owner may be one that a Job selects. */
  function offer(pod: Pod, cause: number): void {
    for (const job of store.values('jobs')) {
      if (job.metadata.namespace !== pod.metadata.namespace) continue;
      if (!matchesLabelSelector(job.spec.selector, pod.metadata.labels)) continue;
      adoptionDue.add(keyOf(job));
      queue.addAfter(keyOf(job), BATCH_MS, cause);
    }
  }

  function releaseAll(job: Job, cause: number): void {
    for (const [key, pod] of pods.ofController(job.metadata.uid).pods) if (isTracked(pod)) orphans.add(key, cause);
  }

  /** A pod that no unfinished Job counts must not be held back. */
  function releaseOrphan(key: string): void {
    const pod = store.get('pods', key);
    if (!pod || !isTracked(pod)) return;
    const owner = controllerOf(pod);
    if (owner && owner.kind !== 'Job') return;
    const job = owner && store.get('jobs', `${pod.metadata.namespace ?? ''}/${owner.name}`);
    if (job?.metadata.uid === owner?.uid && job && (isForeign(job) || !finishedCondition(job))) return;
    store.update('pods', untracked(pod));
  }

  function sync(key: string): void {
    const job = store.get('jobs', key);
    if (!job || isForeign(job)) return;
    if (finishedCondition(job)) {
      backoffs.delete(key);
      return;
    }
    claim(key, job);
    const own = [...pods.ofController(job.metadata.uid).pods.values()].sort(byName);
    const pass = new JobSync(
      store,
      sim.epochMs + sim.now,
      job,
      own,
      backoffs.get(key) ?? NO_FAILURES,
      (type, reason, message) => {
        events.record(referenceTo(store.get('jobs', key) ?? job), type, reason, message, COMPONENT);
      },
    );
    const again = pass.run();
    backoffs.set(key, pass.backoff);
    if (again !== undefined) queue.addAfter(key, again, null);
    const tries = pass.refused ? (refusals.get(key) ?? 0) + 1 : 0;
    if (tries === 0) refusals.delete(key);
    else {
      refusals.set(key, tries);
      queue.addAfter(key, Math.min(RETRY_BASE_MS * 2 ** (tries - 1), RETRY_MAX_MS), null);
    }
  }

  /** Lets go of pods that match no more, and takes in matching ones that nobody owns. */
  function claim(key: string, job: Job): void {
    const { uid, namespace = '', deletionTimestamp } = job.metadata;
    const { selector } = job.spec;
    if (!selector || deletionTimestamp !== undefined) return;
    for (const [labels] of [...pods.ofController(uid).labels])
      if (!matchesLabelSelector(selector, labels))
        for (const pod of [...pods.ofController(uid).pods.values()])
          if (pod.metadata.labels === labels && isPodActive(pod))
            store.update('pods', untracked({ ...pod, metadata: released(pod.metadata, uid) }));
    if (!adoptionDue.delete(key)) return;
    for (const pod of [...pods.orphans(namespace).values()]) {
      if (!isPodActive(pod) || !matchesLabelSelector(selector, pod.metadata.labels)) continue;
      const metadata = adopted(pod.metadata, controllerReference(job));
      const finalizers = [...(metadata.finalizers ?? []).filter((name) => name !== JOB_TRACKING), JOB_TRACKING];
      store.update('pods', { ...pod, metadata: { ...metadata, finalizers } });
    }
  }
}

/** Another controller has been named for it. */
function isForeign({ spec }: Job): boolean {
  return spec.managedBy !== undefined && spec.managedBy !== OWN_NAME;
}

function byName(a: Pod, b: Pod): number {
  return a.metadata.name < b.metadata.name ? -1 : 1;
}
