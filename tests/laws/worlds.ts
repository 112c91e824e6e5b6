// The worlds that every law is held to: those of the lessons, each with its own hasty operator, and generated ones.
import { loadScenario } from '../../src/content/scenarios/index.ts';
import type { Scenario } from '../../src/sim/index.ts';
import { generatedScenario } from './generated-scenario.ts';

export interface Case {
  /** Says all that is needed to build it again. */
  readonly title: string;
  readonly scenario: Scenario;
  readonly seed: number;
}

const GENERATED = Array.from({ length: 10 }, (_, i) => 101 + i);

const LESSONS: readonly (readonly [name: string, settings: Parameters<typeof loadScenario>[1]])[] = [
  ['deadlock', { story: true }],
  ['deadlock', { liveness: '/readyz' }],
  ['storm', {}],
  ['slow-start', {}],
  ['crash-loop', { replicas: 3 }],
  ['wrong-path', {}],
];

export async function cases(): Promise<readonly Case[]> {
  const lessons = await Promise.all(
    LESSONS.map(async ([name, settings], i) => ({
      title: `${name} ${JSON.stringify(settings)} seed ${String(i + 1)}`,
      scenario: await loadScenario(name, settings),
      seed: i + 1,
    })),
  );
  const generated = GENERATED.map((seed) => ({
    title: `generated seed ${String(seed)}`,
    scenario: generatedScenario(seed),
    seed,
  }));
  return [...lessons, ...generated];
}
