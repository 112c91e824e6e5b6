// Runs the tables of Kubernetes' own unit tests for selectors (kinds selector-parse, selector-match, label-selector).
import type { Labels, LabelSelector } from '../../../src/sim/kubernetes/objects.ts';
import {
  formatRequirements,
  labelSelectorAsMap,
  matchesLabels,
  matchesLabelSelector,
  matchesRequirements,
  newRequirement,
  parseSelector,
  type Requirement,
  requirementsOf,
} from '../../../src/sim/kubernetes/selector.ts';
import { checked, contains, fail, type Runner, same } from './check.ts';

function requirements(text: string): Requirement[] {
  const parsed = parseSelector(text);
  if (!Array.isArray(parsed)) fail(parsed.error);
  return parsed;
}

interface ParseCase {
  readonly id: number;
  readonly name: string;
  readonly table: string;
  readonly input?: string;
  readonly inputs?: readonly string[];
  readonly requirement?: Requirement;
  readonly requirements?: readonly Requirement[];
  readonly expected: {
    readonly valid?: boolean;
    readonly string?: string;
    readonly requirements?: readonly Requirement[];
  };
}

interface MatchCase {
  readonly id: number;
  readonly name: string;
  readonly selector?: string;
  readonly selectorLabels?: Labels;
  readonly requirements?: readonly Requirement[];
  readonly labels: Labels;
  readonly expected: { readonly matches: boolean };
}

interface LabelSelectorCase {
  readonly id: number;
  readonly name: string;
  readonly table: string;
  readonly labelSelector: LabelSelector | null;
  readonly expected: {
    readonly error: boolean;
    readonly selector?: string;
    readonly matchesNothing?: boolean;
    readonly map?: Labels | null;
    readonly errorContains?: string;
  };
}

function parse(c: ParseCase): void {
  switch (c.table) {
    case 'requirement': {
      const { key, operator, values } = c.requirement as Requirement;
      same('error' in newRequirement(key, operator, values), !(c.expected.valid ?? false));
      return;
    }
    case 'to-string':
      same(formatRequirements(c.requirements ?? []), c.expected.string);
      return;
    case 'same-string':
      for (const input of c.inputs ?? []) same(formatRequirements(requirements(input)), c.expected.string, input);
      return;
    case 'parse':
    case 'set-parse': {
      const parsed = parseSelector(c.input ?? '');
      same(Array.isArray(parsed), c.expected.valid, 'valid');
      if (!Array.isArray(parsed)) return;
      if (c.expected.requirements) same(parsed, c.expected.requirements);
      if (c.expected.string !== undefined) same(formatRequirements(parsed), c.expected.string);
      return;
    }
    default:
      fail(`unknown table ${c.table}`);
  }
}

function labelSelector(c: LabelSelectorCase): void {
  const selector = c.labelSelector ?? undefined;
  if (c.table === 'as-map') {
    const { map, error } = labelSelectorAsMap(selector);
    same(map, c.expected.map, 'map');
    same(error !== undefined, c.expected.error, 'error');
    if (c.expected.errorContains !== undefined) contains(error, c.expected.errorContains);
    return;
  }
  if (c.table !== 'as-selector') fail(`unknown table ${c.table}`);
  const made = requirementsOf(selector);
  if (c.expected.matchesNothing) {
    same(made, undefined);
    same(matchesLabelSelector(selector, {}), false);
  } else if (c.expected.error) same(Array.isArray(made), false, 'a list of requirements');
  else same(formatRequirements(made as Requirement[]), c.expected.selector);
}

export const selectorRunners: Readonly<Record<string, Runner>> = {
  'selector-parse': checked(parse),
  'selector-match': checked<MatchCase>((c) => {
    const matched = c.selectorLabels
      ? matchesLabels(c.selectorLabels, c.labels)
      : matchesRequirements(c.requirements ?? requirements(c.selector ?? ''), c.labels);
    same(matched, c.expected.matches);
  }),
  'label-selector': checked(labelSelector),
};
