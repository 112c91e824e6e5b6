// Cluster addresses and node ports of Services. Models pkg/registry/core/service/{storage/alloc.go,ipallocator,
// portallocator} (1.32) with the ranges of a kubeadm cluster.
// Departures: the original draws at random among free ones and keeps a bitmap; here the place is a hash of the
// Service and the free ones are read from the store, so there is no state beside the Services themselves.
import { fnv1a32 } from '../../engine/hash.ts';
import type { Service } from '../objects.ts';
import type { Store } from '../store.ts';
import { type JsonObject, listOf, textOf } from './json.ts';
import { type FieldError, goStrings, invalidValue } from './validation/field-error.ts';

const RANGE = { text: '10.96.0.0/12', first: (10 << 24) + (96 << 16), size: 1 << 20 } as const;
/** The lower part of a range is kept for addresses that are asked for by name. (KEP-3070) */
const STATIC_ADDRESSES = 256;
const NODE_PORTS = { first: 30_000, last: 32_767, reserved: 86 } as const;

/** Fills in what the service needs and lacks, or says what it may not have. `before` keeps what it has. */
export function allocate(store: Store, service: JsonObject, before: Service | undefined): FieldError[] {
  const spec = service.spec as JsonObject;
  const metadata = service.metadata as JsonObject;
  const self = `${textOf(metadata.namespace)}/${textOf(metadata.name)}`;
  const others = () =>
    [...store.values('services')].filter((s) => `${s.metadata.namespace ?? ''}/${s.metadata.name}` !== self);
  const errors: FieldError[] = [];
  if (spec.type === 'ExternalName') {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
  } else {
    if (Array.isArray(spec.clusterIPs)) spec.clusterIP ??= textOf(spec.clusterIPs[0]);
    const had = before?.spec.clusterIP;
    const asked = textOf(spec.clusterIP);
    if (asked === '') spec.clusterIP = freeAddress(others(), `${self}@${String(store.resourceVersion)}`);
    else if (asked !== 'None' && asked !== had) errors.push(...checkAddress(asked, others()));
    spec.clusterIPs = [textOf(spec.clusterIP)];
    spec.ipFamilies = ['IPv4'];
    spec.ipFamilyPolicy = 'SingleStack';
  }
  if (spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false))
    errors.push(...allocateNodePorts(store, others(), listOf(spec.ports), before));
  return errors;
}

/** What a client leaves out of an update is kept from the stored service. (patchAllocatedValues) */
export function keepAllocated(spec: JsonObject, before: Service): void {
  if (spec.type === 'ExternalName' || before.spec.type === 'ExternalName') return;
  if (before.spec.clusterIP !== undefined && textOf(spec.clusterIP) === '' && spec.clusterIPs === undefined)
    spec.clusterIP = before.spec.clusterIP;
  if (spec.clusterIP !== undefined) spec.clusterIPs ??= [spec.clusterIP];
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (spec.type !== 'NodePort' && spec.type !== 'LoadBalancer') return;
  for (const port of listOf(spec.ports)) {
    const held = before.spec.ports?.find((p) => p.port === port.port && p.protocol === port.protocol)?.nodePort;
    if (port.nodePort === undefined && held !== undefined) port.nodePort = held;
  }
}

function freeAddress(others: readonly Service[], seed: string): string {
  const taken = new Set(others.map((s) => s.spec.clusterIP));
  const size = RANGE.size - STATIC_ADDRESSES - 1;
  for (let step = 0, place = fnv1a32(seed) % size; step < size; step++, place = (place + 1) % size) {
    const address = formatAddress(RANGE.first + STATIC_ADDRESSES + place);
    if (!taken.has(address)) return address;
  }
  return '';
}

function checkAddress(address: string, others: readonly Service[]): FieldError[] {
  const bad = (why: string) => [
    invalidValue('spec.clusterIPs', goStrings([address]), `failed to allocate IP ${address}: ${why}`),
  ];
  const number = parseAddress(address);
  if (number === undefined)
    return [
      invalidValue('spec.clusterIPs[0]', address, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'),
    ];
  if (number <= RANGE.first || number >= RANGE.first + RANGE.size - 1)
    return bad(`the provided IP (${address}) is not in the valid range. The range of valid IPs is ${RANGE.text}`);
  return others.some((s) => s.spec.clusterIP === address) ? bad('provided IP is already allocated') : [];
}

function allocateNodePorts(
  store: Store,
  others: readonly Service[],
  ports: readonly JsonObject[],
  before: Service | undefined,
): FieldError[] {
  const errors: FieldError[] = [];
  const taken = new Set(others.flatMap((s) => (s.spec.ports ?? []).map((p) => p.nodePort)));
  const own = new Set((before?.spec.ports ?? []).map((p) => p.nodePort));
  ports.forEach((port, i) => {
    const field = `spec.ports[${String(i)}].nodePort`;
    if (typeof port.nodePort === 'number') {
      const asked = port.nodePort;
      if (asked < NODE_PORTS.first || asked > NODE_PORTS.last)
        errors.push(
          invalidValue(
            field,
            asked,
            `provided port is not in the valid range. The range of valid ports is ${String(NODE_PORTS.first)}-${String(NODE_PORTS.last)}`,
          ),
        );
      else if (taken.has(asked) && !own.has(asked))
        errors.push(invalidValue(field, asked, 'provided port is already allocated'));
      taken.add(asked);
      return;
    }
    const from = NODE_PORTS.first + NODE_PORTS.reserved;
    const size = NODE_PORTS.last - from + 1;
    let place = fnv1a32(`${String(i)}@${String(store.resourceVersion)}`) % size;
    while (taken.has(from + place)) place = (place + 1) % size;
    port.nodePort = from + place;
    taken.add(from + place);
  });
  return errors;
}

function formatAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => String((number >>> shift) & 255)).join('.');
}

function parseAddress(text: string): number | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.some((p) => p > 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}
