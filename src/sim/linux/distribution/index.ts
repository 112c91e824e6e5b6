// All packages there are, and what a machine's disk holds when some of them are installed on it.
import type { Elf, ElfMachine } from '../elf.ts';
import type { Plain, PlainTree } from '../files/populate.ts';
import { architectureOf } from '../loader/architecture.ts';
import { cacheContent, compareCacheNames, type CacheEntry } from '../loader/cache.ts';
import { packagesPath, releasePath, releaseText, sourceLines } from '../packages/apt/state.ts';
import { findRepository, indexed } from '../packages/apt/update.ts';
import { packagesFile, type PackageVersion, type Repository } from '../packages/archive.ts';
import { isMeant, shownName } from '../packages/control.ts';
import { installedParagraph } from '../packages/database.ts';
import { isRegularFile, listOf, sumOf } from '../packages/contents.ts';
import { compareVersions } from '../packages/version.ts';
import { debianPackages } from './debian.ts';
import { harbourRepositories, harbourSources, type HarbourSuite } from './harbour.ts';

export { harbourSources, type HarbourSuite } from './harbour.ts';

const debianUri = 'http://deb.debian.org/debian';

export function repositoriesFor(machine: ElfMachine): readonly Repository[] {
  const debian: Repository = {
    source: {
      uri: debianUri,
      suite: 'stable',
      codename: 'bookworm',
      component: 'main',
      origin: 'Debian',
      label: 'Debian',
    },
    versions: debianPackages(machine),
  };
  return [debian, ...harbourRepositories(machine)];
}

/** What a machine has without being asked: everything essential, and the tools of the course. */
export const basePackages: readonly string[] = [
  ...['base-files', 'base-passwd', 'libc6', 'libc-bin', 'coreutils', 'bash', 'dash', 'grep', 'sed', 'mawk', 'util-linux', 'bsdutils'],
  ...['mount', 'procps', 'iproute2', 'binutils', 'file', 'dpkg', 'apt', 'tar', 'gzip', 'findutils', 'diffutils', 'hostname', 'login'],
  ...['passwd', 'ncurses-base', 'ncurses-bin', 'debianutils', 'init-system-helpers', 'sysvinit-utils', 'perl-base', 'usr-is-merged'],
  ...['libstdc++6', 'zlib1g', 'ca-certificates', 'openssh-client', 'curl', 'jq', 'less', 'netbase', 'util-linux-extra'],
]; // prettier-ignore

export interface DiskOptions {
  readonly machine: ElfMachine;
  /** `name` or `name=version`; what they depend on comes with them. */
  readonly packages: readonly string[];
  /** Installed by hand; the others count as automatic. All of `packages` when left out. */
  readonly manual?: readonly string[];
  /** Suites of the vendor that /etc/apt names. */
  readonly suites?: readonly HarbourSuite[];
  readonly hostname: string;
  /** Unix milliseconds; what repositories hold then is in apt's lists. */
  readonly unixMs: number;
}

/** Finds a package version in the first repository that has it; the latest when none is named. */
export function findPackage(repositories: readonly Repository[], asked: string): PackageVersion | undefined {
  const [name = '', version] = asked.split('=');
  const found = repositories
    .flatMap((repository) => repository.versions)
    .filter(({ control }) => control.name === name);
  if (version !== undefined) return found.find(({ control }) => control.version === version);
  return found.reduce<PackageVersion | undefined>(
    (best, next) =>
      best === undefined || compareVersions(next.control.version, best.control.version) > 0 ? next : best,
    undefined,
  );
}

/** The packages with everything they depend on, by name. */
export function closure(repositories: readonly Repository[], asked: readonly string[]): readonly PackageVersion[] {
  const chosen = new Map<string, PackageVersion>();
  const pending: PackageVersion[] = [];
  const take = (version: PackageVersion): void => {
    if (chosen.has(version.control.name)) return;
    chosen.set(version.control.name, version);
    pending.push(version);
  };
  for (const name of asked) {
    const version = findPackage(repositories, name);
    if (version === undefined) throw new Error(`no package ${name}`);
    take(version);
  }
  const all = repositories.flatMap((repository) => repository.versions);
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    for (const clause of [...(next.control.preDepends ?? []), ...(next.control.depends ?? [])]) {
      const present = [...chosen.values()];
      if (clause.some((atom) => present.some(({ control }) => isMeant(atom, control)))) continue;
      for (const atom of clause) {
        const fitting = all.filter(({ control }) => isMeant(atom, control));
        const best = fitting.reduce<PackageVersion | undefined>(
          (a, b) => (a === undefined || compareVersions(b.control.version, a.control.version) > 0 ? b : a),
          undefined,
        );
        if (best === undefined) continue;
        take(best);
        break;
      }
    }
  }
  return [...chosen.values()].sort((a, b) => (a.control.name < b.control.name ? -1 : 1));
}

const merged = /^\/(bin|sbin|lib|lib64|lib32)(?=\/)/;

/** Where a path of a package lies on a machine whose /usr is merged. */
const physical = (path: string): string => path.replace(merged, '/usr/$1');

/** The whole disk of a machine. */
export function diskTree(options: DiskOptions): PlainTree {
  const { machine, suites = [] } = options;
  const repositories = repositoriesFor(machine);
  // Those of the vendor's suites that the machine does not use are not there for it.
  const used = repositories.filter(
    ({ source }) => source.uri === debianUri || suites.includes(source.suite as HarbourSuite),
  );
  const asked = [
    ...new Set([
      ...options.packages,
      ...basePackages.filter((name) => !options.packages.some((text) => text.startsWith(`${name}=`))),
    ]),
  ];
  const versions = closure(used, asked);
  const tree: Record<string, Plain> = {
    '/usr/bin': { directory: true },
    '/usr/sbin': { directory: true },
    '/usr/lib': { directory: true },
    '/usr/lib64': { directory: true },
    '/bin': { symlink: 'usr/bin' },
    '/sbin': { symlink: 'usr/sbin' },
    '/lib': { symlink: 'usr/lib' },
    '/lib64': { symlink: 'usr/lib64' },
  };
  for (const { files } of versions) for (const [path, plain] of Object.entries(files)) tree[physical(path)] = plain;
  Object.assign(tree, dpkgFiles(versions), machineFiles(options), aptFiles(options, used, versions));
  tree['/etc/ld.so.cache'] = { content: cacheContent(cacheEntries(tree, machine)) };
  return tree;
}

function dpkgFiles(versions: readonly PackageVersion[]): PlainTree {
  const tree: Record<string, Plain> = {};
  const status: string[] = [];
  for (const { control, files, conffiles = [] } of versions) {
    const stem = `/var/lib/dpkg/info/${shownName(control)}`;
    tree[`${stem}.list`] = `${listOf(files).join('\n')}\n`;
    const sums = Object.entries(files).filter(([path, plain]) => !conffiles.includes(path) && isRegularFile(plain));
    tree[`${stem}.md5sums`] = sums.map(([path, plain]) => `${sumOf(plain)}  ${path.slice(1)}\n`).join('');
    if (conffiles.length > 0) tree[`${stem}.conffiles`] = conffiles.map((path) => `${path}\n`).join('');
    status.push(
      installedParagraph(
        control,
        conffiles.map((path) => ({ path, sum: sumOf(files[path]) })),
      ),
    );
  }
  const text = status.join('\n');
  return {
    ...tree,
    '/var/lib/dpkg/status': text,
    '/var/lib/dpkg/status-old': text,
    '/var/lib/dpkg/lock': '',
    '/var/lib/dpkg/lock-frontend': '',
  };
}

function machineFiles({ hostname }: DiskOptions): PlainTree {
  return {
    '/etc/hostname': `${hostname}\n`,
    '/etc/hosts': `127.0.0.1\tlocalhost\n127.0.1.1\t${hostname}\n\n::1     localhost ip6-localhost ip6-loopback\n`,
    '/etc/resolv.conf': 'nameserver 192.0.2.53\n',
    '/etc/machine-id': '5c8a1f0e4d7b4e0f9a61c2d37be0a914\n',
    '/etc/fstab': '# /etc/fstab: static file system information.\n',
    '/etc/shadow': { text: 'root:*:20000:0:99999:7:::\nnobody:*:20000:0:99999:7:::\n', mode: 0o640, gid: 42 },
    '/var/log/dpkg.log': '',
    '/var/log/apt/history.log': '',
  };
}

function aptFiles(
  options: DiskOptions,
  repositories: readonly Repository[],
  versions: readonly PackageVersion[],
): PlainTree {
  const { suites = [] } = options;
  const tree: Record<string, Plain> = { '/etc/apt/sources.list': `deb ${debianUri} bookworm main\n` };
  if (suites.length > 0) tree['/etc/apt/sources.list.d/harbour.list'] = harbourSources(suites);
  const text = Object.entries(tree);
  const lines = sourceLines({
    exists: (path) => text.some(([file]) => file === path || file.startsWith(`${path}/`)),
    list: (path) =>
      text
        .map(([file]) => file)
        .filter((file) => file.startsWith(`${path}/`))
        .map((file) => file.slice(path.length + 1)),
    readText: (path) => {
      const plain = tree[path];
      return typeof plain === 'string' ? plain : '';
    },
  });
  for (const line of lines) {
    const repository = findRepository(repositories, line);
    if (repository === undefined) continue;
    tree[releasePath(line)] = releaseText(repository.source);
    tree[packagesPath(line)] = packagesFile(indexed(repository, options.unixMs));
  }
  const byHand = new Set([
    ...basePackages,
    ...(options.manual ?? options.packages.map((name) => name.split('=')[0] ?? name)),
  ]);
  const automatic = versions.map(({ control }) => control.name).filter((name) => !byHand.has(name));
  tree['/var/lib/apt/extended_states'] = automatic
    .map((name) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n`)
    .join('\n');
  return tree;
}

/** What ldconfig would find: the sonames in the default directories and those of /etc/ld.so.conf.d. */
function cacheEntries(tree: PlainTree, machine: ElfMachine): readonly CacheEntry[] {
  const { triplet, cacheFlag } = architectureOf({ machine });
  const entries: CacheEntry[] = [];
  for (const directory of ['/usr/local/lib', `/usr/lib/${triplet}`, '/usr/lib']) {
    for (const [path, plain] of Object.entries(tree)) {
      if (path.slice(0, path.lastIndexOf('/')) !== directory || typeof plain === 'string' || !('elf' in plain))
        continue;
      const elf: Elf = plain.elf;
      if (elf.soname === undefined) continue;
      // The multiarch directory is known by its shorter name first.
      entries.push({
        name: elf.soname,
        flags: cacheFlag,
        path: `${directory.replace(/^\/usr\/lib/, '/lib')}/${elf.soname}`,
      });
    }
  }
  return entries.sort((a, b) => compareCacheNames(b.name, a.name));
}
