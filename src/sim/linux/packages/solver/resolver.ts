// How apt mends a plan in which something is broken: packages have scores, the most important broken one is looked at
// first, and it or what stands in its way is upgraded, kept or removed.
// Source: the behaviour of apt 2.6.1's problem resolver, compared over generated repositories.
import { priorityOf } from './marks.ts';
import type { Plan } from './plan.ts';
import { unstableSort } from './sort.ts';
import {
  isSatisfiedBy,
  isSatisfiedByProvision,
  targets,
  type Demand,
  type Package,
  type RelationType,
} from './universe.ts';

const weights: Readonly<Record<RelationType, number>> = {
  Depends: 1,
  PreDepends: 1,
  Recommends: 1,
  Suggests: 0,
  Conflicts: -1,
  Breaks: -1,
  Replaces: 0,
};
const priorityScores = [0, 3, 2, 1, -1, -2];
const maxRounds = 20;

export type Resolved = 'solved' | 'held' | 'breaks' | 'looping';

export class Resolver {
  readonly #plan: Plan;
  readonly #scores = new Map<Package, number>();
  readonly #protected = new Set<Package>();
  readonly #toRemove = new Set<Package>();
  readonly #preInstalled = new Set<Package>();
  readonly #upgradable = new Set<Package>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  protect(owner: Package): void {
    this.#protected.add(owner);
    this.#plan.mark(owner).protected = true;
  }
  clear(owner: Package): void {
    this.#protected.delete(owner);
    this.#toRemove.delete(owner);
  }
  remove(owner: Package): void {
    this.#toRemove.add(owner);
  }

  #score(owner: Package): number {
    return this.#scores.get(owner) ?? 0;
  }
  #add(owner: Package, amount: number): void {
    this.#scores.set(owner, this.#score(owner) + amount);
  }

  #makeScores(): void {
    const plan = this.#plan;
    const { packages } = plan.universe;
    this.#scores.clear();
    for (const owner of packages) {
      const mark = plan.mark(owner);
      if (mark.install === undefined) continue;
      if (owner.essential) this.#add(owner, 100);
      this.#add(owner, mark.install.sources.length > 0 ? (priorityScores[priorityOf(mark.install)] ?? 0) : -2);
      if (owner.current !== undefined && mark.candidate !== undefined && mark.candidate.sources.length > 0)
        this.#add(owner, 1);
      for (const demand of mark.install.demands) {
        const weight = weights[demand.type];
        if (weight === 0) continue;
        for (const atom of demand.atoms) {
          const target = plan.universe.find(atom.name);
          if (target === undefined) continue;
          if (!(demand.negative && target === owner)) {
            if (atom.relation !== undefined) {
              const there = plan.mark(target).install;
              if (there === undefined || !isSatisfiedBy(atom, there)) continue;
            }
            this.#add(target, weight);
          }
          const providers = new Set<Package>();
          for (const provision of target.providers) {
            const provider = provision.version.package;
            if (demand.negative && provider === owner) continue;
            if (plan.mark(provider).install === provision.version && isSatisfiedByProvision(atom, provision))
              providers.add(provider);
          }
          for (const provider of providers) this.#add(provider, weight);
        }
      }
    }
    const before = new Map(this.#scores);
    const old = (owner: Package): number => before.get(owner) ?? 0;
    for (const owner of packages) {
      if (plan.mark(owner).install === undefined) continue;
      for (const demand of plan.universe.reverse(owner.name)) {
        const parent = demand.owner.package;
        if (plan.mark(parent).install !== demand.owner) continue;
        if (demand.type !== 'Depends' && demand.type !== 'PreDepends' && demand.type !== 'Recommends') continue;
        const times = demand.atoms.filter((atom) => atom.name === owner.name).length;
        if (old(parent) > 0) this.#add(owner, old(parent) * (times > 0 ? 1 : 0));
      }
    }
    for (const owner of packages) {
      const transfer = Math.abs(this.#score(owner) - old(owner));
      if (transfer === 0) continue;
      const providers = new Set<Package>();
      for (const { version } of owner.providers) {
        if (plan.mark(version.package).install === version) providers.add(version.package);
      }
      for (const provider of [...providers].sort((a, b) => a.id - b.id)) this.#add(provider, transfer);
    }
    for (const owner of packages) {
      if (this.#protected.has(owner)) this.#add(owner, 10_000);
      if (owner.essential) this.#add(owner, 5000);
    }
  }

  #ordered(): readonly Package[] {
    const list = [...this.#plan.universe.packages];
    unstableSort(list, (a, b) => this.#score(a) > this.#score(b));
    return list;
  }

  /** Brings a package to its candidate together with what that needs, if nothing protected is in the way. */
  #upgrade(owner: Package): boolean {
    const plan = this.#plan;
    if (!this.#upgradable.has(owner) || !plan.isUpgradable(owner) || this.#protected.has(owner)) return false;
    this.#upgradable.delete(owner);
    const wasKept = plan.mark(owner).mode === 'keep';
    if (!plan.markInstall(owner, false, false)) return false;
    const version = plan.mark(owner).install;
    if (version === undefined) return false;
    let failed = false;
    for (const demand of version.demands) {
      if (!demand.critical) continue;
      for (const index of demand.atoms.keys()) {
        if (plan.holds(demand, 'install')) break;
        const other = this.#smartTarget(demand, index);
        if (other !== undefined && plan.mark(other).protected) failed = true;
        else if (plan.holdsAt(demand, index, 'candidate')) {
          if (other === undefined || !this.#upgrade(other)) failed = true;
          else {
            failed = false;
            break;
          }
        } else {
          if (demand.negative) break;
          failed = true;
        }
      }
      if (failed) break;
    }
    if (!failed) return true;
    if (wasKept) plan.markKeep(owner, false);
    else plan.markDelete(owner, false, false);
    return false;
  }

  /** The package that an alternative names, or the one that stands in for a name without versions. */
  #smartTarget(demand: Demand, index: number): Package | undefined {
    const atom = demand.atoms[index];
    const named = atom === undefined ? undefined : this.#plan.universe.find(atom.name);
    if (named === undefined) return undefined;
    if (named.providers.length === 0 || named.versions.length > 0) return named;
    return named.providers.find(({ version }) => version.package !== demand.owner.package)?.version.package ?? named;
  }

  /** Mends the plan. `upgrades`: broken packages may also be brought to their candidates. */
  resolve(upgrades: boolean): Resolved {
    const plan = this.#plan;
    const { packages } = plan.universe;
    let again: boolean;
    do {
      again = false;
      for (const owner of packages) {
        if (plan.isInstall(owner)) this.#preInstalled.add(owner);
        else {
          if (upgrades && plan.isBroken(owner)) {
            plan.markInstall(owner, false, false);
            if (plan.isInstall(owner)) again = true;
          }
          this.#preInstalled.delete(owner);
        }
        this.#upgradable.add(owner);
      }
    } while (again);
    this.#makeScores();
    const ordered = this.#ordered();
    let changed = true;
    for (let round = 0; round < maxRounds && changed; round++) {
      changed = false;
      for (const owner of ordered) if (this.#mend(owner, round, upgrades)) changed = true;
    }
    if (plan.brokenCount() > 0) {
      return packages.some((owner) => plan.isBroken(owner) && !plan.mark(owner).protected) ? 'breaks' : 'held';
    }
    for (const owner of packages) if (plan.isNew(owner) && !this.#preInstalled.has(owner)) plan.mark(owner).auto = true;
    return 'solved';
  }

  /** Looks at one package. Whether anything has changed. */
  #mend(owner: Package, round: number, upgrades: boolean): boolean {
    const plan = this.#plan;
    const mark = plan.mark(owner);
    if (
      mark.candidate !== mark.install &&
      owner.current !== undefined &&
      mark.install !== undefined &&
      this.#preInstalled.has(owner) &&
      !mark.protected
    ) {
      const breaks = plan.brokenCount();
      this.#preInstalled.delete(owner);
      this.#upgradable.delete(owner);
      this.#protected.delete(owner);
      this.#toRemove.delete(owner);
      plan.markInstall(owner, false, false);
      if (plan.isBroken(owner) || breaks < plan.brokenCount()) plan.markKeep(owner, false);
    }
    const version = plan.mark(owner).install;
    if (version === undefined || !plan.isBroken(owner)) return false;
    const walk: Walk = { owner, round, upgrades, kills: [], changed: false, alternative: 'remove' };
    for (const demand of version.demands) {
      if (!demand.critical) continue;
      if (this.#mendDemand(walk, demand)) break;
    }
    if (plan.mark(owner).install !== undefined) this.#kill(walk);
    return walk.changed;
  }

  /** Whether the package needs no further look in this round. */
  #mendDemand(walk: Walk, demand: Demand): boolean {
    const plan = this.#plan;
    const { owner } = walk;
    const several = demand.atoms.length > 1;
    const size = walk.kills.length;
    walk.alternative = 'remove';
    for (const index of demand.atoms.keys()) {
      if (plan.holds(demand, 'install')) return false;
      const atom = demand.atoms[index];
      if (atom === undefined) continue;
      const found = targets(plan.universe, demand, atom);
      if (found.length === 0 && !plan.mark(owner).protected && !demand.negative && !plan.isNowBroken(owner)) {
        if (several) continue;
        walk.changed = true;
        plan.markKeep(owner, false);
        return true;
      }
      let done = this.#consider(walk, demand, index, found, several);
      if (found.length === 0 && !demand.negative && !plan.mark(owner).protected) {
        const installed = plan.isInstall(owner);
        plan.markKeep(owner, true);
        if (!plan.isBroken(owner)) {
          walk.alternative = 'keep';
          if (several && installed) plan.markInstall(owner, false, false);
        } else if (!several) plan.markDelete(owner, false, false);
        walk.changed = true;
        done = true;
      }
      if (!several && done) return true;
    }
    if (several && walk.kills.length === size) {
      if (walk.alternative === 'remove') {
        if (!plan.mark(owner).protected) {
          plan.markDelete(owner, false, false);
          walk.changed = true;
        }
      } else {
        plan.markKeep(owner, false);
        walk.changed = true;
      }
    }
    return false;
  }

  #consider(walk: Walk, demand: Demand, index: number, found: ReturnType<typeof targets>, several: boolean): boolean {
    const plan = this.#plan;
    const { owner } = walk;
    for (const version of found) {
      const other = version.package;
      if (demand.negative && plan.mark(other).install !== version) continue;
      if (this.#score(owner) <= this.#score(other) || (!plan.holdsAt(demand, index, 'now') && !demand.negative)) {
        if (plan.mark(owner).protected) {
          if (!this.#upgrade(other)) continue;
          if (this.#score(other) > this.#score(owner)) this.#scores.set(other, this.#score(owner));
          return false;
        }
        const installed = plan.isInstall(owner);
        plan.markKeep(owner, false);
        if (!plan.isBroken(owner)) {
          walk.alternative = 'keep';
          if (several && installed) plan.markInstall(owner, false, false);
        } else if (!walk.upgrades || !this.#upgrade(owner)) {
          const atom = demand.atoms[index];
          const named = atom === undefined ? undefined : plan.universe.find(atom.name);
          if (!several || plan.mark(owner).garbage) {
            plan.markDelete(owner, false, false);
            if (walk.round > 1 && this.#score(other) > this.#score(owner)) this.#scores.set(owner, this.#score(other));
          } else if (
            named !== undefined &&
            named.current === undefined &&
            !plan.isDelete(named) &&
            !this.#toRemove.has(named) &&
            plan.mark(named).candidate !== undefined
          ) {
            const broken = plan.brokenCount();
            plan.markInstall(named, true, false, 1);
            if (plan.isBroken(named) || plan.brokenCount() > broken) plan.markDelete(named, false, false, 1);
          }
        }
        walk.changed = true;
        return true;
      }
      if (demand.type === 'Breaks' && plan.holds(demand, 'candidate')) {
        plan.markInstall(other, false, false);
        continue;
      }
      const mark = plan.mark(other);
      if (mark.protected && mark.mode !== 'delete') continue;
      walk.kills.push({ other, demand });
      if (!demand.negative) break;
    }
    return false;
  }

  #kill(walk: Walk): void {
    const plan = this.#plan;
    for (const { other, demand } of walk.kills) {
      let something = false;
      if (!plan.holds(demand, 'now')) something = demand.negative && plan.markDelete(other, false, false);
      else something = plan.markKeep(other, false);
      if ((!something || walk.round > 1) && this.#score(walk.owner) > this.#score(other)) {
        this.#scores.set(other, this.#score(walk.owner));
        walk.changed = true;
      }
      if (something) walk.changed = true;
    }
  }

  /** Mends by keeping only: nothing new, nothing removed. */
  resolveByKeep(): Resolved {
    const plan = this.#plan;
    this.#makeScores();
    const ordered = this.#ordered();
    const bad = (owner: Package): boolean =>
      plan.isBroken(owner) || (!plan.isNowPolicyBroken(owner) && plan.isPolicyBroken(owner));
    let lastStop: Package | undefined;
    for (let at = 0; at < ordered.length; at++) {
      const owner = ordered[at];
      if (owner === undefined || plan.mark(owner).install === undefined || !bad(owner)) continue;
      if (!plan.mark(owner).protected) {
        plan.markKeep(owner, false);
        if (!bad(owner)) {
          at = -1;
          continue;
        }
      }
      for (const demand of plan.mark(owner).install?.demands ?? []) {
        if (!demand.critical || plan.holds(demand, 'install')) continue;
        for (const atom of demand.atoms) {
          for (const version of targets(plan.universe, demand, atom)) {
            const other = version.package;
            if (plan.mark(other).install === undefined || other.current === undefined) continue;
            if (!plan.mark(other).protected) plan.markKeep(other, false);
            if (!bad(owner)) break;
          }
          if (!bad(owner)) break;
        }
        if (!bad(owner)) break;
      }
      if (bad(owner)) continue;
      if (owner === lastStop) return 'looping';
      lastStop = owner;
      at = -1;
    }
    return 'solved';
  }
}

interface Walk {
  readonly owner: Package;
  readonly round: number;
  readonly upgrades: boolean;
  readonly kills: { readonly other: Package; readonly demand: Demand }[];
  changed: boolean;
  alternative: 'remove' | 'keep';
}
