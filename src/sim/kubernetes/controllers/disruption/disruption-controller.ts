// Keeps each PodDisruptionBudget's account: how many pods are healthy, how many should be, how many may go.
// Models: pkg/controller/disruption/disruption.go and UpdateDisruptionAllowedCondition of
// k8s.io/component-helpers/apps/poddisruptionbudget (1.32);
// also takes a pod's DisruptionTarget condition back when the pod is still there two minutes later.
// Departures: what cannot be computed is tried again when something changes. A change of a pod that several budgets
// match updates all of them, and the event names the first; Kubernetes updates only one, which it chooses arbitrarily.
import { parseTime } from '../../../engine/time.ts';
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { PodDisruptionBudget } from '../../kinds/policy.ts';
import type { Condition, Labels, Pod, Time } from '../../objects.ts';
import { isPodReady, isPodTerminal, podCondition, setCondition } from '../../pods.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { selectorText } from '../selector-text.ts';
import { budgetSize } from './budget-size.ts';

const COMPONENT = 'controllermanager';
/** How long an evicted pod may take until its deletion is seen. (DeletionTimeout) */
const DELETION_TIMEOUT_MS = 120_000;
/** After this a DisruptionTarget condition of a pod that stayed is stale. (stalePodDisruptionTimeout) */
const STALE_DISRUPTION_MS = 120_000;

type Status = PodDisruptionBudget['status'];

export function createDisruptionController(cluster: Cluster): void {
  const { sim, store, events } = cluster;
  const queue = new WorkQueue(sim, 'controller.disruption', latency.watch, sync);
  const recheck = new WorkQueue(sim, 'controller.disruption.recheck', latency.watch, sync);
  const several = new WorkQueue(sim, 'controller.disruption.several', latency.watch, saySeveral);
  const stale = new WorkQueue(sim, 'controller.disruption.stale', latency.watch, takeBack);

  store.subscribe('poddisruptionbudgets', ({ type, key, cause }) => {
    if (type !== 'DELETED') queue.add(key, cause);
  });
  store.subscribe('pods', ({ type, key, object, before, cause }) => {
    if (store.size('poddisruptionbudgets') > 0) {
      const budgets = budgetsOf(object);
      for (const budget of budgets) queue.add(budget, cause);
      if (budgets.length > 1) several.add(key, cause);
      // The real controller misses a pod that has left the budget by its labels until the budget's next pass.
      if (before && before.metadata.labels !== object.metadata.labels)
        for (const budget of budgetsOf(before)) queue.add(budget, cause);
    }
    if (type === 'DELETED') return;
    const wait = staleIn(object);
    if (wait !== undefined && object.status.conditions !== before?.status.conditions) stale.addAfter(key, wait, cause);
  });
  function budgetsOf(pod: Pod): readonly string[] {
    return budgetsFor(pod.metadata.namespace, pod.metadata.labels);
  }

  function budgetsFor(namespace: string | undefined, labels: Labels | undefined): readonly string[] {
    const out: string[] = [];
    for (const budget of store.values('poddisruptionbudgets'))
      if (budget.metadata.namespace === namespace && matchesLabelSelector(budget.spec.selector, labels))
        out.push(keyOf(budget));
    return out;
  }

  function saySeveral(key: string): void {
    const pod = store.get('pods', key);
    const budgets = pod ? budgetsOf(pod) : [];
    const first = store.get('poddisruptionbudgets', budgets.toSorted()[0] ?? '')?.metadata.name;
    if (!pod || first === undefined || budgets.length < 2) return;
    const { namespace = '', name } = pod.metadata;
    const message = `Pod "${namespace}"/"${name}" matches multiple PodDisruptionBudgets.  Chose "${first}" arbitrarily.`;
    events.record(referenceTo(pod), 'Warning', 'MultiplePodDisruptionBudgets', message, COMPONENT);
  }

  function sync(key: string): void {
    const budget = store.get('poddisruptionbudgets', key);
    if (!budget) return;
    const { namespace } = budget.metadata;
    const pods = store
      .list('pods', namespace)
      .filter(({ metadata }) => matchesLabelSelector(budget.spec.selector, metadata.labels));
    if (pods.length === 0) event(budget, 'Normal', 'NoPods', 'No matching pods found');
    const size = budgetSize(store, budget, pods);
    if ('error' in size) {
      const message = `Failed to calculate the number of expected pods: ${size.error}`;
      event(budget, 'Warning', 'CalculateExpectedPodCountFailed', message);
      failSafe(budget, size.error);
      return;
    }
    if (size.unmanaged.length > 0)
      event(
        budget,
        'Warning',
        'UnmanagedPods',
        `Pods selected by this PodDisruptionBudget (selector: ${selectorText(budget.spec.selector)}) were found to be ` +
          'unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined ' +
          'behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.',
      );
    const now = sim.epochMs + sim.now;
    const { disrupted, recheckAt } = disruptedPods(budget, pods, now);
    let healthy = 0;
    for (const pod of pods)
      if (pod.metadata.deletionTimestamp === undefined && !(pod.metadata.name in disrupted) && isPodReady(pod))
        healthy++;
    write(budget, healthy, size.desiredHealthy, size.expected, disrupted);
    if (recheckAt !== undefined) recheck.addAfter(key, recheckAt - now + latency.watch);
  }

  /** Evicted pods whose deletion is still to come; who has not gone after two minutes counts again. */
  function disruptedPods(
    budget: PodDisruptionBudget,
    pods: readonly Pod[],
    now: number,
  ): { readonly disrupted: Readonly<Record<string, Time>>; readonly recheckAt: number | undefined } {
    const disrupted: Record<string, Time> = {};
    let recheckAt: number | undefined;
    for (const pod of pods) {
      const { name, deletionTimestamp } = pod.metadata;
      const time = budget.status.disruptedPods?.[name];
      if (deletionTimestamp !== undefined || time === undefined) continue;
      const until = (parseTime(time) ?? 0) + DELETION_TIMEOUT_MS;
      if (until < now) {
        const { namespace = '' } = budget.metadata;
        // The real message repeats the namespace.
        const message = `Pod was expected by PDB ${namespace}/${namespace} to be deleted but it wasn't`;
        events.record(referenceTo(pod), 'Warning', 'NotDeleted', message, COMPONENT);
      } else {
        if (recheckAt === undefined || until < recheckAt) recheckAt = until;
        disrupted[name] = time;
      }
    }
    return { disrupted, recheckAt };
  }

  function write(
    budget: PodDisruptionBudget,
    currentHealthy: number,
    desiredHealthy: number,
    expectedPods: number,
    disrupted: Readonly<Record<string, Time>>,
  ): void {
    // Without pods nothing is allowed, so that the first ones are safe until they are counted.
    const disruptionsAllowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
    const observedGeneration = budget.metadata.generation ?? 0;
    const some = disruptionsAllowed > 0;
    const conditions = withAllowed(budget.status.conditions, {
      status: some ? 'True' : 'False',
      reason: some ? 'SufficientPods' : 'InsufficientPods',
      message: '',
      observedGeneration,
    });
    save(budget, {
      observedGeneration,
      ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
      disruptionsAllowed,
      currentHealthy,
      desiredHealthy,
      expectedPods,
      conditions,
    });
  }

  /** A budget that cannot be computed allows nothing. */
  function failSafe(budget: PodDisruptionBudget, message: string): void {
    const { observedGeneration = 0 } = budget.status;
    const next = { status: 'False', reason: 'SyncFailed', message, observedGeneration } as const;
    const conditions = withAllowed(budget.status.conditions, next);
    save(budget, { ...ZERO, ...(budget.status as Partial<Status>), disruptionsAllowed: 0, conditions });
  }

  function save(budget: PodDisruptionBudget, status: Status): void {
    store.update('poddisruptionbudgets', { ...budget, status });
  }

  function withAllowed(
    conditions: readonly Condition[] | undefined,
    next: Pick<Condition, 'status' | 'reason' | 'message' | 'observedGeneration'>,
  ): readonly Condition[] {
    return setCondition(conditions, { type: 'DisruptionAllowed', ...next, lastTransitionTime: store.timestamp });
  }

  function takeBack(key: string): void {
    const pod = store.get('pods', key);
    const wait = pod && staleIn(pod);
    if (!pod || wait === undefined) return;
    if (wait > 0) {
      stale.addAfter(key, wait);
      return;
    }
    const next: Condition = { type: 'DisruptionTarget', status: 'False', lastTransitionTime: store.timestamp };
    store.updateStatus('pods', key, { ...pod.status, conditions: setCondition(pod.status.conditions, next) });
  }

  /** Milliseconds until the pod's DisruptionTarget condition is stale; undefined when it is no such pod. */
  function staleIn(pod: Pod): number | undefined {
    if (pod.metadata.deletionTimestamp !== undefined || isPodTerminal(pod)) return undefined;
    const target = podCondition(pod, 'DisruptionTarget');
    // The kubelet's own takes as long as it takes.
    if (target?.status !== 'True' || target.reason === 'TerminationByKubelet') return undefined;
    const since = parseTime(target.lastTransitionTime ?? '') ?? sim.epochMs + sim.now;
    return Math.max(0, since + STALE_DISRUPTION_MS - sim.epochMs - sim.now);
  }

  function event(budget: PodDisruptionBudget, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.record(referenceTo(budget), type, reason, message, COMPONENT);
  }
}

const ZERO = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 } as const;
