// Volumes, hooks and node pressure, seen through a whole world.
import { describe, expect, test } from 'vitest';
import { readScenario, Timeline } from '../../index.ts';

function world(objects: readonly unknown[], memory = '8Gi'): Timeline {
  const read = readScenario({ nodes: [{ name: 'node-1', cpu: '8', memory }], objects });
  if ('error' in read) throw new Error(read.error);
  const timeline = new Timeline(read.scenario, 1);
  timeline.run(30_000);
  return timeline;
}

const box = (more: Record<string, unknown> = {}) => ({
  name: 'box',
  image: 'busybox:1.37',
  command: ['sleep', '100000'],
  ...more,
});
const pod = (name: string, spec: Record<string, unknown>) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, labels: { app: 'web', tier: 'front' } },
  spec: { containers: [box()], ...spec },
});
const config = (data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'settings' },
  data,
});
const secret = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, data: { password: 'czNjcsOpdA==' } };

function run(timeline: Timeline, name: string, command: string, container = 'box'): string {
  const uid = timeline.world.store.get('pods', `default/${name}`)?.metadata.uid ?? '';
  const process = timeline.world.kubelets.processOf(uid, container) ?? '';
  const { stdout, stderr } = timeline.exec(process, ['sh', '-c', command]);
  return (stdout + stderr).trimEnd();
}

function reasons(timeline: Timeline, name: string): readonly string[] {
  return timeline.world.store
    .list('events')
    .filter(({ involvedObject }) => involvedObject.name === name)
    .map(({ reason, message }) => `${reason}: ${message}`);
}

function patchConfig(timeline: Timeline, data: Record<string, string>): void {
  timeline.api({
    method: 'PATCH',
    path: '/api/v1/namespaces/default/configmaps/settings',
    headers: { 'content-type': 'application/merge-patch+json' },
    body: JSON.stringify({ data }),
  });
}

describe('volumes', () => {
  const mounted = (volume: Record<string, unknown>, mount: Record<string, unknown> = {}) =>
    pod('p', {
      containers: [box({ volumeMounts: [{ name: 'v', mountPath: '/data', ...mount }] })],
      volumes: [{ name: 'v', ...volume }],
    });

  test('a ConfigMap is files, and a change is seen after a minute', () => {
    const timeline = world([config({ color: 'red' }), mounted({ configMap: { name: 'settings' } })]);
    expect(run(timeline, 'p', 'ls /data; cat /data/color')).toBe('color\nred');
    patchConfig(timeline, { color: 'blue' });
    expect(run(timeline, 'p', 'cat /data/color')).toBe('red');
    timeline.run(timeline.now + 61_000);
    expect(run(timeline, 'p', 'cat /data/color')).toBe('blue');
  });
  test('a ConfigMap cannot be written to', () => {
    const timeline = world([config({ color: 'red' }), mounted({ configMap: { name: 'settings' } })]);
    run(timeline, 'p', 'echo green > /data/color');
    expect(run(timeline, 'p', 'cat /data/color')).toBe('red');
  });
  test('items choose keys and their paths', () => {
    const items = [{ key: 'color', path: 'paint/shade' }];
    const timeline = world([config({ color: 'red', size: '9' }), mounted({ configMap: { name: 'settings', items } })]);
    expect(run(timeline, 'p', 'ls /data; cat /data/paint/shade')).toBe('paint\nred');
  });
  test('one key as a file in a directory of the image', () => {
    const mount = { mountPath: '/etc/color', subPath: 'color' };
    const timeline = world([config({ color: 'red' }), mounted({ configMap: { name: 'settings' } }, mount)]);
    expect(run(timeline, 'p', 'cat /etc/color')).toBe('red');
  });
  test('a Secret is decoded', () => {
    const timeline = world([secret, mounted({ secret: { secretName: 'login' } })]);
    expect(run(timeline, 'p', 'cat /data/password')).toBe('s3crét');
  });
  test('what is missing holds the pod back, in the words of the kubelet, until it is there', () => {
    const timeline = world([mounted({ configMap: { name: 'settings' } })]);
    expect(reasons(timeline, 'p')).toContain(
      'FailedMount: MountVolume.SetUp failed for volume "v" : configmap "settings" not found',
    );
    const status = () => timeline.world.store.get('pods', 'default/p')?.status;
    expect(status()?.containerStatuses?.[0]?.state.waiting?.reason).toBe('ContainerCreating');
    timeline.api({
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(config({ color: 'red' })),
    });
    timeline.run(timeline.now + 130_000);
    expect(status()?.phase).toBe('Running');
  });
  test('an optional one may be missing', () => {
    const timeline = world([mounted({ configMap: { name: 'settings', optional: true } })]);
    expect(run(timeline, 'p', 'ls /data')).toBe('');
  });
  test('the downward API', () => {
    const items = [
      { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
      { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
      { path: 'mib', resourceFieldRef: { containerName: 'box', resource: 'limits.memory', divisor: '1Mi' } },
    ];
    const timeline = world([mounted({ downwardAPI: { items } })], '1Gi');
    expect(run(timeline, 'p', 'cat /data/labels; echo; cat /data/name; echo; cat /data/mib')).toMatch(
      /^app="web"\ntier="front"\np\n\d+$/,
    );
  });
  test('two containers share an emptyDir, and another pod does not', () => {
    const shared = (name: string) => ({ ...box({ volumeMounts: [{ name: 'v', mountPath: '/data' }] }), name });
    const two = { containers: [shared('a'), shared('b')], volumes: [{ name: 'v', emptyDir: {} }] };
    const timeline = world([pod('p', two), pod('q', two)]);
    run(timeline, 'p', 'mkdir /data/sub; echo hello > /data/sub/note', 'a');
    expect(run(timeline, 'p', 'cat /data/sub/note', 'b')).toBe('hello');
    expect(run(timeline, 'q', 'cat /data/sub/note', 'a')).toContain("can't open");
  });
  test('variables from a Secret', () => {
    const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }];
    const timeline = world([secret, pod('p', { containers: [box({ env })] })]);
    expect(run(timeline, 'p', 'echo $PASSWORD')).toBe('s3crét');
  });
  test('a missing Secret: CreateContainerConfigError', () => {
    const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'login', key: 'password' } } }];
    const timeline = world([pod('p', { containers: [box({ env })] })]);
    const waiting = timeline.world.store.get('pods', 'default/p')?.status.containerStatuses?.[0]?.state.waiting;
    expect(waiting).toStrictEqual({ reason: 'CreateContainerConfigError', message: 'secret "login" not found' });
  });
});

describe('hooks', () => {
  test('postStart runs before anything is asked of the container', () => {
    const lifecycle = { postStart: { exec: { command: ['sh', '-c', 'echo ready > /tmp/started'] } } };
    expect(run(world([pod('p', { containers: [box({ lifecycle })] })]), 'p', 'cat /tmp/started')).toBe('ready');
  });
  test('a postStart that fails kills the container, again and again', () => {
    const lifecycle = { postStart: { exec: { command: ['false'] } } };
    const timeline = world([pod('p', { terminationGracePeriodSeconds: 1, containers: [box({ lifecycle })] })]);
    timeline.run(120_000);
    expect(reasons(timeline, 'p')).toEqual(
      expect.arrayContaining(['FailedPostStartHook: PostStartHook failed', 'Killing: FailedPostStartHook']),
    );
    expect(timeline.world.store.get('pods', 'default/p')?.status.containerStatuses?.[0]?.restartCount).toBeGreaterThan(
      1,
    );
  });
});

describe('node pressure', () => {
  const leaking = (name: string, request: string, priority: Record<string, unknown> = {}) =>
    pod(name, {
      ...priority,
      containers: [
        {
          name: 'box',
          image: 'harbour/search:2.1',
          env: [{ name: 'LEAK_MIB_PER_MINUTE', value: '400' }],
          resources: { requests: { memory: request } },
        },
      ],
    });

  test('the pod that is furthest above its request goes first, and the node says so', () => {
    const timeline = world([leaking('modest', '900Mi'), leaking('greedy', '10Mi')], '2Gi');
    timeline.run(10 * 60_000);
    const { status } = timeline.world.store.get('pods', 'default/greedy') ?? {};
    expect(status).toMatchObject({ phase: 'Failed', reason: 'Evicted' });
    expect(status?.message).toMatch(/^The node was low on resource: memory. Threshold quantity: 100Mi, available: /);
    expect(reasons(timeline, 'node-1')).toContain('EvictionThresholdMet: Attempting to reclaim memory');
  });
});
