// Chance for the tests, apart from the worlds' own: a seed gives the same scenario and the same faults every time.

/** An integer in `[0, bound)`. */
export type Chance = (bound: number) => number;

export function chance(seed: number): Chance {
  let state = (Math.imul(seed, 2_654_435_761) ^ 0x9e37_79b9) | 0;
  return (bound) => {
    // mulberry32
    state = (state + 0x6d2b_79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return Math.floor((((x ^ (x >>> 14)) >>> 0) / 4_294_967_296) * bound);
  };
}

export function pick<T>(int: Chance, from: readonly T[]): T {
  return from[int(from.length)] as T;
}
