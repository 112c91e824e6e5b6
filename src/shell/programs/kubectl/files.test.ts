import { describe, expect, test } from 'vitest';
import { parseYaml } from './files.ts';
import { parseJsonStream } from './json-stream.ts';

/** The text, and what go-yaml 2.4 says of it (as kubectl 1.32 prints it). */
const slips: readonly (readonly [text: string, error: string])[] = [
  ['a: 1\nb:\n  c: d\n   e: f\n', 'line 4: mapping values are not allowed in this context'],
  ['a: 1\nb:\n  c: d\n e: f\n', 'line 3: did not find expected key'],
  ['a: 1\nb:\n\tc: d\n', 'line 3: found character that cannot start any token'],
  ['a: 1\nb:\n  c: d\n\te: f\n', 'line 4: found a tab character that violates indentation'],
  ['a: 1\nb 2\nc:\n  d: e\n', "line 3: could not find expected ':'"],
  ['a: 1\nb:\n  c: "d\n', 'line 4: found unexpected end of stream'],
  ['a: 1\nb:\n  c: "d\n  e: "f"\n', 'line 3: did not find expected key'],
  ['a: 1\nb: {c: d\n', "line 2: did not find expected ',' or '}'"],
  ['a: 1\nb:\n  c: [d, e\n', "line 3: did not find expected ',' or ']'"],
  ['a: 1\nb:\n  c: @d\n', 'line 3: found character that cannot start any token'],
  ['a: 1\nb:\n  - c: d\n   e: f\n', 'line 3: did not find expected key'],
  ['a: 1\nb:\n  - c\n  d: e\n', "line 3: did not find expected '-' indicator"],
  ['a: 1\nb:\n  c: d\n  - e\n', 'line 3: did not find expected key'],
  ['a: 1\nb:\n  c: d\n  e\n', "line 5: could not find expected ':'"],
  ['a: 1\nb:\n  c: "d\\q"\n', 'line 3: found unknown escape character'],
  ['a: 1\nb:\n  c: ]\n', 'line 2: did not find expected node content'],
  ['a: b: c\n', 'mapping values are not allowed in this context'],
  ['a: *b\n', "unknown anchor 'b' referenced"],
];

describe('YAML', () => {
  test.each(slips)('%j', async (text, error) => {
    expect(await parseYaml(text)).toEqual({ error: `yaml: ${error}` });
  });

  test('times and clock numbers stay text, the last of equal keys counts', async () => {
    const text = 'day: 2026-11-24\nlong: 2026-11-24T09:00:00Z\nclock: 12:30\nyes: on\nkey: 1\nkey: 2\n';
    const value = { day: '2026-11-24', long: '2026-11-24T09:00:00Z', clock: '12:30', true: true, key: 2 };
    expect(await parseYaml(text)).toEqual({ value });
  });
});

describe('JSON', () => {
  test('values one after the other', () => {
    expect(parseJsonStream('{"a":1}\n{"b":[2,"c"]} ')).toEqual({ values: [{ a: 1 }, { b: [2, 'c'] }] });
  });

  test.each([
    ['{"a":1,}', "json: offset 8: invalid character '}' looking for beginning of object key string"],
    ['{"a" 1}', "json: offset 6: invalid character '1' after object key"],
    ['{"a":1 "b"}', `json: offset 8: invalid character '"' after object key:value pair`],
    ['{"a":[1 2]}', "json: offset 9: invalid character '2' after array element"],
    ['{"a":x}', "json: offset 6: invalid character 'x' looking for beginning of value"],
    ['{"a":tru}', "json: offset 9: invalid character '}' in literal true (expecting 'e')"],
    ['{"a":1.}', "json: offset 8: invalid character '}' after decimal point in numeric literal"],
    ['{"a":"\\q"}', "json: offset 8: invalid character 'q' in string escape code"],
    ['{"a":1', 'unexpected EOF'],
  ])('%s', (text, error) => {
    expect(parseJsonStream(text)).toEqual({ values: [], error });
  });

  test('what stands before a mistake is kept', () => {
    expect(parseJsonStream('{"a":1}x').values).toEqual([{ a: 1 }]);
  });
});
