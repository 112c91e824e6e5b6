// A session with apt and dpkg on a machine with a small repository, command by command, against the words of the real ones:
// recorded with apt 2.6.1 and dpkg 1.21.22 under a private root, and recorded anew where they are at hand.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { PackageVersion, Repository } from './archive.ts';
import { packagesPath, releasePath, releaseText } from './apt/state.ts';
import { packagesFile } from './archive.ts';
import { controlOf, parseParagraphs } from './control.ts';
import { createPackageCommands } from './create.ts';
import { filesWith, runCommand } from './test-machine.ts';

const goldenPath = new URL('../../../../tests/data/apt/session.json', import.meta.url).pathname;

const packages: readonly (readonly [name: string, version: string, fields: string])[] = [
  ['extra', '1.0', ''],
  ['gadget', '1.0', 'Provides: widget\n'],
  ['gadget2', '1.0', 'Provides: widget\n'],
  ['libtls', '1.4', ''],
  ['libtls', '3.2', 'Breaks: storefront (<< 3)\n'],
  ['payments', '1.3', 'Depends: libtls (>= 1.4)\n'],
  ['payments', '1.4', 'Depends: libtls (>= 3.2)\nSuggests: gadget, extra\n'],
  ['storefront', '2.3', 'Depends: libtls (>= 1.4)\nRecommends: extra\n'],
];

const session = [
  'apt-get install -y storefront=2.3 payments=1.3 libtls=1.4',
  'apt-get install payments=1.4',
  'apt-get -s install payments=1.4',
  'apt list --upgradable',
  'apt-get install -y widget',
  'apt-get install -y gadget payments',
  'apt-get upgrade -y',
  'apt-get install storefront',
  'apt-get install storefront=9',
  'apt-get install storefront/nosuch',
  'apt-get install nothere',
  'apt-get remove -y payments',
  'apt list --installed',
  'apt list -a libtls',
  'apt search demo',
  'apt-cache search demo',
  'apt-get autoremove -y',
  'apt-get purge -y libtls',
  'apt-cache rdepends libtls',
  'apt-cache depends payments',
  'apt depends payments',
  'apt-get install -y --reinstall extra',
  'apt-get install -y libtls=3.2',
  'apt-get -f install',
  'apt-get install extra-',
  'apt-get install extra',
  'apt-get remove gadget2',
  'apt-mark showmanual',
  'apt-mark hold libtls',
  'apt-mark hold libtls',
  'apt-get install -y libtls=1.4 --allow-downgrades',
  'apt-mark showhold',
  'apt-get install -y libtls=1.4 --allow-downgrades --allow-change-held-packages',
  'apt-get upgrade',
  'apt-get dist-upgrade -y',
  'apt-mark hold nosuch',
  'apt-mark auto extra',
  'apt-mark auto extra',
  'apt-mark showauto',
  'apt-get -s autoremove',
  'apt-get install -y payments=1.4',
  'apt-get install payments',
  'apt-get -s purge payments',
  'apt show payments',
  'apt show nosuch',
  'apt-cache show nosuch',
  'apt-cache policy libtls',
  'apt-cache madison libtls',
  'apt-get frob',
] as const;

const tools = { build: 'dpkg-deb', scan: 'dpkg-scanpackages', sum: 'sha256sum', date: 'date', apt: 'apt-get' };

interface Said {
  readonly code: number;
  readonly text: string;
}

/** Left out: what depends on where the repository lies, on sizes, and on the order of independent packages. */
function plain(text: string): string {
  const lines = text
    .replaceAll('\r', '')
    .split('\n')
    .filter(
      (line) => !/^(Get:|W: |Fetched|\(Reading|Preparing|Reading |Building |APT-Sources|Download-Size)/.test(line),
    )
    .map((line) =>
      line.replace(/[^ ]+ ?k?B\/?[0-9.]* ?k?B? of archives/, '… of archives').replace(/^(\s+500) .*$/, '$1 …'),
    )
    .map((line) => line.replace(/^( +100 ).*status$/, '$1status').replace(/ \| [^|]* Packages$/, ' | …'))
    .filter((line) => !/^ +[a-z]\S+ \d.*\d$/.test(line) || !line.startsWith('  gadget'));
  const runs = lines
    .join('\n')
    .replace(/(?:^Setting up .*\n?)+/gm, (run) => `${run.trimEnd().split('\n').sort().join('\n')}\n`);
  return runs.trimEnd();
}

const stanza = ([name, version, fields]: (typeof packages)[number]): string =>
  `Package: ${name}\nVersion: ${version}\nArchitecture: amd64\nMaintainer: N <n@example.com>\nSection: misc\nPriority: optional\n` +
  `Installed-Size: 100\n${fields}Description: demo ${name}\n`;

function modelled(): Record<string, Said> {
  const source = {
    uri: 'http://r.example/d',
    suite: 'stable',
    codename: 'bay',
    component: 'main',
    origin: 'Harbour',
    label: 'Harbour',
  };
  const versions = packages.map((entry): PackageVersion => {
    const [fields] = parseParagraphs(stanza(entry));
    return { control: controlOf(fields!), files: { [`/usr/share/${entry[0]}/file`]: entry[1] } };
  });
  const repository: Repository = { source, versions };
  const line = { uri: source.uri, suite: 'stable', component: 'main' };
  const files = filesWith({
    '/etc/apt/sources.list': 'deb http://r.example/d stable main\n',
    [releasePath(line)]: releaseText(source),
    [packagesPath(line)]: packagesFile(versions),
    '/var/lib/dpkg/status': '',
  });
  const commands = createPackageCommands([repository]);
  return Object.fromEntries(
    session.map((text, index) => {
      const argv = text.split(' ');
      const ran = runCommand(files, commands[argv[0] ?? '']!, argv);
      return [
        `${index} ${text}`,
        { code: ran.code, text: plain(`${ran.out}${ran.err.replace(/^\nWARNING: apt .*\n\n/, '')}`) },
      ];
    }),
  );
}

function recorded(): Record<string, Said> {
  const root = mkdtempSync(join(tmpdir(), 'apt-session-'));
  try {
    for (const path of [
      'repo',
      'build',
      'etc/apt/preferences.d',
      'state/lists/partial',
      'cache/archives/partial',
      'log',
      'none',
      'root/var/lib/dpkg/info',
      'root/var/lib/dpkg/updates',
    ]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    writeFileSync(join(root, 'root/var/lib/dpkg/status'), '');
    writeFileSync(join(root, 'root/var/lib/dpkg/available'), '');
    for (const entry of packages) {
      const [name, version] = entry;
      const build = join(root, 'build', `${name}-${version}`);
      mkdirSync(join(build, 'DEBIAN'), { recursive: true });
      mkdirSync(join(build, 'usr/share', name), { recursive: true });
      writeFileSync(join(build, 'usr/share', name, 'file'), version);
      writeFileSync(join(build, 'DEBIAN/control'), stanza(entry));
      execFileSync(
        tools.build,
        ['--root-owner-group', '-b', build, join(root, 'repo', `${name}_${version}_amd64.deb`)],
        { stdio: 'pipe' },
      );
    }
    const scanned = execFileSync(tools.scan, ['-m', '.'], {
      cwd: join(root, 'repo'),
      encoding: 'utf8',
      stdio: 'pipe',
    });
    writeFileSync(join(root, 'repo/Packages'), scanned);
    const sum =
      execFileSync(tools.sum, ['Packages'], { cwd: join(root, 'repo'), encoding: 'utf8' }).split(' ')[0] ?? '';
    const date = execFileSync(tools.date, ['-Ru'], { encoding: 'utf8' }).trim();
    writeFileSync(
      join(root, 'repo/Release'),
      `Origin: Harbour\nLabel: Harbour\nSuite: stable\nCodename: bay\nDate: ${date}\nSHA256:\n ${sum} ${scanned.length} Packages\n`,
    );
    writeFileSync(join(root, 'etc/apt/sources.list'), `deb [trusted=yes] file:${root}/repo ./\n`);
    const config = join(root, 'apt.conf');
    writeFileSync(
      config,
      `Dir "${root}"; Dir::Etc "${root}/etc/apt"; Dir::Etc::parts "${root}/none"; Dir::State "${root}/state"; Dir::Log "${root}/log";
Dir::State::status "${root}/root/var/lib/dpkg/status"; Dir::Cache "${root}/cache"; APT::Architecture "amd64"; APT::Architectures { "amd64"; };
APT::Sandbox::User "root"; Acquire::Languages "none"; DPkg::Options { "--root=${root}/root"; "--force-script-chrootless"; };
Dir::Bin::dpkg "/usr/bin/dpkg";\n`,
    );
    const env = { ...process.env, APT_CONFIG: config, LC_ALL: 'C.UTF-8' };
    execFileSync(tools.apt, ['update'], { env, stdio: 'pipe' });
    expect(readdirSync(join(root, 'repo'))).toContain('Packages');
    return Object.fromEntries(
      session.map((text, index) => {
        const [tool = '', ...rest] = text.split(' ');
        const ran = spawnSync(tool, rest, { env, encoding: 'utf8', input: '' });
        return [
          `${index} ${text}`,
          { code: ran.status ?? -1, text: plain(`${ran.stdout}${ran.stderr.replace(/^\nWARNING: apt .*\n\n/, '')}`) },
        ];
      }),
    );
  } finally {
    rmSync(root, { recursive: true });
  }
}

const says = (tool: string, words: string): boolean =>
  (spawnSync(tool, ['--version'], { encoding: 'utf8' }).stdout as string | null)?.includes(words) === true;
const present =
  says('apt-get', 'apt 2.6.1') &&
  says('dpkg', '1.21.22') &&
  says('dpkg-scanpackages', '1.21') &&
  process.getuid?.() === 0;

if (process.env['RECORD_APT'] !== undefined) writeFileSync(goldenPath, `${JSON.stringify(recorded(), null, 1)}\n`);
const golden = existsSync(goldenPath) ? (JSON.parse(readFileSync(goldenPath, 'utf8')) as Record<string, Said>) : {};
const model = modelled();

test.each(session.map((text, index) => `${index} ${text}`))('%s', (step) => {
  expect(golden[step]).toBeDefined();
  expect(model[step]).toEqual(golden[step]);
});

test('packages that need each other are installed together', () => {
  const control = (name: string, other: string): PackageVersion => ({
    control: controlOf(parseParagraphs(stanza([name, '1', `Depends: ${other}\n`]))[0]!),
    files: { [`/usr/share/${name}/file`]: '' },
  });
  const source = { uri: 'http://r.example/d', suite: 's', codename: 's', component: 'main', origin: '', label: '' };
  const repository: Repository = { source, versions: [control('hen', 'egg'), control('egg', 'hen')] };
  const files = filesWith({ '/etc/apt/sources.list': 'deb http://r.example/d s main\n', '/var/lib/dpkg/status': '' });
  const commands = createPackageCommands([repository]);
  const run = (line: string): ReturnType<typeof runCommand> => {
    const argv = line.split(' ');
    return runCommand(files, commands[argv[0] ?? '']!, argv);
  };
  run('apt-get update');
  expect(run('apt-get install -y hen')).toMatchObject({ code: 0, err: '' });
  expect(run('dpkg -l').out).toMatch(/^ii {2}egg[^]*^ii {2}hen/m);
  expect(run('apt-get remove -y egg').out).toContain('The following packages will be REMOVED:\n  egg hen\n');
});

test.skipIf(!present)('the real ones say the same still', () => expect(recorded()).toEqual(golden), 240_000);
