// Every word a picture shows or a screen reader hears comes from here, so that a picture can speak Korean. Plain
// strings, because they cross from the build into an island; `{name}` is filled in, and `a|b` means one and many by {n}.
import type { BoxState } from './status.ts';

export interface DrawWords {
  readonly picture: string;
  readonly nodes: string;
  readonly pods: string;
  readonly node: string;
  readonly service: string;
  readonly readyOf: string;
  readonly noEndpoints: string;
  readonly quay: string;
  readonly quayMore: string;
  readonly cpu: string;
  readonly memory: string;
  readonly requested: string;
  readonly startup: string;
  readonly readiness: string;
  readonly liveness: string;
  readonly every: string;
  readonly failedOf: string;
  readonly passing: string;
  readonly held: string;
  readonly noProbe: string;
  readonly backoff: string;
  readonly left: string;
  readonly clocksMore: string;
  readonly guess: string;
  readonly restarts: string;
  readonly notReadyNode: string;
  readonly cordoned: string;
  readonly rate: string;
  readonly failing: string;
  readonly waiting: string;
  readonly none: string;
  readonly unscheduled: string;
  readonly on: string;
  readonly version: string;
  readonly state: Readonly<Record<BoxState, string>>;
}

/** Fills `{name}` places; with `a|b` takes the first for n = 1 and the second otherwise. */
export function say(template: string, values: Readonly<Record<string, string | number>> = {}): string {
  const [one = '', many = one] = template.split('|');
  return (values['n'] === 1 ? one : many).replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** `00:54.0`, `1:02:03.5`: the time of the world as the figure prints it. */
export function clock(ms: number): string {
  const tenths = Math.floor(ms / 100);
  const hours = Math.floor(tenths / 36_000);
  const two = (n: number) => String(n).padStart(2, '0');
  const tail = `${two(Math.floor(tenths / 600) % 60)}:${two(Math.floor(tenths / 10) % 60)}.${String(tenths % 10)}`;
  return hours > 0 ? `${String(hours)}:${tail}` : tail;
}

/** `10 s`, `1.5 s`, `5 min` with a thin space. */
export function seconds(ms: number): string {
  if (ms >= 120_000 && ms % 60_000 === 0) return `${String(ms / 60_000)}\u2009min`;
  return `${String(Math.round(ms / 100) / 10)}\u2009s`;
}

/** `4`, `0.5` CPU from millicores. */
export function cores(milli: number): string {
  return String(Math.round(milli / 10) / 100);
}

/** GiB with at most one decimal. */
export function gib(bytes: number): string {
  return String(Math.round((bytes / 1_073_741_824) * 10) / 10);
}

/** `512 MiB` or `2 GiB`. */
export function bytesText(bytes: number): string {
  if (bytes >= 1_073_741_824) return `${gib(bytes)}\u2009GiB`;
  return `${String(Math.round(bytes / 1_048_576))}\u2009MiB`;
}
