// `kubectl describe daemonset` and `statefulset` (kubectl/pkg/describe/describe.go, 1.32), and the line that counts the
// pods of a controller.

import { canonicalQuantity } from '../../../../sim/kubernetes/quantity.ts';
import { controllerOf, selectorText } from '../deployments.ts';
import {
  at,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
} from '../object.ts';
import { labelsText } from '../text.ts';
import type { Describing } from './index.ts';
import { podTemplate } from './pod-template.ts';
import { claimClass } from './storage.ts';
import { annotations, field, labels, longTime } from './text.ts';

/** `Pods Status:	2 Running / 0 Waiting / 0 Succeeded / 0 Failed` */
async function podsStatus(describing: Describing, object: JsonObject): Promise<string> {
  const labelSelector = selectorText(objectAt(object, 'spec', 'selector'));
  const pods = await describing.list('pods', namespaceOf(object), { labelSelector });
  const owned = pods.filter((pod) => textAt(controllerOf(pod), 'uid') === textAt(object, 'metadata', 'uid'));
  const count = (phase: string) => owned.filter((pod) => textAt(pod, 'status', 'phase') === phase).length;
  const [running, waiting] = [count('Running'), count('Pending')];
  const [succeeded, failed] = [count('Succeeded'), count('Failed')];
  return field('Pods Status', `${running} Running / ${waiting} Waiting / ${succeeded} Succeeded / ${failed} Failed`);
}

export async function daemonSet(describing: Describing, object: JsonObject): Promise<string> {
  const status = objectAt(object, 'status');
  const count = (title: string, key: string) => `${title}: ${numberAt(status, key)}\n`;
  return [
    field('Name', nameOf(object)),
    field('Selector', selectorText(objectAt(object, 'spec', 'selector'))),
    field('Node-Selector', labelsText(mapAt(object, 'spec', 'template', 'spec', 'nodeSelector'))),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    count('Desired Number of Nodes Scheduled', 'desiredNumberScheduled'),
    count('Current Number of Nodes Scheduled', 'currentNumberScheduled'),
    count('Number of Nodes Scheduled with Up-to-date Pods', 'updatedNumberScheduled'),
    count('Number of Nodes Scheduled with Available Pods', 'numberAvailable'),
    count('Number of Nodes Misscheduled', 'numberMisscheduled'),
    await podsStatus(describing, object),
    podTemplate(objectAt(object, 'spec', 'template')),
    await describing.events(describing.reference(object)),
  ].join('');
}

export async function statefulSet(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const optional = (title: string, text: string, level = 0) => (text ? field(title, text, level) : '');
  const rolling = objectAt(spec, 'updateStrategy', 'rollingUpdate');
  const partition = at(rolling, 'partition') !== undefined;
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    field('CreationTimestamp', longTime(textAt(object, 'metadata', 'creationTimestamp'))),
    field('Selector', selectorText(objectAt(spec, 'selector'))),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Replicas', `${numberAt(spec, 'replicas')} desired | ${numberAt(object, 'status', 'replicas')} total`),
    field('Update Strategy', textAt(spec, 'updateStrategy', 'type')),
    partition ? field('Partition', numberAt(rolling, 'partition'), 1) : '',
    partition ? optional('MaxUnavailable', textAt(rolling, 'maxUnavailable'), 1) : '',
    await podsStatus(describing, object),
    podTemplate(objectAt(spec, 'template')),
    claimTemplates(listAt(spec, 'volumeClaimTemplates')),
    await describing.events(describing.reference(object)),
  ].join('');
}

function claimTemplates(all: readonly Json[]): string {
  if (all.length === 0) return 'Volume Claims:\t<none>\n';
  return `Volume Claims:\n${all.map(claimTemplate).join('')}`;
}

function claimTemplate(claim: Json): string {
  const capacity = textAt(claim, 'spec', 'resources', 'requests', 'storage');
  const modes = listAt(claim, 'spec', 'accessModes').map((mode) => textAt(mode));
  // Here annotations are laid out as labels are.
  const list = (title: string, key: string) =>
    labels(`  ${title}`, mapAt(claim, 'metadata', key)).replaceAll('\n\t', '\n  \t');
  return [
    field('Name', textAt(claim, 'metadata', 'name'), 1),
    field('StorageClass', claimClass(claim), 1),
    list('Labels', 'labels'),
    list('Annotations', 'annotations'),
    field('Capacity', capacity ? canonicalQuantity(capacity) : '<default>', 1),
    field('Access Modes', `[${modes.join(' ')}]`, 1),
  ].join('');
}
