import { describe, expect, test } from 'vitest';
import labelSelectorCases from '../../../tests/data/upstream/label-selector.json' with { type: 'json' };
import matchCases from '../../../tests/data/upstream/selector-match.json' with { type: 'json' };
import parseCases from '../../../tests/data/upstream/selector-parse.json' with { type: 'json' };
import type { Labels, LabelSelector } from './objects.ts';
import {
  formatLabels,
  formatLabelSelector,
  formatRequirements,
  labelSelectorAsMap,
  matchesLabels,
  matchesLabelSelector,
  matchesRequirements,
  newRequirement,
  parseSelector,
  type Requirement,
  requirementsOf,
} from './selector.ts';

const named = <C extends { readonly id: number; readonly name: string }>(cases: readonly unknown[]) =>
  (cases as readonly C[]).map((c) => [`${String(c.id)} ${c.name}`, c] as const);

function requirements(text: string): Requirement[] {
  const parsed = parseSelector(text);
  if (!Array.isArray(parsed)) throw new Error(parsed.error);
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

describe('upstream selector-parse', () => {
  test.each(named<ParseCase>(parseCases.cases))('%s', (_, c) => {
    if (c.table === 'requirement') {
      const { key, operator, values } = c.requirement as Requirement;
      expect('error' in newRequirement(key, operator, values)).toBe(!c.expected.valid);
    } else if (c.table === 'to-string') {
      expect(formatRequirements(c.requirements ?? [])).toBe(c.expected.string);
    } else if (c.table === 'same-string') {
      for (const input of c.inputs ?? []) expect(formatRequirements(requirements(input))).toBe(c.expected.string);
    } else {
      const parsed = parseSelector(c.input ?? '');
      expect(Array.isArray(parsed)).toBe(c.expected.valid);
      if (!Array.isArray(parsed)) return;
      if (c.expected.requirements) expect(parsed).toEqual(c.expected.requirements);
      if (c.expected.string !== undefined) expect(formatRequirements(parsed)).toBe(c.expected.string);
    }
  });
});

interface MatchCase {
  readonly id: number;
  readonly name: string;
  readonly selector?: string;
  readonly selectorLabels?: Labels;
  readonly requirements?: readonly Requirement[];
  readonly labels: Labels;
  readonly expected: { readonly matches: boolean };
}

describe('upstream selector-match', () => {
  test.each(named<MatchCase>(matchCases.cases))('%s', (_, c) => {
    const matched = c.selectorLabels
      ? matchesLabels(c.selectorLabels, c.labels)
      : matchesRequirements(c.requirements ?? requirements(c.selector ?? ''), c.labels);
    expect(matched).toBe(c.expected.matches);
  });
});

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

describe('upstream label-selector', () => {
  test.each(named<LabelSelectorCase>(labelSelectorCases.cases))('%s', (_, c) => {
    const selector = c.labelSelector ?? undefined;
    if (c.table === 'as-map') {
      const { map, error } = labelSelectorAsMap(selector);
      expect(map).toEqual(c.expected.map);
      expect(error !== undefined).toBe(c.expected.error);
      if (c.expected.errorContains !== undefined) expect(error).toContain(c.expected.errorContains);
      return;
    }
    const made = requirementsOf(selector);
    if (c.expected.matchesNothing) {
      expect(made).toBeUndefined();
      expect(matchesLabelSelector(selector, {})).toBe(false);
    } else if (c.expected.error) expect(made).toHaveProperty('error');
    else expect(formatRequirements(made as Requirement[])).toBe(c.expected.selector);
  });
});

test('an empty selector matches everything, and prints as none', () => {
  expect(matchesLabelSelector({}, undefined)).toBe(true);
  expect(formatLabelSelector({})).toBe('<none>');
  expect(formatLabelSelector(undefined)).toBe('<none>');
  expect(formatLabels({ b: '2', a: '1' })).toBe('a=1,b=2');
  expect(formatLabels(undefined)).toBe('<none>');
});

test('a text that is no selector is refused as the API server refuses it', () => {
  expect(parseSelector('x nott in (y)')).toEqual({
    error: "unable to parse requirement: found 'nott', expected: in, notin, =, ==, !=, gt, lt",
  });
  expect(parseSelector('x,,y')).toEqual({ error: "found ',', expected: identifier after ','" });
  expect(parseSelector('app=a b')).toEqual({ error: "found 'b', expected: ',' or 'end of string'" });
});
