// Symbol versions and symbols: whether every version that an object wants is given by the library it wants it from, and
// which object gives a symbol.
// Source: glibc 2.36's rules as ld.so(8) and the GNU symbol versioning notes tell them, and its behaviour. Departure: when
// functions are looked up at their first call, every function is taken to be called right after the start, the
// program's own first; an undefined symbol is always told in its short form, which the real one replaces by a longer one when two names
// collide in a hash filter.
import type { DynamicSymbol, Elf } from '../elf.ts';
import type { LinkMap } from './link-map.ts';

interface VersionProblem {
  readonly object: string;
  readonly text: string;
  readonly fatal: boolean;
}

export function checkVersions(
  maps: readonly LinkMap[],
  shownName: (map: LinkMap) => string,
  debug: (text: string) => void,
  report: (problem: VersionProblem) => void,
): void {
  for (const map of maps) {
    for (const { library, versions } of map.elf.versionsNeeded) {
      const given = maps.find((other) => other.names.includes(library) || other.path === library);
      if (given === undefined || given.missing) continue;
      const from = shownName(given);
      for (const version of versions) {
        debug(`checking for version \`${version}' in file ${from} [0] required by file ${shownName(map)} [0]\n`);
        if (given.elf.versionsDefined.length === 0) {
          const text = `no version information available (required by ${shownName(map)})`;
          report({ object: from, text, fatal: false });
        } else if (!given.elf.versionsDefined.includes(version)) {
          const text = `version \`${version}' not found (required by ${shownName(map)})`;
          report({ object: from, text, fatal: true });
        }
      }
    }
  }
}

/** The symbol that an object gives when asked for this one. */
export function definition(elf: Elf, wanted: DynamicSymbol): DynamicSymbol | undefined {
  const candidates = elf.defined.filter((symbol) => symbol.name === wanted.name);
  if (wanted.version !== undefined) {
    if (elf.versionsDefined.length === 0) return candidates[0];
    return candidates.find((symbol) => symbol.version === wanted.version);
  }
  // Without a version: the base or the oldest version; otherwise the only one that is not hidden.
  const oldest = elf.versionsDefined[0];
  const base = candidates.find((symbol) => symbol.version === undefined || symbol.version === oldest);
  if (base !== undefined) return base;
  const visible = candidates.filter((symbol) => symbol.default === true);
  return visible.length === 1 ? visible[0] : undefined;
}

/** The loader gives up in the middle of a lookup. */
export const inconsistent =
  'Inconsistency detected by ld.so: dl-lookup.c: 107: check_match: Assertion `version->filename == NULL || ' +
  "! _dl_name_match_p (version->filename, map)' failed!\n";

/** What is wrong with a wanted symbol, in the loader's words. */
export function missingSymbol(scope: readonly LinkMap[], map: LinkMap, wanted: DynamicSymbol): string | undefined {
  if (wanted.type === 'W') return undefined;
  const { name, version } = wanted;
  for (const other of scope) {
    if (definition(other.elf, wanted) === undefined) continue;
    // The library that should give the version has no version tables of any kind.
    const tableless = other.elf.versionsDefined.length === 0 && other.elf.versionsNeeded.length === 0;
    if (version !== undefined && tableless) {
      const from = map.elf.versionsNeeded.find(({ versions }) => versions.includes(version))?.library;
      if (from !== undefined && other.names.includes(from)) return inconsistent;
    }
    return undefined;
  }
  return `undefined symbol: ${name}${version === undefined ? '' : `, version ${version}`}`;
}
