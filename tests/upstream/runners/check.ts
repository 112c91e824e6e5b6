// What the runners of the upstream tables share: a file, a case, and ways to say what is wrong with one.
import { deepEqual, isObject } from '../../../src/sim/kubernetes/api/json.ts';

export interface UpstreamFile {
  readonly kind: string;
  readonly source?: { readonly path?: string };
  readonly cases: readonly UpstreamCase[];
}

export interface UpstreamCase {
  readonly id: number;
  readonly name: string;
}

/** What is wrong with a case; undefined when it passes. A case that cannot be run here says why it is skipped. */
export type Outcome = string | undefined | { readonly skipped: string };
export type Runner = (file: UpstreamFile, test: UpstreamCase) => Outcome;

/** Thrown by the checks below, and turned into an outcome by {@link checked}. */
class Mismatch extends Error {}

export function same(actual: unknown, expected: unknown, what = ''): void {
  if (deepEqual(actual, expected)) return;
  fail(`${what === '' ? '' : `${what}: `}expected ${show(expected)}, got ${show(actual)}`);
}

/** Every field of `expected`, at any depth; others do not matter. */
export function matches(actual: unknown, expected: unknown, what = ''): void {
  if (!isObject(expected)) {
    same(actual, expected, what);
    return;
  }
  if (!isObject(actual)) fail(`${what}: expected ${show(expected)}, got ${show(actual)}`);
  for (const [key, value] of Object.entries(expected))
    matches((actual as Record<string, unknown>)[key], value, what === '' ? key : `${what}.${key}`);
}

export function contains(text: unknown, part: string): void {
  if (typeof text !== 'string' || !text.includes(part)) fail(`expected a text with ${show(part)}, got ${show(text)}`);
}

export function fail(message: string): never {
  throw new Mismatch(message);
}

function show(value: unknown): string {
  return value === undefined
    ? 'undefined'
    : JSON.stringify(value, (_key, v: unknown) => (typeof v === 'bigint' ? `${String(v)}n` : v));
}

/** A runner whose checks throw; `C` is the shape of a case of its kind. */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- it says what the JSON is taken for
export function checked<C>(run: (test: C, file: UpstreamFile) => Outcome | void): Runner {
  return (file, test) => {
    try {
      return run(test as unknown as C, file) ?? undefined;
    } catch (error) {
      if (error instanceof Mismatch) return error.message;
      throw error;
    }
  };
}
