import { describe, expect, it } from 'vitest';
import { density, fleetCost, isolationCosts, virtualizationLoss } from './virtual-machines.ts';

const named = (name: string) => isolationCosts.find((cost) => cost.name === name)!;
const assumed = { overheadBytes: 0, imageBytes: 0 };

describe('the cost of walls', () => {
  it('starts one of each as measured', () => {
    const one = { count: 1, memoryBytes: 0, diskBytes: 0, sharedBytes: 0 };
    expect(isolationCosts.map((cost) => [cost.name, fleetCost(cost, one, assumed).startMs])).toEqual([
      ['process', 4],
      ['container', 200],
      ['unikernel', 83],
      ['microvm', 137],
      ['tinyx', 540],
      ['debian', 2000],
    ]);
  });

  it('shares memory only under one kernel', () => {
    const four = { count: 4, memoryBytes: 100, diskBytes: 0, sharedBytes: 40 };
    expect(fleetCost(named('container'), four, assumed).memoryBytes).toBe(4 * 60 + 40);
    expect(fleetCost(named('debian'), four, assumed).memoryBytes).toBe(400);
  });

  it('never fits more machines than containers', () => {
    for (const shared of [0, 10, 90]) {
      const program = { memoryBytes: 100, sharedBytes: shared };
      expect(density(named('container'), 10_000, program, 0)).toBeGreaterThanOrEqual(
        density(named('debian'), 10_000, program, 0),
      );
    }
  });

  it('names a fact for every number', () => {
    for (const { facts } of isolationCosts) expect(facts.every((id) => /^2-0\d\d$/.test(id))).toBe(true);
    for (const { fact } of Object.values(virtualizationLoss)) expect(fact).toMatch(/^2-09\d$/);
  });
});
