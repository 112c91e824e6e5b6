// Where each node of a cell stands: zones from left to right with ink rules between them, pools from top to bottom with
// gaps, and inside each of these fields the nodes by name, column after column, so that a rack is one block. How much of
// a node is drawn depends on the pixels it gets and on nothing else.
import type { CellMap } from '../../sim/cell-snapshot.ts';

/** Every box with its letter; stacked stripes by workload; one coloured tile. */
type Level = 'bays' | 'stripes' | 'tiles';

export interface CellPlan {
  readonly width: number;
  readonly height: number;
  readonly level: Level;
  /** From one node to the next, px. */
  readonly pitch: { readonly x: number; readonly y: number };
  /** Of one node. */
  readonly size: { readonly width: number; readonly height: number };
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly zones: readonly { readonly name: string; readonly x: number; readonly width: number }[];
  readonly pools: readonly { readonly name: string; readonly y: number; readonly height: number }[];
  /** Upright ink lines between zones. */
  readonly rules: readonly number[];
}

const BAY_LEAST = 96;
const STRIPES_LEAST = 24;
const WIDEST = 190;
/** Above the pools: the names of the zones; above each pool: its name. */
const HEAD = 24;
const POOL_HEAD = 22;
const POOL_GAP = 6;
/** On each side of a zone's rule. */
const ZONE_GAP = 8;
const NARROW = 500;
const WIDE = 800;
/** Height of the picture as a part of its width: more for nodes that show more. */
const TALLEST = {
  narrow: { bays: 2.2, stripes: 1.7, tiles: 1.35 },
  middle: { bays: 1.1, stripes: 0.75, tiles: 0.6 },
  wide: { bays: 0.9, stripes: 0.6, tiles: 0.5 },
} as const;
/** Between bays. */
const BAY_GAP = 10;
const MOST_ZONES = 6;

export function planCell(map: CellMap, width: number): CellPlan {
  const zoneCount = map.zones.length > MOST_ZONES ? 1 : map.zones.length;
  const zoneOf = (i: number) => (zoneCount === 1 ? 0 : (map.zone[i] ?? 0));
  const poolCount = map.pools.length;
  const fields = new Int32Array(poolCount * zoneCount);
  for (let i = 0; i < map.names.length; i++) bump(fields, (map.pool[i] ?? 0) * zoneCount + zoneOf(i));
  const tallest = width < NARROW ? TALLEST.narrow : width < WIDE ? TALLEST.middle : TALLEST.wide;
  const room = Math.floor((width - ZONE_GAP * 2 * (zoneCount - 1)) / zoneCount);

  let found: Trial | undefined;
  for (let pitch = Math.min(WIDEST, room); pitch >= 2; pitch--) {
    found = attempt(pitch, room, fields, zoneCount);
    if (found.height <= width * tallest[found.level]) break;
  }
  const { level, pitch, columns, rows } = found ?? attempt(2, room, fields, zoneCount);
  const gap = level === 'bays' ? BAY_GAP : pitch.x >= 16 ? 3 : pitch.x >= 5 ? 1 : 0;
  const zoneWidth = columns * pitch.x - gap;
  // What is left over widens the space beside the rules.
  const space = zoneCount > 1 ? Math.floor((width - zoneWidth * zoneCount) / (zoneCount - 1)) : 0;
  const zones = Array.from({ length: zoneCount }, (_, z) => ({
    name: zoneCount === 1 && map.zones.length > 1 ? '' : (map.zones[z] ?? ''),
    x: z * (zoneWidth + space),
    width: zoneWidth,
  }));
  const pools: { readonly name: string; readonly y: number; readonly height: number }[] = [];
  let y = HEAD;
  for (let p = 0; p < poolCount; p++) {
    const height = (rows[p] ?? 0) * pitch.y - gap;
    pools.push({ name: map.pools[p] ?? '', y: y + POOL_HEAD, height });
    y += POOL_HEAD + height + POOL_GAP;
  }
  const xs = new Int32Array(map.names.length);
  const ys = new Int32Array(map.names.length);
  const placed = new Int32Array(poolCount * zoneCount);
  for (let i = 0; i < map.names.length; i++) {
    const p = map.pool[i] ?? 0;
    const z = zoneOf(i);
    const k = bump(placed, p * zoneCount + z);
    const deep = Math.max(1, rows[p] ?? 1);
    xs[i] = (zones[z]?.x ?? 0) + Math.floor(k / deep) * pitch.x;
    ys[i] = (pools[p]?.y ?? 0) + (k % deep) * pitch.y;
  }
  return {
    width,
    height: y,
    level,
    pitch,
    size: { width: pitch.x - gap, height: pitch.y - gap },
    x: xs,
    y: ys,
    zones,
    pools,
    rules: zones.slice(1).map((zone) => Math.round(zone.x - space / 2)),
  };
}

/** Adds one, and gives what was there. */
function bump(counts: Int32Array, i: number): number {
  const before = counts[i] ?? 0;
  counts[i] = before + 1;
  return before;
}

interface Trial {
  readonly level: Level;
  readonly pitch: { readonly x: number; readonly y: number };
  readonly columns: number;
  readonly rows: readonly number[];
  readonly height: number;
}

function attempt(pitch: number, room: number, fields: Int32Array, zones: number): Trial {
  const level = pitch - BAY_GAP >= BAY_LEAST ? 'bays' : pitch - 3 >= STRIPES_LEAST ? 'stripes' : 'tiles';
  const y = level === 'bays' ? Math.round(pitch * 0.8) + 26 : pitch;
  const most = Math.max(1, Math.floor(room / pitch));
  const rows: number[] = [];
  let columns = 1;
  let height = HEAD;
  for (let at = 0; at < fields.length; at += zones) {
    const fullest = Math.max(0, ...fields.slice(at, at + zones));
    const deep = Math.ceil(fullest / most);
    rows.push(deep);
    columns = Math.max(columns, deep === 0 ? 0 : Math.ceil(fullest / deep));
    height += POOL_HEAD + POOL_GAP + deep * y;
  }
  return { level, pitch: { x: pitch, y }, columns, rows, height };
}

/** The node at this point, and -1 where there is none. */
export function nodeAt(plan: CellPlan, x: number, y: number): number {
  const { pitch } = plan;
  for (let i = 0; i < plan.x.length; i++) {
    const left = plan.x[i] ?? 0;
    const top = plan.y[i] ?? 0;
    if (x >= left && x < left + pitch.x && y >= top && y < top + pitch.y) return i;
  }
  return -1;
}

/** The nearest node in this direction; the same one at the edge. */
export function neighbour(plan: CellPlan, from: number, dx: -1 | 0 | 1, dy: -1 | 0 | 1): number {
  const x = plan.x[from] ?? 0;
  const y = plan.y[from] ?? 0;
  let best = from;
  let least = Infinity;
  for (let i = 0; i < plan.x.length; i++) {
    const along = ((plan.x[i] ?? 0) - x) * dx + ((plan.y[i] ?? 0) - y) * dy;
    if (along <= 0) continue;
    const aside = Math.abs(dx === 0 ? (plan.x[i] ?? 0) - x : (plan.y[i] ?? 0) - y);
    const far = along + aside * 8;
    if (far < least) {
      least = far;
      best = i;
    }
  }
  return best;
}
