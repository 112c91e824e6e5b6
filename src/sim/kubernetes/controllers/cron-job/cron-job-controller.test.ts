import { expect, it } from 'vitest';
import type { Timeline } from '../../../timeline.ts';
import { replays, said, story } from '../story.testing.ts';

const MINUTE = 60_000;

/** Worlds begin at nine o'clock. */
function cronJob(spec: object, script = 'sleep 5'): object {
  const containers = [{ name: 'c', image: 'busybox:1.37', command: ['sh', '-c', script] }];
  const template = { spec: { restartPolicy: 'Never', containers, terminationGracePeriodSeconds: 1 } };
  return {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'tick' },
    spec: { schedule: '* * * * *', jobTemplate: { spec: { backoffLimit: 0, template } }, ...spec },
  };
}

const jobs = ({ world }: Timeline) => world.store.list('jobs', 'default').map(({ metadata }) => metadata.name);
const status = ({ world }: Timeline) => world.store.get('cronjobs', 'default/tick')?.status;

it('starts a Job at each stroke, names it after the minute and keeps the last ones', () => {
  const timeline = story(cronJob({ successfulJobsHistoryLimit: 2 }));
  timeline.run(4 * MINUTE + 30_000);
  expect(jobs(timeline)).toEqual(['tick-29925183', 'tick-29925184']);
  expect(status(timeline)).toEqual({
    lastScheduleTime: '2026-11-24T09:04:00Z',
    lastSuccessfulTime: expect.stringMatching(/^2026-11-24T09:04:0\dZ$/) as string,
  });
  const job = timeline.world.store.get('jobs', 'default/tick-29925184');
  expect(job?.metadata.annotations).toEqual({
    'batch.kubernetes.io/cronjob-scheduled-timestamp': '2026-11-24T09:04:00Z',
  });
  expect(job?.spec).toMatchObject({ parallelism: 1, completions: 1, backoffLimit: 0, completionMode: 'NonIndexed' });
  expect(said(timeline, 'CronJob', 'tick').slice(0, 3)).toEqual([
    'SuccessfulCreate: Created job tick-29925181',
    'SawCompletedJob: Saw completed job: tick-29925181, condition: Complete',
    'SuccessfulCreate: Created job tick-29925182',
  ]);
  expect(said(timeline, 'CronJob', 'tick')).toContain('SuccessfulDelete: Deleted job tick-29925181');
});

it.each([
  ['Allow', ['tick-29925181', 'tick-29925182', 'tick-29925183'], 3],
  ['Forbid', ['tick-29925181'], 1],
  ['Replace', ['tick-29925183'], 1],
])('%s: of Jobs that take long run %j', (concurrencyPolicy, expected, active) => {
  const timeline = story(cronJob({ concurrencyPolicy }, 'sleep 1000'));
  timeline.run(3 * MINUTE + 30_000);
  expect(jobs(timeline)).toEqual(expected);
  expect(status(timeline)?.active?.length).toBe(active);
  expect(said(timeline, 'CronJob', 'tick').some((text) => text.startsWith('JobAlreadyActive'))).toBe(
    concurrencyPolicy === 'Forbid',
  );
});

it('starts nothing while it is suspended, and what is too late never', () => {
  const timeline = story(cronJob({ suspend: true, startingDeadlineSeconds: 10 }));
  timeline.run(3 * MINUTE + 30_000);
  expect(jobs(timeline)).toEqual([]);
  const path = '/apis/batch/v1/namespaces/default/cronjobs/tick';
  const headers = { 'content-type': 'application/merge-patch+json' };
  timeline.api({ method: 'PATCH', path, headers, body: '{"spec":{"suspend":false}}' });
  timeline.run(3 * MINUTE + 50_000);
  expect(jobs(timeline)).toEqual([]);
  timeline.run(4 * MINUTE + 1000);
  expect(jobs(timeline)).toEqual(['tick-29925184']);
});

it('refuses a zone that it does not know, by name', () => {
  const timeline = story(cronJob({ timeZone: 'Europe/Berlin' }));
  timeline.run(2 * MINUTE);
  expect(jobs(timeline)).toEqual([]);
  expect(said(timeline, 'CronJob', 'tick')).toEqual([
    'UnknownTimeZone: invalid timeZone: "Europe/Berlin": time zone Europe/Berlin is not simulated; only zones without daylight saving time are',
  ]);
});

it('can be played again from the middle', () => {
  expect(replays(story(cronJob({})), 90_000, 200_000)).toBe(true);
});

it('says when a Job is refused, and starts it once there is room', () => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'few' },
    spec: { hard: { 'count/jobs.batch': '0' } },
  };
  const timeline = story(quota, cronJob({}));
  timeline.run(MINUTE + 10_000);
  expect(jobs(timeline)).toEqual([]);
  expect(said(timeline, 'CronJob', 'tick')[0]).toBe(
    'FailedCreate: Error creating job: jobs.batch "tick-29925181" is forbidden: exceeded quota: few, requested: count/jobs.batch=1, used: count/jobs.batch=0, limited: count/jobs.batch=0',
  );
  timeline.world.store.delete('resourcequotas', 'default/few');
  timeline.run(2 * MINUTE - 1000);
  expect(jobs(timeline)).toEqual(['tick-29925181']);
});
