// The status of a Job while one pass works on it, and its conditions.
// Models pkg/controller/job/job_controller.go and util/utils.go (1.32).
import type { Job } from '../../kinds/workloads.ts';
import type { Condition } from '../../objects.ts';

type JobStatus = Job['status'];

/** A copy that a pass may change; the counters are always there. */
export interface Tally {
  active: number;
  ready: number;
  terminating: number;
  succeeded: number;
  failed: number;
  uncountedSucceeded: readonly string[];
  uncountedFailed: readonly string[];
  completedIndexes: string;
  failedIndexes: string | undefined;
  startTime: string | undefined;
  completionTime: string | undefined;
  conditions: readonly Condition[];
}

export function tallyOf(status: JobStatus): Tally {
  return {
    active: status.active ?? 0,
    ready: status.ready ?? 0,
    terminating: status.terminating ?? 0,
    succeeded: status.succeeded ?? 0,
    failed: status.failed ?? 0,
    uncountedSucceeded: status.uncountedTerminatedPods?.succeeded ?? [],
    uncountedFailed: status.uncountedTerminatedPods?.failed ?? [],
    completedIndexes: status.completedIndexes ?? '',
    failedIndexes: status.failedIndexes,
    startTime: status.startTime,
    completionTime: status.completionTime,
    conditions: status.conditions ?? [],
  };
}

/** As it is written: zeros left out, except of the two counts that are always shown. */
export function statusOf(tally: Tally): JobStatus {
  const { active, succeeded, failed, completedIndexes, failedIndexes, startTime, completionTime, conditions } = tally;
  const { uncountedSucceeded, uncountedFailed } = tally;
  return {
    ...(conditions.length > 0 ? { conditions } : {}),
    ...(startTime === undefined ? {} : { startTime }),
    ...(completionTime === undefined ? {} : { completionTime }),
    ...(active > 0 ? { active } : {}),
    ...(succeeded > 0 ? { succeeded } : {}),
    ...(failed > 0 ? { failed } : {}),
    terminating: tally.terminating,
    ...(completedIndexes === '' ? {} : { completedIndexes }),
    ...(failedIndexes === undefined ? {} : { failedIndexes }),
    uncountedTerminatedPods: {
      ...(uncountedSucceeded.length > 0 ? { succeeded: uncountedSucceeded } : {}),
      ...(uncountedFailed.length > 0 ? { failed: uncountedFailed } : {}),
    },
    ready: tally.ready,
  };
}

/** Moves the pods that no longer carry the finalizer from the uncounted to the counted; true when there were any. */
export function countReleased(tally: Tally, tracked: ReadonlySet<string>): boolean {
  const succeeded = tally.uncountedSucceeded.filter((uid) => tracked.has(uid));
  const failed = tally.uncountedFailed.filter((uid) => tracked.has(uid));
  const more = tally.uncountedSucceeded.length - succeeded.length;
  const worse = tally.uncountedFailed.length - failed.length;
  if (more === 0 && worse === 0) return false;
  tally.succeeded += more;
  tally.failed += worse;
  tally.uncountedSucceeded = succeeded;
  tally.uncountedFailed = failed;
  return true;
}

export function jobCondition(type: string, reason: string, message: string, timestamp: string): Condition {
  return {
    type,
    status: 'True',
    lastProbeTime: timestamp,
    lastTransitionTime: timestamp,
    ...(reason === '' ? {} : { reason }),
    ...(message === '' ? {} : { message }),
  };
}

export function trueCondition(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((condition) => condition.type === type && condition.status === 'True');
}

/** `Complete` or `Failed`, once the Job has ended. */
export function finishedCondition({ status }: Job): Condition | undefined {
  return trueCondition(status.conditions, 'Complete') ?? trueCondition(status.conditions, 'Failed');
}

/** The list with `next` in its place; the very same list when nothing changes. False is not added where nothing was. */
export function ensureCondition(list: readonly Condition[], next: Condition): readonly Condition[] {
  const before = list.find(({ type }) => type === next.type);
  if (!before) return next.status === 'False' ? list : [...list, next];
  const same = before.status === next.status && before.reason === next.reason && before.message === next.message;
  return same ? list : list.map((condition) => (condition === before ? next : condition));
}
