// The stills of an exercise on a machine.
import type { Exercise } from '../../hosts/exercise.ts';
import { machines } from '../../hosts/kinds/machines.ts';
import type { MachineSnapshot } from '../../sim/machines/snapshot.ts';
import type { MachineWorld } from '../../sim/machines/world.ts';
import { stillsOf, type StepStills } from '../exercises/stills.ts';
import { loadMachineExercise } from './exercises.ts';
import { loadMachineScenario } from './scenarios.ts';

export async function machineExerciseStills(
  id: string,
): Promise<{ readonly exercise: Exercise<MachineWorld>; readonly stills: readonly StepStills<MachineSnapshot>[] }> {
  const exercise = await loadMachineExercise(id);
  return { exercise, stills: await stillsOf(exercise, machines, (name) => loadMachineScenario(name)) };
}
