// Every table of Kubernetes' own unit tests that is kept here is run by some test, or stands below with the reason why
// it is not. A test names the files that it runs.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const tables = readdirSync(join(root, 'tests/data/upstream'))
  .filter((file) => file.endsWith('.json'))
  .map((file) => file.slice(0, -5));

const AUTOSCALER = 'HorizontalPodAutoscaler is not simulated yet';
const NOT_RUN: Readonly<Record<string, string>> = {
  'hpa-behavior-rate': AUTOSCALER,
  'hpa-group-pods': AUTOSCALER,
  'hpa-limits': AUTOSCALER,
  'hpa-replica-calculator': AUTOSCALER,
  'hpa-stabilization': AUTOSCALER,
  'printer-hpa': AUTOSCALER,
};

const tests = ['src', 'tests'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.test\.tsx?$/.test(file) && !file.endsWith('upstream-coverage.test.ts'))
    .map((file) => readFileSync(join(root, folder, file), 'utf8'))
    .filter((text) => text.includes('data/upstream')),
);

/** By an import, or by the bare name where a test reads several files with one function. */
const isRun = (table: string) =>
  tests.some((text) => text.includes(`upstream/${table}.json`) || text.includes(`'${table}'`));

describe('upstream tables', () => {
  test.each(tables)('%s', (table) => {
    const reason = NOT_RUN[table];
    expect(isRun(table), reason ?? 'no test names it').toBe(reason === undefined);
  });

  test('every reason is about a table that exists', () => {
    for (const table of Object.keys(NOT_RUN)) expect(tables).toContain(table);
  });
});
