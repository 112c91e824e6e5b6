// Measures the scheduler alone: many pods of one template over many nodes. Run by hand:
// benchScheduler(5000, 10000, () => performance.now()).
// Not a test: it looks at the wall clock, through the timer that the caller hands in.
import { Simulation } from '../../engine/simulation.ts';
import type { Cluster } from '../cluster.ts';
import type { Node, Pod } from '../objects.ts';
import { Store } from '../store.ts';
import { createScheduler } from './scheduler.ts';

export interface BenchResult {
  readonly nodes: number;
  readonly pods: number;
  readonly bound: number;
  readonly events: number;
  readonly virtualMs: number;
  readonly wallMs: number;
}

/** @param nowMs a wall clock in milliseconds */
export function benchScheduler(nodeCount: number, podCount: number, nowMs: () => number): BenchResult {
  const sim = new Simulation({ seed: 1, epochMs: 1_767_225_600_000, detail: 'summary' });
  const store = new Store(sim);
  const cluster: Cluster = { sim, store, events: { record: () => undefined } };
  createScheduler(cluster);
  for (let i = 0; i < nodeCount; i++) store.create('nodes', benchNode(i));
  const spec = benchPodSpec();
  for (let i = 0; i < podCount; i++)
    store.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `web-${String(i)}`, namespace: 'default', labels: { app: 'web' } },
      spec,
      status: { phase: 'Pending' },
    });
  const start = nowMs();
  const before = sim.handled;
  while (sim.step());
  const wallMs = nowMs() - start;
  let bound = 0;
  for (const pod of store.values('pods')) if (pod.spec.nodeName !== undefined) bound++;
  return { nodes: nodeCount, pods: podCount, bound, events: sim.handled - before, virtualMs: sim.now, wallMs };
}

function benchNode(
  i: number,
): Omit<Node, 'metadata'> & { readonly metadata: { name: string; labels: Record<string, string> } } {
  const amounts = { cpu: '4', memory: '16Gi', pods: '110' };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: `node-${String(i)}`, labels: { 'topology.kubernetes.io/zone': `zone-${String(i % 3)}` } },
    spec: {},
    status: { capacity: amounts, allocatable: amounts },
  };
}

function benchPodSpec(): Pod['spec'] {
  return {
    containers: [
      {
        name: 'web',
        image: 'web:1',
        imagePullPolicy: 'IfNotPresent',
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
      },
    ],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
  };
}
