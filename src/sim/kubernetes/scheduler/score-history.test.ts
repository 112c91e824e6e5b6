// What an attempt kept is read as it was, however much later attempts have added to the history that they share.
import { describe, expect, test } from 'vitest';
import { type KeptScores, scoreColumns, ScoreKeeper } from './score-history.ts';

const NODES = ['a', 'b', 'c'];

/** One attempt: by plugin the scores before and after normalization. */
type Scores = readonly {
  readonly plugin: string;
  readonly raw: readonly number[];
  readonly normalized: readonly number[];
}[];

function put(keeper: ScoreKeeper, scores: Scores, nodes: readonly string[] = NODES): KeptScores {
  keeper.begin(scores.length, nodes.length);
  for (const { plugin, raw, normalized } of scores) {
    keeper.raw(plugin, 1, Float64Array.from(raw));
    keeper.normalized(Float64Array.from(normalized));
  }
  return keeper.keep(nodes);
}

function read(kept: KeptScores): Scores {
  return scoreColumns(kept).map(({ plugin, raw, normalized }) => ({
    plugin,
    raw: [...raw],
    normalized: [...normalized],
  }));
}

const fit = (raw: readonly number[]) => ({ plugin: 'Fit', raw, normalized: raw });
const spread = (raw: readonly number[], normalized: readonly number[]) => ({ plugin: 'Spread', raw, normalized });

const FIRST = [fit([90, 90, 90]), spread([0, 0, 0], [100, 100, 100])];
const SECOND = [fit([80, 90, 90]), spread([1, 0, 0], [0, 100, 100])];
const THIRD = [fit([80, 70, 90]), spread([1, 1, 0], [0, 0, 100])];

describe('ScoreKeeper', () => {
  test('each attempt knows the changes up to its own and none after it', () => {
    const keeper = new ScoreKeeper();
    const kept = [FIRST, SECOND, THIRD].map((scores) => put(keeper, scores));
    expect(kept.map(({ known }) => known)).toEqual([0, 8, 16]);
    expect(new Set(kept.map(({ history }) => history)).size).toBe(1);
    expect(kept.map(read)).toEqual([FIRST, SECOND, THIRD]);
  });

  test('an attempt in which nothing changed adds nothing', () => {
    const keeper = new ScoreKeeper();
    const kept = [FIRST, SECOND, SECOND].map((scores) => put(keeper, scores));
    expect(kept[2]?.known).toBe(kept[1]?.known);
    expect(kept.map(read)).toEqual([FIRST, SECOND, SECOND]);
  });

  test('a score that goes back to what it was is a change like any other', () => {
    const keeper = new ScoreKeeper();
    const kept = [FIRST, SECOND, FIRST].map((scores) => put(keeper, scores));
    expect(kept.map(read)).toEqual([FIRST, SECOND, FIRST]);
  });

  test.each([
    ['other nodes', SECOND, ['a', 'b', 'd']],
    ['other plugins', [fit([80, 90, 90])], NODES],
  ] as const)('%s begin a new history and leave the old one as it was', (_, scores, nodes) => {
    const keeper = new ScoreKeeper();
    const before = [FIRST, SECOND].map((some) => put(keeper, some));
    const after = put(keeper, scores, nodes);
    expect(after.history).not.toBe(before[0]?.history);
    expect(after.history.nodes).toBe(nodes);
    expect(read(after)).toEqual(scores);
    expect(before.map(read)).toEqual([FIRST, SECOND]);
  });

  test('a list of changes that is longer than the scores themselves gives way to a new history', () => {
    const keeper = new ScoreKeeper();
    const all = Array.from({ length: 20 }, (_, i) => [fit([i, i + 1, i + 2])]);
    const kept = all.map((scores) => put(keeper, scores));
    expect(new Set(kept.map(({ history }) => history)).size).toBeGreaterThan(1);
    expect(kept.map(read)).toEqual(all);
  });

  test('one score for all nodes is kept as if each had been asked', () => {
    const [asked, told] = [new ScoreKeeper(), new ScoreKeeper()];
    for (const first of [90, 40]) {
      const scores = [fit([first, 1, 2]), spread([3, 3, 3], [100, 100, 100]), fit([5, first, 6])];
      const plain = put(asked, scores);
      told.begin(3, 3);
      told.raw('Fit', 1, Float64Array.of(first, 1, 2));
      told.normalized(Float64Array.of(first, 1, 2));
      told.uniform('Spread', 1, 3, 100);
      told.raw('Fit', 1, Float64Array.of(5, first, 6));
      told.normalized(Float64Array.of(5, first, 6));
      const quick = told.keep(NODES);
      expect(read(quick)).toEqual(scores);
      expect(read(plain)).toEqual(scores);
      expect(quick.known).toBe(plain.known);
    }
  });
});
