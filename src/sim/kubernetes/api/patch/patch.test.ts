// The cases of Kubernetes' own tests for merge patches (tests/data/upstream), all of them, and RFC 6902 basics.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  createThreeWayJSONMergePatch,
  createThreeWayMergePatch,
  createTwoWayMergePatch,
  type Json,
  jsonPatch,
  type JsonObject,
  mergePatch,
  type PatchType,
  strategicMergePatch,
} from './index.ts';

interface Case {
  readonly id: number;
  readonly name: string;
  readonly table?: string;
  readonly original: JsonObject | null;
  readonly modified: JsonObject;
  readonly current: JsonObject;
  readonly patch: JsonObject;
  readonly expected: {
    readonly patch?: JsonObject;
    readonly result?: JsonObject;
    readonly twoWayPatch?: JsonObject;
    readonly threeWayPatch?: JsonObject;
    readonly twoWayResult?: JsonObject;
    readonly errorContains?: string;
  };
}

const load = (name: string): { cases: Case[]; counts: { inThisFile: number } } =>
  JSON.parse(readFileSync(new URL(`../../../../../tests/data/upstream/${name}.json`, import.meta.url), 'utf8')) as {
    cases: Case[];
    counts: { inThisFile: number };
  };

// The type of the source's tests: every list and map field may hold the same type again.
const mergeItem: Record<string, PatchType[string]> = {};
Object.assign(mergeItem, {
  mergingList: { merge: true, key: 'name', of: mergeItem },
  nonMergingList: { of: mergeItem },
  mergingIntList: { merge: true },
  simpleMap: { of: mergeItem },
  retainKeysMap: { retainKeys: true, of: mergeItem },
  retainKeysMergingList: { merge: true, retainKeys: true, key: 'name', of: mergeItem },
});

describe('json merge patch', () => {
  const file = load('json-merge-patch');
  test('all cases of the file are here', () => expect(file.cases).toHaveLength(file.counts.inThisFile));
  test.each(file.cases)('$id $name', ({ original, modified, current, expected }) => {
    const patch = createThreeWayJSONMergePatch(original, modified, current);
    expect(patch).toEqual(expected.patch);
    expect(mergePatch(current, patch)).toEqual({ value: expected.result });
  });
});

describe('strategic merge patch', () => {
  const file = load('strategic-merge-patch');
  test('all cases of the file are here', () => expect(file.cases).toHaveLength(file.counts.inThisFile));
  test.each(file.cases.filter((one) => one.table === 'apply'))('$id $name', ({ original, patch, expected }) => {
    const result = strategicMergePatch(original, patch, mergeItem);
    if (expected.errorContains) {
      expect('error' in result ? result.error : result).toContain(expected.errorContains);
    } else expect(result).toEqual({ value: expected.result });
  });
  test.each(file.cases.filter((one) => one.table !== 'apply'))('$id $name', (one) => {
    const { original, modified, current, expected } = one;
    const two = createTwoWayMergePatch(original, modified, mergeItem);
    expect(two).toEqual({ value: expected.twoWayPatch });
    const three = createThreeWayMergePatch(original, modified, current, mergeItem);
    expect(three).toEqual({ value: expected.threeWayPatch });
    if (!('value' in two) || !('value' in three)) return;
    expect(strategicMergePatch(current, three.value, mergeItem)).toEqual({ value: expected.result });
    if (original) {
      const back = strategicMergePatch(original, two.value, mergeItem);
      expect(back).toEqual({ value: expected.twoWayResult ?? modified });
    }
  });
});

describe('merge rules of real kinds', () => {
  test('containers merge by name and keep the order stated', () => {
    const doc = {
      spec: {
        template: {
          spec: {
            containers: [
              { name: 'a', image: 'a:1' },
              { name: 'b', image: 'b:1' },
            ],
          },
        },
      },
    };
    const patch = {
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }],
            containers: [{ name: 'b', image: 'b:2' }],
          },
        },
      },
    };
    expect(strategicMergePatch(doc, patch, 'Deployment')).toEqual({
      value: {
        spec: {
          template: {
            spec: {
              containers: [
                { name: 'b', image: 'b:2' },
                { name: 'a', image: 'a:1' },
              ],
            },
          },
        },
      },
    });
    expect(doc.spec.template.spec.containers[0]?.name).toBe('a');
  });
  test('changing the strategy clears what belongs to the old one', () => {
    const before = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const after = { spec: { strategy: { type: 'Recreate' } } };
    const patch = createThreeWayMergePatch({}, after, before, 'Deployment');
    expect(patch).toEqual({ value: { spec: { strategy: { type: 'Recreate', $retainKeys: ['type'] } } } });
    if ('value' in patch) expect(strategicMergePatch(before, patch.value, 'Deployment')).toEqual({ value: after });
  });
  test('tolerations are replaced whole', () => {
    const patch = strategicMergePatch(
      { spec: { tolerations: [{ key: 'a' }] } },
      { spec: { tolerations: [{ key: 'b' }] } },
      'Pod',
    );
    expect(patch).toEqual({ value: { spec: { tolerations: [{ key: 'b' }] } } });
  });
});

describe('json patch', () => {
  const run = (doc: Json, ...ops: Json[]) => jsonPatch(doc, ops);
  test.each<[string, Json, Json, Json]>([
    ['add', { a: 1 }, { op: 'add', path: '/b', value: 2 }, { a: 1, b: 2 }],
    ['add to a list', { a: [1, 3] }, { op: 'add', path: '/a/1', value: 2 }, { a: [1, 2, 3] }],
    ['append', { a: [1] }, { op: 'add', path: '/a/-', value: 2 }, { a: [1, 2] }],
    ['replace', { a: { 'b/c': 1 } }, { op: 'replace', path: '/a/b~1c', value: 2 }, { a: { 'b/c': 2 } }],
    ['remove', { a: [1, 2], b: 1 }, { op: 'remove', path: '/a/0' }, { a: [2], b: 1 }],
    ['move', { a: 1 }, { op: 'move', from: '/a', path: '/b' }, { b: 1 }],
    ['copy', { a: 1 }, { op: 'copy', from: '/a', path: '/b' }, { a: 1, b: 1 }],
    ['test', { a: 1 }, { op: 'test', path: '/a', value: 1 }, { a: 1 }],
  ])('%s', (_, doc, op, result) => expect(run(doc, op)).toEqual({ value: result }));
  test.each<[Json, string]>([
    [
      { op: 'remove', path: '/x' },
      "error in remove for path: '/x': Unable to remove nonexistent key: x: missing value",
    ],
    [
      { op: 'replace', path: '/x', value: 1 },
      'replace operation does not apply: doc is missing key: /x: missing value',
    ],
    [{ op: 'add', path: '/x/y', value: 1 }, 'add operation does not apply: doc is missing path: "/x/y": missing value'],
    [{ op: 'test', path: '/a', value: 2 }, 'testing value /a failed: test failed'],
  ])('%j fails', (op, error) => expect(run({ a: 1 }, op)).toEqual({ error }));
});
