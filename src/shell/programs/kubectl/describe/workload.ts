// `kubectl describe deployment` and `replicaset` (kubectl/pkg/describe/describe.go, 1.32).

import { controllerOf, replicaSetsOf, selectorText } from '../deployments.ts';
import { isObject, type JsonObject, mapAt, nameOf, namespaceOf, numberAt, objectAt, textAt } from '../object.ts';
import type { Describing } from './index.ts';
import { podTemplate } from './pod-template.ts';
import { annotations, conditions, controllerText, field, labels, longTime } from './text.ts';

export async function deployment(describing: Describing, object: JsonObject): Promise<string> {
  const { spec, status } = { spec: objectAt(object, 'spec'), status: objectAt(object, 'status') };
  const counts = [
    `${numberAt(spec, 'replicas')} desired`,
    `${numberAt(status, 'updatedReplicas')} updated`,
    `${numberAt(status, 'replicas')} total`,
    `${numberAt(status, 'availableReplicas')} available`,
    `${numberAt(status, 'unavailableReplicas')} unavailable`,
  ];
  const rolling = objectAt(spec, 'strategy', 'rollingUpdate');
  const limits = `${textAt(rolling, 'maxUnavailable')} max unavailable, ${textAt(rolling, 'maxSurge')} max surge`;
  const { old, current } = await replicaSetsOf(describing.context.client, object);
  const hasSets = old.length > 0 || current !== undefined;
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    field('CreationTimestamp', longTime(textAt(object, 'metadata', 'creationTimestamp'))),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Selector', selectorText(objectAt(spec, 'selector'))),
    field('Replicas', counts.join(' | ')),
    field('StrategyType', textAt(spec, 'strategy', 'type')),
    field('MinReadySeconds', numberAt(spec, 'minReadySeconds')),
    isObject(objectAt(spec, 'strategy')['rollingUpdate']) ? field('RollingUpdateStrategy', limits) : '',
    podTemplate(objectAt(spec, 'template')),
    conditions(object),
    hasSets ? field('OldReplicaSets', setsText(old)) : '',
    hasSets ? field('NewReplicaSet', setsText(current ? [current] : [])) : '',
    await describing.events(describing.reference(object)),
  ].join('');
}

function setsText(sets: readonly JsonObject[]): string {
  const texts = sets.map((set) => {
    const [made, wanted] = [numberAt(set, 'status', 'replicas'), numberAt(set, 'spec', 'replicas')];
    return `${nameOf(set)} (${made}/${wanted} replicas created)`;
  });
  return texts.join(', ') || '<none>';
}

export async function replicaSet(describing: Describing, object: JsonObject): Promise<string> {
  const owner = controllerText(controllerOf(object));
  const selector = selectorText(objectAt(object, 'spec', 'selector'));
  const [current, desired] = [numberAt(object, 'status', 'replicas'), numberAt(object, 'spec', 'replicas')];
  const pods = await describing.list('pods', namespaceOf(object), { labelSelector: selector });
  const owned = pods.filter((pod) => textAt(controllerOf(pod), 'uid') === textAt(object, 'metadata', 'uid'));
  const count = (phase: string) => owned.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
  const states = [
    `${count('Running')} Running`,
    `${count('Pending')} Waiting`,
    `${count('Succeeded')} Succeeded`,
    `${count('Failed')} Failed`,
  ];
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    field('Selector', selector || '<none>'),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    owner ? field('Controlled By', owner) : '',
    field('Replicas', `${current} current / ${desired} desired`),
    field('Pods Status', states.join(' / ')),
    podTemplate(objectAt(object, 'spec', 'template')),
    conditions(object),
    await describing.events(describing.reference(object)),
  ].join('');
}
