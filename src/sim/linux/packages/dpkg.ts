// dpkg(1): installs `.deb` files, removes packages, and answers questions about what is installed.
// Source: dpkg 1.21.22. Other options are refused by name.
import type { Command, Sys } from '../contract.ts';
import { type PackageVersion, type Repository } from './archive.ts';
import { Database } from './database.ts';
import { list, listFiles, search, selections, show, status, verify } from './dpkg-query.ts';
import { noForces, Operations, type Forces } from './operations.ts';
import { satisfies, versionProblem, type Relation } from './version.ts';
import { showControl, shownName } from './control.ts';

const words: Readonly<Record<string, Relation>> = {
  lt: '<<',
  le: '<=',
  eq: '=',
  ge: '>=',
  gt: '>>',
  '<<': '<<',
  '<=': '<=',
  '=': '=',
  '>=': '>=',
  '>>': '>>',
  '<': '<=',
  '>': '>=',
};

/** The version that a `.deb` file of the machine is. */
function versionOfFile(sys: Sys, repositories: readonly Repository[], path: string): PackageVersion | undefined {
  const content = sys.files.read(path);
  const id = content.kind === 'opaque' ? /^deb:([^=]+)=([^:]*(?::.*)?):([^:]+)$/.exec(content.id) : null;
  if (id === null) return undefined;
  const [, name = '', version = ''] = id;
  return repositories
    .flatMap((repository) => repository.versions)
    .find(({ control }) => control.name === name && control.version === version);
}

export const dpkg =
  (repositories: readonly Repository[]): Command =>
  (sys) => {
    let action = '';
    let forces: Forces = noForces;
    let all = false;
    const names: string[] = [];
    let format: string | undefined;
    const query = (sys.argv[0] ?? '').endsWith('dpkg-query');
    const rest = sys.argv.slice(1);
    for (let at = 0; at < rest.length; at++) {
      const argument = rest[at] ?? '';
      if (action === '--compare-versions') names.push(argument);
      else if (query && /^(-f|--showformat=)/.test(argument))
        format = argument === '-f' ? (rest[++at] ?? '') : argument.replace(/^(-f=?|--showformat=)/, '');
      else if (query && (argument === '-W' || argument === '--show')) action = '--show';
      else if (argument.startsWith('--force-')) {
        for (const part of argument.slice(8).split(',')) {
          const key = {
            depends: 'depends',
            breaks: 'breaks',
            conflicts: 'conflicts',
            overwrite: 'overwrite',
            confnew: 'confnew',
            'remove-essential': 'essential',
          }[part];
          if (part === 'all')
            forces = { depends: true, breaks: true, conflicts: true, overwrite: true, essential: true, confnew: true };
          else if (key === undefined) return refuse(sys, `--force-${part}`);
          else forces = { ...forces, [key]: true };
        }
      } else if (argument === '-a' || argument === '--pending') all = true;
      else if (argument.startsWith('-') && argument !== '-') {
        const name = short[argument] ?? argument;
        if (!actions.includes(name)) return refuse(sys, argument);
        if (action !== '' && action !== name) {
          sys.err(`dpkg: error: conflicting actions ${argument} (${name}) and ${action}\n`);
          return 2;
        }
        action = name;
      } else names.push(argument);
    }
    if (action === '--show') return show(sys, names, format);
    return run(sys, repositories, action, names, forces, all);
  };

const short: Readonly<Record<string, string>> = {
  '-i': '--install',
  '-r': '--remove',
  '-P': '--purge',
  '-l': '--list',
  '-L': '--listfiles',
  '-S': '--search',
  '-s': '--status',
  '-V': '--verify',
  '-I': '--info',
  '-c': '--contents',
  '-C': '--audit',
};
const actions = [
  ...['--install', '--unpack', '--configure', '--remove', '--purge', '--list', '--listfiles', '--search', '--status', '--verify'],
  ...['--info', '--contents', '--audit', '--get-selections', '--set-selections', '--compare-versions', '--print-architecture', '--version'],
]; // prettier-ignore

function refuse(sys: Sys, option: string): number {
  sys.err(`dpkg: option ${option} is not simulated\n`);
  return 2;
}

const writing = ['--install', '--unpack', '--configure', '--remove', '--purge', '--set-selections'];

function run(
  sys: Sys,
  repositories: readonly Repository[],
  action: string,
  names: readonly string[],
  forces: Forces,
  all: boolean,
): number {
  sys.takes(20);
  if (writing.includes(action) && sys.task.uid !== 0) {
    sys.err('dpkg: error: requested operation requires superuser privilege\n');
    return 2;
  }
  switch (action) {
    case '':
      sys.err(
        'dpkg: error: need an action option\n\nType dpkg --help for help about installing and deinstalling packages [*];\n' +
          "Use 'apt' or 'aptitude' for user-friendly package management;\nType dpkg -Dhelp for a list of dpkg debug flag values;\n" +
          'Type dpkg --force-help for a list of forcing options;\nType dpkg-deb --help for help about manipulating *.deb files;\n\n' +
          "Options marked [*] produce a lot of output - pipe it through 'less' or 'more' !\n",
      );
      return 2;
    case '--version':
      sys.out("Debian 'dpkg' package management program version 1.21.22 (amd64).\n");
      return 0;
    case '--print-architecture':
      sys.out('amd64\n');
      return 0;
    case '--compare-versions':
      return compare(sys, names);
    case '--list':
      return list(sys, names);
    case '--listfiles':
      return names.length === 0 ? needs(sys, action) : listFiles(sys, names);
    case '--search':
      return names.length === 0 ? needs(sys, action) : search(sys, names);
    case '--status':
      return names.length === 0 ? needs(sys, action) : status(sys, names);
    case '--verify':
      return verify(sys, names);
    case '--get-selections':
      return selections(sys);
    case '--set-selections':
      return setSelections(sys);
    case '--audit':
      return audit(sys);
    case '--info':
    case '--contents':
      return inspect(sys, repositories, action, names);
    case '--install':
    case '--unpack':
      return install(sys, repositories, action, names, forces);
    case '--configure':
      return configure(sys, names, forces, all);
    default:
      return remove(sys, names, action === '--purge', forces);
  }
}

function needs(sys: Sys, action: string): number {
  sys.err(
    `dpkg-query: error: ${action} needs at least one package name argument\n\nUse --help for help about querying packages.\n`,
  );
  return 2;
}

function compare(sys: Sys, [a = '', word = '', b = '']: readonly string[]): number {
  const relation = words[word];
  if (relation === undefined) {
    sys.err('dpkg: error: --compare-versions bad relation\n');
    return 2;
  }
  for (const version of [a, b]) {
    const problem = version === '' ? undefined : versionProblem(version);
    if (problem !== undefined) sys.err(`dpkg: warning: version '${version}' has bad syntax: ${problem}\n`);
  }
  return satisfies(a, relation, b) ? 0 : 1;
}

function install(
  sys: Sys,
  repositories: readonly Repository[],
  action: string,
  names: readonly string[],
  forces: Forces,
): number {
  if (names.length === 0) {
    sys.err(`dpkg: error: ${action} needs at least one package archive file argument\n`);
    return 2;
  }
  const operations = new Operations(sys.files, sys, forces, action === '--install' ? 'install' : 'unpack');
  const unpacked: string[] = [];
  for (const path of names) {
    if (!sys.files.exists(path)) {
      sys.err(`dpkg: error: cannot access archive '${path}': No such file or directory\n`);
      return 2;
    }
    const version = versionOfFile(sys, repositories, path);
    if (version === undefined) {
      sys.err(
        `dpkg-deb: error: '${path}' is not a Debian format archive\ndpkg: error processing archive ${path} (--install):\n` +
          ' dpkg-deb --control subprocess returned error exit status 2\n',
      );
      operations.failed.push(path);
    } else if (operations.unpack(version, path)) unpacked.push(version.control.name);
  }
  if (action === '--install') configureAll(operations, unpacked);
  return operations.finish();
}

function configure(sys: Sys, names: readonly string[], forces: Forces, all: boolean): number {
  const operations = new Operations(sys.files, sys, forces, 'configure');
  let pending = [...operations.database.entries.values()]
    .filter((entry) => entry.state === 'unpacked' || entry.state === 'half-configured')
    .map((entry) => entry.control.name);
  if (!all) {
    for (const name of names) {
      if (pending.includes(name)) continue;
      const reason =
        operations.database.installed(name) === undefined
          ? `no package named '${name}' is installed, cannot configure`
          : `package ${name} is already installed and configured`;
      sys.err(`dpkg: error processing package ${name} (--configure):\n ${reason}\n`);
      operations.failed.push(name);
    }
    pending = pending.filter((name) => names.includes(name));
  }
  configureAll(operations, pending);
  return operations.finish();
}

/** Configures packages, those that others of the set depend on first. Members of a cycle count as there for each other. */
export function configureAll(operations: Operations, names: readonly string[]): void {
  const needs = (name: string): readonly string[] => {
    const control = operations.database.entries.get(name)?.control;
    const clauses = [...(control?.preDepends ?? []), ...(control?.depends ?? [])];
    return names.filter(
      (other) => other !== name && clauses.some((clause) => clause.some((atom) => atom.name === other)),
    );
  };
  const reach = new Map<string, ReadonlySet<string>>();
  for (const name of names) {
    const found = new Set<string>();
    const pending = [...needs(name)];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      if (found.has(next)) continue;
      found.add(next);
      pending.push(...needs(next));
    }
    reach.set(name, found);
  }
  const done = new Set<string>();
  const visit = (name: string): void => {
    if (done.has(name)) return;
    done.add(name);
    for (const other of needs(name)) visit(other);
    const cycle = [...(reach.get(name) ?? [])].filter((other) => reach.get(other)?.has(name) === true);
    operations.configure(name, new Set(cycle));
  };
  for (const name of names) visit(name);
}

function remove(sys: Sys, names: readonly string[], purge: boolean, forces: Forces): number {
  if (names.length === 0) {
    sys.err(`dpkg: error: --${purge ? 'purge' : 'remove'} needs at least one package name argument\n`);
    return 2;
  }
  const operations = new Operations(sys.files, sys, forces);
  const set = new Set(names.map((name) => name.replace(/:.*$/, '')));
  const blocked = new Set(operations.dependants(set).map(({ of }) => of));
  for (const name of set) operations.remove(name, purge, !blocked.has(name) && set.size > 1);
  return operations.finish();
}

function setSelections(sys: Sys): number {
  const database = new Database(sys.files);
  for (const line of sys.stdin.split('\n')) {
    const [name = '', want = ''] = line.trim().split(/\s+/);
    const entry = database.entries.get(name.replace(/:.*$/, ''));
    if (entry !== undefined && ['install', 'hold', 'deinstall', 'purge'].includes(want)) {
      database.set({ ...entry, want: want as 'hold' });
    }
  }
  database.save();
  return 0;
}

function audit(sys: Sys): number {
  const database = new Database(sys.files);
  const unpacked = [...database.entries.values()].filter((entry) => entry.state === 'unpacked');
  if (unpacked.length === 0) return 0;
  sys.out(
    'The following packages have been unpacked but not yet configured.\nThey must be configured using dpkg --configure or the configure\n' +
      'menu option in dselect for them to work:\n',
  );
  for (const { control } of unpacked)
    sys.out(` ${shownName(control).padEnd(20)} ${control.description.split('\n')[0] ?? ''}\n`);
  sys.out('\n');
  return 1;
}

function inspect(sys: Sys, repositories: readonly Repository[], action: string, names: readonly string[]): number {
  const [path = ''] = names;
  const version = sys.files.exists(path) ? versionOfFile(sys, repositories, path) : undefined;
  if (version === undefined) {
    sys.err(
      sys.files.exists(path)
        ? `dpkg-deb: error: '${path}' is not a Debian format archive\n`
        : `dpkg-deb: error: failed to read archive '${path}': No such file or directory\n`,
    );
    return 2;
  }
  if (action === '--info') {
    const text = showControl(version.control).replace(/^/gm, ' ').trimEnd();
    sys.out(` new Debian package, version 2.0.\n${text}\n`);
  } else for (const file of Object.keys(version.files).sort()) sys.out(`.${file}\n`);
  return 0;
}
