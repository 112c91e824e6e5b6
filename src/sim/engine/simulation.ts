// The clock and the loop. Knows nothing of containers: it takes the next event, finds its handler by kind, and
// lets it act. Everything that has state registers itself, so that a moment can be saved, restored and forked.
import { assert } from './assert.ts';
import { EventQueue, type QueuedEvent, type SimEvent } from './event-queue.ts';
import { Journal, type JournalEntry } from './journal.ts';
import { Random, type Stream, type StreamState } from './random.ts';

/**
 * Order of things that happen in the same millisecond. Causes before effects: what the outside does, what programs
 * do, what the node agent notices and then asks, what controllers and the scheduler make of it.
 */
export const phase = { input: 0, workload: 1, kubelet: 2, probe: 3, controller: 4, scheduler: 5, observer: 6 } as const;

/** A part of the world that has state of its own. */
export interface Component<S = unknown> {
  readonly name: string;
  /** Plain data that nobody changes afterwards: copy containers, share immutable values. */
  save(): S;
  /** Must copy again: the same checkpoint may be restored many times. */
  load(state: S): void;
}

/** A saved moment. Plain data apart from shared immutable values, so it can be cloned and posted. */
export interface Checkpoint {
  readonly at: number;
  readonly seq: number;
  readonly handled: number;
  readonly queue: readonly QueuedEvent[];
  readonly random: Readonly<Record<string, StreamState>>;
  readonly journalLength: number;
  readonly components: Readonly<Record<string, unknown>>;
}

export interface SimulationOptions {
  readonly seed: number;
  /** Unix milliseconds of virtual time 0. */
  readonly epochMs: number;
  /**
   * `full` keeps every score of every decision and the whole journal; `summary` only counts and the winner, and of the
   * journal the newest part (for thousands of nodes).
   */
  readonly detail: 'full' | 'summary';
}

/** Enough for the rollout of ten thousand pods. */
const JOURNAL_OF_SUMMARIES = 65_536;

type Handler<E extends SimEvent> = (event: E) => void;

/** Events that may happen within one virtual millisecond before it must be an endless loop. */
const LIMIT_PER_INSTANT = 5_000_000;

export class Simulation {
  readonly seed: number;
  readonly epochMs: number;
  readonly detail: 'full' | 'summary';
  readonly journal: Journal;
  /** The journal entry in whose consequence the code now runs. Set for each event; handlers may narrow it. */
  cause: number | null = null;

  #now = 0;
  #seq = 0;
  #handled = 0;
  #atInstant = 0;
  readonly #queue = new EventQueue();
  readonly #random: Random;
  readonly #handlers = new Map<string, Handler<SimEvent>>();
  readonly #components = new Map<string, Component>();

  constructor(options: SimulationOptions) {
    this.seed = options.seed;
    this.epochMs = options.epochMs;
    this.detail = options.detail;
    this.journal = new Journal(options.detail === 'summary' ? JOURNAL_OF_SUMMARIES : Infinity);
    this.#random = new Random(options.seed);
  }

  /** Virtual milliseconds since the world began. */
  get now(): number {
    return this.#now;
  }

  /** Events handled so far. */
  get handled(): number {
    return this.#handled;
  }

  /** When the next event happens; undefined when nothing waits. */
  get nextAt(): number | undefined {
    return this.#queue.peek()?.at;
  }

  random(name: string): Stream {
    return this.#random.stream(name);
  }

  /** Declares who handles events of `kind`. One handler a kind. */
  on<E extends SimEvent>(kind: E['kind'], handler: Handler<E>): void {
    assert(!this.#handlers.has(kind), `two handlers for ${kind}`);
    this.#handlers.set(kind, handler as Handler<SimEvent>);
  }

  register<S>(component: Component<S>): void {
    assert(!this.#components.has(component.name), `two components called ${component.name}`);
    this.#components.set(component.name, component);
  }

  /** Puts `event` into the queue at absolute time `at` (never before now); returns its id for {@link cancel}. */
  // E is written at the call, where it checks the event's fields.
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  schedule<E extends SimEvent>(at: number, order: number, event: E, cause: number | null = this.cause): number {
    if (!Number.isInteger(at)) assert(false, `event ${event.kind} at ${String(at)} ms`);
    const seq = this.#seq++;
    this.#queue.push({ at: Math.max(at, this.#now), phase: order, seq, cause, event });
    return seq;
  }

  cancel(id: number): void {
    this.#queue.cancel(id);
  }

  /** Writes a journal entry at the present time; its cause is {@link cause} unless given. Returns its id. */
  record(
    kind: string,
    subject: string,
    reason = '',
    message = '',
    data?: unknown,
    cause: number | null = this.cause,
  ): number {
    const { journal } = this;
    const id = journal.length;
    return journal.append(
      data === undefined
        ? { id, at: this.#now, kind, subject, reason, message, cause }
        : { id, at: this.#now, kind, subject, reason, message, cause, data },
    );
  }

  /** Runs `act` with `cause` as the reason for all that it records and schedules. */
  because<T>(cause: number | null, act: () => T): T {
    const held = this.cause;
    this.cause = cause;
    try {
      return act();
    } finally {
      this.cause = held;
    }
  }

  /** Handles one event, whenever it is; false when nothing waits. */
  step(): boolean {
    const item = this.#queue.pop();
    if (!item) return false;
    if (item.at > this.#now) {
      this.#now = item.at;
      this.#atInstant = 0;
    }
    if (++this.#atInstant >= LIMIT_PER_INSTANT)
      assert(false, `endless loop at ${String(this.#now)} ms: ${item.event.kind}`);
    const handler = this.#handlers.get(item.event.kind);
    if (!handler) assert(false, `no handler for ${item.event.kind}`);
    this.cause = item.cause;
    this.#handled++;
    handler(item.event);
    this.cause = null;
    return true;
  }

  /** Handles every event up to and including `until`, then lets the clock stand at `until`. */
  run(until: number): void {
    for (;;) {
      const at = this.nextAt;
      if (at === undefined || at > until) break;
      this.step();
    }
    if (until > this.#now) {
      this.#now = until;
      this.#atInstant = 0;
    }
  }

  checkpoint(): Checkpoint {
    const components: Record<string, unknown> = {};
    for (const [name, component] of this.#components) components[name] = component.save();
    return {
      at: this.#now,
      seq: this.#seq,
      handled: this.#handled,
      queue: this.#queue.save(),
      random: this.#random.save(),
      journalLength: this.journal.length,
      components,
    };
  }

  /** Goes to a moment of this very run: later journal entries are cut off. For another world, see `journal`. */
  restore(checkpoint: Checkpoint, journal?: readonly JournalEntry[]): void {
    this.#now = checkpoint.at;
    this.#seq = checkpoint.seq;
    this.#handled = checkpoint.handled;
    this.#atInstant = 0;
    this.cause = null;
    this.#queue.load(checkpoint.queue);
    this.#random.load(checkpoint.random);
    if (journal) this.journal.replace(journal);
    this.journal.truncate(checkpoint.journalLength);
    for (const [name, component] of this.#components) {
      const state = checkpoint.components[name];
      assert(state !== undefined, `checkpoint without ${name}`);
      component.load(state);
    }
  }
}
