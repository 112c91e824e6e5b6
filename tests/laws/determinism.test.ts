// A run is a function of scenario, seed and inputs, and of nothing else: not of how time was cut up, not of what was
// looked at, not of where the reader went in between.
import { describe, expect, test, vi } from 'vitest';
import { Timeline } from '../../src/sim/index.ts';
import { chance } from './chance.ts';
import { expectSame, fingerprint } from './fingerprint.ts';
import { drive, generatedActs } from './generated-inputs.ts';
import { cases } from './worlds.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const END = 150_000;
/** Long enough for machines, containers and first probes; a step of 1 ms makes each moment a stop. */
const SHORT = 12_000;

describe.each(await cases())('$title', ({ scenario, seed }) => {
  const acts = generatedActs(seed, END);
  const cut = 1 + chance(seed + 9_000)(END - 2);
  const build = () => new Timeline(scenario, seed);
  const driven = (to: number, stepMs?: number) => {
    const timeline = build();
    drive(timeline, acts, to, stepMs);
    return timeline;
  };
  const replayed = (inputs: Timeline['inputs'], to: number) => {
    const timeline = new Timeline(scenario, seed, inputs);
    timeline.run(to);
    return timeline;
  };
  const straight = driven(END);

  test('in steps of a second as in one go', () => {
    const timeline = driven(END, 1000);
    expect(timeline.inputs).toEqual(straight.inputs);
    expectSame(timeline, straight);
  });

  test('in steps of a millisecond as in one go', () => {
    const shortActs = generatedActs(seed + 500, SHORT, 4);
    const [once, stepped] = [build(), build()];
    drive(once, shortActs, SHORT);
    drive(stepped, shortActs, SHORT, 1);
    expect(stepped.inputs).toEqual(once.inputs);
    expectSame(stepped, once);
  });

  test('from the list of inputs as from the operator', () => {
    expectSame(replayed(structuredClone(straight.inputs), END), straight);
  });

  test(`from a checkpoint at ${String(cut)} that was posted elsewhere`, () => {
    const { sim } = driven(cut).world;
    const other = build();
    other.world.sim.restore(structuredClone(sim.checkpoint()), structuredClone(sim.journal.slice()));
    expect(other.journalHash).toBe(sim.journal.hash());
    drive(other, acts, END);
    expectSame(other, straight);
  });

  test(`back to ${String(cut)} and on`, () => {
    const timeline = driven(END);
    timeline.seek(cut);
    expectSame(timeline, driven(cut));
    timeline.seek(Math.floor(cut / 2));
    timeline.seek(END);
    expectSame(timeline, straight);
    timeline.seek(0);
    timeline.run(END);
    expectSame(timeline, straight);
  });

  test('undone as never done', () => {
    const timeline = driven(END);
    const count = timeline.inputs.length;
    expect(timeline.canUndo).toBe(count > 0);
    for (let left = count - 1; left >= 0 && left >= count - 3; left--) {
      timeline.undo();
      expectSame(timeline, replayed(straight.inputs.slice(0, left), timeline.now));
    }
    const later = timeline.now + 20_000;
    timeline.run(later);
    expectSame(timeline, replayed(timeline.inputs, later));
  });

  test('a fork runs on alike, and disturbs nothing', () => {
    const timeline = driven(cut);
    const before = fingerprint(timeline);
    const fork = timeline.fork();
    const wild = timeline.fork();
    drive(wild, generatedActs(seed + 1, END), END);
    expect(fingerprint(timeline)).toEqual(before);
    drive(fork, acts, END);
    expectSame(fork, straight);
    drive(timeline, acts, END);
    expectSame(timeline, straight);
  });
});
