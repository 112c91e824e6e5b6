// Runs the preemption tables of Kubernetes' own unit tests.
import { describe, expect, test } from 'vitest';
import endToEnd from '../../../../../tests/data/upstream/preemption-end-to-end.json' with { type: 'json' };
import postFilter from '../../../../../tests/data/upstream/preemption-post-filter.json' with { type: 'json' };
import selectNode from '../../../../../tests/data/upstream/preemption-select-node.json' with { type: 'json' };
import dryRun from '../../../../../tests/data/upstream/preemption-victims.json' with { type: 'json' };
import { Random } from '../../../engine/random.ts';
import { defaultProfile } from '../default-profile.ts';
import type { Code, Profile } from '../framework.ts';
import { type UpstreamCase, upstreamTable } from '../testing.ts';
import { preempt, type Preemption } from './default-preemption.ts';
import type { DisruptionBudget } from './disruption-budgets.ts';

interface Case extends UpstreamCase {
  readonly plugins: readonly string[];
  readonly podDisruptionBudgets?: readonly DisruptionBudget[];
  /** What the filters said by node; `Unschedulable` everywhere when left out. */
  readonly filterResults?: Readonly<Record<string, Code>>;
}

interface ExpectedCandidate {
  readonly node: string;
  readonly victims: readonly string[];
  readonly numPDBViolations: number;
}

const named = <C extends Case>(cases: readonly C[]) => cases.map((c) => [`${String(c.id)} ${c.name}`, c] as const);

function run(c: Case): Preemption {
  const { info, table } = upstreamTable(c);
  const profile: Profile = {
    filters: defaultProfile.filters.filter(({ name }) => c.plugins.includes(name)),
    scores: [],
  };
  expect(profile.filters).toHaveLength(c.plugins.length);
  const codeOf = (slot: number): Code =>
    c.filterResults ? (c.filterResults[table.nameAt(slot)] ?? 'UnschedulableAndUnresolvable') : 'Unschedulable';
  const resolvable = [...table.order()].filter((slot) => codeOf(slot) === 'Unschedulable');
  const chance = new Random(1).stream('scheduler.preemption');
  return preempt(info, table, profile, resolvable, codeOf, c.podDisruptionBudgets ?? [], chance);
}

describe('upstream preemption-victims', () => {
  test.each(
    named(dryRun.cases as unknown as readonly (Case & { expected: { candidates: readonly ExpectedCandidate[] } })[]),
  )('%s', (_, c) => {
    const result = run(c);
    const found = (result.kind === 'nominated' ? result.candidates : []).map(({ node, victims, violations }) => ({
      node,
      victims: victims.map(({ metadata }) => metadata.name).sort(),
      numPDBViolations: violations,
    }));
    expect(found.sort((a, b) => (a.node < b.node ? -1 : 1))).toEqual(c.expected.candidates);
  });
});

describe('upstream preemption-select-node', () => {
  test.each(
    named(selectNode.cases as unknown as readonly (Case & { expected: { selectedNodeAnyOf: readonly string[] } })[]),
  )('%s', (_, c) => {
    const result = run(c);
    expect(c.expected.selectedNodeAnyOf).toContain(result.kind === 'nominated' ? result.chosen.node : '');
  });
});

describe('upstream preemption-end-to-end', () => {
  test.each(
    named(
      endToEnd.cases as unknown as readonly (Case & {
        expected: { nominatedNode: string | null; victims: readonly string[] };
      })[],
    ),
  )('%s', (_, c) => {
    const result = run(c);
    const { node, victims } = result.kind === 'nominated' ? result.chosen : { node: null, victims: [] };
    expect(node).toBe(c.expected.nominatedNode);
    expect(victims.map(({ metadata }) => metadata.name).sort()).toEqual([...c.expected.victims].sort());
  });
});

describe('upstream preemption-post-filter', () => {
  test.each(
    named(
      postFilter.cases as unknown as readonly (Case & {
        expected: { code: Code; nominatedNode: string | null; message: string | null };
      })[],
    ),
  )('%s', (_, c) => {
    const result = run(c);
    expect(result.kind === 'nominated' ? 'Success' : 'Unschedulable').toBe(c.expected.code);
    expect(result.kind === 'nominated' ? result.chosen.node : null).toBe(c.expected.nominatedNode);
    expect(result.kind === 'nominated' ? null : `preemption: ${result.message}`).toBe(c.expected.message);
  });
});
