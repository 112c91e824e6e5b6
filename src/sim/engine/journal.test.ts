import { expect, test } from 'vitest';
import { Journal } from './journal.ts';

function write(journal: Journal, count: number): void {
  for (let i = 0; i < count; i++) {
    const id = journal.length;
    const cause = id === 0 ? null : id - 1;
    journal.append({ id, at: id, kind: 'test', subject: 's', reason: '', message: '', cause });
  }
}

test('a bounded journal keeps its newest part and goes on counting', () => {
  const journal = new Journal(10);
  write(journal, 37);
  expect(journal.length).toBe(37);
  expect(journal.slice().map(({ id }) => id)).toEqual([
    20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36,
  ]);
  expect([journal.get(19), journal.get(20)?.id]).toEqual([undefined, 20]);
  expect(journal.chain(22).map(({ id }) => id)).toEqual([20, 21, 22]);
  expect(journal.slice(5, 22).map(({ id }) => id)).toEqual([20, 21]);
});

test('equal bounded journals have equal hashes, however often they were asked', () => {
  const [asked, other] = [new Journal(10), new Journal(10)];
  for (let i = 0; i < 33; i++) {
    write(asked, 1);
    asked.hash();
  }
  write(other, 33);
  expect(asked.hash()).toBe(other.hash());
});

test.each([30, 12, 0])('a bounded journal cut off at %i goes on from there', (length) => {
  const journal = new Journal(10);
  write(journal, 37);
  journal.truncate(length);
  expect(journal.length).toBe(length);
  write(journal, 2);
  expect([journal.length, journal.get(length + 1)?.id]).toEqual([length + 2, length + 1]);
});
