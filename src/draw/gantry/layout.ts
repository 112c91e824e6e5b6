// Where everything of the gantry stands. Wide: the quay on the left, the nodes side by side under one beam, number plates
// on the beam and reasons under it. Narrower: the quay on top and as many nodes in a row as have room, each row with its
// own beam. On a phone: one node a row, with its plate and reasons beside it.
import type { ClusterSnapshot, NodeSnapshot } from '../../sim/snapshot.ts';
import { BAY, type BayPlace } from '../bay.ts';
import { wrap } from '../measure.ts';
import type { Box } from '../shapes.ts';

export interface GantryLayout {
  readonly width: number;
  readonly height: number;
  readonly quay: Box;
  readonly side: boolean;
  readonly bays: readonly GantryBay[];
  readonly rows: readonly { readonly beam: number; readonly left: number; readonly right: number }[];
}

export interface GantryBay extends BayPlace {
  readonly row: number;
  /** Of the number plate: its middle across, and its top. */
  readonly plate: { readonly x: number; readonly y: number };
  /** Where the reasons are written. */
  readonly words: Box;
}

/** Height of a line of reasons. */
export const LINE = 15;
/** What the tallest reasons of a run need, in lines, by the width of a layout. */
const REASONS = { least: 3, most: 6 } as const;
const SIDE = 1000;
const SINGLE = 400;
const GAP = 8;
const LEAST = 164;
const HOLD = { wide: 172, single: 104 } as const;
const PLATE_ROOM = 40;
/** Name, size, and under them labels, taints and the zone. */
const FOOTER = BAY.footer + 58;
const FOOTER_SINGLE = BAY.footer + 34;
export const QUAY_HEIGHT = 78;

/** @param reasons what is written at each node; it decides how high the place for reasons is */
export function gantryLayout(
  snapshot: ClusterSnapshot,
  width: number,
  reasons: ReadonlyMap<string, string>,
): GantryLayout {
  const side = width >= SIDE;
  const margin = 12;
  const quayWidth = side ? 138 : width;
  const left = side ? quayWidth + 16 : margin;
  const { nodes } = snapshot;
  if (width < SINGLE) return single(nodes, width);
  const scale = BAY.left - BAY.plain;
  const room = width - margin - left - scale;
  const columns = Math.max(1, Math.min(nodes.length, Math.floor((room + GAP) / (LEAST + GAP))));
  const slot = (room - GAP * (columns - 1)) / columns;
  const lines = Math.max(
    REASONS.least,
    ...nodes.map(({ name }) => wrap(reasons.get(name) ?? '', slot - 14, 12).length),
  );
  const wordsHeight = Math.min(lines, REASONS.most) * LINE + 14;
  const rows: { beam: number; left: number; right: number }[] = [];
  const bays: GantryBay[] = [];
  let y = side ? 8 : QUAY_HEIGHT + 14;
  for (let row = 0; row * columns < nodes.length; row++) {
    const beam = y + PLATE_ROOM;
    rows.push({ beam, left: side ? 24 : left, right: width - margin });
    const top = beam + 8 + wordsHeight;
    nodes.slice(row * columns, (row + 1) * columns).forEach((node, i) => {
      const x = left + i * (slot + GAP) + (i === 0 ? 0 : scale);
      const full = slot + (i === 0 ? scale : 0);
      const place = bay(node, { x, y: top, width: full, height: HOLD.wide }, i === 0);
      bays.push({
        ...place,
        row,
        plate: { x: place.hold.x + place.hold.width / 2, y: y + 4 },
        words: { x: place.hold.x - BAY.wall, y: beam + 10, width: slot - 14, height: wordsHeight },
      });
    });
    y = top + BAY.freeboard + HOLD.wide + BAY.reserved + BAY.bottom + FOOTER + 10;
  }
  return {
    width,
    height: y + 4,
    side,
    quay: side ? { x: 0, y: 0, width: quayWidth, height: y + 4 } : { x: 0, y: 0, width, height: QUAY_HEIGHT },
    bays,
    rows,
  };
}

/** One node under the other; what is said of it stands to its right. */
function single(nodes: readonly NodeSnapshot[], width: number): GantryLayout {
  const bays: GantryBay[] = [];
  const hull = 176;
  let y = QUAY_HEIGHT + 18;
  nodes.forEach((node, i) => {
    const place = bay(node, { x: 4, y, width: hull, height: HOLD.single }, true);
    bays.push({
      ...place,
      row: i,
      plate: { x: hull + 16 + 32, y: y + 4 },
      words: { x: hull + 16, y: y + 42, width: width - hull - 24, height: 8 * LINE },
    });
    y += BAY.freeboard + HOLD.single + BAY.reserved + BAY.bottom + FOOTER_SINGLE;
  });
  return {
    width,
    height: y + 4,
    side: false,
    quay: { x: 0, y: 0, width, height: QUAY_HEIGHT },
    bays,
    rows: [],
  };
}

function bay(node: NodeSnapshot, at: Box, scale: boolean): BayPlace {
  const left = at.x + (scale ? BAY.left : BAY.plain) + BAY.wall;
  const hold = {
    x: left,
    y: at.y + BAY.freeboard,
    width: at.x + at.width - BAY.right - BAY.wall - left,
    height: at.height,
  };
  return { node, slot: at, hold, reserved: BAY.reserved, scale };
}
