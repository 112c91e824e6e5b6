// The cell in words: how many nodes stand on each step, and which are not ready, rack by rack.
import { NOT_READY, type CellLoad, type CellMap } from '../../sim/cell-snapshot.ts';
import { LOST, NO_DATA, STEPS, type Scale } from './measure.ts';

interface CellTwin {
  readonly steps: readonly { readonly from: number; readonly to: number | undefined; readonly nodes: number }[];
  readonly noData: number;
  readonly notReady: readonly LostRack[];
}

interface LostRack {
  /** Empty where nodes have no rack. */
  readonly rack: string;
  readonly nodes: readonly string[];
  /** How many nodes the rack has. */
  readonly of: number;
}

export function cellTwin(map: CellMap, load: CellLoad, steps: Uint8Array, scale: Scale): CellTwin {
  const counts = new Array<number>(LOST + 1).fill(0);
  for (const step of steps) counts[step] = (counts[step] ?? 0) + 1;
  return {
    steps: Array.from({ length: STEPS }, (_, i) => ({
      from: scale.from[i] ?? 0,
      to: scale.from[i + 1],
      nodes: counts[i] ?? 0,
    })),
    noData: counts[NO_DATA] ?? 0,
    notReady: lostRacks(map, load),
  };
}

export function lostRacks(map: CellMap, load: CellLoad): readonly LostRack[] {
  const byRack = new Map<number, string[]>();
  for (let i = 0; i < map.names.length; i++) {
    if (((load.flags[i] ?? 0) & NOT_READY) === 0) continue;
    const rack = map.rack[i] ?? 0;
    const nodes = byRack.get(rack) ?? [];
    nodes.push(map.names[i] ?? '');
    byRack.set(rack, nodes);
  }
  return [...byRack].map(([rack, nodes]) => ({
    rack: map.racks[rack] ?? '',
    nodes,
    of: map.rack.reduce((sum, one) => sum + (one === rack ? 1 : 0), 0),
  }));
}
