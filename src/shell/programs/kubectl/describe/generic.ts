// The description of any object by its fields (kubectl/pkg/describe/describe.go genericDescriber, 1.32).

import { isList, isObject, type Json, type JsonObject, mapAt, nameOf, namespaceOf, sortedKeys } from '../object.ts';
import { goNumber } from '../printers/yaml.ts';
import type { Describing } from './index.ts';
import { annotations, escaped, field, labels } from './text.ts';

const skipped = [
  '.metadata.managedFields',
  '.metadata.name',
  '.metadata.namespace',
  '.metadata.labels',
  '.metadata.annotations',
];

export async function generic(describing: Describing, object: JsonObject): Promise<string> {
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    fields(object, 0, ''),
    await describing.events(describing.reference(object)),
  ].join('');
}

function fields(object: JsonObject, level: number, path: string): string {
  const margin = '  '.repeat(level);
  return sortedKeys(object)
    .filter((key) => !skipped.includes(`${path}.${key}`))
    .map((key) => {
      const value = object[key] ?? null;
      const title = titleOf(key);
      if (isObject(value)) return `${margin}${title}:\n${fields(value, level + 1, `${path}.${key}`)}`;
      if (isList(value)) return `${margin}${title}:\n${items(value, level + 1, `${path}.${key}`)}`;
      return field(title, plain(value), level);
    })
    .join('');
}

function items(list: readonly Json[], level: number, path: string): string {
  const margin = '  '.repeat(level);
  return list
    .map((item) => (isObject(item) ? fields(item, level, path) : `${margin}${escaped(plain(item))}\n`))
    .join('');
}

/** As Go's `%v` prints it. */
function plain(value: Json): string {
  if (value === null) return '<nil>';
  if (typeof value === 'number') return goNumber(value);
  if (isList(value)) return `[${value.map(plain).join(' ')}]`;
  return isObject(value)
    ? `map[${sortedKeys(value)
        .map((key) => `${key}:${plain(value[key] ?? null)}`)
        .join(' ')}]`
    : String(value);
}

const acronyms = ['API', 'URL', 'UID', 'OSB', 'GUID'];

/** `creationTimestamp` as `Creation Timestamp`. */
function titleOf(key: string): string {
  if (!/^[\p{L}-]*$/u.test(key)) return key;
  return camelParts(key)
    .map((part) => (acronyms.includes(part.toUpperCase()) ? part.toUpperCase() : upperWords(part)))
    .join(' ');
}

/** Go's strings.Title: every letter that follows no letter. */
const upperWords = (text: string): string =>
  text.replace(/(^|[^\p{L}])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());

/** github.com/fatih/camelcase: runs of capitals, of small letters after one capital, of other signs. */
function camelParts(text: string): string[] {
  const runs = text.match(/\p{Lu}+|\p{Ll}+|[^\p{L}]+/gu) ?? [];
  for (let i = 0; i + 1 < runs.length; i++) {
    const [run = '', next = ''] = [runs[i], runs[i + 1]];
    if (/^\p{Lu}/u.test(run) && /^\p{Ll}/u.test(next)) {
      runs[i + 1] = run.slice(-1) + next;
      runs[i] = run.slice(0, -1);
    }
  }
  return runs.filter((run) => run !== '');
}
