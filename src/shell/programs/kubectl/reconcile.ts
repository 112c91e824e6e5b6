// `kubectl auth reconcile` (kubectl/pkg/cmd/auth/reconcile.go, component-helpers/auth/rbac/reconciliation, 1.32): roles
// and bindings get what a file says they should have, and lose nothing unless that is asked for. Other kinds are passed
// over.

import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError, throwAll } from './errors.ts';
import {
  apiVersionOf,
  isObject,
  type Json,
  type JsonObject,
  kindOf,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  textAt,
  withAt,
} from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { isFailure, type Item } from './visit.ts';

/** What a file says; the namespace is the one in the file and no other. */
type Target = Pick<Item, 'resource' | 'namespace' | 'name' | 'object'>;

const group = 'rbac.authorization.k8s.io';
const autoupdate = 'rbac.authorization.kubernetes.io/autoupdate';

type Operation = 'none' | 'create' | 'update' | 'recreate';

interface Result {
  readonly object: JsonObject;
  readonly operation: Operation;
  readonly missing: readonly JsonObject[];
  readonly extra: readonly JsonObject[];
}

export async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (context.filenames.length === 0) throw new KubectlError('must specify one of -f and -k');
  if (args.length > 0) throw new KubectlError('no arguments are allowed');
  const dryRun = context.dryRun();
  if (dryRun === 'server') throw new KubectlError('--dry-run=server for command reconcile is not supported yet');
  const print = resultPrinter(context, 'reconciled', { typed: true });
  const failed: Error[] = [];
  for (const { object } of await context.manifests()) {
    const resource = await context.client.resourceOfKind(apiVersionOf(object), kindOf(object));
    if (resource?.group !== group) continue;
    const target = { resource, namespace: namespaceOf(object), name: nameOf(object), object };
    const binding = resource.kind.endsWith('Binding');
    const removes = flags.bool(binding ? 'remove-extra-subjects' : 'remove-extra-permissions');
    try {
      const result = await (binding ? bindingResult : roleResult)(context, target, removes);
      if (dryRun === 'none') await carryOut(context, target, result);
      await print(resource, result.object);
      await tell(context, result, binding ? 'subjects' : 'rules', removes);
    } catch (error) {
      if (!isFailure(error)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  return undefined;
}

async function tell(context: Context, result: Result, what: 'rules' | 'subjects', removes: boolean): Promise<void> {
  const { operation, missing, extra, object } = result;
  if (operation === 'none') return;
  const opted = isProtected(object) ? `, but object opted out (${autoupdate}: false)` : '';
  await context.err(`\treconciliation required ${operation}${opted}\n`);
  const show = what === 'rules' ? ruleText : subjectText;
  const lines = (list: readonly JsonObject[]) => list.map((one) => `\t\t${show(one)}\n`).join('');
  if (missing.length > 0) await context.err(`\tmissing ${what} added:\n${lines(missing)}`);
  if (removes && extra.length > 0) await context.err(`\textra ${what} removed:\n${lines(extra)}`);
}

const isProtected = (object: JsonObject): boolean => mapAt(object, 'metadata', 'annotations')[autoupdate] === 'false';

async function carryOut(
  context: Context,
  { resource, namespace, name, object }: Target,
  result: Result,
): Promise<void> {
  const { client } = context;
  if (result.operation === 'none' || isProtected(result.object)) return;
  const path = resourcePath(resource, namespace, name);
  const collection = resourcePath(resource, namespace);
  if (resource.namespaced && namespace === '') throw new KubectlError('resource name may not be empty');
  switch (result.operation) {
    case 'create':
      await client.request('POST', collection, { body: object });
      return;
    case 'update':
      await client.request('PUT', path, { body: result.object });
      return;
    default:
      await client.request('DELETE', path, { body: {} });
      await client.request('POST', collection, { body: withoutPast(result.object) });
  }
}

const withoutPast = (object: JsonObject): JsonObject =>
  withAt(withAt(object, ['metadata', 'resourceVersion'], undefined), ['metadata', 'uid'], undefined);

async function held({ client }: Context, { resource, namespace, name }: Target): Promise<JsonObject | undefined> {
  if (resource.namespaced && namespace === '') return undefined;
  try {
    return await client.get(resource, namespace, name);
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return undefined;
    throw error;
  }
}

/** Labels and annotations of both, those of the file first. */
function merged(existing: JsonObject, expected: JsonObject): { object: JsonObject; changed: boolean } {
  let object = existing;
  let changed = false;
  for (const key of ['labels', 'annotations']) {
    const [before, wanted] = [mapAt(existing, 'metadata', key), mapAt(expected, 'metadata', key)];
    if (Object.entries(wanted).every(([name, value]) => before[name] === value)) continue;
    object = withAt(object, ['metadata', key], { ...before, ...wanted });
    changed = true;
  }
  return { object, changed };
}

// ---- Roles

async function roleResult(context: Context, item: Target, removes: boolean): Promise<Result> {
  const expected = item.object;
  const existing = await held(context, item);
  const wanted = listAt(expected, 'rules').filter(isObject);
  if (!existing) return { object: expected, operation: 'create', missing: wanted, extra: [] };
  const rules = listAt(existing, 'rules').filter(isObject);
  const missing = uncovered(wanted, rules);
  const extra = uncovered(rules, wanted);
  const { object, changed } = merged(existing, expected);
  const next = removes && extra.length > 0 ? wanted : [...rules, ...missing];
  const update = changed || missing.length > 0 || (removes && extra.length > 0);
  return { object: { ...object, rules: next }, operation: update ? 'update' : 'none', missing, extra };
}

const parts = ['verbs', 'apiGroups', 'resources', 'resourceNames', 'nonResourceURLs'] as const;
const wordsOf = (rule: JsonObject, key: string): string[] => listAt(rule, key).map((word) => textAt(word));

/** The rules of `asked`, broken down to one verb and kind each, that no rule of `given` allows. */
function uncovered(asked: readonly JsonObject[], given: readonly JsonObject[]): JsonObject[] {
  return asked.flatMap(brokenDown).filter((rule) => !given.some((one) => covers(one, rule)));
}

function brokenDown(rule: JsonObject): JsonObject[] {
  const verbs = wordsOf(rule, 'verbs');
  const named = wordsOf(rule, 'resourceNames');
  const names: readonly JsonObject[] = named.length === 0 ? [{}] : named.map((name) => ({ resourceNames: [name] }));
  const out: JsonObject[] = [];
  for (const apiGroup of wordsOf(rule, 'apiGroups')) {
    for (const resource of wordsOf(rule, 'resources')) {
      for (const verb of verbs) {
        for (const name of names) out.push({ apiGroups: [apiGroup], resources: [resource], verbs: [verb], ...name });
      }
    }
  }
  for (const url of wordsOf(rule, 'nonResourceURLs')) {
    for (const verb of verbs) out.push({ nonResourceURLs: [url], verbs: [verb] });
  }
  return out;
}

function covers(owner: JsonObject, rule: JsonObject): boolean {
  const has = (key: string, value: string) => wordsOf(owner, key).some((word) => word === '*' || word === value);
  const all = (key: string) => wordsOf(rule, key).every((value) => has(key, value));
  const urls = wordsOf(rule, 'nonResourceURLs');
  if (urls.length > 0) {
    const fits = (url: string) =>
      wordsOf(owner, 'nonResourceURLs').some(
        (word) => word === url || (word.endsWith('*') && url.startsWith(word.slice(0, -1))),
      );
    return all('verbs') && urls.every(fits);
  }
  const names = wordsOf(owner, 'resourceNames');
  const named = wordsOf(rule, 'resourceNames');
  const byName = names.length === 0 || (named.length > 0 && named.every((name) => names.includes(name)));
  return all('verbs') && all('apiGroups') && all('resources') && byName;
}

// ---- Bindings

async function bindingResult(context: Context, item: Target, removes: boolean): Promise<Result> {
  const expected = item.object;
  const existing = await held(context, item);
  const wanted = listAt(expected, 'subjects').filter(isObject);
  if (!existing) return { object: expected, operation: 'create', missing: wanted, extra: [] };
  const subjects = listAt(existing, 'subjects').filter(isObject);
  const missing = wanted.filter((one) => !subjects.some((other) => subjectText(other) === subjectText(one)));
  const extra = subjects.filter((one) => !wanted.some((other) => subjectText(other) === subjectText(one)));
  const { object, changed } = merged(existing, expected);
  const roleRef: Json = expected['roleRef'] ?? {};
  const sameRole = ['apiGroup', 'kind', 'name'].every(
    (key) => textAt(existing, 'roleRef', key) === textAt(roleRef, key),
  );
  const next = removes && extra.length > 0 ? wanted : [...subjects, ...missing];
  const update = changed || missing.length > 0 || (removes && extra.length > 0);
  const whole = { ...object, roleRef, subjects: next };
  // A binding to another role is made anew, and nothing is said of its subjects.
  if (!sameRole) return { object: whole, operation: 'recreate', missing: [], extra: [] };
  return { object: whole, operation: update ? 'update' : 'none', missing, extra };
}

// ---- Go's %+v

function ruleText(rule: JsonObject): string {
  const names = ['Verbs', 'APIGroups', 'Resources', 'ResourceNames', 'NonResourceURLs'];
  return `{${parts.map((key, at) => `${names[at] ?? ''}:[${wordsOf(rule, key).join(' ')}]`).join(' ')}}`;
}

function subjectText(subject: JsonObject): string {
  const kind = textAt(subject, 'kind');
  const apiGroup = textAt(subject, 'apiGroup') || (kind === 'ServiceAccount' ? '' : group);
  return `{Kind:${kind} APIGroup:${apiGroup} Name:${textAt(subject, 'name')} Namespace:${textAt(subject, 'namespace')}}`;
}
