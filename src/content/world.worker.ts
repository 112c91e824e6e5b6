// The worker's entry: the one place that knows both the simulator's host and the content.
import { cluster } from '../hosts/kinds/cluster.ts';
import { serve } from '../hosts/worker.ts';
import { loadExercise } from './exercises/index.ts';
import { loadScenario } from './scenarios/index.ts';

serve(self, { scenario: loadScenario, exercise: loadExercise }, cluster);
