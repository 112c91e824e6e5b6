// Rules for what a pod tells the scheduler: spread constraints, affinity to other pods, scheduling gates, preemption.
// Models pkg/apis/core/validation/validation.go (1.32): validateTopologySpreadConstraints, validatePodAffinityTerm,
// validateSchedulingGates, validatePreemptionPolicy.
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { duplicate, type FieldError, forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { validateLabelSelector } from './metadata.ts';
import { isDNS1123Label, isQualifiedName } from './names.ts';

export function validateScheduling(spec: JsonObject, at: string): FieldError[] {
  const errors = validateSpread(listOf(spec.topologySpreadConstraints), `${at}.topologySpreadConstraints`);
  const affinity = objectOf(spec.affinity);
  for (const kind of ['podAffinity', 'podAntiAffinity'])
    errors.push(...validatePodAffinity(objectOf(affinity[kind]), `${at}.affinity.${kind}`));
  const seen = new Set<string>();
  listOf(spec.schedulingGates).forEach((gate, i) => {
    const field = `${at}.schedulingGates[${String(i)}]`;
    const name = textOf(gate.name);
    for (const message of isQualifiedName(name)) errors.push(invalidValue(field, name, message));
    if (seen.has(name)) errors.push(duplicate(field, name));
    seen.add(name);
  });
  const policy = textOf(spec.preemptionPolicy);
  if (policy !== '' && policy !== 'PreemptLowerPriority' && policy !== 'Never')
    errors.push(notSupported(`${at}.preemptionPolicy`, policy, ['PreemptLowerPriority', 'Never']));
  return errors;
}

function validateSpread(constraints: readonly JsonObject[], at: string): FieldError[] {
  const errors: FieldError[] = [];
  constraints.forEach((constraint, i) => {
    const field = `${at}[${String(i)}]`;
    const { maxSkew, minDomains } = constraint;
    const key = textOf(constraint.topologyKey);
    const action = textOf(constraint.whenUnsatisfiable);
    const skew = typeof maxSkew === 'number' ? maxSkew : 0;
    if (skew <= 0) errors.push(invalidValue(`${field}.maxSkew`, skew, NOT_POSITIVE));
    if (key === '') errors.push(required(`${field}.topologyKey`, 'can not be empty'));
    else errors.push(...labelName(key, `${field}.topologyKey`));
    if (action !== 'DoNotSchedule' && action !== 'ScheduleAnyway')
      errors.push(notSupported(`${field}.whenUnsatisfiable`, action, ['DoNotSchedule', 'ScheduleAnyway']));
    const same = (other: JsonObject) => textOf(other.topologyKey) === key && textOf(other.whenUnsatisfiable) === action;
    if (constraints.slice(i + 1).some(same))
      errors.push(duplicate(`${field}.{topologyKey, whenUnsatisfiable}`, `{${key}, ${action}}`));
    if (typeof minDomains === 'number') {
      if (minDomains <= 0) errors.push(invalidValue(`${field}.minDomains`, minDomains, NOT_POSITIVE));
      if (action !== 'DoNotSchedule')
        errors.push(
          invalidValue(
            `${field}.minDomains`,
            minDomains,
            `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${action}`,
          ),
        );
    }
    for (const name of ['nodeAffinityPolicy', 'nodeTaintsPolicy']) {
      const policy = constraint[name];
      if (policy !== undefined && policy !== 'Honor' && policy !== 'Ignore')
        errors.push(notSupported(`${field}.${name}`, textOf(policy), ['Honor', 'Ignore']));
    }
    errors.push(...validateLabelKeys(constraint, 'matchLabelKeys', field));
    const selector = objectOf(constraint.labelSelector);
    const selected = new Set([
      ...Object.keys(objectOf(selector.matchLabels)),
      ...listOf(selector.matchExpressions).map((expression) => textOf(expression.key)),
    ]);
    textsOf(constraint.matchLabelKeys).forEach((name, k) => {
      if (selected.has(name))
        errors.push(
          invalidValue(
            `${field}.matchLabelKeys[${String(k)}]`,
            name,
            'exists in both matchLabelKeys and labelSelector',
          ),
        );
    });
    if (isObject(constraint.labelSelector))
      errors.push(...validateLabelSelector(constraint.labelSelector, `${field}.labelSelector`));
  });
  return errors;
}

const NOT_POSITIVE = 'must be greater than zero';

function validatePodAffinity(affinity: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const hard = 'requiredDuringSchedulingIgnoredDuringExecution';
  const soft = 'preferredDuringSchedulingIgnoredDuringExecution';
  listOf(affinity[hard]).forEach((term, i) => {
    errors.push(...validateTerm(term, `${at}.${hard}[${String(i)}]`));
  });
  listOf(affinity[soft]).forEach((preference, i) => {
    const field = `${at}.${soft}[${String(i)}]`;
    const weight = typeof preference.weight === 'number' ? preference.weight : 0;
    if (weight <= 0 || weight > 100) errors.push(invalidValue(`${field}.weight`, weight, 'must be in the range 1-100'));
    errors.push(...validateTerm(objectOf(preference.podAffinityTerm), `${field}.podAffinityTerm`));
  });
  return errors;
}

function validateTerm(term: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ['labelSelector', 'namespaceSelector'])
    if (isObject(term[name])) errors.push(...validateLabelSelector(term[name], `${at}.${name}`));
  for (const namespace of textsOf(term.namespaces))
    for (const message of isDNS1123Label(namespace)) errors.push(invalidValue(`${at}.namespace`, namespace, message));
  errors.push(...validateLabelKeys(term, 'matchLabelKeys', at), ...validateLabelKeys(term, 'mismatchLabelKeys', at));
  const matched = textsOf(term.matchLabelKeys);
  textsOf(term.mismatchLabelKeys).forEach((name, i) => {
    if (matched.includes(name))
      errors.push(
        invalidValue(
          `${at}.mismatchLabelKeys[${String(i)}]`,
          name,
          'exists in both matchLabelKeys and mismatchLabelKeys',
        ),
      );
  });
  const key = textOf(term.topologyKey);
  if (key === '') errors.push(required(`${at}.topologyKey`, 'can not be empty'));
  errors.push(...labelName(key, `${at}.topologyKey`));
  return errors;
}

function validateLabelKeys(owner: JsonObject, name: 'matchLabelKeys' | 'mismatchLabelKeys', at: string): FieldError[] {
  const keys = textsOf(owner[name]);
  if (keys.length === 0) return [];
  const errors = keys.flatMap((key, i) => labelName(key, `${at}.${name}[${String(i)}]`));
  if (isObject(owner.labelSelector)) return errors;
  return [forbiddenField(`${at}.${name}`, 'must not be specified when labelSelector is not set'), ...errors];
}

function labelName(name: string, field: string): FieldError[] {
  return isQualifiedName(name).map((message) => invalidValue(field, name, message));
}

function textsOf(list: unknown): readonly string[] {
  return Array.isArray(list) ? list.map(textOf) : [];
}
