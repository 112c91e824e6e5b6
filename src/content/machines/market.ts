// The library market: the machine `harbour` with the shop's four programs, as the vendor's repository installs them, and
// what an administrator does to it. Every act has the same beat: at 20 s packages change, at 40 s the services are
// started anew, so a process that still has the old library and one that needs the new one can be told apart.
import type { PlainTree } from '../../sim/linux/files/populate.ts';
import { programElf } from '../../sim/linux/distribution/elf-files.ts';
import { debContent } from '../../sim/linux/packages/archive.ts';
import { findPackage, harbourSources, repositoriesFor, type HarbourSuite } from '../../sim/linux/distribution/index.ts';
import type { MachineScenario, MachineStep } from '../../sim/machines/scenario.ts';

type Settings = Readonly<Record<string, number | string | boolean>>;

const MACHINE = 'harbour';
const STARTS_AT = '2026-11-24T09:00:00Z';
/** What the pictures show, the order of the shop. */
const PROGRAMS = ['storefront', 'payments', 'search', 'reports'] as const;
const OLD = ['storefront=2.3', 'payments=1.3', 'libtls=1.4.2-1'] as const;

/** What is done to the machine in one act of the figures. */
const acts: Readonly<Record<string, readonly (readonly [at: string, line: string])[]>> = {
  nothing: [],
  'payments by hand': [
    ['20s', 'dpkg -i /root/payments_1.4_amd64.deb'],
    ['40s', 'systemctl restart payments'],
  ],
  'security fix': [
    ['20s', 'apt-get install -y libtls=1.4.3-1'],
    ['40s', 'systemctl restart storefront payments'],
  ],
  'payments 1.4': [
    ['20s', 'apt-get install -y payments=1.4'],
    ['40s', 'systemctl restart storefront payments'],
  ],
  'payments 1.4, packaged apart': [
    ['20s', 'apt-get install -y storefront=2.3+split1 payments=1.4+split1'],
    ['40s', 'systemctl restart storefront payments'],
  ],
};

/** What the administrators have laid beside the packages: each service has a port of its own. */
const own: PlainTree = {
  '/usr/bin/systemctl': { elf: programElf('x86_64', 'systemctl', '252.39', [], 1_115_264) },
  ...Object.fromEntries(
    Object.entries({ storefront: 8080, payments: 8081, search: 8082 }).map(([name, port]) => [
      `/etc/systemd/system/${name}.service`,
      `[Unit]\nDescription=Harbour Goods ${name}\n\n[Service]\nEnvironment=PORT=${String(port)}\nExecStart=/usr/bin/${name}\n`,
    ]),
  ),
};

const steps = (act: string): readonly MachineStep[] =>
  (acts[act] ?? []).map(([at, line]) => ({ at, machine: MACHINE, run: line.split(' ') }));

interface Harbour {
  readonly packages?: readonly string[];
  readonly suites?: readonly HarbourSuite[];
  readonly services?: readonly string[];
  readonly files?: PlainTree;
  readonly script?: readonly MachineStep[];
}

function harbour(name: string, of: Harbour): MachineScenario {
  return {
    name,
    startsAt: STARTS_AT,
    machines: [
      {
        name: MACHINE,
        cpuMilli: 4000,
        memoryBytes: 8 * 2 ** 30,
        diskBytes: 40 * 2 ** 30,
        ip: '10.0.0.2',
        packages: [...(of.packages ?? OLD), 'search=2.0', 'reports=1.0'],
        manual: [...PROGRAMS],
        suites: of.suites ?? ['stable', 'security'],
        files: { ...own, ...of.files },
        watch: PROGRAMS.map((program) => `/usr/bin/${program}`),
        services: of.services ?? ['storefront', 'payments', 'search'],
        user: { name: 'root', uid: 0, home: '/root' },
      },
    ],
    script: of.script ?? [],
  };
}

/** The figures' machine. */
export function build({ change = 'nothing' }: Settings): MachineScenario {
  const act = String(change);
  const apart = act.endsWith('packaged apart');
  const deb = found('payments=1.4');
  return harbour('market', {
    ...(apart ? { suites: ['stable', 'security', 'split'] as const } : {}),
    files: {
      ...(apart && { '/etc/apt/sources.list.d/harbour.list': harbourSources(['split']) }),
      ...(act === 'payments by hand' && { '/root/payments_1.4_amd64.deb': { content: debContent(deb.control) } }),
    },
    script: steps(act),
  });
}

/** Last night somebody upgraded payments; this morning the services were started anew. */
export function broken(): MachineScenario {
  return harbour('broken', { script: steps('payments 1.4') });
}

/** A hole was found in libtls, and tonight everything that can be upgraded will be. */
export function hole(): MachineScenario {
  return harbour('hole', {
    script: [
      { at: NIGHT, machine: MACHINE, run: ['apt-get', '-y', 'upgrade'] },
      { at: MORNING, machine: MACHINE, run: ['systemctl', 'restart', 'storefront', 'payments', 'search'] },
    ],
  });
}
const NIGHT = '2h';
const MORNING = '2h1m';

/** payments 1.4 has to stay; libtls.so.1 lies in a backup. */
export function both(): MachineScenario {
  const [name, file] = Object.entries(found('libtls=1.4.2-1').files).find(([path]) => path.endsWith('.so.1.4.2')) ?? [];
  if (name === undefined || file === undefined) throw new Error('libtls 1.4.2-1 has no library file');
  return harbour('both', {
    packages: ['storefront=2.3', 'payments=1.4', 'libtls=3.2.0-1'],
    services: ['payments', 'search'],
    files: { '/srv/backup/libtls.so.1.4.2': file },
  });
}

/** Packages as the vendor's repository has them. */
function found(asked: string) {
  const version = findPackage(repositoriesFor('x86_64'), asked);
  if (!version) throw new Error(`no package ${asked}`);
  return version;
}
