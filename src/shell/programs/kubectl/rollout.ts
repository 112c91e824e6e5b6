// `kubectl rollout status`, `restart`, `pause` and `resume` (kubectl/pkg/cmd/rollout, pkg/polymorphichelpers, 1.32).
// Of the kinds that can be rolled out, deployments alone are simulated.

import { formatTime } from '../../../sim/engine/time.ts';
import { groupResource, type Resource, strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { revisionOf } from './deployments.ts';
import { KubectlError, throwAll } from './errors.ts';
import { boolAt, type JsonObject, listAt, mapAt, nameOf, numberAt, objectAt, textAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { find, type Found, isFailure, type Item } from './visit.ts';
import { watchUntil } from './watching.ts';

export async function run(context: Context): Promise<undefined> {
  switch (context.path) {
    case 'rollout status':
      return status(context);
    case 'rollout restart':
      return change(context, restart);
    case 'rollout pause':
      return change(context, pause);
    default:
      return change(context, resume);
  }
}

/** Everything that a rollout command names, with what could not be found. */
export async function rolledOut(context: Context): Promise<Found> {
  if (context.args.length === 0 && context.filenames.length === 0) {
    throw new KubectlError('required resource not specified');
  }
  return find(context, { allowAll: true, latest: true });
}

/** `ReplicaSet.apps` */
export const groupKind = ({ kind, group }: Resource): string => (group ? `${kind}.${group}` : kind);

// ---- status

async function status(context: Context): Promise<undefined> {
  const { flags } = context;
  const revision = flags.int('revision');
  if (revision < 0) throw new KubectlError(`revision must be a positive integer: ${revision}`);
  const { items, errors } = await rolledOut(context);
  const failed = [...errors];
  const timeoutMs = flags.durationMs('timeout');
  for (const item of items) {
    try {
      await follow(context, item, revision, timeoutMs > 0 ? timeoutMs : undefined);
    } catch (error) {
      if (!isFailure(error)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  if (items.length === 0) await context.err(`No resources found in ${await context.namespace()} namespace.\n`);
  return undefined;
}

async function follow(
  context: Context,
  { resource, namespace, name }: Item,
  revision: number,
  timeoutMs: number | undefined,
): Promise<void> {
  if (groupKind(resource) !== 'Deployment.apps') {
    throw new KubectlError(`no status viewer has been implemented for ${groupKind(resource)}`);
  }
  const outcome = await watchUntil(
    context,
    { resource, namespace, name, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    async ({ type, object }) => {
      if (type === 'DELETED') throw new KubectlError('object has been deleted');
      const { text, done } = statusOf(object, revision);
      await context.out(text);
      return done || !context.flags.bool('watch');
    },
  );
  if (outcome !== 'met') throw new KubectlError('timed out waiting for the condition');
}

/** The sentence on a deployment's rollout, and whether it is over. */
function statusOf(deployment: JsonObject, revision: number): { text: string; done: boolean } {
  const name = nameOf(deployment);
  const rollout = `Waiting for deployment "${name}" rollout to finish:`;
  const waiting = (text: string) => ({ text: `${text}\n`, done: false });
  const running = revisionOf(deployment) ?? 0;
  if (revision > 0 && revision !== running) {
    throw new KubectlError(`desired revision (${revision}) is different from the running revision (${running})`);
  }
  if (numberAt(deployment, 'metadata', 'generation') > numberAt(deployment, 'status', 'observedGeneration')) {
    return waiting('Waiting for deployment spec update to be observed...');
  }
  const progressing = listAt(deployment, 'status', 'conditions').find((one) => textAt(one, 'type') === 'Progressing');
  if (textAt(progressing, 'reason') === 'ProgressDeadlineExceeded') {
    throw new KubectlError(`deployment "${name}" exceeded its progress deadline`);
  }
  const wanted = numberAt(deployment, 'spec', 'replicas');
  const replicas = numberAt(deployment, 'status', 'replicas');
  const updated = numberAt(deployment, 'status', 'updatedReplicas');
  const available = numberAt(deployment, 'status', 'availableReplicas');
  if (updated < wanted) return waiting(`${rollout} ${updated} out of ${wanted} new replicas have been updated...`);
  if (replicas > updated) return waiting(`${rollout} ${replicas - updated} old replicas are pending termination...`);
  if (available < updated) return waiting(`${rollout} ${available} of ${updated} updated replicas are available...`);
  return { text: `deployment "${name}" successfully rolled out\n`, done: true };
}

// ---- restart, pause, resume

interface Change {
  /** What the result is called. */
  readonly done: string;
  /** For a kind that knows no such thing. */
  readonly unsupported: string;
  /** The patch, or why there is none; an empty patch is one that would change nothing. */
  readonly patch: (deployment: JsonObject, context: Context) => JsonObject | string;
}

const pause: Change = {
  done: 'paused',
  unsupported: 'pausing is not supported',
  patch: (deployment) => (boolAt(deployment, 'spec', 'paused') ? 'is already paused' : { spec: { paused: true } }),
};
const resume: Change = {
  done: 'resumed',
  unsupported: 'resuming is not supported',
  patch: (deployment) => (boolAt(deployment, 'spec', 'paused') ? { spec: { paused: null } } : 'is not paused'),
};
const restartedAt = 'kubectl.kubernetes.io/restartedAt';
const restart: Change = {
  done: 'restarted',
  unsupported: 'restarting is not supported',
  patch(deployment, context) {
    if (boolAt(deployment, 'spec', 'paused')) return "can't restart paused deployment (run rollout resume first)";
    const now = formatTime(context.proc.host.now());
    const before = mapAt(objectAt(deployment, 'spec', 'template'), 'metadata', 'annotations')[restartedAt];
    return now === before ? {} : { spec: { template: { metadata: { annotations: { [restartedAt]: now } } } } };
  },
};

async function change(context: Context, { done, unsupported, patch }: Change): Promise<undefined> {
  const { items, errors } = await rolledOut(context);
  const failed = [...errors];
  const print = resultPrinter(context, done);
  for (const { resource, namespace, name, object } of items) {
    const body = groupKind(resource) === 'Deployment.apps' ? patch(object, context) : unsupported;
    if (typeof body === 'string') {
      failed.push(new KubectlError(`${groupResource(resource)} "${name}" ${body}`));
      continue;
    }
    if (Object.keys(body).length === 0) {
      failed.push(
        new KubectlError(
          `failed to create patch for ${name}: if restart has already been triggered within the past second, please wait before attempting to trigger another`,
        ),
      );
      continue;
    }
    const query = { fieldManager: context.flags.text('field-manager') };
    try {
      await print(
        resource,
        await context.client.patch(resource, namespace, name, strategicMergePatchType, body, query),
      );
    } catch (error) {
      if (!isFailure(error)) throw error;
      failed.push(new KubectlError(`failed to patch: ${error.message}`));
    }
  }
  if (items.length === 0 && failed.length === 0) {
    await context.err(`No resources found in ${await context.namespace()} namespace.\n`);
  }
  throwAll(failed);
  return undefined;
}
