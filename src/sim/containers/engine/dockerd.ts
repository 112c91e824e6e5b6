// What the parts of one engine share: its machine, its state, its stores, and who listens. Listeners (a client that follows
// a log) are no part of the world and end when it goes back in time.
import { DaemonError } from '../images/errors.ts';
import type { Platform } from '../images/platform.ts';
import type { ImageStore } from '../images/store.ts';
import type { BuildCache } from '../build/cache.ts';
import type { Builds } from '../build/builds.ts';
import type { Registries } from '../registry/registries.ts';
import type { Transfers } from '../registry/transfers.ts';
import { phase, type Simulation } from '../../engine/simulation.ts';
import type { Machine } from '../../linux/machine.ts';
import type { TaskFiles } from '../../linux/files/view.ts';
import type { Http } from '../../linux/serving.ts';
import type { Container, EngineEvent, EngineState, Exec, LogEntry, Process, Target } from './state.ts';

/** What happens in an engine, for whoever follows it. */
export type Notice =
  | { readonly kind: 'output'; readonly target: Target; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'log'; readonly container: string; readonly entry: LogEntry }
  | { readonly kind: 'stopped'; readonly container: string; readonly exitCode: number }
  | { readonly kind: 'removed'; readonly container: string; readonly exitCode: number }
  | { readonly kind: 'exec-ended'; readonly exec: string }
  | { readonly kind: 'event'; readonly event: EngineEvent }
  | { readonly kind: 'progress'; readonly job: string; readonly line: string }
  | { readonly kind: 'job-ended'; readonly job: string }
  /** Time has passed, as the host lets it. */
  | { readonly kind: 'tick' }
  | { readonly kind: 'rewound' };

/** What the engine does at a later moment. */
export type Timer =
  | { readonly what: 'exits' }
  | { readonly what: 'ended'; readonly container: string; readonly pid: number; readonly code: number }
  | { readonly what: 'exec-ended'; readonly exec: string; readonly code: number }
  | { readonly what: 'stop' | 'restart' | 'health'; readonly container: string }
  | { readonly what: 'probe-timeout'; readonly exec: string }
  | { readonly what: 'wake'; readonly pid: number };

export interface EngineOptions {
  readonly registries: Registries;
  /** Requests of programs in containers; without it they find nobody. */
  readonly http?: () => Http;
}

export interface Dockerd {
  readonly sim: Simulation;
  readonly machine: Machine;
  readonly options: EngineOptions;
  readonly state: EngineState;
  readonly images: ImageStore;
  readonly cache: BuildCache;
  readonly transfers: Transfers;
  readonly builds: Builds;
  readonly host: Platform;
  /** The machine's files as root sees them. */
  readonly files: TaskFiles;
  readonly listeners: Set<(notice: Notice) => void>;
  /** What a job of images has said so far, and how it ended. */
  readonly jobs: Map<string, { readonly lines: string[]; ended: boolean }>;
  notify(notice: Notice): void;
  /** In `ms` from now. Returns the event's number. */
  later(ms: number, timer: Timer, cause?: number | null): number;
  cancel(event: number): void;
  put(container: Container): void;
  change(id: string, change: Partial<Container>): Container;
  putExec(exec: Exec): void;
  putProcess(process: Process): void;
  random(): ReturnType<Simulation['random']>;
  /** The command of a build has ended. */
  buildEnded(container: Container): void;
  /** Writes into the journal. */
  record(container: Container, reason: string, message: string): number;
}

export const ENGINE_PHASE = phase.kubelet;

export const nowMs = ({ sim }: Dockerd): number => sim.epochMs + sim.now;

export function refuse(status: DaemonError['status'], message: string): never {
  throw new DaemonError(status, message);
}

/** The container of a name or of the first digits of its id. */
export function findContainer({ state }: Dockerd, text: string): Container {
  const found = state.containers.get(text) ?? byName(state, text) ?? byPrefix(state, text);
  return found ?? refuse(404, `No such container: ${text}`);
}

export function byName(state: EngineState, text: string): Container | undefined {
  const name = text.replace(/^\//, '');
  for (const container of state.containers.values()) if (container.name === name) return container;
  return undefined;
}

function byPrefix(state: EngineState, text: string): Container | undefined {
  if (!/^[0-9a-f]+$/.test(text)) return undefined;
  const found = [...state.containers.values()].filter(({ id }) => id.startsWith(text));
  if (found.length > 1) refuse(400, `multiple IDs found with provided prefix: ${text}`);
  return found[0];
}
