// Rules for DaemonSet and StatefulSet. Models pkg/apis/apps/validation/validation.go (1.32).
// Departure: a StatefulSet's pod template, claim templates and service name are judged here, with the rules of the objects
// made from them; 1.32 takes them as they are and its controller then fails to create the objects.
import { deepEqual, isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import {
  type FieldError,
  forbiddenField,
  goIntOrString,
  goSelector,
  invalidValue,
  notSupported,
  required,
} from './field-error.ts';
import { validateLabelSelector, validateNotNegative } from './metadata.ts';
import { isDNS1123Label } from './names.ts';
import { validateClaimSpec } from './storage.ts';
import { isZero, validateAtMostAll, validateCountOrPercent, validateTemplate } from './workload.ts';

export function validateDaemonSet(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [
    ...(isObject(spec.selector) ? validateSelector(spec, 'empty selector is invalid for daemonset') : []),
    ...validateTemplate(spec, 'DaemonSet'),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
  ];
  const at = 'spec.updateStrategy';
  const strategy = objectOf(spec.updateStrategy);
  if (strategy.type === 'RollingUpdate') {
    if (!isObject(strategy.rollingUpdate)) errors.push(required(`${at}.rollingUpdate`));
    else errors.push(...validateDaemonRolling(strategy.rollingUpdate, `${at}.rollingUpdate`));
  } else if (strategy.type !== 'OnDelete')
    errors.push(notSupported(at, goStrategy('DaemonSet', strategy), ['RollingUpdate', 'OnDelete']));
  errors.push(...validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'));
  return errors;
}

function validateDaemonRolling(rolling: JsonObject, at: string): FieldError[] {
  const { maxUnavailable, maxSurge } = rolling;
  const errors = [
    ...validateCountOrPercent(maxUnavailable, `${at}.maxUnavailable`),
    ...validateCountOrPercent(maxSurge, `${at}.maxSurge`),
    ...validateAtMostAll(maxUnavailable, `${at}.maxUnavailable`),
    ...validateAtMostAll(maxSurge, `${at}.maxSurge`),
  ];
  const hasUnavailable = !isZero(maxUnavailable);
  const hasSurge = !isZero(maxSurge);
  if (hasUnavailable && hasSurge)
    errors.push(
      invalidValue(
        `${at}.maxSurge`,
        goIntOrString(maxSurge as number | string),
        'may not be set when maxUnavailable is non-zero',
      ),
    );
  if (!hasUnavailable && !hasSurge) errors.push(required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return errors;
}

/** Go's `%#v` of a strategy whose type is unknown. */
function goStrategy(kind: 'DaemonSet' | 'StatefulSet', strategy: JsonObject): { readonly go: string } {
  const rolling = kind === 'DaemonSet' ? 'RollingUpdateDaemonSet' : 'RollingUpdateStatefulSetStrategy';
  const type = JSON.stringify(textOf(strategy.type));
  const value = isObject(strategy.rollingUpdate) ? '(0x…)' : '(nil)';
  return { go: `apps.${kind}UpdateStrategy{Type:${type}, RollingUpdate:(*apps.${rolling})${value}}` };
}

function validateSelector(spec: JsonObject, empty: string): FieldError[] {
  if (!isObject(spec.selector)) return [required('spec.selector')];
  const errors = validateLabelSelector(spec.selector, 'spec.selector');
  if (Object.keys(spec.selector).length === 0) errors.push(invalidValue('spec.selector', goSelector({}), empty));
  return errors;
}

export function validateStatefulSet(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const management = textOf(spec.podManagementPolicy);
  if (management === '') errors.push(required('spec.podManagementPolicy'));
  else if (management !== 'OrderedReady' && management !== 'Parallel')
    errors.push(invalidValue('spec.podManagementPolicy', management, `must be 'OrderedReady' or 'Parallel'`));
  const at = 'spec.updateStrategy';
  const strategy = objectOf(spec.updateStrategy);
  if (textOf(strategy.type) === '') errors.push(required(at));
  else if (strategy.type === 'OnDelete') {
    if (strategy.rollingUpdate !== undefined)
      errors.push(
        invalidValue(
          `${at}.rollingUpdate`,
          {
            go: `apps.RollingUpdateStatefulSetStrategy{Partition:${String(Number(objectOf(strategy.rollingUpdate).partition ?? 0))}, MaxUnavailable:(*intstr.IntOrString)(nil)}`,
          },
          `only allowed for updateStrategy 'RollingUpdate'`,
        ),
      );
  } else if (strategy.type === 'RollingUpdate') {
    const rolling = objectOf(strategy.rollingUpdate);
    errors.push(...validateNotNegative(rolling.partition, `${at}.rollingUpdate.partition`));
    if (rolling.maxUnavailable !== undefined) {
      errors.push(...validateCountOrPercent(rolling.maxUnavailable, `${at}.rollingUpdate.maxUnavailable`));
      if (isZero(rolling.maxUnavailable))
        errors.push(
          invalidValue(
            `${at}.rollingUpdate.maxUnavailable`,
            goIntOrString(rolling.maxUnavailable as number | string),
            'cannot be 0',
          ),
        );
    }
  } else errors.push(invalidValue(at, goStrategy('StatefulSet', strategy), "must be 'RollingUpdate' or 'OnDelete'"));
  const retention = objectOf(spec.persistentVolumeClaimRetentionPolicy);
  for (const field of ['whenDeleted', 'whenScaled']) {
    const value = retention[field];
    if (value !== undefined && value !== 'Retain' && value !== 'Delete')
      errors.push(
        notSupported(`spec.persistentVolumeClaimRetentionPolicy.${field}`, textOf(value), ['Retain', 'Delete']),
      );
  }
  errors.push(
    ...validateNotNegative(spec.replicas, 'spec.replicas'),
    ...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'),
    ...validateNotNegative(objectOf(spec.ordinals).start, 'spec.ordinals.start'),
    ...validateSelector(spec, 'empty selector is invalid for statefulset'),
    ...validateTemplate(spec, 'StatefulSet'),
    ...validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'),
  );
  listOf(spec.volumeClaimTemplates).forEach((claim, i) => {
    errors.push(...validateClaimSpec(objectOf(claim.spec), `spec.volumeClaimTemplates[${String(i)}].spec`));
  });
  const service = textOf(spec.serviceName);
  if (service !== '')
    for (const message of isDNS1123Label(service)) errors.push(invalidValue('spec.serviceName', service, message));
  return errors;
}

const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
] as const;

export function validateStatefulSetUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const rest = (spec: JsonObject) => ({ ...spec, ...Object.fromEntries(CHANGEABLE.map((f) => [f, undefined])) });
  if (deepEqual(rest(after), rest(before))) return [];
  return [
    forbiddenField(
      'spec',
      "updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', 'updateStrategy', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden",
    ),
  ];
}
