// Ship it: two machines with container engines, `harbour`, where images are built, and `island`, where they are to run,
// and the registry between them.
import { programElf } from '../../sim/linux/distribution/elf-files.ts';
import type { MachineScenario } from '../../sim/machines/scenario.ts';

const MIB = 1_048_576;

export function build(): MachineScenario {
  return {
    name: 'ship',
    startsAt: '2026-11-24T09:00:00Z',
    machines: ['harbour', 'island'].map((name, i) => ({
      name,
      cpuMilli: 4000,
      memoryBytes: 8192 * MIB,
      diskBytes: 40_960 * MIB,
      ip: `10.0.0.${String(2 + i)}`,
      packages: [],
      files: {
        '/usr/bin/docker': { elf: programElf('x86_64', 'docker', '28.2.2', [], 42 * MIB), mode: 0o755 },
      },
      watch: [],
      services: [],
      docker: true,
      user: { name: 'root', uid: 0, home: '/root' },
    })),
    script: [],
  };
}
