// A value on its way through a filter, with the path it was reached by while paths are wanted.

import { write } from './json.ts';
import { cut, indexed, JqError } from './value.ts';
import type { Json } from './json.ts';

export interface Item {
  readonly value: Json;
  /** Undefined when nobody asked for paths, or when it was not reached by one. */
  readonly path: readonly Json[] | undefined;
}

export function plain(value: Json): Item {
  return { value, path: undefined };
}

/** One step down. */
export function child(of: Item, key: Json, tracking: boolean): Item {
  if (tracking && !of.path) throw new JqError(`Invalid path expression with result ${cut(write(of.value))}`);
  return { value: indexed(of.value, key), path: of.path && [...of.path, key] };
}
