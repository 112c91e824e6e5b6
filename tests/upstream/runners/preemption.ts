// Runs the preemption tables of Kubernetes' own unit tests (kinds scheduler-preemption*).
import { Random } from '../../../src/sim/engine/random.ts';
import { defaultProfile } from '../../../src/sim/kubernetes/scheduler/default-profile.ts';
import type { Code, Profile } from '../../../src/sim/kubernetes/scheduler/framework.ts';
import { preempt, type Preemption } from '../../../src/sim/kubernetes/scheduler/preemption/default-preemption.ts';
import type { DisruptionBudget } from '../../../src/sim/kubernetes/scheduler/preemption/disruption-budgets.ts';
import { type UpstreamCase as SchedulerCase, upstreamTable } from '../../../src/sim/kubernetes/scheduler/testing.ts';
import { checked, fail, type Runner, same } from './check.ts';

interface Case extends SchedulerCase {
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

function run(c: Case): Preemption {
  const { info, table } = upstreamTable(c);
  const profile: Profile = {
    filters: defaultProfile.filters.filter(({ name }) => c.plugins.includes(name)),
    scores: [],
  };
  same(profile.filters.length, c.plugins.length, 'plugins');
  const codeOf = (slot: number): Code =>
    c.filterResults ? (c.filterResults[table.nameAt(slot)] ?? 'UnschedulableAndUnresolvable') : 'Unschedulable';
  const resolvable = [...table.order()].filter((slot) => codeOf(slot) === 'Unschedulable');
  const chance = new Random(1).stream('scheduler.preemption');
  return preempt(info, table, profile, resolvable, codeOf, c.podDisruptionBudgets ?? [], chance);
}

type Expecting<E> = Case & { readonly expected: E };

export const preemptionRunners: Readonly<Record<string, Runner>> = {
  'scheduler-preemption-dry-run': checked<Expecting<{ readonly candidates: readonly ExpectedCandidate[] }>>((c) => {
    const result = run(c);
    const found = (result.kind === 'nominated' ? result.candidates : []).map(({ node, victims, violations }) => ({
      node,
      victims: victims.map(({ metadata }) => metadata.name).sort(),
      numPDBViolations: violations,
    }));
    same(
      found.sort((a, b) => (a.node < b.node ? -1 : 1)),
      c.expected.candidates,
    );
  }),
  'scheduler-preemption-select': checked<Expecting<{ readonly selectedNodeAnyOf: readonly string[] }>>((c) => {
    const result = run(c);
    const node = result.kind === 'nominated' ? result.chosen.node : '';
    if (!c.expected.selectedNodeAnyOf.includes(node))
      fail(`expected one of ${c.expected.selectedNodeAnyOf.join(', ')}, got ${node}`);
  }),
  'scheduler-preemption': checked<
    Expecting<{ readonly nominatedNode: string | null; readonly victims: readonly string[] }>
  >((c) => {
    const result = run(c);
    const { node, victims } = result.kind === 'nominated' ? result.chosen : { node: null, victims: [] };
    same(node, c.expected.nominatedNode, 'nominatedNode');
    same(victims.map(({ metadata }) => metadata.name).sort(), [...c.expected.victims].sort(), 'victims');
  }),
  'scheduler-preemption-post-filter': checked<
    Expecting<{ readonly code: Code; readonly nominatedNode: string | null; readonly message: string | null }>
  >((c) => {
    const result = run(c);
    same(result.kind === 'nominated' ? 'Success' : 'Unschedulable', c.expected.code, 'code');
    same(result.kind === 'nominated' ? result.chosen.node : null, c.expected.nominatedNode, 'nominatedNode');
    same(result.kind === 'nominated' ? null : `preemption: ${result.message}`, c.expected.message, 'message');
  }),
};
