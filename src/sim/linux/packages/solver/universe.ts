// All packages and versions that apt knows of: those in its lists and those that are installed, in the orders that decide
// between equals: packages by the hash of their names, versions from the latest down, providers from the last read up.
// Source: the behaviour of apt 2.6.1, apt_preferences(5).
import { matches, type Atom, type Clause, type Control } from '../control.ts';
import { compareVersions } from '../version.ts';

export type RelationType = 'PreDepends' | 'Depends' | 'Conflicts' | 'Breaks' | 'Recommends' | 'Suggests' | 'Replaces';

/** One clause of a version: alternatives of which one must hold, or (negative) one thing that must not be. */
export interface Demand {
  readonly type: RelationType;
  readonly owner: Version;
  readonly atoms: readonly Atom[];
  readonly negative: boolean;
  readonly critical: boolean;
}

export interface Version {
  readonly package: Package;
  readonly control: Control;
  readonly demands: readonly Demand[];
  /** Names of the lists that hold it; none: it is only installed. */
  readonly sources: Source[];
  readonly order: number;
}

export interface Provision {
  readonly version: Version;
  readonly provided: string | undefined;
}

export interface Package {
  readonly name: string;
  /** Number in the order of first mention. */
  readonly id: number;
  versions: Version[];
  current: Version | undefined;
  /** Versions that provide this name, the last one read first. */
  readonly providers: Provision[];
  held: boolean;
  essential: boolean;
  /** Removed, but its configuration files are there. */
  configFiles: boolean;
}

/** Where a list of packages comes from, as preferences see it. */
export interface Source {
  readonly uri: string;
  readonly suite: string;
  readonly codename: string;
  readonly component: string;
  readonly origin: string;
  readonly label: string;
  /** NotAutomatic, ButAutomaticUpgrades. */
  readonly notAutomatic?: boolean;
  readonly butAutomaticUpgrades?: boolean;
}

export interface InstalledPackage {
  readonly control: Control;
  readonly held: boolean;
  readonly configFilesOnly: boolean;
}

const tableSize = 196_613;

/** The place of a name in apt's table of packages. */
function place(name: string): number {
  let hash = 5381;
  for (const letter of name.toLowerCase()) hash = (Math.imul(hash, 33) + letter.charCodeAt(0)) >>> 0;
  return hash % tableSize;
}

export class Universe {
  readonly #byName = new Map<string, Package>();
  /** In apt's order. */
  packages: readonly Package[] = [];
  readonly #reverse = new Map<string, Demand[]>();
  #versions = 0;

  constructor(
    lists: readonly { source: Source; controls: readonly Control[] }[],
    installed: readonly InstalledPackage[],
  ) {
    for (const { source, controls } of lists) {
      for (const control of controls) {
        const version = this.#add(control);
        version.sources.push(source);
      }
    }
    for (const { control, held, configFilesOnly } of installed) {
      const owner = this.#package(control.name);
      owner.held = held;
      if (configFilesOnly) owner.configFiles = true;
      else owner.current = this.#add(control);
    }
    const all = [...this.#byName.values()];
    // Of two names in one place the later one comes first.
    this.packages = all.sort((a, b) => place(a.name) - place(b.name) || b.id - a.id);
  }

  find(name: string): Package | undefined {
    return this.#byName.get(name);
  }

  /** Demands that name this package. */
  reverse(name: string): readonly Demand[] {
    return this.#reverse.get(name) ?? [];
  }

  #package(name: string): Package {
    let found = this.#byName.get(name);
    if (found === undefined) {
      found = {
        name,
        id: this.#byName.size,
        versions: [],
        current: undefined,
        providers: [],
        held: false,
        essential: false,
        configFiles: false,
      };
      this.#byName.set(name, found);
    }
    return found;
  }

  #add(control: Control): Version {
    const owner = this.#package(control.name);
    const same = owner.versions.find((version) => version.control.version === control.version);
    if (same !== undefined) return same;
    if (control.essential === true) owner.essential = true;
    const demands: Demand[] = [];
    const version: Version = { package: owner, control, demands, sources: [], order: this.#versions++ };
    const add = (type: RelationType, clauses: readonly Clause[] | undefined): void => {
      const negative = type === 'Conflicts' || type === 'Breaks';
      const critical = negative || type === 'Depends' || type === 'PreDepends';
      for (const clause of clauses ?? []) {
        // A clause of things that must not be has no alternatives.
        for (const atoms of negative ? clause.map((atom) => [atom]) : [clause]) {
          const demand: Demand = { type, owner: version, atoms, negative, critical };
          demands.push(demand);
          for (const atom of atoms) {
            this.#package(atom.name);
            const list = this.#reverse.get(atom.name);
            if (list === undefined) this.#reverse.set(atom.name, [demand]);
            else list.push(demand);
          }
        }
      }
    };
    add('PreDepends', control.preDepends);
    add('Depends', control.depends);
    add('Conflicts', control.conflicts);
    add('Breaks', control.breaks);
    add('Recommends', control.recommends);
    add('Suggests', control.suggests);
    add('Replaces', control.replaces);
    for (const { name, version: provided } of control.provides ?? []) {
      this.#package(name).providers.unshift({ version, provided });
    }
    const at = owner.versions.findIndex((other) => compareVersions(other.control.version, control.version) < 0);
    if (at === -1) owner.versions.push(version);
    else owner.versions.splice(at, 0, version);
    return version;
  }
}

export const isSatisfiedBy = (atom: Atom, version: Version): boolean =>
  version.package.name === atom.name && matches(atom, version.control.version);

export const isSatisfiedByProvision = (atom: Atom, provision: Provision): boolean =>
  atom.relation === undefined || (provision.provided !== undefined && matches(atom, provision.provided));

/** A package is never against itself. */
const ignorable = (demand: Demand, other: Package): boolean => demand.negative && demand.owner.package === other;

/** Versions that an atom of a demand means: of the package itself first, then of those that provide it. */
export function targets(universe: Universe, demand: Demand, atom: Atom): readonly Version[] {
  const named = universe.find(atom.name);
  if (named === undefined) return [];
  const result: Version[] = [];
  if (!ignorable(demand, named)) result.push(...named.versions.filter((version) => isSatisfiedBy(atom, version)));
  for (const provision of named.providers) {
    const { version } = provision;
    if (!ignorable(demand, version.package) && isSatisfiedByProvision(atom, provision)) result.push(version);
  }
  return result;
}
