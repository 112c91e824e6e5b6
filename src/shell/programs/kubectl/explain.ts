// `kubectl explain` (kubectl/pkg/explain/v2, 1.32), from descriptions made when the page was built.
// Departures: the descriptions are those of Kubernetes 1.30 with what 1.32 added, and no lists of allowed values, which
// the API reference at kubernetes.io tells.

import { apiVersion, type Client, type Resource } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError, notSimulated } from './errors.ts';
import type { ExplainedType } from './explain.generated.ts';
import { sortedKeys } from './object.ts';

type Types = Readonly<Record<string, ExplainedType>>;

export async function run(context: Context): Promise<undefined> {
  const { args, flags, client } = context;
  const [what] = args;
  if (what === undefined) {
    throw new KubectlError(
      'You must specify the type of resource to explain. Use "kubectl api-resources" for a complete list of supported resources.\n',
    );
  }
  if (args.length > 1) throw new KubectlError('We accept only this format: explain RESOURCE\n');
  const output = flags.text('output');
  if (output === 'plaintext-openapiv2') throw notSimulated(`the output format ${output}`);
  if (output !== 'plaintext') throw new KubectlError(`unrecognized format: ${output}`);
  const { resource, fields } = await parse(client, what);
  const version = flags.text('api-version');
  if (version !== '' && version !== apiVersion(resource)) {
    const [group, name] = version.includes('/') ? version.split('/') : ['', version];
    throw new KubectlError(`couldn't find resource for "${group ?? ''}/${name ?? ''}, Resource=${resource.plural}"`);
  }
  const { explained } = await import('./explain.generated.ts');
  const { group, kind } = resource;
  await context.out(`${group ? `GROUP:      ${group}\n` : ''}KIND:       ${kind}\nVERSION:    ${resource.version}\n\n`);
  const found = follow(explained, kind, fields);
  if (!found) throw new KubectlError(`field ${JSON.stringify(fields.at(-1) ?? '')} does not exist`);
  await context.out(page(explained, found, fields.at(-1), flags.bool('recursive')));
  return undefined;
}

/** `deployments.apps.spec.replicas`: the longest type at the front, then a path of fields. */
async function parse(client: Client, text: string): Promise<{ resource: Resource; fields: string[] }> {
  const [first = '', ...fields] = text.replace(/\.$/, '').split('.');
  const resource = await client.mapped(first);
  const qualified = `${resource.plural}.${resource.group}`;
  if (resource.group !== '' && (text === qualified || text.startsWith(`${qualified}.`))) {
    return {
      resource,
      fields: text
        .slice(qualified.length + 1)
        .split('.')
        .filter((field) => field !== ''),
    };
  }
  return { resource, fields };
}

/** The fields below a path, for Tab. */
export async function fieldsOf(client: Client, path: string): Promise<string[]> {
  try {
    const { resource, fields } = await parse(client, path);
    const { explained } = await import('./explain.generated.ts');
    const found = follow(explained, resource.kind, fields);
    return sortedKeys(found?.type?.fields ?? {});
  } catch (error) {
    if (error instanceof KubectlError) return [];
    throw error;
  }
}

interface Found {
  /** Undefined for plain values, which have no fields. */
  readonly type: ExplainedType | undefined;
  /** Of the last field of the path. */
  readonly code: string;
  readonly text: string;
}

function follow(types: Types, kind: string, path: readonly string[]): Found | undefined {
  let found: Found = { type: types[kind], code: kind, text: '' };
  for (const name of path) {
    const field = found.type && Object.hasOwn(found.type.fields, name) ? found.type.fields[name] : undefined;
    if (!field) return undefined;
    const [code, , text] = field;
    found = { type: typeOf(types, code), code, text };
  }
  return found;
}

const plainNames: Readonly<Record<string, string>> = {
  s: 'string',
  i: 'integer',
  l: 'integer',
  b: 'boolean',
  q: 'Quantity',
  t: 'string',
  T: 'string',
  x: 'IntOrString',
  y: 'string',
  '*': 'Object',
};

function typeOf(types: Types, code: string): ExplainedType | undefined {
  const name = code.replace(/^(?:\[\]|\{\})+/, '');
  return Object.hasOwn(types, name) ? types[name] : undefined;
}

function typeName(code: string): string {
  if (code.startsWith('[]')) return `[]${typeName(code.slice(2))}`;
  if (code.startsWith('{}')) return `map[string]${typeName(code.slice(2))}`;
  return plainNames[code] ?? code;
}

function page(types: Types, found: Found, name: string | undefined, recursive: boolean): string {
  const own = found.type?.text ?? '';
  // A field's own description, then that of its type.
  const description = [found.text, own].filter((text) => text !== '').map((text) => `${text}\n`);
  return [
    name === undefined ? '' : `FIELD: ${name} <${typeName(found.code)}>\n\n\n`,
    `DESCRIPTION:\n${indent(wrap(description.join('') || '<empty>', 76), 4)}\n`,
    found.type && Object.keys(found.type.fields).length > 0
      ? `FIELDS:\n${fieldList(types, found.type, recursive, 1, [found.code])}`
      : '',
    '\n',
  ].join('');
}

function fieldList(
  types: Types,
  type: ExplainedType,
  recursive: boolean,
  level: number,
  seen: readonly string[],
): string {
  return sortedKeys(type.fields)
    .map((name) => {
      const [code = '', required, text = ''] = type.fields[name] ?? [];
      const head = `${' '.repeat(level * 2)}${name}\t<${typeName(code)}>${required === 1 ? ' -required-' : ''}\n`;
      if (!recursive) return `${head}${indent(wrap(text || '<no description>', 78 - level * 2), level * 2 + 2)}\n\n`;
      const inner = typeOf(types, code);
      const bare = code.replace(/^(?:\[\]|\{\})+/, '');
      return head + (inner && !seen.includes(bare) ? fieldList(types, inner, true, level + 1, [...seen, bare]) : '');
    })
    .join('');
}

function indent(text: string, amount: number): string {
  const margin = ' '.repeat(amount);
  return margin + text.replaceAll('\n', `\n${margin}`);
}

/** github.com/mitchellh/go-wordwrap: breaks at blanks alone, keeps the newlines of the text. */
function wrap(text: string, limit: number): string {
  return text
    .split('\n')
    .map((line) => {
      let out = '';
      let width = 0;
      for (const [part] of line.matchAll(/\s*\S+|\s+$/g)) {
        const word = part.trimStart();
        if (width > 0 && width + part.length > limit) {
          out += `\n${word}`;
          width = word.length;
        } else {
          out += part;
          width += part.length;
        }
      }
      return out;
    })
    .join('\n');
}
