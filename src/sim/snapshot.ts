// What a picture needs of a world at one moment, as plain JSON: a worker posts it (or what changed in it) at most once
// a frame. It reads the world and changes nothing. Words such as a pod's status are those that kubectl prints.
// Leaves out: objects that no figure draws (ConfigMap, Lease, Namespace) and all but the newest ledger rows.
import type { JournalEntry } from './engine/journal.ts';
import type { Simulation } from './engine/simulation.ts';
import { parseTime } from './engine/time.ts';
import { podStatus } from './kubernetes/api/tables/pod-status.ts';
import type { Kubelets, ProbeView } from './kubernetes/kubelet/contract.ts';
import type { Condition, Node, Pod, Taint } from './kubernetes/objects.ts';
import { isPodReady, isPodTerminal, podCondition, podLimits, podRequests } from './kubernetes/pods.ts';
import { intValue, milliValue } from './kubernetes/quantity.ts';
import type { Store } from './kubernetes/store.ts';
import { apply, diff, type Diff } from './diff.ts';
import { ledgerOf, type LedgerRow } from './ledger.ts';
import { berthsOf, type Berth, type Stowage } from './stowage.ts';
import type { Flight, Traffic, TrafficSecond } from './traffic/contract.ts';
import type { Processes } from './workload/process.ts';

interface Amount {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

export interface NodeSnapshot {
  readonly name: string;
  readonly capacity: Amount;
  readonly allocatable: Amount;
  /** Capacity less allocatable: what the system keeps for itself. */
  readonly reserved: Amount;
  /** Sum of the requests of the pods bound here that have not finished. */
  readonly requested: Amount;
  readonly ready: 'True' | 'False' | 'Unknown';
  readonly conditions: readonly Pick<Condition, 'type' | 'status' | 'reason'>[];
  readonly cordoned: boolean;
  readonly taints: readonly Pick<Taint, 'key' | 'value' | 'effect'>[];
  readonly labels: Readonly<Record<string, string>>;
}

export interface PodSnapshot {
  readonly key: string;
  readonly uid: string;
  readonly name: string;
  /** `<namespace>/<name>` of the Deployment, ReplicaSet or bare pod that it belongs to. */
  readonly workload: string;
  readonly node: string | null;
  /** As kubectl prints it. */
  readonly status: string;
  readonly phase: Pod['status']['phase'];
  readonly ready: boolean;
  readonly readyContainers: number;
  readonly containers: number;
  readonly restarts: number;
  readonly terminating: boolean;
  /** Some container runs. */
  readonly running: boolean;
  /** Why the last container that ended did so; null when none has. */
  readonly lastExit: 'Completed' | 'Error' | 'OOMKilled' | null;
  readonly requests: Amount;
  readonly limits: Amount;
  /** Present use, null when nothing runs or nobody measures. */
  readonly usage: Amount | null;
  readonly probes: readonly ProbeView[];
  /** The wait before a crashed container starts again, virtual ms; null while none waits. */
  readonly backoff: { readonly from: number; readonly until: number } | null;
  /** The tag of the first container's image. */
  readonly tag: string;
  /** Why it is not as it should be, in Kubernetes' words; empty when all is well. */
  readonly problem: string;
  readonly berth: Berth | null;
  readonly createdAt: number;
}

export interface WorkloadSnapshot {
  readonly key: string;
  readonly name: string;
  /** One capital that no other workload here has. */
  readonly letter: string;
  /** 0 to 7: which of the workload colours. */
  readonly colour: number;
}

export interface ServiceSnapshot {
  readonly key: string;
  readonly name: string;
  /** Keys of the pods behind it that take requests, in EndpointSlice order. */
  readonly ready: readonly string[];
  /** Keys of all pods behind it. */
  readonly pods: readonly string[];
}

interface ClientSnapshot {
  readonly name: string;
  readonly url: string;
  readonly totals: { readonly sent: number; readonly ok: number; readonly failed: number };
  /** The newest finished second; null before the first. */
  readonly second: TrafficSecond | null;
}

export interface ClusterSnapshot {
  /** Virtual ms since the world began. */
  readonly at: number;
  readonly nodes: readonly NodeSnapshot[];
  readonly pods: readonly PodSnapshot[];
  readonly workloads: readonly WorkloadSnapshot[];
  readonly services: readonly ServiceSnapshot[];
  readonly flights: readonly Flight[];
  readonly clients: readonly ClientSnapshot[];
  readonly ledger: readonly LedgerRow[];
}

/** What of a world is read. */
export interface SnapshotSource {
  readonly sim: Simulation;
  readonly store: Store;
  readonly kubelets: Pick<Kubelets, 'probes' | 'processOf' | 'backoffUntil'>;
  readonly traffic: Pick<Traffic, 'flights' | 'totals' | 'seconds' | 'clients'>;
  readonly processes?: Pick<Processes, 'usage'>;
  readonly stowage?: Stowage;
}

export interface SnapshotOptions {
  /** How far back requests are still drawn. */
  readonly flightWindowMs?: number;
  readonly ledgerRows?: number;
  /** Only these nodes, with the pods on them. */
  readonly nodes?: ReadonlySet<string>;
}

export function snapshot(world: SnapshotSource, options: SnapshotOptions = {}): ClusterSnapshot {
  const { sim, store, traffic } = world;
  const requested = new Map<string, { cpuMilli: number; memoryBytes: number }>();
  const pods: PodSnapshot[] = [];
  const only = options.nodes;
  for (const pod of store.list('pods')) {
    if (only && (pod.spec.nodeName === undefined || !only.has(pod.spec.nodeName))) continue;
    pods.push(podSnapshot(world, pod));
    const node = pod.spec.nodeName;
    if (node === undefined || isPodTerminal(pod)) continue;
    const sum = requested.get(node) ?? { cpuMilli: 0, memoryBytes: 0 };
    const requests = podRequests(pod);
    sum.cpuMilli += requests.cpuMilli;
    sum.memoryBytes += requests.memoryBytes;
    requested.set(node, sum);
  }
  const nodes = (only ? store.list('nodes').filter((node) => only.has(node.metadata.name)) : store.list('nodes')).map(
    (node) => nodeSnapshot(node, requested.get(node.metadata.name) ?? NOTHING),
  );
  return {
    at: sim.now,
    nodes,
    pods: world.stowage ? pods : withBerths(nodes, pods),
    workloads: workloads(store),
    services: services(store),
    flights: traffic.flights(options.flightWindowMs ?? 1500),
    clients: traffic.clients.map(({ name, url }) => ({
      name,
      url,
      totals: traffic.totals(name),
      second: traffic.seconds(name).at(-1) ?? null,
    })),
    ledger: ledgerOf(sim.journal, options.ledgerRows ?? 200, isLedgerEntry),
  };
}

const NOTHING: Amount = { cpuMilli: 0, memoryBytes: 0 };

function nodeSnapshot(node: Node, requested: Amount): NodeSnapshot {
  const capacity = amount(node.status.capacity);
  const allocatable = amount(node.status.allocatable);
  const conditions = node.status.conditions ?? [];
  return {
    name: node.metadata.name,
    capacity,
    allocatable,
    reserved: {
      cpuMilli: capacity.cpuMilli - allocatable.cpuMilli,
      memoryBytes: capacity.memoryBytes - allocatable.memoryBytes,
    },
    requested: { ...requested },
    ready: conditions.find((c) => c.type === 'Ready')?.status ?? 'Unknown',
    conditions: conditions.map(({ type, status, reason }) =>
      reason === undefined ? { type, status } : { type, status, reason },
    ),
    cordoned: node.spec.unschedulable === true,
    taints: (node.spec.taints ?? []).map(({ key, value, effect }) =>
      value === undefined ? { key, effect } : { key, value, effect },
    ),
    labels: node.metadata.labels ?? {},
  };
}

function amount(resources: Readonly<Record<string, string>>): Amount {
  return { cpuMilli: milliValue(resources['cpu'] ?? '0'), memoryBytes: intValue(resources['memory'] ?? '0') };
}

function podSnapshot(world: SnapshotSource, pod: Pod): PodSnapshot {
  const { metadata, spec, status } = pod;
  const key = `${metadata.namespace ?? 'default'}/${metadata.name}`;
  const statuses = status.containerStatuses ?? [];
  const running = statuses.some((c) => c.state.running !== undefined);
  const requests = podRequests(pod);
  const limits = podLimits(pod);
  return {
    key,
    uid: metadata.uid,
    name: metadata.name,
    workload: workloadOf(world.store, pod),
    node: spec.nodeName ?? null,
    status: podStatus(pod),
    phase: status.phase,
    ready: isPodReady(pod),
    readyContainers: statuses.filter((c) => c.ready).length,
    containers: spec.containers.length,
    restarts: statuses.reduce((sum, c) => sum + c.restartCount, 0),
    terminating: metadata.deletionTimestamp !== undefined,
    running,
    lastExit: lastExit(pod),
    requests: { cpuMilli: requests.cpuMilli, memoryBytes: requests.memoryBytes },
    limits: { cpuMilli: limits.cpuMilli, memoryBytes: limits.memoryBytes },
    usage: running ? usage(world, pod) : null,
    probes: spec.nodeName === undefined ? [] : world.kubelets.probes(metadata.uid),
    backoff: backoff(world, pod),
    tag: tagOf(spec.containers[0]?.image ?? ''),
    problem: problem(pod),
    berth: world.stowage?.berth(metadata.uid) ?? null,
    createdAt: (parseTime(metadata.creationTimestamp) ?? 0) - world.sim.epochMs,
  };
}

function usage(world: SnapshotSource, pod: Pod): Amount | null {
  if (!world.processes) return null;
  let cpuMilli = 0;
  let memoryBytes = 0;
  for (const { name } of pod.spec.containers) {
    const id = world.kubelets.processOf(pod.metadata.uid, name);
    if (id === undefined) continue;
    const used = world.processes.usage(id);
    cpuMilli += used.cpuMilli;
    memoryBytes += used.memoryBytes;
  }
  return { cpuMilli, memoryBytes };
}

function lastExit(pod: Pod): PodSnapshot['lastExit'] {
  for (const { state, lastState } of pod.status.containerStatuses ?? []) {
    const reason = (state.terminated ?? lastState.terminated)?.reason;
    if (reason === 'OOMKilled' || reason === 'Error' || reason === 'Completed') return reason;
  }
  return null;
}

function backoff(world: SnapshotSource, pod: Pod): PodSnapshot['backoff'] {
  for (const { name, lastState } of pod.status.containerStatuses ?? []) {
    const until = world.kubelets.backoffUntil(pod.metadata.uid, name);
    if (until === undefined || until <= world.sim.now) continue;
    const finished = lastState.terminated && parseTime(lastState.terminated.finishedAt);
    return { from: finished === undefined ? world.sim.now : finished - world.sim.epochMs, until };
  }
  return null;
}

/** The sentence that tells most: a waiting container's, then an exit's, then a condition's. */
function problem(pod: Pod): string {
  if (pod.status.message !== undefined && pod.status.message !== '') return pod.status.message;
  for (const { state } of [...(pod.status.initContainerStatuses ?? []), ...(pod.status.containerStatuses ?? [])]) {
    const { waiting, terminated } = state;
    if (waiting?.message !== undefined) return waiting.message;
    if (terminated && terminated.exitCode !== 0)
      return `${terminated.reason ?? 'Error'} (${String(terminated.exitCode)})`;
  }
  const scheduled = podCondition(pod, 'PodScheduled');
  if (scheduled?.status === 'False') return scheduled.message ?? '';
  return '';
}

function tagOf(image: string): string {
  const colon = image.lastIndexOf(':');
  return colon > image.lastIndexOf('/') ? image.slice(colon + 1) : '';
}

/** `<namespace>/<name>` of the outermost controller that is in the store. */
export function workloadOf(store: Store, pod: Pod): string {
  const namespace = pod.metadata.namespace ?? 'default';
  const owner = pod.metadata.ownerReferences?.find((o) => o.controller);
  if (!owner) return `${namespace}/${pod.metadata.name}`;
  if (owner.kind === 'ReplicaSet') {
    const outer = store
      .get('replicasets', `${namespace}/${owner.name}`)
      ?.metadata.ownerReferences?.find((o) => o.controller);
    if (outer) return `${namespace}/${outer.name}`;
  }
  return `${namespace}/${owner.name}`;
}

/** Workloads in the order in which they were made, so that a newcomer does not recolour the others. */
export function workloads(store: Store): readonly WorkloadSnapshot[] {
  const keys: string[] = [];
  const seen = new Set<string>();
  const add = (key: string) => {
    if (!seen.has(key)) keys.push(key);
    seen.add(key);
  };
  for (const d of store.values('deployments')) add(`${d.metadata.namespace ?? ''}/${d.metadata.name}`);
  for (const r of store.values('replicasets'))
    if (!r.metadata.ownerReferences?.some((o) => o.controller)) add(`${r.metadata.namespace ?? ''}/${r.metadata.name}`);
  for (const p of store.values('pods'))
    if (!p.metadata.ownerReferences?.some((o) => o.controller)) add(workloadOf(store, p));
  const taken = new Set<string>();
  return keys.map((key, i) => {
    const name = key.slice(key.indexOf('/') + 1);
    const wanted = [...name.toUpperCase(), ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].filter((c) => c >= 'A' && c <= 'Z');
    const letter = wanted.find((c) => !taken.has(c)) ?? wanted[0] ?? '?';
    taken.add(letter);
    return { key, name, letter, colour: i % 8 };
  });
}

function services(store: Store): readonly ServiceSnapshot[] {
  const byService = new Map<string, { ready: string[]; pods: string[] }>();
  for (const slice of store.list('endpointslices')) {
    const name = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (name === undefined) continue;
    const key = `${slice.metadata.namespace ?? 'default'}/${name}`;
    const entry = byService.get(key) ?? { ready: [], pods: [] };
    for (const { targetRef, conditions } of slice.endpoints) {
      if (!targetRef) continue;
      const pod = `${targetRef.namespace}/${targetRef.name}`;
      entry.pods.push(pod);
      if (conditions.ready) entry.ready.push(pod);
    }
    byService.set(key, entry);
  }
  const out: ServiceSnapshot[] = [];
  for (const { metadata, spec } of store.list('services')) {
    if (spec.selector === undefined) continue;
    const key = `${metadata.namespace ?? 'default'}/${metadata.name}`;
    out.push({ key, name: metadata.name, ...(byService.get(key) ?? { ready: [], pods: [] }) });
  }
  return out;
}

/** Entries that say something to the reader; those that only link causes have no message. */
function isLedgerEntry(entry: JournalEntry): boolean {
  return entry.message !== '' && entry.subject !== '';
}

/** Without a keeper of berths, pods are stowed anew in order of creation: right for stills, restless in a long run. */
function withBerths(nodes: readonly NodeSnapshot[], pods: readonly PodSnapshot[]): readonly PodSnapshot[] {
  const berths = new Map<string, Berth>();
  for (const node of nodes) {
    const aboard = pods
      .filter((pod) => pod.node === node.name)
      .sort((a, b) => a.createdAt - b.createdAt || (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
    for (const [uid, berth] of berthsOf(node.allocatable, aboard)) berths.set(uid, berth);
  }
  return pods.map((pod) => ({ ...pod, berth: berths.get(pod.uid) ?? null }));
}

/** What to post instead of a whole frame; undefined when nothing changed. */
export type SnapshotDiff = Diff | undefined;

export function diffSnapshots(before: ClusterSnapshot, after: ClusterSnapshot): SnapshotDiff {
  return diff(before, after);
}

export function applyDiff(before: ClusterSnapshot, change: SnapshotDiff): ClusterSnapshot {
  return apply(before, change) as ClusterSnapshot;
}
