// The worker's entry on pages whose worlds are Linux machines: nothing of a cluster is loaded.
import { machines } from '../hosts/kinds/machines.ts';
import { serve } from '../hosts/worker.ts';
import { loadMachineExercise } from './machines/exercises.ts';
import { loadMachineScenario } from './machines/scenarios.ts';

serve(self, { scenario: loadMachineScenario, exercise: loadMachineExercise }, machines);
