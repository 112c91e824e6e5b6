// What crosses between the page and the worker. Plain data only. A call has a number and gets one answer; frames and
// goals come by themselves, at most one a frame, and carry only what changed.
import type { CellLoad, CellMap } from '../sim/cell-snapshot.ts';
import type { Diff } from '../sim/diff.ts';
import type { ClusterSnapshot } from '../sim/snapshot.ts';
import type { GoalState } from './exercise.ts';
import type { PlayedLine } from './solution.ts';

/** Which world to open. `settings` are the figure's controls. */
export interface WorldSpec {
  readonly scenario: string;
  readonly settings?: Settings;
  readonly seed: number;
  readonly startMs: number;
  readonly endMs: number;
  /** Opens the world of an exercise, at the start of this step, with its checks. */
  readonly exercise?: { readonly id: string; readonly step: number };
  /** Plays the solution of that step, to be scrubbed through. */
  readonly solution?: boolean;
  /** A large cell: frames carry a summary of every node, and boxes only of the nodes that are looked at. */
  readonly cell?: boolean;
}

export type Settings = Readonly<Record<string, number | string | boolean>>;

/** Calls to a world. Each answers with {@link Frame} state through the frame stream; `why` and `open` answer directly. */
export interface WorldCalls {
  open(spec: WorldSpec): Opened;
  close(): void;
  play(): void;
  pause(): void;
  speed(times: number): void;
  step(direction: 1 | -1): void;
  seek(at: number): void;
  undo(): void;
  reset(): void;
  change(settings: Settings): void;
  why(subject: string): Explanation;
  /** How the scheduler chose, or is about to choose, for the pod `<namespace>/<name>`; undefined when there is no such pod. */
  choice(pod: string): Choice | undefined;
  /** The page shows the figure (or not): frames are only sent while it does. */
  visible(on: boolean): void;
  /** Moves an exercise to this step: on in the same world from a step just solved, else to that step's own start. */
  goToStep(step: number): void;
  /** The journal so far as one number in hexadecimal: equal runs have equal ones, here and in Node. */
  journalHash(): string | undefined;
  /** Answers an open editor: the text, or null for cancel. */
  edited(text: string | null): void;
  /** In a large cell: the nodes whose boxes the frames carry from now on. */
  look(nodes: 'all' | readonly string[]): void;
  /** Stops or starts machines, all at this moment. */
  machines(nodes: readonly string[], running: boolean): void;
  /** In a large cell: puts a taint on these nodes that keeps new pods away, or takes it off. */
  taint(nodes: readonly string[], on: boolean): void;
}

export interface Opened {
  readonly startMs: number;
  readonly endMs: number;
  /** Virtual times of the commands of a played solution, with what was typed. */
  readonly stops: readonly { readonly at: number; readonly say: string }[];
  /** The terminal of a played solution, line by line. */
  readonly lines: readonly PlayedLine[];
}

/** `S` is what is drawn of the world. */
export interface Frame<S = ClusterSnapshot> {
  readonly at: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly playing: boolean;
  readonly speed: number;
  readonly canUndo: boolean;
  /** The first frame is whole; later ones are what changed since the one before (nothing: no diff). */
  readonly snapshot?: S;
  readonly diff?: Diff | undefined;
  readonly goals?: ExerciseState;
  readonly cell?: CellFrame;
}

/** A large cell at one moment. The map comes with the first frame, and again when nodes have come or gone. */
export interface CellFrame {
  readonly map?: CellMap;
  readonly load: CellLoad;
}

export interface ExerciseState {
  readonly step: number;
  readonly goals: readonly GoalState[];
  /** The reader has changed something since the step began. */
  readonly tried: boolean;
  readonly solved: boolean;
  /** The chain of causes of the success, newest last; empty until solved. Some may lie ahead of the present. */
  readonly causes: readonly Cause[];
}

interface Cause {
  readonly at: number;
  readonly subject: string;
  readonly reason: string;
  readonly message: string;
}

/** The chain of causes behind a pod, a node or an event, first cause first. */
export interface Explanation {
  readonly subject: string;
  readonly chain: readonly Cause[];
  /** For a pod: how each node fared when it was scheduled. */
  readonly verdicts: readonly {
    readonly node: string;
    readonly verdict: string;
    readonly score: number | null;
    readonly chosen: boolean;
  }[];
}

/** The scheduler's newest attempt for one pod. */
export interface Choice {
  readonly pod: string;
  /** Virtual ms; null when the scheduler has not looked at the pod and is not about to. */
  readonly at: number | null;
  /** The attempt lies ahead of the present: this is what will be. */
  readonly ahead: boolean;
  readonly attempts: number;
  readonly chosen: string | null;
  /** As the event says it. */
  readonly message: string;
  /** What holds the pod back from being looked at. */
  readonly gates: readonly string[];
  /** The plugins that may turn a node down, in the order in which they are asked. */
  readonly filters: readonly string[];
  /** The plugins that scored, with their weights. */
  readonly weights: readonly { readonly plugin: string; readonly weight: number }[];
  /** All nodes by name. */
  readonly nodes: readonly NodeChoice[];
  /** How many nodes shared the best sum. */
  readonly tied: number;
  readonly priority: number;
  readonly preemption: {
    readonly chosen: string;
    readonly candidates: readonly {
      readonly node: string;
      readonly violations: number;
      readonly victims: readonly { readonly pod: string; readonly priority: number; readonly startedAt: string }[];
    }[];
  } | null;
}

export interface NodeChoice {
  readonly node: string;
  /** The first plugin that said no, with its words; null when the node was not looked at. */
  readonly verdict: 'fits' | { readonly plugin: string; readonly reasons: readonly string[] } | null;
  /** Null also when only one node fits: then nothing is scored. */
  readonly scores: {
    readonly total: number;
    readonly by: Readonly<
      Record<string, { readonly raw: number; readonly normalized: number; readonly weighted: number }>
    >;
  } | null;
}

export type ToWorker =
  | {
      readonly kind: 'call';
      readonly id: number;
      readonly world: number;
      readonly method: keyof WorldCalls;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'shell'; readonly world: number; readonly port: MessagePort };

export type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly value?: unknown; readonly error?: string }
  | { readonly kind: 'frame'; readonly world: number; readonly frame: Frame }
  | { readonly kind: 'edit'; readonly world: number; readonly fileName: string; readonly text: string }
  | { readonly kind: 'broken'; readonly world: number; readonly message: string; readonly seed: number };
