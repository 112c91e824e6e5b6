// The history of daemon sets and stateful sets as kubectl reads it (kubectl/pkg/polymorphichelpers/history.go and
// rollback.go, 1.32): controller revisions, each of which holds a patch that brings its template back.

import { canonicalJson } from '../../../sim/kubernetes/controllers/deployment/template-hash.ts';
import { strategicMergePatch } from '../../../sim/kubernetes/api/patch/index.ts';
import { type Resource, strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { controllerOf, selectorText } from './deployments.ts';
import { podTemplate } from './describe/pod-template.ts';
import { KubectlError } from './errors.ts';
import {
  isObject,
  type JsonObject,
  listAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
  withAt,
} from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { isFailure } from './visit.ts';

/** The revisions of a workload by number. */
export async function revisionsOf({ client }: Context, workload: JsonObject): Promise<Map<number, JsonObject>> {
  const resource = await client.resource('controllerrevisions.apps');
  const labelSelector = selectorText(objectAt(workload, 'spec', 'selector'));
  const list = await client.list(resource, namespaceOf(workload), { labelSelector });
  const uid = textAt(workload, 'metadata', 'uid');
  const owned = listAt(list, 'items')
    .filter(isObject)
    .filter((one) => textAt(controllerOf(one), 'uid') === uid);
  return new Map(owned.map((one) => [numberAt(one, 'revision'), one]));
}

/** The workload as it was at a revision. */
export function restored(resource: Resource, workload: JsonObject, revision: JsonObject): JsonObject {
  const done = strategicMergePatch(workload, objectAt(revision, 'data'), resource.kind);
  if ('error' in done) throw new KubectlError(`unable to parse history ${nameOf(revision)}`);
  return isObject(done.value) ? done.value : {};
}

export async function rollBack(context: Context, resource: Resource, workload: JsonObject): Promise<void> {
  const toRevision = context.flags.int('to-revision');
  const dryRun = context.dryRun();
  const missing = new KubectlError(`unable to find specified revision ${toRevision} in history`);
  if (toRevision < 0) throw missing;
  const byNumber = await revisionsOf(context, workload);
  if (toRevision === 0 && byNumber.size <= 1) throw new KubectlError('no last revision to roll back to');
  const numbers = [...byNumber.keys()].sort((a, b) => a - b);
  const chosen = byNumber.get(toRevision === 0 ? (numbers.at(-2) ?? 0) : toRevision);
  if (!chosen) throw missing;
  const print = resultPrinter(context, 'rolled back');
  const then = restored(resource, workload, chosen);
  const template = objectAt(then, 'spec', 'template');
  if (dryRun === 'client') {
    return print(resource, workload, `will roll back to ${podTemplate(template)}`);
  }
  if (canonicalJson(withoutTime(template)) === canonicalJson(withoutTime(objectAt(workload, 'spec', 'template')))) {
    return print(resource, workload, `skipped rollback (current template already matches revision ${toRevision})`);
  }
  const query = dryRun === 'server' ? { dryRun: 'All' } : {};
  const body = objectAt(chosen, 'data');
  try {
    const namespace = namespaceOf(workload);
    await context.client.patch(resource, namespace, nameOf(workload), strategicMergePatchType, body, query);
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new KubectlError(`failed restoring revision ${toRevision}: ${error.message}`);
  }
  return print(resource, workload);
}

const withoutTime = (template: JsonObject): JsonObject =>
  withAt(template, ['metadata', 'creationTimestamp'], undefined);
