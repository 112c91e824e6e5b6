// A node as the cross-section of a ship: an open hull, its hold ruled in CPU and memory, the water as deep as what has
// been promised. Its name stands under the keel, because channels and remarks come from above.
import type { NodeSnapshot } from '../sim/snapshot.ts';
import { bytesText, cores, gib, say, type DrawWords } from './words.ts';
import { fit } from './measure.ts';
import { circle, group, line, mono, num, path, rect, text, type Box, type Group, type Shape } from './shapes.ts';
import { draught } from './status.ts';

/** Space around the hold inside one bay's slot. */
export const BAY = {
  /** Memory scale, where it is shown. */
  left: 30,
  plain: 10,
  /** Plimsoll mark and the figure on the water line. */
  right: 38,
  /** The hull above the mark. */
  freeboard: 18,
  /** Between hold and hull at the sides. */
  wall: 7,
  /** The double bottom, hatched: what the system keeps for itself. Not to scale, it is only ever a little. */
  reserved: 13,
  bottom: 13,
  bilge: 20,
  /** Figures of the CPU scale, name, and size. */
  footer: 54,
} as const;

export interface BayPlace {
  readonly node: NodeSnapshot;
  /** The slot without clocks. */
  readonly slot: Box;
  /** Where boxes stand: allocatable CPU across, allocatable memory up. The double bottom lies under it. */
  readonly hold: Box;
  readonly reserved: number;
  /** Figures on the memory scale; a neighbour's serve where there is no room. */
  readonly scale: boolean;
}

/** The sea about the hull, drawn first, so that everything lies over it. */
export function water(place: BayPlace): Group {
  const { slot, hold, node } = place;
  const { share } = draught(node);
  const bottom = hold.y + hold.height + place.reserved + BAY.bottom + 9;
  const level = waterLevel(place);
  const x1 = slot.x;
  const x2 = slot.x + slot.width;
  // One line round the whole basin; its sides and its floor lie under the edges of the sheet.
  const d = `${wave(x1, x2)}V${num(bottom - level + 240)}H${num(x1)}Z`;
  // The wave moves as one piece; what hangs below the sea bed is cut by the paper under the keel.
  const sea = group([path(d, { fill: 'sea' }), path(wave(x1, x2), { stroke: 'line', strokeWidth: 1 })], {
    key: 'sea',
    class: 'water',
    y: level,
  });
  const percent = `${String(Math.round(share * 100))}\u2009%`;
  const low = share > 0.86;
  return group(
    [
      sea,
      rect(x1 - 1, bottom, slot.width + 2, 244, { fill: 'sheet', key: 'bed' }),
      mono(x2 - 2, low ? level + 16 : level - 6, percent, { anchor: 'end', fill: 'ink-2', key: 'percent' }),
    ],
    { key: `water-${node.name}` },
  );
}

function waterLevel(place: BayPlace): number {
  const share = Math.min(1.06, draught(place.node).share);
  return Math.round((place.hold.y + place.hold.height * (1 - share)) * 2) / 2;
}

export function hull(
  place: BayPlace,
  words: DrawWords,
  options: {
    readonly chosen: boolean;
    readonly changed: boolean;
    readonly label: string;
    /** A stroke through the hold, under its boxes: the scheduler turned the node down. */
    readonly struck?: boolean;
  },
): Group {
  const { node, hold, reserved } = place;
  const left = hold.x - BAY.wall;
  const right = hold.x + hold.width + BAY.wall;
  const top = hold.y - BAY.freeboard;
  const keel = hold.y + hold.height + reserved + BAY.bottom;
  const r = BAY.bilge;
  const d = `M${num(left)} ${num(top)}V${num(keel - r)}Q${num(left)} ${num(keel)} ${num(left + r)} ${num(keel)}H${num(right - r)}Q${num(right)} ${num(keel)} ${num(right)} ${num(keel - r)}V${num(top)}`;
  const lost = node.ready !== 'True';
  const shapes: Shape[] = [
    path(`${d}Z`, { fill: 'sheet', key: 'inside' }),
    ...grid(place),
    rect(hold.x, hold.y + hold.height, hold.width, reserved, {
      fill: 'hatch',
      stroke: 'line',
      strokeWidth: 1,
      key: 'reserved',
    }),
    ...(options.struck
      ? [path(line(left, keel, right, top - 6), { stroke: 'foul', strokeWidth: 2.5, key: 'struck' })]
      : []),
    path(d, { stroke: 'ink', strokeWidth: 2.5, key: 'hull', ...(lost ? { dash: '10 6' } : {}) }),
    plimsoll(right + 17, hold.y),
  ];
  if (node.taints.some((t) => t.key !== 'node.kubernetes.io/unschedulable'))
    shapes.push(
      path(line(left, top + 1, left, top + 26) + line(right, top + 1, right, top + 26), {
        stroke: 'ink',
        strokeWidth: 7,
        key: 'taint',
      }),
    );
  if (node.cordoned)
    shapes.push(
      path(
        line(left - 5, top, right + 5, top) +
          line(left - 5, top - 5, left - 5, top + 5) +
          line(right + 5, top - 5, right + 5, top + 5),
        { stroke: 'ink', strokeWidth: 4, key: 'cordon' },
      ),
    );
  if (options.chosen)
    shapes.push(
      rect(left - 6, top - 6, right - left + 12, keel - top + 12, {
        fill: 'none',
        stroke: 'note',
        strokeWidth: 2,
        dash: '8 3 2 3',
        key: 'chosen',
      }),
    );
  if (options.changed)
    shapes.push(
      rect(left - 6, top - 6, right - left + 12, keel - top + 12, {
        fill: 'none',
        stroke: 'note',
        strokeWidth: 2,
        key: 'changed',
      }),
    );
  shapes.push(...footer(place, keel, words));
  return group(shapes, {
    key: `node-${node.name}`,
    class: 'node',
    subject: `nodes/${node.name}`,
    label: options.label,
    state: lost ? 'notReady' : node.cordoned ? 'cordoned' : 'ready',
  });
}

/** Marks the moment a ship may take no more: 100 % of allocatable. */
function plimsoll(x: number, y: number): Group {
  return group(
    [
      circle(x, y, 5.5, { fill: 'sheet', stroke: 'ink', strokeWidth: 1.5 }),
      path(line(x - 10, y, x + 10, y), { stroke: 'ink', strokeWidth: 1.5 }),
    ],
    { key: 'plimsoll', class: 'plimsoll' },
  );
}

function grid(place: BayPlace): Shape[] {
  const { node, hold } = place;
  const shapes: Shape[] = [];
  let d = '';
  const cpu = node.allocatable.cpuMilli / 1000;
  const memory = node.allocatable.memoryBytes / 1_073_741_824;
  const cpuStep = step(cpu, hold.width, 42);
  const memoryStep = step(memory, hold.height, 34);
  const floor = hold.y + hold.height;
  for (let c = cpuStep; c < cpu; c += cpuStep)
    d += line(hold.x + (hold.width * c) / cpu, hold.y, hold.x + (hold.width * c) / cpu, floor);
  for (let m = memoryStep; m < memory; m += memoryStep) {
    const y = floor - (hold.height * m) / memory;
    d += line(hold.x, y, hold.x + hold.width, y);
    if (place.scale)
      shapes.push(mono(hold.x - BAY.wall - 5, y + 4, gib(m * 1_073_741_824), { anchor: 'end', key: `m${String(m)}` }));
  }
  d += line(hold.x, hold.y, hold.x + hold.width, hold.y);
  shapes.unshift(path(d, { stroke: 'hair', strokeWidth: 1, key: 'grid' }));
  return shapes;
}

function footer(place: BayPlace, keel: number, words: DrawWords): Shape[] {
  const { node, slot, hold } = place;
  const shapes: Shape[] = [];
  const cpu = node.allocatable.cpuMilli / 1000;
  const cpuStep = step(cpu, hold.width, 42);
  for (let c = cpuStep; c < cpu; c += cpuStep)
    shapes.push(
      mono(hold.x + (hold.width * c) / cpu, keel + 13, cores(c * 1000), {
        anchor: 'middle',
        size: 12,
        key: `c${String(c)}`,
      }),
    );
  const width = slot.x + slot.width - hold.x + BAY.wall - 2;
  const name = hold.x - BAY.wall;
  const trouble = node.ready !== 'True' ? words.notReadyNode : node.cordoned ? words.cordoned : '';
  shapes.push(text(name, keel + 33, fit(node.name, width, 14, 'sans', true), { size: 14, bold: true, key: 'name' }));
  const size = `${cores(node.capacity.cpuMilli)}\u2009${words.cpu} ${bytesText(node.capacity.memoryBytes)}`;
  const second = trouble === '' ? size : trouble;
  shapes.push(
    mono(name, keel + 49, fit(second, width, 12, 'mono'), { fill: trouble === '' ? 'ink-3' : 'foul', key: 'size' }),
  );
  return shapes;
}

/** A round step that leaves at least `least` px between marks. */
function step(total: number, length: number, least: number): number {
  for (const candidate of [0.5, 1, 2, 4, 8, 16, 32, 64, 128])
    if ((length * candidate) / total >= least) return candidate;
  return total;
}

/** Low, regular and at rest: the water tells a quantity, not the weather. */
function wave(x1: number, x2: number): string {
  const count = Math.max(2, Math.round((x2 - x1) / 34));
  const half = (x2 - x1) / count;
  // Each `t` mirrors the swell before it.
  return `M${num(x1)} 0q${num(half / 2)} -4 ${num(half)} 0${`t${num(half)} 0`.repeat(count - 1)}`;
}

export function nodeLabel(node: NodeSnapshot, words: DrawWords): string {
  const { share, of } = draught(node);
  const requested = say(words.requested, {
    percent: Math.round(share * 100),
    resource: of === 'cpu' ? words.cpu : words.memory,
  });
  const trouble = node.ready !== 'True' ? `, ${words.notReadyNode}` : node.cordoned ? `, ${words.cordoned}` : '';
  return `${words.node} ${node.name}${trouble}: ${requested}`;
}
