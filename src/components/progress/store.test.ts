import { describe, expect, it } from 'vitest';
import {
  ASIDE,
  KEY,
  load,
  merge,
  nothing,
  readProgress,
  save,
  withCard,
  withGuess,
  withStep,
  type Shelf,
} from './store.ts';

function shelf(initial: Record<string, string> = {}): Shelf & { readonly items: Map<string, string> } {
  const items = new Map(Object.entries(initial));
  return { items, getItem: (key) => items.get(key) ?? null, setItem: (key, value) => void items.set(key, value) };
}

describe('progress', () => {
  it('comes back as it was saved', () => {
    const kept = shelf();
    const progress = withGuess(withStep(nothing, '4-3/deadlock#readiness', 1000), '4-3/q1', 2);
    save(kept, progress);
    expect(load(kept)).toEqual({ progress });
  });

  it.each([
    ['not JSON', '{"version":1,', 'it is not JSON'],
    ['a later version', '{"version":2,"ships":{}}', 'version: expected 1, found 2'],
    ['a wrong field', '{"version":1,"steps":{"a":"yesterday"},"guesses":{},"cards":{}}', 'steps.a: expected a number'],
    [
      'a wrong card',
      '{"version":1,"steps":{},"guesses":{},"cards":{"c":{"known":1}}}',
      'cards.c: expected { known, due }',
    ],
    ['a list', '[]', 'expected an object at the top'],
  ])('sets %s aside and loses nothing', (_, text, reason) => {
    const kept = shelf({ [KEY]: text });
    expect(load(kept)).toEqual({ progress: nothing, setAside: reason });
    expect(kept.items.get(ASIDE)).toBe(text);
    expect(load(kept)).toEqual({ progress: nothing });
  });

  it('sets a second broken store aside beside the first', () => {
    const kept = shelf({ [KEY]: 'two', [ASIDE]: 'one' });
    load(kept);
    expect([kept.items.get(ASIDE), kept.items.get(`${ASIDE}.2`)]).toEqual(['one', 'two']);
  });

  it('names the size of a pasted megabyte', () => {
    expect(readProgress('x'.repeat(2_000_000))).toEqual({
      kind: 'refused',
      reason: expect.stringContaining('2000000 characters') as unknown,
    });
  });

  it('brings a known card back after one and six days, and an unknown one tomorrow', () => {
    const day = 86_400_000;
    const once = withCard(nothing, 'c', true, 0);
    expect(once.cards['c']).toEqual({ known: 1, due: day });
    const twice = withCard(once, 'c', true, day);
    expect(twice.cards['c']).toEqual({ known: 2, due: 7 * day });
    expect(withCard(twice, 'c', false, 7 * day).cards['c']).toEqual({ known: 0, due: 8 * day });
  });

  it('merges an imported file without losing either side', () => {
    const mine = withCard(withStep(nothing, 'a', 5), 'c', true, 0);
    const other = withStep(withStep(nothing, 'a', 3), 'b', 4);
    expect(merge(mine, other)).toMatchObject({ steps: { a: 3, b: 4 }, cards: { c: { known: 1 } } });
  });
});
