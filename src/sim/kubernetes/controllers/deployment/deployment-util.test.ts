// The tables of Kubernetes' own tests for the deployment controller's pure functions.
import { describe, expect, it } from 'vitest';
import cleanupTable from '../../../../../tests/data/upstream/deployment-cleanup.json' with { type: 'json' };
import scaleTable from '../../../../../tests/data/upstream/deployment-proportional-scaling.json' with { type: 'json' };
import rollingTable from '../../../../../tests/data/upstream/deployment-rolling.json' with { type: 'json' };
import utilTable from '../../../../../tests/data/upstream/deployment-util.json' with { type: 'json' };
import { parseTime } from '../../../engine/time.ts';
import { isComplete, isProgressing, isTimedOut, type Progressing } from './progress.ts';
import {
  maxUnavailable,
  newReplicaSetSize,
  resolveFenceposts,
  type DeploymentSize,
  type ReplicaSetSize,
} from './replica-counts.ts';
import {
  planCleanup,
  planNewReplicaSet,
  planOldReplicaSets,
  planScale,
  planScaleDownOld,
  planUnhealthyCleanup,
  type ScalingPlan,
} from './scaling-plan.ts';

/** The cases are JSON of many shapes; each test names the shape that it reads. */
const rows = <T>(table: { cases: unknown[] }) =>
  (table.cases as ({ id: number; name: string; expected: Record<string, unknown> } & T)[]).map(
    (c) => [c.id, c.name, c] as const,
  );

interface UtilCase {
  function: string;
  maxSurge: string | null;
  maxUnavailable: string | null;
  desired: number;
  deployment: DeploymentSize & Progressing;
  newReplicas: number;
  allReplicas: number;
  oldStatus: Progressing['status'];
  newStatus: Progressing['status'];
  now: string;
}

describe('deployment-util', () => {
  it.each(rows<UtilCase>(utilTable))('%i %s', (_id, _name, c) => {
    const { expected } = c;
    switch (c.function) {
      case 'resolveFenceposts': {
        const found = resolveFenceposts(c.maxSurge ?? undefined, c.maxUnavailable ?? undefined, c.desired);
        expect(found ?? { error: true }).toEqual(expected);
        return;
      }
      case 'newReplicaSetSize':
        expect(newReplicaSetSize(c.deployment, c.allReplicas, c.newReplicas)).toBe(expected['newReplicas']);
        return;
      case 'maxUnavailable': {
        // Recreate cases leave the size out.
        const { spec } = c.deployment;
        const deployment = {
          ...c.deployment,
          spec: { ...spec, replicas: (spec as { replicas?: number }).replicas ?? 1 },
        };
        expect(maxUnavailable(deployment)).toBe(expected['maxUnavailable']);
        return;
      }
      case 'complete':
        expect(isComplete(c.deployment, c.deployment.status)).toBe(expected['complete']);
        return;
      case 'progressing':
        expect(isProgressing(c.oldStatus, c.newStatus)).toBe(expected['progressing']);
        return;
      case 'timedOut':
        expect(isTimedOut(c.deployment, c.deployment.status, parseTime(c.now) ?? 0)).toBe(expected['timedOut']);
        return;
      default:
        expect.unreachable(c.function);
    }
  });
});

interface RollingCase {
  step: string;
  deployment: DeploymentSize;
  newReplicaSet?: ReplicaSetSize;
  oldReplicaSets: ReplicaSetSize[];
  maxCleanup: number;
}

/** The sizes of `sets` after `plan`, step by step. */
function sizes(sets: readonly ReplicaSetSize[], plan: ScalingPlan<ReplicaSetSize>): Record<string, number> {
  const out = Object.fromEntries(sets.map((set) => [set.metadata.name, set.spec.replicas]));
  for (const { set, replicas } of plan) out[set.metadata.name] = replicas;
  return out;
}
const total = (by: Record<string, number>) => Object.values(by).reduce((a, b) => a + b, 0);

describe('deployment-rolling', () => {
  it.each(rows<RollingCase>(rollingTable))('%i %s', (_id, _name, c) => {
    const { expected, deployment, newReplicaSet, oldReplicaSets } = c;
    switch (c.step) {
      case 'scaleNewReplicaSet': {
        expect(newReplicaSet).toBeDefined();
        if (!newReplicaSet) return;
        const plan = planNewReplicaSet(deployment, newReplicaSet, oldReplicaSets);
        expect(plan.length > 0).toBe(expected['scaled']);
        expect(total(sizes([newReplicaSet], plan))).toBe(expected['newReplicas']);
        return;
      }
      case 'scaleOldReplicaSets': {
        const plan = planOldReplicaSets(deployment, newReplicaSet, oldReplicaSets);
        expect(plan.length > 0).toBe(expected['scaled']);
        expect(total(sizes(oldReplicaSets, plan))).toBe(expected['oldReplicas']);
        return;
      }
      case 'cleanupUnhealthy': {
        const plan = planUnhealthyCleanup(oldReplicaSets, c.maxCleanup);
        const before = total(sizes(oldReplicaSets, []));
        expect(before - total(sizes(oldReplicaSets, plan))).toBe(expected['cleanedUp']);
        return;
      }
      case 'scaleDownOld': {
        const plan = planScaleDownOld(deployment, oldReplicaSets, newReplicaSet);
        expect(plan.length > 0).toBe(expected['scaled']);
        expect(total(sizes(oldReplicaSets, plan))).toBe(expected['oldReplicas']);
        return;
      }
      default:
        expect.unreachable(c.step);
    }
  });
});

interface ScaleCase {
  deployment: DeploymentSize;
  newReplicaSet: ReplicaSetSize | null;
  oldReplicaSets: ReplicaSetSize[];
}

describe('deployment-proportional-scaling', () => {
  it.each(rows<ScaleCase>(scaleTable))('%i %s', (_id, _name, c) => {
    const newSet = c.newReplicaSet ?? undefined;
    const sets = newSet ? [...c.oldReplicaSets, newSet] : c.oldReplicaSets;
    expect(sizes(sets, planScale(c.deployment, newSet, c.oldReplicaSets))).toEqual(c.expected['replicas']);
  });
});

interface CleanupCase {
  revisionHistoryLimit: number;
  oldReplicaSets: Parameters<typeof planCleanup>[0];
}

describe('deployment-cleanup', () => {
  it.each(rows<CleanupCase>(cleanupTable))('%i %s', (_id, _name, c) => {
    expect(planCleanup(c.oldReplicaSets, c.revisionHistoryLimit, () => 0)).toHaveLength(
      Number(c.expected['deletions']),
    );
  });
});
