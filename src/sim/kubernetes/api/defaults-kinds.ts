// Defaults of the kinds beside pods, Deployments and Services. Models pkg/apis/{apps,batch,autoscaling,core,networking,
// policy,rbac,scheduling,storage}/*/defaults.go and pkg/apis/batch/v1/defaults.go (1.32).
// Departure: what registry strategies merge on the way in (a Secret's stringData) is done here too.
import { isObject, type JsonObject, listOf, objectOf, textOf } from './json.ts';

const RBAC_GROUP = 'rbac.authorization.k8s.io';

export function defaultKind(kind: string, object: JsonObject, template: (spec: JsonObject) => void): void {
  const spec = objectOf(object.spec);
  switch (kind) {
    case 'DaemonSet':
      object.spec = spec;
      defaultDaemonSet(spec);
      defaultTemplateGeneration(object);
      template(spec);
      break;
    case 'StatefulSet':
      object.spec = spec;
      defaultStatefulSet(spec);
      template(spec);
      break;
    case 'Job':
      object.spec = spec;
      defaultJob(spec);
      template(spec);
      break;
    case 'CronJob': {
      object.spec = spec;
      spec.concurrencyPolicy ??= 'Allow';
      spec.suspend ??= false;
      spec.successfulJobsHistoryLimit ??= 3;
      spec.failedJobsHistoryLimit ??= 1;
      const jobTemplate = (spec.jobTemplate = objectOf(spec.jobTemplate));
      jobTemplate.metadata = { ...objectOf(jobTemplate.metadata), creationTimestamp: null };
      template((jobTemplate.spec = objectOf(jobTemplate.spec)));
      break;
    }
    case 'HorizontalPodAutoscaler':
      object.spec = spec;
      defaultAutoscaler(spec);
      break;
    case 'PersistentVolumeClaim':
      object.spec = spec;
      defaultClaim(spec);
      break;
    case 'PersistentVolume':
      object.spec = spec;
      spec.persistentVolumeReclaimPolicy ??= 'Retain';
      spec.volumeMode ??= 'Filesystem';
      if (isObject(spec.hostPath)) spec.hostPath.type ??= '';
      break;
    case 'StorageClass':
      object.reclaimPolicy ??= 'Delete';
      object.volumeBindingMode ??= 'Immediate';
      break;
    case 'PriorityClass':
      object.value ??= 0;
      object.preemptionPolicy ??= 'PreemptLowerPriority';
      break;
    case 'Secret':
      defaultSecret(object);
      break;
    case 'LimitRange':
      for (const limit of listOf(spec.limits)) defaultLimit(limit);
      break;
    case 'NetworkPolicy':
      object.spec = spec;
      defaultNetworkPolicy(spec);
      break;
    case 'IngressClass':
      if (isObject(spec.parameters)) spec.parameters.scope ??= 'Cluster';
      break;
    case 'Endpoints':
      for (const subset of listOf(object.subsets)) for (const port of listOf(subset.ports)) port.protocol ??= 'TCP';
      break;
    case 'RoleBinding':
    case 'ClusterRoleBinding':
      if (isObject(object.roleRef)) object.roleRef.apiGroup ??= RBAC_GROUP;
      for (const subject of listOf(object.subjects))
        if (subject.kind === 'User' || subject.kind === 'Group') subject.apiGroup ??= RBAC_GROUP;
      break;
    case 'Role':
    case 'ClusterRole':
      object.rules ??= null;
      break;
    default:
  }
}

/** How often the template of a DaemonSet has changed; the server counts it in an annotation. */
export const TEMPLATE_GENERATION = 'deprecated.daemonset.template.generation';

function defaultTemplateGeneration(object: JsonObject): void {
  const metadata = (object.metadata = objectOf(object.metadata));
  metadata.annotations = { [TEMPLATE_GENERATION]: '1', ...objectOf(metadata.annotations) };
}

function defaultDaemonSet(spec: JsonObject): void {
  const strategy = (spec.updateStrategy = objectOf(spec.updateStrategy));
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rolling = (strategy.rollingUpdate = objectOf(strategy.rollingUpdate));
    rolling.maxUnavailable ??= 1;
    rolling.maxSurge ??= 0;
  }
  spec.revisionHistoryLimit ??= 10;
}

function defaultStatefulSet(spec: JsonObject): void {
  spec.podManagementPolicy ??= 'OrderedReady';
  const strategy = (spec.updateStrategy = objectOf(spec.updateStrategy));
  strategy.type ??= 'RollingUpdate';
  if (strategy.type === 'RollingUpdate') {
    const rolling = (strategy.rollingUpdate = objectOf(strategy.rollingUpdate));
    rolling.partition ??= 0;
  }
  const retention = (spec.persistentVolumeClaimRetentionPolicy = objectOf(spec.persistentVolumeClaimRetentionPolicy));
  retention.whenDeleted ??= 'Retain';
  retention.whenScaled ??= 'Retain';
  spec.replicas ??= 1;
  spec.revisionHistoryLimit ??= 10;
  for (const claim of listOf(spec.volumeClaimTemplates)) {
    claim.apiVersion = 'v1';
    claim.kind = 'PersistentVolumeClaim';
    claim.metadata = { ...objectOf(claim.metadata), creationTimestamp: null };
    defaultClaim((claim.spec = objectOf(claim.spec)));
    claim.status = { phase: 'Pending' };
  }
}

function defaultJob(spec: JsonObject): void {
  // For a job that is done when one pod is, both numbers are one; a given number of either leaves the other alone.
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : 2147483647;
  spec.podReplacementPolicy ??= isObject(spec.podFailurePolicy) ? 'Failed' : 'TerminatingOrFailed';
  for (const rule of listOf(objectOf(spec.podFailurePolicy).rules))
    for (const condition of listOf(rule.onPodConditions)) condition.status ??= 'True';
}

/** The rules of scaling that hold where the autoscaler names none. (pkg/apis/autoscaling/v2/defaults.go) */
const SCALE_UP = (): JsonObject => ({
  stabilizationWindowSeconds: 0,
  selectPolicy: 'Max',
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
});
const SCALE_DOWN = (): JsonObject => ({
  selectPolicy: 'Max',
  policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }],
});

function defaultAutoscaler(spec: JsonObject): void {
  spec.minReplicas ??= 1;
  if (listOf(spec.metrics).length === 0)
    spec.metrics = [
      { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
    ];
  if (!isObject(spec.behavior)) return;
  spec.behavior.scaleUp = { ...SCALE_UP(), ...objectOf(spec.behavior.scaleUp) };
  spec.behavior.scaleDown = { ...SCALE_DOWN(), ...objectOf(spec.behavior.scaleDown) };
}

function defaultClaim(spec: JsonObject): void {
  spec.volumeMode ??= 'Filesystem';
}

function defaultSecret(object: JsonObject): void {
  object.type ??= 'Opaque';
  if (isObject(object.stringData)) {
    const encoded = Object.entries(object.stringData).map(([key, value]) => [key, toBase64(textOf(value))] as const);
    object.data = { ...objectOf(object.data), ...Object.fromEntries(encoded) };
  }
  delete object.stringData;
}

/** Limits fall to the maximum, requests to the limit and then to the minimum. (SetDefaults_LimitRangeItem) */
function defaultLimit(limit: JsonObject): void {
  if (limit.type !== 'Container') return;
  const max = objectOf(limit.max);
  const limits = { ...max, ...objectOf(limit.default) };
  const requests = { ...objectOf(limit.min), ...limits, ...objectOf(limit.defaultRequest) };
  if (Object.keys(limits).length > 0) limit.default = limits;
  if (Object.keys(requests).length > 0) limit.defaultRequest = requests;
}

function defaultNetworkPolicy(spec: JsonObject): void {
  for (const rule of [...listOf(spec.ingress), ...listOf(spec.egress)])
    for (const port of listOf(rule.ports)) port.protocol ??= 'TCP';
  if (Array.isArray(spec.policyTypes) && spec.policyTypes.length > 0) return;
  spec.policyTypes = listOf(spec.egress).length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** The bytes of a text in UTF-8, in base64. */
function toBase64(text: string): string {
  const bytes: number[] = [];
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) bytes.push(code);
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 63), 0x80 | ((code >> 6) & 63), 0x80 | (code & 63));
  }
  let out = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const [a, b, c] = [bytes[i] as number, bytes[i + 1], bytes[i + 2]];
    out += (DIGITS[a >> 2] as string) + (DIGITS[((a & 3) << 4) | ((b ?? 0) >> 4)] as string);
    out += b === undefined ? '=' : (DIGITS[((b & 15) << 2) | ((c ?? 0) >> 6)] as string);
    out += c === undefined ? '=' : (DIGITS[c & 63] as string);
  }
  return out;
}
