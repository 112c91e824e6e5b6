// `kubectl logs` (kubectl/pkg/cmd/logs and polymorphichelpers/logsforobject.go, 1.32).
// Departure: the logs of several containers come in the order of pods and containers; Go leaves it to chance.

import { parseTime } from '../../../sim/engine/time.ts';
import { apiError, resourcePath, type Resource } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError } from './errors.ts';
import { isObject, type JsonObject, kindOf, listAt, nameOf, namespaceOf } from './object.ts';
import {
  annotatedContainer,
  byLogging,
  containerNames,
  firstContainer,
  goType,
  hasContainer,
  podsBehind,
} from './pods.ts';
import { find } from './visit.ts';

const usage =
  "expected 'logs [-f] [-p] (POD | TYPE/NAME) [-c CONTAINER]'.\nPOD or TYPE/NAME is a required argument for the logs command";
const SELECTOR_TAIL = 10;
const POD_WAIT_MS = 20_000;

interface Source {
  readonly pod: JsonObject;
  readonly container: string;
}

export async function run(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const selector = flags.text('selector');
  const [name, inline] = args;
  if (args.length > 2 || (args.length === 0 && selector === '')) throw context.usage(usage);
  if (args.length === 1 && selector !== '') throw context.usage('only a selector (-l) or a POD name is allowed');
  const container = inline ?? flags.text('container');
  const query = queryOf(context, selector);
  const found = name === undefined || selector !== '' ? await selected(context) : [await named(context, name)];
  check(context, container);
  const sources: Source[] = [];
  for (const object of found) {
    const pods = kindOf(object) === 'Pod' ? [object] : await chosenPods(context, object);
    for (const pod of pods) sources.push(...(await sourcesIn(context, pod, container)));
  }
  if (flags.bool('follow') && sources.length > 1) return followAll(context, sources, query);
  for (const source of sources) await consume(context, source, query);
  return undefined;
}

type LogQuery = Readonly<Record<string, string | number | boolean | undefined>>;

function queryOf({ flags }: Context, selector: string): LogQuery {
  const sinceMs = flags.durationMs('since');
  const tail = flags.int('tail');
  const bytes = flags.int('limit-bytes');
  const whenTrue = (name: string) => (flags.bool(name) ? true : undefined);
  return {
    follow: whenTrue('follow'),
    previous: whenTrue('previous'),
    timestamps: whenTrue('timestamps'),
    sinceTime: sinceTime(flags.text('since-time')),
    sinceSeconds: sinceMs === 0 ? undefined : Math.round(sinceMs / 1000),
    limitBytes: bytes === 0 ? undefined : bytes,
    tailLines: selector !== '' && !flags.changed('tail') ? SELECTOR_TAIL : tail === -1 ? undefined : tail,
  };
}

function sinceTime(text: string): string | undefined {
  if (text === '') return undefined;
  if (parseTime(text) === undefined) {
    throw new KubectlError(
      `parsing time ${JSON.stringify(text)} as "2006-01-02T15:04:05Z07:00": cannot parse ${JSON.stringify(text)} as "2006"`,
    );
  }
  return text;
}

/** What can be said against the flags once there is something to read the logs of. */
function check({ flags, args }: Context, container: string): void {
  if (flags.text('since-time') !== '' && flags.durationMs('since') !== 0) {
    throw new KubectlError('at most one of `sinceTime` or `sinceSeconds` may be specified');
  }
  if (flags.bool('all-containers') && container !== '') {
    throw new KubectlError(`--all-containers=true should not be specified with container name ${container}`);
  }
  if (flags.changed('container') && args.length === 2) {
    throw new KubectlError('only one of -c or an inline [CONTAINER] arg is allowed');
  }
  if (flags.int('limit-bytes') < 0) throw new KubectlError('--limit-bytes must be greater than 0');
  if (flags.durationMs('since') < 0) throw new KubectlError('--since must be greater than 0');
  if (flags.int('tail') < -1) throw new KubectlError('--tail must be greater than or equal to -1');
}

async function selected(context: Context): Promise<JsonObject[]> {
  const { client, flags } = context;
  const pods: Resource = await client.resource('pods');
  const namespace = await context.namespace();
  const list = await client.list(pods, namespace, { labelSelector: flags.text('selector') });
  const found = listAt(list, 'items').filter(isObject);
  if (found.length === 0) await context.err(`No resources found in ${namespace} namespace.\n`);
  return found.map((pod) => ({ ...pod, kind: 'Pod' }));
}

async function named(context: Context, name: string): Promise<JsonObject> {
  const args = name.includes('/') ? [name] : ['pods', name];
  const { items, errors } = await find(context, { args });
  const [error] = errors;
  if (error instanceof ApiError && error.isNotFound) {
    const namespace = await context.namespace();
    throw new KubectlError(`error from server (NotFound): ${error.message} in namespace "${namespace}"`);
  }
  if (error) throw error;
  if (!items[0]) throw new KubectlError('expected a resource');
  return items[0].object;
}

async function chosenPods(context: Context, object: JsonObject): Promise<JsonObject[]> {
  let pods: JsonObject[];
  try {
    pods = await podsBehind(context, object, POD_WAIT_MS);
  } catch (error) {
    if (!(error instanceof KubectlError) || error.message.startsWith('timed out')) throw error;
    throw new KubectlError(`cannot get the logs from ${goType(object)}: ${error.message}`);
  }
  const sorted = [...pods].sort(byLogging);
  if (context.flags.bool('all-pods')) return sorted;
  const [first = {}] = sorted;
  if (pods.length > 1) await context.err(`Found ${pods.length} pods, using pod/${nameOf(first)}\n`);
  return [first];
}

async function sourcesIn(context: Context, pod: JsonObject, asked: string): Promise<Source[]> {
  if (context.flags.bool('all-containers')) {
    const names = (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((key) =>
      containerNames(pod, key),
    );
    return names.map((container) => ({ pod, container }));
  }
  let container = asked;
  const annotated = annotatedContainer(pod);
  if (container === '' && annotated !== '') {
    if (hasContainer(pod, annotated)) container = annotated;
    else await context.err(`Default container name "${annotated}" not found in pod ${nameOf(pod)}\n`);
  }
  if (container === '') {
    const first = firstContainer(pod);
    container = first.name;
    if (!context.flags.bool('all-pods')) await context.err(first.note);
  }
  if (!hasContainer(pod, container)) {
    throw new KubectlError(`container ${container} is not valid for pod ${nameOf(pod)}`);
  }
  return [{ pod, container }];
}

// ---- Reading

async function read(context: Context, { pod, container }: Source, query: LogQuery): Promise<void> {
  const resource = await context.client.resource('pods');
  const path = resourcePath(resource, namespaceOf(pod), nameOf(pod), 'log');
  const answer = await context.client.send('GET', path, {
    query: { ...query, container },
    accept: 'application/json, */*',
  });
  if (answer.status >= 400) throw apiError(answer.status, await answer.text(), 'GET', path);
  const prefixed = context.flags.bool('prefix') || context.flags.bool('all-pods');
  const prefix = prefixed ? `[pod/${nameOf(pod)}/${container}] ` : '';
  // Cut to a number of bytes, a log may end within a line.
  if (query['limitBytes'] !== undefined && query['follow'] === undefined) {
    const text = await answer.text();
    await context.out(text.replace(/^(?=.|\n)/gm, prefix));
    return;
  }
  for await (const line of answer.lines()) await context.out(`${prefix}${line}\n`);
}

async function consume(context: Context, source: Source, query: LogQuery): Promise<void> {
  try {
    await read(context, source, query);
  } catch (error) {
    if (!(error instanceof ApiError) || !context.flags.bool('ignore-errors')) throw error;
    await context.out(`error: ${error.message}\n`);
  }
}

/** All at once; the first error ends the program, and with it all others. */
async function followAll(context: Context, sources: readonly Source[], query: LogQuery): Promise<undefined> {
  const most = context.flags.int('max-log-requests');
  if (sources.length > most) {
    throw new KubectlError(
      `you are attempting to follow ${sources.length} log streams, but maximum allowed concurrency is ${most}, use --max-log-requests to increase the limit`,
    );
  }
  await Promise.all(sources.map((source) => consume(context, source, query)));
  return undefined;
}
