// Deletion as clients ask for it. Models k8s.io/apiserver/pkg/endpoints/handlers/delete.go and
// pkg/registry/rest/delete.go (1.32).
import type { Cluster } from '../cluster.ts';
import type { AnyObject } from '../objects.ts';
import type { ResourceInfo } from '../resources.ts';
import { type DeleteOptions, keyOf } from '../store.ts';
import { type JsonObject, objectOf, textOf } from './json.ts';
import { conflict, forbidden, invalid, type Status } from './status.ts';
import { invalidValue } from './validation/field-error.ts';
import { asInput } from './writing.ts';

/** Namespaces that a cluster cannot do without. (NamespaceLifecycle) */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export interface Deletion extends DeleteOptions {
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
}

/** Reads DeleteOptions from the body, with the query as the older way to say the same. */
export function readDeletion(
  body: JsonObject,
  query: ReadonlyMap<string, string>,
): Deletion | { readonly status: Status } {
  const seconds = body.gracePeriodSeconds ?? query.get('gracePeriodSeconds');
  const grace = seconds === undefined || seconds === null ? undefined : Number(seconds);
  const policy = textOf(body.propagationPolicy) || (query.get('propagationPolicy') ?? '');
  const preconditions = objectOf(body.preconditions);
  const dryRun = (Array.isArray(body.dryRun) && body.dryRun.includes('All')) || query.get('dryRun') === 'All';
  if (policy !== '' && policy !== 'Background' && policy !== 'Foreground' && policy !== 'Orphan')
    return {
      status: invalid('DeleteOptions', '', '', [
        invalidValue(
          'propagationPolicy',
          policy,
          'Unsupported value: supported values: "Foreground", "Background", "Orphan", "nil"',
        ),
      ]),
    };
  if (grace !== undefined && grace < 0)
    return {
      status: invalid('DeleteOptions', '', '', [
        invalidValue('gracePeriodSeconds', grace, 'must be greater than or equal to 0'),
      ]),
    };
  const uid = textOf(preconditions.uid);
  const resourceVersion = textOf(preconditions.resourceVersion);
  return {
    dryRun,
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === '' ? {} : { propagationPolicy: policy }),
    ...(uid === '' ? {} : { uid }),
    ...(resourceVersion === '' ? {} : { resourceVersion }),
  };
}

/** Deletes, and says how the object stands afterwards. */
export function deleteObject(
  cluster: Cluster,
  info: ResourceInfo,
  before: AnyObject,
  options: Deletion,
): { readonly object: AnyObject; readonly gone: boolean } | { readonly status: Status } {
  const { metadata } = before;
  const mismatch = (field: string, asked: string, held: string) =>
    conflict(
      info,
      metadata.name,
      `the ${field} in the precondition (${asked}) does not match the ${field} in record (${held}). ` +
        'The object might have been deleted and then recreated',
    );
  if (options.uid !== undefined && options.uid !== metadata.uid)
    return { status: mismatch('UID', options.uid, metadata.uid) };
  if (options.resourceVersion !== undefined && options.resourceVersion !== metadata.resourceVersion)
    return { status: mismatch('ResourceVersion', options.resourceVersion, metadata.resourceVersion) };
  if (info.resource === 'namespaces' && IMMORTAL.has(metadata.name))
    return { status: forbidden(info, metadata.name, 'this namespace may not be deleted') };
  if (options.dryRun) return { object: before, gone: false };
  const key = keyOf(before);
  const { dryRun: _dryRun, uid: _uid, resourceVersion: _version, ...rest } = options;
  const done = asInput(cluster, 'delete', info, key, () => cluster.store.delete(info.resource, key, rest));
  return done ?? { object: before, gone: true };
}
