import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../engine/time.ts';
import type { Pod } from '../../objects.ts';
import { NO_FAILURES, nextRecord, remainingBackoff } from './back-off.ts';

const ended = (seconds: number): Pod => {
  const at = `2026-01-01T00:00:${String(seconds).padStart(2, '0')}Z`;
  return {
    metadata: { creationTimestamp: at },
    spec: {},
    status: { containerStatuses: [{ name: 'c', state: { terminated: { finishedAt: at } } }] },
  } as unknown as Pod;
};
const at = (seconds: number) => (parseTime('2026-01-01T00:00:00Z') ?? 0) + seconds * 1000;

describe('the back-off of a Job', () => {
  it.each([
    [[], [], NO_FAILURES, 0, undefined],
    [[], [3, 1], NO_FAILURES, 2, at(3)],
    [[], [5], { failuresAfterLastSuccess: 2, lastFailure: at(1) }, 3, at(5)],
    [[], [], { failuresAfterLastSuccess: 2, lastFailure: at(1) }, 2, at(1)],
    [[4], [], { failuresAfterLastSuccess: 2, lastFailure: at(1) }, 0, undefined],
    [[4], [3, 5, 7], { failuresAfterLastSuccess: 2, lastFailure: at(1) }, 2, at(7)],
    [[8], [3, 5, 8], { failuresAfterLastSuccess: 2, lastFailure: at(1) }, 0, undefined],
  ])('successes at %j and failures at %j after %j', (good, bad, before, count, last) => {
    const after = nextRecord(before, good.map(ended), bad.map(ended));
    expect(after).toEqual({ failuresAfterLastSuccess: count, lastFailure: last });
  });

  it.each([
    [0, 0, 0],
    [1, 0, 10_000],
    [1, 4, 6_000],
    [1, 11, 0],
    [2, 0, 20_000],
    [4, 0, 80_000],
    [6, 0, 320_000],
    [7, 0, 600_000],
    [100, 0, 600_000],
  ])('after %i failures, %i s later, waits %i ms', (failuresAfterLastSuccess, elapsed, expected) => {
    expect(remainingBackoff({ failuresAfterLastSuccess, lastFailure: at(0) }, at(elapsed))).toBe(expected);
  });
});
