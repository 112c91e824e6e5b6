import { describe, expect, test } from 'vitest';
import { resources } from '../../resources.ts';
import { applyDefaults } from '../defaults.ts';
import type { JsonObject } from '../json.ts';
import { warningsFor } from '../warnings.ts';
import { fieldErrorText } from './field-error.ts';
import { validateCreate, validateUpdate } from './index.ts';

const infoOf = (kind: string) => {
  const info = resources.find((r) => r.kind === kind);
  if (!info) throw new Error(kind);
  return info;
};
const object = (kind: string, body: JsonObject): JsonObject => {
  const made = { metadata: { name: 'x', namespace: 'default' }, ...structuredClone(body) } as JsonObject;
  applyDefaults(kind, made);
  return made;
};
const created = (kind: string, body: JsonObject) =>
  validateCreate(infoOf(kind), object(kind, body)).map((e) => `${e.field}: ${fieldErrorText(e)}`);
const updated = (kind: string, after: JsonObject, before: JsonObject) =>
  validateUpdate(infoOf(kind), object(kind, after), object(kind, before)).map(
    (e) => `${e.field}: ${fieldErrorText(e)}`,
  );

const template = (spec: JsonObject = {}, labels: JsonObject = { app: 'x' }): JsonObject => ({
  metadata: { labels },
  spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
});
const set = (more: JsonObject = {}): JsonObject => ({
  spec: { selector: { matchLabels: { app: 'x' } }, template: template(), ...more },
});
const job = (more: JsonObject = {}, pod: JsonObject = {}): JsonObject => ({
  spec: { template: template({ restartPolicy: 'Never', ...pod }), ...more },
});
const cron = (schedule: string, more: JsonObject = {}): JsonObject => ({
  spec: { schedule, jobTemplate: job(), ...more },
});
const hpa = (more: JsonObject = {}): JsonObject => ({
  spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' }, maxReplicas: 3, ...more },
});
const claim = (more: JsonObject = {}): JsonObject => ({
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more },
});
const path = (more: JsonObject = {}): JsonObject => ({
  spec: {
    rules: [
      {
        host: 'a.example',
        http: {
          paths: [
            { path: '/', pathType: 'Prefix', backend: { service: { name: 's', port: { number: 80 } } }, ...more },
          ],
        },
      },
    ],
  },
});

describe('on creation', () => {
  test.each<[string, JsonObject, readonly string[]]>([
    ['DaemonSet', set(), []],
    ['DaemonSet', set({ updateStrategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } }), []],
    [
      'DaemonSet',
      set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }),
      [
        'spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: intstr.IntOrString{Type:0, IntVal:1, StrVal:""}: may not be set when maxUnavailable is non-zero',
      ],
    ],
    [
      'DaemonSet',
      { spec: { selector: { matchLabels: { app: 'y' } }, template: template() } },
      [
        'spec.template.metadata.labels: Invalid value: map[string]string{"app":"x"}: `selector` does not match template `labels`',
      ],
    ],
    ['StatefulSet', set({ serviceName: 'x' }), []],
    [
      'StatefulSet',
      set({ podManagementPolicy: 'Odd', updateStrategy: { type: 'Odd' } }),
      [
        "spec.podManagementPolicy: Invalid value: \"Odd\": must be 'OrderedReady' or 'Parallel'",
        "spec.updateStrategy: Invalid value: apps.StatefulSetUpdateStrategy{Type:\"Odd\", RollingUpdate:(*apps.RollingUpdateStatefulSetStrategy)(nil)}: must be 'RollingUpdate' or 'OnDelete'",
      ],
    ],
    ['Job', job(), []],
    [
      'Job',
      job({}, { restartPolicy: 'Always' }),
      ['spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
    ],
    [
      'Job',
      job({ completionMode: 'Indexed', parallelism: 2, backoffLimit: -1 }),
      [
        'spec.backoffLimit: Invalid value: -1: must be greater than or equal to 0',
        'spec.completions: Required value: when completion mode is Indexed',
      ],
    ],
    ['CronJob', cron('*/5 0-23/2 1,15 jan-mar MON'), []],
    ['CronJob', cron('@daily'), []],
    ['CronJob', cron('@every 5m'), []],
    [
      'CronJob',
      cron('* * * *'),
      ['spec.schedule: Invalid value: "* * * *": expected exactly 5 fields, found 4: [* * * *]'],
    ],
    [
      'CronJob',
      cron('60 * * * *'),
      ['spec.schedule: Invalid value: "60 * * * *": end of range (60) above maximum (59): 60'],
    ],
    [
      'CronJob',
      cron('a * * * *'),
      [
        'spec.schedule: Invalid value: "a * * * *": failed to parse int from a: strconv.Atoi: parsing "a": invalid syntax',
      ],
    ],
    ['CronJob', cron('@often'), ['spec.schedule: Invalid value: "@often": unrecognized descriptor: @often']],
    [
      'CronJob',
      cron('* * * * *', { timeZone: 'Local', concurrencyPolicy: 'Odd' }),
      [
        'spec.timeZone: Invalid value: "Local": timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones',
        'spec.concurrencyPolicy: Unsupported value: "Odd": supported values: "Allow", "Forbid", "Replace"',
      ],
    ],
    ['HorizontalPodAutoscaler', hpa(), []],
    [
      'HorizontalPodAutoscaler',
      hpa({
        minReplicas: 5,
        metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization' } } }],
      }),
      [
        'spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`',
        'spec.metrics[0].resource.target.averageUtilization: Required value: must set either a target raw value or a target utilization',
      ],
    ],
    [
      'HorizontalPodAutoscaler',
      hpa({ behavior: { scaleDown: { policies: [{ type: 'Pods', value: 0, periodSeconds: 1801 }] } } }),
      [
        'spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero',
        'spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be less than or equal to 1800',
      ],
    ],
    ['PodDisruptionBudget', { spec: { minAvailable: '50%', selector: {} } }, []],
    [
      'PodDisruptionBudget',
      { spec: { minAvailable: 1, maxUnavailable: '200%' } },
      [
        'spec: Invalid value: policy.PodDisruptionBudgetSpec{…}: minAvailable and maxUnavailable cannot be both set',
        'spec.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:"200%"}: must not be greater than 100%',
      ],
    ],
    [
      'PriorityClass',
      { metadata: { name: 'system-mine' }, value: 1 },
      [
        "metadata.name: Forbidden: priority class names with 'system-' prefix are reserved for system use only. error: system-mine is not a known system priority class",
      ],
    ],
    [
      'PriorityClass',
      { metadata: { name: 'big' }, value: 1000000001 },
      ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ],
    [
      'ResourceQuota',
      { spec: { hard: { apples: '1', pods: '1500m' }, scopes: ['Odd'] } },
      [
        'spec.hard[apples]: Invalid value: "apples": must be a standard resource type or fully qualified',
        'spec.hard[apples]: Invalid value: "apples": must be a standard resource for quota',
        'spec.hard[pods]: Invalid value: resource.Quantity{i:resource.int64Amount{value:1500, scale:-3}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"1500m", Format:"DecimalSI"}: must be an integer',
        'spec.scopes: Invalid value: []core.ResourceQuotaScope{"Odd"}: unsupported scope',
      ],
    ],
    [
      'LimitRange',
      { spec: { limits: [{ type: 'Container', min: { cpu: '2' }, max: { cpu: '1' } }] } },
      [
        'spec.limits[0].min[cpu]: Invalid value: resource.Quantity{i:resource.int64Amount{value:2, scale:0}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"2", Format:"DecimalSI"}: min value 2 is greater than max value 1',
        'spec.limits[0].defaultRequest[cpu]: Invalid value: resource.Quantity{i:resource.int64Amount{value:1, scale:0}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"1", Format:"DecimalSI"}: min value 2 is greater than default request value 1',
        'spec.limits[0].default[cpu]: Invalid value: resource.Quantity{i:resource.int64Amount{value:2, scale:0}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:"2", Format:"DecimalSI"}: min value 2 is greater than default value 1',
      ],
    ],
    ['Secret', { type: 'kubernetes.io/tls', stringData: { 'tls.crt': 'x' } }, ['data[tls.key]: Required value']],
    ['PersistentVolumeClaim', claim(), []],
    [
      'PersistentVolumeClaim',
      claim({ accessModes: ['Odd'], resources: {} }),
      [
        'spec.accessModes: Unsupported value: "Odd": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        'spec.resources[storage]: Required value',
      ],
    ],
    [
      'PersistentVolume',
      { spec: { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] } },
      ['spec: Required value: must specify a volume type'],
    ],
    [
      'StorageClass',
      { reclaimPolicy: 'Odd' },
      ['provisioner: Required value', 'reclaimPolicy: Unsupported value: "Odd": supported values: "Delete", "Retain"'],
    ],
    ['Ingress', path(), []],
    [
      'Ingress',
      { spec: {} },
      ['spec: Invalid value: []networking.IngressRule(nil): either `defaultBackend` or `rules` must be specified'],
    ],
    [
      'Ingress',
      path({ path: 'a', pathType: 'Exact' }),
      ['spec.rules[0].http.paths[0].path: Invalid value: "a": must be an absolute path'],
    ],
    [
      'NetworkPolicy',
      {
        spec: {
          podSelector: {},
          ingress: [{ from: [{}, { ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } }] }],
        },
      },
      [
        'spec.ingress[0].from[0]: Required value: must specify a peer',
        'spec.ingress[0].from[1].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
      ],
    ],
    ['Role', { metadata: { name: 'a:b' }, rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods'] }] }, []],
    [
      'Role',
      { rules: [{ apiGroups: [''] }, { verbs: ['get'], nonResourceURLs: ['/x'] }] },
      [
        'rules[0].verbs: Required value: verbs must contain at least one value',
        'rules[0].resources: Required value: resource rules must supply at least one resource',
        'rules[1].nonResourceURLs: Invalid value: []string{"/x"}: namespaced rules cannot apply to non-resource URLs',
      ],
    ],
    [
      'RoleBinding',
      { roleRef: { kind: 'Odd', name: 'r' }, subjects: [{ kind: 'ServiceAccount', name: 's' }] },
      ['roleRef.kind: Unsupported value: "Odd": supported values: "Role", "ClusterRole"'],
    ],
  ])('%s %j', (kind, body, expected) => {
    expect(created(kind, body)).toEqual(expected);
  });
});

describe('on update', () => {
  test.each<[string, JsonObject, JsonObject, readonly string[]]>([
    ['StatefulSet', set({ replicas: 3 }), set(), []],
    [
      'StatefulSet',
      set({ serviceName: 'b' }),
      set({ serviceName: 'a' }),
      [
        "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
      ],
    ],
    ['Job', job({ parallelism: 3, completions: 1 }), job({ completions: 1 }), []],
    [
      'Job',
      job({ completions: 2 }),
      job({ completions: 1 }),
      ['spec.completions: Invalid value: 2: field is immutable'],
    ],
    ['PriorityClass', { value: 2 }, { value: 1 }, ['value: Forbidden: may not be changed in an update.']],
    ['Secret', { type: 'a/b' }, {}, ['type: Invalid value: "a/b": field is immutable']],
    [
      'PersistentVolumeClaim',
      claim({ storageClassName: 'b' }),
      claim({ storageClassName: 'a' }),
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      ],
    ],
    [
      'StorageClass',
      { provisioner: 'b.c/d' },
      { provisioner: 'a.c/d' },
      ['provisioner: Forbidden: updates to provisioner are forbidden.'],
    ],
    [
      'RoleBinding',
      { roleRef: { kind: 'Role', name: 'b' } },
      { roleRef: { kind: 'Role', name: 'a' } },
      [
        'roleRef: Invalid value: rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"Role", Name:"b"}: cannot change roleRef',
      ],
    ],
  ])('%s %j', (kind, after, before, expected) => {
    expect(updated(kind, after, before)).toEqual(expected);
  });
});

describe('defaults', () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      'DaemonSet',
      set(),
      { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } } },
    ],
    [
      'StatefulSet',
      set(),
      {
        replicas: 1,
        podManagementPolicy: 'OrderedReady',
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
        revisionHistoryLimit: 10,
      },
    ],
    ['Job', job({ backoffLimitPerIndex: 1 }), { backoffLimit: 2147483647, completions: 1, parallelism: 1 }],
    ['Job', job({ parallelism: 4 }), { parallelism: 4, backoffLimit: 6 }],
    [
      'CronJob',
      cron('@daily'),
      { concurrencyPolicy: 'Allow', suspend: false, successfulJobsHistoryLimit: 3, failedJobsHistoryLimit: 1 },
    ],
    [
      'HorizontalPodAutoscaler',
      hpa({ behavior: { scaleDown: { stabilizationWindowSeconds: 60 } } }),
      {
        minReplicas: 1,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
        behavior: {
          scaleUp: {
            stabilizationWindowSeconds: 0,
            selectPolicy: 'Max',
            policies: [
              { type: 'Pods', value: 4, periodSeconds: 15 },
              { type: 'Percent', value: 100, periodSeconds: 15 },
            ],
          },
          scaleDown: {
            stabilizationWindowSeconds: 60,
            selectPolicy: 'Max',
            policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
          },
        },
      },
    ],
    ['NetworkPolicy', { spec: { podSelector: {}, egress: [{}] } }, { policyTypes: ['Ingress', 'Egress'] }],
    ['PersistentVolume', { spec: {} }, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }],
  ])('%s %j', (kind, body, expected) => {
    expect(object(kind, body).spec).toMatchObject(expected);
  });

  test('a secret’s texts become data', () => {
    expect(object('Secret', { stringData: { a: 'ü€😀' }, data: { b: 'Yg==' } })).toMatchObject({
      type: 'Opaque',
      data: { a: Buffer.from('ü€😀').toString('base64'), b: 'Yg==' },
    });
  });
});

test('warnings in the server’s words', () => {
  const spec = {
    nodeSelector: { 'beta.kubernetes.io/os': 'linux' },
    containers: [
      {
        name: 'c',
        image: 'i',
        env: [
          { name: 'A', value: '1' },
          { name: 'A', value: '2' },
          { name: 'A', value: '$(A)x' },
        ],
        ports: [{ containerPort: 80 }, { containerPort: 80 }],
        resources: { limits: { memory: '128m' } },
      },
    ],
  };
  const deployment = { metadata: { name: 'a.b' }, spec: { template: { spec } } };
  expect(warningsFor('Deployment', deployment)).toEqual([
    "metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')]",
    'spec.template.spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use "kubernetes.io/os" instead',
    'spec.template.spec.containers[0].resources.limits[memory]: fractional byte value "128m" is invalid, must be an integer',
    'spec.template.spec.containers[0].env[1]: hides previous definition of "A", which may be dropped when using apply',
    'spec.template.spec.containers[0].ports[1]: duplicate port definition with spec.template.spec.containers[0].ports[0]',
  ]);
  expect(warningsFor('Deployment', deployment, deployment)).toEqual([]);
});
