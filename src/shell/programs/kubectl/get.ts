// `kubectl get` (kubectl/pkg/cmd/get, 1.32): tables as the server made them, objects in the formats of `-o`, watches.

import { acceptObject, acceptTable, resourcePath, type Resource, type WatchEvent } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError, throwAll } from './errors.ts';
import { isObject, type JsonObject, listAt, namespaceOf, textAt, withAt } from './object.ts';
import { type Printer, printerFor } from './printers/index.ts';
import { ServerTable } from './printers/server-table.ts';
import { type Selection, select, type Target } from './select.ts';
import { sortItems, sortRows } from './sort.ts';
import { watchEnded } from './watching.ts';

export async function run(context: Context): Promise<number | undefined> {
  const { flags, args } = context;
  const raw = flags.text('raw');
  if (raw && context.args.length > 0) {
    throw new KubectlError('arguments may not be passed when --raw is specified');
  }
  if (raw) return getRaw(context, raw);
  if (args.length === 0 && context.filenames.length === 0) {
    await context.err(
      'You must specify the type of resource to get. Use "kubectl api-resources" for a complete list of supported resources.\n\n',
    );
    throw context.usage(
      'Required resource not specified.\nUse "kubectl explain <resource>" for a detailed description of that resource (e.g. kubectl explain pods).',
    );
  }
  const watching = flags.bool('watch') || flags.bool('watch-only');
  if (watching && flags.text('sort-by') !== '') {
    const [flag, rest] = flags.bool('watch') ? ['--watch', ' for watch events received'] : ['--watch-only', ''];
    await context.err(`warning: ${flag} requested, --sort-by will be ignored${rest}\n`);
  }
  if (flags.bool('output-watch-events') && !watching) {
    throw new KubectlError('--output-watch-events option can only be used with --watch or --watch-only');
  }
  const selection = await select(context, { allowAll: true });
  if (flags.text('subresource') && selection.targets.some(({ name }) => name === undefined)) {
    throw new KubectlError('subresource cannot be used when bulk resources are specified');
  }
  const printer = printerFor(context, { tables: true });
  if (watching) return watch(context, selection, printer);
  return printer ? objects(context, selection, printer) : tables(context, selection);
}

async function getRaw(context: Context, path: string): Promise<undefined> {
  const answer = await context.client.send('GET', path, { accept: 'application/json, */*' });
  const text = await answer.text();
  if (answer.status >= 400) {
    const { apiError } = await import('./client.ts');
    throw apiError(answer.status, text, 'GET', path);
  }
  await context.out(text);
  return undefined;
}

interface Fetched {
  readonly target: Target;
  readonly object: JsonObject;
}

/** Asks for every target; what fails is collected, and a missing object may be ignored. */
async function fetchAll(
  context: Context,
  selection: Selection,
  accept: string,
): Promise<{ fetched: Fetched[]; errors: Error[] }> {
  const fetched: Fetched[] = [];
  const errors: Error[] = [];
  for (const target of selection.targets) {
    try {
      fetched.push({ target, object: await fetchOne(context, selection, target, accept) });
    } catch (error) {
      if (!(error instanceof Error) || error.name === 'Interrupted') throw error;
      const missing = 'isNotFound' in error && error.isNotFound === true;
      if (!missing || !context.flags.bool('ignore-not-found')) errors.push(error);
    }
  }
  return { fetched, errors };
}

async function fetchOne(context: Context, selection: Selection, target: Target, accept: string): Promise<JsonObject> {
  const { client, flags } = context;
  const { resource, namespace, name } = target;
  const sorted = flags.text('sort-by') !== '' && accept === acceptTable;
  const includeObject = sorted ? 'Object' : undefined;
  if (name !== undefined) {
    return client.request('GET', resourcePath(resource, namespace, name, flags.text('subresource')), {
      accept,
      query: { includeObject },
    });
  }
  const { labelSelector, fieldSelector } = selection;
  const size = flags.int('chunk-size');
  const limit = sorted || size === 0 ? undefined : size;
  return client.list(resource, namespace, { labelSelector, fieldSelector, limit, includeObject }, accept);
}

async function tables(context: Context, selection: Selection): Promise<undefined> {
  const { flags } = context;
  const serverPrint = flags.bool('server-print');
  const { fetched, errors } = await fetchAll(context, selection, serverPrint ? acceptTable : acceptObject);
  const kinds = new Set(fetched.map(({ target }) => target.resource));
  const showKind = flags.bool('show-kind') || kinds.size > 1;
  const sortBy = flags.text('sort-by');
  const shown = sortBy && fetched.length > 1 ? sortedTables(fetched, sortBy) : fetched;
  let last: Resource | undefined;
  let writer: ServerTable | undefined;
  const output = { written: false };
  const finish = async () => {
    if (!writer || writer.isEmpty) return;
    if (output.written && !flags.bool('no-headers')) await context.out('\n');
    await context.out(writer.flush());
    output.written = true;
  };
  for (const { target, object } of shown) {
    if (target.resource !== last) {
      await finish();
      writer = new ServerTable(context, target.resource, {
        showKind,
        withNamespace: selection.allNamespaces && target.resource.namespaced,
      });
      last = target.resource;
    }
    const table = asTable(object, context);
    const sorted = sortBy ? rowsInOrder(table, sortBy) : table;
    if (sorted) writer?.add(sorted);
  }
  await finish();
  if (!output.written && errors.length === 0 && !flags.bool('ignore-not-found'))
    await context.err(nothingFound(selection));
  throwAll(errors);
  return undefined;
}

function nothingFound({ targets, allNamespaces, namespace }: Selection): string {
  const namespaced = !allNamespaces && targets.every(({ resource }) => resource.namespaced);
  return namespaced ? `No resources found in ${namespace} namespace.\n` : 'No resources found\n';
}

/** Of several tables the real one sorts the tables, by fields that tables themselves hardly ever have. */
function sortedTables(fetched: readonly Fetched[], sortBy: string): Fetched[] {
  const order = sortItems(
    fetched.map(({ object }) => object),
    sortBy,
  );
  return order.flatMap((object) => fetched.find((one) => one.object === object) ?? []);
}

/** A table that cannot be sorted is not printed, and nobody says why: the real printer's error is lost. */
function rowsInOrder(table: JsonObject, sortBy: string): JsonObject | undefined {
  if (listAt(table, 'rows').length < 2) return table;
  try {
    return sortRows(table, sortBy);
  } catch (error) {
    if (error instanceof KubectlError) return undefined;
    throw error;
  }
}

/** Plain objects become a table of name and age, as the client makes it (--server-print=false). */
function asTable(object: JsonObject, context: Context): JsonObject {
  if (textAt(object, 'kind') === 'Table') return object;
  const items = Array.isArray(object['items']) ? listAt(object, 'items') : [object];
  return {
    kind: 'Table',
    columnDefinitions: [
      { name: 'Name', type: 'string', priority: 0 },
      { name: 'Age', type: 'date', priority: 0 },
    ],
    rows: items.filter(isObject).map((item) => ({
      cells: [textAt(item, 'metadata', 'name'), context.age(textAt(item, 'metadata', 'creationTimestamp'))],
      object: item,
    })),
  };
}

async function objects(context: Context, selection: Selection, printer: Printer): Promise<undefined> {
  const { fetched, errors } = await fetchAll(context, selection, acceptObject);
  const sortBy = context.flags.text('sort-by');
  const [only] = selection.targets;
  const single = selection.targets.length === 1 && only?.name !== undefined;
  if (single && fetched.length === 0) {
    throwAll(errors);
    return undefined;
  }
  if (single && fetched[0]) await context.out(printer.print(fetched[0].object));
  else {
    const items = fetched.flatMap(({ target, object }) => itemsOf(target.resource, object));
    const list: JsonObject = {
      apiVersion: 'v1',
      items: sortBy ? sortItems(items, sortBy) : items,
      kind: 'List',
      metadata: { resourceVersion: '' },
    };
    await context.out(printer.print(list));
  }
  await context.out(printer.end());
  throwAll(errors);
  return undefined;
}

function itemsOf(resource: Resource, object: JsonObject): JsonObject[] {
  if (!Array.isArray(object['items'])) return [object];
  const apiVersion = textAt(object, 'apiVersion');
  return listAt(object, 'items')
    .filter(isObject)
    .map((item) => ({ apiVersion, kind: resource.kind, ...item }));
}

async function watch(context: Context, selection: Selection, printer: Printer | undefined): Promise<number> {
  const { client, flags } = context;
  const [target] = selection.targets;
  if (!target || selection.targets.length > 1) throw new KubectlError('you may only specify a single resource type');
  const { resource, namespace, name } = target;
  const accept = printer ? acceptObject : acceptTable;
  const initial = await fetchOne(context, selection, target, accept);
  const withEvent = flags.bool('output-watch-events');
  const writer = new ServerTable(context, resource, {
    showKind: flags.bool('show-kind'),
    withNamespace: selection.allNamespaces && resource.namespaced,
    withEvent,
  });
  const show = async (object: JsonObject, event: string) => {
    if (printer) {
      for (const item of itemsOf(resource, object)) {
        const shown = withEvent ? { type: event, object: item } : item;
        await context.out(printer.print(shown) + printer.end());
      }
    } else {
      writer.add(asTable(object, context), event);
      await context.out(writer.flush());
    }
  };
  if (!flags.bool('watch-only')) await show(initial, 'ADDED');
  const query = {
    resourceVersion: name === undefined ? textAt(initial, 'metadata', 'resourceVersion') : '0',
    labelSelector: selection.labelSelector,
    fieldSelector: name === undefined ? selection.fieldSelector : `metadata.name=${name}`,
  };
  // The watch of one object starts with an event for what was just printed.
  let known = name === undefined;
  for await (const event of client.watch(resource, namespace, query, { accept })) {
    if (event.type === 'BOOKMARK') continue;
    if (known) await show(completed(event, resource), event.type);
    known = true;
  }
  throw watchEnded();
}

function completed(event: WatchEvent, resource: Resource): JsonObject {
  const { object } = event;
  if (textAt(object, 'kind')) return object;
  return withAt({ kind: resource.kind, ...object }, ['metadata', 'namespace'], namespaceOf(object));
}
