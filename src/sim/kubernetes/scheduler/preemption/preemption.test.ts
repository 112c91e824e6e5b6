// Preemption in a cluster: victims go with their grace, the pod waits for its node, others keep off it.
import { describe, expect, test } from 'vitest';
import { Simulation } from '../../../engine/simulation.ts';
import type { Cluster } from '../../cluster.ts';
import { createEventRecorder } from '../../event-recorder.ts';
import type { Pod, PodSpec } from '../../objects.ts';
import { podCondition } from '../../pods.ts';
import { Store } from '../../store.ts';
import { createScheduler, type Scheduler, type SchedulerOptions } from '../scheduler.ts';
import { fullPod } from '../testing.ts';

interface TestWorld extends Cluster {
  readonly scheduler: Scheduler;
}

function world(options: SchedulerOptions = {}): TestWorld {
  const sim = new Simulation({ seed: 3, epochMs: 1_767_225_600_000, detail: 'full' });
  const store = new Store(sim);
  const cluster: Cluster = { sim, store, events: createEventRecorder(sim, store) };
  return { ...cluster, scheduler: createScheduler(cluster, options) };
}

function addNode({ store }: Cluster, name: string, cpu: string): void {
  const amounts = { cpu, memory: '8Gi', pods: '110' };
  store.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name } },
    spec: {},
    status: { capacity: amounts, allocatable: amounts },
  });
}

function addPod({ store }: Cluster, name: string, cpu: string, priority: number, more: Partial<PodSpec> = {}): Pod {
  const container = { name: 'c', image: 'web:1', imagePullPolicy: 'IfNotPresent', resources: { requests: { cpu } } };
  const { spec } = fullPod({});
  return store.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name.split('-')[0] ?? '' } },
    spec: { ...spec, containers: [container as never], priority, ...more },
    status: { phase: 'Pending' },
  });
}

const pod = ({ store }: Cluster, name: string) => store.get('pods', `default/${name}`) as Pod;
const kill = ({ store }: Cluster, name: string) => store.delete('pods', `default/${name}`, { gracePeriodSeconds: 0 });
const messages = ({ store }: Cluster) => [...store.values('events')].map((e) => `${e.reason}: ${e.message}`);

describe('preemption', () => {
  test('the victim goes with its grace, the pod waits for the node and then gets it', () => {
    const w = world();
    addNode(w, 'node-a', '1');
    addPod(w, 'low-1', '1', 0);
    w.sim.run(100);
    const high = addPod(w, 'high-1', '1', 1000);
    w.sim.run(200);
    const victim = pod(w, 'low-1');
    expect(victim.metadata.deletionGracePeriodSeconds).toBe(30);
    expect(podCondition(victim, 'DisruptionTarget')).toMatchObject({
      status: 'True',
      reason: 'PreemptionByScheduler',
      message: 'default-scheduler: preempting to accommodate a higher priority pod',
    });
    expect(pod(w, 'high-1').status.nominatedNodeName).toBe('node-a');
    expect(messages(w)).toEqual([
      'Scheduled: Successfully assigned default/low-1 to node-a',
      `Preempted: Preempted by pod ${high.metadata.uid} on node node-a`,
      'FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu.',
    ]);
    expect(w.scheduler.decision(high.metadata.uid)?.preemption).toEqual({
      chosen: { node: 'node-a', victims: ['default/low-1'], violations: 0 },
      candidates: [{ node: 'node-a', victims: ['default/low-1'], violations: 0 }],
    });
    w.sim.run(20_000);
    expect(pod(w, 'high-1').spec.nodeName).toBeUndefined();
    kill(w, 'low-1');
    w.sim.run(20_010);
    expect(pod(w, 'high-1').spec.nodeName).toBe('node-a');
  });

  test('a victim without grace is gone at once, and the pod is tried again after its back-off', () => {
    const w = world();
    addNode(w, 'node-a', '1');
    addPod(w, 'low-1', '1', 0, { terminationGracePeriodSeconds: 0 });
    w.sim.run(100);
    addPod(w, 'high-1', '1', 1000);
    w.sim.run(200);
    expect(w.store.get('pods', 'default/low-1')).toBeUndefined();
    expect(w.scheduler.waiting().backoff).toHaveLength(1);
    w.sim.run(3000);
    expect(pod(w, 'high-1').spec.nodeName).toBe('node-a');
  });

  test('nobody of lower or equal priority takes the room; a higher one does, and takes the nomination away', () => {
    const w = world();
    addNode(w, 'node-a', '1');
    addPod(w, 'low-1', '1', 0);
    w.sim.run(100);
    addPod(w, 'mid-1', '1', 100);
    w.sim.run(200);
    addPod(w, 'mid-2', '1', 100);
    addPod(w, 'low-2', '1', 0);
    w.sim.run(300);
    addPod(w, 'high-1', '1', 1000);
    w.sim.run(400);
    expect(pod(w, 'mid-1').status.nominatedNodeName).toBeUndefined();
    expect(pod(w, 'high-1').status.nominatedNodeName).toBe('node-a');
    kill(w, 'low-1');
    w.sim.run(20_000);
    expect([...w.store.values('pods')].filter((p) => p.spec.nodeName).map((p) => p.metadata.name)).toEqual(['high-1']);
  });

  test('room kept for a nominated pod is not given to a less important one that would fit without it', () => {
    const w = world();
    addNode(w, 'node-a', '2');
    addPod(w, 'low-1', '2', 0);
    w.sim.run(100);
    addPod(w, 'high-1', '2', 1000);
    w.sim.run(200);
    addPod(w, 'low-2', '1', 0);
    kill(w, 'low-1');
    w.sim.run(211);
    expect(pod(w, 'low-2').spec.nodeName).toBeUndefined();
    w.sim.run(20_000);
    expect(pod(w, 'high-1').spec.nodeName).toBe('node-a');
    expect(pod(w, 'low-2').spec.nodeName).toBeUndefined();
  });

  test('when a nominated pod goes, those that stood back for it are tried', () => {
    const w = world();
    addNode(w, 'node-a', '2');
    addPod(w, 'low-1', '2', 0);
    w.sim.run(100);
    addPod(w, 'high-1', '2', 1000);
    w.sim.run(200);
    kill(w, 'low-1');
    addPod(w, 'low-2', '1', 0);
    w.sim.run(206);
    w.store.delete('pods', 'default/high-1');
    w.sim.run(5000);
    expect(pod(w, 'low-2').spec.nodeName).toBe('node-a');
  });

  test('a pod does not preempt again while its victim is on the way out', () => {
    const w = world();
    addNode(w, 'node-a', '2');
    addPod(w, 'low-1', '1', 0);
    addPod(w, 'low-2', '1', 0);
    w.sim.run(100);
    addPod(w, 'high-1', '1', 1000);
    w.sim.run(200);
    const leaving = () => [...w.store.values('pods')].filter((p) => p.metadata.deletionTimestamp !== undefined);
    expect(leaving()).toHaveLength(1);
    // A change of the node makes the scheduler try again.
    const node = w.store.get('nodes', 'node-a');
    if (node) {
      const allocatable = { ...node.status.allocatable, memory: '9Gi' };
      w.store.updateStatus('nodes', 'node-a', { ...node.status, allocatable });
    }
    w.sim.run(5000);
    expect(leaving()).toHaveLength(1);
    expect(messages(w).at(-1)).toBe(
      'FailedScheduling: 0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a terminating pod on the nominated node.',
    );
    expect(pod(w, 'high-1').status.nominatedNodeName).toBe('node-a');
  });

  test('the node whose budget is not broken is chosen', () => {
    const budget = {
      metadata: { namespace: 'default' },
      spec: { selector: { matchLabels: { app: 'guarded' } } },
      status: { disruptionsAllowed: 0 },
    };
    const w = world({ budgets: () => [budget] });
    addNode(w, 'node-a', '1');
    addPod(w, 'guarded-1', '1', 0);
    w.sim.run(100);
    addNode(w, 'node-b', '1');
    addPod(w, 'plain-1', '1', 50);
    w.sim.run(200);
    addPod(w, 'high-1', '1', 1000);
    w.sim.run(300);
    expect(pod(w, 'high-1').status.nominatedNodeName).toBe('node-b');
    expect(pod(w, 'guarded-1').metadata.deletionTimestamp).toBeUndefined();
  });

  test('anti-affinity of a less important pod is overcome, spread and affinity are seen again after each trial', () => {
    const w = world();
    addNode(w, 'node-a', '4');
    const terms = [{ topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'high' } } }];
    const podAntiAffinity = { requiredDuringSchedulingIgnoredDuringExecution: terms };
    addPod(w, 'low-1', '1', 0, { affinity: { podAntiAffinity } });
    addPod(w, 'low-2', '1', 0);
    w.sim.run(100);
    addPod(w, 'high-1', '1', 1000);
    w.sim.run(200);
    expect(messages(w).filter((m) => m.startsWith('FailedScheduling'))).toEqual([
      "FailedScheduling: 0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
    ]);
    expect(pod(w, 'low-2').metadata.deletionTimestamp).toBeUndefined();
    kill(w, 'low-1');
    w.sim.run(5000);
    expect(pod(w, 'high-1').spec.nodeName).toBe('node-a');
  });

  test('a run that is restored while a pod waits for its victim is the straight run', () => {
    const act = (w: TestWorld) => {
      addNode(w, 'node-a', '1');
      addPod(w, 'low-1', '1', 0);
      w.sim.run(100);
      addPod(w, 'high-1', '1', 1000);
      w.sim.run(200);
    };
    const finish = (w: TestWorld) => {
      addPod(w, 'low-2', '500m', 0);
      kill(w, 'low-1');
      w.sim.run(20_000);
    };
    const straight = world();
    act(straight);
    finish(straight);
    const restored = world();
    act(restored);
    const checkpoint = restored.sim.checkpoint();
    restored.sim.run(900);
    restored.sim.restore(structuredClone(checkpoint));
    finish(restored);
    expect(restored.sim.journal.hash()).toBe(straight.sim.journal.hash());
    expect(pod(restored, 'high-1').spec.nodeName).toBe('node-a');
  });
});

describe('pods that wait for other pods', () => {
  const near = (app: string, kind: 'podAffinity' | 'podAntiAffinity'): Partial<PodSpec> => ({
    affinity: {
      [kind]: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app } } },
        ],
      },
    },
  });

  test('affinity: tried again when the wanted pod is placed', () => {
    const w = world();
    addNode(w, 'node-a', '4');
    addPod(w, 'web-1', '1', 0, near('db', 'podAffinity'));
    w.sim.run(3000);
    expect(messages(w)).toEqual([
      "FailedScheduling: 0/1 nodes are available: 1 node(s) didn't match pod affinity rules. preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
    ]);
    addPod(w, 'other-1', '1', 0);
    w.sim.run(3100);
    expect(w.scheduler.waiting().unschedulable).toHaveLength(1);
    addPod(w, 'db-1', '1', 0);
    w.sim.run(3200);
    expect(pod(w, 'web-1').spec.nodeName).toBe('node-a');
  });

  test('anti-affinity: tried again when the unwanted pod goes or its labels change', () => {
    const w = world();
    addNode(w, 'node-a', '4');
    addPod(w, 'db-1', '1', 0);
    w.sim.run(100);
    addPod(w, 'web-1', '1', 0, near('db', 'podAntiAffinity'));
    w.sim.run(3000);
    expect(pod(w, 'web-1').spec.nodeName).toBeUndefined();
    const db = pod(w, 'db-1');
    w.store.update('pods', { ...db, metadata: { ...db.metadata, labels: { app: 'calm' } } });
    w.sim.run(3100);
    expect(pod(w, 'web-1').spec.nodeName).toBe('node-a');
  });

  test('spread: three zones are filled evenly, and the message says why the fourth pod waits', () => {
    const w = world();
    for (const zone of ['a', 'b', 'c']) addNode(w, `node-${zone}`, zone === 'c' ? '1' : '4');
    const spread: Partial<PodSpec> = {
      topologySpreadConstraints: [
        {
          maxSkew: 1,
          topologyKey: 'kubernetes.io/hostname',
          whenUnsatisfiable: 'DoNotSchedule',
          labelSelector: { matchLabels: { app: 'web' } },
        },
      ],
    };
    for (let i = 0; i < 6; i++) addPod(w, `web-${String(i)}`, '1', 0, spread);
    w.sim.run(500);
    const placed = [...w.store.values('pods')].map((p) => p.spec.nodeName).filter((n) => n !== undefined);
    expect(placed.sort()).toEqual(['node-a', 'node-a', 'node-b', 'node-b', 'node-c']);
    expect(messages(w).at(-1)).toBe(
      "FailedScheduling: 0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't match pod topology spread constraints. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.",
    );
  });
});
