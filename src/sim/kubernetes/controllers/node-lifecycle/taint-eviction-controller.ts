// Deletes pods that do not tolerate their node's NoExecute taints, or no longer.
// Models: pkg/controller/tainteviction/taint_eviction.go (1.32): timers of tolerationSeconds, cancelled when the
// taints go, condition DisruptionTarget, events. Leaves out the retry of failed deletions, because none fails.
import { phase } from '../../../engine/simulation.ts';
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { Node, Pod, Taint } from '../../objects.ts';
import { setCondition } from '../../pods.ts';
import { WorkQueue } from '../../work-queue.ts';
import type { PodIndex } from '../pod-index.ts';
import { tolerationSeconds } from './node-taints.ts';

const COMPONENT = 'taint-eviction-controller';

/** A pod that has to go at a set time. */
interface Timer {
  readonly event: number;
  readonly uid: string;
  /** When the clock began to run, and when it ends (virtual ms). */
  readonly since: number;
  readonly at: number;
}

interface EvictionEvent {
  readonly kind: 'controller.tainteviction.delete';
  readonly key: string;
}

export function createTaintEvictionController(cluster: Cluster, { pods }: { readonly pods: PodIndex }): void {
  const { sim, store, events } = cluster;
  let timers = new Map<string, Timer>();
  sim.register<readonly (readonly [string, Timer])[]>({
    name: 'kubernetes.controllers.tainteviction',
    save: () => [...timers],
    load: (state) => {
      timers = new Map(state);
    },
  });
  const nodes = new WorkQueue(sim, 'controller.tainteviction.node', latency.watch, (name) => {
    const taints = noExecuteTaints(store.get('nodes', name));
    for (const [key, pod] of [...pods.onNode(name)]) process(key, pod, taints);
  });
  const bound = new WorkQueue(sim, 'controller.tainteviction.pod', latency.watch, (key) => {
    const pod = store.get('pods', key);
    if (pod) process(key, pod, noExecuteTaints(store.get('nodes', pod.spec.nodeName ?? '')));
  });

  store.subscribe('nodes', ({ type, key, object, before, cause }) => {
    if (type === 'DELETED' || object.spec.taints === before?.spec.taints) return;
    if (noExecuteTaints(object).length > 0 || noExecuteTaints(before).length > 0) nodes.add(key, cause);
  });
  store.subscribe('pods', ({ type, key, object, before, cause }) => {
    if (type === 'DELETED') {
      cancel(key);
      return;
    }
    const { nodeName, tolerations } = object.spec;
    if (nodeName === undefined) return;
    if (nodeName === before?.spec.nodeName && tolerations === before.spec.tolerations) return;
    if (noExecuteTaints(store.get('nodes', nodeName)).length > 0) bound.add(key, cause);
  });

  function process(key: string, pod: Pod, taints: readonly Taint[]): void {
    const seconds = taints.length === 0 ? undefined : tolerationSeconds(taints, pod.spec.tolerations);
    const running = timers.get(key);
    if (seconds === undefined) {
      if (cancel(key)) event(pod, `Cancelling deletion of Pod ${key}`);
      return;
    }
    // Taints that come later never make the time longer than it already was.
    if (running && running.since + seconds * 1000 >= running.at && seconds > 0) return;
    const since = running?.since ?? sim.now;
    cancel(key);
    const at = seconds === 0 ? sim.now : Math.max(sim.now, since + seconds * 1000);
    const due = { kind: 'controller.tainteviction.delete' as const, key };
    const id = sim.schedule<EvictionEvent>(at, phase.controller, due);
    timers.set(key, { event: id, uid: pod.metadata.uid, since, at });
  }

  sim.on<EvictionEvent>('controller.tainteviction.delete', ({ key }) => {
    const timer = timers.get(key);
    timers.delete(key);
    const pod = store.get('pods', key);
    if (!timer || pod?.metadata.uid !== timer.uid || pod.metadata.deletionTimestamp !== undefined) return;
    event(pod, `Marking for deletion Pod ${key}`);
    const conditions = setCondition(pod.status.conditions, {
      type: 'DisruptionTarget',
      status: 'True',
      reason: 'DeletionByTaintManager',
      message: 'Taint manager: deleting due to NoExecute taint',
      lastTransitionTime: store.timestamp,
    });
    store.updateStatus('pods', key, { ...pod.status, conditions });
    store.delete('pods', key);
  });

  function cancel(key: string): boolean {
    const timer = timers.get(key);
    if (!timer) return false;
    sim.cancel(timer.event);
    return timers.delete(key);
  }

  function event(pod: Pod, message: string): void {
    events.record(referenceTo(pod), 'Normal', 'TaintManagerEviction', message, COMPONENT);
  }
}

function noExecuteTaints(node: Node | undefined): readonly Taint[] {
  return (node?.spec.taints ?? []).filter((taint) => taint.effect === 'NoExecute');
}
