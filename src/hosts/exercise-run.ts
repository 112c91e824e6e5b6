// Where the reader stands in an exercise: which step, whether it has been tried, what its goals observe. Goals are looked
// at after every input and now and then; looking ahead costs time, so it is done the more rarely the dearer it is.
import type { World } from '../sim/index.ts';
import { checkView } from './check-view.ts';
import type { AnyTimeline, AnyWorld } from './kind.ts';
import { checkStep, type Exercise, type ExerciseStep } from './exercise.ts';
import type { ExerciseState } from './protocol.ts';

/** Goals are looked at again after this much virtual time at the least, and after every input. */
const EVERY_MS = 2_000;
/** Of the real time, at most one part in so many goes into looking. */
const SHARE = 20;
/** So many links of the chain of causes are told, the last ones. */
const MOST_CAUSES = 7;

export class ExerciseRun<W extends AnyWorld = World> {
  readonly exercise: Exercise<W>;
  #step = 0;
  #solved = false;
  /** Inputs that had been put in when the step began. */
  #before = 0;
  #inputs: AnyTimeline['inputs'] = [];
  #lookedAt = -1;
  #lookAgainAt = 0;
  #state: ExerciseState | undefined;

  constructor(exercise: Exercise<W>) {
    this.exercise = exercise;
  }

  get index(): number {
    return this.#step;
  }

  get step(): ExerciseStep<W> {
    const step = this.exercise.steps[this.#step];
    if (!step) throw new Error(`exercise ${this.exercise.id} has no step ${String(this.#step)}`);
    return step;
  }

  get solved(): boolean {
    return this.#solved;
  }

  /** The newest state; a new object whenever something in it may have changed. */
  get state(): ExerciseState | undefined {
    return this.#state;
  }

  /** Checks that there is such a step, before a world is built for it. */
  choose(step: number): void {
    if (step >= this.exercise.steps.length)
      throw new Error(
        `exercise ${this.exercise.id} has ${String(this.exercise.steps.length)} steps; there is no step ${String(step + 1)}`,
      );
    this.#step = step;
  }

  /** The step begins in `timeline` as it stands. */
  begin(timeline: AnyTimeline<W>): void {
    this.#before = timeline.inputs.length;
    this.forget();
  }

  /** What was observed is not true any more: the reader went back. */
  forget(): void {
    this.#solved = false;
    this.#lookedAt = -1;
    this.#lookAgainAt = 0;
  }

  /** Looks at the goals if it is time to; a solved step stays solved. `realMs` is the host's clock. */
  look(timeline: AnyTimeline<W>, realMs: () => number): void {
    if (this.#solved) return;
    const { inputs, now } = timeline;
    const fresh = inputs.length !== this.#inputs.length || inputs.at(-1) !== this.#inputs.at(-1);
    const began = realMs();
    if (this.#lookedAt >= 0 && !fresh && (Math.abs(now - this.#lookedAt) < EVERY_MS || began < this.#lookAgainAt))
      return;
    this.#inputs = inputs.slice();
    this.#lookedAt = now;
    const view = checkView(timeline);
    const goals = checkStep(this.step, view);
    const tried = inputs.slice(this.#before).some(({ input }) => input.kind !== 'http');
    this.#solved = goals.every(({ met }) => met);
    const causes = this.#solved ? this.step.evidence(view).slice(-MOST_CAUSES) : [];
    this.#state = {
      step: this.#step,
      goals,
      tried,
      solved: this.#solved,
      causes: causes.map(({ at, subject, reason, message }) => ({ at, subject, reason, message })),
    };
    this.#lookAgainAt = began + (realMs() - began) * SHARE;
  }
}
