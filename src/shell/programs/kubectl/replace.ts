// `kubectl replace` (kubectl/pkg/cmd/replace, 1.32): the whole object in one request; with `--force` it is deleted and
// made anew.

import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { saved } from './create.ts';
import { type Deleted, deletionOf, gone } from './deletion.ts';
import { ApiError, KubectlError } from './errors.ts';
import { type JsonObject, textAt, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { type Item, validation, visit, withSource, writing } from './visit.ts';

const FORCE_TIMEOUT_MS = 300_000;

export async function run(context: Context): Promise<undefined> {
  const { flags } = context;
  if (flags.text('raw') !== '') return (await import('./raw.ts')).sendRaw(context, 'PUT');
  const force = flags.bool('force');
  const fieldValidation = validation(context);
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'replaced');
  const grace = flags.int('grace-period') === 0 ? 1 : flags.int('grace-period');
  const body = deletionOf(context, grace);
  if (context.filenames.length === 0) throw new KubectlError('must specify one of -f and -k');
  if (grace >= 0 && !force) throw new KubectlError('--grace-period must have --force specified');
  if (flags.durationMs('timeout') !== 0 && !force) throw new KubectlError('--timeout must have --force specified');
  if (force && dryRun !== 'none') throw new KubectlError('--dry-run can not be used when --force is set');
  if (force) return forceReplace(context, body, print);
  await visit(context, { args: [], validate: fieldValidation !== 'Ignore' }, async (item) => {
    const manifest = saved(item.object, flags.bool('save-config'));
    await print(item.resource, dryRun === 'client' ? manifest : await put(context, item, manifest));
  });
  return undefined;
}

/** The version of the moment goes into the object unless it has one of its own (resource.Helper.Replace). */
async function put(context: Context, item: Item, manifest: JsonObject): Promise<JsonObject> {
  const { client } = context;
  const { resource, namespace, name, source } = item;
  const query = { ...writing(context), fieldValidation: validation(context) };
  const subresource = context.flags.text('subresource');
  let body = manifest;
  try {
    if (!textAt(manifest, 'metadata', 'resourceVersion')) {
      const held = await client.get(resource, namespace, name).catch(absent);
      if (held) body = withAt(manifest, ['metadata', 'resourceVersion'], textAt(held, 'metadata', 'resourceVersion'));
    }
    return await client.request('PUT', resourcePath(resource, namespace, name, subresource), { body, query });
  } catch (error) {
    throw withSource('replacing', source, error);
  }
}

async function forceReplace(
  context: Context,
  body: JsonObject,
  print: ReturnType<typeof resultPrinter>,
): Promise<undefined> {
  const { client, flags } = context;
  const deleted: Deleted[] = [];
  const items: Item[] = [];
  await visit(context, { args: [] }, async (item) => {
    const { resource, namespace, name, source } = item;
    items.push(item);
    try {
      const path = resourcePath(resource, namespace, name);
      const answer = await client.request('DELETE', path, { body }).catch(absent);
      if (!answer) return;
      const uid = textAt(answer, 'metadata', 'uid') || textAt(answer, 'details', 'uid');
      deleted.push({ resource, namespace, name, ...(uid === '' ? {} : { uid }) });
    } catch (error) {
      throw withSource('deleting', source, error);
    }
    const kind = resource.kind.toLowerCase() + (resource.group && `.${resource.group}`);
    await context.out(flags.text('output') === 'name' ? `${kind}/${name}\n` : `${kind} "${name}" deleted\n`);
  });
  if (items.length === 0) await context.out('No resources found\n');
  if (flags.bool('wait')) await gone(context, deleted, flags.durationMs('timeout'));
  await gone(context, items, flags.durationMs('timeout') || FORCE_TIMEOUT_MS);
  const query = { ...writing(context), fieldValidation: validation(context) };
  for (const { resource, namespace, object } of items) {
    const manifest = saved(object, flags.bool('save-config'));
    await print(resource, await client.request('POST', resourcePath(resource, namespace), { body: manifest, query }));
  }
  if (items.length === 0) throw new KubectlError('no objects passed to replace');
  return undefined;
}

/** What is not there is no failure here. */
function absent(error: unknown): undefined {
  if (error instanceof ApiError && error.isNotFound) return undefined;
  throw error;
}
