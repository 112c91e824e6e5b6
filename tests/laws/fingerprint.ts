// What two worlds must have in common to be the same: their past, their objects, their clock and their counters.
import { createHash } from 'node:crypto';
import { expect } from 'vitest';
import type { Timeline } from '../../src/sim/index.ts';

export type Fingerprint = Readonly<Record<string, string | number>>;

export function fingerprint(timeline: Timeline): Fingerprint {
  const { sim, store, traffic } = timeline.world;
  return {
    at: sim.now,
    handled: sim.handled,
    entries: sim.journal.length,
    journal: timeline.journalHash,
    resourceVersion: store.resourceVersion,
    pods: digest(store.list('pods')),
    nodes: digest(store.list('nodes')),
    deployments: digest(store.list('deployments')),
    endpoints: digest(store.list('endpointslices')),
    events: digest(store.list('events')),
    clients: digest(traffic.clients.map(({ name }) => [name, traffic.totals(name), traffic.seconds(name)])),
  };
}

/** Fails with the first journal entry that differs: the place to look for the reason. */
export function expectSame(found: Timeline, wanted: Timeline): void {
  const [a, b] = [fingerprint(found), fingerprint(wanted)];
  if (JSON.stringify(a) === JSON.stringify(b)) return;
  const [one, other] = [found.world.sim.journal.slice(), wanted.world.sim.journal.slice()];
  for (let id = 0; id < Math.max(one.length, other.length); id++)
    if (JSON.stringify(one[id]) !== JSON.stringify(other[id])) expect(one[id]).toEqual(other[id]);
  expect(a).toEqual(b);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);
}
