// Whole stories, told by the real kubectl against a served world at full speed. What no client of a cluster can do,
// such as pulling a machine's plug, is asked of the host (see src/hosts/http/own-paths.ts).
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { World } from '../api-host/support.ts';
import { realKubectl, whyNot } from '../parity/harness.ts';

const reason = whyNot('stories.test.ts');

describe.skipIf(realKubectl === undefined)(`stories of the real kubectl${reason}`, () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
  });
  afterEach(() => world.close());

  /** The output of a command that succeeds. */
  const ok = async (words: string | readonly string[]): Promise<string> => {
    const { stdout, stderr, exitCode } = await world.kubectl(words);
    expect([stderr.replace(/^Warning: .*\n/gm, ''), exitCode], String(words)).toEqual(['', 0]);
    return stdout;
  };
  const field = (object: string, path: string) => ok(['get', ...object.split(' '), '-o', `jsonpath={${path}}`]);
  const apply = (name: string, manifest: object) => {
    const file = join(world.folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(manifest));
    return ok(`apply -f ${file}`);
  };
  const eventually = async (what: () => Promise<boolean>) => {
    for (let i = 0; i < 100; i++) if (await what()) return;
    throw new Error(`it does not come to that: ${await ok('get all,nodes,events')}`);
  };

  test('a rollout with a bad image is seen, stopped and undone', async () => {
    await ok('create deployment web --image=nginx:1.27 --replicas=4');
    expect(await ok('rollout status deployment/web')).toMatch(/successfully rolled out\n$/);
    await ok('set image deployment/web nginx=nginx:nope');
    const status = await world.kubectl('rollout status deployment/web --timeout=20s');
    expect([status.exitCode, status.stderr]).toEqual([1, 'error: deployment "web" exceeded its progress deadline\n']);
    // A quarter may be missing, a quarter more may be there; the rest serves on.
    expect(await field('deployment web', '.status.readyReplicas')).toBe('3');
    expect(await ok('get pods --no-headers')).toMatch(/(ErrImagePull|ImagePullBackOff)/);
    expect(await ok('rollout history deployment/web')).toMatch(/\n1 +<none>\n2 +<none>\n/);
    expect(await ok('rollout undo deployment/web')).toBe('deployment.apps/web rolled back\n');
    expect(await ok('rollout status deployment/web')).toMatch(/successfully rolled out\n$/);
    expect(await field('deployment web', '.spec.template.spec.containers[0].image')).toBe('nginx:1.27');
    expect(await field('deployment web', '.status.readyReplicas')).toBe('4');
  });

  test('a node is lost: its pods are replaced elsewhere after five minutes', async () => {
    await ok('create deployment web --image=nginx:1.27 --replicas=3');
    await ok('rollout status deployment/web');
    const node = await field('pods', '.items[0].spec.nodeName');
    const stopped = await fetch(`${world.url}/bayplan/machine`, {
      method: 'POST',
      body: JSON.stringify({ node, running: false }),
    });
    expect(stopped.status).toBe(200);
    await ok(`wait --for=condition=Ready=Unknown node/${node}`);
    expect(await ok(`get node ${node} --no-headers`)).toMatch(/NotReady/);
    await eventually(async () => (await field('deployment web', '.status.readyReplicas')) === '3');
    const alive = await ok(['get', 'pods', '--field-selector', `spec.nodeName!=${node}`, '--no-headers']);
    expect(alive.match(/1\/1 +Running/g)).toHaveLength(3);
    expect(await ok(`describe node ${node}`)).toMatch(/node\.kubernetes\.io\/unreachable:NoExecute/);
    await fetch(`${world.url}/bayplan/machine`, { method: 'POST', body: JSON.stringify({ node, running: true }) });
    await ok(`wait --for=condition=Ready node/${node}`);
  });

  test('a node is drained while a budget is kept', async () => {
    await ok('create deployment web --image=nginx:1.27 --replicas=3');
    await ok('rollout status deployment/web');
    await ok('create pdb web --selector=app=web --min-available=2');
    await eventually(async () => (await field('pdb web', '.status.disruptionsAllowed')) === '1');
    const node = await field('pods', '.items[0].spec.nodeName');
    const drained = await world.kubectl(`drain ${node}`);
    expect([drained.exitCode, drained.stdout]).toEqual([0, expect.stringMatching(/evicted\nnode\/node-\d drained\n$/)]);
    expect(await ok(`get node ${node} --no-headers`)).toMatch(/Ready,SchedulingDisabled/);
    await ok('rollout status deployment/web');
    expect(await field('pods', '.items[*].spec.nodeName')).not.toContain(node);
    expect(await ok(`uncordon ${node}`)).toBe(`node/${node} uncordoned\n`);
  });

  test('a Job runs to its end', async () => {
    await ok(['create', 'job', 'sum', '--image=busybox:1.37', '--', 'sh', '-c', 'sleep 20; echo done']);
    expect(await ok('wait --for=condition=Complete job/sum --timeout=20s')).toBe('job.batch/sum condition met\n');
    expect(await ok('logs job/sum')).toBe('done\n');
    expect(await ok('get job sum --no-headers')).toMatch(/^sum +Complete +1\/1 +2\ds /);
  });

  test('a StatefulSet comes up in order, keeps names, and goes down in reverse', async () => {
    await apply('db', {
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name: 'db' },
      spec: {
        serviceName: 'db',
        replicas: 3,
        selector: { matchLabels: { app: 'db' } },
        template: {
          metadata: { labels: { app: 'db' } },
          spec: { containers: [{ name: 'db', image: 'nginx:1.27' }] },
        },
      },
    });
    await ok('rollout status statefulset/db');
    expect(await ok('get pods -o name')).toBe('pod/db-0\npod/db-1\npod/db-2\n');
    const uid = await field('pod db-1', '.metadata.uid');
    await ok('delete pod db-1');
    await ok('wait --for=condition=Ready pod/db-1');
    expect(await field('pod db-1', '.metadata.uid')).not.toBe(uid);
    await ok('scale statefulset/db --replicas=1');
    await ok('wait --for=delete pod/db-1 --timeout=20s');
    expect(await ok('get pods -o name')).toBe('pod/db-0\n');
  });
});

describe.skipIf(realKubectl === undefined)(`autoscaling, told by the real kubectl${reason}`, () => {
  test('more requests, more pods', async () => {
    const world = await World.start({
      objects: [
        {
          apiVersion: 'apps/v1',
          kind: 'Deployment',
          metadata: { name: 'storefront' },
          spec: {
            replicas: 1,
            selector: { matchLabels: { app: 'storefront' } },
            template: {
              metadata: { labels: { app: 'storefront' } },
              spec: {
                containers: [
                  {
                    name: 'storefront',
                    image: 'harbour/storefront:2.0',
                    resources: { requests: { cpu: '200m' }, limits: { cpu: '400m' } },
                  },
                ],
              },
            },
          },
        },
        {
          apiVersion: 'v1',
          kind: 'Service',
          metadata: { name: 'storefront' },
          spec: { selector: { app: 'storefront' }, ports: [{ port: 80, targetPort: 8080 }] },
        },
      ],
      clients: [{ name: 'shoppers', url: 'http://storefront/', rate: 60 }],
    });
    try {
      await world.kubectl('rollout status deployment/storefront');
      await world.kubectl('autoscale deployment storefront --min=1 --max=5 --cpu-percent=50');
      const grown = await world.kubectl(['wait', '--for=jsonpath={.status.desiredReplicas}=5', 'hpa/storefront']);
      expect([grown.stderr, grown.exitCode]).toEqual(['', 0]);
      const table = (await world.kubectl('get hpa storefront --no-headers')).stdout;
      expect(table).toMatch(/^storefront +Deployment\/storefront +cpu: \d+%\/50% +1 +5 /);
    } finally {
      await world.close();
    }
  });
});
