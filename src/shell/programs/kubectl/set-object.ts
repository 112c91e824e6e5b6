// `kubectl set selector`, `set serviceaccount` and `set subject` (kubectl/pkg/cmd/set, 1.32): one part of an object
// that is no container, sent as a strategic merge patch.

import { createTwoWayMergePatch } from '../../../sim/kubernetes/api/patch/index.ts';
import { strategicMergePatchType } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError, throwAll } from './errors.ts';
import { labelSelector } from './new-objects.ts';
import { compareText, isObject, type JsonObject, listAt, objectAt, textAt, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { templatePath } from './set.ts';
import { find, isFailure, type Item, writing } from './visit.ts';

export function run(context: Context): Promise<undefined> {
  switch (context.path) {
    case 'set selector':
      return setSelector(context);
    case 'set serviceaccount':
      return setAccount(context);
    default:
      return setSubjects(context);
  }
}

function patchOf(item: Item, after: JsonObject): JsonObject {
  const done = createTwoWayMergePatch(item.object, after, item.resource.kind);
  if ('error' in done) throw new KubectlError(done.error);
  return done.value;
}

function send(context: Context, { resource, namespace, name }: Item, patch: JsonObject): Promise<JsonObject> {
  return context.client.patch(resource, namespace, name, strategicMergePatchType, patch, writing(context));
}

// ---- Selector

async function setSelector(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const selector = args.length === 0 ? undefined : labelSelector(args.at(-1) ?? '');
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'selector updated');
  if (!selector) throw new KubectlError('one selector is required');
  const { items, errors } = await find(context, {
    args: args.slice(0, -1),
    latest: true,
    labelSelector: '',
    selectAll: flags.bool('all'),
    allowAll: flags.bool('all'),
  });
  throwAll(errors);
  for (const item of items) {
    if (item.resource.kind !== 'Service') throw new KubectlError('setting a selector is only supported for Services');
    if (selector['matchExpressions'] !== undefined) {
      const shown = listAt(selector, 'matchExpressions').map(
        (one) =>
          `{${textAt(one, 'key')} ${textAt(one, 'operator')} [${listAt(one, 'values')
            .map((value) => textAt(value))
            .join(' ')}]}`,
      );
      throw new KubectlError(`match expression [${shown.join(' ')}] not supported on this object`);
    }
    const after = withAt(item.object, ['spec', 'selector'], objectAt(selector, 'matchLabels'));
    if (dryRun === 'client') {
      await print(item.resource, after);
      continue;
    }
    const version = flags.text('resource-version');
    const patch = patchOf(item, after);
    const body = version === '' ? patch : withAt(patch, ['metadata', 'resourceVersion'], version);
    await print(item.resource, await send(context, item, body));
  }
  return undefined;
}

// ---- ServiceAccount

async function setAccount(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'serviceaccount updated', { typed: true });
  const account = args.at(-1);
  if (account === undefined) throw new KubectlError('serviceaccount is required');
  const { items, errors } = await find(context, {
    args: args.slice(0, -1),
    latest: true,
    labelSelector: '',
    allowAll: flags.bool('all'),
  });
  throwAll(errors);
  const failures: Error[] = [];
  for (const item of items) {
    const path = templatePath(item.object);
    const { resource, name } = item;
    if (!path) {
      const go = `*${resource.version}.${resource.kind}`;
      const what = `the object is not a pod or does not have a pod template: ${go}`;
      failures.push(new KubectlError(`error: ${resource.plural}/${name} ${what}\n`));
      continue;
    }
    const after = withAt(item.object, [...path, 'serviceAccountName'], account);
    try {
      if (dryRun === 'client') await print(resource, after);
      else await print(resource, await send(context, item, patchOf(item, after)));
    } catch (error) {
      if (!isFailure(error)) throw error;
      failures.push(new KubectlError(`failed to patch ServiceAccountName ${error.message}`));
    }
  }
  throwAll(failures);
  return undefined;
}

// ---- Subjects

const rbacGroup = 'rbac.authorization.k8s.io';

async function setSubjects(context: Context): Promise<undefined> {
  const { flags } = context;
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'subjects updated', { typed: true });
  const { items, errors } = await find(context, { latest: true, allowAll: flags.bool('all') });
  throwAll(errors);
  const accounts = flags.list('serviceaccount');
  if (flags.bool('all') && flags.text('selector') !== '') {
    throw new KubectlError('cannot set --all and --selector at the same time');
  }
  if (flags.list('user').length + flags.list('group').length + accounts.length === 0) {
    throw new KubectlError('you must specify at least one value of user, group or serviceaccount');
  }
  for (const account of accounts) {
    const [namespace = '', name = '', ...more] = account.split(':');
    if (name === '' || more.length > 0) throw new KubectlError('serviceaccount must be <namespace>:<name>');
    if (namespace === '' && items.some(({ resource }) => resource.kind === 'ClusterRoleBinding')) {
      throw new KubectlError('serviceaccount must be <namespace>:<name>, namespace must be specified');
    }
  }
  const wanted = await subjectsOf(context);
  const failures: Error[] = [];
  for (const item of items) {
    const { resource, name, object } = item;
    if (resource.kind !== 'RoleBinding' && resource.kind !== 'ClusterRoleBinding') {
      const what = 'setting subjects is only supported for RoleBinding/ClusterRoleBinding';
      failures.push(new KubectlError(`error: ${resource.plural}/${name} ${what}\n`));
      continue;
    }
    const held = listAt(object, 'subjects').filter(isObject);
    const fresh = wanted.filter((one) => !held.some((other) => sameSubject(one, other)));
    if (fresh.length === 0) continue;
    const after = { ...object, subjects: [...held, ...fresh] };
    try {
      if (dryRun === 'client') await print(resource, after);
      else await print(resource, await send(context, item, patchOf(item, after)));
    } catch (error) {
      if (!isFailure(error)) throw error;
      failures.push(new KubectlError(`failed to patch subjects to rolebinding: ${error.message}`));
    }
  }
  throwAll(failures);
  return undefined;
}

async function subjectsOf(context: Context): Promise<JsonObject[]> {
  const { flags } = context;
  const sorted = (flag: string) => [...new Set(flags.list(flag))].sort(compareText);
  const current = await context.namespace();
  return [
    ...sorted('user').map((name) => ({ apiGroup: rbacGroup, kind: 'User', name })),
    ...sorted('group').map((name) => ({ apiGroup: rbacGroup, kind: 'Group', name })),
    ...sorted('serviceaccount').map((account) => {
      const [namespace = '', name = ''] = account.split(':');
      return { kind: 'ServiceAccount', name, namespace: namespace || current };
    }),
  ];
}

function sameSubject(a: JsonObject, b: JsonObject): boolean {
  return ['kind', 'apiGroup', 'name', 'namespace'].every((key) => textAt(a, key) === textAt(b, key));
}
