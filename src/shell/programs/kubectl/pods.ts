// The pod that `logs` and `exec` mean by `deploy/web` or `svc/web`, and the container in it (kubectl/pkg/
// polymorphichelpers, cmd/util/podcmd, util/podutils, 1.32).

import { type Context, ownSignal } from './context.ts';
import { selectorText } from './deployments.ts';
import { KubectlError } from './errors.ts';
import {
  apiVersionOf,
  compareText,
  isObject,
  type Json,
  type JsonObject,
  kindOf,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
} from './object.ts';
import { alarm } from './watching.ts';

/** The pods of a workload or a service, or why there can be none. */
export async function podsBehind(context: Context, object: JsonObject, waitMs: number): Promise<JsonObject[]> {
  const labelSelector = selectorOf(object);
  const resource = await context.client.resource('pods');
  const namespace = namespaceOf(object);
  const list = await context.client.list(resource, namespace, { labelSelector });
  const pods = listAt(list, 'items').filter(isObject);
  if (pods.length > 0) return pods;
  const { signal, stop } = ownSignal(context.proc.signal);
  const clock = alarm(context, waitMs, signal, stop);
  try {
    const query = { labelSelector, resourceVersion: textAt(list, 'metadata', 'resourceVersion') };
    for await (const event of context.client.watch(resource, namespace, query, { signal })) {
      if (event.type === 'ADDED' || event.type === 'MODIFIED') return [event.object];
    }
  } catch (error) {
    if (!clock.rang || context.proc.signal.aborted) throw error;
  } finally {
    stop();
  }
  throw new KubectlError('timed out waiting for the condition');
}

function selectorOf(object: JsonObject): string {
  switch (kindOf(object)) {
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Job':
      return selectorText(objectAt(object, 'spec', 'selector'));
    case 'Service': {
      const labels = mapAt(object, 'spec', 'selector');
      if (Object.keys(labels).length === 0) {
        throw new KubectlError(`invalid service '${nameOf(object)}': Service is defined without a selector`);
      }
      return selectorText({ matchLabels: labels });
    }
    default:
      throw new KubectlError(`selector for ${goType(object)} not implemented`);
  }
}

/** `*v1.ConfigMap` */
export const goType = (object: JsonObject): string =>
  `*${apiVersionOf(object).split('/').at(-1) ?? ''}.${kindOf(object)}`;

// ---- Which of several pods

const readyCondition = (pod: JsonObject): Json | undefined =>
  listAt(pod, 'status', 'conditions').find(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );
const isReady = (pod: JsonObject): boolean => readyCondition(pod) !== undefined;
const readyTime = (pod: JsonObject): string => textAt(readyCondition(pod), 'lastTransitionTime');
const created = (pod: JsonObject): string => textAt(pod, 'metadata', 'creationTimestamp');
const deleted = (pod: JsonObject): string => textAt(pod, 'metadata', 'deletionTimestamp');
const node = (pod: JsonObject): string => textAt(pod, 'spec', 'nodeName');

function restarts(pod: JsonObject): number {
  return Math.max(0, ...listAt(pod, 'status', 'containerStatuses').map((one) => numberAt(one, 'restartCount')));
}

function phaseRank(pod: JsonObject): number {
  return Math.max(0, ['Running', 'Unknown', 'Pending'].indexOf(textAt(pod, 'status', 'phase')));
}

/** Running before pending, ready before not ready, ready for long before ready since lately (ByLogging). */
export function byLogging(a: JsonObject, b: JsonObject): number {
  return (
    Number(node(a) === '') - Number(node(b) === '') ||
    phaseRank(a) - phaseRank(b) ||
    Number(isReady(b)) - Number(isReady(a)) ||
    compareText(readyTime(a), readyTime(b)) ||
    restarts(b) - restarts(a) ||
    compareText(created(a), created(b))
  );
}

/** Best first: the reverse of the order in which a controller would delete (ActivePods). */
export function byActivity(a: JsonObject, b: JsonObject): number {
  return (
    Number(node(a) === '') - Number(node(b) === '') ||
    phaseRank(a) - phaseRank(b) ||
    Number(isReady(b)) - Number(isReady(a)) ||
    Number(deleted(a) !== '') - Number(deleted(b) !== '') ||
    compareText(deleted(b), deleted(a)) ||
    compareText(readyTime(a), readyTime(b)) ||
    restarts(a) - restarts(b) ||
    compareText(created(a), created(b))
  );
}

// ---- Which of several containers

const defaultContainer = 'kubectl.kubernetes.io/default-container';

export function containerNames(
  pod: JsonObject,
  key: 'containers' | 'ephemeralContainers' | 'initContainers',
): string[] {
  return listAt(pod, 'spec', key).map((one) => textAt(one, 'name'));
}

export function hasContainer(pod: JsonObject, name: string): boolean {
  const lists = (['containers', 'initContainers', 'ephemeralContainers'] as const).map((key) =>
    containerNames(pod, key),
  );
  return lists.some((names) => names.includes(name));
}

export function annotatedContainer(pod: JsonObject): string {
  return mapAt(pod, 'metadata', 'annotations')[defaultContainer] ?? '';
}

/** The first container, and the sentence that says so where there are others. */
export function firstContainer(pod: JsonObject): { name: string; note: string } {
  const names = containerNames(pod, 'containers');
  const ephemeral = containerNames(pod, 'ephemeralContainers').map((name) => `${name} (ephem)`);
  const init = containerNames(pod, 'initContainers').map((name) => `${name} (init)`);
  const [name = ''] = names;
  const all = [...names, ...ephemeral, ...init];
  return { name, note: all.length === 1 ? '' : `Defaulted container "${name}" out of: ${all.join(', ')}\n` };
}
