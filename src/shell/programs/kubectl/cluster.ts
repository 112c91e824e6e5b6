// What the cluster is: `kubectl version`, `cluster-info`, `api-resources`, `api-versions` (kubectl/pkg/cmd, 1.32).

import { apiVersion, groupResource, type Resource, preferred } from './client.ts';
import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import {
  compareText,
  isObject,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  textAt,
} from './object.ts';
import { contextNamed, currentContext, serverUrl } from './kubeconfig.ts';
import { TabWriter } from './printers/table.ts';
import { yaml } from './printers/yaml.ts';

export async function run(context: Context): Promise<undefined> {
  switch (context.path) {
    case 'version':
      return version(context);
    case 'cluster-info':
      return clusterInfo(context);
    case 'api-resources':
      return apiResources(context);
    default:
      return apiVersions(context);
  }
}

// ---- version

const clientVersion = {
  major: '1',
  minor: '32',
  gitVersion: 'v1.32.5',
  gitCommit: '9894294ef13a5b32803e3ca2c0d620a088cc84d1',
  gitTreeState: 'clean',
  buildDate: '2025-05-15T09:12:10Z',
  goVersion: 'go1.23.8',
  compiler: 'gc',
  platform: 'linux/amd64',
} as const;
const kustomizeVersion = 'v5.5.0';

async function version(context: Context): Promise<undefined> {
  const { flags, args } = context;
  const clientOnly = flags.bool('client');
  const output = flags.text('output');
  if (args.length > 0 && !clientOnly) throw new KubectlError(`extra arguments: [${args.join(' ')}]`);
  if (output !== '' && output !== 'yaml' && output !== 'json') {
    throw new KubectlError("--output must be 'yaml' or 'json'");
  }
  const server = clientOnly ? undefined : await context.client.request('GET', '/version');
  const whole = { clientVersion, kustomizeVersion, ...(server ? { serverVersion: server } : {}) };
  if (output === 'json') await context.out(`${JSON.stringify(whole, null, 2)}\n`);
  else if (output === 'yaml') await context.out(`${yaml(whole)}\n`);
  else {
    await context.out(`Client Version: ${clientVersion.gitVersion}\nKustomize Version: ${kustomizeVersion}\n`);
    if (server) await context.out(`Server Version: ${textAt(server, 'gitVersion')}\n`);
  }
  return undefined;
}

// ---- cluster-info

async function clusterInfo(context: Context): Promise<undefined> {
  const { client, flags } = context;
  const host = await serverOf(context);
  const namespace = flags.text('namespace') || 'kube-system';
  const services = await client.resource('services');
  const list = await client.list(services, namespace, { labelSelector: 'kubernetes.io/cluster-service=true' });
  const running = (name: string, link: string) => context.out(`${name} is running at ${link}\n`);
  await running('Kubernetes control plane', host);
  for (const service of listAt(list, 'items').filter(isObject)) {
    await running(mapAt(service, 'metadata', 'labels')['kubernetes.io/name'] ?? nameOf(service), linkTo(service, host));
  }
  await context.out("\nTo further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n");
  return undefined;
}

async function serverOf(context: Context): Promise<string> {
  const { document } = await context.config();
  const chosen = contextNamed(document, context.flags.text('context') || currentContext(document));
  const name = textAt(chosen, 'context', 'cluster');
  const cluster = listAt(document, 'clusters').find((one) => textAt(one, 'name') === name);
  return textAt(cluster, 'cluster', 'server') || serverUrl;
}

function linkTo(service: JsonObject, host: string): string {
  const [ingress] = listAt(service, 'status', 'loadBalancer', 'ingress');
  const ports = listAt(service, 'spec', 'ports');
  if (ingress !== undefined) {
    const address = textAt(ingress, 'ip') || textAt(ingress, 'hostname');
    return ports.map((port) => `http://${address}:${numberAt(port, 'port')} `).join('');
  }
  const [port] = ports;
  const portName = textAt(port, 'name');
  const scheme = portName === 'https' || numberAt(port, 'port') === 443 ? 'https' : '';
  const plain = nameOf(service) + (portName && `:${portName}`);
  const name = scheme ? `${scheme}:${nameOf(service)}:${portName}` : plain;
  return `${host}/api/v1/namespaces/${namespaceOf(service)}/services/${name}/proxy`;
}

// ---- api-resources, api-versions

async function apiResources(context: Context): Promise<undefined> {
  const { flags, args, client } = context;
  if (args.length > 0) throw context.usage(`unexpected arguments: [${args.join(' ')}]`);
  const output = flags.text('output');
  if (output !== '' && output !== 'wide' && output !== 'name') {
    throw new KubectlError(`--output ${output} is not available`);
  }
  const sortBy = flags.text('sort-by');
  if (sortBy !== '' && sortBy !== 'name' && sortBy !== 'kind') {
    throw new KubectlError('--sort-by accepts only name or kind');
  }
  const key = ({ plural, kind, group }: Resource) => (sortBy === 'name' ? plural : sortBy === 'kind' ? kind : group);
  const categories = flags.list('categories');
  const shown = preferred(await client.resources(true))
    .filter(({ group }) => !flags.changed('api-group') || group === flags.text('api-group'))
    .filter(({ namespaced }) => !flags.changed('namespaced') || namespaced === flags.bool('namespaced'))
    .filter((one) => categories.every((category) => one.categories.includes(category)))
    .filter(({ verbs }) => flags.list('verbs').every((verb) => verbs.includes(verb)))
    .sort((a, b) => compareText(key(a), key(b)) || compareText(a.plural, b.plural));
  const writer = new TabWriter();
  const wide = output === 'wide';
  if (!flags.bool('no-headers') && output !== 'name') {
    const columns = ['NAME', 'SHORTNAMES', 'APIVERSION', 'NAMESPACED', 'KIND'];
    writer.row(wide ? [...columns, 'VERBS', 'CATEGORIES'] : columns);
  }
  for (const one of shown) {
    const cells = [one.plural, one.shortNames.join(','), apiVersion(one), String(one.namespaced), one.kind];
    if (output === 'name') writer.row([groupResource(one)]);
    else writer.row(wide ? [...cells, one.verbs.join(','), one.categories.join(',')] : cells);
  }
  await context.out(writer.flush());
  return undefined;
}

async function apiVersions(context: Context): Promise<undefined> {
  if (context.args.length > 0) throw context.usage(`unexpected arguments: [${context.args.join(' ')}]`);
  const all = new Set((await context.client.resources(true)).map(apiVersion));
  await context.out(
    [...all]
      .sort(compareText)
      .map((one) => `${one}\n`)
      .join(''),
  );
  return undefined;
}
