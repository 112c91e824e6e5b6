// `kubectl describe pod` (kubectl/pkg/describe/describe.go describePod, 1.32).

import { qosClass } from '../../../../sim/kubernetes/pods.ts';
import { controllerOf } from '../deployments.ts';
import {
  at,
  isObject,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
} from '../object.ts';
import type { Describing } from './index.ts';
import { containers, resources, seccomp, spreadConstraints, tolerations, volumes } from './pod-template.ts';
import { annotations, controllerText, field, labels, longTime } from './text.ts';

export async function pod(describing: Describing, object: JsonObject): Promise<string> {
  const { kind: _kind, ...reference } = describing.reference(object);
  return podText(object, describing) + (await describing.events(reference));
}

function podText(object: JsonObject, { context }: Describing): string {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const optional = (title: string, text: string) => (text ? field(title, text) : '');
  const init = listAt(spec, 'initContainers');
  const ephemeral = listAt(spec, 'ephemeralContainers');
  const node = textAt(spec, 'nodeName');
  const started = textAt(status, 'startTime');
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    at(spec, 'priority') === undefined ? '' : field('Priority', numberAt(spec, 'priority')),
    optional('Priority Class Name', textAt(spec, 'priorityClassName')),
    optional('Runtime Class Name', textAt(spec, 'runtimeClassName')),
    optional('Service Account', textAt(spec, 'serviceAccountName')),
    field('Node', node ? `${node}/${textAt(status, 'hostIP')}` : '<none>'),
    started ? field('Start Time', longTime(started)) : '',
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    statusText(object, context.age(textAt(object, 'metadata', 'deletionTimestamp'))),
    optional('Reason', textAt(status, 'reason')),
    optional('Message', textAt(status, 'message')),
    seccomp(objectAt(spec, 'securityContext', 'seccompProfile'), 0, 0),
    field('IP', textAt(status, 'podIP')),
    addresses(object),
    optional('Controlled By', controllerText(controllerOf(object))),
    optional('NominatedNodeName', textAt(status, 'nominatedNodeName')),
    isObject(spec['resources']) ? `Resources:\n${resources(spec['resources'], 1)}` : '',
    init.length > 0 ? containers('Init Containers', init, listAt(status, 'initContainerStatuses'), object) : '',
    containers('Containers', listAt(spec, 'containers'), listAt(status, 'containerStatuses'), object),
    ephemeral.length > 0
      ? containers('Ephemeral Containers', ephemeral, listAt(status, 'ephemeralContainerStatuses'), object)
      : '',
    readinessGates(object),
    conditions(object),
    volumes(listAt(spec, 'volumes')),
    field('QoS Class', textAt(status, 'qosClass') || computedQosClass(spec)),
    labels('Node-Selectors', mapAt(spec, 'nodeSelector')),
    tolerations('Tolerations', listAt(spec, 'tolerations')),
    spreadConstraints(listAt(spec, 'topologySpreadConstraints')),
  ].join('');
}

function statusText(object: JsonObject, deletedFor: string): string {
  const phase = textAt(object, 'status', 'phase');
  const deleting =
    textAt(object, 'metadata', 'deletionTimestamp') !== '' && phase !== 'Failed' && phase !== 'Succeeded';
  if (!deleting) return field('Status', phase);
  const grace = numberAt(object, 'metadata', 'deletionGracePeriodSeconds');
  return field('Status', `Terminating (lasts ${deletedFor})`) + field('Termination Grace Period', `${grace}s`);
}

function addresses(object: JsonObject): string {
  const all = listAt(object, 'status', 'podIPs');
  if (all.length === 0) return field('IPs', '<none>');
  return `IPs:\n${all.map((one) => field('IP', textAt(one, 'ip'), 1)).join('')}`;
}

function readinessGates(object: JsonObject): string {
  const gates = listAt(object, 'spec', 'readinessGates');
  if (gates.length === 0) return '';
  const rows = gates.map((gate) => {
    const type = textAt(gate, 'conditionType');
    const met = listAt(object, 'status', 'conditions').find((one) => textAt(one, 'type') === type);
    return `  ${type} \t${met === undefined ? '<none>' : textAt(met, 'status')} \n`;
  });
  return `Readiness Gates:\n  Type\tStatus\n${rows.join('')}`;
}

function conditions(object: JsonObject): string {
  const all = listAt(object, 'status', 'conditions');
  if (all.length === 0) return '';
  const rows = all.map((one) => `  ${textAt(one, 'type')} \t${textAt(one, 'status')} \n`);
  return `Conditions:\n  Type\tStatus\n${rows.join('')}`;
}

/** For a pod that the API server has not classed. */
function computedQosClass(spec: JsonObject): string {
  const sizes = (key: string) =>
    listAt(spec, key).map((one) => ({
      resources: { requests: mapAt(one, 'resources', 'requests'), limits: mapAt(one, 'resources', 'limits') },
    }));
  return qosClass({ spec: { containers: sizes('containers'), initContainers: sizes('initContainers') } });
}
