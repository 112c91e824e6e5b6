// Keeps one pod of a template on each node that should have one.
// Models: pkg/controller/daemon/{daemon_controller,update}.go (1.32): nodes by node affinity and taints; pods bound by
// the scheduler through an affinity to their node; rolling updates with maxUnavailable or maxSurge; ControllerRevisions;
// bursts of 250 in a slow start that a refused pod ends; failed daemons deleted with back-off; status and events.
// Departures: expectations are not needed, because the store is never stale; a pass that made or deleted pods is
// followed by another as soon as they are seen, and only then the update goes on. The template generation is not
// compared, only the revision's hash. Duplicates of a revision are not merged, because none comes about.
import { admitPod, refusalText } from '../../api/admission/pod.ts';
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { ControllerRevision, DaemonSet } from '../../kinds/workloads.ts';
import type { Pod } from '../../objects.ts';
import { isPodActive, isPodReady, isPodTerminal } from '../../pods.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { claimRevisions, CONTROLLER_REVISION_HASH, syncRevisions } from '../history/controller-revision.ts';
import { adopted, controllerOf, controllerReference, released } from '../owner-reference.ts';
import type { PodIndex } from '../pod-index.ts';
import { daemonPod, targetNode, wantedOn } from './daemon-pod.ts';
import { type DaemonPlan, type DaemonView, planPresence, planUpdate } from './daemon-plan.ts';
import { daemonSetStatus } from './daemon-set-status.ts';

const COMPONENT = 'daemonset-controller';
const BURST_REPLICAS = 250;
const SLOW_START_INITIAL_BATCH_SIZE = 1;
/** After a pass in which a pod was refused, doubled by each further one. (workqueue.DefaultControllerRateLimiter) */
const RETRY_BASE_MS = 5;
const RETRY_MAX_MS = 1_000_000;
/** Back-off between deletions of failed daemons on one node. */
const BACKOFF_MS = 1000;
const BACKOFF_MAX_MS = 900_000;

interface Backoff {
  readonly delayMs: number;
  readonly at: number;
}

interface State {
  readonly backoffs: readonly (readonly [string, Backoff])[];
  readonly refusals: readonly (readonly [string, number])[];
}

export function createDaemonSetController(cluster: Cluster, { pods }: { readonly pods: PodIndex }): void {
  const { sim, store, events } = cluster;
  let backoffs = new Map<string, Backoff>();
  /** Passes in a row in which a pod was refused. */
  let refusals = new Map<string, number>();
  sim.register<State>({
    name: 'kubernetes.controllers.daemonset',
    save: () => ({ backoffs: [...backoffs], refusals: [...refusals] }),
    load: (state) => {
      backoffs = new Map(state.backoffs);
      refusals = new Map(state.refusals);
    },
  });
  const queue = new WorkQueue(sim, 'controller.daemonset', latency.watch, sync);

  store.subscribe('daemonsets', ({ type, key, object, cause }) => {
    if (type !== 'DELETED') {
      queue.add(key, cause);
      return;
    }
    refusals.delete(key);
    for (const node of [...backoffs.keys()]) if (node.startsWith(`${object.metadata.uid}/`)) backoffs.delete(node);
  });
  store.subscribe('controllerrevisions', ({ type, object, cause }) => {
    const owner = controllerOf(object);
    if (type === 'DELETED' && owner?.kind === 'DaemonSet')
      queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`, cause);
  });
  store.subscribe('nodes', ({ type, object, before, cause }) => {
    if (type === 'DELETED' || store.size('daemonsets') === 0) return;
    for (const set of store.values('daemonsets')) {
      const { template } = set.spec;
      const now = wantedOn(template, object);
      const then = before && wantedOn(template, before);
      if (then ? then.run !== now.run || then.stay !== now.stay : now.run) queue.add(keyOf(set), cause);
    }
  });
  store.subscribe('pods', ({ type, object, before, cause }) => {
    if (store.size('daemonsets') === 0) return;
    const { namespace = '' } = object.metadata;
    const owner = controllerOf(object);
    const ownerBefore = before && controllerOf(before);
    if (ownerBefore?.kind === 'DaemonSet' && ownerBefore.uid !== owner?.uid)
      queue.add(`${namespace}/${ownerBefore.name}`, cause);
    if (owner) {
      if (owner.kind === 'DaemonSet' && (type !== 'MODIFIED' || !before || matters(before, object)))
        queue.add(`${namespace}/${owner.name}`, cause);
      return;
    }
    if (type === 'DELETED') return;
    for (const set of store.values('daemonsets'))
      if (set.metadata.namespace === namespace && matchesLabelSelector(set.spec.selector, object.metadata.labels))
        queue.add(keyOf(set), cause);
  });

  function sync(key: string): void {
    const set = store.get('daemonsets', key);
    if (!set) return;
    const { matchLabels = {}, matchExpressions = [] } = set.spec.selector;
    if (Object.keys(matchLabels).length === 0 && matchExpressions.length === 0) {
      const message = 'This daemon set is selecting all pods. A non-empty selector is required.';
      event(set, 'Warning', 'SelectingAll', message);
      return;
    }
    if (set.metadata.deletionTimestamp !== undefined) return;
    const history = claimRevisions(store, set);
    const { update, collisionCount } = syncRevisions(store, set, history, undefined, CONTROLLER_REVISION_HASH);
    const hash = update.metadata.labels?.[CONTROLLER_REVISION_HASH] ?? '';
    claim(set);
    const acted = carryOut(
      set,
      hash,
      planPresence(look(set, hash), (pod, node) => finished(key, set, pod, node)),
    );
    if (!acted && set.spec.updateStrategy.type === 'RollingUpdate') carryOut(set, hash, planUpdate(look(set, hash)));
    cleanup(
      set,
      history.filter(({ metadata }) => metadata.uid !== update.metadata.uid),
    );
    const view = look(set, hash);
    const status = daemonSetStatus(view, collisionCount);
    store.updateStatus('daemonsets', key, status);
    const { minReadySeconds = 0 } = set.spec;
    if (minReadySeconds > 0 && status.numberReady !== (status.numberAvailable ?? 0))
      queue.addAfter(key, minReadySeconds * 1000 + 1000, null);
  }

  function look(set: DaemonSet, hash: string): DaemonView {
    const byNode = new Map<string, Pod[]>();
    for (const pod of pods.ofController(set.metadata.uid).pods.values()) {
      // One that has finished and is being deleted counts no more; its name is all that is left.
      if (isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined) continue;
      const node = targetNode(pod);
      if (node === undefined) continue;
      const list = byNode.get(node);
      if (list) list.push(pod);
      else byNode.set(node, [pod]);
    }
    return { set, nodes: store.list('nodes'), byNode, hash, nowUnixMs: sim.epochMs + sim.now };
  }

  /** Lets go of pods that match no more, and takes in matching ones that nobody owns. */
  function claim(set: DaemonSet): void {
    const { uid, namespace = '' } = set.metadata;
    const { selector } = set.spec;
    const matches = ({ metadata }: Pod) => matchesLabelSelector(selector, metadata.labels);
    for (const pod of [...pods.ofController(uid).pods.values()])
      if (pod.metadata.deletionTimestamp === undefined && !matches(pod))
        store.update('pods', { ...pod, metadata: released(pod.metadata, uid) });
    for (const pod of [...pods.orphans(namespace).values()])
      if (isPodActive(pod) && matches(pod))
        store.update('pods', { ...pod, metadata: adopted(pod.metadata, controllerReference(set)) });
  }

  /** Makes and deletes pods, as many as one pass may; true when there was anything to do. */
  function carryOut(set: DaemonSet, hash: string, plan: DaemonPlan): boolean {
    const namespace = store.get('namespaces', set.metadata.namespace ?? '');
    const leaving = namespace?.metadata.deletionTimestamp !== undefined;
    const create = leaving ? [] : plan.create.slice(0, BURST_REPLICAS);
    const gone = plan.delete.slice(0, BURST_REPLICAS);
    createOn(set, create, hash);
    for (const pod of gone) {
      store.delete('pods', keyOf(pod));
      event(set, 'Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
    return create.length + gone.length > 0;
  }

  /** In batches that double; one with a refused pod is the last, and the set is tried again later. */
  function createOn(set: DaemonSet, nodes: readonly string[], hash: string): void {
    const key = keyOf(set);
    let refused = false;
    let batch = SLOW_START_INITIAL_BATCH_SIZE;
    for (let at = 0; at < nodes.length && !refused; at += batch, batch *= 2)
      for (const node of nodes.slice(at, at + batch)) {
        const admitted = admitPod(store, daemonPod(set, node, hash));
        if ('refused' in admitted) {
          refused = true;
          event(set, 'Warning', 'FailedCreate', `Error creating: ${refusalText(admitted)}`);
          continue;
        }
        const pod = store.create('pods', admitted.pod);
        event(set, 'Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      }
    if (!refused) {
      refusals.delete(key);
      return;
    }
    const count = refusals.get(key) ?? 0;
    refusals.set(key, count + 1);
    queue.addAfter(key, Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** Math.min(count, 18)));
  }

  /** Says that a daemon has finished; false while a failed one must wait. */
  function finished(key: string, set: DaemonSet, pod: Pod, node: string): boolean {
    const where = `${pod.metadata.namespace ?? ''}/${pod.metadata.name} on node ${node}`;
    if (pod.status.phase === 'Succeeded') {
      const message = `Found succeeded daemon pod ${where}, will try to delete it`;
      event(set, 'Normal', 'SucceededDaemonPod', message);
      return true;
    }
    const id = `${set.metadata.uid}/${String(set.status.observedGeneration ?? 0)}/${node}`;
    const known = backoffs.get(id);
    const fresh = known && sim.now - known.at <= 2 * BACKOFF_MAX_MS ? known : undefined;
    if (fresh && sim.now - fresh.at < fresh.delayMs) {
      queue.addAfter(key, fresh.delayMs);
      return false;
    }
    const delayMs = fresh ? Math.min(2 * fresh.delayMs, BACKOFF_MAX_MS) : BACKOFF_MS;
    backoffs.set(id, { delayMs, at: sim.now });
    event(set, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${where}, will try to kill it`);
    return true;
  }

  /** Drops the oldest revisions beyond the limit, but none that a pod still has. */
  function cleanup(set: DaemonSet, old: readonly ControllerRevision[]): void {
    let left = old.length - set.spec.revisionHistoryLimit;
    if (left <= 0) return;
    const live = new Set<string | undefined>();
    for (const { metadata } of pods.ofController(set.metadata.uid).pods.values())
      live.add(metadata.labels?.[CONTROLLER_REVISION_HASH]);
    for (const revision of old) {
      if (left <= 0) return;
      if (live.has(revision.metadata.labels?.[CONTROLLER_REVISION_HASH])) continue;
      store.delete('controllerrevisions', keyOf(revision));
      left--;
    }
  }

  function event(set: DaemonSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.record(referenceTo(set), type, reason, message, COMPONENT);
  }
}

/** True when the change is one that a DaemonSet counts or acts by. */
function matters(before: Pod, after: Pod): boolean {
  return (
    before.metadata.labels !== after.metadata.labels ||
    before.metadata.ownerReferences !== after.metadata.ownerReferences ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.spec.nodeName !== after.spec.nodeName ||
    before.status.phase !== after.status.phase ||
    isPodReady(before) !== isPodReady(after)
  );
}
