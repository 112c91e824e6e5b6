import { expect, test } from 'vitest';
import { naturalLogarithm } from './natural-logarithm.ts';

test('the logarithm is within a bit of the exact one', () => {
  expect(naturalLogarithm(1)).toBe(0);
  for (let n = 2; n < 20_000; n++) {
    const exact = Math.log(n);
    expect(Math.abs(naturalLogarithm(n) - exact)).toBeLessThanOrEqual(exact * Number.EPSILON);
  }
});
