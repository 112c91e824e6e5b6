// The help of every command beside the real one's. What of it is not simulated is said on standard error.
import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { commandPaths } from '../../../src/shell/programs/kubectl/commands.ts';
import { help, notSimulatedNote } from '../../../src/shell/programs/kubectl/help.ts';
import { realKubectl, whyNot } from './harness.ts';

const reason = whyNot('help.test.ts');

describe.skipIf(realKubectl === undefined)(`kubectl help${reason}`, () => {
  const real = (...args: string[]) =>
    spawnSync(realKubectl as string, args, { encoding: 'utf8', env: { ...process.env, KUBECONFIG: '/dev/null' } })
      .stdout;

  test('of all commands', () => {
    const different = ['', ...commandPaths].filter((path) => help(path) !== real(...path.split(' '), '--help'));
    expect(different).toEqual([]);
    expect(help('options')).toBe(real('options'));
  }, 600_000);
});

test('what is not simulated is named', () => {
  expect(notSimulatedNote('kustomize')).toBe('\nNot simulated here: kubectl kustomize\n');
  expect(notSimulatedNote('rollout')).toBe('');
  expect(notSimulatedNote('certificate')).toBe('\nNot simulated here: approve, deny\n');
  expect(notSimulatedNote('get')).toContain('--kustomize');
  expect(notSimulatedNote('get')).not.toContain('--selector');
});
