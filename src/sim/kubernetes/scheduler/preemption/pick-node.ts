// Where preemption does the least harm. Models pickOneNodeForPreemption of
// pkg/scheduler/framework/preemption/preemption.go (Kubernetes 1.32). Departure: between candidates that are equal in
// everything the first one is taken, where the original takes any.
import type { Pod } from '../../objects.ts';
import { priorityOf } from '../judge.ts';
import { type Candidate, startOf } from './victims.ts';

/** Each measure decides only between the candidates that all earlier ones found best. Lower is better. */
const MEASURES: readonly ((candidate: Candidate) => number)[] = [
  ({ violations }) => violations,
  ({ victims: [first] }) => (first ? priorityOf(first) : -Infinity),
  // Moved above zero, so that more victims of negative priority are not better than fewer.
  ({ victims }) => victims.reduce((sum, pod) => sum + priorityOf(pod) + 2147483648, 0),
  ({ victims }) => victims.length,
];

export function pickNode(candidates: readonly Candidate[]): Candidate | undefined {
  let best = candidates;
  for (const measure of MEASURES) {
    if (best.length <= 1) break;
    const values = best.map(measure);
    const least = values.reduce((a, b) => Math.min(a, b), Infinity);
    best = best.filter((_, i) => values[i] === least);
  }
  let picked = best[0];
  for (const candidate of best) if (picked && earliestStart(candidate) > earliestStart(picked)) picked = candidate;
  return picked;
}

/** When the first of the victims with the highest priority started; the node where that is latest is best. */
function earliestStart({ victims }: Candidate): string {
  const highest = victims.reduce((max, pod) => Math.max(max, priorityOf(pod)), -Infinity);
  return victims
    .filter((pod: Pod) => priorityOf(pod) === highest)
    .map(startOf)
    .reduce((a, b) => (a < b ? a : b), '~');
}
