// An exercise: a world to start from, steps with goals, hints and proofs. Checks read the state of the world, now or
// in a future that is played out in a copy, never the text that was typed; so any way there counts.
import type { JournalEntry, World } from '../sim/index.ts';
import type { AnyWorld } from './kind.ts';

/** @typeParam W the kind of world; a cluster's unless said otherwise */
export interface Exercise<W extends AnyWorld = World> {
  /** `4-3/deadlock`; also the key of the reader's progress. */
  readonly id: string;
  /** Name of the scenario. */
  readonly scenario: string;
  readonly seed: number;
  /** The world has already run this long when the reader comes. */
  readonly startMs: number;
  /** Files in the reader's home directory. */
  readonly files: Readonly<Record<string, string>>;
  readonly steps: readonly ExerciseStep<W>[];
}

export interface ExerciseStep<W extends AnyWorld = World> {
  readonly id: string;
  readonly title: string;
  readonly task: string;
  readonly goals: readonly Goal<W>[];
  /** Where to look; which field or verb; its shape with a gap. The fourth rung plays the solution. */
  readonly hints: readonly [where: string, field: string, shape: string];
  /** What the chain of causes tells after success, in a sentence or two. */
  readonly why: string;
  /** The chain of causes itself, first cause first: from the journal of the world or of its future. */
  evidence(view: CheckView<W>): readonly JournalEntry[];
  /** What the picture of the goal shows, as a sentence. */
  readonly picture: string;
  /** After the solution has been played, the first moment at which this is so is drawn as the goal. */
  drawn(world: W): boolean;
  /** Proofs, run by `npm run lessons -- --check`. Shell scripts from the start of this step. */
  readonly solution: string;
  readonly nearMisses: readonly Proof[];
  readonly otherWays: readonly Proof[];
}

interface Proof {
  /** What is wrong with it, or what is different about it. */
  readonly why: string;
  readonly script: string;
}

interface Goal<W extends AnyWorld> {
  readonly say: string;
  check(view: CheckView<W>): Finding;
}

export interface Finding {
  readonly met: boolean;
  /** What is the case, as a sentence without capital: `payments has no readiness probe`. */
  readonly observed: string;
  readonly wanted: string;
}

export interface CheckView<W extends AnyWorld = World> {
  readonly world: W;
  /** A copy of the world after `ms` more, untouched by the reader. Made once per check and length. */
  ahead(ms: number): W;
}

export interface GoalState extends Finding {
  readonly say: string;
}

/** Evaluates one step against the present. */
export function checkStep<W extends AnyWorld>(step: ExerciseStep<W>, view: CheckView<W>): readonly GoalState[] {
  return step.goals.map((goal) => ({ say: goal.say, ...goal.check(view) }));
}
