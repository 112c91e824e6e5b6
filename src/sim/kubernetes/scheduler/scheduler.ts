// The scheduler: takes waiting pods one after another and binds each to a node. Models pkg/scheduler/scheduler.go,
// schedule_one.go and eventhandlers.go (Kubernetes 1.32).
// Departures: an attempt takes a fixed virtual time and binding none, so no pod is ever assumed but not yet bound and
// a node's sums are those of the store; victims of preemption are deleted within the attempt, as they were before
// SchedulerAsyncPreemption; extenders and Permit do not exist.
import { assert } from '../../engine/assert.ts';
import { phase } from '../../engine/simulation.ts';
import { type Cluster, latency } from '../cluster.ts';
import { referenceTo } from '../event-recorder.ts';
import type { Condition, Node, Pod } from '../objects.ts';
import { isPodTerminal, podCondition, setCondition } from '../pods.ts';
import type { Change } from '../store.ts';
import { type Decision, decisionOf, type KeptDecision, planOf, unfold } from './decision.ts';
import { defaultProfiles, type Profiles } from './configuration.ts';
import { fitErrorMessage } from './fit-error.ts';
import type { ClusterEvent, Profile } from './framework.ts';
import { priorityOf } from './judge.ts';
import { NodeTable } from './node-table.ts';
import { GATED, isGated } from './plugins/scheduling-gates.ts';
import { preempt, type Preemption } from './preemption/default-preemption.ts';
import type { DisruptionBudget } from './preemption/disruption-budgets.ts';
import type { Candidate } from './preemption/victims.ts';
import { podInfo, type PodInfo } from './pod-info.ts';
import { type QueuedPod, type QueueState, SchedulingQueue } from './queue.ts';
import { type Attempt, schedulePod } from './schedule-pod.ts';
import { createVolumeReservations } from './volume-reservation.ts';
import { createWorkloadSelectors } from './workload-selector.ts';

export interface Scheduler {
  /** The newest attempt for a pod that still exists; in a world of summaries as far as it is remembered. */
  decision(podUid: string): Decision | undefined;
  /** Pods that wait, by where they wait. */
  waiting(): QueueState;
  /** What the scheduler knows of the nodes. Not to be changed from outside. */
  readonly nodes: NodeTable;
}

export interface SchedulerOptions {
  readonly profiles?: Profiles;
  /** Virtual time of one attempt. */
  readonly scheduleMs?: number;
  /** The budgets that preemption respects where it can. */
  readonly budgets?: () => readonly DisruptionBudget[];
}

interface SchedulerState {
  readonly queue: QueueState;
  readonly nextStart: number;
  readonly cycle: Planned | undefined;
  readonly flush: Planned | undefined;
  readonly decisions: readonly (readonly [string, KeptDecision])[];
}

interface Planned {
  readonly at: number;
  readonly event: number;
}

const CYCLE = 'scheduler.cycle';
const FLUSH = 'scheduler.flush';
const GATE = 'scheduler.gate';
/** Messages in conditions and events are cut to fit. (NoteLengthLimit) */
const NOTE_LIMIT = 1024;
/** In a world of summaries so many decisions are remembered at least. */
const DECISIONS_OF_SUMMARIES = 10_000;

interface GateEvent {
  readonly kind: typeof GATE;
  readonly key: string;
}

export function createScheduler(cluster: Cluster, options: SchedulerOptions = {}): Scheduler {
  const { sim, store, events } = cluster;
  const { profiles = defaultProfiles, scheduleMs = latency.schedule, budgets = () => [] } = options;
  const queue = new SchedulingQueue();
  const workloadSelector = createWorkloadSelectors(cluster);
  const volumes = createVolumeReservations(cluster, bind);
  let nodes = new NodeTable();
  nodes.store = store;
  let nextStart = 0;
  let cycle: Planned | undefined;
  let flush: Planned | undefined;
  let decisions = new Map<string, KeptDecision>();
  /** Shared by all pods that are bound in one second. Follows from the clock. */
  let scheduled: Condition = { type: 'PodScheduled', status: 'True', lastProbeTime: null, lastTransitionTime: '' };

  const listening = new Map<ClusterEvent['kind'], string[]>();
  for (const { name, hears } of [...profiles.values()].flatMap(({ filters }) => filters))
    for (const kind of hears) listening.set(kind, [...new Set([...(listening.get(kind) ?? []), name])]);

  sim.register<SchedulerState>({
    name: 'kubernetes.scheduler',
    save: () => ({ queue: queue.save(), nextStart, cycle, flush, decisions: [...decisions] }),
    load(state) {
      queue.load(state.queue);
      ({ nextStart, cycle, flush } = state);
      decisions = new Map(state.decisions);
      // The store is older than the scheduler and so is restored before it.
      nodes = new NodeTable();
      nodes.store = store;
      for (const { metadata } of store.values('namespaces'))
        nodes.placements.setNamespace(metadata.name, metadata.labels ?? {});
      for (const node of store.values('nodes')) nodes.setNode(node);
      for (const pod of store.values('pods'))
        if (isAssigned(pod)) nodes.setPod(keyOf(pod), pod);
        else if (isWaiting(pod)) nodes.nominated.set(keyOf(pod), pod);
      for (const [key, { node }] of volumes.waiting()) assume(key, node);
    },
  });

  /** Has no node yet, and it is for this scheduler to find one. */
  function isWaiting(pod: Pod): boolean {
    return !isAssigned(pod) && !isPodTerminal(pod) && profiles.has(pod.spec.schedulerName);
  }

  function profileOf({ spec }: Pod): Profile {
    const profile = profiles.get(spec.schedulerName);
    if (!profile) assert(false, `no profile called ${spec.schedulerName}`);
    return profile;
  }

  /** Gives a pod its place on a node before it is bound. */
  function assume(key: string, nodeName: string): void {
    const pod = store.get('pods', key);
    if (pod) nodes.setPod(key, { ...pod, spec: { ...pod.spec, nodeName } });
  }

  for (const resource of ['persistentvolumes', 'persistentvolumeclaims', 'storageclasses'] as const)
    store.subscribe(resource, ({ key, cause }) => {
      notice({ kind: 'StorageChange', claim: resource === 'persistentvolumeclaims' ? key : undefined }, cause);
    });

  store.subscribe('namespaces', ({ type, object: { metadata } }) => {
    nodes.placements.setNamespace(metadata.name, type === 'DELETED' ? undefined : (metadata.labels ?? {}));
  });

  store.subscribe('nodes', (change) => {
    const { type, object: node, before } = change;
    if (type === 'DELETED') {
      nodes.removeNode(node.metadata.name);
      notice({ kind: 'NodeDelete', node }, change.cause);
    } else {
      nodes.setNode(node);
      if (!before) notice({ kind: 'NodeAdd', node }, change.cause);
      else if (matters(before, node)) notice({ kind: 'NodeUpdate', node, before }, change.cause);
    }
  });

  store.subscribe('pods', (change) => {
    const { type, key, object: pod, before } = change;
    if (type === 'DELETED') decisions.delete(pod.metadata.uid);
    if (type === 'DELETED' || isPodTerminal(pod)) {
      queue.remove(key);
      nodes.nominated.set(key, undefined);
      const gone = before ?? pod;
      if (nodes.removePod(key)) notice({ kind: 'AssignedPodDelete', pod: gone }, change.cause);
      // To pods that were not more important it was as if the pod had its node already.
      else if (isNominated(gone))
        notice({ kind: 'AssignedPodDelete', pod: gone }, change.cause, ({ priority }) => priority <= priorityOf(gone));
    } else if (isAssigned(pod)) {
      queue.remove(key);
      nodes.nominated.set(key, undefined);
      nodes.setPod(key, pod);
      if (!before || !isAssigned(before)) notice({ kind: 'AssignedPodAdd', pod }, change.cause);
      else if (before.metadata.labels !== pod.metadata.labels)
        notice({ kind: 'AssignedPodUpdate', pod, before }, change.cause);
    } else if (isWaiting(pod)) {
      nodes.nominated.set(key, pod);
      enqueue(change);
    }
  });

  function enqueue({ key, object: pod, before, cause }: Change<'pods'>): void {
    const gated = isGated(pod);
    const waiting = { key, uid: pod.metadata.uid, priority: pod.spec.priority ?? 0, timestamp: sim.now, cause };
    if (!queue.has(key)) {
      if (before) return;
      if (gated) {
        queue.addGated(waiting);
        if (!podCondition(pod, 'PodScheduled'))
          sim.schedule<GateEvent>(sim.now, phase.scheduler, { kind: GATE, key }, cause);
      } else queue.add(waiting, sim.now + latency.watch);
    } else if (queue.isGated(key)) {
      if (!gated) queue.ungate(key, sim.now, sim.now + latency.watch, cause);
    } else if (before && (before.spec !== pod.spec || before.metadata.labels !== pod.metadata.labels)) {
      notice({ kind: 'PodUpdate', pod, before }, cause);
    }
    plan();
  }

  function notice(event: ClusterEvent, cause: number, concerns: (waiting: QueuedPod) => boolean = () => true): void {
    const at = sim.now + latency.watch;
    const asked = (waiting: QueuedPod) => concerns(waiting) && helps(waiting, event);
    const moved =
      event.kind === 'PodUpdate'
        ? queue.moveOne(keyOf(event.pod), asked, sim.now, at, cause)
        : queue.move(listening.get(event.kind) ?? [], asked, sim.now, at, cause);
    if (moved) plan();
  }

  function helps(waiting: QueuedPod, event: ClusterEvent): boolean {
    const pod = store.get('pods', waiting.key);
    if (!pod) return false;
    const info = podInfo(pod, workloadSelector(pod));
    return profileOf(pod).filters.some((plugin) => waiting.plugins.includes(plugin.name) && plugin.hint(info, event));
  }

  /** Sees to it that the next attempt and the next flush are in the event queue, each once and at the right time. */
  function plan(): void {
    const from = queue.nextAt(sim.now);
    cycle = planned(cycle, from === undefined ? undefined : from + scheduleMs, CYCLE);
    flush = planned(flush, queue.nextFlush, FLUSH);
  }

  function planned(before: Planned | undefined, at: number | undefined, kind: string): Planned | undefined {
    if (before?.at === at) return before;
    // What is planned for earlier stays: an attempt that is under way ends in its own time.
    if (before) {
      if (at !== undefined && before.at < at) return before;
      sim.cancel(before.event);
    }
    return at === undefined ? undefined : { at, event: sim.schedule(at, phase.scheduler, { kind }, null) };
  }

  sim.on(FLUSH, () => {
    flush = undefined;
    queue.flush(sim.now);
    plan();
  });

  sim.on(CYCLE, () => {
    cycle = undefined;
    const waiting = queue.pop(sim.now - scheduleMs);
    if (waiting)
      sim.because(waiting.cause, () => {
        attempt(waiting);
      });
    plan();
  });

  function attempt(waiting: QueuedPod): void {
    const { key, attempts } = waiting;
    const pod = store.get('pods', key);
    if (!pod) return;
    if (pod.metadata.deletionTimestamp !== undefined) {
      const message = `skip schedule deleting pod: ${key}`;
      events.record(referenceTo(pod), 'Warning', 'FailedScheduling', message, pod.spec.schedulerName);
      return;
    }
    const info = podInfo(pod, workloadSelector(pod));
    const result = schedulePod(info, nodes, profileOf(pod), nextStart, sim.random('scheduler.tie'), sim.detail);
    ({ nextStart } = result);
    const { chosen, feasible, evaluated, totalNodes } = result;
    const preemption = chosen === undefined ? tryPreemption(info, result) : undefined;
    const message =
      chosen === undefined
        ? fitErrorMessage(result, preemption?.kind === 'none' ? preemption.message : undefined)
        : `Successfully assigned ${key} to ${chosen}`;
    const [kind, reason] =
      chosen === undefined ? ['scheduler.failed', 'FailedScheduling'] : ['scheduler.bound', 'Scheduled'];
    const data = { uid: pod.metadata.uid, node: chosen ?? null, feasible, evaluated, totalNodes, attempts };
    const entry = sim.record(kind, `pods/${key}`, reason, message, data);
    remember(
      pod.metadata.uid,
      decisionOf(result, {
        at: sim.now,
        pod: key,
        attempts,
        message,
        entry,
        preemption: planOf(preemption, sim.detail),
      }),
    );
    sim.because(entry, () => {
      if (chosen === undefined) fail(pod, { ...waiting, plugins: [...result.diagnosis.plugins] }, message, preemption);
      else if (volumes.reserve(pod, chosen, message)) assume(key, chosen);
      else bind(pod, chosen, message, key);
    });
  }

  function remember(uid: string, decision: KeptDecision): void {
    decisions.set(uid, decision);
    if (sim.detail === 'full' || decisions.size <= 2 * DECISIONS_OF_SUMMARIES) return;
    let left = DECISIONS_OF_SUMMARIES;
    for (const oldest of decisions.keys()) {
      decisions.delete(oldest);
      if (--left === 0) break;
    }
  }

  /** Without any node there is nothing to preempt on. */
  function tryPreemption(info: PodInfo, { totalNodes, diagnosis }: Attempt): Preemption | undefined {
    const profile = profileOf(info.pod);
    if (totalNodes === 0 || !profile.preemption) return undefined;
    const { resolvable } = diagnosis;
    const codeOf = (slot: number) => (resolvable.includes(slot) ? 'Unschedulable' : 'UnschedulableAndUnresolvable');
    return preempt(info, nodes, profile, resolvable, codeOf, budgets(), sim.random('scheduler.preemption'));
  }

  function bind(pod: Pod, nodeName: string, message: string, key = keyOf(pod)): void {
    if (scheduled.lastTransitionTime !== store.timestamp)
      scheduled = { ...scheduled, lastTransitionTime: store.timestamp };
    const status = { ...pod.status, conditions: setCondition(pod.status.conditions, scheduled) };
    store.update('pods', { ...pod, spec: { ...pod.spec, nodeName }, status }, key);
    if (events.accepts?.('Normal') !== false)
      events.record(referenceTo(pod), 'Normal', 'Scheduled', message, pod.spec.schedulerName);
  }

  /** The pod waits: for something to change, or for the victims that it was given to go. */
  function fail(pod: Pod, waiting: QueuedPod, message: string, preemption: Preemption | undefined): void {
    queue.fail(waiting, sim.now);
    if (preemption?.kind === 'nominated') evictFor(pod, preemption.chosen);
    const note = message.length > NOTE_LIMIT ? `${message.slice(0, NOTE_LIMIT - 4)} ...` : message;
    events.record(referenceTo(pod), 'Warning', 'FailedScheduling', note, pod.spec.schedulerName);
    if (preemption?.kind === 'none' && !preemption.clears) setScheduledFalse(pod, 'Unschedulable', message);
    else
      setScheduledFalse(pod, 'Unschedulable', message, {
        nominatedNodeName: preemption?.kind === 'nominated' ? preemption.chosen.node : undefined,
      });
  }

  /** Deletes the victims with their grace, and takes away what less important pods hoped for on that node. */
  function evictFor(pod: Pod, { node, victims }: Candidate): void {
    for (const victim of victims) {
      const key = keyOf(victim);
      const conditions = setCondition(victim.status.conditions, {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'PreemptionByScheduler',
        message: `${pod.spec.schedulerName}: preempting to accommodate a higher priority pod`,
        lastTransitionTime: store.timestamp,
      });
      store.updateStatus('pods', key, { ...victim.status, conditions });
      store.delete('pods', key);
      const note = `Preempted by pod ${pod.metadata.uid} on node ${node}`;
      events.record(referenceTo(victim), 'Normal', 'Preempted', note, pod.spec.schedulerName);
    }
    for (const [key, other] of [...(nodes.nominated.on(node) ?? [])])
      if (priorityOf(other) < priorityOf(pod)) {
        const { nominatedNodeName: _lost, ...status } = other.status;
        store.updateStatus('pods', key, status);
      }
  }

  /** @param nomination the new value, undefined for none; left out where the old one stands */
  function setScheduledFalse(
    pod: Pod,
    reason: string,
    message: string,
    nomination: { readonly nominatedNodeName: string | undefined } = {
      nominatedNodeName: pod.status.nominatedNodeName,
    },
  ): void {
    const condition: Condition = {
      type: 'PodScheduled',
      status: 'False',
      reason,
      message,
      lastProbeTime: null,
      lastTransitionTime: store.timestamp,
    };
    const conditions = setCondition(pod.status.conditions, condition);
    const { nominatedNodeName: before, ...rest } = pod.status;
    const { nominatedNodeName } = nomination;
    if (conditions === pod.status.conditions && before === nominatedNodeName) return;
    const status = { ...rest, conditions, ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) };
    store.updateStatus('pods', keyOf(pod), status);
  }

  // The API server itself writes this condition when a gated pod is created; here it follows at once.
  sim.on<GateEvent>(GATE, ({ key }) => {
    const pod = store.get('pods', key);
    if (pod && isGated(pod) && !podCondition(pod, 'PodScheduled')) setScheduledFalse(pod, 'SchedulingGated', GATED);
  });

  return {
    decision(podUid) {
      const kept = decisions.get(podUid);
      return kept && unfold(kept);
    },
    waiting: () => queue.save(),
    get nodes() {
      return nodes;
    },
  };
}

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
}

/** Bound and not finished: it takes its share of a node. */
function isAssigned(pod: Pod): boolean {
  return (pod.spec.nodeName ?? '') !== '' && !isPodTerminal(pod);
}

function isNominated({ status }: Pod): boolean {
  return (status.nominatedNodeName ?? '') !== '';
}

/** Whether a change of a node is of a kind that plugins care about; heartbeats and images are not. */
function matters(before: Node, after: Node): boolean {
  return (
    before.spec.unschedulable !== after.spec.unschedulable ||
    differs(before.spec.taints, after.spec.taints) ||
    differs(before.metadata.labels, after.metadata.labels) ||
    differs(before.status.allocatable, after.status.allocatable)
  );
}

function differs(a: unknown, b: unknown): boolean {
  return a !== b && JSON.stringify(a) !== JSON.stringify(b);
}
