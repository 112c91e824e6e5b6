// Times and durations on the command line (moby/api/types/time).

import { DockerError } from './errors.ts';
import { parseDuration } from './units.ts';

export const durationNs = (text: string): number => (text === '' ? 0 : (parseDuration(text) ?? 0));

/** `--since`: a duration before now, a time of day, or seconds since 1970, as the API takes it. */
export function timestamp(text: string, flag: string, nowMs: number): string {
  const ns = text === '0' ? undefined : parseDuration(text);
  if (ns !== undefined) return String(Math.floor((nowMs - ns / 1e6) / 1000));
  const date = /^\d{4}-\d\d-\d\d(?:T\d\d(?::\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[-+]\d\d:\d\d)?)?$/.exec(text);
  if (date) {
    const time = text.includes('T') ? text : `${text}T00:00:00`;
    const full = time.replace(/(T\d\d)(?=Z|[-+]|$)/, '$1:00').replace(/(T\d\d:\d\d)(?=Z|[-+]|$)/, '$1:00');
    const ms = Date.parse(/(?:Z|[-+]\d\d:\d\d)$/.test(full) ? full : `${full}Z`);
    const fraction = (/\.(\d+)/.exec(full)?.[1] ?? '').padEnd(9, '0').slice(0, 9);
    if (!Number.isNaN(ms)) return `${String(Math.floor(ms / 1000))}.${fraction}`;
  }
  if (!/^\d+(?:\.\d{1,9})?$/.test(text)) {
    throw new DockerError(`invalid value for "${flag}": failed to parse value as time or duration: "${text}"`);
  }
  return text;
}
