// What upstream's tables (`tests/conformance/upstream-coverage.test.ts`) do not say of patches: real kinds, and RFC 6902.
import { describe, expect, test } from 'vitest';
import { createThreeWayMergePatch, type Json, jsonPatch, strategicMergePatch } from './index.ts';

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
