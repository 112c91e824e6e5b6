// `kubectl describe service` and `endpointslice` (kubectl/pkg/describe/describe.go, 1.32).

import {
  at,
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
import { labelsText } from '../text.ts';
import type { Describing } from './index.ts';
import { annotations, field, labels } from './text.ts';

export async function service(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const optional = (title: string, text: string) => (text ? field(title, text) : '');
  const texts = (key: string) =>
    listAt(spec, key)
      .map((one) => textAt(one))
      .join(',');
  const slices = await describing.list('endpointslices', namespaceOf(object), {
    labelSelector: `kubernetes.io/service-name=${nameOf(object)}`,
  });
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Selector', labelsText(mapAt(spec, 'selector'))),
    field('Type', textAt(spec, 'type')),
    optional('IP Family Policy', textAt(spec, 'ipFamilyPolicy')),
    field('IP Families', texts('ipFamilies') || '<none>'),
    field('IP', textAt(spec, 'clusterIP')),
    field('IPs', texts('clusterIPs') || '<none>'),
    optional('External IPs', texts('externalIPs')),
    optional('Desired LoadBalancer IP', textAt(spec, 'loadBalancerIP')),
    optional('External Name', textAt(spec, 'externalName')),
    optional('LoadBalancer Ingress', ingressText(listAt(object, 'status', 'loadBalancer', 'ingress'))),
    ...listAt(spec, 'ports').map((port) => portText(port, slices)),
    field('Session Affinity', textAt(spec, 'sessionAffinity')),
    optional('External Traffic Policy', textAt(spec, 'externalTrafficPolicy')),
    optional('Internal Traffic Policy', textAt(spec, 'internalTrafficPolicy')),
    optional('HealthCheck NodePort', textAt(spec, 'healthCheckNodePort')),
    optional('LoadBalancer Source Ranges', texts('loadBalancerSourceRanges')),
    await describing.events(describing.reference(object)),
  ].join('');
}

function ingressText(ingress: readonly Json[]): string {
  const texts = ingress.map((one) => {
    const [ip, mode] = [textAt(one, 'ip'), textAt(one, 'ipMode')];
    return ip ? ip + (mode && ` (${mode})`) : textAt(one, 'hostname');
  });
  return texts.join(', ');
}

function portText(port: Json, slices: readonly JsonObject[]): string {
  const name = textAt(port, 'name') || '<unset>';
  const protocol = textAt(port, 'protocol');
  const nodePort = numberAt(port, 'nodePort');
  return [
    field('Port', `${name}\t${numberAt(port, 'port')}/${protocol}`),
    field('TargetPort', `${textAt(port, 'targetPort') || '0'}/${protocol}`),
    nodePort === 0 ? '' : field('NodePort', `${name}\t${nodePort}/${protocol}`),
    field('Endpoints', endpointsText(slices, textAt(port, 'name'))),
  ].join('');
}

const SHOWN = 3;

/** `10.244.1.2:80,10.244.2.3:80`: ready ones alone, three of them. */
export function endpointsText(slices: readonly JsonObject[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const all = slices.flatMap((slice) => {
    const ports = listAt(slice, 'ports');
    const ready = listAt(slice, 'endpoints').filter((one) => at(one, 'conditions', 'ready') !== false);
    const addresses = ready.map((one) => textAt(one, 'addresses', 0));
    if (ports.length === 0) return addresses;
    return ports
      .filter((port) => textAt(port, 'name') === portName)
      .flatMap((port) => addresses.map((address) => joined(address, numberAt(port, 'port'))));
  });
  const rest = all.length - SHOWN;
  return all.slice(0, SHOWN).join(',') + (rest > 0 ? ` + ${rest} more...` : '');
}

const joined = (host: string, port: number): string => `${host.includes(':') ? `[${host}]` : host}:${port}`;

export async function endpointSlice(describing: Describing, object: JsonObject): Promise<string> {
  const ports = listAt(object, 'ports');
  const endpoints = listAt(object, 'endpoints');
  const portRows = ports.map(
    (port) =>
      `  ${textAt(port, 'name') || '<unset>'}\t${textAt(port, 'port') || '<unset>'}\t${textAt(port, 'protocol')}\n`,
  );
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('AddressType', textAt(object, 'addressType')),
    ports.length === 0
      ? 'Ports: <unset>\n'
      : `Ports:\n  Name\tPort\tProtocol\n  ----\t----\t--------\n${portRows.join('')}`,
    endpoints.length === 0 ? 'Endpoints: <none>\n' : `Endpoints:\n${endpoints.map(endpointText).join('')}`,
    await describing.events(describing.reference(object)),
  ].join('');
}

function endpointText(endpoint: Json): string {
  const addresses = listAt(endpoint, 'addresses').map((one) => textAt(one));
  const orUnset = (...path: string[]) => textAt(endpoint, ...path) || '<unset>';
  const target = objectAt(endpoint, 'targetRef');
  const hasTarget = Object.keys(target).length > 0;
  return [
    field('- Addresses', addresses.join(', ') || '<none>', 1),
    '    Conditions:\n',
    field('Ready', orUnset('conditions', 'ready'), 3),
    field('Hostname', orUnset('hostname'), 2),
    hasTarget ? field('TargetRef', `${textAt(target, 'kind')}/${textAt(target, 'name')}`, 2) : '',
    field('NodeName', orUnset('nodeName'), 2),
    field('Zone', orUnset('zone'), 2),
  ].join('');
}
