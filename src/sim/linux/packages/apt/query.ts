// apt-cache, apt list, apt show, apt search: questions about versions and their relations.
// Source: apt 2.6.1.
import type { Sys } from '../../contract.ts';
import { checksum, debBytes, fileName } from '../archive.ts';
import { showAtom, showControl, synopsis, type Atom } from '../control.ts';
import { comparison } from '../solver/explain.ts';
import { priorityOfVersion, sourcePriority, versionPin } from '../solver/policy.ts';
import { Plan } from '../solver/plan.ts';
import { sweep } from '../solver/sweep.ts';
import type { Package, Version } from '../solver/universe.ts';
import { compareVersions } from '../version.ts';
import { readState, type AptState } from './state.ts';
import { progress, size, sourceName } from './text.ts';

const byName = (a: Package, b: Package): number => (a.name < b.name ? -1 : 1);

/** apt keeps notices to itself when nobody watches. */
function notice(sys: Sys, text: string): void {
  if (sys.tty) sys.err(`N: ${text}\n`);
}

function find(sys: Sys, state: AptState, name: string): Package | undefined {
  const owner = state.universe.find(name);
  if (owner !== undefined && (owner.versions.length > 0 || owner.providers.length > 0)) return owner;
  notice(sys, `Unable to locate package ${name}`);
  return undefined;
}

export function policy(sys: Sys, names: readonly string[]): number {
  const state = readState(sys);
  if (names.length === 0) {
    sys.out('Package files:\n 100 /var/lib/dpkg/status\n     release a=now\n');
    const seen = new Set<string>();
    for (const owner of state.universe.packages) {
      for (const version of owner.versions) {
        for (const source of version.sources) {
          const name = sourceName(source);
          if (seen.has(name)) continue;
          seen.add(name);
          const host = /^[a-z]+:\/\/([^/]*)/.exec(source.uri)?.[1] ?? '';
          sys.out(
            `${String(sourcePriority(source, state.policy)).padStart(4)} ${name} Packages\n` +
              `     release o=${source.origin},a=${source.suite},n=${source.codename},l=${source.label},c=${source.component},b=amd64\n` +
              `     origin ${host}\n`,
          );
        }
      }
    }
    sys.out('Pinned packages:\n');
    for (const owner of [...state.universe.packages].sort(byName)) {
      for (const version of owner.versions) {
        const pin = versionPin(version, state.policy);
        if (pin !== undefined)
          sys.out(`     ${owner.name} -> ${version.control.version} with priority ${pin.priority}\n`);
      }
    }
    return 0;
  }
  for (const name of names) {
    const owner = state.universe.find(name);
    if (owner === undefined) {
      notice(sys, `Unable to locate package ${name}`);
      continue;
    }
    const candidate = state.candidate(owner);
    sys.out(
      `${owner.name}:\n  Installed: ${owner.current?.control.version ?? '(none)'}\n  Candidate: ${candidate?.control.version ?? '(none)'}\n  Version table:\n`,
    );
    for (const version of owner.versions) {
      const star = version === owner.current ? ' *** ' : '     ';
      sys.out(`${star}${version.control.version} ${priorityOfVersion(version, state.policy)}\n`);
      for (const source of version.sources) {
        sys.out(`${String(sourcePriority(source, state.policy)).padStart(11)} ${sourceName(source)} Packages\n`);
      }
      if (version === owner.current) sys.out('        100 /var/lib/dpkg/status\n');
    }
  }
  return 0;
}

export function madison(sys: Sys, names: readonly string[]): number {
  const state = readState(sys);
  for (const name of names) {
    const owner = find(sys, state, name);
    for (const version of owner?.versions ?? []) {
      for (const source of version.sources) {
        sys.out(`${name.padStart(10)} | ${version.control.version.padStart(10)} | ${sourceName(source)} Packages\n`);
      }
    }
  }
  return 0;
}

const typeWords = {
  PreDepends: 'PreDepends',
  Depends: 'Depends',
  Conflicts: 'Conflicts',
  Breaks: 'Breaks',
  Recommends: 'Recommends',
  Suggests: 'Suggests',
  Replaces: 'Replaces',
} as const;

const relationOf = (atom: Atom): string =>
  atom.relation === undefined ? '' : ` (${comparison(atom.relation)} ${atom.version ?? ''})`;

export function depends(sys: Sys, names: readonly string[], withVersions: boolean): number {
  const state = readState(sys);
  for (const name of names) {
    const owner = find(sys, state, name);
    if (owner === undefined) {
      sys.err('E: No packages found\n');
      return 100;
    }
    sys.out(`${owner.versions.length === 0 ? `<${name}>` : name}\n`);
    const version = state.candidate(owner) ?? owner.versions[0];
    for (const demand of version?.demands ?? []) {
      for (const [index, atom] of demand.atoms.entries()) {
        const other = state.universe.find(atom.name);
        const real = (other?.versions.length ?? 0) > 0;
        sys.out(
          ` ${index < demand.atoms.length - 1 ? '|' : ' '}${typeWords[demand.type]}: ${real ? atom.name : `<${atom.name}>`}${withVersions ? relationOf(atom) : ''}\n`,
        );
        if (!real && other !== undefined) {
          const providers = new Set(other.providers.map((provision) => provision.version.package.name));
          for (const provider of providers) sys.out(`    ${provider}\n`);
        }
      }
    }
  }
  return 0;
}

export function rdepends(sys: Sys, names: readonly string[], installedOnly: boolean): number {
  const state = readState(sys);
  for (const name of names) {
    const owner = find(sys, state, name);
    if (owner === undefined) {
      sys.err('E: No packages found\n');
      return 100;
    }
    sys.out(`${name}\nReverse Depends:\n`);
    // Equal wishes lie together, the latest read first.
    const groups = new Map<string, { readonly atom: Atom; readonly parent: Version; readonly last: boolean }[]>();
    for (const demand of state.universe.reverse(name)) {
      const atom = demand.atoms.find((entry) => entry.name === name);
      if (atom === undefined) continue;
      const last = demand.atoms.at(-1) === atom;
      const key = `${demand.type} ${last ? '' : '|'}${showAtom(atom)}`;
      const group = groups.get(key);
      const entry = { atom, parent: demand.owner, last };
      if (group === undefined) groups.set(key, [entry]);
      else group.push(entry);
    }
    for (const group of [...groups.values()].toReversed()) {
      for (const { parent, last } of group.toReversed()) {
        if (installedOnly && parent.package.current !== parent) continue;
        sys.out(` ${last ? ' ' : '|'}${parent.package.name}\n`);
      }
    }
  }
  return 0;
}

const recordOf = (version: Version): string => {
  const { control } = version;
  const pool = `pool/main/${control.name.charAt(0)}/${control.source?.split(' ')[0] ?? control.name}`;
  const tail =
    version.sources.length === 0
      ? []
      : [
          `Filename: ${pool}/${fileName(control)}`,
          `Size: ${debBytes(control)}`,
          `SHA256: ${checksum(`${control.name}${control.version}`, 64)}`,
        ];
  const state =
    version.package.current === version && version.sources.length === 0 ? ['Status: install ok installed'] : [];
  return showControl(control, state, tail);
};

export function show(sys: Sys, names: readonly string[]): number {
  const state = readState(sys);
  for (const name of names) {
    const owner = state.universe.find(name);
    if (owner === undefined || owner.versions.length === 0) {
      notice(
        sys,
        owner === undefined
          ? `Unable to locate package ${name}`
          : `Can't select versions from package '${name}' as it is purely virtual`,
      );
      sys.err('E: No packages found\n');
      return 100;
    }
    for (const version of owner.versions) sys.out(`${recordOf(version)}\n`);
  }
  return 0;
}

/** `apt show`: fewer fields, in another order. */
export function aptShow(sys: Sys, names: readonly string[], all: boolean): number {
  const state = readState(sys);
  for (const name of names) {
    const base = name.split('=')[0] ?? name;
    const owner = state.universe.find(base);
    const chosen = owner?.versions.find((version) => `${base}=${version.control.version}` === name);
    const version = chosen ?? (owner === undefined ? undefined : (state.candidate(owner) ?? owner.versions[0]));
    if (owner === undefined || version === undefined) {
      notice(sys, `Unable to locate package ${base}`);
      sys.err('E: No packages found\n');
      return 100;
    }
    for (const entry of all ? owner.versions : [version]) {
      const { control } = entry;
      const lines = showControl(control)
        .split('\n')
        .filter((line) => line !== '' && !line.startsWith('Architecture: ') && !line.startsWith('Installed-Size: '));
      const at = lines.findIndex((line) => line.startsWith('Description: '));
      const description = lines.splice(at);
      const versionLine = lines.findIndex((line) => line.startsWith('Version: '));
      lines.splice(1, 0, ...lines.splice(versionLine, 1));
      const maintainer = lines.findIndex((line) => line.startsWith('Maintainer: '));
      lines.splice(maintainer + 1, 0, `Installed-Size: ${size(control.installedKb * 1024)}B`);
      const homepage = description.findIndex((line) => line.startsWith('Homepage: '));
      if (homepage !== -1) lines.push(...description.splice(homepage, 1));
      if (entry.sources.length > 0) lines.push(`Download-Size: ${size(debBytes(control))}B`);
      if (owner.current === entry) lines.push(`APT-Manual-Installed: ${state.auto.has(owner.name) ? 'no' : 'yes'}`);
      const [source] = entry.sources;
      lines.push(`APT-Sources: ${source === undefined ? '/var/lib/dpkg/status' : `${sourceName(source)} Packages`}`);
      sys.out(`${[...lines, ...description].join('\n')}\n\n`);
    }
    const more = owner.versions.length - 1;
    if (more === 1 && !all) notice(sys, "There is 1 additional record. Please use the '-a' switch to see it");
    if (more > 1 && !all) notice(sys, `There are ${more} additional records. Please use the '-a' switch to see them.`);
  }
  return 0;
}

/** What was installed for others and is needed by none. */
function uselessIn(state: AptState): ReadonlySet<Package> {
  const plan = new Plan(
    state.universe,
    (owner) => state.candidate(owner),
    (name) => state.auto.has(name),
    { recommends: true },
  );
  sweep(plan);
  return new Set(state.universe.packages.filter((owner) => plan.mark(owner).garbage));
}

function listLine(state: AptState, version: Version, useless: ReadonlySet<Package>): string {
  const owner = version.package;
  const suites = [...new Set(version.sources.map((source) => source.suite))];
  if (owner.current === version) suites.push('now');
  const candidate = state.candidate(owner);
  const newer =
    candidate !== undefined &&
    owner.current !== undefined &&
    compareVersions(candidate.control.version, owner.current.control.version) > 0;
  let mark = '';
  if (owner.current === version) {
    if (newer && candidate !== version) mark = ` [installed,upgradable to: ${candidate.control.version}]`;
    else if (version.sources.length === 0) mark = ' [installed,local]';
    else if (useless.has(owner)) mark = ' [installed,auto-removable]';
    else if (state.auto.has(owner.name)) mark = ' [installed,automatic]';
    else mark = ' [installed]';
  } else if (newer && candidate === version) mark = ` [upgradable from: ${owner.current?.control.version ?? ''}]`;
  else if (owner.configFiles && candidate === version) mark = ' [residual-config]';
  return `${owner.name}/${suites.join(',') || 'now'} ${version.control.version} ${version.control.architecture}${mark}\n`;
}

export function aptList(sys: Sys, patterns: readonly string[], options: ReadonlySet<string>): number {
  const state = readState(sys);
  progress(sys, 'Listing');
  const useless = uselessIn(state);
  const tests = patterns.map((pattern) => {
    const expression = pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${expression}$`);
  });
  for (const owner of [...state.universe.packages].sort(byName)) {
    if (owner.versions.length === 0 || (tests.length > 0 && !tests.some((test) => test.test(owner.name)))) continue;
    const candidate = state.candidate(owner);
    const { current } = owner;
    const upgradable =
      current !== undefined &&
      candidate !== undefined &&
      compareVersions(candidate.control.version, current.control.version) > 0;
    if (options.has('installed') && current === undefined) continue;
    if (options.has('upgradable') && !upgradable) continue;
    if (options.has('manual-installed') && (current === undefined || state.auto.has(owner.name))) continue;
    const one = options.has('installed') ? current : (candidate ?? current ?? owner.versions[0]);
    const versions = options.has('all') ? owner.versions : one === undefined ? [] : [one];
    for (const version of versions) sys.out(listLine(state, version, useless));
    if (options.has('all')) sys.out('\n');
  }
  return 0;
}

export function search(sys: Sys, words: readonly string[], tool: 'apt' | 'apt-cache', namesOnly: boolean): number {
  if (words.length === 0) {
    sys.err('E: You must give at least one search pattern\n');
    return 100;
  }
  const state = readState(sys);
  const tests = words.map((word) => new RegExp(word, 'i'));
  const useless = uselessIn(state);
  if (tool === 'apt') {
    progress(sys, 'Sorting');
    progress(sys, 'Full Text Search');
  }
  for (const owner of [...state.universe.packages].sort(byName)) {
    const version = state.candidate(owner) ?? owner.versions[0];
    if (version === undefined) continue;
    const text = namesOnly ? owner.name : `${owner.name} ${version.control.description}`;
    if (!tests.every((test) => test.test(text))) continue;
    if (tool === 'apt') sys.out(`${listLine(state, version, useless)}  ${synopsis(version.control)}\n\n`);
    else sys.out(`${owner.name} - ${synopsis(version.control)}\n`);
  }
  return 0;
}
