// `kubectl set image`, `set env` and `set resources` (kubectl/pkg/cmd/set, 1.32): changes of a pod template, sent as
// a strategic merge patch.

import { createTwoWayMergePatch } from '../../../sim/kubernetes/api/patch/index.ts';
import { canonicalQuantity } from '../../../sim/kubernetes/quantity.ts';
import { strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError, throwAll } from './errors.ts';
import { readStdin } from './files.ts';
import { split } from './label.ts';
import {
  isObject,
  type Json,
  type JsonObject,
  kindOf,
  listAt,
  mapAt,
  nameOf,
  objectAt,
  sortedKeys,
  textAt,
  withAt,
} from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { checkQuantity, envNameProblem } from './text.ts';
import { find, type Item, writing } from './visit.ts';

/** A new container in place of an old one, or undefined for no change. */
type Change = (container: JsonObject, item: Item) => JsonObject;

export async function run(context: Context): Promise<undefined> {
  switch (context.path) {
    case 'set image':
      return setImage(context);
    case 'set env':
      return setEnv(context);
    default:
      return setResources(context);
  }
}

// ---- Images

async function setImage(context: Context): Promise<undefined> {
  const { flags, filenames } = context;
  const print = resultPrinter(context, 'image updated', { typed: true });
  const { resources, pairs } = split(context.args, 'image');
  const images = imagesOf(pairs);
  const items = await itemsOf(context, resources);
  const problems = [
    ...(flags.bool('all') && flags.text('selector') ? ['cannot set --all and --selector at the same time'] : []),
    ...(resources.length === 0 && filenames.length === 0
      ? ['one or more resources must be specified as <resource> <name> or <resource>/<name>']
      : []),
    ...(images.size === 0 ? ['at least one image update is required'] : []),
    ...(images.size > 1 && images.has('*')
      ? ['all containers are already specified by *, but saw more than one container_name=container_image pairs']
      : []),
  ];
  throwAll(problems.map((problem) => new KubectlError(problem)));
  const errors: Error[] = [];
  for (const item of items) {
    const found = new Set<string>();
    const change: Change = (container) => {
      let image = container['image'] ?? null;
      for (const [name, wanted] of images) {
        if (name !== '*' && name !== textAt(container, 'name')) continue;
        found.add(name);
        image = wanted;
      }
      return { ...container, image };
    };
    const after = withContainers(item, change);
    for (const name of images.keys()) {
      if (!(after instanceof Error) && !found.has(name)) {
        errors.push(new KubectlError(`error: unable to find container named ${JSON.stringify(name)}`));
      }
    }
    await send(context, item, after, errors, 'failed to patch image update to pod template:', print);
  }
  throwAll(errors);
  return undefined;
}

function imagesOf(pairs: readonly string[]): Map<string, string> {
  const images = new Map<string, string>();
  const wrong: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) images.set(pair.slice(0, equals), pair.slice(equals + 1));
    else wrong.push(pair);
  }
  if (wrong.length > 0) throw new KubectlError(`invalid image format: ${wrong.join(', ')}`);
  return images;
}

// ---- Environment

async function setEnv(context: Context): Promise<undefined> {
  const { flags, filenames } = context;
  if (flags.bool('all') && flags.text('selector')) {
    throw new KubectlError('cannot set --all and --selector at the same time');
  }
  const { resources, words } = splitEnv(context.args);
  const print = resultPrinter(context, 'env updated', { typed: true });
  if (filenames.length === 0 && resources.length === 0) {
    throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  }
  if (flags.bool('list') && flags.text('output')) {
    throw new KubectlError('--list and --output may not be specified together');
  }
  if (flags.list('keys').length > 0 && !flags.text('from')) {
    throw new KubectlError('when specifying --keys, a configmap or secret must be provided with --from');
  }
  const { env: given, remove } = await parseEnv(context, [...flags.list('env'), ...words]);
  const env = [...given, ...(await envFrom(context))].map((one) => ({
    ...one,
    name: flags.text('prefix') + textAt(one, 'name'),
  }));
  const items = await itemsOf(context, resources);
  const errors: Error[] = [];
  for (const item of items) {
    const spec = flags.text('containers');
    const chosen = containersOf(item).filter((container) => matches(textAt(container, 'name'), spec));
    if (chosen.length === 0 && templatePath(item.object) !== undefined) {
      await context.err(
        `Warning: ${kindOf(item.object)}/${nameOf(item.object)} does not have any containers matching ${JSON.stringify(spec)}\n`,
      );
    }
    const after = attempt(() =>
      withContainers(item, (container) => {
        if (!matches(textAt(container, 'name'), spec)) return container;
        const next = updatedEnv(listAt(container, 'env').filter(isObject), env, remove, flags.bool('overwrite'));
        return withAt(container, ['env'], next.length > 0 ? next : undefined);
      }),
    );
    if (flags.bool('list')) {
      if (!(after instanceof Error)) await listEnv(context, { ...item, object: after }, spec);
      continue;
    }
    const changed = await send(
      context,
      item,
      after,
      errors,
      'failed to patch env update to pod template:',
      async (...done) => {
        // As the real one does, it finds out only when all is over.
        if (env.length === 0 && words.length === 0)
          throw new KubectlError('at least one environment variable must be provided');
        await print(...done);
      },
    );
    if (!changed) continue;
  }
  throwAll(errors);
  return undefined;
}

function splitEnv(args: readonly string[]): { resources: string[]; words: string[] } {
  const resources: string[] = [];
  const words: string[] = [];
  for (const word of args) {
    if (/^.+=/s.test(word) || word.endsWith('-')) words.push(word);
    else if (words.length > 0) {
      throw new KubectlError(`all resources must be specified before environment changes: ${args.join(' ')}`);
    } else resources.push(word);
  }
  return { resources, words };
}

async function parseEnv(context: Context, words: readonly string[]): Promise<{ env: JsonObject[]; remove: string[] }> {
  const env: JsonObject[] = [];
  const named = new Set<string>();
  const remove: string[] = [];
  for (const word of words) {
    const equals = word.indexOf('=');
    if (word === '-') {
      for (const line of (await readStdin(context.proc)).split('\n')) {
        const plain = line.replace(/#.*$/, '');
        const sign = plain.indexOf('=');
        if (sign >= 0) env.push({ name: plain.slice(0, sign), value: plain.slice(sign + 1) });
      }
    } else if (equals >= 0) {
      const name = word.slice(0, equals);
      const problem = envNameProblem(name);
      if (problem !== undefined) throw new KubectlError(`${JSON.stringify(name)} is not a valid key name: ${problem}`);
      named.add(name);
      env.push({ name, value: word.slice(equals + 1) });
    } else if (word.endsWith('-')) remove.push(word.slice(0, -1));
    else throw new KubectlError(`unknown environment variable: ${word}`);
  }
  if (remove.some((name) => named.has(name))) {
    throw new KubectlError('can not both modify and remove the same environment variable in the same command');
  }
  return { env, remove };
}

/** `--from`: a reference for each key of a ConfigMap. */
async function envFrom(context: Context): Promise<JsonObject[]> {
  const from = context.flags.text('from');
  if (!from) return [];
  const keys = context.flags.list('keys');
  const env: JsonObject[] = [];
  for (const { resource, name, object } of await itemsOf(context, [from])) {
    if (resource.kind !== 'ConfigMap') throw new KubectlError('unsupported resource specified in --from');
    for (const key of sortedKeys(mapAt(object, 'data'))) {
      if (keys.length > 0 && !keys.includes(key)) continue;
      const variable = key.replace(/[^a-zA-Z0-9_]/g, '_').toUpperCase();
      if (variable !== key) await context.err(`Warning: key ${key} transferred to ${variable}\n`);
      env.push({ name: variable, valueFrom: { configMapKeyRef: { key, name } } });
    }
  }
  return env;
}

function updatedEnv(
  existing: readonly JsonObject[],
  env: readonly JsonObject[],
  remove: readonly string[],
  overwrite: boolean,
): JsonObject[] {
  const nameIn = (one: JsonObject) => textAt(one, 'name');
  const newer = (name: string) => env.find((one) => nameIn(one) === name);
  if (!overwrite) {
    for (const one of env) {
      const old = existing.find((other) => nameIn(other) === nameIn(one));
      if (old && textAt(old, 'value') !== textAt(one, 'value')) {
        throw new KubectlError(
          `'${nameIn(old)}' already has a value (${textAt(old, 'value')}), and --overwrite is false`,
        );
      }
    }
  }
  const covered = new Set(remove);
  const out: JsonObject[] = [];
  for (const one of existing) {
    const name = nameIn(one);
    if (covered.has(name)) continue;
    const fresh = newer(name);
    if (fresh) covered.add(name);
    out.push(plainEnv(fresh ?? one));
  }
  for (const one of env) {
    if (covered.has(nameIn(one))) continue;
    covered.add(nameIn(one));
    out.push(plainEnv(newer(nameIn(one)) ?? one));
  }
  return out;
}

/** Go leaves an empty value out. */
const plainEnv = (one: JsonObject): JsonObject => (one['value'] === '' ? withAt(one, ['value'], undefined) : one);

async function listEnv(context: Context, item: Item, spec: string): Promise<void> {
  for (const container of containersOf(item)) {
    if (!matches(textAt(container, 'name'), spec)) continue;
    await context.out(`# ${kindOf(item.object)} ${nameOf(item.object)}, container ${textAt(container, 'name')}\n`);
    for (const one of listAt(container, 'env').filter(isObject)) {
      const name = textAt(one, 'name');
      const from = objectAt(one, 'valueFrom');
      await context.out(
        'valueFrom' in one ? `# ${name} from ${reference(from)}\n` : `${name}=${textAt(one, 'value')}\n`,
      );
    }
  }
}

function reference(from: JsonObject): string {
  if ('configMapKeyRef' in from) {
    return `configmap ${textAt(from, 'configMapKeyRef', 'name')}, key ${textAt(from, 'configMapKeyRef', 'key')}`;
  }
  if ('secretKeyRef' in from) {
    return `secret ${textAt(from, 'secretKeyRef', 'name')}, key ${textAt(from, 'secretKeyRef', 'key')}`;
  }
  if ('fieldRef' in from) return `field path ${textAt(from, 'fieldRef', 'fieldPath')}`;
  const container = textAt(from, 'resourceFieldRef', 'containerName');
  return `resource field ${container && `${container}/`}${textAt(from, 'resourceFieldRef', 'resource')}`;
}

// ---- Resources

async function setResources(context: Context): Promise<undefined> {
  const { flags } = context;
  const print = resultPrinter(context, 'resource requirements updated', { typed: true });
  const items = await itemsOf(context, context.args);
  if (flags.bool('all') && flags.text('selector')) {
    throw new KubectlError('cannot set --all and --selector at the same time');
  }
  if (!flags.text('limits') && !flags.text('requests')) {
    throw new KubectlError('you must specify an update to requests or limits (in the form of --requests/--limits)');
  }
  const limits = amounts(flags.text('limits'));
  const requests = amounts(flags.text('requests'));
  const errors: Error[] = [];
  for (const item of items) {
    const spec = flags.text('containers');
    const chosen = containersOf(item).some((container) => matches(textAt(container, 'name'), spec));
    if (!chosen && templatePath(item.object) !== undefined) {
      errors.push(new KubectlError(`error: unable to find container named ${spec}`));
      continue;
    }
    const after = withContainers(item, (container) => {
      if (!matches(textAt(container, 'name'), spec)) return container;
      const resources = objectAt(container, 'resources');
      const merged = (key: string, wanted: JsonObject): JsonObject =>
        Object.keys(wanted).length === 0 ? {} : { [key]: { ...objectAt(resources, key), ...wanted } };
      return {
        ...container,
        resources: { ...resources, ...merged('limits', limits), ...merged('requests', requests) },
      };
    });
    await send(context, item, after, errors, 'failed to patch resources update to pod template', print);
  }
  throwAll(errors);
  return undefined;
}

/** `cpu=100m,memory=256Mi` */
function amounts(text: string): JsonObject {
  const out: Record<string, string> = {};
  if (text === '') return out;
  for (const part of text.split(',')) {
    const pieces = part.split('=');
    const [name = '', amount = ''] = pieces;
    if (pieces.length !== 2) throw new KubectlError(`Invalid argument syntax ${part}, expected <resource>=<value>`);
    checkQuantity(amount);
    out[name] = canonicalQuantity(amount);
  }
  return out;
}

// ---- What they share

async function itemsOf(context: Context, args: readonly string[]): Promise<readonly Item[]> {
  const { items, errors } = await find(context, { args, allowAll: context.flags.bool('all'), latest: true });
  throwAll(errors);
  return items;
}

export function templatePath({ kind, spec }: JsonObject): readonly string[] | undefined {
  if (kind === 'Pod') return ['spec'];
  return isObject(spec) && isObject(spec['template']) ? ['spec', 'template', 'spec'] : undefined;
}

/** Init containers come last, as in the real one. */
function containersOf({ object }: Item): JsonObject[] {
  const path = templatePath(object);
  if (!path) return [];
  return ['containers', 'initContainers'].flatMap((key) => listAt(object, ...path, key).filter(isObject));
}

function withContainers(item: Item, change: Change): JsonObject | Error {
  const path = templatePath(item.object);
  if (!path) {
    const { group, version, kind, plural } = item.resource;
    const go = `*${group === '' ? version : version}.${kind}`;
    return new KubectlError(
      `error: ${plural}/${item.name} the object is not a pod or does not have a pod template: ${go}\n`,
    );
  }
  let after = item.object;
  for (const key of ['initContainers', 'containers']) {
    const before = listAt(after, ...path, key);
    if (before.length === 0) continue;
    const next: Json[] = before.map((container) => (isObject(container) ? change(container, item) : container));
    after = withAt(after, [...path, key], next);
  }
  return after;
}

function attempt(act: () => JsonObject | Error): JsonObject | Error {
  try {
    return act();
  } catch (error) {
    if (error instanceof KubectlError) return error;
    throw error;
  }
}

/** Patches what changed; false when nothing did, or it failed. */
async function send(
  context: Context,
  item: Item,
  after: JsonObject | Error,
  errors: Error[],
  failure: string,
  print: ReturnType<typeof resultPrinter>,
): Promise<boolean> {
  const { resource, namespace, name, object } = item;
  if (after instanceof Error) {
    const message = after.message.startsWith('error: ')
      ? after.message
      : `error: ${resource.plural}/${name} ${after.message}\n`;
    errors.push(new KubectlError(message));
    return false;
  }
  const patch = createTwoWayMergePatch(object, after, resource.kind);
  if ('error' in patch) {
    errors.push(new KubectlError(`error: ${resource.plural}/${name} ${patch.error}\n`));
    return false;
  }
  if (Object.keys(patch.value).length === 0) return false;
  if (context.dryRun() === 'client') {
    await print(resource, after);
    return true;
  }
  try {
    const done = await context.client.patch(
      resource,
      namespace,
      name,
      strategicMergePatchType,
      patch.value,
      writing(context),
    );
    await print(resource, done);
    return true;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    errors.push(new KubectlError(`${failure} ${error.message}`));
    return false;
  }
}

/** `*` alone is every name; within a name it stands for anything. */
function matches(name: string, spec: string): boolean {
  if (spec === '*') return true;
  const pattern = spec.split('*').map((part) => part.replace(/[.\\+?^${}()|[\]]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(name);
}
