import { describe, expect, it } from 'vitest';
import { formatTime, parseTime } from '../../../engine/time.ts';
import { formatInZone, formatRfc1123, missedStarts, parseSchedule, zoneOffset } from './schedule.ts';

const ms = (text: string) => parseTime(text) ?? Number.NaN;
const schedule = (text: string, zone = 'UTC') => {
  const parsed = parseSchedule(text, zoneOffset(zone));
  if ('error' in parsed) throw new Error(parsed.error);
  return parsed;
};

describe('when a schedule strikes next', () => {
  it.each([
    ['*/15 * * * *', '2026-11-24T09:00:00Z', '2026-11-24T09:15:00Z'],
    ['0 * * * *', '2026-11-24T09:00:01Z', '2026-11-24T10:00:00Z'],
    ['@hourly', '2026-11-24T23:59:59Z', '2026-11-25T00:00:00Z'],
    ['@daily', '2026-12-31T12:00:00Z', '2027-01-01T00:00:00Z'],
    ['@weekly', '2026-11-24T09:00:00Z', '2026-11-29T00:00:00Z'],
    ['@yearly', '2026-11-24T09:00:00Z', '2027-01-01T00:00:00Z'],
    ['30 8-10/2 * * MON-fri', '2026-11-27T10:30:00Z', '2026-11-30T08:30:00Z'],
    // Both days restricted: either will do.
    ['0 0 13 * 5', '2026-11-24T09:00:00Z', '2026-11-27T00:00:00Z'],
    // A star with a step restricts, a star alone does not.
    ['0 0 */10 * 5', '2026-11-24T09:00:00Z', '2026-11-27T00:00:00Z'],
    ['0 0 29 feb *', '2026-11-24T09:00:00Z', '2028-02-29T00:00:00Z'],
    ['5/20 * * * *', '2026-11-24T09:26:00Z', '2026-11-24T09:45:00Z'],
    ['@every 1h30m', '2026-11-24T09:00:00Z', '2026-11-24T10:30:00Z'],
    ['TZ=Asia/Seoul 0 9 * * *', '2026-11-24T09:00:00Z', '2026-11-25T00:00:00Z'],
  ])('%s after %s: %s', (text, after, expected) => {
    expect(formatTime(schedule(text).next(ms(after)) ?? Number.NaN)).toBe(expected);
  });

  it('never strikes on a day that no month has', () => {
    expect(schedule('0 0 31 2 *').next(ms('2026-11-24T09:00:00Z'))).toBeUndefined();
  });

  it('counts in its zone', () => {
    const at = schedule('0 9 * * *', 'Asia/Seoul').next(ms('2026-11-24T00:00:00Z')) ?? Number.NaN;
    expect(formatInZone(at, zoneOffset('Asia/Seoul') ?? 0)).toBe('2026-11-25T09:00:00+09:00');
    expect(formatRfc1123(at)).toBe('Wed, 25 Nov 2026 00:00:00 +0000');
  });
});

describe('what is no schedule', () => {
  it.each([
    ['', 'empty spec string'],
    ['* * * *', 'expected exactly 5 fields, found 4: [* * * *]'],
    ['60 * * * *', 'end of range (60) above maximum (59): 60'],
    ['* * 0 * *', 'beginning of range (0) below minimum (1): 0'],
    ['9-3 * * * *', 'beginning of range (9) beyond end of range (3): 9-3'],
    ['*/0 * * * *', 'step of range should be a positive number: */0'],
    ['1-2-3 * * * *', 'too many hyphens: 1-2-3'],
    ['1/2/3 * * * *', 'too many slashes: 1/2/3'],
    ['x * * * *', 'failed to parse int from x: strconv.Atoi: parsing "x": invalid syntax'],
    ['@often', 'unrecognized descriptor: @often'],
    ['* * * * 7', 'end of range (7) above maximum (6): 7'],
  ])('%j: %s', (text, error) => {
    expect(parseSchedule(text)).toEqual({ error });
  });
});

it.each([
  ['UTC', 0],
  ['Etc/UTC', 0],
  ['Etc/GMT+5', -5],
  ['Etc/GMT-14', 14],
  ['Asia/Kolkata', 5.5],
  ['Europe/Berlin', undefined],
])('%s is %s hours from UTC, as far as that is known', (zone, hours) => {
  expect(zoneOffset(zone)).toBe(hours === undefined ? undefined : hours * 3_600_000);
});

describe('missed starts', () => {
  const since = '2026-11-24T09:00:00Z';
  it.each([
    ['2026-11-24T09:00:59Z', undefined, undefined, false],
    ['2026-11-24T09:01:00Z', undefined, '2026-11-24T09:01:00Z', false],
    ['2026-11-24T09:05:30Z', undefined, '2026-11-24T09:05:00Z', false],
    ['2026-11-24T12:00:30Z', undefined, '2026-11-24T12:00:00Z', true],
    ['2026-11-24T12:00:30Z', 200, '2026-11-24T12:00:00Z', false],
  ])('at %s with a deadline of %s s: %s', (now, deadline, expected, tooMany) => {
    const missed = missedStarts(schedule('* * * * *'), since, ms(now), deadline);
    expect(missed.mostRecent === undefined ? undefined : formatTime(missed.mostRecent)).toBe(expected);
    expect(missed.tooMany).toBe(tooMany);
  });
});
