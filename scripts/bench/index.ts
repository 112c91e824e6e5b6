import { clusterWorkloads } from './cluster.ts';
import { engineWorkloads } from './engine.ts';
import { schedulerPerf } from './scheduler-perf.ts';
import type { Workload } from './workload.ts';

/** In the order in which they run when none is named. */
export const workloads: readonly Workload[] = [...engineWorkloads, ...schedulerPerf, ...clusterWorkloads];
