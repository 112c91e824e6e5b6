// `kubectl scale` (kubectl/pkg/cmd/scale, pkg/scale, 1.32): through the sub-resource `scale`, with preconditions when
// they are given.

import { mergePatchType, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError } from './errors.ts';
import { type JsonObject, numberAt, textAt, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { find, type Item, requireFlags, writing } from './visit.ts';

const RETRY_MS = 1000;
const RETRIES_MS = 300_000;

export async function run(context: Context): Promise<undefined> {
  const { flags } = context;
  requireFlags(context, 'replicas');
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'scaled');
  const resourceVersion = flags.text('resource-version');
  if (flags.int('replicas') < 0) {
    throw new KubectlError('The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0');
  }
  if (flags.int('current-replicas') < -1) {
    throw new KubectlError('The --current-replicas must specify an integer of -1 or greater');
  }
  const { items, errors } = await find(context, { allowAll: flags.bool('all') });
  if (resourceVersion && items.length > 1)
    throw new KubectlError('cannot use --resource-version with multiple resources');
  const [problem] = errors;
  if (items.length === 0) {
    throw new KubectlError(`no objects passed to scale${problem ? ` ${problem.message}` : ''}`);
  }
  for (const item of items) {
    if (dryRun !== 'client') {
      await retried(context, () => scale(context, item));
      if (flags.durationMs('timeout') > 0 && dryRun === 'none') await synced(context, item);
    }
    await print(item.resource, item.object);
  }
  if (problem) throw problem;
  return undefined;
}

async function scale(context: Context, { resource, namespace, name }: Item): Promise<void> {
  const { client, flags } = context;
  const replicas = flags.int('replicas');
  const size = flags.int('current-replicas');
  const version = flags.text('resource-version');
  const { dryRun } = writing(context);
  if (size === -1 && version === '') {
    await client.patch(resource, namespace, name, mergePatchType, { spec: { replicas } }, { dryRun }, 'scale');
    return;
  }
  const path = resourcePath(resource, namespace, name, 'scale');
  const held: JsonObject = await client.request('GET', path);
  const expect = (what: string, wanted: string, found: string) => {
    if (wanted !== found) throw new KubectlError(`Expected ${what} to be ${wanted}, was ${found}`);
  };
  if (size !== -1) expect('replicas', String(size), String(numberAt(held, 'spec', 'replicas')));
  if (version !== '') expect('resource version', version, textAt(held, 'metadata', 'resourceVersion'));
  await client.request('PUT', path, { body: withAt(held, ['spec', 'replicas'], replicas), query: { dryRun } });
}

/** Somebody else was faster: once more. */
async function retried({ proc }: Context, act: () => Promise<void>): Promise<void> {
  const until = proc.host.now() + RETRIES_MS;
  for (;;) {
    try {
      await act();
      return;
    } catch (error) {
      if (!(error instanceof ApiError) || error.status.reason !== 'Conflict' || proc.host.now() >= until) throw error;
      await proc.host.sleep(RETRY_MS, proc.signal);
    }
  }
}

/** Waits until there are as many as asked for, or somebody asks for another number. */
async function synced({ client, proc, flags }: Context, { resource, namespace, name }: Item): Promise<void> {
  const replicas = flags.int('replicas');
  const until = proc.host.now() + flags.durationMs('timeout');
  for (;;) {
    const held = await client.request('GET', resourcePath(resource, namespace, name, 'scale'));
    if (numberAt(held, 'spec', 'replicas') !== replicas || numberAt(held, 'status', 'replicas') === replicas) return;
    if (proc.host.now() >= until) throw new KubectlError(`timed out waiting for ${JSON.stringify(name)} to be synced`);
    await proc.host.sleep(RETRY_MS, proc.signal);
  }
}
