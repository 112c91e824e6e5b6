// What a lost machine and a lost zone cost, and when: from the last heartbeat to the pods that take the places.
import { describe, expect, test } from 'vitest';
import { readScenario, Timeline } from './index.ts';
import { parseTime } from './engine/time.ts';
import type { Node, Pod } from './kubernetes/objects.ts';

const labels = { app: 'web' };
const template = (name: string) => ({
  metadata: { labels: { app: name } },
  spec: { containers: [{ name, image: 'nginx:1.27', resources: { requests: { cpu: '100m', memory: '64Mi' } } }] },
});
const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: { replicas: 6, selector: { matchLabels: labels }, template: template('web') },
};
const daemons = {
  apiVersion: 'apps/v1',
  kind: 'DaemonSet',
  metadata: { name: 'agent' },
  spec: { selector: { matchLabels: { app: 'agent' } }, template: template('agent') },
};

function timeline(zones: Readonly<Record<string, number>>, objects: readonly unknown[] = []) {
  const nodes = Object.entries(zones).map(([name, count]) => ({
    name,
    count,
    cpu: '4',
    memory: '8Gi',
    labels: { 'topology.kubernetes.io/zone': name },
  }));
  const read = readScenario({ nodes, objects });
  if ('error' in read) throw new Error(read.error);
  const run = new Timeline(read.scenario, 3);
  const { sim, store } = run.world;
  /** Runs until `holds`, and says when that was; gives up at `until`. */
  const when = (holds: () => boolean, until: number): number => {
    while (!holds()) {
      if (sim.now >= until) throw new Error(`not before ${String(until)} ms`);
      run.run(Math.min(until, sim.now + 100));
    }
    return sim.now;
  };
  const node = (name: string) => store.get('nodes', name) as Node;
  const ready = (name: string) => node(name).status.conditions?.find((c) => c.type === 'Ready')?.status;
  const taint = (name: string, effect: string) =>
    node(name).spec.taints?.find((t) => t.key === 'node.kubernetes.io/unreachable' && t.effect === effect);
  const podsOn = (name: string, app: string): readonly Pod[] =>
    store.list('pods', 'default').filter((p) => p.spec.nodeName === name && p.metadata.labels?.app === app);
  const events = (reason: string) => store.list('events').filter((e) => e.reason === reason);
  return { run, sim, store, when, node, ready, taint, podsOn, events };
}

describe('a lost machine', () => {
  test('is noticed after 50 s, and its pods are replaced 300 s after it is given up; daemons stay', () => {
    const w = timeline({ a: 3 }, [deployment, daemons]);
    w.run.run(20_000);
    expect(w.podsOn('a-1', 'web')).toHaveLength(2);
    expect(w.podsOn('a-1', 'agent')).toHaveLength(1);
    w.run.machine('a-1', false);

    // A heartbeat comes each 10 s and is looked for each 5 s.
    const noticed = w.when(() => w.ready('a-1') === 'Unknown', 70_000);
    expect(noticed).toBeGreaterThan(50_000);
    expect(noticed).toBeLessThanOrEqual(65_100);
    expect(w.podsOn('a-1', 'web').map((p) => p.status.conditions?.find((c) => c.type === 'Ready')?.status)).toEqual([
      'False',
      'False',
    ]);
    expect(w.events('NodeNotReady').map((e) => e.message)).toContain('Node a-1 status is now: NodeNotReady');

    const closed = w.when(() => w.taint('a-1', 'NoSchedule') !== undefined, 70_000);
    expect(closed - noticed).toBeLessThan(1000);
    const givenUp = w.when(() => w.taint('a-1', 'NoExecute') !== undefined, 80_000);
    expect(givenUp - noticed).toBeGreaterThan(4000);
    expect(givenUp - noticed).toBeLessThanOrEqual(5200);

    const leaving = () => w.podsOn('a-1', 'web').filter((p) => p.metadata.deletionTimestamp !== undefined);
    const evicted = w.when(() => leaving().length > 0, 400_000);
    expect(Math.abs(evicted - givenUp - 300_000)).toBeLessThanOrEqual(300);
    expect(leaving()).toHaveLength(2);
    expect(w.events('TaintManagerEviction')).toHaveLength(2);

    const others = () => [...w.podsOn('a-2', 'web'), ...w.podsOn('a-3', 'web')];
    const replaced = w.when(() => others().length === 6, 420_000);
    expect(replaced - evicted).toBeLessThan(1000);
    // Nobody on the silent machine can confirm the end; its daemon was never asked to go.
    w.run.run(600_000);
    expect(leaving()).toHaveLength(2);
    expect(w.podsOn('a-1', 'agent').map((p) => p.metadata.deletionTimestamp)).toEqual([undefined]);

    w.run.machine('a-1', true);
    w.run.run(700_000);
    expect(w.ready('a-1')).toBe('True');
    expect(w.node('a-1').spec.taints ?? []).toEqual([]);
    expect(w.podsOn('a-1', 'web')).toEqual([]);
    expect(others()).toHaveLength(6);
  });

  test('that comes back within the 300 s keeps its pods', () => {
    const w = timeline({ a: 3 }, [deployment]);
    w.run.run(20_000);
    const before = w.podsOn('a-1', 'web').map((p) => p.metadata.uid);
    w.run.machine('a-1', false);
    w.run.run(300_000);
    expect(w.taint('a-1', 'NoExecute')).toBeDefined();
    w.run.machine('a-1', true);
    w.run.run(600_000);
    expect(w.podsOn('a-1', 'web').map((p) => p.metadata.uid)).toEqual(before);
    expect(w.events('TaintManagerEviction').map((e) => e.message.split(' ')[0])).toEqual(['Cancelling', 'Cancelling']);
  });
});

describe('a lost zone', () => {
  const givenUp = (w: ReturnType<typeof timeline>) =>
    w.store
      .list('nodes')
      .flatMap(({ metadata }) => w.taint(metadata.name, 'NoExecute')?.timeAdded ?? [])
      .map((time) => (parseTime(time) ?? 0) / 1000)
      .sort((x, y) => x - y);

  test('is given up node by node, ten seconds apart, while another zone lives', () => {
    const w = timeline({ a: 4, b: 4 });
    w.run.run(20_000);
    for (let i = 1; i <= 4; i++) w.run.machine(`a-${String(i)}`, false);
    w.run.run(200_000);
    const times = givenUp(w);
    expect(times.slice(1).map((at, i) => at - (times[i] ?? 0))).toEqual([10, 10, 10]);
  });

  test.each([
    ['three of four nodes of a small zone are lost', { a: 4, b: 4 }, ['a-1', 'a-2', 'a-3']],
    ['every node of every zone is lost', { a: 2, b: 1 }, ['a-1', 'a-2', 'b-1']],
  ] as const)('is not given up while %s', (_what, zones, lost) => {
    const w = timeline(zones);
    w.run.run(20_000);
    for (const name of lost) w.run.machine(name, false);
    w.run.run(400_000);
    for (const name of lost) expect(w.ready(name)).toBe('Unknown');
    expect(givenUp(w)).toEqual([]);
  });
});
