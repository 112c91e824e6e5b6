// Changes that clients ask for: replace, patch, apply. Models k8s.io/apiserver/pkg/endpoints/handlers/{update,patch}.go,
// pkg/registry/rest/update.go and the strategies' PrepareForUpdate (1.32).
// Departure: an object of a client's request is compared with the stored one before anything is written, so that what
// did not change keeps its value, and with it its identity.
import type { Cluster } from '../cluster.ts';
import type { AnyObject, Service } from '../objects.ts';
import type { ResourceInfo } from '../resources.ts';
import { keyOf } from '../store.ts';
import { decodeFor, type FieldValidation } from './admission.ts';
import { applyConfiguration, type Manager, recordUpdate, withManagedFields } from './apply/managed-fields.ts';
import { applyDefaults } from './defaults.ts';
import { TEMPLATE_GENERATION } from './defaults-kinds.ts';
import { deepEqual, isObject, type Json, type JsonObject, objectOf, textOf } from './json.ts';
import { warningsFor } from './warnings.ts';
import { jsonPatch, mergePatch, strategicMergePatch } from './patch/index.ts';
import { goText, type Json as PatchJson } from './patch/json.ts';
import { decodeAs } from './schema.ts';
import { allocate, keepAllocated } from './service-allocation.ts';
import { badRequest, conflict, failure, invalid, type Status, unsupportedMediaType } from './status.ts';
import { invalidValue } from './validation/field-error.ts';
import { validateEphemeralContainersUpdate } from './validation/ephemeral-containers.ts';
import { validateUpdate } from './validation/index.ts';

export type Written =
  { readonly object: AnyObject; readonly warnings: readonly string[] } | { readonly status: Status };

export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
  readonly part: 'all' | 'ephemeralcontainers' | 'status';
  readonly manager: Manager;
}

/** PUT: `document` takes the place of `before`. */
export function replaceObject(
  cluster: Cluster,
  info: ResourceInfo,
  before: AnyObject,
  document: JsonObject,
  duplicates: readonly string[],
  options: WriteOptions,
): Written {
  const decoded = decodeFor(info, document, options.fieldValidation, duplicates);
  if ('status' in decoded) return decoded;
  return write(cluster, info, before, decoded.object, decoded.warnings, options);
}

export function isServerSideApply(mediaType: string): boolean {
  return mediaType === PATCH_TYPES.apply;
}

const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** Applies a patch of the given media type to any document; `kind` chooses the merge keys of a strategic one. */
export function applyPatch(
  document: JsonObject,
  patch: Json,
  mediaType: string,
  kind: string,
): { readonly value: JsonObject } | { readonly status: Status } {
  if (mediaType === PATCH_TYPES.json) {
    if (!Array.isArray(patch))
      return {
        status: badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch'),
      };
    const done = jsonPatch(asPatchJson(document), asPatchJson(patch));
    if ('error' in done)
      return {
        status: failure(
          422,
          'Invalid',
          `the server rejected our request due to an error in our request: ${done.error}`,
          {},
        ),
      };
    return isObject(done.value) ? { value: done.value } : { status: badRequest('the patched value is not an object') };
  }
  if (mediaType !== PATCH_TYPES.merge && mediaType !== PATCH_TYPES.strategic)
    return {
      status: unsupportedMediaType(
        `the body of the request was in an unknown format - accepted media types include: ${Object.values(PATCH_TYPES).join(', ')}`,
      ),
    };
  if (!isObject(patch))
    return {
      status: badRequest(
        `json: cannot unmarshal ${Array.isArray(patch) ? 'array' : typeof patch} into Go value of type map[string]interface {}`,
      ),
    };
  const done =
    mediaType === PATCH_TYPES.merge
      ? mergePatch(asPatchJson(document), asPatchJson(patch))
      : strategicMergePatch(asPatchJson(document), asPatchJson(patch), kind);
  if ('error' in done) return { status: badRequest(done.error) };
  return { value: done.value as JsonObject };
}

/** The same values: what came over the wire or out of the store holds no undefined. */
function asPatchJson(value: Json): PatchJson {
  return value as unknown as PatchJson;
}

/** PATCH of the stored object `before`. */
export function patchObject(
  cluster: Cluster,
  info: ResourceInfo,
  before: AnyObject,
  patch: Json,
  mediaType: string,
  options: WriteOptions,
): Written {
  const patched = applyPatch(before as unknown as JsonObject, patch, mediaType, info.kind);
  if ('status' in patched) return patched;
  const decoded = decodeAs(info.kind, patched.value);
  const wrong = 'error' in decoded ? decoded.error : strictError(decoded.strict, options.fieldValidation);
  if (wrong !== undefined) {
    const go = mediaType === PATCH_TYPES.strategic ? goText(asPatchJson(patch)) : JSON.stringify(patched.value);
    return { status: invalid('', '', '', [invalidValue('patch', go, wrong)]) };
  }
  if ('error' in decoded) return { status: badRequest(decoded.error) };
  const warnings = options.fieldValidation === 'Warn' ? [...decoded.strict] : [];
  return write(cluster, info, before, decoded.object, warnings, options);
}

function strictError(strict: readonly string[], fieldValidation: FieldValidation): string | undefined {
  return strict.length > 0 && fieldValidation === 'Strict' ? `strict decoding error: ${strict.join(', ')}` : undefined;
}

/** Server-side apply on the stored object `before`: `config` is all that the manager wants to be. */
export function applyObject(
  cluster: Cluster,
  info: ResourceInfo,
  before: AnyObject,
  config: JsonObject,
  options: WriteOptions & { readonly force: boolean; readonly duplicates: readonly string[] },
): Written {
  // Decoded first: what is unknown is named, and values are compared in the form in which they are stored.
  const wanted = decodeFor(info, config, options.fieldValidation, options.duplicates);
  if ('status' in wanted) return wanted;
  const live = before as unknown as JsonObject;
  const applied = applyConfiguration(info.kind, live, wanted.object, options.manager, options.force);
  if ('status' in applied) return applied;
  const decoded = decodeAs(info.kind, applied.object);
  if ('error' in decoded) return { status: badRequest(decoded.error) };
  return write(cluster, info, before, decoded.object, wanted.warnings, options, applied.managedFields);
}

/** @param decoded what the client wants the object to be; it is changed here */
function write(
  cluster: Cluster,
  info: ResourceInfo,
  before: AnyObject,
  decoded: JsonObject,
  warnings: string[],
  options: WriteOptions,
  managedFields?: Json[],
): Written {
  const held = before.metadata;
  const wanted = objectOf(decoded.metadata);
  const name = textOf(wanted.name);
  if (name !== held.name)
    return { status: badRequest(`the name of the object (${name}) does not match the name on the URL (${held.name})`) };
  if (textOf(wanted.namespace) !== '' && wanted.namespace !== held.namespace)
    return { status: badRequest('the namespace of the object does not match the namespace on the URL') };
  const uid = textOf(wanted.uid);
  if (uid !== '' && uid !== held.uid)
    return {
      status: conflict(info, name, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${held.uid}`),
    };
  const resourceVersion = textOf(wanted.resourceVersion);
  if (resourceVersion !== '' && resourceVersion !== held.resourceVersion) return { status: conflict(info, name) };

  const old = before as unknown as JsonObject;
  let next: JsonObject;
  if (options.part === 'status') next = { ...old, status: decoded.status ?? {} };
  else if (options.part === 'ephemeralcontainers') {
    applyDefaults(info.kind, decoded);
    const { ephemeralContainers } = objectOf(decoded.spec);
    const { ephemeralContainers: _before, ...spec } = objectOf(old.spec);
    next = { ...old, spec: { ...spec, ...(ephemeralContainers ? { ephemeralContainers } : {}) } };
    const errors = validateEphemeralContainersUpdate(objectOf(next.spec), objectOf(old.spec));
    if (errors.length > 0) return { status: invalid(info.kind, info.group, name, errors) };
    warnings.push(...warningsFor(info.kind, next, old));
  } else {
    applyDefaults(info.kind, decoded);
    const spec = objectOf(decoded.spec);
    if (info.resource === 'services') keepAllocated(spec, before as Service);
    if (info.resource === 'namespaces') decoded.spec = old.spec;
    if (old.status !== undefined) decoded.status = old.status;
    next = { ...decoded, apiVersion: old.apiVersion, kind: old.kind, metadata: nextMetadata(info, old, decoded) };
    const errors = validateUpdate(info, next, old);
    if (errors.length === 0 && info.resource === 'services')
      errors.push(...allocate(cluster.store, next, before as Service));
    if (errors.length > 0) return { status: invalid(info.kind, info.group, name, errors) };
    warnings.push(...warningsFor(info.kind, next, old));
  }
  const sent = wanted.managedFields;
  const entries = managedFields ?? recordUpdate(info.kind, old, next, sent, options.manager);
  const after = keepEqual(old, withManagedFields(old, next, entries)) as unknown as AnyObject;
  if (after === before || options.dryRun) return { object: after, warnings };
  return {
    object: asInput(cluster, 'update', info, keyOf(before), () => cluster.store.update(info.resource, after)),
    warnings,
  };
}

/** What a client may set, over what only the server sets. */
function nextMetadata(info: ResourceInfo, old: JsonObject, decoded: JsonObject): JsonObject {
  const held = objectOf(old.metadata);
  const wanted = objectOf(decoded.metadata);
  const out: JsonObject = { ...held };
  for (const field of ['labels', 'annotations', 'ownerReferences', 'finalizers'] as const) {
    if (wanted[field] === undefined) delete out[field];
    else out[field] = wanted[field];
  }
  // A Deployment counts a change of its annotations as a generation too; changes of the spec are counted by the store.
  if (
    info.resource === 'deployments' &&
    typeof held.generation === 'number' &&
    !deepEqual(out.annotations, held.annotations)
  )
    out.generation = held.generation + 1;
  // A DaemonSet counts the changes of its template, whatever the client says of it.
  if (info.resource === 'daemonsets') {
    const count = Number(objectOf(held.annotations)[TEMPLATE_GENERATION] ?? 1);
    const same = deepEqual(objectOf(decoded.spec).template, objectOf(old.spec).template);
    out.annotations = { ...objectOf(out.annotations), [TEMPLATE_GENERATION]: String(same ? count : count + 1) };
  }
  return out;
}

/** `after` with every part that equals its counterpart in `before` taken from there, whatever the order of its keys. */
function keepEqual(before: Json | undefined, after: Json | undefined): Json | undefined {
  if (deepEqual(before, after)) return before;
  if (!isObject(before) || !isObject(after)) return after;
  const out: JsonObject = {};
  for (const key of Object.keys(before)) if (after[key] !== undefined) out[key] = keepEqual(before[key], after[key]);
  for (const key of Object.keys(after))
    if (before[key] === undefined && after[key] !== undefined) out[key] = after[key];
  return out;
}

/** Runs a write as what it is: something that came from outside, and the cause of all that follows. */
export function asInput<T>(cluster: Cluster, verb: string, info: ResourceInfo, key: string, act: () => T): T {
  const { sim } = cluster;
  return sim.because(sim.record(`api.${verb}`, `${info.resource}/${key}`), act);
}
