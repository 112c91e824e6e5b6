// `kubectl taint` (kubectl/pkg/cmd/taint, 1.32).

import { isLabelValue, isQualifiedName } from '../../../sim/kubernetes/api/validation/names.ts';
import { createTwoWayMergePatch } from '../../../sim/kubernetes/api/patch/index.ts';
import { strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { Errors, KubectlError } from './errors.ts';
import { isObject, type JsonObject, listAt, nameOf, textAt, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { validation, visit, writing } from './visit.ts';

interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

const effects: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export async function run(context: Context): Promise<undefined> {
  const { flags, client } = context;
  const all = flags.bool('all');
  const selector = flags.text('selector');
  const dryRun = context.dryRun();
  const fieldValidation = validation(context);
  const { resources, specs } = split(context.args);
  const [type = ''] = resources;
  const names = resources.slice(1);
  if (type === '') throw new KubectlError('one or more resources must be specified as <resource> <name>');
  if (specs.length === 0) throw new KubectlError('at least one taint update is required');
  const { add, remove } = parse(context, specs);
  const resource = await client.resource(type.toLowerCase());
  if (resource.kind !== 'Node') {
    throw new KubectlError(`invalid resource type ${type.toLowerCase()}, only node types are supported`);
  }
  refuseConflicts(add, remove);
  if (all && selector) throw new KubectlError("setting 'all' parameter with a non empty selector is prohibited");
  if (!all && !selector && names.length === 0) {
    throw new KubectlError("at least one resource name must be specified since 'all' parameter is not set");
  }
  const print = resultPrinter(context, 'tainted', { saysDryRun: false });
  const options = { defaultType: 'nodes', args: all || selector ? [] : names, allowAll: all };
  await visit(context, options, async ({ name, object }) => {
    const { operation, taints } = changed(object, add, remove, flags.bool('overwrite'));
    const after = withAt(object, ['spec', 'taints'], taints.length > 0 ? taints.map(plain) : undefined);
    if (dryRun === 'client') return print(resource, after, operation);
    const patch = createTwoWayMergePatch(object, after, 'Node');
    if ('error' in patch) throw new KubectlError(patch.error);
    const query = { ...writing(context), fieldValidation };
    return print(
      resource,
      await client.patch(resource, '', name, strategicMergePatchType, patch.value, query),
      operation,
    );
  });
  return undefined;
}

function split(args: readonly string[]): { resources: string[]; specs: string[] } {
  const resources: string[] = [];
  const specs: string[] = [];
  for (const word of args) {
    if (/[=:]|-$/.test(word)) specs.push(word);
    else if (specs.length > 0) throw new KubectlError(`all resources must be specified before taint changes: ${word}`);
    else resources.push(word);
  }
  return { resources, specs };
}

function parse(context: Context, specs: readonly string[]): { add: Taint[]; remove: Taint[] } {
  const add: Taint[] = [];
  const remove: Taint[] = [];
  const read = (spec: string): Taint => {
    const taint = parseTaint(spec);
    if (typeof taint === 'string') throw context.usage(taint);
    return taint;
  };
  for (const spec of specs) {
    if (spec.endsWith('-')) remove.push({ ...read(spec.slice(0, -1)), value: '' });
    else {
      const taint = read(spec);
      if (taint.effect === '') throw context.usage(`invalid taint spec: ${spec}`);
      if (add.some(({ key, effect }) => key === taint.key && effect === taint.effect)) {
        throw context.usage(
          `duplicated taints with the same key and effect: {${taint.key} ${taint.value} ${taint.effect} <nil>}`,
        );
      }
      add.push(taint);
    }
  }
  return { add, remove };
}

/** `key=value:effect`, `key:effect` or `key`; or what is wrong with it. */
function parseTaint(spec: string): Taint | string {
  const parts = spec.split(':');
  const [left = '', effect = ''] = parts;
  if (parts.length > 2) return `invalid taint spec: ${spec}`;
  let [key, value] = [left, ''];
  if (parts.length === 2) {
    if (!effects.includes(effect)) return `invalid taint effect: ${effect}, unsupported taint effect`;
    const pair = left.split('=');
    if (pair.length > 2) return `invalid taint spec: ${spec}`;
    [key = '', value = ''] = pair;
    const wrong = isLabelValue(value);
    if (wrong.length > 0) return `invalid taint spec: ${spec}, ${wrong.join('; ')}`;
  }
  const wrong = isQualifiedName(key);
  return wrong.length > 0 ? `invalid taint spec: ${spec}, ${wrong.join('; ')}` : { key, value, effect };
}

function refuseConflicts(add: readonly Taint[], remove: readonly Taint[]): void {
  const both = add.flatMap(({ key, effect }) =>
    remove.filter((other) => other.key === key && (other.effect === '' || other.effect === effect)),
  );
  if (both.length > 0) {
    throw new KubectlError(
      `can not both modify and remove the following taint(s) in the same command: ${both.map(({ key, effect }) => `${key}=${effect}`).join(', ')}`,
    );
  }
}

function changed(
  node: JsonObject,
  add: readonly Taint[],
  remove: readonly Taint[],
  overwrite: boolean,
): { operation: string; taints: readonly JsonObject[] } {
  const held = listAt(node, 'spec', 'taints').filter(isObject);
  const same = (taint: JsonObject, { key, effect }: Taint) =>
    textAt(taint, 'key') === key && textAt(taint, 'effect') === effect;
  if (!overwrite) {
    const exist = add.filter((taint) => held.some((other) => same(other, taint))).map(({ key }) => key);
    if (exist.length > 0) {
      throw new KubectlError(
        `node ${nameOf(node)} already has ${exist.join(',')} taint(s) with same effect(s) and --overwrite is false`,
      );
    }
  }
  let taints: JsonObject[] = [
    ...add.map((taint) => ({ ...taint })),
    ...held.filter((taint) => !add.some((other) => same(taint, other))),
  ];
  const added = taints.length !== held.length;
  let removed = false;
  const errors: Error[] = [];
  for (const taint of remove) {
    const left = taints.filter((other) =>
      taint.effect === '' ? textAt(other, 'key') !== taint.key : !same(other, taint),
    );
    removed = left.length !== taints.length;
    taints = left;
    if (!removed) {
      errors.push(new KubectlError(`taint "${taint.key}${taint.effect && `:${taint.effect}`}" not found`));
    }
  }
  if (errors.length > 0) throw new Errors(errors);
  return { operation: (added && removed) || overwrite ? 'modified' : added ? 'tainted' : 'untainted', taints };
}

/** Go leaves an empty value out. */
const plain = (taint: JsonObject): JsonObject => (taint['value'] === '' ? withAt(taint, ['value'], undefined) : taint);
