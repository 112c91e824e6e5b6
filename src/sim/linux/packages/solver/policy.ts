// Which version of a package apt would install: priorities of sources and of versions, and the preferences that change them.
// Source: apt_preferences(5); the behaviour of apt 2.6.1.
import { compareVersions } from '../version.ts';
import type { Package, Source, Version } from './universe.ts';

export interface Pin {
  /** Names, patterns with `*`, or `/regular expressions/`; `*` alone is about sources. */
  readonly packages: readonly string[];
  readonly type: 'version' | 'release' | 'origin';
  readonly value: string;
  readonly priority: number;
}

export interface Policy {
  readonly pins: readonly Pin[];
  /** APT::Default-Release, `-t`. */
  readonly targetRelease?: string;
}

function fits(pattern: string, text: string): boolean {
  if (pattern.startsWith('/') && pattern.endsWith('/') && pattern.length > 1) {
    return new RegExp(pattern.slice(1, -1)).test(text);
  }
  const expression = pattern
    .replace(/[.+^${}()|\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(text);
}

function sourceFits(pin: Pin, source: Source): boolean {
  if (pin.type === 'origin') {
    const host = /^[a-z]+:\/\/([^/]*)/.exec(source.uri)?.[1] ?? '';
    return fits(pin.value.replace(/^"(.*)"$/, '$1'), host);
  }
  if (pin.type === 'version') return false;
  // Without letters it names a suite, a code name or a version.
  if (!pin.value.includes('=')) return [source.suite, source.codename].some((name) => fits(pin.value, name));
  return pin.value.split(',').every((part) => {
    const [key = '', value = ''] = part.trim().split('=');
    const text = { a: source.suite, n: source.codename, o: source.origin, l: source.label, c: source.component, v: '' }[
      key
    ];
    return text !== undefined && fits(value, text);
  });
}

export function sourcePriority(source: Source, policy: Policy): number {
  const pin = policy.pins.find(
    (entry) => entry.packages.length === 1 && entry.packages[0] === '*' && sourceFits(entry, source),
  );
  if (pin !== undefined) return pin.priority;
  const { targetRelease } = policy;
  if (targetRelease !== undefined && (targetRelease === source.suite || targetRelease === source.codename)) return 990;
  if (source.notAutomatic === true) return source.butAutomaticUpgrades === true ? 100 : 1;
  return 500;
}

/** The pin that is about this version by its package's name. */
export function versionPin(version: Version, policy: Policy): Pin | undefined {
  return policy.pins.find((pin) => {
    if (pin.packages.length === 1 && pin.packages[0] === '*') return false;
    if (!pin.packages.some((pattern) => fits(pattern, version.package.name))) return false;
    if (pin.type === 'version') return fits(pin.value, version.control.version);
    return version.sources.some((source) => sourceFits(pin, source));
  });
}

export function priorityOfVersion(version: Version, policy: Policy): number {
  const pin = versionPin(version, policy);
  if (pin !== undefined) return pin.priority;
  const own = version.package.current === version ? [100] : [];
  return Math.max(...own, ...version.sources.map((source) => sourcePriority(source, policy)), -32_768);
}

export function candidateOf(owner: Package, policy: Policy): Version | undefined {
  let best: Version | undefined;
  let bestPriority = 0;
  for (const version of owner.versions) {
    const priority = priorityOfVersion(version, policy);
    if (priority <= bestPriority) continue;
    const { current } = owner;
    const isDowngrade = current !== undefined && compareVersions(version.control.version, current.control.version) < 0;
    if (isDowngrade && priority < 1000) continue;
    best = version;
    bestPriority = priority;
  }
  return best;
}
