// The heat-map as a picture for pages without scripts: tiles of one step that stand under each other are one rectangle,
// and the gaps between them are ruled over in the colour of the ground.
import type { CellLoad, CellMap } from '../../sim/cell-snapshot.ts';
import { boxPath, line, mono, path, rect, type Paint, type Scene, type Shape } from '../shapes.ts';
import { LOST, NO_DATA, scaleOf, stepsOf, type Measure } from './measure.ts';
import { planCell, type CellPlan } from './plan.ts';

export function cellStill(map: CellMap, load: CellLoad, measure: Measure, width: number, title: string): Scene {
  const plan = planCell(map, width);
  const steps = stepsOf(map, load, measure, scaleOf(measure, load), new Uint8Array(map.names.length));
  const shapes: Shape[] = [rect(0, 0, plan.width, plan.height, { fill: 'sheet' })];
  for (const [step, d] of runs(plan, steps)) shapes.push(path(d, { fill: paintOf(step) }));
  const grid = gaps(plan);
  if (grid !== '') shapes.push(path(grid, { fill: 'sheet' }));
  let crosses = '';
  const { size } = plan;
  for (let i = 0; i < steps.length; i++) {
    if (steps[i] !== LOST) continue;
    const x = plan.x[i] ?? 0;
    const y = plan.y[i] ?? 0;
    crosses += line(x + 1, y + 1, x + size.width - 1, y + size.height - 1);
    crosses += line(x + size.width - 1, y + 1, x + 1, y + size.height - 1);
  }
  if (crosses !== '') shapes.push(path(crosses, { stroke: 'foul', strokeWidth: 1.5 }));
  shapes.push(...cellLabels(plan));
  return { width: plan.width, height: plan.height, title, shapes, routes: [] };
}

/** Names of zones and pools, and the rules between zones. */
export function cellLabels(plan: CellPlan): readonly Shape[] {
  return [
    ...plan.rules.map((x) => path(line(x, 0, x, plan.height), { stroke: 'ink', strokeWidth: 1 })),
    ...plan.zones.filter(({ name }) => name !== '').map(({ name, x }) => mono(x, 13, name, { fill: 'ink-2' })),
    ...plan.pools.filter(({ name }) => name !== '').map(({ name, y }) => mono(0, y - 6, name, { fill: 'ink-2' })),
  ];
}

function paintOf(step: number): Paint {
  if (step === LOST) return 'paper';
  if (step === NO_DATA) return 'hatch';
  return `load-${step as 0 | 1 | 2 | 3 | 4 | 5 | 6}`;
}

/** One path a step, as runs down the columns. */
function runs(plan: CellPlan, steps: Uint8Array): ReadonlyMap<number, string> {
  const out = new Map<number, string>();
  const { pitch, size } = plan;
  for (let i = 0; i < steps.length;) {
    const step = steps[i] ?? NO_DATA;
    const x = plan.x[i] ?? 0;
    const y = plan.y[i] ?? 0;
    let many = 1;
    while (steps[i + many] === step && plan.x[i + many] === x && plan.y[i + many] === y + many * pitch.y) many++;
    const box = { x, y, width: size.width, height: (many - 1) * pitch.y + size.height };
    out.set(step, (out.get(step) ?? '') + boxPath(box));
    i += many;
  }
  return out;
}

/** The rows between tiles, across each zone. */
function gaps(plan: CellPlan): string {
  const gap = plan.pitch.y - plan.size.height;
  let d = '';
  if (gap <= 0) return d;
  for (const pool of plan.pools)
    for (let y = pool.y + plan.size.height; y < pool.y + pool.height; y += plan.pitch.y)
      d += boxPath({ x: 0, y, width: plan.width, height: gap });
  return d;
}
