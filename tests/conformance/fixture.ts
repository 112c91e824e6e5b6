// A small world that stands still, for real clients to look at: no controllers run in it, so every answer is known.
import { createApiServer, createSystemObjects } from '../../src/sim/kubernetes/api/index.ts';
import type { ApiServer } from '../../src/sim/kubernetes/api/index.ts';
import type { Cluster } from '../../src/sim/kubernetes/cluster.ts';
import type { Pod } from '../../src/sim/kubernetes/objects.ts';
import { Store } from '../../src/sim/kubernetes/store.ts';
import { Simulation } from '../../src/sim/engine/simulation.ts';

const HOUR = 3_600_000;
/** Ages that clients compute come from the real clock, so the world begins five hours ago and stands at now. */
const AGE_MS = 5 * HOUR + 60_000;

export interface Fixture {
  readonly cluster: Cluster;
  readonly server: ApiServer;
}

export function fixture(): Fixture {
  const sim = new Simulation({ seed: 7, epochMs: Date.now() - AGE_MS, detail: 'full' });
  const cluster: Cluster = { sim, store: new Store(sim), events: { record: () => undefined } };
  const server = createApiServer(cluster, {
    logs: () => [
      { at: 1000, text: 'listening on :8080' },
      { at: 2000, text: 'GET / 200' },
    ],
    lastHeartbeat: () => sim.now,
    onLog: () => undefined,
  });
  createSystemObjects(cluster);
  const post = (path: string, body: unknown) => {
    const answer = server.handle({ method: 'POST', path, headers: {}, body: JSON.stringify(body) });
    if (answer.status >= 400) throw new Error(answer.body);
  };
  const { store } = cluster;
  store.create('nodes', {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'node-1', labels: { 'kubernetes.io/hostname': 'node-1' } },
    spec: {},
    status: {
      capacity: { cpu: '4', memory: '8Gi', pods: '110' },
      allocatable: { cpu: '3900m', memory: '7936Mi', pods: '110' },
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
          lastTransitionTime: store.timestamp,
        },
      ],
      addresses: [
        { type: 'InternalIP', address: '172.18.0.3' },
        { type: 'Hostname', address: 'node-1' },
      ],
      nodeInfo: {
        kubeletVersion: 'v1.32.4',
        osImage: 'Linux',
        kernelVersion: '6.12.0',
        containerRuntimeVersion: 'containerd://2.0.4',
      },
    },
  });
  store.create('leases', {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { name: 'node-1', namespace: 'kube-node-lease' },
    spec: { holderIdentity: 'node-1', leaseDurationSeconds: 40 },
  });
  post('/api/v1/namespaces/default/configmaps', { metadata: { name: 'settings' }, data: { color: 'blue' } });
  post('/api/v1/namespaces/default/services', {
    metadata: { name: 'web' },
    spec: { clusterIP: '10.96.0.50', selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  post('/apis/apps/v1/namespaces/default/deployments', {
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] } },
    },
  });
  for (const [i, name] of ['web-1', 'web-2'].entries()) {
    post('/api/v1/namespaces/default/pods', {
      metadata: { name, labels: { app: 'web' } },
      spec: {
        nodeName: 'node-1',
        containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ containerPort: 8080 }] }],
      },
    });
    const pod = store.get('pods', `default/${name}`) as Pod;
    store.updateStatus('pods', `default/${name}`, {
      ...pod.status,
      phase: 'Running',
      podIP: `10.244.1.${String(i + 2)}`,
      podIPs: [{ ip: `10.244.1.${String(i + 2)}` }],
      hostIP: '172.18.0.3',
      startTime: store.timestamp,
      conditions: [{ type: 'Ready', status: 'True' }],
      containerStatuses: [
        {
          name: 'web',
          ready: true,
          started: true,
          restartCount: 0,
          image: 'nginx:1.27',
          imageID: 'nginx@sha256:0',
          lastState: {},
          state: { running: { startedAt: store.timestamp } },
        },
      ],
    });
  }
  sim.run(AGE_MS);
  return { cluster, server };
}
