// One probe of one container, asked again and again: what a result does to the stored verdict.
// Models k8s.io/kubernetes/pkg/kubelet/prober/worker.go doProbe (1.32) as a pure step. When to ask is in probing.ts.
import type { Probe } from '../objects.ts';
import type { ProbeResult } from './pod-actions.ts';

export type ProbeType = 'startup' | 'readiness' | 'liveness';

/** What a worker remembers. Values are replaced, never changed. */
export interface WorkerState {
  /** The container it has last seen; null before the first. */
  readonly containerId: string | null;
  /** The stored result; undefined before the first container. */
  readonly verdict: ProbeResult | undefined;
  readonly lastResult: 'Success' | 'Failure' | null;
  /** How many times in a row the check has returned `lastResult`. */
  readonly resultRun: number;
  /** No more checks until there is a new container. */
  readonly onHold: boolean;
}

export const newWorker: WorkerState = {
  containerId: null,
  verdict: undefined,
  lastResult: null,
  resultRun: 0,
  onHold: false,
};

/** What a worker sees of the world when its tick comes. */
export interface WorkerView {
  readonly podTerminal: boolean;
  readonly podDeleted: boolean;
  readonly restartPolicyNever: boolean;
  /** Undefined while the pod's status does not name a container id. */
  readonly container:
    | {
        readonly id: string;
        readonly state: 'waiting' | 'running' | 'terminated';
        readonly started: boolean;
        /** Whole seconds since its start, counted from the whole second that its status shows. */
        readonly ageSeconds: number;
      }
    | undefined;
}

/** What the worker does at this tick. */
export type TickDecision =
  /** The worker ends. */
  | { readonly kind: 'stop'; readonly state: WorkerState }
  /** Nothing to ask now. */
  | { readonly kind: 'skip'; readonly state: WorkerState }
  /** Ask, and bring the answer to {@link takeResult}. */
  | { readonly kind: 'ask'; readonly state: WorkerState };

const INITIAL: Readonly<Record<ProbeType, ProbeResult>> = {
  liveness: 'Success',
  readiness: 'Failure',
  startup: 'Unknown',
};

/** The first half of a tick: everything that is settled without asking. */
export function beginTick(
  type: ProbeType,
  probe: Pick<Probe, 'initialDelaySeconds'>,
  before: WorkerState,
  view: WorkerView,
): TickDecision {
  const { container } = view;
  if (view.podTerminal) return { kind: 'stop', state: before };
  if (!container) return { kind: 'skip', state: before };
  const state = seeContainer(type, before, container.id);
  if (state.onHold) return { kind: 'skip', state };
  if (container.state !== 'running') {
    const failed: WorkerState = { ...state, verdict: 'Failure' };
    const over = container.state === 'terminated' && view.restartPolicyNever;
    return { kind: over ? 'stop' : 'skip', state: failed };
  }
  // A pod on its way out is not killed for its liveness any more.
  if (view.podDeleted && type !== 'readiness') return { kind: 'stop', state: { ...state, verdict: 'Success' } };
  if (container.ageSeconds < (probe.initialDelaySeconds ?? 0)) return { kind: 'skip', state };
  return container.started === (type === 'startup') ? { kind: 'skip', state } : { kind: 'ask', state };
}

/** A new container lifts the hold and puts the verdict back to its beginning; the run of results goes on. */
export function seeContainer(type: ProbeType, state: WorkerState, id: string): WorkerState {
  if (state.containerId === id) return state;
  return { ...state, containerId: id, verdict: INITIAL[type], onHold: false };
}

/** The second half: the answer counts towards its threshold, and may change the verdict. */
export function takeResult(
  type: ProbeType,
  probe: Pick<Probe, 'successThreshold' | 'failureThreshold'>,
  before: WorkerState,
  result: 'Success' | 'Failure',
): WorkerState {
  const resultRun = before.lastResult === result ? before.resultRun + 1 : 1;
  const threshold = result === 'Success' ? probe.successThreshold : probe.failureThreshold;
  if (resultRun < threshold) return { ...before, lastResult: result, resultRun };
  // A container that failed is about to be killed, and one that has started needs no startup probe.
  const hold = type === 'startup' || (type === 'liveness' && result === 'Failure');
  return {
    ...before,
    lastResult: result,
    verdict: result,
    resultRun: hold ? 0 : resultRun,
    onHold: hold,
  };
}
