// Lesson 4.3 says what happens in its worlds, and when. Every such sentence is held against the world here; a stop or a
// number that is rewritten in the lesson has to be rewritten here too.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadScenario } from '../../src/content/scenarios/index.ts';
import { parseDuration, readScenario, Timeline, type JournalEntry, type Scenario } from '../../src/sim/index.ts';
import { snapshot, type ClusterSnapshot } from '../../src/sim/snapshot.ts';

const page = readFileSync(new URL('../../src/content/docs/4-kubernetes/3-is-it-alive.mdx', import.meta.url), 'utf8');

interface Stop {
  readonly at: string;
  readonly say: string;
}

/** The element of the page with this id, as it is written. */
function element(id: string): string {
  return page.split(/^<(?=Figure|Predict)/m).find((text) => text.includes(`id="${id}"`)) ?? '';
}

function stopsOf(figure: string): readonly Stop[] {
  return [...element(figure).matchAll(/\{ at: '([^']+)', say: '([^']+)' \}/g)].map(([, at = '', say = '']) => ({
    at,
    say,
  }));
}

/** A world that is looked at: run to a moment, seen as the figure sees it, with its journal. */
class Looked {
  readonly timeline: Timeline;

  constructor(scenario: Scenario, seed: number) {
    this.timeline = new Timeline(scenario, seed);
  }

  at(time: string): ClusterSnapshot {
    this.timeline.seek(ms(time));
    return snapshot(this.timeline.world);
  }

  journal(kind: string, wanted: (entry: JournalEntry) => boolean = () => true): readonly JournalEntry[] {
    return this.timeline.world.sim.journal.slice().filter((entry) => entry.kind === kind && wanted(entry));
  }
}

function ms(time: string): number {
  const read = parseDuration(time);
  if (read === undefined) throw new Error(`${time} is not a duration`);
  return read;
}

async function look(name: string, settings: Readonly<Record<string, number | string | boolean>>, seed: number) {
  return new Looked(await loadScenario(name, settings), seed);
}

const payments = (now: ClusterSnapshot) => now.pods.filter(({ workload }) => workload === 'default/payments');
const service = (now: ClusterSnapshot, name: string) => now.services.find((one) => one.name === name);
/** Of the payments pods that stand now, those that have lost their lock since their container started. */
const dead = (world: Looked, now: ClusterSnapshot) =>
  payments(now).filter(({ key }) => {
    const about = (kind: string) => world.journal(kind, ({ subject }) => subject === `pods/${key}`).at(-1)?.at ?? -1;
    return about('workload.deadlock') > about('kubelet.start');
  });
/** Kills for a failed liveness probe, each with the lost lock before it. */
const answered = (world: Looked) =>
  world
    .journal('kubelet.kill', ({ message }) => message.includes('will be restarted'))
    .map((kill) => {
      const lock = world.journal('workload.deadlock', (e) => e.subject === kill.subject && e.at <= kill.at).at(-1);
      return { kill, took: lock ? kill.at - lock.at : Number.NaN };
    });
const failures = (now: ClusterSnapshot, client: string) =>
  now.clients.find(({ name }) => name === client)?.second?.failed ?? 0;

describe('the story of payments', { timeout: 60_000 }, async () => {
  const world = await look('deadlock', { story: true }, 61);

  const claims: Readonly<Record<string, (now: ClusterSnapshot, say: string) => void>> = {
    '40s': (now) => {
      expect(service(now, 'payments')?.ready).toHaveLength(3);
      expect(dead(world, now)).toEqual([]);
      expect(failures(now, 'checkout')).toBe(0);
      // Each takes a third.
      const sent = payments(now).map(({ key }) =>
        world.timeline.world.traffic.seconds(key).reduce((sum, second) => sum + second.sent, 0),
      );
      const all = sent.reduce((sum, n) => sum + n, 0);
      for (const n of sent) expect(Math.abs(n / all - 1 / 3)).toBeLessThan(0.06);
    },
    '1m15s': (now) => {
      const [lost, ...others] = dead(world, now);
      expect(others).toEqual([]);
      expect(lost).toMatchObject({ status: 'Running', ready: true });
      expect(service(now, 'payments')?.ready).toContain(lost?.key);
      expect(failures(now, 'checkout')).toBeGreaterThan(0);
    },
    '2m25s': (now) => {
      expect(dead(world, now)).toHaveLength(3);
      expect(payments(now).filter(({ ready }) => ready)).toHaveLength(3);
      expect(service(now, 'payments')?.ready).toHaveLength(3);
    },
    '3m15s': (now) => {
      expect(payments(now)).toHaveLength(3);
      for (const { createdAt, probes } of payments(now)) {
        expect(createdAt).toBeGreaterThanOrEqual(ms('2m30s'));
        expect(probes.map(({ type, check }) => `${type} ${check}`)).toEqual(['readiness GET :8080/readyz']);
      }
      expect(dead(world, now)).toEqual([]);
    },
    '4m5s': (now) => {
      const [lost, ...others] = dead(world, now);
      expect(others).toEqual([]);
      expect(lost).toMatchObject({ ready: false, restarts: 0, running: true });
      const [probe] = lost?.probes ?? [];
      expect(probe?.results.slice(-3).map(({ ok }) => ok)).toEqual([false, false, false]);
      expect(service(now, 'payments')?.ready).toHaveLength(2);
      expect(service(now, 'payments')?.ready).not.toContain(lost?.key);
    },
    '4m58s': (now) => {
      expect(service(now, 'payments')).toMatchObject({ ready: [] });
      // Refused at once: no request waits.
      const refused = now.flights.filter(({ client, outcome }) => client === 'checkout' && outcome === 'no endpoints');
      expect(refused.length).toBeGreaterThan(0);
      for (const { sentAt, doneAt } of refused) expect((doneAt ?? Infinity) - sentAt).toBeLessThan(10);
    },
    '6m33s': (now, say) => {
      const [first] = answered(world);
      expect(say).toContain(`${String(Math.round((first?.took ?? 0) / 1000))} seconds later`);
      const pod = payments(now).find(({ key }) => `pods/${key}` === first?.kill.subject);
      expect(pod).toMatchObject({ restarts: 1, running: true });
      expect(pod?.probes.map(({ type }) => type)).toContain('liveness');
    },
    '8m': (now) => {
      const all = answered(world);
      expect(all.length).toBeGreaterThanOrEqual(4);
      for (const { took } of all) expect(took).toBeLessThanOrEqual(31_000);
      expect(service(now, 'payments')?.ready.length).toBeGreaterThan(0);
      // The shop goes on selling.
      expect(now.clients[0]?.second?.ok).toBeGreaterThan(0);
    },
  };

  it('has a claim for every stop, and a stop for every claim', () => {
    expect(stopsOf('deadlock').map(({ at }) => at)).toEqual(Object.keys(claims));
  });

  it.each(stopsOf('deadlock'))('$at: $say', ({ at, say }) => {
    claims[at]?.(world.at(at), say);
  });

  it('begins to fail at 09:11', async () => {
    expect(page).toContain('At 09:11 the checkout');
    const { startsAt } = await loadScenario('deadlock');
    world.at('2m');
    const failing = world.journal('traffic.failing', (entry) => entry.at > 30_000)[0]?.at ?? 0;
    expect(new Date(Date.parse(startsAt) + failing).toISOString()).toMatch(/T09:11:/);
  });
});

describe('liveness', { timeout: 60_000 }, () => {
  it('with the defaults, a server that stops answering is restarted 20 to 31 seconds later', async () => {
    expect(page).toContain('is restarted 20 to 31 seconds later');
    const took: number[] = [];
    for (const seed of [61, 1, 2, 3, 4]) {
      const world = await look('deadlock', { liveness: '/readyz' }, seed);
      world.at('15m');
      took.push(...answered(world).map((one) => one.took));
    }
    expect(took.length).toBeGreaterThan(40);
    expect(Math.min(...took)).toBeGreaterThanOrEqual(20_000);
    expect(Math.max(...took)).toBeLessThanOrEqual(31_000);
    // The whole range is used.
    expect(Math.min(...took)).toBeLessThan(22_000);
    expect(Math.max(...took)).toBeGreaterThan(29_000);
  });

  it('on /healthz never notices; readiness takes the pods away one by one', async () => {
    expect(element('guess')).toContain(
      'Liveness passes to the end of time; readiness takes the dead pods away one by one',
    );
    const world = await look('deadlock', { liveness: '/healthz' }, 61);
    const first = world.at('2m');
    expect(service(first, 'payments')?.ready).toHaveLength(2);
    expect(service(world.at('4m'), 'payments')?.ready).toEqual([]);
    world.at('15m');
    expect(dead(world, world.at('15m'))).toHaveLength(3);
    expect(answered(world)).toEqual([]);
    const steps = world.journal('endpointslice.ready', ({ subject }) => subject === 'services/default/payments');
    expect(steps.slice(-3).map(({ message }) => message.slice(0, 5))).toEqual(['3 → 2', '2 → 1', '1 → 0']);
  });
});

describe('the lunchtime storm', { timeout: 60_000 }, () => {
  const question = element('4-3/storm');
  /** Share of all requests of the first six minutes that were lost. */
  const lost = (world: Looked): number => {
    const totals = world.at('6m').clients[0]?.totals ?? { sent: 0, failed: 0 };
    return totals.failed / totals.sent;
  };

  it('brings 129 requests a second for twenty seconds, and 92 from then on', async () => {
    expect(question).toContain(
      'At 1:00 the lunch bell brings 129 a second for twenty seconds, and 92 a second from then on.',
    );
    const { clients } = await loadScenario('storm');
    expect(clients[0]?.rate).toEqual([
      { from: '10s', perSecond: 40 },
      { from: '60s', perSecond: 129 },
      { from: '80s', perSecond: 92 },
    ]);
  });

  it('three pods serve about 100 a second, and two some 66', async () => {
    expect(question).toContain('can together serve about 100 requests a second');
    expect(question).toContain('Two pods serve some 66 requests a second');
    // Far more come than can be served, and nobody is killed for it.
    const world = await look('storm', { timeoutSeconds: 30, failureThreshold: 20, surge: 120 }, 11);
    world.at('80s');
    const served = world.timeline.world.traffic.seconds('shoppers').filter(({ at }) => at >= 65_000);
    const mean = served.reduce((sum, { ok }) => sum + ok, 0) / served.length;
    expect(mean).toBeGreaterThan(94);
    expect(mean).toBeLessThan(104);
    expect((mean * 2) / 3).toBeCloseTo(66, -1);
  });

  it('kills one pod for a late answer, then the others in turn, and does not end', async () => {
    expect(question).toContain(
      'the others are given its share, answer late as well, and are killed in turn. It never ends.',
    );
    const world = await look('storm', {}, 11);
    const later = world.at('6m');
    const kills = world.journal('kubelet.kill');
    const [first, second, third] = kills;
    expect(first?.at).toBeGreaterThan(60_000);
    expect(second?.at).toBeGreaterThan(first?.at ?? 0);
    expect(third?.at).toBeGreaterThan(second?.at ?? 0);
    expect(new Set(kills.slice(0, 3).map(({ subject }) => subject)).size).toBe(3);
    for (const { message } of kills) expect(message).toContain('failed liveness probe');
    // It outlives the twenty seconds that set it off, and each restart takes longer.
    expect(kills.filter(({ at }) => at > 240_000).length).toBeGreaterThan(0);
    expect(later.pods.every(({ restarts }) => restarts >= 5)).toBe(true);
    const waits = world.journal('kubelet.backoff').map(({ message }) => /back-off (\S+)/.exec(message)?.[1]);
    expect(waits).toEqual(expect.arrayContaining(['20s', '40s', '1m20s', '2m40s']));
  });

  it('loses more than four of five requests in six minutes; with a patient probe about one in a hundred', async () => {
    expect(question).toContain('within six minutes more than four of five requests are lost');
    expect(question).toContain('With timeoutSeconds 5 and failureThreshold 6 it is about one in a hundred.');
    for (const seed of [11, 2, 3]) {
      expect(lost(await look('storm', {}, seed))).toBeGreaterThan(0.8);
      const patient = await look('storm', { timeoutSeconds: 5, failureThreshold: 6 }, seed);
      expect(lost(patient)).toBeGreaterThan(0.005);
      expect(lost(patient)).toBeLessThan(0.02);
      expect(patient.journal('kubelet.kill')).toEqual([]);
    }
  });
});

describe('back-off', { timeout: 60_000 }, async () => {
  const world = await look('crash-loop', {}, 5);

  /** Virtual ms from each end of the container to its next start. */
  const waits = (looked: Looked): readonly number[] => {
    const starts = looked.journal('kubelet.start').map(({ at }) => at);
    const ends = looked.journal('kubelet.exit').map(({ at }) => at);
    return ends.flatMap((end, i) => {
      const next = starts[i + 1];
      return next === undefined ? [] : [next - end];
    });
  };

  const claims: Readonly<Record<string, (now: ClusterSnapshot) => void>> = {
    '4s': (now) => {
      expect(world.journal('kubelet.exit').map(({ message }) => message)).toEqual(
        Array(2).fill('Container payments exited with code 1 (Error)'),
      );
      expect(waits(world)[0]).toBeLessThan(2000);
      expect(now.pods[0]?.restarts).toBe(1);
    },
    '20s': (now) => {
      expect(now.pods[0]?.status).toBe('CrashLoopBackOff');
      expect(world.journal('kubelet.backoff').at(-1)?.message).toContain('back-off 20s');
    },
    '6m': (now) => {
      expect(world.journal('kubelet.backoff').at(-1)?.message).toContain('back-off 5m0s');
      expect(now.pods[0]?.backoff?.from).toBeGreaterThan(ms('5m'));
    },
  };

  it('has a claim for every stop, and a stop for every claim', () => {
    expect(stopsOf('backoff').map(({ at }) => at)).toEqual(Object.keys(claims));
  });

  it.each(stopsOf('backoff'))('$at: $say', ({ at }) => {
    claims[at]?.(world.at(at));
  });

  it('the first time at once, then 10 seconds, 20, 40, 80, 160, and at most 300', () => {
    expect(page).toContain('The first time at once;\nthen after 10 seconds, 20, 40, 80, 160, and at most 300.');
    world.at('25m');
    const [first = 0, ...others] = waits(world);
    expect(first).toBeLessThan(2000);
    expect(others.map((wait) => Math.floor(wait / 1000))).toEqual([10, 20, 40, 80, 160, 300, 300, 300]);
    expect(page).toContain('The five waits before the cap add up to 310 s.');
    expect([10, 20, 40, 80, 160].reduce((sum, wait) => sum + wait, 0)).toBe(310);
  });

  it('ten minutes of running without trouble, and the count starts anew', async () => {
    expect(page).toContain('Ten minutes\nof running without trouble and the count starts anew.');
    const { nodes, startsAt } = await loadScenario('crash-loop');
    const crashing = (afterMs: number) => {
      const read = readScenario({
        name: 'crashing',
        startsAt,
        nodes,
        objects: [
          {
            apiVersion: 'v1',
            kind: 'Pod',
            metadata: { name: 'payments' },
            spec: {
              containers: [
                {
                  name: 'payments',
                  image: 'harbour/payments:1.6',
                  env: [{ name: 'CRASH_AFTER_MS', value: String(afterMs) }],
                },
              ],
            },
          },
        ],
      });
      if ('error' in read) throw new Error(read.error);
      return new Looked(read.scenario, 1);
    };
    const patient = crashing(ms('11m'));
    patient.at('60m');
    expect(waits(patient).length).toBeGreaterThanOrEqual(4);
    for (const wait of waits(patient)) expect(wait).toBeLessThan(12_000);
    const short = crashing(ms('1m'));
    short.at('60m');
    expect(Math.max(...waits(short))).toBeGreaterThan(299_000);
  });
});
