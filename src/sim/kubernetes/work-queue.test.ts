import { expect, it } from 'vitest';
import { Simulation } from '../engine/simulation.ts';
import { WorkQueue } from './work-queue.ts';

/** When each pass comes that is asked for at 0, 3 and 120 ms with a delay of 5 ms. */
function passes(detail: 'full' | 'summary'): readonly (readonly [at: number, key: string])[] {
  const sim = new Simulation({ seed: 1, epochMs: 0, detail });
  const seen: [number, string][] = [];
  const queue = new WorkQueue(sim, 'test', 5, (key) => {
    seen.push([sim.now, key]);
  });
  for (const at of [0, 3, 120]) {
    sim.run(at);
    queue.add('a');
  }
  queue.add('b');
  sim.run(1_000);
  return seen;
}

it('reconciles a key once for all that was asked while it waited', () => {
  expect(passes('full')).toEqual([
    [5, 'a'],
    [125, 'a'],
    [125, 'b'],
  ]);
});

it('waits for the next tenth of a second where only a summary is kept', () => {
  expect(passes('summary')).toEqual([
    [100, 'a'],
    [200, 'a'],
    [200, 'b'],
  ]);
});
