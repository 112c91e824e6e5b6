// `kubectl create -f` (kubectl/pkg/cmd/create/create.go, 1.32). The generators (`create deployment`, …) are in
// `generators/`.

import { lastApplied, withLastApplied } from './apply.ts';
import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import type { JsonObject } from './object.ts';
import { mapAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { validation, visit, withSource, writing } from './visit.ts';

export async function run(context: Context): Promise<undefined> {
  const { client, args, flags } = context;
  if (flags.text('raw') !== '') return (await import('./raw.ts')).sendRaw(context, 'POST');
  if (context.filenames.length === 0 && args.length === 0) throw new KubectlError('must specify one of -f and -k');
  if (args.length > 0) throw context.usage(`Unexpected args: [${args.join(' ')}]`);
  const dryRun = context.dryRun();
  const fieldValidation = validation(context);
  const print = resultPrinter(context, 'created');
  const count = await visit(
    context,
    { validate: fieldValidation !== 'Ignore' },
    async ({ resource, namespace, object, source }) => {
      const manifest = saved(object, flags.bool('save-config'));
      if (dryRun === 'client') return print(resource, manifest);
      const query = { ...writing(context), fieldValidation };
      let created: JsonObject;
      try {
        created = await client.request('POST', resourcePath(resource, namespace), { body: manifest, query });
      } catch (error) {
        throw withSource('creating', source, error);
      }
      return print(resource, created);
    },
  );
  if (count === 0) throw new KubectlError('no objects passed to create');
  return undefined;
}

/** With the annotation of `apply` when it is asked for, or when there is one already that must not grow old. */
export function saved(object: JsonObject, saveConfig: boolean): JsonObject {
  return saveConfig || lastApplied in mapAt(object, 'metadata', 'annotations') ? withLastApplied(object) : object;
}
