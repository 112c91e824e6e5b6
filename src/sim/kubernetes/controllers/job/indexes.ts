// Completion indexes of a Job: sets of them as ordered intervals, written `1,3-5,7`, and the index of a pod.
// Models pkg/controller/job/indexed_job_utils.go (1.32).
import type { Pod } from '../../objects.ts';

export const COMPLETION_INDEX = 'batch.kubernetes.io/job-completion-index';

interface Interval {
  readonly first: number;
  readonly last: number;
}
/** In order, apart from each other by at least one index. */
export type Intervals = readonly Interval[];

/** The pod's index; undefined when it has none. */
export function completionIndex(pod: { readonly metadata: Pick<Pod['metadata'], 'annotations'> }): number | undefined {
  const text = pod.metadata.annotations?.[COMPLETION_INDEX];
  return text !== undefined && /^\+?\d+$/.test(text) ? Number(text) : undefined;
}

/** Reads what `formatIntervals` writes; indexes from `completions` on are left out. */
export function parseIntervals(text: string | undefined, completions: number): Intervals {
  const out: { first: number; last: number }[] = [];
  if (text === undefined || text === '') return out;
  for (const part of text.split(',')) {
    const [from = '', to = from] = part.split('-');
    if (!/^\d+$/.test(from) || !/^\d+$/.test(to)) continue;
    const first = Number(from);
    if (first >= completions) break;
    const last = Math.min(Number(to), completions - 1);
    const before = out.at(-1);
    if (before?.last === first - 1) before.last = last;
    else out.push({ first, last });
  }
  return out;
}

export function formatIntervals(intervals: Intervals): string {
  return intervals
    .map(({ first, last }) =>
      first === last ? String(first) : `${String(first)}${last === first + 1 ? ',' : '-'}${String(last)}`,
    )
    .join(',');
}

export function union(intervals: Intervals, more: Intervals): Intervals {
  const out: { first: number; last: number }[] = [];
  for (const { first, last } of [...intervals, ...more].sort((a, b) => a.first - b.first)) {
    const before = out.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else out.push({ first, last });
  }
  return out;
}

export function withIndexes(intervals: Intervals, indexes: Iterable<number>): Intervals {
  return union(
    intervals,
    [...indexes].map((index) => ({ first: index, last: index })),
  );
}

export function total(intervals: Intervals): number {
  return intervals.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

export function has(intervals: Intervals, index: number): boolean {
  return intervals.some(({ first, last }) => first <= index && index <= last);
}

/** How many indexes are in both. */
export function overlap(a: Intervals, b: Intervals): number {
  let sum = 0;
  for (const left of a)
    for (const right of b) sum += Math.max(0, Math.min(left.last, right.last) - Math.max(left.first, right.first) + 1);
  return sum;
}

/** The `count` lowest indexes below `completions` that are not in `taken`. */
export function firstFree(taken: Intervals, count: number, completions: number): number[] {
  const out: number[] = [];
  let candidate = 0;
  for (const { first, last } of [...taken, { first: completions, last: completions }]) {
    for (; candidate < Math.min(first, completions) && out.length < count; candidate++) out.push(candidate);
    candidate = Math.max(candidate, last + 1);
  }
  return out;
}
