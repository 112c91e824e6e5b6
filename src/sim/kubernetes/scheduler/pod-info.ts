// A pod as the scheduler counts it. Models framework.PodInfo and schedutil.GetNonzeroRequests (Kubernetes 1.32).
import type { ContainerPort, Pod, PodSpec, ResourceRequirements } from '../objects.ts';
import { podRequests, type PodResources } from '../pods.ts';
import { intValue, milliValue } from '../quantity.ts';
import type { Requirement } from '../selector.ts';

export interface HostPort {
  readonly ip: string;
  readonly protocol: ContainerPort['protocol'];
  readonly port: number;
}

/** What a pod takes from its node. Pods of one template share one of these. */
export interface PodAmounts extends PodResources {
  /** `other` as a list in the order of names. */
  readonly scalars: readonly (readonly [name: string, amount: number])[];
  /** For scores only: a container that asks for nothing counts as 100m and 200Mi, so that such pods spread too. */
  readonly nonzeroCpuMilli: number;
  readonly nonzeroMemoryBytes: number;
  readonly hostPorts: readonly HostPort[];
}

export interface PodInfo {
  readonly pod: Pod;
  readonly amounts: PodAmounts;
  /** By what its services and its controller select it together; empty where nothing does. (helper.DefaultSelector) */
  readonly workloadSelector: readonly Requirement[];
}

/** Pod-level requests are alpha and off in 1.32; an object that has them all the same is counted by them. */
type SpecWithResources = PodSpec & { readonly resources?: ResourceRequirements };

interface Remembered {
  readonly initContainers: PodSpec['initContainers'];
  readonly overhead: PodSpec['overhead'];
  readonly resources: ResourceRequirements | undefined;
  readonly amounts: PodAmounts;
}

const remembered = new WeakMap<object, Remembered>();

export function podInfo(pod: Pod, workloadSelector: readonly Requirement[] = []): PodInfo {
  return { pod, amounts: podAmounts(pod), workloadSelector };
}

export function podAmounts(pod: Pod): PodAmounts {
  const spec: SpecWithResources = pod.spec;
  const known = remembered.get(spec.containers);
  if (
    known &&
    known.initContainers === spec.initContainers &&
    known.overhead === spec.overhead &&
    known.resources === spec.resources
  )
    return known.amounts;
  const amounts = count(spec);
  remembered.set(spec.containers, {
    initContainers: spec.initContainers,
    overhead: spec.overhead,
    resources: spec.resources,
    amounts,
  });
  return amounts;
}

function count(spec: SpecWithResources): PodAmounts {
  const requests = withPodLevel(podRequests({ spec }), spec.resources);
  const filled = {
    ...spec,
    containers: spec.containers.map(withDefaults),
    ...(spec.initContainers ? { initContainers: spec.initContainers.map(withDefaults) } : {}),
  };
  const nonzero = withPodLevel(podRequests({ spec: filled }), spec.resources);
  const names = Object.keys(requests.other).sort();
  return {
    ...requests,
    scalars: names.map((name) => [name, requests.other[name] ?? 0] as const),
    nonzeroCpuMilli: nonzero.cpuMilli,
    nonzeroMemoryBytes: nonzero.memoryBytes,
    hostPorts: hostPorts(spec),
  };
}

function withDefaults<C extends PodSpec['containers'][number]>(container: C): C {
  const requests = {
    cpu: '100m',
    memory: '200Mi',
    ...(container.resources as ResourceRequirements | undefined)?.requests,
  };
  return { ...container, resources: { ...container.resources, requests } };
}

function withPodLevel(sum: PodResources, resources: ResourceRequirements | undefined): PodResources {
  if (!resources?.requests) return sum;
  const { cpu, memory, ...rest } = resources.requests;
  const other: Record<string, number> = { ...sum.other };
  for (const [name, quantity] of Object.entries(rest))
    if (name.startsWith('hugepages-')) other[name] = intValue(quantity);
  return {
    ...sum,
    ...(cpu === undefined ? {} : { cpuMilli: milliValue(cpu) }),
    ...(memory === undefined ? {} : { memoryBytes: intValue(memory) }),
    other,
  };
}

/** Ports on the node itself, of containers that run as long as the pod does. */
function hostPorts(spec: PodSpec): HostPort[] {
  const out: HostPort[] = [];
  for (const container of [
    ...(spec.initContainers ?? []).filter((c) => c.restartPolicy === 'Always'),
    ...spec.containers,
  ])
    for (const { hostPort = 0, hostIP = '', protocol } of container.ports ?? [])
      if (hostPort > 0) out.push({ ip: hostIP === '' ? '0.0.0.0' : hostIP, protocol, port: hostPort });
  return out;
}
