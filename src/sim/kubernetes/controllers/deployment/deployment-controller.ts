// Rolls a deployment's pods from one template to the next.
// Models: pkg/controller/deployment/{deployment_controller,sync,rolling,recreate,progress}.go (1.32). Each pass takes
// one step; the ReplicaSet's change brings the next pass, as in Kubernetes.
// Leaves out: the deprecated rollback field (kubectl rolls back by writing the old template), pod replacement policy.
import { assert } from '../../../engine/assert.ts';
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { Deployment, ReplicaSet } from '../../objects.ts';
import { isPodTerminal } from '../../pods.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { adopted, controllerOf, controllerReference, released } from '../owner-reference.ts';
import type { PodIndex } from '../pod-index.ts';
import {
  calculateStatus,
  condition,
  deadlineAt,
  hasProgressDeadline,
  isComplete,
  rolloutStatus,
  withCondition,
} from './progress.ts';
import {
  activeSets,
  annotatedNumber,
  byCreation,
  DESIRED_REPLICAS,
  newReplicaSetSize,
  replicaCount,
} from './replica-counts.ts';
import { ReplicaSetIndex } from './replica-set-index.ts';
import { maxRevision, newReplicaSetAnnotations, replicasAnnotations, REVISION, revisionOf } from './revision.ts';
import { planCleanup, planNewReplicaSet, planOldReplicaSets, planScale, type ScalingPlan } from './scaling-plan.ts';
import { POD_TEMPLATE_HASH, sameTemplate, templateHash } from './template-hash.ts';

const COMPONENT = 'deployment-controller';
/** A limit of this many old sets means none. */
const NO_LIMIT = 2_147_483_647;

/** A deployment's ReplicaSets in one pass. */
interface Sets {
  readonly newSet: ReplicaSet | undefined;
  readonly oldSets: readonly ReplicaSet[];
}

export function createDeploymentController(cluster: Cluster, { pods }: { readonly pods: PodIndex }): void {
  const { sim, store, events } = cluster;
  const replicaSets = new ReplicaSetIndex(cluster);
  const queue = new WorkQueue(sim, 'controller.deployment', latency.watch, sync);

  store.subscribe('deployments', ({ type, key, cause }) => {
    if (type !== 'DELETED') queue.add(key, cause);
  });
  store.subscribe('replicasets', ({ object, before, cause }) => {
    const namespace = object.metadata.namespace ?? '';
    const owner = controllerOf(object);
    const ownerBefore = before && controllerOf(before);
    if (owner?.kind === 'Deployment') queue.add(`${namespace}/${owner.name}`, cause);
    if (ownerBefore?.kind === 'Deployment' && ownerBefore.uid !== owner?.uid)
      queue.add(`${namespace}/${ownerBefore.name}`, cause);
    if (owner) return;
    for (const deployment of store.values('deployments'))
      if (
        deployment.metadata.namespace === namespace &&
        matchesLabelSelector(deployment.spec.selector, object.metadata.labels)
      )
        queue.add(keyOf(deployment), cause);
  });
  // Recreate waits until the last old pod is gone; no ReplicaSet changes at that moment.
  store.subscribe('pods', ({ type, object, cause }) => {
    if (type !== 'DELETED') return;
    const owner = controllerOf(object);
    if (owner?.kind !== 'ReplicaSet') return;
    const set = store.get('replicasets', `${object.metadata.namespace ?? ''}/${owner.name}`);
    const top = set && controllerOf(set);
    const key = `${object.metadata.namespace ?? ''}/${top?.name ?? ''}`;
    if (top?.kind === 'Deployment' && store.get('deployments', key)?.spec.strategy.type === 'Recreate')
      queue.add(key, cause);
  });

  function sync(key: string): void {
    const found = store.get('deployments', key);
    if (!found) return;
    const owned = claim(found);
    if (found.metadata.deletionTimestamp !== undefined) {
      syncStatus(key, setsOf(key, owned));
      return;
    }
    checkPaused(found);
    const deployment = current(key);
    if (deployment.spec.paused === true || isScaling(deployment, owned)) {
      const sets = setsOf(key, owned);
      carryOut(key, planScale(current(key), sets.newSet, sets.oldSets));
      if (deployment.spec.paused === true) cleanup(key, sets.oldSets);
      syncStatus(key, setsOf(key, owned));
      return;
    }
    if (deployment.spec.strategy.type === 'Recreate') recreate(key, owned);
    else roll(key, owned);
  }

  function roll(key: string, owned: readonly ReplicaSet[]): void {
    const { newSet, oldSets } = withNewSet(key, owned);
    if (newSet && carryOut(key, planNewReplicaSet(current(key), newSet, oldSets))) {
      syncRollout(key, newSet, oldSets);
      return;
    }
    if (!carryOut(key, planOldReplicaSets(current(key), newSet, activeSets(oldSets)))) finish(key, oldSets);
    syncRollout(key, newSet, oldSets);
  }

  function recreate(key: string, owned: readonly ReplicaSet[]): void {
    const { newSet, oldSets } = setsOf(key, owned);
    const down = activeSets(oldSets).map((set) => ({ set, replicas: 0 }));
    if (carryOut(key, down) || oldPodsRunning(newSet, oldSets)) {
      syncRollout(key, newSet, oldSets);
      return;
    }
    const { newSet: made } = withNewSet(key, owned);
    if (made) carryOut(key, [{ set: made, replicas: current(key).spec.replicas }]);
    finish(key, oldSets);
    syncRollout(key, made, oldSets);
  }

  /** Old pods that still exist and have not finished, terminating ones included. */
  function oldPodsRunning(newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): boolean {
    return oldSets.some(
      (set) =>
        set !== newSet &&
        (set.status.replicas > 0 ||
          [...pods.ofController(set.metadata.uid).pods.values()].some((pod) => !isPodTerminal(pod))),
    );
  }

  // ---- ReplicaSets

  /** The deployment's own sets, after letting go of those that match no more and taking in orphans that do. */
  function claim(deployment: Deployment): readonly ReplicaSet[] {
    const { namespace, uid, deletionTimestamp } = deployment.metadata;
    const owned: ReplicaSet[] = [];
    for (const set of replicaSets.ofOwner(uid, namespace ?? '')) {
      const owner = controllerOf(set);
      if (owner && owner.uid !== uid) continue;
      const matches = matchesLabelSelector(deployment.spec.selector, set.metadata.labels);
      if (owner && !matches) {
        if (deletionTimestamp === undefined)
          store.update('replicasets', { ...set, metadata: released(set.metadata, uid) });
      } else if (owner) {
        owned.push(set);
      } else if (matches && deletionTimestamp === undefined && set.metadata.deletionTimestamp === undefined) {
        const metadata = adopted(set.metadata, controllerReference(deployment));
        owned.push(store.update('replicasets', { ...set, metadata }));
      }
    }
    return owned;
  }

  function setsOf(key: string, owned: readonly ReplicaSet[]): Sets {
    const { template } = current(key).spec;
    const present = stored(owned);
    const ordered = present.length > 1 ? present.toSorted(byCreation) : present;
    const newSet = ordered.find((set) => sameTemplate(set.spec.template, template));
    if (newSet) return { newSet: syncRevision(key, newSet, present), oldSets: present.filter((set) => set !== newSet) };
    return { newSet, oldSets: present };
  }

  /** The sets as they now are; those that are gone are left out. */
  function stored(sets: readonly ReplicaSet[]): ReplicaSet[] {
    const out: ReplicaSet[] = [];
    for (const set of sets) {
      const present = store.get('replicasets', keyOf(set));
      if (present) out.push(present);
    }
    return out;
  }

  /** The sets with the new one, which is made when there is none. (getNewReplicaSet) */
  function withNewSet(key: string, owned: readonly ReplicaSet[]): Sets {
    const sets = setsOf(key, owned);
    return sets.newSet ? sets : { newSet: createSet(key, sets.oldSets), oldSets: sets.oldSets };
  }

  /** Makes the newest revision of the set whose template the deployment has now, and notes it on both. */
  function syncRevision(key: string, newSet: ReplicaSet, all: readonly ReplicaSet[]): ReplicaSet {
    const deployment = current(key);
    const revision = maxRevision(all, newSet) + 1;
    const { annotations: present, ...rest } = newSet.metadata;
    const annotations = newReplicaSetAnnotations(deployment, present, revision);
    const { minReadySeconds = 0 } = deployment.spec;
    const ready = (newSet.spec.minReadySeconds ?? 0) === minReadySeconds;
    if (annotations !== present || !ready)
      return store.update('replicasets', {
        ...newSet,
        metadata: { ...rest, annotations },
        spec: ready ? newSet.spec : { ...newSet.spec, minReadySeconds },
      });
    noteRevision(key, present[REVISION] ?? '', {
      reason: 'FoundNewReplicaSet',
      message: `Found new replica set "${newSet.metadata.name}"`,
    });
    return newSet;
  }

  function createSet(key: string, oldSets: readonly ReplicaSet[]): ReplicaSet | undefined {
    const deployment = current(key);
    const { template, selector, minReadySeconds } = deployment.spec;
    const { collisionCount } = deployment.status;
    const hash = templateHash(template, collisionCount);
    const { namespace = '' } = deployment.metadata;
    const name = `${deployment.metadata.name}-${hash}`;
    if (store.get('replicasets', `${namespace}/${name}`)) {
      // A set of that name with another template: hash again with another salt in the next pass.
      store.updateStatus('deployments', key, { ...deployment.status, collisionCount: (collisionCount ?? 0) + 1 });
      return undefined;
    }
    const revision = maxRevision(oldSets) + 1;
    const labels = { ...template.metadata.labels, [POD_TEMPLATE_HASH]: hash };
    const replicas = newReplicaSetSize(deployment, replicaCount(oldSets), 0);
    const annotations = replicasAnnotations(deployment, newReplicaSetAnnotations(deployment, undefined, revision));
    const set = store.create('replicasets', {
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name, namespace, labels, annotations, ownerReferences: [controllerReference(deployment)] },
      spec: {
        replicas,
        ...(minReadySeconds === undefined ? {} : { minReadySeconds }),
        selector: { ...selector, matchLabels: { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash } },
        template: { metadata: { ...template.metadata, labels }, spec: template.spec },
      },
      status: { replicas: 0 },
    });
    if (replicas > 0) event(deployment, `Scaled up replica set ${name} from 0 to ${String(replicas)}`);
    noteRevision(
      key,
      String(revision),
      { reason: 'NewReplicaSetCreated', message: `Created new replica set "${name}"` },
      true,
    );
    return set;
  }

  /** Puts the revision on the deployment, and the condition where it is new (or there is none yet). */
  function noteRevision(
    key: string,
    revision: string,
    progress: { readonly reason: string; readonly message: string },
    created = false,
  ): void {
    const deployment = current(key);
    const { metadata } = deployment;
    const annotations =
      metadata.annotations?.[REVISION] === revision
        ? metadata.annotations
        : { ...metadata.annotations, [REVISION]: revision };
    const wanted = hasProgressDeadline(deployment) && (created || !condition(deployment.status, 'Progressing'));
    const status = wanted
      ? withCondition(deployment.status, { type: 'Progressing', status: 'True', ...progress }, store.timestamp)
      : deployment.status;
    if (annotations !== metadata.annotations || status !== deployment.status)
      store.update('deployments', { ...deployment, metadata: { ...metadata, annotations }, status });
  }

  /** Gives the sets their sizes; true when one changed. */
  function carryOut(key: string, plan: ScalingPlan<ReplicaSet>): boolean {
    const deployment = current(key);
    let scaled = false;
    for (const { set, replicas } of plan) {
      const present = store.get('replicasets', keyOf(set));
      if (!present) continue;
      const from = present.spec.replicas;
      const annotations = replicasAnnotations(deployment, present.metadata.annotations);
      if (from === replicas && annotations === present.metadata.annotations) continue;
      store.update('replicasets', {
        ...present,
        metadata: { ...present.metadata, annotations },
        spec: from === replicas ? present.spec : { ...present.spec, replicas },
      });
      if (from === replicas) continue;
      scaled = true;
      const { name } = present.metadata;
      const direction = from < replicas ? 'up' : 'down';
      event(deployment, `Scaled ${direction} replica set ${name} from ${String(from)} to ${String(replicas)}`);
    }
    return scaled;
  }

  function finish(key: string, oldSets: readonly ReplicaSet[]): void {
    const deployment = current(key);
    if (isComplete(deployment, deployment.status)) cleanup(key, oldSets);
  }

  function cleanup(key: string, oldSets: readonly ReplicaSet[]): void {
    const { revisionHistoryLimit } = current(key).spec;
    if (revisionHistoryLimit === NO_LIMIT) return;
    for (const set of planCleanup(oldSets, revisionHistoryLimit, revisionOf)) store.delete('replicasets', keyOf(set));
  }

  // ---- Status

  function syncStatus(key: string, { newSet, oldSets }: Sets): void {
    const all = newSet ? [...oldSets, newSet] : oldSets;
    store.updateStatus('deployments', key, calculateStatus(current(key), all, newSet, store.timestamp));
  }

  function syncRollout(key: string, newSet: ReplicaSet | undefined, oldSets: readonly ReplicaSet[]): void {
    const fresh = newSet && store.get('replicasets', keyOf(newSet));
    const all = stored(oldSets);
    if (fresh) all.push(fresh);
    const before = current(key);
    const now = sim.epochMs + sim.now;
    const after = store.updateStatus('deployments', key, rolloutStatus(before, all, fresh, now, store.timestamp));
    if (after === before) requeueStuck(key, before, now);
  }

  /** Looks again when the rollout would be late, since nothing else may happen until then. */
  function requeueStuck(key: string, deployment: Deployment, now: number): void {
    const progressing = condition(deployment.status, 'Progressing');
    if (!hasProgressDeadline(deployment) || !progressing) return;
    if (isComplete(deployment, deployment.status) || progressing.reason === 'ProgressDeadlineExceeded') return;
    queue.addAfter(key, Math.max(1000, deadlineAt(deployment, progressing) - now + 1000), null);
  }

  function checkPaused(deployment: Deployment): void {
    if (!hasProgressDeadline(deployment)) return;
    const progressing = condition(deployment.status, 'Progressing');
    // A rollout that is late stays so until it succeeds.
    if (progressing?.reason === 'ProgressDeadlineExceeded') return;
    const noted = progressing?.reason === 'DeploymentPaused';
    const paused = deployment.spec.paused === true;
    if (paused === noted) return;
    const word = paused ? 'paused' : 'resumed';
    const next = {
      type: 'Progressing',
      status: 'Unknown' as const,
      reason: paused ? 'DeploymentPaused' : 'DeploymentResumed',
      message: `Deployment is ${word}`,
    };
    store.updateStatus('deployments', keyOf(deployment), withCondition(deployment.status, next, store.timestamp));
  }

  /** True when the deployment's size is not the one that an active set was last scaled for. */
  function isScaling(deployment: Deployment, owned: readonly ReplicaSet[]): boolean {
    return activeSets(owned).some((set) => {
      const desired = annotatedNumber(set, DESIRED_REPLICAS);
      return desired !== undefined && desired !== deployment.spec.replicas;
    });
  }

  function current(key: string): Deployment {
    const deployment = store.get('deployments', key);
    if (!deployment) assert(false, `deployment ${key} vanished within a pass`);
    return deployment;
  }

  function event(deployment: Deployment, message: string): void {
    events.record(referenceTo(deployment), 'Normal', 'ScalingReplicaSet', message, COMPONENT);
  }
}
