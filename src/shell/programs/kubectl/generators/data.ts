// `kubectl create configmap` and `create secret …` (kubectl/pkg/cmd/create, kubectl/pkg/util/hash, 1.32): keys and
// values from the command line, from files and from lists of variables. Left out: whether a certificate and its key
// belong together.

import { isConfigMapKey } from '../../../../sim/kubernetes/api/validation/names.ts';
import type { Context } from '../context.ts';
import { KubectlError, notSimulated } from '../errors.ts';
import { type JsonObject, nameOf, withAt } from '../object.ts';
import { goJson } from '../printers/json.ts';
import { envNameProblem } from '../text.ts';
import { createOne, type Generator, metadataOf, required } from './create-one.ts';

type Add = (key: string, value: string) => void;

const failure = 'failed to create secret ';

const generators: Readonly<Record<string, Generator>> = {
  'create configmap': { plural: 'configmaps', failure: 'failed to create configmap: ', make: configMap },
  'create secret docker-registry': { plural: 'secrets', failure, make: dockerRegistry },
  'create secret generic': { plural: 'secrets', failure, make: generic },
  'create secret tls': { plural: 'secrets', failure, make: tls },
};

export function run(context: Context): Promise<undefined> {
  return createOne(context, generators);
}

// ---- The objects

function configMap(context: Context, name: string): Promise<JsonObject> {
  required(name);
  const data = new Map<string, string>();
  const add: Add = (key, value) => {
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
  checkSources(context);
  addFiles(context, context.flags.list('from-file'), add);
  addLiterals(context, add);
  addEnvFiles(context, 'env config file cannot be a directory', add);
  const kept = data.size === 0 ? {} : { data: Object.fromEntries(data) };
  return hashed(context, { apiVersion: 'v1', kind: 'ConfigMap', metadata: metadataOf(context, name), ...kept });
}

function generic(context: Context, name: string): Promise<JsonObject> {
  required(name);
  checkSources(context);
  const { data, add } = secretData();
  addLiterals(context, add);
  addFiles(context, context.flags.list('from-file'), add);
  addEnvFiles(context, 'env secret file cannot be a directory', add);
  return secret(context, name, context.flags.text('type'), data);
}

function dockerRegistry(context: Context, name: string): Promise<JsonObject> {
  const { flags } = context;
  const key = '.dockerconfigjson';
  const files = flags.list('from-file').map((source) => (source.includes('=') ? source : `${key}=${source}`));
  required(name);
  const [username, password, email, server] = ['username', 'password', 'email', 'server'].map((part) =>
    flags.text(`docker-${part}`),
  ) as [string, string, string, string];
  if (files.length === 0 && (username === '' || password === '' || server === '')) {
    throw new KubectlError(
      'either --from-file or the combination of --docker-username, --docker-password and --docker-server is required',
    );
  }
  const { data, add } = secretData();
  addFiles(context, files, add);
  if (files.length === 0) {
    const auth = encodeBase64(`${username}:${password}`);
    const entry = Object.fromEntries(
      Object.entries({ username, password, email, auth }).filter(([, value]) => value !== ''),
    );
    // In this order, and with the escapes of Go.
    const text = Object.entries(entry).map(([field, value]) => `${goJson(field)}:${goJson(value)}`);
    add(key, `{"auths":{${goJson(server)}:{${text.join(',')}}}}`);
  }
  return secret(context, name, 'kubernetes.io/dockerconfigjson', data);
}

function tls(context: Context, name: string): Promise<JsonObject> {
  const { flags } = context;
  if (flags.text('key') === '' || flags.text('cert') === '') throw new KubectlError('key and cert must be specified');
  const [certificate, key] = [readPem(context, flags.text('cert')), readPem(context, flags.text('key'))];
  checkPem(certificate, 'certificate', /^CERTIFICATE$/);
  checkPem(key, 'key', /^PRIVATE KEY$| PRIVATE KEY$/);
  const { data, add } = secretData();
  add('tls.crt', certificate);
  add('tls.key', key);
  return secret(context, name, 'kubernetes.io/tls', data);
}

function readPem({ proc }: Context, path: string): string {
  const full = proc.fs.resolve(proc.cwd, path);
  if (proc.fs.exists(full)) return proc.fs.read(full);
  throw new KubectlError(`Cannot read file ${path}, open ${path}: no such file or directory`);
}

/** What crypto/tls says of a text without the block that it needs. */
function checkPem(text: string, what: string, wanted: RegExp): void {
  const kinds = [...text.matchAll(/^-----BEGIN ([A-Z0-9 ]+)-----$[^]*?^-----END \1-----$/gm)].map(
    ([, kind = '']) => kind,
  );
  if (kinds.length === 0) throw new KubectlError(`tls: failed to find any PEM data in ${what} input`);
  if (kinds.some((kind) => wanted.test(kind))) return;
  const after = `after skipping PEM blocks of the following types: [${kinds.join(' ')}]`;
  const lone = kinds.length === 1 ? (kinds[0] ?? '') : '';
  if (what === 'key') {
    throw new KubectlError(
      lone === 'CERTIFICATE'
        ? 'tls: found a certificate rather than a key in the PEM for the private key'
        : `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input ${after}`,
    );
  }
  throw new KubectlError(
    lone.endsWith('PRIVATE KEY')
      ? 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
      : `tls: failed to find "CERTIFICATE" PEM block in certificate input ${after}`,
  );
}

function secretData(): { data: Map<string, string>; add: Add } {
  const data = new Map<string, string>();
  const add: Add = (key, value) => {
    const problems = isConfigMapKey(key);
    if (problems.length > 0) {
      throw new KubectlError(`${JSON.stringify(key)} is not valid key name for a Secret ${problems.join(';')}`);
    }
    if (data.has(key)) throw new KubectlError(`cannot add key ${key}, another key by that name already exists`);
    data.set(key, encodeBase64(value));
  };
  return { data, add };
}

function secret(context: Context, name: string, type: string, data: ReadonlyMap<string, string>): Promise<JsonObject> {
  return hashed(context, {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: metadataOf(context, name),
    ...(data.size === 0 ? {} : { data: Object.fromEntries(data) }),
    ...(type === '' ? {} : { type }),
  });
}

function encodeBase64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(''));
}

// ---- `--append-hash`

const HASH_LETTERS = 10;
/** Vowels, and what looks like one, become consonants, so that the sum never spells a word. */
const consonants: Readonly<Record<string, string>> = { '0': 'g', '1': 'h', '3': 'k', a: 'm', e: 't' };

async function hashed({ flags }: Context, object: JsonObject): Promise<JsonObject> {
  if (!flags.bool('append-hash')) return object;
  const { kind = '', data = {}, type = '' } = object;
  const text = goJson({ kind, name: nameOf(object), data, ...(kind === 'Secret' ? { type } : {}) });
  // Pages that are not served securely have no digests.
  if (!('subtle' in crypto)) throw notSimulated('the flag --append-hash on a page without https');
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
  const suffix = hex.slice(0, HASH_LETTERS).replace(/[013ae]/g, (letter) => consonants[letter] ?? letter);
  return withAt(object, ['metadata', 'name'], `${nameOf(object)}-${suffix}`);
}

// ---- Where keys and values come from

function checkSources({ flags }: Context): void {
  const others = flags.list('from-file').length > 0 || flags.list('from-literal').length > 0;
  if (flags.list('from-env-file').length > 0 && others) {
    throw new KubectlError('from-env-file cannot be combined with from-file or from-literal');
  }
}

function addLiterals({ flags }: Context, add: Add): void {
  for (const source of flags.list('from-literal')) {
    const equals = source.indexOf('=');
    if (equals <= 0) throw new KubectlError(`invalid literal source ${source}, expected key=value`);
    add(source.slice(0, equals), source.slice(equals + 1));
  }
}

function addFiles(context: Context, sources: readonly string[], add: Add): void {
  for (const source of sources) addFile(context, source, add);
}

function addFile(context: Context, source: string, add: Add): void {
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

function addEnvFiles(context: Context, notDirectory: string, add: Add): void {
  const { fs, cwd, env } = context.proc;
  for (const path of context.flags.list('from-env-file')) {
    const full = fs.resolve(cwd, path);
    if (!fs.exists(full)) throw new KubectlError(`error reading ${path}: no such file or directory`);
    if (fs.isDirectory(full)) throw new KubectlError(notDirectory);
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
}
