import { describe, expect, it } from 'vitest';
import type { Job } from '../../kinds/workloads.ts';
import type { Timeline } from '../../../timeline.ts';
import { replays, said, story } from '../story.testing.ts';

function job(spec: object, script: string, restartPolicy = 'Never'): object {
  const containers = [{ name: 'c', image: 'busybox:1.37', command: ['sh', '-c', script] }];
  const template = { spec: { restartPolicy, containers, terminationGracePeriodSeconds: 1 } };
  return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'work' }, spec: { ...spec, template } };
}

function work({ world }: Timeline): Job {
  const found = world.store.get('jobs', 'default/work');
  if (!found) throw new Error('the job is gone');
  return found;
}

function patch(timeline: Timeline, spec: object): void {
  const path = '/apis/batch/v1/namespaces/default/jobs/work';
  const headers = { 'content-type': 'application/merge-patch+json' };
  expect(timeline.api({ method: 'PATCH', path, headers, body: JSON.stringify({ spec }) }).status).toBe(200);
}

const conditionsOf = (found: Job) =>
  (found.status.conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason ?? ''}`);

describe('a Job ends', () => {
  const policy = (action: string) => ({
    podFailurePolicy: { rules: [{ action, onExitCodes: { operator: 'In', values: [42] } }] },
  });
  it.each([
    [
      'when enough pods have succeeded',
      job({ completions: 3, parallelism: 2 }, 'sleep 2'),
      { succeeded: 3 },
      ['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached'],
      'Completed: Job completed',
    ],
    [
      'without a number of completions when one has succeeded',
      job({ parallelism: 3 }, 'sleep 2'),
      { succeeded: 3 },
      ['SuccessCriteriaMet=True CompletionsReached', 'Complete=True CompletionsReached'],
      'Completed: Job completed',
    ],
    [
      'when too many pods have failed',
      job({ backoffLimit: 1 }, 'exit 1'),
      { failed: 2 },
      ['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded'],
      'BackoffLimitExceeded: Job has reached the specified backoff limit',
    ],
    [
      'when containers have started again too often',
      job({ backoffLimit: 2 }, 'exit 1', 'OnFailure'),
      { failed: 1 },
      ['FailureTarget=True BackoffLimitExceeded', 'Failed=True BackoffLimitExceeded'],
      'BackoffLimitExceeded: Job has reached the specified backoff limit',
    ],
    [
      'when its time is over',
      job({ activeDeadlineSeconds: 5 }, 'sleep 1000'),
      { failed: 1 },
      ['FailureTarget=True DeadlineExceeded', 'Failed=True DeadlineExceeded'],
      'DeadlineExceeded: Job was active longer than specified deadline',
    ],
    [
      'at the first exit code that must not be',
      job(policy('FailJob'), 'exit 42'),
      { failed: 1 },
      ['FailureTarget=True PodFailurePolicy', 'Failed=True PodFailurePolicy'],
      /^PodFailurePolicy: Container c for pod default\/work-\w+ failed with exit code 42 matching FailJob rule at index 0$/,
    ],
    [
      'when every index has an end and one has failed',
      job(
        { completionMode: 'Indexed', completions: 3, parallelism: 3, backoffLimitPerIndex: 1 },
        'test $JOB_COMPLETION_INDEX != 1',
      ),
      { succeeded: 2, failed: 2, completedIndexes: '0,2', failedIndexes: '1' },
      ['FailureTarget=True FailedIndexes', 'Failed=True FailedIndexes'],
      'FailedIndexes: Job has failed indexes',
    ],
    [
      'when more indexes have failed than may',
      job(
        { completionMode: 'Indexed', completions: 3, parallelism: 3, backoffLimitPerIndex: 0, maxFailedIndexes: 0 },
        'test $JOB_COMPLETION_INDEX != 1 && sleep 60',
      ),
      { failed: 3, failedIndexes: '1' },
      ['FailureTarget=True MaxFailedIndexesExceeded', 'Failed=True MaxFailedIndexesExceeded'],
      'MaxFailedIndexesExceeded: Job has exceeded the specified maximal number of failed indexes',
    ],
    [
      'when the indexes that matter have succeeded',
      job(
        {
          completionMode: 'Indexed',
          completions: 3,
          parallelism: 3,
          successPolicy: { rules: [{ succeededIndexes: '0' }] },
        },
        'test $JOB_COMPLETION_INDEX = 0 || sleep 1000',
      ),
      { succeeded: 1, completedIndexes: '0' },
      ['SuccessCriteriaMet=True SuccessPolicy', 'Complete=True SuccessPolicy'],
      'Completed: Job completed',
    ],
  ])('%s', (_title, manifest, status, conditions, event) => {
    const timeline = story(manifest);
    timeline.run(240_000);
    const found = work(timeline);
    expect(found.status).toMatchObject({ ...status, ready: 0, terminating: 0, uncountedTerminatedPods: {} });
    expect(found.status.active).toBeUndefined();
    expect(conditionsOf(found)).toEqual(conditions);
    const last = said(timeline, 'Job', 'work').at(-1);
    if (typeof event === 'string') expect(last).toBe(event);
    else expect(last).toMatch(event);
    for (const pod of timeline.world.store.list('pods')) expect(pod.metadata.finalizers).toBeUndefined();
  });
});

it('waits 10 s, then 20 s, then 40 s before it tries again', () => {
  const timeline = story(job({ backoffLimit: 3 }, 'exit 1'));
  const at: number[] = [];
  timeline.world.store.subscribe('pods', ({ type }) => {
    if (type === 'ADDED') at.push(timeline.world.sim.now);
  });
  timeline.run(300_000);
  const waits = at.slice(1).map((time, i) => Math.round((time - (at[i] ?? 0)) / 1000));
  expect(waits).toEqual([11, 21, 41].map((wait) => expect.closeTo(wait, -0.5) as number));
});

it('an ignored failure is tried again without end', () => {
  const rules = [{ action: 'Ignore', onExitCodes: { operator: 'In', values: [42] } }];
  const timeline = story(job({ backoffLimit: 0, podFailurePolicy: { rules } }, 'exit 42'));
  timeline.run(120_000);
  expect(work(timeline).status.conditions).toBeUndefined();
  expect(timeline.world.store.size('pods')).toBeGreaterThan(2);
});

it('stops while it is suspended and starts again with a new time', () => {
  const timeline = story(job({ parallelism: 2, completions: 2 }, 'sleep 30'));
  timeline.run(10_000);
  patch(timeline, { suspend: true });
  timeline.run(30_000);
  expect(conditionsOf(work(timeline))).toEqual(['Suspended=True JobSuspended']);
  expect(timeline.world.store.size('pods')).toBe(0);
  expect(work(timeline).status.failed).toBeUndefined();
  patch(timeline, { suspend: false });
  timeline.run(31_000);
  expect(work(timeline).status.startTime).toBe('2026-11-24T09:00:30Z');
  timeline.run(120_000);
  expect(conditionsOf(work(timeline)).at(-1)).toBe('Complete=True CompletionsReached');
  const events = said(timeline, 'Job', 'work');
  expect(events).toContain('Suspended: Job suspended');
  expect(events).toContain('Resumed: Job resumed');
});

it('goes with its pods when its time after the end is over', () => {
  const timeline = story(job({ ttlSecondsAfterFinished: 20 }, 'exit 0'));
  timeline.run(20_000);
  expect(work(timeline).status.succeeded).toBe(1);
  timeline.run(40_000);
  expect([timeline.world.store.size('jobs'), timeline.world.store.size('pods')]).toEqual([0, 0]);
});

it('pods of a deleted Job are not held back', () => {
  const timeline = story(job({ parallelism: 2 }, 'sleep 1000'));
  timeline.run(10_000);
  timeline.world.store.delete('jobs', 'default/work', { propagationPolicy: 'Background' });
  timeline.run(20_000);
  expect(timeline.world.store.size('pods')).toBe(0);
});

it('can be played again from the middle', () => {
  expect(
    replays(story(job({ backoffLimit: 4, parallelism: 2, completions: 4 }, 'sleep 3; exit 1')), 25_000, 120_000),
  ).toBe(true);
});
