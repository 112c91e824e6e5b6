// `kubectl describe` of roles and their bindings (kubectl/pkg/describe/describe.go and util/rbac, 1.32). Every rule is
// taken apart into single resources and verbs and put together again by resource.
// Departure: rules that compare as equal keep their order; Go leaves it to chance.

import {
  compareText,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  objectAt,
  textAt,
} from '../object.ts';
import type { Describing } from './index.ts';
import { annotations, field, labels } from './text.ts';

interface Rule {
  readonly verbs: string[];
  readonly groups: readonly string[];
  readonly resources: readonly string[];
  readonly names: readonly string[];
  readonly urls: readonly string[];
}

const texts = (value: Json, key: string): string[] => listAt(value, key).map((one) => textAt(one));
const list = (all: readonly string[]): string => `[${all.join(' ')}]`;

function* takenApart(rule: Json): Generator<Rule> {
  const verbs = texts(rule, 'verbs');
  const named = texts(rule, 'resourceNames');
  for (const group of texts(rule, 'apiGroups')) {
    for (const resource of texts(rule, 'resources')) {
      for (const verb of verbs) {
        const one = { verbs: [verb], groups: [group], resources: [resource], urls: [] };
        if (named.length === 0) yield { ...one, names: [] };
        else for (const name of named) yield { ...one, names: [name] };
      }
    }
  }
  for (const url of texts(rule, 'nonResourceURLs')) {
    for (const verb of verbs) yield { verbs: [verb], groups: [], resources: [], names: [], urls: [url] };
  }
}

function rulesOf(object: JsonObject): Rule[] {
  const whole: Rule[] = [];
  const simple = new Map<string, Rule>();
  for (const rule of listAt(object, 'rules')) {
    for (const one of takenApart(rule)) {
      if (one.urls.length > 0) {
        whole.push(one);
        continue;
      }
      const key = JSON.stringify([one.groups, one.resources, one.names]);
      const known = simple.get(key);
      if (!known) simple.set(key, one);
      else known.verbs.push(...one.verbs.filter((verb) => !known.verbs.includes(verb)));
    }
  }
  // As the rules are written out by Go, which is what they are sorted by.
  const written = ({ verbs, groups, resources, names, urls }: Rule) =>
    `&PolicyRule{Verbs:${list(verbs)},APIGroups:${list(groups)},Resources:${list(resources)},ResourceNames:${list(names)},NonResourceURLs:${list(urls)},}`;
  return [...whole, ...simple.values()].sort((a, b) => compareText(written(a), written(b)));
}

/** `deployments.apps/scale` */
function resourceText({ resources, groups }: Rule): string {
  const [resource] = resources;
  if (resource === undefined) return '';
  const slash = resource.indexOf('/');
  const [plain, sub] = slash < 0 ? [resource, ''] : [resource.slice(0, slash), resource.slice(slash)];
  return `${plain}${groups[0] ? `.${groups[0]}` : ''}${sub}`;
}

export function role(_describing: Describing, object: JsonObject): Promise<string> {
  const rows = rulesOf(object).map(
    (rule) => `  ${resourceText(rule)}\t${list(rule.urls)}\t${list(rule.names)}\t${list(rule.verbs)}\n`,
  );
  return Promise.resolve(
    [
      field('Name', nameOf(object)),
      labels('Labels', mapAt(object, 'metadata', 'labels')),
      annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
      'PolicyRule:\n  Resources\tNon-Resource URLs\tResource Names\tVerbs\n  ---------\t-----------------\t--------------\t-----\n',
      ...rows,
    ].join(''),
  );
}

export function roleBinding(_describing: Describing, object: JsonObject): Promise<string> {
  const reference = objectAt(object, 'roleRef');
  const rows = listAt(object, 'subjects')
    .filter(isObject)
    .map((one) => `  ${textAt(one, 'kind')}\t${textAt(one, 'name')}\t${textAt(one, 'namespace')}\n`);
  return Promise.resolve(
    [
      field('Name', nameOf(object)),
      labels('Labels', mapAt(object, 'metadata', 'labels')),
      annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
      'Role:\n',
      field('Kind', textAt(reference, 'kind'), 1),
      field('Name', textAt(reference, 'name'), 1),
      'Subjects:\n  Kind\tName\tNamespace\n  ----\t----\t---------\n',
      ...rows,
    ].join(''),
  );
}
