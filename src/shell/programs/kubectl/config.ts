// `kubectl config` (kubectl/pkg/cmd/config, 1.32): contexts of the kubeconfig, and the namespace of each. All contexts
// lead to the one cluster of the page. Clusters and users are written by
// `config-entries.ts`. Left out: several files merged into one.

import type { Context } from './context.ts';
import { KubectlError, throwAll } from './errors.ts';
import { contextNamed, currentContext, saveKubeconfig, withContext } from './kubeconfig.ts';
import { compareText, isObject, type Json, type JsonObject, listAt, objectAt, textAt, withAt } from './object.ts';
import { printerFor } from './printers/index.ts';
import { TabWriter } from './printers/table.ts';

export async function run(context: Context): Promise<number | undefined> {
  const { path, args } = context;
  switch (path) {
    case 'config current-context':
      return showCurrent(context);
    case 'config get-contexts':
      return showContexts(context);
    case 'config get-clusters':
      return showNames(context, 'clusters');
    case 'config get-users':
      return showNames(context, 'users');
    case 'config use-context':
      if (args.length !== 1) return unexpected(context);
      return use(context, args[0] ?? '');
    case 'config set-context':
      if (args.length > 1) return unexpected(context);
      return set(context, args[0] ?? '');
    case 'config rename-context':
      if (args.length !== 2) return unexpected(context);
      return rename(context, args[0] ?? '', args[1] ?? '');
    case 'config delete-context': {
      if (args.length === 1) return remove(context, args[0] ?? '');
      const { help } = await import('./help.ts');
      await context.out(help(path));
      return undefined;
    }
    default:
      return view(context);
  }
}

/** These commands answer a wrong number of arguments with their whole help. */
async function unexpected(context: Context): Promise<never> {
  const { help } = await import('./help.ts');
  await context.out(help(context.path));
  throw new KubectlError(`Unexpected args: [${context.args.join(' ')}]`);
}

// ---- Reading

async function showCurrent(context: Context): Promise<undefined> {
  const { document } = await context.config();
  const name = currentContext(document);
  if (name === '') throw new KubectlError('current-context is not set');
  await context.out(`${name}\n`);
  return undefined;
}

async function showContexts(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const output = flags.text('output');
  if (output !== '' && output !== 'name') {
    throw new KubectlError(
      `--output ${output} is not available in kubectl config get-contexts; resetting to default output format`,
    );
  }
  const { document } = await context.config();
  const known = names(document, 'contexts');
  const missing = args.filter((name) => !known.includes(name));
  const shown = args.length === 0 ? known : args.filter((name) => known.includes(name));
  const writer = new TabWriter();
  const nameOnly = output === 'name';
  if (!flags.bool('no-headers') && !nameOnly) writer.row(['CURRENT', 'NAME', 'CLUSTER', 'AUTHINFO', 'NAMESPACE']);
  for (const name of [...shown].sort(compareText)) {
    const own = objectAt(contextNamed(document, name), 'context');
    const mark = currentContext(document) === name ? '*' : ' ';
    const cells = [mark, name, textAt(own, 'cluster'), textAt(own, 'user'), textAt(own, 'namespace')];
    writer.row(nameOnly ? [name] : cells);
  }
  await context.out(writer.flush());
  throwAll(missing.map((name) => new KubectlError(`context ${name} not found`)));
  return undefined;
}

async function showNames(context: Context, key: 'clusters' | 'users'): Promise<undefined> {
  const { document } = await context.config();
  await context.out(['NAME', ...names(document, key)].map((name) => `${name}\n`).join(''));
  return undefined;
}

function names(document: JsonObject, key: 'clusters' | 'contexts' | 'users'): string[] {
  return listAt(document, key)
    .map((one) => textAt(one, 'name'))
    .sort(compareText);
}

async function view(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length > 0) throw context.usage(`unexpected arguments: [${args.join(' ')}]`);
  const printer = printerFor(context);
  const { document } = await context.config();
  let shown = sorted(document);
  if (flags.bool('minify')) shown = minified(shown, flags.text('context') || currentContext(shown));
  if (flags.text('output') === 'json') await context.out(`${JSON.stringify(inOrder(shown), null, 4)}\n`);
  else if (printer) await context.out(printer.print(shown) + printer.end());
  return undefined;
}

/** What the current context needs, and nothing else. */
function minified(document: JsonObject, name: string): JsonObject {
  if (name === '') throw new KubectlError('current-context must exist in order to minify');
  const chosen = contextNamed(document, name);
  if (!chosen) throw new KubectlError(`cannot locate context ${name}`);
  const only = (key: string, wanted: string) => listAt(document, key).filter((one) => textAt(one, 'name') === wanted);
  return {
    ...document,
    clusters: only('clusters', textAt(chosen, 'context', 'cluster')),
    contexts: [chosen],
    'current-context': name,
    users: only('users', textAt(chosen, 'context', 'user')),
  };
}

const order = ['kind', 'apiVersion', 'preferences', 'name', 'clusters', 'users', 'contexts', 'current-context'];
const inner = ['cluster', 'user', 'namespace'];

/** JSON in the order of the fields in Go, which is not that of the alphabet. */
function inOrder(value: Json): Json {
  if (Array.isArray(value)) return value.map(inOrder);
  if (!isObject(value)) return value;
  const rank = (key: string) => [...order, ...inner].indexOf(key) + 1 || 99;
  const keys = Object.keys(value).sort((a, b) => rank(a) - rank(b) || compareText(a, b));
  return Object.fromEntries(keys.map((key) => [key, inOrder(value[key] ?? null)]));
}

// ---- Writing

async function save(context: Context, document: JsonObject): Promise<void> {
  saveKubeconfig(context.proc.fs, await context.config(), sorted(document));
}

function sorted(document: JsonObject): JsonObject {
  // Go writes a list without anything in it as null.
  const byName = (key: string) => {
    const all = [...listAt(document, key)].sort((a, b) => compareText(textAt(a, 'name'), textAt(b, 'name')));
    return all.length === 0 ? null : all;
  };
  return { ...document, clusters: byName('clusters'), contexts: byName('contexts'), users: byName('users') };
}

async function use(context: Context, name: string): Promise<undefined> {
  const { document } = await context.config();
  if (name === '') throw new KubectlError('empty context names are not allowed');
  if (!contextNamed(document, name)) throw new KubectlError(`no context exists with the name: ${JSON.stringify(name)}`);
  await save(context, { ...document, 'current-context': name });
  await context.out(`Switched to context ${JSON.stringify(name)}.\n`);
  return undefined;
}

async function set(context: Context, given: string): Promise<undefined> {
  const { flags } = context;
  const current = flags.bool('current');
  if (given === '' && !current) throw new KubectlError('you must specify a non-empty context name or --current');
  if (given !== '' && current) throw new KubectlError('you cannot specify both a context name and --current');
  const { document } = await context.config();
  const name = current ? currentContext(document) : given;
  if (name === '') throw new KubectlError('no current context is set');
  const fields: Record<string, string> = {};
  for (const key of ['cluster', 'user', 'namespace']) if (flags.changed(key)) fields[key] = flags.text(key);
  const exists = contextNamed(document, name) !== undefined;
  await save(context, withContext(document, name, fields));
  await context.out(`Context ${JSON.stringify(name)} ${exists ? 'modified' : 'created'}.\n`);
  return undefined;
}

async function rename(context: Context, from: string, to: string): Promise<undefined> {
  if (to === '') throw new KubectlError('You must specify a new non-empty context name');
  const { document, shown } = await context.config();
  const renamed = contextNamed(document, from);
  if (!renamed) throw new KubectlError(`cannot rename the context ${JSON.stringify(from)}, it's not in ${shown}`);
  if (contextNamed(document, to)) {
    throw new KubectlError(
      `cannot rename the context ${JSON.stringify(from)}, the context ${JSON.stringify(to)} already exists in ${shown}`,
    );
  }
  const contexts = listAt(document, 'contexts').map((one) => (one === renamed ? { ...renamed, name: to } : one));
  const current = currentContext(document) === from ? to : currentContext(document);
  await save(context, { ...document, contexts, 'current-context': current });
  await context.out(`Context ${JSON.stringify(from)} renamed to ${JSON.stringify(to)}.\n`);
  return undefined;
}

async function remove(context: Context, name: string): Promise<undefined> {
  const { document, shown } = await context.config();
  const removed = contextNamed(document, name);
  if (!removed) throw new KubectlError(`cannot delete context ${name}, not in ${shown}`);
  if (currentContext(document) === name) {
    await context.err(
      'warning: this removed your active context, use "kubectl config use-context" to select a different one\n',
    );
  }
  await save(
    context,
    withAt(
      document,
      ['contexts'],
      listAt(document, 'contexts').filter((one) => one !== removed),
    ),
  );
  await context.out(`deleted context ${name} from ${shown}\n`);
  return undefined;
}
