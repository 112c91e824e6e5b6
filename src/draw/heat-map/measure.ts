// What the ramp tells: seven steps of one measure. Shares have fixed steps; pods are counted, and their scale only ever
// grows, so that a filling cell does not grow pale again.
import { CORDONED, NOT_READY, TAINTED, type CellLoad, type CellMap } from '../../sim/cell-snapshot.ts';

export type Measure = 'cpu' | 'memory' | 'pods' | 'free';
export const measures: readonly Measure[] = ['cpu', 'memory', 'pods', 'free'];

export const STEPS = 7;
/** In place of a step: nothing is known of this node, or it is not ready. */
export const NO_DATA = 7;
export const LOST = 8;

/** Least share of each step, in per cent. */
const SHARES = [0, 15, 30, 45, 60, 75, 90] as const;
/** Pods from one step to the next. */
const POD_STEPS = [1, 2, 3, 5, 10, 15, 20, 50] as const;

export interface Scale {
  /** The least value of each step. */
  readonly from: readonly number[];
  readonly unit: '%' | 'pods';
}

export function scaleOf(measure: Measure, load: CellLoad | undefined, before?: Scale): Scale {
  if (measure !== 'pods') return { from: SHARES, unit: '%' };
  let most = 0;
  for (const pods of load?.pods ?? []) if (pods > most) most = pods;
  const had = before?.unit === 'pods' ? (before.from[1] ?? 1) : 1;
  // The last step has no upper end, so it may begin a little below the most.
  const step = POD_STEPS.find((one) => one >= had && one * (STEPS - 1) >= most * 0.8) ?? 50;
  if (before?.unit === 'pods' && step === had) return before;
  return { from: SHARES.map((_, i) => i * step), unit: 'pods' };
}

/** Which step each node stands on, or {@link NO_DATA} or {@link LOST}. */
export function stepsOf(map: CellMap, load: CellLoad, measure: Measure, scale: Scale, out: Uint8Array): Uint8Array {
  const { from } = scale;
  const biggest = measure === 'free' ? biggestNode(map) : undefined;
  for (let i = 0; i < out.length; i++) {
    if (((load.flags[i] ?? 0) & NOT_READY) !== 0) {
      out[i] = LOST;
      continue;
    }
    const value = valueOf(map, load, measure, i, biggest);
    if (Number.isNaN(value)) {
      out[i] = NO_DATA;
      continue;
    }
    let step = 0;
    while (step < STEPS - 1 && value >= (from[step + 1] ?? Infinity)) step++;
    out[i] = step;
  }
  return out;
}

interface Size {
  readonly cpuMilli: number;
  readonly memoryMi: number;
}

/** What the largest free box is measured by: the CPU and the memory of the biggest node. */
function biggestNode(map: CellMap): Size {
  const most = (values: Int32Array) => values.reduce((a, b) => Math.max(a, b), 0);
  return { cpuMilli: most(map.cpuMilli), memoryMi: most(map.memoryMi) };
}

/** Per cent, or pods; NaN for a node that does not say what it has. */
export function valueOf(map: CellMap, load: CellLoad, measure: Measure, i: number, biggest?: Size): number {
  const cpu = map.cpuMilli[i] ?? 0;
  const memory = map.memoryMi[i] ?? 0;
  switch (measure) {
    case 'cpu':
      return ((load.cpuMilli[i] ?? 0) / cpu) * 100;
    case 'memory':
      return ((load.memoryMi[i] ?? 0) / memory) * 100;
    case 'pods':
      return load.pods[i] ?? NaN;
    case 'free': {
      const size = biggest ?? biggestNode(map);
      const closed = ((load.flags[i] ?? 0) & (CORDONED | TAINTED)) !== 0;
      if (closed || (load.pods[i] ?? 0) >= (map.podsMost[i] ?? 0)) return 0;
      const share = Math.min(
        (cpu - (load.cpuMilli[i] ?? 0)) / size.cpuMilli,
        (memory - (load.memoryMi[i] ?? 0)) / size.memoryMi,
      );
      return Math.max(0, share * 100);
    }
  }
}
