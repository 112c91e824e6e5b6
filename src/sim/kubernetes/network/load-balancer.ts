// Services of type LoadBalancer get an address from outside, as a cloud's controller gives it: it makes the balancer,
// which takes its time, and writes the address into the Service's status.
// Models k8s.io/cloud-provider/controllers/service/controller.go (1.32): its events and its order. Departures: addresses
// come from a range for documentation (RFC 5737) and are handed out in order; a balancer is always ready after the same
// time. A cluster without a cloud would leave the address pending for ever.
import type { Service } from '../objects.ts';
import type { Cluster } from '../cluster.ts';
import { WorkQueue } from '../work-queue.ts';

/** From the wish to the address. */
const MAKING_MS = 30_000;
const RANGE = '198.51.100.';
const COMPONENT = 'service-controller';
const FINALIZER = 'service.kubernetes.io/load-balancer-cleanup';

export function createLoadBalancers({ sim, store, events }: Cluster): void {
  const wanted = new WorkQueue(sim, 'network.load-balancer.wanted', 100, begin);
  const made = new WorkQueue(sim, 'network.load-balancer.made', MAKING_MS, finish);

  store.subscribe('services', ({ type, key, object, before, cause }) => {
    if (type === 'DELETED') return;
    if (before?.spec === object.spec && before.metadata.deletionTimestamp === object.metadata.deletionTimestamp) return;
    if (isBalanced(object) || (object.metadata.finalizers ?? []).includes(FINALIZER)) wanted.add(key, cause);
  });

  function begin(key: string): void {
    const service = store.get('services', key);
    if (!service) return;
    const { finalizers = [], deletionTimestamp } = service.metadata;
    if (deletionTimestamp !== undefined || !isBalanced(service)) {
      if (!finalizers.includes(FINALIZER)) return;
      say(service, 'DeletingLoadBalancer', 'Deleting load balancer');
      const left = finalizers.filter((finalizer) => finalizer !== FINALIZER);
      store.update('services', {
        ...service,
        metadata: { ...service.metadata, finalizers: left },
        status: { loadBalancer: {} },
      });
      say(service, 'DeletedLoadBalancer', 'Deleted load balancer');
      return;
    }
    if (service.status.loadBalancer.ingress?.length) return;
    if (!finalizers.includes(FINALIZER))
      store.update('services', {
        ...service,
        metadata: { ...service.metadata, finalizers: [...finalizers, FINALIZER] },
      });
    say(service, 'EnsuringLoadBalancer', 'Ensuring load balancer');
    made.add(key);
  }

  function finish(key: string): void {
    const service = store.get('services', key);
    if (!service || !isBalanced(service) || service.metadata.deletionTimestamp !== undefined) return;
    const ip = freeAddress(service);
    if (ip === undefined) return;
    store.updateStatus('services', key, { loadBalancer: { ingress: [{ ip, ipMode: 'VIP' }] } });
    say(service, 'EnsuredLoadBalancer', 'Ensured load balancer');
  }

  function freeAddress({ spec }: Service): string | undefined {
    const taken = new Set<string>();
    for (const { status } of store.values('services'))
      for (const { ip } of status.loadBalancer.ingress ?? []) if (ip !== undefined) taken.add(ip);
    if (spec.loadBalancerIP !== undefined && !taken.has(spec.loadBalancerIP)) return spec.loadBalancerIP;
    for (let last = 10; last < 255; last++) if (!taken.has(`${RANGE}${String(last)}`)) return `${RANGE}${String(last)}`;
    return undefined;
  }

  function say({ metadata, apiVersion, kind }: Service, reason: string, message: string): void {
    const { name, namespace = '', uid, resourceVersion } = metadata;
    events.record({ apiVersion, kind, name, namespace, uid, resourceVersion }, 'Normal', reason, message, COMPONENT);
  }
}

/** A class of its own means a controller of its own, which is not here. */
function isBalanced({ spec }: Service): boolean {
  return spec.type === 'LoadBalancer' && spec.loadBalancerClass === undefined;
}
