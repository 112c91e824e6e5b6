// Every namespace has a service account called `default` and a config map with the cluster's root certificate.
// Models pkg/controller/serviceaccount/serviceaccounts_controller.go and pkg/controller/certificates/rootcacertpublisher
// (1.32).
// Departure: there are no certificates here, so the map holds a text that says so.
import { type Cluster, latency } from '../../cluster.ts';
import type { Store } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';

const ACCOUNT = 'default';
const ROOT_CA = 'kube-root-ca.crt';

export function createServiceAccountController(cluster: Cluster): void {
  const { sim, store } = cluster;
  const queue = new WorkQueue(sim, 'controller.serviceaccount', latency.watch, (namespace) => {
    if (store.get('namespaces', namespace)?.status.phase === 'Active') createNamespaceFurniture(store, namespace);
  });
  store.subscribe('namespaces', ({ type, key, cause }) => {
    if (type !== 'DELETED' && !isFurnished(store, key)) queue.add(key, cause);
  });
  store.subscribe('serviceaccounts', ({ type, object, cause }) => {
    if (type === 'DELETED' && object.metadata.name === ACCOUNT) queue.add(object.metadata.namespace ?? '', cause);
  });
  store.subscribe('configmaps', ({ type, object, cause }) => {
    if (type === 'DELETED' && object.metadata.name === ROOT_CA) queue.add(object.metadata.namespace ?? '', cause);
  });
}

function isFurnished(store: Store, namespace: string): boolean {
  return (
    store.get('serviceaccounts', `${namespace}/${ACCOUNT}`) !== undefined &&
    store.get('configmaps', `${namespace}/${ROOT_CA}`) !== undefined
  );
}

/** Makes what is missing of the two. */
export function createNamespaceFurniture(store: Store, namespace: string): void {
  if (!store.get('configmaps', `${namespace}/${ROOT_CA}`))
    store.create('configmaps', {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {
        name: ROOT_CA,
        namespace,
        annotations: {
          'kubernetes.io/description':
            'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
        },
      },
      data: { 'ca.crt': '-----BEGIN CERTIFICATE-----\n(simulated)\n-----END CERTIFICATE-----\n' },
    });
  if (!store.get('serviceaccounts', `${namespace}/${ACCOUNT}`))
    store.create('serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: ACCOUNT, namespace },
    });
}
