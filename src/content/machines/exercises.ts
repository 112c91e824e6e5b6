// Every exercise on a machine by id, each loaded at its first use.
import type { Exercise } from '../../hosts/exercise.ts';
import type { MachineWorld } from '../../sim/machines/world.ts';

const exercises: Readonly<Record<string, () => Promise<{ readonly exercise: Exercise<MachineWorld> }>>> = {
  '1-2/culprit': () => import('./1-2-culprit.ts'),
  '1-2/patch': () => import('./1-2-patch.ts'),
  '1-2/both': () => import('./1-2-both.ts'),
};

export const machineExerciseIds: readonly string[] = Object.keys(exercises);

export async function loadMachineExercise(id: string): Promise<Exercise<MachineWorld>> {
  const load = Object.hasOwn(exercises, id) ? exercises[id] : undefined;
  if (!load) throw new Error(`no exercise on a machine is called "${id}"; there are ${machineExerciseIds.join(', ')}`);
  return (await load()).exercise;
}
