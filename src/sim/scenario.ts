// A scenario: the world before the reader comes, and what befalls it. Plain JSON, so it can be kept in a file, sent
// to a worker and put into a share link. `readScenario` turns unknown data into one, or says what is wrong and where.
import { parseDuration, parseTime } from './engine/time.ts';
import type { NodeSpec } from './kubernetes/kubelet/nodes.ts';
import { ipvsSchedulers, type ProxyMode } from './kubernetes/network/balance.ts';
import { isQuantity } from './kubernetes/quantity.ts';
import { readConfiguration } from './kubernetes/scheduler/index.ts';

export interface Scenario {
  readonly name: string;
  /** RFC 3339; virtual time 0. */
  readonly startsAt: string;
  readonly nodes: readonly NodeSpec[];
  /** Kubernetes manifests, created at time 0 through the API, in this order. */
  readonly objects: readonly unknown[];
  readonly clients: readonly ScenarioClient[];
  readonly script: readonly ScriptStep[];
  /** A KubeSchedulerConfiguration; the default one when left out. */
  readonly scheduler?: unknown;
  /** How kube-proxy spreads connections; `iptables` when left out. */
  readonly proxy?: ProxyMode;
}

interface ScenarioClient {
  readonly name: string;
  readonly url: string;
  /** Requests per second, or steps of it. */
  readonly rate: number | readonly { readonly from: string; readonly perSecond: number }[];
  /** Go duration; default `5s`. */
  readonly timeout?: string;
  /** Connections that it keeps open; without, one for each request. */
  readonly connections?: number;
  /** Runs in the first pod with these labels; without, outside the cluster. */
  readonly from?: { readonly namespace: string; readonly labels: Readonly<Record<string, string>> };
}

/** Something that befalls the world at a set time. Durations are Go's (`90s`, `1m30s`). */
export type ScriptStep =
  | { readonly at: string; readonly kind: 'apply'; readonly manifest: unknown }
  | {
      readonly at: string;
      readonly kind: 'delete';
      readonly resource: string;
      readonly namespace?: string;
      readonly name: string;
    }
  | { readonly at: string; readonly kind: 'machine'; readonly node: string; readonly running: boolean };

/** The scenario in `data`, or a sentence that names the field and what was expected there. */
export function readScenario(data: unknown): { readonly scenario: Scenario } | { readonly error: string } {
  try {
    return { scenario: scenario(data) };
  } catch (thrown) {
    if (thrown instanceof Unreadable) return { error: thrown.message };
    throw thrown;
  }
}

/** Only ever thrown and caught inside this file: reading stops at the first field that is wrong. */
class Unreadable extends Error {}

function scenario(data: unknown): Scenario {
  const top = record(data, 'scenario', [
    'name',
    'startsAt',
    'nodes',
    'objects',
    'clients',
    'script',
    'scheduler',
    'proxy',
  ]);
  const startsAt = text(top['startsAt'] ?? '2026-11-24T09:00:00Z', 'startsAt');
  if (parseTime(startsAt) === undefined) fail('startsAt', 'a time such as 2026-11-24T09:00:00Z', startsAt);
  const nodes = list(top['nodes'] ?? [], 'nodes').map(node);
  if (nodes.length === 0) fail('nodes', 'at least one node', nodes);
  return {
    name: text(top['name'] ?? 'unnamed', 'name'),
    startsAt,
    nodes,
    objects: list(top['objects'] ?? [], 'objects').map((object, i) => record(object, `objects[${String(i)}]`)),
    clients: list(top['clients'] ?? [], 'clients').map(client),
    script: list(top['script'] ?? [], 'script').map(scriptStep),
    ...(top['scheduler'] === undefined ? {} : { scheduler: schedulerConfiguration(top['scheduler']) }),
    ...(top['proxy'] === undefined ? {} : { proxy: proxyMode(top['proxy']) }),
  };
}

function proxyMode(data: unknown): ProxyMode {
  const { mode, scheduler = 'rr' } = record(data, 'proxy', ['mode', 'scheduler']);
  if (mode !== 'iptables' && mode !== 'ipvs') return fail('proxy.mode', 'iptables or ipvs', mode);
  const known = ipvsSchedulers.find((name) => name === scheduler);
  return known ? { mode, scheduler: known } : fail('proxy.scheduler', ipvsSchedulers.join(', '), scheduler);
}

function schedulerConfiguration(data: unknown): unknown {
  const read = readConfiguration(data);
  if ('error' in read) throw new Unreadable(`scheduler: ${read.error}`);
  return data;
}

function node(data: unknown, i: number): NodeSpec {
  const at = `nodes[${String(i)}]`;
  const from = record(data, at, ['name', 'count', 'cpu', 'memory', 'pods', 'labels', 'taints', 'reserved']);
  const reserved =
    from['reserved'] === undefined ? undefined : record(from['reserved'], `${at}.reserved`, ['cpu', 'memory']);
  return {
    name: text(from['name'], `${at}.name`),
    cpu: quantity(from['cpu'], `${at}.cpu`),
    memory: quantity(from['memory'], `${at}.memory`),
    ...(from['count'] === undefined ? {} : { count: whole(from['count'], `${at}.count`, 1, 20_000) }),
    ...(from['pods'] === undefined ? {} : { pods: whole(from['pods'], `${at}.pods`, 0, 10_000) }),
    ...(from['labels'] === undefined ? {} : { labels: texts(from['labels'], `${at}.labels`) }),
    ...(from['taints'] === undefined
      ? {}
      : { taints: list(from['taints'], `${at}.taints`).map((t, k) => taint(t, `${at}.taints[${String(k)}]`)) }),
    ...(reserved === undefined
      ? {}
      : {
          reserved: {
            ...(reserved['cpu'] === undefined ? {} : { cpu: quantity(reserved['cpu'], `${at}.reserved.cpu`) }),
            ...(reserved['memory'] === undefined
              ? {}
              : { memory: quantity(reserved['memory'], `${at}.reserved.memory`) }),
          },
        }),
  };
}

function taint(data: unknown, at: string): NonNullable<NodeSpec['taints']>[number] {
  const from = record(data, at, ['key', 'value', 'effect']);
  const effect = from['effect'];
  if (effect !== 'NoSchedule' && effect !== 'PreferNoSchedule' && effect !== 'NoExecute')
    return fail(`${at}.effect`, 'NoSchedule, PreferNoSchedule or NoExecute', effect);
  return {
    key: text(from['key'], `${at}.key`),
    effect,
    ...(from['value'] === undefined ? {} : { value: text(from['value'], `${at}.value`) }),
  };
}

function client(data: unknown, i: number): ScenarioClient {
  const at = `clients[${String(i)}]`;
  const from = record(data, at, ['name', 'url', 'rate', 'timeout', 'connections', 'from']);
  const rate = from['rate'];
  return {
    name: text(from['name'], `${at}.name`),
    url: text(from['url'], `${at}.url`),
    rate:
      typeof rate === 'number'
        ? perSecond(rate, `${at}.rate`)
        : list(rate, `${at}.rate`).map((step, k) => {
            const here = `${at}.rate[${String(k)}]`;
            const pair = record(step, here, ['from', 'perSecond']);
            return {
              from: duration(pair['from'], `${here}.from`),
              perSecond: perSecond(pair['perSecond'], `${here}.perSecond`),
            };
          }),
    ...(from['timeout'] === undefined ? {} : { timeout: duration(from['timeout'], `${at}.timeout`) }),
    ...(from['connections'] === undefined
      ? {}
      : { connections: whole(from['connections'], `${at}.connections`, 1, 1000) }),
    ...(from['from'] === undefined ? {} : { from: callingPod(from['from'], `${at}.from`) }),
  };
}

function callingPod(data: unknown, at: string): NonNullable<ScenarioClient['from']> {
  const { namespace = 'default', labels } = record(data, at, ['namespace', 'labels']);
  return { namespace: text(namespace, `${at}.namespace`), labels: texts(labels, `${at}.labels`) };
}

function scriptStep(data: unknown, i: number): ScriptStep {
  const here = `script[${String(i)}]`;
  const from = record(data, here);
  const at = duration(from['at'], `${here}.at`);
  switch (from['kind']) {
    case 'apply':
      return { at, kind: 'apply', manifest: record(from['manifest'], `${here}.manifest`) };
    case 'delete':
      return {
        at,
        kind: 'delete',
        resource: text(from['resource'], `${here}.resource`),
        name: text(from['name'], `${here}.name`),
        ...(from['namespace'] === undefined ? {} : { namespace: text(from['namespace'], `${here}.namespace`) }),
      };
    case 'machine':
      if (typeof from['running'] !== 'boolean') fail(`${here}.running`, 'true or false', from['running']);
      return { at, kind: 'machine', node: text(from['node'], `${here}.node`), running: from['running'] };
    default:
      return fail(`${here}.kind`, 'apply, delete or machine', from['kind']);
  }
}

function fail(at: string, wanted: string, found: unknown): never {
  const shown = found === undefined ? 'nothing' : JSON.stringify(found).slice(0, 60);
  throw new Unreadable(`${at}: expected ${wanted}, found ${shown}`);
}

function record(data: unknown, at: string, fields?: readonly string[]): Readonly<Record<string, unknown>> {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return fail(at, 'an object', data);
  if (fields)
    for (const field of Object.keys(data))
      if (!fields.includes(field))
        throw new Unreadable(`${at}: unknown field "${field}"; known are ${fields.join(', ')}`);
  return data as Readonly<Record<string, unknown>>;
}

function list(data: unknown, at: string): readonly unknown[] {
  if (!Array.isArray(data)) return fail(at, 'a list', data);
  return data;
}

function text(data: unknown, at: string): string {
  if (typeof data !== 'string' || data === '') return fail(at, 'a text', data);
  return data;
}

function texts(data: unknown, at: string): Readonly<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const [key, value] of Object.entries(record(data, at))) {
    if (typeof value !== 'string') fail(`${at}.${key}`, 'a text', value);
    else out[key] = value;
  }
  return out;
}

function whole(data: unknown, at: string, least: number, most: number): number {
  if (typeof data !== 'number' || !Number.isInteger(data) || data < least || data > most)
    return fail(at, `a whole number from ${String(least)} to ${String(most)}`, data);
  return data;
}

function perSecond(data: unknown, at: string): number {
  if (typeof data !== 'number' || !(data >= 0) || data > 10_000)
    return fail(at, 'requests per second from 0 to 10000', data);
  return data;
}

function quantity(data: unknown, at: string): string {
  const found = typeof data === 'number' ? String(data) : data;
  if (typeof found !== 'string' || !isQuantity(found)) return fail(at, 'a quantity such as 4, 250m or 8Gi', data);
  return found;
}

function duration(data: unknown, at: string): string {
  if (typeof data !== 'string' || parseDuration(data) === undefined)
    return fail(at, 'a duration such as 90s or 1m30s', data);
  return data;
}
