// Stopping containers: preStop, SIGTERM, grace, SIGKILL; and the way out of a whole pod.
// Models k8s.io/kubernetes/pkg/kubelet/kuberuntime/kuberuntime_container.go killContainer and
// kuberuntime_termination_order.go, pkg/kubelet/pod_workers.go (1.32).
import { phase } from '../../engine/simulation.ts';
import { latency } from '../cluster.ts';
import { runPreStop } from './hooks.ts';
import type { Probing } from './probing.ts';
import { isRunning } from './record.ts';
import { specOf, type KubeletState } from './state.ts';

export interface KillEvent {
  readonly kind: 'kubelet.kill';
  readonly uid: string;
  readonly container: string;
  readonly stage: 'terminate' | 'kill';
}

/** A preStop hook that used up the grace still leaves the process this long. (minimumGracePeriodInSeconds) */
const MINIMUM_GRACE_MS = 2000;

/** Begins to stop a container; `kubelet.kill` events carry it on. */
export function killContainer(state: KubeletState, uid: string, name: string, message: string, graceMs: number): void {
  const { sim } = state.cluster;
  const { now } = state;
  const record = state.known(uid);
  const container = state.container(uid, name);
  const pod = state.object(record);
  if (container.id === null || container.killing || !pod) return;
  const deadline = now + graceMs;
  const entry = sim.record('kubelet.kill', `pods/${record.key}`, 'Killing', message, { container: name, deadline });
  sim.because(entry, () => {
    state.event(record, 'Normal', 'Killing', message, container);
    const hookMs = graceMs > 0 ? runPreStop(state, uid, container, specOf(pod, container)) : 0;
    if (hookMs === 0) {
      terminate(state, uid, name, deadline);
      return;
    }
    const at = Math.min(now + hookMs, deadline);
    const event = sim.schedule<KillEvent>(at, phase.kubelet, {
      kind: 'kubelet.kill',
      uid,
      container: name,
      stage: 'terminate',
    });
    state.patchContainer(uid, name, { killing: { deadline: Math.max(deadline, at + MINIMUM_GRACE_MS), event } });
  });
}

/** The next stage of a stop that is under way. */
export function continueKill(state: KubeletState, { uid, container: name, stage }: KillEvent): void {
  const container = state.pod(uid) && state.container(uid, name);
  if (!container?.killing || container.id === null) return;
  if (stage === 'terminate') terminate(state, uid, name, container.killing.deadline);
  else state.processes.kill(container.id);
}

function terminate(state: KubeletState, uid: string, name: string, deadline: number): void {
  const container = state.container(uid, name);
  if (container.id === null) return;
  if (deadline <= state.now) {
    state.patchContainer(uid, name, { killing: { deadline, event: -1 } });
    state.processes.kill(container.id);
    return;
  }
  const event = state.cluster.sim.schedule<KillEvent>(deadline, phase.kubelet, {
    kind: 'kubelet.kill',
    uid,
    container: name,
    stage: 'kill',
  });
  state.patchContainer(uid, name, { killing: { deadline, event } });
  state.processes.terminate(container.id);
}

/** The pod is on its way out: nothing new is started. A shorter grace than before shortens what is under way. */
export function beginTermination(state: KubeletState, probing: Probing, uid: string, graceMs: number): void {
  const { sim } = state.cluster;
  const record = state.known(uid);
  if (record.finished) {
    finishTermination(state, probing, uid);
    return;
  }
  if (record.work) sim.cancel(record.work.event);
  if (record.sync) sim.cancel(record.sync.event);
  const deadline = state.now + graceMs;
  const sooner = record.terminating && deadline < record.terminating.deadline;
  state.patch(uid, {
    work: null,
    sync: null,
    terminating: { deadline: Math.min(deadline, record.terminating?.deadline ?? Infinity) },
  });
  probing.podDeleted(uid);
  if (sooner)
    for (const { name, killing } of record.containers)
      if (killing && killing.deadline > deadline) {
        sim.cancel(killing.event);
        terminate(state, uid, name, deadline);
      }
  continueTermination(state, probing, uid);
}

/** Main and init containers go together, then the sidecars one by one, the last one first. */
export function continueTermination(state: KubeletState, probing: Probing, uid: string): void {
  const record = state.known(uid);
  const running = record.containers.filter(isRunning);
  const served = running.filter(({ role }) => role !== 'sidecar');
  const next = served.length > 0 ? served : running.slice(-1);
  if (next.length === 0) {
    finishTermination(state, probing, uid);
    return;
  }
  const graceMs = Math.max(0, (record.terminating?.deadline ?? state.now) - state.now);
  for (const { name } of next) killContainer(state, uid, name, `Stopping container ${name}`, graceMs);
}

function finishTermination(state: KubeletState, probing: Probing, uid: string): void {
  const record = state.known(uid);
  const sandbox = record.sandbox && { ...record.sandbox, state: 'NotReady' as const };
  if (!record.finished) {
    state.patch(uid, { finished: true, sandbox });
    state.writeStatus(uid);
  }
  const pod = state.live(record);
  if (!pod) {
    probing.removePod(uid);
    state.removePod(uid);
  } else if (pod.metadata.deletionTimestamp !== undefined)
    state.cluster.store.delete('pods', record.key, { gracePeriodSeconds: 0 });
}

/** How long a change of a pod takes to reach its kubelet. */
export const NOTICE_MS = latency.kubeletWatch;
