// The real docker command line against a simulated engine, over HTTP on the loopback address: what a person does with a
// container from the first pull to the last removal. Where there is no docker, nothing is run.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DockerHost, serveDocker } from '../../../src/hosts/http/docker-host.ts';
import { connect, handle, tick } from '../../../src/sim/containers/api/index.ts';
import { sendInput } from '../../../src/sim/containers/engine/index.ts';
import { testEngine } from '../../../src/sim/containers/engine/engine.testing.ts';

const available = String(spawnSync('docker', ['--version']).stdout).includes('version 28.');
/** Virtual ms for one real one. */
const SPEED = 20;

describe.skipIf(!available)('the real docker', () => {
  const { sim, engine } = testEngine();
  let host: DockerHost;
  let timer: NodeJS.Timeout;
  const home = mkdtempSync(join(tmpdir(), 'docker-host-'));

  beforeAll(async () => {
    host = await serveDocker({
      handle: (request) => handle(engine, request),
      connect: (request) => connect(engine, request),
      input: (target, bytes) => {
        sendInput(engine, target, bytes);
      },
    });
    let last = performance.now();
    timer = setInterval(() => {
      const now = performance.now();
      sim.run(sim.now + Math.max(1, Math.round((now - last) * SPEED)));
      last = now;
      tick(engine);
    }, 5);
  });
  afterAll(async () => {
    clearInterval(timer);
    await host.close();
    rmSync(home, { recursive: true });
  });

  function docker(args: readonly string[], input = ''): Promise<{ code: number | null; out: string; err: string }> {
    const env = { PATH: process.env['PATH'], HOME: home, DOCKER_HOST: host.url, DOCKER_BUILDKIT: '0' };
    return new Promise((resolve) => {
      const child = spawn('docker', args, { env });
      let [out, err] = ['', ''];
      child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
      child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
      child.on('close', (code) => resolve({ code, out, err }));
      child.stdin.end(input);
    });
  }
  const says = async (...args: readonly string[]) => (await docker(args)).out;

  test('pulls, and says so once', async () => {
    const { code, out } = await docker(['pull', 'nginx:1.27']);
    expect(code).toBe(0);
    expect(out).toMatch(/^1\.27: Pulling from library\/nginx\n/);
    expect(out).toMatch(/\nStatus: Downloaded newer image for nginx:1\.27\ndocker\.io\/library\/nginx:1\.27\n$/);
    expect(await says('images', '--format', '{{.Repository}}:{{.Tag}}')).toBe('nginx:1.27\n');
  });

  test('runs, lists, looks into and stops a server', async () => {
    const { out: id } = await docker(['run', '-d', '--name', 'web', '-p', '8080:80', 'nginx:1.27']);
    expect(id).toMatch(/^[0-9a-f]{64}\n$/);
    expect(await says('ps', '--format', '{{.Names}} {{.Image}} {{.Ports}} {{.State}}')).toBe(
      'web nginx:1.27 0.0.0.0:8080->80/tcp, [::]:8080->80/tcp running\n',
    );
    const logs = await docker(['logs', 'web']);
    expect(logs.err).toContain('start worker processes');
    expect(await docker(['exec', 'web', 'cat', '/etc/hostname'])).toMatchObject({
      code: 0,
      out: `${id.slice(0, 12)}\n`,
    });
    expect(await docker(['exec', '-i', 'web', 'sh'], 'echo hi\nexit 3\n')).toMatchObject({ code: 3, out: 'hi\n' });
    expect(await docker(['exec', 'web', 'nope'])).toMatchObject({
      code: 127,
      out: 'OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown\r\n',
    });
    expect(await says('port', 'web')).toBe('80/tcp -> 0.0.0.0:8080\n80/tcp -> [::]:8080\n');
    expect(await says('stop', 'web')).toBe('web\n');
    expect(await says('inspect', 'web', '--format', '{{.State.Status}} {{.State.ExitCode}}')).toBe('exited 0\n');
    expect(await says('rm', 'web')).toBe('web\n');
    expect(await says('ps', '-aq')).toBe('');
  });

  test('ends as the container ends', async () => {
    await docker(['pull', '-q', 'debian:12-slim']);
    const run = (...command: readonly string[]) => docker(['run', '--rm', 'debian:12-slim', ...command]);
    expect(await run('sh', '-c', 'echo out; echo err >&2; sleep 2; exit 7')).toEqual({
      code: 7,
      out: 'out\n',
      err: 'err\n',
    });
    expect(await run('nope')).toEqual({
      code: 127,
      out: '',
      err: `docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: exec: "nope": executable file not found in $PATH: unknown\n\nRun 'docker run --help' for more information\n`,
    });
    expect((await run('/etc')).code).toBe(126);
    expect((await docker(['run', '-i', '--rm', 'debian:12-slim', 'cat'], 'through\n')).out).toBe('through\n');
  });

  test('builds, tags, pushes, copies and removes', async () => {
    const context = join(home, 'context');
    mkdirSync(context);
    writeFileSync(join(context, 'hello'), 'hello\n');
    writeFileSync(
      join(context, 'Dockerfile'),
      'FROM debian:12-slim\nRUN echo built > /built\nCOPY hello /hello\nCMD ["cat", "/hello", "/built"]\n',
    );
    const built = await docker(['build', '-t', 'registry.harbour.example/hello:1', context]);
    expect(built.out).toMatch(/Successfully tagged registry\.harbour\.example\/hello:1\n$/);
    expect((await docker(['run', '--name', 'hello', 'registry.harbour.example/hello:1'])).out).toBe('hello\nbuilt\n');
    await docker(['tag', 'registry.harbour.example/hello:1', 'registry.harbour.example/hello:2']);
    expect((await docker(['push', 'registry.harbour.example/hello:2'])).out).toMatch(
      /\n2: digest: sha256:[0-9a-f]{64} size: \d+\n$/,
    );
    expect((await docker(['cp', 'hello:/built', join(home, 'copy')])).code).toBe(0);
    expect((await docker(['rmi', 'registry.harbour.example/hello:1'])).out).toBe(
      'Untagged: registry.harbour.example/hello:1\n',
    );
    expect((await docker(['rmi', 'registry.harbour.example/hello:2'])).err).toMatch(
      /conflict: unable to remove repository reference/,
    );
    await docker(['rm', 'hello']);
    expect((await docker(['rmi', 'registry.harbour.example/hello:2'])).out).toMatch(/\nDeleted: sha256:[0-9a-f]{64}\n/);
  });
});
