// How long to wait before the next try: doubling delays, forgotten after a while of peace.
// Models k8s.io/client-go/util/flowcontrol/backoff.go (1.32), one entry at a time; time is whatever integer unit the
// caller counts in. Leaves out: jitter (the kubelet uses none) and garbage collection of old entries.

/** What is remembered of one key; undefined stands for a key that never failed or was forgotten. */
export interface BackoffEntry {
  readonly delay: number;
  readonly updatedAt: number;
}

export interface BackoffLimits {
  readonly base: number;
  readonly max: number;
}

/** Restarts of containers and pulls of images: 10 s, doubling, 300 s at most. (MaxContainerBackOff) */
export const kubeletBackoff: BackoffLimits = { base: 10_000, max: 300_000 };

/** The present delay. (Backoff.Get) */
export function delayOf(entry: BackoffEntry | undefined): number {
  return entry?.delay ?? 0;
}

/** The entry after one more failure at `now`; `eventAt` is when what failed last happened. (Backoff.Next) */
export function nextBackoff(
  entry: BackoffEntry | undefined,
  limits: BackoffLimits,
  now: number,
  eventAt = now,
): BackoffEntry {
  if (!entry || hasExpired(entry, limits, eventAt)) return { delay: limits.base, updatedAt: now };
  return { delay: Math.min(entry.delay * 2, limits.max), updatedAt: now };
}

/** Whether `now` is still within the delay counted from `eventAt`. (Backoff.IsInBackOffSince) */
export function isInBackoffSince(
  entry: BackoffEntry | undefined,
  limits: BackoffLimits,
  now: number,
  eventAt: number,
): boolean {
  if (!entry || hasExpired(entry, limits, eventAt)) return false;
  return now - eventAt < entry.delay;
}

/** Whether `now` is still within the delay counted from the last failure. (Backoff.IsInBackOffSinceUpdate) */
export function isInBackoffSinceUpdate(entry: BackoffEntry | undefined, limits: BackoffLimits, now: number): boolean {
  if (!entry || hasExpired(entry, limits, now)) return false;
  return now - entry.updatedAt < entry.delay;
}

/** After twice the maximum without an update the entry counts as forgotten: 10 minutes for containers. */
function hasExpired(entry: BackoffEntry, limits: BackoffLimits, eventAt: number): boolean {
  return eventAt - entry.updatedAt > limits.max * 2;
}
