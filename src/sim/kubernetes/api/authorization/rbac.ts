// May this user do that? Models k8s.io/kubernetes/plugin/pkg/auth/authorizer/rbac with pkg/registry/rbac/validation
// (Kubernetes 1.32): bindings of the cluster first, then those of the namespace. The words of a refusal are those of
// k8s.io/apiserver/pkg/endpoints/handlers/responsewriters/errors.go.
// Departures: nobody else decides (no node authorizer, no webhook); who writes a role is not asked whether they hold its
// rules themselves.
import type { Cluster } from '../../cluster.ts';
import type { ClusterRole, PolicyRule, RoleBinding } from '../../kinds/policy.ts';
import { matchesLabelSelector } from '../../selector.ts';
import { failure, type Status } from '../status.ts';
import { clusterRole, clusterRoleBindings, clusterRoles } from './default-roles.ts';
import { MASTERS, type User } from './user.ts';

/** What is asked for: a verb on a resource, or on a path that is none. */
export interface Attributes {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty for cluster scope and all namespaces. */
  readonly namespace: string;
  readonly name: string;
  /** Set when it is no resource. */
  readonly path?: string;
}

export interface Decision {
  readonly allowed: boolean;
  readonly reason: string;
}

interface Grant {
  readonly rules: readonly PolicyRule[];
  readonly why: string;
}

export function authorize(cluster: Cluster, user: User, asked: Attributes): Decision {
  if (user.groups.includes(MASTERS)) return { allowed: true, reason: '' };
  for (const { rules, why } of grants(cluster, user, asked.namespace))
    if (rules.some((rule) => allows(rule, asked))) return { allowed: true, reason: `RBAC: allowed by ${why}` };
  return { allowed: false, reason: '' };
}

/** All rules that hold for a user in a namespace. */
export function rulesFor(cluster: Cluster, user: User, namespace: string): readonly PolicyRule[] {
  return grants(cluster, user, namespace).flatMap(({ rules }) => rules);
}

function grants(cluster: Cluster, user: User, namespace: string): Grant[] {
  const { store } = cluster;
  const out: Grant[] = [];
  for (const binding of clusterRoleBindings(store)) {
    const subject = subjectOf(binding, user, '');
    const role = clusterRole(store, binding.roleRef.name);
    if (subject === undefined || !role) continue;
    const { name } = binding.metadata;
    const why = `ClusterRoleBinding "${name}" of ClusterRole "${role.metadata.name}" to ${subject}`;
    out.push({ rules: rulesOf(cluster, role), why });
  }
  if (namespace === '') return out;
  for (const binding of store.list('rolebindings', namespace)) {
    const subject = subjectOf(binding, user, namespace);
    if (subject === undefined) continue;
    const { kind, name } = binding.roleRef;
    const own = kind === 'Role' ? store.get('roles', `${namespace}/${name}`) : undefined;
    const shared = kind === 'ClusterRole' ? clusterRole(store, name) : undefined;
    const rules = own ? (own.rules ?? []) : shared ? rulesOf(cluster, shared) : undefined;
    if (!rules) continue;
    const where = `RoleBinding "${binding.metadata.name}/${namespace}"`;
    out.push({ rules, why: `${where} of ${kind} "${name}" to ${subject}` });
  }
  return out;
}

/** A ClusterRole that gathers others has the rules of all that its selectors find. */
export function rulesOf({ store }: Pick<Cluster, 'store'>, role: ClusterRole): readonly PolicyRule[] {
  const selectors = role.aggregationRule?.clusterRoleSelectors;
  if (!selectors) return role.rules ?? [];
  const found = clusterRoles(store).filter(
    (other) => other !== role && selectors.some((selector) => matchesLabelSelector(selector, other.metadata.labels)),
  );
  return [...(role.rules ?? []), ...found.flatMap((other) => other.rules ?? [])];
}

/** How a binding names the user, or undefined when it does not. */
function subjectOf({ subjects = [] }: Pick<RoleBinding, 'subjects'>, user: User, namespace: string) {
  for (const { kind, name, namespace: own } of subjects) {
    if (kind === 'User' && name === user.name) return `User "${name}"`;
    if (kind === 'Group' && user.groups.includes(name)) return `Group "${name}"`;
    const where = own ?? namespace;
    if (kind === 'ServiceAccount' && where !== '' && user.name === `system:serviceaccount:${where}:${name}`)
      return `ServiceAccount "${name}/${where}"`;
  }
  return undefined;
}

function allows(rule: PolicyRule, asked: Attributes): boolean {
  const has = (list: readonly string[] | undefined, value: string) =>
    list !== undefined && (list.includes('*') || list.includes(value));
  if (!has(rule.verbs, asked.verb)) return false;
  if (asked.path !== undefined) {
    const path = asked.path;
    return (rule.nonResourceURLs ?? []).some((url) =>
      url.endsWith('*') ? path.startsWith(url.slice(0, -1)) : url === path,
    );
  }
  if (!has(rule.apiGroups, asked.group)) return false;
  const whole = asked.subresource === '' ? asked.resource : `${asked.resource}/${asked.subresource}`;
  if (!has(rule.resources, whole) && !(asked.subresource !== '' && rule.resources?.includes(`*/${asked.subresource}`)))
    return false;
  return (rule.resourceNames ?? []).length === 0 || (asked.name !== '' && has(rule.resourceNames, asked.name));
}

/** The 403 of a request that its user may not make. */
export function forbiddenTo(user: User, asked: Attributes, reason = ''): Status {
  const { verb, group, resource, subresource, namespace, name, path } = asked;
  const who = `User ${JSON.stringify(user.name)} cannot`;
  const why = reason === '' ? '' : `: ${reason}`;
  if (path !== undefined)
    return failure(403, 'Forbidden', `forbidden: ${who} ${verb} path ${JSON.stringify(path)}${why}`, {});
  const whole = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const message = `${who} ${verb} resource "${whole}" in API group "${group}" ${where}${why}`;
  const about = `${resource}${group === '' ? '' : `.${group}`}${name === '' ? '' : ` "${name}"`}`;
  return failure(403, 'Forbidden', `${about} is forbidden: ${message}`, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}
