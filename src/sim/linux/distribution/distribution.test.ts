// The base system and the vendor's repository: everything on the disk starts, and the stories of libtls come out as told.
import { describe, expect, test } from 'vitest';
import type { Files } from '../contract.ts';
import { loaderCommands } from '../loader/index.ts';
import { load } from '../loader/load.ts';
import { packageCommands } from '../packages/index.ts';
import { filesWith, runCommand, type Ran } from '../packages/test-machine.ts';
import { debianPackages } from './debian.ts';
import { basePackages, closure, diskTree, repositoriesFor, type HarbourSuite } from './index.ts';

const shop = ['storefront=2.3', 'payments=1.3', 'search=2.0', 'reports=1.0', 'libtls=1.4.2-1'];

function harbour(suites: readonly HarbourSuite[] = ['stable'], packages: readonly string[] = shop): Files {
  const manual = packages.map((name) => name.split('=')[0] ?? '').filter((name) => name !== 'libtls');
  return filesWith(diskTree({ machine: 'x86_64', packages, manual, suites, hostname: 'harbour', unixMs: 0 }));
}

function run(files: Files, line: string, options: Parameters<typeof runCommand>[3] = {}): Ran {
  const argv = line.split(' ');
  const command = { ...packageCommands, ...loaderCommands }[argv[0] ?? ''];
  if (command === undefined) throw new Error(line);
  return runCommand(files, command, argv, options);
}

const start = (files: Files, program: string): string => {
  const loaded = load(files, `/usr/bin/${program}`, {}, { name: program });
  return loaded.kind === 'loaded' ? 'starts' : loaded.stderr;
};

describe('the disk', () => {
  const tree = diskTree({ machine: 'x86_64', packages: shop, suites: ['stable'], hostname: 'harbour', unixMs: 0 });

  test('has some 1,500 files at most', () => {
    expect(Object.keys(tree).length).toBeLessThan(2000);
    expect(debianPackages('x86_64').length).toBeGreaterThanOrEqual(60);
  });

  test.each(['x86_64', 'aarch64'] as const)('every program of %s finds its libraries', (machine) => {
    const files = filesWith(diskTree({ machine, packages: shop, suites: ['stable'], hostname: 'harbour', unixMs: 0 }));
    const failures: string[] = [];
    for (const directory of ['/usr/bin', '/usr/sbin']) {
      for (const name of files.list(directory)) {
        const path = `${directory}/${name}`;
        if (files.stat(path).type !== 'file' || files.read(path).kind !== 'elf') continue;
        const loaded = load(files, path, { LD_BIND_NOW: '1' });
        if (loaded.kind === 'failed') failures.push(loaded.stderr);
      }
    }
    expect(failures).toEqual([]);
  });

  test('all relations hold', () => {
    const chosen = closure(repositoriesFor('x86_64'), [...basePackages, ...shop]);
    const files = harbour();
    expect(run(files, 'apt-get check').code).toBe(0);
    expect(run(files, 'dpkg --audit')).toEqual({ code: 0, out: '', err: '' });
    expect(run(files, 'dpkg -V')).toEqual({ code: 0, out: '', err: '' });
    expect(chosen.length).toBeGreaterThan(60);
    const simulated = run(files, 'apt-get -s install');
    expect(simulated.out).toContain('0 upgraded, 0 newly installed, 0 to remove and');
    expect(simulated.out).not.toContain('no longer required');
  });

  test('ldconfig finds what the disk says it has found', () => {
    const files = harbour();
    const before = run(files, 'ldconfig -p').out;
    run(files, 'ldconfig');
    expect(run(files, 'ldconfig -p').out.split('\n').sort()).toEqual(before.split('\n').sort());
  });
});

describe('one package for two generations', () => {
  test('payments=1.4 takes the library away from storefront', () => {
    const files = harbour();
    expect(start(files, 'storefront')).toBe('starts');
    const done = run(files, 'apt install payments=1.4', { stdin: 'y\n' });
    expect(done.err).toContain('WARNING: apt does not have a stable CLI interface.');
    expect(done.out).toContain('The following additional packages will be installed:\n  libtls\n');
    expect(done.out).toContain('2 upgraded, 0 newly installed, 0 to remove and');
    expect(done.out).toContain('Unpacking libtls (3.2.0-1) over (1.4.2-1) ...');
    expect(done.out).toContain('Processing triggers for libc-bin (2.36-9+deb12u14) ...');
    expect(done.code).toBe(0);
    expect(start(files, 'payments')).toBe('starts');
    expect(start(files, 'storefront')).toBe(
      'storefront: error while loading shared libraries: libtls.so.1: cannot open shared object file: No such file or directory\n',
    );
    expect(run(files, 'ldd /usr/bin/storefront').out).toContain('\tlibtls.so.1 => not found\n');
    expect(run(files, 'dpkg -S /lib/x86_64-linux-gnu/libtls.so.3').out).toBe(
      'libtls: /lib/x86_64-linux-gnu/libtls.so.3\n',
    );
    expect(run(files, 'apt-cache rdepends --installed libtls').out).toBe(
      'libtls\nReverse Depends:\n  payments\n  storefront\n',
    );
  });

  test('going back and holding the library mends storefront', () => {
    const files = harbour();
    run(files, 'apt-get install -y payments=1.4');
    const refused = run(files, 'apt-get install -y libtls=1.4.2-1 payments=1.3');
    expect(refused.err).toBe('E: Packages were downgraded and -y was used without --allow-downgrades.\n');
    expect(refused.code).toBe(100);
    const back = run(files, 'apt-get install -y --allow-downgrades libtls=1.4.2-1 payments=1.3');
    expect(back.out).toContain('dpkg: warning: downgrading libtls from 3.2.0-1 to 1.4.2-1');
    expect(back.code).toBe(0);
    expect(start(files, 'storefront')).toBe('starts');
    expect(run(files, 'apt-mark hold libtls').out).toBe('libtls set on hold.\n');
    const upgrade = run(files, 'apt-get upgrade -y');
    expect(upgrade.out).toContain('The following packages have been kept back:\n  libtls');
    expect(start(files, 'storefront')).toBe('starts');
    const stopped = run(files, 'apt-get install -y payments=1.4');
    expect(stopped.code).toBe(100);
    expect(stopped.out).toContain(' payments : Depends: libtls (>= 3.2) but 1.4.2-1 is to be installed\n');
    expect(stopped.err).toBe('E: Unable to correct problems, you have held broken packages.\n');
  });

  test('a pin keeps the old library, and brings it back', () => {
    const pin = 'Package: libtls\nPin: version 1.4*\nPin-Priority: 1001\n';
    const files = harbour();
    files.write('/etc/apt/preferences.d/libtls', pin);
    expect(run(files, 'apt-cache policy libtls').out).toContain('  Candidate: 1.4.2-1\n');
    expect(run(files, 'apt-get upgrade -y').out).not.toContain('libtls');
    expect(start(files, 'storefront')).toBe('starts');
    run(files, 'apt-get install -y --allow-downgrades libtls=3.2.0-1 payments=1.4');
    expect(start(files, 'storefront')).not.toBe('starts');
    const back = run(files, 'apt-get install -y --allow-downgrades payments=1.3');
    expect(back.out).toContain('The following additional packages will be installed:\n  libtls\n');
    expect(start(files, 'storefront')).toBe('starts');
  });

  test('a dependency written too low ends in a missing version', () => {
    const files = harbour();
    expect(run(files, 'apt-get install -y libtls=3.0.1-1 payments=1.4~rc1').code).toBe(0);
    expect(start(files, 'payments')).toBe(
      "payments: /lib/x86_64-linux-gnu/libtls.so.3: version `TLS_3.2' not found (required by payments)\n",
    );
  });

  test('a copy beside it and LD_LIBRARY_PATH make both run', () => {
    const files = harbour();
    files.mkdirs('/opt/old');
    files.write('/opt/old/libtls.so.1', files.read('/lib/x86_64-linux-gnu/libtls.so.1'));
    run(files, 'apt-get install -y payments=1.4');
    expect(load(files, '/usr/bin/storefront', { LD_LIBRARY_PATH: '/opt/old' }).kind).toBe('loaded');
  });
});

test('a package that says what it breaks has storefront removed', () => {
  const files = harbour(['strict']);
  const asked = run(files, 'apt-get install payments=1.4');
  expect(asked.out).toContain('The following packages will be REMOVED:\n  storefront\n');
  expect(asked.out.endsWith('Do you want to continue? [Y/n] Abort.\n')).toBe(true);
  expect(asked.code).toBe(1);
  expect(run(files, 'apt-get install -y payments=1.4').code).toBe(0);
  expect(run(files, 'dpkg -l storefront').out).toMatch(/^rc {2}storefront/m);
  expect(files.exists('/usr/bin/storefront')).toBe(false);
  expect(files.exists('/etc/storefront/storefront.conf')).toBe(true);
});

describe('packaged well', () => {
  const split = ['storefront=2.3+split1', 'payments=1.3+split1', 'libtls1=1.4.2-1'];

  test('two generations stand side by side', () => {
    const files = harbour(['split'], split);
    const done = run(files, 'apt-get install payments=1.4+split1', { stdin: '\n' });
    expect(done.out).toContain('The following NEW packages will be installed:\n  libtls3\n');
    expect(done.out).toContain('Setting up libtls3:amd64 (3.2.0-1) ...');
    expect(done.code).toBe(0);
    expect([start(files, 'storefront'), start(files, 'payments')]).toEqual(['starts', 'starts']);
  });

  test('one fix mends every program that shares the library', () => {
    const files = harbour(['split'], split);
    files.write('/etc/apt/sources.list.d/security.list', 'deb http://packages.harbour.example/debian security main\n');
    expect(run(files, 'apt update').out).toContain('Get:3 http://packages.harbour.example/debian security InRelease');
    const upgrade = run(files, 'apt-get install --only-upgrade -y libtls1');
    expect(upgrade.out).toContain('Unpacking libtls1:amd64 (1.4.3-1) over (1.4.2-1) ...');
    expect([start(files, 'storefront'), start(files, 'payments')]).toEqual(['starts', 'starts']);
    expect(files.readlink('/lib/x86_64-linux-gnu/libtls.so.1')).toBe('libtls.so.1.4.3');
  });
});

describe('refusals', () => {
  test.each([
    ['apt-get install nothere', 100, 'E: Unable to locate package nothere\n'],
    ['apt-get install storefront=9', 100, "E: Version '9' for 'storefront' was not found\n"],
    ['apt-get frobnicate', 100, 'E: Invalid operation frobnicate\n'],
    ['apt-get install --download-only=x a', 100, 'apt-get: option --download-only=x is not simulated\n'],
    [
      'dpkg -r libtls',
      1,
      'dpkg: dependency problems prevent removal of libtls:\n payments depends on libtls (>= 1.4).\n payments depends on libtls (<< 3).\n storefront depends on libtls (>= 1.4).\n\ndpkg: error processing package libtls (--remove):\n dependency problems - not removing\nErrors were encountered while processing:\n libtls\n',
    ],
    [
      'dpkg -r bash',
      1,
      'dpkg: error processing package bash (--remove):\n this is an essential package; it should not be removed\nErrors were encountered while processing:\n bash\n',
    ],
    ['dpkg -S nosuch', 1, 'dpkg-query: no path found matching pattern *nosuch*\n'],
    [
      'dpkg -L nosuch',
      1,
      "dpkg-query: package 'nosuch' is not installed\nUse dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n",
    ],
    ['dpkg -l nosuch', 1, 'dpkg-query: no packages found matching nosuch\n'],
  ] as const)('%s', (line, code, err) => {
    const ran = run(harbour(), line);
    expect({ code: ran.code, err: ran.err }).toEqual({ code, err });
  });

  test('only root installs', () => {
    const ran = run(harbour(), 'apt-get install payments=1.4', { uid: 1000 });
    expect(ran.err).toBe(
      'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n' +
        'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n',
    );
  });
});

test('dpkg installs a file it is given, and leaves it unconfigured without what it needs', () => {
  const files = harbour();
  run(files, 'apt-get install -y -d payments=1.4');
  run(files, 'apt-get install -y -d libtls=3.2.0-1');
  const alone = run(files, 'dpkg -i /var/cache/apt/archives/payments_1.4_amd64.deb');
  expect(alone.code).toBe(1);
  expect(alone.err).toBe(
    'dpkg: dependency problems prevent configuration of payments:\n payments depends on libtls (>= 3.2); however:\n' +
      '  Version of libtls on system is 1.4.2-1.\n\ndpkg: error processing package payments (--install):\n' +
      ' dependency problems - leaving unconfigured\nErrors were encountered while processing:\n payments\n',
  );
  expect(run(files, 'dpkg -l payments').out).toMatch(/^iU {2}payments/m);
  expect(run(files, 'dpkg -i /var/cache/apt/archives/libtls_3.2.0-1_amd64.deb').code).toBe(0);
  expect(run(files, 'dpkg --configure -a').out).toContain('Setting up payments (1.4) ...\n');
});
