// Every table of Kubernetes' own unit tests that is kept here, run case by case with the runners of `npm run upstream`.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runCase, type UpstreamFile } from '../upstream/runners/index.ts';

const folder = resolve(import.meta.dirname, '../data/upstream');
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map(
    (name) =>
      [
        name,
        JSON.parse(readFileSync(join(folder, name), 'utf8')) as UpstreamFile & { counts: { inThisFile: number } },
      ] as const,
  );

describe.each(files)('upstream %s', (_name, file) => {
  test('has all its cases', () => {
    expect(file.cases).toHaveLength(file.counts.inThisFile);
  });
  test.each(file.cases.map((each) => [each.id, each.name, each] as const))('%i %s', (_id, _title, each) => {
    const outcome = runCase(file, each);
    expect(typeof outcome === 'object' ? undefined : outcome).toBeUndefined();
  });
});

test('hardly a case is skipped, and each says why', () => {
  const skipped = files.flatMap(([, file]) =>
    file.cases.flatMap((each) => {
      const outcome = runCase(file, each);
      return typeof outcome === 'object' ? [outcome.skipped] : [];
    }),
  );
  expect(skipped.every((why) => why.length > 10)).toBe(true);
  expect(skipped.length).toBeLessThan(10);
});

test('a wrong expectation and an unknown kind are named', () => {
  const quantity = {
    kind: 'quantity',
    cases: [{ id: 1, name: 'x', op: 'canonical', input: '1000m', expected: { text: '2' } }],
  };
  expect(quantity.cases.map((each) => runCase(quantity, each))).toEqual(['expected {"text":"2"}, got {"text":"1"}']);
  expect(runCase({ kind: 'weather', cases: [] }, { id: 1, name: 'x' })).toBe('unknown kind "weather"');
});
