// The endpoint that a pod is to a service, as pure functions.
// Models: k8s.io/endpointslice/utils.go podToEndpoint, getEndpointPorts and util/controller_utils.go
// ShouldPodBeInEndpoints (1.32). Leaves out IPv6.
import type { Endpoint, EndpointSlice, Pod, Service } from '../../objects.ts';
import { isPodReady, isPodTerminal } from '../../pods.ts';

export type Ports = EndpointSlice['ports'];

const ZONE = 'topology.kubernetes.io/zone';

/** A pod takes part as soon as it has an address and until it has finished; while it terminates, too. */
export function shouldBeInEndpoints(pod: Pod): boolean {
  return !isPodTerminal(pod) && (pod.status.podIP ?? '') !== '';
}

export function endpointOf(pod: Pod, service: Service, zone: string | undefined): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  return {
    addresses: [pod.status.podIP ?? ''],
    conditions: { ready, serving, terminating },
    targetRef: { kind: 'Pod', namespace: pod.metadata.namespace ?? '', name: pod.metadata.name, uid: pod.metadata.uid },
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    ...(zone === undefined ? {} : { zone }),
    ...(pod.spec.hostname !== undefined && pod.spec.subdomain === service.metadata.name
      ? { hostname: pod.spec.hostname }
      : {}),
    // Every endpoint is meant for its own zone (k8s.io/endpointslice/trafficdist).
    ...(zone !== undefined && ready && service.spec.trafficDistribution === 'PreferClose'
      ? { hints: { forZones: [{ name: zone }] } }
      : {}),
  };
}

export function zoneOf(
  node: { readonly metadata: { readonly labels?: Readonly<Record<string, string>> } } | undefined,
) {
  return node?.metadata.labels?.[ZONE];
}

/** The service's ports as this pod has them: a named target port is looked up in the pod's containers. */
export function endpointPorts(pod: Pod, service: Service): Ports {
  const ports: { name: string; port: number; protocol: string }[] = [];
  for (const { name = '', protocol, targetPort } of service.spec.ports ?? []) {
    const port = typeof targetPort === 'number' ? targetPort : namedPort(pod, targetPort, protocol);
    if (port !== undefined) ports.push({ name, port, protocol });
  }
  return ports;
}

/** (podutil.FindPort: containers first, then sidecars) */
function namedPort(pod: Pod, name: string, protocol: string): number | undefined {
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  for (const container of [...pod.spec.containers, ...sidecars])
    for (const port of container.ports ?? [])
      if (port.name === name && port.protocol === protocol) return port.containerPort;
  return undefined;
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return (
    a.addresses[0] === b.addresses[0] &&
    a.conditions.ready === b.conditions.ready &&
    a.conditions.serving === b.conditions.serving &&
    a.conditions.terminating === b.conditions.terminating &&
    a.targetRef?.uid === b.targetRef?.uid &&
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    a.hostname === b.hostname &&
    a.hints?.forZones?.[0]?.name === b.hints?.forZones?.[0]?.name
  );
}

/** Slices hold pods with equal ports only; this tells them apart. */
export function portsKey(ports: Ports): string {
  return ports.map(({ name, port, protocol }) => `${name}:${String(port)}/${protocol}`).join(',');
}
