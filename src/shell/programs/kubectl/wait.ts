// `kubectl wait` (kubectl/pkg/cmd/wait, 1.32).

import { ApiError, KubectlError, throwAll } from './errors.ts';
import type { Context } from './context.ts';
import { groupResource } from './client.ts';
import { findResults, goValue, type JsonPath, parseJsonPath, relaxedJsonPath } from './jsonpath.ts';
import { isList, isObject, type JsonObject, listAt, numberAt, at as valueAt, textAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { find, isFailure, type Item } from './visit.ts';
import { watchUntil } from './watching.ts';

/** Whether an object is as it should be. */
type Check = (object: JsonObject) => boolean;
type Goal = { readonly kind: 'delete' | 'create' } | { readonly kind: 'check'; readonly check: Check };

const timedOut = 'timed out waiting for the condition';
const WEEK_MS = 168 * 3_600_000;
const POLL_MS = 500;

export async function run(context: Context): Promise<undefined> {
  const { flags } = context;
  const print = resultPrinter(context, 'condition met');
  const goal = goalOf(flags.text('for'));
  const given = flags.durationMs('timeout');
  const timeoutMs = given < 0 ? WEEK_MS : given;
  const deadline = context.proc.host.now() + timeoutMs;
  const { items, errors } = goal.kind === 'create' ? await whenThere(context, deadline) : await find(context);
  const failed = errors.filter((error) => goal.kind !== 'delete' || !isNotFound(error));
  for (const item of items) {
    try {
      const left = timeoutMs === 0 ? 0 : Math.max(1, deadline - context.proc.host.now());
      await print(item.resource, await fulfilled(context, item, goal, left));
    } catch (error) {
      if (!isFailure(error)) throw error;
      failed.push(error);
    }
  }
  throwAll(failed);
  if (items.length === 0 && goal.kind !== 'delete') throw new KubectlError('no matching resources found');
  return undefined;
}

const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.isNotFound;

/** Looks again every half second, as the real one does, until all that was named is there. */
async function whenThere(context: Context, deadline: number): ReturnType<typeof find> {
  const { host, signal } = context.proc;
  for (;;) {
    const found = await find(context);
    if (!found.errors.some(isNotFound)) return found;
    if (host.now() + POLL_MS > deadline) {
      await host.sleep(Math.max(0, deadline - host.now()), signal);
      throw new KubectlError(timedOut);
    }
    await host.sleep(POLL_MS, signal);
  }
}

/** The object as it was when it was as it should be. */
async function fulfilled(context: Context, item: Item, goal: Goal, timeoutMs: number): Promise<JsonObject> {
  const { resource, namespace, name, object } = item;
  if (goal.kind === 'create') return object;
  const isMet = goal.kind === 'check' ? goal.check : () => false;
  if (timeoutMs === 0) {
    const now = await current(context, item, goal);
    if (!now) return object;
    if (isMet(now)) return now;
    throw new KubectlError(`condition not met for ${resource.plural}/${name}`);
  }
  if (goal.kind === 'delete' && !(await current(context, item, goal))) return object;
  let last = object;
  const outcome = await watchUntil(context, { resource, namespace, name, timeoutMs }, ({ type, object: seen }) => {
    last = { apiVersion: textAt(object, 'apiVersion'), kind: resource.kind, ...seen };
    return goal.kind === 'delete' ? type === 'DELETED' : type !== 'DELETED' && isMet(seen);
  });
  if (outcome === 'met' || (outcome === 'gone' && goal.kind === 'delete')) return last;
  if (outcome === 'timeout') throw new KubectlError(`${timedOut} on ${resource.plural}/${name}`);
  const message = `${groupResource(resource)} "${name}" not found`;
  throw new ApiError({ message, reason: 'NotFound', code: 404 });
}

/** The object as the server has it now; undefined when it is gone and should be. */
async function current(context: Context, item: Item, goal: Goal): Promise<JsonObject | undefined> {
  try {
    return await context.client.get(item.resource, item.namespace, item.name);
  } catch (error) {
    if (goal.kind === 'delete' && isNotFound(error)) return undefined;
    throw error;
  }
}

// ---- `--for`

function goalOf(text: string): Goal {
  const lower = text.toLowerCase();
  if (lower === 'delete' || lower === 'create') return { kind: lower };
  if (text.startsWith('condition=')) {
    const [, type = '', status = 'true'] = /^condition=([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
    return { kind: 'check', check: (object) => hasCondition(object, type, status) };
  }
  if (text.startsWith('jsonpath=')) return { kind: 'check', check: pathCheck(text.slice('jsonpath='.length)) };
  throw new KubectlError(`unrecognized condition: ${JSON.stringify(text)}`);
}

function hasCondition(object: JsonObject, type: string, status: string): boolean {
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const condition = listAt(object, 'status', 'conditions').find((one) => same(textAt(one, 'type'), type));
  if (condition === undefined) return false;
  const observed = valueAt(condition, 'observedGeneration') ?? valueAt(object, 'status', 'observedGeneration');
  if (typeof observed === 'number' && observed < numberAt(object, 'metadata', 'generation')) return false;
  return same(textAt(condition, 'status'), status);
}

function pathCheck(text: string): Check {
  const parts = splitAtEquals(text);
  const [expression = '', value] = parts;
  if (parts.length > 2) {
    throw new KubectlError(
      "jsonpath wait format must be --for=jsonpath='{.status.readyReplicas}'=3 or --for=jsonpath='{.status.readyReplicas}'",
    );
  }
  const relaxed = relaxedJsonPath(expression);
  const wanted = value?.replace(/^['"]+|['"]+$/g, '');
  if (wanted === '') {
    throw new KubectlError(
      "jsonpath wait has to have a value after equal sign, like --for=jsonpath='{.status.readyReplicas}'=3",
    );
  }
  if (relaxed === '') throw new KubectlError('jsonpath expression cannot be empty');
  const path = parseJsonPath(relaxed);
  return (object) => pathMatches(path, object, wanted);
}

/** At single equals signs; a double one belongs to the expression. */
function splitAtEquals(text: string): string[] {
  return text
    .replace(/==/g, '\0')
    .split('=')
    .map((part) => part.replaceAll('\0', '=='));
}

function pathMatches(path: JsonPath, object: JsonObject, wanted: string | undefined): boolean {
  const results = findResults(path, object, true);
  const [first] = results;
  if (!first || first.length === 0) return false;
  if (results.length > 1) throw new KubectlError('given jsonpath expression matches more than one list');
  if (first.length > 1) throw new KubectlError('given jsonpath expression matches more than one value');
  if (wanted === undefined) return true;
  const [found = null] = first;
  if (isObject(found) || isList(found)) {
    throw new KubectlError('jsonpath leads to a nested object or list which is not supported');
  }
  return goValue(found).trim() === wanted.trim();
}
