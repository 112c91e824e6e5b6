// One process: what is known of it between two moments. Plain data; `service.ts` and `script.ts` move it on, and
// `processes.ts` keeps all of them.
import { copyServer, type Server } from './server.ts';
import type { Exit, LogLine, ProcessSpec } from './process.ts';
import type { Settings } from './programs/settings.ts';
import type { ShellState } from './shell.ts';

/** A time that never comes. Not Infinity, so that state stays plain JSON. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** Mutable; the parts marked readonly are values and shared between copies. */
export interface Instance {
  readonly spec: ProcessSpec;
  /** Name of the program of the image. */
  readonly program: string;
  readonly argv: readonly string[];
  logs: readonly LogLine[];
  /** Files written in the container: text, or null when taken away. A name that ends in `/` is a directory. */
  files: ReadonlyMap<string, string | null>;
  exit: Exit | null;
  /** When SIGTERM came, or NEVER. */
  termAt: number;
  /** The journal entry that what it does follows from: its start, or the signal. */
  cause: number | null;
  /** The one event that waits for it, and when; -1 and NEVER without. */
  wakeEvent: number;
  wakeAt: number;
  service: Service | null;
  script: Running | null;
}

/** The image's own program at work: a server or a batch job. */
export interface Service {
  readonly settings: Settings;
  readonly startedAt: number;
  /** When it listens (a batch job: begins to work). */
  readonly bootedAt: number;
  booted: boolean;
  readyLogged: boolean;
  /** False for batch jobs. */
  readonly serves: boolean;
  /** Made for the first request: most of the servers of a large world are never asked anything. */
  server: Server | null;
  /** How many requests take the lock until one never gives it back; NEVER for a sound version. */
  locksLeft: number;
  readonly deadlockAt: number;
  deadlocked: boolean;
  /** Requests that wait for the lost lock. */
  stuck: number[];
  served: number;
  cacheBytes: number;
  /** Until then answers to probes may differ from one moment to the next. */
  pressedUntil: number;
  /** Batch: pieces done, and when the present one is. */
  item: number;
  itemEndsAt: number;
  /** The earliest of the times above at which something happens by itself. */
  deadline: number;
}

/** A command of the container that is not the image's program: a shell script, `sleep`, … */
export interface Running {
  state: ShellState;
  /** When it goes on; NEVER for `sleep infinity`. */
  resumesAt: number;
  /** Computing without a pause. */
  busy: boolean;
  /** The shell reads signals itself only when it has a trap; else process 1 ignores SIGTERM. */
  trapped: boolean;
}

export function copyInstance(instance: Instance): Instance {
  const { service, script } = instance;
  return {
    ...instance,
    service: service && {
      ...service,
      server: service.server && copyServer(service.server),
      stuck: service.stuck.slice(),
    },
    script: script && { ...script },
  };
}

/** `pods/<namespace>/<name>`, as the journal names it. */
export function subjectOf(instance: Instance): string {
  return `pods/${instance.spec.host.namespace}/${instance.spec.host.pod}`;
}
