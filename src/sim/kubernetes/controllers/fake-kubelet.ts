// For tests of the controllers: binds every pod and makes it run, with fixed delays and no machines behind it.
import { phase, Simulation } from '../../engine/simulation.ts';
import type { Cluster } from '../cluster.ts';
import { createEventRecorder } from '../event-recorder.ts';
import type { Condition, Container, Deployment, Node, Pod, PodSpec } from '../objects.ts';
import { Store } from '../store.ts';
import { createControllers, type Controllers } from './index.ts';

const EPOCH_MS = 1_767_225_600_000;

export interface TestWorld extends Cluster {
  readonly controllers: Controllers;
  /** Pods whose image matches never become Ready. */
  broken: RegExp | undefined;
  /** Heartbeats stop at this virtual time, by node. */
  readonly lastHeartbeats: Map<string, number>;
  refusal: string | undefined;
}

interface PodEvent {
  readonly kind: 'fake.bind' | 'fake.ready' | 'fake.gone';
  readonly key: string;
}

const BIND_MS = 10;
const READY_MS = 1000;
const GONE_MS = 2000;

export function createTestWorld(
  options: { readonly nodes?: number; readonly detail?: 'full' | 'summary' } = {},
): TestWorld {
  const sim = new Simulation({ seed: 7, epochMs: EPOCH_MS, detail: options.detail ?? 'full' });
  const store = new Store(sim);
  const cluster: Cluster = { sim, store, events: createEventRecorder(sim, store) };
  const lastHeartbeats = new Map<string, number>();
  const world: { broken: RegExp | undefined; refusal: string | undefined } = { broken: undefined, refusal: undefined };
  const controllers = createControllers(cluster, {
    kubelets: { lastHeartbeat: (node) => lastHeartbeats.get(node) ?? sim.now },
    refusePod: () => world.refusal,
  });
  const nodeCount = options.nodes ?? 3;
  let address = 0;
  sim.register<number>({
    name: 'fake',
    save: () => address,
    load: (state) => {
      address = state;
    },
  });
  store.subscribe('pods', ({ type, key, object, before, cause }) => {
    if (type === 'ADDED') sim.schedule<PodEvent>(sim.now + BIND_MS, phase.scheduler, { kind: 'fake.bind', key }, cause);
    const stops = object.metadata.deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined;
    if (type === 'MODIFIED' && stops && !lastHeartbeats.has(object.spec.nodeName ?? ''))
      sim.schedule<PodEvent>(sim.now + GONE_MS, phase.kubelet, { kind: 'fake.gone', key }, cause);
  });
  sim.on<PodEvent>('fake.bind', ({ key }) => {
    const pod = store.get('pods', key);
    if (!pod || pod.spec.nodeName !== undefined || nodeCount === 0) return;
    const live = [...store.values('nodes')].filter((node) => !lastHeartbeats.has(node.metadata.name));
    const nodeName = live[address % live.length]?.metadata.name ?? 'node-1';
    store.update('pods', { ...pod, spec: { ...pod.spec, nodeName } });
    sim.schedule<PodEvent>(sim.now + READY_MS, phase.kubelet, { kind: 'fake.ready', key });
  });
  sim.on<PodEvent>('fake.ready', ({ key }) => {
    const pod = store.get('pods', key);
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return;
    const ok = world.broken?.test(pod.spec.containers[0]?.image ?? '') !== true;
    address++;
    const podIP = `10.${String(address >> 16)}.${String((address >> 8) & 255)}.${String(address & 255)}`;
    const ready: Condition = { type: 'Ready', status: ok ? 'True' : 'False', lastTransitionTime: store.timestamp };
    store.updateStatus('pods', key, { ...pod.status, phase: 'Running', podIP, conditions: [ready] });
  });
  sim.on<PodEvent>('fake.gone', ({ key }) => {
    store.delete('pods', key, { gracePeriodSeconds: 0 });
  });
  for (let i = 1; i <= nodeCount; i++) store.create('nodes', node(`node-${String(i)}`));
  store.create('namespaces', {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'default' },
    spec: { finalizers: ['kubernetes'] },
    status: { phase: 'Active' },
  });
  return Object.assign(world, cluster, { controllers, lastHeartbeats });
}

export function podSpec(image: string, containers: Partial<Container> = {}): PodSpec {
  return {
    containers: [{ name: 'app', image, resources: {}, imagePullPolicy: 'IfNotPresent', ...containers }],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  };
}

export function deployment(
  name: string,
  replicas: number,
  image: string,
  spec: Partial<Deployment['spec']> = {},
): Omit<Deployment, 'metadata'> & { metadata: { name: string; namespace: string } } {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default' },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec(image) },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' } },
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status: {},
  };
}

export function pod(
  name: string,
  labels: Record<string, string>,
): Omit<Pod, 'metadata'> & { metadata: { name: string; namespace: string; labels: Record<string, string> } } {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels },
    spec: podSpec('bare:1'),
    status: { phase: 'Pending' },
  };
}

function node(name: string): Omit<Node, 'metadata'> & { metadata: { name: string } } {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name },
    spec: {},
    status: {
      capacity: {},
      allocatable: {},
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastHeartbeatTime: '2026-01-01T00:00:00Z',
          reason: 'KubeletReady',
          message: '',
        },
      ],
    },
  };
}
