// `npm run lessons -- --check`: proves every step of every exercise. From the start of the step, the goals are not met;
// the solution meets them; a near miss does not; another right way does. `--only ID` picks one, `--verbose` shows
// what the checks observed and what the scripts printed.
import { checkView } from '../src/hosts/check-view.ts';
import { checkStep, type Exercise, type ExerciseStep, type GoalState } from '../src/hosts/exercise.ts';
import { Headless } from '../src/hosts/headless.ts';
import { playSolution, playUpTo, runToGoal } from '../src/hosts/solution.ts';
import { Timeline } from '../src/sim/index.ts';
import { exerciseIds, loadExercise } from '../src/content/exercises/index.ts';
import { loadScenario } from '../src/content/scenarios/index.ts';

const args = process.argv.slice(2);
const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
const verbose = args.includes('--verbose');
if (!args.includes('--check')) {
  console.error('usage: npm run lessons -- --check [--only ID] [--verbose]');
  process.exit(2);
}

/** A proof script that takes longer than this (virtual ms) hangs. */
const PATIENCE_MS = 600_000;
let passed = 0;
let failed = 0;

for (const id of exerciseIds) {
  if (only !== undefined && id !== only) continue;
  const exercise = await loadExercise(id);
  for (const [i, step] of exercise.steps.entries()) {
    await prove(exercise, i, `${id} ${step.id}: the start does not pass`, '', false);
    await prove(exercise, i, `${id} ${step.id}: the solution passes`, step.solution, true);
    await proveShown(exercise, i, `${id} ${step.id}: "show me" passes and reaches the drawn goal`);
    for (const { why, script } of step.nearMisses)
      await prove(exercise, i, `${id} ${step.id}: near miss fails (${why})`, script, false);
    for (const { why, script } of step.otherWays)
      await prove(exercise, i, `${id} ${step.id}: another way passes (${why})`, script, true);
    if (step.nearMisses.length === 0 || step.otherWays.length === 0)
      report(false, `${id} ${step.id}: has a near miss and another way`, []);
  }
}
console.log(`\n${String(passed)} passed, ${String(failed)} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

async function prove(exercise: Exercise, index: number, name: string, script: string, wanted: boolean): Promise<void> {
  const { timeline, files } = await start(exercise, index);
  const shell = new Headless(timeline, { files, untilMs: timeline.now + PATIENCE_MS });
  const output = script === '' ? '' : await run(shell, script);
  const goals = look(exercise, index, timeline);
  report(goals.every((goal) => goal.met) === wanted, name, goals, output);
}

/** As "show me" plays it: command by command with a pause before each, none of which may fail, until the goal shows. */
async function proveShown(exercise: Exercise, index: number, name: string): Promise<void> {
  const { timeline, files } = await start(exercise, index);
  const { failed } = await playSolution(timeline, exercise, index, files, 2_000);
  const goals = look(exercise, index, timeline);
  const shown = runToGoal(timeline, exercise.steps[index] as ExerciseStep);
  report(failed === undefined && shown && goals.every((goal) => goal.met), name, goals, failed ?? '');
}

async function start(exercise: Exercise, index: number) {
  const timeline = new Timeline(await loadScenario(exercise.scenario), exercise.seed);
  return { timeline, files: await playUpTo(timeline, exercise, index) };
}

function look(exercise: Exercise, index: number, timeline: Timeline): readonly GoalState[] {
  return checkStep(exercise.steps[index] as ExerciseStep, checkView(timeline));
}

async function run(shell: Headless, script: string): Promise<string> {
  const { output, exitCode } = await shell.run(script);
  return `${output}(exit ${String(exitCode)})`;
}

function report(good: boolean, name: string, goals: readonly GoalState[], output = ''): void {
  if (good) passed++;
  else failed++;
  console.log(`${good ? 'ok    ' : 'FAILED'} ${name}`);
  if (good && !verbose) return;
  if (output !== '') console.log(output.replaceAll(/^/gm, '         | '));
  for (const goal of goals)
    console.log(`         ${goal.met ? 'met    ' : 'not met'} ${goal.say}: ${goal.observed} (wanted: ${goal.wanted})`);
}
