// Frames: what is posted instead of a whole snapshot gives that snapshot, and taking one leaves no trace.
import { describe, expect, test, vi } from 'vitest';
import { Timeline } from '../../src/sim/index.ts';
import { applyDiff, diffSnapshots, snapshot, type ClusterSnapshot } from '../../src/sim/snapshot.ts';
import { expectSame } from './fingerprint.ts';
import { drive, generatedActs } from './generated-inputs.ts';
import { cases } from './worlds.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const END = 100_000;

describe.each(await cases())('$title', ({ scenario, seed }) => {
  const acts = generatedActs(seed, END);

  test('a row of changes gives each snapshot, and watching changes nothing', () => {
    const watched = new Timeline(scenario, seed);
    let before = snapshot(watched.world);
    let shown: ClusterSnapshot = structuredClone(before);
    for (let at = 333; at <= END; at += 333) {
      drive(watched, acts, at);
      const after = snapshot(watched.world);
      const change = diffSnapshots(before, after);
      // What crosses to the page is a copy.
      shown = applyDiff(shown, structuredClone(change));
      expect(shown).toEqual(after);
      before = after;
    }
    const alone = new Timeline(scenario, seed);
    drive(alone, acts, watched.now);
    expectSame(watched, alone);
  });

  test('a jump in time is a change like any other', () => {
    const timeline = new Timeline(scenario, seed);
    drive(timeline, acts, END);
    let before = snapshot(timeline.world);
    let shown: ClusterSnapshot = structuredClone(before);
    for (const at of [40_000, 90_000, 0, END, 5_000]) {
      timeline.seek(at);
      const after = snapshot(timeline.world);
      shown = applyDiff(shown, structuredClone(diffSnapshots(before, after)));
      expect(shown).toEqual(after);
      before = after;
    }
  });

  test('nothing happened: no change', () => {
    const timeline = new Timeline(scenario, seed);
    drive(timeline, acts, 30_000);
    expect(diffSnapshots(snapshot(timeline.world), snapshot(timeline.world))).toBeUndefined();
  });
});
