// The printers of `-o` for whole objects (cli-runtime/pkg/printers, genericclioptions): yaml, json, name, jsonpath,
// custom-columns. Tables are in `get.ts`. Go templates are refused.

import { type Resource, typed } from '../client.ts';
import type { Context } from '../context.ts';
import { KubectlError, notSimulated } from '../errors.ts';
import { findResults, goValue, parseJsonPath, printJsonPath, relaxedJsonPath } from '../jsonpath.ts';
import { groupOf, isObject, type Json, type JsonObject, kindOf, listAt, nameOf, withAt } from '../object.ts';
import { goJson, typedJson } from './json.ts';
import { TabWriter } from './table.ts';
import { yaml } from './yaml.ts';

export interface Printer {
  /** Text of one object; lists come as one object. */
  print(object: JsonObject): string;
  /** Text that had to wait for the last object. */
  end(): string;
}

const formats =
  'go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,yaml';
const getFormats =
  'custom-columns,custom-columns-file,go-template,go-template-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,template,templatefile,wide,yaml';

/** The printer of `-o`, or undefined for none (and for `wide` where that is known). */
export function printerFor(context: Context, { tables = false, typed: isTyped = false } = {}): Printer | undefined {
  const output = context.flags.has('output') ? context.flags.text('output') : '';
  if (output === '' || (tables && output === 'wide')) return undefined;
  const equals = output.indexOf('=');
  const format = (equals < 0 ? output : output.slice(0, equals)).toLowerCase();
  const rest = equals < 0 ? undefined : output.slice(equals + 1);
  const clean = (object: JsonObject): JsonObject =>
    context.flags.bool('show-managed-fields') ? object : withoutManagedFields(object);
  const allowMissing =
    !context.flags.has('allow-missing-template-keys') || context.flags.bool('allow-missing-template-keys');
  const read = (path: string) => context.proc.fs.read(context.proc.fs.resolve(context.proc.cwd, path));
  switch (format) {
    case 'json':
      return each((object) => `${(isTyped ? typedJson : goJson)(clean(object), 4)}\n`);
    case 'yaml': {
      let first = true;
      return each((object) => {
        const lead = first ? '' : '---\n';
        first = false;
        return lead + yaml(clean(object));
      });
    }
    case 'name':
      return each((object) => namesOf(object));
    case 'jsonpath':
    case 'jsonpath-as-json':
    case 'jsonpath-file': {
      if (!rest) throw new KubectlError(`template format specified but no template given`);
      const template = parseTemplate(format === 'jsonpath-file' ? read(rest) : rest);
      return each((object) => printJsonPath(template, object, allowMissing, format === 'jsonpath-as-json'));
    }
    case 'custom-columns':
    case 'custom-columns-file': {
      if (!tables) break;
      if (!rest) throw new KubectlError('custom-columns format specified but no custom columns given');
      const noHeaders = context.flags.has('no-headers') && context.flags.bool('no-headers');
      return format === 'custom-columns'
        ? customColumns(columnsOf(rest), noHeaders)
        : customColumns(columnsOfFile(read(rest)), noHeaders);
    }
    case 'go-template':
    case 'go-template-file':
    case 'template':
    case 'templatefile':
      throw notSimulated(`the output format ${format}`);
    default:
      break;
  }
  throw new KubectlError(
    `unable to match a printer suitable for the output format "${output}", allowed formats are: ${tables ? getFormats : formats}`,
  );
}

function each(print: (object: JsonObject) => string): Printer {
  return { print, end: () => '' };
}

function parseTemplate(text: string): ReturnType<typeof parseJsonPath> {
  try {
    return parseJsonPath(text);
  } catch (error) {
    throw new KubectlError(`error parsing jsonpath ${text}, ${error instanceof Error ? error.message : ''}`);
  }
}

export function withoutManagedFields(object: JsonObject): JsonObject {
  if (Array.isArray(object['items'])) {
    return {
      ...object,
      items: listAt(object, 'items').map((item) => (isObject(item) ? withoutManagedFields(item) : item)),
    };
  }
  if (!isObject(object['metadata']) || !('managedFields' in object['metadata'])) return object;
  return withAt(object, ['metadata', 'managedFields'], undefined);
}

function namesOf(object: JsonObject): string {
  if (Array.isArray(object['items'])) return listAt(object, 'items').filter(isObject).map(namesOf).join('');
  const group = groupOf(object);
  return `${kindOf(object).toLowerCase()}${group && `.${group}`}/${nameOf(object) || '<unknown>'}\n`;
}

interface Column {
  readonly header: string;
  readonly path: ReturnType<typeof parseJsonPath>;
}

function columnsOf(spec: string): Column[] {
  return spec.split(',').map((part) => {
    const colon = part.indexOf(':');
    if (colon < 0) {
      throw new KubectlError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    }
    return { header: part.slice(0, colon), path: parseTemplate(relaxedJsonPath(part.slice(colon + 1))) };
  });
}

function columnsOfFile(text: string): Column[] {
  const [headers = '', paths = ''] = text.split('\n').filter((line) => line.trim() !== '');
  const names = headers.trim().split(/\s+/);
  const specs = paths.trim().split(/\s+/);
  if (names.length !== specs.length) {
    throw new KubectlError(
      `number of headers (${names.length}) and field specifications (${specs.length}) don't match`,
    );
  }
  return names.map((header, index) => ({ header, path: parseTemplate(relaxedJsonPath(specs[index] ?? '')) }));
}

function customColumns(columns: readonly Column[], noHeaders: boolean): Printer {
  const writer = new TabWriter();
  if (!noHeaders) writer.row(columns.map(({ header }) => header));
  const cell = (path: Column['path'], object: JsonObject): string => {
    const values = findResults(path, object, true).flat();
    return values.length === 0 ? '<none>' : values.map(goValue).join(',');
  };
  const print = (object: JsonObject): string => {
    const items: readonly Json[] = Array.isArray(object['items']) ? listAt(object, 'items') : [object];
    for (const item of items) if (isObject(item)) writer.row(columns.map(({ path }) => cell(path, item)));
    return '';
  };
  return { print, end: () => writer.flush() };
}

/**
 * `deployment.apps/web scaled`, with ` (dry run)` where nothing was done; or the object by `-o`. A few commands never
 * say that it was a dry run. `typed`: the real one holds the object as one of Go's types, which shows in JSON.
 */
export function resultPrinter(
  context: Context,
  operation: string,
  { saysDryRun = true, typed: isTyped = false } = {},
): (resource: Resource, object: JsonObject, what?: string) => Promise<void> {
  const printer = printerFor(context, { typed: isTyped });
  const dryRun = saysDryRun ? context.dryRun() : 'none';
  const suffix = dryRun === 'client' ? ' (dry run)' : dryRun === 'server' ? ' (server dry run)' : '';
  return async (resource, object, what = operation) => {
    await context.out(printer ? printer.print(object) : `${typed(resource, nameOf(object))} ${what}${suffix}\n`);
  };
}
