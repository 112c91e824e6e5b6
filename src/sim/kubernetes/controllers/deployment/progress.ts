// How far a rollout is, as conditions and numbers of the deployment's status.
// Models: pkg/controller/deployment/progress.go, sync.go calculateStatus and the conditions of
// util/deployment_util.go (1.32). Pure functions.
import { parseTime } from '../../../engine/time.ts';
import type { Condition, Deployment, ReplicaSet } from '../../objects.ts';
import { availableCount, maxUnavailable, replicaCount } from './replica-counts.ts';

type Status = Deployment['status'];
/** While it is being made, nobody else has it. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };
/** What the functions read; tests pass less than a whole deployment. */
export interface Progressing {
  readonly metadata: { readonly generation?: number };
  readonly spec: { readonly replicas?: number; readonly progressDeadlineSeconds?: number };
  readonly status: Status;
}

/** A deadline of this many seconds means none. */
const NO_DEADLINE = 2_147_483_647;

export function hasProgressDeadline(deployment: Progressing): boolean {
  const seconds = deployment.spec.progressDeadlineSeconds;
  return seconds !== undefined && seconds !== NO_DEADLINE;
}

export function condition(status: Status, type: string): Condition | undefined {
  const { conditions } = status;
  if (conditions) for (const candidate of conditions) if (candidate.type === type) return candidate;
  return undefined;
}

/** `status` with the condition set; nothing changes while status and reason do. (SetDeploymentCondition) */
export function withCondition(status: Status, next: Omit<Condition, 'lastUpdateTime'>, timestamp: string): Status {
  const before = condition(status, next.type);
  if (before?.status === next.status && before.reason === next.reason) return status;
  const lastTransitionTime =
    before?.status === next.status ? (before.lastTransitionTime ?? timestamp) : (next.lastTransitionTime ?? timestamp);
  const after: Condition = { ...next, lastUpdateTime: timestamp, lastTransitionTime };
  return { ...status, conditions: [...(withoutCondition(status, next.type).conditions ?? []), after] };
}

function withoutCondition(status: Status, type: string): Status {
  if (!condition(status, type)) return status;
  return { ...status, conditions: (status.conditions ?? []).filter((candidate) => candidate.type !== type) };
}

export function isComplete(deployment: Progressing, status: Status): boolean {
  const { replicas = 1 } = deployment.spec;
  return (
    (status.updatedReplicas ?? 0) === replicas &&
    (status.replicas ?? 0) === replicas &&
    (status.availableReplicas ?? 0) === replicas &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

/** More new pods, fewer old ones, more ready or more available than before. */
export function isProgressing(before: Status, after: Status): boolean {
  const old = (status: Status) => (status.replicas ?? 0) - (status.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > (before.updatedReplicas ?? 0) ||
    old(after) < old(before) ||
    (after.readyReplicas ?? 0) > (before.readyReplicas ?? 0) ||
    (after.availableReplicas ?? 0) > (before.availableReplicas ?? 0)
  );
}

export function isTimedOut(deployment: Progressing, status: Status, nowUnixMs: number): boolean {
  if (!hasProgressDeadline(deployment)) return false;
  const progressing = condition(status, 'Progressing');
  if (!progressing || progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  return deadlineAt(deployment, progressing) < nowUnixMs;
}

/** When (Unix ms) a rollout that makes no progress is late. */
export function deadlineAt(deployment: Progressing, progressing: Condition): number {
  const from = parseTime(progressing.lastUpdateTime ?? '') ?? 0;
  return from + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000;
}

/** The numbers, and whether the minimum is available. Zeros are left out, as Kubernetes does. (calculateStatus) */
export function calculateStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  timestamp: string,
): Status {
  const available = availableCount(all);
  let replicas = 0;
  let readyReplicas = 0;
  for (const set of all) {
    replicas += set.status.replicas;
    readyReplicas += set.status.readyReplicas ?? 0;
  }
  const updatedReplicas = newSet?.status.replicas ?? 0;
  const unavailableReplicas = replicaCount(all) - available;
  const { collisionCount, conditions } = deployment.status;
  const status: Writable<Status> = { observedGeneration: deployment.metadata.generation ?? 0 };
  if (replicas !== 0) status.replicas = replicas;
  if (updatedReplicas !== 0) status.updatedReplicas = updatedReplicas;
  if (readyReplicas !== 0) status.readyReplicas = readyReplicas;
  if (available !== 0) status.availableReplicas = available;
  if (unavailableReplicas > 0) status.unavailableReplicas = unavailableReplicas;
  if (collisionCount !== undefined) status.collisionCount = collisionCount;
  if (conditions !== undefined) status.conditions = conditions;
  const enough = available >= deployment.spec.replicas - maxUnavailable(deployment);
  return withCondition(status, enough ? AVAILABLE : UNAVAILABLE, timestamp);
}

const AVAILABLE = {
  type: 'Available',
  status: 'True',
  reason: 'MinimumReplicasAvailable',
  message: 'Deployment has minimum availability.',
} as const;
const UNAVAILABLE = {
  type: 'Available',
  status: 'False',
  reason: 'MinimumReplicasUnavailable',
  message: 'Deployment does not have minimum availability.',
} as const;

/** The status with its Progressing and ReplicaFailure conditions brought up to date. (syncRolloutStatus) */
export function rolloutStatus(
  deployment: Deployment,
  all: readonly ReplicaSet[],
  newSet: ReplicaSet | undefined,
  nowUnixMs: number,
  timestamp: string,
): Status {
  let status = calculateStatus(deployment, all, newSet, timestamp);
  if (!hasProgressDeadline(deployment)) status = withoutCondition(status, 'Progressing');
  const current = condition(deployment.status, 'Progressing');
  const done = (status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === 'NewReplicaSetAvailable';
  const what = newSet ? `ReplicaSet "${newSet.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const progress = (state: 'True' | 'False', reason: string, message: string) => ({
    type: 'Progressing',
    status: state,
    reason,
    message: `${what} ${message}`,
  });
  if (hasProgressDeadline(deployment) && !done) {
    if (isComplete(deployment, status)) {
      status = withCondition(
        status,
        progress('True', 'NewReplicaSetAvailable', 'has successfully progressed.'),
        timestamp,
      );
    } else if (isProgressing(deployment.status, status)) {
      const next = progress('True', 'ReplicaSetUpdated', 'is progressing.');
      const kept = current?.status === 'True' ? (current.lastTransitionTime ?? timestamp) : timestamp;
      const same =
        current?.reason === next.reason &&
        current.message === next.message &&
        current.status === 'True' &&
        current.lastTransitionTime === kept &&
        current.lastUpdateTime === timestamp;
      // Taken out first, so that its update time moves even where status and reason stay. Within one second it would come
      // out as it is.
      if (!same || status.conditions?.at(-1) !== current)
        status = withCondition(
          withoutCondition(status, 'Progressing'),
          { ...next, lastTransitionTime: kept },
          timestamp,
        );
    } else if (isTimedOut(deployment, status, nowUnixMs)) {
      status = withCondition(
        status,
        progress('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'),
        timestamp,
      );
    }
  }
  const failure = replicaFailure(all, newSet);
  return failure ? withCondition(status, failure, timestamp) : withoutCondition(status, 'ReplicaFailure');
}

/** The new set's failure to make pods, else that of any other. */
function replicaFailure(all: readonly ReplicaSet[], newSet: ReplicaSet | undefined): Condition | undefined {
  const found = newSet && failureOf(newSet);
  if (found) return found;
  for (const set of all) {
    const failure = failureOf(set);
    if (failure) return failure;
  }
  return undefined;
}

function failureOf({ status: { conditions } }: ReplicaSet): Condition | undefined {
  return conditions?.find((candidate) => candidate.type === 'ReplicaFailure');
}
