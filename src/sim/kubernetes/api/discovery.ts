// What clients learn about the server before they ask for anything: version, groups and resources, and just enough
// OpenAPI for `kubectl apply` to leave validation to the server. All of it follows from the table of resources.
// Models k8s.io/apiserver/pkg/endpoints/discovery and its aggregated form v2 (1.32).
// Left out: OpenAPI v2, and the schemas in OpenAPI v3 (`kubectl explain` here has its own source).
import type { ResourceInfo } from '../resources.ts';
import { reviewKinds } from './authorization/reviews.ts';
import { metricsKinds } from './metrics.ts';
import { servedResources } from './served.ts';

export const VERSION = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.4',
  gitCommit: '59526cd4867447956156ae3a602fcbac10a2c335',
  gitTreeState: 'clean',
  buildDate: '2025-04-22T15:56:48Z',
  goVersion: 'go1.23.6',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;

const VERBS = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const STATUS_VERBS = ['get', 'patch', 'update'];

interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface Listed extends GroupVersionKind {
  readonly resource: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly {
    readonly name: string;
    readonly kind: GroupVersionKind;
    readonly verbs: readonly string[];
  }[];
}

/** In the order in which a name that stands in several is looked up: the priorities of the aggregator. */
const GROUPS = [
  '',
  'apps',
  'events.k8s.io',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'networking.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'storage.k8s.io',
  'scheduling.k8s.io',
  'node.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'metrics.k8s.io',
];

function verbsOf(info: ResourceInfo): readonly string[] {
  return info.resource === 'namespaces' ? VERBS.filter((v) => v !== 'deletecollection') : VERBS;
}

const STREAMS = ['create', 'get'];
const SUBRESOURCES: Readonly<Record<string, readonly [kind: GroupVersionKind | undefined, verbs: readonly string[]]>> =
  {
    attach: [{ group: '', version: 'v1', kind: 'PodAttachOptions' }, STREAMS],
    binding: [{ group: '', version: 'v1', kind: 'Binding' }, ['create']],
    ephemeralcontainers: [undefined, STATUS_VERBS],
    eviction: [{ group: 'policy', version: 'v1', kind: 'Eviction' }, ['create']],
    exec: [{ group: '', version: 'v1', kind: 'PodExecOptions' }, STREAMS],
    log: [undefined, ['get']],
    portforward: [{ group: '', version: 'v1', kind: 'PodPortForwardOptions' }, STREAMS],
    scale: [{ group: 'autoscaling', version: 'v1', kind: 'Scale' }, STATUS_VERBS],
    status: [undefined, STATUS_VERBS],
    token: [{ group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' }, ['create']],
  };

function subresourcesOf(info: ResourceInfo): Listed['subresources'] {
  const own: GroupVersionKind = { group: info.group, version: info.version, kind: info.kind };
  const names: readonly string[] = info.resource === 'serviceaccounts' ? ['token'] : info.subresources;
  return names.map((name) => {
    const [kind, verbs] = SUBRESOURCES[name] ?? [undefined, STATUS_VERBS];
    return { name, kind: kind ?? own, verbs };
  });
}

const unstored = { shortNames: [], categories: [], subresources: [] };

/** Everything that is served, stored or not. */
const listed: readonly Listed[] = [
  ...servedResources.map(({ info }) => ({ ...info, verbs: verbsOf(info), subresources: subresourcesOf(info) })),
  ...reviewKinds.map((review) => ({
    ...unstored,
    ...review,
    singular: review.kind.toLowerCase(),
    verbs: ['create'],
  })),
  ...metricsKinds.map((metrics) => ({ ...unstored, ...metrics, singular: '', verbs: ['get', 'list'] })),
].sort((a, b) => (a.resource < b.resource ? -1 : 1));

/** The preferred version first. */
const versions = new Map(
  GROUPS.map((group) => {
    const own = new Set(listed.filter((info) => info.group === group).map(({ version }) => version));
    return [group, [...own].sort().reverse()];
  }),
);

function versionsOf(group: string): readonly string[] {
  return versions.get(group) ?? [];
}

function listedIn(group: string, version: string): readonly Listed[] {
  return listed.filter((info) => info.group === group && info.version === version);
}

/** `/api` (the core group) or `/apis` in the form that answers with one document. */
export function aggregatedDiscovery(core: boolean, version: string): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: GROUPS.filter((group) => (group === '') === core).map((group) => ({
      metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
      versions: versionsOf(group).map((own) => ({
        version: own,
        freshness: 'Current',
        resources: listedIn(group, own).map((info) => ({
          resource: info.resource,
          responseKind: { group: info.group, version: info.version, kind: info.kind },
          scope: info.namespaced ? 'Namespaced' : 'Cluster',
          singularResource: info.singular,
          verbs: info.verbs,
          ...names(info),
          ...(info.subresources.length > 0
            ? {
                subresources: info.subresources.map((sub) => ({
                  subresource: sub.name,
                  responseKind: sub.kind,
                  verbs: sub.verbs,
                })),
              }
            : {}),
        })),
      })),
    })),
  };
}

function names({ shortNames, categories }: Listed) {
  return {
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
  };
}

export function apiVersions(): unknown {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '127.0.0.1' }],
  };
}

export function apiGroupList(): unknown {
  const items = GROUPS.filter((group) => group !== '').map(groupDocument);
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: items };
}

export function apiGroup(group: string): unknown {
  return GROUPS.includes(group) && group !== ''
    ? { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(group) }
    : undefined;
}

function groupDocument(group: string) {
  const all = versionsOf(group).map((version) => ({ groupVersion: `${group}/${version}`, version }));
  return { name: group, versions: all, preferredVersion: all[0] };
}

/** The older form: one document for each group version, sub-resources as entries of their own. */
export function apiResourceList(group: string, version: string): unknown {
  const own = listedIn(group, version);
  if (own.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: own.flatMap((info) => [
      {
        name: info.resource,
        singularName: info.singular,
        namespaced: info.namespaced,
        kind: info.kind,
        verbs: info.verbs,
        ...names(info),
      },
      ...info.subresources.map((sub) => ({
        name: `${info.resource}/${sub.name}`,
        singularName: '',
        namespaced: info.namespaced,
        ...(sub.kind.group === info.group ? {} : { group: sub.kind.group, version: sub.kind.version }),
        kind: sub.kind.kind,
        verbs: sub.verbs,
      })),
    ]),
  };
}

const pathOf = (group: string, version: string) => (group === '' ? `api/${version}` : `apis/${group}/${version}`);

/** The list of OpenAPI documents. */
export function openApiRoot(): unknown {
  const paths = GROUPS.flatMap((group) => versionsOf(group).map((version) => pathOf(group, version))).map((path) => [
    path,
    { serverRelativeURL: `/openapi/v3/${path}?hash=${VERSION.gitCommit.slice(0, 8)}` },
  ]);
  return { paths: Object.fromEntries(paths) as unknown };
}

/** One document: for every kind a `patch` operation that takes `fieldValidation`, which is all that apply looks for. */
export function openApiDocument(path: string): unknown {
  const own = listed.filter((info) => pathOf(info.group, info.version) === path);
  if (own.length === 0) return undefined;
  const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((name) => ({
    name,
    in: 'query',
    schema: { type: 'string', uniqueItems: true },
  }));
  const paths = own.map((info) => [
    `/${path}/${info.namespaced ? 'namespaces/{namespace}/' : ''}${info.resource}/{name}`,
    {
      patch: {
        'x-kubernetes-action': 'patch',
        'x-kubernetes-group-version-kind': { group: info.group, version: info.version, kind: info.kind },
        parameters,
        responses: {},
      },
    },
  ]);
  return {
    openapi: '3.0.0',
    info: { title: 'Kubernetes', version: VERSION.gitVersion },
    components: { schemas: {} },
    paths: Object.fromEntries(paths) as unknown,
  };
}

/**
 * The older document, in protobuf (gnostic's openapi.v2.Document), with no definitions: kubectl asks for it before it
 * checks a kind that the newer one does not have, `List` among them, and then finds nothing to check it by.
 */
export function openApiV2(): string {
  const field = (number: number, text: string) => String.fromCharCode((number << 3) | 2, text.length) + text;
  return field(1, '2.0') + field(2, field(1, 'Kubernetes') + field(2, VERSION.gitVersion)) + field(8, '');
}
