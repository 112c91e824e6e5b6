// Node-pressure eviction: a machine that runs out of memory gets rid of pods before the kernel has to.
// Models k8s.io/kubernetes/pkg/kubelet/eviction (1.32) with its default threshold memory.available<100Mi: a look every ten
// seconds, one pod at a time, ranked by whether its use exceeds its request, then by priority, then by how far.
// Departures: memory only (disks and process numbers do not run out here); looks are taken only while what runs on the
// node could come to use more than there is; what is set aside for the system counts as in use; the kernel's own killing
// between two looks is left out for processes without a limit.
import { phase } from '../../engine/simulation.ts';
import type { Condition, Pod } from '../objects.ts';
import { canonicalQuantity, intValue } from '../quantity.ts';
import type { Probing } from './probing.ts';
import { isRunning, type PodRecord } from './record.ts';
import type { KubeletState } from './state.ts';
import { beginTermination } from './termination.ts';

interface LookEvent {
  readonly kind: 'kubelet.pressure';
  readonly node: string;
}

/** housekeeping of the eviction manager (monitoringInterval) */
const LOOK_MS = 10_000;
const THRESHOLD_BYTES = 100 * 1024 * 1024;
/** eviction-pressure-transition-period */
const CALM_MS = 5 * 60_000;
/** What hard eviction leaves a pod. */
const GRACE_MS = 1000;

interface Watch {
  readonly event: number;
  /** When available memory was last below the threshold; null for never. */
  readonly pressedAt: number | null;
}

export class Eviction {
  readonly #state: KubeletState;
  readonly #probing: Probing;
  /** Nodes that are looked at. */
  #watched = new Map<string, Watch>();

  constructor(state: KubeletState, probing: Probing) {
    this.#state = state;
    this.#probing = probing;
    const { sim } = state.cluster;
    sim.register<ReadonlyMap<string, Watch>>({
      name: 'kubernetes.kubelet.eviction',
      save: () => new Map(this.#watched),
      load: (watched) => {
        this.#watched = new Map(watched);
      },
    });
    sim.on<LookEvent>('kubelet.pressure', ({ node }) => {
      this.#look(node);
    });
  }

  /** A process has started on a node: from now on memory may run out. */
  started(node: string, process: string, requestBytes: number): void {
    if (this.#watched.has(node) || this.#ceiling(process) <= requestBytes || !this.#mayRunOut(node)) return;
    this.#again(node, null);
  }

  #again(node: string, pressedAt: number | null): void {
    const { sim } = this.#state.cluster;
    const event = sim.schedule<LookEvent>(sim.now + LOOK_MS, phase.kubelet, { kind: 'kubelet.pressure', node }, null);
    this.#watched.set(node, { event, pressedAt });
  }

  #look(name: string): void {
    const state = this.#state;
    const watch = this.#watched.get(name);
    this.#watched.delete(name);
    const node = state.cluster.store.get('nodes', name);
    if (!node || !watch || state.node(name)?.running !== true) return;
    const available = this.#available(name);
    const pressed = available < THRESHOLD_BYTES;
    const pressedAt = pressed ? state.now : watch.pressedAt;
    const calm = pressedAt === null || state.now - pressedAt >= CALM_MS;
    if (pressed) {
      this.#setCondition(name, true);
      this.#evictOne(name, available);
    } else if (calm) this.#setCondition(name, false);
    if (this.#mayRunOut(name) || !calm) this.#again(name, calm ? null : pressedAt);
  }

  #evictOne(name: string, available: number): void {
    const state = this.#state;
    const { events, store } = state.cluster;
    const about = { kind: 'Node', apiVersion: 'v1', name, namespace: '', uid: name };
    const running = state.podsOf(name).filter((record) => !record.terminating && record.containers.some(isRunning));
    events.record(about, 'Warning', 'EvictionThresholdMet', 'Attempting to reclaim memory', 'kubelet', name);
    const ranked = running
      .flatMap((record) => {
        const pod = state.live(record);
        return pod ? [{ record, pod, used: this.#used(record), wanted: requestOf(pod) }] : [];
      })
      .sort(
        (a, b) =>
          Number(b.used > b.wanted) - Number(a.used > a.wanted) ||
          (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) ||
          b.used - b.wanted - (a.used - a.wanted),
      );
    const victim = ranked.find(({ pod }) => (pod.spec.priority ?? 0) < 2_000_000_000);
    if (!victim) return;
    const { record, pod } = victim;
    const message =
      `The node was low on resource: memory. Threshold quantity: ${formatBytes(THRESHOLD_BYTES)}, ` +
      `available: ${formatBytes(available)}. ${this.#consumers(record, pod)}`;
    state.event(record, 'Warning', 'Evicted', message);
    const entry = state.cluster.sim.record('kubelet.evict', `pods/${record.key}`, 'Evicted', message);
    state.cluster.sim.because(entry, () => {
      state.patch(record.uid, { evicted: { reason: 'Evicted', message } });
      const disrupted: Condition = {
        type: 'DisruptionTarget',
        status: 'True',
        reason: 'TerminationByKubelet',
        message,
        lastProbeTime: null,
        lastTransitionTime: store.timestamp,
      };
      const conditions = (pod.status.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
      store.updateStatus('pods', record.key, { ...pod.status, conditions: [...conditions, disrupted] });
      beginTermination(state, this.#probing, record.uid, GRACE_MS);
    });
  }

  /** The containers that use more than they asked for, as the event names them. */
  #consumers(record: PodRecord, pod: Pod): string {
    let text = '';
    for (const { name, id, terminated } of record.containers) {
      if (id === null || terminated) continue;
      const used = this.#state.processes.usage(id).memoryBytes;
      const request = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === name)
        ?.resources.requests?.['memory'];
      if (used > intValue(request ?? '0'))
        text += `Container ${name} was using ${formatBytes(used)}, request is ${request ?? '0'}, has larger consumption of memory. `;
    }
    return text;
  }

  #setCondition(name: string, pressed: boolean): void {
    const { store, events } = this.#state.cluster;
    const node = store.get('nodes', name);
    const before = node?.status.conditions?.find(({ type }) => type === 'MemoryPressure');
    const status = pressed ? 'True' : 'False';
    if (!node || !before || before.status === status) return;
    const [reason, message] = pressed
      ? ['KubeletHasInsufficientMemory', 'kubelet has insufficient memory available']
      : ['KubeletHasSufficientMemory', 'kubelet has sufficient memory available'];
    const time = store.timestamp;
    const after: Condition = { ...before, status, reason, message, lastHeartbeatTime: time, lastTransitionTime: time };
    const conditions = (node.status.conditions ?? []).map((c) => (c === before ? after : c));
    store.updateStatus('nodes', name, { ...node.status, conditions });
    const about = { kind: 'Node', apiVersion: 'v1', name, namespace: '', uid: name };
    events.record(
      about,
      'Normal',
      `NodeHas${pressed ? 'Insufficient' : 'Sufficient'}Memory`,
      `Node ${name} status is now: NodeHas${pressed ? 'Insufficient' : 'Sufficient'}Memory`,
      'kubelet',
      name,
    );
  }

  /** Bytes that pods can have before the threshold's own are reached. */
  #available(name: string): number {
    const { capacity, reserved } = this.#memory(name);
    let used = reserved;
    for (const record of this.#state.podsOf(name)) used += this.#used(record);
    return capacity - used;
  }

  #mayRunOut(name: string): boolean {
    const { capacity, reserved } = this.#memory(name);
    let most = reserved;
    for (const record of this.#state.podsOf(name))
      for (const { id, terminated } of record.containers) if (id !== null && !terminated) most += this.#ceiling(id);
    return capacity - most < THRESHOLD_BYTES;
  }

  #memory(name: string): { readonly capacity: number; readonly reserved: number } {
    const status = this.#state.cluster.store.get('nodes', name)?.status;
    const capacity = intValue(status?.capacity['memory'] ?? '0');
    const allocatable = intValue(status?.allocatable['memory'] ?? '0');
    return { capacity, reserved: Math.max(0, capacity - allocatable - THRESHOLD_BYTES) };
  }

  #used(record: PodRecord): number {
    let bytes = 0;
    for (const { id, terminated } of record.containers)
      if (id !== null && !terminated) bytes += this.#state.processes.usage(id).memoryBytes;
    return bytes;
  }

  #ceiling(process: string): number {
    return this.#state.processes.memoryCeiling?.(process) ?? 0;
  }
}

/** As a binary quantity prints. */
function formatBytes(bytes: number): string {
  return bytes % 1024 === 0 ? canonicalQuantity(`${String(bytes / 1024)}Ki`) : String(bytes);
}

function requestOf({ spec }: Pod): number {
  let bytes = 0;
  for (const { resources } of spec.containers) bytes += intValue(resources.requests?.['memory'] ?? '0');
  return bytes;
}
