// `kubectl describe` of config maps, secrets, service accounts and namespaces (kubectl/pkg/describe/describe.go, 1.32).
// Departure: the keys of maps come in order; Go leaves those of ConfigMaps and Secrets to chance.

import { type JsonObject, listAt, mapAt, nameOf, namespaceOf, sortedKeys, textAt } from '../object.ts';
import type { Describing } from './index.ts';
import { limitsText, quotasText } from './limits.ts';
import { annotations, escaped, field, labels, longTime } from './text.ts';

export async function configMap(describing: Describing, object: JsonObject): Promise<string> {
  const data = mapAt(object, 'data');
  const binary = mapAt(object, 'binaryData');
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    '\nData\n====\n',
    ...sortedKeys(data).map((key) => `${key}:\n----\n${escaped(data[key] ?? '')}\n\n`),
    '\nBinaryData\n====\n',
    ...sortedKeys(binary).map((key) => `${key}: ${byteLength(binary[key] ?? '')} bytes\n`),
    '\n',
    await describing.events(describing.reference(object)),
  ].join('');
}

/** Of a base64 text. */
function byteLength(base64: string): number {
  const padding = /=*$/.exec(base64)?.[0].length ?? 0;
  return (base64.length / 4) * 3 - padding;
}

export function secret(_describing: Describing, object: JsonObject): Promise<string> {
  const data = mapAt(object, 'data');
  const type = textAt(object, 'type');
  const shown = (key: string) => key === 'token' && type === 'kubernetes.io/service-account-token';
  const rows = sortedKeys(data).map((key) =>
    field(key, shown(key) ? atob(data[key] ?? '') : `${byteLength(data[key] ?? '')} bytes`),
  );
  return Promise.resolve(
    [
      field('Name', nameOf(object)),
      field('Namespace', namespaceOf(object)),
      labels('Labels', mapAt(object, 'metadata', 'labels')),
      annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
      `\n${field('Type', type)}`,
      '\nData\n====\n',
      ...rows,
    ].join(''),
  );
}

export async function serviceAccount(describing: Describing, object: JsonObject): Promise<string> {
  const namespace = namespaceOf(object);
  const secrets = await describing.list('secrets', namespace);
  const isToken = (one: JsonObject) => {
    const own = mapAt(one, 'metadata', 'annotations');
    const uid = own['kubernetes.io/service-account.uid'] ?? '';
    return (
      textAt(one, 'type') === 'kubernetes.io/service-account-token' &&
      own['kubernetes.io/service-account.name'] === nameOf(object) &&
      (uid === '' || uid === textAt(object, 'metadata', 'uid'))
    );
  };
  const existing = new Set(secrets.map(nameOf));
  const named = (key: string) =>
    listAt(object, key).map((one) => {
      const name = textAt(one, 'name');
      return existing.has(name) ? name : `${name} (not found)`;
    });
  const list = (title: string, names: readonly string[]) =>
    (names.length === 0 ? ['<none>'] : names)
      .map((name, n) => `${n === 0 ? title : '                   '}\t${name}\n`)
      .join('');
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespace),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    list('Image pull secrets:', named('imagePullSecrets')),
    list('Mountable secrets: ', named('secrets')),
    list('Tokens:            ', secrets.filter(isToken).map(nameOf)),
    await describing.events(describing.reference(object)),
  ].join('');
}

export async function namespace(describing: Describing, object: JsonObject): Promise<string> {
  const conditions = listAt(object, 'status', 'conditions');
  const rows = conditions.map((one) => {
    const cells = [textAt(one, 'type'), textAt(one, 'status'), longTime(textAt(one, 'lastTransitionTime'))];
    return `  ${[...cells, textAt(one, 'reason'), textAt(one, 'message')].join('\t')}\n`;
  });
  const head =
    'Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n  ----\t------\t------------------\t------\t-------\n';
  return [
    field('Name', nameOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Status', textAt(object, 'status', 'phase')),
    conditions.length > 0 ? head + rows.join('') : '',
    `\n${quotasText(await describing.list('resourcequotas', nameOf(object)))}`,
    `\n${limitsText(await describing.list('limitranges', nameOf(object)))}`,
  ].join('');
}
