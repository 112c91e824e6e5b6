import { describe, expect, it } from 'vitest';
import { scaleOf } from '../../../draw/heat-map/measure.ts';
import { planCell } from '../../../draw/heat-map/plan.ts';
import { NOT_READY, TAINTED, type CellLoad, type CellMap } from '../../../sim/cell-snapshot.ts';
import { blocksOf, changeOf } from './changes.ts';

const MANY = 1_000;
const map: CellMap = {
  names: Array.from({ length: MANY }, (_, i) => `n-${String(i)}`),
  pools: ['general'],
  zones: ['a'],
  racks: ['r-0', 'r-1'],
  pool: new Uint8Array(MANY),
  zone: new Uint8Array(MANY),
  rack: Uint16Array.from({ length: MANY }, (_, i) => (i < MANY / 2 ? 0 : 1)),
  cpuMilli: new Int32Array(MANY).fill(4_000),
  memoryMi: new Int32Array(MANY).fill(16_000),
  podsMost: new Uint16Array(MANY).fill(110),
};

function loadOf(cpu: Readonly<Record<number, number>>, flags: Readonly<Record<number, number>> = {}): CellLoad {
  return {
    cpuMilli: Int32Array.from({ length: MANY }, (_, i) => cpu[i] ?? 2_000),
    memoryMi: new Int32Array(MANY),
    pods: new Uint16Array(MANY),
    flags: Uint8Array.from({ length: MANY }, (_, i) => flags[i] ?? 0),
    counts: { pods: 0, bound: 0, running: 0, ready: 0, waiting: 0, nodes: MANY, notReady: 0 },
  };
}

describe('what changed on the map', () => {
  it('counts who went up and down the ramp, and names who was lost or closed', () => {
    const after = loadOf({ 1: 3_900, 2: 3_900, 3: 0, 4: 2_001 }, { 7: NOT_READY, 8: TAINTED });
    const change = changeOf(map, loadOf({}), after, 'cpu', scaleOf('cpu', undefined));
    expect(change).toEqual({ up: 2, down: 1, nodes: [7, 8] });
  });

  it('has one block for each rack, around all of its nodes that changed', () => {
    const plan = planCell(map, 700);
    const [first, second] = blocksOf(map, plan, [0, 1, 2, MANY - 1]);
    expect(first).toEqual({
      x: plan.x[0],
      y: plan.y[0],
      width: plan.size.width,
      height: 2 * plan.pitch.y + plan.size.height,
    });
    expect(second).toEqual({ x: plan.x[MANY - 1], y: plan.y[MANY - 1], ...plan.size });
  });
});
