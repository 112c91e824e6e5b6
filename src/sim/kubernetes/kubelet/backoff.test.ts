import { expect, test } from 'vitest';
import { isInBackoffSince, kubeletBackoff, nextBackoff, type BackoffEntry } from './backoff.ts';

test('a container waits 10 s, 20 s, 40 s … 300 s after its exits, and starts anew after ten quiet minutes', () => {
  let entry: BackoffEntry | undefined;
  const waits: number[] = [];
  let now = 0;
  for (let exits = 0; exits < 8; exits++) {
    const exitedAt = now;
    while (isInBackoffSince(entry, kubeletBackoff, now, exitedAt)) now += 1000;
    waits.push((now - exitedAt) / 1000);
    entry = nextBackoff(entry, kubeletBackoff, now, exitedAt);
  }
  expect(waits).toEqual([0, 10, 20, 40, 80, 160, 300, 300]);
  expect(isInBackoffSince(entry, kubeletBackoff, now + 600_001, now + 600_001)).toBe(false);
});
