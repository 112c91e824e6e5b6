import { expect, test } from 'vitest';
import upstream from '../../../../tests/data/upstream/backoff.json' with { type: 'json' };
import {
  delayOf,
  isInBackoffSince,
  isInBackoffSinceUpdate,
  kubeletBackoff,
  nextBackoff,
  type BackoffEntry,
} from './backoff.ts';

for (const { id, name, args, steps, expected } of upstream.cases)
  test(`upstream ${String(id)} ${name}`, () => {
    const limits = { base: args.baseSeconds, max: args.maxSeconds };
    let entry: BackoffEntry | undefined;
    let checks = 0;
    for (const step of steps as readonly { at: number; op: string; expected?: number | boolean }[]) {
      let got: number | boolean | undefined;
      if (step.op === 'next') entry = nextBackoff(entry, limits, step.at);
      else if (step.op === 'reset') entry = undefined;
      else if (step.op === 'get') got = delayOf(entry);
      else if (step.op === 'inBackOffSinceUpdate') got = isInBackoffSinceUpdate(entry, limits, step.at);
      else throw new Error(`unknown step ${step.op}`);
      if (step.expected !== undefined) {
        checks++;
        expect(got, `at ${String(step.at)}`).toBe(step.expected);
      }
    }
    expect(checks).toBe(expected.checks);
  });

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
