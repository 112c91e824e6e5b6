// Rules that hold for the metadata of every kind, and for label selectors. Models:
// k8s.io/apimachinery/pkg/api/validation/objectmeta.go and pkg/apis/meta/v1/validation (1.32).
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from './field-error.ts';
import { isLabelValue, isQualifiedName, type NameRule } from './names.ts';

const ANNOTATIONS_LIMIT_BYTES = 256 * 1024;

export function validateMetadata(metadata: JsonObject, nameRule: NameRule): FieldError[] {
  const errors: FieldError[] = [];
  const generateName = textOf(metadata.generateName);
  const name = textOf(metadata.name);
  if (generateName !== '')
    for (const message of nameRule(generateName.replace(/-$/, 'a')))
      errors.push(invalidValue('metadata.generateName', generateName, message));
  if (name === '') {
    if (generateName === '') errors.push(required('metadata.name', 'name or generateName is required'));
  } else for (const message of nameRule(name)) errors.push(invalidValue('metadata.name', name, message));
  errors.push(...validateLabels(metadata.labels, 'metadata.labels'));
  errors.push(...validateAnnotations(metadata.annotations, 'metadata.annotations'));
  listOf(metadata.ownerReferences).forEach((owner, i) => {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'])
      if (textOf(owner[field]) === '')
        errors.push(invalidValue(`metadata.ownerReferences[${String(i)}].${field}`, '', 'must not be empty'));
  });
  const controllers = listOf(metadata.ownerReferences).filter((owner) => owner.controller === true);
  if (controllers.length > 1)
    errors.push(
      invalidValue(
        'metadata.ownerReferences',
        { go: JSON.stringify(metadata.ownerReferences) },
        'Only one reference can have Controller set to true. Found "true" in references for ' +
          controllers.map((owner) => `${textOf(owner.kind)}/${textOf(owner.name)}`).join(' and '),
      ),
    );
  return errors;
}

export function validateLabels(labels: unknown, field: string): FieldError[] {
  const errors: FieldError[] = [];
  const map = objectOf(labels);
  for (const key of Object.keys(map).sort()) {
    for (const message of isQualifiedName(key)) errors.push(invalidValue(field, key, message));
    const value = textOf(map[key]);
    for (const message of isLabelValue(value)) errors.push(invalidValue(field, value, message));
  }
  return errors;
}

export function validateAnnotations(annotations: unknown, field: string): FieldError[] {
  const errors: FieldError[] = [];
  let size = 0;
  const map = objectOf(annotations);
  for (const key of Object.keys(map).sort()) {
    for (const message of isQualifiedName(key.toLowerCase())) errors.push(invalidValue(field, key, message));
    size += key.length + textOf(map[key]).length;
  }
  if (size > ANNOTATIONS_LIMIT_BYTES) errors.push(tooLong(field, ANNOTATIONS_LIMIT_BYTES));
  return errors;
}

export function validateLabelSelector(selector: unknown, field: string): FieldError[] {
  if (!isObject(selector)) return [];
  const errors = validateLabels(selector.matchLabels, `${field}.matchLabels`);
  listOf(selector.matchExpressions).forEach((expression, i) => {
    const at = `${field}.matchExpressions[${String(i)}]`;
    const operator = textOf(expression.operator);
    const values = Array.isArray(expression.values) ? expression.values : [];
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(
          forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
    } else errors.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
    const key = textOf(expression.key);
    for (const message of isQualifiedName(key)) errors.push(invalidValue(`${at}.key`, key, message));
    values.forEach((value, n) => {
      for (const message of isLabelValue(textOf(value)))
        errors.push(invalidValue(`${at}.values[${String(n)}]`, textOf(value), message));
    });
  });
  return errors;
}

/** A list whose entries must differ in `key`. */
export function validateUnique(list: readonly JsonObject[], key: string, field: string): FieldError[] {
  const seen = new Set<string>();
  const errors: FieldError[] = [];
  list.forEach((item, i) => {
    const value = textOf(item[key]);
    if (value === '') return;
    if (seen.has(value)) errors.push(duplicate(`${field}[${String(i)}].${key}`, value));
    seen.add(value);
  });
  return errors;
}

/** A text that must be one of `supported`, when there is one. */
export function validateOneOf(value: unknown, supported: readonly string[], field: string): FieldError[] {
  return supported.includes(textOf(value)) ? [] : [notSupported(field, textOf(value), supported)];
}

export function validateNotNegative(value: unknown, field: string): FieldError[] {
  return typeof value === 'number' && value < 0
    ? [invalidValue(field, value, 'must be greater than or equal to 0')]
    : [];
}
