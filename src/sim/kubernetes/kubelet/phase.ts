// The phase of a pod from the states of its containers.
// Models k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go getPhase (1.32). Leaves out: static pods.
import type { Container, ContainerStatus, PodSpec, PodStatus } from '../objects.ts';

/** The parts of a container status that phase and conditions read. */
export type StatusParts = { readonly name: string } & Partial<
  Pick<ContainerStatus, 'state' | 'lastState' | 'ready' | 'started'>
>;

/** Names, order and policies are all that counts of a spec here. */
export interface SpecParts {
  readonly restartPolicy?: PodSpec['restartPolicy'];
  readonly containers: readonly Pick<Container, 'name'>[];
  readonly initContainers?: readonly Pick<Container, 'name' | 'restartPolicy'>[];
  readonly readinessGates?: PodSpec['readinessGates'];
}

export function isSidecar(container: Pick<Container, 'restartPolicy'>): boolean {
  return container.restartPolicy === 'Always';
}

/** @param terminal the pod is going away: its containers will not be started again */
export function getPhase(spec: SpecParts, statuses: readonly StatusParts[], terminal: boolean): PodStatus['phase'] {
  const init = countInit(spec, statuses);
  const { unknown, running, waiting, stopped, succeeded } = countRunning(spec, statuses, init);
  if (init.failed > 0 && spec.restartPolicy === 'Never') return 'Failed';
  // Sidecars that restart do not throw a pod back whose containers have run.
  const sidecarsPending = init.pendingSidecars > 0 && !hasAnyRegularContainerStarted(spec, statuses);
  if (init.pending > 0 || sidecarsPending || waiting > 0) return 'Pending';
  if (running > 0 && unknown === 0) return 'Running';
  if (running === 0 && stopped > 0 && unknown === 0) {
    if (terminal) return stopped === succeeded ? 'Succeeded' : 'Failed';
    if (spec.restartPolicy === 'Always') return 'Running';
    if (stopped === succeeded) return 'Succeeded';
    return spec.restartPolicy === 'Never' ? 'Failed' : 'Running';
  }
  return 'Pending';
}

/** True once a container that is no init container runs or has ended. */
export function hasAnyRegularContainerStarted(spec: SpecParts, statuses: readonly StatusParts[]): boolean {
  for (const { name } of spec.containers) {
    const state = find(statuses, name)?.state;
    if (state?.running || state?.terminated) return true;
  }
  return false;
}

export function find(statuses: readonly StatusParts[], name: string): StatusParts | undefined {
  for (const status of statuses) if (status.name === name) return status;
  return undefined;
}

interface InitCount {
  pending: number;
  failed: number;
  pendingSidecars: number;
  sidecarsUnknown: number;
  sidecarsRunning: number;
  sidecarsWaiting: number;
}

function countInit(spec: SpecParts, statuses: readonly StatusParts[]): InitCount {
  const count: InitCount = {
    pending: 0,
    failed: 0,
    pendingSidecars: 0,
    sidecarsUnknown: 0,
    sidecarsRunning: 0,
    sidecarsWaiting: 0,
  };
  for (const container of spec.initContainers ?? []) {
    const status = find(statuses, container.name);
    if (isSidecar(container)) countSidecar(count, status);
    else if (status?.state?.terminated) {
      if (status.state.terminated.exitCode !== 0) count.failed++;
    } else if (status?.state?.waiting && status.lastState?.terminated) {
      if (status.lastState.terminated.exitCode !== 0) count.failed++;
    } else count.pending++;
  }
  return count;
}

/** A sidecar that ended counts for nothing: it comes back, and does not hold the pod's end up. */
function countSidecar(count: InitCount, status: StatusParts | undefined): void {
  if (!status) count.sidecarsUnknown++;
  else if (status.state?.running) {
    if (status.started !== true) count.pendingSidecars++;
    count.sidecarsRunning++;
  } else if (status.state?.terminated) return;
  else if (status.state?.waiting) {
    if (status.lastState?.terminated) return;
    count.pendingSidecars++;
    count.sidecarsWaiting++;
  } else {
    count.pendingSidecars++;
    count.sidecarsUnknown++;
  }
}

function countRunning(spec: SpecParts, statuses: readonly StatusParts[], init: InitCount) {
  let unknown = init.sidecarsUnknown;
  let running = init.sidecarsRunning;
  let waiting = init.sidecarsWaiting;
  let stopped = 0;
  let succeeded = 0;
  for (const { name } of spec.containers) {
    const status = find(statuses, name);
    if (status?.state?.running) running++;
    else if (status?.state?.terminated) {
      stopped++;
      if (status.state.terminated.exitCode === 0) succeeded++;
    } else if (status?.state?.waiting) {
      if (status.lastState?.terminated) stopped++;
      else waiting++;
    } else unknown++;
  }
  return { unknown, running, waiting, stopped, succeeded };
}
