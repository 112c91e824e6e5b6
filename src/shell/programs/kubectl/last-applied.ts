// `kubectl apply view-last-applied` and `set-last-applied` (kubectl/pkg/cmd/apply, 1.32): the annotation in which
// client-side apply remembers what the manifest said.

import { lastApplied, withoutLastApplied } from './apply.ts';
import { mergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError, throwAll } from './errors.ts';
import { type JsonObject, mapAt, parseObject, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { goJson } from './printers/json.ts';
import { yaml } from './printers/yaml.ts';
import { find, type Item, withSource, writing } from './visit.ts';

export function run(context: Context): Promise<undefined> {
  return context.path === 'apply view-last-applied' ? view(context) : set(context);
}

const textIn = (object: JsonObject): string | undefined => mapAt(object, 'metadata', 'annotations')[lastApplied];

async function view(context: Context): Promise<undefined> {
  const { flags } = context;
  const selectAll = flags.bool('all');
  const { items, errors } = await find(context, { latest: true, allowAll: context.namespaceGiven, selectAll });
  if (errors[0]) throw errors[0];
  const texts: string[] = [];
  for (const { object, name, source } of items) {
    const text = textIn(object);
    if (text !== undefined) texts.push(text);
    else if (source !== '') {
      // Without a file the real one says nothing; with one it puts its sentence where a verb belongs.
      throw new KubectlError(
        `error when no last-applied-configuration annotation found on resource: ${name}\n ${JSON.stringify(source)}: <nil>`,
      );
    }
  }
  const output = flags.text('output');
  for (const text of texts) {
    const object = parseObject(text) ?? {};
    if (output === 'yaml') await context.out(yaml(object));
    else if (output === 'json') await context.out(`${goJson(object, 2)}\n`);
    else {
      throw context.usage(`Unexpected -o output mode: ${output}, the flag 'output' must be one of yaml|json`);
    }
  }
  return undefined;
}

async function set(context: Context): Promise<undefined> {
  const { client, flags } = context;
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'configured');
  const { items, errors } = await find(context, { args: [] });
  const changes: { item: Item; now: JsonObject; text: string }[] = [];
  for (const item of items) {
    const { resource, namespace, name, source, object } = item;
    let now: JsonObject;
    try {
      now = await client.get(resource, namespace, name);
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) throw error;
      throw withSource(`retrieving current configuration of:\n${name}\nfrom server for:`, source, error);
    }
    const before = textIn(now);
    if (before === undefined && !flags.bool('create-annotation')) {
      throw new KubectlError(
        `no last-applied-configuration annotation found on resource: ${name}, to create the annotation, run the command with --create-annotation`,
      );
    }
    const text = `${goJson(textIn(object) === undefined ? object : withoutLastApplied(object))}\n`;
    if (before?.trim() !== text.trim()) changes.push({ item, now, text });
    else await context.out(`set-last-applied ${name}: no changes required.\n`);
  }
  throwAll(errors);
  for (const { item, now, text } of changes) {
    const { resource, namespace, name } = item;
    const patch = withAt({}, ['metadata', 'annotations', lastApplied], text);
    const query = { dryRun: writing(context).dryRun };
    await print(
      resource,
      dryRun === 'client' ? now : await client.patch(resource, namespace, name, mergePatchType, patch, query),
    );
  }
  return undefined;
}
