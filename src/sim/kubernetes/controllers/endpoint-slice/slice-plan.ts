// How changed endpoints are spread over a service's slices: a pure plan.
// Models: k8s.io/endpointslice/reconciler.go reconcileByAddressType, reconcileByPortMapping and finalize (1.32):
// endpoints change where they are; new ones fill slices that change anyway, then others, then new slices; a slice
// that would be deleted while another is made becomes that other one; a service without pods keeps one empty slice.
import type { Endpoint, EndpointSlice } from '../../objects.ts';
import { portsKey, sameEndpoint, type Ports } from './endpoints.ts';

const MAX_ENDPOINTS_PER_SLICE = 100;

export interface SliceContent {
  readonly ports: Ports;
  readonly endpoints: readonly Endpoint[];
}

export interface SlicePlan {
  readonly create: readonly SliceContent[];
  readonly update: readonly { readonly slice: EndpointSlice; readonly content: SliceContent }[];
  readonly delete: readonly EndpointSlice[];
}

/** `<namespace>/<name>` of the pod behind an endpoint. */
export function podKey(endpoint: Endpoint): string {
  return `${endpoint.targetRef?.namespace ?? ''}/${endpoint.targetRef?.name ?? ''}`;
}

/**
 * @param slices the service's slices in the order of their names
 * @param sliceOf the name of the slice that holds a pod
 * @param changed what each changed pod is to the service now; undefined for nothing
 */
export function planSlices(
  slices: readonly EndpointSlice[],
  sliceOf: ReadonlyMap<string, string>,
  changed: ReadonlyMap<string, { readonly endpoint: Endpoint; readonly ports: Ports } | undefined>,
): SlicePlan {
  const byName = new Map(slices.map((slice) => [slice.metadata.name, slice]));
  const drafts = new Map<string, Map<string, Endpoint>>();
  const draft = (slice: EndpointSlice): Map<string, Endpoint> => {
    let found = drafts.get(slice.metadata.name);
    if (!found) {
      found = new Map(slice.endpoints.map((endpoint) => [podKey(endpoint), endpoint]));
      drafts.set(slice.metadata.name, found);
    }
    return found;
  };

  const added = new Map<string, { readonly ports: Ports; readonly endpoints: Endpoint[] }>();
  for (const [key, wanted] of changed) {
    const slice = byName.get(sliceOf.get(key) ?? '');
    const group = wanted && portsKey(wanted.ports);
    if (slice && wanted && portsKey(slice.ports) === group) {
      const present = (drafts.get(slice.metadata.name) ?? draft(slice)).get(key);
      if (!present || !sameEndpoint(present, wanted.endpoint)) draft(slice).set(key, wanted.endpoint);
      continue;
    }
    if (slice) draft(slice).delete(key);
    if (!wanted || group === undefined) continue;
    const list = added.get(group);
    if (list) list.endpoints.push(wanted.endpoint);
    else added.set(group, { ports: wanted.ports, endpoints: [wanted.endpoint] });
  }

  const create: SliceContent[] = [];
  for (const [group, { ports, endpoints }] of added) {
    const fitting = slices.filter((slice) => portsKey(slice.ports) === group);
    const order = [
      ...fitting.filter((slice) => drafts.has(slice.metadata.name)),
      ...fitting.filter((slice) => !drafts.has(slice.metadata.name)),
    ];
    let next = 0;
    for (const slice of order) {
      const size = drafts.get(slice.metadata.name)?.size ?? slice.endpoints.length;
      const room = MAX_ENDPOINTS_PER_SLICE - size;
      for (const endpoint of endpoints.slice(next, next + room)) draft(slice).set(podKey(endpoint), endpoint);
      next += room;
      if (next >= endpoints.length) break;
    }
    for (; next < endpoints.length; next += MAX_ENDPOINTS_PER_SLICE)
      create.push({ ports, endpoints: endpoints.slice(next, next + MAX_ENDPOINTS_PER_SLICE) });
  }
  return finalize(slices, drafts, create);
}

function finalize(
  slices: readonly EndpointSlice[],
  drafts: ReadonlyMap<string, ReadonlyMap<string, Endpoint>>,
  create: SliceContent[],
): SlicePlan {
  const update: { slice: EndpointSlice; content: SliceContent }[] = [];
  const empty: EndpointSlice[] = [];
  for (const slice of slices) {
    const content = drafts.get(slice.metadata.name);
    if ((content?.size ?? slice.endpoints.length) === 0) empty.push(slice);
    else if (content) update.push({ slice, content: { ports: slice.ports, endpoints: [...content.values()] } });
  }
  if (create.length === 0 && empty.length === slices.length) create = [{ ports: [], endpoints: [] }];
  const reused = Math.min(empty.length, create.length);
  for (let i = 0; i < reused; i++)
    update.push({ slice: empty[i] as EndpointSlice, content: create[i] as SliceContent });
  return {
    create: create.slice(reused),
    update: update.filter(({ slice, content }) => !sameContent(slice, content)),
    delete: empty.slice(reused),
  };
}

function sameContent(slice: EndpointSlice, { ports, endpoints }: SliceContent): boolean {
  return (
    portsKey(slice.ports) === portsKey(ports) &&
    endpoints.length === slice.endpoints.length &&
    endpoints.every((endpoint, i) => sameEndpoint(endpoint, slice.endpoints[i] as Endpoint))
  );
}
