// Rules for Deployment, ReplicaSet and Scale. Models pkg/apis/apps/validation/validation.go (1.32).
import { matchesLabelSelector } from '../../selector.ts';
import type { Labels, LabelSelector } from '../../objects.ts';
import { deepEqual, isObject, type JsonObject, listOf, objectOf } from '../json.ts';
import {
  type FieldError,
  forbiddenField,
  goIntOrString,
  goMap,
  goSelector,
  invalidValue,
  required,
} from './field-error.ts';
import {
  validateAnnotations,
  validateLabels,
  validateLabelSelector,
  validateNotNegative,
  validateOneOf,
} from './metadata.ts';
import { isPercent } from './names.ts';
import { validatePodSpec } from './pod.ts';

export function validateWorkload(spec: JsonObject, kind: 'Deployment' | 'ReplicaSet'): FieldError[] {
  const errors = validateNotNegative(spec.replicas, 'spec.replicas');
  if (kind === 'ReplicaSet') errors.push(...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'));
  if (!isObject(spec.selector)) errors.push(required('spec.selector'));
  else {
    errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
    if (Object.keys(spec.selector).length === 0)
      // The words are those of a deployment for a replica set too.
      errors.push(invalidValue('spec.selector', goSelector({}), 'empty selector is invalid for deployment'));
  }
  errors.push(...validateTemplate(spec, 'ReplicaSet'));
  if (kind === 'ReplicaSet') return errors;
  errors.push(...validateStrategy(objectOf(spec.strategy)));
  errors.push(...validateNotNegative(spec.minReadySeconds, 'spec.minReadySeconds'));
  errors.push(...validateNotNegative(spec.revisionHistoryLimit, 'spec.revisionHistoryLimit'));
  const deadline = spec.progressDeadlineSeconds;
  if (typeof deadline === 'number') {
    errors.push(...validateNotNegative(deadline, 'spec.progressDeadlineSeconds'));
    if (deadline <= Number(spec.minReadySeconds ?? 0))
      errors.push(invalidValue('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds'));
  }
  return errors;
}

/** @param kind what the refusal of a deadline names: a deployment's template is judged as that of its replica sets */
export function validateTemplate(spec: JsonObject, kind: 'DaemonSet' | 'ReplicaSet' | 'StatefulSet'): FieldError[] {
  if (!isObject(spec.template)) return [required('spec.template')];
  const metadata = objectOf(spec.template.metadata);
  const pod = objectOf(spec.template.spec);
  const errors: FieldError[] = [];
  const labels = objectOf(metadata.labels) as Labels;
  const selector = objectOf(spec.selector) as LabelSelector;
  // An empty selector matches every pod, a missing one none.
  const empty = Object.keys(selector).length === 0;
  if (!isObject(spec.selector) || (!empty && !matchesLabelSelector(selector, labels)))
    errors.push(
      invalidValue(
        'spec.template.metadata.labels',
        goMap(isObject(metadata.labels) ? metadata.labels : undefined),
        '`selector` does not match template `labels`',
      ),
    );
  errors.push(...validateLabels(metadata.labels, 'spec.template.labels'));
  errors.push(...validateAnnotations(metadata.annotations, 'spec.template.annotations'));
  // Each pod of a StatefulSet gets a volume for each claim template.
  const claimed = listOf(spec.volumeClaimTemplates).map((claim) => ({ name: objectOf(claim.metadata).name }));
  const whole = claimed.length > 0 ? { ...pod, volumes: [...listOf(pod.volumes), ...claimed] } : pod;
  errors.push(...validatePodSpec(whole, 'spec.template.spec'));
  if (pod.restartPolicy !== 'Always')
    errors.push(...validateOneOf(pod.restartPolicy, ['Always'], 'spec.template.spec.restartPolicy'));
  if (pod.activeDeadlineSeconds !== undefined)
    errors.push(
      forbiddenField('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`),
    );
  return errors;
}

function validateStrategy(strategy: JsonObject): FieldError[] {
  const at = 'spec.strategy';
  const rolling = strategy.rollingUpdate;
  if (strategy.type === 'Recreate')
    return rolling === undefined
      ? []
      : [forbiddenField(`${at}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'")];
  if (strategy.type !== 'RollingUpdate')
    return validateOneOf(strategy.type, ['Recreate', 'RollingUpdate'], `${at}.type`);
  if (!isObject(rolling)) return [required(`${at}.rollingUpdate`, 'this should be defaulted and never be nil')];
  const errors = [
    ...validateCountOrPercent(rolling.maxUnavailable, `${at}.rollingUpdate.maxUnavailable`),
    ...validateCountOrPercent(rolling.maxSurge, `${at}.rollingUpdate.maxSurge`),
  ];
  const { maxUnavailable } = rolling;
  if (isZero(maxUnavailable) && isZero(rolling.maxSurge))
    errors.push(
      invalidValue(
        `${at}.rollingUpdate.maxUnavailable`,
        goIntOrString(maxUnavailable as number | string),
        'may not be 0 when `maxSurge` is 0',
      ),
    );
  errors.push(...validateAtMostAll(maxUnavailable, `${at}.rollingUpdate.maxUnavailable`));
  return errors;
}

/** (IsNotMoreThan100Percent) */
export function validateAtMostAll(value: unknown, field: string): FieldError[] {
  return typeof value === 'string' && isPercent(value).length === 0 && percentOf(value) > 100
    ? [invalidValue(field, goIntOrString(value), 'must not be greater than 100%')]
    : [];
}

export function validateCountOrPercent(value: unknown, field: string): FieldError[] {
  if (typeof value === 'string')
    return isPercent(value).map((message) => invalidValue(field, goIntOrString(value), message));
  return validateNotNegative(value, field);
}

export function isZero(value: unknown): boolean {
  return value === 0 || (typeof value === 'string' && percentOf(value) === 0);
}

function percentOf(value: string): number {
  return Number(value.slice(0, -1));
}

export function validateWorkloadUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  return deepEqual(after.selector, before.selector)
    ? []
    : [invalidValue('spec.selector', goSelector(objectOf(after.selector)), 'field is immutable')];
}
