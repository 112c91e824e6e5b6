// `kubectl diff` (kubectl/pkg/cmd/diff, 1.32): the object as it is and as `apply` would make it, by diff(1).
// Left out: pruning.

import { patchFor, withoutLastApplied } from './apply.ts';
import { resourcePath, strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, Errors, errorText, KubectlError } from './errors.ts';
import { type JsonObject, textAt, withAt } from './object.ts';
import { withoutManagedFields } from './printers/index.ts';
import { yaml } from './printers/yaml.ts';
import { type Item, visit, withSource } from './visit.ts';

const CONFLICTS_MAX = 4;

/** 0: no difference, 1: differences, above: something went wrong. */
export async function run(context: Context): Promise<number> {
  try {
    return await compare(context);
  } catch (error) {
    if (!(error instanceof KubectlError) && !(error instanceof ApiError) && !(error instanceof Errors)) throw error;
    await context.err(errorText(error));
    return 2;
  }
}

async function compare(context: Context): Promise<number> {
  const { args, proc, flags } = context;
  if (args.length > 0) throw context.usage(`Unexpected args: [${args.join(' ')}]`);
  if (context.filenames.length === 0) throw new KubectlError('must specify one of -f and -k');
  if (flags.bool('force-conflicts') && !flags.bool('server-side')) {
    throw new KubectlError('--force-conflicts only works with --server-side');
  }
  const mark = proc.host.now() % 10_000_000_000;
  const [live, merged] = [`/tmp/LIVE-${mark}`, `/tmp/MERGED-${mark + 1}`];
  const names: string[] = [];
  for (const directory of [live, merged]) proc.fs.makeDirectories(directory);
  try {
    await visit(context, {}, async (item) => {
      const { before, after } = await versions(context, item);
      const { group, version, kind } = item.resource;
      const name = `${group && `${group}.`}${version}.${kind}.${item.namespace}.${item.name}`;
      const text = (object: JsonObject) =>
        yaml(flags.bool('show-managed-fields') ? object : withoutManagedFields(object));
      proc.fs.write(`${live}/${name}`, before ? text(before) : '');
      proc.fs.write(`${merged}/${name}`, text(after));
      names.push(name);
      if (before && textAt(before, 'metadata', 'deletionTimestamp')) {
        await context.err(`Warning: Detected changes to resource ${item.name} which is currently being deleted.\n`);
      }
    });
    return await compareFiles(context, live, merged, names.sort());
  } finally {
    for (const directory of [live, merged]) proc.fs.remove(directory);
  }
}

/** As diff(1) goes through two directories. */
async function compareFiles(
  { proc }: Context,
  live: string,
  merged: string,
  names: readonly string[],
): Promise<number> {
  let exitCode = 0;
  for (const name of names) {
    const [left, right] = [`${live}/${name}`, `${merged}/${name}`];
    if (proc.fs.read(left) === proc.fs.read(right)) continue;
    await proc.stdout.write(`diff -u -N ${left} ${right}\n`);
    exitCode = Math.max(exitCode, await proc.spawn(['diff', '-u', '-N', left, right]));
  }
  return exitCode;
}

async function versions(context: Context, item: Item): Promise<{ before: JsonObject | undefined; after: JsonObject }> {
  const { client, flags } = context;
  const { resource, namespace, name, object, source } = item;
  const query = { dryRun: 'All', fieldManager: flags.text('field-manager') };
  for (let tries = 0; ; tries++) {
    const before = await client.get(resource, namespace, name).catch((error: unknown) => {
      if (error instanceof ApiError && error.isNotFound) return undefined;
      throw error;
    });
    if (flags.bool('server-side')) {
      const { managerOf, send } = await import('./server-side-apply.ts');
      const query = { dryRun: 'All' };
      return { before, after: await send(context, item, object, managerOf(context), '', query) };
    }
    if (!before) {
      return {
        before,
        after: await client.request('POST', resourcePath(resource, namespace), { body: object, query }),
      };
    }
    const patch = patchFor(before, withoutLastApplied(object), resource.kind);
    if (Object.keys(patch).length === 0) return { before, after: before };
    const locked = withAt(patch, ['metadata', 'resourceVersion'], textAt(before, 'metadata', 'resourceVersion'));
    try {
      return { before, after: await client.patch(resource, namespace, name, strategicMergePatchType, locked, query) };
    } catch (error) {
      const conflict = error instanceof ApiError && error.status.reason === 'Conflict';
      if (!conflict || tries >= CONFLICTS_MAX) throw withSource('patching', source, error);
    }
  }
}
