import { beforeEach, describe, expect, it } from 'vitest';
import { Simulation } from '../engine/simulation.ts';
import { createEventRecorder, EVENT_TTL_MS, referenceTo } from './event-recorder.ts';
import { Store } from './store.ts';

let sim: Simulation;
let store: Store;
let record: (message: string, reason?: string) => void;

beforeEach(() => {
  sim = new Simulation({ seed: 1, epochMs: 1_767_225_600_000, detail: 'full' });
  store = new Store(sim);
  const events = createEventRecorder(sim, store);
  const about = referenceTo(
    store.create('configmaps', { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'web', namespace: 'shop' } }),
    'data',
  );
  record = (message, reason = 'Noted') => {
    events.record(about, 'Normal', reason, message, 'tester', 'node-1');
  };
});

const all = () => store.list('events');

describe('the event recorder', () => {
  it('writes an event as client-go does, and a journal entry', () => {
    record('hello');
    const [event] = all();
    expect(event).toMatchObject({
      metadata: { namespace: 'shop' },
      involvedObject: { kind: 'ConfigMap', namespace: 'shop', name: 'web', apiVersion: 'v1', fieldPath: 'data' },
      reason: 'Noted',
      message: 'hello',
      type: 'Normal',
      count: 1,
      source: { component: 'tester', host: 'node-1' },
      reportingComponent: 'tester',
      reportingInstance: 'node-1',
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:00Z',
      eventTime: null,
    });
    expect(event?.metadata.name).toMatch(/^web\.[0-9a-f]{16}$/);
    expect(event?.involvedObject.uid).toBe(store.get('configmaps', 'shop/web')?.metadata.uid);
    expect(sim.journal.slice().find((e) => e.kind === 'event.Noted')).toMatchObject({
      subject: 'configmaps/shop/web',
      message: 'hello',
    });
  });

  it('counts the same event', () => {
    record('hello');
    sim.run(65_000);
    record('hello');
    record('other');
    expect(all()).toHaveLength(2);
    expect(all()[0]).toMatchObject({
      count: 2,
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:01:05Z',
    });
  });

  it('combines similar events from the tenth on, and only within ten minutes', () => {
    for (let i = 1; i <= 12; i++) record(`message ${String(i)}`);
    expect(all()).toHaveLength(10);
    expect(all().at(-1)).toMatchObject({ message: '(combined from similar events): message 12', count: 3 });
    sim.run(600_001);
    record('message 13');
    expect(all().at(-1)).toMatchObject({ message: 'message 13', count: 1 });
  });

  it('forgets events an hour after their last change, and then lets the world rest', () => {
    record('early');
    sim.run(1_800_000);
    record('late');
    sim.run(EVENT_TTL_MS);
    expect(all().map((e) => e.message)).toEqual(['late']);
    sim.run(1_800_000 + EVENT_TTL_MS + 60_000);
    expect(all()).toEqual([]);
    expect(sim.nextAt).toBeUndefined();
    record('early');
    expect(all()[0]).toMatchObject({ count: 2, firstTimestamp: '2026-01-01T00:00:00Z' });
  });

  it('writes nothing into a namespace that is going away', () => {
    store.create('namespaces', {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop' },
      spec: { finalizers: ['kubernetes'] },
      status: { phase: 'Active' },
    });
    store.delete('namespaces', 'shop');
    record('hello');
    expect(all()).toEqual([]);
  });

  it('is restored with the world', () => {
    record('hello');
    const saved = sim.checkpoint();
    sim.run(1000);
    record('hello');
    const straight = JSON.stringify(all());
    sim.restore(saved);
    sim.run(1000);
    record('hello');
    expect(JSON.stringify(all())).toBe(straight);
    expect(all()[0]?.count).toBe(2);
  });
});

describe('in a world of summaries', () => {
  let tell: (n: number, type?: 'Normal' | 'Warning') => void;

  beforeEach(() => {
    sim = new Simulation({ seed: 1, epochMs: 1_767_225_600_000, detail: 'summary' });
    store = new Store(sim);
    const events = createEventRecorder(sim, store);
    tell = (n, type = 'Normal') => {
      const about = { kind: 'Pod', apiVersion: 'v1', namespace: 'shop', name: `web-${String(n)}`, uid: String(n) };
      events.record(about, type, 'Noted', 'hello', 'tester');
    };
  });

  it('cuts off a flood of Normal events and lets 50 a second through', () => {
    for (let n = 0; n < 1_500; n++) tell(n);
    expect(store.size('events')).toBe(1_000);
    sim.run(1_000);
    for (let n = 1_500; n < 1_700; n++) tell(n);
    expect(store.size('events')).toBe(1_050);
  });

  it('keeps Warnings all the same', () => {
    for (let n = 0; n < 1_500; n++) tell(n);
    for (let n = 1_500; n < 1_600; n++) tell(n, 'Warning');
    expect(store.size('events')).toBe(1_100);
  });

  it('remembers the allowance in a checkpoint', () => {
    for (let n = 0; n < 1_000; n++) tell(n);
    const checkpoint = sim.checkpoint();
    sim.run(2_000);
    sim.restore(checkpoint);
    tell(1_000);
    expect(store.size('events')).toBe(1_000);
  });
});
