// The real kubectl against a served world: everything that is a stream or a connection.
import { createServer } from 'node:net';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realKubectl, whyNot } from '../parity/harness.ts';
import { spawnSync } from 'node:child_process';
import { objects, run, SPDY, World } from './support.ts';

const reason = whyNot('api-host/streams.test.ts');
/** util-linux: gives a program a terminal. */
const hasScript = spawnSync('script', ['--version']).status === 0;

describe.skipIf(realKubectl === undefined)(`the real kubectl, streams${reason}`, () => {
  let world: World;
  beforeAll(async () => {
    world = await World.start({ objects });
    await world.kubectl('wait --for=condition=Ready pod/web pod/clock');
  });
  afterAll(() => world.close());

  test('get -w tells what comes after it began', async () => {
    const watch = world.start('get pods -w --no-headers');
    await watch.until(/web /);
    await world.kubectl('run seen --image=nginx:1.27');
    const text = await watch.until(/seen +1\/1 +Running/);
    watch.child.kill('SIGINT');
    expect((await watch.done).exitCode).not.toBe(0);
    expect(text).toMatch(/seen +0\/1 +Pending[^]*seen +0\/1 +ContainerCreating[^]*seen +1\/1 +Running/);
  });

  test('a watch ends after its timeoutSeconds', async () => {
    const answer = await fetch(`${world.url}/api/v1/pods?watch=true&timeoutSeconds=1`);
    expect((await answer.text()).split('\n')[0]).toMatch(/^\{"type":"ADDED"/);
  });

  test('logs -f goes on while the program writes', async () => {
    const logs = world.start('logs -f clock --tail=1');
    const text = await logs.until(/(tick \d+\n){4}/);
    logs.child.kill('SIGINT');
    const ticks = [...text.matchAll(/tick (\d+)/g)].map(([, tick]) => Number(tick));
    expect(ticks).toEqual(ticks.map((_, i) => (ticks[0] ?? 0) + i));
  });

  test('attach follows the output of the container', async () => {
    const attach = world.start('attach clock');
    await attach.until(/(tick \d+\n){2}/);
    attach.child.kill('SIGINT');
    await attach.done;
  });

  describe.each([
    ['WebSocket', {}],
    ['SPDY', SPDY],
  ])('over %s', (_, env) => {
    const exec = (words: readonly string[], input?: string | Buffer) =>
      world.kubectl(['exec', ...(input === undefined ? [] : ['-i']), 'web', '--', ...words], {
        env,
        ...(input === undefined ? {} : { input }),
      });

    test('exec: both streams and the exit code', async () => {
      expect(await exec(['sh', '-c', 'echo out; echo err >&2; exit 3'])).toEqual({
        stdout: 'out\n',
        stderr: 'err\ncommand terminated with exit code 3\n',
        exitCode: 3,
      });
    });

    test('exec: a program that is not there', async () => {
      const { stdout, stderr, exitCode } = await exec(['nosuch']);
      expect([stdout, exitCode]).toEqual(['', 1]);
      expect(stderr).toMatch(
        /^error: Internal error occurred: .*exec: "nosuch": executable file not found in \$PATH: unknown\n$/,
      );
    });

    test('exec: cat gives back what it reads, whatever the bytes', async () => {
      expect(await exec(['cat'], 'schön\n')).toEqual({ stdout: 'schön\n', stderr: '', exitCode: 0 });
    });

    test('exec: a shell takes its script from the input', async () => {
      const script = 'NAME=harbour\nif true; then\n  echo hello $NAME\nfi\nfalse\nexit 7\necho never\n';
      expect(await exec(['sh'], script)).toEqual({
        stdout: 'hello harbour\n',
        stderr: 'command terminated with exit code 7\n',
        exitCode: 7,
      });
    });

    test('exec: a command in a script reads the input', async () => {
      const { stdout } = await exec(['sh', '-c', 'cat > /tmp/in; cat /tmp/in /tmp/in'], 'line\n');
      expect(stdout).toBe('line\nline\n');
    });

    test('exec: time passes for a command that sleeps', async () => {
      const before = world.timeline.now;
      expect((await exec(['sleep', '90'])).exitCode).toBe(0);
      expect(world.timeline.now - before).toBeGreaterThanOrEqual(90_000);
    });

    test('cp brings a binary file in and out as it was', async () => {
      const bytes = Buffer.from(Array.from({ length: 70_000 }, (_unused, i) => (i * 7919) % 256));
      const [from, back] = [join(world.folder, 'from'), join(world.folder, 'back')];
      writeFileSync(from, bytes);
      expect(await world.kubectl(`cp ${from} web:/tmp/file`, { env })).toMatchObject({ exitCode: 0, stderr: '' });
      expect(await world.kubectl(`cp web:/tmp/file ${back}`, { env })).toMatchObject({ exitCode: 0 });
      expect(readFileSync(back).equals(bytes)).toBe(true);
    });

    test('cp brings a directory', async () => {
      const name = Object.keys(env).length > 0 ? 'spdy' : 'ws';
      const folder = join(world.folder, `tree-${name}`);
      mkdirSync(join(folder, 'below'), { recursive: true });
      writeFileSync(join(folder, 'below', 'leaf'), 'green\n');
      await world.kubectl(`cp ${folder} web:/tmp/tree-${name}`, { env });
      expect((await exec(['cat', `/tmp/tree-${name}/below/leaf`])).stdout).toBe('green\n');
    });

    test('port-forward carries requests to the program and its answers back', async () => {
      const port = await freePort();
      const forward = world.start(`port-forward pod/web ${String(port)}:80`, { env });
      await forward.until(/Forwarding from/);
      const page = await fetch(`http://127.0.0.1:${String(port)}/`);
      expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html']);
      expect(await page.text()).toContain('Welcome to nginx!');
      expect((await fetch(`http://127.0.0.1:${String(port)}/none`)).status).toBe(404);
      forward.child.kill('SIGINT');
      await forward.done;
    });

    test('port-forward says when nobody listens there', async () => {
      const port = await freePort();
      const forward = world.start(`port-forward pod/web ${String(port)}:81`, { env });
      await forward.until(/Forwarding from/);
      await fetch(`http://127.0.0.1:${String(port)}/`).catch(() => undefined);
      await forward.until(/failed to connect to localhost:81 .*connection refused/);
      forward.child.kill('SIGINT');
      await forward.done;
    });
  });

  test.skipIf(!hasScript)('exec -it: a shell on a terminal echoes, prompts and ends with its last status', async () => {
    const terminal = run('script', ['-qec', `${realKubectl ?? ''} exec -it web -- sh`, '/dev/null'], {
      env: { HOME: world.folder, KUBECONFIG: world.kubeconfig, TERM: 'xterm' },
    });
    await terminal.until(/# $/);
    terminal.child.stdin?.write('echo one two\r');
    await terminal.until(/# echo one two\r\none two\r\n# $/);
    terminal.child.stdin?.write('slip\x7f\x7f\x7f\x7fexit 4\r');
    const { exitCode, stdout } = await terminal.done;
    expect([exitCode, stdout.includes('exit code 4')]).toEqual([4, true]);
  });

  test('exec in a pod that is not there, or a container that is not', async () => {
    expect(await world.kubectl('exec nopod -- ls')).toMatchObject({
      stderr: 'Error from server (NotFound): pods "nopod" not found\n',
      exitCode: 1,
    });
    expect(await world.kubectl('exec web -c nope -- ls')).toMatchObject({
      stderr: 'Error from server (BadRequest): container nope is not valid for pod web\n',
      exitCode: 1,
    });
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
