// `npm run shell -- --server`: the page's programs against a served world.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objects, run, World } from './support.ts';

describe('npm run shell -- --server', () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ objects });
  });
  afterAll(() => world.close());

  const shell = (commands: string) =>
    run(process.execPath, ['scripts/shell.ts', '--server', world.url, '-c', commands]).done;

  test('reads, writes, watches and waits', async () => {
    const { stdout, stderr, exitCode } = await shell(
      'kubectl create deployment shop --image=nginx:1.27 --replicas=2; kubectl rollout status deployment/shop; ' +
        "kubectl get deployment shop -o jsonpath='{.status.readyReplicas}'",
    );
    expect([stderr, exitCode]).toEqual(['', 0]);
    expect(stdout).toMatch(/^deployment\.apps\/shop created\n[^]*successfully rolled out\n2$/);
  });

  test('runs commands in containers, with their exit code and their words', async () => {
    const ran = await shell(
      "kubectl wait --for=condition=Ready pod/web > /dev/null; kubectl exec web -- sh -c 'hostname; exit 3'",
    );
    expect(ran).toEqual({ stdout: 'web\n', stderr: 'command terminated with exit code 3\n', exitCode: 3 });
    const missing = await shell('kubectl exec web -- nosuch');
    expect(missing.stderr).toMatch(/^error: Internal error occurred: .*OCI runtime exec failed: .*\n$/);
    const nobody = await shell('kubectl exec nobody -- ls');
    expect(nobody.stderr).toBe('Error from server (NotFound): pods "nobody" not found\n');
  });

  test('curl reaches Services, and sleep takes virtual time', async () => {
    const before = world.timeline.now;
    const { stdout } = await shell(
      "kubectl wait --for=condition=Ready pod/web > /dev/null; sleep 100; curl -s -o /dev/null -w '%{http_code}' http://web/",
    );
    expect(stdout).toBe('200');
    expect(world.timeline.now - before).toBeGreaterThanOrEqual(100_000);
  });

  test('says when nothing is served there', async () => {
    const { stderr, exitCode } = await run(process.execPath, [
      ...['scripts/shell.ts', '--server', 'http://127.0.0.1:1', '-c', 'date'],
    ]).done;
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/^--server: no world answers at http:\/\/127\.0\.0\.1:1\n/);
  });
});
