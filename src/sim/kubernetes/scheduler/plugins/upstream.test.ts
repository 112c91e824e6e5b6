// Runs the scheduler tables of Kubernetes' own unit tests against the plugins.
import { describe, expect, test } from 'vitest';
import balancedAllocation from '../../../../../tests/data/upstream/balanced-allocation.json' with { type: 'json' };
import brokenLinear from '../../../../../tests/data/upstream/broken-linear-function.json' with { type: 'json' };
import fitFilter from '../../../../../tests/data/upstream/fit-filter.json' with { type: 'json' };
import fitScore from '../../../../../tests/data/upstream/fit-score.json' with { type: 'json' };
import imageLocalityCases from '../../../../../tests/data/upstream/image-locality.json' with { type: 'json' };
import least from '../../../../../tests/data/upstream/least-allocated.json' with { type: 'json' };
import most from '../../../../../tests/data/upstream/most-allocated.json' with { type: 'json' };
import nodeAffinityFilter from '../../../../../tests/data/upstream/node-affinity-filter.json' with { type: 'json' };
import nodeAffinityScore from '../../../../../tests/data/upstream/node-affinity-score.json' with { type: 'json' };
import nodeNameFilter from '../../../../../tests/data/upstream/node-name-filter.json' with { type: 'json' };
import nodePortsFilter from '../../../../../tests/data/upstream/node-ports-filter.json' with { type: 'json' };
import nodeUnschedulableFilter from '../../../../../tests/data/upstream/node-unschedulable-filter.json' with { type: 'json' };
import ratio from '../../../../../tests/data/upstream/requested-to-capacity-ratio.json' with { type: 'json' };
import taintFilter from '../../../../../tests/data/upstream/taint-toleration-filter.json' with { type: 'json' };
import taintScore from '../../../../../tests/data/upstream/taint-toleration-score.json' with { type: 'json' };
import type { NodeAffinity } from '../../objects.ts';
import type { FilterPlugin, ScorePlugin } from '../framework.ts';
import { scoresOf, type UpstreamCase, upstreamTable } from '../testing.ts';
import { imageLocality, normalizedImageName } from './image-locality.ts';
import { createNodeAffinity } from './node-affinity.ts';
import { nodeName } from './node-name.ts';
import { nodePorts } from './node-ports.ts';
import { createNodeResourcesBalancedAllocation } from './node-resources-balanced-allocation.ts';
import {
  createNodeResourcesFit,
  insufficientResources,
  type NodeResourcesFitArgs,
  type ScoringStrategy,
} from './node-resources-fit.ts';
import { nodeUnschedulable } from './node-unschedulable.ts';
import { brokenLinearFunction, type UtilizationPoint, type WeightedResource } from './resource-scorer.ts';
import { taintToleration } from './taint-toleration.ts';

interface FilterExpectation {
  readonly fits: boolean;
  readonly code?: string;
  readonly reasons?: readonly string[];
  readonly insufficient?: readonly object[];
}

interface FilterCase extends UpstreamCase {
  readonly expected: Readonly<Record<string, FilterExpectation>>;
}

interface ScoreCase extends UpstreamCase {
  readonly expected: { readonly scores: Readonly<Record<string, number>> };
}

const cases = <C extends UpstreamCase>(table: { readonly cases: readonly unknown[] }) =>
  (table.cases as readonly C[]).map((c) => [`${String(c.id)} ${c.name}`, c] as const);

function expectFilter(plugin: FilterPlugin, c: UpstreamCase, expected: FilterCase['expected']): void {
  const { info, table } = upstreamTable(c);
  const prepared = plugin.prepareFilter(info, table);
  for (const [node, wanted] of Object.entries(expected)) {
    const slot = table.slotOf(node);
    expect(slot).toBeDefined();
    if (prepared.kind === 'skip') {
      expect(wanted.fits).toBe(true);
      continue;
    }
    const verdict = prepared.kind === 'rejected' ? prepared.verdict : prepared.filter(slot as number);
    expect(verdict.code === 'Success').toBe(wanted.fits);
    if (wanted.code !== undefined) expect(verdict.code).toBe(wanted.code);
    if (wanted.reasons) expect([...verdict.reasons].sort()).toEqual([...wanted.reasons].sort());
  }
}

const filters: readonly (readonly [string, { readonly cases: readonly unknown[] }, FilterPlugin])[] = [
  ['taint-toleration-filter', taintFilter, taintToleration],
  ['node-ports-filter', nodePortsFilter, nodePorts],
  ['node-name-filter', nodeNameFilter, nodeName],
  ['node-unschedulable-filter', nodeUnschedulableFilter, nodeUnschedulable],
];
describe.each(filters)('upstream %s', (_name, table, plugin) => {
  test.each(cases<FilterCase>(table))('%s', (_, c) => {
    expectFilter(plugin, c, c.expected);
  });
});

test('upstream node-ports-filter: Skip is told apart from Success', () => {
  for (const [, c] of cases<FilterCase>(nodePortsFilter)) {
    const { info, table } = upstreamTable(c);
    for (const { code } of Object.values(c.expected))
      if (code !== undefined) expect(nodePorts.prepareFilter(info, table).kind === 'skip').toBe(code === 'Skip');
  }
});

describe('upstream fit-filter', () => {
  test.each(cases<FilterCase>(fitFilter))('%s', (_, c) => {
    const args = (c.args ?? {}) as NodeResourcesFitArgs;
    expectFilter(createNodeResourcesFit(args), c, c.expected);
    const { info, table } = upstreamTable(c);
    for (const [node, { insufficient }] of Object.entries(c.expected)) {
      if (!insufficient) continue;
      const found = insufficientResources(info.amounts, table, table.slotOf(node) as number, args);
      const plain = found.map(({ resource, requested, used, capacity }) => ({ resource, requested, used, capacity }));
      expect(plain).toHaveLength(insufficient.length);
      expect(plain).toEqual(expect.arrayContaining([...insufficient]));
    }
  });
});

interface NodeAffinityCase extends UpstreamCase {
  readonly expected: {
    readonly nodes?: FilterCase['expected'];
    readonly preFilter?: { readonly code: string; readonly reasons: readonly string[] };
    readonly preFilterNodeNames?: readonly string[];
  };
}

describe('upstream node-affinity-filter', () => {
  test.each(cases<NodeAffinityCase>(nodeAffinityFilter))('%s', (_, c) => {
    const plugin = createNodeAffinity((c.args as { addedAffinity?: NodeAffinity } | undefined)?.addedAffinity);
    const { info, table } = upstreamTable(c);
    const prepared = plugin.prepareFilter(info, table);
    const { nodes, preFilter, preFilterNodeNames } = c.expected;
    if (preFilter?.code === 'Skip') expect(prepared.kind).toBe('skip');
    else if (preFilter) expect(prepared).toMatchObject({ kind: 'rejected', verdict: preFilter });
    else if (prepared.kind === 'filter') expect(prepared.nodeNames).toEqual(preFilterNodeNames?.slice().sort());
    if (nodes) expectFilter(plugin, c, nodes);
  });
});

const resourcesOf = (c: UpstreamCase) => (c.args as { resources: WeightedResource[] }).resources;
const fit = (c: UpstreamCase) => createNodeResourcesFit({ strategy: c.args as ScoringStrategy });

const scores: readonly (readonly [string, { readonly cases: readonly unknown[] }, (c: UpstreamCase) => ScorePlugin])[] =
  [
    ['fit-score', fitScore, fit],
    ['least-allocated', least, fit],
    ['most-allocated', most, fit],
    ['requested-to-capacity-ratio', ratio, fit],
    ['balanced-allocation', balancedAllocation, (c) => createNodeResourcesBalancedAllocation(resourcesOf(c))],
    ['taint-toleration-score', taintScore, () => taintToleration],
    [
      'node-affinity-score',
      nodeAffinityScore,
      (c) => createNodeAffinity((c.args as { addedAffinity?: NodeAffinity } | undefined)?.addedAffinity),
    ],
  ];
describe.each(scores)('upstream %s', (_name, table, pluginOf) => {
  test.each(cases<ScoreCase>(table))('%s', (_, c) => {
    expect(scoresOf(pluginOf(c), c)).toEqual(c.expected.scores);
  });
});

describe('upstream image-locality', () => {
  test.each(cases<UpstreamCase>(imageLocalityCases))('%s', (_, c) => {
    const { expected, input } = c as ScoreCase & { readonly expected: { output?: string }; readonly input?: string };
    if (input === undefined) expect(scoresOf(imageLocality, c)).toEqual(expected.scores);
    else expect(normalizedImageName(input)).toBe(expected.output);
  });
});

interface BrokenLinearCase extends UpstreamCase {
  readonly points: readonly UtilizationPoint[];
  readonly utilization: number;
  readonly expected: number;
}

describe('upstream broken-linear-function', () => {
  test.each(cases<BrokenLinearCase>(brokenLinear))('%s', (_, c) => {
    expect(brokenLinearFunction(c.points)(c.utilization)).toBe(c.expected);
  });
});
