// `kubectl create role`, `clusterrole`, `rolebinding` and `clusterrolebinding` (kubectl/pkg/cmd/create, 1.32).

import type { Resource } from '../client.ts';
import type { Context } from '../context.ts';
import { BareError, KubectlError } from '../errors.ts';
import { newMetadata } from '../new-objects.ts';
import { compareText, type JsonObject } from '../object.ts';
import { createOne, type Generator, metadataOf, required } from './create-one.ts';

const rbacGroup = 'rbac.authorization.k8s.io';
const apiVersion = `${rbacGroup}/v1`;

const generators: Readonly<Record<string, Generator>> = {
  'create clusterrole': { plural: 'clusterroles', make: clusterRole },
  'create clusterrolebinding': {
    plural: 'clusterrolebindings',
    failure: 'failed to create clusterrolebinding: ',
    required: ['clusterrole'],
    make: clusterRoleBinding,
  },
  'create role': { plural: 'roles', make: role },
  'create rolebinding': { plural: 'rolebindings', failure: 'failed to create rolebinding: ', make: roleBinding },
};

export function run(context: Context): Promise<undefined> {
  return createOne(context, generators);
}

// ---- Roles

const resourceVerbs = new Set(
  '* get delete list create update patch watch proxy deletecollection use bind escalate impersonate'.split(' '),
);
const urlVerbs = new Set('* get post put delete patch head options'.split(' '));
/** Verbs for a few kinds alone, as `plural.group`. */
const specialVerbs: Readonly<Record<string, readonly string[]>> = {
  use: ['podsecuritypolicies.policy', 'podsecuritypolicies.extensions'],
  bind: [`roles.${rbacGroup}`, `clusterroles.${rbacGroup}`],
  escalate: [`roles.${rbacGroup}`, `clusterroles.${rbacGroup}`],
  impersonate: ['users.', 'serviceaccounts.', 'groups.', 'userextras.authentication.k8s.io'],
};

/** What a word after `--resource` means: `pods`, `deploy.apps/scale`. */
interface Wanted {
  readonly name: string;
  readonly group: string;
  readonly subresource: string;
  readonly known: Resource | undefined;
}

async function role(context: Context, name: string): Promise<JsonObject> {
  const verbs = verbsOf(context);
  const wanted = await wantedOf(context);
  required(name);
  if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
  await warnOf(context, verbs);
  if (wanted.length === 0) throw new KubectlError('at least one resource must be specified');
  checkResources(verbs, wanted);
  return { apiVersion, kind: 'Role', metadata: metadataOf(context, name), rules: rulesOf(context, verbs, wanted, []) };
}

async function clusterRole(context: Context, name: string): Promise<JsonObject> {
  const { flags } = context;
  const urls = [...new Set(flags.list('non-resource-url'))];
  const verbs = verbsOf(context);
  const wanted = await wantedOf(context);
  const aggregated = aggregationOf(flags.list('aggregation-rule'));
  const made = { apiVersion, kind: 'ClusterRole', metadata: newMetadata(name) };
  required(name);
  if (Object.keys(aggregated).length > 0) {
    if (urls.length + verbs.length + wanted.length + flags.list('resource-name').length > 0) {
      throw new KubectlError(
        'aggregation rule must be specified without nonResourceURLs, verbs, resources or resourceNames',
      );
    }
    return { ...made, aggregationRule: { clusterRoleSelectors: [{ matchLabels: aggregated }] }, rules: null };
  }
  if (verbs.length === 0) throw new KubectlError('at least one verb must be specified');
  if (wanted.length === 0 && urls.length === 0) {
    throw new KubectlError('one of resource or nonResourceURL must be specified');
  }
  if (wanted.length > 0) {
    await warnOf(context, verbs);
    checkResources(verbs, wanted);
  }
  if (urls.length > 0) checkUrls(verbs, urls);
  return { ...made, rules: rulesOf(context, verbs, wanted, urls) };
}

function verbsOf({ flags }: Context): string[] {
  const verbs = flags.list('verb');
  return verbs.includes('*') ? ['*'] : [...new Set(verbs)];
}

async function wantedOf({ flags, client }: Context): Promise<Wanted[]> {
  const out: Wanted[] = [];
  for (const word of flags.list('resource')) {
    const [whole = '', subresource = ''] = cut(word, '/');
    const [name = '', group = ''] = cut(whole, '.');
    if (word === '*') return [{ name, group, subresource, known: undefined }];
    out.push({ name, group, subresource, known: name === '' ? undefined : await client.lookUp(whole) });
  }
  return out;
}

function cut(text: string, sign: string): string[] {
  const at = text.indexOf(sign);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

async function warnOf(context: Context, verbs: readonly string[]): Promise<void> {
  for (const verb of verbs) {
    if (!resourceVerbs.has(verb)) await context.err(`Warning: '${verb}' is not a standard resource verb\n`);
  }
}

function checkResources(verbs: readonly string[], wanted: readonly Wanted[]): void {
  for (const one of wanted) {
    if (one.name === '') throw new KubectlError('resource must be specified if apiGroup/subresource specified');
    if (one.name === '*') return;
    const { plural, group } = one.known ?? { plural: one.name, group: one.group };
    let special = false;
    for (const verb of verbs) {
      const kinds = specialVerbs[verb];
      if (!kinds) continue;
      if (!kinds.includes(`${plural}.${group}`)) {
        throw new KubectlError(`can not perform '${verb}' on '${plural}' in group '${group}'`);
      }
      special = true;
    }
    if (!one.known && !special) {
      const word = one.group === '' ? one.name : `${one.name}.${one.group}`;
      throw new BareError(`the server doesn't have a resource type ${JSON.stringify(word)}`);
    }
  }
}

function checkUrls(verbs: readonly string[], urls: readonly string[]): void {
  const wrong = verbs.find((verb) => !urlVerbs.has(verb));
  if (wrong !== undefined) throw new KubectlError(`invalid verb: '${wrong}' for nonResourceURL`);
  for (const url of urls) {
    if (url === '*') continue;
    if (!url.startsWith('/')) throw new KubectlError('nonResourceURL should start with /');
    if (url.slice(0, -1).includes('*')) {
      throw new KubectlError("nonResourceURL only supports wildcard matches when '*' is at the end");
    }
  }
}

/** A rule for each group. */
function rulesOf(
  { flags }: Context,
  verbs: readonly string[],
  wanted: readonly Wanted[],
  urls: readonly string[],
): JsonObject[] {
  const resourceNames = [...new Set(flags.list('resource-name'))];
  const byGroup = new Map<string, string[]>();
  for (const { name, group: given, subresource, known } of wanted) {
    const { plural, group } = known ?? { plural: name, group: given };
    const resource = subresource === '' ? plural : `${plural}/${subresource}`;
    const held = byGroup.get(group) ?? [];
    if (!held.includes(resource)) byGroup.set(group, [...held, resource]);
  }
  const rules: JsonObject[] = [...byGroup]
    .sort(([a], [b]) => compareText(a, b))
    .map(([group, resources]) => ({
      apiGroups: [group],
      ...(resourceNames.length === 0 ? {} : { resourceNames }),
      resources,
      verbs,
    }));
  return urls.length === 0 ? rules : [...rules, { nonResourceURLs: urls, verbs }];
}

function aggregationOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    words
      .filter((word) => word !== '')
      .map((word) => {
        const equals = word.indexOf('=');
        if (equals < 0) {
          throw new KubectlError(
            `invalid argument ${JSON.stringify(words.join(','))} for "--aggregation-rule" flag: malformed pair, expect string=string\nSee 'kubectl create clusterrole --help' for usage.`,
          );
        }
        return [word.slice(0, equals).trim(), word.slice(equals + 1).trim()] as const;
      }),
  );
}

// ---- Bindings

function roleBinding(context: Context, name: string): JsonObject {
  const { flags } = context;
  const [cluster, own] = [flags.text('clusterrole'), flags.text('role')];
  required(name);
  if ((cluster === '') === (own === '')) {
    throw new KubectlError('exactly one of clusterrole or role must be specified');
  }
  const subjects = subjectsOf(context);
  return {
    apiVersion,
    kind: 'RoleBinding',
    metadata: metadataOf(context, name),
    roleRef: { apiGroup: rbacGroup, kind: own === '' ? 'ClusterRole' : 'Role', name: own || cluster },
    ...(subjects.length === 0 ? {} : { subjects }),
  };
}

function clusterRoleBinding(context: Context, name: string): JsonObject {
  const subjects = subjectsOf(context);
  return {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata: newMetadata(name),
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: context.flags.text('clusterrole') },
    ...(subjects.length === 0 ? {} : { subjects }),
  };
}

function subjectsOf({ flags }: Context): JsonObject[] {
  return [
    ...flags.list('user').map((name) => ({ apiGroup: rbacGroup, kind: 'User', name })),
    ...flags.list('group').map((name) => ({ apiGroup: rbacGroup, kind: 'Group', name })),
    ...flags.list('serviceaccount').map((account) => {
      const [namespace = '', name = '', ...more] = account.split(':');
      if (namespace === '' || name === '' || more.length > 0) {
        throw new KubectlError('serviceaccount must be <namespace>:<name>');
      }
      return { kind: 'ServiceAccount', name, namespace };
    }),
  ];
}
