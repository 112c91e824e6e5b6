import { describe, expect, it } from 'vitest';
import { parseTime } from '../../../engine/time.ts';
import type { Pod } from '../../objects.ts';
import { podsToDelete } from './active-pods.ts';

const now = parseTime('2024-06-01T12:00:00Z') ?? 0;

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
