// Making objects on the client: what `run`, `expose` and the generators of `create` share (kubectl/pkg/generate,
// pkg/cmd/create, 1.32). They look as Go writes its types: a time that is not set is null, an empty struct `{}`.

import { parseSelector } from '../../../sim/kubernetes/selector.ts';
import { lastApplied } from './apply.ts';
import { KubectlError } from './errors.ts';
import { type Json, type JsonObject, withAt } from './object.ts';
import { typedJson } from './printers/json.ts';

/** Metadata of an object that has not been created. */
export function newMetadata(name: string, more: JsonObject = {}): JsonObject {
  return { creationTimestamp: null, name, ...more };
}

export function newService(metadata: JsonObject, spec: JsonObject): JsonObject {
  return { apiVersion: 'v1', kind: 'Service', metadata, spec, status: { loadBalancer: {} } };
}

/** With its own text in the annotation of `apply` when that is asked for. */
export function savedTyped(object: JsonObject, saveConfig: boolean): JsonObject {
  return saveConfig ? withAt(object, ['metadata', 'annotations', lastApplied], `${typedJson(object)}\n`) : object;
}

/** `a=b,c=d` */
export function parseLabelSpec(spec: string): Record<string, string> {
  if (spec === '') throw new KubectlError('no label spec passed');
  const labels: Record<string, string> = {};
  for (const part of spec.split(',')) {
    const pieces = part.split('=');
    const [key = '', value = ''] = pieces;
    if (pieces.length !== 2) throw new KubectlError(`unexpected label spec: ${part}`);
    if (key === '') throw new KubectlError('unexpected empty label key');
    labels[key] = value;
  }
  return labels;
}

/** A number where it is one, else a name. */
export function intOrString(text: string): Json {
  return /^[-+]?\d+$/.test(text) ? Number(text) : text;
}

/** Go's strconv.Atoi, with its error. */
export function atoi(text: string): number {
  if (/^[-+]?\d+$/.test(text)) return Number(text);
  throw new KubectlError(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
}

const operatorSigns: Readonly<Record<string, string>> = { NotEquals: '!=', GreaterThan: 'gt', LessThan: 'lt' };

/** A selector as text in the form that objects hold (metav1.ParseToLabelSelector). */
export function labelSelector(text: string): JsonObject {
  const requirements = parseSelector(text);
  if (!Array.isArray(requirements)) {
    throw new KubectlError(`couldn't parse the selector string ${JSON.stringify(text)}: ${requirements.error}`);
  }
  const matchLabels: Record<string, string> = {};
  const matchExpressions: JsonObject[] = [];
  for (const { key, operator, values } of requirements) {
    const sign = operatorSigns[operator];
    if (sign === '!=') throw new KubectlError(`${JSON.stringify(sign)} is not a valid label selector operator`);
    if (sign !== undefined) throw new KubectlError(`${JSON.stringify(sign)} isn't supported in label selectors`);
    if (operator === 'Equals' || operator === 'DoubleEquals') matchLabels[key] = values[0] ?? '';
    else matchExpressions.push({ key, operator, ...(values.length === 0 ? {} : { values }) });
  }
  return {
    ...(Object.keys(matchLabels).length === 0 ? {} : { matchLabels }),
    ...(matchExpressions.length === 0 ? {} : { matchExpressions }),
  };
}
