// Where a connection leads: names, kube-proxy's rules, network policies, and the process behind a pod's port.
//
// Departures: a client outside the cluster may use cluster names and cluster addresses, as if it stood on a node whose
// zone and policies do not matter; connections through a node port or a load balancer reach a pod with the node's
// address, as they do with `externalTrafficPolicy: Cluster`.
import type { Caller, Destination, Network, OpenTo } from '../../traffic/network.ts';
import type { Servers } from '../../workload/requests.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import type { Node, Pod } from '../objects.ts';
import { matchesLabels } from '../selector.ts';
import { type Candidate, createBalancer, type ProxyMode } from './balance.ts';
import { resolve } from './names.ts';
import { mayConnect } from './policy.ts';
import { backendsFor, createProxy, type PortRules } from './proxy.ts';

export interface NetworkDeps {
  readonly servers: Pick<Servers, 'listens'>;
  readonly kubelets: Pick<Kubelets, 'processOf' | 'onMachine'>;
  readonly proxy: ProxyMode;
  readonly open: OpenTo;
}

const SERVICE_NAME = 'kubernetes.io/service-name';
const ZONE = 'topology.kubernetes.io/zone';

/** How a packet came in: from where, and on which node, if on one. */
interface Entry {
  readonly caller: Caller;
  readonly node: string | undefined;
  /** The address that the pod sees: the node's own after it has been masqueraded. */
  readonly ip: string;
  readonly external: boolean;
}

export function createNetwork(cluster: Cluster, { servers, kubelets, proxy: mode, open }: NetworkDeps): Network {
  const { sim, store } = cluster;
  const proxy = createProxy(cluster);
  const balancer = createBalancer(sim, mode, open);
  /** Keys of the pods that have an address; more than one on a host's network. */
  let podsByIP = new Map<string, readonly string[]>();
  /** Machines that are off: their pods' addresses swallow packets. */
  let off = new Set<string>();

  sim.register<readonly string[]>({
    name: 'kubernetes.network',
    save: () => [...off],
    load: (state) => {
      off = new Set(state);
      podsByIP = new Map();
      for (const pod of store.values('pods')) learn(keyOf(pod), pod.status.podIP);
    },
  });
  kubelets.onMachine((node, running) => {
    if (running) off.delete(node);
    else off.add(node);
  });
  store.subscribe('pods', ({ type, key, object, before }) => {
    const ip = type === 'DELETED' ? undefined : object.status.podIP;
    const old = before?.status.podIP;
    if (ip === old) return;
    if (old !== undefined) {
      const left = (podsByIP.get(old) ?? []).filter((other) => other !== key);
      if (left.length > 0) podsByIP.set(old, left);
      else podsByIP.delete(old);
    }
    learn(key, ip);
  });

  function learn(key: string, ip: string | undefined): void {
    if (ip === undefined || ip === '') return;
    const others = podsByIP.get(ip);
    podsByIP.set(ip, others ? [...others, key].sort() : [key]);
  }

  function toPod(ip: string, port: number, { caller, ip: source }: Entry): Destination {
    let seen: string | null = null;
    for (const key of podsByIP.get(ip) ?? []) {
      const pod = store.get('pods', key);
      if (!pod || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') continue;
      if (off.has(pod.spec.nodeName ?? '')) return { kind: 'lost', pod: key };
      const from = caller.pod === null ? undefined : store.get('pods', caller.pod);
      if (!mayConnect(store, { from: { pod: from, ip: source }, to: { pod, ip }, port }))
        return { kind: 'lost', pod: null };
      seen = key;
      for (const { name } of containersOf(pod)) {
        const processId = kubelets.processOf(pod.metadata.uid, name);
        if (processId !== undefined && servers.listens(processId, port))
          return { kind: 'process', processId, port, pod: key };
      }
    }
    // The pod's network outlives its containers: while one restarts, the kernel refuses in its name.
    return seen === null ? { kind: 'lost', pod: null } : { kind: 'refused', pod: seen };
  }

  /** A cluster IP without rules, or a port that the Service does not have: no rule catches the packet. */
  function along(rules: PortRules | undefined, entry: Entry): Destination {
    if (!rules) return { kind: 'lost', pod: null };
    if (rules.backends.length === 0) return { kind: 'no endpoints' };
    const local = entry.external ? rules.externalLocal : rules.internalLocal;
    const backends = backendsFor(rules, local, entry.node, zoneOf(entry.node));
    // A policy `Local` drops what no pod of the node can take.
    if (backends.length === 0) return { kind: 'lost', pod: null };
    const chosen = balancer.choose<Candidate>(backends, {
      servicePort: rules.key,
      clientIP: entry.caller.ip,
      affinityMs: rules.affinityMs,
      draw: entry.caller.draw,
    });
    return toPod(chosen.ip, chosen.port, entry);
  }

  /** DNS gives the addresses of the pods themselves; there is no kube-proxy between, and no mapping of ports. */
  function toHeadless(key: string, port: number, entry: Entry): Destination {
    const [namespace = '', name = ''] = key.split('/');
    const slices = store.list('endpointslices', namespace).filter((s) => s.metadata.labels?.[SERVICE_NAME] === name);
    const ips = [
      ...new Set(
        slices.flatMap(({ endpoints }) =>
          endpoints.flatMap((e) => (e.conditions.ready ? e.addresses.slice(0, 1) : [])),
        ),
      ),
    ];
    const ip = ips[ips.length > 1 ? entry.caller.draw(ips.length) : 0];
    return ip === undefined ? { kind: 'unknown host' } : toPod(ip, port, entry);
  }

  function toAddress(ip: string, port: number, entry: Entry): Destination {
    if (podsByIP.has(ip)) {
      const pod = toPod(ip, port, entry);
      if (pod.kind !== 'refused') return pod;
    }
    const ports = proxy.ofClusterIP(ip)?.ports;
    if (ports)
      return along(
        ports.find((rule) => rule.port === port),
        entry,
      );
    const external = proxy.ofExternalIP(ip)?.ports.find((rule) => rule.port === port);
    if (external) return throughBalancer(external, entry);
    for (const node of store.values('nodes'))
      if (addressOf(node) === ip) return toNode(node.metadata.name, port, entry);
    return podsByIP.has(ip) ? toPod(ip, port, entry) : { kind: 'lost', pod: null };
  }

  function toNode(name: string, port: number, { caller }: Entry): Destination {
    if (off.has(name)) return { kind: 'lost', pod: null };
    const rules = proxy.ofNodePort(port);
    return rules ? along(rules, onNode(name, caller, rules.externalLocal)) : { kind: 'refused', pod: null };
  }

  /** A load balancer sends to any node that its health checks find well: with `Local` those that have a pod. */
  function throughBalancer(rules: PortRules, { caller }: Entry): Destination {
    const nodes = store.list('nodes').filter(({ metadata: { name } }) => !off.has(name));
    const well = rules.externalLocal
      ? nodes.filter(({ metadata: { name } }) => rules.backends.some(({ node }) => node === name))
      : nodes;
    const node = well[well.length > 1 ? caller.draw(well.length) : 0];
    return node ? along(rules, onNode(node.metadata.name, caller, rules.externalLocal)) : { kind: 'lost', pod: null };
  }

  function onNode(name: string, caller: Caller, keepsSource: boolean): Entry {
    const node = store.get('nodes', name);
    return {
      caller,
      node: name,
      ip: keepsSource || !node ? caller.ip : (addressOf(node) ?? caller.ip),
      external: true,
    };
  }

  function zoneOf(node: string | undefined): string | undefined {
    return node === undefined ? undefined : store.get('nodes', node)?.metadata.labels?.[ZONE];
  }

  return {
    connect(host, port, caller) {
      const node = caller.pod === null ? undefined : store.get('pods', caller.pod)?.spec.nodeName;
      const entry: Entry = { caller, node, ip: caller.ip, external: false };
      if (IPV4.test(host)) return toAddress(host, port, entry);
      const meaning = resolve(store, host, caller.namespace);
      switch (meaning.kind) {
        case 'service': {
          const { key, service } = meaning;
          if (service.spec.clusterIP === 'None') return toHeadless(key, port, entry);
          return along(
            proxy.ofService(key)?.ports.find((rule) => rule.port === port),
            entry,
          );
        }
        case 'address':
          return toAddress(meaning.ip, port, entry);
        case 'outside':
          return { kind: 'not simulated', what: `${meaning.name}, a host outside the cluster,` };
        case 'nothing':
          return store.get('nodes', host) ? toNode(host, port, entry) : { kind: 'unknown host' };
      }
    },
    addressOf: (pod) => store.get('pods', pod)?.status.podIP,
    podWith(namespace, labels) {
      const pod = store
        .list('pods', namespace)
        .find(({ status, metadata }) => status.phase === 'Running' && matchesLabels(labels, metadata.labels));
      return pod && { key: keyOf(pod), ip: pod.status.podIP ?? '' };
    },
  };
}

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

function addressOf(node: Node): string | undefined {
  return node.status.addresses?.find(({ type }) => type === 'InternalIP')?.address;
}

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
}

/** Sidecars listen too. */
function containersOf({ spec }: Pod): readonly { readonly name: string }[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return sidecars.length > 0 ? [...spec.containers, ...sidecars] : spec.containers;
}
