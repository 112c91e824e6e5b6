// The JavaScript client, as a program would use it, against a served world.
/* eslint @typescript-eslint/no-unsafe-class-instance-assignment: off -- the client's models are classes without behaviour; literals are how it is used */
import { Writable } from 'node:stream';
import {
  AppsV1Api,
  CoreV1Api,
  Exec,
  KubeConfig,
  makeInformer,
  PatchStrategy,
  setHeaderOptions,
  type V1Pod,
  type V1Status,
  Watch,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objects, World } from './api-host/support.ts';

describe('@kubernetes/client-node', () => {
  let world: World;
  let config: KubeConfig;
  let core: CoreV1Api;
  beforeAll(async () => {
    world = await World.start({ objects });
    config = new KubeConfig();
    config.loadFromFile(world.kubeconfig);
    core = config.makeApiClient(CoreV1Api);
  });
  afterAll(() => world.close());

  const podReady = async (name: string) => {
    for (let i = 0; i < 200; i++) {
      const { status } = await core.readNamespacedPod({ name, namespace: 'default' });
      if (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True')) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`${name} does not become ready`);
  };

  test('list', async () => {
    const { items } = await core.listNamespacedPod({ namespace: 'default', labelSelector: 'app=web' });
    expect(items.map(({ metadata }) => metadata?.name)).toEqual(['web']);
    expect(items[0]?.metadata?.creationTimestamp).toBeInstanceOf(Date);
  });

  test('create, patch, delete', async () => {
    const apps = config.makeApiClient(AppsV1Api);
    await apps.createNamespacedDeployment({
      namespace: 'default',
      body: {
        metadata: { name: 'shop' },
        spec: {
          replicas: 1,
          selector: { matchLabels: { app: 'shop' } },
          template: {
            metadata: { labels: { app: 'shop' } },
            spec: { containers: [{ name: 'shop', image: 'nginx:1.27' }] },
          },
        },
      },
    });
    const patched = await apps.patchNamespacedDeployment(
      { name: 'shop', namespace: 'default', body: { spec: { replicas: 3 } } },
      setHeaderOptions('Content-Type', PatchStrategy.MergePatch),
    );
    expect(patched.spec?.replicas).toBe(3);
    const deleted = await apps.deleteNamespacedDeployment({ name: 'shop', namespace: 'default' });
    expect(deleted.status).toBe('Success');
    await expect(apps.readNamespacedDeployment({ name: 'shop', namespace: 'default' })).rejects.toMatchObject({
      code: 404,
    });
  });

  test('watch tells each change', async () => {
    const seen: string[] = [];
    const whole = new Promise<void>((resolve, reject) => {
      void new Watch(config)
        .watch(
          '/api/v1/namespaces/default/configmaps',
          {},
          (type: string, object: { metadata: { name: string } }) => {
            if (object.metadata.name !== 'note') return;
            seen.push(type);
            if (type === 'DELETED') resolve();
          },
          (error: unknown) => {
            if (error) reject(error instanceof Error ? error : new Error('the watch ended'));
          },
        )
        .then(async (request) => {
          await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'note' } } });
          await core.replaceNamespacedConfigMap({
            name: 'note',
            namespace: 'default',
            body: { metadata: { name: 'note' }, data: { a: 'b' } },
          });
          await core.deleteNamespacedConfigMap({ name: 'note', namespace: 'default' });
          await whole;
          request.abort();
        });
    });
    await whole;
    expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  test('an informer keeps up', async () => {
    const informer = makeInformer<V1Pod>(config, '/api/v1/namespaces/default/pods', () =>
      core.listNamespacedPod({ namespace: 'default' }),
    );
    const running = new Promise<void>((resolve) => {
      informer.on('update', (pod) => {
        if (pod.metadata?.name === 'late' && pod.status?.phase === 'Running') resolve();
      });
    });
    const gone = new Promise<void>((resolve) => {
      informer.on('delete', (pod) => {
        if (pod.metadata?.name === 'late') resolve();
      });
    });
    await informer.start();
    await core.createNamespacedPod({
      namespace: 'default',
      body: { metadata: { name: 'late' }, spec: { containers: [{ name: 'late', image: 'nginx:1.27' }] } },
    });
    await running;
    expect(informer.get('late', 'default')?.spec?.nodeName).toMatch(/^node-/);
    await core.deleteNamespacedPod({ name: 'late', namespace: 'default' });
    await gone;
    await informer.stop();
  });

  test('exec', async () => {
    await podReady('web');
    let out = '';
    const stdout = new Writable({
      write(chunk: Buffer, _encoding, done) {
        out += chunk.toString();
        done();
      },
    });
    const status = await new Promise<V1Status>((resolve, reject) => {
      new Exec(config)
        .exec('default', 'web', 'web', ['sh', '-c', 'hostname; exit 5'], stdout, null, null, false, resolve)
        .catch(reject);
    });
    expect(out).toBe('web\n');
    expect([status.status, status.reason, status.details?.causes?.[0]?.message]).toEqual([
      'Failure',
      'NonZeroExitCode',
      '5',
    ]);
  });
});
