// Every kind of upstream table, and how a case of it is run. A file says its kind itself; names of files do not matter.
import { machineryRunners } from './api-machinery.ts';
import type { Outcome, Runner, UpstreamCase, UpstreamFile } from './check.ts';
import { hpaRunners } from './hpa.ts';
import { nodeRunners } from './node.ts';
import { preemptionRunners } from './preemption.ts';
import { printerRunners } from './printers.ts';
import { quantityRunners } from './quantity.ts';
import { schedulerRunners } from './scheduler.ts';
import { selectorRunners } from './selectors.ts';
import { workloadRunners } from './workloads.ts';

export type { Outcome, UpstreamCase, UpstreamFile } from './check.ts';

const runners: Readonly<Record<string, Runner>> = {
  ...machineryRunners,
  ...hpaRunners,
  ...nodeRunners,
  ...preemptionRunners,
  ...printerRunners,
  ...quantityRunners,
  ...schedulerRunners,
  ...selectorRunners,
  ...workloadRunners,
};

export function runCase(file: UpstreamFile, test: UpstreamCase): Outcome {
  const run = Object.hasOwn(runners, file.kind) ? runners[file.kind] : undefined;
  return run ? run(file, test) : `unknown kind ${JSON.stringify(file.kind)}`;
}
