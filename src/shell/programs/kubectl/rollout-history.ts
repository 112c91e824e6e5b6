// `kubectl rollout history` and `undo` (kubectl/pkg/polymorphichelpers/history.go and rollback.go, 1.32): the replica
// sets of a deployment are its history; that of other kinds is in `revisions.ts`.

import { jsonPatchType, type Resource } from './client.ts';
import type { Context } from './context.ts';
import { replicaSetsOf, revisionOf, templateText, withoutHash } from './deployments.ts';
import { podTemplate } from './describe/pod-template.ts';
import { tabbed } from './describe/text.ts';
import { KubectlError, throwAll } from './errors.ts';
import { boolAt, type JsonObject, mapAt, nameOf, namespaceOf, objectAt, withAt } from './object.ts';
import { printerFor, resultPrinter } from './printers/index.ts';
import { groupKind, rolledOut } from './rollout.ts';
import { isFailure } from './visit.ts';

const changeCause = 'kubernetes.io/change-cause';
/** The kinds whose history is not in replica sets. */
const byRevisions = ['DaemonSet.apps', 'StatefulSet.apps'];
const notFound = 'unable to find the specified revision';

export async function run(context: Context): Promise<undefined> {
  const act = context.path === 'rollout undo' ? undo : history;
  const revision = context.flags.int('revision');
  if (act === history && revision < 0) throw new KubectlError(`revision must be a positive integer: ${revision}`);
  const { items, errors } = await rolledOut(context);
  const failed = [...errors];
  for (const { resource, object } of items) {
    try {
      await act(context, resource, object);
    } catch (error) {
      if (!isFailure(error)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  return undefined;
}

/** The refusal of a kind that has no history. */
function unsupported(resource: Resource, noun: 'history viewer' | 'rollbacker'): KubectlError {
  const kind = groupKind(resource);
  if (kind === 'Pod' || kind === 'ReplicaSet.apps') {
    return new KubectlError(`no ${noun} has been implemented for "${kind}"`);
  }
  const what = noun === 'rollbacker' ? noun : 'history';
  return new KubectlError(
    `error retrieving ${what} for "${kind}", no visitor method exists for {${resource.group} ${resource.kind}}`,
  );
}

// ---- history

/** What a workload has been. */
interface Past {
  readonly byRevision: ReadonlyMap<number, JsonObject>;
  /** What the printers of `-o` are given. */
  readonly whole: (held: JsonObject) => JsonObject;
  readonly template: (held: JsonObject) => JsonObject;
}

async function pastOf(context: Context, resource: Resource, workload: JsonObject): Promise<Past> {
  if (byRevisions.includes(groupKind(resource))) {
    const { restored, revisionsOf } = await import('./revisions.ts');
    const whole = (held: JsonObject) => restored(resource, workload, held);
    const byRevision = await revisionsOf(context, workload);
    return { byRevision, whole, template: (held) => objectAt(whole(held), 'spec', 'template') };
  }
  if (groupKind(resource) !== 'Deployment.apps') throw unsupported(resource, 'history viewer');
  const { old, current } = await replicaSetsOf(context.client, workload);
  const byRevision = new Map<number, JsonObject>();
  for (const set of current ? [...old, current] : old) byRevision.set(revisionOf(set) ?? 0, set);
  return { byRevision, whole: withKind, template: templateOf };
}

async function history(context: Context, resource: Resource, deployment: JsonObject): Promise<void> {
  const past = await pastOf(context, resource, deployment);
  const { byRevision } = past;
  const revisions = [...byRevision.keys()].sort((a, b) => a - b);
  const revision = context.flags.int('revision');
  const printer = printerFor(context);
  if (printer) {
    if (revision > 0 && !byRevision.has(revision)) throw new KubectlError(notFound);
    for (const one of revisions) {
      const held = byRevision.get(one);
      if (held && (revision === 0 || revision === one)) await context.out(printer.print(past.whole(held)));
    }
    await context.out(printer.end());
    return;
  }
  const print = resultPrinter(context, '');
  const chosen = byRevision.get(revision);
  if (revisions.length === 0) await print(resource, deployment, '\nNo rollout history found.');
  else if (revision === 0) await print(resource, deployment, `\n${historyTable(revisions, byRevision)}`);
  else if (!chosen) throw new KubectlError(notFound);
  else await print(resource, deployment, `with revision #${revision}\n${podTemplate(past.template(chosen))}`);
}

const withKind = (set: JsonObject): JsonObject => ({ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...set });

/** The cause of a replica set is shown as if it were the template's. */
function templateOf(set: JsonObject): JsonObject {
  const template = objectAt(set, 'spec', 'template');
  const cause = mapAt(set, 'metadata', 'annotations')[changeCause];
  if (!cause) return template;
  const annotations = mapAt(template, 'metadata', 'annotations');
  return withAt(template, ['metadata', 'annotations'], { ...annotations, [changeCause]: cause });
}

function historyTable(revisions: readonly number[], byRevision: ReadonlyMap<number, JsonObject>): string {
  const rows = revisions.map((revision) => {
    const cause = mapAt(byRevision.get(revision), 'metadata', 'annotations')[changeCause] ?? '';
    return `${revision}\t${cause === '' ? '<none>' : cause}\n`;
  });
  return tabbed(`REVISION\tCHANGE-CAUSE\n${rows.join('')}`);
}

// ---- undo

/** Annotations that a deployment keeps; all others come from the replica set. */
const kept = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'deployment.kubernetes.io/revision',
  'deployment.kubernetes.io/revision-history',
  'deployment.kubernetes.io/desired-replicas',
  'deployment.kubernetes.io/max-replicas',
  'deprecated.deployment.rollback.to',
];

async function undo(context: Context, resource: Resource, deployment: JsonObject): Promise<void> {
  if (byRevisions.includes(groupKind(resource))) {
    const { rollBack } = await import('./revisions.ts');
    return rollBack(context, resource, deployment);
  }
  if (groupKind(resource) !== 'Deployment.apps') throw unsupported(resource, 'rollbacker');
  const toRevision = context.flags.int('to-revision');
  const dryRun = context.dryRun();
  const set = await setToRestore(context, deployment, toRevision);
  const print = resultPrinter(context, 'rolled back');
  const template = objectAt(set, 'spec', 'template');
  if (dryRun === 'client') return print(resource, deployment, podTemplate(template));
  if (boolAt(deployment, 'spec', 'paused')) {
    throw new KubectlError(
      "you cannot rollback a paused deployment; resume it first with 'kubectl rollout resume' and try again",
    );
  }
  if (templateText(template) === templateText(objectAt(deployment, 'spec', 'template'))) {
    const skipped = `skipped rollback (current template already matches revision ${toRevision})`;
    return print(resource, deployment, skipped);
  }
  const annotations = new Map<string, string>();
  for (const [key, value] of Object.entries(mapAt(deployment, 'metadata', 'annotations'))) {
    if (kept.includes(key)) annotations.set(key, value);
  }
  for (const [key, value] of Object.entries(mapAt(set, 'metadata', 'annotations'))) {
    if (!kept.includes(key)) annotations.set(key, value);
  }
  const patch = [
    { op: 'replace', path: '/spec/template', value: withoutHash(template) },
    { op: 'replace', path: '/metadata/annotations', value: Object.fromEntries(annotations) },
  ];
  const query = dryRun === 'server' ? { dryRun: 'All' } : {};
  const namespace = namespaceOf(deployment);
  try {
    await context.client.patch(resource, namespace, nameOf(deployment), jsonPatchType, patch, query);
  } catch (error) {
    if (!isFailure(error)) throw error;
    throw new KubectlError(`failed restoring revision ${toRevision}: ${error.message}`);
  }
  return print(resource, deployment);
}

/** The replica set with that revision, or the one before the newest. */
async function setToRestore(context: Context, deployment: JsonObject, toRevision: number): Promise<JsonObject> {
  const missing = new KubectlError(`unable to find specified revision ${toRevision} in history`);
  if (toRevision < 0) throw missing;
  const { old, current } = await replicaSetsOf(context.client, deployment);
  const all = (current ? [...old, current] : [...old])
    .map((set) => ({ set, revision: revisionOf(set) }))
    .filter((one): one is { set: JsonObject; revision: number } => one.revision !== undefined);
  if (toRevision > 0) {
    const found = all.find(({ revision }) => revision === toRevision);
    if (!found) throw missing;
    return found.set;
  }
  const [, previous] = [...all].sort((a, b) => b.revision - a.revision);
  if (!previous) throw new KubectlError(`no rollout history found for deployment "${nameOf(deployment)}"`);
  return previous.set;
}
