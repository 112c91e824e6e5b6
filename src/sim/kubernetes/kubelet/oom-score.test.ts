import { expect, test } from 'vitest';
import upstream from '../../../../tests/data/upstream/oom-score.json' with { type: 'json' };
import type { Container } from '../objects.ts';
import { oomScoreAdj } from './oom-score.ts';

type Pod = Parameters<typeof oomScoreAdj>[0];

for (const { id, name, pod, args, expected } of upstream.cases)
  test(`upstream ${String(id)} ${name}`, () => {
    const { spec } = pod as unknown as Pod;
    const ranges = Object.entries(expected.oomScoreAdj as Record<string, { min: number; max: number }>);
    expect(ranges.length).toBeGreaterThan(0);
    for (const [container, { min, max }] of ranges) {
      const found = [...spec.containers, ...(spec.initContainers ?? [])].find((c) => c.name === container) as Container;
      const score = oomScoreAdj({ spec }, found, args.memoryCapacityBytes);
      expect(score).toBeGreaterThanOrEqual(min);
      expect(score).toBeLessThanOrEqual(max);
    }
  });
