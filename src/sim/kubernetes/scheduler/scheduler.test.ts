import { describe, expect, test } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import type { Cluster } from '../cluster.ts';
import { createEventRecorder } from '../event-recorder.ts';
import type { Node, Pod, PodSpec } from '../objects.ts';
import { podCondition } from '../pods.ts';
import { Store } from '../store.ts';
import { createScheduler, type Scheduler } from './scheduler.ts';
import { fullNode, fullPod } from './testing.ts';

interface TestWorld extends Cluster {
  readonly scheduler: Scheduler;
}

function world(detail: 'full' | 'summary' = 'full'): TestWorld {
  const sim = new Simulation({ seed: 7, epochMs: 1_767_225_600_000, detail });
  const store = new Store(sim);
  const cluster: Cluster = { sim, store, events: createEventRecorder(sim, store) };
  return { ...cluster, scheduler: createScheduler(cluster) };
}

function addNode({ store }: Cluster, name: string, cpu = '4', more: Partial<Node> = {}): Node {
  const amounts = { cpu, memory: '8Gi', pods: '110' };
  const { spec, status } = fullNode({ status: { capacity: amounts, allocatable: amounts }, ...more });
  return store.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: more.metadata?.labels ?? {} },
    spec,
    status,
  });
}

function addPod({ store }: Cluster, name: string, cpu: string, more: Partial<PodSpec> = {}): Pod {
  const container = { name: 'c', image: 'web:1', imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu } } };
  const { spec, status } = fullPod({ spec: { ...fullPod({}).spec, containers: [container as never], ...more } });
  return store.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec,
    status,
  });
}

const nodeOf = ({ store }: Cluster, name: string) => store.get('pods', `default/${name}`)?.spec.nodeName;
const messages = ({ store }: Cluster) => [...store.values('events')].map((e) => `${e.reason}: ${e.message}`);
const taint = (key: string, value = '') => ({ spec: { taints: [{ key, value, effect: 'NoSchedule' as const }] } });

describe('binding', () => {
  test('a pod is bound after the watch and one attempt, with condition, event and reasons kept', () => {
    const w = world();
    addNode(w, 'node-a', '2');
    addNode(w, 'node-b', '8');
    const pod = addPod(w, 'web', '1');
    w.sim.run(9);
    expect(nodeOf(w, 'web')).toBeUndefined();
    w.sim.run(10);
    expect(nodeOf(w, 'web')).toBe('node-b');
    const stored = w.store.get('pods', 'default/web') as Pod;
    expect(podCondition(stored, 'PodScheduled')).toMatchObject({ status: 'True', lastProbeTime: null });
    const [event] = [...w.store.values('events')];
    expect(event).toMatchObject({
      type: 'Normal',
      reason: 'Scheduled',
      message: 'Successfully assigned default/web to node-b',
      source: { component: 'default-scheduler' },
    });
    const decision = w.scheduler.decision(pod.metadata.uid);
    expect(decision).toMatchObject({ outcome: 'bound', chosen: 'node-b', feasible: 2, evaluated: 2, totalNodes: 2 });
    // node-a: cpu (2000-1000)/2000 = 50, memory (8Gi-200Mi)/8Gi = 97; balanced on real requests: 0.5 against 0.
    const a = decision?.nodes.find((n) => n.node === 'node-a');
    expect(a?.scores?.['NodeResourcesFit']).toEqual({ raw: 73, normalized: 73, weighted: 73 });
    expect(a?.scores?.['NodeResourcesBalancedAllocation']).toEqual({ raw: 75, normalized: 75, weighted: 75 });
    expect(a?.scores?.['TaintToleration']).toEqual({ raw: 0, normalized: 100, weighted: 300 });
    expect(a?.total).toBe(73 + 75 + 300);
    expect(decision?.runnerUp).toEqual({ node: 'node-a', total: 448 });
  });

  test('the chain of causes runs from the creation of the pod to the binding', () => {
    const w = world();
    addNode(w, 'node-a');
    addPod(w, 'web', '1');
    w.sim.run(100);
    const bound = w.sim.journal.slice().find((e) => e.kind === 'scheduler.bound');
    const update = w.sim.journal.slice().find((e) => e.kind === 'store.update' && e.subject === 'pods/default/web');
    expect(w.sim.journal.chain(update?.id ?? -1).map((e) => e.kind)).toEqual([
      'store.create',
      'scheduler.bound',
      'store.update',
    ]);
    expect(bound?.reason).toBe('Scheduled');
  });

  test('pods go one after another, the higher priority first', () => {
    const w = world();
    addNode(w, 'node-a');
    addPod(w, 'low-1', '1');
    addPod(w, 'low-2', '1');
    addPod(w, 'high', '1', { priority: 1000 });
    w.sim.run(10);
    expect([nodeOf(w, 'high'), nodeOf(w, 'low-1')]).toEqual(['node-a', undefined]);
    w.sim.run(15);
    expect([nodeOf(w, 'low-1'), nodeOf(w, 'low-2')]).toEqual(['node-a', undefined]);
    w.sim.run(20);
    expect(nodeOf(w, 'low-2')).toBe('node-a');
  });

  test('a pod costs one event, and nothing more happens afterwards', () => {
    const w = world();
    addNode(w, 'node-a', '64');
    for (let i = 0; i < 50; i++) addPod(w, `web-${String(i)}`, '100m');
    w.sim.run(60_000);
    expect(w.sim.handled).toBe(50);
  });

  test('pods of other schedulers, and pods that have a node, are left alone', () => {
    const w = world();
    addNode(w, 'node-a');
    addPod(w, 'other', '1', { schedulerName: 'mine' });
    addPod(w, 'static', '1', { nodeName: 'node-a' });
    w.sim.run(1000);
    expect(nodeOf(w, 'other')).toBeUndefined();
    expect(messages(w)).toEqual([]);
    expect(w.scheduler.nodes.requestedCpu[w.scheduler.nodes.slotOf('node-a') as number]).toBe(1000);
  });

  test('requests on a node never exceed what it has, and equal nodes share the pods', () => {
    const w = world();
    for (const name of ['a', 'b', 'c']) addNode(w, name, '1');
    for (let i = 0; i < 12; i++) addPod(w, `web-${String(i)}`, '300m');
    w.sim.run(2000);
    const counts = new Map<string, number>();
    for (const pod of w.store.values('pods'))
      counts.set(pod.spec.nodeName ?? '-', (counts.get(pod.spec.nodeName ?? '-') ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({ a: 3, b: 3, c: 3, '-': 3 });
  });
});

describe('no node fits', () => {
  test('the message counts and sorts the reasons and answers for preemption', () => {
    const w = world();
    addNode(w, 'node-a', '1');
    addNode(w, 'node-b', '4', taint('dedicated', 'db'));
    addNode(w, 'node-c', '4', taint('dedicated', 'db'));
    const pod = addPod(w, 'web', '2');
    w.sim.run(100);
    const message =
      '0/3 nodes are available: 1 Insufficient cpu, 2 node(s) had untolerated taint {dedicated: db}. preemption: ' +
      '0/3 nodes are available: 1 No preemption victims found for incoming pod, ' +
      '2 Preemption is not helpful for scheduling.';
    expect(messages(w)).toEqual([`FailedScheduling: ${message}`]);
    expect([...w.store.values('events')][0]?.type).toBe('Warning');
    const stored = w.store.get('pods', 'default/web') as Pod;
    expect(podCondition(stored, 'PodScheduled')).toMatchObject({ status: 'False', reason: 'Unschedulable', message });
    expect(w.scheduler.decision(pod.metadata.uid)).toMatchObject({
      outcome: 'unschedulable',
      feasible: 0,
      evaluated: 3,
      reasons: { 'Insufficient cpu': 1, 'node(s) had untolerated taint {dedicated: db}': 2 },
    });
    expect(w.scheduler.decision(pod.metadata.uid)?.nodes[0]).toEqual({
      node: 'node-a',
      filtered: { plugin: 'NodeResourcesFit', code: 'Unschedulable', reasons: ['Insufficient cpu'] },
    });
  });

  test.each([
    [
      'a node that does not exist',
      { affinityTo: ['nowhere'] },
      "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity]. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ],
    [
      'terms that exclude each other',
      { affinityTo: ['a', 'b'] },
      '0/1 nodes are available: pod affinity terms conflict. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.',
    ],
    [
      'preemptionPolicy Never',
      { spec: { preemptionPolicy: 'Never' as const } },
      '0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to preemptionPolicy=Never.',
    ],
  ])('%s', (_, c: { affinityTo?: string[]; spec?: Partial<PodSpec> }, message) => {
    const w = world();
    addNode(w, 'node-a', '1');
    const matchFields = (c.affinityTo ?? []).map((n) => ({
      key: 'metadata.name',
      operator: 'In' as const,
      values: [n],
    }));
    const required = { nodeSelectorTerms: [{ matchFields }] };
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } };
    addPod(w, 'web', '2', { ...c.spec, ...(c.affinityTo ? { affinity } : {}) });
    w.sim.run(100);
    expect(messages(w)).toEqual([`FailedScheduling: ${message}`]);
  });

  test('without any node the pod is tried again after each back-off', () => {
    const w = world();
    addPod(w, 'web', '1');
    // Fails at 10 ms; back-off 1 s, 2 s, 4 s, 8 s, 10 s, each found over at the next full second.
    w.sim.run(30_000);
    const failed = w.sim.journal.slice().filter((e) => e.kind === 'scheduler.failed');
    expect(failed.map((e) => e.at)).toEqual([10, 2005, 5005, 10_005, 19_005]);
    expect([...w.store.values('events')][0]).toMatchObject({
      message: 'no nodes available to schedule pods',
      count: 5,
    });
  });

  test('room made on a node wakes the pod, with the change as the cause', () => {
    const w = world();
    addNode(w, 'node-a', '1');
    const first = addPod(w, 'first', '1');
    addPod(w, 'second', '1');
    w.sim.run(5000);
    expect(nodeOf(w, 'second')).toBeUndefined();
    w.store.delete('pods', 'default/first', { gracePeriodSeconds: 0 });
    w.sim.run(5010);
    expect(nodeOf(w, 'second')).toBe('node-a');
    expect(w.scheduler.decision(first.metadata.uid)).toBeUndefined();
    const bound = w.sim.journal.slice().findLast((e) => e.kind === 'scheduler.bound');
    expect(w.sim.journal.get(bound?.cause ?? -1)).toMatchObject({
      kind: 'store.delete',
      subject: 'pods/default/first',
    });
  });

  test('a finished pod gives its room back', () => {
    const w = world();
    addNode(w, 'node-a', '1');
    addPod(w, 'first', '1');
    addPod(w, 'second', '1');
    w.sim.run(5000);
    w.store.updateStatus('pods', 'default/first', { phase: 'Succeeded' });
    w.sim.run(6000);
    expect(nodeOf(w, 'second')).toBe('node-a');
  });

  test('only changes that can help wake a pod; one that comes during back-off waits for its end', () => {
    const w = world();
    const node = addNode(w, 'node-a', '1', taint('maintenance'));
    addPod(w, 'web', '500m');
    w.sim.run(100);
    addNode(w, 'node-b', '1', taint('other'));
    w.sim.run(200);
    expect(w.scheduler.waiting().unschedulable).toHaveLength(1);
    w.store.update('nodes', { ...node, spec: {} });
    expect(w.scheduler.waiting().backoff).toHaveLength(1);
    w.sim.run(2004);
    expect(nodeOf(w, 'web')).toBeUndefined();
    w.sim.run(2005);
    expect(nodeOf(w, 'web')).toBe('node-a');
  });

  test('uncordoning a node lets the pod in', () => {
    const w = world();
    const node = addNode(w, 'node-a', '1', { spec: { unschedulable: true } });
    addPod(w, 'web', '500m');
    w.sim.run(5000);
    expect(messages(w)[0]).toContain('1 node(s) were unschedulable.');
    w.store.update('nodes', { ...node, spec: {} });
    w.sim.run(5010);
    expect(nodeOf(w, 'web')).toBe('node-a');
  });

  test('a pod that nothing helps is tried again after five minutes, at a half-minute', () => {
    const w = world();
    addNode(w, 'node-a', '1');
    addPod(w, 'web', '2');
    w.sim.run(330_000);
    const failed = w.sim.journal.slice().filter((e) => e.kind === 'scheduler.failed');
    expect(failed.map((e) => e.at)).toEqual([10]);
    w.sim.run(330_005);
    expect([...w.store.values('events')][0]?.count).toBe(2);
  });
});

test('a gated pod waits, says so, and goes when the last gate is gone', () => {
  const w = world();
  addNode(w, 'node-a');
  addPod(w, 'web', '1', { schedulingGates: [{ name: 'example.com/quota' }] });
  w.sim.run(1000);
  const gated = w.store.get('pods', 'default/web') as Pod;
  expect(podCondition(gated, 'PodScheduled')).toMatchObject({ status: 'False', reason: 'SchedulingGated' });
  expect(messages(w)).toEqual([]);
  w.store.update('pods', { ...gated, spec: { ...gated.spec, schedulingGates: [] } });
  w.sim.run(1010);
  expect(nodeOf(w, 'web')).toBe('node-a');
});

test('with summary detail the winner, the runner-up and the counts are kept, but not each node', () => {
  const w = world('summary');
  addNode(w, 'node-a');
  addNode(w, 'node-b', '8');
  addNode(w, 'node-c', '4', taint('dedicated'));
  const pod = addPod(w, 'web', '1');
  w.sim.run(100);
  expect(w.scheduler.decision(pod.metadata.uid)).toMatchObject({
    chosen: 'node-b',
    nodes: [],
    feasible: 2,
    reasons: { 'node(s) had untolerated taint {dedicated: }': 1 },
    runnerUp: { node: 'node-a' },
  });
});

/** Nodes come and go, pods come and go, some do not fit. */
function disturb(w: TestWorld, step: number): void {
  if (step === 0)
    for (let i = 0; i < 6; i++)
      addNode(w, `node-${String(i)}`, '2', {
        metadata: { ...fullNode({}).metadata, labels: { 'topology.kubernetes.io/zone': `z${String(i % 2)}` } },
      });
  for (let i = 0; i < 7; i++)
    addPod(w, `web-${String(step)}-${String(i)}`, `${String(200 + 100 * (i % 4))}m`, {
      ...(i === 3 ? { priority: 10 } : {}),
    });
  if (step === 2) w.store.delete('nodes', 'node-3');
  if (step > 0) w.store.delete('pods', `default/web-${String(step - 1)}-2`, { gracePeriodSeconds: 0 });
  if (step === 4) addNode(w, 'node-6', '2');
}

test('a run that is restored on the way is the straight run, to the last journal entry', () => {
  const straight = world();
  const restored = world();
  for (let step = 0; step < 6; step++) {
    disturb(straight, step);
    disturb(restored, step);
    straight.sim.run(step * 1700 + 13);
    restored.sim.run(step * 1700 + 13);
    const checkpoint = restored.sim.checkpoint();
    // What happens after the checkpoint must leave no trace.
    addPod(restored, 'stray', '100m');
    restored.sim.run(step * 1700 + 900);
    restored.sim.restore(structuredClone(checkpoint));
    straight.sim.run((step + 1) * 1700);
    restored.sim.run((step + 1) * 1700);
  }
  expect(restored.sim.journal.length).toBe(straight.sim.journal.length);
  expect(restored.sim.journal.hash()).toBe(straight.sim.journal.hash());
  expect(restored.sim.handled).toBe(straight.sim.handled);
  expect(restored.scheduler.waiting()).toEqual(straight.scheduler.waiting());
});

test('what the table of nodes counts is what the store says, after all comings and goings', () => {
  const w = world();
  for (let step = 0; step < 6; step++) {
    disturb(w, step);
    w.sim.run((step + 1) * 1700);
  }
  const { nodes } = w.scheduler;
  const counted = () =>
    [...nodes.order()].map((slot) => [nodes.nameAt(slot), nodes.requestedCpu[slot], nodes.podCount[slot]]);
  const before = counted();
  w.sim.restore(w.sim.checkpoint());
  const fresh = w.scheduler.nodes;
  expect(fresh).not.toBe(nodes);
  expect(
    [...fresh.order()].map((slot) => [fresh.nameAt(slot), fresh.requestedCpu[slot], fresh.podCount[slot]]),
  ).toEqual(before);
});
