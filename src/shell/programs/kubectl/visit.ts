// Walks over the objects that a command line means, as cli-runtime's visitors do with ContinueOnError: what fails is
// kept for the end, and the others still have their turn (pkg/resource/visitor.go, builder.go).

import { matchesRequirements, parseSelector } from '../../../sim/kubernetes/selector.ts';
import { type Resource, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, Errors, KubectlError, throwAll } from './errors.ts';
import { readAll } from './files.ts';
import { apiVersionOf, isObject, type JsonObject, kindOf, listAt, mapAt, nameOf, namespaceOf } from './object.ts';
import { noMapping, select, targetOf } from './select.ts';

export interface Item {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  /** The manifest of `-f`, or the object as the server has it; empty when nobody asked for it. */
  readonly object: JsonObject;
  /** The file it came from, empty without `-f`. */
  readonly source: string;
}

export interface VisitOptions {
  readonly args?: readonly string[];
  /** A type alone means all of it. */
  readonly allowAll?: boolean;
  readonly selectAll?: boolean;
  /** In place of the flag `--selector`, which means something else to a few commands. */
  readonly labelSelector?: string;
  readonly defaultType?: string;
  /** Manifests are checked before they are sent. */
  readonly validate?: boolean;
  /** Objects of files are asked for at the server. */
  readonly latest?: boolean;
  /** Objects named on the command line are not asked for. */
  readonly lazy?: boolean;
  readonly ignoreNotFound?: boolean;
  /** The part of the objects that is meant. */
  readonly subresource?: string;
}

export interface Found {
  readonly items: readonly Item[];
  readonly errors: readonly Error[];
  /** The command line can mean one object only. */
  readonly single: boolean;
}

/** All objects first, then what could not be had. */
export async function find(context: Context, options: VisitOptions = {}): Promise<Found> {
  const items: Item[] = [];
  const errors: Error[] = [];
  const single = await walk(context, options, errors, (item) => {
    items.push(item);
    return Promise.resolve();
  });
  return { items, errors, single };
}

/** Calls `act` for each object; returns for how many it did not fail. Throws what failed, all together. */
export async function visit(
  context: Context,
  options: VisitOptions,
  act: (item: Item) => Promise<void>,
): Promise<number> {
  const errors: Error[] = [];
  let count = 0;
  await walk(context, options, errors, async (item) => {
    await act(item);
    count++;
  });
  throwAll(errors);
  return count;
}

async function walk(
  context: Context,
  options: VisitOptions,
  errors: Error[],
  act: (item: Item) => Promise<void>,
): Promise<boolean> {
  const guarded = async (step: () => Promise<void>) => {
    try {
      await step();
    } catch (error) {
      if (!isFailure(error)) throw error;
      if (options.ignoreNotFound && error instanceof ApiError && error.isNotFound) return;
      errors.push(error);
    }
  };
  if (context.filenames.length > 0) return walkFiles(context, options, errors, guarded, act);
  const selection = await select(context, {
    allowAll: options.allowAll ?? false,
    selectAll: options.selectAll ?? false,
    ...(options.args ? { args: options.args } : {}),
    ...(options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector }),
    ...(options.defaultType === undefined ? {} : { defaultType: options.defaultType }),
  });
  const { client } = context;
  for (const { resource, namespace, name } of selection.targets) {
    await guarded(async () => {
      if (name !== undefined) {
        const path = resourcePath(resource, namespace, name, options.subresource);
        const object = options.lazy ? {} : await client.request('GET', path);
        await act({ resource, namespace, name, object, source: '' });
        return;
      }
      const { labelSelector, fieldSelector } = selection;
      const list = await client.list(resource, namespace, { labelSelector, fieldSelector, limit: 500 });
      for (const item of listAt(list, 'items').filter(isObject)) {
        const object = { apiVersion: apiVersionOf(list), kind: resource.kind, ...item };
        await guarded(() => act({ resource, namespace: namespaceOf(item), name: nameOf(item), object, source: '' }));
      }
    });
  }
  return selection.targets.length === 1 && selection.targets[0]?.name !== undefined;
}

async function walkFiles(
  context: Context,
  options: VisitOptions,
  errors: Error[],
  guarded: (step: () => Promise<void>) => Promise<void>,
  act: (item: Item) => Promise<void>,
): Promise<boolean> {
  const { filenames, recursive, client, proc } = context;
  if ((options.args ?? context.args).length > 0) {
    throw new KubectlError(
      'when paths, URLs, or stdin is provided as input, you may not specify resource arguments as well',
    );
  }
  const requirements = selectorOf(context, options.labelSelector);
  const unread: Error[] = [];
  for (const manifest of await readAll(proc, filenames, { recursive, validate: options.validate ?? false })) {
    if (manifest instanceof Error) {
      unread.push(manifest);
      continue;
    }
    const { object, source } = manifest;
    if (!(await client.resourceOfKind(apiVersionOf(object), kindOf(object)))) {
      unread.push(noMapping(object, source));
      continue;
    }
    if (!matchesRequirements(requirements, mapAt(object, 'metadata', 'labels'))) continue;
    await guarded(async () => {
      const { manifest: placed = object, ...target } = await targetOf(context, object, source);
      const { resource, namespace, name } = target;
      const latest = options.latest ? await client.get(resource, namespace, name) : placed;
      await act({ resource, namespace, name, object: latest, source });
    });
  }
  if (unread.length > 0) errors.push(unread.length === 1 && unread[0] ? unread[0] : new Errors(unread));
  const [only] = filenames;
  return (
    filenames.length === 1 &&
    only !== undefined &&
    only !== '-' &&
    !proc.fs.isDirectory(proc.fs.resolve(proc.cwd, only))
  );
}

function selectorOf(context: Context, given: string | undefined) {
  const text = given ?? (context.flags.has('selector') ? context.flags.text('selector') : '');
  const requirements = parseSelector(text);
  if (Array.isArray(requirements)) return requirements;
  throw new KubectlError(`the provided selector ${JSON.stringify(text)} is not valid: ${requirements.error}`);
}

/** Something that went wrong with one object, as opposed to Ctrl-C or a mistake of this program. */
export function isFailure(error: unknown): error is Error {
  return error instanceof ApiError || error instanceof KubectlError || error instanceof Errors;
}

/** Says which file an error belongs to (AddSourceToErr). */
export function withSource(verb: string, source: string, error: unknown): unknown {
  if (source === '' || !isFailure(error)) return error;
  const context = `error when ${verb} ${JSON.stringify(source)}: `;
  return error instanceof ApiError ? error.with(context) : new KubectlError(context + error.message);
}

/** `fieldValidation` of a request, from the flag `--validate`. */
export function validation(context: Context): 'Strict' | 'Warn' | 'Ignore' {
  const value = context.flags.text('validate');
  switch (value.toLowerCase()) {
    case 'strict':
    case 'true':
    case 't':
    case '1':
      return 'Strict';
    case 'warn':
      return 'Warn';
    case 'ignore':
    case 'false':
    case 'f':
    case '0':
      return 'Ignore';
    default:
      throw new KubectlError(
        `invalid - validate option ${JSON.stringify(value)}; must be one of: strict (or true), warn, ignore (or false)`,
      );
  }
}

/** What every writing request says of itself. */
export function writing(context: Context): { fieldManager: string | undefined; dryRun: string | undefined } {
  return {
    fieldManager: context.flags.has('field-manager') ? context.flags.text('field-manager') : undefined,
    dryRun: context.dryRun() === 'server' ? 'All' : undefined,
  };
}

/** Flags that a command cannot do without (cobra, ValidateRequiredFlags). */
export function requireFlags({ flags }: Context, ...names: readonly string[]): void {
  const missing = names.filter((name) => !flags.changed(name)).map((name) => JSON.stringify(name));
  if (missing.length > 0) throw new KubectlError(`required flag(s) ${missing.join(', ')} not set`);
}
