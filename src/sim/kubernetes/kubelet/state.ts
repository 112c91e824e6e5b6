// The memory of all kubelets and how they speak to the API server: records by pod and node, status writes, events.
// Models the pod cache and status manager of k8s.io/kubernetes/pkg/kubelet (1.32). Departure: a status is written
// the moment it changes; the real status manager batches and retries.
import { formatTime } from '../../engine/time.ts';
import { assert } from '../../engine/assert.ts';
import type { Images, Processes } from '../../workload/process.ts';
import type { Cluster } from '../cluster.ts';
import type { Container, Event, Pod } from '../objects.ts';
import { podRequests } from '../pods.ts';
import { podStatus } from './pod-status.ts';
import { isRunning, type ContainerRecord, type NodeRecord, type PodRecord } from './record.ts';

interface Saved {
  readonly pods: ReadonlyMap<string, PodRecord>;
  readonly nodes: ReadonlyMap<string, NodeRecord>;
}

export class KubeletState {
  readonly cluster: Cluster;
  readonly processes: Processes;
  readonly images: Images;
  #pods = new Map<string, PodRecord>();
  #nodes = new Map<string, NodeRecord>();
  /** Derived from the records: pods by node, in order of arrival, and containers by process. */
  #byNode = new Map<string, Set<string>>();
  #byProcess = new Map<string, { readonly uid: string; readonly container: string }>();
  #configWaiters = new Set<string>();
  #withVolumes = new Set<string>();
  /** What the admitted pods of each node ask for, and by the first three numbers which addresses are taken. */
  #used = new Map<string, Used>();
  #taken = new Map<string, Uint8Array>();

  constructor(cluster: Cluster, processes: Processes, images: Images) {
    this.cluster = cluster;
    this.processes = processes;
    this.images = images;
    cluster.sim.register<Saved>({
      name: 'kubernetes.kubelet',
      save: () => ({ pods: new Map(this.#pods), nodes: new Map(this.#nodes) }),
      load: ({ pods, nodes }) => {
        this.#pods = new Map(pods);
        this.#nodes = new Map(nodes);
        this.#byNode = new Map();
        this.#byProcess = new Map();
        this.#configWaiters = new Set();
        this.#withVolumes = new Set();
        this.#used = new Map();
        this.#taken = new Map();
        for (const record of pods.values()) this.#index(record);
      },
    });
  }

  get now(): number {
    return this.cluster.sim.now;
  }

  node(name: string): NodeRecord | undefined {
    return this.#nodes.get(name);
  }

  /** Pods with a container whose configuration was missing when it was last tried, in the order of their uids. */
  configWaiters(): readonly string[] {
    return [...this.#configWaiters].sort();
  }

  /** Pods that have volumes, in the order of their uids. */
  withVolumes(): readonly string[] {
    return [...this.#withVolumes].sort();
  }

  setNode(node: NodeRecord): void {
    this.#nodes.set(node.name, node);
  }

  pod(uid: string): PodRecord | undefined {
    return this.#pods.get(uid);
  }

  /** The record of a pod whose event only comes while there is one. */
  known(uid: string): PodRecord {
    const record = this.#pods.get(uid);
    if (!record) assert(false, `kubelet without pod ${uid}`);
    return record;
  }

  /** Pods of a node in the order in which its kubelet heard of them. */
  podsOf(node: string): readonly PodRecord[] {
    return [...(this.#byNode.get(node) ?? [])].map((uid) => this.known(uid));
  }

  /** What the pods of a node that it has admitted and that have not ended ask for. */
  used(node: string): Readonly<Used> {
    return this.#used.get(node) ?? NOTHING;
  }

  /** Whether a pod with a sandbox has the address `prefix` + `host`. */
  isTaken(prefix: string, host: number): boolean {
    return (this.#taken.get(prefix)?.[host] ?? 0) > 0;
  }

  addPod(record: PodRecord): void {
    this.#pods.set(record.uid, record);
    this.#index(record);
  }

  removePod(uid: string): void {
    const record = this.#pods.get(uid);
    if (!record) return;
    this.#pods.delete(uid);
    if (isCounted(record)) this.#use(record, -1);
    if (hasAddress(record)) this.#take(record.ip, -1);
    this.#byNode.get(record.node)?.delete(uid);
    this.#configWaiters.delete(uid);
    this.#withVolumes.delete(uid);
    for (const volume of Object.values(record.volumes ?? {}))
      if (volume.startsWith(`${uid}/`)) this.processes.volumes?.remove(volume);
    for (const { id, previous } of record.containers) {
      if (id !== null) this.#byProcess.delete(id);
      if (id !== null) this.processes.forget(id);
      if (previous) this.processes.forget(previous.id);
    }
  }

  /** A new record with `change` in place of the old one. */
  patch(uid: string, change: Partial<PodRecord>): PodRecord {
    const before = this.known(uid);
    const next = withChange(before, change);
    this.#pods.set(uid, next);
    if (isCounted(before) !== isCounted(next)) this.#use(next, isCounted(next) ? 1 : -1);
    if (before.ip !== next.ip || before.sandbox !== next.sandbox) {
      if (hasAddress(before)) this.#take(before.ip, -1);
      if (hasAddress(next)) this.#take(next.ip, 1);
    }
    return next;
  }

  container(uid: string, name: string): ContainerRecord {
    for (const container of this.known(uid).containers) if (container.name === name) return container;
    assert(false, `kubelet without container ${name} of ${uid}`);
  }

  patchContainer(uid: string, name: string, change: Partial<ContainerRecord>): ContainerRecord {
    const next = withChange(this.container(uid, name), change);
    const record = this.known(uid);
    const containers =
      record.containers.length === 1
        ? [next]
        : record.containers.map((container) => (container.name === name ? next : container));
    this.#pods.set(uid, { ...record, containers });
    if (change.waiting !== undefined) {
      if (containers.some(waitsForConfig)) this.#configWaiters.add(uid);
      else this.#configWaiters.delete(uid);
    }
    if (change.id !== undefined && change.id !== null) this.#byProcess.set(change.id, { uid, container: name });
    return next;
  }

  containerOf(processId: string): { readonly uid: string; readonly container: string } | undefined {
    return this.#byProcess.get(processId);
  }

  /** The pod as the API server has it, or as it last was. */
  object(record: PodRecord): Pod | undefined {
    return this.live(record) ?? record.gone ?? undefined;
  }

  /** The pod while it is in the store. */
  live(record: PodRecord): Pod | undefined {
    const pod = this.cluster.store.get('pods', record.key);
    return pod?.metadata.uid === record.uid ? pod : undefined;
  }

  hostIP(node: string): string {
    const addresses = this.cluster.store.get('nodes', node)?.status.addresses ?? [];
    return addresses.find(({ type }) => type === 'InternalIP')?.address ?? '';
  }

  writeStatus(uid: string): void {
    const record = this.known(uid);
    const pod = this.live(record);
    if (!pod || this.node(record.node)?.running !== true) return;
    const { epochMs } = this.cluster.sim;
    const timestamp = (at: number) => formatTime(epochMs + at);
    const status = podStatus(pod, record, this.hostIP(record.node), timestamp, this.now);
    this.cluster.store.updateStatus('pods', record.key, status);
  }

  /** An Event about the pod, or about one container of it. */
  event(record: PodRecord, type: Event['type'], reason: string, message: string, container?: ContainerRecord): void {
    if (this.cluster.events.accepts?.(type) === false) return;
    const pod = this.object(record);
    if (!pod) return;
    const { name, namespace = '', uid, resourceVersion } = pod.metadata;
    const kind = 'Pod';
    const apiVersion = 'v1';
    const about = container
      ? {
          kind,
          apiVersion,
          namespace,
          name,
          uid,
          resourceVersion,
          fieldPath: fieldPath(LISTS[container.role], container.name),
        }
      : { kind, apiVersion, namespace, name, uid, resourceVersion };
    this.cluster.events.record(about, type, reason, message, 'kubelet', record.node);
  }

  #use(record: PodRecord, sign: 1 | -1): void {
    const pod = this.object(record);
    if (!pod) return;
    const { cpuMilli, memoryBytes, ephemeralStorageBytes } = podRequests(pod);
    let used = this.#used.get(record.node);
    if (!used) this.#used.set(record.node, (used = { ...NOTHING }));
    used.pods += sign;
    used.cpuMilli += sign * cpuMilli;
    used.memoryBytes += sign * memoryBytes;
    used.ephemeralStorageBytes += sign * ephemeralStorageBytes;
  }

  #take(ip: string, sign: 1 | -1): void {
    const end = ip.lastIndexOf('.') + 1;
    const prefix = ip.slice(0, end);
    const host = Number(ip.slice(end));
    let taken = this.#taken.get(prefix);
    if (!taken) this.#taken.set(prefix, (taken = new Uint8Array(256)));
    taken[host] = (taken[host] as number) + sign;
  }

  #index(record: PodRecord): void {
    if (isCounted(record)) this.#use(record, 1);
    if (hasAddress(record)) this.#take(record.ip, 1);
    let set = this.#byNode.get(record.node);
    if (!set) this.#byNode.set(record.node, (set = new Set()));
    set.add(record.uid);
    if (record.containers.some(waitsForConfig)) this.#configWaiters.add(record.uid);
    if ((this.object(record)?.spec.volumes?.length ?? 0) > 0) this.#withVolumes.add(record.uid);
    for (const container of record.containers)
      if (container.id !== null && isRunning(container))
        this.#byProcess.set(container.id, { uid: record.uid, container: container.name });
  }
}

/** The same as two spreads in a row, of which the second is slow. */
function withChange<T extends object>(before: T, change: Partial<T>): T {
  const next = { ...before };
  for (const key in change) next[key] = change[key] as T[typeof key];
  return next;
}

const fieldPaths = new Map<string, string>();
const MOST_FIELD_PATHS = 1024;

/** Events about containers of one name share the text. */
function fieldPath(list: string, name: string): string {
  const path = `spec.${list}{${name}}`;
  const known = fieldPaths.get(path);
  if (known !== undefined) return known;
  if (fieldPaths.size >= MOST_FIELD_PATHS) fieldPaths.clear();
  fieldPaths.set(path, path);
  return path;
}

/** Sums over pods. */
export interface Used {
  pods: number;
  cpuMilli: number;
  memoryBytes: number;
  ephemeralStorageBytes: number;
}

const NOTHING: Readonly<Used> = { pods: 0, cpuMilli: 0, memoryBytes: 0, ephemeralStorageBytes: 0 };

function isCounted({ seenAt, finished, rejected }: PodRecord): boolean {
  return seenAt !== null && !finished && !rejected;
}

function hasAddress({ sandbox, ip }: PodRecord): boolean {
  return sandbox?.state === 'Ready' && ip !== '';
}

function waitsForConfig({ waiting }: ContainerRecord): boolean {
  return waiting?.reason === 'CreateContainerConfigError';
}

/** Where in a pod's spec a container of a role stands. */
const LISTS = {
  init: 'initContainers',
  sidecar: 'initContainers',
  main: 'containers',
  ephemeral: 'ephemeralContainers',
} as const;

export function specOf(pod: Pod, container: Pick<ContainerRecord, 'name' | 'role'>): Container {
  const list = pod.spec[LISTS[container.role]] ?? [];
  for (const one of list) if (one.name === container.name) return one;
  assert(false, `pod ${pod.metadata.name} without container ${container.name}`);
}

/** `name_namespace(uid)`, as the kubelet names a pod in its sentences. (format.Pod) */
export function podText(record: PodRecord): string {
  const [namespace = '', name = ''] = record.key.split('/');
  return `${name}_${namespace}(${record.uid})`;
}
