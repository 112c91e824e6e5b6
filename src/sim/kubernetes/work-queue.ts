// A controller's work queue: keys waiting to be reconciled, each at most once, each with the cause that put it there.
// Models client-go/util/workqueue (dedupe while waiting, delayed add). Rate limiting of failed keys is the
// controller's own business here, because nothing inside fails by chance.
// Departure: in worlds of which only a summary is kept, keys wait for the next tenth of a second, so that what thousands
// of pods do one after another is one pass and not thousands.
import { phase, type Simulation } from '../engine/simulation.ts';

const TICK_OF_SUMMARIES = 100;

interface Waiting {
  readonly at: number;
  readonly event: number;
}

interface ReconcileEvent {
  readonly kind: string;
  readonly key: string;
}

export class WorkQueue {
  readonly #sim: Simulation;
  readonly #kind: string;
  readonly #delayMs: number;
  readonly #order: number;
  #waiting = new Map<string, Waiting>();

  /**
   * @param name names the queue, its events and its saved state, for example `controller.deployment`
   * @param delayMs how long a change takes to reach this controller
   * @param reconcile called once for each key when its time has come
   */
  constructor(
    sim: Simulation,
    name: string,
    delayMs: number,
    reconcile: (key: string) => void,
    order: number = phase.controller,
  ) {
    this.#sim = sim;
    this.#kind = name;
    this.#delayMs = delayMs;
    this.#order = order;
    sim.on<ReconcileEvent>(name, ({ key }) => {
      this.#waiting.delete(key);
      reconcile(key);
    });
    sim.register<readonly (readonly [string, Waiting])[]>({
      name,
      save: () => [...this.#waiting],
      load: (state) => {
        this.#waiting = new Map(state);
      },
    });
  }

  /** Reconciles `key` after this queue's own delay, unless it is already due sooner. */
  add(key: string, cause: number | null = this.#sim.cause): void {
    this.addAfter(key, this.#delayMs, cause);
  }

  /** Reconciles `key` in `afterMs`, unless it is already due sooner. A later date gives way to a nearer one. */
  addAfter(key: string, afterMs: number, cause: number | null = this.#sim.cause): void {
    const sim = this.#sim;
    let at = sim.now + afterMs;
    if (sim.detail === 'summary') at = Math.ceil(at / TICK_OF_SUMMARIES) * TICK_OF_SUMMARIES;
    const waiting = this.#waiting.get(key);
    if (waiting) {
      if (waiting.at <= at) return;
      sim.cancel(waiting.event);
    }
    const event = sim.schedule<ReconcileEvent>(at, this.#order, { kind: this.#kind, key }, cause);
    this.#waiting.set(key, { at, event });
  }
}
