// Named streams of random numbers. A new draw in one stream moves nothing in another, so adding a behaviour
// does not reshuffle every lesson. The generator is sfc32; only integer operations, so every engine agrees.
import { assert } from './assert.ts';
import { fnv1a32 } from './hash.ts';

/** The four 32-bit words of one stream. */
export type StreamState = readonly [number, number, number, number];

/** One named source of chance. All results are integers. */
export interface Stream {
  /** An integer in `[0, bound)`; `bound` is at most 2^32. Unbiased (draws again in the short tail). */
  int(bound: number): number;
  /** True with chance `n` in `d`. */
  chance(n: number, d: number): boolean;
  /** A milliseconds gap of a Poisson process with `mean` milliseconds between arrivals, rounded to an integer. */
  exponentialMs(mean: number): number;
  /** `items` in a new random order (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[];
}

/** All the streams of one world. */
export class Random {
  readonly #seed: number;
  readonly #streams = new Map<string, Sfc32>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The stream called `name`, made on first use from the seed and the name. */
  stream(name: string): Stream {
    let stream = this.#streams.get(name);
    if (!stream) {
      stream = new Sfc32(seedState(this.#seed, name));
      this.#streams.set(name, stream);
    }
    return stream;
  }

  save(): Readonly<Record<string, StreamState>> {
    const out: Record<string, StreamState> = {};
    for (const [name, stream] of this.#streams) out[name] = stream.save();
    return out;
  }

  /** Streams that the saved state does not know start anew from the seed, exactly as they would have at first use. */
  load(saved: Readonly<Record<string, StreamState>>): void {
    for (const [name, stream] of this.#streams) stream.load(saved[name] ?? seedState(this.#seed, name));
    for (const [name, state] of Object.entries(saved))
      if (!this.#streams.has(name)) this.#streams.set(name, new Sfc32(state));
  }
}

function seedState(seed: number, name: string): StreamState {
  const state: StreamState = [seed >>> 0, fnv1a32(name), fnv1a32(`${name}#${String(seed)}`), 1];
  const stream = new Sfc32(state);
  for (let i = 0; i < 12; i++) stream.next();
  return stream.save();
}

class Sfc32 implements Stream {
  #a = 0;
  #b = 0;
  #c = 0;
  #d = 0;

  constructor(state: StreamState) {
    this.load(state);
  }

  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#d) | 0;
    this.#d = (this.#d + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t;
    this.#c |= 0;
    return t >>> 0;
  }

  int(bound: number): number {
    // Drawn millions of times: the words of a refusal are made only when there is one.
    if (!(Number.isInteger(bound) && bound > 0 && bound <= 4294967296)) assert(false, `int bound ${String(bound)}`);
    const limit = 4294967296 - (4294967296 % bound);
    let draw = this.next();
    while (draw >= limit) draw = this.next();
    return draw % bound;
  }

  chance(n: number, d: number): boolean {
    return this.int(d) < n;
  }

  exponentialMs(mean: number): number {
    // von Neumann's comparison method: exact exponential variates from uniform draws alone, no logarithm.
    for (let whole = 0; ; whole++) {
      const first = this.next();
      let last = first;
      for (let run = 1; ; run++) {
        const draw = this.next();
        if (draw < last) {
          last = draw;
          continue;
        }
        if (run % 2 === 1) return Math.round(mean * (whole + first / 4294967296));
        break;
      }
    }
  }

  shuffled<T>(items: readonly T[]): T[] {
    const out = items.slice();
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(i + 1);
      const held = out[i] as T;
      out[i] = out[j] as T;
      out[j] = held;
    }
    return out;
  }

  save(): StreamState {
    return [this.#a, this.#b, this.#c, this.#d];
  }

  load([a, b, c, d]: StreamState): void {
    this.#a = a | 0;
    this.#b = b | 0;
    this.#c = c | 0;
    this.#d = d | 0;
  }
}
