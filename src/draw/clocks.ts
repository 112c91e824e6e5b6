// Probe clocks: for each probe a line of time with every answer on it, the next question with its timeout ahead, and as
// many cells as failures are allowed. While a container waits to start again, the back-off ladder stands there instead.
// Everything is a function of the moment: the line runs past the pen, nothing is animated.
import type { ProbeView } from '../sim/kubernetes/kubelet/contract.ts';
import type { PodSnapshot, WorkloadSnapshot } from '../sim/snapshot.ts';
import { fit, textWidth } from './measure.ts';
import { boxPath, circle, group, line, mono, path, rect, text, type Group, type Shape } from './shapes.ts';
import { say, seconds, type DrawWords } from './words.ts';

export const CLOCK = { header: 19, row: 20, ladder: 42, gap: 9 } as const;
/** Pods with clocks under one node; of more only the number is told. */
export const CLOCKS_MOST = 2;

/** Kubernetes' waits between restarts: 10 s doubled to 5 min. (kubelet MaxContainerBackOff, 1.32) */
const LADDER = [10_000, 20_000, 40_000, 80_000, 160_000, 300_000] as const;

export function clockHeight(pod: PodSnapshot): number {
  // Between two waits the ladder comes and goes; the room for it stays.
  const ladder = pod.backoff || pod.restarts > 0 ? CLOCK.ladder : 0;
  return CLOCK.header + Math.max(CLOCK.row * pod.probes.length, ladder) + CLOCK.gap;
}

export interface ClockOptions {
  readonly workload: WorkloadSnapshot | undefined;
  readonly at: number;
  readonly width: number;
  readonly words: DrawWords;
}

export function podClocks(pod: PodSnapshot, options: ClockOptions): Group {
  const { workload, at, width, words } = options;
  const shapes: Shape[] = [];
  const letter = workload?.letter ?? '?';
  shapes.push(text(0, 12, letter, { size: 13, bold: true, key: 'letter' }));
  const nameAt = textWidth(letter, 13, 'sans', true) + 7;
  const left = pod.backoff ? say(words.left, { left: seconds(Math.max(0, pod.backoff.until - at)) }) : '';
  const none = pod.probes.length === 0 && !pod.backoff;
  const leftWidth = left !== '' ? textWidth(left, 12, 'mono') + 8 : none ? textWidth(words.noProbe, 12) + 8 : 0;
  shapes.push(text(nameAt, 12, fit(pod.name, width - nameAt - leftWidth, 12), { fill: 'ink-2', key: 'name' }));
  if (left !== '') shapes.push(mono(width, 12, left, { fill: 'foul', anchor: 'end', key: 'left' }));
  if (none) shapes.push(text(width, 12, words.noProbe, { fill: 'ink-3', anchor: 'end', key: 'none' }));
  if (pod.backoff) shapes.push(ladder(pod.backoff, at, width));
  else
    pod.probes.forEach((probe, i) => {
      const y = CLOCK.header + i * CLOCK.row;
      shapes.push(group(probeRow(probe, options), { key: `${probe.container}-${probe.type}`, y }));
    });
  return group(shapes, { key: `clock-${pod.uid}`, class: 'clock' });
}

/** The line begins after the longest name of a probe and its period. */
const LABEL = 58;
const PERIOD = 40;
/** The pen stands at this share of the line: left of it what was, right of it what comes. */
const PEN = 0.76;
/** Questions that fit left of the pen, so that the period is the distance between two marks. */
const QUESTIONS = 5;

function probeRow(probe: ProbeView, { at, width, words }: ClockOptions): Shape[] {
  const y = 9;
  const held = probe.from === null;
  const count = Math.min(probe.failureThreshold, 10);
  const pitch = count <= 4 ? 9 : 6;
  // In a narrow column the period is left to the distance between the marks.
  const roomy = width >= 200;
  const left = LABEL + (roomy ? PERIOD : 6);
  const right = width - count * pitch - 8;
  const pen = left + (right - left) * PEN;
  const scale = (pen - left) / Math.max(QUESTIONS * probe.periodMs, 5000);
  const place = (when: number) => pen + (when - at) * scale;
  const failures = held ? 0 : failuresInARow(probe);
  const shapes: Shape[] = [
    text(0, 13, words[probe.type], { fill: held ? 'ink-3' : failures > 0 ? 'foul' : 'ink', key: 'type' }),
  ];
  if (roomy) shapes.push(mono(LABEL, 13, seconds(probe.periodMs), { key: 'period' }));
  if (held) {
    shapes.push(path(line(left, y, right, y), { stroke: 'line', dash: '1 5', strokeWidth: 1.25, key: 'held' }));
    return shapes;
  }
  shapes.push(
    path(line(left, y, pen, y), { stroke: 'line', strokeWidth: 1.25, key: 'past' }),
    path(line(pen, y, right, y), { stroke: 'line', strokeWidth: 1, dash: '2 3', key: 'future' }),
    path(line(pen, y - 8, pen, y + 8), { stroke: 'ink', strokeWidth: 1.25, key: 'pen' }),
  );
  let passed = '';
  let failed = '';
  for (const { at: when, ok } of probe.results) {
    const x = place(when);
    if (x < left + 3 || x > pen + 0.5) continue;
    if (ok) passed += `${line(x, y)}h0`;
    else failed += line(x - 3.5, y - 3.5, x + 3.5, y + 3.5) + line(x + 3.5, y - 3.5, x - 3.5, y + 3.5);
  }
  if (passed !== '') shapes.push(path(passed, { stroke: 'fair', strokeWidth: 7, cap: 'round', key: 'passed' }));
  if (failed !== '') shapes.push(path(failed, { stroke: 'foul', strokeWidth: 2, key: 'failed' }));
  if (probe.nextAt !== null) {
    const x = place(probe.nextAt);
    // The question to come, and how long it waits for an answer.
    const end = Math.min(right, Math.max(x + 3, place(probe.nextAt + probe.timeoutMs)));
    if (x <= right - 3) {
      shapes.push(path(line(x, y, end, y), { stroke: 'ink-2', strokeWidth: 3, key: 'timeout' }));
      shapes.push(circle(x, y, 3, { fill: 'sheet', stroke: 'ink-2', strokeWidth: 1.25, key: 'next' }));
    }
  }
  shapes.push(...cells(width - count * pitch, y - 5, failures, count, pitch));
  return shapes;
}

/** One cell for each failure in a row that is allowed; the last one full means the verdict. */
function cells(x: number, y: number, filled: number, count: number, pitch: number): Shape[] {
  let full = '';
  let empty = '';
  for (let i = 0; i < count; i++) {
    const d = boxPath({ x: x + i * pitch + 0.5, y: y + 0.5, width: pitch - 2, height: 9 });
    if (i < filled) full += d;
    else empty += d;
  }
  const shapes: Shape[] = [];
  if (empty !== '') shapes.push(path(empty, { stroke: 'line', key: 'cells' }));
  if (full !== '') shapes.push(path(full, { fill: 'foul', stroke: 'foul', key: 'full' }));
  return shapes;
}

/** How long it must wait this time, among the waits that would follow; each is a step higher than the one before. */
function ladder(backoff: { readonly from: number; readonly until: number }, at: number, width: number): Group {
  const total = backoff.until - backoff.from;
  const present = LADDER.findIndex((wait) => total <= wait + 1000);
  const index = present < 0 ? LADDER.length - 1 : present;
  const share = Math.max(0, Math.min(1, (at - backoff.from) / Math.max(1, total)));
  const step = width / LADDER.length;
  const shapes: Shape[] = [];
  LADDER.forEach((wait, i) => {
    const x = i * step;
    const height = 7 + i * 2.5;
    const y = 21 - height;
    const box = { x: x + 0.5, y: y + 0.5, width: step - 5, height: height - 1 };
    const now = i === index;
    if (i < index)
      shapes.push(
        rect(box.x, box.y, box.width, box.height, {
          fill: 'hatch',
          stroke: 'line',
          strokeWidth: 1,
          key: `b${String(i)}`,
        }),
      );
    else {
      const stroke = now
        ? ({ stroke: 'foul', strokeWidth: 1.5 } as const)
        : ({ stroke: 'line', strokeWidth: 1, dash: '2 3' } as const);
      if (now) shapes.push(rect(box.x, box.y, box.width * share, box.height, { fill: 'foul', key: 'gone' }));
      shapes.push(rect(box.x, box.y, box.width, box.height, { fill: 'none', ...stroke, key: `b${String(i)}` }));
    }
    const label = String(wait / 1000);
    shapes.push(
      mono(x, 35, i === LADDER.length - 1 ? `${label}\u2009s` : label, {
        fill: now ? 'ink' : 'ink-3',
        key: `t${String(i)}`,
      }),
    );
  });
  return group(shapes, { key: 'ladder', y: CLOCK.header });
}

/** Failures in a row up to now, no more than there are cells. */
export function failuresInARow(probe: ProbeView): number {
  return probe.results.at(-1)?.ok === false ? Math.min(probe.streak, probe.failureThreshold) : 0;
}
