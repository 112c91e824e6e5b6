// The plan that apt draws up: for every package whether it is kept, installed or removed, what is broken then, and the first
// attempt at pulling in what is needed.
// Source: the behaviour of apt 2.6.1's dependency cache, compared over generated repositories. Departure: one architecture.
import {
  isSatisfiedBy,
  isSatisfiedByProvision,
  type Demand,
  type Package,
  type Universe,
  type Version,
} from './universe.ts';
import { compareVersions } from '../version.ts';

type Mode = 'keep' | 'install' | 'delete';

export interface Mark {
  mode: Mode;
  /** What will be there. */
  install: Version | undefined;
  candidate: Version | undefined;
  /** The candidate as the states of demands have seen it last. */
  seen: Version | undefined;
  protected: boolean;
  auto: boolean;
  purge: boolean;
  reinstall: boolean;
  garbage: boolean;
  marked: boolean;
  /** Of the candidate against the current version; 2: nothing installed or no candidate. */
  status: number;
}

type Moment = 'now' | 'install' | 'candidate';

export interface PlanOptions {
  readonly recommends: boolean;
  readonly suggests?: boolean;
  readonly ignoreHold?: boolean;
}

const priorities = ['required', 'important', 'standard', 'optional', 'extra'];
export const priorityOf = (version: Version): number => {
  const at = priorities.indexOf(version.control.priority);
  return at === -1 ? 5 : at + 1;
};

export class Marks {
  readonly universe: Universe;
  readonly options: PlanOptions;
  readonly #marks = new Map<Package, Mark>();

  constructor(
    universe: Universe,
    candidateOf: (owner: Package) => Version | undefined,
    isAuto: (name: string) => boolean,
    options: PlanOptions,
  ) {
    this.universe = universe;
    this.options = options;
    for (const owner of universe.packages) {
      const candidate = candidateOf(owner);
      this.#marks.set(owner, {
        mode: 'keep',
        install: owner.current,
        candidate,
        seen: candidate,
        protected: false,
        auto: isAuto(owner.name),
        purge: false,
        reinstall: false,
        garbage: false,
        marked: false,
        status: 0,
      });
      this.updateStatus(owner);
    }
  }

  mark(owner: Package): Mark {
    const found = this.#marks.get(owner);
    if (found === undefined) throw new Error(`no mark of ${owner.name}`);
    return found;
  }

  // -------------------------------------------------------------------------------------------------- questions

  isInstall(owner: Package): boolean {
    return this.mark(owner).mode === 'install';
  }
  isDelete(owner: Package): boolean {
    return this.mark(owner).mode === 'delete';
  }
  isNew(owner: Package): boolean {
    const mark = this.mark(owner);
    return mark.status === 2 && mark.mode === 'install';
  }
  isUpgrade(owner: Package): boolean {
    const mark = this.mark(owner);
    return mark.status > 0 && mark.mode === 'install';
  }
  isUpgradable(owner: Package): boolean {
    const mark = this.mark(owner);
    return mark.status >= 1 && mark.candidate !== undefined;
  }

  isImportant(demand: Demand): boolean {
    if (demand.critical) return true;
    if (demand.type === 'Recommends') return this.options.recommends;
    return demand.type === 'Suggests' && this.options.suggests === true;
  }

  /** Whether what one alternative names is there at that moment; for a negative demand: whether the enemy is. */
  #met(demand: Demand, index: number, moment: Moment): boolean {
    const atom = demand.atoms[index];
    if (atom === undefined) return false;
    const named = this.universe.find(atom.name);
    if (named === undefined) return false;
    const self = demand.owner.package;
    const at = (owner: Package): Version | undefined => {
      if (moment === 'now') return owner.current;
      const mark = this.mark(owner);
      return moment === 'install' ? mark.install : mark.seen;
    };
    if (!(demand.negative && named === self)) {
      const version = at(named);
      if (version !== undefined && isSatisfiedBy(atom, version)) return true;
    }
    return named.providers.some(
      (provision) =>
        !(demand.negative && provision.version.package === self) &&
        at(provision.version.package) === provision.version &&
        isSatisfiedByProvision(atom, provision),
    );
  }

  /** One alternative is fine by itself. */
  holdsAt(demand: Demand, index: number, moment: Moment): boolean {
    return this.#met(demand, index, moment) !== demand.negative;
  }

  /** The demand as a whole is fine. */
  holds(demand: Demand, moment: Moment): boolean {
    if (demand.negative) return !this.#met(demand, 0, moment);
    return demand.atoms.some((_, index) => this.#met(demand, index, moment));
  }

  isBroken(owner: Package): boolean {
    const version = this.mark(owner).install;
    return version?.demands.some((demand) => demand.critical && !this.holds(demand, 'install')) ?? false;
  }
  isNowBroken(owner: Package): boolean {
    return owner.current?.demands.some((demand) => demand.critical && !this.holds(demand, 'now')) ?? false;
  }
  isPolicyBroken(owner: Package): boolean {
    const version = this.mark(owner).install;
    return version?.demands.some((demand) => this.isImportant(demand) && !this.holds(demand, 'install')) ?? false;
  }
  isNowPolicyBroken(owner: Package): boolean {
    return owner.current?.demands.some((demand) => this.isImportant(demand) && !this.holds(demand, 'now')) ?? false;
  }
  brokenCount(): number {
    return this.universe.packages.reduce((sum, owner) => sum + (this.isBroken(owner) ? 1 : 0), 0);
  }

  protected updateStatus(owner: Package): void {
    const mark = this.mark(owner);
    mark.status =
      owner.current === undefined || mark.candidate === undefined
        ? 2
        : compareVersions(mark.candidate.control.version, owner.current.control.version);
  }

  /** Demands look at the candidate anew. */
  protected touch(owner: Package): void {
    const mark = this.mark(owner);
    mark.seen = mark.candidate;
  }
}
