// When a client sends its next request: a Poisson process whose rate changes in steps. Because such a process has no
// memory, a gap that reaches over the edge of a step is thrown away and drawn anew from there, which is exact.
import type { Stream } from '../engine/random.ts';
import type { ClientSpec } from './contract.ts';

/** Microseconds of virtual time after `fromMicro`; undefined when the rate stays 0 for ever. */
export function nextArrival(rate: ClientSpec['rate'], fromMicro: number, stream: Stream): number | undefined {
  let at = fromMicro;
  let step = -1;
  while (step + 1 < rate.length && startMicro(rate, step + 1) <= at) step++;
  for (;;) {
    const edge = step + 1 < rate.length ? startMicro(rate, step + 1) : undefined;
    const perSecond = step < 0 ? 0 : (rate[step]?.perSecond ?? 0);
    if (perSecond > 0) {
      const next = at + stream.exponentialMs(1_000_000 / perSecond);
      if (edge === undefined || next < edge) return next;
    }
    if (edge === undefined) return undefined;
    at = edge;
    step++;
  }
}

function startMicro(rate: ClientSpec['rate'], step: number): number {
  return (rate[step]?.fromMs ?? 0) * 1000;
}
