// What the gantry says in its picture. Plain strings; `{name}` is filled in, and `a|b` means one and many by {n}.
export interface GantryWords {
  readonly picture: string;
  readonly quay: string;
  readonly zone: string;
  /** On the plate of a node whose score was not needed. */
  readonly only: string;
  readonly notAsked: string;
  readonly guess: string;
}
