// Questions about who one is and what one may do: kinds that are answered when they are created, and never stored.
// Models pkg/registry/authorization, pkg/registry/authentication and pkg/registry/core/serviceaccount/storage/token.go
// (Kubernetes 1.32).
import { formatTime } from '../../../engine/time.ts';
import type { Cluster } from '../../cluster.ts';
import type { ServiceAccount } from '../../kinds/policy.ts';
import { isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import { decodeAs } from '../schema.ts';
import { badRequest, invalid, type Status } from '../status.ts';
import { invalidValue, required } from '../validation/field-error.ts';
import { type Attributes, authorize, rulesFor } from './rbac.ts';
import { ISSUER, writeToken } from './tokens.ts';
import { type User, userOfToken } from './user.ts';

export interface ReviewKind {
  readonly resource: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly namespaced: boolean;
}

const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' };
const AUTHORIZATION = { group: 'authorization.k8s.io', version: 'v1' };

export const reviewKinds: readonly ReviewKind[] = [
  { resource: 'selfsubjectreviews', kind: 'SelfSubjectReview', namespaced: false, ...AUTHENTICATION },
  { resource: 'tokenreviews', kind: 'TokenReview', namespaced: false, ...AUTHENTICATION },
  { resource: 'localsubjectaccessreviews', kind: 'LocalSubjectAccessReview', namespaced: true, ...AUTHORIZATION },
  { resource: 'selfsubjectaccessreviews', kind: 'SelfSubjectAccessReview', namespaced: false, ...AUTHORIZATION },
  { resource: 'selfsubjectrulesreviews', kind: 'SelfSubjectRulesReview', namespaced: false, ...AUTHORIZATION },
  { resource: 'subjectaccessreviews', kind: 'SubjectAccessReview', namespaced: false, ...AUTHORIZATION },
];

type Answer = { readonly document: JsonObject } | { readonly status: Status };

export function answerReview(
  cluster: Cluster,
  review: ReviewKind,
  namespace: string | undefined,
  body: JsonObject,
  user: User,
): Answer {
  // The generated schema has no TokenReview; its one field is read as it is.
  const decoded = review.kind === 'TokenReview' ? { object: body, strict: [] } : decodeAs(review.kind, body);
  if ('error' in decoded)
    return {
      status: badRequest(
        `${review.kind} in version "${review.version}" cannot be handled as a ${review.kind}: ${decoded.error}`,
      ),
    };
  const { spec: given, metadata = {} } = decoded.object;
  const spec = objectOf(given);
  const errors = accessErrors(review, spec, namespace);
  if (errors.length > 0) return { status: invalid(review.kind, review.group, '', errors) };
  return {
    document: {
      kind: review.kind,
      apiVersion: `${review.group}/${review.version}`,
      metadata: { creationTimestamp: null, ...objectOf(metadata) },
      ...(given === undefined ? {} : { spec }),
      status: statusOf(cluster, review, spec, user),
    },
  };
}

function accessErrors({ kind }: ReviewKind, spec: JsonObject, namespace: string | undefined) {
  if (!kind.endsWith('AccessReview')) return [];
  const resource = isObject(spec.resourceAttributes);
  const path = isObject(spec.nonResourceAttributes);
  if (resource && path)
    return [
      invalidValue('spec.nonResourceAttributes', '', 'cannot be specified in combination with resourceAttributes'),
    ];
  if (!resource && !path)
    return [
      invalidValue(
        'spec.resourceAttributes',
        '',
        'exactly one of nonResourceAttributes or resourceAttributes must be specified',
      ),
    ];
  if (kind !== 'SelfSubjectAccessReview' && textOf(spec.user) === '' && !Array.isArray(spec.groups))
    return [invalidValue('spec.user', '', 'at least one of user or group must be specified')];
  const asked = textOf(objectOf(spec.resourceAttributes).namespace);
  if (kind === 'LocalSubjectAccessReview' && asked !== namespace)
    return [
      invalidValue('spec.resourceAttributes.namespace', asked, `must match metadata.namespace: ${namespace ?? ''}`),
    ];
  return [];
}

function statusOf(cluster: Cluster, { kind }: ReviewKind, spec: JsonObject, user: User): JsonObject {
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: userInfo(user) };
    case 'TokenReview': {
      const found = userOfToken(cluster, textOf(spec.token));
      if (!found) return { user: {}, error: 'invalid bearer token' };
      return { authenticated: true, user: userInfo(found), audiences: [ISSUER] };
    }
    case 'SelfSubjectRulesReview': {
      const rules = rulesFor(cluster, user, textOf(spec.namespace));
      const resourceRules = rules.filter((rule) => rule.resources !== undefined);
      const nonResourceRules = rules.filter((rule) => rule.nonResourceURLs !== undefined);
      return { resourceRules, nonResourceRules, incomplete: false } as unknown as JsonObject;
    }
    default: {
      const groups = Array.isArray(spec.groups) ? spec.groups.map(textOf) : [];
      const who = kind === 'SelfSubjectAccessReview' ? user : { name: textOf(spec.user), groups };
      const { allowed, reason } = authorize(cluster, who, attributesOf(spec));
      return { allowed, ...(reason === '' ? {} : { reason }) };
    }
  }
}

function attributesOf(spec: JsonObject): Attributes {
  const of = objectOf(spec.resourceAttributes);
  const path = objectOf(spec.nonResourceAttributes);
  return {
    verb: textOf(of.verb) || textOf(path.verb),
    group: textOf(of.group),
    resource: textOf(of.resource),
    subresource: textOf(of.subresource),
    namespace: textOf(of.namespace),
    name: textOf(of.name),
    ...(isObject(spec.nonResourceAttributes) ? { path: textOf(path.path) } : {}),
  };
}

function userInfo({ name, groups, uid, extra }: User): JsonObject {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(extra ? { extra: extra as unknown as JsonObject } : {}),
  };
}

const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;

/** TokenRequest of a service account. */
export function requestToken({ sim }: Cluster, account: ServiceAccount, body: JsonObject): Answer {
  const decoded = decodeAs('TokenRequest', body);
  if ('error' in decoded)
    return { status: badRequest(`TokenRequest in version "v1" cannot be handled as a TokenRequest: ${decoded.error}`) };
  const spec = objectOf(decoded.object.spec);
  const seconds = typeof spec.expirationSeconds === 'number' ? spec.expirationSeconds : 3600;
  const wrong = (why: string) => [invalidValue('spec.expirationSeconds', seconds, why)];
  const errors =
    seconds < MIN_SECONDS
      ? wrong('may not specify a duration less than 10 minutes')
      : seconds > MAX_SECONDS
        ? wrong('may not specify a duration larger than 2^32 seconds')
        : [];
  const bound = objectOf(spec.boundObjectRef);
  if (isObject(spec.boundObjectRef) && textOf(bound.name) === '') errors.push(required('spec.boundObjectRef.name'));
  if (errors.length > 0) return { status: invalid('TokenRequest', 'authentication.k8s.io', '', errors) };
  const { name, namespace = '', uid } = account.metadata;
  const audiences = listOf(spec.audiences).length > 0 ? (spec.audiences as string[]) : [ISSUER];
  const now = sim.epochMs + sim.now;
  const issuedAt = Math.floor(now / 1000);
  const token = writeToken({ namespace, account: name, uid, audiences, issuedAt, expiresAt: issuedAt + seconds });
  return {
    document: {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, creationTimestamp: formatTime(now) },
      spec: { ...spec, audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
      status: { token, expirationTimestamp: formatTime((issuedAt + seconds) * 1000) },
    },
  };
}
