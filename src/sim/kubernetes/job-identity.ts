// What ties a Job to its pods: labels with its name and uid, and a selector for the uid. Models generateSelector of
// pkg/registry/batch/job/strategy.go and the labels that pkg/apis/batch/v1/defaults.go takes from the template (1.32).
// It is done where the uid is made, so that jobs of a CronJob get it too.
import type { Job } from './kinds/workloads.ts';

const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
const JOB_NAME = 'batch.kubernetes.io/job-name';

export function withJobIdentity(job: Job): Job {
  const { metadata, spec } = job;
  const own = Object.keys(metadata.labels ?? {}).length > 0;
  const { template } = spec;
  // A manual selector is its author's business.
  const given = (template.metadata as Job['spec']['template']['metadata'] | undefined) ?? {};
  const labels = spec.manualSelector
    ? given.labels
    : {
        ...given.labels,
        [CONTROLLER_UID]: metadata.uid,
        [JOB_NAME]: metadata.name,
        'controller-uid': metadata.uid,
        'job-name': metadata.name,
      };
  const selector = spec.manualSelector
    ? spec.selector
    : { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [CONTROLLER_UID]: metadata.uid } };
  return {
    ...job,
    metadata: own || labels === undefined ? metadata : { ...metadata, labels },
    spec: {
      ...spec,
      ...(selector === undefined ? {} : { selector }),
      template: { ...template, metadata: { ...given, ...(labels === undefined ? {} : { labels }) } },
    },
  };
}
