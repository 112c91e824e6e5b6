import { describe, expect, it } from 'vitest';
import { NOT_READY, type CellLoad, type CellMap } from '../../sim/cell-snapshot.ts';
import { LOST, NO_DATA, scaleOf, stepsOf } from './measure.ts';
import { neighbour, nodeAt, planCell } from './plan.ts';
import { Tiles } from './tiles.ts';
import { cellTwin } from './twin.ts';

function cellOf(many: number, pools = 3, zones = 3): CellMap {
  const at = Array.from({ length: many }, (_, i) => i);
  const pool = (i: number) => Math.floor((i * pools) / many);
  const zone = (i: number) => Math.floor((i * pools * zones) / many) % zones;
  return {
    names: at.map((i) => `n-${String(i)}`),
    pools: Array.from({ length: pools }, (_, i) => `pool-${String(i)}`),
    zones: Array.from({ length: zones }, (_, i) => `zone-${String(i)}`),
    racks: ['r-0', 'r-1'],
    pool: Uint8Array.from(at, pool),
    zone: Uint8Array.from(at, zone),
    rack: Uint16Array.from(at, (i) => i % 2),
    cpuMilli: new Int32Array(many).fill(4_000),
    memoryMi: new Int32Array(many).fill(16_000),
    podsMost: new Uint16Array(many).fill(110),
  };
}

function loadOf(many: number, cpu: number, flags: readonly number[] = []): CellLoad {
  return {
    cpuMilli: new Int32Array(many).fill(cpu),
    memoryMi: new Int32Array(many),
    pods: new Uint16Array(many),
    flags: Uint8Array.from({ length: many }, (_, i) => flags[i] ?? 0),
    counts: { pods: 0, bound: 0, running: 0, ready: 0, waiting: 0, nodes: many, notReady: 0 },
  };
}

describe('where nodes stand', () => {
  it.each([
    [5, 1_000, 'bays'],
    [5, 350, 'bays'],
    [50, 350, 'stripes'],
    [300, 1_000, 'stripes'],
    [1_000, 700, 'tiles'],
    [5_000, 700, 'tiles'],
    [5_000, 350, 'tiles'],
  ] as const)('%i nodes on %i px are drawn as %s, inside the picture, apart from each other', (many, width, level) => {
    const map = cellOf(many);
    const plan = planCell(map, width);
    expect(plan.level).toBe(level);
    const places = new Set<string>();
    for (let i = 0; i < many; i++) {
      const x = plan.x[i] ?? -1;
      const y = plan.y[i] ?? -1;
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + plan.size.width).toBeLessThanOrEqual(width);
      expect(y + plan.size.height).toBeLessThanOrEqual(plan.height);
      places.add(`${String(x)} ${String(y)}`);
      const zone = plan.zones[map.zone[i] ?? 0];
      expect(x).toBeGreaterThanOrEqual(zone?.x ?? Infinity);
      expect(x + plan.size.width).toBeLessThanOrEqual((zone?.x ?? 0) + (zone?.width ?? 0));
    }
    expect(places.size).toBe(many);
  });

  it('a point finds its node, and the arrow keys find the neighbour', () => {
    const plan = planCell(cellOf(1_000), 700);
    for (const i of [0, 17, 500, 999]) expect(nodeAt(plan, (plan.x[i] ?? 0) + 1, (plan.y[i] ?? 0) + 1)).toBe(i);
    expect(nodeAt(plan, 1, 1)).toBe(-1);
    const right = neighbour(plan, 0, 1, 0);
    expect([plan.x[right], plan.y[right]]).toEqual([(plan.x[0] ?? 0) + plan.pitch.x, plan.y[0]]);
    expect(neighbour(plan, 0, -1, 0)).toBe(0);
    expect(neighbour(plan, right, -1, 0)).toBe(0);
  });
});

describe('the ramp', () => {
  it.each([
    [0, 0],
    [599, 0],
    [600, 1],
    [2_400, 4],
    [3_600, 6],
    [4_000, 6],
  ])('%i of 4,000 millicores stand on step %i', (cpu, step) => {
    const map = cellOf(9);
    const steps = stepsOf(map, loadOf(9, cpu), 'cpu', scaleOf('cpu', undefined), new Uint8Array(9));
    expect([...steps]).toEqual(new Array(9).fill(step));
  });

  it('a node that is not ready has no step, one that offers nothing has no data', () => {
    const map = cellOf(9);
    map.cpuMilli[1] = 0;
    const steps = stepsOf(map, loadOf(9, 0, [NOT_READY]), 'cpu', scaleOf('cpu', undefined), new Uint8Array(9));
    expect([...steps.slice(0, 3)]).toEqual([LOST, NO_DATA, 0]);
  });

  it('the largest free box is nothing on a full node and all on the biggest empty one', () => {
    const map = cellOf(9);
    const at = (load: CellLoad) => stepsOf(map, load, 'free', scaleOf('free', load), new Uint8Array(9))[0];
    expect(at(loadOf(9, 4_000))).toBe(0);
    expect(at(loadOf(9, 0))).toBe(6);
  });

  it('the scale of pods grows with the fullest node and never shrinks', () => {
    const load = loadOf(9, 0);
    load.pods[3] = 10;
    const scale = scaleOf('pods', load);
    expect(scale.from).toEqual([0, 2, 4, 6, 8, 10, 12]);
    expect(scaleOf('pods', loadOf(9, 0), scale)).toBe(scale);
  });
});

describe('tiles', () => {
  const colours = { steps: [10, 11, 12, 13, 14, 15, 16], paper: 1, ground: 2, ink: 3, line: 4, foul: 5 };

  it('only tiles that changed are written, and a lost node is paper with a cross', () => {
    const map = cellOf(1_000);
    const plan = planCell(map, 700);
    const tiles = new Tiles(plan, 1, colours);
    const steps = new Uint8Array(1_000);
    expect(tiles.update(steps, new Uint8Array(1_000))).toBe(1_000);
    expect(tiles.update(steps, new Uint8Array(1_000))).toBe(0);
    steps[7] = LOST;
    expect(tiles.update(steps, new Uint8Array(1_000))).toBe(1);
    const within: number[] = [];
    for (let y = 0; y < plan.size.height; y++)
      for (let x = 0; x < plan.size.width; x++)
        within.push(tiles.pixels[((plan.y[7] ?? 0) + y) * tiles.width + (plan.x[7] ?? 0) + x] ?? -1);
    expect(new Set(within)).toEqual(new Set([colours.paper, colours.foul]));
    expect(tiles.pixels[(plan.y[6] ?? 0) * tiles.width + (plan.x[6] ?? 0)]).toBe(10);
  });
});

describe('the map in words', () => {
  it('counts every node once and names the lost ones by rack', () => {
    const map = cellOf(90);
    const load = loadOf(90, 2_400, [0, NOT_READY, 0, NOT_READY]);
    const scale = scaleOf('cpu', load);
    const twin = cellTwin(map, load, stepsOf(map, load, 'cpu', scale, new Uint8Array(90)), scale);
    expect(twin.steps.map(({ nodes }) => nodes)).toEqual([0, 0, 0, 0, 88, 0, 0]);
    expect(twin.notReady).toEqual([{ rack: 'r-1', nodes: ['n-1', 'n-3'], of: 45 }]);
  });
});
