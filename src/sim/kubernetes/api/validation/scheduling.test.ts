import { expect, test } from 'vitest';
import type { JsonObject } from '../json.ts';
import { applyLabelKeys } from '../label-keys.ts';
import { fieldErrorText } from './field-error.ts';
import { validateScheduling } from './scheduling.ts';

const texts = (spec: JsonObject) => validateScheduling(spec, 'spec').map((e) => `${e.field}: ${fieldErrorText(e)}`);

test('spread constraints', () => {
  const good = { maxSkew: 1, topologyKey: 'zone', whenUnsatisfiable: 'DoNotSchedule', labelSelector: {} };
  expect(texts({ topologySpreadConstraints: [good, { ...good, whenUnsatisfiable: 'ScheduleAnyway' }] })).toEqual([]);
  expect(
    texts({
      topologySpreadConstraints: [
        { ...good, maxSkew: 0, minDomains: 0 },
        good,
        { maxSkew: 1, whenUnsatisfiable: 'Sometimes', matchLabelKeys: ['app'] },
        { ...good, topologyKey: 'a b', whenUnsatisfiable: 'ScheduleAnyway', minDomains: 2, nodeTaintsPolicy: 'Maybe' },
        {
          ...good,
          topologyKey: 'rack',
          labelSelector: { matchLabels: { app: 'web' }, matchExpressions: [{ key: 'k', operator: 'In' }] },
          matchLabelKeys: ['app', 'k'],
        },
      ],
    }),
  ).toEqual([
    'spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero',
    'spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"',
    'spec.topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero',
    'spec.topologySpreadConstraints[2].topologyKey: Required value: can not be empty',
    'spec.topologySpreadConstraints[2].whenUnsatisfiable: Unsupported value: "Sometimes": supported values: "DoNotSchedule", "ScheduleAnyway"',
    'spec.topologySpreadConstraints[2].matchLabelKeys: Forbidden: must not be specified when labelSelector is not set',
    `spec.topologySpreadConstraints[3].topologyKey: Invalid value: "a b": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
    'spec.topologySpreadConstraints[3].minDomains: Invalid value: 2: can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway',
    'spec.topologySpreadConstraints[3].nodeTaintsPolicy: Unsupported value: "Maybe": supported values: "Honor", "Ignore"',
    'spec.topologySpreadConstraints[4].matchLabelKeys[0]: Invalid value: "app": exists in both matchLabelKeys and labelSelector',
    'spec.topologySpreadConstraints[4].matchLabelKeys[1]: Invalid value: "k": exists in both matchLabelKeys and labelSelector',
    "spec.topologySpreadConstraints[4].labelSelector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
  ]);
});

test('affinity to other pods, gates, preemption', () => {
  const term = { topologyKey: 'zone', labelSelector: { matchLabels: { app: 'web' } } };
  const at = 'spec.affinity.podAntiAffinity';
  expect(
    texts({
      affinity: {
        podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] },
        podAntiAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: [
            { ...term, namespaces: ['Upper'], matchLabelKeys: ['v'], mismatchLabelKeys: ['v'] },
          ],
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 101, podAffinityTerm: term },
            { weight: 1, podAffinityTerm: { topologyKey: 'zone', mismatchLabelKeys: ['v'] } },
          ],
        },
      },
      schedulingGates: [{ name: 'a.b/c' }, { name: 'a.b/c' }],
      preemptionPolicy: 'Always',
    }),
  ).toEqual([
    `${at}.requiredDuringSchedulingIgnoredDuringExecution[0].namespace: Invalid value: "Upper": a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')`,
    `${at}.requiredDuringSchedulingIgnoredDuringExecution[0].mismatchLabelKeys[0]: Invalid value: "v": exists in both matchLabelKeys and mismatchLabelKeys`,
    `${at}.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: must be in the range 1-100`,
    `${at}.preferredDuringSchedulingIgnoredDuringExecution[1].podAffinityTerm.mismatchLabelKeys: Forbidden: must not be specified when labelSelector is not set`,
    'spec.schedulingGates[1]: Duplicate value: "a.b/c"',
    'spec.preemptionPolicy: Unsupported value: "Always": supported values: "PreemptLowerPriority", "Never"',
  ]);
});

test('label keys are written into the selector of a new pod', () => {
  const term = (more: JsonObject): JsonObject => ({ topologyKey: 'zone', matchLabelKeys: ['v', 'w'], ...more });
  const required = [term({ labelSelector: { matchLabels: { app: 'web' } }, mismatchLabelKeys: ['t'] }), term({})];
  applyLabelKeys(
    { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: required } } },
    { v: '2', t: 'x' },
  );
  expect(required.map((t) => t.labelSelector)).toEqual([
    {
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'v', operator: 'In', values: ['2'] },
        { key: 't', operator: 'NotIn', values: ['x'] },
      ],
    },
    undefined,
  ]);
});
