// Which rules hold for which kind, on creation and on update. Models the strategies under pkg/registry (1.32).
// Left out: rules of leases, endpoint slices and events beyond their metadata; here only components write those.
import type { ResourceInfo } from '../../resources.ts';
import type { ResourceName } from '../../objects.ts';
import { deepEqual, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { duplicate, type FieldError, forbiddenField, invalidValue, tooLong } from './field-error.ts';
import { validateAutoscaler } from './autoscaler.ts';
import { validateCronJob, validateIndexedName, validateJobSpec, validateJobUpdate } from './batch.ts';
import { validateMetadata } from './metadata.ts';
import {
  isConfigMapKey,
  isDNS1035Label,
  isDNS1123Label,
  isDNS1123Subdomain,
  isPathSegment,
  type NameRule,
} from './names.ts';
import {
  validateIngress,
  validateIngressClass,
  validateIngressClassUpdate,
  validateNetworkPolicy,
} from './networking.ts';
import { validatePodSpec, validatePodUpdate, validateTaints } from './pod.ts';
import {
  validateDisruptionBudget,
  validateLimitRange,
  validatePriorityClass,
  validatePriorityClassUpdate,
  validateQuota,
  validateQuotaUpdate,
  validateSecretType,
} from './policy.ts';
import { validateBinding, validateBindingUpdate, validateRole } from './rbac.ts';
import { validateService, validateServiceUpdate } from './service.ts';
import { validateDaemonSet, validateStatefulSet, validateStatefulSetUpdate } from './sets.ts';
import {
  validateClaimSpec,
  validateClaimUpdate,
  validateStorageClass,
  validateStorageClassUpdate,
  validateVolume,
  validateVolumeUpdate,
} from './storage.ts';
import { validateWorkload, validateWorkloadUpdate } from './workload.ts';

const NAME_RULES: Partial<Record<ResourceName, NameRule>> = {
  services: isDNS1035Label,
  namespaces: isDNS1123Label,
  roles: isPathSegment,
  rolebindings: isPathSegment,
  clusterroles: isPathSegment,
  clusterrolebindings: isPathSegment,
};
const CONFIG_MAP_LIMIT_BYTES = 1024 * 1024;

function nameRule(info: ResourceInfo, creating: boolean): NameRule {
  // Older sets may have longer names than pods can.
  if (creating && info.resource === 'statefulsets') return isDNS1123Label;
  return NAME_RULES[info.resource] ?? isDNS1123Subdomain;
}

export function validateCreate(info: ResourceInfo, object: JsonObject): FieldError[] {
  const errors = [...validateMetadata(objectOf(object.metadata), nameRule(info, true)), ...validateBody(info, object)];
  const spec = objectOf(object.spec);
  if (info.resource === 'pods' && textOf(spec.nodeName) !== '' && listOf(spec.schedulingGates).length > 0)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

type UpdateRule = (spec: JsonObject, old: JsonObject, after: JsonObject, before: JsonObject) => FieldError[];

/** What may not change, beside what holds for every object of the kind. */
const UPDATES: Partial<Record<ResourceName, UpdateRule>> = {
  deployments: validateWorkloadUpdate,
  replicasets: validateWorkloadUpdate,
  daemonsets: validateWorkloadUpdate,
  statefulsets: validateStatefulSetUpdate,
  jobs: (spec, old, _after, before) => validateJobUpdate(spec, old, objectOf(before.status)),
  services: validateServiceUpdate,
  persistentvolumeclaims: (_spec, _old, after, before) => validateClaimUpdate(after, before),
  persistentvolumes: validateVolumeUpdate,
  storageclasses: (_spec, _old, after, before) => validateStorageClassUpdate(after, before),
  priorityclasses: (_spec, _old, after, before) => validatePriorityClassUpdate(after, before),
  resourcequotas: validateQuotaUpdate,
  ingressclasses: validateIngressClassUpdate,
  rolebindings: (_spec, _old, after, before) => validateBindingUpdate(after, before),
  clusterrolebindings: (_spec, _old, after, before) => validateBindingUpdate(after, before),
  secrets: (_spec, _old, after, before) =>
    after.type === before.type ? [] : [invalidValue('type', textOf(after.type), 'field is immutable')],
};

export function validateUpdate(info: ResourceInfo, after: JsonObject, before: JsonObject): FieldError[] {
  const errors = validateMetadata(objectOf(after.metadata), nameRule(info, false));
  const spec = objectOf(after.spec);
  const old = objectOf(before.spec);
  if (before.immutable === true) {
    const text = 'field is immutable when `immutable` is set';
    if (after.immutable !== true) errors.push(forbiddenField('immutable', text));
    if (!deepEqual(after.data, before.data)) errors.push(forbiddenField('data', text));
    if (!deepEqual(after.binaryData, before.binaryData)) errors.push(forbiddenField('binaryData', text));
  }
  if (info.resource === 'pods') return [...errors, ...validatePodSpec(spec, 'spec'), ...validatePodUpdate(spec, old)];
  errors.push(...validateBody(info, after, before));
  errors.push(...(UPDATES[info.resource]?.(spec, old, after, before) ?? []));
  if (info.resource === 'nodes' && textOf(old.podCIDR) !== '' && spec.podCIDR !== old.podCIDR)
    errors.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  return errors;
}

/** @param before what is replaced, or undefined when the object is new */
function validateBody(info: ResourceInfo, object: JsonObject, before?: JsonObject): FieldError[] {
  const spec = objectOf(object.spec);
  switch (info.resource) {
    case 'pods':
      return [
        ...(listOf(spec.ephemeralContainers).length > 0 && !before
          ? [forbiddenField('spec.ephemeralContainers', 'cannot be set on create')]
          : []),
        ...validatePodSpec(spec, 'spec'),
      ];
    case 'deployments':
      return validateWorkload(spec, 'Deployment');
    case 'replicasets':
      return validateWorkload(spec, 'ReplicaSet');
    case 'services':
      return validateService(spec);
    case 'nodes':
      return validateTaints(listOf(spec.taints), 'metadata.taints');
    case 'configmaps':
      return validateConfigMap(object);
    case 'secrets':
      return [...validateConfigMap(object), ...validateSecretType(object)];
    case 'daemonsets':
      return validateDaemonSet(spec);
    case 'statefulsets':
      return validateStatefulSet(spec);
    case 'jobs':
      // What the store adds to a job that exists is its own.
      return [
        ...validateJobSpec(
          before ? { ...spec, selector: spec.manualSelector ? spec.selector : undefined } : spec,
          'spec',
        ),
        ...(before ? [] : validateIndexedName(object)),
      ];
    case 'cronjobs':
      return validateCronJob(object, before);
    case 'horizontalpodautoscalers':
      return validateAutoscaler(spec);
    case 'poddisruptionbudgets':
      return validateDisruptionBudget(spec);
    case 'priorityclasses':
      return validatePriorityClass(object);
    case 'resourcequotas':
      return validateQuota(spec);
    case 'limitranges':
      return validateLimitRange(spec);
    case 'persistentvolumeclaims':
      return validateClaimSpec(spec, 'spec');
    case 'persistentvolumes':
      return validateVolume(spec);
    case 'storageclasses':
      return validateStorageClass(object);
    case 'ingresses':
      return validateIngress(object, before === undefined);
    case 'ingressclasses':
      return validateIngressClass(spec);
    case 'networkpolicies':
      return validateNetworkPolicy(spec);
    case 'roles':
    case 'clusterroles':
      return validateRole(object, info.namespaced);
    case 'rolebindings':
    case 'clusterrolebindings':
      return validateBinding(object, info.namespaced);
    default:
      return [];
  }
}

function validateConfigMap(object: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const field of ['data', 'binaryData'] as const)
    for (const [key, value] of Object.entries(objectOf(object[field]))) {
      for (const message of isConfigMapKey(key)) errors.push(invalidValue(`${field}[${key}]`, key, message));
      if (field === 'binaryData' && key in objectOf(object.data)) errors.push(duplicate(`data[${key}]`, key));
      bytes += textOf(value).length;
    }
  if (bytes > CONFIG_MAP_LIMIT_BYTES) errors.push(tooLong('', CONFIG_MAP_LIMIT_BYTES));
  return errors;
}
