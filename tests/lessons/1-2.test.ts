// What lesson 1.2 claims: the commands that it shows print what it shows, and the upgrade reaches whom it says.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadMachineScenario } from '../../src/content/machines/scenarios.ts';
import { Headless } from '../../src/hosts/headless.ts';
import { machines } from '../../src/hosts/kinds/machines.ts';
import { machineSnapshot } from '../../src/sim/machines/snapshot.ts';
import { MachineTimeline } from '../../src/sim/machines/timeline.ts';

const page = new URL('../../src/content/docs/1-one-machine/2-the-library-market.mdx', import.meta.url);
const text = readFileSync(page, 'utf8');

describe('the commands of the text', () => {
  // The page begins with payments laid in by hand; what follows is about the machine after the upgrade.
  const world = (commands: string) =>
    commands === 'payments\n'
      ? loadMachineScenario('market', { change: 'payments by hand' })
      : loadMachineScenario('broken');

  const pairs = [...text.matchAll(/```sh wrap\n([^`]*)```\n\n```txt wrap\n([^`]*)```/g)].map(
    ([, commands = '', output = '']) => [commands, output] as const,
  );
  it('are there', () => {
    expect(pairs).toHaveLength(3);
  });
  it.each(pairs)('%s', async (commands, output) => {
    const timeline = new MachineTimeline(await world(commands), 7);
    timeline.run(60_000);
    const run = await new Headless(timeline, machines, { untilMs: timeline.now + 60_000 }).run(commands);
    expect(run.output).toBe(output);
  });
});

it('a service whose new process fails at once has failed, although its old one ended well', async () => {
  const timeline = new MachineTimeline(await loadMachineScenario('broken'), 1);
  timeline.run(60_000);
  const shell = new Headless(timeline, machines, { untilMs: timeline.now + 60_000 });
  expect((await shell.run('systemctl is-active storefront payments')).output).toBe('failed\nactive\n');
});

describe('what an upgrade reaches', () => {
  const failing = async (change: string, at: number): Promise<readonly string[]> => {
    const timeline = new MachineTimeline(await loadMachineScenario('market', { change }), 1);
    timeline.run(at);
    const [machine] = machineSnapshot(timeline.world).machines;
    return (machine?.programs ?? []).filter(({ error }) => error !== null).map(({ name }) => name);
  };
  it.each([
    ['nothing', []],
    ['security fix', []],
    ['payments by hand', ['payments']],
    ['payments 1.4', ['storefront']],
    ['payments 1.4, packaged apart', []],
  ])('%s', async (change, programs) => {
    expect(await failing(change, 10_000)).toEqual([]);
    expect(await failing(change, 50_000)).toEqual(programs);
  });

  it('leaves a process with the file that it has mapped', async () => {
    const timeline = new MachineTimeline(await loadMachineScenario('market', { change: 'payments 1.4' }), 1);
    const storefront = () =>
      machineSnapshot(timeline.world).machines[0]?.programs.find(({ name }) => name === 'storefront');
    timeline.run(30_000);
    expect(storefront()?.processes).toHaveLength(1);
    expect(storefront()?.error).toMatch(/libtls\.so\.1: cannot open shared object file/);
    timeline.run(50_000);
    expect(storefront()?.processes).toHaveLength(0);
  });
});
