// What apt shows of a plan before it is carried out, and the order in which it would be.
// Source: apt 2.6.1. Departure: what is needed comes first, and a cycle is entered anywhere.
import type { Sys } from '../../contract.ts';
import { isMeant } from '../control.ts';
import type { Action, Planned } from '../solver/request.ts';
import type { Package, Version } from '../solver/universe.ts';
import { nameList, versionWithSource } from './text.ts';

const byName = (a: Package, b: Package): number => (a.name < b.name ? -1 : 1);

export interface Changes {
  readonly removed: readonly Package[];
  readonly fresh: readonly Package[];
  readonly upgraded: readonly Package[];
  readonly downgraded: readonly Package[];
  readonly reinstalled: readonly Package[];
}

export function changesOf({ plan }: Planned): Changes {
  const sorted = [...plan.universe.packages].sort(byName);
  const installing = sorted.filter((owner) => plan.isInstall(owner));
  return {
    removed: sorted.filter((owner) => plan.isDelete(owner)),
    fresh: installing.filter((owner) => owner.current === undefined),
    upgraded: installing.filter((owner) => owner.current !== undefined && plan.mark(owner).status > 0),
    downgraded: installing.filter((owner) => owner.current !== undefined && plan.mark(owner).status < 0),
    reinstalled: sorted.filter((owner) => plan.mark(owner).reinstall),
  };
}

export const target = (planned: Planned, owner: Package): Version | undefined => planned.plan.mark(owner).install;

export const nameOf = (owner: Package): string => owner.name;

export function changedHeld(changes: Changes): readonly Package[] {
  return [...changes.removed, ...changes.upgraded, ...changes.downgraded].filter(
    (owner) => owner.held && owner.current !== undefined,
  );
}

export function showPlan(sys: Sys, planned: Planned, changes: Changes, upgrading: boolean, action: Action): void {
  const { plan } = planned;
  const show = (title: string, list: readonly string[]): void => sys.out(nameList(title, list, sys.columns));
  if (planned.garbage.length > 0) {
    const one = planned.garbage.length === 1;
    show(
      one
        ? 'The following package was automatically installed and is no longer required:'
        : 'The following packages were automatically installed and are no longer required:',
      planned.garbage.map(nameOf),
    );
    sys.out(`Use 'apt autoremove' to remove ${one ? 'it' : 'them'}.\n`);
  }
  if (action === 'install') {
    const extra = [...changes.fresh, ...changes.upgraded, ...changes.downgraded]
      .filter((owner) => !planned.asked.has(owner))
      .sort(byName);
    show('The following additional packages will be installed:', extra.map(nameOf));
    for (const [title, field] of [
      ['Suggested packages:', 'suggests'],
      ['Recommended packages:', 'recommends'],
    ] as const) {
      const names = new Set<string>();
      for (const owner of [...changes.fresh, ...changes.upgraded, ...changes.downgraded]) {
        for (const clause of target(planned, owner)?.control[field] ?? []) {
          const met = clause.some((atom) =>
            plan.universe.packages.some((other) => {
              const version = plan.mark(other).install;
              return version !== undefined && isMeant(atom, version.control);
            }),
          );
          if (!met) names.add(clause.map((atom) => atom.name).join(' | '));
        }
      }
      show(title, [...names].sort());
    }
  }
  show(
    'The following packages will be REMOVED:',
    changes.removed.map((owner) => owner.name + (plan.mark(owner).purge ? '*' : '')),
  );
  show('The following NEW packages will be installed:', changes.fresh.map(nameOf));
  if (upgrading) show('The following packages have been kept back:', planned.heldBack.map(nameOf));
  show('The following held packages will be changed:', changedHeld(changes).map(nameOf));
  show('The following packages will be upgraded:', changes.upgraded.map(nameOf));
  show('The following packages will be DOWNGRADED:', changes.downgraded.map(nameOf));
  show(
    'WARNING: The following essential packages will be removed.\nThis should NOT be done unless you know exactly what you are doing!',
    changes.removed.filter((owner) => owner.essential).map(nameOf),
  );
  const count = (list: readonly Package[]): string => String(list.length);
  sys.out(
    `${count(changes.upgraded)} upgraded, ${count(changes.fresh)} newly installed, ` +
      (changes.reinstalled.length > 0 ? `${count(changes.reinstalled)} reinstalled, ` : '') +
      (changes.downgraded.length > 0 ? `${count(changes.downgraded)} downgraded, ` : '') +
      `${count(changes.removed)} to remove and ${count(planned.heldBack)} not upgraded.\n`,
  );
}

export function simulate(sys: Sys, planned: Planned, changes: Changes): void {
  for (const owner of changes.removed) {
    sys.out(
      `${planned.plan.mark(owner).purge ? 'Purg' : 'Remv'} ${owner.name} [${owner.current?.control.version ?? ''}]\n`,
    );
  }
  const installs = ordered(
    [...changes.fresh, ...changes.upgraded, ...changes.downgraded, ...changes.reinstalled],
    planned,
  );
  for (const owner of installs) {
    const version = target(planned, owner);
    if (version === undefined) continue;
    const old = owner.current === undefined ? '' : ` [${owner.current.control.version}]`;
    sys.out(`Inst ${owner.name}${old} ${versionWithSource(version)}\n`);
  }
  for (const owner of installs) {
    const version = target(planned, owner);
    if (version !== undefined) sys.out(`Conf ${owner.name} ${versionWithSource(version)}\n`);
  }
}

/** What others depend on comes first. */
export function ordered(owners: readonly Package[], planned: Planned): readonly Package[] {
  const order: Package[] = [];
  const seen = new Set<Package>();
  const visit = (owner: Package): void => {
    if (seen.has(owner)) return;
    seen.add(owner);
    const version = target(planned, owner);
    for (const demand of version?.demands ?? []) {
      if (demand.type !== 'Depends' && demand.type !== 'PreDepends') continue;
      for (const other of owners) {
        const there = target(planned, other);
        if (there !== undefined && demand.atoms.some((atom) => isMeant(atom, there.control))) visit(other);
      }
    }
    order.push(owner);
  };
  // Something that breaks another is unpacked after the other's new version.
  for (const owner of owners) {
    for (const other of owners) {
      const version = target(planned, owner);
      if (
        other.current !== undefined &&
        (version?.control.breaks ?? [])
          .flat()
          .some((atom) => other.current !== undefined && isMeant(atom, other.current.control))
      )
        visit(other);
    }
    visit(owner);
  }
  return order;
}
