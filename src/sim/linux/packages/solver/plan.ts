// Changes of apt's plan: a package is kept, removed or installed, and with it what it needs and what it cannot bear.
// Source: the behaviour of apt 2.6.1's dependency cache, compared over generated repositories.
import { Marks, priorityOf } from './marks.ts';
import { isSatisfiedBy, targets, type Demand, type Package, type Version } from './universe.ts';

type Mode = 'keep' | 'install' | 'delete';

export class Plan extends Marks {
  setCandidate(version: Version): void {
    const owner = version.package;
    const mark = this.mark(owner);
    if (mark.candidate === version) return;
    if (mark.candidate === mark.install && mark.mode === 'install') mark.install = version;
    mark.candidate = version;
    this.updateStatus(owner);
    this.touch(owner);
  }

  #mayChange(mode: Mode, owner: Package, depth: number, byUser: boolean): boolean {
    if (depth > 3000 || owner.versions.length === 0) return false;
    if (byUser) return true;
    const mark = this.mark(owner);
    if (mark.mode === mode) return true;
    if (mark.protected) return false;
    if (mode !== 'keep' && owner.held && this.options.ignoreHold !== true) return false;
    return !(mode === 'delete' && owner.essential);
  }

  markKeep(owner: Package, byUser: boolean, depth = 0): boolean {
    if (!this.#mayChange('keep', owner, depth, byUser)) return false;
    const mark = this.mark(owner);
    if (mark.mode === 'keep') return true;
    mark.mode = 'keep';
    mark.install = owner.current;
    this.touch(owner);
    return true;
  }

  #mayDelete(owner: Package, byUser: boolean): boolean {
    const mark = this.mark(owner);
    return byUser || owner.current !== undefined || mark.install === undefined || mark.status !== 2 || mark.auto;
  }

  markDelete(owner: Package, purge: boolean, byUser: boolean, depth = 0): boolean {
    if (!this.#mayChange('delete', owner, depth, byUser)) return false;
    const mark = this.mark(owner);
    const gone = owner.current === undefined && !owner.configFiles;
    if ((mark.mode === 'delete' || mark.install === undefined) && (gone || !purge)) return true;
    if (!this.#mayDelete(owner, byUser)) return false;
    mark.purge = purge;
    mark.mode = owner.current === undefined && (gone || !purge) ? 'keep' : 'delete';
    mark.install = undefined;
    this.touch(owner);
    return true;
  }

  /** Marks for installation; with `automatic` also what it needs, and away with what it cannot bear. */
  markInstall(owner: Package, automatic: boolean, byUser: boolean, depth = 0): boolean {
    const mark = this.mark(owner);
    const onlyProtects =
      mark.protected && mark.mode === 'keep' && mark.candidate !== undefined && mark.candidate === owner.current;
    if (!onlyProtects && !this.#mayChange('install', owner, depth, byUser)) return false;
    const { candidate } = mark;
    if (candidate === undefined) return false;
    if (!mark.protected && !this.isPolicyBroken(owner) && !this.isBroken(owner)) {
      if (candidate === owner.current)
        return mark.install === undefined ? this.markKeep(owner, byUser, depth + 1) : true;
      if (mark.mode === 'install') return true;
    }
    if (automatic && !this.#canBeSatisfied(owner)) return false;
    if (byUser) this.#changeToInstall(owner, automatic, byUser);
    const failsEarly = !mark.protected && !byUser;
    let failed = false;
    const upgrades: Package[] = [];
    const removals: Package[] = [];
    const wanted: Demand[] = [];
    if (automatic) {
      const target = mark.candidate;
      if (target === undefined) return false;
      const unwanted: Demand[] = [];
      for (const demand of target.demands) {
        const fine = demand.atoms.some((_, index) => this.holdsAt(demand, index, 'install'));
        if ((fine && !mark.protected) || !this.isImportant(demand)) continue;
        (demand.negative ? unwanted : wanted).push(demand);
      }
      if (!this.#clearEnemies(unwanted, upgrades, removals, mark.protected, byUser, depth)) {
        if (failsEarly) return false;
        failed = true;
      }
      this.#collectDependants(target, upgrades);
    }
    if (!byUser) this.#changeToInstall(owner, automatic, byUser);
    if (!automatic) return !failed;
    const wasProtected = mark.protected;
    mark.protected = true;
    const done = this.#finishInstall(owner, { wanted, upgrades, removals, wasProtected, byUser, depth, failsEarly });
    if (!wasProtected) mark.protected = false;
    return done && !failed;
  }

  #finishInstall(
    owner: Package,
    work: {
      readonly wanted: readonly Demand[];
      readonly upgrades: readonly Package[];
      readonly removals: readonly Package[];
      readonly wasProtected: boolean;
      readonly byUser: boolean;
      readonly depth: number;
      readonly failsEarly: boolean;
    },
  ): boolean {
    const { wasProtected, byUser, depth, failsEarly } = work;
    let failed = false;
    const fail = (): boolean => {
      if (failsEarly) this.#discard(owner);
      failed = true;
      return failsEarly;
    };
    if (!this.#upgradeOrRemove(work.upgrades, wasProtected, byUser, depth) && fail()) return false;
    if (!this.#installNeeded(owner, work.wanted, wasProtected, byUser, depth) && fail()) return false;
    for (const other of work.removals) {
      if (!this.markDelete(other, false, false, depth) && fail()) return false;
    }
    return !failed;
  }

  #changeToInstall(owner: Package, automatic: boolean, byUser: boolean): void {
    const mark = this.mark(owner);
    if (mark.protected && mark.install === mark.candidate) return;
    mark.mode = 'install';
    mark.install = mark.candidate;
    if (byUser) {
      if (mark.status === 2 || (owner.current !== undefined && (automatic || !mark.marked))) mark.auto = false;
    } else if (mark.status === 2) mark.auto = true;
    if (mark.candidate === owner.current) mark.mode = 'keep';
    this.touch(owner);
  }

  /** Gives up a version for good: what is planned now is the candidate from now on. */
  #discardCandidate(owner: Package): void {
    const mark = this.mark(owner);
    mark.candidate = mark.install;
  }

  #discard(owner: Package): void {
    const mark = this.mark(owner);
    if (mark.mode === 'keep' && mark.install === mark.candidate && mark.candidate === owner.current) return;
    mark.install = owner.current;
    mark.mode = 'keep';
    this.touch(owner);
    this.#discardCandidate(owner);
  }

  /** Whether every critical need of the candidate could be met by something; otherwise the candidate is given up. */
  #canBeSatisfied(owner: Package): boolean {
    const mark = this.mark(owner);
    const { candidate } = mark;
    if (candidate === undefined || candidate === owner.current) return true;
    for (const demand of candidate.demands) {
      if (!demand.critical || demand.negative) continue;
      if (this.holds(demand, 'install') || this.holds(demand, 'candidate')) continue;
      if (!mark.protected) {
        if (owner.current !== undefined) this.setCandidate(owner.current);
        else mark.candidate = undefined;
        if (mark.mode !== 'delete') {
          mark.mode = 'keep';
          this.updateStatus(owner);
        }
      }
      return false;
    }
    return true;
  }

  /** Versions that would meet a demand, installed packages before new ones, the better providers first. */
  #solutions(demand: Demand, which: 'candidate' | 'installed' | 'both', sorted: boolean): readonly Version[] {
    const upgrades: Version[] = [];
    const fresh: Version[] = [];
    for (const atom of demand.atoms) {
      const found = targets(this.universe, demand, atom).filter((version) => {
        const isCandidate = this.mark(version.package).candidate === version;
        const isInstalled = version.package.current === version;
        return which === 'candidate' ? isCandidate : which === 'installed' ? isInstalled : isCandidate || isInstalled;
      });
      const unique = [...new Set(found)];
      if (!sorted) {
        upgrades.push(...unique);
        continue;
      }
      unique.sort((a, b) => this.#compareProviders(a, b, atom.name));
      for (const version of unique) (version.package.current === undefined ? fresh : upgrades).push(version);
    }
    let all = [...upgrades, ...fresh];
    if (!sorted) all.sort((a, b) => a.order - b.order);
    all = all.filter((version, index) => all[index - 1] !== version);
    if (demand.negative) return all;
    return all.filter((version) => {
      const mark = this.mark(version.package);
      const isKept = mark.mode === 'keep' && version.package.current === undefined;
      return !(mark.protected && (mark.mode === 'delete' || isKept));
    });
  }

  #compareProviders(a: Version, b: Version, wanted: string): number {
    const first = a.package;
    const second = b.package;
    const prefer = (x: boolean, y: boolean): number => (x === y ? 0 : x ? -1 : 1);
    return (
      prefer(this.mark(first).protected, this.mark(second).protected) ||
      prefer(first.current !== undefined, second.current !== undefined) ||
      prefer(first.name === wanted, second.name === wanted) ||
      prefer(first.essential, second.essential) ||
      priorityOf(a) - priorityOf(b) ||
      second.id - first.id
    );
  }

  /** What must not be beside the new version: held at its good version, upgraded past the bad one, or removed. */
  #clearEnemies(
    unwanted: readonly Demand[],
    upgrades: Package[],
    removals: Package[],
    strict: boolean,
    byUser: boolean,
    depth: number,
  ): boolean {
    let failed = false;
    const bad: Package[] = [];
    const patient = strict || byUser;
    for (const demand of unwanted) {
      for (const version of this.#solutions(demand, 'candidate', true)) {
        const other = version.package;
        const mark = this.mark(other);
        if (mark.candidate !== version) continue;
        if (other.current !== version) {
          if (mark.mode === 'install' && !this.markKeep(other, false, depth)) {
            failed = true;
            if (!patient) break;
          } else if (strict) {
            this.#discardCandidate(other);
            if (other.current === undefined) mark.protected = true;
          } else bad.push(other);
        } else if (!this.#removeEnemy(other, strict, removals, depth)) {
          failed = true;
          if (!patient) break;
        }
      }
      if (failed && !patient) break;
      for (const version of this.#solutions(demand, 'installed', true)) {
        const other = version.package;
        const mark = this.mark(other);
        if (mark.candidate !== version && mark.candidate !== undefined && !bad.includes(other)) upgrades.push(other);
        else if (mark.candidate === other.current) continue;
        else if (!this.#removeEnemy(other, strict, removals, depth)) {
          failed = true;
          if (!patient) break;
        }
      }
      if (failed && !patient) break;
    }
    return !failed;
  }

  #removeEnemy(other: Package, strict: boolean, removals: Package[], depth: number): boolean {
    if (!strict) {
      if (this.isDelete(other)) return true;
      if (!this.#mayChange('delete', other, depth, false) || !this.#mayDelete(other, false)) return false;
      removals.push(other);
      return true;
    }
    if (!this.isDelete(other) && !this.markDelete(other, false, false, depth + 1)) return false;
    this.#discardCandidate(other);
    this.mark(other).protected = true;
    return true;
  }

  /** Installed packages whose needs the old version met and the new one does not. */
  #collectDependants(target: Version, upgrades: Package[]): void {
    const { current } = target.package;
    if (current === undefined) return;
    for (const demand of this.universe.reverse(target.package.name).toReversed()) {
      const parent = demand.owner.package;
      if (parent.current !== demand.owner || this.isInstall(parent) || demand.negative || !this.isImportant(demand))
        continue;
      for (const atom of demand.atoms) {
        if (atom.name !== target.package.name || !isSatisfiedBy(atom, current) || isSatisfiedBy(atom, target)) continue;
        if (!upgrades.includes(parent)) upgrades.push(parent);
      }
    }
  }

  #upgradeOrRemove(upgrades: readonly Package[], strict: boolean, byUser: boolean, depth: number): boolean {
    let failed = false;
    for (const other of upgrades) {
      if (this.isInstall(other) || this.markInstall(other, true, false, depth + 1)) continue;
      if (!this.markDelete(other, false, false, depth + 1)) {
        failed = true;
        if (!strict && !byUser) break;
      } else if (strict) this.mark(other).protected = true;
    }
    return !failed;
  }

  #installNeeded(owner: Package, wanted: readonly Demand[], strict: boolean, byUser: boolean, depth: number): boolean {
    let failed = false;
    for (const demand of wanted) {
      const fine = this.holds(demand, 'install');
      if (fine && !strict) continue;
      if (fine) {
        if (!demand.critical) continue;
        const [only, ...others] = this.#solutions(demand, 'both', false);
        if (only === undefined || others.length > 0 || this.mark(only.package).protected) continue;
        this.mark(only.package).protected = true;
        if (!this.markInstall(only.package, true, false, depth + 1)) failed = true;
        continue;
      }
      if (owner.current !== undefined && !demand.critical && !this.#isNewWish(owner.current, demand)) continue;
      const solutions = this.#solutions(demand, 'candidate', true);
      let found = false;
      for (const version of solutions) {
        const other = version.package;
        if (this.mark(other).candidate !== version) continue;
        if (strict && demand.critical && solutions.length === 1) {
          if (!this.markInstall(other, false, false, depth + 1)) continue;
          this.mark(other).protected = true;
        }
        if (!this.markInstall(other, true, false, depth + 1)) continue;
        found = true;
        break;
      }
      if (!found && demand.critical) {
        failed = true;
        if (!strict && !byUser) break;
      }
    }
    return !failed;
  }

  /** A recommendation is followed in an upgrade when it is new or was met before. */
  #isNewWish(current: Version, wish: Demand): boolean {
    let isNew = true;
    for (const demand of current.demands) {
      if (demand.critical || !this.isImportant(demand)) continue;
      if (!demand.atoms.some((atom) => atom.name === wish.atoms[0]?.name)) continue;
      isNew = false;
      if (this.holds(demand, 'now')) return true;
    }
    return isNew;
  }
}
