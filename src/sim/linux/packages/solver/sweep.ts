// What was installed for the sake of others and is needed by none.
// Source: the behaviour of apt 2.6.1 with its default settings: recommendations and suggestions count as needs.
import { compareVersions } from '../version.ts';
import type { Marks } from './marks.ts';
import { isSatisfiedBy, isSatisfiedByProvision, type Package, type Version } from './universe.ts';

/** Finds what was installed for the sake of others and is needed by none. */
export function sweep(plan: Marks): void {
  for (const owner of plan.universe.packages) {
    const mark = plan.mark(owner);
    mark.marked = false;
    mark.garbage = false;
  }
  const explored = new Set<Package>();
  const boring = (owner: Package): boolean => {
    const mark = plan.mark(owner);
    return (owner.current === undefined && mark.mode === 'keep') || mark.mode === 'delete';
  };
  const future = (owner: Package): Version | undefined =>
    plan.isInstall(owner) ? plan.mark(owner).install : owner.current;
  const visit = (owner: Package, version: Version | undefined): void => {
    const mark = plan.mark(owner);
    if (version === undefined || mark.marked) return;
    if (boring(owner)) {
      explored.add(owner);
      return;
    }
    mark.marked = true;
    for (const demand of version.demands) {
      if (demand.negative || demand.type === 'Replaces') continue;
      for (const atom of demand.atoms) {
        const target = plan.universe.find(atom.name);
        if (target === undefined || explored.has(target)) continue;
        let unsatisfied = false;
        const found: Version[] = [];
        const real = boring(target) ? undefined : future(target);
        if (real !== undefined) {
          if (isSatisfiedBy(atom, real)) found.push(real);
          else unsatisfied = true;
        }
        if (found.length === 0 && !unsatisfied) plan.mark(target).marked = true;
        for (const provision of target.providers) {
          const provider = provision.version.package;
          if (boring(provider) || future(provider) !== provision.version) continue;
          if (isSatisfiedByProvision(atom, provision)) found.push(provision.version);
          else unsatisfied = true;
        }
        if (!unsatisfied) explored.add(target);
        for (const next of latestOfEachSource(found)) visit(next.package, next);
      }
    }
  };
  for (const owner of plan.universe.packages) {
    const mark = plan.mark(owner);
    if (mark.marked || boring(owner)) continue;
    const required = owner.current?.control.priority === 'required';
    if (mark.auto && !owner.essential && !required && !owner.held && !mark.protected) continue;
    visit(owner, future(owner));
  }
  for (const owner of plan.universe.packages) {
    const mark = plan.mark(owner);
    if (mark.marked || boring(owner)) continue;
    mark.garbage = owner.current !== undefined || mark.mode === 'install';
  }
}

/** Of several binary packages of one source only those of its latest version count as providers. */
function latestOfEachSource(versions: readonly Version[]): readonly Version[] {
  const sourceOf = (version: Version): { name: string; version: string } => {
    const match = /^(\S+)(?:\s+\((.*)\))?$/.exec(version.control.source ?? version.package.name);
    return { name: match?.[1] ?? version.package.name, version: match?.[2] ?? version.control.version };
  };
  return versions.filter((version) => {
    const own = sourceOf(version);
    return versions.every((other) => {
      const source = sourceOf(other);
      return source.name !== own.name || compareVersions(source.version, own.version) <= 0;
    });
  });
}
