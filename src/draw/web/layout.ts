// Where programs and libraries stand. A place depends on which programs there are and which libraries they name, never on
// what is installed: an upgrade moves nothing. A library that two programs name lies under both; where two generations of
// it are installed they share its place.
// Wide: programs above, the board below. On a phone: programs on the left, the board on the right, the rest under both.
import type { Box } from '../shapes.ts';
import type { Web } from './model.ts';

export interface WebLayout {
  readonly width: number;
  readonly height: number;
  /** Programs above the board, or beside it. */
  readonly upright: boolean;
  readonly board: readonly Box[];
  readonly boardLabel: { readonly x: number; readonly y: number };
  readonly programs: ReadonlyMap<string, Box>;
  /** The places of families. */
  readonly families: ReadonlyMap<string, Box>;
  readonly ground: Box;
  /** Top of the room for lines between libraries; none on a phone. */
  readonly between: number | undefined;
}

const UPRIGHT = 600;
const GAP = 8;
const MARGIN = 14;
const PROGRAM = { height: 70, width: 122 } as const;
const LIBRARY = { height: 64, width: 112 } as const;
const GUTTER = 74;
const ROW = 74;
const GROUND = 30;
/** Between two lines of the same gutter. */
export const LEVEL = 7;

export function webLayout(web: Web, width: number): WebLayout {
  const units = unitsOf(web);
  const total = [...units.values()].reduce((sum, n) => sum + n, 0);
  return width >= UPRIGHT ? upright(web, width, units, total) : sideways(web, width, units);
}

/** How many libraries only this program names; a shared one counts for its first program alone. */
function unitsOf(web: Web): ReadonlyMap<string, number> {
  const seen = new Set<string>();
  return new Map(
    web.programs.map(({ view, feet }) => {
      const own = feet.filter(({ family }) => !seen.has(family));
      for (const { family } of own) seen.add(family);
      return [view.key, Math.max(1, own.length)];
    }),
  );
}

/** Start and length of each family along the programs, in units. */
function spans(
  web: Web,
  units: ReadonlyMap<string, number>,
): ReadonlyMap<string, readonly [from: number, length: number]> {
  const out = new Map<string, readonly [number, number]>();
  let at = 0;
  for (const { view, feet } of web.programs) {
    const length = units.get(view.key) ?? 1;
    let next = at;
    for (const { family } of feet) {
      const before = out.get(family);
      if (before) {
        // Right beside its first program it grows; farther away it stays where it is.
        if (before[0] + before[1] === at && feet.length === 1) out.set(family, [before[0], before[1] + length]);
      } else out.set(family, [next++, 1]);
    }
    at += length;
  }
  return out;
}

function upright(web: Web, width: number, units: ReadonlyMap<string, number>, total: number): WebLayout {
  const unit = (width - 2 * MARGIN + GAP) / total;
  const along = (from: number, length: number) => ({ x: MARGIN + from * unit, width: length * unit - GAP });
  const programs = new Map<string, Box>();
  let from = 0;
  for (const { view } of web.programs) {
    const length = units.get(view.key) ?? 1;
    programs.set(view.key, { ...along(from, length), y: 10, height: PROGRAM.height });
    from += length;
  }
  const top = 10 + PROGRAM.height + GUTTER;
  const families = new Map<string, Box>();
  for (const [family, [start, length]] of spans(web, units))
    families.set(family, { ...along(start, length), y: top, height: LIBRARY.height });
  const lines = new Set(web.links.map(({ to }) => to)).size;
  const second = top + LIBRARY.height + (lines > 0 ? 14 + LEVEL * lines : 0);
  const each = (width - 2 * MARGIN + GAP) / Math.max(1, web.further.length);
  const least = Math.min(each, unit * 1.25);
  web.further.forEach(({ name }, i) => {
    const x = width - MARGIN - (web.further.length - i) * least + GAP;
    families.set(name, { x, y: second, width: least - GAP, height: LIBRARY.height });
  });
  const ground = second + (web.further.length > 0 ? LIBRARY.height : 0) + 12;
  const height = ground + GROUND + 30;
  return {
    width,
    height,
    upright: true,
    board: [{ x: 4, y: top - 12, width: width - 8, height: height - top + 8 }],
    boardLabel: { x: MARGIN, y: ground + GROUND + 18 },
    programs,
    families,
    ground: { x: MARGIN, y: ground, width: width - 2 * MARGIN, height: GROUND },
    between: top + LIBRARY.height + 8,
  };
}

function sideways(web: Web, width: number, units: ReadonlyMap<string, number>): WebLayout {
  const along = (from: number, length: number) => ({ y: 10 + from * ROW, height: length * ROW - GAP });
  const programs = new Map<string, Box>();
  let from = 0;
  for (const { view } of web.programs) {
    const length = units.get(view.key) ?? 1;
    const place = along(from, length);
    const y = place.y + (place.height - PROGRAM.height) / 2;
    programs.set(view.key, { x: 4, y: Math.round(y), width: PROGRAM.width, height: PROGRAM.height - 4 });
    from += length;
  }
  const x = width - LIBRARY.width - 10;
  const families = new Map<string, Box>();
  for (const [family, [start, length]] of spans(web, units))
    families.set(family, { ...along(start, length), x, width: LIBRARY.width });
  const shelf = 10 + from * ROW;
  let y = shelf + 8;
  const each = (width - 20 + GAP) / 2;
  web.further.forEach(({ name }, i) => {
    families.set(name, {
      x: 10 + (i % 2) * each,
      y: y + Math.floor(i / 2) * ROW,
      width: each - GAP,
      height: ROW - GAP,
    });
  });
  y += Math.ceil(web.further.length / 2) * ROW;
  const height = y + GROUND + 30;
  return {
    width,
    height,
    upright: false,
    board: [
      { x: x - 10, y: 2, width: width - x + 8, height: shelf - 2 },
      { x: 2, y: shelf, width: width - 4, height: height - shelf - 2 },
    ],
    boardLabel: { x: 10, y: y + GROUND + 18 },
    programs,
    families,
    ground: { x: 10, y, width: width - 20, height: GROUND },
    between: undefined,
  };
}
