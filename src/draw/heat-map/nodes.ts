// Nodes that have more than a tile: a small bay with every box, or a hull with one stripe for each workload; and the
// magnifier, which is the bay of the small clusters for one node.
import { COLOURS, CORDONED, NOT_READY, TAINTED, type CellLoad, type CellMap } from '../../sim/cell-snapshot.ts';
import type { ClusterSnapshot, NodeSnapshot, PodSnapshot } from '../../sim/snapshot.ts';
import { BAY, hull, nodeLabel, water, type BayPlace } from '../bay.ts';
import { outline, plate, podBox, workloadOf } from '../box.ts';
import { fit, PLATE, textWidth } from '../measure.ts';
import {
  group,
  line,
  mono,
  path,
  rect,
  text,
  type Box,
  type Scene,
  type Shape,
  type Token,
  type WorkloadKey,
} from '../shapes.ts';
import { boxState, draught, flagOf } from '../status.ts';
import { podLabel } from '../twin.ts';
import type { DrawWords } from '../words.ts';
import type { Measure } from './measure.ts';

const KEYS = 'abcdefgh';

function colourOf(at: number): Token {
  return `wl-${(KEYS[at % COLOURS] ?? 'a') as WorkloadKey}`;
}

/** A hull of its walls alone, open at the top. */
function walls({ x, y, width, height }: Box, thick: number, lost: boolean): Shape[] {
  const ink = { fill: lost ? 'foul' : 'ink' } as const;
  return [
    rect(x, y, thick, height, ink),
    rect(x + width - thick, y, thick, height, ink),
    rect(x, y + height - thick, width, thick, ink),
  ];
}

function crossed({ x, y, width, height }: Box): Shape {
  const a = Math.min(width, height) / 4;
  const cx = x + width / 2;
  const cy = y + height / 2;
  return path(line(cx - a, cy - a, cx + a, cy + a) + line(cx + a, cy - a, cx - a, cy + a), {
    stroke: 'foul',
    strokeWidth: 2.5,
  });
}

/** The hull of node `i` with a stripe for each workload, as high as its part of the measure. */
export function stripedNode(map: CellMap, load: CellLoad, i: number, box: Box, measure: Measure): readonly Shape[] {
  const flags = load.flags[i] ?? 0;
  const lost = (flags & NOT_READY) !== 0;
  const shapes: Shape[] = [rect(box.x, box.y, box.width, box.height, { fill: lost ? 'paper' : 'sheet' })];
  if (lost) return [...shapes, ...walls(box, 1, true), crossed(box)];
  const { stripes } = load;
  const all = measure === 'free' ? tighter(map, load, i) : measure;
  const [parts, whole] =
    all === 'cpu'
      ? [stripes?.cpuMilli, map.cpuMilli[i] ?? 0]
      : all === 'memory'
        ? [stripes?.memoryMi, map.memoryMi[i] ?? 0]
        : [stripes?.pods, map.podsMost[i] ?? 0];
  const wall = box.width >= 40 ? 2 : 1.5;
  const inner = box.height - wall;
  let y = box.y + inner;
  for (let c = 0; parts && whole > 0 && c < COLOURS; c++) {
    const part = parts[i * COLOURS + c] ?? 0;
    if (part === 0) continue;
    const height = Math.min(y - box.y, (inner * part) / whole);
    y -= height;
    shapes.push(rect(box.x + wall, y, box.width - 2 * wall, Math.max(0.5, height - 0.5), { fill: colourOf(c) }));
  }
  shapes.push(...walls(box, wall, false));
  if ((flags & (CORDONED | TAINTED)) !== 0) shapes.push(rect(box.x, box.y, box.width, 3, { fill: 'ink' }));
  return shapes;
}

function tighter(map: CellMap, load: CellLoad, i: number): 'cpu' | 'memory' {
  const cpu = (load.cpuMilli[i] ?? 0) / (map.cpuMilli[i] ?? 1);
  return cpu >= (load.memoryMi[i] ?? 0) / (map.memoryMi[i] ?? 1) ? 'cpu' : 'memory';
}

/** A bay of about a hundred px: hull, water, every box with its letter where there is room for one. */
export function smallBay(snapshot: ClusterSnapshot, node: NodeSnapshot, box: Box): readonly Shape[] {
  const lost = node.ready !== 'True';
  const ship = { ...box, height: box.height - 18 };
  const hold = { x: ship.x + 5, y: ship.y + 8, width: ship.width - 10, height: ship.height - 13 };
  const sea = Math.min(1, draught(node).share) * hold.height;
  const shapes: Shape[] = [
    rect(ship.x, ship.y, ship.width, ship.height, { fill: lost ? 'paper' : 'sheet' }),
    rect(ship.x, hold.y + hold.height - sea, ship.width, sea, { fill: 'sea' }),
    path(line(ship.x + 5, hold.y, ship.x + ship.width - 5, hold.y), { stroke: 'line', strokeWidth: 1, dash: '2 3' }),
  ];
  for (const pod of snapshot.pods) {
    if (pod.node !== node.name || !pod.berth) continue;
    const at = inHold(hold, pod);
    shapes.push(group(smallBox(snapshot, pod, node, at), { x: at.x, y: at.y }));
  }
  shapes.push(...walls(ship, 2, lost));
  if (node.cordoned || node.taints.some((t) => !t.key.startsWith('node.kubernetes.io/')))
    shapes.push(rect(ship.x - 2, ship.y, ship.width + 4, 4, { fill: 'ink' }));
  if (lost) shapes.push(crossed(ship));
  shapes.push(
    mono(box.x, box.y + box.height - 3, fit(node.name, box.width, 12, 'mono'), { fill: lost ? 'foul' : 'ink-2' }),
  );
  return shapes;
}

function smallBox(snapshot: ClusterSnapshot, pod: PodSnapshot, node: NodeSnapshot, at: Box): readonly Shape[] {
  const state = boxState(pod, node);
  const workload = workloadOf(snapshot, pod);
  const fill = colourOf(workload?.colour ?? 0);
  const { width, height } = at;
  const shapes: Shape[] = [...outline(state, width, height, fill)];
  const letter = workload?.letter ?? '?';
  const onFill = ['running', 'ready', 'notReady', 'backOff', 'oomKilled', 'failed'].includes(state);
  if (textWidth(letter, 12, 'sans', true) + 4 <= width && height >= 14)
    shapes.push(text(2.5, 11.5, letter, { size: 12, bold: true, fill: onFill ? (`${fill}-label` as Token) : 'ink' }));
  const flag = flagOf(pod, state);
  if (flag && width >= PLATE.width + 3 && height >= PLATE.height + 16)
    shapes.push(plate(flag, width - PLATE.width - 1.5, height - PLATE.height - 1.5));
  return shapes;
}

function inHold(hold: Box, pod: PodSnapshot): Box {
  const { x, y, width, height } = pod.berth ?? { x: 0, y: 0, width: 0, height: 0 };
  const high = Math.round((hold.height * height) / 1000);
  return {
    x: Math.round(hold.x + (hold.width * x) / 1000),
    y: Math.round(hold.y + hold.height - (hold.height * y) / 1000) - high,
    width: Math.round((hold.width * width) / 1000),
    height: high,
  };
}

/** One node as the picture of a small cluster draws it. */
export function magnified(snapshot: ClusterSnapshot, node: NodeSnapshot, width: number, words: DrawWords): Scene {
  const tall = 170;
  const top = 6;
  const left = BAY.left + BAY.wall;
  const hold = { x: left, y: top + BAY.freeboard, width: width - left - BAY.right - BAY.wall, height: tall };
  const height = top + BAY.freeboard + tall + BAY.reserved + BAY.bottom + BAY.footer;
  const place: BayPlace = {
    node,
    slot: { x: 0, y: top, width, height: height - top },
    hold,
    reserved: BAY.reserved,
    scale: true,
  };
  const boxes = snapshot.pods
    .filter((pod) => pod.node === node.name && pod.berth)
    .map((pod) =>
      podBox(pod, inHold(hold, pod), {
        state: boxState(pod, node),
        workload: workloadOf(snapshot, pod),
        label: podLabel(pod, words, node),
        limits: false,
      }),
    );
  const label = nodeLabel(node, words);
  return {
    width,
    height,
    title: label,
    shapes: [
      rect(0, 0, width, height, { fill: 'sheet' }),
      water(place),
      hull(place, words, { chosen: false, changed: false, label }),
      ...boxes,
    ],
    routes: [],
  };
}
