// How long a Job waits before it replaces pods that failed: 10 s, doubled by each further failure without a success
// in between, at most 10 minutes. Models pkg/controller/job/backoff_utils.go (1.32).
import { parseTime } from '../../../engine/time.ts';
import type { ContainerStatus, Pod } from '../../objects.ts';
import { podCondition } from '../../pods.ts';

const BACKOFF_MS = 10_000;
const MAX_BACKOFF_MS = 600_000;

export interface BackoffRecord {
  readonly failuresAfterLastSuccess: number;
  /** Unix ms. */
  readonly lastFailure: number | undefined;
}

export const NO_FAILURES: BackoffRecord = { failuresAfterLastSuccess: 0, lastFailure: undefined };

/** The record after pods have finished that were not seen finished before. */
export function nextRecord(before: BackoffRecord, succeeded: readonly Pod[], failed: readonly Pod[]): BackoffRecord {
  const failures = failed.map(finishedAt).sort((a, b) => a - b);
  if (succeeded.length === 0) {
    if (failures.length === 0) return before;
    const failuresAfterLastSuccess = before.failuresAfterLastSuccess + failures.length;
    return { failuresAfterLastSuccess, lastFailure: failures.at(-1) };
  }
  const success = Math.max(...succeeded.map(finishedAt));
  const later = failures.filter((at) => at > success);
  return { failuresAfterLastSuccess: later.length, lastFailure: later.at(-1) };
}

/** Milliseconds until pods may be made again. */
export function remainingBackoff({ failuresAfterLastSuccess, lastFailure }: BackoffRecord, nowUnixMs: number): number {
  if (failuresAfterLastSuccess === 0) return 0;
  let backoff = BACKOFF_MS;
  for (let i = 1; i < failuresAfterLastSuccess && backoff < MAX_BACKOFF_MS; i++)
    backoff = Math.min(2 * backoff, MAX_BACKOFF_MS);
  const elapsed = nowUnixMs - (lastFailure ?? nowUnixMs);
  return backoff < elapsed ? 0 : backoff - elapsed;
}

/** When the pod ended, as far as can be told: by its containers, its readiness, its deletion or its creation. */
export function finishedAt(pod: Pod): number {
  const { metadata, spec, status } = pod;
  const sidecars = new Set(spec.initContainers?.filter((c) => c.restartPolicy === 'Always').map((c) => c.name));
  const byContainers = latest([
    ...(status.containerStatuses ?? []),
    ...(status.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ]);
  if (byContainers !== undefined) return byContainers;
  const ready = podCondition(pod, 'Ready');
  const notReady = ready?.status === 'False' ? parseTime(ready.lastTransitionTime ?? '') : undefined;
  if (notReady !== undefined) return notReady;
  const deleted = metadata.deletionTimestamp === undefined ? undefined : parseTime(metadata.deletionTimestamp);
  if (deleted !== undefined) return deleted - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return parseTime(metadata.creationTimestamp) ?? 0;
}

/** Undefined unless all have ended. */
function latest(statuses: readonly ContainerStatus[]): number | undefined {
  let found: number | undefined;
  for (const { state } of statuses) {
    const at = state.terminated && parseTime(state.terminated.finishedAt);
    if (at === undefined) return undefined;
    found = Math.max(found ?? at, at);
  }
  return found;
}
