// What a kubelet has to do about one pod now: make a sandbox, start or kill containers, or end the pod.
// Models k8s.io/kubernetes/pkg/kubelet/kuberuntime/kuberuntime_manager.go computePodActions and
// computeInitContainerActions (1.32). A pure decision: the kubelet carries it out.
// Leaves out: in-place resize, user namespaces.
import type { Container, PodSpec } from '../objects.ts';
import { sandboxChanged, type Sandbox } from './conditions.ts';
import { isSidecar } from './phase.ts';

/** The newest container of its name, as the runtime reports it. */
interface RuntimeContainer {
  readonly id: string;
  readonly name: string;
  readonly state: 'Created' | 'Running' | 'Exited' | 'Unknown';
  readonly exitCode: number;
  /** Name or image in the spec are no longer those that this container was made with. */
  readonly specChanged: boolean;
}

export interface RuntimeStatus {
  readonly sandboxes: readonly Sandbox[];
  readonly containers: readonly RuntimeContainer[];
}

export type ProbeResult = 'Success' | 'Failure' | 'Unknown';

/** Stored results by container id; a missing one has not been asked for yet. */
export interface ProbeResults {
  readonly liveness: Readonly<Record<string, ProbeResult | undefined>>;
  readonly startup: Readonly<Record<string, ProbeResult | undefined>>;
}

export interface ActionSpec {
  readonly restartPolicy: PodSpec['restartPolicy'];
  readonly hostNetwork?: boolean;
  readonly containers: readonly Pick<Container, 'name'>[];
  readonly initContainers?: readonly Pick<Container, 'name' | 'restartPolicy' | 'startupProbe' | 'livenessProbe'>[];
  readonly ephemeralContainers?: readonly { readonly name: string }[];
}

export interface ContainerToKill {
  readonly id: string;
  readonly name: string;
  /** As in the event `Killing`. */
  readonly message: string;
  readonly reason: 'LivenessProbe' | 'StartupProbe' | 'SpecChanged' | 'Unknown';
}

export interface PodActions {
  readonly killPod: boolean;
  readonly createSandbox: boolean;
  readonly sandboxId: string;
  readonly attempt: number;
  /** Names, in the order of starting. */
  readonly initContainersToStart: readonly string[];
  readonly containersToStart: readonly string[];
  readonly ephemeralContainersToStart: readonly string[];
  readonly containersToKill: readonly ContainerToKill[];
}

export function computePodActions(
  pod: { readonly spec: ActionSpec; readonly deleted: boolean },
  status: RuntimeStatus,
  probes: ProbeResults,
): PodActions {
  const { spec } = pod;
  const sandbox = sandboxChanged(spec.hostNetwork === true, status.sandboxes);
  if (sandbox.create) return newSandbox(spec, status, sandbox);
  const kill: ContainerToKill[] = [];
  const ephemeral = (spec.ephemeralContainers ?? []).map((c) => c.name).filter((name) => !find(status, name));
  const init = initActions(spec, status, probes, kill);
  const start: string[] = [];
  let killPod = init.killPod;
  let startInit = init.start;
  if (!killPod && init.done) {
    const kept = mainActions(pod, status, probes, start, kill);
    if (kept === 0 && start.length === 0) {
      killPod = true;
      // Sidecars must not keep a finished pod alive.
      startInit = [];
    }
  }
  return {
    killPod,
    createSandbox: false,
    sandboxId: sandbox.id,
    attempt: sandbox.attempt,
    initContainersToStart: startInit,
    containersToStart: start,
    ephemeralContainersToStart: ephemeral,
    containersToKill: kill,
  };
}

/** Without a working sandbox everything is killed and begun anew, unless the pod has ended. */
function newSandbox(
  spec: ActionSpec,
  status: RuntimeStatus,
  sandbox: { readonly attempt: number; readonly id: string },
): PodActions {
  const end: PodActions = {
    killPod: true,
    createSandbox: false,
    sandboxId: sandbox.id,
    attempt: sandbox.attempt,
    initContainersToStart: [],
    containersToStart: [],
    ephemeralContainersToStart: [],
    containersToKill: [],
  };
  if (spec.restartPolicy === 'Never' && sandbox.attempt !== 0 && status.containers.length > 0) return end;
  const names = spec.containers.map((container) => container.name);
  const toStart = names.filter((name) => !(spec.restartPolicy === 'OnFailure' && succeeded(find(status, name))));
  const created = names.some((name) => ['Created', 'Running', 'Exited'].includes(find(status, name)?.state ?? ''));
  if (toStart.length === 0 && created) return end;
  const first = spec.initContainers?.[0];
  return first
    ? { ...end, createSandbox: true, initContainersToStart: [first.name] }
    : { ...end, createSandbox: true, containersToStart: toStart };
}

interface InitActions {
  readonly done: boolean;
  readonly killPod: boolean;
  readonly start: readonly string[];
}

/**
 * Goes through the init containers backwards, because the records of completed ones may be gone: the last one with a
 * record says how far initialization has come. Sidecars before it are kept running.
 */
function initActions(
  spec: ActionSpec,
  status: RuntimeStatus,
  probes: ProbeResults,
  kill: ContainerToKill[],
): InitActions {
  const init = spec.initContainers ?? [];
  if (init.length === 0) return { done: true, killPod: false, start: [] };
  let done = spec.containers.some(({ name }) => ['Created', 'Running'].includes(find(status, name)?.state ?? ''));
  let before = done;
  const start: number[] = [];
  for (let i = init.length - 1; i >= 0; i--) {
    const container = init[i] as (typeof init)[number];
    const found = find(status, container.name);
    const sidecar = isSidecar(container);
    if (!found) {
      if (before && sidecar) start.push(i);
      continue;
    }
    if (before && !sidecar) continue;
    const completed = () => {
      if (i === init.length - 1) done = true;
      else if (!before) start.push(i + 1);
    };
    if (found.state === 'Created') start.push(i);
    else if (found.state === 'Running') {
      if (sidecar && runningSidecar(container, found, probes, kill, completed)) start.push(i);
    } else if (found.state === 'Exited' && (sidecar || found.exitCode === 0)) {
      if (sidecar) start.push(i);
      else completed();
    } else {
      if (!sidecar && spec.restartPolicy === 'Never') return { done: false, killPod: true, start: [] };
      if (found.state === 'Unknown') kill.push(unknownState(found));
      start.push(i);
    }
    before = true;
  }
  if (!before) start.push(0);
  return { done, killPod: false, start: start.reverse().map((i) => (init[i] as (typeof init)[number]).name) };
}

/** Returns true when the sidecar has to be started again. */
function runningSidecar(
  container: NonNullable<ActionSpec['initContainers']>[number],
  found: RuntimeContainer,
  probes: ProbeResults,
  kill: ContainerToKill[],
  completed: () => void,
): boolean {
  if (container.startupProbe) {
    const startup = probes.startup[found.id];
    if (startup === 'Failure') {
      kill.push(failed(found, 'startup', true));
      return true;
    }
    if (startup !== 'Success') return false;
  }
  completed();
  if (container.livenessProbe && probes.liveness[found.id] === 'Failure') {
    kill.push(failed(found, 'liveness', true));
    return true;
  }
  return false;
}

/** Fills `start` and `kill`; returns how many containers run on as they are. */
function mainActions(
  pod: { readonly spec: ActionSpec; readonly deleted: boolean },
  status: RuntimeStatus,
  probes: ProbeResults,
  start: string[],
  kill: ContainerToKill[],
): number {
  const { restartPolicy } = pod.spec;
  let kept = 0;
  for (const { name } of pod.spec.containers) {
    const found = find(status, name);
    if (found?.state !== 'Running') {
      if (shouldContainerBeRestarted(found, restartPolicy, pod.deleted)) {
        start.push(name);
        if (found?.state === 'Unknown') kill.push(unknownState(found));
      }
      continue;
    }
    const restart = restartPolicy !== 'Never';
    if (found.specChanged) {
      const message = `Container ${name} definition changed, will be restarted`;
      kill.push({ id: found.id, name, message, reason: 'SpecChanged' });
      start.push(name);
    } else if (probes.liveness[found.id] === 'Failure' || probes.startup[found.id] === 'Failure') {
      kill.push(failed(found, probes.liveness[found.id] === 'Failure' ? 'liveness' : 'startup', restart));
      if (restart) start.push(name);
    } else kept++;
  }
  return kept;
}

/** (kubecontainer.ShouldContainerBeRestarted) */
function shouldContainerBeRestarted(
  found: RuntimeContainer | undefined,
  policy: PodSpec['restartPolicy'],
  deleted: boolean,
): boolean {
  if (deleted) return false;
  if (!found || found.state === 'Unknown' || found.state === 'Created') return true;
  if (policy === 'Never') return false;
  return !(policy === 'OnFailure' && found.exitCode === 0);
}

function find(status: RuntimeStatus, name: string): RuntimeContainer | undefined {
  for (const container of status.containers) if (container.name === name) return container;
  return undefined;
}

function succeeded(found: RuntimeContainer | undefined): boolean {
  return found !== undefined && found.state !== 'Running' && found.exitCode === 0;
}

function failed({ id, name }: RuntimeContainer, probe: 'liveness' | 'startup', restart: boolean): ContainerToKill {
  const message = `Container ${name} failed ${probe} probe${restart ? ', will be restarted' : ''}`;
  return { id, name, message, reason: probe === 'liveness' ? 'LivenessProbe' : 'StartupProbe' };
}

function unknownState({ id, name }: RuntimeContainer): ContainerToKill {
  const message = `Container is in "Unknown" state, try killing it before restart`;
  return { id, name, message, reason: 'Unknown' };
}
