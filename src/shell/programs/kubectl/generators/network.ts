// `kubectl create service …` and `create ingress` (kubectl/pkg/cmd/create, 1.32).

import { isDNS1123Subdomain, isPortName, isPortNumber } from '../../../../sim/kubernetes/api/validation/names.ts';
import type { Context } from '../context.ts';
import { KubectlError } from '../errors.ts';
import { intOrString, newService } from '../new-objects.ts';
import type { Json, JsonObject } from '../object.ts';
import { createOne, type Generator, metadataOf } from './create-one.ts';

const generators: Readonly<Record<string, Generator>> = {
  'create ingress': { plural: 'ingresses', failure: 'failed to create ingress: ', make: ingress },
  'create service clusterip': service('ClusterIP'),
  'create service externalname': { ...service('ExternalName'), required: ['external-name'] },
  'create service loadbalancer': service('LoadBalancer'),
  'create service nodeport': service('NodePort'),
};

export function run(context: Context): Promise<undefined> {
  return createOne(context, generators);
}

// ---- Service

function service(type: string): Generator {
  return {
    plural: 'services',
    failure: `failed to create ${type} service: `,
    make: (context, name) => serviceOf(context, name, type),
  };
}

function serviceOf(context: Context, name: string, type: string): JsonObject {
  const { flags } = context;
  const clusterIP = flags.has('clusterip') ? flags.text('clusterip') : '';
  const external = flags.has('external-name') ? flags.text('external-name') : '';
  const pairs = flags.list('tcp');
  if (clusterIP !== 'None' && pairs.length === 0 && type !== 'ExternalName') {
    throw new KubectlError('at least one tcp port specifier must be provided');
  }
  if (type === 'ExternalName' && isDNS1123Subdomain(external).length > 0) {
    throw new KubectlError(`invalid service external name ${external}`);
  }
  const nodePort = flags.has('node-port') ? flags.int('node-port') : 0;
  const ports = pairs.map((pair) => ({
    name: pair.replaceAll(':', '-'),
    ...portPair(pair),
    protocol: 'TCP',
    ...(nodePort === 0 ? {} : { nodePort }),
  }));
  const labels = { app: name };
  return newService(metadataOf(context, name, { labels }), {
    ...(ports.length === 0 ? {} : { ports }),
    selector: labels,
    type,
    ...(external === '' ? {} : { externalName: external }),
    ...(clusterIP === '' ? {} : { clusterIP }),
  });
}

/** `80`, `80:8080` or `80:http` */
function portPair(pair: string): { port: number; targetPort: Json } {
  const [first = '', second] = pair.split(':');
  if (!/^\d+$/.test(first))
    throw new KubectlError(`strconv.ParseUint: parsing ${JSON.stringify(first)}: invalid syntax`);
  const port = Number(first);
  if (port > 65535) throw new KubectlError(`strconv.ParseUint: parsing ${JSON.stringify(first)}: value out of range`);
  if (second === undefined) return { port, targetPort: port };
  const targetPort = intOrString(second);
  const problems = typeof targetPort === 'number' ? isPortNumber(targetPort) : isPortName(second);
  if (problems.length > 0) throw new KubectlError(problems.join(','));
  return { port, targetPort };
}

// ---- Ingress

const ruleFormat = /^[\w*\-.]*\/.*=[\w-]+:[\w-]+(?:,tls=?(?:[\w-]+)?)?/;

function ingress(context: Context, name: string): JsonObject {
  const { flags } = context;
  const [rules, backend, className] = [flags.list('rule'), flags.text('default-backend'), flags.text('class')];
  check(rules, flags.list('annotation'), backend);
  const annotations = Object.fromEntries(
    flags.list('annotation').map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]),
  );
  const tls = tlsOf(rules);
  const spec: JsonObject = {
    ...(className === '' ? {} : { ingressClassName: className }),
    ...(backend === '' ? {} : { defaultBackend: backendOf(backend) }),
    ...(tls.length === 0 ? {} : { tls }),
    ...(rules.length === 0 ? {} : { rules: rulesOf(rules) }),
  };
  const more = Object.keys(annotations).length === 0 ? {} : { annotations };
  const metadata = metadataOf(context, name, more);
  const apiVersion = 'networking.k8s.io/v1';
  return { apiVersion, kind: 'Ingress', metadata, spec, status: { loadBalancer: {} } };
}

function check(rules: readonly string[], annotations: readonly string[], backend: string): void {
  if (backend === '' && rules.length === 0) {
    throw new KubectlError(
      'not enough information provided: every ingress has to either specify a default-backend (which catches all traffic) or a list of rules (which catch specific paths)',
    );
  }
  const wrong = rules.find((rule) => !ruleFormat.test(rule));
  if (wrong !== undefined) {
    throw new KubectlError(`rule ${wrong} is invalid and should be in format host/path=svcname:svcport[,tls[=secret]]`);
  }
  const bare = annotations.find((annotation) => !annotation.includes('='));
  if (bare !== undefined) {
    throw new KubectlError(`annotation ${bare} is invalid and should be in format key=[value]`);
  }
  if (backend !== '' && backend.split(':').length !== 2) {
    throw new KubectlError('default-backend should be in format servicename:serviceport');
  }
}

/** Each host once; hosts of one secret together. */
function tlsOf(rules: readonly string[]): JsonObject[] {
  const entries: { hosts: string[]; secretName: string }[] = [];
  const seen = new Set<string>();
  for (const rule of rules) {
    const [, word, ...more] = rule.split(',');
    const host = rule.slice(0, rule.indexOf('/'));
    if (word === undefined || more.length > 0 || seen.has(host)) continue;
    seen.add(host);
    const secretName = word.split('=')[1] ?? '';
    const known = entries.find((entry) => entry.secretName === secretName);
    if (known) known.hosts.push(host);
    else if (host !== '' || secretName !== '') entries.push({ hosts: host === '' ? [] : [host], secretName });
  }
  return entries.map(({ hosts, secretName }) => ({
    ...(hosts.length === 0 ? {} : { hosts }),
    ...(secretName === '' ? {} : { secretName }),
  }));
}

function rulesOf(rules: readonly string[]): JsonObject[] {
  const byHost = new Map<string, JsonObject[]>();
  for (const rule of rules) {
    const [plain = ''] = rule.split(',');
    const slash = plain.indexOf('/');
    const host = plain.slice(0, slash);
    byHost.set(host, [...(byHost.get(host) ?? []), pathOf(plain.slice(slash + 1))]);
  }
  return [...byHost].map(([host, paths]) => ({ ...(host === '' ? {} : { host }), http: { paths } }));
}

function pathOf(text: string): JsonObject {
  const [rest = '', target = ''] = text.split('=');
  const path = `/${rest}`;
  const prefix = path.endsWith('*');
  return {
    path: prefix ? path.slice(0, -1) : path,
    pathType: prefix ? 'Prefix' : 'Exact',
    backend: backendOf(target),
  };
}

function backendOf(text: string): JsonObject {
  const [name = '', port = ''] = text.split(':');
  const target = intOrString(port);
  return { service: { name, port: typeof target === 'number' ? { number: target } : { name: target } } };
}
