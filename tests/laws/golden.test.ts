// Journals of the lessons' worlds, as they were when somebody last looked at them. The browser's test compares the
// same file with what the worker computes in Chromium, so that two engines are known to tell one story.
// A change of behaviour changes this file: rewrite it with `vitest run tests/laws/golden.test.ts -u`, and commit it only when
// you understand what caused the change.
import { expect, test, vi } from 'vitest';
import { loadScenario } from '../../src/content/scenarios/index.ts';
import { Timeline } from '../../src/sim/index.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

interface Run {
  readonly scenario: string;
  readonly settings: Parameters<typeof loadScenario>[1];
  readonly seed: number;
  /** Virtual ms. */
  readonly at: number;
}

const RUNS: readonly Run[] = [
  { scenario: 'deadlock', settings: { story: true }, seed: 43, at: 480_000 },
  { scenario: 'deadlock', settings: { liveness: '/healthz' }, seed: 7, at: 240_000 },
  { scenario: 'storm', settings: { failureThreshold: 1, timeoutSeconds: 1, surge: 92 }, seed: 11, at: 240_000 },
  { scenario: 'storm', settings: { failureThreshold: 10, timeoutSeconds: 10, surge: 92 }, seed: 11, at: 240_000 },
  { scenario: 'slow-start', settings: {}, seed: 5, at: 300_000 },
  { scenario: 'crash-loop', settings: { replicas: 3 }, seed: 1, at: 600_000 },
  { scenario: 'wrong-path', settings: {}, seed: 2, at: 120_000 },
];

test('the journals are those on file', async () => {
  const found = [];
  for (const run of RUNS) {
    const timeline = new Timeline(await loadScenario(run.scenario, run.settings), run.seed);
    timeline.run(run.at);
    found.push({ ...run, entries: timeline.world.sim.journal.length, hash: timeline.journalHash });
  }
  await expect(`${JSON.stringify(found, null, 2)}\n`).toMatchFileSnapshot('../data/journal-hashes.json');
});
