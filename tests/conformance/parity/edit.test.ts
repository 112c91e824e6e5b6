// `kubectl edit` where the real one has no part: the page's editor can be closed without saving.
import { describe, expect, test } from 'vitest';
import { build } from '../../../src/content/scenarios/crash-loop.ts';
import { Headless } from '../../../src/hosts/headless.ts';
import { cluster } from '../../../src/hosts/kinds/cluster.ts';
import { Timeline } from '../../../src/sim/index.ts';

function shell(answers: readonly ((text: string) => string | null)[]) {
  const timeline = new Timeline(build({}), 1);
  timeline.run(60_000);
  const opened: string[] = [];
  const headless = new Headless(timeline, cluster, {
    untilMs: 600_000,
    edit: (_file, text) => {
      const answer = answers[opened.length];
      opened.push(text);
      return Promise.resolve(answer ? answer(text) : null);
    },
  });
  return { opened, run: (script: string) => headless.run(script) };
}

describe('kubectl edit', () => {
  test('closing the editor changes nothing', async () => {
    const { opened, run } = shell([() => null]);
    const { stdout, stderr, exitCode } = await run('kubectl edit deployment payments; ls /tmp');
    expect({ stdout, stderr, exitCode }).toEqual({
      stdout: '',
      stderr: 'Edit cancelled, no changes made.\n',
      exitCode: 0,
    });
    expect(opened).toHaveLength(1);
    expect(opened[0]).toMatch(/^# Please edit the object below\. [^]*\napiVersion: apps\/v1\nkind: Deployment\n/);
  });

  test('a mistake opens it again with the reason; closing it then keeps a copy', async () => {
    const { opened, run } = shell([(text) => text.replace('replicas: 1', 'replicas: -1'), () => null]);
    const { stderr, exitCode } = await run('kubectl edit deployment payments');
    expect(exitCode).toBe(1);
    const copy = /stored to "(\/tmp\/kubectl-edit-\d+\.yaml)"/.exec(stderr)?.[1] ?? '';
    expect(stderr).toBe(
      `error: deployments.apps "payments" is invalid\nA copy of your changes has been stored to "${copy}"\nerror: Edit cancelled, no valid changes were saved.\n`,
    );
    expect(opened[1]).toContain(
      '#\n# deployments.apps "payments" was not valid:\n# * spec.replicas: Invalid value: -1: must be greater than or equal to 0\n#\napiVersion: apps/v1\n',
    );
    expect((await run(`grep replicas: ${copy}`)).stdout).toContain('  replicas: -1\n');
  });

  test('what was saved is in the world', async () => {
    const { run } = shell([(text) => text.replace('replicas: 1', 'replicas: 2')]);
    expect((await run('kubectl edit deploy payments')).stdout).toBe('deployment.apps/payments edited\n');
    expect((await run("kubectl get deploy payments -o jsonpath='{.spec.replicas}'")).stdout).toBe('2');
  });
});
