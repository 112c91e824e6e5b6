// What the page shows of an exercise before anything runs, made in Node while the site is built: each step as it begins
// and the world after its solution, which is the goal. An author's mistake stops the build in a sentence.
import { checkView } from '../../hosts/check-view.ts';
import { checkStep, type Exercise } from '../../hosts/exercise.ts';
import type { AnyTimeline, AnyWorld, WorldKind } from '../../hosts/kind.ts';
import { playSolution, playUpTo, runToGoal } from '../../hosts/solution.ts';

export interface StepStills<V> {
  readonly start: V;
  readonly goal: V;
}

/** @typeParam V what pictures of that kind of world read */
export async function stillsOf<S, W extends AnyWorld, T extends AnyTimeline<W>, V extends object>(
  exercise: Exercise<W>,
  kind: WorldKind<S, T, V>,
  scenario: (name: string) => Promise<S>,
): Promise<readonly StepStills<V>[]> {
  checkWords(exercise);
  const stills: StepStills<V>[] = [];
  for (const [i, step] of exercise.steps.entries()) {
    const where = `exercise ${exercise.id}, step ${step.id}`;
    const timeline = kind.timeline(await scenario(exercise.scenario), exercise.seed);
    const files = await playUpTo<W, T>(timeline, kind, exercise, i);
    const start = kind.snapshot(timeline);
    const { failed } = await playSolution<W, T>(timeline, kind, exercise, i, files);
    if (failed !== undefined) throw new Error(`${where}: a command of the solution fails:\n${failed}`);
    const missed = checkStep(step, checkView<W>(timeline)).find(({ met }) => !met);
    if (missed)
      throw new Error(
        `${where}: the solution does not reach the goal "${missed.say}": observed ${missed.observed}, wanted ${missed.wanted}`,
      );
    if (!runToGoal<W>(timeline, step)) throw new Error(`${where}: what is to be drawn as the goal never comes`);
    stills.push({ start, goal: kind.snapshot(timeline) });
  }
  return stills;
}

/** What the island is told of each step. */
export function stepTexts<W extends AnyWorld>(exercise: Exercise<W>) {
  return exercise.steps.map(({ id, title, task, picture, goals, hints, why }) => ({
    id,
    title,
    task,
    picture,
    goals: goals.map((goal) => goal.say),
    hints,
    why,
  }));
}

function checkWords<W extends AnyWorld>({ id, steps }: Exercise<W>): void {
  if (steps.length === 0) throw new Error(`exercise ${id}: expected at least one step, found none`);
  const twice = steps.find((step, i) => steps.findIndex((other) => other.id === step.id) !== i);
  if (twice) throw new Error(`exercise ${id}: two steps have the id "${twice.id}"`);
  for (const step of steps) {
    const where = `exercise ${id}, step ${step.id}`;
    if (step.goals.length === 0) throw new Error(`${where}: expected at least one goal, found none`);
    for (const field of ['title', 'task', 'picture', 'why', 'solution'] as const)
      if (step[field].trim() === '') throw new Error(`${where}: ${field} is empty`);
    const empty = step.hints.findIndex((hint) => hint.trim() === '');
    if (empty >= 0) throw new Error(`${where}: hint ${String(empty + 1)} of 3 is empty`);
    for (const text of [step.task, step.why, step.hints[0], step.hints[1]])
      if (text.split('`').length % 2 === 0) throw new Error(`${where}: a backquote is not closed in "${text}"`);
  }
}
