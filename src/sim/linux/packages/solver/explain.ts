// Why a plan does not hold, in apt's words.
import type { Package } from './universe.ts';
import type { Plan } from './plan.ts';

const words = {
  PreDepends: 'PreDepends',
  Depends: 'Depends',
  Conflicts: 'Conflicts',
  Breaks: 'Breaks',
  Recommends: 'Recommends',
  Suggests: 'Suggests',
  Replaces: 'Replaces',
} as const;

export function unmetDependencies(plan: Plan, now = false): string {
  let text = 'The following packages have unmet dependencies:\n';
  const sorted = [...plan.universe.packages].sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const owner of sorted) text += unmetOf(plan, owner, now);
  return text;
}

function unmetOf(plan: Plan, owner: Package, now: boolean): string {
  if (!(now ? plan.isNowBroken(owner) : plan.isBroken(owner))) return '';
  const version = now ? owner.current : plan.mark(owner).install;
  let text = ` ${owner.name} :`;
  if (version === undefined) return `${text}\n`;
  const indent = ' '.repeat(owner.name.length + 3);
  let first = true;
  for (const demand of version.demands) {
    if (!plan.isImportant(demand) || plan.holds(demand, now ? 'now' : 'install')) continue;
    for (const [index, atom] of demand.atoms.entries()) {
      if (!first) text += indent;
      first = false;
      text += index === 0 ? ` ${words[demand.type]}: ` : ' '.repeat(words[demand.type].length + 3);
      text += atom.name;
      if (atom.relation !== undefined) text += ` (${comparison(atom.relation)} ${atom.version ?? ''})`;
      const target = plan.universe.find(atom.name);
      if (target?.providers.length === 0) {
        const there = now ? target.current : plan.mark(target).install;
        if (there !== undefined) text += ` but ${there.control.version} is ${now ? 'installed' : 'to be installed'}`;
        else if (plan.mark(target).candidate === undefined) text += ' but it is not installable';
        else text += now ? ' but it is not installed' : ' but it is not going to be installed';
      }
      if (index < demand.atoms.length - 1) text += ' or';
      text += '\n';
    }
  }
  return text;
}

/** apt writes the strict relations with one sign. */
export const comparison = (relation: string): string => (relation === '<<' ? '<' : relation === '>>' ? '>' : relation);
