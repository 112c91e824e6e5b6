// The replica sets of a deployment as kubectl finds them (kubectl/pkg/util/deployment, 1.32): by selector and owner, the
// one with the deployment's own template apart from the others.

import { POD_TEMPLATE_HASH, canonicalJson } from '../../../sim/kubernetes/controllers/deployment/template-hash.ts';
import type { LabelSelector } from '../../../sim/kubernetes/objects.ts';
import { formatRequirements, requirementsOf } from '../../../sim/kubernetes/selector.ts';
import type { Client } from './client.ts';
import {
  boolAt,
  compareText,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  objectAt,
  textAt,
  withAt,
} from './object.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';

export interface ReplicaSets {
  readonly old: readonly JsonObject[];
  readonly current: JsonObject | undefined;
}

export async function replicaSetsOf(client: Client, deployment: JsonObject): Promise<ReplicaSets> {
  const resource = await client.resource('replicasets.apps');
  const labelSelector = selectorText(objectAt(deployment, 'spec', 'selector'));
  const list = await client.list(resource, namespaceOf(deployment), { labelSelector });
  const uid = textAt(deployment, 'metadata', 'uid');
  const owned = listAt(list, 'items')
    .filter(isObject)
    .filter((one) => textAt(controllerOf(one), 'uid') === uid);
  const template = templateText(objectAt(deployment, 'spec', 'template'));
  const byAge = [...owned].sort(
    (a, b) =>
      compareText(textAt(a, 'metadata', 'creationTimestamp'), textAt(b, 'metadata', 'creationTimestamp')) ||
      compareText(nameOf(a), nameOf(b)),
  );
  const current = byAge.find((one) => templateText(objectAt(one, 'spec', 'template')) === template);
  return { old: owned.filter((one) => one !== current), current };
}

/** 0 without the annotation; undefined where it is no number. */
export function revisionOf(object: JsonObject): number | undefined {
  const text = mapAt(object, 'metadata', 'annotations')[revisionAnnotation];
  if (text === undefined) return 0;
  return /^-?\d+$/.test(text) ? Number(text) : undefined;
}

export function controllerOf(object: JsonObject): Json | undefined {
  return listAt(object, 'metadata', 'ownerReferences').find((owner) => boolAt(owner, 'controller'));
}

/** A template without the label that its controller has put on it. */
export function withoutHash(template: JsonObject): JsonObject {
  const { [POD_TEMPLATE_HASH]: _hash, ...labels } = mapAt(template, 'metadata', 'labels');
  return withAt(template, ['metadata', 'labels'], labels);
}

/** A canonical text that two templates share when they differ in their hash label alone. */
export function templateText(template: JsonObject): string {
  return canonicalJson(withoutHash(template));
}

/** `app=web,tier in (a,b)`; empty when the selector is. */
export function selectorText(selector: JsonObject): string {
  const requirements = requirementsOf(selectorOf(selector));
  return Array.isArray(requirements) ? formatRequirements(requirements) : '';
}

function selectorOf(selector: JsonObject): LabelSelector {
  const matchExpressions = listAt(selector, 'matchExpressions').flatMap((one) => {
    const operator = operators.find((known) => known === textAt(one, 'operator'));
    const values = listAt(one, 'values').map((value) => textAt(value));
    return operator ? [{ key: textAt(one, 'key'), operator, values }] : [];
  });
  return { matchLabels: mapAt(selector, 'matchLabels'), matchExpressions };
}
const operators = ['In', 'NotIn', 'Exists', 'DoesNotExist'] as const;
