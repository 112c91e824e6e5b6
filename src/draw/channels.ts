// Traffic: from each Service's buoy a channel runs to the pods that are ready, and only to those. Requests are short
// ink dashes on their way, answers hollow ones on their way back, and those that nobody answers pile up before the box.
// Places are functions of the moment. A request takes half a second of the world's time each way in the picture, which
// is longer than in the world: an answer is never drawn before it was given, but it may be drawn a little later.
import type { ClusterSnapshot, ServiceSnapshot } from '../sim/snapshot.ts';
import type { Flight } from '../sim/traffic/contract.ts';
import { laneY, type Layout } from './layout.ts';
import { group, line, num, path, type Box, type Group, type Point, type Shape } from './shapes.ts';

const TRAVEL_MS = 500;
/** How long a failure is still shown at the place where it happened. */
const MARK_MS = 1500;
/** Dashes in one pile; a longer queue is told in words on the shore. */
const PILE = 12;
const PILE_STEP = 4;

interface Channel {
  readonly pod: string;
  /** From the buoy to the edge of the box. */
  readonly points: readonly Point[];
  /** It passes over other boxes on its last leg, and has to be drawn above them. */
  readonly over: boolean;
}

export interface ServiceChannels {
  readonly service: ServiceSnapshot;
  readonly channels: readonly Channel[];
}

/** A box that stands in a hold, in the scene's coordinates. */
export interface Standing {
  readonly key: string;
  readonly node: string;
  readonly box: Box;
}

/** `labels` are the places of words and plates; a channel goes round them. */
export function channelsOf(
  layout: Layout,
  standing: readonly Standing[],
  labels: readonly Box[],
): readonly ServiceChannels[] {
  const taken: number[] = [];
  return layout.services.map(({ service, y }, i) => {
    const channels: Channel[] = [];
    for (const key of service.ready) {
      const target = standing.find((one) => one.key === key);
      const bay = target && layout.bays.find(({ node }) => node.name === target.node);
      if (!target || !bay) continue;
      const others = standing.filter((one) => one.node === target.node && one !== target);
      const lane = laneY(layout, bay, i);
      const { x, over } = entry(target.box, lane, others, labels, taken);
      taken.push(x);
      const trunk = layout.trunks[i] ?? 0;
      const start = layout.narrow ? { x: trunk, y: y + 8 } : { x: layout.buoyX, y };
      const top = target.box.y - 1;
      channels.push({
        pod: key,
        points: tidy([start, { x: trunk, y: start.y }, { x: trunk, y: lane }, { x, y: lane }, { x, y: top }]),
        over,
      });
    }
    return { service, channels };
  });
}

/** Where the last leg comes down: over the middle if it can, beside other boxes, and never over words. */
function entry(
  box: Box,
  lane: number,
  others: readonly Standing[],
  labels: readonly Box[],
  taken: readonly number[],
): { x: number; over: boolean } {
  const middle = box.x + box.width / 2;
  const candidates: number[] = [];
  for (let off = 0; off <= box.width / 2 - 3; off += 3) candidates.push(middle + off, middle - off);
  const free = (x: number) => !taken.some((other) => Math.abs(other - x) < 7);
  const above = others.filter(({ box: b }) => b.y < box.y);
  const blocked = (x: number) => above.some(({ box: b }) => x > b.x - 2 && x < b.x + b.width + 2);
  const worded = (x: number) =>
    labels.some((l) => x > l.x - 1 && x < l.x + l.width + 1 && l.y < box.y - 1 && l.y + l.height > lane);
  const open = candidates.filter((x) => !blocked(x) && !worded(x));
  const x = open.find(free) ?? open[0];
  if (x !== undefined) return { x, over: false };
  const clear = candidates.filter((at) => !worded(at));
  return { x: clear.find(free) ?? clear[0] ?? box.x + 2, over: true };
}

/** Without points that repeat or lie on a straight line. */
function tidy(points: readonly Point[]): readonly Point[] {
  const out: Point[] = [];
  for (const point of points) {
    const last = out[out.length - 1];
    if (last?.x === point.x && last.y === point.y) continue;
    const before = out[out.length - 2];
    if (last && before && ((before.x === last.x && last.x === point.x) || (before.y === last.y && last.y === point.y)))
      out.pop();
    out.push(point);
  }
  return out;
}

/** The lines themselves, with round corners. */
export function channelLines(all: readonly ServiceChannels[], over: boolean): Group {
  const shapes: Shape[] = [];
  for (const { service, channels } of all) {
    let lines = '';
    let ends = '';
    for (const channel of channels) {
      if (channel.over !== over) continue;
      lines += rounded(channel.points);
      const end = channel.points[channel.points.length - 1];
      if (end) ends += `${line(end.x, end.y - 1)}h0`;
    }
    if (lines === '') continue;
    const { key } = service;
    shapes.push(
      // A casing in the colour of the ground lets one line pass over another.
      path(lines, { stroke: 'sheet', strokeWidth: 5, key: `${key}-case` }),
      path(lines, { stroke: 'line', strokeWidth: 1.25, key }),
      path(ends, { stroke: 'line', strokeWidth: 5, cap: 'round', key: `${key}-ends` }),
    );
  }
  return group(shapes, { key: over ? 'channels-over' : 'channels', class: 'channels' });
}

function rounded(points: readonly Point[]): string {
  const r = 7;
  let d = '';
  points.forEach((point, i) => {
    const before = points[i - 1];
    const after = points[i + 1];
    if (!before) d += line(point.x, point.y);
    else if (!after) d += before.x === point.x ? `V${num(point.y)}` : `H${num(point.x)}`;
    else {
      const a = toward(point, before, r);
      const b = toward(point, after, r);
      const straight = before.x === point.x ? `V${num(a.y)}` : `H${num(a.x)}`;
      d += `${straight}Q${num(point.x)} ${num(point.y)} ${num(b.x)} ${num(b.y)}`;
    }
  });
  return d;
}

function toward(from: Point, to: Point, most: number): Point {
  const length = Math.abs(to.x - from.x) + Math.abs(to.y - from.y);
  const share = length === 0 ? 0 : Math.min(most, length / 2) / length;
  return { x: from.x + (to.x - from.x) * share, y: from.y + (to.y - from.y) * share };
}

/** Requests and answers on their way, and what became of those that failed. */
export function traffic(
  snapshot: ClusterSnapshot,
  all: readonly ServiceChannels[],
  layout: Layout,
  moving: boolean,
): Group {
  const { at } = snapshot;
  let out = '';
  let back = '';
  let bad = '';
  const piles = new Map<Channel, number>();
  const barred = new Set<Channel>();
  const refused = new Set<string>();
  for (const flight of snapshot.flights) {
    const service = all.find((one) => isFor(flight, one.service));
    if (!service) continue;
    if (flight.pod === null) {
      if (at - flight.sentAt < MARK_MS) refused.add(service.service.key);
      continue;
    }
    const channel = service.channels.find((one) => one.pod === flight.pod);
    if (!channel) continue;
    const length = lengthOf(channel.points);
    const gone = at - flight.sentAt;
    if (gone < TRAVEL_MS) {
      out += dash(channel.points, (length * gone) / TRAVEL_MS);
      continue;
    }
    if (flight.doneAt === null) {
      piles.set(channel, (piles.get(channel) ?? 0) + 1);
      continue;
    }
    const since = at - Math.max(flight.doneAt, flight.sentAt + TRAVEL_MS);
    if (failed(flight) && at - flight.doneAt < MARK_MS) {
      barred.add(channel);
    }
    if (since >= TRAVEL_MS || flight.outcome === 'timeout') continue;
    const d = dash(channel.points, length * (1 - since / TRAVEL_MS));
    if (failed(flight)) bad += d;
    else back += d;
  }
  const shapes: Shape[] = [];
  let queue = '';
  for (const [channel, count] of piles) queue += pile(channel.points, Math.min(count, PILE));
  if (queue !== '') shapes.push(path(queue, { stroke: 'ink', strokeWidth: 2.25, key: 'queue' }));
  // Hollow: the line of the dash, then its inside.
  if (moving && back !== '')
    shapes.push(
      path(back, { stroke: 'ink', strokeWidth: 4.5, key: 'back' }),
      path(back, { stroke: 'sheet', strokeWidth: 2.25, key: 'inside' }),
    );
  if (moving && bad !== '')
    shapes.push(
      path(bad, { stroke: 'foul', strokeWidth: 4.5, key: 'bad' }),
      path(bad, { stroke: 'sheet', strokeWidth: 1.75, key: 'bad-inside' }),
    );
  if (moving && out !== '') shapes.push(path(out, { stroke: 'ink', strokeWidth: 3, key: 'out' }));
  for (const channel of barred) {
    const end = channel.points[channel.points.length - 1];
    const above = Math.min(piles.get(channel) ?? 0, PILE) * PILE_STEP;
    if (end) shapes.push(bar(end.x, end.y - 10 - above, channel.pod));
  }
  layout.services.forEach(({ service, y }, i) => {
    if (!refused.has(service.key)) return;
    if (layout.narrow) shapes.push(bar(layout.trunks[i] ?? 0, y + 18, service.key));
    else
      shapes.push(
        path(line(layout.buoyX + 12, y - 8, layout.buoyX + 18, y + 8), {
          stroke: 'foul',
          strokeWidth: 3,
          key: `bar-${service.key}`,
        }),
      );
  });
  return group(shapes, { key: 'traffic', class: 'traffic' });
}

/** Requests to a Service that have no answer yet. */
export function waitingAt(snapshot: ClusterSnapshot, service: ServiceSnapshot): number {
  return snapshot.flights.filter((f) => isFor(f, service) && f.doneAt === null && snapshot.at - f.sentAt >= TRAVEL_MS)
    .length;
}

/** A flight names its Service as the caller wrote it: `payments`, or `payments.shop.svc`. */
function isFor({ service: host }: Flight, { key, name }: ServiceSnapshot): boolean {
  return host === name || host.startsWith(`${name}.${key.slice(0, key.indexOf('/'))}`);
}

function failed({ outcome }: Flight): boolean {
  return outcome === 'error' || outcome === 'timeout' || outcome === 'refused';
}

/** Across a channel: nothing gets through. */
function bar(x: number, y: number, key: string): Shape {
  return path(line(x - 8, y + 3, x + 8, y - 3), { stroke: 'foul', strokeWidth: 3, key: `bar-${key}` });
}

function lengthOf(points: readonly Point[]): number {
  let sum = 0;
  for (let i = 1; i < points.length; i++) sum += leg(points[i - 1] as Point, points[i] as Point);
  return sum;
}

function leg(a: Point, b: Point): number {
  return Math.abs(b.x - a.x) + Math.abs(b.y - a.y);
}

/** A dash of 9 px whose head is `along` px from the start; it does not bend round a corner. */
function dash(points: readonly Point[], along: number): string {
  let rest = along;
  for (let i = 1; i < points.length; i++) {
    const a = points[i - 1] as Point;
    const b = points[i] as Point;
    const length = leg(a, b);
    if (rest > length && i < points.length - 1) {
      rest -= length;
      continue;
    }
    const share = length === 0 ? 0 : Math.min(1, rest / length);
    const head = { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
    const tail = toward(head, a, 9);
    return line(tail.x, tail.y, head.x, head.y);
  }
  return '';
}

/** Short strokes across the last leg, the oldest nearest the box. */
function pile(points: readonly Point[], count: number): string {
  const end = points[points.length - 1];
  const before = points[points.length - 2];
  if (!end || !before) return '';
  const room = Math.max(1, Math.floor((leg(before, end) - 8) / PILE_STEP));
  let d = '';
  for (let i = 0; i < Math.min(count, room); i++)
    d += line(end.x - 5, end.y - 5 - i * PILE_STEP, end.x + 5, end.y - 5 - i * PILE_STEP);
  return d;
}
