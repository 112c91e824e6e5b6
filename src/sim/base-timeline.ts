// A world with a past and a future. It keeps the list of inputs and a row of checkpoints, so that any moment can be
// sought: back = the nearest checkpoint, then run on; and running on after going back is never having gone back,
// because the inputs that lie ahead are put in again at their times. A new input in the past starts a new branch:
// the inputs ahead of it are dropped (and can be had back with `undo`). Knows no kind of world: `timeline.ts` and
// `machine-timeline.ts` say what can come to theirs.
import { assert } from './engine/assert.ts';
import type { JournalEntry } from './engine/journal.ts';
import type { Checkpoint, Simulation } from './engine/simulation.ts';

export interface Logged<I> {
  /** Virtual ms. */
  readonly at: number;
  readonly input: I;
}

/** Virtual ms between checkpoints while running; thinned out when there are many. */
const SPACING = 5_000;
const MOST_CHECKPOINTS = 80;

export abstract class BaseTimeline<W extends { readonly sim: Simulation }, I extends { readonly kind: string }> {
  readonly seed: number;
  readonly world: W;
  #inputs: Logged<I>[];
  /** How many inputs have been put in up to now. */
  #done = 0;
  #checkpoints: { readonly done: number; readonly checkpoint: Checkpoint }[] = [];
  #spacing = SPACING;
  /** For undo: when each new input came, after how many others, and which ones ahead it dropped. */
  #history: { readonly at: number; readonly done: number; readonly dropped: readonly Logged<I>[] }[] = [];
  readonly #onRewind = new Set<() => void>();

  /** @param spacing virtual ms between checkpoints; large worlds keep few */
  constructor(world: W, seed: number, inputs: readonly Logged<I>[] = [], spacing = SPACING) {
    this.seed = seed;
    this.#spacing = spacing;
    this.#inputs = inputs.slice();
    this.world = world;
    this.#keep();
  }

  /** Lets an input do what it does, with nobody waiting for its answer. */
  protected abstract put(input: I): unknown;

  /** What the journal calls it. */
  protected abstract subjectOf(input: I): string;

  get now(): number {
    return this.world.sim.now;
  }

  get inputs(): readonly Logged<I>[] {
    return this.#inputs;
  }

  get canUndo(): boolean {
    return this.#history.length > 0;
  }

  /** Equal for equal pasts, in every engine: what the laws and the browser's tests compare. */
  get journalHash(): string {
    return this.world.sim.journal.hash();
  }

  /** When the next thing happens, be it an event or an input that lies ahead. */
  get nextAt(): number | undefined {
    const event = this.world.sim.nextAt;
    const input = this.#inputs[this.#done]?.at;
    return event === undefined ? input : input === undefined ? event : Math.min(event, input);
  }

  /** Called whenever the world jumps to another moment; open streams of the past are worthless then. */
  onRewind(listener: () => void): () => void {
    this.#onRewind.add(listener);
    return () => this.#onRewind.delete(listener);
  }

  /** Lets time pass until `until`, putting in the inputs that lie ahead. */
  run(until: number): void {
    const { sim } = this.world;
    while (sim.now < until) {
      const last = this.#checkpoints[this.#checkpoints.length - 1];
      const keepAt = (last?.checkpoint.at ?? 0) + this.#spacing;
      const input = this.#inputs[this.#done];
      const stop = Math.min(until, input?.at ?? until, keepAt > sim.now ? keepAt : until);
      sim.run(stop);
      while (this.#inputs[this.#done]?.at === sim.now && this.#done < this.#inputs.length)
        this.#put((this.#inputs[this.#done++] as Logged<I>).input);
      if (sim.now >= keepAt) this.#keep();
    }
  }

  /**
   * Lets time pass until the journal says something to the reader, or until `until`.
   * Returns whether something was said.
   */
  stepForward(until: number): boolean {
    const { sim } = this.world;
    for (;;) {
      const at = this.nextAt;
      if (at === undefined || at > until) {
        this.run(until);
        return false;
      }
      const from = sim.journal.length;
      this.run(Math.max(at, sim.now));
      if (at <= sim.now) sim.run(sim.now);
      if (sim.journal.slice(from).some(isSpoken)) return true;
    }
  }

  /** Goes back to the last moment before now at which the journal said something; to 0 when there is none. */
  stepBack(from = 0): void {
    const { journal, now } = this.world.sim;
    for (let id = journal.length - 1; id >= 0; id--) {
      const entry = journal.get(id) as JournalEntry;
      if (entry.at < now && isSpoken(entry)) {
        this.seek(Math.max(from, entry.at));
        return;
      }
    }
    this.seek(from);
  }

  /** Goes to `at`, back or forth. */
  seek(at: number): void {
    if (at < this.now) {
      while (this.#checkpoints.length > 1 && (this.#checkpoints[this.#checkpoints.length - 1]?.checkpoint.at ?? 0) > at)
        this.#checkpoints.pop();
      const nearest = this.#checkpoints[this.#checkpoints.length - 1];
      assert(nearest, 'a timeline without its first checkpoint');
      this.world.sim.restore(nearest.checkpoint);
      this.#done = nearest.done;
      for (const listener of this.#onRewind) listener();
    }
    this.run(at);
  }

  /** Takes the newest input back, with all that it led to, and stands at the moment before it. */
  undo(): void {
    const last = this.#history.pop();
    if (!last) return;
    this.#inputs = [...this.#inputs.slice(0, last.done), ...last.dropped];
    this.#done = Math.min(this.#done, this.#inputs.length);
    // The world must forget the input even when the clock has not moved since.
    this.#checkpoints = this.#checkpoints.filter((kept) => kept.checkpoint.at < last.at || kept.checkpoint.at === 0);
    const nearest = this.#checkpoints[this.#checkpoints.length - 1];
    assert(nearest, 'a timeline without its first checkpoint');
    this.world.sim.restore(nearest.checkpoint);
    this.#done = nearest.done;
    for (const listener of this.#onRewind) listener();
    this.run(last.at);
  }

  /** Brings this timeline to the very moment and past of `other`, which has the same scenario and seed. */
  protected standWith(other: this): void {
    this.world.sim.restore(
      other.world.sim.checkpoint(),
      other.world.sim.journal.copyOf(other.world.sim.journal.length),
    );
    this.#done = other.#done;
  }

  /** The inputs up to now. */
  protected get past(): readonly Logged<I>[] {
    return this.#inputs.slice(0, this.#done);
  }

  /** Puts an input in now. `act` does it, with whoever waits for the answer; a replay does without them. */
  protected log(input: I, act: (input: I) => unknown = (of) => this.put(of)): unknown {
    this.#settle();
    this.#branch(input);
    return this.#put(input, act);
  }

  /** An input comes after everything else of its millisecond; so a replay that first runs to its time does the same. */
  #settle(): void {
    this.world.sim.run(this.now);
  }

  #branch(input: I): void {
    this.#history.push({ at: this.now, done: this.#done, dropped: this.#inputs.slice(this.#done) });
    this.#inputs.length = this.#done;
    this.#inputs.push({ at: this.now, input });
    this.#done = this.#inputs.length;
    // A checkpoint of this very millisecond was taken before the input.
    while (this.#checkpoints.length > 1 && this.#checkpoints[this.#checkpoints.length - 1]?.checkpoint.at === this.now)
      this.#checkpoints.pop();
  }

  #put(input: I, act: (input: I) => unknown = (of) => this.put(of)): unknown {
    const { sim } = this.world;
    const cause = sim.record(`input.${input.kind}`, this.subjectOf(input), '', '', undefined, null);
    return sim.because(cause, () => act(input));
  }

  #keep(): void {
    this.#checkpoints.push({ done: this.#done, checkpoint: this.world.sim.checkpoint() });
    if (this.#checkpoints.length <= MOST_CHECKPOINTS) return;
    this.#checkpoints = this.#checkpoints.filter((_, i) => i % 2 === 0);
    this.#spacing *= 2;
  }
}

/** Entries with a sentence are for the reader; the others only link causes. */
export function isSpoken(entry: JournalEntry): boolean {
  return entry.message !== '';
}
