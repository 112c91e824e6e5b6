// Runs the tables of Kubernetes' own unit tests for the deployment controller's pure functions and for the order in
// which pods are deleted (kinds deployment-*, pod-deletion-order, pod-order).
import { parseTime } from '../../../src/sim/engine/time.ts';
import {
  isComplete,
  isProgressing,
  isTimedOut,
  type Progressing,
} from '../../../src/sim/kubernetes/controllers/deployment/progress.ts';
import {
  maxUnavailable,
  newReplicaSetSize,
  resolveFenceposts,
  type DeploymentSize,
  type ReplicaSetSize,
} from '../../../src/sim/kubernetes/controllers/deployment/replica-counts.ts';
import {
  planCleanup,
  planNewReplicaSet,
  planOldReplicaSets,
  planScale,
  planScaleDownOld,
  planUnhealthyCleanup,
  type ScalingPlan,
} from '../../../src/sim/kubernetes/controllers/deployment/scaling-plan.ts';
import { compareDeletionRanks, deletionRank } from '../../../src/sim/kubernetes/controllers/replica-set/active-pods.ts';
import type { Pod } from '../../../src/sim/kubernetes/objects.ts';
import { checked, fail, type Runner, same } from './check.ts';

interface UtilCase {
  readonly expected: Record<string, unknown>;
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

function deploymentUtil(c: UtilCase): void {
  const { expected } = c;
  switch (c.function) {
    case 'resolveFenceposts': {
      const found = resolveFenceposts(c.maxSurge ?? undefined, c.maxUnavailable ?? undefined, c.desired);
      same(found ?? { error: true }, expected);
      return;
    }
    case 'newReplicaSetSize':
      same(newReplicaSetSize(c.deployment, c.allReplicas, c.newReplicas), expected['newReplicas']);
      return;
    case 'maxUnavailable': {
      // Recreate cases leave the size out.
      const { spec } = c.deployment;
      const deployment = {
        ...c.deployment,
        spec: { ...spec, replicas: (spec as { replicas?: number }).replicas ?? 1 },
      };
      same(maxUnavailable(deployment), expected['maxUnavailable']);
      return;
    }
    case 'complete':
      same(isComplete(c.deployment, c.deployment.status), expected['complete']);
      return;
    case 'progressing':
      same(isProgressing(c.oldStatus, c.newStatus), expected['progressing']);
      return;
    case 'timedOut':
      same(isTimedOut(c.deployment, c.deployment.status, parseTime(c.now) ?? 0), expected['timedOut']);
      return;
    default:
      fail(`unknown function ${c.function}`);
  }
}

interface RollingCase {
  readonly expected: Record<string, unknown>;
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

function rolling(c: RollingCase): void {
  const { expected, deployment, newReplicaSet, oldReplicaSets } = c;
  switch (c.step) {
    case 'scaleNewReplicaSet': {
      if (!newReplicaSet) return fail('no newReplicaSet');
      const plan = planNewReplicaSet(deployment, newReplicaSet, oldReplicaSets);
      same(plan.length > 0, expected['scaled']);
      same(total(sizes([newReplicaSet], plan)), expected['newReplicas']);
      return;
    }
    case 'scaleOldReplicaSets': {
      const plan = planOldReplicaSets(deployment, newReplicaSet, oldReplicaSets);
      same(plan.length > 0, expected['scaled']);
      same(total(sizes(oldReplicaSets, plan)), expected['oldReplicas']);
      return;
    }
    case 'cleanupUnhealthy': {
      const plan = planUnhealthyCleanup(oldReplicaSets, c.maxCleanup);
      const before = total(sizes(oldReplicaSets, []));
      same(before - total(sizes(oldReplicaSets, plan)), expected['cleanedUp']);
      return;
    }
    case 'scaleDownOld': {
      const plan = planScaleDownOld(deployment, oldReplicaSets, newReplicaSet);
      same(plan.length > 0, expected['scaled']);
      same(total(sizes(oldReplicaSets, plan)), expected['oldReplicas']);
      return;
    }
    default:
      fail(`unknown function ${c.step}`);
  }
}

interface ScaleCase {
  readonly expected: Record<string, unknown>;
  deployment: DeploymentSize;
  newReplicaSet: ReplicaSetSize | null;
  oldReplicaSets: ReplicaSetSize[];
}

interface CleanupCase {
  readonly expected: Record<string, unknown>;
  revisionHistoryLimit: number;
  oldReplicaSets: Parameters<typeof planCleanup>[0];
}

const NOW = parseTime('2024-06-01T12:00:00Z') ?? 0;

interface Ranked {
  readonly pod: Pod;
  readonly rank: number;
}

export const workloadRunners: Readonly<Record<string, Runner>> = {
  'deployment-util': checked(deploymentUtil),
  'deployment-rolling': checked(rolling),
  'deployment-scale': checked<ScaleCase>((c) => {
    const newSet = c.newReplicaSet ?? undefined;
    const sets = newSet ? [...c.oldReplicaSets, newSet] : c.oldReplicaSets;
    same(sizes(sets, planScale(c.deployment, newSet, c.oldReplicaSets)), c.expected['replicas']);
  }),
  'deployment-cleanup': checked<CleanupCase>((c) => {
    same(planCleanup(c.oldReplicaSets, c.revisionHistoryLimit, () => 0).length, Number(c.expected['deletions']));
  }),
  'pod-deletion-order': checked<{ readonly first: Ranked; readonly second: Ranked; readonly expected: string }>((c) => {
    const first = deletionRank(c.first.pod, c.first.rank);
    const second = deletionRank(c.second.pod, c.second.rank);
    const forth = Math.sign(compareDeletionRanks(first, second, NOW));
    const back = Math.sign(compareDeletionRanks(second, first, NOW)) + 0;
    same([forth, back], c.expected === 'equal' ? [0, 0] : [-1, 1]);
  }),
  'pod-order': checked<{ readonly pods: readonly Pod[]; readonly expected: { readonly order: readonly string[] } }>(
    (c) => {
      const ranks = c.pods.map((pod) => deletionRank(pod, 0)).sort((a, b) => compareDeletionRanks(a, b));
      same(
        ranks.map(({ pod }) => pod.metadata.name),
        c.expected.order,
      );
    },
  ),
};
