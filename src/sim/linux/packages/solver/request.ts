// What the user asks of apt, and the plan that comes of it.
// Source: the behaviour of apt 2.6.1.
import type { PlanOptions } from './marks.ts';
import { Plan } from './plan.ts';
import { sweep } from './sweep.ts';
import { candidateOf, type Policy } from './policy.ts';
import { Resolver, type Resolved } from './resolver.ts';
import { type Package, type Universe, type Version } from './universe.ts';

export type Action = 'install' | 'remove' | 'upgrade' | 'full-upgrade' | 'autoremove' | 'fix';

export interface Request {
  readonly action: Action;
  readonly names: readonly string[];
  readonly purge?: boolean;
  readonly autoremove?: boolean;
  readonly reinstall?: boolean;
  readonly onlyUpgrade?: boolean;
  readonly noUpgrade?: boolean;
  /** `upgrade` may install new packages (apt) or not (apt-get). */
  readonly withNew?: boolean;
}

export interface Planned {
  readonly plan: Plan;
  /** Lines said on the way. */
  readonly notes: readonly string[];
  /** What went wrong, without the list of what is broken. */
  readonly errors: readonly string[];
  readonly outcome: Resolved | 'unmet' | 'errors';
  readonly heldBack: readonly Package[];
  /** Asked for by name. */
  readonly asked: ReadonlySet<Package>;
  /** The list of what is no longer needed is shown for these. */
  readonly garbage: readonly Package[];
  readonly autoMarksChanged: number;
  /** Something was broken before anything was asked. */
  readonly wasBroken: boolean;
  readonly candidateBefore: (owner: Package) => Version | undefined;
}

const byName = (a: Package, b: Package): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

export function draw(
  universe: Universe,
  policy: Policy,
  isAuto: (name: string) => boolean,
  request: Request,
  options: PlanOptions,
): Planned {
  const plan = new Plan(universe, (owner) => candidateOf(owner, policy), isAuto, options);
  const resolver = new Resolver(plan);
  const notes: string[] = [];
  const errors: string[] = [];
  const asked = new Set<Package>();
  let autoMarksChanged = 0;
  const before = new Map(universe.packages.map((owner) => [owner, plan.mark(owner).candidate] as const));
  const result = (outcome: Planned['outcome'], garbage: readonly Package[] = []): Planned => ({
    plan,
    notes,
    errors,
    outcome,
    asked,
    garbage,
    autoMarksChanged,
    wasBroken: brokenBefore,
    heldBack: universe.packages
      .filter((owner) => {
        if (owner.current === undefined || plan.isUpgrade(owner) || plan.isDelete(owner)) return false;
        return upgradable.has(owner);
      })
      .sort(byName),
    candidateBefore: (owner) => before.get(owner),
  });
  const upgradable = new Set(
    universe.packages.filter((owner) => plan.isUpgradable(owner) && owner.current !== undefined),
  );
  const brokenBefore = plan.brokenCount() > 0;
  const installs: Version[] = [];
  const removals: Package[] = [];
  for (const text of request.names) readName(text);
  if (errors.length > 0) return result('errors');

  for (const owner of removals) {
    resolver.clear(owner);
    resolver.protect(owner);
    resolver.remove(owner);
    asked.add(owner);
    if (owner.current === undefined && !(request.purge === true && owner.configFiles)) {
      notes.push(`Package '${owner.name}' is not installed, so not removed`);
      owner.held = true;
    } else plan.markDelete(owner, request.purge === true, true);
  }
  const later: Package[] = [];
  for (const version of installs) {
    const owner = version.package;
    plan.setCandidate(version);
    const mark = plan.mark(owner);
    asked.add(owner);
    if (request.noUpgrade === true && owner.current !== undefined) {
      notes.push(`Skipping ${owner.name}, it is already installed and upgrade is not set.`);
    } else if (request.onlyUpgrade === true && owner.current === undefined) {
      notes.push(`Skipping ${owner.name}, it is not installed and only upgrades are requested.`);
    } else {
      resolver.clear(owner);
      resolver.protect(owner);
      plan.markInstall(owner, false, true);
      if (!plan.isInstall(owner)) {
        if (request.reinstall === true) {
          if (owner.current === undefined || owner.current.sources.length === 0) {
            notes.push(`Reinstallation of ${owner.name} is not possible, it cannot be downloaded.`);
          } else mark.reinstall = true;
        } else notes.push(`${owner.name} is already the newest version (${owner.current?.control.version ?? ''}).`);
      }
      if (!brokenBefore) later.push(owner);
    }
    if (!plan.isInstall(owner) && mark.auto && request.reinstall !== true && request.onlyUpgrade !== true) {
      notes.push(`${owner.name} set to manually installed.`);
      mark.auto = false;
      autoMarksChanged++;
    }
  }
  for (const owner of later.sort((a, b) => a.id - b.id)) plan.markInstall(owner, true, true);
  if (brokenBefore && plan.brokenCount() > 0 && request.action !== 'fix') return result('unmet');

  const outcome = resolve();
  if (plan.brokenCount() > 0) return result(outcome);
  const garbage = leftovers(plan, request);
  return result('solved', garbage);

  function resolve(): Resolved {
    if (request.action === 'upgrade') return upgrade();
    if (request.action === 'full-upgrade') return fullUpgrade();
    if (request.action === 'fix') {
      for (const owner of universe.packages) if (plan.isNowBroken(owner)) plan.markInstall(owner, true, false);
      return new Resolver(plan).resolve(true);
    }
    return resolver.resolve(true);
  }

  function upgrade(): Resolved {
    const keeper = new Resolver(plan);
    const wanted = (owner: Package): boolean =>
      owner.current !== undefined && plan.mark(owner).install !== undefined && !owner.held;
    for (const owner of universe.packages) {
      if (request.withNew !== true && plan.isInstall(owner)) keeper.protect(owner);
      if (wanted(owner)) plan.markInstall(owner, false, false);
    }
    if (request.withNew === true) {
      for (const owner of universe.packages) if (plan.isInstall(owner)) plan.markInstall(owner, true, false);
      for (const owner of universe.packages) if (plan.isDelete(owner)) plan.markKeep(owner, false);
    }
    return keeper.resolveByKeep();
  }

  function fullUpgrade(): Resolved {
    const installed = universe.packages.filter((owner) => owner.current !== undefined);
    for (const owner of installed) plan.markInstall(owner, false, false);
    for (const owner of installed) plan.markInstall(owner, true, false);
    for (const owner of universe.packages)
      if (owner.essential && !plan.isInstall(owner)) plan.markInstall(owner, true, false);
    for (const owner of installed) plan.markInstall(owner, false, false);
    const fixer = new Resolver(plan);
    for (const owner of universe.packages) {
      if (!owner.held || options.ignoreHold === true) continue;
      fixer.protect(owner);
      plan.markKeep(owner, false);
    }
    return fixer.resolve(false);
  }

  function readName(text: string): void {
    let name = text;
    let removes = request.action === 'remove' || request.action === 'autoremove';
    if (universe.find(name)?.versions.length === undefined || universe.find(name)?.versions.length === 0) {
      if (text.endsWith('-') && universe.find(text.slice(0, -1)) !== undefined) {
        removes = true;
        name = text.slice(0, -1);
      } else if (text.endsWith('+') && universe.find(text.slice(0, -1)) !== undefined) {
        removes = false;
        name = text.slice(0, -1);
      }
    }
    const equals = /^([^=]+)=(.+)$/.exec(name);
    const slash = /^([^/]+)\/(.+)$/.exec(name);
    const base = equals?.[1] ?? slash?.[1] ?? name;
    const owner = universe.find(base.replace(/:amd64$/, ''));
    if (owner === undefined || (owner.versions.length === 0 && owner.providers.length === 0 && !owner.configFiles)) {
      const known = owner !== undefined && universe.reverse(owner.name).length > 0;
      if (!known || removes) errors.push(`E: Unable to locate package ${base}`);
      else {
        notes.push(...noCandidate(owner));
        errors.push(`E: Package '${base}' has no installation candidate`);
      }
      return;
    }
    if (removes) {
      removals.push(owner);
      return;
    }
    if (equals !== null) {
      const [, , wanted = ''] = equals;
      const version = owner.versions.find((entry) => entry.control.version === wanted);
      if (version === undefined) {
        notes.push(...noCandidate(owner));
        errors.push(`E: Version '${wanted}' for '${owner.name}' was not found`);
      } else {
        installs.push(version);
      }
      return;
    }
    if (slash !== null) {
      const [, , release = ''] = slash;
      const version = owner.versions.find((entry) =>
        entry.sources.some((source) => source.suite === release || source.codename === release),
      );
      if (version === undefined) {
        notes.push(...noCandidate(owner));
        errors.push(`E: Release '${release}' for '${owner.name}' was not found`);
      } else {
        notes.push(...selected(version));
        installs.push(version);
      }
      return;
    }
    const { candidate } = plan.mark(owner);
    if (candidate !== undefined) installs.push(candidate);
    else if (owner.versions.length === 0) chooseProvider(owner);
    else {
      notes.push(...noCandidate(owner));
      errors.push(`E: Package '${owner.name}' has no installation candidate`);
    }
  }

  function selected(version: Version): string[] {
    const release = version.sources.map(describeSource).join(', ') || 'now';
    return [
      `Selected version '${version.control.version}' (${release} [${version.control.architecture}]) for '${version.package.name}'`,
    ];
  }

  function chooseProvider(owner: Package): void {
    const candidates = [
      ...new Set(
        owner.providers
          .filter((provision) => plan.mark(provision.version.package).candidate === provision.version)
          .map((provision) => provision.version),
      ),
    ];
    const [only, ...others] = candidates;
    if (only !== undefined && others.length === 0) {
      notes.push(`Note, selecting '${only.package.name}' instead of '${owner.name}'`);
      installs.push(only);
      return;
    }
    notes.push(`Package ${owner.name} is a virtual package provided by:`);
    for (const version of candidates) notes.push(`  ${version.package.name} ${version.control.version}`);
    notes.push('');
    errors.push(`E: Package '${owner.name}' has no installation candidate`);
  }

  function noCandidate(owner: Package): string[] {
    return [
      `Package ${owner.name} is not available, but is referred to by another package.`,
      'This may mean that the package is missing, has been obsoleted, or',
      'is only available from another source',
      '',
    ];
  }
}

const describeSource = (source: Source): string =>
  [source.label || source.origin, source.codename || source.suite].filter((part) => part !== '').join(':');
type Source = Version['sources'][number];

/** Removes what is no longer needed when asked; otherwise names it. */
function leftovers(plan: Plan, request: Request): readonly Package[] {
  sweep(plan);
  const removes = request.autoremove === true || request.action === 'autoremove';
  const tooMuch: Package[] = [];
  let shown = false;
  for (const owner of [...plan.universe.packages].sort(byName)) {
    const mark = plan.mark(owner);
    if (!mark.garbage) continue;
    if (removes) {
      if (owner.current !== undefined) plan.markDelete(owner, request.purge === true, false);
      else plan.markKeep(owner, false);
    } else if (mark.mode === 'install' && owner.current === undefined) {
      tooMuch.push(owner);
      plan.markDelete(owner, false, false);
    } else if (mark.mode !== 'delete') shown = true;
  }
  if (tooMuch.length > 0) shown = saveNeeded(plan, tooMuch) || shown;
  if (removes || !shown) return [];
  sweep(plan);
  return [...plan.universe.packages].filter((owner) => plan.mark(owner).garbage && !plan.isDelete(owner)).sort(byName);
}

/** New packages were dropped as garbage although something that stays needs them. */
function saveNeeded(plan: Plan, tooMuch: Package[]): boolean {
  let saved = false;
  for (;;) {
    const bad = plan.universe.packages.some((owner) => plan.isBroken(owner) || plan.isPolicyBroken(owner));
    if (!bad) return saved;
    const again = tooMuch.findIndex((owner) => {
      const names = [owner.name, ...(plan.mark(owner).candidate?.control.provides ?? []).map(({ name }) => name)];
      return names.some((name) =>
        plan.universe.reverse(name).some((demand) => {
          if (demand.negative || !plan.isImportant(demand)) return false;
          const parent = demand.owner.package;
          if (parent.current === demand.owner) return plan.mark(parent).mode === 'keep';
          return plan.mark(parent).candidate === demand.owner && plan.isInstall(parent);
        }),
      );
    });
    const owner = tooMuch[again];
    if (owner === undefined) return saved;
    plan.markInstall(owner, false, false);
    tooMuch.splice(again, 1);
    saved = true;
  }
}
