// Creating objects as clients ask for it: POST, PUT where a kind allows it, and an apply of what is not there yet.
// Models k8s.io/apiserver/pkg/endpoints/handlers/create.go and the create path of patch.go (1.32).
import { fnv1a32 } from '../../engine/hash.ts';
import type { Cluster } from '../cluster.ts';
import type { AnyObject } from '../objects.ts';
import type { Draft } from '../store.ts';
import { admitTo, decodeFor } from './admission.ts';
import { applyConfiguration, recordUpdate, withManagedFields } from './apply/managed-fields.ts';
import { getWithDefaults } from './authorization/default-roles.ts';
import { type Body, type Call, managerOf } from './call.ts';
import { applyDefaults } from './defaults.ts';
import { type Json, type JsonObject, objectOf, textOf } from './json.ts';
import { isOfVersion } from './served.ts';
import { alreadyExists, methodNotAllowed, type Status } from './status.ts';
import { asInput, type Written } from './writing.ts';

/** Kinds that a PUT may bring into being. */
export const CREATED_BY_UPDATE: ReadonlySet<string> = new Set([
  'clusterrolebindings',
  'clusterroles',
  'endpoints',
  'events',
  'leases',
  'limitranges',
  'rolebindings',
  'roles',
  'services',
]);

/** @param apply the document is the configuration of a server-side apply */
export function createObject(
  cluster: Cluster,
  call: Call,
  { value, duplicates }: Body & { readonly value: JsonObject },
  apply = false,
): Written {
  const { store } = cluster;
  const { info, namespace, served } = call;
  if (info.namespaced && namespace === undefined) return { status: methodNotAllowed() };
  const document = isOfVersion(served, value) ? (served.toStored?.(value) ?? value) : value;
  const admitted = admitTo(cluster, info, namespace, document, call.fieldValidation, duplicates);
  if ('status' in admitted) return admitted;
  const { warnings } = admitted;
  const object = admitted.object as unknown as JsonObject;
  // A draft has no name yet when it asks for a generated one.
  const name = textOf(admitted.object.metadata.name);
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  if (name !== '' && getWithDefaults(store, info.resource, key)) return { status: alreadyExists(info, name) };
  const entries = managedFieldsOf(cluster, call, document, apply);
  if ('status' in entries) return entries;
  const next = withManagedFields(undefined, object, entries.managedFields) as unknown as AnyObject;
  if (call.dryRun) return { object: asIfCreated(cluster, next), warnings };
  const draft = next as unknown as Draft<AnyObject>;
  return {
    object: asInput(cluster, 'create', info, key, () => store.create(info.resource, draft)),
    warnings,
  };
}

/** The fields of a new object belong to who sent it, with the defaults but without what admission adds. */
function managedFieldsOf(
  cluster: Cluster,
  call: Call,
  document: JsonObject,
  apply: boolean,
): { readonly managedFields: Json[] } | { readonly status: Status } {
  const { info } = call;
  const decoded = decodeFor(info, document, 'Ignore');
  if ('status' in decoded) return decoded;
  const { object } = decoded;
  if (apply) {
    const applied = applyConfiguration(info.kind, {}, object, managerOf(call, cluster, 'Apply'), true);
    return 'status' in applied ? applied : { managedFields: applied.managedFields };
  }
  const sent = objectOf(document.metadata).managedFields;
  applyDefaults(info.kind, object);
  return { managedFields: recordUpdate(info.kind, undefined, object, sent, managerOf(call, cluster)) };
}

/** What a creation would have answered: a name like a generated one, an id that is nobody's. */
function asIfCreated({ store }: Cluster, object: AnyObject): AnyObject {
  const { name, generateName = '' } = object.metadata;
  const uid = '00000000-0000-4000-8000-000000000000';
  const metadata = {
    ...object.metadata,
    name: textOf(name) || generateName + suffix(fnv1a32(`${generateName}/${String(store.resourceVersion)}`)),
    uid,
    creationTimestamp: store.timestamp,
  };
  return { ...object, metadata };
}

/** Five letters such as the store draws; a question may not draw. */
function suffix(number: number): string {
  let out = '';
  for (let rest = number; out.length < 5; rest = Math.floor(rest / LETTERS.length))
    out += LETTERS[rest % LETTERS.length] ?? '';
  return out;
}
const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';
