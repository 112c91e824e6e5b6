// What a page shows of a large cell before anything runs: the cell is filled in Node while the site is built.
import { CellView, type CellLoad, type CellMap } from '../sim/cell-snapshot.ts';
import { Timeline } from '../sim/index.ts';
import { loadScenario } from './scenarios/index.ts';

export async function playCell(
  nodes: number,
  seed: number,
  untilMs: number,
): Promise<{ readonly map: CellMap; readonly load: CellLoad }> {
  const timeline = new Timeline(await loadScenario('cell', { nodes }), seed, [], untilMs + 1);
  timeline.run(untilMs);
  const view = new CellView(timeline.world);
  return { map: view.map, load: view.load() };
}
