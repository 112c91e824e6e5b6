// What distinguishes one program from another: its executables, what it listens to, what it prints, how it answers.
// All that programs have in common (time, signals, memory, the queue of requests) is in `service.ts` and `server.ts`.
import type { Defaults, Settings } from './settings.ts';

export interface Program {
  readonly name: string;
  /** Base names that start the program itself; the last word of the arguments counts for interpreters. */
  readonly executables: readonly string[];
  /** Entrypoint scripts that run the command that follows them. */
  readonly wrappers: readonly string[];
  /** The image's CMD: arguments when the pod gives neither command nor args. */
  readonly cmd: readonly string[];
  /** Small commands that the image has beside the program. */
  readonly commands: readonly string[];
  readonly osRelease: string;
  readonly kind: 'http' | 'tcp' | 'batch' | 'idle';
  /** False for programs that read no environment of ours. */
  readonly configurable: boolean;
  readonly defaults: Defaults;
  /** Printed at start. `stamp` is the present time as RFC 3339. */
  starting(settings: Settings, stamp: string): readonly string[];
  /** Printed when it listens (a batch program: when work begins). */
  listening(settings: Settings, stamp: string): readonly string[];
  /** How a path is answered; http programs only. */
  route(settings: Settings, path: string): Route;
  body(settings: Settings, path: string, status: number, pod: string): string;
}

export interface Route {
  readonly status: number;
  /** CPU time in microseconds; `varies` by a quarter up and down. */
  readonly cpuMicro: number;
  readonly varies: boolean;
  readonly takesLock: boolean;
  /** Answers 503 until the program is ready. */
  readonly readiness: boolean;
}

/** CPU time of a health check: small, but it waits its turn like any request. */
const CHECK_MICRO = 1000;

/** The four programs of Harbour Goods answer these alike: health checks are served by the same workers as requests. */
export function harbourRoute(settings: Settings, path: string, locks: boolean, pages: readonly string[]): Route {
  const bare = pathOf(path);
  if (bare === '/healthz') return check(false, settings.healthzTakesLock);
  if (bare === '/readyz') return check(true, locks);
  if (pages.includes(bare))
    return { status: 200, cpuMicro: settings.cpuMs * 1000, varies: true, takesLock: locks, readiness: false };
  return MISSING;
}

const checks = [false, true].map((readiness) =>
  [false, true].map((takesLock) => ({ status: 200, cpuMicro: CHECK_MICRO, varies: false, takesLock, readiness })),
);

function check(readiness: boolean, takesLock: boolean): Route {
  return checks[Number(readiness)]?.[Number(takesLock)] ?? MISSING;
}

export const MISSING: Route = { status: 404, cpuMicro: 1000, varies: false, takesLock: false, readiness: false };

export function harbourBody(settings: Settings, path: string, status: number, pod: string): string {
  const bare = pathOf(path);
  if (status === 503) return bare === '/readyz' ? 'not ready\n' : 'too busy\n';
  if (status === 404) return '404 page not found\n';
  if (bare === '/healthz' || bare === '/readyz') return 'ok\n';
  return `harbour ${settings.program} ${settings.version} on ${pod}\n`;
}

export function pathOf(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

export const DEBIAN = osRelease('Debian GNU/Linux 12 (bookworm)', 'debian', '12', 'Debian GNU/Linux', 'bookworm');

function osRelease(pretty: string, id: string, version: string, name: string, codename: string): string {
  return (
    `PRETTY_NAME="${pretty}"\nNAME="${name}"\nVERSION_ID="${version}"\nVERSION="${version} (${codename})"\n` +
    `VERSION_CODENAME=${codename}\nID=${id}\n`
  );
}

const COREUTILS = [
  ...['cat', 'date', 'echo', 'env', 'false', 'hostname', 'id', 'kill', 'ls', 'mkdir', 'printenv', 'rm', 'sh', 'sleep'],
  ...['[', 'tail', 'tar', 'test', 'touch', 'true', 'uname', 'whoami'],
];

/** Commands by base image. */
export const commandsOf = {
  debian: [...COREUTILS, 'bash'],
  harbour: [...COREUTILS, 'bash', 'curl', 'ps'],
  busybox: [...COREUTILS, 'ps', 'wget'],
  none: [],
} as const;
