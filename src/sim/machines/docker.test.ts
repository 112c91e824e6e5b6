// A container engine in a world of machines, driven by the page's own docker from a shell on the machine; and that going
// back and running on again is the same run.
import { describe, expect, it } from 'vitest';
import { loadMachineScenario } from '../../content/machines/scenarios.ts';
import { Headless } from '../../hosts/headless.ts';
import { machinesWith } from '../../hosts/kinds/machines.ts';
import { docker } from './docker.ts';
import { MachineTimeline } from './timeline.ts';

async function begin(): Promise<{
  readonly timeline: MachineTimeline;
  readonly type: (line: string) => Promise<string>;
}> {
  const timeline = new MachineTimeline(await loadMachineScenario('ship'), 1, [], undefined, docker);
  const shell = new Headless(timeline, machinesWith(docker), { untilMs: 600_000 });
  return { timeline, type: async (line) => (await shell.run(line)).output };
}

describe('docker on a machine', () => {
  it('pulls, runs, publishes a port, and the container is a process of the machine', async () => {
    const { type } = await begin();
    expect(await type('docker pull -q harbour/storefront:2.1')).toBe('docker.io/harbour/storefront:2.1\n');
    expect(await type('docker run -d --name web -p 8080:8080 harbour/storefront:2.1')).toMatch(/^[0-9a-f]{64}\n$/);
    await type('sleep 4');
    expect(await type("docker ps --format '{{.Names}} {{.Image}}'")).toBe('web harbour/storefront:2.1\n');
    expect(await type('curl -s http://localhost:8080/healthz')).toBe('ok\n');
    expect(await type('docker exec web cat /etc/hostname')).toMatch(/^[0-9a-f]{12}\n$/);
    expect(await type('ps -e -o args | grep -c ^/app/storefront')).toBe('1\n');
    expect(await type('docker stop web')).toBe('web\n');
    expect(await type("docker ps -a --format '{{.Status}}'")).toMatch(/^Exited \(0\)/);
  });

  it('knows nothing of another machine’s containers', async () => {
    const { type } = await begin();
    await type('docker run -d --name web harbour/storefront:2.1');
    expect(await type('ssh island docker ps -q')).toBe('');
  });

  it('is the same run after going back, and when its inputs are put in again', async () => {
    const { timeline, type } = await begin();
    await type(
      'docker run -d --name web -p 8080:8080 harbour/storefront:2.1; sleep 5; docker exec web sh -c "echo x > /x"',
    );
    timeline.run(timeline.now + 5000);
    const { now, journalHash } = timeline;
    timeline.seek(0);
    timeline.run(now);
    expect(timeline.journalHash).toBe(journalHash);
    expect(timeline.fork().journalHash).toBe(journalHash);
    expect(await type('docker diff web')).toContain('A /x\n');
  });
});
