// The questions that dpkg answers: -l, -L, -S, -s, -V, --get-selections.
// Source: dpkg 1.21.22.
import { LinuxError, type Sys } from '../contract.ts';
import { shownName, showControl, synopsis } from './control.ts';
import { Database, type Entry } from './database.ts';
import { sumOfContent } from './contents.ts';

function matcher(pattern: string): (name: string) => boolean {
  const expression = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  const whole = new RegExp(`^${expression}$`);
  return (name) => whole.test(name) || whole.test(name.replace(/:.*$/, ''));
}

const wants = { unknown: 'u', install: 'i', hold: 'h', deinstall: 'r', purge: 'p' } as const;
const states = {
  'not-installed': 'n',
  'config-files': 'c',
  'half-installed': 'H',
  unpacked: 'U',
  'half-configured': 'F',
  installed: 'i',
} as const;

/** Entries that one of the patterns matches, by name; all without patterns. Says which pattern matches none. */
function choose(sys: Sys, patterns: readonly string[]): { readonly chosen: readonly Entry[]; readonly result: number } {
  const database = new Database(sys.files);
  const all = [...database.entries.values()].sort((a, b) => (a.control.name < b.control.name ? -1 : 1));
  let result = 0;
  let chosen = all;
  if (patterns.length > 0) {
    const tests = patterns.map((pattern) => ({ pattern, test: matcher(pattern) }));
    chosen = all.filter((entry) => tests.some(({ test }) => test(shownName(entry.control))));
    for (const { pattern, test } of tests) {
      if (all.some((entry) => test(shownName(entry.control)))) continue;
      sys.err(`dpkg-query: no packages found matching ${pattern}\n`);
      result = 1;
    }
  }
  return { chosen, result };
}

const SHOWN = '${binary:Package}\t${Version}\n';

/** `dpkg-query -W`, with fields of the database in a format of its own; a field that a package lacks is empty. */
export function show(sys: Sys, patterns: readonly string[], format = SHOWN): number {
  const { chosen, result } = choose(sys, patterns);
  for (const { control, want, state } of chosen) {
    const text = showControl(control);
    const field = (name: string): string => {
      switch (name) {
        case 'binary:Package':
          return shownName(control);
        case 'binary:Summary':
          return synopsis(control);
        case 'Status':
          return `${want} ok ${state}`;
        case 'db:Status-Want':
          return want;
        case 'db:Status-Status':
          return state;
        case 'db:Status-Abbrev':
          return `${wants[want]}${states[state]} `;
        default:
          return new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? '';
      }
    };
    sys.out(
      format
        .replaceAll(/\$\{([\w:-]+)(?:;(-?\d+))?\}/g, (_, name: string, width?: string) => {
          const value = field(name);
          if (width === undefined) return value;
          return Number(width) < 0 ? value.padEnd(-Number(width)) : value.padStart(Number(width));
        })
        .replaceAll('\\n', '\n')
        .replaceAll('\\t', '\t'),
    );
  }
  return result;
}

export function list(sys: Sys, patterns: readonly string[]): number {
  const { chosen, result } = choose(sys, patterns);
  if (chosen.length === 0) return result;
  const width = (least: number, of: (entry: Entry) => string): number =>
    Math.max(least, ...chosen.map((entry) => of(entry).length));
  const name = width(14, (entry) => shownName(entry.control));
  const version = width(12, (entry) => entry.control.version);
  const architecture = width(12, (entry) => entry.control.architecture);
  const room = sys.tty ? Math.max(33, sys.columns - name - version - architecture - 7) : undefined;
  const description = room ?? width(33, (entry) => synopsis(entry.control));
  sys.out(
    'Desired=Unknown/Install/Remove/Purge/Hold\n' +
      '| Status=Not/Inst/Conf-files/Unpacked/halF-conf/Half-inst/trig-aWait/Trig-pend\n' +
      '|/ Err?=(none)/Reinst-required (Status,Err: uppercase=bad)\n' +
      `||/ ${'Name'.padEnd(name)} ${'Version'.padEnd(version)} ${'Architecture'.padEnd(architecture)} Description\n` +
      `+++-${[name, version, architecture, description].map((length) => '='.repeat(length)).join('-')}\n`,
  );
  for (const { control, want, state } of chosen) {
    const text = synopsis(control);
    sys.out(
      `${wants[want]}${states[state]}  ${shownName(control).padEnd(name)} ${control.version.padEnd(version)} ` +
        `${control.architecture.padEnd(architecture)} ${room === undefined ? text : text.slice(0, room)}\n`,
    );
  }
  return result;
}

export function listFiles(sys: Sys, names: readonly string[]): number {
  const database = new Database(sys.files);
  let result = 0;
  for (const [index, name] of names.entries()) {
    const entry = database.entries.get(name.replace(/:.*$/, ''));
    if (entry === undefined) {
      sys.err(
        `dpkg-query: package '${name}' is not installed\nUse dpkg --contents (= dpkg-deb --contents) to list archive files contents.\n`,
      );
      result = 1;
      continue;
    }
    if (index > 0) sys.out('\n');
    sys.out(`${database.list(entry.control).join('\n')}\n`);
  }
  return result;
}

export function search(sys: Sys, patterns: readonly string[]): number {
  const database = new Database(sys.files);
  let result = 0;
  for (const pattern of patterns) {
    const exact = pattern.startsWith('/') && !/[*?[]/.test(pattern);
    const test = exact
      ? (path: string): boolean => path === pattern
      : matcher(/[*?[]/.test(pattern) ? pattern : `*${pattern}*`);
    let found = false;
    for (const [path, owners] of database.owners()) {
      if (!test(path)) continue;
      found = true;
      sys.out(`${owners.join(', ')}: ${path}\n`);
    }
    if (!found) {
      sys.err(
        `dpkg-query: no path found matching pattern ${exact ? pattern : /[*?[]/.test(pattern) ? pattern : `*${pattern}*`}\n`,
      );
      result = 1;
    }
  }
  return result;
}

export function status(sys: Sys, names: readonly string[]): number {
  const database = new Database(sys.files);
  let result = 0;
  for (const [index, name] of names.entries()) {
    const entry = database.entries.get(name.replace(/:.*$/, ''));
    if (entry === undefined) {
      sys.err(
        `dpkg-query: package '${name}' is not installed and no information is available\n` +
          'Use dpkg --info (= dpkg-deb --info) to examine archive files.\n',
      );
      result = 1;
      continue;
    }
    if (index > 0) sys.out('\n');
    const conffiles =
      entry.conffiles.length === 0 ? [] : ['Conffiles:', ...entry.conffiles.map(({ path, sum }) => ` ${path} ${sum}`)];
    sys.out(showControl(entry.control, [`Status: ${entry.want} ok ${entry.state}`], conffiles));
  }
  return result;
}

export function verify(sys: Sys, names: readonly string[]): number {
  const database = new Database(sys.files);
  for (const entry of database.entries.values()) {
    if (names.length > 0 && !names.includes(entry.control.name)) continue;
    const sums = (database.info(entry.control, 'md5sums') ?? '')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ path: `/${line.slice(34)}`, sum: line.slice(0, 32), kind: ' ' }));
    for (const { path, sum, kind } of [...entry.conffiles.map((file) => ({ ...file, kind: 'c' })), ...sums]) {
      try {
        if (sumOfContent(sys.files.read(path)) !== sum) sys.out(`??5?????? ${kind} ${path}\n`);
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
        sys.out(`missing   ${kind} ${path}${error.errno === 'ENOENT' ? '' : ` (${error.message})`}\n`);
      }
    }
  }
  return 0;
}

export function selections(sys: Sys): number {
  const database = new Database(sys.files);
  const entries = [...database.entries.values()].sort((a, b) => (a.control.name < b.control.name ? -1 : 1));
  for (const entry of entries) {
    const name = shownName(entry.control);
    sys.out(`${name}${'\t'.repeat(Math.max(1, 6 - Math.floor(name.length / 8)))}${entry.want}\n`);
  }
  return 0;
}
