import { describe, expect, test } from 'vitest';
import { type JsonObject, objectOf } from '../json.ts';
import { apiWorld } from '../testing.ts';

const NS = '/api/v1/namespaces/default';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const as = (user: string, groups = '') => ({
  'impersonate-user': user,
  ...(groups === '' ? {} : { 'impersonate-group': groups }),
});
const bind = (role: string, subject: JsonObject, kind = 'ClusterRole') => ({
  metadata: { name: `${role}-binding` },
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: role },
  subjects: [subject],
});
const jane = { kind: 'User', name: 'jane', apiGroup: 'rbac.authorization.k8s.io' };

describe('impersonation', () => {
  test.each([
    [
      'a list',
      'GET',
      `${NS}/pods`,
      'pods is forbidden: User "jane" cannot list resource "pods" in API group "" in the namespace "default"',
    ],
    [
      'one object of a group',
      'DELETE',
      '/apis/apps/v1/namespaces/x/deployments/web',
      'deployments.apps "web" is forbidden: User "jane" cannot delete resource "deployments" in API group "apps" in the namespace "x"',
    ],
    [
      'cluster scope',
      'GET',
      '/api/v1/nodes',
      'nodes is forbidden: User "jane" cannot list resource "nodes" in API group "" at the cluster scope',
    ],
    [
      'a sub-resource',
      'POST',
      `${NS}/pods/a/eviction`,
      'pods "a" is forbidden: User "jane" cannot create resource "pods/eviction" in API group "" in the namespace "default"',
    ],
    ['a path', 'GET', '/metrics', 'forbidden: User "jane" cannot get path "/metrics"'],
  ] as const)('without a role %s is refused', (_name, method, path, message) => {
    const answer = apiWorld().ask(method, path, undefined, as('jane'));
    expect(answer).toMatchObject({ code: 403, reason: 'Forbidden', message });
  });

  test('roles of the namespace and of the cluster are heard', () => {
    const w = apiWorld();
    expect(w.ask('POST', `${RBAC}/namespaces/default/rolebindings`, bind('view', jane)).code).toBe(201);
    expect(w.ask('GET', `${NS}/pods`, undefined, as('jane')).code).toBe(200);
    expect(w.ask('GET', '/api/v1/pods', undefined, as('jane')).code).toBe(403);
    expect(w.ask('GET', `${NS}/secrets`, undefined, as('jane')).code).toBe(403);
    expect(w.ask('POST', `${RBAC}/clusterrolebindings`, bind('cluster-admin', jane)).code).toBe(201);
    expect(w.ask('GET', `${NS}/secrets`, undefined, as('jane')).code).toBe(200);
  });

  test('a role may name objects, and a group may hold it', () => {
    const w = apiWorld();
    const rules = [{ apiGroups: [''], resources: ['configmaps'], resourceNames: ['one'], verbs: ['get'] }];
    w.ask('POST', `${RBAC}/namespaces/default/roles`, { metadata: { name: 'r' }, rules });
    const group = { kind: 'Group', name: 'dev', apiGroup: 'rbac.authorization.k8s.io' };
    w.ask('POST', `${RBAC}/namespaces/default/rolebindings`, bind('r', group, 'Role'));
    expect(w.ask('GET', `${NS}/configmaps/one`, undefined, as('jo', 'dev')).code).toBe(404);
    expect(w.ask('GET', `${NS}/configmaps/two`, undefined, as('jo', 'dev')).code).toBe(403);
    expect(w.ask('GET', `${NS}/configmaps/one`, undefined, as('jo')).code).toBe(403);
  });

  test('discovery is for everybody', () => {
    const w = apiWorld();
    for (const path of ['/api', '/apis', '/api/v1', '/apis/apps/v1', '/version'])
      expect([path, w.ask('GET', path, undefined, as('jane')).code]).toEqual([path, 200]);
  });

  test('an apply of what is not there needs the right to create', () => {
    const w = apiWorld();
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['patch'] }];
    w.ask('POST', `${RBAC}/namespaces/default/roles`, { metadata: { name: 'r' }, rules });
    w.ask('POST', `${RBAC}/namespaces/default/rolebindings`, bind('r', jane, 'Role'));
    const headers = { ...as('jane'), 'content-type': 'application/apply-patch+yaml' };
    const answer = w.ask(
      'PATCH',
      `${NS}/configmaps/c?fieldManager=k`,
      { apiVersion: 'v1', kind: 'ConfigMap' },
      headers,
    );
    expect(answer.message).toContain('User "jane" cannot create resource "configmaps"');
  });
});

describe('the roles that are there from the start', () => {
  test('are listed and found without being stored, and can be changed', () => {
    const w = apiWorld();
    const names = w.ask('GET', `${RBAC}/clusterroles`).items.map((role) => objectOf(role.metadata).name);
    expect(names).toEqual(expect.arrayContaining(['admin', 'cluster-admin', 'edit', 'view']));
    expect(w.store.size('clusterroles')).toBe(0);
    const patch = { metadata: { labels: { a: 'b' } } };
    const answer = w.patch(`${RBAC}/clusterroles/view`, patch, 'application/merge-patch+json');
    expect(answer.metadata.labels).toMatchObject({ a: 'b' });
    expect(objectOf(w.ask('GET', `${RBAC}/clusterroles/view`).metadata.labels).a).toBe('b');
    expect(w.store.size('clusterroles')).toBe(1);
  });

  test('a role that gathers others shows their rules', () => {
    const w = apiWorld();
    const labels = { monitor: 'true' };
    const rules = [{ apiGroups: [''], resources: ['nodes'], verbs: ['get'] }];
    w.ask('POST', `${RBAC}/clusterroles`, { metadata: { name: 'part', labels }, rules });
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: labels }] };
    w.ask('POST', `${RBAC}/clusterroles`, { metadata: { name: 'whole' }, aggregationRule, rules: [] });
    expect(w.ask('GET', `${RBAC}/clusterroles/whole`).rules).toEqual(rules);
  });
});

describe('reviews', () => {
  const ask = (w: ReturnType<typeof apiWorld>, kind: string, spec: JsonObject, headers = {}) =>
    w.ask('POST', `/apis/authorization.k8s.io/v1/${kind}`, { spec }, headers);

  test('who am I', () => {
    const w = apiWorld();
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const info = { username: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] };
    expect(w.ask('POST', path, {}).status).toEqual({ userInfo: info });
    expect(w.ask('POST', path, {}, as('jane', 'dev')).status).toEqual({
      userInfo: { username: 'jane', groups: ['dev', 'system:authenticated'] },
    });
  });

  test('may I, and may they', () => {
    const w = apiWorld();
    w.ask('POST', `${RBAC}/namespaces/default/rolebindings`, bind('edit', jane));
    const wanted = { namespace: 'default', verb: 'create', group: 'apps', resource: 'deployments' };
    expect(ask(w, 'selfsubjectaccessreviews', { resourceAttributes: wanted }).status).toEqual({ allowed: true });
    expect(ask(w, 'selfsubjectaccessreviews', { resourceAttributes: wanted }, as('jane')).status).toEqual({
      allowed: true,
      reason: 'RBAC: allowed by RoleBinding "edit-binding/default" of ClusterRole "edit" to User "jane"',
    });
    expect(ask(w, 'subjectaccessreviews', { user: 'bob', resourceAttributes: wanted }).status).toEqual({
      allowed: false,
    });
    const other = { ...wanted, namespace: 'x' };
    const local = `namespaces/x/localsubjectaccessreviews`;
    expect(ask(w, local, { user: 'jane', resourceAttributes: other }).status).toEqual({ allowed: false });
    expect(ask(w, local, { user: 'jane', resourceAttributes: wanted }).code).toBe(422);
  });

  test('tokens of service accounts', () => {
    const w = apiWorld();
    w.ask('POST', `${NS}/serviceaccounts`, { metadata: { name: 'robot' } });
    const made = w.ask('POST', `${NS}/serviceaccounts/robot/token`, { spec: { expirationSeconds: 600 } });
    expect(made).toMatchObject({ code: 201, status: { expirationTimestamp: '2026-11-24T09:10:00Z' } });
    const { token } = made.status as { token: string };
    const headers = { authorization: `Bearer ${token}` };
    expect(w.ask('GET', `${NS}/pods`, undefined, headers).message).toContain(
      'User "system:serviceaccount:default:robot" cannot list resource "pods"',
    );
    const review = w.ask('POST', '/apis/authentication.k8s.io/v1/tokenreviews', { spec: { token } });
    expect(review.status).toMatchObject({
      authenticated: true,
      user: { username: 'system:serviceaccount:default:robot' },
    });
    expect(w.ask('GET', `${NS}/pods`, undefined, { authorization: 'Bearer no' })).toMatchObject({
      code: 401,
      reason: 'Unauthorized',
    });
    const short = w.ask('POST', `${NS}/serviceaccounts/robot/token`, { spec: { expirationSeconds: 60 } });
    expect(short.message).toContain('may not specify a duration less than 10 minutes');
  });
});
