// Which rules hold for which kind, on creation and on update. Models the strategies under pkg/registry (1.32).
// Left out: rules of leases, endpoint slices and events beyond their metadata; here only components write those.
import type { ResourceInfo } from '../../resources.ts';
import type { ResourceName } from '../../objects.ts';
import { deepEqual, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { duplicate, type FieldError, forbiddenField, invalidValue, tooLong } from './field-error.ts';
import { validateMetadata } from './metadata.ts';
import { isConfigMapKey, isDNS1035Label, isDNS1123Label, isDNS1123Subdomain, type NameRule } from './names.ts';
import { validatePodSpec, validatePodUpdate, validateTaints } from './pod.ts';
import { validateService, validateServiceUpdate } from './service.ts';
import { validateWorkload, validateWorkloadUpdate } from './workload.ts';

const NAME_RULES: Partial<Record<ResourceName, NameRule>> = { services: isDNS1035Label, namespaces: isDNS1123Label };
const CONFIG_MAP_LIMIT_BYTES = 1024 * 1024;

function nameRule(info: ResourceInfo): NameRule {
  return NAME_RULES[info.resource] ?? isDNS1123Subdomain;
}

export function validateCreate(info: ResourceInfo, object: JsonObject): FieldError[] {
  const errors = [...validateMetadata(objectOf(object.metadata), nameRule(info)), ...validateBody(info, object)];
  const spec = objectOf(object.spec);
  if (info.resource === 'pods' && textOf(spec.nodeName) !== '' && listOf(spec.schedulingGates).length > 0)
    errors.push(forbiddenField('spec.nodeName', 'cannot be set until all schedulingGates have been cleared'));
  return errors;
}

export function validateUpdate(info: ResourceInfo, after: JsonObject, before: JsonObject): FieldError[] {
  const errors = validateMetadata(objectOf(after.metadata), nameRule(info));
  const spec = objectOf(after.spec);
  const old = objectOf(before.spec);
  if (before.immutable === true) {
    const text = 'field is immutable when `immutable` is set';
    if (after.immutable !== true) errors.push(forbiddenField('immutable', text));
    if (!deepEqual(after.data, before.data)) errors.push(forbiddenField('data', text));
    if (!deepEqual(after.binaryData, before.binaryData)) errors.push(forbiddenField('binaryData', text));
  }
  if (info.resource === 'pods') return [...errors, ...validatePodSpec(spec, 'spec'), ...validatePodUpdate(spec, old)];
  errors.push(...validateBody(info, after));
  if (info.resource === 'deployments' || info.resource === 'replicasets')
    errors.push(...validateWorkloadUpdate(spec, old));
  if (info.resource === 'services') errors.push(...validateServiceUpdate(spec, old));
  if (info.resource === 'nodes' && textOf(old.podCIDR) !== '' && spec.podCIDR !== old.podCIDR)
    errors.push(forbiddenField('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  return errors;
}

function validateBody(info: ResourceInfo, object: JsonObject): FieldError[] {
  const spec = objectOf(object.spec);
  switch (info.resource) {
    case 'pods':
      return validatePodSpec(spec, 'spec');
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
