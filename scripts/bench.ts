// `npm run bench`: speed and memory of the simulator. Every figure stands beside a calibration loop timed in the same
// run, so that numbers from two machines can be compared as ratios. Prints; never judges.
import { loadScenario } from '../src/content/scenarios/index.ts';
import { EventQueue } from '../src/sim/engine/event-queue.ts';
import { Simulation } from '../src/sim/engine/simulation.ts';
import { readScenario, Timeline, type Scenario } from '../src/sim/index.ts';
import { benchScheduler } from '../src/sim/kubernetes/scheduler/bench.ts';
import { createWorld, type World } from '../src/sim/world.ts';

const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
const loop = calibrate();
console.log(
  `calibration loop: ${loop.toFixed(0)} ms for 50 million steps of integer arithmetic (node ${process.version})`,
);

events();
queue();
scheduler();
pods('1,000 replicas of one Deployment on 100 nodes, apply → all Ready, cold', 100, 1_000, 1);
pods('the same once the engine has compiled it (best of five)', 100, 1_000, 1, 5);
pods('10,000 pods of 20 Deployments on 5,000 nodes, apply → all Running', 5_000, 10_000, 20);
await seek();
await traffic();

function report(what: string, value: string, ms: number): void {
  console.log(
    `${what.padEnd(72)} ${value.padStart(22)}   ${ms.toFixed(0).padStart(6)} ms  ×${(ms / loop).toFixed(2)} of the loop`,
  );
}

function time<T>(run: () => T): readonly [number, T] {
  collect();
  const began = performance.now();
  const value = run();
  return [performance.now() - began, value];
}

function calibrate(): number {
  const times = Array.from({ length: 3 }, () => {
    const [ms] = time(() => {
      let x = 1;
      for (let i = 0; i < 50_000_000; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
      return x;
    });
    return ms;
  });
  return Math.min(...times);
}

function events(): void {
  const sim = new Simulation({ seed: 1, epochMs: 0, detail: 'summary' });
  const many = 1_000_000;
  let left = many;
  sim.on('tick', () => {
    if (left-- > 0) sim.schedule(sim.now + 1 + (left % 97), left % 4, { kind: 'tick' });
  });
  for (let i = 0; i < 1000; i++) sim.schedule(i, 0, { kind: 'tick' });
  const [ms] = time(() => sim.run(1e9));
  report(
    'engine: events per second, 1,000 always waiting',
    `${Math.round((sim.handled / ms) * 1000).toLocaleString('en')}/s`,
    ms,
  );
}

function scheduler(): void {
  const { bound, wallMs } = benchScheduler(5_000, 10_000, () => performance.now());
  report(
    'scheduler alone: 10,000 pods of one template on 5,000 nodes',
    `${Math.round((bound / wallMs) * 1000).toLocaleString('en')} pods/s`,
    wallMs,
  );
}

function queue(): void {
  const waiting = new EventQueue();
  const many = 500_000;
  for (let seq = 0; seq < 20_000; seq++)
    waiting.push({ at: (seq * 7919) % 60_000, phase: 0, seq, cause: null, event: { kind: 'x' } });
  const [ms] = time(() => {
    for (let seq = 20_000; seq < 20_000 + many; seq++) {
      const item = waiting.pop();
      waiting.push({ at: (item?.at ?? 0) + ((seq * 31) % 60_000), phase: 0, seq, cause: null, event: { kind: 'x' } });
    }
  });
  report('event queue: pop and push, 20,000 waiting', `${Math.round((many / ms) * 1000).toLocaleString('en')}/s`, ms);
}

function cluster(nodes: number, replicas: number, deployments: number): Scenario {
  const read = readScenario({
    name: 'bench',
    nodes: [{ name: 'node', count: nodes, cpu: '8', memory: '32Gi' }],
    objects: Array.from({ length: deployments }, (_, i) => ({
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: `web-${String(i)}` },
      spec: {
        replicas: replicas / deployments,
        selector: { matchLabels: { app: `web-${String(i)}` } },
        template: {
          metadata: { labels: { app: `web-${String(i)}` } },
          spec: {
            containers: [
              { name: 'web', image: 'nginx:1.27', resources: { requests: { cpu: '100m', memory: '64Mi' } } },
            ],
          },
        },
      },
    })),
  });
  if ('error' in read) throw new Error(read.error);
  return read.scenario;
}

function pods(what: string, nodes: number, replicas: number, deployments: number, times = 1): void {
  const runs = Array.from({ length: times }, () => start(nodes, replicas, deployments));
  const best = runs.reduce((a, b) => (b.ms < a.ms ? b : a));
  report(what, `${Math.round((replicas / best.ms) * 1000).toLocaleString('en')} pods/s`, best.ms);
  console.log(`  ${best.facts}`);
}

/** Time passes until every pod of the cluster is Ready. */
function start(nodes: number, replicas: number, deployments: number): { readonly ms: number; readonly facts: string } {
  const world = createWorld(cluster(nodes, replicas, deployments), 1);
  collect();
  const before = process.memoryUsage().heapUsed;
  const ready = (w: World) =>
    [...w.store.values('pods')].filter((pod) => pod.status.phase === 'Running' && isReady(pod)).length;
  const [ms] = time(() => {
    for (let at = 10_000; ; at += 10_000) {
      world.sim.run(at);
      if (world.store.size('pods') >= replicas && ready(world) >= replicas) return;
      if (at > 3_600_000) throw new Error(`${String(ready(world))} of ${String(replicas)} after an hour`);
    }
  });
  collect();
  const heap = process.memoryUsage().heapUsed - before;
  return {
    ms,
    facts: `${String(world.sim.handled)} events (${(world.sim.handled / replicas).toFixed(1)} a pod), ${String(world.sim.journal.length)} journal entries, ${Math.round(heap / replicas).toLocaleString('en')} bytes of heap a pod, ${(world.sim.now / 1000).toFixed(0)} s of virtual time`,
  };
}

function isReady(pod: {
  readonly status: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}): boolean {
  return pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true;
}

async function seek(): Promise<void> {
  const timeline = new Timeline(await loadScenario('deadlock', { story: true }), 43);
  const [there] = time(() => timeline.run(480_000));
  report('lesson 4.3: 8 minutes of the deadlock figure, straight', `${(480_000 / there).toFixed(0)}× real time`, there);
  const marks = [470_000, 130_000, 300_000, 7_000, 299_000, 450_000, 2_000, 479_000, 240_000, 100_000];
  const each = marks.map((at) => time(() => timeline.seek(at))[0]).sort((a, b) => a - b);
  report('lesson 4.3: one seek (median of ten, anywhere)', `worst ${(each.at(-1) ?? 0).toFixed(1)} ms`, each[5] ?? 0);
}

async function traffic(): Promise<void> {
  const timeline = new Timeline(
    await loadScenario('storm', { failureThreshold: 10, timeoutSeconds: 10, surge: 92 }),
    11,
  );
  const [ms] = time(() => timeline.run(600_000));
  const { sent } = timeline.world.traffic.totals('shoppers');
  report(
    'traffic: 10 minutes of the storm figure without a storm',
    `${Math.round((sent / ms) * 1000).toLocaleString('en')} requests/s`,
    ms,
  );
}
