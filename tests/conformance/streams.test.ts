// What kubectl watches comes as it happens: through pipes, until somebody has seen enough, time is up, or Ctrl-C.
import { beforeAll, describe, expect, test } from 'vitest';
import { Headless, type ScriptRun } from '../../src/hosts/headless.ts';
import { cluster } from '../../src/hosts/kinds/cluster.ts';
import { connectShell, serveShell } from '../../src/shell/remote.ts';
import { createShell } from '../../src/shell/session.ts';
import { createShellHost } from '../../src/hosts/shell-host.ts';
import { Waiters } from '../../src/hosts/waiters.ts';
import { type Scenario, Timeline } from '../../src/sim/index.ts';

const deployment = (name: string, image: string, replicas: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name },
  spec: {
    replicas,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image }] } },
  },
});

const scenario: Scenario = {
  name: 'streams',
  startsAt: '2026-11-24T09:00:00Z',
  nodes: [{ name: 'node-a', cpu: '4', memory: '8Gi' }],
  objects: [
    deployment('web', 'nginx:1.27', 1),
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'clock' },
      spec: {
        containers: [
          {
            name: 'c',
            image: 'busybox:1.37',
            command: ['sh', '-c', 'i=0; while true; do echo tick $i; i=$((i+1)); sleep 5; done'],
          },
        ],
      },
    },
  ],
  clients: [],
  script: [],
};

const START_MS = 30_000;

/** @param patienceMs virtual time after which Ctrl-C is pressed */
async function run(script: string, patienceMs: number): Promise<ScriptRun & { now: number }> {
  const timeline = new Timeline(scenario, 3);
  timeline.run(START_MS);
  const result = await new Headless(timeline, cluster, { untilMs: START_MS + patienceMs }).run(script);
  return { ...result, now: timeline.now };
}

describe('what kubectl watches', () => {
  // Programs are loaded at their first use, which costs no virtual time; here it must not cost any turns either.
  beforeAll(async () => {
    await run(
      `kubectl get pods | head -n 1 | grep NAME; kubectl logs clock; kubectl events; kubectl wait --for=create pod/clock
kubectl rollout status deploy/web; kubectl set image deploy/web c=nginx:1.27; kubectl scale deploy web --replicas=1
kubectl create namespace a; kubectl label pod clock a=b; kubectl exec clock -- true; kubectl delete pod clock --wait=false; sleep 1`,
      60_000,
    );
  }, 60_000);

  test('get -w shows what changes while it changes, and Ctrl-C ends it', async () => {
    const { stdout, exitCode } = await run(
      'kubectl scale deployment web --replicas=2 > /dev/null; kubectl get deployment web -w --no-headers',
      20_000,
    );
    const ready = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/)[1]);
    expect(ready[0]).toBe('1/2');
    expect(ready.at(-1)).toBe('2/2');
    expect(exitCode).toBe(130);
  });

  test('a watch goes on in a pipe, and ends when its reader does', async () => {
    const { stdout, now } = await run(
      'kubectl delete pod -l app=web --wait=false > /dev/null; kubectl get pods -l app=web -w -o name | head -n 3',
      60_000,
    );
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(now).toBeLessThan(START_MS + 60_000);
  });

  test('--watch-only leaves out what is there already', async () => {
    const { stdout } = await run(
      '(sleep 5; kubectl label pod clock seen=yes > /dev/null) & kubectl get pods --watch-only --output-watch-events --no-headers',
      10_000,
    );
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).slice(0, 2)),
    ).toEqual([['MODIFIED', 'clock']]);
  });

  test('logs -f goes on for as long as somebody reads', async () => {
    const { stdout, now } = await run('kubectl logs -f clock --tail=1 | head -n 4', 60_000);
    const ticks = stdout
      .trim()
      .split('\n')
      .map((line) => Number(line.split(' ')[1]));
    expect(ticks).toHaveLength(4);
    expect(ticks.map((tick) => tick - (ticks[0] ?? 0))).toEqual([0, 1, 2, 3]);
    expect(now).toBeGreaterThanOrEqual(START_MS + 10_000);
  });

  test('logs -f ends with its container, or with Ctrl-C', async () => {
    const ended = await run(
      '(sleep 7; kubectl delete pod clock --now > /dev/null) & kubectl logs -f clock --tail=0',
      60_000,
    );
    expect(ended.exitCode).toBe(0);
    expect(ended.now).toBeLessThan(START_MS + 60_000);
    expect((await run('kubectl logs -f clock', 3000)).exitCode).toBe(130);
  });

  test('rollout status tells each step until the rollout is over', async () => {
    const { stdout, exitCode } = await run(
      'kubectl rollout restart deployment/web > /dev/null; kubectl rollout status deployment/web',
      60_000,
    );
    const lines = stdout.trim().split('\n');
    expect(lines.length).toBeGreaterThan(1);
    expect(lines[0]).toMatch(/^Waiting for deployment/);
    expect(lines.at(-1)).toBe('deployment "web" successfully rolled out');
    expect(exitCode).toBe(0);
  });

  test('rollout status and wait give up in time, and say so', async () => {
    const broken = 'kubectl set image deployment/web c=nginx:no-such-tag > /dev/null; ';
    const status = await run(`${broken} kubectl rollout status deployment/web --timeout=10s`, 60_000);
    expect([status.exitCode, status.stderr]).toEqual([1, 'error: timed out waiting for the condition\n']);
    expect(status.now).toBe(START_MS + 10_000);
    const wait = await run('kubectl wait --for=condition=Nonsense pod/clock --timeout=4s', 60_000);
    expect([wait.exitCode, wait.stderr]).toEqual([1, 'error: timed out waiting for the condition on pods/clock\n']);
    expect(wait.now).toBe(START_MS + 4000);
    expect((await run('kubectl wait --for=condition=Nonsense pod/clock', 5000)).exitCode).toBe(130);
  });

  test('wait sees what is created, changed and deleted meanwhile', async () => {
    const created = await run(
      '(sleep 3; kubectl create namespace later > /dev/null) & kubectl wait --for=create ns/later --timeout=20s',
      60_000,
    );
    expect(created.stdout).toBe('namespace/later condition met\n');
    const path = "--for=jsonpath='{.status.readyReplicas}'=2";
    const changed = await run(
      `kubectl scale deploy web --replicas=2 > /dev/null; kubectl wait ${path} deploy/web`,
      60_000,
    );
    expect(changed.stdout).toBe('deployment.apps/web condition met\n');
    const gone = await run(
      'kubectl delete pod clock --wait=false > /dev/null; kubectl wait --for=delete pod/clock --timeout=90s',
      120_000,
    );
    expect([gone.stdout, gone.exitCode]).toEqual(['pod/clock condition met\n', 0]);
  });

  test('events -w prints events as they come', async () => {
    const { stdout, exitCode } = await run(
      '(sleep 2; kubectl delete pod -l app=web > /dev/null) & kubectl events -w | grep Killing',
      20_000,
    );
    expect(stdout).toMatch(/^\S+ +Normal +Killing +Pod\/web-/);
    expect(exitCode).toBe(130);
  });

  test('a shell in a container, on the page’s terminal', async () => {
    const timeline = new Timeline(scenario, 3);
    timeline.run(START_MS);
    const { port1, port2 } = new MessageChannel();
    serveShell(port2, createShell(createShellHost(timeline, new Waiters()), { columns: 80 }));
    const client = connectShell(port1);
    let screen = '';
    const session = client.run('kubectl exec -it clock -- sh', (text) => {
      screen += text;
    });
    for (const line of ['NAME=harbour\n', 'echo hello $NAME; hostname\n', 'false\n']) client.input(line);
    client.input('exit\n');
    const { exitCode } = await session;
    expect(screen).toBe('# # hello harbour\nclock\n# # command terminated with exit code 1\n');
    expect(exitCode).toBe(1);
    client.close();
    port1.close();
  });
});
