// What apt reads before it does anything: sources, lists, preferences, its marks and dpkg's status, all of them text files.
// Source: sources.list(5), apt_preferences(5), apt 2.6.1.
import type { Files, Sys } from '../../contract.ts';
import { controlOf, parseParagraphs, type Fields } from '../control.ts';
import { Database } from '../database.ts';
import { candidateOf, type Pin, type Policy } from '../solver/policy.ts';
import { Universe, type Package, type Source, type Version } from '../solver/universe.ts';

export interface SourceLine {
  readonly uri: string;
  readonly suite: string;
  readonly component: string;
}

export const listsDirectory = '/var/lib/apt/lists';
const extendedStates = '/var/lib/apt/extended_states';

export function sourceLines(files: Pick<Files, 'exists' | 'list' | 'readText'>): readonly SourceLine[] {
  const result: SourceLine[] = [];
  const oneLine = (text: string): void => {
    for (const line of text.split('\n')) {
      const match = /^\s*deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s*(.*)$/.exec(line.replace(/#.*/, ''));
      if (match === null) continue;
      const [, uri = '', suite = '', components = ''] = match;
      for (const component of components.split(/\s+/).filter((word) => word !== '')) {
        result.push({ uri: uri.replace(/\/$/, ''), suite, component });
      }
    }
  };
  if (files.exists('/etc/apt/sources.list')) oneLine(files.readText('/etc/apt/sources.list'));
  const directory = '/etc/apt/sources.list.d';
  for (const name of files.exists(directory) ? files.list(directory) : []) {
    const text = files.readText(`${directory}/${name}`);
    if (name.endsWith('.list')) oneLine(text);
    if (!name.endsWith('.sources')) continue;
    for (const fields of parseParagraphs(text)) {
      if (!/\bdeb\b/.test(fields.get('Types') ?? '') || fields.get('Enabled') === 'no') continue;
      const words = (field: string): readonly string[] =>
        (fields.get(field) ?? '').split(/\s+/).filter((word) => word !== '');
      for (const uri of words('URIs')) {
        for (const suite of words('Suites')) {
          for (const component of words('Components')) result.push({ uri: uri.replace(/\/$/, ''), suite, component });
        }
      }
    }
  }
  return result;
}

const stem = ({ uri, suite }: SourceLine): string =>
  `${uri.replace(/^[a-z]+:\/*/, '').replaceAll('/', '_')}_dists_${suite.replaceAll('/', '_')}`;
export const releasePath = (line: SourceLine): string => `${listsDirectory}/${stem(line)}_InRelease`;
export const packagesPath = (line: SourceLine): string =>
  `${listsDirectory}/${stem(line)}_${line.component}_binary-amd64_Packages`;

export function releaseText(source: Source): string {
  return [
    `Origin: ${source.origin}`,
    `Label: ${source.label}`,
    `Suite: ${source.suite}`,
    `Codename: ${source.codename}`,
    ...(source.notAutomatic === true ? ['NotAutomatic: yes'] : []),
    ...(source.butAutomaticUpgrades === true ? ['ButAutomaticUpgrades: yes'] : []),
    'Architectures: amd64',
    `Components: ${source.component}`,
    '',
  ].join('\n');
}

function sourceOf(files: Files, line: SourceLine): Source {
  const path = releasePath(line);
  const fields: Fields =
    (files.exists(path) ? parseParagraphs(files.readText(path))[0] : undefined) ?? new Map<string, string>();
  return {
    uri: line.uri,
    suite: fields.get('Suite') ?? line.suite,
    codename: fields.get('Codename') ?? line.suite,
    component: line.component,
    origin: fields.get('Origin') ?? '',
    label: fields.get('Label') ?? '',
    ...(fields.get('NotAutomatic') === 'yes' ? { notAutomatic: true } : {}),
    ...(fields.get('ButAutomaticUpgrades') === 'yes' ? { butAutomaticUpgrades: true } : {}),
  };
}

function readPins(files: Files): readonly Pin[] {
  const directory = '/etc/apt/preferences.d';
  const paths = [
    ...(files.exists(directory)
      ? files.list(directory).filter((name) => !name.includes('.') || name.endsWith('.pref'))
      : []
    ).map((name) => `${directory}/${name}`),
    ...(files.exists('/etc/apt/preferences') ? ['/etc/apt/preferences'] : []),
  ];
  return paths.flatMap((path) =>
    parseParagraphs(files.readText(path)).flatMap((fields) => {
      const [, type = '', value = ''] = /^(version|release|origin)\s+(.*)$/.exec(fields.get('Pin') ?? '') ?? [];
      const priority = Number(fields.get('Pin-Priority') ?? 'NaN');
      if (type === '' || !Number.isInteger(priority)) return [];
      const packages = (fields.get('Package') ?? '').split(/\s+/).filter((word) => word !== '');
      return [{ packages, type: type as Pin['type'], value: value.trim(), priority }];
    }),
  );
}

export function readAuto(files: Files): Set<string> {
  if (!files.exists(extendedStates)) return new Set();
  return new Set(
    parseParagraphs(files.readText(extendedStates))
      .filter((fields) => fields.get('Auto-Installed') === '1')
      .map((fields) => fields.get('Package') ?? ''),
  );
}

export function writeAuto(files: Files, names: ReadonlySet<string>): void {
  files.mkdirs('/var/lib/apt');
  const stanzas = [...names].sort().map((name) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n`);
  files.write(extendedStates, `${stanzas.join('\n')}${stanzas.length > 0 ? '\n' : ''}`);
}

export interface AptState {
  readonly universe: Universe;
  readonly policy: Policy;
  readonly auto: ReadonlySet<string>;
  readonly database: Database;
  candidate(owner: Package): Version | undefined;
}

export function readState(sys: Sys, targetRelease?: string): AptState {
  const { files } = sys;
  const lines = sourceLines(files);
  const lists = lines
    .filter((line) => files.exists(packagesPath(line)))
    .map((line) => ({
      source: sourceOf(files, line),
      controls: parseParagraphs(files.readText(packagesPath(line))).map(controlOf),
    }));
  const database = new Database(files);
  const installed = [...database.entries.values()]
    .filter((entry) => entry.state !== 'not-installed')
    .map(({ control, want, state }) => ({ control, held: want === 'hold', configFilesOnly: state === 'config-files' }));
  const universe = new Universe(lists, installed);
  const policy: Policy = { pins: readPins(files), ...(targetRelease === undefined ? {} : { targetRelease }) };
  sys.takes(80);
  return { universe, policy, auto: readAuto(files), database, candidate: (owner) => candidateOf(owner, policy) };
}
