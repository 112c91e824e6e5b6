// `kubectl rollout status`, `restart`, `pause` and `resume` (kubectl/pkg/cmd/rollout, pkg/polymorphichelpers, 1.32).
// What is said of each kind is in `rollout-status.ts`.

import { formatTime } from '../../../sim/engine/time.ts';
import { groupResource, type Resource, strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError, throwAll } from './errors.ts';
import { boolAt, type JsonObject, mapAt, objectAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { viewers } from './rollout-status.ts';
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
  const viewer = viewers[groupKind(resource)];
  if (!viewer) {
    throw new KubectlError(`no status viewer has been implemented for ${groupKind(resource)}`);
  }
  const outcome = await watchUntil(
    context,
    { resource, namespace, name, ...(timeoutMs === undefined ? {} : { timeoutMs }) },
    async ({ type, object }) => {
      if (type === 'DELETED') throw new KubectlError('object has been deleted');
      const { text, done } = viewer(object, revision);
      await context.out(text);
      return done || !context.flags.bool('watch');
    },
  );
  if (outcome !== 'met') throw new KubectlError('timed out waiting for the condition');
}

// ---- restart, pause, resume

interface Change {
  /** What the result is called. */
  readonly done: string;
  readonly kinds: readonly string[];
  /** For a kind that knows no such thing. */
  readonly unsupported: string;
  /** The patch, or why there is none; an empty patch is one that would change nothing. */
  readonly patch: (deployment: JsonObject, context: Context) => JsonObject | string;
}

const pause: Change = {
  done: 'paused',
  kinds: ['Deployment.apps'],
  unsupported: 'pausing is not supported',
  patch: (deployment) => (boolAt(deployment, 'spec', 'paused') ? 'is already paused' : { spec: { paused: true } }),
};
const resume: Change = {
  done: 'resumed',
  kinds: ['Deployment.apps'],
  unsupported: 'resuming is not supported',
  patch: (deployment) => (boolAt(deployment, 'spec', 'paused') ? { spec: { paused: null } } : 'is not paused'),
};
const restartedAt = 'kubectl.kubernetes.io/restartedAt';
const restart: Change = {
  done: 'restarted',
  kinds: ['Deployment.apps', 'DaemonSet.apps', 'StatefulSet.apps'],
  unsupported: 'restarting is not supported',
  patch(deployment, context) {
    if (boolAt(deployment, 'spec', 'paused')) return "can't restart paused deployment (run rollout resume first)";
    const now = formatTime(context.proc.host.now());
    const before = mapAt(objectAt(deployment, 'spec', 'template'), 'metadata', 'annotations')[restartedAt];
    return now === before ? {} : { spec: { template: { metadata: { annotations: { [restartedAt]: now } } } } };
  },
};

async function change(context: Context, { done, kinds, unsupported, patch }: Change): Promise<undefined> {
  const { items, errors } = await rolledOut(context);
  const failed = [...errors];
  const print = resultPrinter(context, done);
  for (const { resource, namespace, name, object } of items) {
    const body = kinds.includes(groupKind(resource)) ? patch(object, context) : unsupported;
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
