// kube-proxy in iptables mode: for each Service the addresses that a new connection may go to, as the nodes have them
// a little after the EndpointSlices changed. Models k8s.io/kubernetes/pkg/proxy/{endpointslicecache,topology}.go and
// pkg/proxy/iptables/proxier.go (1.32): only ready endpoints, or, when there is none, those that still serve while
// they terminate (KEP-1669); rule i of n is taken with probability 1/(n-i), which is a uniform choice.
//
// Leaves out: UDP and SCTP, session affinity (`ClientIP` is journalled and then treated as `None`), traffic policies
// `Local`, topology hints. All nodes have the same rules at the same moment; connections that stand are not followed.
import { phase } from '../../engine/simulation.ts';
import { type Cluster, latency } from '../cluster.ts';
import type { Endpoint, EndpointSlice, Service } from '../objects.ts';
import { WorkQueue } from '../work-queue.ts';

export interface Backend {
  readonly ip: string;
  readonly port: number;
}

export interface PortRules {
  readonly port: number;
  readonly nodePort: number | null;
  readonly backends: readonly Backend[];
}

interface ServiceRules {
  readonly key: string;
  readonly clusterIP: string;
  readonly ports: readonly PortRules[];
}

export interface Proxy {
  /** By `<namespace>/<name>`. */
  ofService(key: string): ServiceRules | undefined;
  ofClusterIP(ip: string): ServiceRules | undefined;
  ofNodePort(port: number): PortRules | undefined;
}

interface State {
  readonly rules: ReadonlyMap<string, ServiceRules>;
  /** Names of the slices of each Service. */
  readonly slices: ReadonlyMap<string, readonly string[]>;
  readonly affinityTold: readonly string[];
}

export function createProxy({ sim, store }: Cluster): Proxy {
  let rules = new Map<string, ServiceRules>();
  let byIP = new Map<string, string>();
  let byNodePort = new Map<number, string>();
  let slices = new Map<string, readonly string[]>();
  let affinityTold = new Set<string>();

  const queue = new WorkQueue(sim, 'network.proxy', latency.proxy, sync, phase.kubelet);

  sim.register<State>({
    name: 'kubernetes.network.proxy',
    save: () => ({ rules: new Map(rules), slices: new Map(slices), affinityTold: [...affinityTold] }),
    load: (state) => {
      rules = new Map(state.rules);
      slices = new Map(state.slices);
      affinityTold = new Set(state.affinityTold);
      byIP = new Map();
      byNodePort = new Map();
      for (const rule of rules.values()) index(rule);
    },
  });

  store.subscribe('services', ({ key, cause, object, before, type }) => {
    if (type === 'MODIFIED' && before?.spec === object.spec) return;
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
      for (const { nodePort } of before.ports) if (nodePort !== null) byNodePort.delete(nodePort);
      rules.delete(key);
    }
    const service = store.get('services', key);
    const clusterIP = service?.spec.clusterIP;
    if (!service || clusterIP === undefined || clusterIP === '' || clusterIP === 'None') return;
    if (service.spec.sessionAffinity === 'ClientIP' && !affinityTold.has(key)) {
      affinityTold.add(key);
      sim.record(
        'network.proxy',
        `services/${key}`,
        '',
        'session affinity ClientIP is not simulated; each connection is placed anew',
      );
    }
    const found = (slices.get(key) ?? []).flatMap((slice) => store.get('endpointslices', slice) ?? []);
    const rule: ServiceRules = { key, clusterIP, ports: portRules(service, found) };
    rules.set(key, rule);
    index(rule);
  }

  function index(rule: ServiceRules): void {
    byIP.set(rule.clusterIP, rule.key);
    for (const { nodePort } of rule.ports) if (nodePort !== null) byNodePort.set(nodePort, rule.key);
  }

  return {
    ofService: (key) => rules.get(key),
    ofClusterIP: (ip) => rules.get(byIP.get(ip) ?? ''),
    ofNodePort: (port) => rules.get(byNodePort.get(port) ?? '')?.ports.find(({ nodePort }) => nodePort === port),
  };
}

/** The rules of each TCP port of a Service, from its slices. */
function portRules(service: Service, slices: readonly EndpointSlice[]): readonly PortRules[] {
  return (service.spec.ports ?? [])
    .filter(({ protocol }) => protocol === 'TCP')
    .map(({ name = '', port, nodePort }) => {
      const reachable = slices.flatMap((slice) => {
        const target = slice.ports.find((p) => p.name === name && p.protocol === 'TCP');
        return target ? slice.endpoints.map((endpoint) => ({ endpoint, port: target.port })) : [];
      });
      return { port, nodePort: nodePort ?? null, backends: chooseBackends(reachable) };
    });
}

function chooseBackends(
  reachable: readonly { readonly endpoint: Endpoint; readonly port: number }[],
): readonly Backend[] {
  const ready = reachable.filter(({ endpoint }) => endpoint.conditions.ready);
  const chosen =
    ready.length > 0
      ? ready
      : reachable.filter(({ endpoint: { conditions } }) => conditions.serving && conditions.terminating);
  const backends = new Map<string, Backend>();
  for (const { endpoint, port } of chosen) {
    const [ip] = endpoint.addresses;
    if (ip !== undefined) backends.set(`${ip}:${String(port)}`, { ip, port });
  }
  return [...backends.values()];
}
