// The generators of `kubectl create` for the kinds that are served here (kubectl/pkg/cmd/create, 1.32).

import {
  isConfigMapKey,
  isDNS1123Subdomain,
  isPortName,
  isPortNumber,
} from '../../../sim/kubernetes/api/validation/names.ts';
import { resourcePath } from './client.ts';
import type { Context } from './context.ts';
import { ApiError, KubectlError } from './errors.ts';
import { intOrString, newMetadata, newService, savedTyped } from './new-objects.ts';
import type { Json, JsonObject } from './object.ts';
import { resultPrinter } from './printers/index.ts';
import { envNameProblem } from './text.ts';
import { requireFlags, validation, writing } from './visit.ts';

interface Generator {
  readonly plural: string;
  /** As errors call it; without a name the server's words stand alone. */
  readonly what?: string;
  readonly required?: readonly string[];
  readonly make: (context: Context, name: string) => JsonObject;
}

const generators: Readonly<Record<string, Generator>> = {
  'create configmap': { plural: 'configmaps', what: 'configmap', make: configMap },
  'create deployment': { plural: 'deployments', what: 'deployment', required: ['image'], make: deployment },
  'create namespace': { plural: 'namespaces', make: namespace },
  'create service clusterip': service('ClusterIP'),
  'create service externalname': { ...service('ExternalName'), required: ['external-name'] },
  'create service loadbalancer': service('LoadBalancer'),
  'create service nodeport': service('NodePort'),
};

export async function run(context: Context): Promise<undefined> {
  const { client, flags, args, parsed, path } = context;
  const generator = generators[path];
  if (!generator) throw new KubectlError(`there is no generator ${path}`);
  requireFlags(context, ...(generator.required ?? []));
  const names = parsed.dash < 0 ? args.length : parsed.dash;
  const [name = ''] = args;
  if (names !== 1) throw context.usage(`exactly one NAME is required, got ${names}`);
  const dryRun = context.dryRun();
  const print = resultPrinter(context, 'created', { typed: true });
  const fieldValidation = validation(context);
  const object = savedTyped(generator.make(context, name), flags.bool('save-config'));
  const resource = await client.resource(generator.plural);
  if (dryRun === 'client') {
    await print(resource, object);
    return undefined;
  }
  try {
    const collection = resourcePath(resource, await context.namespace());
    const query = { ...writing(context), fieldValidation };
    await print(resource, await client.request('POST', collection, { body: object, query }));
  } catch (error) {
    if (!(error instanceof ApiError) || generator.what === undefined) throw error;
    throw new KubectlError(`failed to create ${generator.what}: ${error.message}`);
  }
  return undefined;
}

/** The namespace stands in the object only when the command line names it. */
function metadataOf(context: Context, name: string, more: JsonObject = {}): JsonObject {
  return newMetadata(name, {
    ...more,
    ...(context.namespaceGiven ? { namespace: context.flags.text('namespace') } : {}),
  });
}

function namespace(_context: Context, name: string): JsonObject {
  if (name === '') throw new KubectlError('name must be specified');
  return { apiVersion: 'v1', kind: 'Namespace', metadata: newMetadata(name), spec: {}, status: {} };
}

// ---- Deployment

function deployment(context: Context, name: string): JsonObject {
  const { flags, args } = context;
  const command = args.slice(1);
  const images = flags.list('image');
  if (images.length > 1 && command.length > 0) {
    throw new KubectlError('cannot specify multiple --image options and command');
  }
  const port = flags.int('port');
  const labels = { app: name };
  const containers = images.map((image, at) => ({
    image,
    name: containerName(image, context),
    resources: {},
    ...(command.length === 0 ? {} : { command }),
    ...(at === 0 && port >= 0 ? { ports: [{ containerPort: port }] } : {}),
  }));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: metadataOf(context, name, { labels }),
    spec: {
      replicas: flags.int('replicas'),
      selector: { matchLabels: labels },
      strategy: {},
      template: { metadata: { creationTimestamp: null, labels }, spec: { containers } },
    },
    status: {},
  };
}

/** The image's own name; one with signs that a container's may not have gets five signs by chance, here by the clock. */
function containerName(image: string, { proc }: Context): string {
  const name = (image.split('/').at(-1) ?? '').split(':')[0]?.split('@')[0] ?? '';
  if (!/[_.]/.test(name)) return name;
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  let seed = proc.host.now();
  let suffix = '';
  for (let i = 0; i < 5; i++) {
    suffix += alphabet[seed % alphabet.length] ?? '';
    seed = Math.floor(seed / alphabet.length);
  }
  return `${name.replace(/[_.]/g, '-')}-${suffix}`;
}

// ---- ConfigMap

function configMap(context: Context, name: string): JsonObject {
  const { flags } = context;
  if (name === '') throw new KubectlError('name must be specified');
  const envFiles = flags.list('from-env-file');
  if (envFiles.length > 0 && (flags.list('from-file').length > 0 || flags.list('from-literal').length > 0)) {
    throw new KubectlError('from-env-file cannot be combined with from-file or from-literal');
  }
  const data = new Map<string, string>();
  const add = (key: string, value: string) => {
    const problems = isConfigMapKey(key);
    if (problems.length > 0) {
      throw new KubectlError(`${JSON.stringify(key)} is not a valid key name for a ConfigMap: ${problems.join(',')}`);
    }
    if (data.has(key)) {
      throw new KubectlError(
        `cannot add key ${JSON.stringify(key)}, another key by that name already exists in Data for ConfigMap ${JSON.stringify(name)}`,
      );
    }
    data.set(key, value);
  };
  for (const source of flags.list('from-file')) addFile(context, source, add);
  for (const source of flags.list('from-literal')) {
    const equals = source.indexOf('=');
    if (equals <= 0) throw new KubectlError(`invalid literal source ${source}, expected key=value`);
    add(source.slice(0, equals), source.slice(equals + 1));
  }
  for (const path of envFiles) addEnvFile(context, path, add);
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: metadataOf(context, name),
    ...(data.size === 0 ? {} : { data: Object.fromEntries(data) }),
  };
}

function addFile(context: Context, source: string, add: (key: string, value: string) => void): void {
  const { fs, cwd } = context.proc;
  const pieces = source.split('=');
  if (pieces.length > 2) throw new KubectlError("key names or file paths cannot contain '='");
  const [first = '', second = ''] = pieces;
  if (pieces.length === 2 && first === '') throw new KubectlError(`key name for file path ${second} missing`);
  if (pieces.length === 2 && second === '') throw new KubectlError(`file path for key name ${first} missing`);
  const path = pieces.length === 2 ? second : first;
  const full = fs.resolve(cwd, path);
  if (!fs.exists(full)) throw new KubectlError(`error reading ${path}: no such file or directory`);
  if (!fs.isDirectory(full)) {
    add(pieces.length === 2 ? first : (full.split('/').at(-1) ?? ''), fs.read(full));
    return;
  }
  if (pieces.length === 2) throw new KubectlError('cannot give a key name for a directory path');
  for (const entry of fs.list(full)) if (!fs.isDirectory(`${full}/${entry}`)) add(entry, fs.read(`${full}/${entry}`));
}

function addEnvFile(context: Context, path: string, add: (key: string, value: string) => void): void {
  const { fs, cwd, env } = context.proc;
  const full = fs.resolve(cwd, path);
  if (!fs.exists(full)) throw new KubectlError(`error reading ${path}: no such file or directory`);
  if (fs.isDirectory(full)) throw new KubectlError('env config file cannot be a directory');
  for (const line of fs.read(full).split('\n')) {
    const text = line.trimStart();
    if (text === '' || text.startsWith('#')) continue;
    const equals = text.indexOf('=');
    const key = equals < 0 ? text : text.slice(0, equals);
    const problem = envNameProblem(key);
    if (problem !== undefined) throw new KubectlError(`${JSON.stringify(key)} is not a valid key name: ${problem}`);
    // Without a sign the value is that of the environment.
    add(key, equals < 0 ? (env[key] ?? '') : text.slice(equals + 1));
  }
}

// ---- Service

function service(type: string): Generator {
  return { plural: 'services', what: `${type} service`, make: (context, name) => serviceOf(context, name, type) };
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
