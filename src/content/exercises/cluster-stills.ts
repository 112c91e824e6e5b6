// The stills of an exercise in a cluster.
import type { Exercise } from '../../hosts/exercise.ts';
import { cluster } from '../../hosts/kinds/cluster.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import { loadScenario } from '../scenarios/index.ts';
import { loadExercise } from './index.ts';
import { stillsOf, type StepStills } from './stills.ts';

export async function exerciseStills(
  id: string,
): Promise<{ readonly exercise: Exercise; readonly stills: readonly StepStills<ClusterSnapshot>[] }> {
  const exercise = await loadExercise(id);
  return { exercise, stills: await stillsOf(exercise, cluster, (name) => loadScenario(name)) };
}
