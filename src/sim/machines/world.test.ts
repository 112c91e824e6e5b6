// A world of two small machines, through its timeline and through a shell on it: what is typed, what comes back, and that
// going back and running on again is the same run.
import { describe, expect, it } from 'vitest';
import { Headless } from '../../hosts/headless.ts';
import { machines } from '../../hosts/kinds/machines.ts';
import type { Elf } from '../linux/elf.ts';
import type { PlainTree } from '../linux/files/populate.ts';
import type { MachineScenario } from './scenario.ts';
import { MachineTimeline } from './timeline.ts';

const elf = (program: string, more: Partial<Elf> = {}) => ({
  elf: {
    class: 64,
    machine: 'x86_64',
    type: 'DYN',
    needed: [],
    versionsNeeded: [],
    versionsDefined: [],
    defined: [],
    undefined: [],
    program,
    version: '1.4',
    stripped: true,
    buildId: '0'.repeat(40),
    sizeBytes: 16_384,
    ...more,
  } satisfies Elf,
  mode: 0o755,
});

const tools = [
  'bash',
  'cat',
  'ls',
  'grep',
  'curl',
  'ldd',
  'ps',
  'hostname',
  'unshare',
  'ssh',
  'sleep',
  'uname',
  'id',
  'head',
];

const files = (name: string): PlainTree => ({
  ...Object.fromEntries(tools.map((tool) => [`/usr/bin/${tool}`, elf(tool)])),
  '/usr/bin/storefront': elf('storefront', { needed: ['libtls.so.1'], interpreter: '/lib64/ld-linux-x86-64.so.2' }),
  '/usr/bin/search': elf('search'),
  '/usr/bin/app-arm': elf('cat', { machine: 'aarch64' }),
  '/lib64/ld-linux-x86-64.so.2': elf('ld.so'),
  '/bin': { symlink: 'usr/bin' },
  '/etc/hostname': `${name}\n`,
  '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\nharry:x:1000:1000:,,,:/home/harry:/bin/bash\n',
  '/etc/group': 'root:x:0:\nharry:x:1000:\n',
  '/proc': { directory: true },
  '/sys': { directory: true },
  '/dev': { directory: true },
  '/run': { directory: true },
  '/tmp': { directory: true, mode: 0o1777 },
  '/root': { directory: true, mode: 0o700 },
});

const scenario: MachineScenario = {
  name: 'two machines',
  startsAt: '2026-11-24T09:00:00Z',
  machines: ['harbour', 'island'].map((name, i) => ({
    name,
    cpuMilli: 2000,
    memoryBytes: 4 * 2 ** 30,
    diskBytes: 20 * 2 ** 30,
    ip: `10.0.0.${String(2 + i)}`,
    packages: [],
    files: files(name),
    watch: ['/usr/bin/storefront'],
    services: [],
    user: { name: 'root', uid: 0, home: '/root' },
  })),
  script: [],
};

async function type(timeline: MachineTimeline, script: string) {
  return new Headless(timeline, machines, { untilMs: timeline.now + 600_000 }).run(script);
}

describe('a shell on a machine', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['cat /etc/hostname', 'harbour\n'],
    ['echo hello > /tmp/a; cat /tmp/a | grep -c hello', '1\n'],
    ['nosuch; echo $?', 'bash: nosuch: command not found\n127\n'],
    ['/usr/bin/app-arm; echo $?', 'bash: /usr/bin/app-arm: cannot execute binary file: Exec format error\n126\n'],
    [
      'storefront; echo $?',
      'storefront: error while loading shared libraries: libtls.so.1: cannot open shared object file: No such file or directory\n127\n',
    ],
    ['/etc/passwd; echo $?', 'bash: /etc/passwd: Permission denied\n126\n'],
    ['/tmp; echo $?', 'bash: /tmp: Is a directory\n126\n'],
    ['ssh island hostname', 'island\n'],
    ['ssh nowhere true; echo $?', 'ssh: Could not resolve hostname nowhere: Name or service not known\n255\n'],
    ['unshare --uts sh -c "hostname box; hostname"; hostname', 'box\nharbour\n'],
    ['ls -l /bin', 'lrwxrwxrwx 1 root root 7 Nov 24 09:00 /bin -> usr/bin\n'],
  ];
  it.each(cases)('%s', async (line, output) => {
    const timeline = new MachineTimeline(scenario, 1);
    expect((await type(timeline, line)).output).toBe(output);
  });

  it('runs a server, asks it, and stops it with a signal', async () => {
    const timeline = new MachineTimeline(scenario, 1);
    const script =
      'search & sleep 4; curl -s http://localhost:8080/healthz; kill %1; wait; curl -s http://localhost:8080/; echo $?';
    expect((await type(timeline, script)).stdout).toContain('ok\n');
  });

  it('is asked from another machine by name', async () => {
    const timeline = new MachineTimeline(scenario, 1);
    const { stdout } = await type(timeline, 'ssh island search & sleep 5; curl -s http://island:8080/healthz');
    expect(stdout).toContain('ok\n');
  });
});

describe('the timeline of a world of machines', () => {
  it('gives the same run after going back, and in a copy', async () => {
    const timeline = new MachineTimeline(scenario, 1);
    timeline.run(1000);
    await type(timeline, 'search & sleep 4; echo x > /tmp/x; unshare --uts hostname box; nosuch; cat /nowhere');
    timeline.run(timeline.now + 5000);
    const { now, journalHash } = timeline;
    expect(timeline.fork().journalHash).toBe(journalHash);
    timeline.seek(0);
    timeline.run(now);
    expect(timeline.journalHash).toBe(journalHash);
    const again = new MachineTimeline(scenario, 1, timeline.inputs);
    again.run(now);
    expect(again.journalHash).toBe(journalHash);
    expect(again.world.machines.get('harbour')?.files(1).readText('/tmp/x')).toBe('x\n');
  });
});
