import { describe, expect, it } from 'vitest';
import humanDurations from '../../../tests/data/upstream/human-duration.json' with { type: 'json' };
import ages from '../../../tests/data/upstream/printer-age.json' with { type: 'json' };
import { formatMicroTime, parseTime } from '../engine/time.ts';
import { ageSince, humanDuration, shortHumanDuration, timeUntil } from './duration.ts';

describe('human-duration', () => {
  it.each(humanDurations.cases.map((c) => [c.id, c.name, c] as const))('%i %s', (_id, _name, c) => {
    const print = c.function === 'HumanDuration' ? humanDuration : shortHumanDuration;
    expect(print(c.durationMilliseconds)).toBe(c.expected);
  });
});

describe('printer-age', () => {
  const now = parseTime('2024-06-01T12:00:00Z') ?? 0;
  it.each(ages.cases.map((c) => [c.id, c.name, c] as const))('%i %s', (_id, _name, c) => {
    const offset = c.offsetFromNowMilliseconds as number | null;
    const timestamp = offset === null ? undefined : formatMicroTime(now + offset);
    expect((c.function === 'ageSince' ? ageSince : timeUntil)(timestamp, now)).toBe(c.expected);
  });
});
