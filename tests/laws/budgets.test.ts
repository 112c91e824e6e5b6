// What must hold in worlds with budgets, autoscalers and daemons, however their nodes and pods are treated: evictions
// never take more than a budget allows, an autoscaler stays in its range, and in the end each fit node has its daemon.
import { expect, test, vi } from 'vitest';
import { readScenario, Timeline } from '../../src/sim/index.ts';
import { chance, pick, type Chance } from './chance.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const END = 240_000;
const SETTLED = 900_000;
const SEEDS = [1, 2, 3, 4, 5, 6];
const MIN = 2;
const MAX = 6;

function world(seed: number): Timeline {
  const int = chance(seed);
  const container = { name: 'app', image: 'nginx:1.27', resources: { requests: { cpu: '100m', memory: '64Mi' } } };
  const template = (app: string) => ({ metadata: { labels: { app } }, spec: { containers: [container] } });
  const selector = (app: string) => ({ matchLabels: { app } });
  const read = readScenario({
    name: `budgets ${String(seed)}`,
    nodes: Array.from({ length: 3 + int(3) }, (_, i) => ({ name: `node-${String(i)}`, cpu: '4', memory: '8Gi' })),
    objects: [
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'web' },
        spec: { replicas: 4 + int(4), selector: selector('web'), template: template('web') },
      },
      {
        apiVersion: 'policy/v1',
        kind: 'PodDisruptionBudget',
        metadata: { name: 'web' },
        spec: {
          selector: selector('web'),
          ...pick(int, [
            { minAvailable: 2 },
            { minAvailable: '60%' },
            { maxUnavailable: 1 },
            { maxUnavailable: '25%' },
          ]),
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        metadata: { name: 'sized' },
        spec: { replicas: int(10), selector: selector('sized'), template: template('sized') },
      },
      {
        apiVersion: 'autoscaling/v2',
        kind: 'HorizontalPodAutoscaler',
        metadata: { name: 'sized' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'sized' },
          minReplicas: MIN,
          maxReplicas: MAX,
        },
      },
      {
        apiVersion: 'apps/v1',
        kind: 'DaemonSet',
        metadata: { name: 'agent' },
        spec: { selector: selector('agent'), template: template('agent') },
      },
    ],
  });
  if ('error' in read) throw new Error(read.error);
  return new Timeline(read.scenario, seed);
}

test.each(SEEDS)('seed %i: evictions keep to the budget, sizes to their range, daemons to their nodes', (seed) => {
  const timeline = world(seed);
  const { store } = timeline.world;
  const int = chance(seed + 500);
  const down = new Set<string>();
  let evicted = 0;
  for (let at = 10_000; at <= END; at += 200 + int(6000)) {
    timeline.run(at);
    if (act(timeline, int, down)) evicted++;
    if (at > 40_000) expectInRange(timeline);
  }
  expect(evicted).toBeGreaterThan(0);

  for (const node of down) timeline.machine(node, true);
  for (const { metadata } of store.list('nodes'))
    patchNode(timeline, metadata.name, { unschedulable: null, taints: null });
  timeline.run(SETTLED);
  expectInRange(timeline);
  const daemons = store.list('pods').filter((p) => p.metadata.labels?.app === 'agent');
  expect(daemons.map((p) => p.spec.nodeName).sort()).toEqual(store.list('nodes').map((n) => n.metadata.name));
  expect(daemons.map((p) => p.status.phase)).toEqual(daemons.map(() => 'Running'));
  const count = daemons.length;
  expect(store.get('daemonsets', 'default/agent')?.status).toMatchObject({
    desiredNumberScheduled: count,
    currentNumberScheduled: count,
    numberReady: count,
    numberMisscheduled: 0,
  });
});

function expectInRange({ world: { store } }: Timeline): void {
  const replicas = store.get('deployments', 'default/sized')?.spec.replicas ?? 0;
  // Somebody who sets it to nothing turns the autoscaler off.
  if (replicas === 0) return;
  expect(replicas).toBeGreaterThanOrEqual(MIN);
  expect(replicas).toBeLessThanOrEqual(MAX);
}

/** One bad thing; true when it was an eviction that was granted. */
function act(timeline: Timeline, int: Chance, down: Set<string>): boolean {
  const { store } = timeline.world;
  const node = pick(int, store.list('nodes')).metadata.name;
  switch (int(8)) {
    case 0:
      timeline.machine(node, down.has(node));
      if (!down.delete(node)) down.add(node);
      return false;
    case 1:
      patchNode(timeline, node, { unschedulable: int(2) === 0 });
      return false;
    default:
      return evict(timeline, int);
  }
}

function patchNode(timeline: Timeline, node: string, spec: object): void {
  timeline.api({
    method: 'PATCH',
    path: `/api/v1/nodes/${node}`,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body: JSON.stringify({ spec }),
  });
}

/** Several evictions at one moment, as a drain asks for them. */
function evict(timeline: Timeline, int: Chance): boolean {
  const { store } = timeline.world;
  let granted = false;
  for (let i = 1 + int(4); i > 0; i--) {
    const pods = store
      .list('pods', 'default')
      .filter((p) => p.metadata.labels?.app === 'web' && p.metadata.deletionTimestamp === undefined);
    if (pods.length === 0) return granted;
    const { name } = pick(int, pods).metadata;
    const isHealthy = (p: (typeof pods)[number]) =>
      p.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;
    const wasHealthy = pods.some((p) => p.metadata.name === name && isHealthy(p));
    const answer = timeline.api({
      method: 'POST',
      path: `/api/v1/namespaces/default/pods/${name}/eviction`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace: 'default' } }),
    });
    expect([201, 429], answer.body).toContain(answer.status);
    if (answer.status !== 201 || !wasHealthy) continue;
    granted = true;
    const left = pods.filter((p) => p.metadata.name !== name && isHealthy(p)).length;
    const desired = store.get('poddisruptionbudgets', 'default/web')?.status.desiredHealthy ?? 0;
    expect(left, `healthy pods after the eviction of ${name} at ${String(timeline.now)}`).toBeGreaterThanOrEqual(
      desired,
    );
  }
  return granted;
}
