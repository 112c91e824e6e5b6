import { describe, expect, it } from 'vitest';
import { Bug } from './assert.ts';
import { EventQueue, type QueuedEvent } from './event-queue.ts';
import { phase, Simulation } from './simulation.ts';
import { formatMicroTime, formatTime, parseDuration, parseTime } from './time.ts';
import { Random } from './random.ts';

const options = { seed: 1, epochMs: 0, detail: 'full' } as const;
const queued = (at: number, order: number, seq: number): QueuedEvent => ({
  at,
  phase: order,
  seq,
  cause: null,
  event: { kind: 'x' },
});

describe('the event queue', () => {
  it('orders by time, phase and then by the order of scheduling, whatever the order of pushes and cancels', () => {
    for (let seed = 0; seed < 200; seed++) {
      const random = new Random(seed).stream('queue');
      const queue = new EventQueue();
      const kept: QueuedEvent[] = [];
      for (let seq = 0; seq < 300; seq++) {
        const item = queued(random.int(20), random.int(4), seq);
        queue.push(item);
        kept.push(item);
        if (random.chance(1, 4)) {
          const [gone] = kept.splice(random.int(kept.length), 1);
          if (gone) queue.cancel(gone.seq);
        }
        if (random.chance(1, 10)) queue.load(queue.save());
      }
      kept.sort((a, b) => a.at - b.at || a.phase - b.phase || a.seq - b.seq);
      expect(queue.length, `seed ${String(seed)}`).toBe(kept.length);
      const popped: QueuedEvent[] = [];
      for (let item = queue.pop(); item; item = queue.pop()) popped.push(item);
      expect(popped, `seed ${String(seed)}`).toEqual(kept);
    }
  });

  it('does nothing when an event is cancelled after it has happened', () => {
    const queue = new EventQueue();
    queue.push(queued(1, 0, 0));
    queue.pop();
    queue.cancel(0);
    queue.push(queued(2, 0, 1));
    expect([queue.length, queue.pop()?.seq, queue.pop()]).toEqual([1, 1, undefined]);
  });

  it('sweeps cancelled events out and loses none', () => {
    const queue = new EventQueue();
    for (let seq = 0; seq < 5000; seq++) queue.push(queued(seq, 0, seq));
    for (let seq = 0; seq < 4990; seq++) queue.cancel(seq);
    expect(queue.save().map(({ seq }) => seq)).toEqual([4990, 4991, 4992, 4993, 4994, 4995, 4996, 4997, 4998, 4999]);
    expect(queue.pop()?.seq).toBe(4990);
  });
});

/** A world of counters that schedule each other by chance: enough to tell orders and states apart. */
function game(seed: number): Simulation {
  const sim = new Simulation({ ...options, seed });
  let counts: number[] = [0, 0, 0];
  sim.register<readonly number[]>({
    name: 'counts',
    save: () => counts.slice(),
    load: (state) => (counts = state.slice()),
  });
  sim.on<{ kind: 'tick'; who: number }>('tick', ({ who }) => {
    counts[who] = (counts[who] ?? 0) + 1;
    const random = sim.random(`who-${String(who)}`);
    const id = sim.record('tick', `counter-${String(who)}`, '', `is ${String(counts[who])}`);
    sim.because(id, () => {
      const next = sim.schedule(sim.now + random.int(700), random.int(3), { kind: 'tick', who: random.int(3) });
      if (random.chance(1, 5)) sim.schedule(sim.now + random.exponentialMs(300), phase.input, { kind: 'tick', who });
      if (random.chance(1, 6)) sim.cancel(next);
    });
    if (sim.nextAt === undefined) sim.schedule(sim.now + 5, 0, { kind: 'tick', who: 0 });
  });
  sim.schedule(0, 0, { kind: 'tick', who: 0 });
  return sim;
}

const END = 20_000;
const SEEDS = Array.from({ length: 40 }, (_, i) => i * 7919 + 1);

describe('laws of the simulation', () => {
  it('the same seed writes the same journal at any step size', () => {
    for (const seed of SEEDS) {
      const whole = game(seed);
      whole.run(END);
      for (const step of [1, 17, 1000]) {
        const stepped = game(seed);
        for (let at = 0; at < END; at += step) stepped.run(Math.min(END, at + step));
        expect(stepped.journal.hash(), `seed ${String(seed)}, step ${String(step)}`).toBe(whole.journal.hash());
      }
    }
  });

  it('another seed writes another journal', () => {
    const hashes = SEEDS.map((seed) => {
      const sim = game(seed);
      sim.run(END);
      return sim.journal.hash();
    });
    expect(new Set(hashes).size).toBe(SEEDS.length);
  });

  it('going back and on again is never having gone back, from any checkpoint, more than once', () => {
    for (const seed of SEEDS) {
      const straight = game(seed);
      straight.run(END);
      const sim = game(seed);
      const at = new Random(seed).stream('when');
      sim.run(at.int(END));
      const checkpoint = sim.checkpoint();
      sim.run(END);
      sim.restore(checkpoint);
      sim.run(at.int(END));
      sim.restore(checkpoint);
      sim.run(END);
      expect(sim.journal.hash(), `seed ${String(seed)}`).toBe(straight.journal.hash());
    }
  });

  it('a checkpoint can be carried as JSON into another world', () => {
    const straight = game(5);
    straight.run(END);
    const first = game(5);
    first.run(9000);
    const carried = JSON.parse(JSON.stringify(first.checkpoint())) as ReturnType<Simulation['checkpoint']>;
    const second = game(5);
    second.restore(carried, first.journal.copyOf(first.journal.length));
    second.run(END);
    expect(second.journal.hash()).toBe(straight.journal.hash());
  });

  it('keeps the chain of causes', () => {
    const sim = game(3);
    sim.run(2000);
    const chain = sim.journal.chain(sim.journal.length - 1);
    expect(chain[0]?.cause).toBe(null);
    for (let i = 1; i < chain.length; i++) expect(chain[i]?.cause).toBe(chain[i - 1]?.id);
    expect(chain.length).toBeGreaterThan(3);
  });

  it('calls an endless loop a bug, and an unknown event too', () => {
    const sim = new Simulation(options);
    expect(() => {
      sim.schedule(0, 0, { kind: 'nobody' });
      sim.run(1);
    }).toThrow(Bug);
  });
});

describe('random streams', () => {
  it('do not move each other', () => {
    const alone = new Random(9).stream('a');
    const both = new Random(9);
    both.stream('b').int(10);
    const beside = both.stream('a');
    expect(Array.from({ length: 20 }, () => beside.int(1000))).toEqual(
      Array.from({ length: 20 }, () => alone.int(1000)),
    );
  });

  it('a stream that a saved state does not know starts anew', () => {
    const random = new Random(9);
    const saved = random.save();
    const first = random.stream('late').int(1_000_000);
    random.load(saved);
    expect(random.stream('late').int(1_000_000)).toBe(first);
  });

  it('draw evenly, and exponential gaps with the wanted mean and spread', () => {
    const stream = new Random(1).stream('even');
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 100_000; i++) counts[stream.int(10)]! += 1;
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500);
    const gaps = Array.from({ length: 100_000 }, () => stream.exponentialMs(1000));
    const mean = gaps.reduce((a, b) => a + b, 0) / gaps.length;
    const variance = gaps.reduce((a, b) => a + (b - mean) ** 2, 0) / gaps.length;
    expect(Math.abs(mean - 1000)).toBeLessThan(15);
    expect(Math.abs(Math.sqrt(variance) - 1000)).toBeLessThan(25);
    // A share of 1/e is longer than the mean.
    expect(Math.abs(gaps.filter((gap) => gap > 1000).length / gaps.length - Math.exp(-1))).toBeLessThan(0.01);
  });
});

describe('time', () => {
  it('agrees with Date over four centuries, leap days included', () => {
    const stream = new Random(4).stream('dates');
    for (let i = 0; i < 20_000; i++) {
      const ms = (stream.int(4_294_967_295) - 1_000_000_000) * 3000 + stream.int(1000);
      const date = new Date(ms);
      const text = formatTime(ms);
      expect(text).toBe(`${date.toISOString().slice(0, 19)}Z`);
      expect(formatMicroTime(ms)).toBe(date.toISOString().replace('Z', '000Z'));
      expect(parseTime(text)).toBe(Math.floor(ms / 1000) * 1000);
    }
  });

  it.each([
    ['2026-11-24T09:14:00+09:00', Date.UTC(2026, 10, 24, 0, 14)],
    ['2026-11-24T09:14:00.250Z', Date.UTC(2026, 10, 24, 9, 14, 0, 250)],
    ['2026-13-01T00:00:00Z', undefined],
    ['yesterday', undefined],
  ])('reads %s', (text, ms) => {
    expect(parseTime(text)).toBe(ms);
  });

  it.each([
    ['90s', 90_000],
    ['1m30s', 90_000],
    ['250ms', 250],
    ['2h', 7_200_000],
    ['1.5s', 1500],
    ['', undefined],
    ['soon', undefined],
  ])('reads the duration %s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
