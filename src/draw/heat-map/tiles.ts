// Tiles as pixels, one 32-bit number each: a whole cell of 15,000 costs a tenth of a millisecond to hand to a canvas.
// Only tiles that changed are written again.
import { CORDONED, TAINTED } from '../../sim/cell-snapshot.ts';
import { LOST, NO_DATA } from './measure.ts';
import type { CellPlan } from './plan.ts';

/** Colours as a canvas keeps them in memory, the first byte red. */
export interface TileColours {
  readonly steps: readonly number[];
  readonly paper: number;
  readonly ground: number;
  readonly ink: number;
  readonly line: number;
  readonly foul: number;
}

export class Tiles {
  readonly width: number;
  readonly height: number;
  readonly pixels: Uint32Array;
  readonly #plan: CellPlan;
  readonly #scale: number;
  readonly #colours: TileColours;
  /** What each tile shows; 255 is nothing yet. */
  readonly #shown: Uint8Array;

  /** @param scale device pixels a px */
  constructor(plan: CellPlan, scale: number, colours: TileColours) {
    this.#plan = plan;
    this.#scale = scale;
    this.#colours = colours;
    this.width = Math.round(plan.width * scale);
    this.height = Math.round(plan.height * scale);
    this.pixels = new Uint32Array(this.width * this.height).fill(colours.ground);
    this.#shown = new Uint8Array(plan.x.length).fill(255);
    for (const rule of plan.rules)
      this.#fill(Math.round(rule * scale), 0, Math.max(1, Math.round(scale)), this.height, colours.ink);
  }

  /** Writes the tiles that changed; returns how many. */
  update(steps: Uint8Array, flags: Uint8Array): number {
    let written = 0;
    for (let i = 0; i < this.#shown.length; i++) {
      const step = steps[i] ?? NO_DATA;
      const look = step | (((flags[i] ?? 0) & (CORDONED | TAINTED)) << 3);
      if (this.#shown[i] === look) continue;
      this.#shown[i] = look;
      this.#tile(i, step, look > 15);
      written++;
    }
    return written;
  }

  #tile(i: number, step: number, closed: boolean): void {
    const { x, y, size } = this.#plan;
    const s = this.#scale;
    const left = Math.round((x[i] ?? 0) * s);
    const top = Math.round((y[i] ?? 0) * s);
    const w = Math.max(1, Math.round(size.width * s));
    const h = Math.max(1, Math.round(size.height * s));
    const { steps, paper, ink, line, foul } = this.#colours;
    if (step === LOST) {
      this.#fill(left, top, w, h, paper);
      this.#cross(left, top, w, h, foul);
      return;
    }
    if (step === NO_DATA) {
      this.#fill(left, top, w, h, paper);
      for (let b = 0; b < h; b++)
        for (let a = 0; a < w; a++) if ((a + b) % 4 === 0) this.pixels[(top + b) * this.width + left + a] = line;
      return;
    }
    this.#fill(left, top, w, h, steps[step] ?? paper);
    // A bar over the opening, as on a hull that takes no more.
    if (closed && h >= 4) this.#fill(left, top, w, Math.max(1, Math.round(h / 6)), ink);
  }

  #cross(left: number, top: number, w: number, h: number, colour: number): void {
    const size = Math.min(w, h);
    const inset = size >= 9 ? Math.round(size / 5) : size >= 6 ? 1 : 0;
    const length = size - 2 * inset;
    const thick = Math.max(1, Math.round(size / 7));
    const x = left + Math.floor((w - length) / 2);
    const y = top + Math.floor((h - length) / 2);
    for (let d = 0; d < length; d++)
      for (let t = 0; t < thick; t++) {
        const a = Math.min(length - 1, d + t);
        this.pixels[(y + d) * this.width + x + a] = colour;
        this.pixels[(y + d) * this.width + x + length - 1 - a] = colour;
      }
  }

  #fill(left: number, top: number, w: number, h: number, colour: number): void {
    for (let row = top; row < top + h && row < this.height; row++) {
      const at = row * this.width + left;
      this.pixels.fill(colour, at, at + w);
    }
  }
}
