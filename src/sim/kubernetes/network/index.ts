// Traffic of a cluster: the clients of `sim/traffic` on the network of this one.
import type { ClientSpec, Traffic } from '../../traffic/contract.ts';
import { createTraffic as createClients } from '../../traffic/traffic.ts';
import type { Servers } from '../../workload/requests.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import { createNetwork } from './network.ts';

export function createTraffic(
  cluster: Cluster,
  deps: {
    readonly processes: Servers;
    readonly kubelets: Pick<Kubelets, 'processOf' | 'onMachine'>;
    readonly clients: readonly ClientSpec[];
  },
): Traffic {
  const servers = deps.processes;
  const network = createNetwork(cluster, { servers, kubelets: deps.kubelets });
  return createClients(cluster.sim, { servers, network, clients: deps.clients });
}
