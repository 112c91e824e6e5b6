import { describe, expect, it } from 'vitest';
import { Random } from '../../engine/random.ts';
import { type Competitor, fill, shareCpu } from './cpu-shares.ts';

const group = (key: string, weight: number, members: Competitor[], capMilli?: number): Competitor => ({
  key,
  weight,
  members,
  ...(capMilli !== undefined && { capMilli }),
});
const task = (key: string, demandMilli = 1000, weight = 100): Competitor => ({ key, weight, demandMilli });

describe('shares of the processors', () => {
  it.each([
    ['two busy tasks on one processor', 1000, [task('a'), task('b')], { a: 500, b: 500 }],
    ['enough for all', 4000, [task('a'), task('b')], { a: 1000, b: 1000 }],
    ['weights 300 and 100', 1000, [group('x', 300, [task('a')]), group('y', 100, [task('b')])], { a: 750, b: 250 }],
    [
      'what an idle group leaves goes to the others',
      1000,
      [group('x', 100, [task('a', 100)]), group('y', 100, [task('b')])],
      { a: 100, b: 900 },
    ],
    [
      'a weight counts for a group, however many are in it',
      1000,
      [group('x', 100, [task('a'), task('b'), task('c')]), group('y', 100, [task('d')])],
      { a: 167, b: 167, c: 166, d: 500 },
    ],
    ['a ceiling on an idle machine', 4000, [group('x', 100, [task('a')], 250)], { a: 250 }],
    [
      'the ceiling of a parent binds its children',
      4000,
      [group('x', 100, [group('x/1', 100, [task('a')], 900), group('x/2', 100, [task('b')])], 1000)],
      { a: 500, b: 500 },
    ],
  ])('%s', (_name, capacity, members, expected) => {
    const given = shareCpu(group('/', 100, members), capacity);
    expect(Object.fromEntries(Object.keys(expected).map((key) => [key, given.get(key)]))).toEqual(expected);
  });

  it('adds up to what there is or what is wanted, never passes a ceiling, and leaves nothing idle that is wanted', () => {
    const draws = new Random(11).stream('trees');
    for (let round = 0; round < 300; round++) {
      let next = 0;
      const make = (depth: number): Competitor => {
        const key = `${String(round)}-${String(next++)}`;
        if (depth === 0 || draws.int(3) === 0) return task(key, draws.int(2500), 1 + draws.int(10_000));
        const members = Array.from({ length: draws.int(4) }, () => make(depth - 1));
        return group(key, 1 + draws.int(10_000), members, draws.int(2) === 0 ? undefined : draws.int(3000));
      };
      const root = group(
        '/',
        100,
        Array.from({ length: 1 + draws.int(4) }, () => make(3)),
      );
      const capacity = 1 + draws.int(8000);
      const given = shareCpu(root, capacity);
      const check = (one: Competitor): number => {
        const own = given.get(one.key) ?? 0;
        expect(Number.isInteger(own)).toBe(true);
        if (one.demandMilli !== undefined) {
          expect(own).toBeLessThanOrEqual(one.demandMilli);
          return one.demandMilli;
        }
        const wanted = (one.members ?? []).reduce((sum, member) => sum + check(member), 0);
        const sum = (one.members ?? []).reduce((total, member) => total + (given.get(member.key) ?? 0), 0);
        if (one.capMilli !== undefined) expect(own).toBeLessThanOrEqual(one.capMilli);
        expect(sum).toBe(own);
        return Math.min(wanted, one.capMilli ?? wanted);
      };
      const wanted = check(root);
      expect(given.get('/')).toBe(Math.min(capacity, wanted));
    }
  });

  it('keeps the order of weights', () => {
    const draws = new Random(12).stream('weights');
    for (let round = 0; round < 300; round++) {
      const wanting = Array.from({ length: 2 + draws.int(6) }, () => ({ weight: 1 + draws.int(1000), most: 1e9 }));
      const amount = draws.int(100_000);
      const shares = fill(amount, wanting);
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(amount);
      const total = wanting.reduce((sum, { weight }) => sum + weight, 0);
      shares.forEach((share, i) => {
        expect(Math.abs(share - (amount * wanting[i]!.weight) / total)).toBeLessThan(1);
      });
    }
  });
});
