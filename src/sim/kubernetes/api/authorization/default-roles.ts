// The roles that every cluster has from the start, as far as people meet them: cluster-admin, admin, edit, view and
// what everybody who is known may do. Models plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go (1.32).
// They cost a world nothing until one is changed: they are not in the store, but are found beside what is there. A write
// to one puts it into the store first.
// Departures: the roles of the system's own components are left out, because their requests are not authorized here;
// admin, edit and view hold the rules of the roles that they gather; one that is deleted is there again.
import { fnv1a32 } from '../../../engine/hash.ts';
import { formatTime } from '../../../engine/time.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule } from '../../kinds/policy.ts';
import type { AnyObject, ResourceName } from '../../objects.ts';
import type { Store } from '../../store.ts';

const READ = 'get list watch';
const WRITE = 'create delete deletecollection patch update';
const words = (text: string) => text.split(' ');

const rule = (group: string, resources: string, verbs: string): PolicyRule => ({
  apiGroups: words(group).map((name) => (name === 'core' ? '' : name)),
  resources: words(resources),
  verbs: words(verbs),
});

const APPS = 'daemonsets deployments deployments/scale replicasets replicasets/scale statefulsets statefulsets/scale';
const CORE_READ =
  'configmaps endpoints persistentvolumeclaims persistentvolumeclaims/status pods replicationcontrollers replicationcontrollers/scale serviceaccounts services services/status';

const VIEW: readonly PolicyRule[] = [
  rule('core', CORE_READ, READ),
  rule(
    'core',
    'bindings events limitranges namespaces/status pods/log pods/status replicationcontrollers/status resourcequotas resourcequotas/status',
    READ,
  ),
  rule('core', 'namespaces', READ),
  rule('discovery.k8s.io', 'endpointslices', READ),
  rule(
    'apps',
    `controllerrevisions ${APPS} daemonsets/status deployments/status replicasets/status statefulsets/status`,
    READ,
  ),
  rule('autoscaling', 'horizontalpodautoscalers horizontalpodautoscalers/status', READ),
  rule('batch', 'cronjobs cronjobs/status jobs jobs/status', READ),
  rule('policy', 'poddisruptionbudgets poddisruptionbudgets/status', READ),
  rule('networking.k8s.io', 'ingresses ingresses/status networkpolicies', READ),
  rule('metrics.k8s.io', 'pods nodes', READ),
];

const EDIT: readonly PolicyRule[] = [
  rule('core', 'pods/attach pods/exec pods/portforward pods/proxy secrets services/proxy', READ),
  rule('core', 'serviceaccounts', 'impersonate'),
  rule('core', 'pods pods/attach pods/exec pods/portforward pods/proxy', WRITE),
  rule('core', 'pods/eviction', 'create'),
  rule(
    'core',
    'configmaps events persistentvolumeclaims replicationcontrollers replicationcontrollers/scale secrets serviceaccounts services services/proxy',
    WRITE,
  ),
  rule('core', 'serviceaccounts/token', 'create'),
  rule('apps', `${APPS} deployments/rollback`, WRITE),
  rule('autoscaling', 'horizontalpodautoscalers', WRITE),
  rule('batch', 'cronjobs jobs', WRITE),
  rule('policy', 'poddisruptionbudgets', WRITE),
  rule('networking.k8s.io', 'ingresses networkpolicies', WRITE),
  rule('coordination.k8s.io', 'leases', `${WRITE} ${READ}`),
];

const ADMIN: readonly PolicyRule[] = [
  rule('authorization.k8s.io', 'localsubjectaccessreviews', 'create'),
  rule('rbac.authorization.k8s.io', 'rolebindings roles', `${WRITE} ${READ}`),
];

const PATHS = '/healthz /livez /readyz /version /version/';
const DISCOVERY = `/api /api/* /apis /apis/* ${PATHS} /openapi /openapi/*`;
const ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': [
    { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
    { verbs: ['*'], nonResourceURLs: ['*'] },
  ],
  admin: [...ADMIN, ...EDIT, ...VIEW],
  edit: [...EDIT, ...VIEW],
  view: VIEW,
  'system:basic-user': [
    rule('authorization.k8s.io', 'selfsubjectaccessreviews selfsubjectrulesreviews', 'create'),
    rule('authentication.k8s.io', 'selfsubjectreviews', 'create'),
  ],
  'system:discovery': [{ verbs: ['get'], nonResourceURLs: words(DISCOVERY) }],
  'system:public-info-viewer': [{ verbs: ['get'], nonResourceURLs: words(PATHS) }],
};

const BINDINGS: readonly (readonly [role: string, groups: string])[] = [
  ['cluster-admin', 'system:masters'],
  ['system:basic-user', 'system:authenticated'],
  ['system:discovery', 'system:authenticated'],
  ['system:public-info-viewer', 'system:authenticated system:unauthenticated'],
];

const RBAC = 'rbac.authorization.k8s.io';
const BOOTSTRAP = { 'kubernetes.io/bootstrapping': 'rbac-defaults' } as const;

function metadata(store: Store, name: string, kind: string, labels: Readonly<Record<string, string>> = {}) {
  const part = (salt: string) => fnv1a32(`${kind}/${name}/${salt}`).toString(16).padStart(8, '0');
  const middle = part('b');
  return {
    name,
    uid: `${part('a')}-${middle.slice(0, 4)}-4${middle.slice(5)}-8${part('c').slice(5)}-${part('d')}${part('e').slice(4)}`,
    resourceVersion: '1',
    creationTimestamp: formatTime(store.sim.epochMs),
    labels: { ...BOOTSTRAP, ...labels },
    annotations: { 'rbac.authorization.kubernetes.io/autoupdate': 'true' },
  };
}

function defaultRole(store: Store, name: string): ClusterRole | undefined {
  const rules = Object.hasOwn(ROLES, name) ? ROLES[name] : undefined;
  const gathered = { admin: {}, edit: { to: 'admin' }, view: { to: 'edit' } }[name] as { to?: string } | undefined;
  const labels = gathered?.to === undefined ? {} : { [`${RBAC}/aggregate-to-${gathered.to}`]: 'true' };
  return (
    rules && {
      apiVersion: `${RBAC}/v1`,
      kind: 'ClusterRole',
      metadata: metadata(store, name, 'ClusterRole', labels),
      rules,
    }
  );
}

function defaultBinding(store: Store, role: string, groups: string): ClusterRoleBinding {
  return {
    apiVersion: `${RBAC}/v1`,
    kind: 'ClusterRoleBinding',
    metadata: metadata(store, role, 'ClusterRoleBinding'),
    roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
    subjects: words(groups).map((name) => ({ apiGroup: RBAC, kind: 'Group', name })),
  };
}

export function clusterRole(store: Store, name: string): ClusterRole | undefined {
  return store.get('clusterroles', name) ?? defaultRole(store, name);
}

/** In the order of their names. */
export function clusterRoles(store: Store): readonly ClusterRole[] {
  const own = store.list('clusterroles');
  const names = Object.keys(ROLES).filter((name) => !store.get('clusterroles', name));
  return byName([...own, ...names.map((name) => defaultRole(store, name) as ClusterRole)]);
}

export function clusterRoleBindings(store: Store): readonly ClusterRoleBinding[] {
  const missing = BINDINGS.filter(([role]) => !store.get('clusterrolebindings', role));
  const own = store.list('clusterrolebindings');
  return byName([...own, ...missing.map(([role, groups]) => defaultBinding(store, role, groups))]);
}

function byName<T extends AnyObject>(objects: T[]): readonly T[] {
  return objects.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** All objects of a resource, those that are there from the start among them. */
export function listWithDefaults(store: Store, resource: ResourceName, namespace?: string): readonly AnyObject[] {
  if (resource === 'clusterroles') return clusterRoles(store);
  if (resource === 'clusterrolebindings') return clusterRoleBindings(store);
  return store.list(resource, namespace);
}

export function getWithDefaults(store: Store, resource: ResourceName, key: string): AnyObject | undefined {
  if (resource === 'clusterroles') return clusterRole(store, key);
  if (resource === 'clusterrolebindings')
    return clusterRoleBindings(store).find(({ metadata: { name } }) => name === key);
  return store.get(resource, key);
}
