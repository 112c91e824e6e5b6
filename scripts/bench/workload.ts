// What a benchmark is. It runs wherever simulated time does: the clock, the collector and the heap come from outside.

export interface Host {
  /** Milliseconds of a clock on the wall. */
  now(): number;
  /** Frees what nobody needs, where the host lets us. */
  collect(): void;
  /** Bytes in use; undefined where the host does not say. */
  heapBytes(): number | undefined;
  /** Where it does not, the heap is measured from outside afterwards: what must be there until then. */
  keep?(value: unknown): void;
}

export interface Outcome {
  readonly ms: number;
  /** What was counted, a second of the wall. */
  readonly perSecond?: { readonly what: 'pods' | 'events' | 'requests'; readonly value: number };
  readonly facts: Readonly<Record<string, number>>;
}

export interface Workload {
  /** The argument that runs it. */
  readonly name: string;
  readonly title: string;
  /** The workload of scheduler_perf that it repeats; null where upstream has set no threshold (pods a second). */
  readonly upstream?: { readonly name: string; readonly threshold: number | null };
  run(host: Host): Outcome | Promise<Outcome>;
}

export function time<T>(host: Host, run: () => T): readonly [ms: number, value: T] {
  host.collect();
  const began = host.now();
  const value = run();
  return [host.now() - began, value];
}

/** Milliseconds of 50 million steps of integer arithmetic: what figures of two machines are compared by. */
export function calibrate(host: Host): number {
  let best = Infinity;
  for (let round = 0; round < 3; round++) {
    const [ms] = time(host, () => {
      let x = 1;
      for (let i = 0; i < 50_000_000; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
      return x;
    });
    best = Math.min(best, ms);
  }
  return best;
}
