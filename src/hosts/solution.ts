// Plays the solutions of an exercise as a reader would type them, command by command: for the start of a later step,
// for "show me", for the goal that is drawn while the site is built, and for the proofs.
import type { Exercise, ExerciseStep } from './exercise.ts';
import { Headless } from './headless.ts';
import type { AnyTimeline, AnyWorld, ShellKind } from './kind.ts';

/** One line of the terminal in a played solution. */
export interface PlayedLine {
  /** Virtual ms. */
  readonly at: number;
  readonly kind: 'typed' | 'printed';
  readonly text: string;
}

export interface Played {
  readonly lines: readonly PlayedLine[];
  /** What the home directory holds afterwards. */
  readonly files: Readonly<Record<string, string>>;
  /** The first command that failed, with what it said; undefined when all went well. */
  readonly failed: string | undefined;
}

/** How long one solution may take, virtual ms. */
const PATIENCE_MS = 900_000;
/** How long after it the goal may take to show, virtual ms. */
const GOAL_MS = 300_000;

/** Runs on to the start of `step`: the exercise's own start, and the solutions of all steps before. Returns the files. */
export async function playUpTo<W extends AnyWorld, T extends AnyTimeline<W>>(
  timeline: T,
  kind: ShellKind<T>,
  exercise: Exercise<W>,
  step: number,
): Promise<Played['files']> {
  timeline.seek(exercise.startMs);
  let { files } = exercise;
  for (let before = 0; before < step; before++)
    ({ files } = await playSolution(timeline, kind, exercise, before, files));
  return files;
}

/** @param pauseMs time that passes before each command, so that a watcher can tell them apart */
export async function playSolution<W extends AnyWorld, T extends AnyTimeline<W>>(
  timeline: T,
  kind: ShellKind<T>,
  exercise: Exercise<W>,
  step: number,
  files: Played['files'],
  pauseMs = 0,
): Promise<Played> {
  const lines: PlayedLine[] = [];
  const shell = new Headless<T>(timeline, kind, {
    files,
    untilMs: timeline.now + PATIENCE_MS,
    onOutput: (text) => lines.push({ at: timeline.now, kind: 'printed', text }),
  });
  let failed: string | undefined;
  for (const command of commands(exercise.steps[step]?.solution ?? '', shell)) {
    timeline.run(timeline.now + pauseMs);
    lines.push({ at: timeline.now, kind: 'typed', text: command });
    const { exitCode, output } = await shell.run(command);
    if (exitCode !== 0) failed ??= `${command}\n${output}(exit ${String(exitCode)})`;
  }
  return { lines, files: shell.files, failed };
}

/** Lets time pass until the world looks like the goal that is to be drawn; false when it never does. */
export function runToGoal<W extends AnyWorld>(timeline: AnyTimeline<W>, step: ExerciseStep<W>): boolean {
  const patience = timeline.now + GOAL_MS;
  while (timeline.now < patience) {
    if (step.drawn(timeline.world)) return true;
    timeline.run(timeline.now + 1000);
  }
  return false;
}

/** The commands of a script; one with a here-document or an open quote goes over several lines. */
function* commands(script: string, shell: Pick<Headless, 'needsMore'>): Generator<string> {
  let command = '';
  for (const line of script.trimEnd().split('\n')) {
    command += command === '' ? line : `\n${line}`;
    if (shell.needsMore(command)) continue;
    yield command;
    command = '';
  }
  if (command !== '') yield command;
}
