// `kubectl top node` and `top pod` (kubectl/pkg/cmd/top and metricsutil, 1.32). They ask the Metrics API, which a
// metrics server adds to a cluster; where there is none they say so.

import { milliValue, intValue } from '../../../sim/kubernetes/quantity.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import {
  compareText,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  nameOf,
  namespaceOf,
  objectAt,
  textAt,
} from './object.ts';
import { TabWriter } from './printers/table.ts';

const METRICS = '/apis/metrics.k8s.io/v1beta1';
const MEBIBYTE = 1024 * 1024;

interface Usage {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

export async function run(context: Context): Promise<undefined> {
  const { flags, args, path } = context;
  if (args.length > 1) {
    throw context.usage(path === 'top node' ? 'node [NAME | -l label]' : 'pod [NAME | -l label]');
  }
  const sortBy = flags.text('sort-by');
  if (sortBy !== '' && sortBy !== 'cpu' && sortBy !== 'memory') {
    throw new KubectlError('--sort-by accepts only cpu or memory');
  }
  const selected =
    flags.text('selector') !== '' || (flags.has('field-selector') && flags.text('field-selector') !== '');
  if (args.length > 0 && selected) {
    throw new KubectlError(`only one of NAME or ${path === 'top node' ? '--selector' : 'selector'} can be provided`);
  }
  const groups = await context.client.request('GET', '/apis', { query: { timeout: '32s' } });
  const served = listAt(groups, 'groups').some((group) => textAt(group, 'name') === 'metrics.k8s.io');
  if (!served) throw new KubectlError('Metrics API not available');
  return path === 'top node' ? nodes(context) : pods(context);
}

/** The metrics of one name or of all. */
async function metrics(context: Context, collection: string): Promise<JsonObject[]> {
  const [name] = context.args;
  const query = {
    labelSelector: context.flags.text('selector'),
    fieldSelector: context.flags.has('field-selector') ? context.flags.text('field-selector') : '',
  };
  const path = `${METRICS}/${collection}`;
  if (name !== undefined) return [await context.client.request('GET', `${path}/${name}`)];
  const answer = await context.client.request('GET', path, { query });
  return listAt(answer, 'items').filter(isObject);
}

async function nodes(context: Context): Promise<undefined> {
  const { client, flags, args } = context;
  const found = await metrics(context, 'nodes');
  if (found.length === 0) throw new KubectlError('metrics not available yet');
  const resource = await client.resource('nodes');
  const [name] = args;
  const list = name === undefined ? await client.list(resource, '', { labelSelector: flags.text('selector') }) : {};
  const all = name === undefined ? listAt(list, 'items').filter(isObject) : [await client.get(resource, '', name)];
  const key = flags.bool('show-capacity') ? 'capacity' : 'allocatable';
  const available = new Map(all.map((node) => [nameOf(node), objectAt(node, 'status', key)]));
  const writer = new TabWriter();
  if (!flags.bool('no-headers')) writer.row(ended('NAME', 'CPU(cores)', 'CPU(%)', 'MEMORY(bytes)', 'MEMORY(%)'));
  for (const one of sorted(found, flags.text('sort-by'), (node) => usageOf(objectAt(node, 'usage')))) {
    const usage = usageOf(objectAt(one, 'usage'));
    const most = usageOf(available.get(nameOf(one)) ?? {});
    const [cpu, memory] = cells(usage);
    const percent = (part: number, whole: number) => `${Math.trunc((part / whole) * 100)}%`;
    const shares = [percent(usage.cpuMilli, most.cpuMilli), percent(usage.memoryBytes, most.memoryBytes)] as const;
    writer.row(ended(nameOf(one), cpu, shares[0], memory, shares[1]));
    available.delete(nameOf(one));
  }
  for (const missing of available.keys()) {
    writer.row(ended(missing, '<unknown>', '<unknown>', '<unknown>', '<unknown>'));
  }
  await context.out(writer.flush());
  return undefined;
}

async function pods(context: Context): Promise<undefined> {
  const { flags } = context;
  const all = flags.bool('all-namespaces');
  const namespace = await context.namespace();
  const found = await metrics(context, all ? 'pods' : `namespaces/${namespace}/pods`);
  if (found.length === 0) {
    await context.err(all ? 'No resources found\n' : `No resources found in ${namespace} namespace.\n`);
    return undefined;
  }
  const writer = new TabWriter();
  const perContainer = flags.bool('containers');
  const space = (text: string) => (all ? [text] : []);
  if (!flags.bool('no-headers')) {
    const pod = perContainer ? ['POD'] : [];
    writer.row(ended(...space('NAMESPACE'), ...pod, 'NAME', 'CPU(cores)', 'MEMORY(bytes)'));
  }
  const total = (pod: JsonObject) => sum(listAt(pod, 'containers').map((one) => usageOf(objectAt(one, 'usage'))));
  for (const pod of sorted(found, flags.text('sort-by'), total)) {
    const where = space(namespaceOf(pod));
    if (!perContainer) writer.row(ended(...where, nameOf(pod), ...cells(total(pod))));
    else {
      const containers = listAt(pod, 'containers').filter(isObject);
      const usage = (one: JsonObject) => usageOf(objectAt(one, 'usage'));
      for (const one of sorted(containers, flags.text('sort-by'), usage)) {
        writer.row(ended(...where, nameOf(pod), textAt(one, 'name'), ...cells(usage(one))));
      }
    }
  }
  if (flags.bool('sum')) {
    // Without a header the real one counts the columns of the plain table.
    const before = flags.bool('no-headers') ? 1 : (all ? 2 : 1) + Number(perContainer);
    const blank = Array.from({ length: before }, () => '');
    writer.row(ended(...blank, '________', '________'));
    writer.row(ended(...blank, ...cells(sum(found.map(total)))));
  }
  await context.out(writer.flush());
  return undefined;
}

/** Every cell of these tables ends with a tab, the last one too. */
const ended = (...texts: readonly string[]): string[] => [...texts, ''];

function usageOf(list: Json): Usage {
  return { cpuMilli: milliValue(textAt(list, 'cpu')), memoryBytes: intValue(textAt(list, 'memory')) };
}

function sum(all: readonly Usage[]): Usage {
  return all.reduce((a, b) => ({ cpuMilli: a.cpuMilli + b.cpuMilli, memoryBytes: a.memoryBytes + b.memoryBytes }), {
    cpuMilli: 0,
    memoryBytes: 0,
  });
}

function cells({ cpuMilli, memoryBytes }: Usage): [cpu: string, memory: string] {
  return [`${cpuMilli}m`, `${Math.floor(memoryBytes / MEBIBYTE)}Mi`];
}

/** By name, or the most first. */
function sorted(all: readonly JsonObject[], sortBy: string, usage: (object: JsonObject) => Usage): JsonObject[] {
  const name = (object: JsonObject) => nameOf(object) || textAt(object, 'name');
  return [...all].sort((a, b) => {
    if (sortBy === 'cpu') return usage(b).cpuMilli - usage(a).cpuMilli;
    if (sortBy === 'memory') return usage(b).memoryBytes - usage(a).memoryBytes;
    return compareText(namespaceOf(a), namespaceOf(b)) || compareText(name(a), name(b));
  });
}
