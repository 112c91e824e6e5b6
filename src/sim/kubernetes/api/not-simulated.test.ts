import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { resources } from '../resources.ts';
import { fieldsWithoutEffect, notSimulatedWarnings, readFields } from './not-simulated.ts';
import { SIMULATED, TOLD } from './not-simulated.testing.ts';
import { schemaText } from './schema.generated.ts';

const schema = new Map(
  schemaText
    .trim()
    .split('\n')
    .map((line) => {
      const [type = '', ...fields] = line.split(' ');
      return [type, fields.map((f) => /^(\w+)!?~?:(?:\[\]|\{\})*(.+)$/.exec(f)?.slice(1) ?? [])] as const;
    }),
);
const simulated = readFields(SIMULATED);
const told = readFields(TOLD);
const withoutEffect = fieldsWithoutEffect();

/** `Type.field` of everything a manifest of a served kind can say, but for what lies below a field without effect. */
function reachable(): ReadonlySet<string> {
  const out = new Set<string>();
  const seen = new Set<string>();
  const visit = (type: string): void => {
    const fields = schema.get(type);
    if (!fields || seen.has(type)) return;
    seen.add(type);
    const whole = fields.some(([name]) => name === 'metadata');
    for (const [name = '', inner = ''] of fields) {
      if (whole && ['apiVersion', 'kind', 'metadata', 'status'].includes(name)) continue;
      out.add(`${type}.${name}`);
      if (!withoutEffect.get(type)?.includes(name)) visit(inner);
    }
  };
  for (const { kind } of resources) visit(kind);
  return out;
}

const classes = [simulated, told, withoutEffect].map(
  (map) => new Set([...map].flatMap(([type, fields]) => fields.map((field) => `${type}.${field}`))),
);

test('every field of the schema is in exactly one class', () => {
  for (const field of reachable())
    expect([field, classes.filter((fields) => fields.has(field)).length]).toEqual([field, 1]);
});

test('no class names a field that nobody can write', () => {
  const all = reachable();
  expect(classes.flatMap((fields) => [...fields].filter((field) => !all.has(field)))).toEqual([]);
});

test('the README lists the fields without effect', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const section = readme.slice(readme.indexOf('## Fields without effect'));
  const rows = [...section.matchAll(/^\| `(\w+)` \| (.+?) +\|$/gm)].map(
    ([, type = '', fields = '']) => [type, fields.split(' ').map((f) => f.replaceAll('`', ''))] as const,
  );
  expect(rows).toEqual([...withoutEffect].sort(([a], [b]) => (a < b ? -1 : 1)));
});

test('each field without effect is warned about where it stands, and only when it is new', () => {
  const container = { name: 'c', image: 'i', tty: true, terminationMessagePolicy: 'File' };
  const pod = { spec: { containers: [container], hostPID: true, dnsPolicy: 'ClusterFirst' } };
  const template = { metadata: { labels: { a: 'b' } }, spec: pod.spec };
  expect(notSimulatedWarnings('Pod', pod)).toEqual([
    'spec.containers[0].tty is not simulated here and has no effect',
    'spec.hostPID is not simulated here and has no effect',
  ]);
  expect(notSimulatedWarnings('CronJob', { spec: { jobTemplate: { spec: { template } } } })).toEqual([
    'spec.jobTemplate.spec.template.spec.containers[0].tty is not simulated here and has no effect',
    'spec.jobTemplate.spec.template.spec.hostPID is not simulated here and has no effect',
  ]);
  const sleep = { sleep: { seconds: 5 } };
  const hooked = { name: 'c', image: 'i', lifecycle: { postStart: sleep, preStop: sleep } };
  expect(notSimulatedWarnings('Pod', { spec: { containers: [hooked] } })).toEqual([
    'spec.containers[0].lifecycle.postStart.sleep is not simulated here and has no effect',
  ]);
  expect(notSimulatedWarnings('Pod', pod, pod)).toEqual([]);
  expect(notSimulatedWarnings('StorageClass', { provisioner: 'x', parameters: { a: 'b' } })).toEqual([
    'parameters is not simulated here and has no effect',
  ]);
});
