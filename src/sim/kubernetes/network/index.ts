// Traffic of a cluster: the clients of `sim/traffic` on the network of this one.
import type { ClientSpec, Traffic } from '../../traffic/contract.ts';
import { createTraffic as createClients } from '../../traffic/traffic.ts';
import type { Servers } from '../../workload/requests.ts';
import type { Cluster } from '../cluster.ts';
import type { Kubelets } from '../kubelet/contract.ts';
import type { ProxyMode } from './balance.ts';
import { createLoadBalancers } from './load-balancer.ts';
import { createNetwork } from './network.ts';

export function createTraffic(
  cluster: Cluster,
  deps: {
    readonly processes: Servers;
    readonly kubelets: Pick<Kubelets, 'processOf' | 'onMachine'>;
    readonly clients: readonly ClientSpec[];
    readonly proxy: ProxyMode;
  },
): Traffic {
  const servers = deps.processes;
  createLoadBalancers(cluster);
  const network = createNetwork(cluster, {
    servers,
    kubelets: deps.kubelets,
    proxy: deps.proxy,
    open: (pod) => traffic.open(pod),
  });
  servers.useNetwork((host, port, { namespace, pod, podIP, draw }) =>
    network.connect(host, port, { namespace, pod: `${namespace}/${pod}`, ip: podIP, draw }),
  );
  const traffic: Traffic = createClients(cluster.sim, { servers, network, clients: deps.clients });
  return traffic;
}
