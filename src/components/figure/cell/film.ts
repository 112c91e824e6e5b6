// The pictures of a cell that were shown, kept so that the reader can look back. A world of thousands of nodes is too
// heavy to be rewound at the pull of a slider; the numbers its picture is drawn from are not. When there are too many,
// every other one is dropped and the next are kept at twice the distance.
import type { CellLoad } from '../../../sim/cell-snapshot.ts';

export interface CellPicture {
  /** Virtual ms. */
  readonly at: number;
  readonly load: CellLoad;
}

const MOST = 240;
const SPACING = 1_000;

export class Film {
  #pictures: CellPicture[] = [];
  #spacing = SPACING;

  /** Virtual ms from one picture to the next, at least. */
  get spacing(): number {
    return this.#spacing;
  }

  get length(): number {
    return this.#pictures.length;
  }

  /** Keeps it when it is far enough from the last. A moment before the last begins the rest anew. */
  add(picture: CellPicture): void {
    while ((this.#pictures.at(-1)?.at ?? -1) > picture.at) this.#pictures.pop();
    const last = this.#pictures.at(-1);
    if (last && picture.at - last.at < this.#spacing) return;
    this.#pictures.push(picture);
    if (this.#pictures.length <= MOST) return;
    this.#pictures = this.#pictures.filter((_, i) => i % 2 === 0);
    this.#spacing *= 2;
  }

  /** The picture that was true at this moment: the newest that is not later. */
  at(ms: number): CellPicture | undefined {
    return this.#pictures.findLast(({ at }) => at <= ms) ?? this.#pictures[0];
  }

  /** The picture before or after that one; undefined when it was the last in this direction. */
  beside(at: number, direction: 1 | -1): CellPicture | undefined {
    return direction > 0 ? this.#pictures.find((one) => one.at > at) : this.#pictures.findLast((one) => one.at < at);
  }
}
