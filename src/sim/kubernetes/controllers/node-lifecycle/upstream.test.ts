// Runs the tables of Kubernetes' own unit tests against the judgement of silent nodes and the taints of conditions.
import { describe, expect, test } from 'vitest';
import taintCases from '../../../../../tests/data/upstream/node-condition-taints.json' with { type: 'json' };
import healthCases from '../../../../../tests/data/upstream/node-health.json' with { type: 'json' };
import { parseTime } from '../../../engine/time.ts';
import type { Condition, Lease } from '../../objects.ts';
import { checkNode, type HealthCheck, type ReportingNode } from './node-health.ts';
import { withNoScheduleTaints } from './node-taints.ts';

interface HealthCase {
  readonly id: number;
  readonly name: string;
  readonly nodes: readonly [ReportingNode];
  readonly args: { readonly now: string; readonly monitorGraceSeconds: number; readonly startupGraceSeconds: number };
  readonly lease?: Lease;
  readonly later?: {
    readonly afterSeconds: number;
    readonly nodeStatus: ReportingNode['status'] | null;
    readonly lease?: Lease;
  };
  readonly expected: {
    readonly podsMarkedNotReady: boolean;
    readonly nodeStatusUpdated?: boolean;
    readonly conditions?: readonly Condition[];
  };
}

describe('upstream node-health', () => {
  test.each((healthCases.cases as readonly unknown[] as readonly HealthCase[]).map((c) => [c.id, c.name, c] as const))(
    '%i %s',
    (_id, _name, { nodes, args, lease, later, expected }) => {
      const grace = { monitorMs: args.monitorGraceSeconds * 1000, startupMs: args.startupGraceSeconds * 1000 };
      const now = parseTime(args.now) ?? 0;
      const [node] = nodes;
      const looks: HealthCheck[] = [checkNode(node, lease, undefined, now, grace)];
      if (later) {
        const { metadata } = node;
        const next = later.nodeStatus ? { metadata, status: later.nodeStatus } : { metadata };
        looks.push(checkNode(next, later.lease, looks[0]?.health, now + later.afterSeconds * 1000, grace));
      }
      const written = looks.flatMap(({ conditions }) => (conditions ? [conditions] : []));
      if (expected.nodeStatusUpdated !== undefined) expect(written.length > 0).toBe(expected.nodeStatusUpdated);
      if (expected.conditions) expect(written.at(-1)).toEqual(expected.conditions);
      // As the controller has it: found ready, and not ready any more.
      const marked = looks.some(
        ({ observed, current }) => current && observed.status === 'True' && current.status !== 'True',
      );
      expect(marked).toBe(expected.podsMarkedNotReady);
    },
  );
});

describe('upstream node-condition-taints', () => {
  test.each(taintCases.cases.map((c) => [c.id, c.name, c] as const))('%i %s', (_id, _name, { nodes, expected }) => {
    const [node] = nodes;
    const status = node?.status as ReportingNode['status'];
    const taints = withNoScheduleTaints(status ? { status } : {}, '2015-01-01T12:00:00Z');
    expect(taints.map(({ key, effect }) => ({ key, effect }))).toEqual(expected.taints);
  });
});
