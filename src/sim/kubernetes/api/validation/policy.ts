// Rules for disruption budgets, priority classes, quotas, ranges, secrets. Models pkg/apis/{policy,scheduling,core}/
// validation/validation.go (1.32).
// Departure: Go prints a whole budget with addresses of pointers in it; here its name stands for it.
import { compareQuantities, parseQuantity } from '../../quantity.ts';
import { deepEqual, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  goQuantity,
  goStrings,
  type GoText,
  invalidValue,
  notSupported,
  required,
} from './field-error.ts';
import { validateLabelSelector } from './metadata.ts';
import { isQualifiedName } from './names.ts';
import { validateAtMostAll, validateCountOrPercent } from './workload.ts';

export function validateDisruptionBudget(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.minAvailable !== undefined && spec.maxUnavailable !== undefined)
    errors.push(
      invalidValue(
        'spec',
        { go: 'policy.PodDisruptionBudgetSpec{…}' },
        'minAvailable and maxUnavailable cannot be both set',
      ),
    );
  for (const field of ['minAvailable', 'maxUnavailable']) {
    const value = spec[field];
    if (value === undefined) continue;
    errors.push(...validateCountOrPercent(value, `spec.${field}`));
    errors.push(...validateAtMostAll(value, `spec.${field}`));
  }
  errors.push(...validateLabelSelector(spec.selector, 'spec.selector'));
  const policy = spec.unhealthyPodEvictionPolicy;
  if (policy !== undefined && policy !== 'AlwaysAllow' && policy !== 'IfHealthyBudget')
    errors.push(notSupported('spec.unhealthyPodEvictionPolicy', textOf(policy), ['AlwaysAllow', 'IfHealthyBudget']));
  return errors;
}

const HIGHEST_USER_PRIORITY = 1_000_000_000;
const SYSTEM: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
};

export function validatePriorityClass(object: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const name = textOf(objectOf(object.metadata).name);
  const value = Number(object.value ?? 0);
  if (name.startsWith('system-')) {
    const known = SYSTEM[name];
    const why =
      known === undefined
        ? `${name} is not a known system priority class`
        : value !== known
          ? `value of ${name} PriorityClass must be ${String(known)}`
          : object.globalDefault === true
            ? `globalDefault of ${name} PriorityClass must be false`
            : '';
    if (why !== '')
      errors.push(
        forbiddenField(
          'metadata.name',
          `priority class names with 'system-' prefix are reserved for system use only. error: ${why}`,
        ),
      );
  } else if (value > HIGHEST_USER_PRIORITY)
    errors.push(
      forbiddenField('value', `maximum allowed value of a user defined priority is ${String(HIGHEST_USER_PRIORITY)}`),
    );
  const policy = textOf(object.preemptionPolicy);
  if (policy === '') errors.push(required('preemptionPolicy'));
  else if (policy !== 'PreemptLowerPriority' && policy !== 'Never')
    errors.push(notSupported('preemptionPolicy', policy, ['PreemptLowerPriority', 'Never']));
  return errors;
}

export function validatePriorityClassUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (after.value !== before.value) errors.push(forbiddenField('value', 'may not be changed in an update.'));
  if (after.preemptionPolicy !== before.preemptionPolicy)
    errors.push(invalidValue('preemptionPolicy', textOf(after.preemptionPolicy), 'field is immutable'));
  return errors;
}

// ---- Quotas

const COMPUTE = ['cpu', 'memory', 'ephemeral-storage'];
const COUNTED = [
  'configmaps',
  'persistentvolumeclaims',
  'pods',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'services',
  'services.loadbalancers',
  'services.nodeports',
];
const QUOTA_RESOURCES = new Set([
  ...COMPUTE,
  ...COMPUTE.flatMap((name) => [`requests.${name}`, `limits.${name}`]),
  ...COUNTED,
  'requests.storage',
]);
const SCOPES = [
  'BestEffort',
  'CrossNamespacePodAffinity',
  'NotBestEffort',
  'NotTerminating',
  'PriorityClass',
  'Terminating',
];

const POD_COMPUTE = ['cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory'];

/** Whether a resource that quotas know may be counted for the pods of one scope. (IsResourceQuotaScopeValidForResource) */
function countsUnder(scope: string, name: string): boolean {
  if (!QUOTA_RESOURCES.has(name) || !SCOPES.includes(scope) || name === 'pods') return true;
  return scope !== 'BestEffort' && POD_COMPUTE.includes(name);
}

function goScopes(scopes: unknown): GoText {
  if (!Array.isArray(scopes)) return { go: '[]core.ResourceQuotaScope(nil)' };
  return { go: `[]core.ResourceQuotaScope{${scopes.map((scope) => JSON.stringify(textOf(scope))).join(', ')}}` };
}

function goScopeSelector(spec: JsonObject): GoText {
  const text = (value: unknown) => JSON.stringify(textOf(value));
  const entries = listOf(objectOf(spec.scopeSelector).matchExpressions).map(({ scopeName, operator, values }) => {
    const list = Array.isArray(values) ? goStrings(values.map(textOf)).go : '[]string(nil)';
    return `core.ScopedResourceSelectorRequirement{ScopeName:${text(scopeName)}, Operator:${text(operator)}, Values:${list}}`;
  });
  return {
    go: `core.ScopeSelector{MatchExpressions:[]core.ScopedResourceSelectorRequirement{${entries.join(', ')}}}`,
  };
}

export function validateQuota(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const hard = objectOf(spec.hard);
  for (const name of Object.keys(hard).sort()) {
    const field = `spec.hard[${name}]`;
    const wrong = isQualifiedName(name);
    for (const message of wrong) errors.push(invalidValue(field, name, message));
    if (
      wrong.length === 0 &&
      !name.includes('/') &&
      !QUOTA_RESOURCES.has(name) &&
      !/^(requests\.)?hugepages-/.test(name)
    ) {
      if (name !== 'storage')
        errors.push(invalidValue(field, name, 'must be a standard resource type or fully qualified'));
      errors.push(invalidValue(field, name, 'must be a standard resource for quota'));
    }
    const value = textOf(hard[name]);
    const amount = parseQuantity(value)?.nano ?? 0n;
    if (amount < 0n) errors.push(invalidValue(field, value, 'must be greater than or equal to 0'));
    if ((COUNTED.includes(name) || name.startsWith('count/')) && amount % 1_000_000_000n !== 0n)
      errors.push(invalidValue(field, goQuantity(value), 'must be an integer'));
  }
  const scopes = Array.isArray(spec.scopes) ? spec.scopes.map(textOf) : [];
  const all = goScopes(spec.scopes);
  const names = Object.keys(hard).sort();
  scopes.forEach((scope) => {
    if (!SCOPES.includes(scope)) errors.push(invalidValue('spec.scopes', all, 'unsupported scope'));
    for (const name of names)
      if (!countsUnder(scope, name))
        errors.push(invalidValue('spec.scopes', all, 'unsupported scope applied to resource'));
  });
  const chosen = listOf(objectOf(spec.scopeSelector).matchExpressions).map((e) => textOf(e.scopeName));
  for (const [field, list] of [
    ['spec.scopes', scopes],
    ['spec.scopeSelector.matchExpressions', chosen],
  ] as const)
    for (const [a, b] of [
      ['BestEffort', 'NotBestEffort'],
      ['Terminating', 'NotTerminating'],
    ] as const)
      if (list.includes(a) && list.includes(b)) errors.push(invalidValue(field, all, 'conflicting scopes'));
  listOf(objectOf(spec.scopeSelector).matchExpressions).forEach((expression) => {
    const at = 'spec.scopeSelector.matchExpressions';
    const scope = textOf(expression.scopeName);
    const operator = textOf(expression.operator);
    const values = Array.isArray(expression.values) ? expression.values : [];
    if (!SCOPES.includes(scope)) errors.push(invalidValue(`${at}.scopeName`, scope, 'unsupported scope'));
    for (const name of names)
      if (!countsUnder(scope, name))
        errors.push(invalidValue(at, goScopeSelector(spec), 'unsupported scope applied to resource'));
    if (SCOPES.includes(scope) && scope !== 'PriorityClass' && operator !== 'Exists')
      errors.push(
        invalidValue(
          `${at}.operator`,
          operator,
          "must be 'Exist' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
        ),
      );
    if ((operator === 'In' || operator === 'NotIn') && values.length === 0)
      errors.push(
        required(`${at}.values`, "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector"),
      );
    else if ((operator === 'Exists' || operator === 'DoesNotExist') && values.length > 0)
      errors.push(
        invalidValue(
          `${at}.values`,
          goStrings(values.map(textOf)),
          "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
        ),
      );
    else if (!['In', 'NotIn', 'Exists', 'DoesNotExist'].includes(operator))
      errors.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
  });
  return errors;
}

export function validateQuotaUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const list = (value: unknown) => (Array.isArray(value) ? value.map(textOf).sort() : []);
  return deepEqual(list(after.scopes), list(before.scopes))
    ? []
    : [invalidValue('spec.scopes', goScopes(after.scopes), 'field is immutable')];
}

// ---- Ranges

const LIMIT_TYPES = ['Pod', 'Container', 'PersistentVolumeClaim'];

export function validateLimitRange(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  listOf(spec.limits).forEach((limit, i) => {
    const at = `spec.limits[${String(i)}]`;
    const type = textOf(limit.type);
    const wrong = isQualifiedName(type);
    for (const message of wrong) errors.push(invalidValue(`${at}.type`, type, message));
    if (wrong.length === 0 && !type.includes('/') && !LIMIT_TYPES.includes(type))
      errors.push(invalidValue(`${at}.type`, type, 'must be a standard limit type or fully qualified'));
    if (seen.has(type)) errors.push(duplicate(`${at}.type`, type));
    seen.add(type);
    const parts = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
    const maps = Object.fromEntries(parts.map((part) => [part, objectOf(limit[part])])) as Record<string, JsonObject>;
    if (type === 'Pod')
      for (const part of ['default', 'defaultRequest'])
        if (Object.keys(maps[part] as JsonObject).length > 0)
          errors.push(forbiddenField(`${at}.${part}`, "may not be specified when `type` is 'Pod'"));
    if (type === 'PersistentVolumeClaim' && maps.min?.storage === undefined && maps.max?.storage === undefined)
      errors.push(
        required(`${at}.limits`, 'either minimum or maximum storage value is required, but neither was provided'),
      );
    const names = new Set(parts.flatMap((part) => Object.keys(maps[part] as JsonObject)));
    for (const name of [...names].sort()) errors.push(...validateRange(maps, name, at));
  });
  return errors;
}

function validateRange(maps: Readonly<Record<string, JsonObject>>, name: string, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const text = (part: string) => textOf(maps[part]?.[name]);
  const over = (a: string, b: string) => {
    const left = parseQuantity(text(a));
    const right = parseQuantity(text(b));
    return left && right && compareQuantities(left, right) > 0;
  };
  const WORDS: Readonly<Record<string, string>> = {
    min: 'min value',
    max: 'max value',
    default: 'default value',
    defaultRequest: 'default request value',
  };
  // The field that is blamed, the part whose value is printed, and the two that are compared.
  for (const [field, printed, low, high] of [
    ['min', 'min', 'min', 'max'],
    ['defaultRequest', 'defaultRequest', 'min', 'defaultRequest'],
    ['defaultRequest', 'defaultRequest', 'defaultRequest', 'max'],
    ['defaultRequest', 'defaultRequest', 'defaultRequest', 'default'],
    ['default', 'min', 'min', 'default'],
    ['default', 'max', 'default', 'max'],
  ] as const)
    if (over(low, high)) {
      const second = high === 'default' && low === 'defaultRequest' ? 'default limit value' : (WORDS[high] as string);
      errors.push(
        invalidValue(
          `${at}.${field}[${name}]`,
          goQuantity(text(printed)),
          `${WORDS[low] as string} ${text(low)} is greater than ${second} ${text(high)}`,
        ),
      );
    }
  const ratio = text('maxLimitRequestRatio');
  if (ratio !== '' && (parseQuantity(ratio)?.nano ?? 0n) < 1_000_000_000n)
    errors.push(
      invalidValue(`${at}.maxLimitRequestRatio[${name}]`, goQuantity(ratio), `ratio ${ratio} is less than 1`),
    );
  const least = parseQuantity(text('min'))?.nano ?? 0n;
  const most = parseQuantity(text('max'))?.nano ?? 0n;
  const wanted = parseQuantity(ratio)?.nano ?? 0n;
  if (least > 0n && most > 0n && wanted * least > most * 1_000_000_000n)
    errors.push(
      invalidValue(
        `${at}.maxLimitRequestRatio[${name}]`,
        goQuantity(ratio),
        `ratio ${ratio} is greater than max/min = ${(Number(most) / Number(least)).toFixed(6)}`,
      ),
    );
  return errors;
}

// ---- Secrets

/** What a secret of a known type must hold. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/dockercfg': ['.dockercfg'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};

export function validateSecretType(object: JsonObject): FieldError[] {
  const type = textOf(object.type);
  const data = objectOf(object.data);
  const errors = (KEYS[type] ?? []).flatMap((key) =>
    data[key] === undefined || (key === 'ssh-privatekey' && data[key] === '') ? [required(`data[${key}]`)] : [],
  );
  if (type === 'kubernetes.io/service-account-token') {
    const annotations = objectOf(objectOf(object.metadata).annotations);
    if (textOf(annotations['kubernetes.io/service-account.name']) === '')
      errors.push(required('metadata.annotations[kubernetes.io/service-account.name]'));
  }
  if (type === 'kubernetes.io/basic-auth' && data.username === undefined && data.password === undefined)
    errors.push(required('data[username]'), required('data[password]'));
  return errors;
}
