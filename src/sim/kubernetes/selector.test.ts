import { expect, test } from 'vitest';
import { formatLabels, formatLabelSelector, matchesLabelSelector, parseSelector } from './selector.ts';

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
