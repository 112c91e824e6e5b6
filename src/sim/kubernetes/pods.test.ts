import { describe, expect, test } from 'vitest';
import { isPodActive, isPodAvailable, podLimits, podRequests, setCondition } from './pods.ts';

const container = (cpu: string, memory: string, more: object = {}) => ({
  name: 'c',
  image: 'i',
  imagePullPolicy: 'IfNotPresent' as const,
  resources: { requests: { cpu, memory } },
  ...more,
});

describe('podRequests', () => {
  test('sums containers', () => {
    const got = podRequests({ spec: { containers: [container('100m', '64Mi'), container('1', '1Gi')] } });
    expect(got).toEqual({ cpuMilli: 1100, memoryBytes: 1088 * 1024 * 1024, ephemeralStorageBytes: 0, other: {} });
  });

  test('takes the greatest init container, with the sidecars before it, and adds overhead', () => {
    const got = podRequests({
      spec: {
        containers: [container('100m', '10')],
        initContainers: [
          container('50m', '0', { restartPolicy: 'Always' }),
          container('400m', '5'),
          container('10m', '1', { restartPolicy: 'Always' }),
        ],
        overhead: { cpu: '1m' },
      },
    });
    expect(got.cpuMilli).toBe(451);
    expect(got.memoryBytes).toBe(11);
  });

  test('keeps other resources by name', () => {
    const resources = { requests: { 'nvidia.com/gpu': '2', cpu: '1' } };
    expect(podRequests({ spec: { containers: [container('1', '1', { resources })] } }).other).toEqual({
      'nvidia.com/gpu': 2,
    });
  });

  test('limits without any are zero', () => {
    expect(podLimits({ spec: { containers: [container('1', '1')], overhead: { cpu: '5' } } }).cpuMilli).toBe(0);
  });
});

test('a pod is available once it has been ready longer than minReadySeconds', () => {
  const pod = {
    status: { conditions: [{ type: 'Ready', status: 'True' as const, lastTransitionTime: '1970-01-01T00:00:10Z' }] },
  };
  expect(isPodAvailable(pod, 0, 10_000)).toBe(true);
  expect(isPodAvailable(pod, 5, 15_000)).toBe(false);
  expect(isPodAvailable(pod, 5, 15_001)).toBe(true);
});

test('a deleted pod is not active', () => {
  expect(isPodActive({ metadata: {}, status: { phase: 'Running' } })).toBe(true);
  expect(isPodActive({ metadata: { deletionTimestamp: '1970-01-01T00:00:10Z' }, status: { phase: 'Running' } })).toBe(
    false,
  );
  expect(isPodActive({ metadata: {}, status: { phase: 'Failed' } })).toBe(false);
});

test('setCondition keeps the transition time while the status stays', () => {
  const first = setCondition(undefined, { type: 'Ready', status: 'False', reason: 'A', lastTransitionTime: 't1' });
  const second = setCondition(first, { type: 'Ready', status: 'False', reason: 'B', lastTransitionTime: 't2' });
  expect(second).toEqual([{ type: 'Ready', status: 'False', reason: 'B', lastTransitionTime: 't1' }]);
  expect(setCondition(second, { type: 'Ready', status: 'False', reason: 'B', lastTransitionTime: 't3' })).toBe(second);
  expect(setCondition(second, { type: 'Ready', status: 'True', lastTransitionTime: 't3' })[0]?.lastTransitionTime).toBe(
    't3',
  );
});
