// NetworkPolicies: which connections a pod may open and take. Models the semantics of networking.k8s.io/v1 (1.32) as
// network plugins implement them: a pod that no policy selects for a direction may do everything there; else a connection
// needs one rule that allows it, on both ends; what is not allowed is dropped, so that the caller waits in vain.
// Departures: DNS is answered on the node and never filtered; a pod may always reach itself; the node of a pod (probes)
// may always reach it, as in all plugins.
import type { NetworkPolicy, NetworkPolicyPeer, NetworkPolicyPort } from '../kinds/networking.ts';
import type { Labels, Pod } from '../objects.ts';
import { matchesLabelSelector } from '../selector.ts';
import type { Store } from '../store.ts';

/** One end of a connection: a pod, or an address outside. */
interface End {
  readonly pod: Pod | undefined;
  readonly ip: string;
}

export interface Connection {
  readonly from: End;
  readonly to: End;
  /** The port of the pod itself, after all mapping. */
  readonly port: number;
}

/** True when a TCP connection is let through. */
export function mayConnect(store: Store, { from, to, port }: Connection): boolean {
  if (store.size('networkpolicies') === 0) return true;
  if (from.pod && from.pod.metadata.uid === to.pod?.metadata.uid) return true;
  return mayLeave(store, from, to, port) && mayEnter(store, from, to, port);
}

function mayEnter(store: Store, from: End, to: End, port: number): boolean {
  const { pod } = to;
  if (!pod || pod.spec.hostNetwork === true) return true;
  const policies = policiesOf(store, pod, 'Ingress');
  return (
    policies.length === 0 ||
    policies.some((policy) =>
      (policy.spec.ingress ?? []).some(
        (rule) => allowsPeer(store, policy, rule.from, from) && allowsPort(rule.ports, port, pod),
      ),
    )
  );
}

function mayLeave(store: Store, from: End, to: End, port: number): boolean {
  const { pod } = from;
  if (!pod || pod.spec.hostNetwork === true) return true;
  const policies = policiesOf(store, pod, 'Egress');
  return (
    policies.length === 0 ||
    policies.some((policy) =>
      (policy.spec.egress ?? []).some(
        (rule) => allowsPeer(store, policy, rule.to, to) && allowsPort(rule.ports, port, to.pod),
      ),
    )
  );
}

function policiesOf(store: Store, pod: Pod, direction: 'Ingress' | 'Egress'): readonly NetworkPolicy[] {
  return store
    .list('networkpolicies', pod.metadata.namespace)
    .filter(
      ({ spec }) => directions(spec).includes(direction) && matchesLabelSelector(spec.podSelector, pod.metadata.labels),
    );
}

/** Without `policyTypes`: Ingress always, Egress when there are egress rules. */
function directions({ policyTypes, egress }: NetworkPolicy['spec']): readonly string[] {
  return policyTypes ?? (egress !== undefined && egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress']);
}

function allowsPeer(
  store: Store,
  policy: NetworkPolicy,
  peers: readonly NetworkPolicyPeer[] | undefined,
  end: End,
): boolean {
  if (peers === undefined || peers.length === 0) return true;
  return peers.some(({ podSelector, namespaceSelector, ipBlock }) => {
    if (ipBlock) return inBlock(end.ip, ipBlock.cidr) && !(ipBlock.except ?? []).some((cidr) => inBlock(end.ip, cidr));
    const { pod } = end;
    if (!pod || pod.spec.hostNetwork === true) return false;
    const { namespace = '' } = pod.metadata;
    if (namespaceSelector) {
      if (!matchesLabelSelector(namespaceSelector, labelsOf(store, namespace))) return false;
    } else if (namespace !== policy.metadata.namespace) return false;
    return podSelector === undefined || matchesLabelSelector(podSelector, pod.metadata.labels);
  });
}

function labelsOf(store: Store, namespace: string): Labels | undefined {
  return store.get('namespaces', namespace)?.metadata.labels;
}

/** A named port is the pod's own. */
function allowsPort(ports: readonly NetworkPolicyPort[] | undefined, port: number, pod: Pod | undefined): boolean {
  if (ports === undefined || ports.length === 0) return true;
  return ports.some((allowed) => {
    if ((allowed.protocol ?? 'TCP') !== 'TCP') return false;
    if (allowed.port === undefined) return true;
    if (typeof allowed.port === 'number')
      return allowed.endPort === undefined ? port === allowed.port : port >= allowed.port && port <= allowed.endPort;
    return (pod?.spec.containers ?? []).some((container) =>
      (container.ports ?? []).some(({ name, containerPort }) => name === allowed.port && containerPort === port),
    );
  });
}

function inBlock(ip: string, cidr: string): boolean {
  const [base = '', length = '32'] = cidr.split('/');
  const [a, b] = [bits(ip), bits(base)];
  if (a === undefined || b === undefined) return false;
  const size = 2 ** (32 - Number(length));
  return Math.floor(a / size) === Math.floor(b / size);
}

function bits(ip: string): number | undefined {
  const parts = ip.split('.').map(Number);
  return parts.length === 4 && parts.every((part) => part >= 0 && part <= 255)
    ? parts.reduce((sum, part) => sum * 256 + part, 0)
    : undefined;
}
