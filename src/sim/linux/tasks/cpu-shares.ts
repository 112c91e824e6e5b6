// Who gets how much of the processors. Models the fair scheduler with control groups as a fluid: on every level what
// there is goes to those who want it by weight, never more than they can use, and what one leaves the others share
// (work conserving). A task runs on one processor for each of its threads; a group gets no more than its `cpu.max`.
// Source: kernel documentation, sched-design-CFS, sched-bwc and cgroup-v2. Departures: no per-processor queues, so no
// unfairness from where a task happens to run; rates hold until something changes instead of slices of milliseconds.

/** A task or a group that competes at one level. All numbers are integers. */
export interface Competitor {
  /** Unique in the whole tree. */
  readonly key: string;
  /** `cpu.weight`; 100 for a task of niceness 0. */
  readonly weight: number;
  /** Of a task: what it would use if it were alone, in thousandths of a processor. */
  readonly demandMilli?: number;
  /** Of a group: at most so much, from `cpu.max`. */
  readonly capMilli?: number;
  readonly members?: readonly Competitor[];
}

/** What each competitor gets, groups and tasks, by key. */
export function shareCpu(root: Competitor, capacityMilli: number): ReadonlyMap<string, number> {
  const given = new Map<string, number>();
  const wants = new Map<string, number>();
  want(root, wants);
  give(root, Math.min(capacityMilli, wants.get(root.key) ?? 0), wants, given);
  return given;
}

function want(competitor: Competitor, wants: Map<string, number>): number {
  let sum = competitor.demandMilli ?? 0;
  for (const member of competitor.members ?? []) sum += want(member, wants);
  const wanted = Math.min(sum, competitor.capMilli ?? sum);
  wants.set(competitor.key, wanted);
  return wanted;
}

function give(
  competitor: Competitor,
  amount: number,
  wants: ReadonlyMap<string, number>,
  given: Map<string, number>,
): void {
  given.set(competitor.key, amount);
  const { members } = competitor;
  if (!members || members.length === 0) return;
  const shares = fill(
    amount,
    members.map(({ key, weight }) => ({ weight, most: wants.get(key) ?? 0 })),
  );
  members.forEach((member, i) => {
    give(member, shares[i] ?? 0, wants, given);
  });
}

/**
 * Splits an amount by weight among those who can take at most `most` each. Whole numbers that add up to the amount, or
 * to all that is wanted; what rounding leaves goes to the largest remainders, the earlier first.
 */
export function fill(
  amount: number,
  wanting: readonly { readonly weight: number; readonly most: number }[],
): readonly number[] {
  const shares = wanting.map(() => 0);
  let left = amount;
  let open = wanting.map((_, i) => i).filter((i) => (wanting[i]?.most ?? 0) > 0);
  for (;;) {
    const weights = open.reduce((sum, i) => sum + (wanting[i]?.weight ?? 0), 0);
    const satisfied = open.filter((i) => {
      const { weight, most } = wanting[i] as { weight: number; most: number };
      return most * weights <= left * weight;
    });
    if (satisfied.length === 0) {
      const exact = open.map((i) => {
        const product = left * (wanting[i]?.weight ?? 0);
        return { i, share: Math.floor(product / weights), rest: product % weights };
      });
      let over = left - exact.reduce((sum, { share }) => sum + share, 0);
      for (const { i, share } of exact) shares[i] = share;
      for (const { i } of exact.sort((a, b) => b.rest - a.rest || a.i - b.i)) {
        if (over <= 0) break;
        shares[i] = (shares[i] ?? 0) + 1;
        over--;
      }
      return shares;
    }
    for (const i of satisfied) {
      shares[i] = wanting[i]?.most ?? 0;
      left -= shares[i];
    }
    open = open.filter((i) => !satisfied.includes(i));
    if (open.length === 0) return shares;
  }
}
