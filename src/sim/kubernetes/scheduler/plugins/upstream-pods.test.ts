// Runs the tables of Kubernetes' own unit tests for the plugins that look at other pods.
import { describe, expect, test } from 'vitest';
import affinityFilter from '../../../../../tests/data/upstream/interpod-affinity-filter.json' with { type: 'json' };
import affinityScore from '../../../../../tests/data/upstream/interpod-affinity-score.json' with { type: 'json' };
import spreadFilter from '../../../../../tests/data/upstream/topology-spread-filter.json' with { type: 'json' };
import spreadScore from '../../../../../tests/data/upstream/topology-spread-score.json' with { type: 'json' };
import type { FilterPlugin } from '../framework.ts';
import { scoresOf, type UpstreamCase, upstreamTable } from '../testing.ts';
import { createInterPodAffinity, interPodAffinity, type InterPodAffinityArgs } from './inter-pod-affinity.ts';
import { naturalLogarithm } from './natural-logarithm.ts';
import { podTopologySpread } from './pod-topology-spread.ts';

interface FilterCase extends UpstreamCase {
  readonly expected: Readonly<
    Record<string, { readonly fits: boolean; readonly code: string; readonly reasons: readonly string[] }>
  >;
}

interface ScoreCase extends UpstreamCase {
  readonly expected: { readonly scores: Readonly<Record<string, number>>; readonly skipped?: boolean };
}

const cases = <C extends UpstreamCase>(table: { readonly cases: readonly unknown[] }) =>
  (table.cases as readonly C[]).map((c) => [`${String(c.id)} ${c.name}`, c] as const);

const filters: readonly (readonly [string, { readonly cases: readonly unknown[] }, FilterPlugin])[] = [
  ['topology-spread-filter', spreadFilter, podTopologySpread],
  ['interpod-affinity-filter', affinityFilter, interPodAffinity],
];
describe.each(filters)('upstream %s', (_name, table, plugin) => {
  test.each(cases<FilterCase>(table))('%s', (_, c) => {
    const { info, table: nodes } = upstreamTable(c);
    const prepared = plugin.prepareFilter(info, nodes);
    for (const [node, wanted] of Object.entries(c.expected)) {
      const slot = nodes.slotOf(node) as number;
      const verdict =
        prepared.kind === 'skip'
          ? { code: 'Success', reasons: [] }
          : prepared.kind === 'rejected'
            ? prepared.verdict
            : prepared.filter(slot);
      expect({ node, fits: verdict.code === 'Success', ...verdict }).toEqual({ node, ...wanted });
    }
  });
});

describe('upstream topology-spread-score', () => {
  test.each(cases<ScoreCase>(spreadScore))('%s', (_, c) => {
    expect(scoresOf(podTopologySpread, c)).toEqual(c.expected.scores);
  });
});

describe('upstream interpod-affinity-score', () => {
  test.each(cases<ScoreCase>(affinityScore))('%s', (_, c) => {
    const plugin = createInterPodAffinity(c.args as InterPodAffinityArgs);
    expect(scoresOf(plugin, c)).toEqual(c.expected.scores);
    const { info, table } = upstreamTable(c);
    const skipped = plugin.prepareScore(info, table, table.order(), table.size) === undefined;
    expect(skipped).toBe(c.expected.skipped ?? false);
  });
});

test('the logarithm is within a bit of the exact one', () => {
  expect(naturalLogarithm(1)).toBe(0);
  for (let n = 2; n < 20_000; n++) {
    const exact = Math.log(n);
    expect(Math.abs(naturalLogarithm(n) - exact)).toBeLessThanOrEqual(exact * Number.EPSILON);
  }
});
