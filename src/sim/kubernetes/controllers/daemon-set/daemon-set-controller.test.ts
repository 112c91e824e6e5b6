import { beforeEach, describe, expect, it } from 'vitest';
import type { DaemonSet } from '../../kinds/workloads.ts';
import type { Node, Pod, Taint } from '../../objects.ts';
import { createTestWorld, podSpec, type TestWorld } from '../fake-kubelet.ts';
import { targetNode } from './daemon-pod.ts';

let world: TestWorld;
beforeEach(() => {
  world = createTestWorld();
});

function daemons(image = 'agent:1', spec: Partial<DaemonSet['spec']> = {}) {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'agent', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'agent' } },
      template: { metadata: { labels: { app: 'agent' } }, spec: podSpec(image) },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      revisionHistoryLimit: 10,
      ...spec,
    },
    status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
  } as const;
}

const get = () => world.store.get('daemonsets', 'default/agent') as DaemonSet;
const change = (spec: Partial<DaemonSet['spec']>) => {
  world.store.update('daemonsets', { ...get(), spec: { ...get().spec, ...spec } });
};
const image = (name: string) => ({ metadata: { labels: { app: 'agent' } }, spec: podSpec(name) });
const pods = () => world.store.list('pods').filter((p) => p.metadata.deletionTimestamp === undefined);
const ready = (p: Pod) => p.status.conditions?.some((c) => c.type === 'Ready' && c.status === 'True') === true;
const nodesOf = (list: readonly Pod[]) => list.map((p) => targetNode(p)).sort();
const messages = (reason: string) =>
  world.store
    .list('events')
    .filter((e) => e.reason === reason)
    .map((e) => e.message);
const setNode = (name: string, spec: Partial<Node['spec']>, labels?: Record<string, string>) => {
  const node = world.store.get('nodes', name) as Node;
  const metadata = labels ? { ...node.metadata, labels } : node.metadata;
  world.store.update('nodes', { ...node, metadata, spec: { ...node.spec, ...spec } });
};
const taint = (effect: Taint['effect']): readonly Taint[] => [{ key: 'reserved', effect }];
/** Puts each daemon on the node that it is meant for, in the place of a scheduler. */
const schedule = () => {
  world.store.subscribe('pods', ({ type, key }) => {
    if (type === 'ADDED') world.sim.schedule(world.sim.now, 5, { kind: 'test.bind', key } as never);
  });
  world.sim.on('test.bind', (event) => {
    const { key } = event as unknown as { readonly key: string };
    const pod = world.store.get('pods', key);
    const nodeName = pod && targetNode(pod);
    if (!pod || nodeName === undefined) return;
    world.store.update('pods', { ...pod, spec: { ...pod.spec, nodeName } });
    world.sim.schedule(world.sim.now + 1000, 2, { kind: 'fake.ready', key } as never);
  });
};
const watch = (ms: number, look: () => void) => {
  while ((world.sim.nextAt ?? Infinity) <= ms) {
    world.sim.run(world.sim.nextAt ?? ms);
    look();
  }
  world.sim.run(ms);
};

describe('the DaemonSet controller', () => {
  beforeEach(schedule);

  it('makes one pod for each node, tied to it and tolerant of its troubles, and says so', () => {
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    expect(nodesOf(pods())).toEqual(['node-1', 'node-2', 'node-3']);
    const [pod] = pods();
    expect(pod?.spec.affinity).toEqual({
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [
            { matchFields: [{ key: 'metadata.name', operator: 'In', values: [pod?.spec.nodeName] }] },
          ],
        },
      },
    });
    expect(pod?.spec.tolerations?.map(({ key, effect }) => `${key ?? ''}:${effect ?? ''}`)).toEqual([
      'node.kubernetes.io/not-ready:NoExecute',
      'node.kubernetes.io/unreachable:NoExecute',
      'node.kubernetes.io/disk-pressure:NoSchedule',
      'node.kubernetes.io/memory-pressure:NoSchedule',
      'node.kubernetes.io/pid-pressure:NoSchedule',
      'node.kubernetes.io/unschedulable:NoSchedule',
    ]);
    const [revision] = world.store.list('controllerrevisions');
    const hash = revision?.metadata.labels?.['controller-revision-hash'];
    expect(revision?.metadata.name).toBe(`agent-${hash ?? ''}`);
    expect(pod?.metadata.labels).toEqual({ app: 'agent', 'controller-revision-hash': hash });
    expect(get().status).toEqual({
      currentNumberScheduled: 3,
      numberMisscheduled: 0,
      desiredNumberScheduled: 3,
      numberReady: 3,
      observedGeneration: 1,
      updatedNumberScheduled: 3,
      numberAvailable: 3,
    });
    expect(messages('SuccessfulCreate').sort()).toEqual(pods().map((p) => `Created pod: ${p.metadata.name}`));
  });

  it('leaves out nodes that affinity or taints forbid, and goes where they no longer do', () => {
    setNode('node-1', { taints: taint('NoSchedule') }, { disk: 'ssd' });
    setNode('node-2', {}, { disk: 'ssd' });
    const template = { ...image('agent:1'), spec: { ...podSpec('agent:1'), nodeSelector: { disk: 'ssd' } } };
    world.store.create('daemonsets', daemons('agent:1', { template }));
    world.sim.run(5_000);
    expect(nodesOf(pods())).toEqual(['node-2']);
    setNode('node-1', { taints: [] });
    world.sim.run(10_000);
    expect(nodesOf(pods())).toEqual(['node-1', 'node-2']);
  });

  it('stays under a NoSchedule taint that comes later, and leaves under a NoExecute one', () => {
    world.store.create('daemonsets', daemons());
    world.sim.run(5_000);
    setNode('node-1', { taints: taint('NoSchedule') });
    setNode('node-2', { taints: taint('NoExecute') });
    world.sim.run(15_000);
    expect(nodesOf(pods())).toEqual(['node-1', 'node-3']);
    expect(get().status).toMatchObject({ desiredNumberScheduled: 1, numberMisscheduled: 1 });
  });

  it('runs on a cordoned node', () => {
    setNode('node-1', { unschedulable: true });
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    expect(nodesOf(pods())).toEqual(['node-1', 'node-2', 'node-3']);
  });

  it('updates one node after the other within maxUnavailable', () => {
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    change({ template: image('agent:2') });
    let least = 3;
    watch(60_000, () => {
      least = Math.min(least, pods().filter(ready).length);
    });
    expect(least).toBe(2);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(Array(3).fill('agent:2'));
    expect(
      world.store
        .list('controllerrevisions')
        .map(({ revision }) => revision)
        .sort(),
    ).toEqual([1, 2]);
    expect(get().status).toMatchObject({ updatedNumberScheduled: 3, observedGeneration: 2 });
  });

  it('with maxSurge makes the new pod before the old one goes', () => {
    const updateStrategy = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } as const;
    world.store.create('daemonsets', daemons('agent:1', { updateStrategy }));
    world.sim.run(10_000);
    change({ template: image('agent:2') });
    let least = 3;
    let most = 0;
    watch(60_000, () => {
      least = Math.min(least, pods().filter(ready).length);
      most = Math.max(most, pods().length);
    });
    expect([least, most]).toEqual([3, 4]);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(Array(3).fill('agent:2'));
  });

  it('with OnDelete changes a pod only when somebody deletes it', () => {
    world.store.create('daemonsets', daemons('agent:1', { updateStrategy: { type: 'OnDelete' } }));
    world.sim.run(10_000);
    change({ template: image('agent:2') });
    world.sim.run(20_000);
    expect(get().status.updatedNumberScheduled).toBeUndefined();
    const [first] = pods();
    world.store.delete('pods', `default/${first?.metadata.name ?? ''}`);
    world.sim.run(30_000);
    expect(get().status.updatedNumberScheduled).toBe(1);
  });

  it('takes up the old revision when the old template comes back', () => {
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    const { template } = get().spec;
    change({ template: image('agent:2') });
    world.sim.run(40_000);
    change({ template });
    world.sim.run(80_000);
    expect(
      world.store
        .list('controllerrevisions')
        .map(({ revision }) => revision)
        .sort(),
    ).toEqual([2, 3]);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(Array(3).fill('agent:1'));
  });

  it('replaces a failed daemon, at once the first time and later with back-off', () => {
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    const fail = () => {
      const pod = pods().find((p) => p.spec.nodeName === 'node-1') as Pod;
      world.store.updateStatus('pods', `default/${pod.metadata.name}`, { ...pod.status, phase: 'Failed' });
      return pod.metadata.name;
    };
    const name = fail();
    world.sim.run(10_100);
    expect(messages('FailedDaemonPod')).toEqual([
      `Found failed daemon pod default/${name} on node node-1, will try to kill it`,
    ]);
    expect(nodesOf(pods())).toEqual(['node-1', 'node-2', 'node-3']);
    world.sim.run(11_500);
    fail();
    world.sim.run(11_600);
    expect(messages('FailedDaemonPod')).toHaveLength(2);
    world.sim.run(12_900);
    fail();
    world.sim.run(14_000);
    expect(messages('FailedDaemonPod')).toHaveLength(2);
    world.sim.run(15_000);
    expect(messages('FailedDaemonPod')).toHaveLength(3);
  });

  it('counts an old daemon that is not available among those that may be missing', () => {
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    const sick = pods().find((p) => p.spec.nodeName === 'node-2') as Pod;
    world.store.updateStatus('pods', `default/${sick.metadata.name}`, { ...sick.status, conditions: [] });
    change({ template: image('agent:2') });
    world.sim.run(11_000);
    expect(messages('SuccessfulDelete')).toEqual([`Deleted pod: ${sick.metadata.name}`]);
    world.sim.run(60_000);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(Array(3).fill('agent:2'));
  });

  it('says when a pod is refused, tries no more in that pass, and tries again', () => {
    world.store.create('resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'few', namespace: 'default' },
      spec: { hard: { pods: '2' } },
      status: {},
    });
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    expect(pods()).toHaveLength(2);
    const refused = messages('FailedCreate');
    expect(refused[0]).toMatch(
      /^Error creating: pods "agent-[a-z0-9]{5}" is forbidden: exceeded quota: few, requested: pods=1, used: pods=2, limited: pods=2$/,
    );
    expect(get().status).toMatchObject({ desiredNumberScheduled: 3, currentNumberScheduled: 2 });
    world.store.delete('resourcequotas', 'default/few');
    world.sim.run(60_000);
    expect(nodesOf(pods())).toEqual(['node-1', 'node-2', 'node-3']);
  });

  it('gives a new node its pod', () => {
    world.store.create('daemonsets', daemons());
    world.sim.run(10_000);
    const node = world.store.get('nodes', 'node-1') as Node;
    world.store.create('nodes', { ...node, metadata: { name: 'node-9' } });
    world.sim.run(20_000);
    expect(nodesOf(pods())).toEqual(['node-1', 'node-2', 'node-3', 'node-9']);
  });
});
