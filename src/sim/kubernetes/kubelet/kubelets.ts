// All kubelets of the world as one component: what reaches them, and what others may ask them.
// Models k8s.io/kubernetes/pkg/kubelet/kubelet.go syncLoopIteration and pkg/kubelet/nodelease (1.32).
// A node has a kubelet here when its Node object carries nodeInfo; one that somebody merely posts has no machine.
import { fnv1a32 } from '../../engine/hash.ts';
import { phase } from '../../engine/simulation.ts';
import type { Exit, Images, LogLine, Processes } from '../../workload/process.ts';
import type { Cluster } from '../cluster.ts';
import type { Pod } from '../objects.ts';
import { isPodTerminal } from '../pods.ts';
import type { Change } from '../store.ts';
import type { Kubelets, ProbeView } from './contract.ts';
import { nodeConditions } from './nodes.ts';
import { newPodRecord, PodWorkers } from './pod-worker.ts';
import type { ProbeType } from './probe-worker.ts';
import { Probing, type ProbedContainer } from './probing.ts';
import { isRunning, type ContainerRecord, type PodRecord } from './record.ts';
import { KubeletState } from './state.ts';
import { isMadeFrom, REFRESH_MS, refreshVolumes } from './volumes.ts';
import { continueKill, NOTICE_MS, type KillEvent } from './termination.ts';

export interface KubeletDeps {
  readonly processes: Processes;
  readonly images: Images;
  /** Ask every probe at every tick. Only to hold the lazy clocks to the same results. */
  readonly eagerProbes?: boolean;
}

interface PodEvent {
  readonly kind: 'kubelet.deleted' | 'kubelet.removed' | 'kubelet.refresh';
  readonly uid: string;
}

interface ExitEvent {
  readonly kind: 'kubelet.exit';
  readonly id: string;
  readonly exit: Exit;
}

/** A kubelet renews its lease this often: a quarter of 40 s. */
const HEARTBEAT_MS = 10_000;
/** A pod that could not be synced is tried again after this long. (podWorkers backOffPeriod, without its jitter) */
const CONFIG_RETRY_MS = 10_000;
/** Between a machine's power and its kubelet's first look at its pods. */
const BOOT_MS = 1000;

export function createKubelets(cluster: Cluster, deps: KubeletDeps): Kubelets {
  return new AllKubelets(cluster, deps);
}

class AllKubelets implements Kubelets {
  readonly #state: KubeletState;
  readonly #probing: Probing;
  readonly #workers: PodWorkers;
  readonly #machineListeners: ((node: string, running: boolean) => void)[] = [];
  readonly #logListeners: ((podUid: string, container: string, line: LogLine) => void)[] = [];

  constructor(cluster: Cluster, { processes, images, eagerProbes = false }: KubeletDeps) {
    const { sim, store } = cluster;
    this.#state = new KubeletState(cluster, processes, images);
    const host = {
      container: (uid: string, name: string) => this.#probed(uid, name),
      failed: (uid: string, name: string, _type: ProbeType, message: string) => {
        this.#state.event(this.#state.known(uid), 'Warning', 'Unhealthy', message, this.#state.container(uid, name));
      },
      verdict: (uid: string, name: string, type: ProbeType, success: boolean) => {
        this.#workers.verdict(uid, name, type, success);
      },
    };
    this.#probing = new Probing(sim, processes, host, eagerProbes);
    this.#workers = new PodWorkers(this.#state, this.#probing);
    sim.on<KillEvent>('kubelet.kill', (event) => {
      continueKill(this.#state, event);
    });
    sim.on<PodEvent>('kubelet.deleted', ({ uid }) => {
      if (this.#state.pod(uid) && this.#isUp(uid)) this.#workers.terminate(uid);
    });
    sim.on<PodEvent>('kubelet.removed', ({ uid }) => {
      this.#removed(uid);
    });
    sim.on<ExitEvent>('kubelet.exit', ({ id, exit }) => {
      const found = this.#state.containerOf(id);
      if (found && this.#isUp(found.uid)) this.#workers.exited(found.uid, found.container, exit);
    });
    store.subscribe('nodes', (change) => {
      if (change.type === 'ADDED' && change.object.status.nodeInfo) this.#register(change.key);
    });
    store.subscribe('pods', (change) => {
      this.#podChanged(change);
    });
    store.subscribe('configmaps', (change) => {
      if (change.type !== 'DELETED') this.#sourceChanged(change);
    });
    store.subscribe('secrets', (change) => {
      if (change.type !== 'DELETED') this.#sourceChanged(change);
    });
    sim.on<PodEvent>('kubelet.refresh', ({ uid }) => {
      refreshVolumes(this.#state, uid);
    });
    processes.onExit((id, exit) => {
      if (this.#state.containerOf(id))
        sim.schedule<ExitEvent>(sim.now, phase.kubelet, { kind: 'kubelet.exit', id, exit });
    });
    processes.onDisturbed((id) => {
      const found = this.#state.containerOf(id);
      if (found) this.#probing.disturbed(found.uid, found.container);
    });
    processes.onLog?.((id, line) => {
      const found = this.#state.containerOf(id);
      if (found) for (const listener of this.#logListeners) listener(found.uid, found.container, line);
    });
  }

  probes(podUid: string): readonly ProbeView[] {
    return this.#probing.views(podUid);
  }

  processOf(podUid: string, container?: string): string | undefined {
    const record = this.#state.pod(podUid);
    const found = record?.containers.find((c) => (container === undefined ? c.role === 'main' : c.name === container));
    return found && isRunning(found) ? (found.id ?? undefined) : undefined;
  }

  podOf(processId: string): { readonly key: string; readonly container: string } | undefined {
    const found = this.#state.containerOf(processId);
    return found && { key: this.#state.known(found.uid).key, container: found.container };
  }

  logs(podUid: string, container: string, previous: boolean): readonly LogLine[] | undefined {
    const found = this.#find(podUid, container);
    const id = previous ? beforeThePresent(found) : found?.id;
    return id === undefined || id === null ? undefined : this.#state.processes.logs(id);
  }

  backoffUntil(podUid: string, container: string): number | undefined {
    const found = this.#find(podUid, container);
    return found?.waiting?.reason === 'CrashLoopBackOff' ? found.notBefore : undefined;
  }

  onMachine(listener: (node: string, running: boolean) => void): void {
    this.#machineListeners.push(listener);
  }

  onLog(listener: (podUid: string, container: string, line: LogLine) => void): void {
    this.#logListeners.push(listener);
  }

  lastHeartbeat(node: string): number {
    const found = this.#state.node(node);
    if (!found) return 0;
    const { now } = this.#state;
    if (!found.running || now < found.heartbeatFrom) return found.lastHeartbeat;
    return now - ((now - found.heartbeatFrom) % HEARTBEAT_MS);
  }

  setMachineRunning(node: string, running: boolean): void {
    const found = this.#state.node(node);
    if (!found || found.running === running) return;
    const entry = this.#state.cluster.sim.record('machine', `nodes/${node}`, running ? 'Started' : 'Stopped');
    this.#state.cluster.sim.because(entry, () => {
      if (running) this.#machineStarts(node);
      else this.#machineStops(node);
      for (const listener of this.#machineListeners) listener(node, running);
    });
  }

  /** Everything on the machine ends, and nobody is told. */
  #machineStops(name: string): void {
    const state = this.#state;
    const { sim } = state.cluster;
    const node = state.node(name);
    if (!node) return;
    state.setNode({ ...node, running: false, lastHeartbeat: this.lastHeartbeat(name), pullsFreeAt: 0 });
    for (const record of state.podsOf(name)) {
      const { uid } = record;
      if (record.work) sim.cancel(record.work.event);
      if (record.sync) sim.cancel(record.sync.event);
      const sandbox = record.sandbox && { ...record.sandbox, state: 'NotReady' as const };
      state.patch(uid, { work: null, sync: null, terminating: null, sandbox });
      for (const container of record.containers) {
        const { id, name: of, startedAt, killing } = container;
        if (killing) sim.cancel(killing.event);
        if (id === null || !isRunning(container)) continue;
        this.#probing.containerStopped(uid, of);
        // What the runtime says of containers that it finds dead after a reboot.
        const terminated = { id, exitCode: 255, reason: 'Unknown', startedAt, finishedAt: state.now };
        state.patchContainer(uid, of, { terminated, killing: null, restarting: false, started: false, ready: false });
        state.processes.kill(id);
      }
    }
    // A pull that was cut off has brought nothing.
    const kept = Object.fromEntries(Object.entries(node.images).filter(([, at]) => at <= state.now));
    const after = state.node(name);
    if (after) state.setNode({ ...after, images: kept });
  }

  #machineStarts(name: string): void {
    const state = this.#state;
    const node = state.node(name);
    if (!node) return;
    state.setNode({ ...node, running: true, heartbeatFrom: state.now, lastHeartbeat: state.now });
    const { store, events } = state.cluster;
    const object = store.get('nodes', name);
    if (object) {
      const about = { kind: 'Node', apiVersion: 'v1', name, namespace: '', uid: object.metadata.uid };
      events.record(about, 'Normal', 'Starting', 'Starting kubelet.', 'kubelet', name);
      const time = store.timestamp;
      const conditions = nodeConditions(time).map((condition) => {
        const before = object.status.conditions?.find(({ type }) => type === condition.type);
        const same = before?.status === condition.status && before.lastTransitionTime;
        return same ? { ...condition, lastTransitionTime: before.lastTransitionTime ?? time } : condition;
      });
      store.updateStatus('nodes', name, { ...object.status, conditions });
    }
    for (const { uid } of state.podsOf(name)) this.#workers.syncAt(uid, state.now + BOOT_MS);
  }

  #register(name: string): void {
    const { now } = this.#state;
    this.#state.setNode({
      name,
      running: true,
      heartbeatFrom: now + (fnv1a32(name) % HEARTBEAT_MS),
      lastHeartbeat: now,
      pullsFreeAt: 0,
      images: {},
      lastHost: 1,
    });
  }

  /** Inside a write: only remembers and schedules. */
  #podChanged({ type, key, object, before, cause }: Change<'pods'>): void {
    const { sim } = this.#state.cluster;
    const { uid, deletionTimestamp } = object.metadata;
    const record = this.#state.pod(uid);
    if (type === 'DELETED') {
      if (!record) return;
      this.#state.patch(uid, { gone: object });
      sim.schedule<PodEvent>(sim.now + NOTICE_MS, phase.kubelet, { kind: 'kubelet.removed', uid }, cause);
      return;
    }
    const { nodeName } = object.spec;
    if (!record) {
      const node = nodeName === undefined ? undefined : this.#state.node(nodeName);
      if (!node || isPodTerminal(object)) return;
      this.#state.addPod(this.#workers.begin(newPodRecord(key, object, node.name), sim.now + NOTICE_MS, cause));
      return;
    }
    if (deletionTimestamp !== before?.metadata.deletionTimestamp)
      sim.schedule<PodEvent>(sim.now + NOTICE_MS, phase.kubelet, { kind: 'kubelet.deleted', uid }, cause);
    else if (before && object.spec !== before.spec && contentsOf(object) !== contentsOf(before))
      this.#specChanged(record, cause);
  }

  #specChanged(record: PodRecord, cause: number): void {
    const { sim } = this.#state.cluster;
    for (const { name, notBefore } of record.containers)
      if (notBefore > sim.now) this.#state.patchContainer(record.uid, name, { notBefore: 0, pullBackoff: null });
    sim.because(cause, () => {
      this.#workers.syncAt(record.uid, sim.now + NOTICE_MS);
    });
  }

  /** Inside a write. Pods that wait for configuration find it at their next try. */
  #sourceChanged({ resource, object, type, cause }: Change<'configmaps'> | Change<'secrets'>): void {
    const { sim } = this.#state.cluster;
    const { name: changed, namespace = '' } = object.metadata;
    if (type === 'MODIFIED')
      for (const uid of this.#state.withVolumes()) {
        const record = this.#state.known(uid);
        const pod = this.#state.object(record);
        if (pod && record.key.startsWith(`${namespace}/`) && isMadeFrom(pod, resource, changed))
          sim.schedule<PodEvent>(sim.now + REFRESH_MS, phase.kubelet, { kind: 'kubelet.refresh', uid }, cause);
      }
    for (const uid of this.#state.configWaiters()) {
      const record = this.#state.known(uid);
      if (!record.key.startsWith(`${object.metadata.namespace ?? ''}/`)) continue;
      for (const { name, waiting } of record.containers)
        if (waiting?.reason === 'CreateContainerConfigError') this.#state.patchContainer(uid, name, { notBefore: 0 });
      sim.because(cause, () => {
        this.#workers.syncAt(uid, sim.now + CONFIG_RETRY_MS);
      });
    }
  }

  #removed(uid: string): void {
    const record = this.#state.pod(uid);
    if (!record) return;
    if (!this.#isUp(uid)) return;
    if (!record.finished && record.containers.some(isRunning)) this.#workers.terminate(uid);
    else {
      if (record.work) this.#state.cluster.sim.cancel(record.work.event);
      if (record.sync) this.#state.cluster.sim.cancel(record.sync.event);
      this.#probing.removePod(uid);
      this.#state.removePod(uid);
    }
  }

  #probed(uid: string, name: string): ProbedContainer | undefined {
    const record = this.#state.pod(uid);
    const container = record?.containers.find((c) => c.name === name);
    if (!record || !container?.id || !isRunning(container)) return undefined;
    const pod = this.#state.object(record);
    return {
      processId: container.id,
      startedAt: container.startedAt,
      started: container.started,
      podDeleted: record.terminating !== null,
      restartPolicyNever: pod?.spec.restartPolicy === 'Never',
      podIP: record.ip,
      podKey: record.key,
    };
  }

  #find(podUid: string, name: string): ContainerRecord | undefined {
    return this.#state.pod(podUid)?.containers.find((container) => container.name === name);
  }

  #isUp(uid: string): boolean {
    const record = this.#state.pod(uid);
    return record !== undefined && this.#state.node(record.node)?.running === true;
  }
}

/** What of a pod that runs can change for its kubelet: images, and containers added for debugging. */
function contentsOf({ spec }: Pod): string {
  const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  return all.map(({ image }) => image).join(' ');
}

/** `--previous` shows the container before the newest, or the newest once it has ended and waits to be replaced. */
function beforeThePresent(container: ContainerRecord | undefined): string | undefined {
  if (!container) return undefined;
  if (container.terminated && container.waiting) return container.terminated.id;
  return container.previous?.id;
}
