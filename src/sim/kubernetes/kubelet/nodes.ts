// The machines of the world as Node objects, with the status their kubelets would post, and their leases.
// Models k8s.io/kubernetes/pkg/kubelet/nodestatus/setters.go (1.32). Heartbeats are not stored every ten seconds:
// `lastHeartbeat` of the kubelets computes them. Leaves out: volumes, provider ids, image lists of a fresh node.
import { assert } from '../../engine/assert.ts';
import { fnv1a32 } from '../../engine/hash.ts';
import { formatMicroTime } from '../../engine/time.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { Cluster } from '../cluster.ts';
import type { Condition, Labels, Taint } from '../objects.ts';
import { canonicalQuantity, formatQuantity, parseQuantity, subtractQuantities } from '../quantity.ts';

/** One machine, or `count` equal ones called `<name>-1` … when count is given. */
export interface NodeSpec {
  readonly name: string;
  readonly count?: number;
  /** Quantities, for example `4` and `8Gi`. */
  readonly cpu: string;
  readonly memory: string;
  readonly pods?: number;
  readonly labels?: Labels;
  readonly taints?: readonly Taint[];
  /** Reserved for the system, taken off allocatable. Defaults: cpu 100m, memory 256Mi. */
  readonly reserved?: { readonly cpu?: string; readonly memory?: string };
}

export function createNodes(cluster: Cluster, specs: readonly NodeSpec[]): void {
  let index = cluster.store.size('nodes');
  for (const spec of specs)
    for (let i = 1; i <= (spec.count ?? 1); i++) {
      const name = spec.count === undefined ? spec.name : `${spec.name}-${String(i)}`;
      createNode(cluster, name, spec, index++);
    }
}

function createNode({ sim, store }: Cluster, name: string, spec: NodeSpec, index: number): void {
  const time = store.timestamp;
  const capacity = {
    cpu: canonicalQuantity(spec.cpu),
    'ephemeral-storage': '101430960Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
    memory: canonicalQuantity(spec.memory),
    pods: String(spec.pods ?? 110),
  };
  const allocatable = {
    ...capacity,
    cpu: minus(capacity.cpu, spec.reserved?.cpu ?? '100m'),
    memory: minus(capacity.memory, spec.reserved?.memory ?? '256Mi'),
  };
  const host = index + 2;
  const address = `10.0.${String(host >> 8)}.${String(host & 255)}`;
  const podCIDR = podRange(index);
  const node = store.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'kubernetes.io/os': 'linux',
        ...spec.labels,
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '0',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
    },
    spec: { podCIDR, podCIDRs: [podCIDR], ...(spec.taints && spec.taints.length > 0 ? { taints: spec.taints } : {}) },
    status: {
      capacity,
      allocatable,
      conditions: nodeConditions(time),
      addresses: [
        { type: 'InternalIP', address },
        { type: 'Hostname', address: name },
      ],
      daemonEndpoints: DAEMON_ENDPOINTS,
      nodeInfo: nodeInfo(sim, name),
    },
  });
  store.create('leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: {
      name,
      namespace: 'kube-node-lease',
      ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name, uid: node.metadata.uid }],
    },
    spec: {
      holderIdentity: name,
      leaseDurationSeconds: 40,
      renewTime: formatMicroTime(sim.epochMs + sim.now),
    },
  });
}

/** Where every kubelet listens. */
const DAEMON_ENDPOINTS = { kubeletEndpoint: { Port: 10250 } } as const;

/** What a healthy kubelet says about its machine. */
export function nodeConditions(time: string): readonly Condition[] {
  return [
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available', time),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure', time),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available', time),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status', time),
  ];
}

function condition(
  type: string,
  status: Condition['status'],
  reason: string,
  message: string,
  time: string,
): Condition {
  return { type, status, lastHeartbeatTime: time, lastTransitionTime: time, reason, message };
}

/** One /24 a node: 10.244.0.0 and up for the first 3,072, then the shared address space of carriers. */
function podRange(index: number): string {
  const own = 12 * 256;
  const [first, second, rest] = index < own ? [10, 244, index] : [100, 64, index - own];
  assert(rest >> 8 < 64, `no address range for node ${String(index)}`);
  return `${String(first)}.${String(second + (rest >> 8))}.${String(rest & 255)}.0/24`;
}

function nodeInfo(sim: Simulation, name: string): Readonly<Record<string, string>> {
  const hex = (salt: string) =>
    fnv1a32(`${String(sim.seed)} ${name} ${salt}`)
      .toString(16)
      .padStart(8, '0');
  const id = hex('a') + hex('b') + hex('c') + hex('d');
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-a${id.slice(17, 20)}-${id.slice(20)}`;
  return {
    architecture: 'amd64',
    bootID: uuid,
    containerRuntimeVersion: 'containerd://2.0.4',
    kernelVersion: '6.8.0-57-generic',
    kubeProxyVersion: 'v1.32.4',
    kubeletVersion: 'v1.32.4',
    machineID: id,
    operatingSystem: 'linux',
    osImage: 'Ubuntu 24.04.2 LTS',
    systemUUID: uuid,
  };
}

function minus(total: string, reserved: string): string {
  const [a, b] = [parseQuantity(total), parseQuantity(reserved)];
  assert(a && b, `quantities ${total} and ${reserved}`);
  return formatQuantity(subtractQuantities(a, b));
}
