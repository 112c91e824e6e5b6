// READY, STATUS and RESTARTS of a pod: one word for what its phase, conditions and container states say together.
// Models the first half of printPod in pkg/printers/internalversion/printers.go (1.32). Leaves out nothing.
import type { Container, ContainerState, Pod } from '../../objects.ts';
import { isPodReady, isPodTerminal, podCondition } from '../../pods.ts';
import { textOr } from './table.ts';

export interface PodSummary {
  readonly readyContainers: number;
  /** Containers and sidecars. */
  readonly containers: number;
  readonly status: string;
  readonly restarts: number;
  /** When the container that was restarted last had ended; empty when none was. */
  readonly lastEnd: string;
}

/** The STATUS column. */
export function podStatus(pod: Pod): string {
  return podSummary(pod).status;
}

export function podSummary(pod: Pod): PodSummary {
  const { spec, status } = pod;
  const init = initialization(pod);
  let { word, restarts, lastEnd } = init;
  let { readyContainers } = init;

  // Once initialized, the init containers' restarts are history; those of sidecars still count.
  if (!init.initializing || podCondition(pod, 'Initialized')?.status === 'True') {
    restarts = init.sidecarRestarts;
    lastEnd = init.sidecarLastEnd;
    let running = false;
    // From last to first, each overwriting the word: the first container's trouble is what is told.
    for (let i = (status.containerStatuses?.length ?? 0) - 1; i >= 0; i--) {
      const container = status.containerStatuses?.[i];
      if (!container) continue;
      const { state, lastState } = container;
      restarts += container.restartCount;
      lastEnd = later(lastEnd, lastState);
      if (state.waiting?.reason) word = state.waiting.reason;
      else if (state.terminated) word = endWord(state.terminated);
      else if (container.ready && state.running) {
        running = true;
        readyContainers++;
      }
    }
    if (word === 'Completed' && running) word = isPodReady(pod) ? 'Running' : 'NotReady';
  }

  if (pod.metadata.deletionTimestamp !== undefined) {
    if (status.reason === 'NodeLost') word = 'Unknown';
    else if (!isPodTerminal(pod)) word = 'Terminating';
  }
  const sidecars = spec.initContainers?.reduce((sum, c) => sum + (isSidecar(c) ? 1 : 0), 0) ?? 0;
  return { readyContainers, containers: spec.containers.length + sidecars, status: word, restarts, lastEnd };
}

interface Initialization {
  readonly initializing: boolean;
  readonly word: string;
  readonly readyContainers: number;
  readonly restarts: number;
  readonly lastEnd: string;
  readonly sidecarRestarts: number;
  readonly sidecarLastEnd: string;
}

/** Walks the init containers up to the first that is neither done nor, as a sidecar, started. */
function initialization({ spec, status }: Pod): Initialization {
  let word = textOr(status.reason, status.phase);
  if (status.conditions?.some((c) => c.type === 'PodScheduled' && c.reason === 'SchedulingGated'))
    word = 'SchedulingGated';
  let initializing = false;
  let readyContainers = 0;
  let restarts = 0;
  let lastEnd = '';
  let sidecarRestarts = 0;
  let sidecarLastEnd = '';
  for (const [i, container] of (status.initContainerStatuses ?? []).entries()) {
    const { state, lastState } = container;
    const sidecar = isSidecar(spec.initContainers?.find((c) => c.name === container.name));
    restarts += container.restartCount;
    lastEnd = later(lastEnd, lastState);
    if (sidecar) {
      sidecarRestarts += container.restartCount;
      sidecarLastEnd = later(sidecarLastEnd, lastState);
    }
    if (state.terminated?.exitCode === 0) continue;
    if (sidecar && container.started) {
      if (container.ready) readyContainers++;
      continue;
    }
    initializing = true;
    const waiting = state.waiting?.reason;
    if (state.terminated) word = `Init:${endWord(state.terminated)}`;
    else if (waiting && waiting !== 'PodInitializing') word = `Init:${waiting}`;
    else word = `Init:${String(i)}/${String(spec.initContainers?.length ?? 0)}`;
    break;
  }
  return { initializing, word, readyContainers, restarts, lastEnd, sidecarRestarts, sidecarLastEnd };
}

function endWord({ reason, signal, exitCode }: NonNullable<ContainerState['terminated']>): string {
  if (reason) return reason;
  return signal ? `Signal:${String(signal)}` : `ExitCode:${String(exitCode)}`;
}

/** Times are all written alike, so the order of the texts is that of the times. */
function later(end: string, { terminated }: ContainerState): string {
  return terminated?.finishedAt !== undefined && terminated.finishedAt > end ? terminated.finishedAt : end;
}

function isSidecar(container: Container | undefined): boolean {
  return container?.restartPolicy === 'Always';
}
