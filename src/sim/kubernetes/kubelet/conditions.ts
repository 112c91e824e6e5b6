// The conditions that a kubelet writes into a pod's status, with Kubernetes' reasons and sentences.
// Models k8s.io/kubernetes/pkg/kubelet/status/generate.go and pkg/kubelet/util/pod_sandbox.go (1.32).
// Leaves out: resize conditions, the per-pod observedGeneration of later versions.
import type { Condition, PodStatus } from '../objects.ts';
import { find, hasAnyRegularContainerStarted, isSidecar, type SpecParts, type StatusParts } from './phase.ts';

/** A condition before it has its times. Reason and message are empty when there is none. */
export interface Verdict {
  readonly type: string;
  readonly status: Condition['status'];
  readonly reason: string;
  readonly message: string;
}

/** What the container runtime says of one sandbox of a pod. */
export interface Sandbox {
  readonly id?: string;
  readonly state: 'Ready' | 'NotReady';
  readonly attempt: number;
  readonly ip: string;
}

type Phase = PodStatus['phase'];

/** @param statuses init containers and containers together; null when the runtime was never asked */
export function containersReadyCondition(
  spec: SpecParts,
  statuses: readonly StatusParts[] | null,
  phase: Phase,
): Verdict {
  return ready('ContainersReady', spec, statuses, phase);
}

function ready(type: string, spec: SpecParts, statuses: readonly StatusParts[] | null, phase: Phase): Verdict {
  if (statuses === null) return refusal(type, 'UnknownContainerStatuses');
  const containers = spec.initContainers
    ? [...spec.initContainers.filter(isSidecar), ...spec.containers]
    : spec.containers;
  // No list is made when there is none, as for most pods.
  let unknown: string[] | undefined;
  let unready: string[] | undefined;
  for (const { name } of containers) {
    const status = find(statuses, name);
    if (!status) (unknown ??= []).push(name);
    else if (status.ready !== true) (unready ??= []).push(name);
  }
  if (phase === 'Succeeded' && !unknown) return refusal(type, 'PodCompleted');
  if (phase === 'Failed') return refusal(type, 'PodFailed');
  const message = sentence('unknown', unknown ?? NOBODY, 'unready', unready ?? NOBODY);
  return message === '' ? yes(type) : refusal(type, 'ContainersNotReady', message);
}

/** @param conditions those that others wrote, for the readiness gates */
export function podReadyCondition(
  spec: SpecParts,
  conditions: readonly Condition[],
  statuses: readonly StatusParts[] | null,
  phase: Phase,
): Verdict {
  const type = 'Ready';
  const containers = ready(type, spec, statuses, phase);
  if (containers.status !== 'True' || !spec.readinessGates) return containers;
  const unready: string[] = [];
  for (const { conditionType } of spec.readinessGates) {
    const gate = conditions.find((condition) => condition.type === conditionType);
    if (!gate) unready.push(`corresponding condition of pod readiness gate "${conditionType}" does not exist.`);
    else if (gate.status !== 'True')
      unready.push(`the status of pod readiness gate "${conditionType}" is not "True", but ${gate.status}`);
  }
  return unready.length === 0 ? yes(type) : refusal(type, 'ReadinessGatesNotReady', unready.join(', '));
}

export function podInitializedCondition(
  spec: SpecParts,
  statuses: readonly StatusParts[] | null,
  phase: Phase,
): Verdict {
  const type = 'Initialized';
  const init = spec.initContainers ?? [];
  if (init.length === 0) return phase === 'Succeeded' ? { ...yes(type), reason: 'PodCompleted' } : yes(type);
  if (statuses === null) return refusal(type, 'UnknownContainerStatuses');
  const unknown: string[] = [];
  const incomplete: string[] = [];
  for (const container of init) {
    const status = find(statuses, container.name);
    if (!status) unknown.push(container.name);
    else if ((isSidecar(container) ? status.started : status.ready) !== true) incomplete.push(container.name);
  }
  if (phase === 'Succeeded' && unknown.length === 0) return { ...yes(type), reason: 'PodCompleted' };
  if (hasAnyRegularContainerStarted(spec, statuses)) return yes(type);
  const message = sentence('unknown', unknown, 'incomplete', incomplete);
  return message === '' ? yes(type) : refusal(type, 'ContainersNotInitialized', message);
}

/** True once there is a sandbox with a network. */
export function podReadyToStartContainersCondition(hostNetwork: boolean, sandboxes: readonly Sandbox[]): Verdict {
  const type = 'PodReadyToStartContainers';
  return sandboxChanged(hostNetwork, sandboxes).create ? refusal(type) : yes(type);
}

/** Whether a new sandbox is needed, the number of the attempt that it is, and the newest sandbox of now. */
export function sandboxChanged(
  hostNetwork: boolean,
  sandboxes: readonly Sandbox[],
): { readonly create: boolean; readonly attempt: number; readonly id: string } {
  const newest = sandboxes[0];
  if (!newest) return { create: true, attempt: 0, id: '' };
  const id = newest.id ?? '';
  const ready = sandboxes.filter((sandbox) => sandbox.state === 'Ready').length;
  if (ready > 1 || newest.state !== 'Ready' || (!hostNetwork && newest.ip === ''))
    return { create: true, attempt: newest.attempt + 1, id };
  return { create: false, attempt: newest.attempt, id };
}

const NOBODY: readonly string[] = [];
const yeses = new Map<string, Verdict>();

function yes(type: string): Verdict {
  let verdict = yeses.get(type);
  if (!verdict) yeses.set(type, (verdict = { type, status: 'True', reason: '', message: '' }));
  return verdict;
}

function refusal(type: string, reason = '', message = ''): Verdict {
  return { type, status: 'False', reason, message };
}

function sentence(first: string, some: readonly string[], second: string, others: readonly string[]): string {
  const text = some.length > 0 ? `containers with ${first} status: [${some.join(' ')}]` : '';
  if (others.length === 0) return text;
  return `${text === '' ? '' : `${text}, `}containers with ${second} status: [${others.join(' ')}]`;
}
