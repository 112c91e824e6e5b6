// Starting one container: back-off, image, configuration, process.
// Models k8s.io/kubernetes/pkg/kubelet/kuberuntime/kuberuntime_container.go startContainer, kuberuntime_manager.go
// doBackOff and images/image_manager.go EnsureImageExists (1.32).
// Departures: a container that waits is tried again exactly when its back-off ends, not at the next sync after it;
// an image name or a pull policy that can never work is looked at again only when the pod changes, and a missing
// ConfigMap when one appears; the real kubelet tries every ten seconds or so, to no effect.
import { writeHex } from '../../engine/hash.ts';
import { phase } from '../../engine/simulation.ts';
import { latency } from '../cluster.ts';
import type { Container } from '../objects.ts';
import { intValue, milliValue } from '../quantity.ts';
import { normalizeReference } from '../../containers/images/reference.ts';
import { delayOf, isInBackoffSince, isInBackoffSinceUpdate, kubeletBackoff, nextBackoff } from './backoff.ts';
import { resolveEnvironment, expand } from './environment.ts';
import { goDuration, imageIdOf, pullDurationMs, pulledMessage, pullErrorOf } from './image-pull.ts';
import type { Probing } from './probing.ts';
import { runPostStart } from './hooks.ts';
import { oomScoreAdj } from './oom-score.ts';
import type { Work } from './record.ts';
import { mountsOf } from './volumes.ts';
import { podText, specOf, type KubeletState } from './state.ts';

/** The end of what a pod's worker is in the middle of. */
export interface StepEvent {
  readonly kind: 'kubelet.step';
  readonly uid: string;
}

/** Between a failure and the sync that finds the pod backing off. */
export const NEXT_SYNC_MS = 1000;
const NO_WORDS: readonly string[] = [];
const NO_VARIABLES: Readonly<Record<string, string>> = {};

const FOREVER: readonly string[] = ['sleep', 'infinity'];

/** A shell whose input is kept open waits for it; nobody here ever types into that of a container. */
function waitsForInput({ stdin, command = NO_WORDS, args = NO_WORDS }: Container, program?: string): boolean {
  if (stdin !== true) return false;
  const [word, ...options] = [...command, ...args];
  if (word === undefined) return program === 'busybox';
  return /^(?:\/(?:usr\/)?bin\/)?(?:ba|da)?sh$/.test(word) && options.every((option) => /^-[il]+$/.test(option));
}

/** Begins to start `name`. Leaves `work` set while it takes time, or the reason and time of the next try. */
export function startContainer(state: KubeletState, uid: string, name: string): void {
  const { now } = state;
  const container = state.container(uid, name);
  const failedAt = container.restarting ? container.previous?.finishedAt : container.terminated?.finishedAt;
  if (failedAt !== undefined) {
    const backoff = container.backoff ?? undefined;
    if (isInBackoffSince(backoff, kubeletBackoff, now, failedAt)) {
      crashLoop(state, uid, name, delayOf(backoff));
      return;
    }
    state.patchContainer(uid, name, {
      backoff: nextBackoff(backoff, kubeletBackoff, now, failedAt),
      restarting: false,
    });
  }
  ensureImage(state, uid, name);
}

function crashLoop(state: KubeletState, uid: string, name: string, delay: number): void {
  const record = state.known(uid);
  const container = state.container(uid, name);
  const text = podText(record);
  const message = `back-off ${goDuration(delay)} restarting failed container=${name} pod=${text}`;
  const notBefore = (container.terminated?.finishedAt ?? state.now) + delay;
  state.patchContainer(uid, name, {
    waiting: { reason: 'CrashLoopBackOff', message },
    notBefore,
    restarting: false,
  });
  const entry = state.cluster.sim.record('kubelet.backoff', `pods/${record.key}`, 'CrashLoopBackOff', message, {
    container: name,
    until: notBefore,
    delay,
  });
  state.cluster.sim.because(entry, () => {
    state.event(record, 'Warning', 'BackOff', `Back-off restarting failed container ${name} in pod ${text}`, container);
    state.writeStatus(uid);
  });
}

function ensureImage(state: KubeletState, uid: string, name: string): void {
  const { now } = state;
  const record = state.known(uid);
  const pod = state.object(record);
  const node = state.node(record.node);
  if (!pod || !node) return;
  const container = state.container(uid, name);
  const { image, imagePullPolicy } = specOf(pod, container);
  const reference = normalizeReference(image);
  if (reference === undefined) {
    const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
    state.event(record, 'Warning', 'InspectFailed', message, container);
    wait(state, uid, name, 'InvalidImageName', message, Infinity);
    return;
  }
  const present = (node.images[reference] ?? Infinity) <= now;
  if (imagePullPolicy !== 'Always' && present) {
    state.event(record, 'Normal', 'Pulled', `Container image "${image}" already present on machine`, container);
    create(state, uid, name);
    return;
  }
  if (imagePullPolicy === 'Never') {
    const message = `Container image "${image}" is not present with pull policy of Never`;
    state.event(record, 'Warning', 'ErrImageNeverPull', message, container);
    wait(state, uid, name, 'ErrImageNeverPull', message, Infinity);
    return;
  }
  const backoff = container.pullBackoff ?? undefined;
  if (isInBackoffSinceUpdate(backoff, kubeletBackoff, now)) {
    const until = (backoff?.updatedAt ?? now) + delayOf(backoff);
    const message = `Back-off pulling image "${image}"`;
    state.event(record, 'Normal', 'BackOff', message, container);
    wait(state, uid, name, 'ImagePullBackOff', `${message}: ErrImagePull: ${container.pullError}`, until);
    return;
  }
  state.event(record, 'Normal', 'Pulling', `Pulling image "${image}"`, container);
  const info = state.images.find(image);
  // Layers that are here, or will be by then, do not travel again.
  const pullMs = pullDurationMs(info, node.images[reference] !== undefined);
  const doneAt = Math.max(now, node.pullsFreeAt) + pullMs;
  const images = info
    ? { ...node.images, [reference]: Math.min(doneAt, node.images[reference] ?? doneAt) }
    : node.images;
  state.setNode({ ...node, pullsFreeAt: doneAt, images });
  if (state.cluster.sim.detail === 'summary' && pod.status.hostIP === undefined) state.writeStatus(uid);
  step(state, uid, doneAt, (event) => ({ kind: 'pull', container: name, image, since: now, pullMs, event }));
}

/** The pull is over, one way or the other. */
export function finishPull(state: KubeletState, uid: string, work: Extract<Work, { kind: 'pull' }>): void {
  const { now } = state;
  const record = state.known(uid);
  const container = state.container(uid, work.container);
  const { image } = work;
  const info = state.images.find(image);
  if (info) {
    const message = pulledMessage(image, work.pullMs, now - work.since, info.sizeBytes);
    state.event(record, 'Normal', 'Pulled', message, container);
    state.patchContainer(uid, work.container, { pullBackoff: null, pullError: '' });
    showImage(state, record.node, imageIdOf(info), info.reference, info.sizeBytes);
    create(state, uid, work.container);
    return;
  }
  const message = pullErrorOf(normalizeReference(image) ?? image);
  state.event(record, 'Warning', 'Failed', `Failed to pull image "${image}": ${message}`, container);
  state.patchContainer(uid, work.container, {
    pullBackoff: nextBackoff(container.pullBackoff ?? undefined, kubeletBackoff, now),
    pullError: message,
  });
  wait(state, uid, work.container, 'ErrImagePull', message, now + NEXT_SYNC_MS);
}

/** Lists the image in the node's status; only where people look at single nodes. */
function showImage(state: KubeletState, name: string, id: string, reference: string, sizeBytes: number): void {
  const { store, sim } = state.cluster;
  const node = sim.detail === 'full' ? store.get('nodes', name) : undefined;
  if (!node || node.status.images?.some(({ names }) => names.includes(reference))) return;
  const images = [...(node.status.images ?? []), { names: [id, reference], sizeBytes }];
  store.updateStatus('nodes', name, { ...node.status, images });
}

function create(state: KubeletState, uid: string, name: string): void {
  step(state, uid, state.now + latency.containerStart, (event) => ({ kind: 'start', container: name, event }));
}

/** The container is created and started, unless its configuration cannot be made. */
export function finishStart(state: KubeletState, probing: Probing, uid: string, name: string): void {
  const { sim, store } = state.cluster;
  const record = state.known(uid);
  const pod = state.object(record);
  if (!pod) return;
  const before = state.container(uid, name);
  const spec = specOf(pod, before);
  const info = state.images.find(spec.image);
  const namespace = pod.metadata.namespace ?? '';
  const hostIP = state.hostIP(record.node);
  const { allocatable = {}, capacity = {} } = store.get('nodes', record.node)?.status ?? {};
  const environment = resolveEnvironment(spec, info?.env ?? NO_VARIABLES, {
    pod,
    podIP: record.ip,
    hostIP,
    allocatable,
    configMap: (configMap) => store.get('configmaps', `${namespace}/${configMap}`),
    secret: (secret) => store.get('secrets', `${namespace}/${secret}`),
  });
  if (environment.kind === 'refused') {
    wait(state, uid, name, 'CreateContainerConfigError', environment.message, Infinity, environment.message);
    return;
  }
  const id = containerId(state);
  const { requests, limits } = spec.resources;
  const cpuLimit = limits?.['cpu'];
  const memoryLimit = limits?.['memory'];
  const env = environment.variables;
  state.event(record, 'Normal', 'Created', `Created container: ${name}`, before);
  // The runtime keeps one ended container of each name, for its logs.
  if (before.terminated && before.previous) state.processes.forget(before.previous.id);
  const started = spec.startupProbe === undefined;
  state.patchContainer(uid, name, {
    id,
    image: spec.image,
    imageReference: info?.reference ?? spec.image,
    imageId: info ? imageIdOf(info) : '',
    startedAt: state.now,
    terminated: null,
    previous: before.terminated ?? before.previous,
    waiting: null,
    restartCount: before.id === null ? 0 : before.restartCount + 1,
    started,
    ready: started && before.role !== 'ephemeral' && spec.readinessProbe === undefined,
    killing: null,
    restarting: false,
    notBefore: 0,
  });
  const entry = sim.record('kubelet.start', `pods/${record.key}`, 'Started', `Started container ${name}`, {
    container: name,
    id,
  });
  sim.because(entry, () => {
    state.processes.start({
      id,
      image: spec.image,
      ...(waitsForInput(spec, info?.program)
        ? { command: FOREVER, args: NO_WORDS }
        : {
            command: spec.command?.map((word) => expand(word, env)) ?? NO_WORDS,
            args: spec.args?.map((word) => expand(word, env)) ?? NO_WORDS,
          }),
      env,
      cpuLimitMilli: cpuLimit === undefined ? null : milliValue(cpuLimit),
      cpuRequestMilli: milliValue(requests?.['cpu'] ?? '0'),
      memoryLimitBytes: memoryLimit === undefined ? null : intValue(memoryLimit),
      host: { node: record.node, pod: pod.metadata.name, namespace, podIP: record.ip },
      oomScoreAdj: oomScoreAdj(pod, spec, intValue(capacity['memory'] ?? '0')),
      nodeCpuMilli: milliValue(allocatable['cpu'] ?? '0'),
      ...(spec.volumeMounts ? { mounts: mountsOf(record, spec.volumeMounts, pod) } : {}),
    });
    state.event(record, 'Normal', 'Started', `Started container ${name}`, before);
    probing.containerStarted(uid, name);
    state.writeStatus(uid);
    runPostStart(state, uid, name, spec);
  });
}

/** Not now: says why in the status, and when it is tried again. */
function wait(
  state: KubeletState,
  uid: string,
  name: string,
  reason: string,
  message: string,
  notBefore: number,
  error = reason,
): void {
  const record = state.known(uid);
  const container = state.container(uid, name);
  state.event(record, 'Warning', 'Failed', `Error: ${error}`, container);
  state.patchContainer(uid, name, { waiting: { reason, message }, notBefore });
  state.writeStatus(uid);
}

function step(state: KubeletState, uid: string, at: number, work: (event: number) => Work): void {
  const event = state.cluster.sim.schedule<StepEvent>(at, phase.kubelet, { kind: 'kubelet.step', uid });
  state.patch(uid, { work: work(event) });
}

/** 64 hexadecimal digits, as containerd names containers. */
function containerId(state: KubeletState): string {
  const stream = state.cluster.sim.random('containers');
  const codes: number[] = [];
  for (let i = 0; i < 8; i++) writeHex(codes, 8 * i, stream.int(4294967296), 8);
  return String.fromCharCode(...codes);
}
