// The real kubectl against our API server. Where it is not installed the test says which command is missing.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type HttpHost, serveHttp } from '../../src/hosts/http.ts';
import { type Fixture, fixture } from './fixture.ts';

const CANDIDATES = ['/usr/lib/google-cloud-sdk/bin/kubectl.1.32', 'kubectl'];
const kubectl = CANDIDATES.find((path) => spawnSync(path, ['version', '--client'], { timeout: 20_000 }).status === 0);
if (kubectl === undefined) console.log(`skipped: tests/conformance/kubectl.test.ts, no ${CANDIDATES.join(' and no ')}`);

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe.skipIf(kubectl === undefined)('kubectl', () => {
  const home = mkdtempSync(join(tmpdir(), 'bayplan-kubectl-'));
  let host: HttpHost;
  let world: Fixture;

  beforeAll(async () => {
    world = fixture();
    host = await serveHttp((request) => world.server.handle(request));
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'c', cluster: { server: host.url } }],
      users: [{ name: 'u', user: {} }],
      contexts: [{ name: 'c', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'c',
    };
    writeFileSync(join(home, 'config'), JSON.stringify(config));
  });
  afterAll(() => host.close());

  const run = (...args: string[]): Promise<Run> =>
    new Promise((resolve) => {
      const env = { ...process.env, HOME: home, KUBECONFIG: join(home, 'config'), TZ: 'UTC' };
      execFile(kubectl as string, args, { env, timeout: 30_000 }, (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      });
    });
  const ok = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await run(...args);
    expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
    return stdout;
  };
  const file = (name: string, manifest: unknown): string => {
    const path = join(home, name);
    writeFileSync(path, JSON.stringify(manifest));
    return path;
  };
  const deployment = (name: string, image = 'nginx:1.27', extra: Record<string, unknown> = {}) => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image, ...extra }] } },
    },
  });

  test('version and api-resources', async () => {
    expect(await ok('version')).toContain('Server Version: v1.32.4');
    const table = await ok('api-resources');
    expect(table).toMatch(/^deployments +deploy +apps\/v1 +true +Deployment$/m);
    expect(table).toMatch(/^horizontalpodautoscalers +hpa +autoscaling\/v2 +true +HorizontalPodAutoscaler$/m);
    expect(table).toMatch(/^pods +metrics\.k8s\.io\/v1beta1 +true +PodMetrics$/m);
  });

  test('get', async () => {
    expect(await ok('get', 'pods')).toBe(
      'NAME    READY   STATUS    RESTARTS   AGE\nweb-1   1/1     Running   0          5h1m\nweb-2   1/1     Running   0          5h1m\n',
    );
    expect(await ok('get', 'pod', 'web-1', '-o', 'wide')).toBe(
      'NAME    READY   STATUS    RESTARTS   AGE    IP           NODE     NOMINATED NODE   READINESS GATES\n' +
        'web-1   1/1     Running   0          5h1m   10.244.1.2   node-1   <none>           <none>\n',
    );
    expect(await ok('get', 'deploy,svc')).toBe(
      'NAME                  READY   UP-TO-DATE   AVAILABLE   AGE\n' +
        'deployment.apps/web   0/2     0            0           5h1m\n\n' +
        'NAME                 TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\n' +
        'service/kubernetes   ClusterIP   10.96.0.1    <none>        443/TCP   5h1m\n' +
        'service/web          ClusterIP   10.96.0.50   <none>        80/TCP    5h1m\n',
    );
    expect(await ok('get', 'ns', '-o', 'name')).toBe(
      'namespace/default\nnamespace/kube-node-lease\nnamespace/kube-public\nnamespace/kube-system\n',
    );
    expect(await ok('get', 'pods', '-l', 'app=web', '--field-selector', 'metadata.name!=web-1', '-o', 'name')).toBe(
      'pod/web-2\n',
    );
    expect(await ok('get', 'pods', '--sort-by=.metadata.name', '--no-headers', '-L', 'app')).toMatch(
      /^web-1 .* web\nweb-2 .* web\n$/,
    );
    expect(await ok('get', 'pods', '-A', '--chunk-size=1', '--no-headers')).toMatch(
      /^default +web-1 .*\ndefault +web-2 .*\n$/,
    );
    expect(await run('get', 'pods', '-n', 'kube-system')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No resources found in kube-system namespace.\n',
    });
  });

  test('get -o yaml shows the whole object', async () => {
    const yaml = await ok('get', 'deploy', 'web', '-o', 'yaml');
    expect(yaml).toMatch(/^apiVersion: apps\/v1\nkind: Deployment\nmetadata:\n {2}creationTimestamp: "/);
    expect(yaml).toContain(
      '  strategy:\n    rollingUpdate:\n      maxSurge: 25%\n      maxUnavailable: 25%\n    type: RollingUpdate\n',
    );
    expect(yaml).toContain('      creationTimestamp: null\n      labels:\n        app: web\n');
    expect(yaml).toMatch(/\nstatus: \{\}\n$/);
    expect(await ok('get', 'cm', 'settings', '-o', 'jsonpath={.data.color}')).toBe('blue');
  });

  test('describe', async () => {
    const pod = await ok('describe', 'pod', 'web-1');
    expect(pod).toContain('Node:             node-1/172.18.0.3\n');
    expect(pod).toMatch(/^Tolerations: +node\.kubernetes\.io\/not-ready:NoExecute op=Exists for 300s$/m);
    const node = await ok('describe', 'node', 'node-1');
    expect(node).toContain('  HolderIdentity:  node-1\n');
    expect(node).toMatch(/RenewTime: {7}\w{3}, \d\d \w{3} \d{4}/);
    expect(await ok('describe', 'deploy', 'web')).toContain(
      'RollingUpdateStrategy:  25% max unavailable, 25% max surge\n',
    );
    expect(await ok('describe', 'svc', 'web')).toContain('IP:                       10.96.0.50\n');
    expect(await ok('describe', 'ns', 'default')).toContain('Status:       Active\n');
  });

  test('apply, change, apply again, delete', async () => {
    const path = file('a.json', deployment('a'));
    expect(await ok('apply', '-f', path)).toBe('deployment.apps/a created\n');
    expect(await ok('apply', '-f', path)).toBe('deployment.apps/a unchanged\n');
    file('a.json', deployment('a', 'nginx:1.28'));
    expect(await ok('diff', '-f', path).catch(() => 'differs')).toBe('differs');
    expect(await ok('apply', '-f', path, '--dry-run=server')).toBe('deployment.apps/a configured (server dry run)\n');
    expect(await ok('apply', '-f', path)).toBe('deployment.apps/a configured\n');
    expect(
      await ok('get', 'deploy', 'a', '-o', 'jsonpath={.spec.template.spec.containers[0].image} {.metadata.generation}'),
    ).toBe('nginx:1.28 2');
    expect(await ok('label', 'deploy', 'a', 'tier=front')).toBe('deployment.apps/a labeled\n');
    expect(await ok('label', 'deploy', 'a', 'tier=front')).toBe('deployment.apps/a not labeled\n');
    expect(await ok('annotate', 'deploy', 'a', 'note=x')).toBe('deployment.apps/a annotated\n');
    expect(await ok('scale', 'deploy', 'a', '--replicas=3')).toBe('deployment.apps/a scaled\n');
    expect(await ok('scale', 'deploy', 'a', '--replicas=4', '--current-replicas=3')).toBe('deployment.apps/a scaled\n');
    expect(await ok('set', 'image', 'deploy/a', 'c=nginx:1.29')).toBe('deployment.apps/a image updated\n');
    expect(await ok('rollout', 'restart', 'deploy/a')).toBe('deployment.apps/a restarted\n');
    expect(await ok('patch', 'deploy', 'a', '-p', '{"spec":{"replicas":4}}')).toBe(
      'deployment.apps/a patched (no change)\n',
    );
    expect(
      await ok('patch', 'deploy', 'a', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":1}]'),
    ).toBe('deployment.apps/a patched\n');
    expect(await ok('get', 'deploy', 'a', '-o', 'jsonpath={.spec.replicas}')).toBe('1');
    expect(await ok('delete', 'deploy', 'a')).toBe('deployment.apps "a" deleted\n');
    expect(await run('get', 'deploy', 'a')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Error from server (NotFound): deployments.apps "a" not found\n',
    });
  });

  test('create -f, expose, run, cordon, taint, replace', async () => {
    expect(await ok('create', '-f', file('b.json', deployment('b')))).toBe('deployment.apps/b created\n');
    expect(await ok('expose', 'deploy', 'b', '--port=80')).toBe('service/b exposed\n');
    expect(await ok('run', 'p', '--image=busybox:1')).toBe('pod/p created\n');
    expect(await ok('cordon', 'node-1')).toBe('node/node-1 cordoned\n');
    expect(await ok('get', 'node', 'node-1', '--no-headers')).toMatch(
      /^node-1 +Ready,SchedulingDisabled +<none> +5h1m +v1.32.4\n$/,
    );
    expect(await ok('uncordon', 'node-1')).toBe('node/node-1 uncordoned\n');
    expect(await ok('taint', 'node', 'node-1', 'k=v:NoSchedule')).toBe('node/node-1 tainted\n');
    expect(await ok('taint', 'node', 'node-1', 'k-')).toBe('node/node-1 untainted\n');
    expect(await ok('replace', '-f', file('b.json', deployment('b', 'nginx:2')))).toBe('deployment.apps/b replaced\n');
    expect(await ok('delete', 'deploy/b', 'svc/b', 'pod/p', '--now')).toBe(
      'deployment.apps "b" deleted\nservice "b" deleted\npod "p" deleted\n',
    );
  });

  test('logs, wait, rollout history', async () => {
    expect(await ok('logs', 'web-1')).toBe('listening on :8080\nGET / 200\n');
    expect(await ok('logs', 'web-1', '--tail=1')).toBe('GET / 200\n');
    expect(await ok('wait', '--for=condition=Ready', 'pod/web-1', '--timeout=5s')).toBe('pod/web-1 condition met\n');
    expect((await run('logs', 'web-1', '-p')).stderr).toBe(
      'Error from server (BadRequest): previous terminated container "web" in pod "web-1" not found\n',
    );
  });

  test('a watch is told of changes', async () => {
    const watched = run('get', 'cm', 'settings', '-w', '-o', 'jsonpath={.data.color} ', '--request-timeout=3s');
    const timer = setInterval(() => {
      const { store } = world.cluster;
      const held = store.get('configmaps', 'default/settings');
      if (held) store.update('configmaps', { ...held, data: { color: 'red' } });
    }, 500);
    expect((await watched).stdout).toMatch(/^blue (?:blue )?red $/);
    clearInterval(timer);
  });

  test('mistakes are told in the real server’s words', async () => {
    const create = async (manifest: unknown) =>
      (await run('create', '-f', file('bad.json', manifest))).stderr.replaceAll(home, '');
    expect(await create(deployment('web'))).toBe(
      'Error from server (AlreadyExists): error when creating "/bad.json": deployments.apps "web" already exists\n',
    );
    expect(await create(deployment('c', 'x', { imagee: 'y' }))).toBe(
      'Error from server (BadRequest): error when creating "/bad.json": Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: unknown field "spec.template.spec.containers[0].imagee"\n',
    );
    expect(await create(deployment('C'))).toMatch(
      /^The Deployment "C" is invalid: metadata.name: Invalid value: "C": a lowercase RFC 1123 subdomain must/m,
    );
    expect((await run('scale', 'deploy', 'web', '--replicas=-1')).stderr).toContain('must be');
    expect((await run('get', 'pods', '--field-selector', 'spec.foo=1')).stderr).toBe(
      'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.foo=1": field label not supported: spec.foo\n',
    );
    expect((await run('get', 'podtemplates')).stderr).toBe(
      'error: the server doesn\'t have a resource type "podtemplates"\n',
    );
    expect((await run('delete', 'ns', 'default')).stderr).toBe(
      'Error from server (Forbidden): namespaces "default" is forbidden: this namespace may not be deleted\n',
    );
    expect((await run('create', '-f', file('w.json', deployment('w', 'x', { tty: true })))).stderr).toBe(
      'Warning: spec.template.spec.containers[0].tty is not simulated here and has no effect\n',
    );
  });
});
