// Rules for roles and bindings. Models pkg/apis/rbac/validation/validation.go (1.32).
import { deepEqual, isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { type FieldError, goStrings, invalidValue, notSupported, required } from './field-error.ts';
import { validateLabelSelector } from './metadata.ts';
import { isDNS1123Subdomain } from './names.ts';

const GROUP = 'rbac.authorization.k8s.io';

export function validateRole(object: JsonObject, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  listOf(object.rules).forEach((rule, i) => {
    const at = `rules[${String(i)}]`;
    const texts = (field: string) => (Array.isArray(rule[field]) ? rule[field].map(textOf) : []);
    if (texts('verbs').length === 0) errors.push(required(`${at}.verbs`, 'verbs must contain at least one value'));
    const urls = texts('nonResourceURLs');
    if (urls.length > 0) {
      if (namespaced)
        errors.push(
          invalidValue(`${at}.nonResourceURLs`, goStrings(urls), 'namespaced rules cannot apply to non-resource URLs'),
        );
      if (texts('apiGroups').length + texts('resources').length + texts('resourceNames').length > 0)
        errors.push(
          invalidValue(
            `${at}.nonResourceURLs`,
            goStrings(urls),
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        );
      return;
    }
    if (texts('apiGroups').length === 0)
      errors.push(required(`${at}.apiGroups`, 'resource rules must supply at least one api group'));
    if (texts('resources').length === 0)
      errors.push(required(`${at}.resources`, 'resource rules must supply at least one resource'));
  });
  const selectors = listOf(objectOf(object.aggregationRule).clusterRoleSelectors);
  if (isObject(object.aggregationRule) && selectors.length === 0)
    errors.push(
      required(
        'aggregationRule.clusterRoleSelectors',
        'at least one clusterRoleSelector required if aggregationRule is non-nil',
      ),
    );
  selectors.forEach((selector, i) => {
    errors.push(...validateLabelSelector(selector, `aggregationRule.clusterRoleSelectors[${String(i)}]`));
  });
  return errors;
}

export function validateBinding(object: JsonObject, namespaced: boolean): FieldError[] {
  const errors: FieldError[] = [];
  const ref = objectOf(object.roleRef);
  if (ref.apiGroup !== GROUP) errors.push(notSupported('roleRef.apiGroup', textOf(ref.apiGroup), [GROUP]));
  const kinds = namespaced ? ['Role', 'ClusterRole'] : ['ClusterRole'];
  if (!kinds.includes(textOf(ref.kind))) errors.push(notSupported('roleRef.kind', textOf(ref.kind), kinds));
  if (textOf(ref.name) === '') errors.push(required('roleRef.name'));
  listOf(object.subjects).forEach((subject, i) => {
    const at = `subjects[${String(i)}]`;
    const name = textOf(subject.name);
    const group = textOf(subject.apiGroup);
    if (name === '') errors.push(required(`${at}.name`));
    switch (subject.kind) {
      case 'ServiceAccount':
        if (name !== '')
          for (const message of isDNS1123Subdomain(name)) errors.push(invalidValue(`${at}.name`, name, message));
        if (group !== '') errors.push(notSupported(`${at}.apiGroup`, group, ['']));
        if (!namespaced && textOf(subject.namespace) === '') errors.push(required(`${at}.namespace`));
        break;
      case 'User':
      case 'Group':
        if (group !== GROUP) errors.push(notSupported(`${at}.apiGroup`, group, [GROUP]));
        break;
      default:
        errors.push(notSupported(`${at}.kind`, textOf(subject.kind), ['ServiceAccount', 'User', 'Group']));
    }
  });
  return errors;
}

export function validateBindingUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  if (deepEqual(after.roleRef, before.roleRef)) return [];
  const { apiGroup, kind, name } = objectOf(after.roleRef);
  const go = `rbac.RoleRef{APIGroup:${JSON.stringify(textOf(apiGroup))}, Kind:${JSON.stringify(textOf(kind))}, Name:${JSON.stringify(textOf(name))}}`;
  return [invalidValue('roleRef', { go }, 'cannot change roleRef')];
}
