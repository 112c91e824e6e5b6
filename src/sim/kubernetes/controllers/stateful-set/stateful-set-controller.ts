// Keeps a StatefulSet's pods: one for each number, in order, each with its own name and storage.
// Models pkg/controller/statefulset/{stateful_set,stateful_set_control,stateful_pod_control}.go (1.32) with its feature
// gates as they stand by default (StatefulSetAutoDeletePVC on, MaxUnavailableStatefulSet off).
// Departure: claims that a retention policy ties to a pod are tied before that pod is deleted, in the same pass.
import { completeObject, refuseObject } from '../../api/admission/classes.ts';
import { admitPod, refusalText } from '../../api/admission/pod.ts';
import { resourceInfo } from '../../resources.ts';
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { parseTime } from '../../../engine/time.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { StatefulSet } from '../../kinds/workloads.ts';
import type { Pod } from '../../objects.ts';
import { isPodTerminal, podCondition } from '../../pods.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { claimRevisions, type Revisions, syncRevisions, truncateHistory } from '../history/controller-revision.ts';
import type { JsonObject } from '../../api/json.ts';
import { adopted, controllerOf, controllerReference, released } from '../owner-reference.ts';
import type { PodIndex } from '../pod-index.ts';
import {
  claimNames,
  claimOwner,
  claimsOf,
  isHealthy,
  isRunningAndAvailable,
  isRunningAndReady,
  isTerminating,
  ordinalOf,
  podOf,
  revisionOf,
  startOrdinal,
} from './stateful-pods.ts';

const COMPONENT = 'statefulset-controller';
/** After a refusal, doubled by each further one. (workqueue.DefaultControllerRateLimiter) */
const RETRY_BASE_MS = 5;
const RETRY_MAX_MS = 1_000_000;

export function createStatefulSetController(cluster: Cluster, { pods }: { readonly pods: PodIndex }): void {
  const { sim, store, events } = cluster;
  const queue = new WorkQueue(sim, 'controller.statefulset', latency.watch, sync);
  /** Passes in a row in which a pod was refused. */
  let refusals = new Map<string, number>();
  sim.register<readonly (readonly [string, number])[]>({
    name: 'kubernetes.controllers.statefulset',
    save: () => [...refusals],
    load: (state) => {
      refusals = new Map(state);
    },
  });

  store.subscribe('statefulsets', ({ type, key, cause }) => {
    if (type === 'DELETED') refusals.delete(key);
    else queue.add(key, cause);
  });
  store.subscribe('pods', ({ type, object, before, cause }) => {
    const owner = controllerOf(object);
    const { namespace = '' } = object.metadata;
    const ownerBefore = before && controllerOf(before);
    if (ownerBefore?.kind === 'StatefulSet' && ownerBefore.uid !== owner?.uid)
      queue.add(`${namespace}/${ownerBefore.name}`, cause);
    if (owner?.kind === 'StatefulSet') queue.add(`${namespace}/${owner.name}`, cause);
    if (owner || type === 'DELETED' || (before?.metadata.labels === object.metadata.labels && !ownerBefore)) return;
    for (const set of store.values('statefulsets'))
      if (set.metadata.namespace === namespace && matchesLabelSelector(set.spec.selector, object.metadata.labels))
        queue.add(keyOf(set), cause);
  });
  // A claim in the way of a new one of the same name has gone.
  store.subscribe('persistentvolumeclaims', ({ type, object, cause }) => {
    if (type !== 'DELETED' || store.size('statefulsets') === 0) return;
    for (const set of store.values('statefulsets'))
      if (set.metadata.namespace === object.metadata.namespace && set.spec.volumeClaimTemplates)
        queue.add(keyOf(set), cause);
  });

  function sync(key: string): void {
    const set = store.get('statefulsets', key);
    if (!set) return;
    const revisions = claimRevisions(store, set);
    claim(set);
    const chosen = syncRevisions(store, set, revisions, set.status.currentRevision);
    update(set, chosen);
    writeStatus(key, chosen);
    const live = new Set([chosen.current.metadata.name, chosen.update.metadata.name]);
    for (const pod of owned(set)) live.add(revisionOf(pod) ?? '');
    truncateHistory(store, revisions, live, set.spec.revisionHistoryLimit);
    waitForAvailability(set);
  }

  function owned(set: StatefulSet): readonly Pod[] {
    return [...pods.ofController(set.metadata.uid).pods.values()];
  }

  /** Lets go of pods that match no more; takes in matching ones of the right name that nobody owns. */
  function claim(set: StatefulSet): void {
    const { uid, namespace = '', deletionTimestamp } = set.metadata;
    if (deletionTimestamp !== undefined) return;
    const fits = (pod: Pod) => matchesLabelSelector(set.spec.selector, pod.metadata.labels);
    for (const pod of owned(set))
      if (!fits(pod)) store.update('pods', { ...pod, metadata: released(pod.metadata, uid) });
    for (const pod of [...pods.orphans(namespace).values()])
      if (fits(pod) && ordinalOf(pod, set) !== undefined && !isTerminating(pod))
        store.update('pods', { ...pod, metadata: adopted(pod.metadata, controllerReference(set)) });
  }

  // ---- One pass

  function update(set: StatefulSet, revisions: Revisions): void {
    if (set.metadata.deletionTimestamp !== undefined) return;
    const start = startOrdinal(set);
    const replicas: (Pod | undefined)[] = Array.from({ length: set.spec.replicas }, () => undefined);
    const condemned: { readonly pod: Pod; readonly ordinal: number }[] = [];
    for (const pod of owned(set)) {
      const ordinal = ordinalOf(pod, set);
      if (ordinal === undefined) continue;
      if (ordinal >= start && ordinal < start + replicas.length) replicas[ordinal - start] = pod;
      else condemned.push({ pod, ordinal });
    }
    condemned.sort((a, b) => b.ordinal - a.ordinal);
    const firstUnhealthy = firstUnhealthyPod(replicas, condemned);
    const monotonic = set.spec.podManagementPolicy !== 'Parallel';
    for (let i = 0; i < replicas.length; i++)
      if (processReplica(set, revisions, replicas, i, monotonic) && monotonic) return;
    for (const { pod, ordinal } of condemned) tieClaims(set, pod, ordinal);
    for (const { pod } of condemned) {
      if (isTerminating(pod)) {
        if (monotonic) return;
        continue;
      }
      // In order, an unhealthy pod in front of this one must go or recover first.
      const ready = isRunningAndReady(pod) && isRunningAndAvailable(pod, set, now());
      if (monotonic && !ready && pod !== firstUnhealthy) return;
      remove(set, pod);
      if (monotonic) return;
    }
    if (set.spec.updateStrategy.type !== 'OnDelete') roll(set, revisions, replicas);
  }

  /** The pod that holds everything up: the lowest number that is not healthy. Undefined also when it does not exist. */
  function firstUnhealthyPod(
    replicas: readonly (Pod | undefined)[],
    condemned: readonly { readonly pod: Pod }[],
  ): Pod | undefined {
    for (const pod of replicas) if (!pod || !isHealthy(pod)) return pod;
    return condemned.findLast(({ pod }) => !isHealthy(pod))?.pod;
  }

  /** True when the pods after this one must wait. */
  function processReplica(
    set: StatefulSet,
    revisions: Revisions,
    replicas: (Pod | undefined)[],
    i: number,
    monotonic: boolean,
  ): boolean {
    const ordinal = startOrdinal(set) + i;
    const pod = replicas[i];
    if (pod && isPodTerminal(pod)) {
      // Whatever the exit code was, the pod is made anew once this one is gone.
      if (!isTerminating(pod)) remove(set, pod);
      return true;
    }
    if (!pod) {
      replicas[i] = create(set, revisions, ordinal);
      if (monotonic || !replicas[i]) return true;
    } else if (pod.status.phase === 'Pending') createClaims(set, ordinal);
    if (!pod || !monotonic) {
      if (pod) tieClaims(set, pod, ordinal);
      return false;
    }
    if (isTerminating(pod) || !isRunningAndReady(pod) || !isRunningAndAvailable(pod, set, now())) return true;
    tieClaims(set, pod, ordinal);
    return false;
  }

  /** Deletes, from the highest number down, the first pod that is not of the new revision; waits for unhealthy ones. */
  function roll(set: StatefulSet, { update }: Revisions, replicas: readonly (Pod | undefined)[]): void {
    const partition = set.spec.updateStrategy.rollingUpdate?.partition ?? 0;
    for (let i = replicas.length - 1; i >= partition; i--) {
      const pod = replicas[i];
      if (!pod) return;
      if (revisionOf(pod) !== update.metadata.name && !isTerminating(pod)) {
        remove(set, pod);
        return;
      }
      if (!isHealthy(pod)) return;
    }
  }

  // ---- Pods and claims

  function create(set: StatefulSet, { current, update }: Revisions, ordinal: number): Pod | undefined {
    const { namespace = '' } = set.metadata;
    if (store.get('namespaces', namespace)?.metadata.deletionTimestamp !== undefined) return undefined;
    // A claim on its way out must be gone first, or the new pod would get it.
    for (const name of claimNames(set, ordinal))
      if (store.get('persistentvolumeclaims', `${namespace}/${name}`)?.metadata.deletionTimestamp !== undefined)
        return undefined;
    const draft = podOf(set, ordinal, isBelowPartition(set, ordinal) ? current : update);
    const name = draft.metadata.name ?? '';
    const what = `create Pod ${name} in StatefulSet ${set.metadata.name}`;
    const wrong = createClaims(set, ordinal);
    if (wrong !== undefined) {
      event(set, 'Warning', 'FailedCreate', `${what} failed error: ${wrong}`);
      retry(set);
      return undefined;
    }
    const taken = store.get('pods', `${namespace}/${name}`) !== undefined;
    const admitted = admitPod(store, draft);
    if (taken || 'refused' in admitted) {
      // A pod of that name that is not the set's own is waited for in silence.
      if (!taken && 'refused' in admitted)
        event(set, 'Warning', 'FailedCreate', `${what} failed error: ${refusalText(admitted)}`);
      retry(set);
      return undefined;
    }
    refusals.delete(keyOf(set));
    const pod = store.create('pods', admitted.pod);
    event(set, 'Normal', 'SuccessfulCreate', `${what} successful`);
    return pod;
  }

  function retry(set: StatefulSet): void {
    const tries = (refusals.get(keyOf(set)) ?? 0) + 1;
    refusals.set(keyOf(set), tries);
    queue.addAfter(keyOf(set), Math.min(RETRY_BASE_MS * 2 ** (tries - 1), RETRY_MAX_MS), null);
  }

  /** @returns what was wrong, when a claim was refused */
  function createClaims(set: StatefulSet, ordinal: number): string | undefined {
    const wrong: string[] = [];
    const { namespace = 'default' } = set.metadata;
    const info = resourceInfo('persistentvolumeclaims');
    for (const template of claimsOf(set, ordinal)) {
      const name = template.metadata.name ?? '';
      if (store.get('persistentvolumeclaims', `${namespace}/${name}`)) continue;
      // What the API server would add to the claim, or say of it.
      const draft = { ...template, spec: { ...template.spec } };
      completeObject(store, info, draft as unknown as JsonObject);
      const refused = refuseObject(store, info, namespace, draft as unknown as JsonObject);
      if (refused !== undefined) {
        const why = `persistentvolumeclaims "${name}" is forbidden: ${refused}`;
        const pod = `${set.metadata.name}-${String(ordinal)}`;
        const message = `create Claim ${name} for Pod ${pod} in StatefulSet ${set.metadata.name} failed error: ${why}`;
        event(set, 'Warning', 'FailedCreate', message);
        wrong.push(`failed to create PVC ${name}: ${why}`);
        continue;
      }
      const owner = claimOwner(set, undefined, ordinal);
      store.create('persistentvolumeclaims', {
        ...draft,
        metadata: { ...draft.metadata, ...(owner ? { ownerReferences: [owner] } : {}) },
      });
      const pod = `${set.metadata.name}-${String(ordinal)}`;
      const message = `create Claim ${name} Pod ${pod} in StatefulSet ${set.metadata.name} success`;
      event(set, 'Normal', 'SuccessfulCreate', message);
    }
    return wrong.length > 1 ? `[${wrong.join(', ')}]` : wrong[0];
  }

  /** Makes the claims go with the set or with the pod, as the retention policy wants. */
  function tieClaims(set: StatefulSet, pod: Pod, ordinal: number): void {
    for (const name of claimNames(set, ordinal)) {
      const claim = store.get('persistentvolumeclaims', `${set.metadata.namespace ?? ''}/${name}`);
      if (!claim) continue;
      const owner = claimOwner(set, pod, ordinal);
      const present = claim.metadata.ownerReferences ?? [];
      // Owners that others gave it stay.
      const foreign = present.filter(({ uid, kind }) => uid !== set.metadata.uid && kind !== 'Pod');
      const wanted = owner ? [...foreign, owner] : foreign;
      if (JSON.stringify(wanted) === JSON.stringify(present)) continue;
      const { ownerReferences: _before, ...metadata } = claim.metadata;
      store.update('persistentvolumeclaims', {
        ...claim,
        metadata: wanted.length > 0 ? { ...metadata, ownerReferences: wanted } : metadata,
      });
    }
  }

  function remove(set: StatefulSet, pod: Pod): void {
    store.delete('pods', keyOf(pod));
    const { name } = pod.metadata;
    event(set, 'Normal', 'SuccessfulDelete', `delete Pod ${name} in StatefulSet ${set.metadata.name} successful`);
  }

  // ---- Status

  function writeStatus(key: string, { current, update, collisionCount = 0 }: Revisions): void {
    const set = store.get('statefulsets', key);
    if (!set) return;
    const count = (of: (pod: Pod) => boolean) => all.filter(of).length;
    const all = owned(set);
    const of = (revision: string) => (pod: Pod) => !isTerminating(pod) && revisionOf(pod) === revision;
    const readyReplicas = count(isRunningAndReady);
    const availableReplicas = count((pod) => isRunningAndReady(pod) && isRunningAndAvailable(pod, set, now()));
    const updatedReplicas = count(of(update.metadata.name));
    let currentReplicas = count(of(current.metadata.name));
    let currentRevision = current.metadata.name;
    const rolls = set.spec.updateStrategy.type === 'RollingUpdate';
    const { replicas } = set.spec;
    if (rolls && [updatedReplicas, readyReplicas, all.length].every((number) => number === replicas)) {
      currentReplicas = updatedReplicas;
      currentRevision = update.metadata.name;
    }
    store.updateStatus('statefulsets', key, {
      observedGeneration: set.metadata.generation ?? 0,
      replicas: all.length,
      ...(readyReplicas > 0 ? { readyReplicas } : {}),
      ...(currentReplicas > 0 ? { currentReplicas } : {}),
      ...(updatedReplicas > 0 ? { updatedReplicas } : {}),
      currentRevision,
      updateRevision: update.metadata.name,
      collisionCount,
      availableReplicas,
      ...(set.status.conditions ? { conditions: set.status.conditions } : {}),
    });
  }

  /** A pod becomes available without any change of it; so look again in time. */
  function waitForAvailability(set: StatefulSet): void {
    const seconds = set.spec.minReadySeconds ?? 0;
    if (seconds === 0) return;
    let first: number | undefined;
    for (const pod of owned(set)) {
      if (!isRunningAndReady(pod) || isRunningAndAvailable(pod, set, now())) continue;
      const since = parseTime(podCondition(pod, 'Ready')?.lastTransitionTime ?? '') ?? now();
      const at = since + (seconds + 1) * 1000;
      first = Math.min(first ?? at, at);
    }
    if (first !== undefined) queue.addAfter(keyOf(set), Math.max(0, first - now()), null);
  }

  function now(): number {
    return sim.epochMs + sim.now;
  }

  function event(set: StatefulSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.record(referenceTo(set), type, reason, message, COMPONENT);
  }
}

/** A rolling update leaves the pod as it was. (newVersionedStatefulSetPod) */
function isBelowPartition(set: StatefulSet, ordinal: number): boolean {
  const { type, rollingUpdate } = set.spec.updateStrategy;
  if (type === 'OnDelete') return false;
  const kept = rollingUpdate ? (rollingUpdate.partition ?? 0) : (set.status.currentReplicas ?? 0);
  return ordinal < startOrdinal(set) + kept;
}
