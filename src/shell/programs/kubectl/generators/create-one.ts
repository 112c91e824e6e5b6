// What all generators of `kubectl create` do (kubectl/pkg/cmd/create, 1.32): one name, one object made on the client,
// one request. What is in the object is the matter of the modules beside this one, one for each topic.

import { resourcePath } from '../client.ts';
import type { Context } from '../context.ts';
import { ApiError, KubectlError } from '../errors.ts';
import { newMetadata, savedTyped } from '../new-objects.ts';
import type { JsonObject } from '../object.ts';
import { resultPrinter } from '../printers/index.ts';
import { requireFlags, validation, writing } from '../visit.ts';

export interface Generator {
  readonly plural: string;
  /** What stands before the server's words, `failed to create job: `; without it they stand alone. */
  readonly failure?: string;
  readonly required?: readonly string[];
  readonly make: (context: Context, name: string) => JsonObject | Promise<JsonObject>;
}

/** The name of the new object; a command may follow it behind `--` or right away. */
export function nameFrom(context: Context): string {
  const { args, parsed } = context;
  const names = parsed.dash < 0 ? args.length : parsed.dash;
  if (names !== 1) throw context.usage(`exactly one NAME is required, got ${names}`);
  return args[0] ?? '';
}

export async function createOne(context: Context, generators: Readonly<Record<string, Generator>>): Promise<undefined> {
  const { client, flags, path } = context;
  const generator = generators[path];
  if (!generator) throw new KubectlError(`there is no generator ${path}`);
  requireFlags(context, ...(generator.required ?? []));
  const name = nameFrom(context);
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'created', { typed: true });
  const fieldValidation = validation(context);
  const object = savedTyped(await generator.make(context, name), flags.bool('save-config'));
  const resource = await client.resource(generator.plural);
  if (dryRun === 'client') {
    await print(resource, object);
    return undefined;
  }
  try {
    const namespace = resource.namespaced ? await context.namespace() : '';
    const query = { ...writing(context), fieldValidation };
    await print(resource, await client.request('POST', resourcePath(resource, namespace), { body: object, query }));
  } catch (error) {
    if (!(error instanceof ApiError) || generator.failure === undefined) throw error;
    throw new KubectlError(`${generator.failure}${error.message}`);
  }
  return undefined;
}

/** The namespace stands in the object only when the command line names it. */
export function metadataOf(context: Context, name: string, more: JsonObject = {}): JsonObject {
  return newMetadata(name, {
    ...more,
    ...(context.namespaceGiven ? { namespace: context.flags.text('namespace') } : {}),
  });
}

export function required(name: string): void {
  if (name === '') throw new KubectlError('name must be specified');
}
