// From a document to an object that may be stored: decoded, defaulted, completed by the admission plugins that every
// cluster runs, validated. Models the create path of k8s.io/apiserver/pkg/endpoints/handlers/create.go with the
// strategies' PrepareForCreate and the admission plugins NamespaceLifecycle, Priority, DefaultTolerationSeconds and
// ServiceAccount (1.32). What is particular to pods and classes is in admission/, fresh statuses in admission/status.ts.
// Departure: plugins run after decoding in one pass, not as a chain.
import type { Cluster } from '../cluster.ts';
import type { AnyObject, Pod } from '../objects.ts';
import { apiVersionOf, type ResourceInfo, resourceInfo, resourceOf } from '../resources.ts';
import type { Draft } from '../store.ts';
import { completeObject, refuseObject } from './admission/classes.ts';
import { admitPod } from './admission/pod.ts';
import { freshStatus } from './admission/status.ts';
import { applyDefaults } from './defaults.ts';
import { isObject, type JsonObject, objectOf, textOf } from './json.ts';
import { applyLabelKeys } from './label-keys.ts';
import { warningsFor } from './warnings.ts';
import { decodeAs } from './schema.ts';
import { allocate } from './service-allocation.ts';
import { badRequest, failure, forbidden, invalid, notFound, type Status } from './status.ts';
import { validateCreate } from './validation/index.ts';

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';
export type Admitted =
  { readonly object: AnyObject; readonly warnings: readonly string[] } | { readonly status: Status };

/** Checks a manifest of any served kind and returns the object to create; `metadata.namespace` defaults to `default`. */
export function admit(cluster: Cluster, manifest: unknown): Admitted {
  if (!isObject(manifest)) return { status: badRequest('the manifest is not an object') };
  const apiVersion = textOf(manifest.apiVersion);
  const kind = textOf(manifest.kind);
  const info = resourceOf(apiVersion, kind);
  if (!info) return { status: notSimulated(apiVersion, kind) };
  const namespace = info.namespaced ? textOf(objectOf(manifest.metadata).namespace) || 'default' : undefined;
  return admitTo(cluster, info, namespace, manifest, 'Strict');
}

/** The same for a request to the collection `info` in `namespace`. */
export function admitTo(
  cluster: Cluster,
  info: ResourceInfo,
  namespace: string | undefined,
  document: JsonObject,
  fieldValidation: FieldValidation,
  duplicates: readonly string[] = [],
): Admitted {
  const decoded = decodeFor(info, document, fieldValidation, duplicates);
  if ('status' in decoded) return decoded;
  const { object, warnings } = decoded;
  const metadata = objectOf(object.metadata);
  const given = textOf(metadata.namespace);
  if (info.namespaced && given !== '' && given !== namespace)
    return {
      status: badRequest('the namespace of the provided object does not match the namespace sent on the request'),
    };
  if (textOf(metadata.resourceVersion) !== '')
    return { status: failure(500, '', 'resourceVersion should not be set on objects to be created') };
  object.metadata = draftMetadata(metadata, namespace);
  applyDefaults(info.kind, object);
  const refusal = namespace === undefined ? undefined : checkNamespace(cluster, info, namespace, textOf(metadata.name));
  if (refusal) return { status: refusal };
  const name = textOf(metadata.name);
  freshStatus(info, object);
  if (info.resource === 'pods') {
    const spec = objectOf(object.spec);
    applyLabelKeys(spec, objectOf(metadata.labels));
    // Without containers there is nothing to complete; validation says so.
    if (Array.isArray(spec.containers)) {
      const admitted = admitPod(cluster.store, object as unknown as Draft<Pod>);
      if ('refused' in admitted) return { status: forbidden(info, admitted.name, admitted.refused) };
      Object.assign(object, admitted.pod);
    }
  } else completeObject(cluster.store, info, object);
  const errors = validateCreate(info, object);
  if (errors.length === 0 && info.resource === 'services') errors.push(...allocate(cluster.store, object, undefined));
  if (errors.length > 0) return { status: invalid(info.kind, info.group, name, errors) };
  if (info.resource !== 'pods') {
    const why = refuseObject(cluster.store, info, namespace, object);
    if (why !== undefined) return { status: forbidden(info, name, why) };
  }
  warnings.push(...warningsFor(info.kind, object));
  const stored = { apiVersion: apiVersionOf(info), kind: info.kind, ...object };
  return { object: stored as unknown as AnyObject, warnings };
}

/** Decodes a document as the kind of `info`, and deals with what is unknown in it as the request wants. */
export function decodeFor(
  info: ResourceInfo,
  document: JsonObject,
  fieldValidation: FieldValidation,
  duplicates: readonly string[] = [],
): { readonly object: JsonObject; readonly warnings: string[] } | { readonly status: Status } {
  const expected = apiVersionOf(info);
  const apiVersion = textOf(document.apiVersion) || expected;
  const kind = textOf(document.kind) || info.kind;
  if (apiVersion !== expected)
    return {
      status: badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${expected})`,
      ),
    };
  if (kind !== info.kind)
    return {
      status: badRequest(
        `${kind} in version "${info.version}" cannot be handled as a ${info.kind}: kind does not match`,
      ),
    };
  const cannot = `${info.kind} in version "${info.version}" cannot be handled as a ${info.kind}: `;
  const decoded = decodeAs(info.kind, document);
  if ('error' in decoded) return { status: badRequest(`${cannot}${decoded.error}`) };
  const strict = [...duplicates.map((path) => `duplicate field "${path}"`), ...decoded.strict];
  if (strict.length > 0 && fieldValidation === 'Strict')
    return { status: badRequest(`${cannot}strict decoding error: ${strict.join(', ')}`) };
  const { apiVersion: _version, kind: _kind, ...object } = decoded.object;
  return { object: { apiVersion, kind, ...object }, warnings: fieldValidation === 'Warn' ? strict : [] };
}

/** Metadata as a client may set it; the rest is the store's. */
function draftMetadata(metadata: JsonObject, namespace: string | undefined): JsonObject {
  const out: JsonObject = {};
  for (const field of ['name', 'generateName', 'labels', 'annotations', 'ownerReferences', 'finalizers'] as const)
    if (metadata[field] !== undefined) out[field] = metadata[field];
  if (namespace !== undefined) out.namespace = namespace;
  return out;
}

function checkNamespace(cluster: Cluster, info: ResourceInfo, namespace: string, name: string): Status | undefined {
  const found = cluster.store.get('namespaces', namespace);
  if (!found) return notFound(resourceInfo('namespaces'), namespace);
  if (found.metadata.deletionTimestamp === undefined) return undefined;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  return forbidden(info, name, why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ]);
}

// ---- Kinds of a real cluster that are not here

const KINDS_NOT_SIMULATED: ReadonlySet<string> = new Set(
  (
    'ComponentStatus PodTemplate CSIDriver CSINode CSIStorageCapacity VolumeAttachment ' +
    'CustomResourceDefinition APIService FlowSchema ' +
    'PriorityLevelConfiguration MutatingWebhookConfiguration ValidatingWebhookConfiguration ' +
    'ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ServiceCIDR IPAddress'
  ).split(' '),
);

/** The answer to a manifest of a kind that is not served: it is named, so that nobody looks for a mistake of theirs. */
function notSimulated(apiVersion: string, kind: string): Status {
  if (kind === '') return badRequest("Object 'Kind' is missing");
  const message = KINDS_NOT_SIMULATED.has(kind)
    ? `${kind} (${apiVersion}) is not simulated here`
    : `no matches for kind "${kind}" in version "${apiVersion}"`;
  return failure(404, 'NotFound', message, { kind });
}
