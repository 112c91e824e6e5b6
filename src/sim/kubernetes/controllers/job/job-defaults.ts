// What the API server fills into a Job, for a controller that makes one without it. Models
// pkg/apis/batch/v1/defaults.go (1.32). Its selector and labels come with its uid, from ../../job-identity.ts.
import type { JobSpec } from '../../kinds/workloads.ts';

/** Without `backoffLimitPerIndex` a Job gives up after six failures. */
const BACKOFF_LIMIT = 6;
const NO_LIMIT = 2_147_483_647;

/** The spec of a template as the API server completes it in a Job. */
export function withJobDefaults(spec: JobSpec): JobSpec {
  const { parallelism, completions } = spec;
  const given = spec as Partial<JobSpec>;
  return {
    ...spec,
    parallelism: parallelism ?? 1,
    ...(completions === undefined && parallelism === undefined ? { completions: 1 } : {}),
    backoffLimit: given.backoffLimit ?? (spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : NO_LIMIT),
    completionMode: given.completionMode ?? 'NonIndexed',
    suspend: given.suspend ?? false,
    manualSelector: spec.manualSelector ?? false,
    podReplacementPolicy:
      spec.podReplacementPolicy ?? (spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed'),
  };
}
