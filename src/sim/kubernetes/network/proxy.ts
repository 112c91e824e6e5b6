// What kube-proxy knows: for each Service the addresses that a new connection may go to, as the nodes have them a little
// after the EndpointSlices changed. Models k8s.io/kubernetes/pkg/proxy/{endpointslicecache,topology}.go (1.32): only ready
// endpoints, or, when there is none, those that still serve while they terminate (KEP-1669); zones by hint, policies
// `Local`. Which of them a connection gets is the balancer's business.
//
// Leaves out: UDP and SCTP. All nodes have the same rules at the same moment; connections that stand are not followed.
import { phase } from '../../engine/simulation.ts';
import { type Cluster, latency } from '../cluster.ts';
import type { Endpoint, EndpointSlice, Service } from '../objects.ts';
import { WorkQueue } from '../work-queue.ts';
import type { Candidate } from './balance.ts';

export interface Backend extends Candidate {
  readonly node: string;
  /** Zones whose callers it is meant for; none for all. */
  readonly zones: readonly string[];
}

export interface PortRules {
  /** `<namespace>/<name>:<port>` */
  readonly key: string;
  readonly port: number;
  readonly nodePort: number | null;
  readonly backends: readonly Backend[];
  readonly affinityMs: number | null;
  /** Connections from inside, or from outside, stay on the node where they come in. */
  readonly internalLocal: boolean;
  readonly externalLocal: boolean;
}

interface ServiceRules {
  readonly key: string;
  readonly clusterIP: string;
  /** Addresses of load balancers and `externalIPs`. */
  readonly externalIPs: readonly string[];
  readonly ports: readonly PortRules[];
}

export interface Proxy {
  /** By `<namespace>/<name>`. */
  ofService(key: string): ServiceRules | undefined;
  ofClusterIP(ip: string): ServiceRules | undefined;
  ofExternalIP(ip: string): ServiceRules | undefined;
  ofNodePort(port: number): PortRules | undefined;
}

interface State {
  readonly rules: ReadonlyMap<string, ServiceRules>;
  /** Names of the slices of each Service. */
  readonly slices: ReadonlyMap<string, readonly string[]>;
}

export function createProxy({ sim, store }: Cluster): Proxy {
  let rules = new Map<string, ServiceRules>();
  let byIP = new Map<string, string>();
  let byExternalIP = new Map<string, string>();
  let byNodePort = new Map<number, string>();
  let slices = new Map<string, readonly string[]>();

  const queue = new WorkQueue(sim, 'network.proxy', latency.proxy, sync, phase.kubelet);

  sim.register<State>({
    name: 'kubernetes.network.proxy',
    save: () => ({ rules: new Map(rules), slices: new Map(slices) }),
    load: (state) => {
      rules = new Map(state.rules);
      slices = new Map(state.slices);
      byIP = new Map();
      byExternalIP = new Map();
      byNodePort = new Map();
      for (const rule of rules.values()) index(rule);
    },
  });

  store.subscribe('services', ({ key, cause, object, before, type }) => {
    if (type === 'MODIFIED' && before?.spec === object.spec && before.status === object.status) return;
    queue.add(key, cause);
  });
  store.subscribe('endpointslices', ({ type, key, object, cause }) => {
    const name = object.metadata.labels?.['kubernetes.io/service-name'];
    if (name === undefined) return;
    const service = `${object.metadata.namespace ?? ''}/${name}`;
    const known = slices.get(service) ?? [];
    if (type === 'ADDED') slices.set(service, [...known, key].sort());
    if (type === 'DELETED') {
      const left = known.filter((other) => other !== key);
      if (left.length > 0) slices.set(service, left);
      else slices.delete(service);
    }
    queue.add(service, cause);
  });

  function sync(key: string): void {
    const before = rules.get(key);
    if (before) {
      byIP.delete(before.clusterIP);
      for (const ip of before.externalIPs) byExternalIP.delete(ip);
      for (const { nodePort } of before.ports) if (nodePort !== null) byNodePort.delete(nodePort);
      rules.delete(key);
    }
    const service = store.get('services', key);
    const clusterIP = service?.spec.clusterIP;
    if (!service || clusterIP === undefined || clusterIP === '' || clusterIP === 'None') return;
    const found = (slices.get(key) ?? []).flatMap((slice) => store.get('endpointslices', slice) ?? []);
    const balancers = (service.status.loadBalancer.ingress ?? []).flatMap(({ ip }) => ip ?? []);
    const externalIPs = [...(service.spec.externalIPs ?? []), ...balancers];
    const rule: ServiceRules = { key, clusterIP, externalIPs, ports: portRules(key, service, found) };
    rules.set(key, rule);
    index(rule);
  }

  function index(rule: ServiceRules): void {
    byIP.set(rule.clusterIP, rule.key);
    for (const ip of rule.externalIPs) byExternalIP.set(ip, rule.key);
    for (const { nodePort } of rule.ports) if (nodePort !== null) byNodePort.set(nodePort, rule.key);
  }

  return {
    ofService: (key) => rules.get(key),
    ofClusterIP: (ip) => rules.get(byIP.get(ip) ?? ''),
    ofExternalIP: (ip) => rules.get(byExternalIP.get(ip) ?? ''),
    ofNodePort: (port) => rules.get(byNodePort.get(port) ?? '')?.ports.find(({ nodePort }) => nodePort === port),
  };
}

/** The rules of each TCP port of a Service, from its slices. */
function portRules(key: string, service: Service, slices: readonly EndpointSlice[]): readonly PortRules[] {
  const { spec } = service;
  const affinityMs =
    spec.sessionAffinity === 'ClientIP'
      ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) * 1000
      : null;
  return (spec.ports ?? [])
    .filter(({ protocol }) => protocol === 'TCP')
    .map(({ name = '', port, nodePort }) => {
      const reachable = slices.flatMap((slice) => {
        const target = slice.ports.find((p) => p.name === name && p.protocol === 'TCP');
        return target ? slice.endpoints.map((endpoint) => ({ endpoint, port: target.port })) : [];
      });
      return {
        key: `${key}:${String(port)}`,
        port,
        nodePort: nodePort ?? null,
        backends: usable(reachable),
        affinityMs,
        internalLocal: spec.internalTrafficPolicy === 'Local',
        externalLocal: spec.externalTrafficPolicy === 'Local',
      };
    });
}

function usable(reachable: readonly { readonly endpoint: Endpoint; readonly port: number }[]): readonly Backend[] {
  const ready = reachable.filter(({ endpoint }) => endpoint.conditions.ready);
  const chosen =
    ready.length > 0
      ? ready
      : reachable.filter(({ endpoint: { conditions } }) => conditions.serving && conditions.terminating);
  const backends = new Map<string, Backend>();
  for (const { endpoint, port } of chosen) {
    const [ip] = endpoint.addresses;
    if (ip === undefined) continue;
    const { targetRef, nodeName = '', hints } = endpoint;
    const pod = targetRef ? `${targetRef.namespace}/${targetRef.name}` : null;
    const zones = (hints?.forZones ?? []).map(({ name }) => name);
    backends.set(`${ip}:${String(port)}`, { ip, port, pod, node: nodeName, zones });
  }
  return [...backends.values()];
}

/**
 * Those of a port's backends that a caller on a node may get: all, those of its zone when every one of them carries a hint
 * and one is meant for that zone, or only the node's own (CategorizeEndpoints).
 * @param node where the connection comes in; undefined outside the cluster
 */
export function backendsFor(
  { backends }: PortRules,
  local: boolean,
  node: string | undefined,
  zone: string | undefined,
): readonly Backend[] {
  if (local) return node === undefined ? backends : backends.filter((backend) => backend.node === node);
  if (zone === undefined || backends.some(({ zones }) => zones.length === 0)) return backends;
  const near = backends.filter(({ zones }) => zones.includes(zone));
  return near.length > 0 ? near : backends;
}
