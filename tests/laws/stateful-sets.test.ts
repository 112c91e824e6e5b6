// A StatefulSet keeps its order, whatever befalls its pods and machines.
import { describe, expect, test, vi } from 'vitest';
import { readScenario, Timeline } from '../../src/sim/index.ts';
import { isPodReady } from '../../src/sim/kubernetes/pods.ts';
import { chance, pick, type Chance } from './chance.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const SEEDS = Array.from({ length: 12 }, (_, i) => 501 + i);
const FAULTS_UNTIL = 240_000;
const SETTLED = 1_200_000;
const STEP = 500;
const NODES = 4;
const SET = '/apis/apps/v1/namespaces/default/statefulsets/db';

describe.each(SEEDS)('seed %i', (seed) => {
  const int = chance(seed);
  const start = pick(int, [0, 0, 3]);
  const replicas = 1 + int(5);
  const policy = pick(int, ['OrderedReady', 'OrderedReady', 'Parallel'] as const);
  const claims = int(2) === 0;
  const title = `${String(replicas)} replicas from ${String(start)}, ${policy}${claims ? ', with claims' : ''}`;

  test(`${title}: pods start in order and come back under their names`, () => {
    const read = readScenario({
      name: title,
      nodes: [{ name: 'node', count: NODES, cpu: '8', memory: '16Gi' }],
      objects: [statefulSet(int, { start, replicas, policy, claims })],
    });
    if ('error' in read) throw new Error(read.error);
    const timeline = new Timeline(read.scenario, seed);
    const { store } = timeline.world;
    const started: string[] = [];
    const disorder: string[] = [];
    store.subscribe('pods', ({ type, object }) => {
      if (type !== 'ADDED') return;
      const { name } = object.metadata;
      started.push(name);
      if (policy === 'Parallel') return;
      for (let before = start; before < ordinalOf(name); before++) {
        const pod = store.get('pods', `default/db-${String(before)}`);
        if (!pod || !isPodReady(pod)) disorder.push(`${name} before db-${String(before)} at ${String(timeline.now)}`);
      }
    });
    let next = 5_000;
    for (let at = STEP; at <= FAULTS_UNTIL; at += STEP) {
      timeline.run(at);
      if (at >= next) {
        next = at + 1_000 + int(20_000);
        fault(timeline, int);
      }
      expectOneEach(timeline);
    }
    for (let i = 1; i <= NODES; i++) {
      timeline.machine(`node-${String(i)}`, true);
      patch(timeline, `/api/v1/nodes/node-${String(i)}`, { spec: { unschedulable: false } });
    }
    for (let at = FAULTS_UNTIL; at < SETTLED && !settled(timeline); at += STEP) timeline.run(at);
    expect(timeline.world.store).toBe(store);
    expect(disorder).toEqual([]);
    expect(started.length).toBeGreaterThanOrEqual(replicas);
    const set = store.get('statefulsets', 'default/db');
    expect(set?.status).toMatchObject({ readyReplicas: set?.spec.replicas, updatedReplicas: set?.spec.replicas });
    expect(set?.status.currentRevision).toBe(set?.status.updateRevision);
    const names = store.list('pods', 'default').map(({ metadata }) => metadata.name);
    const last = start + (set?.spec.replicas ?? 0);
    expect(names).toEqual(Array.from({ length: last - start }, (_, i) => `db-${String(start + i)}`));
    if (claims)
      for (const pod of store.list('pods', 'default'))
        expect(store.get('persistentvolumeclaims', `default/data-${pod.metadata.name}`)?.status.phase).toBe('Bound');
  });
});

function ordinalOf(name: string): number {
  return Number(name.slice(name.lastIndexOf('-') + 1));
}

/** No two machines run containers of one number. */
function expectOneEach({ world, now }: Timeline): void {
  const seen = new Set<string>();
  for (const pod of world.store.values('pods')) {
    const ordinal = pod.metadata.labels?.['apps.kubernetes.io/pod-index'] ?? '';
    expect(seen.has(ordinal), `two pods number ${ordinal} at ${String(now)}`).toBe(false);
    seen.add(ordinal);
  }
}

function settled({ world }: Timeline): boolean {
  const set = world.store.get('statefulsets', 'default/db');
  if (!set || set.status.observedGeneration !== set.metadata.generation) return false;
  const { replicas, readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = set.status;
  const wanted = set.spec.replicas;
  return [replicas, readyReplicas, updatedReplicas].every((n) => n === wanted) && currentRevision === updateRevision;
}

function patch(timeline: Timeline, path: string, body: object): void {
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  expect(timeline.api({ method: 'PATCH', path, headers, body: JSON.stringify(body) }).status).toBe(200);
}

function fault(timeline: Timeline, int: Chance): void {
  const { store, kubelets } = timeline.world;
  const pods = store.list('pods', 'default');
  const pod = pods.length > 0 ? pick(int, pods) : undefined;
  const node = `node-${String(1 + int(NODES))}`;
  switch (int(6)) {
    case 0:
      if (pod)
        timeline.api({ method: 'DELETE', path: `/api/v1/namespaces/default/pods/${pod.metadata.name}`, headers: {} });
      return;
    case 1:
      patch(timeline, SET, { spec: { replicas: 1 + int(5) } });
      return;
    case 2: {
      const image = pick(int, ['redis:7.4', 'nginx:1.27', 'nginx:1.25']);
      patch(timeline, SET, { spec: { template: { spec: { containers: [{ name: 'db', image }] } } } });
      return;
    }
    case 3:
      timeline.machine(node, int(3) > 0);
      return;
    case 4:
      patch(timeline, `/api/v1/nodes/${node}`, { spec: { unschedulable: int(2) === 0 } });
      return;
    default: {
      const process = pod && kubelets.processOf(pod.metadata.uid);
      if (process !== undefined) timeline.exec(process, ['sh', '-c', 'kill -9 1']);
    }
  }
}

function statefulSet(
  int: Chance,
  { start, replicas, policy, claims }: { start: number; replicas: number; policy: string; claims: boolean },
): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db' },
    spec: {
      replicas,
      serviceName: 'db',
      podManagementPolicy: policy,
      selector: { matchLabels: { app: 'db' } },
      ...(start > 0 ? { ordinals: { start } } : {}),
      template: {
        metadata: { labels: { app: 'db' } },
        spec: {
          terminationGracePeriodSeconds: 1 + int(10),
          containers: [{ name: 'db', image: 'redis:7.4' }],
        },
      },
      ...(claims
        ? {
            volumeClaimTemplates: [
              {
                metadata: { name: 'data' },
                spec: {
                  accessModes: ['ReadWriteOnce'],
                  storageClassName: 'standard',
                  resources: { requests: { storage: '1Gi' } },
                },
              },
            ],
          }
        : {}),
    },
  };
}
