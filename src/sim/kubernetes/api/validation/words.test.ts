// The words of refusals that were once different from those of the original.
import { describe, expect, test } from 'vitest';
import { resources } from '../../resources.ts';
import { applyDefaults } from '../defaults.ts';
import type { JsonObject } from '../json.ts';
import { warningsFor } from '../warnings.ts';
import { fieldErrorText, goQuantity } from './field-error.ts';
import { validateCreate, validateUpdate } from './index.ts';

function object(kind: string, body: JsonObject): JsonObject {
  const made = { metadata: { name: 'x', namespace: 'default' }, ...structuredClone(body) } as JsonObject;
  applyDefaults(kind, made);
  return made;
}
function errorsOf(kind: string, after: JsonObject, before?: JsonObject): string[] {
  const info = resources.find((r) => r.kind === kind);
  if (!info) throw new Error(kind);
  const errors = before
    ? validateUpdate(info, object(kind, after), object(kind, before))
    : validateCreate(info, object(kind, after));
  return errors.map((e) => `${e.field}: ${fieldErrorText(e)}`);
}

const template = (pod: JsonObject = {}): JsonObject => ({
  metadata: { labels: { app: 'x' } },
  spec: { containers: [{ name: 'c', image: 'i' }], ...pod },
});
const set = (more: JsonObject = {}, pod: JsonObject = {}): JsonObject => ({
  spec: { selector: { matchLabels: { app: 'x' } }, template: template(pod), ...more },
});
const job = (more: JsonObject = {}): JsonObject => ({
  spec: { template: template({ restartPolicy: 'Never' }), ...more },
});
const indexed = (more: JsonObject = {}): JsonObject => job({ completionMode: 'Indexed', completions: 3, ...more });
const cron = (schedule: string, more: JsonObject = {}): JsonObject => ({
  spec: { schedule, jobTemplate: job(), ...more },
});
const hpa = (metric: JsonObject): JsonObject => ({
  spec: { scaleTargetRef: { kind: 'Deployment', name: 'web' }, maxReplicas: 3, metrics: [metric] },
});
const rule = (more: JsonObject): JsonObject => job({ podFailurePolicy: { rules: [more] } });
const MISMATCH =
  'spec.template.metadata.labels: Invalid value: map[string]string{"app":"x"}: `selector` does not match template `labels`';
const TZ = 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';

describe('a new object is refused in the words of the original', () => {
  test.each<[string, JsonObject, readonly string[]]>([
    ['Deployment', { spec: { template: template() } }, ['spec.selector: Required value', MISMATCH]],
    ['DaemonSet', { spec: { template: template() } }, [MISMATCH]],
    [
      'ReplicaSet',
      set({ selector: {} }),
      [
        'spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string(nil), MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: empty selector is invalid for deployment',
      ],
    ],
    ...(['Deployment', 'DaemonSet', 'StatefulSet'] as const).map((kind): [string, JsonObject, readonly string[]] => [
      kind,
      set({}, { activeDeadlineSeconds: 5 }),
      [
        `spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in ${kind === 'Deployment' ? 'ReplicaSet' : kind} is not Supported`,
      ],
    ]),
    [
      'DaemonSet',
      set({ updateStrategy: { type: 'Odd' } }),
      [
        'spec.updateStrategy: Unsupported value: apps.DaemonSetUpdateStrategy{Type:"Odd", RollingUpdate:(*apps.RollingUpdateDaemonSet)(nil)}: supported values: "RollingUpdate", "OnDelete"',
      ],
    ],
    [
      'DaemonSet',
      set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '120%' } } }),
      [
        'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"120%"}: must not be greater than 100%',
      ],
    ],
    [
      'Job',
      job({ completionMode: 'Odd' }),
      ['spec.completionMode: Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"'],
    ],
    [
      'Job',
      job({ maxFailedIndexes: 1 }),
      [
        'spec.backoffLimitPerIndex: Required value: when maxFailedIndexes is specified',
        'spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
      ],
    ],
    [
      'Job',
      indexed({ backoffLimitPerIndex: 1, maxFailedIndexes: 4 }),
      ['spec.maxFailedIndexes: Invalid value: 4: must be less than or equal to completions'],
    ],
    [
      'Job',
      { metadata: { name: 'a'.repeat(62) }, ...indexed() },
      [
        `metadata.name: Invalid value: "${'a'.repeat(62)}": will not able to create pod with invalid DNS label: ${'a'.repeat(62)}-2`,
      ],
    ],
    [
      'Job',
      rule({ onExitCodes: { operator: 'In', values: [2, 1, 0] } }),
      [
        'spec.podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" "Ignore"]',
        'spec.podFailurePolicy.rules[0].onExitCodes.values[2]: Invalid value: 0: must not be 0 for the In operator',
        'spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []int32{2, 1, 0}: must be ordered',
      ],
    ],
    [
      'Job',
      rule({ action: 'Ignore' }),
      ['spec.podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is required'],
    ],
    [
      'Job',
      indexed({
        successPolicy: { rules: [{ succeededIndexes: '0,2', succeededCount: 3 }, { succeededIndexes: '3' }] },
      }),
      [
        'spec.successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the number of indexes in the specified succeededIndexes field)',
        'spec.successPolicy.rules[1].succeededIndexes: Invalid value: "3": error parsing succeededIndexes: too large index: "3"',
      ],
    ],
    ['CronJob', cron('TZ=UTC 0 * * * *'), [`spec.schedule: Invalid value: "TZ=UTC 0 * * * *": ${TZ}`]],
    [
      'CronJob',
      cron('0 * * * *', { timeZone: 'Etc/../UTC' }),
      ['spec.timeZone: Invalid value: "Etc/../UTC": unknown time zone Etc/../UTC'],
    ],
    ['CronJob', cron('0 * * * *', { timeZone: 'Etc/GMT+1' }), []],
    [
      'HorizontalPodAutoscaler',
      hpa({ type: 'Odd', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 5 } } }),
      [
        'spec.metrics[0].type: Unsupported value: "Odd": supported values: "ContainerResource", "External", "Object", "Pods", "Resource"',
      ],
    ],
    [
      'HorizontalPodAutoscaler',
      hpa({
        type: 'Object',
        object: { describedObject: { kind: 'Service', name: 's' }, metric: { name: 'm' }, target: {} },
      }),
      [
        'spec.metrics[0].object.target.type: Required value: must specify a metric target type',
        'spec.metrics[0].object.target.type: Invalid value: "": must be either Utilization, Value, or AverageValue',
        'spec.metrics[0].object.target.averageValue: Required value: must set either a target value or averageValue',
      ],
    ],
    [
      'ResourceQuota',
      { spec: { hard: { cpu: '1', pods: '3' }, scopes: ['BestEffort'] } },
      ['spec.scopes: Invalid value: []core.ResourceQuotaScope{"BestEffort"}: unsupported scope applied to resource'],
    ],
    [
      'LimitRange',
      { spec: { limits: [{ type: 'Node', max: { cpu: '1' } }] } },
      ['spec.limits[0].type: Invalid value: "Node": must be a standard limit type or fully qualified'],
    ],
    [
      'Ingress',
      { spec: { defaultBackend: {} } },
      ['spec.defaultBackend: Invalid value: "": resource or service backend is required'],
    ],
    [
      'Ingress',
      {
        metadata: { name: 'x', annotations: { 'kubernetes.io/ingress.class': 'a' } },
        spec: { ingressClassName: 'b', defaultBackend: { service: { name: 's', port: { number: 80 } } } },
      },
      [
        'annotations.kubernetes.io/ingress.class: Invalid value: "a": must match `ingressClassName` when both are specified',
      ],
    ],
    [
      'NetworkPolicy',
      { spec: { podSelector: {}, policyTypes: ['Odd'], ingress: [{ ports: [{ protocol: 'Odd', endPort: 5 }] }] } },
      [
        'spec.ingress[0].ports[0].protocol: Unsupported value: "Odd": supported values: "TCP", "UDP", "SCTP"',
        'spec.ingress[0].ports[0].endPort: Invalid value: 5: may not be specified when `port` is not specified',
        'spec.policyTypes[0]: Unsupported value: "Odd": supported values: "Ingress", "Egress"',
      ],
    ],
    [
      'ClusterRole',
      { aggregationRule: {} },
      [
        'aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
      ],
    ],
    [
      'PersistentVolume',
      {
        spec: {
          accessModes: ['ReadWriteOnce'],
          capacity: { storage: '1Gi' },
          local: { path: '/d' },
        },
      },
      ['spec.nodeAffinity: Required value: Local volume requires node affinity'],
    ],
  ])('%s %j', (kind, body, expected) => {
    expect(errorsOf(kind, body)).toEqual(expected);
  });
});

test.each([
  ['Deployment', 0, 1],
  ['DaemonSet', 0, 0],
  ['StatefulSet', 1, 0],
])('a %s whose name is no label: %i errors, %i warnings', (kind, errors, warnings) => {
  const named = { metadata: { name: 'a.b', namespace: 'default' }, ...set() };
  expect(errorsOf(kind, named)).toHaveLength(errors);
  expect(warningsFor(kind, object(kind, named))).toHaveLength(warnings);
});

describe('a change is refused in the words of the original', () => {
  const FREED = { suspend: true };
  const moved: JsonObject = {
    spec: { suspend: true, template: template({ restartPolicy: 'Never', nodeSelector: { disk: 'ssd' } }) },
  };
  test.each<[string, JsonObject, JsonObject, readonly string[]]>([
    [
      'StatefulSet',
      set({ revisionHistoryLimit: 3 }),
      set(),
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    [
      'Job',
      job({ completions: 2 }),
      job({ completions: 1 }),
      ['spec.completions: Invalid value: 2: field is immutable'],
    ],
    [
      'Job',
      indexed({ completions: 4, parallelism: 2 }),
      indexed({ parallelism: 2 }),
      ['spec.completions: Invalid value: 4: can only be modified in tandem with spec.parallelism'],
    ],
    ['Job', indexed({ completions: 4, parallelism: 4 }), indexed({ parallelism: 2 }), []],
    [
      'Job',
      indexed(),
      indexed({ backoffLimitPerIndex: 1, backoffLimit: 2147483647 }),
      ['spec.backoffLimitPerIndex: Invalid value: "null": field is immutable'],
    ],
    ['Job', moved, job(FREED), []],
    [
      'Job',
      moved,
      { ...job(FREED), status: { startTime: '2024-01-01T00:00:00Z' } },
      ['spec.template: Invalid value: core.PodTemplateSpec{…}: field is immutable'],
    ],
    ['CronJob', cron('TZ=UTC 1 * * * *'), cron('TZ=UTC 0 * * * *'), []],
    ['CronJob', { metadata: { name: 'a'.repeat(53) }, ...cron('1 * * * *') }, cron('0 * * * *'), []],
  ])('%s %j', (kind, after, before, expected) => {
    expect(errorsOf(kind, after, before)).toEqual(expected);
  });
});

test.each([
  ['500m', 500, -3, 'DecimalSI'],
  ['1.5', 15, -1, 'DecimalSI'],
  ['2k', 2, 3, 'DecimalSI'],
  ['1Gi', 1073741824, 0, 'BinarySI'],
  ['-1', -1, 0, 'DecimalSI'],
])('the quantity %s is printed as Go holds it', (text, value, scale, format) => {
  expect(goQuantity(text).go).toBe(
    `resource.Quantity{i:resource.int64Amount{value:${String(value)}, scale:${String(scale)}}, ` +
      `d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"${text}", Format:"${format}"}`,
  );
});
