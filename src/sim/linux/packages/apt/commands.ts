// apt, apt-get, apt-cache and apt-mark: their options and what they lead to.
// Source: apt 2.6.1. What is not simulated is refused by name.
import type { Command, Sys } from '../../contract.ts';
import type { Repository } from '../archive.ts';
import { Database } from '../database.ts';
import type { Action } from '../solver/request.ts';
import { install, type InstallOptions } from './install.ts';
import { aptList, aptShow, depends, madison, policy, rdepends, search, show } from './query.ts';
import { readAuto, readState, writeAuto } from './state.ts';
import { update } from './update.ts';

interface Line {
  readonly words: readonly string[];
  readonly options: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, string>;
}

const shortOptions: Readonly<Record<string, string>> = {
  y: 'yes',
  s: 'simulate',
  d: 'download-only',
  f: 'fix-broken',
  q: 'quiet',
  u: 'show-upgraded',
  V: 'verbose-versions',
  a: 'all',
  n: 'names-only',
  i: 'important',
  m: 'fix-missing',
};
const known = new Set([
  ...Object.values(shortOptions),
  ...['assume-yes', 'assume-no', 'dry-run', 'just-print', 'no-act', 'recon', 'no-install-recommends', 'install-recommends', 'install-suggests'],
  ...['no-install-suggests', 'allow-downgrades', 'allow-change-held-packages', 'allow-remove-essential', 'reinstall', 'only-upgrade', 'no-upgrade'],
  ...['purge', 'auto-remove', 'autoremove', 'ignore-hold', 'upgradable', 'upgradeable', 'installed', 'all-versions', 'manual-installed'],
  ...['no-show-upgraded', 'force-yes', 'with-new-pkgs', 'allow-unauthenticated', 'qq', 'print-uris'],
]); // prettier-ignore

/** Reads options; words of refusal when one is not simulated. */
function readLine(argv: readonly string[]): Line | string {
  const words: string[] = [];
  const options = new Set<string>();
  const values = new Map<string, string>();
  const rest = argv.slice(1);
  for (let at = 0; at < rest.length; at++) {
    const argument = rest[at] ?? '';
    if (argument === '-t' || argument === '-o' || argument === '--option' || argument === '--target-release') {
      at++;
      const value = rest[at] ?? '';
      if (argument === '-t' || argument === '--target-release') values.set('target-release', value);
      else if (/Dpkg::Options::=--force-conf(new|old|def)/.test(value))
        options.add(value.endsWith('confnew') ? 'confnew' : 'confold');
      else return `-o ${value}`;
    } else if (argument.startsWith('--target-release=') || argument.startsWith('--default-release=')) {
      values.set('target-release', argument.replace(/^[^=]*=/, ''));
    } else if (argument.startsWith('--')) {
      const name = argument.slice(2);
      if (!known.has(name)) return argument;
      options.add(name);
    } else if (argument.startsWith('-') && argument.length > 1) {
      for (const letter of argument.slice(1)) {
        const name = shortOptions[letter];
        if (name === undefined) return `-${letter}`;
        options.add(name);
      }
    } else words.push(argument);
  }
  return { words, options, values };
}

function installOptions({ options, values }: Line, action: string): InstallOptions {
  const has = (...names: readonly string[]): boolean => names.some((name) => options.has(name));
  return {
    yes: has('yes', 'assume-yes', 'force-yes'),
    no: has('assume-no'),
    simulate: has('simulate', 'dry-run', 'just-print', 'no-act', 'recon'),
    downloadOnly: has('download-only'),
    recommends: !has('no-install-recommends'),
    suggests: has('install-suggests'),
    allowDowngrades: has('allow-downgrades', 'force-yes'),
    allowHeld: has('allow-change-held-packages', 'ignore-hold', 'force-yes'),
    allowEssential: has('allow-remove-essential', 'force-yes'),
    reinstall: has('reinstall') || action === 'reinstall',
    onlyUpgrade: has('only-upgrade'),
    noUpgrade: has('no-upgrade'),
    purge: has('purge') || action === 'purge' || action === 'autopurge',
    autoremove: has('auto-remove', 'autoremove'),
    targetRelease: values.get('target-release'),
    confnew: has('confnew'),
  };
}

const actions: Readonly<Record<string, Action>> = {
  install: 'install',
  reinstall: 'install',
  remove: 'remove',
  purge: 'remove',
  upgrade: 'upgrade',
  'full-upgrade': 'full-upgrade',
  'dist-upgrade': 'full-upgrade',
  autoremove: 'autoremove',
  'auto-remove': 'autoremove',
  autopurge: 'autoremove',
};

const usage = `apt 2.6.1 (amd64)
Usage: apt [options] command

apt is a commandline package manager and provides commands for
searching and managing as well as querying information about packages.
It provides the same functionality as the specialized APT tools,
like apt-get and apt-cache, but enables options more suitable for
interactive use by default.

Most used commands:
  list - list packages based on package names
  search - search in package descriptions
  show - show package details
  install - install packages
  reinstall - reinstall packages
  remove - remove packages
  autoremove - automatically remove all unused packages
  update - update list of available packages
  upgrade - upgrade the system by installing/upgrading packages
  full-upgrade - upgrade the system by removing/installing/upgrading packages
  edit-sources - edit the source information file
  satisfy - satisfy dependency strings

See apt(8) for more information about the available commands.
Configuration options and syntax is detailed in apt.conf(5).
Information about how to configure sources can be found in sources.list(5).
Package and version choices can be expressed via apt_preferences(5).
Security details are available in apt-secure(8).
                                        This APT has Super Cow Powers.
`;

function refuse(sys: Sys, tool: string, option: string): number {
  sys.err(`${tool}: ${option.startsWith('-') ? 'option ' : ''}${option} is not simulated\n`);
  return 100;
}

export const apt =
  (repositories: readonly Repository[], tool: 'apt' | 'apt-get'): Command =>
  (sys) => {
    const line = readLine(sys.argv);
    if (typeof line === 'string') return refuse(sys, tool, line);
    const [command = '', ...words] = line.words;
    if (tool === 'apt' && !sys.tty && command !== '') {
      sys.err('\nWARNING: apt does not have a stable CLI interface. Use with caution in scripts.\n\n');
    }
    const action = actions[command];
    if (action !== undefined) {
      const fix = line.options.has('fix-broken') && words.length === 0 && action === 'install';
      return install(sys, repositories, tool, fix ? 'fix' : action, words, installOptions(line, command));
    }
    if (command === '' && line.options.has('fix-broken')) {
      return install(sys, repositories, tool, 'fix', [], installOptions(line, 'install'));
    }
    switch (command) {
      case '':
      case 'help':
        sys.out(usage);
        return 0;
      case 'update':
        return update(sys, repositories, tool);
      case 'clean':
      case 'autoclean':
        for (const name of sys.files.exists('/var/cache/apt/archives')
          ? sys.files.list('/var/cache/apt/archives')
          : []) {
          if (name.endsWith('.deb')) sys.files.unlink(`/var/cache/apt/archives/${name}`);
        }
        return 0;
      case 'check':
        sys.out('Reading package lists...\nBuilding dependency tree...\nReading state information...\n');
        return 0;
      default:
    }
    if (tool === 'apt') {
      switch (command) {
        case 'list': {
          const options = new Set(line.options);
          if (options.has('all-versions')) options.add('all');
          if (options.has('upgradeable')) options.add('upgradable');
          return aptList(sys, words, options);
        }
        case 'show':
          return aptShow(sys, words, line.options.has('all') || line.options.has('all-versions'));
        case 'search':
          return search(sys, words, 'apt', line.options.has('names-only'));
        case 'policy':
          return policy(sys, words);
        case 'depends':
          return depends(sys, words, true);
        case 'rdepends':
          return rdepends(sys, words, line.options.has('installed'));
        case 'showsrc':
        case 'source':
        case 'download':
        case 'edit-sources':
        case 'satisfy':
        case 'build-dep':
        case 'changelog':
          return refuse(sys, tool, command);
        default:
      }
    } else if (['source', 'download', 'build-dep', 'changelog', 'indextargets', 'markauto'].includes(command)) {
      return refuse(sys, tool, command);
    }
    sys.err(`E: Invalid operation ${command}\n`);
    return 100;
  };

export const aptCache: Command = (sys) => {
  const line = readLine(sys.argv);
  if (typeof line === 'string') return refuse(sys, 'apt-cache', line);
  const [command = '', ...words] = line.words;
  switch (command) {
    case 'policy':
      return policy(sys, words);
    case 'show':
      return show(sys, words);
    case 'madison':
      return madison(sys, words);
    case 'depends':
      return depends(sys, words, false);
    case 'rdepends':
      return rdepends(sys, words, line.options.has('installed'));
    case 'search':
      return search(sys, words, 'apt-cache', line.options.has('names-only'));
    case 'pkgnames': {
      const state = readState(sys);
      for (const owner of state.universe.packages) {
        if (owner.versions.length > 0 && owner.name.startsWith(words[0] ?? '')) sys.out(`${owner.name}\n`);
      }
      return 0;
    }
    case 'showpkg':
    case 'stats':
    case 'dump':
    case 'unmet':
    case 'dotty':
    case 'xvcg':
    case 'showsrc':
      return refuse(sys, 'apt-cache', command);
    default:
      sys.err(`E: Invalid operation ${command}\n`);
      return 100;
  }
};

export const aptMark: Command = (sys) => {
  const [command = '', ...names] = sys.argv.slice(1);
  const database = new Database(sys.files);
  const auto = readAuto(sys.files);
  const installed = [...database.entries.values()].filter(
    ({ control }) => database.installed(control.name) !== undefined,
  );
  const print = (list: readonly string[]): number => {
    for (const name of [...list].sort()) if (names.length === 0 || names.includes(name)) sys.out(`${name}\n`);
    return 0;
  };
  const all = installed.map(({ control }) => control.name);
  switch (command) {
    case 'showhold':
      return print(installed.filter(({ want }) => want === 'hold').map(({ control }) => control.name));
    case 'showauto':
      return print(all.filter((name) => auto.has(name)));
    case 'showmanual':
      return print(all.filter((name) => !auto.has(name)));
    case 'hold':
    case 'unhold':
    case 'auto':
    case 'manual':
      break;
    default:
      if (
        [
          'minimize-manual',
          'remove',
          'deinstall',
          'install',
          'purge',
          'showinstall',
          'showremove',
          'showpurge',
        ].includes(command)
      ) {
        return refuse(sys, 'apt-mark', command);
      }
      sys.err(`E: Invalid operation ${command}\n`);
      return 100;
  }
  if (names.length === 0) {
    sys.err('E: No packages found\n');
    return 100;
  }
  const state = readState(sys);
  const missing = names.filter((name) => (state.universe.find(name)?.versions.length ?? 0) === 0);
  if (missing.length > 0) {
    sys.err(missing.map((name) => `E: Unable to locate package ${name}\n`).join(''));
    if (missing.length === names.length) sys.err('E: No packages found\n');
    return 100;
  }
  if (sys.task.uid !== 0) {
    if (command === 'hold' || command === 'unhold') {
      sys.err(
        'dpkg: error: requested operation requires superuser privilege\nE: Sub-process dpkg --set-selections returned an error code (2)\nE: Executing dpkg failed. Are you root?\n',
      );
    } else
      sys.err(
        'E: Could not create temporary file for /var/lib/apt/extended_states - mkstemp (13: Permission denied)\nE: Failed to write temporary StateFile /var/lib/apt/extended_states\n',
      );
    return 100;
  }
  for (const name of names) {
    const entry = database.installed(name);
    if (command === 'hold' || command === 'unhold') {
      const holds = command === 'hold';
      if ((entry?.want === 'hold') === holds) {
        sys.out(holds ? `${name} was already set on hold.\n` : `${name} was already not on hold.\n`);
      } else if (entry !== undefined) {
        database.set({ ...entry, want: holds ? 'hold' : 'install' });
        sys.out(holds ? `${name} set on hold.\n` : `Canceled hold on ${name}.\n`);
      }
      continue;
    }
    if (entry === undefined) {
      sys.out(`${name} can not be marked as it is not installed.\n`);
      continue;
    }
    const wants = command === 'auto';
    const word = wants ? 'automatically' : 'manually';
    if (auto.has(name) === wants) sys.out(`${name} was already set to ${word} installed.\n`);
    else {
      if (wants) auto.add(name);
      else auto.delete(name);
      sys.out(`${name} set to ${word} installed.\n`);
    }
  }
  if (command === 'hold' || command === 'unhold') database.save();
  else writeAuto(sys.files, auto);
  return 0;
};
