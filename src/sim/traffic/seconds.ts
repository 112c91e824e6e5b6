// Counters per second of one client or one pod. A second is closed when the first event of a later one comes, or in
// the eye of whoever asks; seconds in which nothing happened are left out and cost nothing.
import type { TrafficSecond } from './contract.ts';

/** Mutable. Finished seconds are values and shared between copies. */
export interface Seconds {
  finished: readonly TrafficSecond[] | TrafficSecond[];
  /** Start of the open second, virtual ms. */
  at: number;
  sent: number;
  ok: number;
  failed: number;
  latencies: number[];
}

/** How many finished seconds are kept: ten minutes. */
export const KEPT_SECONDS = 600;

export function createSeconds(now: number): Seconds {
  return { finished: [], at: floorSecond(now), sent: 0, ok: 0, failed: 0, latencies: [] };
}

export function copySeconds(seconds: Seconds): Seconds {
  return { ...seconds, finished: seconds.finished.slice(), latencies: seconds.latencies.slice() };
}

/** Call before counting anything at `now`. */
export function turnTo(seconds: Seconds, now: number): void {
  if (now < seconds.at + 1000) return;
  if (!isEmpty(seconds)) {
    const finished = seconds.finished as TrafficSecond[];
    finished.push(close(seconds));
    if (finished.length > 2 * KEPT_SECONDS) seconds.finished = finished.slice(-KEPT_SECONDS);
  }
  seconds.at = floorSecond(now);
  seconds.sent = 0;
  seconds.ok = 0;
  seconds.failed = 0;
  seconds.latencies = [];
}

/** Finished seconds, oldest first. Changes nothing. */
export function finishedSeconds(seconds: Seconds, now: number): readonly TrafficSecond[] {
  const open = now >= seconds.at + 1000 && !isEmpty(seconds) ? [close(seconds)] : [];
  return [...seconds.finished, ...open].slice(-KEPT_SECONDS);
}

function isEmpty(seconds: Seconds): boolean {
  return seconds.sent + seconds.ok + seconds.failed === 0;
}

function close({ at, sent, ok, failed, latencies }: Seconds): TrafficSecond {
  const sorted = Float64Array.from(latencies).sort();
  return { at, sent, ok, failed, p50: rank(sorted, 50), p99: rank(sorted, 99) };
}

/** The nearest-rank percentile; 0 without answers. */
function rank(sorted: Float64Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0;
}

function floorSecond(now: number): number {
  return Math.floor(now / 1000) * 1000;
}
