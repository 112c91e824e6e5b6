// Runs the scheduler tables of Kubernetes' own unit tests (kinds scheduler-filter, scheduler-score, function). Which
// plugin a file is about, the path of its source says.
import type { NodeAffinity } from '../../../src/sim/kubernetes/objects.ts';
import type { FilterPlugin, ScorePlugin } from '../../../src/sim/kubernetes/scheduler/framework.ts';
import { imageLocality, normalizedImageName } from '../../../src/sim/kubernetes/scheduler/plugins/image-locality.ts';
import {
  createInterPodAffinity,
  interPodAffinity,
  type InterPodAffinityArgs,
} from '../../../src/sim/kubernetes/scheduler/plugins/inter-pod-affinity.ts';
import { createNodeAffinity } from '../../../src/sim/kubernetes/scheduler/plugins/node-affinity.ts';
import { nodeName } from '../../../src/sim/kubernetes/scheduler/plugins/node-name.ts';
import { nodePorts } from '../../../src/sim/kubernetes/scheduler/plugins/node-ports.ts';
import { createNodeResourcesBalancedAllocation } from '../../../src/sim/kubernetes/scheduler/plugins/node-resources-balanced-allocation.ts';
import {
  createNodeResourcesFit,
  insufficientResources,
  type NodeResourcesFitArgs,
  type ScoringStrategy,
} from '../../../src/sim/kubernetes/scheduler/plugins/node-resources-fit.ts';
import { nodeUnschedulable } from '../../../src/sim/kubernetes/scheduler/plugins/node-unschedulable.ts';
import { podTopologySpread } from '../../../src/sim/kubernetes/scheduler/plugins/pod-topology-spread.ts';
import {
  brokenLinearFunction,
  type UtilizationPoint,
  type WeightedResource,
} from '../../../src/sim/kubernetes/scheduler/plugins/resource-scorer.ts';
import { taintToleration } from '../../../src/sim/kubernetes/scheduler/plugins/taint-toleration.ts';
import {
  scoresOf,
  type UpstreamCase as SchedulerCase,
  upstreamTable,
} from '../../../src/sim/kubernetes/scheduler/testing.ts';
import { checked, fail, matches, type Runner, same, type UpstreamFile } from './check.ts';

interface Verdict {
  readonly fits: boolean;
  readonly code?: string;
  readonly reasons?: readonly string[];
  readonly insufficient?: readonly object[];
}

type FilterCase = SchedulerCase & { readonly expected: Readonly<Record<string, Verdict>> };

interface NodeAffinityCase extends SchedulerCase {
  readonly expected: {
    readonly nodes?: FilterCase['expected'];
    readonly preFilter?: { readonly code: string; readonly reasons: readonly string[] };
    readonly preFilterNodeNames?: readonly string[];
  };
}

/** The folder of the plugin in the source: `nodeports`. */
function pluginOf(file: UpstreamFile): string {
  return /\/plugins\/([^/]+)\//.exec(file.source?.path ?? '')?.[1] ?? '';
}

function filter(plugin: FilterPlugin, c: SchedulerCase, expected: FilterCase['expected']): void {
  const { info, table } = upstreamTable(c);
  const prepared = plugin.prepareFilter(info, table);
  for (const [node, wanted] of Object.entries(expected)) {
    const slot = table.slotOf(node);
    if (slot === undefined) return fail(`no node ${node}`);
    if (prepared.kind === 'skip') {
      same(true, wanted.fits, `${node} fits`);
      if (wanted.code !== undefined && wanted.code !== 'Skip') same('Success', wanted.code, `${node} code`);
      continue;
    }
    const verdict = prepared.kind === 'rejected' ? prepared.verdict : prepared.filter(slot);
    same(verdict.code === 'Success', wanted.fits, `${node} fits`);
    if (wanted.code !== undefined) same(verdict.code, wanted.code, `${node} code`);
    if (wanted.reasons) same([...verdict.reasons].sort(), [...wanted.reasons].sort(), `${node} reasons`);
  }
}

function fitFilter(c: FilterCase): void {
  const args = (c.args ?? {}) as NodeResourcesFitArgs;
  filter(createNodeResourcesFit(args), c, c.expected);
  const { info, table } = upstreamTable(c);
  for (const [node, { insufficient }] of Object.entries(c.expected)) {
    if (!insufficient) continue;
    const found = insufficientResources(info.amounts, table, table.slotOf(node) as number, args);
    const plain = found.map(({ resource, requested, used, capacity }) => ({ resource, requested, used, capacity }));
    const byText = (list: readonly object[]) => list.map((each) => JSON.stringify(Object.entries(each).sort())).sort();
    same(byText(plain), byText(insufficient), `${node} insufficient`);
  }
}

const addedAffinity = (c: SchedulerCase) => (c.args as { addedAffinity?: NodeAffinity } | undefined)?.addedAffinity;

function nodeAffinityFilter(c: NodeAffinityCase): void {
  const plugin = createNodeAffinity(addedAffinity(c));
  const { info, table } = upstreamTable(c);
  const prepared = plugin.prepareFilter(info, table);
  const { nodes, preFilter, preFilterNodeNames } = c.expected;
  if (preFilter?.code === 'Skip') same(prepared.kind, 'skip');
  else if (preFilter) matches(prepared, { kind: 'rejected', verdict: preFilter });
  else if (prepared.kind === 'filter')
    same(prepared.nodeNames, preFilterNodeNames?.slice().sort(), 'preFilterNodeNames');
  if (nodes) filter(plugin, c, nodes);
}

const FILTERS: Readonly<Record<string, (c: FilterCase) => void>> = {
  interpodaffinity: (c) => filter(interPodAffinity, c, c.expected),
  nodeaffinity: (c) => nodeAffinityFilter(c),
  nodename: (c) => filter(nodeName, c, c.expected),
  nodeports: (c) => filter(nodePorts, c, c.expected),
  noderesources: fitFilter,
  nodeunschedulable: (c) => filter(nodeUnschedulable, c, c.expected),
  podtopologyspread: (c) => filter(podTopologySpread, c, c.expected),
  tainttoleration: (c) => filter(taintToleration, c, c.expected),
};

interface ScoreCase extends SchedulerCase {
  readonly table?: string;
  readonly input?: string;
  readonly expected: {
    readonly scores?: Readonly<Record<string, number>>;
    readonly skipped?: boolean;
    readonly output?: string;
  };
}

const resourcesOf = (c: SchedulerCase) => (c.args as { resources: WeightedResource[] }).resources;

const SCORES: Readonly<Record<string, (c: ScoreCase) => ScorePlugin>> = {
  imagelocality: () => imageLocality,
  interpodaffinity: (c) => createInterPodAffinity(c.args as InterPodAffinityArgs),
  nodeaffinity: (c) => createNodeAffinity(addedAffinity(c)),
  noderesources: (c) =>
    c.table === 'balancedAllocation'
      ? createNodeResourcesBalancedAllocation(resourcesOf(c))
      : createNodeResourcesFit({ strategy: c.args as ScoringStrategy }),
  podtopologyspread: () => podTopologySpread,
  tainttoleration: () => taintToleration,
};

function score(plugin: ScorePlugin, c: ScoreCase): void {
  same(scoresOf(plugin, c), c.expected.scores, 'scores');
  if (c.expected.skipped === undefined) return;
  const { info, table } = upstreamTable(c);
  const skipped = plugin.prepareScore(info, table, table.order(), table.size) === undefined;
  same(skipped, c.expected.skipped, 'skipped');
}

interface BrokenLinearCase {
  readonly points: readonly UtilizationPoint[];
  readonly utilization: number;
  readonly expected: number;
}

export const schedulerRunners: Readonly<Record<string, Runner>> = {
  'scheduler-filter': checked<FilterCase>((c, file) => {
    const run = FILTERS[pluginOf(file)];
    if (!run) return fail(`no filter plugin for ${file.source?.path ?? 'a file without a source'}`);
    run(c);
  }),
  'scheduler-score': checked<ScoreCase>((c, file) => {
    if (c.input !== undefined) {
      same(normalizedImageName(c.input), c.expected.output);
      return;
    }
    const plugin = SCORES[pluginOf(file)];
    if (!plugin) return fail(`no score plugin for ${file.source?.path ?? 'a file without a source'}`);
    score(plugin(c), c);
  }),
  function: checked<BrokenLinearCase>((c) => {
    same(brokenLinearFunction(c.points)(c.utilization), c.expected);
  }),
};
