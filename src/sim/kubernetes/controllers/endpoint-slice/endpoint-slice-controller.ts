// Keeps the addresses behind each service.
// Models: pkg/controller/endpointslice/endpointslice_controller.go and k8s.io/endpointslice/reconciler.go (1.32):
// slices of at most 100 endpoints, pods with an address only, one set of slices for each set of ports, an empty
// placeholder for a service without pods.
// Departures: only changed pods are looked at, not all pods of the service; the last-change-trigger-time annotation,
// topology hints and the Endpoints object of old are left out.
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import type { Endpoint, EndpointSlice, Labels, Pod, Service } from '../../objects.ts';
import { matchesLabels } from '../../selector.ts';
import { keyOf } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { controllerReference } from '../owner-reference.ts';
import { endpointOf, endpointPorts, shouldBeInEndpoints, zoneOf } from './endpoints.ts';
import { planSlices, podKey, type SliceContent } from './slice-plan.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';

/** What a service has to look at in its next pass: pods that changed, or all, because the service itself did. */
interface Due {
  all: boolean;
  readonly pods: Set<string>;
}

/** What a service's slices hold. Follows from the store; built anew after a restore. */
interface Held {
  readonly slices: Map<string, EndpointSlice>;
  /** The slice of each pod key. */
  readonly sliceOf: Map<string, string>;
  ready: number;
}

type State = readonly (readonly [string, { readonly all: boolean; readonly pods: readonly string[] }])[];

export function createEndpointSliceController(cluster: Cluster): void {
  const { sim, store } = cluster;
  const queue = new WorkQueue(sim, 'controller.endpointslice', latency.watch, sync);
  let due = new Map<string, Due>();
  let held: Map<string, Held> | undefined;
  let selecting: Map<string, Service[]> | undefined;
  sim.register<State>({
    name: 'kubernetes.controllers.endpointslice',
    save: () => [...due].map(([key, { all, pods }]) => [key, { all, pods: [...pods] }] as const),
    load: (state) => {
      due = new Map(state.map(([key, { all, pods }]) => [key, { all, pods: new Set(pods) }]));
      held = undefined;
      selecting = undefined;
    },
  });

  store.subscribe('services', ({ type, key, cause, object, before }) => {
    selecting = undefined;
    if (type === 'DELETED') due.delete(key);
    else if (object.spec !== before?.spec || object.metadata.labels !== before.metadata.labels)
      mark(key, undefined, cause);
  });
  store.subscribe('pods', ({ type, key, object, before, cause }) => {
    if (type === 'MODIFIED' && before && !matters(before, object)) return;
    for (const service of servicesFor(object, before?.metadata.labels)) mark(keyOf(service), key, cause);
  });
  store.subscribe('endpointslices', ({ type, object, before, cause }) => {
    const key = serviceOf(object);
    if (held && before) take(held, before, undefined);
    if (held && type !== 'DELETED') take(held, undefined, object);
    // One that someone else deletes is made again.
    if (type === 'DELETED' && key !== undefined && store.get('services', key)) mark(key, undefined, cause);
  });

  function mark(key: string, pod: string | undefined, cause: number | null): void {
    let entry = due.get(key);
    if (!entry) {
      entry = { all: false, pods: new Set() };
      due.set(key, entry);
    }
    if (pod === undefined) entry.all = true;
    else entry.pods.add(pod);
    queue.add(key, cause);
  }

  /** Services of the pod's namespace that select its labels, or selected the labels it had. */
  function servicesFor(pod: Pod, labelsBefore: Labels | undefined): readonly Service[] {
    if (!selecting) {
      selecting = new Map();
      for (const service of store.values('services')) {
        if (!isManaged(service)) continue;
        const { namespace = '' } = service.metadata;
        const list = selecting.get(namespace);
        if (list) list.push(service);
        else selecting.set(namespace, [service]);
      }
    }
    const { labels, namespace = '' } = pod.metadata;
    return (selecting.get(namespace) ?? []).filter(
      ({ spec: { selector } }) =>
        matchesLabels(selector, labels) || (labelsBefore !== labels && matchesLabels(selector, labelsBefore)),
    );
  }

  function sync(key: string): void {
    const work = due.get(key);
    due.delete(key);
    const service = store.get('services', key);
    if (!service || !work || !isManaged(service) || service.metadata.deletionTimestamp !== undefined) return;
    const before = heldBy(key);
    const readyBefore = before.ready;
    const keys = work.all ? everyPod(service, before) : work.pods;
    const changed = new Map([...keys].map((pod) => [pod, endpointFor(service, store.get('pods', pod))]));
    const slices = byName(before.slices);
    const plan = planSlices(slices, before.sliceOf, changed);
    const labels = sliceLabels(service);
    for (const { slice, content } of plan.update)
      store.update('endpointslices', { ...slice, ...content, metadata: { ...slice.metadata, labels } });
    for (const content of plan.create) create(service, labels, content);
    for (const slice of plan.delete) store.delete('endpointslices', keyOf(slice));
    if (work.all)
      for (const slice of byName(heldBy(key).slices))
        store.update('endpointslices', { ...slice, metadata: { ...slice.metadata, labels } });
    const { ready } = heldBy(key);
    if (ready === readyBefore) return;
    const addresses = `${String(readyBefore)} → ${String(ready)} ready addresses`;
    sim.record('endpointslice.ready', `services/${key}`, '', addresses, { before: readyBefore, after: ready });
  }

  function everyPod(service: Service, { sliceOf }: Held): readonly string[] {
    const keys = new Set(sliceOf.keys());
    for (const pod of store.list('pods', service.metadata.namespace))
      if (matchesLabels(service.spec.selector, pod.metadata.labels)) keys.add(keyOf(pod));
    return [...keys].sort();
  }

  function endpointFor(service: Service, pod: Pod | undefined) {
    if (!pod || !matchesLabels(service.spec.selector, pod.metadata.labels) || !shouldBeInEndpoints(pod))
      return undefined;
    const zone = zoneOf(store.get('nodes', pod.spec.nodeName ?? ''));
    return { endpoint: endpointOf(pod, service, zone), ports: endpointPorts(pod, service) };
  }

  function create(service: Service, labels: Labels, { ports, endpoints }: SliceContent): void {
    store.create('endpointslices', {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: {
        generateName: `${service.metadata.name}-`,
        namespace: service.metadata.namespace ?? 'default',
        labels,
        ownerReferences: [controllerReference(service)],
      },
      addressType: 'IPv4',
      endpoints,
      ports,
    });
  }

  function heldBy(key: string): Held {
    if (!held) {
      held = new Map();
      for (const slice of store.values('endpointslices')) take(held, undefined, slice);
    }
    return held.get(key) ?? { slices: new Map(), sliceOf: new Map(), ready: 0 };
  }
}

/** Takes a slice out of the account, or into it. */
function take(held: Map<string, Held>, before: EndpointSlice | undefined, after: EndpointSlice | undefined): void {
  const slice = after ?? before;
  const key = slice && serviceOf(slice);
  if (!slice || key === undefined) return;
  let entry = held.get(key);
  if (!entry) {
    entry = { slices: new Map(), sliceOf: new Map(), ready: 0 };
    held.set(key, entry);
  }
  const { name } = slice.metadata;
  for (const endpoint of before?.endpoints ?? []) {
    // A pod that has moved to another slice in the meantime stays there.
    if (entry.sliceOf.get(podKey(endpoint)) === name) entry.sliceOf.delete(podKey(endpoint));
    entry.ready -= countReady(endpoint);
  }
  for (const endpoint of after?.endpoints ?? []) {
    entry.sliceOf.set(podKey(endpoint), name);
    entry.ready += countReady(endpoint);
  }
  if (after) entry.slices.set(name, after);
  else entry.slices.delete(name);
  if (entry.slices.size === 0) held.delete(key);
}

/** The account is built anew after a restore; whoever walks through it needs an order that does not tell. */
function byName(slices: ReadonlyMap<string, EndpointSlice>): readonly EndpointSlice[] {
  return [...slices.values()].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function countReady(endpoint: Endpoint): number {
  return endpoint.conditions.ready ? 1 : 0;
}

/** The key of the service that a slice of this controller belongs to. */
function serviceOf({ metadata }: EndpointSlice): string | undefined {
  const { labels, namespace = '' } = metadata;
  return labels?.[MANAGED_BY] === MANAGER ? `${namespace}/${labels[SERVICE_NAME] ?? ''}` : undefined;
}

function isManaged(service: Service): boolean {
  return service.spec.type !== 'ExternalName' && Object.keys(service.spec.selector ?? {}).length > 0;
}

function sliceLabels(service: Service): Labels {
  return {
    ...service.metadata.labels,
    [MANAGED_BY]: MANAGER,
    [SERVICE_NAME]: service.metadata.name,
    ...(service.spec.clusterIP === 'None' ? { [HEADLESS]: '' } : {}),
  };
}

/** True when the change may move an endpoint. */
function matters(before: Pod, after: Pod): boolean {
  return (
    before.metadata.labels !== after.metadata.labels ||
    before.metadata.deletionTimestamp !== after.metadata.deletionTimestamp ||
    before.spec.nodeName !== after.spec.nodeName ||
    before.status.podIP !== after.status.podIP ||
    before.status.phase !== after.status.phase ||
    before.status.conditions !== after.status.conditions
  );
}
