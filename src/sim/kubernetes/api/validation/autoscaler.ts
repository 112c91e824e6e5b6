// Rules for HorizontalPodAutoscaler. Models pkg/apis/autoscaling/validation/validation.go (1.32).
import { parseQuantity } from '../../quantity.ts';
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { type FieldError, forbiddenField, goQuantity, invalidValue, notSupported, required } from './field-error.ts';
import { isPathSegment } from './names.ts';

const MAX_PERIOD_SECONDS = 1800;
const MAX_WINDOW_SECONDS = 3600;

export function validateAutoscaler(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const min = spec.minReplicas;
  const max = typeof spec.maxReplicas === 'number' ? spec.maxReplicas : 0;
  if (typeof min === 'number' && min < 1)
    errors.push(invalidValue('spec.minReplicas', min, 'must be greater than or equal to 1'));
  if (max < 1) errors.push(invalidValue('spec.maxReplicas', max, 'must be greater than 0'));
  if (typeof min === 'number' && max < min)
    errors.push(invalidValue('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`'));
  errors.push(...validateReference(objectOf(spec.scaleTargetRef), 'spec.scaleTargetRef'));
  listOf(spec.metrics).forEach((metric, i) => {
    errors.push(...validateMetric(metric, `spec.metrics[${String(i)}]`));
  });
  const behavior = objectOf(spec.behavior);
  for (const direction of ['scaleUp', 'scaleDown'])
    if (isObject(behavior[direction])) errors.push(...validateRules(behavior[direction], `spec.behavior.${direction}`));
  return errors;
}

function validateReference(reference: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of ['kind', 'name']) {
    const value = textOf(reference[field]);
    if (value === '') errors.push(required(`${at}.${field}`));
    else for (const message of isPathSegment(value)) errors.push(invalidValue(`${at}.${field}`, value, message));
  }
  return errors;
}

/** In the order in which the original looks; it reads only the first source that is there. */
const SOURCES: Readonly<Record<string, string>> = {
  Object: 'object',
  External: 'external',
  Pods: 'pods',
  Resource: 'resource',
  ContainerResource: 'containerResource',
};

function validateMetric(metric: JsonObject, at: string): FieldError[] {
  const type = textOf(metric.type);
  const errors: FieldError[] = [];
  if (type === '') errors.push(required(`${at}.type`, 'must specify a metric source type'));
  if (!(type in SOURCES)) errors.push(notSupported(`${at}.type`, type, Object.keys(SOURCES).sort()));
  const present = Object.values(SOURCES).filter((source) => isObject(metric[source]));
  const [first] = present;
  if (first !== undefined) errors.push(...validateSource(first, objectOf(metric[first]), `${at}.${first}`));
  const own = SOURCES[type];
  if (own !== undefined && !present.includes(own))
    errors.push(required(`${at}.${own}`, 'must populate information for the given metric source'));
  if (present.length !== 1)
    for (const source of present)
      if (source !== own) errors.push(forbiddenField(`${at}.${source}`, 'must populate the given metric source only'));
  return errors;
}

function validateSource(source: string, value: JsonObject, at: string): FieldError[] {
  const target = objectOf(value.target);
  const errors: FieldError[] = [];
  if (source === 'resource' || source === 'containerResource') {
    if (textOf(value.name) === '') errors.push(required(`${at}.name`, 'must specify a resource name'));
    if (source === 'containerResource' && textOf(value.container) === '')
      errors.push(required(`${at}.container`, 'must specify a container'));
    errors.push(...validateTarget(target, `${at}.target`));
    const { averageUtilization, averageValue } = target;
    if (averageUtilization === undefined && averageValue === undefined)
      errors.push(
        required(`${at}.target.averageUtilization`, 'must set either a target raw value or a target utilization'),
      );
    if (averageUtilization !== undefined && averageValue !== undefined)
      errors.push(
        forbiddenField(`${at}.target.averageValue`, 'may not set both a target raw value and a target utilization'),
      );
    return errors;
  }
  const metric = objectOf(value.metric);
  if (source === 'object') errors.push(...validateReference(objectOf(value.describedObject), `${at}.describedObject`));
  if (textOf(metric.name) === '') errors.push(required(`${at}.metric.name`, 'must specify a metric name'));
  else
    for (const message of isPathSegment(textOf(metric.name)))
      errors.push(invalidValue(`${at}.metric.name`, textOf(metric.name), message));
  errors.push(...validateTarget(target, `${at}.target`));
  if (source === 'pods') {
    if (target.averageValue === undefined)
      errors.push(required(`${at}.target.averageValue`, 'must specify a positive target averageValue'));
  } else if (target.value === undefined && target.averageValue === undefined)
    errors.push(
      required(
        `${at}.target.averageValue`,
        source === 'object'
          ? 'must set either a target value or averageValue'
          : 'must set either a target value for metric or a per-pod target',
      ),
    );
  else if (source === 'external' && target.value !== undefined && target.averageValue !== undefined)
    errors.push(
      forbiddenField(`${at}.target.value`, 'may not set both a target value for metric and a per-pod target'),
    );
  return errors;
}

function validateTarget(target: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const type = textOf(target.type);
  if (type === '') errors.push(required(`${at}.type`, 'must specify a metric target type'));
  if (!['AverageValue', 'Utilization', 'Value'].includes(type))
    errors.push(invalidValue(`${at}.type`, type, 'must be either Utilization, Value, or AverageValue'));
  for (const field of ['value', 'averageValue']) {
    const value = target[field];
    if (value !== undefined && (parseQuantity(textOf(value))?.nano ?? 0n) <= 0n)
      errors.push(invalidValue(`${at}.${field}`, goQuantity(textOf(value)), 'must be positive'));
  }
  if (typeof target.averageUtilization === 'number' && target.averageUtilization < 1)
    errors.push(invalidValue(`${at}.averageUtilization`, target.averageUtilization, 'must be greater than 0'));
  return errors;
}

function validateRules(rules: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const window = rules.stabilizationWindowSeconds;
  if (typeof window === 'number' && window < 0)
    errors.push(invalidValue(`${at}.stabilizationWindowSeconds`, window, 'must be greater than or equal to zero'));
  if (typeof window === 'number' && window > MAX_WINDOW_SECONDS)
    errors.push(
      invalidValue(
        `${at}.stabilizationWindowSeconds`,
        window,
        `must be less than or equal to ${String(MAX_WINDOW_SECONDS)}`,
      ),
    );
  const select = rules.selectPolicy;
  if (select !== undefined && !['Disabled', 'Max', 'Min'].includes(textOf(select)))
    errors.push(notSupported(`${at}.selectPolicy`, textOf(select), ['Disabled', 'Max', 'Min']));
  const policies = listOf(rules.policies);
  if (policies.length === 0) errors.push(required(`${at}.policies`, 'must specify at least one Policy'));
  policies.forEach((policy, i) => {
    const field = `${at}.policies[${String(i)}]`;
    if (policy.type !== 'Pods' && policy.type !== 'Percent')
      errors.push(notSupported(`${field}.type`, textOf(policy.type), ['Percent', 'Pods']));
    for (const name of ['value', 'periodSeconds']) {
      const value = Number(policy[name] ?? 0);
      if (value <= 0) errors.push(invalidValue(`${field}.${name}`, value, 'must be greater than zero'));
      if (name === 'periodSeconds' && value > MAX_PERIOD_SECONDS)
        errors.push(
          invalidValue(`${field}.${name}`, value, `must be less than or equal to ${String(MAX_PERIOD_SECONDS)}`),
        );
    }
  });
  return errors;
}
