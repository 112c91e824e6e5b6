// `kubectl apply` (kubectl/pkg/cmd/apply, 1.32), client side: what the manifest says now is compared with what it said
// last time, kept in an annotation, and with the object as it is. With `--server-side` the server does that, see
// `server-side-apply.ts`. Left out: pruning, and `--overwrite=false`.

import { createThreeWayMergePatch } from '../../../sim/kubernetes/api/patch/index.ts';
import { resourcePath, strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { deletionOf } from './deletion.ts';
import { ApiError, KubectlError, throwAll } from './errors.ts';
import {
  at,
  isObject,
  type Json,
  type JsonObject,
  mapAt,
  nameOf,
  namespaceOf,
  objectAt,
  parseObject,
  textAt,
  withAt,
} from './object.ts';
import { printerFor, resultPrinter, withoutManagedFields } from './printers/index.ts';
import { goJson } from './printers/json.ts';
import { find, isFailure, type Item, validation, withSource, writing } from './visit.ts';

export const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration';
const annotation = ['metadata', 'annotations', lastApplied] as const;
const PATCH_TRIES = 5;

interface Done {
  readonly object: JsonObject;
  readonly what: 'created' | 'configured' | 'unchanged' | 'serverside-applied';
}

export async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length > 0) throw context.usage(`Unexpected args: [${args.join(' ')}]`);
  deletionOf(context);
  const dryRun = context.dryRun();
  if (context.filenames.length === 0) throw new KubectlError('must specify one of -f and -k');
  validation(context);
  const serverSide = flags.bool('server-side');
  if (flags.bool('force-conflicts') && !serverSide) {
    throw new KubectlError('--force-conflicts only works with --server-side');
  }
  if (dryRun === 'client' && serverSide) {
    throw new KubectlError("--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  }
  if (serverSide && flags.bool('force')) throw new KubectlError('--force cannot be used with --server-side');
  if (dryRun === 'server' && flags.bool('force'))
    throw new KubectlError('--dry-run=server cannot be used with --force');
  if (flags.bool('all') && flags.text('selector')) {
    throw new KubectlError('cannot set --all and --selector at the same time');
  }
  if (flags.text('subresource') !== '' && !serverSide) {
    throw new KubectlError('--subresource can only be specified for --server-side');
  }

  const found = await find(context, { validate: validation(context) !== 'Ignore' });
  const errors = [...found.errors];
  if (found.items.length === 0 && errors.length === 0) throw new KubectlError('no objects passed to apply');
  const printer = printerFor(context);
  const whole = printer !== undefined && flags.text('output') !== 'name';
  const print = resultPrinter(context, 'configured');
  const objects: JsonObject[] = [];
  for (const item of found.items) {
    try {
      const { object, what } = await applyOne(context, item);
      objects.push(object);
      if (!whole) await print(item.resource, object, what);
    } catch (error) {
      if (!isFailure(error)) throw error;
      errors.push(error);
    }
  }
  throwAll(errors);
  const [first] = objects;
  if (whole && first) {
    const list = { apiVersion: 'v1', items: objects, kind: 'List', metadata: {} };
    const several = objects.length > 1 && flags.text('output') === 'json' ? listText(context, objects) : undefined;
    await context.out(several ?? printer.print(objects.length === 1 ? first : list));
  }
  return undefined;
}

/** The real one holds the list, but not what is in it, as one of Go's types. */
function listText({ flags }: Context, objects: readonly JsonObject[]): string {
  const shown = flags.bool('show-managed-fields') ? objects : objects.map(withoutManagedFields);
  const items = goJson(shown, 4).replaceAll('\n', '\n    ');
  return `{\n    "kind": "List",\n    "apiVersion": "v1",\n    "metadata": {},\n    "items": ${items}\n}\n`;
}

async function applyOne(context: Context, item: Item): Promise<Done> {
  const { client } = context;
  const { resource, namespace, name, source } = item;
  const generateName = textAt(item.object, 'metadata', 'generateName');
  if (name === '' && generateName) throw new KubectlError(`from ${generateName}: cannot use generate name with apply`);
  if (context.flags.bool('server-side')) {
    const { applyAtServer } = await import('./server-side-apply.ts');
    const object = await applyAtServer(context, item);
    await warnIfDeleting(context, object);
    return { object, what: 'serverside-applied' };
  }
  let current: JsonObject;
  try {
    current = await client.get(resource, namespace, name);
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return create(context, item);
    throw withSource(
      `retrieving current configuration of:\n${described(item, item.object)}\nfrom server for:`,
      source,
      error,
    );
  }
  if (context.dryRun() === 'client') return { object: current, what: 'configured' };
  if (!(lastApplied in mapAt(current, 'metadata', 'annotations'))) {
    await context.err(
      `Warning: resource ${resource.plural}/${name} is missing the ${lastApplied} annotation which is required by kubectl apply. kubectl apply should only be used on resources created declaratively by either kubectl create --save-config or kubectl apply. The missing annotation will be patched automatically.\n`,
    );
  }
  const done = await patch(context, item, current);
  await warnIfDeleting(context, done.object);
  return done;
}

async function warnIfDeleting(context: Context, object: JsonObject): Promise<void> {
  if (!textAt(object, 'metadata', 'deletionTimestamp')) return;
  await context.err(`Warning: Detected changes to resource ${nameOf(object)} which is currently being deleted.\n`);
}

async function create(context: Context, { resource, namespace, object, source }: Item): Promise<Done> {
  const manifest = withoutNulls(withLastApplied(object));
  if (context.dryRun() === 'client') return { object: manifest, what: 'created' };
  const query = { ...writing(context), fieldValidation: validation(context) };
  try {
    const created = await context.client.request('POST', resourcePath(resource, namespace), { body: manifest, query });
    return { object: created, what: 'created' };
  } catch (error) {
    throw withSource('creating', source, error);
  }
}

async function patch(context: Context, item: Item, first: JsonObject): Promise<Done> {
  const { client, proc } = context;
  const { resource, namespace, name, source } = item;
  const modified = withLastApplied(item.object);
  let current = first;
  for (let tries = 0; ; tries++) {
    const body = patchFor(current, modified, resource.kind);
    if (Object.keys(body).length === 0) return { object: current, what: 'unchanged' };
    const query = { ...writing(context), fieldValidation: validation(context) };
    try {
      const object = await client.patch(resource, namespace, name, strategicMergePatchType, body, query);
      return { object, what: 'configured' };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { reason } = error.status;
      if (reason === 'Conflict' && tries < PATCH_TRIES) {
        if (tries > 0) await proc.host.sleep(1000, proc.signal);
        current = await client.get(resource, namespace, name);
      } else if ((reason === 'Conflict' || reason === 'Invalid') && context.flags.bool('force')) {
        return await replace(context, item, modified).catch((failure: unknown) => {
          throw withSource(
            `applying patch:\n${goJson(modified)}\n\nto:\n${described(item, current)}\nfor:`,
            source,
            failure,
          );
        });
      } else {
        const what = `applying patch:\n${goJson(body)}\nto:\n${described(item, current)}\nfor:`;
        throw withSource(what, source, withSource('patching', source, error));
      }
    }
  }
}

export function patchFor(current: JsonObject, modified: JsonObject, kind: string): JsonObject {
  const original = parseObject(textAt(current, ...annotation)) ?? {};
  const done = createThreeWayMergePatch(original, modified, current, kind);
  if ('error' in done) throw new KubectlError(done.error);
  const changed =
    ['apiVersion', 'kind'].some((key) => key in done.value) || at(done.value, 'metadata', 'name') !== undefined;
  if (changed) throw new KubectlError('At least one of apiVersion, kind and name was changed');
  return done.value;
}

/** `--force`: what cannot be patched is deleted and made anew. */
async function replace(context: Context, item: Item, manifest: JsonObject): Promise<Done> {
  const { client } = context;
  const { resource, namespace, name } = item;
  await client.request('DELETE', resourcePath(resource, namespace, name), { body: deletionOf(context) });
  await absent(context, item);
  const object = await client.request('POST', resourcePath(resource, namespace), {
    body: manifest,
    query: writing(context),
  });
  return { object, what: 'configured' };
}

/** Asks once a second; without `--timeout` just once, so that what ends gracefully is never gone in time. */
async function absent({ client, proc, flags }: Context, { resource, namespace, name }: Item): Promise<void> {
  const until = proc.host.now() + flags.durationMs('timeout');
  for (;;) {
    try {
      await client.get(resource, namespace, name);
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) return;
      throw error;
    }
    if (proc.host.now() >= until) throw new KubectlError('context deadline exceeded');
    await proc.host.sleep(Math.min(1000, until - proc.host.now()), proc.signal);
  }
}

/** The object with its own text, without that text, in an annotation. */
export function withLastApplied(object: JsonObject): JsonObject {
  const plain = withoutLastApplied(object);
  return withAt(plain, annotation, `${goJson(plain)}\n`);
}

/** Annotations are there afterwards, if only as an empty map. */
export function withoutLastApplied(object: JsonObject): JsonObject {
  const { [lastApplied]: _text, ...annotations } = objectAt(object, 'metadata', 'annotations');
  return withAt(object, ['metadata', 'annotations'], annotations);
}

function withoutNulls(object: JsonObject): JsonObject {
  const prune = (value: Json): Json => {
    if (Array.isArray(value)) return (value as readonly Json[]).map(prune);
    return isObject(value) ? withoutNulls(value) : value;
  };
  return Object.fromEntries(
    Object.entries(object)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [key, prune(value)]),
  );
}

/** As resource.Info says which object it is. */
function described({ resource, namespace, name }: Item, object: JsonObject): string {
  const { group, version, plural, kind } = resource;
  const at = `${group ? `${group}/` : '/'}${version}`;
  return `Resource: "${at}, Resource=${plural}", GroupVersionKind: "${at}, Kind=${kind}"\nName: "${name}", Namespace: "${namespaceOf(object) || namespace}"`;
}
