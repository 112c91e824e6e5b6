// Whether a request may be made at all, before anybody looks at what it is for. Models k8s.io/apiserver/pkg/endpoints/
// request/requestinfo.go (what it is), filters/impersonation.go and filters/authorization.go (1.32).
import type { ApiRequest } from '../../api/http.ts';
import type { Cluster } from '../cluster.ts';
import { type Attributes, authorize, forbiddenTo } from './authorization/rbac.ts';
import { type Identity, identityOf, type User } from './authorization/user.ts';
import { isTrue, type Query } from './request.ts';
import type { Status } from './status.ts';

/** The user that the request acts as, or its refusal. */
export function admitRequest(
  cluster: Cluster,
  request: ApiRequest,
  segments: readonly string[],
  query: Query,
): { readonly user: User } | { readonly status: Status } {
  const identity = identityOf(cluster, request.headers);
  if ('kind' in identity) return { status: identity };
  const refused = impersonationRefused(cluster, identity);
  if (refused) return { status: refused };
  const { user } = identity;
  const asked = attributesOf(request, segments, query);
  return authorize(cluster, user, asked).allowed ? { user } : { status: forbiddenTo(user, asked) };
}

function impersonationRefused(cluster: Cluster, { user, impersonator }: Identity): Status | undefined {
  if (!impersonator) return undefined;
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user.name);
  const base = { verb: 'impersonate', group: '', subresource: '', namespace: '' };
  const wanted: Attributes[] = [
    account
      ? { ...base, resource: 'serviceaccounts', namespace: account[1] ?? '', name: account[2] ?? '' }
      : { ...base, resource: 'users', name: user.name },
    ...user.groups
      .filter((group) => !group.startsWith('system:authenticated') && !group.startsWith('system:serviceaccounts'))
      .map((name) => ({ ...base, resource: 'groups', name })),
  ];
  const refused = wanted.find((asked) => !authorize(cluster, impersonator, asked).allowed);
  return refused && forbiddenTo(impersonator, refused);
}

const VERBS = { POST: 'create', PUT: 'update', PATCH: 'patch' } as const;

function attributesOf({ method, path }: ApiRequest, segments: readonly string[], query: Query): Attributes {
  const core = segments[0] === 'api';
  let rest = segments.slice(core ? 2 : 3);
  if ((!core && segments[0] !== 'apis') || rest.length === 0)
    return {
      verb: method.toLowerCase(),
      group: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      path: path.replace(/\?.*/, ''),
    };
  let namespace = '';
  if (rest[0] === 'namespaces' && rest.length > 1) {
    namespace = rest[1] ?? '';
    if (rest.length > 2 && rest[2] !== 'status' && rest[2] !== 'finalize') rest = rest.slice(2);
  }
  const [resource = '', named = '', subresource = ''] = rest;
  const selected = /(?:^|,)metadata\.name==?([^,]+)/.exec(query.get('fieldSelector') ?? '')?.[1] ?? '';
  const many = named === '';
  const verb =
    method === 'GET'
      ? isTrue(query, 'watch')
        ? 'watch'
        : many
          ? 'list'
          : 'get'
      : method === 'DELETE'
        ? many
          ? 'deletecollection'
          : 'delete'
        : VERBS[method];
  const name = many && (verb === 'list' || verb === 'watch') ? selected : named;
  return { verb, group: core ? '' : (segments[1] ?? ''), resource, subresource, namespace, name };
}
