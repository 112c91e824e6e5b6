// A small machine for tests: every command is a program in /usr/bin, `bash` is hosted, `server` stays.
import type { Command, Commands, Started } from '../contract.ts';
import type { Elf, ElfMachine } from '../elf.ts';
import { Simulation } from '../../engine/simulation.ts';
import { populate, type Plain } from '../files/populate.ts';
import { Tree } from '../files/tree.ts';
import { createMachine, type Machine, type MachineSpec, type Programs } from '../machine.ts';

function elfOf(program: string, machine: ElfMachine = 'x86_64'): Elf {
  return {
    class: 64,
    machine,
    type: 'EXEC',
    needed: [],
    versionsNeeded: [],
    versionsDefined: [],
    defined: [],
    undefined: [],
    program,
    stripped: true,
    buildId: '0'.repeat(40),
    sizeBytes: 30_000,
  };
}

export function elfFile(program: string, mode = 0o755, machine: ElfMachine = 'x86_64'): Plain {
  return { elf: elfOf(program, machine), mode };
}

interface TestMachine {
  readonly sim: Simulation;
  readonly machine: Machine;
  /** The reader's shell: root's unless a uid is given. */
  readonly shell: number;
  readonly login: (uid: number, tty?: string) => number;
  /** Runs a command line that must end at once; throws with what it printed on standard error if it fails. */
  readonly sh: (line: string, pid?: number) => string;
  readonly start: (line: string, pid?: number) => Started;
}

export function testMachine(
  commands: Commands,
  options: Partial<MachineSpec> & {
    readonly files?: Readonly<Record<string, Plain>>;
    readonly programs?: Programs;
  } = {},
): TestMachine {
  const sim = new Simulation({ seed: 7, epochMs: Date.UTC(2026, 10, 24, 9, 0, 0), detail: 'full' });
  const { files = {}, programs = {}, ...rest } = options;
  const names = [...Object.keys(commands), ...Object.keys(programs), 'bash'];
  const tree = populate(new Tree({ type: 'ext4', capacityBytes: 20 * 2 ** 30 }), {
    ...Object.fromEntries(names.map((name) => [`/usr/bin/${name}`, elfFile(name)])),
    '/etc/passwd':
      'root:x:0:0:root:/root:/bin/bash\nmessagebus:x:100:107::/nonexistent:/usr/sbin/nologin\nmara:x:1000:1000:Mara,,,:/home/mara:/bin/bash\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    '/etc/group': 'root:x:0:\nsudo:x:27:mara\nmara:x:1000:\nnogroup:x:65534:\n',
    ...files,
  });
  const machine = createMachine(sim, {
    name: 'harbour',
    cpuMilli: 4000,
    memoryBytes: 8 * 2 ** 30,
    root: tree,
    commands,
    programs,
    hosted: ['bash'],
    load: () => ({ kind: 'loaded', objects: [], stderr: '', stderrAtExit: '' }),
    ...rest,
  });
  const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/root', LANG: 'C.UTF-8' };
  const login = (uid: number, tty = 'pts/0') =>
    machine.login({
      argv: ['-bash'],
      program: 'bash',
      exe: '/usr/bin/bash',
      uid,
      gid: uid,
      groups: uid === 0 ? [0] : [27, uid],
      env,
      cwd: '/',
      tty,
    });
  const shell = login(0);
  const start = (line: string, pid = shell) =>
    machine.run(pid, line.split(' '), { env: machine.task(pid)?.env ?? env });
  return {
    sim,
    machine,
    shell,
    login,
    start,
    sh(line, pid) {
      const result = start(line, pid);
      if (result.kind !== 'done') throw new Error(`${line}: ${result.kind}`);
      if (result.exitCode !== 0) throw new Error(`${line}: ${String(result.exitCode)} ${result.stderr}`);
      return result.stdout;
    },
  };
}

export const echo: Command = (sys) => {
  sys.out(`${sys.argv.slice(1).join(' ')}\n`);
  return 0;
};
