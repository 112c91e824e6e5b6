// `npm run api` as a program: what it prints, what it refuses, how it ends.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { run } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'bayplan-process-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const api = (...words: readonly string[]) => run(process.execPath, ['scripts/api.ts', ...words]);

describe('npm run api', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'prints one line when it can be used, and ends cleanly on %s with an open watch',
    async (signal) => {
      const kubeconfig = join(folder, `config-${signal}`);
      const server = api('--nodes', '2', '--kubeconfig', kubeconfig);
      await server.until(/\n/);
      const config = JSON.parse(readFileSync(kubeconfig, 'utf8')) as { clusters: { cluster: { server: string } }[] };
      const url = config.clusters[0]!.cluster.server;
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
      const nodes = (await (await fetch(`${url}/api/v1/nodes`)).json()) as { items: unknown[] };
      expect(nodes.items).toHaveLength(2);
      const watch = await fetch(`${url}/api/v1/nodes?watch=true`);
      server.child.kill(signal);
      expect(await server.done).toEqual({ stdout: `ready ${kubeconfig}\n`, stderr: '', exitCode: 0 });
      await watch.text().catch(() => undefined);
    },
  );

  test.each([
    [['--nodes', 'many'], /^--nodes: expected a whole number from 1 to \d+, found "many"\n/],
    [['--nodes', '0'], /^--nodes: /],
    [['--seed', '1.5'], /^--seed: /],
    [['--speed', '3'], /^--speed: expected 1, 10 or max, found "3"\n/],
    [['--port', '99999'], /^--port: /],
    [['--nodes', '2', '--scenario', 'storm'], /^--nodes: a scenario brings its own nodes/],
    [['--scenario', 'nowhere'], /^--scenario: there is no file "nowhere"/],
    [['--kubeconfig', '/nowhere/config'], /^--kubeconfig: ENOENT/],
    [['--what'], /^Unknown option '--what'/],
  ])('%j is refused with the name of what is wrong', async (words, message) => {
    const { stdout, stderr, exitCode } = await api(...words).done;
    expect([stdout, exitCode]).toEqual(['', 2]);
    expect(stderr).toMatch(message);
  });

  test('a scenario file that is wrong is refused with the field', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(file, 'nodes: [{ name: a, cpu: lots, memory: 1Gi }]\n');
    const read = await api('--scenario', file).done;
    expect([read.exitCode, read.stderr]).toEqual([
      2,
      expect.stringContaining(`${file}: nodes[0].cpu: expected a quantity`),
    ]);
    writeFileSync(file, 'nodes: [{ name: a, cpu: 1, memory: 1Gi }]\nobjects: [{ apiVersion: v1, kind: Pod }]\n');
    const built = await api('--scenario', file).done;
    expect(built.exitCode).toBe(2);
    expect(built.stderr).toMatch(/object 0: /);
  });
});
