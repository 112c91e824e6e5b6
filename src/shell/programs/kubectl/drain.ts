// `kubectl cordon`, `uncordon` and `drain` (kubectl/pkg/cmd/drain, pkg/drain, 1.32). The pods of a node are evicted all
// at once; lines come in the order of the pods' names, which the real one leaves to chance.

import { strategicMergePatchType, resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { controllerOf } from './deployments.ts';
import { ApiError, Errors, KubectlError, throwAll } from './errors.ts';
import { boolAt, isObject, type JsonObject, listAt, mapAt, nameOf, namespaceOf, textAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { parseSelector } from '../../../sim/kubernetes/selector.ts';
import { isFailure, type Item, visit, writing } from './visit.ts';

const POLL_MS = 1000;
const RETRY_MS = 5000;

export async function run(context: Context): Promise<undefined> {
  const { flags, args, path } = context;
  if (args.length === 0 && !flags.changed('selector')) {
    throw context.usage(`USAGE: ${path} NODE [flags]`);
  }
  if (args.length > 0 && flags.text('selector')) {
    throw context.usage('error: cannot specify both a node name and a --selector option');
  }
  context.dryRun();
  const podSelector = flags.has('pod-selector') ? flags.text('pod-selector') : '';
  if (!Array.isArray(parseSelector(podSelector))) {
    throw new KubectlError('--pod-selector=<pod_selector> must be a valid label selector');
  }
  const nodes: Item[] = [];
  await visit(context, { defaultType: 'nodes' }, (item) => {
    nodes.push(item);
    return Promise.resolve();
  });
  for (const node of nodes) await cordon(context, node, path !== 'uncordon');
  return path === 'drain' ? drain(context, nodes) : undefined;
}

async function cordon(context: Context, { resource, name, object }: Item, desired: boolean): Promise<void> {
  const print = resultPrinter(context, desired ? 'cordoned' : 'uncordoned');
  if (boolAt(object, 'spec', 'unschedulable') === desired) {
    return print(resource, object, desired ? 'already cordoned' : 'already uncordoned');
  }
  if (context.dryRun() !== 'client') {
    const patch = { spec: { unschedulable: desired ? true : null } };
    try {
      await context.client.patch(resource, '', name, strategicMergePatchType, patch, {
        dryRun: writing(context).dryRun,
      });
    } catch (error) {
      if (!isFailure(error)) throw error;
      await context.err(
        `error: unable to ${desired ? 'cordon' : 'uncordon'} node ${JSON.stringify(name)}: ${error.message}\n`,
      );
      return;
    }
  }
  return print(resource, object);
}

async function drain(context: Context, nodes: readonly Item[]): Promise<undefined> {
  const print = resultPrinter(context, 'drained');
  const fatal: Error[] = [];
  const remaining: string[] = [];
  for (const node of nodes) {
    try {
      await drainOne(context, node.name);
      await print(node.resource, node.object);
    } catch (error) {
      if (!isFailure(error)) throw error;
      await context.err(
        `error: unable to drain node ${JSON.stringify(node.name)} due to error: ${textOf(error)}, continuing command...\n`,
      );
      fatal.push(error instanceof Errors ? error : new Errors([error]));
      remaining.push(node.name);
    }
  }
  if (remaining.length > 0) {
    await context.err(`There are pending nodes to be drained:\n${remaining.map((name) => ` ${name}\n`).join('')}`);
  }
  if (fatal.length > 0) throw new Errors(fatal);
  return undefined;
}

/** Several errors as Go's aggregate writes them. */
function textOf(error: Error): string {
  return error instanceof Errors && error.all.length > 1
    ? `[${error.all.map((one) => one.message).join(', ')}]`
    : error.message;
}

async function drainOne(context: Context, node: string): Promise<void> {
  const { pods, warnings } = await podsToEvict(context, node);
  if (warnings !== '') await context.err(`Warning: ${warnings}\n`);
  const dryRun = context.dryRun();
  if (dryRun === 'client') {
    for (const pod of pods) await context.out(`evicting pod ${namespaceOf(pod)}/${nameOf(pod)} (dry run)\n`);
    return;
  }
  try {
    await evictAll(context, pods);
  } catch (error) {
    if (!isFailure(error)) throw error;
    const pending = (await podsToEvict(context, node)).pods;
    if (pending.length > 0) {
      await context.err(
        `There are pending pods in node ${JSON.stringify(node)} when an error occurred: ${textOf(error)}\n`,
      );
      for (const pod of pending) await context.err(`pod/${nameOf(pod)}\n`);
    }
    throw error;
  }
}

// ---- Which pods (filters.go)

type Verdict = 'evict' | 'skip' | { readonly warning: string; readonly stays?: boolean } | { readonly error: string };

async function podsToEvict(context: Context, node: string): Promise<{ pods: JsonObject[]; warnings: string }> {
  const { client, flags } = context;
  const resource = await client.resource('pods');
  const query = {
    fieldSelector: `spec.nodeName=${node}`,
    labelSelector: flags.text('pod-selector'),
    limit: flags.int('chunk-size'),
  };
  const list = await client.list(resource, '', query);
  const pods: JsonObject[] = [];
  const warnings = new Map<string, string[]>();
  const errors = new Map<string, string[]>();
  const note = (to: Map<string, string[]>, message: string, pod: JsonObject) => {
    to.set(message, [...(to.get(message) ?? []), `${namespaceOf(pod)}/${nameOf(pod)}`]);
  };
  for (const item of listAt(list, 'items').filter(isObject)) {
    const pod = { apiVersion: 'v1', kind: 'Pod', ...item };
    const verdict = await verdictOn(context, pod);
    if (verdict === 'skip') continue;
    if (verdict !== 'evict' && 'error' in verdict) {
      note(errors, verdict.error, pod);
      continue;
    }
    if (verdict !== 'evict') note(warnings, verdict.warning, pod);
    if (verdict === 'evict' || !verdict.stays) pods.push(pod);
  }
  throwAll([...errors].map(([message, names]) => new KubectlError(`cannot delete ${message}: ${names.join(', ')}`)));
  return { pods, warnings: [...warnings].map(([message, names]) => `${message}: ${names.join(', ')}`).join('; ') };
}

async function verdictOn(context: Context, pod: JsonObject): Promise<Verdict> {
  const { flags } = context;
  const phase = textAt(pod, 'status', 'phase');
  const isOver = phase === 'Succeeded' || phase === 'Failed';
  const controller = controllerOf(pod);
  if (textAt(controller, 'kind') === 'DaemonSet' && !isOver) {
    const missing = await missingDaemonSet(context, namespaceOf(pod), textAt(controller, 'name'));
    if (missing !== undefined) return flags.bool('force') ? { warning: missing } : { error: missing };
    return flags.bool('ignore-daemonsets')
      ? { warning: 'ignoring DaemonSet-managed Pods', stays: true }
      : { error: 'DaemonSet-managed Pods (use --ignore-daemonsets to ignore)' };
  }
  if ('kubernetes.io/config.mirror' in mapAt(pod, 'metadata', 'annotations')) return 'skip';
  if (isOver) return 'evict';
  const local = listAt(pod, 'spec', 'volumes').some((volume) => isObject(volume) && 'emptyDir' in volume);
  if (local && !flags.bool('delete-emptydir-data')) {
    return { error: 'Pods with local storage (use --delete-emptydir-data to override)' };
  }
  // As in the real one, the last filter's warning alone is told.
  if (controller !== undefined) return 'evict';
  if (flags.bool('force')) return { warning: 'deleting Pods that declare no controller' };
  return { error: 'cannot delete Pods that declare no controller (use --force to override)' };
}

/** What the server says when a pod's daemon set is not there. */
async function missingDaemonSet({ client }: Context, namespace: string, name: string): Promise<string | undefined> {
  try {
    await client.get(await client.resource('daemonsets.apps'), namespace, name);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return error.message;
    throw error;
  }
}

// ---- Evicting them

async function evictAll(context: Context, pods: readonly JsonObject[]): Promise<void> {
  const { flags, proc } = context;
  const timeoutMs = flags.durationMs('timeout');
  const until = timeoutMs > 0 ? proc.host.now() + timeoutMs : Infinity;
  const act = flags.bool('disable-eviction') ? remove : evict;
  const results = await Promise.allSettled(pods.map((pod) => act(context, pod, until)));
  const errors: Error[] = [];
  for (const result of results) {
    if (result.status === 'fulfilled') continue;
    if (!isFailure(result.reason)) throw result.reason;
    errors.push(result.reason);
  }
  throwAll(errors);
}

async function evict(context: Context, pod: JsonObject, until: number): Promise<void> {
  const { client, proc } = context;
  const [name, namespace] = [nameOf(pod), namespaceOf(pod)];
  const path = resourcePath(await client.resource('pods'), namespace, name, 'eviction');
  const server = context.dryRun() === 'server';
  const deleteOptions = { ...graceOf(context), ...(server ? { dryRun: ['All'] } : {}) };
  const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name, namespace }, deleteOptions };
  for (;;) {
    await context.out(`evicting pod ${namespace}/${name}${server ? ' (server dry run)' : ''}\n`);
    if (proc.host.now() >= until) {
      throw new KubectlError(
        `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}: global timeout reached: ${context.flags.text('timeout')}`,
      );
    }
    try {
      await client.request('POST', path, { body });
      break;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.isNotFound) return;
      const what = `error when evicting pods/${JSON.stringify(name)} -n ${JSON.stringify(namespace)}`;
      if (error.status.reason !== 'TooManyRequests') throw new KubectlError(`${what}: ${error.message}`);
      await context.err(`${what} (will retry after 5s): ${error.message}\n`);
      await proc.host.sleep(RETRY_MS, proc.signal);
    }
  }
  if (!server) await untilGone(context, pod, until, 'evicted');
}

async function remove(context: Context, pod: JsonObject, until: number): Promise<void> {
  const { client } = context;
  const path = resourcePath(await client.resource('pods'), namespaceOf(pod), nameOf(pod));
  const query = { dryRun: writing(context).dryRun };
  await client.request('DELETE', path, { body: graceOf(context), query }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || !error.isNotFound) throw error;
  });
  await untilGone(context, pod, until, 'deleted');
}

function graceOf({ flags }: Context): JsonObject {
  const seconds = flags.int('grace-period');
  return seconds < 0 ? {} : { gracePeriodSeconds: seconds };
}

async function untilGone(context: Context, pod: JsonObject, until: number, what: string): Promise<void> {
  const { client, proc } = context;
  const resource = await client.resource('pods');
  const [name, namespace] = [nameOf(pod), namespaceOf(pod)];
  for (;;) {
    try {
      const found = await client.get(resource, namespace, name);
      if (textAt(found, 'metadata', 'uid') !== textAt(pod, 'metadata', 'uid')) break;
    } catch (error) {
      if (error instanceof ApiError && error.isNotFound) break;
      throw error;
    }
    if (proc.host.now() >= until) {
      throw new KubectlError(
        `error when waiting for pod ${JSON.stringify(name)} in namespace ${JSON.stringify(namespace)} to terminate: context deadline exceeded`,
      );
    }
    await proc.host.sleep(Math.min(POLL_MS, until - proc.host.now()), proc.signal);
  }
  await resultPrinter(context, what)(resource, pod);
}
