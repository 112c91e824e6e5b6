// A Job loses count of none of its pods, whatever befalls them and their machines.
import { describe, expect, test, vi } from 'vitest';
import { readScenario, Timeline } from '../../src/sim/index.ts';
import { isPodActive } from '../../src/sim/kubernetes/pods.ts';
import { chance, pick, type Chance } from './chance.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const SEEDS = Array.from({ length: 16 }, (_, i) => 701 + i);
const FAULTS_UNTIL = 120_000;
const END = 6_000_000;
const STEP = 500;
const NODES = 3;
const FINALIZER = 'batch.kubernetes.io/job-tracking';
const INDEX = 'batch.kubernetes.io/job-completion-index';

describe.each(SEEDS)('seed %i', (seed) => {
  const int = chance(seed);
  const indexed = int(2) === 0;
  const completions = 1 + int(6);
  const parallelism = 1 + int(4);
  const backoffLimit = int(7);
  const perIndex = indexed && int(2) === 0;
  const title = `${indexed ? 'Indexed' : 'NonIndexed'}, ${String(completions)} completions, ${String(parallelism)} at once, back-off limit ${String(backoffLimit)}${perIndex ? ' for each index' : ''}`;

  test(`${title}: every pod is counted once, and the Job ends`, () => {
    const seconds = 1 + int(20);
    const script = `sleep ${String(seconds)}; ${pick(int, ['exit 0', 'exit 0', 'exit 1', 'test "$JOB_COMPLETION_INDEX" != 1'])}`;
    const read = readScenario({
      name: title,
      nodes: [{ name: 'node', count: NODES, cpu: '8', memory: '16Gi' }],
      objects: [
        {
          apiVersion: 'batch/v1',
          kind: 'Job',
          metadata: { name: 'work' },
          spec: {
            completions,
            parallelism,
            ...(perIndex ? { backoffLimitPerIndex: backoffLimit } : { backoffLimit }),
            ...(indexed ? { completionMode: 'Indexed' } : {}),
            template: {
              spec: {
                restartPolicy: 'Never',
                terminationGracePeriodSeconds: 2,
                containers: [{ name: 'work', image: 'busybox:1.37', command: ['sh', '-c', script] }],
              },
            },
          },
        },
      ],
    });
    if ('error' in read) throw new Error(read.error);
    const timeline = new Timeline(read.scenario, seed);
    const { store } = timeline.world;
    let created = 0;
    store.subscribe('pods', ({ type }) => {
      if (type === 'ADDED') created++;
    });
    let next = 2_000;
    let at = STEP;
    for (; at <= END && !ended(timeline); at += at < FAULTS_UNTIL ? STEP : 10 * STEP) {
      timeline.run(at);
      if (at >= next && at < FAULTS_UNTIL) {
        next = at + 1_000 + int(15_000);
        fault(timeline, int);
      }
      if (at >= FAULTS_UNTIL) for (let i = 1; i <= NODES; i++) timeline.machine(`node-${String(i)}`, true);
      const when = `at ${String(at)}`;
      const job = store.get('jobs', 'default/work');
      const { succeeded = 0, failed = 0, completedIndexes = '' } = job?.status ?? {};
      const pods = store.list('pods', 'default');
      const uncounted = pods.filter(({ metadata }) => metadata.finalizers?.includes(FINALIZER)).length;
      const active = pods.filter(isPodActive);
      if (!indexed) expect(succeeded + failed + uncounted, `pods ${when}`).toBe(created);
      else {
        expect(countIndexes(completedIndexes), `indexes ${when}`).toBe(succeeded);
        const indexes = active.map(({ metadata }) => metadata.annotations?.[INDEX]);
        expect(new Set(indexes).size, `an index twice ${when}`).toBe(indexes.length);
      }
      expect(active.length, `active ${when}`).toBeLessThanOrEqual(parallelism);
      expect(succeeded, `succeeded ${when}`).toBeLessThanOrEqual(completions);
    }
    const job = store.get('jobs', 'default/work');
    const { succeeded = 0, failed = 0, active = 0, terminating, uncountedTerminatedPods } = job?.status ?? {};
    const end = job?.status.conditions?.filter(({ type }) => type === 'Complete' || type === 'Failed') ?? [];
    expect(end.length, 'it ends one way').toBe(1);
    expect({ active, terminating, uncountedTerminatedPods }).toEqual({
      active: 0,
      terminating: 0,
      uncountedTerminatedPods: {},
    });
    if (end[0]?.type === 'Complete') expect(succeeded).toBe(completions);
    else if (end[0]?.reason === 'BackoffLimitExceeded') expect(failed).toBeGreaterThan(backoffLimit);
    else expect(end[0]?.reason).toBe('FailedIndexes');
  });
});

function ended({ world }: Timeline): boolean {
  const conditions = world.store.get('jobs', 'default/work')?.status.conditions ?? [];
  return conditions.some(({ type }) => type === 'Complete' || type === 'Failed');
}

function countIndexes(text: string): number {
  if (text === '') return 0;
  return text.split(',').reduce((sum, part) => {
    const [first = '', last = first] = part.split('-');
    return sum + Number(last) - Number(first) + 1;
  }, 0);
}

function fault(timeline: Timeline, int: Chance): void {
  const { store, kubelets } = timeline.world;
  const pods = store.list('pods', 'default').filter(isPodActive);
  const pod = pods.length > 0 ? pick(int, pods) : undefined;
  const path = `/api/v1/namespaces/default/pods/${pod?.metadata.name ?? ''}`;
  switch (int(4)) {
    case 0:
      if (pod) timeline.api({ method: 'DELETE', path, headers: {} });
      return;
    case 1:
      if (pod) timeline.api({ method: 'DELETE', path: `${path}?gracePeriodSeconds=0`, headers: {} });
      return;
    case 2:
      timeline.machine(`node-${String(1 + int(NODES))}`, int(3) > 0);
      return;
    default: {
      const process = pod && kubelets.processOf(pod.metadata.uid);
      if (process !== undefined) timeline.exec(process, ['sh', '-c', 'kill -9 1']);
    }
  }
}
