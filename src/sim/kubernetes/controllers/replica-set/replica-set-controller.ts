// Keeps as many pods of a template as asked for.
// Models: pkg/controller/replicaset/replica_set.go (1.32): claiming by selector and owner reference, bursts of 500,
// slow start (1, 2, 4, … while creation succeeds), deletion order, status with minReadySeconds, events.
// Departures: expectations are not needed, because the store is never stale; a pass that is cut short by the burst
// limit is followed by another as soon as its own pods are seen. Pod creation fails only when `refusePod` says so.
import { admitPod, refusalText } from '../../api/admission/pod.ts';
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { Pod, ReplicaSet } from '../../objects.ts';
import { isPodActive, isPodReady } from '../../pods.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { adopted, controllerOf, controllerReference, released } from '../owner-reference.ts';
import type { PodIndex } from '../pod-index.ts';
import { podsToDelete } from './active-pods.ts';
import { podFromTemplate } from './pod-from-template.ts';
import { observeReplicas, type ReplicaFailure } from './replica-set-status.ts';

const BURST_REPLICAS = 500;
const SLOW_START_INITIAL_BATCH_SIZE = 1;
/** Delay after the first failure, doubled by each further one. (workqueue.DefaultControllerRateLimiter) */
const RETRY_BASE_MS = 5;
const RETRY_MAX_MS = 1_000_000;
const COMPONENT = 'replicaset-controller';

export interface ReplicaSetDependencies {
  readonly pods: PodIndex;
  /** Why the API server would refuse a pod, for example a quota; undefined admits it. */
  readonly refusePod?: (replicaSet: ReplicaSet) => string | undefined;
}

interface State {
  readonly adoptionDue: readonly string[];
  readonly failures: readonly (readonly [string, number])[];
}

export function createReplicaSetController(cluster: Cluster, { pods, refusePod }: ReplicaSetDependencies): void {
  const { sim, store, events } = cluster;
  /** ReplicaSets that may have pods to adopt: new ones, changed ones, and those that a pod without owner matches. */
  let adoptionDue = new Set<string>();
  let failures = new Map<string, number>();
  const queue = new WorkQueue(sim, 'controller.replicaset', latency.watch, sync);
  sim.register<State>({
    name: 'kubernetes.controllers.replicaset',
    save: () => ({ adoptionDue: [...adoptionDue], failures: [...failures] }),
    load: (state) => {
      adoptionDue = new Set(state.adoptionDue);
      failures = new Map(state.failures);
    },
  });

  store.subscribe('replicasets', ({ key, type, object, before, cause }) => {
    if (type === 'DELETED') {
      failures.delete(key);
      return;
    }
    if (before?.spec !== object.spec) adoptionDue.add(key);
    queue.add(key, cause);
  });
  store.subscribe('pods', ({ type, object, before, cause }) => {
    const owner = controllerOf(object);
    const ownerBefore =
      before && before.metadata.ownerReferences !== object.metadata.ownerReferences ? controllerOf(before) : owner;
    const { namespace = '' } = object.metadata;
    if (ownerBefore?.kind === 'ReplicaSet' && ownerBefore.uid !== owner?.uid)
      queue.add(`${namespace}/${ownerBefore.name}`, cause);
    if (owner) {
      if (owner.kind === 'ReplicaSet' && (type !== 'MODIFIED' || !before || matters(before, object)))
        queue.add(`${namespace}/${owner.name}`, cause);
      return;
    }
    if (type === 'DELETED' || (before?.metadata.labels === object.metadata.labels && ownerBefore === undefined)) return;
    for (const replicaSet of store.values('replicasets')) {
      if (replicaSet.metadata.namespace !== namespace) continue;
      if (!matchesLabelSelector(replicaSet.spec.selector, object.metadata.labels)) continue;
      adoptionDue.add(keyOf(replicaSet));
      queue.add(keyOf(replicaSet), cause);
    }
  });

  function sync(key: string): void {
    const replicaSet = store.get('replicasets', key);
    if (!replicaSet) return;
    let failure: ReplicaFailure | undefined;
    if (replicaSet.metadata.deletionTimestamp === undefined) {
      claim(key, replicaSet);
      failure = manage(replicaSet);
    }
    const now = sim.epochMs + sim.now;
    const owned = pods.ofController(replicaSet.metadata.uid);
    const { status, nextAvailable } = observeReplicas(replicaSet, owned, failure, now, store.timestamp);
    store.updateStatus('replicasets', key, status);
    if (nextAvailable !== undefined) queue.addAfter(key, Math.max(0, nextAvailable - now), null);
    if (failure) {
      const count = failures.get(key) ?? 0;
      failures.set(key, count + 1);
      queue.addAfter(key, Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(count, 18)));
    } else failures.delete(key);
  }

  /** Lets go of pods that match no more, and takes in matching ones that nobody owns. (PodControllerRefManager) */
  function claim(key: string, replicaSet: ReplicaSet): void {
    const { uid, namespace = '' } = replicaSet.metadata;
    const { selector } = replicaSet.spec;
    const owned = pods.ofController(uid);
    const strays = [...owned.labels.keys()].filter((labels) => !matchesLabelSelector(selector, labels));
    if (strays.length > 0)
      for (const pod of [...owned.pods.values()])
        if (isPodActive(pod) && strays.includes(pod.metadata.labels))
          store.update('pods', { ...pod, metadata: released(pod.metadata, uid) });
    if (!adoptionDue.delete(key)) return;
    for (const pod of [...pods.orphans(namespace).values()])
      if (isPodActive(pod) && matchesLabelSelector(selector, pod.metadata.labels))
        store.update('pods', { ...pod, metadata: adopted(pod.metadata, controllerReference(replicaSet)) });
  }

  /** Creates or deletes pods towards the number asked for. */
  function manage(replicaSet: ReplicaSet): ReplicaFailure | undefined {
    const owned = pods.ofController(replicaSet.metadata.uid);
    const missing = replicaSet.spec.replicas - owned.active;
    if (missing > 0) return create(replicaSet, missing);
    if (missing === 0) return undefined;
    const active = [...owned.pods.values()].filter(isPodActive);
    const count = Math.min(-missing, BURST_REPLICAS);
    const chosen = podsToDelete(active, related(replicaSet), count, sim.epochMs + sim.now);
    for (const pod of chosen) {
      store.delete('pods', keyOf(pod));
      event(replicaSet, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
    if (chosen.length < -missing) queue.add(keyOf(replicaSet));
    return undefined;
  }

  function create(replicaSet: ReplicaSet, missing: number): ReplicaFailure | undefined {
    // A namespace that is going away takes nothing new; the ReplicaSet will go with it.
    const namespace = store.get('namespaces', replicaSet.metadata.namespace ?? '');
    if (namespace?.metadata.deletionTimestamp !== undefined) return undefined;
    const draft = podFromTemplate(replicaSet);
    const wanted = Math.min(missing, BURST_REPLICAS);
    let left = wanted;
    for (let batch = Math.min(left, SLOW_START_INITIAL_BATCH_SIZE); batch > 0; batch = Math.min(2 * batch, left)) {
      let refused: string | undefined;
      for (let i = 0; i < batch; i++) {
        const admitted = admitPod(store, draft);
        const why = refusePod?.(replicaSet) ?? ('refused' in admitted ? refusalText(admitted) : undefined);
        if (why !== undefined || 'refused' in admitted) {
          refused = why;
          event(replicaSet, 'Warning', 'FailedCreate', `Error creating: ${why ?? ''}`);
          continue;
        }
        const pod = store.create('pods', admitted.pod);
        if (events.accepts?.('Normal') !== false)
          event(replicaSet, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      }
      // A batch with a refused pod ends the pass: each of its pods was tried, none of the later batches.
      if (refused !== undefined) return { reason: 'FailedCreate', message: refused };
      left -= batch;
    }
    if (wanted < missing) queue.add(keyOf(replicaSet));
    return undefined;
  }

  /** Pods of all ReplicaSets with the same owner; without an owner, its own. (getIndirectlyRelatedPods) */
  function* related(replicaSet: ReplicaSet): Iterable<Pod> {
    const owner = controllerOf(replicaSet);
    if (!owner) {
      yield* pods.ofController(replicaSet.metadata.uid).pods.values();
      return;
    }
    for (const sibling of store.values('replicasets'))
      if (controllerOf(sibling)?.uid === owner.uid) yield* pods.ofController(sibling.metadata.uid).pods.values();
  }

  function event(replicaSet: ReplicaSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.record(referenceTo(replicaSet), type, reason, message, COMPONENT);
  }
}

/** True when the change is one that a ReplicaSet counts or claims by. */
function matters(before: Pod, after: Pod): boolean {
  return (
    before.metadata.labels !== after.metadata.labels ||
    before.metadata.ownerReferences !== after.metadata.ownerReferences ||
    isPodActive(before) !== isPodActive(after) ||
    isPodReady(before) !== isPodReady(after)
  );
}
