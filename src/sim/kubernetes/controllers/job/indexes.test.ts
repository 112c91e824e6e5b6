import { describe, expect, it } from 'vitest';
import { firstFree, formatIntervals, has, overlap, parseIntervals, total, withIndexes } from './indexes.ts';

describe('intervals of indexes', () => {
  it.each([
    ['', [], 10, ''],
    ['', [4], 10, '4'],
    ['', [3, 1, 2, 7], 10, '1-3,7'],
    ['', [0, 1], 10, '0,1'],
    ['1,3-5', [2], 10, '1-5'],
    ['0-2,8,9', [3, 3], 10, '0-3,8,9'],
    ['0-2,8,9', [], 9, '0-2,8'],
    ['0-2,8-12', [], 10, '0-2,8,9'],
    ['x,2,y-3', [], 10, '2'],
  ])('%j with %j of %i is %j', (text, more, completions, expected) => {
    expect(formatIntervals(withIndexes(parseIntervals(text, completions), more))).toBe(expected);
  });

  it.each([
    ['', 3, 5, [0, 1, 2]],
    ['1', 3, 5, [0, 2, 3]],
    ['0-3', 3, 5, [4]],
    ['0-4', 3, 5, []],
    ['2-9', 0, 5, []],
  ])('the lowest that are not in %j, %i of %i', (text, count, completions, expected) => {
    expect(firstFree(parseIntervals(text, 100), count, completions)).toEqual(expected);
  });

  it('counts what two sets share', () => {
    const all = parseIntervals('0-9', 10);
    const some = parseIntervals('1,3-5,20', 30);
    expect([total(all), total(some), overlap(all, some)]).toEqual([10, 5, 4]);
    expect([has(some, 4), has(some, 2)]).toEqual([true, false]);
  });
});
