// Rules for the policies of a Job: when a failed pod counts, when enough indexes are done, when a pod is replaced. Models
// validatePodFailurePolicy, validateSuccessPolicy and validatePodReplacementPolicy of pkg/apis/batch/validation/validation.go
// (1.32).
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { duplicate, type FieldError, invalidValue, notSupported, required, tooMany } from './field-error.ts';
import { validateNotNegative } from './metadata.ts';
import { isQualifiedName } from './names.ts';

const ACTIONS = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

const STATUSES = ['False', 'True', 'Unknown'];
const MOST_RULES = 20;
const MOST_EXIT_CODES = 255;

/** Go's `%q` of a list. */
function quotedList(list: readonly string[]): string {
  return `[${list.map((entry) => JSON.stringify(entry)).join(' ')}]`;
}

export function validateReplacementPolicy(spec: JsonObject, at: string): FieldError[] {
  if (spec.podReplacementPolicy === undefined) return [];
  const policy = textOf(spec.podReplacementPolicy);
  const supported = isObject(spec.podFailurePolicy) ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
  return supported.includes(policy) ? [] : [notSupported(`${at}.podReplacementPolicy`, policy, supported)];
}

export function validateFailurePolicy(spec: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const rules = listOf(objectOf(spec.podFailurePolicy).rules);
  if (rules.length > MOST_RULES) errors.push(tooMany(`${at}.podFailurePolicy.rules`, rules.length, MOST_RULES));
  const pod = objectOf(objectOf(spec.template).spec);
  const names = new Set([...listOf(pod.containers), ...listOf(pod.initContainers)].map((c) => textOf(c.name)));
  rules.forEach((rule, i) => {
    const field = `${at}.podFailurePolicy.rules[${String(i)}]`;
    const action = textOf(rule.action);
    if (action === '') errors.push(required(`${field}.action`, `valid values: ${quotedList(ACTIONS)}`));
    else if (!ACTIONS.includes(action)) errors.push(notSupported(`${field}.action`, action, ACTIONS));
    if (action === 'FailIndex' && spec.backoffLimitPerIndex === undefined)
      errors.push(invalidValue(`${field}.action`, action, 'requires the backoffLimitPerIndex to be set'));
    const codes = rule.onExitCodes;
    const conditions = listOf(rule.onPodConditions);
    if (isObject(codes)) errors.push(...validateExitCodes(codes, `${field}.onExitCodes`, names));
    if (conditions.length > MOST_RULES) errors.push(tooMany(`${field}.onPodConditions`, conditions.length, MOST_RULES));
    conditions.forEach((condition, n) => {
      const place = `${field}.onPodConditions[${String(n)}]`;
      const type = textOf(condition.type);
      const status = textOf(condition.status);
      for (const message of isQualifiedName(type)) errors.push(invalidValue(`${place}.type`, type, message));
      if (status === '') errors.push(required(`${place}.status`, `valid values: ${quotedList(STATUSES)}`));
      else if (!STATUSES.includes(status)) errors.push(notSupported(`${place}.status`, status, STATUSES));
    });
    const both = isObject(codes) && conditions.length > 0;
    const none = !isObject(codes) && conditions.length === 0;
    if (both || none)
      errors.push(
        invalidValue(
          field,
          { go: '' },
          both
            ? 'specifying both OnExitCodes and OnPodConditions is not supported'
            : 'specifying one of OnExitCodes and OnPodConditions is required',
        ),
      );
  });
  return errors;
}

function validateExitCodes(codes: JsonObject, at: string, names: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = [];
  const operator = textOf(codes.operator);
  const operators = ['In', 'NotIn'];
  if (operator === '') errors.push(required(`${at}.operator`, `valid values: ${quotedList(operators)}`));
  else if (!operators.includes(operator)) errors.push(notSupported(`${at}.operator`, operator, operators));
  if (codes.containerName !== undefined && !names.has(textOf(codes.containerName)))
    errors.push(
      invalidValue(
        `${at}.containerName`,
        textOf(codes.containerName),
        'must be one of the container or initContainer names in the pod template',
      ),
    );
  const values = (Array.isArray(codes.values) ? codes.values : []).map(Number);
  const go = { go: `[]int32${codes.values === undefined ? '(nil)' : `{${values.join(', ')}}`}` };
  if (values.length === 0) errors.push(invalidValue(`${at}.values`, go, 'at least one value is required'));
  if (values.length > MOST_EXIT_CODES) errors.push(tooMany(`${at}.values`, values.length, MOST_EXIT_CODES));
  values.forEach((value, i) => {
    const place = `${at}.values[${String(i)}]`;
    if (operator === 'In' && value === 0) errors.push(invalidValue(place, 0, 'must not be 0 for the In operator'));
    if (values.indexOf(value) < i) errors.push(duplicate(place, value));
  });
  if (values.some((value, i) => i > 0 && (values[i - 1] as number) > value))
    errors.push(invalidValue(`${at}.values`, go, 'must be ordered'));
  return errors;
}

export function validateSuccessPolicy(spec: JsonObject, at: string): FieldError[] {
  if (spec.completionMode !== 'Indexed')
    return [invalidValue(at, { go: 'batch.SuccessPolicy{…}' }, 'requires indexed completion mode')];
  const errors: FieldError[] = [];
  const rules = listOf(objectOf(spec.successPolicy).rules);
  if (rules.length === 0)
    errors.push(required(`${at}.rules`, 'at least one rules must be specified when the successPolicy is specified'));
  if (rules.length > MOST_RULES) errors.push(tooMany(`${at}.rules`, rules.length, MOST_RULES));
  const completions = Number(spec.completions ?? 0);
  rules.forEach((rule, i) => {
    const place = `${at}.rules[${String(i)}]`;
    const { succeededCount: count, succeededIndexes: indexes } = rule;
    if (count === undefined && indexes === undefined)
      errors.push(required(place, 'at least one of succeededCount or succeededIndexes must be specified'));
    let total = 0;
    if (indexes !== undefined) {
      const read = readIndexes(textOf(indexes), completions);
      if (typeof read === 'number') total = read;
      else
        errors.push(
          invalidValue(`${place}.succeededIndexes`, textOf(indexes), `error parsing succeededIndexes: ${read}`),
        );
    }
    if (typeof count !== 'number') return;
    const field = `${place}.succeededCount`;
    errors.push(...validateNotNegative(count, field));
    const most = (limit: number, of: string) => `must be less than or equal to ${String(limit)} (the number of ${of})`;
    if (count > completions) errors.push(invalidValue(field, count, most(completions, 'specified completions')));
    if (indexes !== undefined && count > total)
      errors.push(invalidValue(field, count, most(total, 'indexes in the specified succeededIndexes field')));
  });
  return errors;
}

/** How many indexes a list such as `0,2-4` names, or what is wrong with it. */
function readIndexes(text: string, completions: number): number | string {
  let last = -1;
  let total = 0;
  const order = (current: number) => `non-increasing order, previous: ${String(last)}, current: ${String(current)}`;
  for (const part of text === '' ? [] : text.split(',')) {
    const ends = part.split('-');
    if (ends.length > 2)
      return `the fragment ${JSON.stringify(part)} violates the requirement that an index interval can have at most two parts separated by '-'`;
    for (const [i, end] of ends.entries()) {
      if (!/^\+?\d+$/.test(end)) return `cannot convert string to integer for index: ${JSON.stringify(end)}`;
      const index = Number(end);
      if (index >= completions) return `too large index: ${JSON.stringify(end)}`;
      if (index <= last) return order(index);
      total += i === 0 ? 1 : index - last;
      last = index;
    }
  }
  return total;
}
