// The life of a pod on its node, one step after the other: admission, sandbox, containers in order, exits, the end.
// Models k8s.io/kubernetes/pkg/kubelet/kubelet.go SyncPod, pod_workers.go and kuberuntime_manager.go SyncPod (1.32).
// Departures: exits are noticed at once, while the real relist looks every second; a sync happens when there is
// something to do, not every minute; activeDeadlineSeconds ends a pod on the very second.
import { phase } from '../../engine/simulation.ts';
import type { Exit } from '../../workload/process.ts';
import { latency } from '../cluster.ts';
import type { Pod } from '../objects.ts';
import { isPodTerminal } from '../pods.ts';
import { intValue } from '../quantity.ts';
import { admit } from './admission.ts';
import { Eviction } from './eviction.ts';
import type { HookEvent } from './hooks.ts';
import { isSidecar } from './phase.ts';
import { computePodActions, type ContainerToKill, type PodActions, type ProbeResult } from './pod-actions.ts';
import { checkOf } from './probe-check.ts';
import type { ProbeType } from './probe-worker.ts';
import type { Probing } from './probing.ts';
import { isRunning, newContainer, type PodRecord } from './record.ts';
import { finishPull, finishStart, NEXT_SYNC_MS, startContainer, type StepEvent } from './start-container.ts';
import { mountVolumes } from './volumes.ts';
import { specOf, type KubeletState } from './state.ts';
import { beginTermination, continueTermination, killContainer } from './termination.ts';

interface SyncEvent {
  readonly kind: 'kubelet.sync';
  readonly uid: string;
}

/** What the kubelet remembers of a pod that has just been bound to its node. */
export function newPodRecord(key: string, pod: Pod, node: string): PodRecord {
  const { uid } = pod.metadata;
  const init = (pod.spec.initContainers ?? []).map((c) => newContainer(c.name, isSidecar(c) ? 'sidecar' : 'init'));
  return {
    uid,
    key,
    node,
    gone: null,
    seenAt: null,
    rejected: null,
    sandbox: null,
    ip: '',
    containers: init.concat(pod.spec.containers.map((c) => newContainer(c.name, 'main'))),
    work: null,
    sync: null,
    terminating: null,
    volumes: pod.spec.volumes === undefined ? NO_VOLUMES : null,
    mountTries: 0,
    evicted: null,
    finished: false,
  };
}

const NO_VOLUMES = {};

export class PodWorkers {
  readonly #state: KubeletState;
  readonly #probing: Probing;
  readonly #eviction: Eviction;

  constructor(state: KubeletState, probing: Probing) {
    this.#state = state;
    this.#probing = probing;
    this.#eviction = new Eviction(state, probing);
    const { sim } = state.cluster;
    sim.on<SyncEvent>('kubelet.sync', ({ uid }) => {
      if (!this.#state.pod(uid)) return;
      this.#state.patch(uid, { sync: null });
      this.sync(uid);
    });
    sim.on<HookEvent>('kubelet.hook-failed', (event) => {
      this.#hookFailed(event);
    });
    sim.on<StepEvent>('kubelet.step', ({ uid }) => {
      this.#finishStep(uid);
    });
  }

  /** A new record with the first look at its pod. */
  begin(record: PodRecord, at: number, cause: number): PodRecord {
    const { sim } = this.#state.cluster;
    const { uid } = record;
    const event = sim.schedule<SyncEvent>(at, phase.kubelet, { kind: 'kubelet.sync', uid }, cause);
    return { ...record, sync: { at, event } };
  }

  /** Looks at the pod at `at`, unless that is to happen sooner anyway. */
  syncAt(uid: string, at: number): void {
    const { sim } = this.#state.cluster;
    const record = this.#state.known(uid);
    if (record.sync) {
      if (record.sync.at <= at) return;
      sim.cancel(record.sync.event);
    }
    const event = sim.schedule<SyncEvent>(at, phase.kubelet, { kind: 'kubelet.sync', uid });
    this.#state.patch(uid, { sync: { at, event } });
  }

  sync(uid: string): void {
    const state = this.#state;
    const record = state.known(uid);
    const pod = state.object(record);
    if (!pod || state.node(record.node)?.running !== true) return;
    if (record.terminating) {
      continueTermination(state, this.#probing, uid);
      return;
    }
    if (pod.metadata.deletionTimestamp !== undefined || record.gone) {
      this.terminate(uid);
      return;
    }
    if (record.seenAt === null && !this.#admit(uid, pod)) return;
    if (pod.spec.ephemeralContainers) this.#noticeEphemeral(uid, pod.spec.ephemeralContainers);
    if (record.work || record.finished) return;
    if (isPodTerminal(pod)) {
      this.#end(uid, pod);
      return;
    }
    const seen = state.known(uid);
    this.#act(uid, pod, plainActions(pod, seen) ?? this.#actions(pod, seen));
  }

  /** The pod was deleted: its grace counts from the deletion. */
  terminate(uid: string): void {
    const record = this.#state.known(uid);
    const pod = this.#state.live(record);
    // A pod removed without grace still gets a second. (calculateEffectiveGracePeriod)
    const seconds = pod ? Math.max(1, pod.metadata.deletionGracePeriodSeconds ?? 30) : 1;
    beginTermination(this.#state, this.#probing, uid, seconds * 1000);
  }

  exited(uid: string, name: string, exit: Exit): void {
    const state = this.#state;
    const { sim } = state.cluster;
    const { now } = state;
    const before = state.container(uid, name);
    if (before.id === null || before.terminated) return;
    if (before.killing) sim.cancel(before.killing.event);
    const terminated = {
      id: before.id,
      exitCode: exit.exitCode,
      reason: exit.reason,
      startedAt: before.startedAt,
      finishedAt: now,
    };
    state.patchContainer(uid, name, { terminated, killing: null, started: false, ready: false });
    this.#probing.containerStopped(uid, name);
    const record = state.known(uid);
    const message = `Container ${name} exited with code ${String(exit.exitCode)} (${exit.reason})`;
    const entry = sim.record('kubelet.exit', `pods/${record.key}`, exit.reason, message, {
      container: name,
      exitCode: exit.exitCode,
    });
    sim.because(entry, () => {
      if (record.terminating) {
        continueTermination(state, this.#probing, uid);
        return;
      }
      state.writeStatus(uid);
      // What the kubelet killed to restart it is restarted in the same sync.
      if (before.restarting) this.sync(uid);
      else this.syncAt(uid, now + NEXT_SYNC_MS);
    });
  }

  /** A probe has a new verdict. */
  verdict(uid: string, name: string, type: ProbeType, success: boolean): void {
    const state = this.#state;
    const container = state.container(uid, name);
    if (!isRunning(container)) return;
    const pod = state.object(state.known(uid));
    if (!pod) return;
    if (type === 'readiness') {
      state.patchContainer(uid, name, { ready: success && container.started });
      state.writeStatus(uid);
    } else if (type === 'startup' && success) {
      const ready = specOf(pod, container).readinessProbe === undefined;
      state.patchContainer(uid, name, { started: true, ready });
      this.#probing.containerReadyToProbe(uid, name);
      state.writeStatus(uid);
      if (container.role === 'sidecar') this.sync(uid);
    } else if (!success) this.sync(uid);
  }

  /** First sight of the pod: turns it away, or begins. */
  #admit(uid: string, pod: Pod): boolean {
    const state = this.#state;
    const used = { ...state.used(state.known(uid).node) };
    const record = state.patch(uid, { seenAt: state.now });
    const node = state.cluster.store.get('nodes', record.node);
    const rejected = isPodTerminal(pod) || !node ? undefined : admit(pod, node, used);
    if (rejected) {
      state.patch(uid, { rejected, finished: true });
      state.event(record, 'Warning', rejected.reason, rejected.message);
      state.writeStatus(uid);
      return false;
    }
    this.#probing.addPod(uid, probesOf(pod, record));
    return true;
  }

  /** Containers that somebody has added to a pod that runs. */
  #noticeEphemeral(uid: string, listed: NonNullable<Pod['spec']['ephemeralContainers']>): void {
    const { containers } = this.#state.known(uid);
    const added = listed.filter(({ name }) => !containers.some((known) => known.name === name));
    if (added.length === 0) return;
    const fresh = added.map(({ name }) => newContainer(name, 'ephemeral'));
    this.#state.patch(uid, { containers: [...containers, ...fresh] });
    this.#state.writeStatus(uid);
  }

  #actions(pod: Pod, record: PodRecord): PodActions {
    const liveness: Record<string, ProbeResult | undefined> = {};
    const startup: Record<string, ProbeResult | undefined> = {};
    const containers = [];
    for (const container of record.containers) {
      const { id, name, terminated } = container;
      if (id === null) continue;
      containers.push({
        id,
        name,
        state: terminated ? ('Exited' as const) : ('Running' as const),
        exitCode: terminated?.exitCode ?? 0,
        specChanged: container.image !== specOf(pod, container).image,
      });
      if (!terminated) {
        liveness[id] = this.#probing.verdict(record.uid, name, 'liveness');
        startup[id] = this.#probing.verdict(record.uid, name, 'startup');
      }
    }
    const sandboxes = record.sandbox ? [{ ...record.sandbox, ip: record.ip }] : [];
    return computePodActions({ spec: pod.spec, deleted: false }, { sandboxes, containers }, { liveness, startup });
  }

  #act(uid: string, pod: Pod, actions: PodActions): void {
    const state = this.#state;
    if (actions.killPod && !actions.createSandbox) {
      this.#end(uid, pod);
      return;
    }
    if (actions.createSandbox) {
      const retryMs = mountVolumes(state, uid);
      if (retryMs !== null) {
        this.syncAt(uid, state.now + retryMs);
        return;
      }
      this.#createSandbox(uid, actions.attempt);
      return;
    }
    for (const kill of actions.containersToKill) this.#killToRestart(uid, pod, kill);
    const { ephemeralContainersToStart, initContainersToStart, containersToStart } = actions;
    const toStart = [...ephemeralContainersToStart, ...initContainersToStart, ...containersToStart];
    let next = Infinity;
    for (const name of toStart) {
      const container = state.container(uid, name);
      if (isRunning(container)) continue;
      if (container.notBefore <= state.now) startContainer(state, uid, name);
      if (state.known(uid).work) return;
      next = Math.min(next, state.container(uid, name).notBefore);
    }
    if (next !== Infinity) this.syncAt(uid, next);
  }

  #createSandbox(uid: string, attempt: number): void {
    const state = this.#state;
    const event = state.cluster.sim.schedule<StepEvent>(state.now + latency.sandbox, phase.kubelet, {
      kind: 'kubelet.step',
      uid,
    });
    state.patch(uid, {
      sandbox: attempt === 0 ? FIRST_NOT_READY : { state: 'NotReady', attempt },
      work: { kind: 'sandbox', event },
    });
    // In a large world a pod that runs within the second is told of once.
    if (attempt > 0 || state.cluster.sim.detail === 'full') state.writeStatus(uid);
  }

  #finishStep(uid: string): void {
    const state = this.#state;
    const record = state.pod(uid);
    const work = record?.work;
    if (!work) return;
    if (work.kind === 'sandbox') {
      const pod = state.object(record);
      const ip = pod?.spec.hostNetwork === true ? state.hostIP(record.node) : allocateIP(state, record.node);
      const attempt = record.sandbox?.attempt ?? 0;
      state.patch(uid, { work: null, ip, sandbox: attempt === 0 ? FIRST_READY : { state: 'Ready', attempt } });
    } else {
      state.patch(uid, { work: null });
      if (work.kind === 'pull') finishPull(state, uid, work);
      else this.#finishStart(uid, work.container);
    }
    if (!state.known(uid).work) this.sync(uid);
  }

  #finishStart(uid: string, name: string): void {
    const state = this.#state;
    finishStart(state, this.#probing, uid, name);
    const { id, terminated } = state.container(uid, name);
    const record = state.known(uid);
    const pod = state.object(record);
    if (id === null || terminated || !pod) return;
    const request = specOf(pod, state.container(uid, name)).resources.requests?.['memory'];
    this.#eviction.started(record.node, id, intValue(request ?? '0'));
  }

  /** A postStart hook failed: the container goes the way of its restart policy. */
  #hookFailed({ uid, container: name }: HookEvent): void {
    const state = this.#state;
    const record = state.pod(uid);
    const pod = record && state.object(record);
    if (!pod || record.terminating || !isRunning(state.container(uid, name))) return;
    killContainer(state, uid, name, 'FailedPostStartHook', pod.spec.terminationGracePeriodSeconds * 1000);
  }

  #killToRestart(uid: string, pod: Pod, { name, message, reason }: ContainerToKill): void {
    const state = this.#state;
    const container = state.container(uid, name);
    if (container.killing) return;
    const spec = specOf(pod, container);
    const probe =
      reason === 'LivenessProbe' ? spec.livenessProbe : reason === 'StartupProbe' ? spec.startupProbe : undefined;
    const seconds = probe?.terminationGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds;
    state.patchContainer(uid, name, { restarting: true });
    killContainer(state, uid, name, message, seconds * 1000);
  }

  /** Every container has done its part: sidecars are stopped, then the pod is over. */
  #end(uid: string, pod: Pod): void {
    const state = this.#state;
    const running = state.known(uid).containers.filter(isRunning);
    if (running.length > 0) {
      const grace = pod.spec.terminationGracePeriodSeconds * 1000;
      for (const { name } of running.slice(-1)) killContainer(state, uid, name, `Stopping container ${name}`, grace);
      return;
    }
    const record = state.known(uid);
    state.patch(uid, { finished: true, sandbox: record.sandbox && { ...record.sandbox, state: 'NotReady' } });
    state.writeStatus(uid);
  }
}

const NOTHING: PodActions = {
  killPod: false,
  createSandbox: false,
  sandboxId: '',
  attempt: 0,
  initContainersToStart: [],
  containersToStart: [],
  ephemeralContainersToStart: [],
  containersToKill: [],
};
const FIRST_NOT_READY = { state: 'NotReady', attempt: 0 } as const;
const FIRST_READY = { state: 'Ready', attempt: 0 } as const;
const FIRST_SANDBOX: PodActions = { ...NOTHING, killPod: true, createSandbox: true };

/** What {@link computePodActions} says of a pod in the plain course of its start; undefined where it must be asked. */
function plainActions({ spec }: Pod, { sandbox, ip, containers }: PodRecord): PodActions | undefined {
  const none = containers.every(({ id }) => id === null);
  if (!sandbox) return none ? FIRST_SANDBOX : undefined;
  if (spec.initContainers || sandbox.state !== 'Ready' || ip === '') return undefined;
  if (none) return { ...NOTHING, containersToStart: containers.map(({ name }) => name) };
  const steady = containers.every((container, i) => {
    const { name, image, livenessProbe, startupProbe } = spec.containers[i] ?? {};
    if (container.name !== name || container.image !== image) return false;
    return isRunning(container) && !livenessProbe && !startupProbe;
  });
  return steady ? NOTHING : undefined;
}

/** The next free address of the node's range; one given back is used again only after the others. (host-local IPAM) */
function allocateIP(state: KubeletState, name: string): string {
  const node = state.node(name);
  const range = state.cluster.store.get('nodes', name)?.spec.podCIDR ?? '10.244.0.0/24';
  const prefix = range.slice(0, range.lastIndexOf('.') + 1);
  let host = node?.lastHost ?? 1;
  for (let tries = 0; tries < 253; tries++) {
    // The first address is the gateway's, the last the broadcast's.
    host = host >= 254 ? 2 : host + 1;
    if (!state.isTaken(prefix, host)) break;
  }
  if (node) state.setNode({ ...node, lastHost: host });
  return prefix + String(host);
}

function probesOf(pod: Pod, record: PodRecord): Parameters<Probing['addPod']>[1] {
  const out = [];
  for (const container of record.containers) {
    if (container.role === 'init' || container.role === 'ephemeral') continue;
    const spec = specOf(pod, container);
    for (const type of ['startup', 'readiness', 'liveness'] as const) {
      const probe = spec[`${type}Probe`];
      if (probe) out.push({ container: container.name, type, probe, check: checkOf(spec, probe) });
    }
  }
  return out;
}
