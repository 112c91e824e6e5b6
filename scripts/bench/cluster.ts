// Whole worlds: a cluster's pods from nothing to Ready, and what it costs to let a large one stand.
import { readScenario, type Scenario } from '../../src/sim/index.ts';
import { createWorld, type World } from '../../src/sim/world.ts';
import { time, type Host, type Outcome, type Workload } from './workload.ts';

const HOUR = 3_600_000;

export const clusterWorkloads: readonly Workload[] = [
  {
    name: 'replicas-1000',
    title: '1,000 replicas of one Deployment on 100 nodes, apply → all Ready (best of ten)',
    run: (host) => best(Array.from({ length: 10 }, () => started(host, 100, 1_000, 1).outcome)),
  },
  {
    name: 'rollout-10000',
    title: '10,000 pods of 20 Deployments on 5,000 nodes, apply → all Ready',
    run: (host) => started(host, 5_000, 10_000, 20).outcome,
  },
  {
    name: 'cluster-150k',
    title: '150,000 pods of 100 Deployments on 5,000 nodes, from nothing → all Ready',
    run: (host) => started(host, 5_000, 150_000, 100).outcome,
  },
  {
    name: 'idle-hour',
    title: 'one hour of the same cluster in which nothing happens',
    run(host) {
      const { world } = started(host, 5_000, 150_000, 100);
      // The hour after which the events of the beginning are gone has passed first.
      world.sim.run(world.sim.now + HOUR);
      const { handled } = world.sim;
      const [ms] = time(host, () => {
        world.sim.run(world.sim.now + HOUR);
      });
      return { ms, facts: { simEvents: world.sim.handled - handled } };
    },
  },
];

function best(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((a, b) => (b.ms < a.ms ? b : a));
}

function scenario(nodes: number, pods: number, deployments: number): Scenario {
  const read = readScenario({
    name: 'bench',
    nodes: [{ name: 'node', count: nodes, cpu: '8', memory: '32Gi' }],
    objects: Array.from({ length: deployments }, (_, i) => deployment(`web-${String(i)}`, pods / deployments)),
  });
  if ('error' in read) throw new Error(read.error);
  return read.scenario;
}

function deployment(name: string, replicas: number): unknown {
  const labels = { app: name };
  const resources = { requests: { cpu: '100m', memory: '64Mi' } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'nginx:1.27', resources }] } },
    },
  };
}

/** Builds the world and lets it go on until every pod is Ready. */
function started(host: Host, nodes: number, pods: number, deployments: number): { world: World; outcome: Outcome } {
  host.collect();
  const before = host.heapBytes();
  const [ms, world] = time(host, () => {
    const made = createWorld(scenario(nodes, pods, deployments), 1);
    for (let at = 5_000; readyPods(made) < pods; at += 5_000) {
      if (at > HOUR) throw new Error(`${String(readyPods(made))} of ${String(pods)} pods are ready after an hour`);
      made.sim.run(at);
    }
    return made;
  });
  host.collect();
  const after = host.heapBytes();
  const { sim } = world;
  host.keep?.(world);
  return {
    world,
    outcome: {
      ms,
      perSecond: { what: 'pods', value: (pods / ms) * 1000 },
      facts: {
        nodes,
        pods,
        simEvents: sim.handled,
        journalEntries: sim.journal.length,
        virtualMs: sim.now,
        ...(before === undefined || after === undefined
          ? {}
          : { heapMB: round((after - before) / 1e6), bytesPerPod: Math.round((after - before) / pods) }),
      },
    },
  };
}

function round(megabytes: number): number {
  return Math.round(megabytes * 10) / 10;
}

/** By the Deployments' own count. */
function readyPods({ store }: World): number {
  let ready = 0;
  for (const { status } of store.values('deployments')) ready += status.readyReplicas ?? 0;
  return ready;
}
