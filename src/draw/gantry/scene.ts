// The gantry: one pod on the hook, and above every node what the scheduler thought of it. A struck-through hull with its
// reasons was filtered, a number plate is a score, and the hook has come down on the winner. Victims of preemption are
// marked before they go. What the reader guessed stands dashed in magenta.
// The same snapshot, choice and options always give the same scene.
import type { Choice, NodeChoice } from '../../hosts/protocol.ts';
import type { ClusterSnapshot, PodSnapshot } from '../../sim/snapshot.ts';
import { berthFor } from '../../sim/stowage.ts';
import { BAY, hull, nodeLabel, water } from '../bay.ts';
import { markAround, plate as glyphPlate, podBox, workloadOf } from '../box.ts';
import { fit, textWidth, wrap } from '../measure.ts';
import {
  circle,
  group,
  line,
  mono,
  num,
  path,
  rect,
  text,
  type Box,
  type Group,
  type Scene,
  type Shape,
} from '../shapes.ts';
import { boxState } from '../status.ts';
import { podLabel } from '../twin.ts';
import { clock, say, type DrawWords } from '../words.ts';
import { gantryLayout, LINE, QUAY_HEIGHT, type GantryBay, type GantryLayout } from './layout.ts';
import type { GantryWords } from './words.ts';

export interface GantryOptions {
  readonly width: number;
  readonly words: DrawWords;
  readonly gantry: GantryWords;
  /** Undefined: nothing is said of any node. */
  readonly choice: Choice | undefined;
  /** `<namespace>/<name>` of the pod on the hook. */
  readonly pod: string | undefined;
  /** Where the reader would put it. */
  readonly guess?: string | undefined;
}

export function gantryScene(snapshot: ClusterSnapshot, options: GantryOptions): Scene {
  const { width, words, choice, gantry } = options;
  const of = new Map(choice?.nodes.map((node) => [node.node, node]));
  const reasons = new Map(snapshot.nodes.map(({ name }) => [name, reasonsOf(of.get(name))]));
  const place = gantryLayout(snapshot, width, reasons);
  const pod = snapshot.pods.find(({ key }) => key === options.pod);
  const standing = place.bays.flatMap((bay) =>
    snapshot.pods
      .filter((one) => one.node === bay.node.name && one.berth)
      .map((one) => ({ pod: one, bay, box: boxAt(bay, one.berth ?? NOWHERE) })),
  );
  const aboard = standing.find((one) => one.pod === pod);
  const victims = new Map<string, boolean>();
  for (const { node, victims: all } of choice?.preemption?.candidates ?? [])
    for (const { pod: key } of all) victims.set(key, node === choice?.preemption?.chosen);
  const shapes: Shape[] = [
    rect(0, 0, place.width, place.height, { fill: 'sheet', key: 'ground' }),
    land(place),
    ...place.bays.map(water),
    ...place.bays.map((bay) => {
      const filtered = isFiltered(of.get(bay.node.name));
      return hull(bay, words, {
        chosen: false,
        changed: false,
        label: labelOf(bay, of.get(bay.node.name), words),
        ...(filtered ? { struck: true } : {}),
      });
    }),
    ...place.bays.map((bay) => footnotes(bay)),
    ...(place.rows.length > 0 ? zones(place, gantry) : place.bays.map(zoneBeside)),
    ...standing.map(({ pod: one, bay, box }) => boxOf(snapshot, one, box, bay, words)),
    ...standing.flatMap(({ pod: one, box }) => {
      const goes = victims.get(one.key);
      return goes === undefined ? [] : [victimMark(box, one.uid, goes)];
    }),
    ...place.rows.map((row, i) => beam(row, i)),
    ...place.bays.map((bay) => verdict(bay, of.get(bay.node.name), choice, gantry, place.rows.length === 0)),
    ...quay(snapshot, place, options, pod),
    crane(place, aboard, pod),
  ];
  if (options.guess !== undefined && pod) {
    const bay = place.bays.find(({ node }) => node.name === options.guess);
    if (bay) shapes.push(ghost(snapshot, bay, pod, gantry));
  }
  if (aboard) shapes.push(markAround(aboard.box, 'on-hook', true));
  return {
    width: place.width,
    height: place.height,
    title: say(gantry.picture, { pod: pod?.name ?? '', time: clock(snapshot.at) }),
    shapes,
    routes: [],
  };
}

const NOWHERE = { x: 0, y: 0, width: 0, height: 0 };

function reasonsOf(node: NodeChoice | undefined): string {
  return isFiltered(node) ? (node.verdict as { reasons: readonly string[] }).reasons.join(', ') : '';
}

function isFiltered(node: NodeChoice | undefined): node is NodeChoice & { readonly verdict: object } {
  return typeof node?.verdict === 'object' && node.verdict !== null;
}

function labelOf(bay: GantryBay, node: NodeChoice | undefined, words: DrawWords): string {
  const said = isFiltered(node) ? `: ${reasonsOf(node)}` : node?.scores ? `: ${String(node.scores.total)}` : '';
  return `${nodeLabel(bay.node, words)}${said}`;
}

function boxAt({ hold }: GantryBay, berth: Box): Box {
  const { x, y, width, height } = berth;
  return {
    x: Math.round(hold.x + (hold.width * x) / 1000),
    y: Math.round(hold.y + hold.height - (hold.height * y) / 1000) - Math.round((hold.height * height) / 1000),
    width: Math.round((hold.width * width) / 1000),
    height: Math.round((hold.height * height) / 1000),
  };
}

function boxOf(snapshot: ClusterSnapshot, pod: PodSnapshot, box: Box, bay: GantryBay, words: DrawWords): Group {
  return podBox(pod, box, {
    state: boxState(pod, bay.node),
    workload: workloadOf(snapshot, pod),
    label: podLabel(pod, words, bay.node),
    limits: false,
  });
}

function land({ quay, side, width }: GantryLayout): Group {
  if (side) {
    const count = Math.max(2, Math.round(quay.height / 110));
    const step = quay.height / count;
    const edge = `q7 ${num(step / 2)} 0 ${num(step)}${`t0 ${num(step)}`.repeat(count - 1)}`;
    return group([path(`M0 0H${num(quay.width)}${edge}H0Z`, { fill: 'buff' })], { key: 'land' });
  }
  const count = Math.max(2, Math.round(width / 90));
  const step = width / count;
  const edge = `q${num(-step / 2)} 6 ${num(-step)} 0${`t${num(-step)} 0`.repeat(count - 1)}`;
  return group([path(`M0 0H${num(width)}V${num(QUAY_HEIGHT)}${edge}Z`, { fill: 'buff' })], { key: 'land' });
}

/** Two flanges and a lattice, on a leg at either end. */
function beam(
  { beam: y, left, right }: { readonly beam: number; readonly left: number; readonly right: number },
  i: number,
): Group {
  let lattice = '';
  const step = 16;
  for (let x = left; x + step <= right; x += step) lattice += line(x, y + 6, x + step / 2, y, x + step, y + 6);
  return group(
    [
      path(lattice, { stroke: 'line', strokeWidth: 1, key: 'lattice' }),
      path(line(left, y, right, y) + line(left, y + 6, right, y + 6), {
        stroke: 'ink',
        strokeWidth: 2,
        key: 'flanges',
      }),
    ],
    { key: `beam-${String(i)}`, class: 'beam' },
  );
}

const PLATE = { width: 64, height: 28 } as const;

/** What the scheduler thought of one node: a number, or why not. */
function verdict(
  bay: GantryBay,
  node: NodeChoice | undefined,
  choice: Choice | undefined,
  words: GantryWords,
  single: boolean,
): Group {
  const shapes: Shape[] = [];
  const won = choice?.chosen === bay.node.name;
  const left = bay.plate.x - PLATE.width / 2;
  const top = bay.plate.y;
  if (node?.verdict === 'fits') {
    const number = node.scores ? String(node.scores.total) : words.only;
    const size = node.scores ? 17 : 12;
    shapes.push(
      rect(left, top, PLATE.width, PLATE.height, {
        fill: won ? 'ink' : 'sheet',
        stroke: 'ink',
        strokeWidth: 1.5,
        key: 'plate',
      }),
      mono(bay.plate.x, top + (size === 17 ? 20 : 18), number, {
        size,
        anchor: 'middle',
        fill: won ? 'sheet' : 'ink',
        key: 'number',
      }),
    );
  } else if (isFiltered(node)) {
    shapes.push(struckPlate(bay.plate.x, top + 2));
    wrap(reasonsOf(node), bay.words.width, 12)
      .slice(0, 8)
      .forEach((value, i) =>
        shapes.push(
          text(bay.words.x, bay.words.y + 12 + i * LINE, fit(value, bay.words.width, 12), {
            fill: 'foul',
            key: `r${String(i)}`,
          }),
        ),
      );
  } else if (node && choice && choice.at !== null) {
    shapes.push(text(bay.plate.x, top + 18, words.notAsked, { anchor: 'middle', fill: 'ink-3', key: 'not' }));
  }
  return group(shapes, { key: `verdict-${bay.node.name}`, class: single ? 'verdict beside' : 'verdict' });
}

/** A small hull with a stroke through it. */
function struckPlate(x: number, y: number): Group {
  return group(
    [
      path('M-15 2V16Q-15 23 -8 23H8Q15 23 15 16V2', { stroke: 'foul', strokeWidth: 2, key: 'hull' }),
      path(line(-21, 24, 21, 1), { stroke: 'foul', strokeWidth: 2, key: 'stroke' }),
    ],
    { key: 'struck', class: 'struck', x, y },
  );
}

/** Labels and taints of a node that the scheduler reads, under its name. */
function footnotes({ node, hold, slot, reserved }: GantryBay): Group {
  const x = hold.x - BAY.wall;
  const y = hold.y + hold.height + reserved + BAY.bottom + 65;
  const width = slot.x + slot.width - x - 2;
  const labels = Object.entries(node.labels)
    .filter(([key]) => !key.includes('kubernetes.io/'))
    .map(([key, value]) => `${key}=${value}`);
  const taints = node.taints
    .filter(({ key }) => !key.startsWith('node.kubernetes.io/'))
    .map(({ key, effect }) => `${key.split('/').at(-1) ?? key}:${effect}`);
  const lines = [labels, taints].filter((words) => words.length > 0).map((words) => words.join(' '));
  return group(
    lines.map((said, i) => text(x, y + i * LINE, fit(said, width, 12), { fill: 'ink-2', key: `n${String(i)}` })),
    { key: `notes-${node.name}` },
  );
}

/** A rule under the nodes of one zone. */
function zones({ bays }: GantryLayout, words: GantryWords): readonly Group[] {
  const out: Group[] = [];
  for (let i = 0; i < bays.length;) {
    const from = bays[i] as GantryBay;
    const zone = zoneOf(from);
    let to = i;
    while (zoneOf(bays[to + 1]) === zone && bays[to + 1]?.row === from.row) to++;
    const last = bays[to] as GantryBay;
    i = to + 1;
    if (zone === undefined) continue;
    const y = from.hold.y + from.hold.height + from.reserved + BAY.bottom + 90;
    const x1 = from.hold.x - BAY.wall;
    const x2 = last.slot.x + last.slot.width - 6;
    out.push(
      group(
        [
          path(line(x1, y - 2, x1, y + 3, x2, y + 3, x2, y - 2), { stroke: 'ink-3', strokeWidth: 1 }),
          text(x1, y + 16, say(words.zone, { zone }), { fill: 'ink-2' }),
        ],
        { key: `zone-${from.node.name}` },
      ),
    );
  }
  return out;
}

/** On a phone the zone stands beside the plate. */
function zoneBeside(bay: GantryBay): Group {
  const { x, width } = bay.words;
  const right = x + width + 2;
  const zone = fit(zoneOf(bay) ?? '', right - bay.plate.x - 36, 12);
  const style = { anchor: 'end', fill: 'ink-2', key: 'zone' } as const;
  return group(zone === '' ? [] : [text(right, bay.plate.y + 18, zone, style)], { key: `zone-${bay.node.name}` });
}

function zoneOf(bay: GantryBay | undefined): string | undefined {
  return bay?.node.labels['topology.kubernetes.io/zone'];
}

/** The quay with whoever waits, the pod on the hook first. */
function quay(
  snapshot: ClusterSnapshot,
  place: GantryLayout,
  { words, gantry }: GantryOptions,
  hooked: PodSnapshot | undefined,
): readonly Shape[] {
  const waiting = snapshot.pods.filter(({ node, phase }) => node === null && phase === 'Pending');
  waiting.sort((a, b) => Number(b === hooked) - Number(a === hooked));
  const hold = place.bays[0]?.hold;
  const top = place.side ? (place.rows[0]?.beam ?? 0) + 54 : 10;
  const shapes: Shape[] = [
    text(12, place.side ? (place.rows[0]?.beam ?? 0) - 12 : 20, gantry.quay, { fill: 'ink-2', key: 'quay' }),
  ];
  if (!hold || waiting.length === 0) return shapes;
  const node = place.bays[0]?.node.allocatable;
  const gap = 10;
  const right = place.quay.width - (place.side ? 14 : 12);
  let x = place.side ? 14 : textWidth(gantry.quay, 12) + 30;
  let y = top;
  let row = 0;
  for (const pod of waiting) {
    const scale = place.side ? 0.86 : 0.7;
    const width = Math.max(
      40,
      Math.min(right - 14, Math.round((hold.width * scale * pod.requests.cpuMilli) / Math.max(1, node?.cpuMilli ?? 1))),
    );
    const height = place.side
      ? Math.max(40, Math.round((hold.height * scale * pod.requests.memoryBytes) / Math.max(1, node?.memoryBytes ?? 1)))
      : 50;
    if (x + width > right) {
      if (!place.side) break;
      x = 14;
      y += row + gap;
      row = 0;
    }
    if (y + height > place.quay.height - 8) break;
    const box = { x, y, width, height };
    shapes.push(
      podBox(pod, box, {
        state: 'pending',
        workload: workloadOf(snapshot, pod),
        label: podLabel(pod, words, undefined),
        limits: false,
      }),
    );
    if (pod === hooked) shapes.push(markAround(box, 'on-hook', true));
    x += width + gap;
    row = Math.max(row, height);
  }
  return shapes;
}

/** Trolley, cable and hook: over the quay while the pod waits, down on its box when it has a place. */
function crane(
  place: GantryLayout,
  aboard: { readonly bay: GantryBay; readonly box: Box } | undefined,
  pod: PodSnapshot | undefined,
): Group {
  const row = aboard ? place.rows[aboard.bay.row] : place.side ? place.rows[0] : undefined;
  if (!pod) return group([], { key: 'crane' });
  const hookAt = aboard ? aboard.box.y - 3 : place.side && row ? row.beam + 30 : undefined;
  const x = aboard ? Math.round(aboard.box.x + aboard.box.width / 2) : 58;
  if (hookAt === undefined) return group([], { key: 'crane' });
  const top = row ? row.beam + 6 : (aboard?.bay.slot.y ?? 0) - 10;
  return group(
    [
      ...(row
        ? [
            rect(x - 13, row.beam - 4, 26, 10, { fill: 'ink', key: 'trolley' }),
            circle(x - 8, row.beam + 8, 3, { fill: 'ink' }),
            circle(x + 8, row.beam + 8, 3, { fill: 'ink' }),
          ]
        : []),
      path(line(x, top, x, hookAt - 12), { stroke: 'ink', strokeWidth: 1.5, key: 'cable' }),
      path(`M${num(x)} ${num(hookAt - 12)}v4a4 4 0 1 1 -4 4`, {
        stroke: 'ink',
        strokeWidth: 2,
        cap: 'round',
        key: 'hook',
      }),
    ],
    { key: 'crane', class: 'crane' },
  );
}

/** Who would have to go: here for certain, or on a node that was only considered. */
function victimMark({ x, y, width, height }: Box, uid: string, goes: boolean): Group {
  return group(
    [
      rect(1, 1, width - 2, height - 2, { stroke: 'sheet', fill: 'none', strokeWidth: 3.5, key: 'back' }),
      rect(1, 1, width - 2, height - 2, {
        stroke: goes ? 'foul' : 'ink',
        fill: 'none',
        strokeWidth: goes ? 3 : 2,
        dash: '6 4',
        key: 'edge',
      }),
      ...(goes ? [glyphPlate('cross', width - 21, height - 19)] : []),
    ],
    { key: `victim-${uid}`, class: goes ? 'victim goes' : 'victim', x, y },
  );
}

/** The reader's box, where it would stand. */
function ghost(snapshot: ClusterSnapshot, bay: GantryBay, pod: PodSnapshot, words: GantryWords): Group {
  const others = snapshot.pods.flatMap((one) =>
    one !== pod && one.node === bay.node.name && one.berth ? [one.berth] : [],
  );
  const box = boxAt(bay, berthFor(others, bay.node.allocatable, pod.requests));
  const label = fit(words.guess, bay.hold.width, 12);
  return group(
    [
      rect(box.x, box.y, box.width, box.height, {
        fill: 'none',
        stroke: 'note',
        strokeWidth: 2.5,
        dash: '6 4',
        key: 'box',
      }),
      rect(bay.hold.x, bay.hold.y + 1, textWidth(label, 12) + 8, 16, { fill: 'sheet', key: 'back' }),
      text(bay.hold.x + 4, bay.hold.y + 13, label, { fill: 'note', key: 'label' }),
    ],
    { key: 'guess', class: 'guess' },
  );
}
