// `kubectl expose` (kubectl/pkg/cmd/expose, 1.32): a Service for what is there already.

import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import { atoi, intOrString, newMetadata, newService, parseLabelSpec, savedTyped } from './new-objects.ts';
import { isObject, type JsonObject, listAt, mapAt, numberAt, objectAt, sortedKeys, textAt, withAt } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { type Item, visit, writing } from './visit.ts';

const NAME_MAX = 63;

/** What the command line says; what the first object adds is kept for the next ones, as in the real one. */
interface Wishes {
  selector: string;
  port: string;
  ports: string;
  labels: string;
}

type Protocols = ReadonlyMap<string, readonly string[]>;

export async function run(context: Context): Promise<undefined> {
  const { flags, client } = context;
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'exposed', { typed: true });
  const services = await client.resource('services');
  const namespace = await context.namespace();
  const wishes = {
    selector: flags.text('selector'),
    port: flags.text('port'),
    ports: '',
    labels: flags.text('labels'),
  };
  await visit(context, { labelSelector: '' }, async (item) => {
    const protocols = complete(context, item, wishes);
    const { overridden } = await import('./overrides.ts');
    const service = overridden(context, serviceOf(context, item, wishes, protocols), 'Service');
    if (dryRun === 'client') {
      await print(services, context.namespaceGiven ? withAt(service, ['metadata', 'namespace'], namespace) : service);
      return;
    }
    const body = savedTyped(service, flags.bool('save-config'));
    await print(
      services,
      await client.request('POST', resourcePath(services, namespace), { body, query: writing(context) }),
    );
  });
  return undefined;
}

/** Takes from the object what the command line does not say. */
function complete({ flags }: Context, { resource, object }: Item, wishes: Wishes): Protocols {
  const { kind, group } = resource;
  if (!['Service', 'Pod', 'Deployment', 'ReplicaSet', 'ReplicationController'].includes(kind)) {
    throw new KubectlError(`cannot expose a ${kind}${group && `.${group}`}`);
  }
  wishes.selector ||= selectorFor(object, kind);
  const ports = portsOf(object, kind);
  if (wishes.port === '') {
    const numbers = [...new Set(ports.map(({ number }) => number))];
    if (numbers.length === 0 && flags.text('cluster-ip') !== 'None') {
      throw new KubectlError("couldn't find port via --port flag or introspection");
    }
    if (numbers.length === 1) wishes.port = numbers[0] ?? '';
    else wishes.ports = numbers.join(',');
  }
  const labels = mapAt(object, 'metadata', 'labels');
  wishes.labels ||= labelSpec(labels);
  const protocols = new Map<string, string[]>();
  for (const { number, protocol } of ports) protocols.set(number, [...(protocols.get(number) ?? []), protocol]);
  return protocols;
}

function selectorFor(object: JsonObject, kind: string): string {
  const cannot = (why: string) =>
    new KubectlError(`couldn't retrieve selectors via --selector flag or introspection: ${why}`);
  if (kind === 'Pod') {
    const labels = mapAt(object, 'metadata', 'labels');
    if (Object.keys(labels).length === 0) throw cannot('the pod has no labels and cannot be exposed');
    return labelSpec(labels);
  }
  if (kind === 'Service') {
    if (!isObject(objectAt(object, 'spec')['selector'])) throw cannot('the service has no pod selector set');
    return labelSpec(mapAt(object, 'spec', 'selector'));
  }
  const labels = mapAt(object, 'spec', 'selector', 'matchLabels');
  if (Object.keys(labels).length === 0) {
    throw cannot(`invalid ${kind.toLowerCase()}: no selectors, therefore cannot be exposed`);
  }
  if (listAt(object, 'spec', 'selector', 'matchExpressions').length > 0) {
    throw cannot("couldn't convert expressions to map-based selector format");
  }
  return labelSpec(labels);
}

const labelSpec = (labels: Readonly<Record<string, string>>): string =>
  sortedKeys(labels)
    .map((key) => `${key}=${labels[key] ?? ''}`)
    .join(',');

function portsOf(object: JsonObject, kind: string): { number: string; protocol: string }[] {
  if (kind === 'Service') return listAt(object, 'spec', 'ports').map((port) => portIn(port, 'port'));
  const path = kind === 'Pod' ? ['spec'] : ['spec', 'template', 'spec'];
  return listAt(object, ...path, 'containers').flatMap((container) =>
    listAt(container, 'ports').map((port) => portIn(port, 'containerPort')),
  );
}

function portIn(port: Parameters<typeof textAt>[0], key: string): { number: string; protocol: string } {
  return { number: String(numberAt(port, key)), protocol: textAt(port, 'protocol') || 'TCP' };
}

function serviceOf(context: Context, { name }: Item, wishes: Wishes, protocols: Protocols): JsonObject {
  const { flags } = context;
  if (wishes.selector === '') throw new KubectlError('selector must be specified');
  const selector = parseLabelSpec(wishes.selector);
  const labels = wishes.labels === '' ? {} : { labels: parseLabelSpec(wishes.labels) };
  const metadata = newMetadata(flags.text('name') || name.slice(0, NAME_MAX), labels);
  const target = flags.text('target-port');
  const ports = servicePorts(wishes.ports || wishes.port, flags.text('protocol'), protocols).map((port) => ({
    ...port,
    targetPort: target ? intOrString(target) : (port['port'] ?? null),
  }));
  const affinity = flags.text('session-affinity');
  if (!['', 'None', 'ClientIP'].includes(affinity)) throw new KubectlError(`unknown session affinity: ${affinity}`);
  const given = (key: string, flag: string): JsonObject => (flags.text(flag) ? { [key]: flags.text(flag) } : {});
  return newService(metadata, {
    ...(ports.length === 0 ? {} : { ports }),
    selector,
    ...(flags.text('external-ip') ? { externalIPs: [flags.text('external-ip')] } : {}),
    ...given('type', 'type'),
    ...given('sessionAffinity', 'session-affinity'),
    ...given('clusterIP', 'cluster-ip'),
  });
}

function servicePorts(text: string, protocol: string, protocols: Protocols): JsonObject[] {
  if (text === '') return [];
  const numbers = text.split(',');
  return numbers.flatMap((number, at) => {
    const port = atoi(number);
    const name = numbers.length > 1 ? { name: `port-${at + 1}` } : {};
    const found = protocols.get(number) ?? [];
    if (protocol === '' && found.length > 1) {
      return found.map((one) => ({ name: `port-${at + 1}-${one.toLowerCase()}`, port, protocol: one }));
    }
    return [{ ...name, port, protocol: protocol || (found[0] ?? 'TCP') }];
  });
}
