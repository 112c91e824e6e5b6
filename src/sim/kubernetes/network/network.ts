// Where a connection leads: the cluster's DNS (coredns' kubernetes plugin: `svc`, `svc.ns`, `svc.ns.svc`,
// `svc.ns.svc.cluster.local`, headless Services), kube-proxy's rules, and the process behind a pod's port.
//
// Leaves out: DNS caching, records of single pods, SRV, ExternalName (refused by name), network policies.
import type { Destination, Network } from '../../traffic/network.ts';
import type { Servers } from '../../workload/requests.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import type { Pod, Service } from '../objects.ts';
import { type Backend, createProxy, type PortRules } from './proxy.ts';

export interface NetworkDeps {
  readonly servers: Pick<Servers, 'listens'>;
  readonly kubelets: Pick<Kubelets, 'processOf' | 'onMachine'>;
}

const SLICE_LABEL = 'kubernetes.io/service-name';

export function createNetwork(cluster: Cluster, { servers, kubelets }: NetworkDeps): Network {
  const { sim, store } = cluster;
  const proxy = createProxy(cluster);
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
      for (const pod of store.values('pods')) learn(pod, pod.status.podIP);
    },
  });
  kubelets.onMachine((node, running) => {
    if (running) off.delete(node);
    else off.add(node);
  });
  store.subscribe('pods', ({ type, object, before }) => {
    const ip = type === 'DELETED' ? undefined : object.status.podIP;
    const old = before?.status.podIP;
    if (ip === old) return;
    if (old !== undefined) {
      const left = (podsByIP.get(old) ?? []).filter((key) => key !== keyOf(object));
      if (left.length > 0) podsByIP.set(old, left);
      else podsByIP.delete(old);
    }
    learn(object, ip);
  });

  function learn(pod: Pod, ip: string | undefined): void {
    if (ip !== undefined && ip !== '') podsByIP.set(ip, [...(podsByIP.get(ip) ?? []), keyOf(pod)].sort());
  }

  function toPod(ip: string, port: number): Destination {
    let seen: string | null = null;
    for (const key of podsByIP.get(ip) ?? []) {
      const pod = store.get('pods', key);
      if (!pod || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') continue;
      if (off.has(pod.spec.nodeName ?? '')) return { kind: 'lost', pod: key };
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

  function toOneOf(backends: readonly Backend[], draw: (bound: number) => number): Destination {
    const chosen = backends[backends.length > 1 ? draw(backends.length) : 0];
    return chosen ? toPod(chosen.ip, chosen.port) : { kind: 'no endpoints' };
  }

  function toService(service: Service, key: string, port: number, draw: (bound: number) => number): Destination {
    const { type, clusterIP } = service.spec;
    if (type === 'ExternalName') return { kind: 'not simulated', what: 'a Service of type ExternalName' };
    if (clusterIP === 'None') return toHeadless(key, port, draw);
    // A cluster IP without rules, or a port that the Service does not have: no rule catches the packet.
    const rules = proxy.ofService(key)?.ports.find((rule) => rule.port === port);
    return rules ? toOneOf(rules.backends, draw) : { kind: 'lost', pod: null };
  }

  /** DNS gives the addresses of the pods themselves; there is no kube-proxy between, and no mapping of ports. */
  function toHeadless(key: string, port: number, draw: (bound: number) => number): Destination {
    const [namespace = '', name = ''] = key.split('/');
    const service = store.get('services', key);
    const slices = store.list('endpointslices', namespace).filter((s) => s.metadata.labels?.[SLICE_LABEL] === name);
    const ips = new Set(
      slices.flatMap(({ endpoints }) => endpoints.flatMap((e) => (e.conditions.ready ? e.addresses.slice(0, 1) : []))),
    );
    return !service || ips.size === 0
      ? { kind: 'unknown host' }
      : toOneOf(
          [...ips].map((ip) => ({ ip, port })),
          draw,
        );
  }

  function toAddress(ip: string, port: number, draw: (bound: number) => number): Destination {
    if (podsByIP.has(ip)) {
      const pod = toPod(ip, port);
      if (pod.kind !== 'refused') return pod;
    }
    const service = proxy.ofClusterIP(ip);
    if (service)
      return along(
        service.ports.find((rule) => rule.port === port),
        draw,
      );
    for (const node of store.values('nodes'))
      if (node.status.addresses?.some(({ address }) => address === ip) === true)
        return toNode(node.metadata.name, port, draw);
    return podsByIP.has(ip) ? toPod(ip, port) : { kind: 'lost', pod: null };
  }

  function toNode(name: string, port: number, draw: (bound: number) => number): Destination {
    if (off.has(name)) return { kind: 'lost', pod: null };
    const rules = proxy.ofNodePort(port);
    return rules ? toOneOf(rules.backends, draw) : { kind: 'refused', pod: null };
  }

  function along(rules: PortRules | undefined, draw: (bound: number) => number): Destination {
    return rules ? toOneOf(rules.backends, draw) : { kind: 'lost', pod: null };
  }

  return {
    connect(host, port, namespace, draw) {
      if (IPV4.test(host)) return toAddress(host, port, draw);
      const key = serviceKey(host, namespace);
      const service = key === undefined ? undefined : store.get('services', key);
      if (service && key !== undefined) return toService(service, key, port, draw);
      if (store.get('nodes', host)) return toNode(host, port, draw);
      return { kind: 'unknown host' };
    },
  };
}

/** `<namespace>/<name>` of the Service that a name would stand for, as the search list of resolv.conf completes it. */
function serviceKey(host: string, namespace: string): string | undefined {
  let key = names.get(`${namespace} ${host}`);
  if (key === undefined) {
    const match = /^([a-z0-9-]+)(?:\.([a-z0-9-]+)(?:\.svc(?:\.cluster\.local)?)?)?\.?$/.exec(host);
    key = match ? `${match[2] ?? namespace}/${match[1] ?? ''}` : '';
    if (names.size > 1000) names.clear();
    names.set(`${namespace} ${host}`, key);
  }
  return key === '' ? undefined : key;
}
/** Completing a name is pure; the cache saves doing it for every request. */
const names = new Map<string, string>();

const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

function keyOf(pod: Pod): string {
  return `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
}

/** Sidecars listen too. */
function containersOf({ spec }: Pod): readonly { readonly name: string }[] {
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return sidecars.length > 0 ? [...spec.containers, ...sidecars] : spec.containers;
}
