// What upstream's table (`tests/conformance/upstream-coverage.test.ts`) does not say of quantities.
import { expect, test } from 'vitest';
import upstream from '../../../tests/data/upstream/quantity.json' with { type: 'json' };
import { type ExactQuantity, intValue, isQuantity, milliValue, parseQuantity, scaledValue } from './quantity.ts';

interface Case {
  readonly op: string;
  readonly input?: string;
  readonly expected: object;
}

function parsed(text: string): ExactQuantity {
  const quantity = parseQuantity(text);
  if (!quantity) throw new Error(`not a quantity: ${text}`);
  return quantity;
}

test('the sign changes the sign and nothing else', () => {
  for (const c of upstream.cases as readonly Case[]) {
    if (c.op !== 'parse' || c.input === undefined || 'error' in c.expected) continue;
    const plain = parsed(c.input);
    expect(parsed(`+${c.input}`)).toEqual(plain);
    expect(parsed(`-${c.input}`).nano).toBe(-plain.nano);
  }
});

test('the short ways to thousandths and to units agree with the exact one', () => {
  for (const text of [
    '0',
    '7',
    '250m',
    '1500m',
    '128Mi',
    '3Gi',
    '12Ki',
    '999999Gi',
    '100',
    '0.1',
    '1e3',
    '1500M',
    '1Ti',
  ]) {
    expect([text, milliValue(text)]).toEqual([text, scaledValue(parsed(text), -3)]);
    expect([text, intValue(text)]).toEqual([text, scaledValue(parsed(text), 0)]);
  }
  expect(isQuantity('1GiB')).toBe(false);
});
