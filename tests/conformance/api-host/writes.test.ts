// The real kubectl against a served world: generators that send protobuf, explain, and whole changes at full speed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realKubectl, whyNot } from '../parity/harness.ts';
import { World } from './support.ts';

const reason = whyNot('api-host/writes.test.ts');

describe.skipIf(realKubectl === undefined)(`the real kubectl, writes${reason}`, () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start();
  });
  afterAll(() => world.close());

  test.each([
    [['deployment', 'web', '--image=nginx:1.27', '--replicas=0'], 'deployment.apps/web created'],
    [['namespace', 'shop'], 'namespace/shop created'],
    [['configmap', 'settings', '--from-literal=color=blue'], 'configmap/settings created'],
    [['secret', 'generic', 'key', '--from-literal=word=open'], 'secret/key created'],
    [['service', 'clusterip', 'web', '--tcp=80:8080'], 'service/web created'],
    [['service', 'nodeport', 'door', '--tcp=80'], 'service/door created'],
    [['service', 'loadbalancer', 'front', '--tcp=80'], 'service/front created'],
    [['service', 'externalname', 'out', '--external-name=a.example'], 'service/out created'],
    [['serviceaccount', 'robot'], 'serviceaccount/robot created'],
    [['job', 'once', '--image=busybox:1.37', '--', 'echo', 'hi'], 'job.batch/once created'],
    [
      ['cronjob', 'often', '--image=busybox:1.37', '--schedule=*/5 * * * *', '--', 'date'],
      'cronjob.batch/often created',
    ],
    [['pdb', 'web', '--selector=app=web', '--min-available=1'], 'poddisruptionbudget.policy/web created'],
    [['priorityclass', 'none', '--value=0'], 'priorityclass.scheduling.k8s.io/none created'],
    [['quota', 'few', '--hard=pods=50'], 'resourcequota/few created'],
    [['role', 'reader', '--verb=get', '--resource=pods'], 'role.rbac.authorization.k8s.io/reader created'],
    [
      ['rolebinding', 'reader', '--role=reader', '--serviceaccount=default:robot'],
      'rolebinding.rbac.authorization.k8s.io/reader created',
    ],
    [['clusterrole', 'seer', '--verb=get', '--resource=nodes'], 'clusterrole.rbac.authorization.k8s.io/seer created'],
    [
      ['clusterrolebinding', 'seer', '--clusterrole=seer', '--user=me'],
      'clusterrolebinding.rbac.authorization.k8s.io/seer created',
    ],
    [['ingress', 'web', '--rule=a.example/=web:80'], 'ingress.networking.k8s.io/web created'],
    [['token', 'robot'], /^[\w-]+\.[\w-]+\.[\w-]+$/],
  ] as const)('create %j', async (words, said) => {
    const { stdout, stderr, exitCode } = await world.kubectl(['create', ...words]);
    // A field that has no effect is warned about; that is not what is asked here.
    expect([stderr.replace(/^Warning: .*\n/gm, ''), exitCode]).toEqual(['', 0]);
    if (typeof said === 'string') expect(stdout.trim()).toBe(said);
    else expect(stdout.trim()).toMatch(said);
  });

  test.each([
    ['deploy/web', '{.spec.replicas}', '0'],
    ['cm/settings', '{.data.color}', 'blue'],
    ['secret/key', '{.data.word}', 'b3Blbg=='],
    ['svc/web', '{.spec.ports[0].targetPort}', '8080'],
    ['cronjob/often', '{.spec.jobTemplate.spec.template.spec.containers[0].command}', '["date"]'],
    ['quota/few', '{.spec.hard.pods}', '50'],
    ['pdb/web', '{.spec.minAvailable}', '1'],
    ['priorityclass/none', '{.value}', '0'],
  ])('what was sent arrived: %s %s', async (object, path, value) => {
    expect((await world.kubectl(['get', object, '-o', `jsonpath=${path}`])).stdout).toBe(value);
  });

  test('autoscale, auth and debug send protobuf too', async () => {
    expect((await world.kubectl('autoscale deployment web --max=3 --cpu-percent=50')).stdout).toBe(
      'horizontalpodautoscaler.autoscaling/web autoscaled\n',
    );
    expect((await world.kubectl('auth can-i get pods')).stdout).toBe('yes\n');
    expect((await world.kubectl('auth whoami')).stdout).toMatch(/^ATTRIBUTE +VALUE\nUsername +\S+\n/);
    await world.kubectl('run original --image=nginx:1.27');
    await world.kubectl('wait --for=condition=Ready pod/original');
    expect((await world.kubectl('debug original --copy-to=copy --image=busybox:1.37 -q --attach=false')).exitCode).toBe(
      0,
    );
    expect((await world.kubectl(['get', 'pod', 'copy', '-o', 'jsonpath={.spec.containers[*].image}'])).stdout).toBe(
      'nginx:1.27 busybox:1.37',
    );
  });

  test('explain reads the schemas', async () => {
    const page = (await world.kubectl('explain pod.spec.containers.image')).stdout;
    expect(page).toMatch(/^KIND: +Pod\nVERSION: +v1\n\nFIELD: image <string>\n/);
    expect((await world.kubectl('explain deployment.spec.replicas')).stdout).toMatch(/FIELD: replicas <integer>/);
    expect((await world.kubectl('explain pod.nope')).exitCode).toBe(1);
  });

  test('a rollout is over at once, and so is one that fails', async () => {
    await world.kubectl('create deployment fast --image=nginx:1.27 --replicas=5');
    const before = Date.now();
    expect((await world.kubectl('rollout status deployment/fast')).stdout).toMatch(/successfully rolled out\n$/);
    await world.kubectl('set image deployment/fast nginx=nginx:nope');
    const failed = await world.kubectl('rollout status deployment/fast');
    expect([failed.exitCode, failed.stderr]).toEqual([1, 'error: deployment "fast" exceeded its progress deadline\n']);
    // Ten virtual minutes; the client would have waited that long.
    expect(Date.now() - before).toBeLessThan(60_000);
  });
});
