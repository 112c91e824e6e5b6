// The status of a pod as its kubelet writes it.
// Models k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go generateAPIPodStatus, convertToAPIContainerStatuses, and
// pkg/kubelet/status/status_manager.go (1.32): order of fields and conditions, whole-second times.
// Leaves out: volume mounts, allocated resources.
import type { Condition, ContainerState, ContainerStatus, Pod, PodStatus } from '../objects.ts';
import { podCondition, qosClass } from '../pods.ts';
import {
  containersReadyCondition,
  podInitializedCondition,
  podReadyCondition,
  podReadyToStartContainersCondition,
  type Verdict,
} from './conditions.ts';
import { getPhase } from './phase.ts';
import { isRunning, type ContainerRecord, type PodRecord, type Terminated } from './record.ts';

const OWNED = new Set(['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled']);

/**
 * @param timestamp turns virtual milliseconds into the text of an object
 * @param now virtual milliseconds
 */
export function podStatus(
  pod: Pod,
  record: PodRecord,
  hostIP: string,
  timestamp: (at: number) => string,
  now: number,
): PodStatus {
  const before = pod.status;
  const startTime = before.startTime ?? timestamp(record.seenAt ?? now);
  if (record.rejected) {
    const { reason, message } = record.rejected;
    return { ...before, phase: 'Failed', reason, message: `Pod was rejected: ${message}`, startTime };
  }
  const { spec } = pod;
  const waitingReason = spec.initContainers ? 'PodInitializing' : 'ContainerCreating';
  const init: ContainerStatus[] = [];
  const main: ContainerStatus[] = [];
  const ephemeral: ContainerStatus[] = [];
  for (const container of record.containers) {
    const image = imageOf(pod, container);
    const list = container.role === 'main' ? main : container.role === 'ephemeral' ? ephemeral : init;
    list.push(containerStatus(container, image, waitingReason, timestamp));
  }
  // The kubelet sorts them by name; init containers stay in the order of the spec.
  if (main.length > 1) main.sort((a, b) => (a.name < b.name ? -1 : 1));
  const all = init.length > 0 ? [...init, ...main] : main;
  const phase =
    record.evicted && record.finished
      ? 'Failed'
      : before.phase === 'Succeeded' || before.phase === 'Failed'
        ? before.phase
        : getPhase(spec, all, record.finished);
  const others: Condition[] = [];
  if (before.conditions)
    for (const condition of before.conditions) if (!OWNED.has(condition.type)) others.push(condition);
  const sandboxes = record.sandbox ? [{ ...record.sandbox, ip: record.ip }] : [];
  const time = timestamp(now);
  const own: readonly Condition[] = [
    dated(pod, podReadyToStartContainersCondition(spec.hostNetwork === true, sandboxes), time),
    dated(pod, podInitializedCondition(spec, all, phase), time),
    dated(pod, podReadyCondition(spec, others, all, phase), time),
    dated(pod, containersReadyCondition(spec, all, phase), time),
    podCondition(pod, 'PodScheduled') ?? dated(pod, SCHEDULED, time),
  ];
  const conditions = sharedList(others.length === 0 ? own : [...others, ...own], before.conditions);
  const status: Writable<PodStatus> = { phase, conditions };
  const message = record.evicted?.message ?? before.message;
  const reason = record.evicted?.reason ?? before.reason;
  if (message !== undefined) status.message = message;
  if (reason !== undefined) status.reason = reason;
  if (before.nominatedNodeName !== undefined) status.nominatedNodeName = before.nominatedNodeName;
  status.hostIP = hostIP;
  status.hostIPs = before.hostIP === hostIP && before.hostIPs ? before.hostIPs : hostIPs(hostIP);
  if (record.ip !== '') {
    status.podIP = record.ip;
    status.podIPs = before.podIP === record.ip && before.podIPs ? before.podIPs : [{ ip: record.ip }];
  }
  status.startTime = startTime;
  if (init.length > 0) status.initContainerStatuses = init;
  // One that is made by adding to it has room for many.
  status.containerStatuses = main.length === 1 ? [main[0] as ContainerStatus] : main;
  status.qosClass = before.qosClass ?? qosClass(pod);
  if (ephemeral.length > 0) status.ephemeralContainerStatuses = ephemeral;
  return status;
}

const hosts = new Map<string, readonly { readonly ip: string }[]>();
const MOST_HOSTS = 16_384;

/** Pods of one machine share the list. */
function hostIPs(ip: string): readonly { readonly ip: string }[] {
  let found = hosts.get(ip);
  if (!found) {
    if (hosts.size >= MOST_HOSTS) hosts.clear();
    hosts.set(ip, (found = [{ ip }]));
  }
  return found;
}

/** While it is being made, nobody else has it. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

const SCHEDULED: Verdict = { type: 'PodScheduled', status: 'True', reason: '', message: '' };

/** By type the conditions made last. */
const shared = new Map<string, Condition[]>();
const KEPT = 8;

/** The condition with the time of its last change of status. Equal ones of one second are one value. */
function dated(pod: Pod, { type, status, reason, message }: Verdict, time: string): Condition {
  const before = podCondition(pod, type);
  const since = before?.status === status ? (before.lastTransitionTime ?? time) : time;
  if (
    before?.status === status &&
    since === before.lastTransitionTime &&
    before.reason === (reason || undefined) &&
    before.message === (message || undefined)
  )
    return before;
  let known = shared.get(type);
  if (!known) shared.set(type, (known = []));
  for (const one of known)
    if (
      one.status === status &&
      one.lastTransitionTime === since &&
      (one.reason ?? '') === reason &&
      (one.message ?? '') === message
    )
      return one;
  const made = {
    type,
    status,
    ...(reason === '' ? {} : { reason }),
    ...(message === '' ? {} : { message }),
    lastProbeTime: null,
    lastTransitionTime: since,
  };
  if (known.length >= KEPT) known.shift();
  known.push(made);
  return made;
}

/**
 * The lists made last. Pods that start in the same second have the same conditions, and then the same list; but never
 * the one that the pod had before, because whoever compares the two takes another list for news.
 */
const lists: (readonly Condition[])[] = [];
let nextList = 0;
const LISTS = 16;

function sharedList(list: readonly Condition[], before: readonly Condition[] | undefined): readonly Condition[] {
  for (const known of lists) if (known !== before && sameItems(known, list)) return known;
  lists[nextList] = list;
  nextList = (nextList + 1) % LISTS;
  return list;
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const NEVER_RAN: ContainerState = {};
let newest: { readonly running: { readonly startedAt: string } } = { running: { startedAt: '' } };

/** Containers that start in one second share the value. */
function runningState(startedAt: string): ContainerState {
  if (newest.running.startedAt !== startedAt) newest = { running: { startedAt } };
  return newest;
}

function imageOf(pod: Pod, container: ContainerRecord): string {
  const { spec } = pod;
  const list =
    container.role === 'main'
      ? spec.containers
      : container.role === 'ephemeral'
        ? spec.ephemeralContainers
        : spec.initContainers;
  for (const { name, image } of list ?? []) if (name === container.name) return image;
  return container.image;
}

function containerStatus(
  container: ContainerRecord,
  image: string,
  waitingReason: string,
  timestamp: (at: number) => string,
): ContainerStatus {
  const { name, terminated, previous, waiting, role } = container;
  const running = isRunning(container);
  let state: ContainerState;
  let last = previous;
  if (running) state = runningState(timestamp(container.startedAt));
  else if (waiting) {
    state = { waiting };
    last = terminated;
  } else if (terminated) state = terminatedState(terminated, timestamp);
  else state = { waiting: { reason: waitingReason } };
  return {
    name,
    state,
    lastState: last ? terminatedState(last, timestamp) : NEVER_RAN,
    ready: role === 'init' ? terminated?.exitCode === 0 && !waiting : container.ready,
    restartCount: container.restartCount,
    image: container.imageReference === '' ? image : container.imageReference,
    imageID: container.imageId,
    ...(container.id === null ? {} : { containerID: `containerd://${container.id}` }),
    ...(role === 'ephemeral' ? {} : { started: container.started }),
  };
}

function terminatedState(end: Terminated, timestamp: (at: number) => string): ContainerState {
  return {
    terminated: {
      exitCode: end.exitCode,
      reason: end.reason,
      startedAt: timestamp(end.startedAt),
      finishedAt: timestamp(end.finishedAt),
      containerID: `containerd://${end.id}`,
    },
  };
}
