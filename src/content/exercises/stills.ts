// What the page shows of an exercise before anything runs, made in Node while the site is built: each step as it begins
// and the world after its solution, which is the goal. An author's mistake stops the build in a sentence.
import { checkView } from '../../hosts/check-view.ts';
import { checkStep, type Exercise } from '../../hosts/exercise.ts';
import { playSolution, playUpTo, runToGoal } from '../../hosts/solution.ts';
import { Timeline } from '../../sim/index.ts';
import { snapshot, type ClusterSnapshot } from '../../sim/snapshot.ts';
import { loadScenario } from '../scenarios/index.ts';
import { loadExercise } from './index.ts';

export interface StepStills {
  readonly start: ClusterSnapshot;
  readonly goal: ClusterSnapshot;
}

export async function exerciseStills(
  id: string,
): Promise<{ readonly exercise: Exercise; readonly stills: readonly StepStills[] }> {
  const exercise = await loadExercise(id);
  checkWords(exercise);
  const stills: StepStills[] = [];
  for (const [i, step] of exercise.steps.entries()) {
    const where = `exercise ${id}, step ${step.id}`;
    const timeline = new Timeline(await loadScenario(exercise.scenario), exercise.seed);
    const files = await playUpTo(timeline, exercise, i);
    const start = snapshot(timeline.world);
    const { failed } = await playSolution(timeline, exercise, i, files);
    if (failed !== undefined) throw new Error(`${where}: a command of the solution fails:\n${failed}`);
    const missed = checkStep(step, checkView(timeline)).find(({ met }) => !met);
    if (missed)
      throw new Error(
        `${where}: the solution does not reach the goal "${missed.say}": observed ${missed.observed}, wanted ${missed.wanted}`,
      );
    if (!runToGoal(timeline, step)) throw new Error(`${where}: what is to be drawn as the goal never comes`);
    stills.push({ start, goal: snapshot(timeline.world) });
  }
  return { exercise, stills };
}

function checkWords({ id, steps }: Exercise): void {
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
