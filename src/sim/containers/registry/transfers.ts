// All pushes and pulls of one engine: what moves shares one network, and time passes by events. A pull reports itself in
// the lines that the Docker daemon streams; whoever asked for it remembers the job's number.
import { phase, type Simulation } from '../../engine/simulation.ts';
import { DaemonError } from '../images/errors.ts';
import type { Platform } from '../images/platform.ts';
import { fullName, parseReference, type Reference, withDefaultTag } from '../images/reference.ts';
import type { ImageStore } from '../images/store.ts';
import {
  type Desk,
  heldBytes,
  type Job,
  type Outcome,
  type ProgressMessage,
  rates,
  REPORT_EVERY,
  ROUND_TRIP,
  slots,
} from './job.ts';
import { type PullWorld, stepPull } from './pull.ts';
import { pushedReferences, stepPush } from './push.ts';
import type { Registries } from './registries.ts';

export interface TransfersOptions {
  /** Of the engine; makes the component's name. */
  readonly name: string;
  readonly store: ImageStore;
  readonly registries: Registries;
  /** What a pull asks for when it does not say. */
  readonly host: Platform;
  /** Free bytes of the disk that images lie on, all that the store holds already taken off. */
  readonly freeBytes?: () => number;
  /** A line of progress. */
  readonly onMessage: (job: number, message: ProgressMessage) => void;
  /** The end. Nothing follows it. */
  readonly onEnd: (job: number, outcome: Outcome) => void;
}

interface Tick {
  readonly kind: `transfers ${string}`;
}

interface State {
  readonly jobs: readonly Job[];
  readonly next: number;
  readonly at: number;
  readonly event: number | null;
}

export class Transfers {
  #jobs: Job[] = [];
  #next = 1;
  /** Up to when everything has moved. */
  #at = 0;
  #event: number | null = null;
  readonly #sim: Simulation;
  readonly #options: TransfersOptions;
  readonly #kind: Tick['kind'];
  readonly #world: PullWorld;
  readonly #desk: Desk;

  constructor(sim: Simulation, options: TransfersOptions) {
    this.#sim = sim;
    this.#options = options;
    this.#kind = `transfers ${options.name}`;
    this.#world = { sim, store: options.store, registries: options.registries, host: options.host };
    this.#desk = {
      get now() {
        return sim.now;
      },
      say: (job, message) => options.onMessage(job.id, message),
      slotFree: (kind) => this.#moving(kind, true) < slots[kind],
      room: () => (options.freeBytes?.() ?? Infinity) - this.#jobs.reduce((sum, job) => sum + heldBytes(job), 0),
    };
    sim.on<Tick>(this.#kind, () => {
      this.#event = null;
      this.#run();
    });
    sim.register<State>({
      name: this.#kind,
      save: () => ({ jobs: this.#jobs.map(copyJob), next: this.#next, at: this.#at, event: this.#event }),
      load: (state) => {
        this.#jobs = state.jobs.map(copyJob);
        this.#next = state.next;
        this.#at = state.at;
        this.#event = state.event;
      },
    });
  }

  /** Starts a pull of a name with its default tag; the job's number. Throws when the name is none. */
  pull(name: string, platform?: Platform): number {
    const reference = withDefaultTag(parseReference(name));
    if (reference.domain === 'docker.io' && reference.path === 'library/scratch')
      throw new DaemonError(403, "'scratch' is a reserved name");
    // A challenge, a token and the manifest: three questions.
    return this.#start('pull', reference, [], 3, platform);
  }

  /** Starts a push of one tag, or without a tag of all tags of the repository. */
  push(name: string): number {
    const reference = parseReference(name);
    const id = this.#start('push', reference, [], 2);
    const job = this.#jobs.at(-1) as Job;
    this.#options.onMessage(id, { status: `The push refers to repository [${fullName(reference)}]` });
    try {
      const [first, ...more] = pushedReferences(this.#options.store, reference);
      this.#jobs[this.#jobs.length - 1] = { ...job, reference: first, more };
    } catch (error) {
      this.#end(job, failure(error));
    }
    return id;
  }

  /** Ends a job because nobody waits for it any more; nothing of it is kept and nothing is said. */
  cancel(id: number): void {
    this.#move();
    this.#jobs = this.#jobs.filter((job) => job.id !== id);
    this.#run();
  }

  running(): readonly Readonly<Job>[] {
    this.#move();
    return this.#jobs;
  }

  #start(
    kind: Job['kind'],
    reference: Reference,
    more: readonly Reference[],
    trips: number,
    platform?: Platform,
  ): number {
    this.#move();
    const id = this.#next++;
    const wait = this.#options.registries.unreachable(reference.domain)?.afterMs ?? 0;
    const until = this.#sim.now + trips * ROUND_TRIP + wait;
    this.#jobs.push({ id, kind, reference, more, stage: 'asking', until, parts: [], ...(platform && { platform }) });
    this.#schedule();
    return id;
  }

  #run(): void {
    this.#move();
    // What one job's end sets free another one may take at the same moment.
    for (let again = true; again;) {
      again = false;
      for (const job of [...this.#jobs]) {
        const before = signature(job);
        const outcome = this.#step(job);
        if (outcome) this.#end(job, outcome);
        if (outcome || signature(job) !== before) again = true;
      }
    }
    this.#schedule();
  }

  #step(job: Job): Outcome | undefined {
    try {
      return job.kind === 'pull' ? stepPull(this.#world, this.#desk, job) : stepPush(this.#world, this.#desk, job);
    } catch (error) {
      return failure(error);
    }
  }

  #end(job: Job, outcome: Outcome): void {
    const [next, ...more] = job.more;
    this.#jobs = this.#jobs.filter((other) => other.id !== job.id);
    if (outcome.ok && next) {
      const until = this.#sim.now + ROUND_TRIP;
      this.#jobs.push({ id: job.id, kind: job.kind, reference: next, more, stage: 'asking', until, parts: [] });
    } else this.#options.onEnd(job.id, outcome);
  }

  #moving(kind: Job['kind'], opening: boolean): number {
    let count = 0;
    for (const job of this.#jobs)
      if (job.kind === kind)
        for (const { stage } of job.parts) if (stage === 'moving' || (opening && stage === 'opening')) count++;
    return count;
  }

  /** Moves everything by the time that has passed. */
  #move(): void {
    const passed = this.#sim.now - this.#at;
    this.#at = this.#sim.now;
    if (passed <= 0) return;
    const active = { pull: this.#moving('pull', false), push: this.#moving('push', false) };
    for (const job of this.#jobs)
      for (const part of job.parts) {
        const by =
          part.stage === 'moving'
            ? Math.floor((rates.network * passed) / active[job.kind])
            : part.stage === 'unpacking'
              ? rates.unpack * passed
              : 0;
        part.moved = Math.min(part.layer.compressedBytes, part.moved + by);
      }
  }

  #schedule(): void {
    if (this.#event !== null) this.#sim.cancel(this.#event);
    this.#event = null;
    const { now } = this.#sim;
    const active = { pull: this.#moving('pull', false), push: this.#moving('push', false) };
    let next = Infinity;
    for (const job of this.#jobs) {
      if (job.stage !== 'layers') next = Math.min(next, job.until);
      for (const { stage, until, moved, fullAt, layer } of job.parts) {
        if (stage === 'opening') next = Math.min(next, until);
        if (stage !== 'moving' && stage !== 'unpacking') continue;
        const left = Math.min(layer.compressedBytes, fullAt ?? Infinity) - moved;
        const time = stage === 'moving' ? (left * active[job.kind]) / rates.network : left / rates.unpack;
        next = Math.min(next, now + REPORT_EVERY, now + Math.ceil(time));
      }
    }
    if (next < Infinity)
      this.#event = this.#sim.schedule<Tick>(Math.max(next, now), phase.workload, { kind: this.#kind });
  }
}

function signature(job: Job): string {
  return `${job.stage} ${job.parts.map((part) => part.stage).join(' ')}`;
}

function failure(error: unknown): Outcome {
  if (!(error instanceof DaemonError)) throw error;
  return { ok: false, status: error.status, message: error.message };
}

function copyJob(job: Job): Job {
  return { ...job, parts: job.parts.map((part) => ({ ...part })) };
}
