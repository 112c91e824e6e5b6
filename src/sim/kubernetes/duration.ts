// Durations and ages as kubectl and the API server's tables print them.
// Models: k8s.io/apimachinery/pkg/util/duration/duration.go (HumanDuration, ShortHumanDuration) and
// translateTimestampSince/-Until of pkg/printers/internalversion/printers.go (1.32). Leaves out nothing.
import { parseTime } from '../engine/time.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY_HOURS = 24;
const YEAR_HOURS = 365 * DAY_HOURS;

/** `2m5s`, `3h`, `7d23h`: two units at most, the smaller one dropped as the whole grows. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  // Clocks of two machines may differ: up to two seconds in the future still count as now.
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${String(seconds)}s`;
  const minutes = Math.floor(seconds / MINUTE);
  if (minutes < 10) return two(minutes, 'm', seconds % MINUTE, 's');
  if (minutes < 3 * 60) return `${String(minutes)}m`;
  const hours = Math.floor(seconds / HOUR);
  if (hours < 8) return two(hours, 'h', minutes % 60, 'm');
  if (hours < 2 * DAY_HOURS) return `${String(hours)}h`;
  const days = Math.floor(hours / DAY_HOURS);
  if (hours < 8 * DAY_HOURS) return two(days, 'd', hours % DAY_HOURS, 'h');
  if (hours < 2 * YEAR_HOURS) return `${String(days)}d`;
  const years = Math.floor(hours / YEAR_HOURS);
  if (hours < 8 * YEAR_HOURS) return two(years, 'y', days % 365, 'd');
  return `${String(years)}y`;
}

/** One unit only: `59s`, `1m`, `23h`. */
export function shortHumanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < -1) return '<invalid>';
  if (seconds < 0) return '0s';
  if (seconds < MINUTE) return `${String(seconds)}s`;
  if (seconds < HOUR) return `${String(Math.floor(seconds / MINUTE))}m`;
  const hours = Math.floor(seconds / HOUR);
  if (hours < DAY_HOURS) return `${String(hours)}h`;
  if (hours < YEAR_HOURS) return `${String(Math.floor(hours / DAY_HOURS))}d`;
  return `${String(Math.floor(hours / YEAR_HOURS))}y`;
}

/** The AGE column: how long ago `timestamp` was, `<unknown>` when it is not set. */
export function ageSince(timestamp: string | null | undefined, nowUnixMs: number): string {
  const at = unixMs(timestamp);
  return at === undefined ? '<unknown>' : humanDuration(nowUnixMs - at);
}

/** The time left until `timestamp`, `<unknown>` when it is not set. */
export function timeUntil(timestamp: string | null | undefined, nowUnixMs: number): string {
  const at = unixMs(timestamp);
  return at === undefined ? '<unknown>' : humanDuration(at - nowUnixMs);
}

function unixMs(timestamp: string | null | undefined): number | undefined {
  return timestamp === null || timestamp === undefined ? undefined : parseTime(timestamp);
}

function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return `${String(large)}${largeUnit}${small === 0 ? '' : `${String(small)}${smallUnit}`}`;
}
