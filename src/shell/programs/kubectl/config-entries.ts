// `kubectl config set`, `unset`, `set-cluster`, `set-credentials`, `delete-cluster` and `delete-user`
// (kubectl/pkg/cmd/config, 1.32): the entries of the kubeconfig, which is a file like any other here. Left out: users
// of credential plugins.

import type { Context } from './context.ts';
import { KubectlError } from './errors.ts';
import { currentContext, saveKubeconfig } from './kubeconfig.ts';
import { compareText, type Json, type JsonObject, listAt, objectAt, textAt, withAt } from './object.ts';

type Section = 'clusters' | 'contexts' | 'users';
type FieldType = 'text' | 'bytes' | 'bool';

/** The field of an entry that holds what its name stands for. */
const inner: Readonly<Record<Section, string>> = { clusters: 'cluster', contexts: 'context', users: 'user' };

const texts = (words: string): [string, FieldType][] => words.split(' ').map((word) => [word, 'text']);
const fields: Readonly<Record<Section, ReadonlyMap<string, FieldType>>> = {
  clusters: new Map([
    ...texts('server tls-server-name certificate-authority proxy-url'),
    ['certificate-authority-data', 'bytes'],
    ['insecure-skip-tls-verify', 'bool'],
    ['disable-compression', 'bool'],
  ]),
  contexts: new Map(texts('cluster user namespace')),
  users: new Map([
    ...texts('client-certificate client-key token tokenFile act-as act-as-uid username password'),
    ['client-certificate-data', 'bytes'],
    ['client-key-data', 'bytes'],
  ]),
};

export function run(context: Context): Promise<undefined> {
  switch (context.path) {
    case 'config set':
      return set(context);
    case 'config unset':
      return unset(context);
    case 'config set-cluster':
      return setCluster(context);
    case 'config set-credentials':
      return setCredentials(context);
    case 'config delete-user':
      return remove(context, 'users', 'user');
    default:
      return remove(context, 'clusters', 'cluster');
  }
}

async function wrongArgs(context: Context, word = 'Unexpected'): Promise<never> {
  const { help } = await import('./help.ts');
  await context.out(help(context.path));
  throw new KubectlError(`${word} args: [${context.args.join(' ')}]`);
}

// ---- The document

/** Entries by name; a section without any is written as null. */
function entriesOf(document: JsonObject, section: Section): Map<string, JsonObject> {
  return new Map(listAt(document, section).map((one) => [textAt(one, 'name'), objectAt(one, inner[section])] as const));
}

function withEntries(document: JsonObject, section: Section, entries: ReadonlyMap<string, JsonObject>): JsonObject {
  const list: Json[] = [...entries]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, value]) => ({ [inner[section]]: value, name }));
  return { ...document, [section]: list.length === 0 ? null : list };
}

async function save(context: Context, document: JsonObject): Promise<void> {
  const current = currentContext(document);
  let whole: JsonObject = { ...document, apiVersion: 'v1', kind: 'Config', 'current-context': current };
  for (const section of ['clusters', 'contexts', 'users'] as const) {
    whole = withEntries(whole, section, entriesOf(whole, section));
  }
  saveKubeconfig(context.proc.fs, await context.config(), whole);
}

/** Empty fields are left out, but a cluster's server and a context's cluster and user. */
function plain(section: Section, entry: JsonObject): JsonObject {
  const always: JsonObject =
    section === 'clusters' ? { server: '' } : section === 'contexts' ? { cluster: '', user: '' } : {};
  const kept = Object.entries(entry).filter(([, value]) => value !== '' && value !== false);
  return { ...always, ...Object.fromEntries(kept) };
}

// ---- set, unset

interface Step {
  readonly section: Section;
  /** Undefined for the whole section. */
  readonly name: string | undefined;
  readonly field: string | undefined;
}

/** `clusters.10.0.0.1.server`: a name may have dots, so it ends where a known field begins. */
function stepsOf(property: string): Step | 'current-context' | 'preferences.colors' | 'preferences' {
  const [section = '', ...rest] = property.split('.');
  if (property === 'current-context' || property === 'preferences' || property === 'preferences.colors')
    return property;
  if (section === 'current-context') {
    throw new KubectlError(`unable to parse one or more field values of ${property}`);
  }
  if (section !== 'clusters' && section !== 'contexts' && section !== 'users') {
    throw new KubectlError(`unable to parse ${property} after [] at api.Config`);
  }
  if (rest.length === 0) return { section, name: undefined, field: undefined };
  const at = rest.findIndex((word, index) => index > 0 && fields[section].has(word));
  const name = rest.slice(0, at < 0 ? undefined : at).join('.');
  if (at >= 0 && at < rest.length - 1) {
    throw new KubectlError(`unable to parse one or more field values of ${property}`);
  }
  return { section, name, field: at < 0 ? undefined : rest[at] };
}

async function set(context: Context): Promise<undefined> {
  const { args, flags } = context;
  const [property = '', value = ''] = args;
  if (args.length !== 2) return wrongArgs(context);
  if (value === '') throw new KubectlError('you cannot use set to unset a property');
  if (property === '') throw new KubectlError('you must specify a property');
  const { document } = await context.config();
  const step = stepsOf(property);
  if (step === 'current-context') await save(context, { ...document, 'current-context': value });
  else if (step === 'preferences.colors') {
    await save(context, withAt(document, ['preferences', 'colors'], boolOf(value)));
  } else if (step === 'preferences' || step.name === undefined || step.field === undefined) {
    // The real one goes on to print where its map lies in memory.
    throw new KubectlError("can't set a map to a value");
  } else {
    const { section, name, field } = step;
    const entries = entriesOf(document, section);
    const type = fields[section].get(field) ?? 'text';
    const written =
      type === 'bool' ? boolOf(value) : type === 'bytes' ? bytesOf(value, flags.bool('set-raw-bytes')) : value;
    entries.set(name, plain(section, { ...entries.get(name), [field]: written }));
    await save(context, withEntries(document, section, entries));
  }
  await context.out(`Property ${JSON.stringify(property)} set.\n`);
  return undefined;
}

function boolOf(value: string): boolean {
  if (/^(1|t|T|TRUE|true|True)$/.test(value)) return true;
  if (/^(0|f|F|FALSE|false|False)$/.test(value)) return false;
  throw new KubectlError(`strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`);
}

/** As the file keeps bytes: in base64. */
function bytesOf(value: string, raw: boolean): string {
  if (raw) return btoa(Array.from(new TextEncoder().encode(value), (byte) => String.fromCharCode(byte)).join(''));
  if (/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value)) return value;
  const wrong = value.search(/[^A-Za-z0-9+/]/);
  const at = wrong < 0 ? Math.floor(value.length / 4) * 4 : wrong;
  throw new KubectlError(`error decoding input value: illegal base64 data at input byte ${at}`);
}

async function unset(context: Context): Promise<undefined> {
  const { args } = context;
  const [property = ''] = args;
  if (args.length !== 1) return wrongArgs(context);
  if (property === '') throw new KubectlError('you must specify a property');
  const { document } = await context.config();
  const step = stepsOf(property);
  if (step === 'current-context') await save(context, { ...document, 'current-context': '' });
  else if (step === 'preferences' || step === 'preferences.colors')
    await save(context, { ...document, preferences: {} });
  else {
    const { section, name, field } = step;
    const entries = name === undefined ? new Map<string, JsonObject>() : entriesOf(document, section);
    if (name !== undefined && field === undefined) entries.delete(name);
    else if (name !== undefined && field !== undefined) {
      const held = entries.get(name);
      if (!held) throw new KubectlError(`current map key \`${name}\` is invalid`);
      entries.set(name, plain(section, withAt(held, [field], undefined)));
    }
    await save(context, withEntries(document, section, entries));
  }
  await context.out(`Property ${JSON.stringify(property)} unset.\n`);
  return undefined;
}

// ---- set-cluster, set-credentials

async function setCluster(context: Context): Promise<undefined> {
  const { args, flags } = context;
  const [name = ''] = args;
  if (args.length !== 1) return wrongArgs(context);
  const [authority, insecure, embed] = [
    flags.text('certificate-authority'),
    flags.bool('insecure-skip-tls-verify'),
    flags.bool('embed-certs'),
  ];
  if (name === '') throw new KubectlError('you must specify a non-empty cluster name');
  if (insecure && authority !== '') {
    throw new KubectlError('you cannot specify a certificate authority and insecure mode at the same time');
  }
  if (embed && authority === '') throw new KubectlError('you must specify a --certificate-authority to embed');
  const { document } = await context.config();
  const entries = entriesOf(document, 'clusters');
  let cluster: JsonObject = { ...entries.get(name) };
  if (flags.changed('server')) cluster = { ...cluster, server: flags.text('server'), 'tls-server-name': '' };
  if (flags.changed('tls-server-name')) cluster = { ...cluster, 'tls-server-name': flags.text('tls-server-name') };
  if (flags.changed('insecure-skip-tls-verify')) {
    cluster = { ...cluster, 'insecure-skip-tls-verify': insecure };
    if (insecure) cluster = { ...cluster, 'certificate-authority': '', 'certificate-authority-data': '' };
  }
  if (flags.changed('certificate-authority')) {
    const fresh = { ...cluster, 'insecure-skip-tls-verify': false };
    cluster = { ...fresh, ...(await fileFields(context, 'certificate-authority', authority, embed)) };
  }
  if (flags.changed('proxy-url')) cluster = { ...cluster, 'proxy-url': flags.text('proxy-url') };
  entries.set(name, plain('clusters', cluster));
  await save(context, withEntries(document, 'clusters', entries));
  await context.out(`Cluster ${JSON.stringify(name)} set.\n`);
  return undefined;
}

/** Where a file is, seen from the kubeconfig when it is beside or below it, or what is in it. */
async function fileFields(context: Context, field: string, path: string, embed: boolean): Promise<JsonObject> {
  const { proc } = context;
  const full = path === '' ? '' : proc.fs.resolve(proc.cwd, path);
  if (!embed) {
    const config = (await context.config()).path;
    const directory = config.slice(0, config.lastIndexOf('/') + 1);
    const shown = full.startsWith(directory) ? full.slice(directory.length) : full;
    return { [field]: shown, ...(path === '' ? {} : { [`${field}-data`]: '' }) };
  }
  if (!proc.fs.exists(full)) {
    throw new KubectlError(`could not stat ${field} file ${path}: stat ${path}: no such file or directory`);
  }
  return { [field]: '', [`${field}-data`]: bytesOf(proc.fs.read(full), true) };
}

async function setCredentials(context: Context): Promise<undefined> {
  const { args, flags } = context;
  const [name = ''] = args;
  if (args.length !== 1) return wrongArgs(context, 'unexpected');
  const embed = flags.bool('embed-certs');
  const [token, username, password] = [flags.text('token'), flags.text('username'), flags.text('password')];
  if (name === '') throw new KubectlError('you must specify a non-empty user name');
  if (token !== '' && (username !== '' || password !== '')) {
    throw new KubectlError(
      'you cannot specify more than one authentication method at the same time: --token, --username/--password',
    );
  }
  if (embed && flags.text('client-certificate') === '' && flags.text('client-key') === '') {
    throw new KubectlError('you must specify a --client-certificate or --client-key to embed');
  }
  const { document } = await context.config();
  const entries = entriesOf(document, 'users');
  let user: JsonObject = { ...entries.get(name) };
  for (const field of ['client-certificate', 'client-key']) {
    if (flags.changed(field)) user = { ...user, ...(await fileFields(context, field, flags.text(field), embed)) };
  }
  for (const field of ['token', 'username', 'password']) {
    if (flags.changed(field)) user = { ...user, [field]: flags.text(field) };
  }
  // Whoever has a new way in loses the old one.
  if (token !== '') user = { ...user, username: '', password: '' };
  else if (username !== '' || password !== '') user = { ...user, token: '' };
  entries.set(name, plain('users', user));
  await save(context, withEntries(document, 'users', entries));
  await context.out(`User ${JSON.stringify(name)} set.\n`);
  return undefined;
}

// ---- delete-cluster, delete-user

async function remove(context: Context, section: Section, what: string): Promise<undefined> {
  const { args } = context;
  const [name = ''] = args;
  if (args.length !== 1) {
    if (section === 'users') throw context.usage('user to delete is required');
    const { help } = await import('./help.ts');
    await context.out(help(context.path));
    return undefined;
  }
  const { document, shown } = await context.config();
  const entries = entriesOf(document, section);
  if (!entries.delete(name)) throw new KubectlError(`cannot delete ${what} ${name}, not in ${shown}`);
  await save(context, withEntries(document, section, entries));
  await context.out(`deleted ${what} ${name} from ${shown}\n`);
  return undefined;
}
