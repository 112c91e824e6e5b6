// The Endpoints object of a service, made from its EndpointSlices: a pure function.
// Models: pkg/controller/endpoint/endpoints_controller.go (1.32): addresses of ready and of unready pods, none of pods
// that terminate, at most 1000 with an annotation that says so; service labels; subsets by sets of ports.
// Departures: subsets and ports stand in the order of the slices; the last-change-trigger-time annotation is left out.
import type { Endpoints } from '../../kinds/networking.ts';
import type { Endpoint, EndpointSlice, Labels, Service } from '../../objects.ts';

const SERVICE_NAME = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MAX_CAPACITY = 1000;

type Subset = NonNullable<Endpoints['subsets']>[number];
type Address = NonNullable<Subset['addresses']>[number];

/** The key of the service whose Endpoints hold what this slice holds; undefined when Endpoints of a slice are its author's business. */
export function serviceKeyOf({ metadata }: EndpointSlice): string | undefined {
  const name = metadata.labels?.[SERVICE_NAME];
  const { namespace = '' } = metadata;
  if (name === undefined) return undefined;
  const managed = metadata.labels?.[MANAGED_BY] === MANAGER || (namespace === 'default' && name === 'kubernetes');
  return managed ? `${namespace}/${name}` : undefined;
}

/** @param slices at least one, in the order of their names */
export function endpointsOf(service: Service | undefined, slices: readonly EndpointSlice[]): Endpoints {
  const [first] = slices;
  const name = first?.metadata.labels?.[SERVICE_NAME] ?? '';
  const { namespace = '' } = first?.metadata ?? {};
  const tolerant = service?.spec.publishNotReadyAddresses === true;
  const groups = new Map<string, { readonly ports: EndpointSlice['ports']; ready: Address[]; unready: Address[] }>();
  let latest = 0;
  for (const { endpoints, ports, metadata } of slices) {
    latest = Math.max(latest, Number(metadata.resourceVersion));
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, ready: [], unready: [] };
    groups.set(key, group);
    for (const endpoint of endpoints) {
      if (endpoint.conditions.terminating && !tolerant) continue;
      (endpoint.conditions.ready ? group.ready : group.unready).push(...addressesOf(endpoint));
    }
  }
  const filled = [...groups.values()].filter(({ ready, unready }) => ready.length + unready.length > 0);
  const { truncated, groups: kept } = truncate(filled);
  const subsets = kept.map(({ ports, ready, unready }): Subset => ({
    ...(ready.length === 0 ? {} : { addresses: ready.sort(byAddress) }),
    ...(unready.length === 0 ? {} : { notReadyAddresses: unready.sort(byAddress) }),
    ...(ports.length === 0 ? {} : { ports: ports.map(portOf) }),
  }));
  const labels = labelsOf(service);
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      name,
      namespace,
      uid: uidOf(service?.metadata.uid ?? first?.metadata.uid ?? ''),
      resourceVersion: String(latest),
      creationTimestamp: service?.metadata.creationTimestamp ?? first?.metadata.creationTimestamp ?? '',
      ...(labels === undefined ? {} : { labels }),
      ...(truncated ? { annotations: { [OVER_CAPACITY]: 'truncated' } } : {}),
    },
    ...(subsets.length === 0 ? {} : { subsets }),
  };
}

function addressesOf({ addresses, hostname, nodeName, targetRef }: Endpoint): readonly Address[] {
  return addresses.map((ip) => ({
    ip,
    ...(hostname === undefined ? {} : { hostname }),
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(targetRef === undefined ? {} : { targetRef }),
  }));
}

function portOf({ name, port, protocol }: EndpointSlice['ports'][number]): NonNullable<Subset['ports']>[number] {
  return name === '' ? { port, protocol } : { name, port, protocol };
}

/** Ready addresses are the last to be left out. */
function truncate<G extends { ready: Address[]; unready: Address[] }>(
  groups: readonly G[],
): { readonly truncated: boolean; readonly groups: readonly G[] } {
  const ready = groups.reduce((sum, group) => sum + group.ready.length, 0);
  const all = groups.reduce((sum, group) => sum + group.unready.length, ready);
  if (all <= MAX_CAPACITY) return { truncated: false, groups };
  let left = MAX_CAPACITY;
  const take = (list: Address[]) => {
    const taken = list.slice(0, left);
    left -= taken.length;
    return taken;
  };
  const first = groups.map((group) => ({ ...group, ready: take(group.ready) }));
  return { truncated: true, groups: first.map((group) => ({ ...group, unready: take(group.unready) })) };
}

function labelsOf(service: Service | undefined): Labels | undefined {
  const labels = service?.metadata.labels;
  const headless = service?.spec.clusterIP === 'None';
  return headless ? { ...labels, [HEADLESS]: '' } : labels;
}

/** Of its own, and always the same: the service's with its first digits turned. */
function uidOf(uid: string): string {
  return uid.replace(/^[0-9a-f]{8}/, (digits) =>
    [...digits].map((digit) => (15 - Number.parseInt(digit, 16)).toString(16)).join(''),
  );
}

function byAddress(a: Address, b: Address): number {
  const left = a.ip.split('.').map(Number);
  const right = b.ip.split('.').map(Number);
  for (let i = 0; i < 4; i++) if (left[i] !== right[i]) return (left[i] ?? 0) - (right[i] ?? 0);
  return 0;
}
