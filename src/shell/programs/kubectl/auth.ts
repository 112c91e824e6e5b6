// `kubectl auth can-i` and `auth whoami` (kubectl/pkg/cmd/auth, component-helpers/auth/rbac/validation, 1.32): the
// questions are objects that the API server answers and forgets.

import type { Resource } from './client.ts';
import type { Context } from './context.ts';
import { Exit, KubectlError } from './errors.ts';
import { compareText, isObject, type Json, type JsonObject, listAt, sortedKeys, textAt } from './object.ts';
import { printerFor } from './printers/index.ts';
import { TabWriter } from './printers/table.ts';

const authorization = '/apis/authorization.k8s.io/v1';
const knownVerbs = new Set(
  'get list watch create update patch delete deletecollection use bind impersonate * approve sign escalate attest'.split(
    ' ',
  ),
);
const knownUrlVerbs = new Set('get put post head options delete patch *'.split(' '));
/** Words that stand for something though no server serves them. */
const wordsOfRoles = new Set(['users', 'groups']);

export async function run(context: Context): Promise<undefined> {
  if (context.path === 'auth whoami') return whoAmI(context);
  return context.flags.bool('list') ? listRules(context) : canI(context);
}

const warn = (context: Context, text: string) => context.err(`Warning: ${text}\n\n`);

// ---- can-i

async function canI(context: Context): Promise<undefined> {
  const { flags, args, client } = context;
  const [verb = '', target = ''] = args;
  if (args.length !== 2) {
    throw new KubectlError(
      "you must specify two arguments: verb resource or verb resource/resourceName.\nSee 'kubectl auth can-i -h' for help and examples.",
    );
  }
  const everywhere = flags.bool('all-namespaces');
  const subresource = flags.text('subresource');
  const namespace = everywhere ? '' : await context.namespace();
  let spec: JsonObject;
  if (target.startsWith('/')) {
    if (subresource !== '') throw new KubectlError('--subresource can not be used with NonResourceURL');
    if (!knownUrlVerbs.has(verb)) await warn(context, `verb '${verb}' is not a known verb`);
    spec = { nonResourceAttributes: { path: target, verb } };
  } else {
    const slash = target.indexOf('/');
    const word = slash < 0 ? target : target.slice(0, slash);
    const name = slash < 0 ? '' : target.slice(slash + 1);
    const { plural, group } = await resourceOf(context, word);
    if (!everywhere) {
      const known = word === '*' ? undefined : await client.lookUp(word);
      if (known && !known.namespaced) {
        const within = known.group === '' ? '' : ` in group '${known.group}'`;
        await warn(context, `resource '${plural}' is not namespace scoped${within}`);
      }
      if (!knownVerbs.has(verb)) await warn(context, `verb '${verb}' is not a known verb`);
    }
    const asked = { namespace, verb, group, resource: plural, subresource, name };
    spec = { resourceAttributes: Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== '')) };
  }
  if (flags.bool('no-headers')) throw new KubectlError('--no-headers cannot be set without --list specified');
  const { status = {} } = await ask(context, 'SelfSubjectAccessReview', spec);
  const allowed = isObject(status) && status['allowed'] === true;
  const why = [textAt(status, 'reason'), textAt(status, 'evaluationError')].filter((text) => text !== '');
  const answer = allowed ? 'yes' : ['no', ...why].join(' - ');
  if (!flags.bool('quiet')) await context.out(`${answer}\n`);
  if (!allowed) throw new Exit(1);
  return undefined;
}

async function resourceOf(context: Context, word: string): Promise<Pick<Resource, 'plural' | 'group'>> {
  if (word === '*') return { plural: word, group: '' };
  const found = await context.client.lookUp(word);
  if (found) return found;
  const dot = word.indexOf('.');
  const [plural, group] = dot < 0 ? [word, ''] : [word.slice(0, dot), word.slice(dot + 1)];
  if (!wordsOfRoles.has(word)) {
    const within = group === '' ? '' : ` in group '${group.toLowerCase()}'`;
    await warn(context, `the server doesn't have a resource type '${plural.toLowerCase()}'${within}`);
  }
  return { plural: word, group: '' };
}

function ask(context: Context, kind: string, spec: JsonObject): Promise<JsonObject> {
  const body = { apiVersion: 'authorization.k8s.io/v1', kind, spec };
  return context.client.request('POST', `${authorization}/${kind.toLowerCase()}s`, { body });
}

// ---- can-i --list

interface Rule {
  readonly verbs: readonly string[];
  readonly group: string;
  readonly resource: string;
  readonly names: readonly string[];
  readonly urls: readonly string[];
}

async function listRules(context: Context): Promise<undefined> {
  const { flags, args } = context;
  if (args.length > 0) throw new KubectlError('list option must be specified with no arguments');
  if (flags.bool('quiet') || flags.bool('all-namespaces') || flags.text('subresource') !== '') {
    throw new KubectlError("list option can't be specified with neither quiet, all-namespaces nor subresource options");
  }
  const { status = {} } = await ask(context, 'SelfSubjectRulesReview', { namespace: await context.namespace() });
  if (isObject(status) && status['incomplete'] === true) {
    await context.err(`Warning: the list may be incomplete: ${textAt(status, 'evaluationError')}\n`);
  }
  const writer = new TabWriter();
  if (!flags.bool('no-headers')) writer.row(['Resources', 'Non-Resource URLs', 'Resource Names', 'Verbs']);
  for (const { resource, group, urls, names, verbs } of compact(status)) {
    const [plural = '', ...sub] = resource.split('/');
    const whole = [group === '' ? plural : `${plural}.${group}`, ...sub].join('/');
    writer.row([whole, goList(urls), goList(names), goList(verbs)]);
  }
  await context.out(writer.flush());
  return undefined;
}

const goList = (words: readonly string[]): string => `[${words.join(' ')}]`;

/** One line for each kind (and each name of it); lines of URLs stay as they are, one for each verb. */
function compact(status: Json): Rule[] {
  const texts = (rule: Json, key: string) => listAt(rule, key).map((text) => textAt(text));
  const lines = new Map<string, Rule>();
  for (const rule of listAt(status, 'resourceRules')) {
    for (const group of texts(rule, 'apiGroups')) {
      for (const resource of texts(rule, 'resources')) {
        const named = texts(rule, 'resourceNames');
        for (const names of named.length === 0 ? [[]] : named.map((name) => [name])) {
          const key = JSON.stringify([group, resource, names]);
          const held = lines.get(key)?.verbs ?? [];
          const verbs = [...new Set([...held, ...texts(rule, 'verbs')])];
          lines.set(key, { verbs, group, resource, names, urls: [] });
        }
      }
    }
  }
  const urls = listAt(status, 'nonResourceRules').flatMap((rule) =>
    texts(rule, 'nonResourceURLs').flatMap((url) =>
      texts(rule, 'verbs').map((verb) => ({ verbs: [verb], group: '', resource: '', names: [], urls: [url] })),
    ),
  );
  return [...urls, ...lines.values()].sort((a, b) => compareText(sortKey(a), sortKey(b)));
}

/** The text of a rule in Go, by which the real one sorts. */
function sortKey({ verbs, group, resource, names, urls }: Rule): string {
  const [groups, resources] = resource === '' ? [[], []] : [[group], [resource]];
  return `Verbs:${goList(verbs)},APIGroups:${goList(groups)},Resources:${goList(resources)},ResourceNames:${goList(names)},NonResourceURLs:${goList(urls)},`;
}

// ---- whoami

async function whoAmI(context: Context): Promise<undefined> {
  const printer = printerFor(context, { typed: true });
  const apiVersion = 'authentication.k8s.io/v1';
  const answer = await context.client.request('POST', `/apis/${apiVersion}/selfsubjectreviews`, {
    body: { apiVersion, kind: 'SelfSubjectReview', metadata: { creationTimestamp: null }, status: { userInfo: {} } },
  });
  if (printer) {
    await context.out(printer.print(answer) + printer.end());
    return undefined;
  }
  const user = isObject(answer['status']) ? answer['status']['userInfo'] : undefined;
  const writer = new TabWriter();
  writer.row(['ATTRIBUTE', 'VALUE']);
  const [name, uid] = [textAt(user, 'username'), textAt(user, 'uid')];
  const groups = listAt(user, 'groups').map((group) => textAt(group));
  if (name !== '') writer.row(['Username', name]);
  if (uid !== '') writer.row(['UID', uid]);
  if (groups.length > 0) writer.row(['Groups', goList(groups)]);
  const extra = isObject(user) && isObject(user['extra']) ? user['extra'] : {};
  for (const key of sortedKeys(extra)) {
    writer.row([`Extra: ${key}`, goList(listAt(extra, key).map((text) => textAt(text)))]);
  }
  await context.out(writer.flush());
  return undefined;
}
