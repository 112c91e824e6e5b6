// Notices nodes that fall silent, marks them and their pods, and taints them.
// Models: pkg/controller/nodelifecycle/node_lifecycle_controller.go (1.32): a look at every node each 5 s, NoSchedule
// taints from conditions at once, NoExecute taints from the Ready condition as found at a look, so one look after the
// condition was written; at most one node in 10 s and zone, fewer or none while much of a zone is down.
// Departures: looks that would find nothing are not simulated. Who is silent is told by the machines
// (`machineStopped`), and the look that notices it is computed from the last heartbeat. While all zones are down
// NoExecute taints are kept rather than taken off.
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { Condition, Node, Taint } from '../../objects.ts';
import { isPodReady } from '../../pods.ts';
import { WorkQueue } from '../../work-queue.ts';
import type { PodIndex } from '../pod-index.ts';
import { checkNode, type Grace, type NodeHealth } from './node-health.ts';
import { needsNoScheduleTaints, withNoExecuteTaints, withNoScheduleTaints } from './node-taints.ts';
import { evictionIntervalMs, zoneKey, zonesOf } from './zones.ts';

/** --node-monitor-period */
const NODE_MONITOR_PERIOD_MS = 5000;
/** --node-monitor-grace-period: 40 s up to 1.31, 50 s since (kubernetes issue 127352 and the documentation of 1.32). */
const NODE_MONITOR_GRACE_PERIOD_MS = 50_000;
/** --node-startup-grace-period */
const NODE_STARTUP_GRACE_PERIOD_MS = 60_000;
/** The period runs from the end of one look to the next, so ten periods last a little longer than 50 s. */
const DRIFT_MS = 1;
const GRACE: Grace = { monitorMs: NODE_MONITOR_GRACE_PERIOD_MS, startupMs: NODE_STARTUP_GRACE_PERIOD_MS };
const COMPONENT = 'node-controller';

/** What the controller must know of the machines. */
export interface Machines {
  /** When (virtual ms) this node last renewed its lease. */
  lastHeartbeat(node: string): number;
  /** Calls `listener` when a machine stops or comes back, if the kubelets offer that. */
  onMachine?(listener: (node: string, running: boolean) => void): void;
}

export interface NodeLifecycle {
  /** The machine of this node has stopped: no more heartbeats. */
  machineStopped(node: string): void;
  /** It runs again. Its kubelet reports the node's status itself. */
  machineStarted(node: string): void;
}

interface State {
  readonly silent: readonly (readonly [string, number])[];
  readonly nextTaintAt: readonly (readonly [string, number])[];
  readonly heldBack: readonly string[];
}

export function createNodeLifecycleController(
  cluster: Cluster,
  { pods, machines }: { readonly pods: PodIndex; readonly machines: Machines },
): NodeLifecycle {
  const { sim, store, events } = cluster;
  /** Silent nodes, and when (virtual ms) the monitor last saw them alive. */
  let silent = new Map<string, number>();
  /** When each zone may give up its next node. */
  let nextTaintAt = new Map<string, number>();
  /** Nodes that would be given up if not too much of their zone were down. */
  let heldBack = new Set<string>();
  sim.register<State>({
    name: 'kubernetes.controllers.nodelifecycle',
    save: () => ({ silent: [...silent], nextTaintAt: [...nextTaintAt], heldBack: [...heldBack] }),
    load: (state) => {
      silent = new Map(state.silent);
      nextTaintAt = new Map(state.nextTaintAt);
      heldBack = new Set(state.heldBack);
    },
  });
  const monitor = new WorkQueue(sim, 'controller.nodelifecycle.monitor', 0, look);
  const noSchedule = new WorkQueue(sim, 'controller.nodelifecycle.noschedule', latency.watch, taintNoSchedule);
  const noExecute = new WorkQueue(sim, 'controller.nodelifecycle.noexecute', 0, taintNoExecute);

  store.subscribe('nodes', ({ type, key, object, before, cause }) => {
    if (type === 'DELETED') {
      silent.delete(key);
      heldBack.delete(key);
      return;
    }
    if (needsNoScheduleTaints(object)) noSchedule.add(key, cause);
    const status = readyCondition(object)?.status;
    if (status === undefined) {
      if (type === 'ADDED') monitor.addAfter(key, NODE_STARTUP_GRACE_PERIOD_MS + DRIFT_MS, cause);
      return;
    }
    const statusBefore = before && readyCondition(before)?.status;
    if (status === statusBefore || (status === 'True' && statusBefore === undefined)) return;
    monitor.addAfter(key, toNextLook(), cause);
    for (const node of heldBack) monitor.addAfter(node, toNextLook(), cause);
    heldBack.clear();
  });

  /** Milliseconds until the next look; one that is just under way comes too early. */
  function toNextLook(): number {
    return (Math.floor(sim.now / NODE_MONITOR_PERIOD_MS) + 1) * NODE_MONITOR_PERIOD_MS + DRIFT_MS - sim.now;
  }

  function look(name: string): void {
    const node = store.get('nodes', name);
    if (!node) return;
    const now = sim.epochMs + sim.now;
    const alive = silent.get(name);
    const ready = readyCondition(node);
    const health: NodeHealth | undefined = ready && {
      ready,
      probeAt: alive === undefined ? now : sim.epochMs + alive,
      readyTransitionAt: now,
      renewedAt: undefined,
    };
    const { observed, current, conditions } = checkNode(node, undefined, health, now, GRACE);
    if (conditions) {
      const reason = current?.reason ?? '';
      sim.because(sim.record('nodelifecycle.silent', `nodes/${name}`, reason, current?.message ?? ''), () => {
        store.updateStatus('nodes', name, { ...node.status, conditions });
      });
    }
    if (!current) return;
    if (observed.status === 'True') markReachable(name);
    else markForTainting(name);
    if (observed.status === 'True' && current.status !== 'True') {
      event(node, 'NodeNotReady', `Node ${name} status is now: NodeNotReady`);
      markPodsNotReady(name);
    }
    if (current.status !== observed.status) monitor.addAfter(name, toNextLook());
  }

  function markReachable(name: string): void {
    heldBack.delete(name);
    setTaints(name, (node) => withNoExecuteTaints(node, 'True', store.timestamp));
  }

  /** Queues the NoExecute taint as the zone's rate allows. Swapping one such taint for the other is not limited. */
  function markForTainting(name: string): void {
    const node = store.get('nodes', name);
    if (!node) return;
    const wanted = withNoExecuteTaints(node, readyCondition(node)?.status ?? 'Unknown', store.timestamp);
    if (wanted === node.spec.taints) return;
    if (wanted.length === (node.spec.taints ?? []).length) {
      noExecute.addAfter(name, 0);
      return;
    }
    const zones = zonesOf(store.values('nodes'));
    const zone = zones.get(zoneKey(node));
    const interval = zone && evictionIntervalMs(zone, [...zones.values()]);
    if (interval === undefined) {
      sim.record('nodelifecycle.heldback', `nodes/${name}`, '', 'too much of its zone is down to give it up');
      heldBack.add(name);
      return;
    }
    const at = Math.max(sim.now, nextTaintAt.get(zoneKey(node)) ?? 0);
    nextTaintAt.set(zoneKey(node), at + interval);
    noExecute.addAfter(name, at - sim.now);
  }

  function taintNoExecute(name: string): void {
    setTaints(name, (node) => withNoExecuteTaints(node, readyCondition(node)?.status ?? 'Unknown', store.timestamp));
  }

  function taintNoSchedule(name: string): void {
    setTaints(name, (node) => withNoScheduleTaints(node, store.timestamp));
  }

  function setTaints(name: string, taintsOf: (node: Node) => readonly Taint[]): void {
    const node = store.get('nodes', name);
    if (!node) return;
    const taints = taintsOf(node);
    if (taints === node.spec.taints || (taints.length === 0 && node.spec.taints === undefined)) return;
    const { taints: _before, ...rest } = node.spec;
    store.update('nodes', { ...node, spec: taints.length === 0 ? rest : { ...rest, taints } });
  }

  /** Nobody can say how the pods of a silent node are. (MarkPodsNotReady) */
  function markPodsNotReady(name: string): void {
    for (const [key, pod] of [...pods.onNode(name)]) {
      if (!isPodReady(pod)) continue;
      const conditions = (pod.status.conditions ?? []).map((condition): Condition =>
        condition.type === 'Ready' ? { ...condition, status: 'False', lastTransitionTime: store.timestamp } : condition,
      );
      store.updateStatus('pods', key, { ...pod.status, conditions });
      events.record(referenceTo(pod), 'Warning', 'NodeNotReady', 'Node is not ready', COMPONENT);
    }
  }

  function event(node: Node, reason: string, message: string): void {
    events.record(referenceTo(node), 'Normal', reason, message, COMPONENT);
  }

  function machineStopped(node: string): void {
    const seen = machines.lastHeartbeat(node) + latency.watch;
    const lookAt = Math.max(0, Math.ceil(seen / NODE_MONITOR_PERIOD_MS)) * NODE_MONITOR_PERIOD_MS;
    silent.set(node, lookAt);
    monitor.addAfter(node, Math.max(0, lookAt + NODE_MONITOR_GRACE_PERIOD_MS + DRIFT_MS - sim.now));
  }

  function machineStarted(node: string): void {
    silent.delete(node);
    monitor.addAfter(node, toNextLook());
  }

  machines.onMachine?.((node, running) => {
    if (running) machineStarted(node);
    else machineStopped(node);
  });
  return { machineStopped, machineStarted };
}

function readyCondition(node: Node): Condition | undefined {
  return node.status.conditions?.find((condition) => condition.type === 'Ready');
}
