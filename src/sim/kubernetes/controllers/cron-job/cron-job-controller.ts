// Starts a Job whenever a schedule strikes, and clears the old ones away.
// Models pkg/controller/cronjob/cronjob_controllerv2.go (1.32). What the API server adds to a Job on its way in is in
// ../job/job-defaults.ts, because controllers write to the store directly here.
// Departure: zones with daylight saving time are not known; a CronJob that names one starts nothing and says so.
import { refuseObject } from '../../api/admission/classes.ts';
import type { JsonObject } from '../../api/json.ts';
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import { parseTime } from '../../../engine/time.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { CronJob, Job } from '../../kinds/workloads.ts';
import type { ObjectReference } from '../../objects.ts';
import { resourceInfo } from '../../resources.ts';
import { type Draft, keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { finishedCondition } from '../job/job-status.ts';
import { withJobDefaults } from '../job/job-defaults.ts';
import { controllerOf, controllerReference } from '../owner-reference.ts';
import {
  formatInZone,
  formatRfc1123,
  missedStarts,
  parseSchedule,
  type Schedule,
  unknownZone,
  zoneOffset,
} from './schedule.ts';

const COMPONENT = 'cronjob-controller';
/** The controller looks this much later than the schedule strikes. (nextScheduleDelta) */
const DELTA_MS = 100;
/** After a Job was refused, doubled by each further time. (workqueue.DefaultControllerRateLimiter) */
const RETRY_BASE_MS = 5;
const RETRY_MAX_MS = 1_000_000;
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

type Status = CronJob['status'];

/** A status that one pass may change. */
interface Working {
  active: readonly ObjectReference[];
  lastScheduleTime: string | undefined;
  lastSuccessfulTime: string | undefined;
}

export function createCronJobController(cluster: Cluster): void {
  const { sim, store, events } = cluster;
  const queue = new WorkQueue(sim, 'controller.cronjob', latency.watch, sync);

  /** Passes in a row in which a Job was refused. */
  let refusals = new Map<string, number>();
  sim.register<readonly (readonly [string, number])[]>({
    name: 'kubernetes.controllers.cronjob',
    save: () => [...refusals],
    load: (state) => {
      refusals = new Map(state);
    },
  });

  store.subscribe('cronjobs', ({ type, key, object, before, cause }) => {
    if (type === 'DELETED') {
      refusals.delete(key);
      return;
    }
    const rescheduled =
      before && (before.spec.schedule !== object.spec.schedule || before.spec.timeZone !== object.spec.timeZone);
    const schedule = rescheduled ? scheduleOf(object) : undefined;
    if (schedule && !('error' in schedule)) queue.addAfter(key, untilNext(object, schedule), cause);
    else queue.add(key, cause);
  });
  store.subscribe('jobs', ({ object, cause }) => {
    const owner = controllerOf(object);
    if (owner?.kind === 'CronJob') queue.add(`${object.metadata.namespace ?? ''}/${owner.name}`, cause);
  });

  function now(): number {
    return sim.epochMs + sim.now;
  }

  function sync(key: string): void {
    const cronJob = store.get('cronjobs', key);
    if (!cronJob) return;
    const jobs = store
      .list('jobs', cronJob.metadata.namespace)
      .filter((job) => controllerOf(job)?.uid === cronJob.metadata.uid);
    const { active = [], lastScheduleTime, lastSuccessfulTime } = cronJob.status;
    const working: Working = { active, lastScheduleTime, lastSuccessfulTime };
    const again = reconcile(cronJob, jobs, working);
    cleanUp(cronJob, jobs, working);
    store.updateStatus('cronjobs', key, statusOf(working));
    if (again !== undefined) queue.addAfter(key, again, null);
  }

  /** @returns in how many milliseconds the schedule strikes next */
  function reconcile(cronJob: CronJob, jobs: readonly Job[], working: Working): number | undefined {
    observe(cronJob, jobs, working);
    const { spec } = cronJob;
    if (cronJob.metadata.deletionTimestamp !== undefined) return undefined;
    const { timeZone = '' } = spec;
    const offset = zoneOffset(timeZone);
    if (offset === undefined) {
      const message = `invalid timeZone: ${JSON.stringify(timeZone)}: ${unknownZone(timeZone)}`;
      report(cronJob, 'Warning', 'UnknownTimeZone', message);
      return undefined;
    }
    if (spec.suspend) return undefined;
    if (spec.schedule.includes('TZ'))
      report(
        cronJob,
        'Warning',
        'UnsupportedSchedule',
        `CRON_TZ or TZ used in schedule ${JSON.stringify(spec.schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`,
      );
    const schedule = parseSchedule(spec.schedule, offset);
    if ('error' in schedule) {
      const message = `unparseable schedule: ${JSON.stringify(spec.schedule)} : ${schedule.error}`;
      report(cronJob, 'Warning', 'UnparseableSchedule', message);
      return undefined;
    }
    const due = dueAt(cronJob, schedule);
    const next = untilNext(cronJob, schedule);
    if (due === undefined) return next;
    if (spec.startingDeadlineSeconds !== undefined && due + spec.startingDeadlineSeconds * 1000 < now()) {
      report(cronJob, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${formatRfc1123(due)}`);
      return next;
    }
    const name = `${cronJob.metadata.name}-${String(Math.floor(due / 60_000))}`;
    const startedAlready = parseTime(working.lastScheduleTime ?? '') === due;
    if (startedAlready || working.active.some((reference) => reference.name === name)) return next;
    if (spec.concurrencyPolicy === 'Forbid' && working.active.length > 0) {
      const message = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      report(cronJob, 'Normal', 'JobAlreadyActive', message);
      return next;
    }
    if (spec.concurrencyPolicy === 'Replace')
      for (const { namespace = '', name: running = '' } of working.active) {
        const job = store.get('jobs', `${namespace}/${running}`);
        if (job) remove(cronJob, job, working);
      }
    if (!start(cronJob, name, due, offset, working)) return undefined;
    return untilNext({ ...cronJob, status: statusOf(working) }, schedule);
  }

  /** Notes which of its Jobs run, have ended or are gone. */
  function observe(cronJob: CronJob, jobs: readonly Job[], working: Working): void {
    for (const job of jobs) {
      const { uid, name } = job.metadata;
      const listed = working.active.some((reference) => reference.uid === uid);
      const finished = finishedCondition(job);
      if (!finished) {
        if (!listed)
          report(
            cronJob,
            'Warning',
            'UnexpectedJob',
            `Saw a job that the controller did not create or forgot: ${name}`,
          );
        continue;
      }
      if (listed) {
        forget(working, uid);
        report(cronJob, 'Normal', 'SawCompletedJob', `Saw completed job: ${name}, condition: ${finished.type}`);
      }
      const { completionTime } = job.status;
      if (
        finished.type === 'Complete' &&
        completionTime !== undefined &&
        completionTime > (working.lastSuccessfulTime ?? '')
      )
        working.lastSuccessfulTime = completionTime;
    }
    for (const { uid = '', name = '', namespace = '' } of working.active)
      if (!store.get('jobs', `${namespace}/${name}`)) {
        report(cronJob, 'Normal', 'MissingJob', `Active job went missing: ${name}`);
        forget(working, uid);
      }
  }

  function dueAt(cronJob: CronJob, schedule: Schedule): number | undefined {
    const { mostRecent, tooMany } = missedStarts(schedule, since(cronJob), now(), cronJob.spec.startingDeadlineSeconds);
    if (mostRecent !== undefined && tooMany)
      report(
        cronJob,
        'Warning',
        'TooManyMissedTimes',
        'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew',
      );
    return mostRecent;
  }

  function untilNext(cronJob: CronJob, schedule: Schedule): number {
    const { mostRecent, earliest } = missedStarts(schedule, since(cronJob), now(), undefined);
    const next = schedule.next(mostRecent ?? earliest);
    return next === undefined ? Number.MAX_SAFE_INTEGER / 2 : Math.max(0, next + DELTA_MS - now());
  }

  function retry(key: string): void {
    const tries = (refusals.get(key) ?? 0) + 1;
    refusals.set(key, tries);
    queue.addAfter(key, Math.min(RETRY_BASE_MS * 2 ** (tries - 1), RETRY_MAX_MS), null);
  }

  function start(cronJob: CronJob, name: string, due: number, offset: number, working: Working): boolean {
    const { namespace = '' } = cronJob.metadata;
    if (store.get('namespaces', namespace)?.metadata.deletionTimestamp !== undefined) return false;
    let job = store.get('jobs', `${namespace}/${name}`);
    if (job) {
      if (controllerOf(job)?.uid !== cronJob.metadata.uid) return false;
    } else {
      const draft = jobFor(cronJob, name, due, offset);
      const refused = refuseObject(store, resourceInfo('jobs'), namespace, draft as unknown as JsonObject);
      if (refused !== undefined) {
        const why = `jobs.batch "${name}" is forbidden: ${refused}`;
        report(cronJob, 'Warning', 'FailedCreate', `Error creating job: ${why}`);
        retry(keyOf(cronJob));
        return false;
      }
      refusals.delete(keyOf(cronJob));
      job = store.create('jobs', draft);
      report(cronJob, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
    }
    working.active = [...working.active, referenceTo(job)];
    working.lastScheduleTime = formatInZone(due, 0);
    return true;
  }

  // ---- Clearing away

  function cleanUp(cronJob: CronJob, jobs: readonly Job[], working: Working): void {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
    const limits = [
      ['Complete', successfulJobsHistoryLimit],
      ['Failed', failedJobsHistoryLimit],
    ] as const;
    for (const [type, limit] of limits) {
      const ended = jobs.filter((job) => finishedCondition(job)?.type === type).sort(byStart);
      for (const job of ended.slice(0, Math.max(0, ended.length - limit))) remove(cronJob, job, working);
    }
  }

  function remove(cronJob: CronJob, job: Job, working: Working): void {
    store.delete('jobs', keyOf(job), { propagationPolicy: 'Background' });
    forget(working, job.metadata.uid);
    report(cronJob, 'Normal', 'SuccessfulDelete', `Deleted job ${job.metadata.name}`);
  }

  function report(cronJob: CronJob, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.record(referenceTo(cronJob), type, reason, message, COMPONENT);
  }
}

function scheduleOf({ spec }: CronJob): ReturnType<typeof parseSchedule> {
  const offset = zoneOffset(spec.timeZone ?? '');
  return offset === undefined ? { error: unknownZone(spec.timeZone ?? '') } : parseSchedule(spec.schedule, offset);
}

/** From when missed starts count. */
function since({ metadata, status }: CronJob): string {
  return status.lastScheduleTime ?? metadata.creationTimestamp;
}

function jobFor(cronJob: CronJob, name: string, due: number, offset: number): Draft<Job> {
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name,
      namespace: cronJob.metadata.namespace ?? 'default',
      ...(metadata?.labels ? { labels: metadata.labels } : {}),
      annotations: { ...metadata?.annotations, [SCHEDULED_AT]: formatInZone(due, offset) },
      ownerReferences: [controllerReference(cronJob)],
    },
    spec: withJobDefaults(spec),
    status: {},
  };
}

function statusOf({ active, lastScheduleTime, lastSuccessfulTime }: Working): Status {
  return {
    ...(active.length > 0 ? { active } : {}),
    ...(lastScheduleTime === undefined ? {} : { lastScheduleTime }),
    ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
  };
}

function forget(working: Working, uid: string): void {
  working.active = working.active.filter((reference) => reference.uid !== uid);
}

function byStart(a: Job, b: Job): number {
  const [left, right] = [a.status.startTime ?? '~', b.status.startTime ?? '~'];
  return left < right ? -1 : left > right ? 1 : a.metadata.name < b.metadata.name ? -1 : 1;
}
