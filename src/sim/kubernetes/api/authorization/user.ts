// Who makes a request. Models the front of k8s.io/apiserver/pkg/endpoints/filters: authentication and impersonation
// (Kubernetes 1.32). Who says nothing is the administrator of the cluster, as with the kubeconfig that comes with it.
import type { ApiRequest } from '../../../api/http.ts';
import type { Cluster } from '../../cluster.ts';
import { failure, type Status } from '../status.ts';
import { readToken } from './tokens.ts';

export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

const AUTHENTICATED = 'system:authenticated';
const ANONYMOUS = 'system:anonymous';
/** Members may do everything, whatever the roles say. */
export const MASTERS = 'system:masters';

const ADMINISTRATOR: User = { name: 'kubernetes-admin', groups: [MASTERS, AUTHENTICATED] };

const unauthorized = failure(401, 'Unauthorized', 'Unauthorized', undefined);

export interface Identity {
  /** Who the request acts as. */
  readonly user: User;
  /** Who sent it, when that is somebody else. */
  readonly impersonator?: User;
}

export function identityOf(cluster: Cluster, headers: ApiRequest['headers']): Identity | Status {
  const sender = senderOf(cluster, headers.authorization);
  if (!sender) return unauthorized;
  const name = headers['impersonate-user'];
  const groups = listIn(headers['impersonate-group']);
  const uid = headers['impersonate-uid'];
  if (name === undefined || name === '') {
    if (groups.length === 0 && uid === undefined) return { user: sender };
    const asked = groups.map((group) => `{Kind:Group Name:${group}}`).join(' ');
    return failure(500, 'InternalError', `Internal error occurred: requested [${asked}] without impersonating a user`);
  }
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(name);
  const own =
    groups.length > 0
      ? groups
      : account
        ? ['system:serviceaccounts', `system:serviceaccounts:${account[1] ?? ''}`]
        : [];
  const last = name === ANONYMOUS ? 'system:unauthenticated' : AUTHENTICATED;
  const all = own.includes(last) ? own : [...own, last];
  return { user: { name, groups: all, ...(uid === undefined ? {} : { uid }) }, impersonator: sender };
}

function senderOf(cluster: Cluster, authorization: string | undefined): User | undefined {
  const token = /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
  return token === undefined ? ADMINISTRATOR : userOfToken(cluster, token);
}

/** The service account that a token was made for, while the account and the token last. */
export function userOfToken(cluster: Cluster, token: string): User | undefined {
  const claims = readToken(token);
  if (!claims || claims.expiresAt * 1000 <= cluster.sim.epochMs + cluster.sim.now) return undefined;
  const { namespace, account, uid } = claims;
  if (cluster.store.get('serviceaccounts', `${namespace}/${account}`)?.metadata.uid !== uid) return undefined;
  return {
    name: `system:serviceaccount:${namespace}:${account}`,
    uid,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, AUTHENTICATED],
  };
}

function listIn(value: string | undefined): string[] {
  return (value ?? '')
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}
