// Patches of Kubernetes objects: the three that the API server applies, and those that kubectl makes. Pure functions
// over JSON values; the texts of errors are those of the libraries that Kubernetes 1.32 uses. Server-side apply
// (managed fields) is not here.

import { attempt, isObject, type Json, type JsonObject, PatchError, type PatchResult } from './json.ts';
import { type PatchType, patchTypeOf } from './schema.ts';
import { mergeMap } from './strategic.ts';
import { threeWay, twoWay } from './strategic-diff.ts';

export { jsonPatch } from './json-patch.ts';
export { createThreeWayJSONMergePatch, mergePatch } from './merge-patch.ts';
export { type Json, jsonEqual, type JsonObject, type PatchResult } from './json.ts';
export type { PatchType } from './schema.ts';

/** A kind (`Deployment`) or the merge rules themselves. */
export type PatchKind = string | PatchType;

const rules = (kind: PatchKind): PatchType => (typeof kind === 'string' ? patchTypeOf(kind) : kind);

export function strategicMergePatch(doc: Json, patch: Json, kind: PatchKind): PatchResult<JsonObject> {
  return attempt(() => {
    if (!isObject(doc) || !isObject(patch)) throw new PatchError('invalid JSON document');
    return mergeMap(doc, patch, rules(kind), 'apply');
  });
}

/** The strategic merge patch that turns `original` into `modified`. */
export function createTwoWayMergePatch(
  original: JsonObject | null,
  modified: JsonObject,
  kind: PatchKind,
): PatchResult<JsonObject> {
  return attempt(() => twoWay(original ?? {}, modified, rules(kind)));
}

/**
 * The patch of `kubectl apply`: what `modified` says differently from `current`, and deletions of what the last
 * applied `original` had and `modified` has not. The user's manifest wins over other changes.
 */
export function createThreeWayMergePatch(
  original: JsonObject | null,
  modified: JsonObject,
  current: JsonObject,
  kind: PatchKind,
): PatchResult<JsonObject> {
  return attempt(() => threeWay(original ?? {}, modified, current, rules(kind)));
}
