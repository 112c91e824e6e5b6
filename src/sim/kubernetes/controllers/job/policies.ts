// When a failed pod ends the Job, its index, or does not count; and when enough has succeeded.
// Models pkg/controller/job/pod_failure_policy.go, success_policy.go and backoff_utils.go (1.32).
import type { Job } from '../../kinds/workloads.ts';
import type { ContainerStatus, Pod } from '../../objects.ts';
import { type Intervals, overlap, parseIntervals, total } from './indexes.ts';

type Rule = NonNullable<Job['spec']['podFailurePolicy']>['rules'][number];

interface FailureMatch {
  readonly action?: Rule['action'];
  /** False when the failure must not count towards the back-off limit. */
  readonly counts: boolean;
  /** Why the Job fails as a whole. */
  readonly message?: string;
}

const COUNTS: FailureMatch = { counts: true };

/** What the first rule that fits the failed pod says. */
export function matchFailurePolicy(job: Job, pod: Pod): FailureMatch {
  for (const [index, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const { namespace = '', name } = pod.metadata;
    let message: string;
    if (rule.onExitCodes) {
      const container = matchExitCodes(pod, rule.onExitCodes);
      if (!container) continue;
      const code = String(container.state.terminated?.exitCode ?? 0);
      message = `Container ${container.name} for pod ${namespace}/${name} failed with exit code ${code}`;
    } else {
      const condition = pod.status.conditions?.find(({ type, status }) =>
        rule.onPodConditions?.some((pattern) => pattern.type === type && pattern.status === status),
      );
      if (!condition) continue;
      message = `Pod ${namespace}/${name} has condition ${condition.type}`;
    }
    if (rule.action === 'Ignore') return { action: rule.action, counts: false };
    if (rule.action !== 'FailJob') return { action: rule.action, counts: true };
    return { action: rule.action, counts: true, message: `${message} matching FailJob rule at index ${String(index)}` };
  }
  return COUNTS;
}

function matchExitCodes(pod: Pod, rule: NonNullable<Rule['onExitCodes']>): ContainerStatus | undefined {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  return [...containerStatuses, ...initContainerStatuses].find(({ name, state }) => {
    if (!state.terminated || (rule.containerName !== undefined && rule.containerName !== name)) return false;
    const { exitCode } = state.terminated;
    return exitCode !== 0 && rule.values.includes(exitCode) === (rule.operator === 'In');
  });
}

/** Why the succeeded indexes are enough; undefined while they are not. */
export function matchSuccessPolicy(job: Job, succeeded: Intervals): string | undefined {
  if (succeeded.length === 0) return undefined;
  for (const [index, { succeededIndexes, succeededCount }] of (job.spec.successPolicy?.rules ?? []).entries()) {
    let met: boolean;
    if (succeededIndexes === undefined) met = succeededCount !== undefined && total(succeeded) >= succeededCount;
    else {
      const required = parseIntervals(succeededIndexes, job.spec.completions ?? 0);
      if (required.length === 0) continue;
      const there = overlap(required, succeeded);
      met = there === total(required) || (succeededCount !== undefined && there >= succeededCount);
    }
    if (met) return `Matched rules at index ${String(index)}`;
  }
  return undefined;
}
