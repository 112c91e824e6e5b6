// `kubectl label` and `kubectl annotate` (kubectl/pkg/cmd/label, pkg/cmd/annotate, 1.32).

import { isLabelValue } from '../../../sim/kubernetes/api/validation/names.ts';
import { mergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { Errors, KubectlError } from './errors.ts';
import { type JsonObject, mapAt, sortedKeys, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { find, isFailure, type Item, writing } from './visit.ts';
import { throwAll } from './errors.ts';

interface Change {
  readonly what: 'labels' | 'annotations';
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
  readonly overwrite: boolean;
}

/** May be overwritten at any time: `kubectl annotate` is how a reason for a rollout is given. */
const changeCause = 'kubernetes.io/change-cause';

export async function run(context: Context): Promise<undefined> {
  const { flags } = context;
  const label = context.path === 'label';
  const { resources, pairs } = split(context.args, label ? 'label' : 'annotation');
  context.dryRun();
  const change: Change = {
    what: label ? 'labels' : 'annotations',
    ...(label ? parseLabels(pairs) : parseAnnotations(pairs)),
    overwrite: flags.bool('overwrite'),
  };
  check(context, change, resources);
  const print = resultPrinter(context, 'annotated');
  const {
    items,
    errors: notFound,
    single,
  } = await find(context, { args: resources, allowAll: flags.bool('all'), latest: true });
  if (!single && flags.text('resource-version')) {
    throw new KubectlError('--resource-version may only be used with a single resource');
  }
  const errors: Error[] = [];
  for (const item of items) {
    try {
      if (flags.bool('list')) await list(context, change, item, single);
      else await changeOne(context, change, item, print);
    } catch (error) {
      if (!isFailure(error)) throw error;
      errors.push(error);
    }
  }
  throwAll([...errors, ...notFound]);
  return undefined;
}

async function changeOne(
  context: Context,
  change: Change,
  item: Item,
  print: ReturnType<typeof resultPrinter>,
): Promise<void> {
  const { client, flags } = context;
  const { resource, namespace, name, object } = item;
  const { what } = change;
  const dryRun = context.dryRun();
  const before = mapAt(object, 'metadata', what);
  if (what === 'labels' && dryRun !== 'client') {
    for (const key of change.remove)
      if (!(key in before)) await context.out(`label ${JSON.stringify(key)} not found.\n`);
  }
  const after = changed(object, change);
  let result = after;
  if (dryRun !== 'client') {
    const patch = patchOf(before, mapAt(after, 'metadata', what), what, flags.text('resource-version'));
    const answer = await client.patch(resource, namespace, name, mergePatchType, patch, writing(context));
    if (what === 'annotations') result = answer;
  }
  await print(resource, result, what === 'labels' ? labelMessage(object, after, change.overwrite) : 'annotated');
}

/** `unlabeled` only where it got shorter: that is how the real one tells (updateDataChangeMsg). */
function labelMessage(before: JsonObject, after: JsonObject, overwrite: boolean): string {
  const [old, fresh] = [
    JSON.stringify(mapAt(before, 'metadata', 'labels')),
    JSON.stringify(mapAt(after, 'metadata', 'labels')),
  ];
  if (sameMap(mapAt(before, 'metadata', 'labels'), mapAt(after, 'metadata', 'labels'))) return 'not labeled';
  return !overwrite && fresh.length < old.length ? 'unlabeled' : 'labeled';
}

function sameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function changed(object: JsonObject, { what, set, remove, overwrite }: Change): JsonObject {
  const held = mapAt(object, 'metadata', what);
  if (!overwrite) refuseOverwriting(held, set, what);
  const next = { ...held, ...set };
  for (const key of remove) delete next[key];
  if (Object.keys(next).length === 0 && Object.keys(held).length === 0) return object;
  return withAt(object, ['metadata', what], Object.keys(next).length === 0 ? undefined : next);
}

function refuseOverwriting(held: Readonly<Record<string, string>>, set: Change['set'], what: Change['what']): void {
  const others = sortedKeys(set).filter((key) => key in held && held[key] !== set[key]);
  if (what === 'labels') {
    const errors = others.map(
      (key) => new KubectlError(`'${key}' already has a value (${held[key] ?? ''}), and --overwrite is false`),
    );
    if (errors.length > 0) throw new Errors(errors);
    return;
  }
  const told = others
    .filter((key) => key !== changeCause)
    .map((key) => `'${key}' already has a value (${held[key] ?? ''})`);
  if (told.length > 0) {
    throw new KubectlError(`--overwrite is false but found the following declared annotation(s): ${told.join('; ')}`);
  }
}

function patchOf(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  what: Change['what'],
  resourceVersion: string,
): JsonObject {
  const map: Record<string, string | null> = {};
  for (const key of sortedKeys(before)) if (!(key in after)) map[key] = null;
  for (const key of sortedKeys(after)) if (before[key] !== after[key]) map[key] = after[key] ?? '';
  const gone = Object.keys(after).length === 0 && Object.keys(before).length > 0;
  const metadata: JsonObject = {
    ...(Object.keys(map).length === 0 ? {} : { [what]: gone ? null : map }),
    ...(resourceVersion ? { resourceVersion } : {}),
  };
  return Object.keys(metadata).length === 0 ? {} : { metadata };
}

async function list(
  context: Context,
  { what }: Change,
  { resource, name, object }: Item,
  single: boolean,
): Promise<void> {
  if (!single) await context.out(`Listing ${what} for ${resource.kind}.${resource.group}/${name}:\n`);
  const map = mapAt(object, 'metadata', what);
  for (const key of sortedKeys(map)) await context.out(`${single ? '' : ' '}${key}=${map[key] ?? ''}\n`);
}

/** Resources come first, then changes: `KEY=VALUE` or `KEY-`. */
export function split(args: readonly string[], kind: string): { resources: string[]; pairs: string[] } {
  const resources: string[] = [];
  const pairs: string[] = [];
  for (const word of args) {
    const isPair = (word.includes('=') && !word.startsWith('=')) || (word.endsWith('-') && word !== '-');
    if (isPair) pairs.push(word);
    else if (pairs.length > 0)
      throw new KubectlError(`all resources must be specified before ${kind} changes: ${word}`);
    else resources.push(word);
  }
  return { resources, pairs };
}

function parseLabels(pairs: readonly string[]): Pick<Change, 'set' | 'remove'> {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const pair of pairs) {
    const parts = pair.split('=');
    const [key = '', value = ''] = parts;
    if (parts.length > 2) throw new KubectlError(`invalid label spec: ${pair}`);
    if (parts.length === 2) {
      const problems = isLabelValue(value);
      if (problems.length > 0)
        throw new KubectlError(`invalid label value: ${JSON.stringify(pair)}: ${problems.join(';')}`);
      set[key] = value;
    } else remove.push(pair.slice(0, -1));
  }
  if (remove.some((key) => key in set)) {
    throw new KubectlError('can not both modify and remove a label in the same command');
  }
  return { set, remove };
}

function parseAnnotations(pairs: readonly string[]): Pick<Change, 'set' | 'remove'> {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    if (equals > 0) set[pair.slice(0, equals)] = pair.slice(equals + 1);
    else remove.push(pair.slice(0, -1));
  }
  return { set, remove };
}

function check({ flags, filenames }: Context, { what, set, remove }: Change, resources: readonly string[]): void {
  const one = what === 'labels' ? 'label' : 'annotation';
  if (what === 'labels' && flags.bool('list') && flags.text('output')) {
    throw new KubectlError('--list and --output may not be specified together');
  }
  if (flags.bool('all') && flags.text('selector'))
    throw new KubectlError('cannot set --all and --selector at the same time');
  if (flags.bool('all') && flags.text('field-selector')) {
    throw new KubectlError('cannot set --all and --field-selector at the same time');
  }
  if (resources.length === 0 && filenames.length === 0) {
    throw new KubectlError('one or more resources must be specified as <resource> <name> or <resource>/<name>');
  }
  if (Object.keys(set).length === 0 && remove.length === 0 && !flags.bool('list')) {
    throw new KubectlError(`at least one ${one} update is required`);
  }
  const both = remove.filter((key) => key in set);
  if (both.length > 0) {
    throw new KubectlError(
      `can not both modify and remove the following annotation(s) in the same command: ${both.join(', ')}`,
    );
  }
}
