// `npm run lessons -- --check`: proves every step of every exercise. From the start of the step, the goals are not met;
// the solution meets them; a near miss does not; another right way does. `--only ID` picks one, `--verbose` shows
// what the checks observed and what the scripts printed.
import { checkView } from '../src/hosts/check-view.ts';
import { checkStep, type Exercise, type ExerciseStep, type GoalState } from '../src/hosts/exercise.ts';
import { Headless, type ScriptRun } from '../src/hosts/headless.ts';
import type { AnyTimeline, AnyWorld, ShellKind, WorldKind } from '../src/hosts/kind.ts';
import { cluster } from '../src/hosts/kinds/cluster.ts';
import { machines } from '../src/hosts/kinds/machines.ts';
import { playSolution, playUpTo, runToGoal } from '../src/hosts/solution.ts';
import { exerciseIds, loadExercise } from '../src/content/exercises/index.ts';
import { loadMachineExercise, machineExerciseIds } from '../src/content/machines/exercises.ts';
import { loadMachineScenario } from '../src/content/machines/scenarios.ts';
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

for (const id of exerciseIds)
  if (only === undefined || id === only) await proveAll(await loadExercise(id), cluster, loadScenario);
for (const id of machineExerciseIds)
  if (only === undefined || id === only) await proveAll(await loadMachineExercise(id), machines, loadMachineScenario);
console.log(`\n${String(passed)} passed, ${String(failed)} failed`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);

async function proveAll<S, W extends AnyWorld, T extends AnyTimeline<W>>(
  exercise: Exercise<W>,
  kind: WorldKind<S, T>,
  scenario: (name: string) => Promise<S>,
): Promise<void> {
  const { id } = exercise;
  const made: Made<W, T> = {
    exercise,
    kind,
    open: async () => kind.timeline(await scenario(exercise.scenario), exercise.seed),
  };
  for (const [i, step] of exercise.steps.entries()) {
    await prove(made, i, `${id} ${step.id}: the start does not pass`, '', false);
    await prove(made, i, `${id} ${step.id}: the solution passes`, step.solution, true);
    await proveShown(made, i, `${id} ${step.id}: "show me" passes and reaches the drawn goal`);
    for (const { why, script } of step.nearMisses)
      await prove(made, i, `${id} ${step.id}: near miss fails (${why})`, script, false);
    for (const { why, script } of step.otherWays)
      await prove(made, i, `${id} ${step.id}: another way passes (${why})`, script, true);
    if (step.nearMisses.length === 0 || step.otherWays.length === 0)
      report(false, `${id} ${step.id}: has a near miss and another way`, []);
  }
}

interface Made<W extends AnyWorld, T extends AnyTimeline<W>> {
  readonly exercise: Exercise<W>;
  readonly kind: ShellKind<T>;
  /** The world of the exercise, begun anew. */
  open(): Promise<T>;
}

async function prove<W extends AnyWorld, T extends AnyTimeline<W>>(
  made: Made<W, T>,
  index: number,
  name: string,
  script: string,
  wanted: boolean,
): Promise<void> {
  const { timeline, files } = await start(made, index);
  const shell = new Headless<T>(timeline, made.kind, { files, untilMs: timeline.now + PATIENCE_MS });
  const output = script === '' ? '' : await run((line) => shell.run(line), script);
  const goals = look(made.exercise, index, timeline);
  report(goals.every((goal) => goal.met) === wanted, name, goals, output);
}

/** As "show me" plays it: command by command with a pause before each, none of which may fail, until the goal shows. */
async function proveShown<W extends AnyWorld, T extends AnyTimeline<W>>(
  made: Made<W, T>,
  index: number,
  name: string,
): Promise<void> {
  const { timeline, files } = await start(made, index);
  const { failed } = await playSolution<W, T>(timeline, made.kind, made.exercise, index, files, 2_000);
  const goals = look(made.exercise, index, timeline);
  const shown = runToGoal<W>(timeline, made.exercise.steps[index] as ExerciseStep<W>);
  report(failed === undefined && shown && goals.every((goal) => goal.met), name, goals, failed ?? '');
}

async function start<W extends AnyWorld, T extends AnyTimeline<W>>(made: Made<W, T>, index: number) {
  const timeline = await made.open();
  return { timeline, files: await playUpTo<W, T>(timeline, made.kind, made.exercise, index) };
}

function look<W extends AnyWorld>(
  exercise: Exercise<W>,
  index: number,
  timeline: AnyTimeline<W>,
): readonly GoalState[] {
  return checkStep(exercise.steps[index] as ExerciseStep<W>, checkView<W>(timeline));
}

async function run(shell: (line: string) => Promise<ScriptRun>, script: string): Promise<string> {
  const { output, exitCode } = await shell(script);
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
