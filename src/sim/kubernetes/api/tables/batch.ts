// Rows of jobs and cron jobs.
// Models printJob and printCronJob of pkg/printers/internalversion/printers.go (1.32).
import { parseTime } from '../../../engine/time.ts';
import { ageSince, humanDuration } from '../../duration.ts';
import type { CronJob, Job } from '../../kinds/workloads.ts';
import { formatLabelSelector } from '../../selector.ts';
import {
  age,
  ageColumn,
  column,
  containerCells,
  containerColumns,
  nameColumn,
  orNone,
  wide,
  yesNo,
  type Printer,
} from './table.ts';

export const jobs: Printer<Job> = {
  columns: [
    nameColumn,
    column('Status', 'Status of the job.'),
    column('Completions', ''),
    column('Duration', 'Time required to complete the job.'),
    ageColumn,
    ...containerColumns,
    wide('Selector', ''),
  ],
  row: (job, nowUnixMs) => ({
    cells: [
      job.metadata.name,
      jobStatus(job),
      completions(job),
      duration(job, nowUnixMs),
      age(job, nowUnixMs),
      ...containerCells(job.spec.template.spec.containers),
      formatLabelSelector(job.spec.selector),
    ],
  }),
};

function jobStatus({ metadata, status }: Job): string {
  const has = (type: string) => status.conditions?.some((c) => c.type === type && c.status === 'True') ?? false;
  if (has('Complete')) return 'Complete';
  if (has('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  if (has('Suspended')) return 'Suspended';
  return has('FailureTarget') ? 'FailureTarget' : 'Running';
}

function completions({ spec, status }: Job): string {
  const done = String(status.succeeded ?? 0);
  if (spec.completions !== undefined) return `${done}/${String(spec.completions)}`;
  const parallelism = spec.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${String(parallelism)}` : `${done}/1`;
}

function duration({ status }: Job, nowUnixMs: number): string {
  const from = parseTime(status.startTime ?? '');
  if (from === undefined) return '';
  return humanDuration((parseTime(status.completionTime ?? '') ?? nowUnixMs) - from);
}

export const cronJobs: Printer<CronJob> = {
  columns: [
    nameColumn,
    column('Schedule', ''),
    column('Timezone', ''),
    column('Suspend', '', 'boolean'),
    column('Active', '', 'integer'),
    column('Last Schedule', ''),
    ageColumn,
    ...containerColumns,
    wide('Selector', ''),
  ],
  row: (cronJob, nowUnixMs) => {
    const { spec, status } = cronJob;
    const last = status.lastScheduleTime;
    return {
      cells: [
        cronJob.metadata.name,
        spec.schedule,
        orNone(spec.timeZone),
        yesNo(spec.suspend),
        status.active?.length ?? 0,
        last === undefined ? '<none>' : ageSince(last, nowUnixMs),
        age(cronJob, nowUnixMs),
        ...containerCells(spec.jobTemplate.spec.template.spec.containers),
        formatLabelSelector(spec.jobTemplate.spec.selector),
      ],
    };
  },
};
