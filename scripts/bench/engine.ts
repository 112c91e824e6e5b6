// The loop and the queue underneath, and two of the lessons' worlds.
import { loadScenario } from '../../src/content/scenarios/index.ts';
import { EventQueue } from '../../src/sim/engine/event-queue.ts';
import { Simulation } from '../../src/sim/engine/simulation.ts';
import { Timeline } from '../../src/sim/index.ts';
import { time, type Workload } from './workload.ts';

export const engineWorkloads: readonly Workload[] = [
  {
    name: 'engine-events',
    title: 'engine: a million events, 1,000 always waiting',
    run(host) {
      const sim = new Simulation({ seed: 1, epochMs: 0, detail: 'summary' });
      let left = 1_000_000;
      sim.on('tick', () => {
        if (left-- > 0) sim.schedule(sim.now + 1 + (left % 97), left % 4, { kind: 'tick' });
      });
      for (let i = 0; i < 1000; i++) sim.schedule(i, 0, { kind: 'tick' });
      const [ms] = time(host, () => {
        sim.run(1e9);
      });
      return { ms, perSecond: { what: 'events', value: (sim.handled / ms) * 1000 }, facts: {} };
    },
  },
  {
    name: 'event-queue',
    title: 'event queue: pop and push, 20,000 waiting',
    run(host) {
      const waiting = new EventQueue();
      const many = 500_000;
      const item = (at: number, seq: number) => ({ at, phase: 0, seq, cause: null, event: { kind: 'x' } });
      for (let seq = 0; seq < 20_000; seq++) waiting.push(item((seq * 7919) % 60_000, seq));
      const [ms] = time(host, () => {
        for (let seq = 20_000; seq < 20_000 + many; seq++)
          waiting.push(item((waiting.pop()?.at ?? 0) + ((seq * 31) % 60_000), seq));
      });
      return { ms, perSecond: { what: 'events', value: (many / ms) * 1000 }, facts: {} };
    },
  },
  {
    name: 'deadlock-8-minutes',
    title: 'lesson 4.3: 8 minutes of the deadlock figure, straight',
    async run(host) {
      const timeline = new Timeline(await loadScenario('deadlock', { story: true }), 43);
      const [ms] = time(host, () => {
        timeline.run(480_000);
      });
      return { ms, facts: { timesRealTime: Math.round(480_000 / ms) } };
    },
  },
  {
    name: 'deadlock-seek',
    title: 'lesson 4.3: one seek (median of ten, anywhere)',
    async run(host) {
      const timeline = new Timeline(await loadScenario('deadlock', { story: true }), 43);
      timeline.run(480_000);
      const marks = [470_000, 130_000, 300_000, 7_000, 299_000, 450_000, 2_000, 479_000, 240_000, 100_000];
      const each = marks.map((at) => time(host, () => timeline.seek(at))[0]).sort((a, b) => a - b);
      return { ms: each[5] ?? 0, facts: { worstMs: Math.round((each.at(-1) ?? 0) * 10) / 10 } };
    },
  },
  {
    name: 'storm-10-minutes',
    title: 'traffic: 10 minutes of the storm figure without a storm',
    async run(host) {
      const settings = { failureThreshold: 10, timeoutSeconds: 10, surge: 92 };
      const timeline = new Timeline(await loadScenario('storm', settings), 11);
      const [ms] = time(host, () => {
        timeline.run(600_000);
      });
      const { sent } = timeline.world.traffic.totals('shoppers');
      return { ms, perSecond: { what: 'requests', value: (sent / ms) * 1000 }, facts: {} };
    },
  },
];
