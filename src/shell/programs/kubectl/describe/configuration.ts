// `kubectl describe configmap` and `namespace` (kubectl/pkg/describe/describe.go, 1.32).
// Departure: the keys of a ConfigMap come in order; Go leaves theirs to chance.

import { type JsonObject, listAt, mapAt, nameOf, namespaceOf, sortedKeys, textAt } from '../object.ts';
import type { Describing } from './index.ts';
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

export async function namespace(_describing: Describing, object: JsonObject): Promise<string> {
  const conditions = listAt(object, 'status', 'conditions');
  const rows = conditions.map((one) => {
    const cells = [textAt(one, 'type'), textAt(one, 'status'), longTime(textAt(one, 'lastTransitionTime'))];
    return `  ${[...cells, textAt(one, 'reason'), textAt(one, 'message')].join('\t')}\n`;
  });
  const head =
    'Conditions:\n  Type\tStatus\tLastTransitionTime\tReason\tMessage\n  ----\t------\t------------------\t------\t-------\n';
  return Promise.resolve(
    [
      field('Name', nameOf(object)),
      labels('Labels', mapAt(object, 'metadata', 'labels')),
      annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
      field('Status', textAt(object, 'status', 'phase')),
      conditions.length > 0 ? head + rows.join('') : '',
    ].join(''),
  );
}
