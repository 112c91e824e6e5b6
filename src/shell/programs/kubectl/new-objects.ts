// Making objects on the client: what `run`, `expose` and the generators of `create` share (kubectl/pkg/generate,
// pkg/cmd/create, 1.32). They look as Go writes its types: a time that is not set is null, an empty struct `{}`.

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
