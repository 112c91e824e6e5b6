// Every exercise by id, each loaded at its first use.
import type { Exercise } from '../../hosts/exercise.ts';

const exercises: Readonly<Record<string, () => Promise<{ readonly exercise: Exercise }>>> = {
  '4-2/pending': () => import('./4-2-pending.ts'),
  '4-2/tainted': () => import('./4-2-tainted.ts'),
  '4-2/gated': () => import('./4-2-gated.ts'),
  '4-2/zones': () => import('./4-2-zones.ts'),
  '4-2/preempts': () => import('./4-2-preempts.ts'),
  '4-3/deadlock': () => import('./4-3-deadlock.ts'),
  '4-3/storm': () => import('./4-3-storm.ts'),
  '4-3/slow-start': () => import('./4-3-slow-start.ts'),
  '4-3/crash-loop': () => import('./4-3-crash-loop.ts'),
  '4-3/wrong-path': () => import('./4-3-wrong-path.ts'),
};

export const exerciseIds: readonly string[] = Object.keys(exercises);

export async function loadExercise(id: string): Promise<Exercise> {
  const load = Object.hasOwn(exercises, id) ? exercises[id] : undefined;
  if (!load) throw new Error(`no exercise is called "${id}"; there are ${exerciseIds.join(', ')}`);
  return (await load()).exercise;
}
