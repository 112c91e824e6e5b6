import { describe, expect, it } from 'vitest';
import { CellView, NOT_READY } from './cell-snapshot.ts';
import { readScenario, Timeline } from './index.ts';

function timeline(): Timeline {
  const read = readScenario({
    nodes: [
      { name: 'b', count: 12, cpu: '4', memory: '8Gi', labels: { 'harbour.example/pool': 'b' } },
      { name: 'a', count: 2, cpu: '4', memory: '8Gi', labels: { 'harbour.example/pool': 'a' } },
    ],
    objects: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: {
          replicas: 20,
          selector: { matchLabels: { app: 'web' } },
          template: {
            metadata: { labels: { app: 'web' } },
            spec: {
              containers: [
                { name: 'web', image: 'nginx:1.27', resources: { requests: { cpu: '500m', memory: '256Mi' } } },
              ],
            },
          },
        },
      },
    ],
  });
  if ('error' in read) throw new Error(read.error);
  return new Timeline(read.scenario, 3);
}

/** All numbers as plain lists. */
function numbers(view: CellView): unknown {
  const { cpuMilli, memoryMi, pods, flags, stripes, counts } = view.load();
  return [cpuMilli, memoryMi, pods, flags, stripes?.cpuMilli ?? [], stripes?.pods ?? []]
    .map((list) => [...list])
    .concat([Object.values(counts)]);
}

describe('a cell in numbers', () => {
  it('nodes stand by pool, then by name, with numbers as numbers', () => {
    const { names } = new CellView(timeline().world).map;
    expect(names.slice(0, 4)).toEqual(['a-1', 'a-2', 'b-1', 'b-2']);
    expect(names.at(-1)).toBe('b-12');
  });

  it('what is kept up to date equals what is counted anew, through a roll-out, a lost node and its evictions', () => {
    const run = timeline();
    const kept = new CellView(run.world);
    expect(kept.load().counts).toMatchObject({ pods: 0, nodes: 14 });
    for (const at of [1_000, 5_000, 30_000]) {
      run.run(at);
      expect(numbers(kept)).toEqual(numbers(new CellView(run.world)));
    }
    expect(kept.load().counts).toMatchObject({ pods: 20, bound: 20, running: 20, ready: 20, waiting: 0, notReady: 0 });
    expect(kept.load().cpuMilli.reduce((a, b) => a + b)).toBe(10_000);
    run.machine('b-12', false);
    run.run(120_000);
    expect(kept.load().flags.at(-1)).toBe(NOT_READY);
    expect(kept.load().counts.notReady).toBe(1);
    run.run(500_000);
    expect(numbers(kept)).toEqual(numbers(new CellView(run.world)));
    // The evicted pod is bound until its node can confirm its end; another has taken its place.
    expect(kept.load().pods.at(-1)).toBe(1);
    expect(kept.load().counts.pods).toBe(21);
  });

  it('after going back it counts anew', () => {
    const run = timeline();
    const view = new CellView(run.world);
    run.onRewind(() => view.recount());
    run.run(30_000);
    expect(view.load().counts.pods).toBe(20);
    run.seek(0);
    expect(view.load().counts.pods).toBe(0);
    run.run(30_000);
    expect(numbers(view)).toEqual(numbers(new CellView(run.world)));
  });

  it('looking at a node gives it alone, with its pods and their berths, and changes nothing', () => {
    const run = timeline();
    const view = new CellView(run.world);
    run.run(30_000);
    const hash = run.journalHash;
    const looked = view.look(new Set(['b-12']));
    expect(looked.nodes.map(({ name }) => name)).toEqual(['b-12']);
    expect(looked.pods.length).toBe(view.load().pods.at(-1));
    expect(looked.pods.every(({ node, berth }) => node === 'b-12' && berth !== null)).toBe(true);
    expect(view.look(new Set()).pods).toEqual([]);
    expect(view.look('all').pods.length).toBe(20);
    expect(run.journalHash).toBe(hash);
  });
});
