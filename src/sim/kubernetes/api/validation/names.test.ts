import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as names from './names.ts';

interface Case {
  readonly id: number;
  readonly name: string;
  readonly table: string;
  readonly value: string | number;
  readonly expected: { readonly valid: boolean };
}
const file = new URL('../../../../../tests/data/upstream/name-validation.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { cases: readonly Case[] };

const rules: Readonly<Record<string, names.NameRule>> = {
  'dns1123-label': names.isDNS1123Label,
  'dns1123-subdomain': names.isDNS1123Subdomain,
  'dns1035-label': names.isDNS1035Label,
  'qualified-name': names.isQualifiedName,
  'label-value': names.isLabelValue,
  'config-map-key': names.isConfigMapKey,
  'port-name': names.isPortName,
  percent: names.isPercent,
  'port-number': (value) => names.isPortNumber(Number(value)),
};

describe('the upstream table', () => {
  test.each(cases)('$id $name', ({ table, value, expected }) => {
    const rule = rules[table];
    if (!rule) throw new Error(`no rule for table ${table}`);
    expect(rule(String(value)).length === 0).toBe(expected.valid);
  });
});

test('the words are the API server’s', () => {
  expect(names.isDNS1123Subdomain('Web')).toEqual([
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
  ]);
  expect(names.isLabelValue('a b')).toEqual([
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
  ]);
  expect(names.isDNS1035Label('1web')[0]).toContain("(e.g. 'my-name',  or 'abc-123', regex used for validation is");
});
