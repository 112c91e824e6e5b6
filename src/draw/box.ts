// A pod as a box: its outline says the state, its letter the workload, the plate what the probes found.
import type { ClusterSnapshot, PodSnapshot, WorkloadSnapshot } from '../sim/snapshot.ts';
import { PLATE, textWidth } from './measure.ts';
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
  type Paint,
  type Shape,
  type Token,
  type WorkloadKey,
} from './shapes.ts';
import { flagOf, isStuck, lampOf, type BoxState, type Flag } from './status.ts';

export interface BoxOptions {
  readonly state: BoxState;
  readonly workload: WorkloadSnapshot | undefined;
  readonly label: string;
  readonly limits: boolean;
}

export function workloadOf(snapshot: ClusterSnapshot, pod: PodSnapshot): WorkloadSnapshot | undefined {
  return snapshot.workloads.find(({ key }) => key === pod.workload);
}

function workloadKey(workload: WorkloadSnapshot | undefined): WorkloadKey {
  return ('abcdefgh'[workload?.colour ?? 0] ?? 'a') as WorkloadKey;
}

/** The box in its own coordinates, from (0, 0), set down at `box`. */
export function podBox(pod: PodSnapshot, box: Box, options: BoxOptions): Group {
  const { state } = options;
  const key = workloadKey(options.workload);
  const fill: Token = `wl-${key}`;
  const { width: w, height: h } = box;
  const covered = letterOnFill(state);
  const ink: Token = covered ? `wl-${key}-label` : 'ink';
  const children: Shape[] = [...outline(state, w, h, fill), ...bars(pod, w, h, covered ? ink : 'ink', state)];
  const letter = options.workload?.letter ?? '?';
  const drop = state === 'oomKilled' ? 6 : 0;
  const small = w < 44 || h < 36;
  const size = small ? 14 : 15;
  const inset = small ? 4 : 6;
  const letterWidth = textWidth(letter, size, 'sans', true);
  children.push(text(inset, inset + 11 + drop, letter, { size, bold: true, fill: ink, key: 'letter' }));
  // Plates stand in a row beside the letter; those that find no room there go to the foot, the last ones first.
  const plates = platesOf(pod, state);
  const edge = small ? 1.5 : 4;
  const step = PLATE.width + 2;
  const beside = Math.max(0, Math.min(plates.length, Math.floor((w - edge - inset - letterWidth + 1) / step)));
  const foot =
    h >= inset + 11 + drop + PLATE.height + edge
      ? Math.min(plates.length - beside, Math.max(1, Math.floor((w - 2) / step)))
      : 0;
  // The cut corner of a box in back-off stays free.
  const low = state === 'backOff';
  plates.slice(0, beside).forEach((glyph, i) => {
    children.push(plate(glyph, w - edge - PLATE.width - i * step, low ? h - edge - PLATE.height : edge + drop));
  });
  plates.slice(beside, beside + foot).forEach((glyph, i) => {
    children.push(plate(glyph, w - edge - PLATE.width - i * step, h - edge - PLATE.height));
  });
  const line2 = inset + 11 + drop + 16;
  const underPlate = low && beside > 0 && h - edge - PLATE.height <= line2;
  const free = w - inset - 5 - (underPlate ? step : 0);
  if (line2 + 4 <= h - (foot > 0 ? PLATE.height + edge : 2)) children.push(...secondLine(pod, inset, line2, free, ink));
  if (options.limits) children.push(...limitOutline(pod, w, h));
  return group(children, {
    key: pod.uid,
    class: 'pod',
    x: box.x,
    y: box.y,
    subject: `pods/${pod.key}`,
    label: options.label,
    state,
    ...(state === 'failed' ? { rotate: { degrees: 6, cx: w / 2, cy: h } } : {}),
  });
}

/** Our mark about a box: asked about = dash-dot, changed since the last step = a plain line. */
export function markAround({ x, y, width, height }: Box, key: string, asked: boolean): Shape {
  const style = { fill: 'none', stroke: 'note', strokeWidth: 2, key } as const;
  return rect(x - 3.5, y - 3.5, width + 7, height + 7, asked ? { ...style, dash: '8 3 2 3' } : style);
}

function letterOnFill(state: BoxState): boolean {
  return (
    state === 'running' ||
    state === 'ready' ||
    state === 'notReady' ||
    state === 'backOff' ||
    state === 'oomKilled' ||
    state === 'failed'
  );
}

/** One outline a state; no two are alike. */
export function outline(state: BoxState, w: number, h: number, fill: Paint): Shape[] {
  const edge = { stroke: 'ink', strokeWidth: 1.5 } as const;
  switch (state) {
    case 'pending':
      return [rect(0, 0, w, h, { ...edge, fill: 'sheet', dash: '5 4', key: 'body' })];
    case 'creating':
      return [
        rect(0, 0, w, h, { ...edge, fill: 'sheet', key: 'body' }),
        rect(0.75, h / 2, w - 1.5, h / 2 - 0.75, { fill, key: 'fill' }),
      ];
    case 'running':
    case 'ready':
    case 'notReady':
      return [rect(0, 0, w, h, { ...edge, fill, key: 'body' })];
    case 'terminating':
      return [
        rect(1.5, 1.5, w - 3, h - 3, { stroke: fill, strokeWidth: 3, fill: 'sheet', key: 'body' }),
        rect(0, 0, w, h, { stroke: 'ink', strokeWidth: 1, fill: 'none', key: 'edge' }),
      ];
    case 'backOff': {
      const cut = Math.min(16, w / 3, h / 3);
      return [path(`${line(0, 0, w - cut, 0, w, cut, w, h, 0, h)}Z`, { ...edge, fill, key: 'body' })];
    }
    case 'oomKilled':
      return [path(`M0 6${zigzag(w)}V${num(h)}H0Z`, { ...edge, fill, key: 'body' })];
    case 'failed':
      return [rect(0, 0, w, h, { ...edge, fill, key: 'body' })];
    case 'succeeded':
      return [
        rect(0, 0, w, h, { ...edge, fill: 'sheet', key: 'body' }),
        rect(0.75, h - 7, w - 1.5, 6.25, { fill, key: 'fill' }),
      ];
    case 'unknown':
      return [rect(0, 0, w, h, { fill: 'sheet', key: 'body' }), path(brokenOutline(w, h), { ...edge, key: 'edge' })];
  }
}

/** A burst top edge, from (0, 6) to (w, 6). */
function zigzag(w: number): string {
  const teeth = Math.max(3, Math.round(w / 9));
  let d = '';
  for (let i = 0; i < teeth; i++)
    d += `L${num((w * (i + 0.5)) / teeth)} ${i % 2 === 0 ? '-3' : '1'}L${num((w * (i + 1)) / teeth)} 6`;
  return d;
}

/** Corners only. */
function brokenOutline(w: number, h: number): string {
  const a = Math.min(12, w / 3);
  const b = Math.min(12, h / 3);
  return (
    line(0, b, 0, 0, a, 0) + line(w - a, 0, w, 0, w, b) + line(w, h - b, w, h, w - a, h) + line(a, h, 0, h, 0, h - b)
  );
}

/** Use as thin bars along the axes that the box is measured by: CPU along the foot, memory up the right side. */
function bars(pod: PodSnapshot, w: number, h: number, ink: Token, state: BoxState): Shape[] {
  if (!pod.usage || state === 'terminating') return [];
  const out: Shape[] = [];
  const share = (used: number, asked: number) => (asked > 0 ? Math.min(1, used / asked) : 0);
  const cpu = share(pod.usage.cpuMilli, pod.requests.cpuMilli);
  const memory = share(pod.usage.memoryBytes, pod.requests.memoryBytes);
  if (cpu > 0) out.push(rect(1.5, h - 4, (w - 3) * cpu, 2.5, { fill: ink, key: 'cpu', class: 'use' }));
  if (memory > 0)
    out.push(
      rect(w - 4, h - 1.5 - (h - 3) * memory, 2.5, (h - 3) * memory, { fill: ink, key: 'memory', class: 'use' }),
    );
  return out;
}

/** How often it was restarted, and the version where there is room for both. */
function secondLine(pod: PodSnapshot, x: number, y: number, width: number, ink: Token): Shape[] {
  const tag = pod.tag === 'latest' ? '' : pod.tag;
  const tagWidth = textWidth(tag, 12, 'mono');
  const count = String(pod.restarts);
  const countWidth = pod.restarts > 0 ? RESTART + textWidth(count, 12, 'mono') : 0;
  const both = tagWidth + (tag !== '' && countWidth > 0 ? 7 : 0) + countWidth <= width;
  const shapes: Shape[] = [];
  if (tag !== '' && (both || (countWidth === 0 && tagWidth <= width)))
    shapes.push(mono(x, y, tag, { fill: ink, key: 'tag' }));
  if (countWidth === 0 || countWidth > width) return shapes;
  const at = both && tag !== '' ? x + tagWidth + 7 : x;
  // An arrow that runs round to where it began.
  const arrow = `M${num(at + 8.2)} ${num(y - 6.4)}a3.9 3.9 0 1 1 -2 -2.2M${num(at + 3.4)} ${num(y - 10.2)}l3.2 1.4l-1.9 2.9`;
  shapes.push(
    path(arrow, { stroke: ink, strokeWidth: 1.25, key: 'restart' }),
    mono(at + RESTART, y, count, { fill: ink, key: 'restarts' }),
  );
  return shapes;
}

const RESTART = 11;

function limitOutline(pod: PodSnapshot, w: number, h: number): Shape[] {
  const across = pod.limits.cpuMilli > 0 && pod.requests.cpuMilli > 0 ? pod.limits.cpuMilli / pod.requests.cpuMilli : 1;
  const up =
    pod.limits.memoryBytes > 0 && pod.requests.memoryBytes > 0 ? pod.limits.memoryBytes / pod.requests.memoryBytes : 1;
  if (across <= 1 && up <= 1) return [];
  return [rect(0, h - h * up, w * across, h * up, { stroke: 'note', fill: 'none', dash: '4 3', key: 'limit' })];
}

type Glyph = Flag | 'lit' | 'out' | 'cross' | 'question' | 'check';

function platesOf(pod: PodSnapshot, state: BoxState): readonly Glyph[] {
  const out: Glyph[] = [];
  const flag = flagOf(pod, state);
  if (flag) out.push(flag);
  if (state === 'backOff' || state === 'oomKilled' || state === 'failed' || (state === 'creating' && isStuck(pod)))
    out.push('cross');
  if (state === 'unknown') out.push('question');
  if (state === 'succeeded') out.push('check');
  const lamp = lampOf(pod);
  if (lamp && (state === 'ready' || state === 'notReady' || state === 'running')) out.push(lamp);
  return out;
}

/** A glyph of at least 12 px on a sheet-coloured plate. */
export function plate(glyph: Glyph, x: number, y: number): Group {
  const back = rect(0, 0, PLATE.width, PLATE.height, { fill: 'sheet', stroke: 'ink', strokeWidth: 1 });
  return group([back, ...glyphShapes(glyph)], { key: `plate-${glyph}`, class: 'plate', x, y });
}

function glyphShapes(glyph: Glyph): Shape[] {
  const pole = path('M5 14V2', { stroke: 'ink', strokeWidth: 1.5 });
  switch (glyph) {
    case 'up':
      return [path('M5 2.5L14.5 5.5L5 9Z', { fill: 'fair', stroke: 'fair', strokeWidth: 1 }), pole];
    case 'lowered':
      return [path('M5 9.5L14 11.5L5 13.5', { stroke: 'foul', strokeWidth: 1.5 }), pole];
    case 'pilot':
      return [
        rect(5, 5, 8, 6, { fill: 'sheet', stroke: 'wait', strokeWidth: 1.25 }),
        rect(9, 5, 4, 6, { fill: 'wait' }),
        pole,
      ];
    case 'lit':
      return [circle(9, 8, 4, { fill: 'fair' })];
    case 'out':
      return [
        circle(9, 8, 4, { fill: 'none', stroke: 'foul', strokeWidth: 1.75 }),
        path('M4 13L14 3', { stroke: 'foul', strokeWidth: 1.75 }),
      ];
    case 'cross':
      return [path('M4.5 3.5L13.5 12.5M13.5 3.5L4.5 12.5', { stroke: 'foul', strokeWidth: 2.5 })];
    case 'check':
      return [path('M4 8.5L7.5 12L14 4', { stroke: 'fair', strokeWidth: 2 })];
    case 'question':
      return [text(9, 12.5, '?', { size: 13, bold: true, anchor: 'middle', fill: 'wait' })];
  }
}
