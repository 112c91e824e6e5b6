import { describe, expect, it } from 'vitest';
import orderTable from '../../../../../tests/data/upstream/active-pods-order.json' with { type: 'json' };
import rankTable from '../../../../../tests/data/upstream/active-pods-rank.json' with { type: 'json' };
import { parseTime } from '../../../engine/time.ts';
import type { Pod } from '../../objects.ts';
import { compareDeletionRanks, deletionRank, podsToDelete } from './active-pods.ts';

const now = parseTime('2024-06-01T12:00:00Z') ?? 0;

describe('active-pods-rank', () => {
  it.each(rankTable.cases.map((c) => [c.id, c.name, c] as const))('%i %s', (_id, _name, c) => {
    const [first, second] = [c.first, c.second].map(({ pod, rank }) => deletionRank(pod as unknown as Pod, rank));
    expect(first && second).toBeTruthy();
    if (!first || !second) return;
    const forth = Math.sign(compareDeletionRanks(first, second, now));
    const back = Math.sign(compareDeletionRanks(second, first, now));
    expect([forth, back + 0]).toEqual(c.expected === 'equal' ? [0, 0] : [-1, 1]);
  });
});

describe('active-pods-order', () => {
  it.each(orderTable.cases.map((c) => [c.id, c.name, c] as const))('%i %s', (_id, _name, c) => {
    const sorted = (c.pods as unknown as Pod[])
      .map((pod) => deletionRank(pod, 0))
      .sort((a, b) => compareDeletionRanks(a, b));
    expect(sorted.map(({ pod }) => pod.metadata.name)).toEqual(c.expected.order);
  });
});

describe('podsToDelete', () => {
  const pod = (name: string, nodeName: string, uid = name): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', uid, resourceVersion: '1', creationTimestamp: '2024-06-01T11:00:00Z' },
    spec: {
      containers: [],
      nodeName,
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
    },
    status: { phase: 'Running' },
  });

  it('takes from the node that holds most pods of the same owner', () => {
    const pods = [pod('a', 'one'), pod('b', 'two'), pod('c', 'two')];
    expect(podsToDelete(pods, pods, 1, now).map((p) => p.metadata.name)).toEqual(['b']);
  });

  it('does not look at order when all must go', () => {
    const pods = [pod('b', 'one'), pod('a', 'one')];
    expect(podsToDelete(pods, pods, 5, now)).toBe(pods);
  });
});
