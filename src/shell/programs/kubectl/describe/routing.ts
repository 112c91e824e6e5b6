// `kubectl describe` of ingresses, their classes, network policies and endpoints (kubectl/pkg/describe/describe.go,
// 1.32).

import { parseTime } from '../../../../sim/engine/time.ts';
import { selectorText } from '../deployments.ts';
import { ApiError } from '../errors.ts';
import {
  at,
  compareText,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
} from '../object.ts';
import type { Describing } from './index.ts';
import { endpointsText } from './network.ts';
import { annotations, field, labels } from './text.ts';

// ---- Ingress

export async function ingress(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const namespace = namespaceOf(object);
  const addresses = listAt(object, 'status', 'loadBalancer', 'ingress').map(
    (one) => textAt(one, 'ip') || textAt(one, 'hostname'),
  );
  const fallback = at(spec, 'defaultBackend');
  const backend = isObject(fallback) ? await backendText(describing, namespace, fallback) : '<default>';
  const rows: string[] = [];
  for (const rule of listAt(spec, 'rules')) {
    if (!isObject(at(rule, 'http'))) continue;
    rows.push(`  ${textAt(rule, 'host') || '*'}\t\n`);
    for (const path of listAt(rule, 'http', 'paths')) {
      const text = await backendText(describing, namespace, objectAt(path, 'backend'));
      rows.push(`    \t${textAt(path, 'path')} \t${text}\n`);
    }
  }
  return [
    field('Name', nameOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    field('Namespace', namespace),
    field('Address', [...new Set(addresses.filter((one) => one !== ''))].sort(compareText).join(',')),
    field('Ingress Class', textAt(spec, 'ingressClassName') || '<none>'),
    field('Default backend', backend),
    certificates(listAt(spec, 'tls')),
    'Rules:\n  Host\tPath\tBackends\n  ----\t----\t--------\n',
    ...(rows.length > 0 ? rows : [`  *\t*\t${backend}\n`]),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    await describing.events(describing.reference(object)),
  ].join('');
}

function certificates(all: readonly Json[]): string {
  if (all.length === 0) return '';
  const rows = all.map((one) => {
    const hosts = listAt(one, 'hosts').map((host) => textAt(host));
    const secret = textAt(one, 'secretName');
    return `  ${secret ? `${secret} terminates` : 'SNI routes'} ${hosts.join(',')}\n`;
  });
  return `TLS:\n${rows.join('')}`;
}

async function backendText(describing: Describing, namespace: string, backend: JsonObject): Promise<string> {
  const resource = at(backend, 'resource');
  const name = textAt(backend, 'service', 'name');
  if (isObject(resource)) {
    const group = textAt(resource, 'apiGroup') || '<none>';
    return `APIGroup: ${group}, Kind: ${textAt(resource, 'kind')}, Name: ${textAt(resource, 'name')}`;
  }
  if (name === '') return '';
  const port = objectAt(backend, 'service', 'port');
  const number = numberAt(port, 'number');
  const title = `${name}:${number || textAt(port, 'name')}`;
  const { client } = describing.context;
  try {
    const labelSelector = `kubernetes.io/service-name=${name}`;
    const slices = await describing.list('endpointslices', namespace, { labelSelector });
    const service = await client.get(await client.resource('services'), namespace, name);
    const chosen = listAt(service, 'spec', 'ports').filter((one) =>
      number ? numberAt(one, 'port') === number : textAt(one, 'name') === textAt(port, 'name'),
    );
    return `${title} (${endpointsText(slices, textAt(chosen.at(-1), 'name'))})`;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return `${title} (<error: ${error.message}>)`;
  }
}

export async function ingressClass(describing: Describing, object: JsonObject): Promise<string> {
  const parameters = at(object, 'spec', 'parameters');
  const group = textAt(parameters, 'apiGroup');
  return [
    field('Name', nameOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Controller', textAt(object, 'spec', 'controller')),
    isObject(parameters)
      ? [
          'Parameters:\n',
          group ? field('APIGroup', group, 1) : '',
          field('Kind', textAt(parameters, 'kind'), 1),
          field('Name', textAt(parameters, 'name'), 1),
        ].join('')
      : '',
    await describing.events(describing.reference(object)),
  ].join('');
}

// ---- NetworkPolicy

export function networkPolicy(_describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const types = listAt(spec, 'policyTypes').map((type) => textAt(type));
  const selector = selectorText(objectAt(spec, 'podSelector'));
  const direction = (type: 'Ingress' | 'Egress') => {
    const word = type.toLowerCase();
    if (!types.includes(type)) return `  Not affecting ${word} traffic\n`;
    return `  Allowing ${word} traffic:\n${rulesText(type, listAt(spec, word))}`;
  };
  return Promise.resolve(
    [
      field('Name', nameOf(object)),
      field('Namespace', namespaceOf(object)),
      field('Created on', goTime(textAt(object, 'metadata', 'creationTimestamp'))),
      labels('Labels', mapAt(object, 'metadata', 'labels')),
      annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
      'Spec:\n',
      `  PodSelector:     ${selector || '<none> (Allowing the specific traffic to all pods in this namespace)'}\n`,
      direction('Ingress'),
      direction('Egress'),
      `  Policy Types: ${types.join(', ') || '<none>'}\n`,
    ].join(''),
  );
}

/** `2026-11-24 09:00:00 +0000 UTC` */
function goTime(timestamp: string): string {
  const date = new Date(parseTime(timestamp) ?? 0).toISOString();
  return `${date.slice(0, 10)} ${date.slice(11, 19)} +0000 UTC`;
}

function rulesText(type: 'Ingress' | 'Egress', rules: readonly Json[]): string {
  if (rules.length === 0) return `    <none> (Selected pods are isolated for ${type.toLowerCase()} connectivity)\n`;
  const [word, key, end] = type === 'Ingress' ? ['From', 'from', 'source'] : ['To', 'to', 'destination'];
  return rules
    .map((rule) => {
      const peers = listAt(rule, key);
      const anyone = `    ${word}: <any> (traffic not restricted by ${end})\n`;
      return (
        portsText(listAt(rule, 'ports')) + (peers.map((peer) => `    ${word}:\n${peerText(peer)}`).join('') || anyone)
      );
    })
    .join('    ----------\n');
}

function portsText(ports: readonly Json[]): string {
  if (ports.length === 0) return '    To Port: <any> (traffic allowed to all ports)\n';
  return ports
    .map((port) => {
      const protocol = textAt(port, 'protocol') || 'TCP';
      const [from, to] = [textAt(port, 'port') || '<nil>', textAt(port, 'endPort')];
      return to ? `    To Port Range: ${from}-${to}/${protocol}\n` : `    To Port: ${from}/${protocol}\n`;
    })
    .join('');
}

function peerText(peer: Json): string {
  const selector = (title: string, key: string) => {
    const own = at(peer, key);
    return isObject(own) ? `      ${title}: ${selectorText(own) || '<none>'}\n` : '';
  };
  const chosen = selector('NamespaceSelector', 'namespaceSelector') + selector('PodSelector', 'podSelector');
  const block = at(peer, 'ipBlock');
  if (chosen !== '' || !isObject(block)) return chosen;
  const except = listAt(block, 'except').map((one) => textAt(one));
  return `      IPBlock:\n        CIDR: ${textAt(block, 'cidr')}\n        Except: ${except.join(', ')}\n`;
}

// ---- Endpoints

export async function endpoints(describing: Describing, object: JsonObject): Promise<string> {
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    'Subsets:\n',
    ...listAt(object, 'subsets').map(subsetText),
    await describing.events(describing.reference(object)),
  ].join('');
}

function subsetText(subset: Json): string {
  const addresses = (key: string) =>
    listAt(subset, key)
      .map((one) => textAt(one, 'ip'))
      .join(',') || '<none>';
  const ports = listAt(subset, 'ports').map(
    (port) => `    ${textAt(port, 'name') || '<unset>'}\t${numberAt(port, 'port')}\t${textAt(port, 'protocol')}\n`,
  );
  return [
    field('Addresses', addresses('addresses'), 1),
    field('NotReadyAddresses', addresses('notReadyAddresses'), 1),
    ports.length > 0 ? `  Ports:\n    Name\tPort\tProtocol\n    ----\t----\t--------\n${ports.join('')}` : '',
    '\n',
  ].join('');
}
