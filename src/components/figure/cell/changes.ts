// What changed on the map from one step to the next, for readers who want less motion: in words, and as blocks of nodes
// that were lost, came back or were closed.
import { STEPS, stepsOf, type Measure, type Scale } from '../../../draw/heat-map/measure.ts';
import type { CellPlan } from '../../../draw/heat-map/plan.ts';
import type { Box } from '../../../draw/shapes.ts';
import type { CellLoad, CellMap } from '../../../sim/cell-snapshot.ts';

export interface CellChange {
  /** Nodes that went up or down the ramp, and those whose flags changed. */
  readonly up: number;
  readonly down: number;
  readonly nodes: readonly number[];
}

export function changeOf(map: CellMap, a: CellLoad, b: CellLoad, measure: Measure, scale: Scale): CellChange {
  const many = map.names.length;
  const before = stepsOf(map, a, measure, scale, new Uint8Array(many));
  const after = stepsOf(map, b, measure, scale, new Uint8Array(many));
  const nodes: number[] = [];
  let up = 0;
  let down = 0;
  for (let i = 0; i < many; i++) {
    const [from = STEPS, to = STEPS] = [before[i], after[i]];
    if (a.flags[i] !== b.flags[i]) nodes.push(i);
    if (from >= STEPS || to >= STEPS) continue;
    if (to > from) up++;
    else if (to < from) down++;
  }
  return { up, down, nodes };
}

/** Blocks around these nodes, one for each rack. */
export function blocksOf(map: CellMap, plan: CellPlan, nodes: readonly number[]): readonly Box[] {
  const blocks = new Map<number, { x: number; y: number; right: number; bottom: number }>();
  for (const i of nodes) {
    const x = plan.x[i] ?? 0;
    const y = plan.y[i] ?? 0;
    const [right, bottom] = [x + plan.size.width, y + plan.size.height];
    const block = blocks.get(map.rack[i] ?? 0);
    if (!block) blocks.set(map.rack[i] ?? 0, { x, y, right, bottom });
    else {
      block.x = Math.min(block.x, x);
      block.y = Math.min(block.y, y);
      block.right = Math.max(block.right, right);
      block.bottom = Math.max(block.bottom, bottom);
    }
  }
  return [...blocks.values()].map(({ x, y, right, bottom }) => ({ x, y, width: right - x, height: bottom - y }));
}
