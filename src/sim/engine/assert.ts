// Our own mistakes. A reader's mistake and the world's "no" are values; only a broken invariant throws.

/** Thrown when an invariant of the simulator is broken. Hosts catch it once, freeze the world and show the seed. */
export class Bug extends Error {
  override readonly name = 'Bug';
}

/**
 * Throws a {@link Bug} with `sentence` unless `condition` holds. Where a thing is done millions of times and the sentence is
 * put together from parts, ask first: the parts are put together before this is called.
 */
export function assert(condition: unknown, sentence: string): asserts condition {
  if (!condition) throw new Bug(sentence);
}

/** Closes a `switch` over a union: reaching it means a case was forgotten. */
export function unreachable(value: never): never {
  throw new Bug(`unhandled case ${JSON.stringify(value)}`);
}
