// What clients learn about the server before they ask for anything: version, groups and resources, and just enough
// OpenAPI for `kubectl apply` to leave validation to the server. All of it follows from the table of resources.
// Models k8s.io/apiserver/pkg/endpoints/discovery and its aggregated form v2 (1.32).
// Left out: OpenAPI v2, and the schemas in OpenAPI v3 (`kubectl explain` here has its own source).
import { apiVersionOf, type ResourceInfo, resources } from '../resources.ts';

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

/** Groups in the order in which a name that stands in several is looked up. */
const groups = ['', 'apps', 'coordination.k8s.io', 'discovery.k8s.io'];

function verbsOf(info: ResourceInfo): readonly string[] {
  return info.resource === 'namespaces' ? VERBS.filter((v) => v !== 'deletecollection') : VERBS;
}

function subresource(info: ResourceInfo, name: ResourceInfo['subresources'][number]) {
  const own: GroupVersionKind = { group: info.group, version: info.version, kind: info.kind };
  const kinds: Partial<Record<typeof name, GroupVersionKind>> = {
    scale: { group: 'autoscaling', version: 'v1', kind: 'Scale' },
    binding: { group: '', version: 'v1', kind: 'Binding' },
    eviction: { group: 'policy', version: 'v1', kind: 'Eviction' },
    exec: { group: '', version: 'v1', kind: 'PodExecOptions' },
  };
  const verbs = { log: ['get'], binding: ['create'], eviction: ['create'], exec: ['create', 'get'] };
  return {
    name,
    kind: kinds[name] ?? own,
    verbs: name === 'status' || name === 'scale' ? STATUS_VERBS : verbs[name],
  };
}

/** `/api` (the core group) or `/apis` in the form that answers with one document. */
export function aggregatedDiscovery(core: boolean, version: string): unknown {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
    metadata: {},
    items: groups
      .filter((group) => (group === '') === core)
      .map((group) => ({
        metadata: { ...(group === '' ? {} : { name: group }), creationTimestamp: null },
        versions: [
          {
            version: 'v1',
            freshness: 'Current',
            resources: resources
              .filter((info) => info.group === group)
              .map((info) => ({
                resource: info.resource,
                responseKind: { group: info.group, version: info.version, kind: info.kind },
                scope: info.namespaced ? 'Namespaced' : 'Cluster',
                singularResource: info.singular,
                verbs: verbsOf(info),
                ...(info.shortNames.length > 0 ? { shortNames: info.shortNames } : {}),
                ...(info.categories.length > 0 ? { categories: info.categories } : {}),
                ...(info.subresources.length > 0
                  ? {
                      subresources: info.subresources.map((name) => {
                        const sub = subresource(info, name);
                        return { subresource: sub.name, responseKind: sub.kind, verbs: sub.verbs };
                      }),
                    }
                  : {}),
              })),
          },
        ],
      })),
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
  const items = groups.filter((group) => group !== '').map(groupDocument);
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: items };
}

export function apiGroup(group: string): unknown {
  return groups.includes(group) && group !== ''
    ? { kind: 'APIGroup', apiVersion: 'v1', ...groupDocument(group) }
    : undefined;
}

function groupDocument(group: string) {
  const version = { groupVersion: `${group}/v1`, version: 'v1' };
  return { name: group, versions: [version], preferredVersion: version };
}

/** The older form: one document for each group version, sub-resources as entries of their own. */
export function apiResourceList(group: string, version: string): unknown {
  const own = resources.filter((info) => info.group === group && info.version === version);
  const [first] = own;
  if (!first) return undefined;
  return {
    kind: 'APIResourceList',
    ...(group === '' ? {} : { apiVersion: 'v1' }),
    groupVersion: apiVersionOf(first),
    resources: own.flatMap((info) => [
      {
        name: info.resource,
        singularName: info.singular,
        namespaced: info.namespaced,
        kind: info.kind,
        verbs: verbsOf(info),
        ...(info.shortNames.length > 0 ? { shortNames: info.shortNames } : {}),
        ...(info.categories.length > 0 ? { categories: info.categories } : {}),
      },
      ...info.subresources.map((name) => {
        const sub = subresource(info, name);
        const foreign = sub.kind.group !== info.group;
        return {
          name: `${info.resource}/${sub.name}`,
          singularName: '',
          namespaced: info.namespaced,
          ...(foreign ? { group: sub.kind.group, version: sub.kind.version } : {}),
          kind: sub.kind.kind,
          verbs: sub.verbs,
        };
      }),
    ]),
  };
}

/** The list of OpenAPI documents. */
export function openApiRoot(): unknown {
  const paths = groups.map((group) => {
    const path = group === '' ? 'api/v1' : `apis/${group}/v1`;
    return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${VERSION.gitCommit.slice(0, 8)}` }];
  });
  return { paths: Object.fromEntries(paths) as unknown };
}

/** One document: for every kind a `patch` operation that takes `fieldValidation`, which is all that apply looks for. */
export function openApiDocument(path: string): unknown {
  const group = path === 'api/v1' ? '' : (/^apis\/([^/]+)\/v1$/.exec(path)?.[1] ?? '-');
  const own = resources.filter((info) => info.group === group);
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
        'x-kubernetes-group-version-kind': { group, version: info.version, kind: info.kind },
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
