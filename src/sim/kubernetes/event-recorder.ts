// Event objects, as components write them to tell people what they did.
// Models: client-go/tools/record (1.32): event.go (names, patch or create), events_cache.go (EventAggregator with
// 10 similar events in 10 minutes, eventLogger), and the API server's one-hour time to live, counted from the last
// write and swept by the minute, because the server shares its etcd leases for that long.
// Departures: the spam filter (25 events a source and object, one more every 5 minutes) is left out, so nothing is
// dropped by it; all components share one cache; the digits of a name are the virtual time and a serial number. In worlds
// of which only a summary is kept, the oldest events go when there are too many, and a flood of Normal ones is cut off.
import { phase, type Simulation } from '../engine/simulation.ts';
import { formatTime } from '../engine/time.ts';
import type { EventRecorder } from './cluster.ts';
import type { AnyObject, Event, ObjectReference } from './objects.ts';
import { resources } from './resources.ts';
import { keyOf, type Store } from './store.ts';

/** How long an event stays after it was last written. (kube-apiserver --event-ttl) */
export const EVENT_TTL_MS = 3_600_000;
/** Objects written within one minute share an etcd lease. */
const SWEEP_MS = 60_000;
/** So many different messages of one reason about one object within the interval are told apart; later ones combine. */
const AGGREGATE_MESSAGES = 10;
const AGGREGATE_INTERVAL_MS = 600_000;
/** Entries each cache remembers at most; the least recently used go first, many at a time. */
const CACHE_SIZE = 16_384;
const DROPPED_AT_ONCE = 4_096;
/** In a world of summaries so many events are kept at most. */
const EVENTS_OF_SUMMARIES = 16_384;
/** And so many Normal ones are written at once, with one more each time this has passed. */
const NORMAL_BURST = 1_000;
const NORMAL_REFILL_MS = 20;

type Involved = ObjectReference & { readonly kind: string; readonly name: string; readonly namespace: string };

/** What the correlator knows of an event that it wrote. */
interface Logged {
  readonly key: string;
  readonly count: number;
  readonly firstTimestamp: string;
}

/** The different messages seen lately of one source, object, type and reason. */
interface Similar {
  readonly lastAt: number;
  readonly messages: readonly string[];
}

interface State {
  readonly sweepDue: boolean;
  readonly normalFrom: number;
  readonly logged: readonly (readonly [string, Logged])[];
  readonly similar: readonly (readonly [string, Similar])[];
}

const SWEEP = 'kubernetes.events.sweep';

export function createEventRecorder(sim: Simulation, store: Store): EventRecorder {
  let sweepDue = false;
  let logged = new Map<string, Logged>();
  let similar = new Map<string, Similar>();
  /** The Normal events still allowed are those that time has brought since then. */
  let normalFrom = -NORMAL_BURST * NORMAL_REFILL_MS;
  sim.register<State>({
    name: 'kubernetes.events',
    save: () => ({ sweepDue, normalFrom, logged: [...logged], similar: [...similar] }),
    load: (state) => {
      ({ sweepDue, normalFrom } = state);
      logged = new Map(state.logged);
      similar = new Map(state.similar);
    },
  });

  store.subscribe('events', (change) => {
    if (change.type !== 'ADDED' || sweepDue) return;
    sweepDue = true;
    sim.schedule(sim.now + EVENT_TTL_MS, phase.observer, { kind: SWEEP }, null);
  });
  sim.on(SWEEP, () => {
    sweepDue = false;
    const next = sweep(sim, store);
    if (next === undefined) return;
    sweepDue = true;
    sim.schedule(next, phase.observer, { kind: SWEEP }, null);
  });

  function accepts(type: Event['type']): boolean {
    return sim.detail === 'full' || type !== 'Normal' || normalFrom + NORMAL_REFILL_MS <= sim.now;
  }

  /** The message under which an event is to be kept, and the key under which it is counted. */
  function aggregate(group: string, single: string, message: string): { key: string; message: string } {
    const known = similar.get(group);
    const fresh = known && sim.now - known.lastAt <= AGGREGATE_INTERVAL_MS ? known.messages : [];
    let messages = fresh.includes(message) ? fresh : [...fresh, message];
    const many = messages.length >= AGGREGATE_MESSAGES;
    if (many) messages = messages.slice(1);
    remember(similar, group, { lastAt: sim.now, messages });
    return many ? { key: group, message: `(combined from similar events): ${message}` } : { key: single, message };
  }

  return {
    accepts,
    record(about, type, reason, message, component, host = '') {
      if (!accepts(type)) return;
      if (type === 'Normal')
        normalFrom = Math.max(normalFrom, sim.now - NORMAL_BURST * NORMAL_REFILL_MS) + NORMAL_REFILL_MS;
      const entry = sim.record(`event.${reason}`, subjectOf(about), reason, message, { type, component, host });
      const namespace = about.namespace === '' ? 'default' : about.namespace;
      // A namespace that is going away takes nothing new.
      if (store.get('namespaces', namespace)?.metadata.deletionTimestamp !== undefined) return;
      const object = about.uid ?? `${about.kind}/${about.namespace}/${about.name}`;
      const group = `${component}|${host}|${object}|${type}|${reason}`;
      const kept = aggregate(group, `${group}|${about.fieldPath ?? ''}|${message}`, message);
      const known = logged.get(kept.key);
      const timestamp = store.timestamp;
      sim.because(entry, () => {
        const before = known && store.get('events', known.key);
        if (before) {
          const count = known.count + 1;
          remember(logged, kept.key, { ...known, count });
          store.update('events', { ...before, message: kept.message, count, lastTimestamp: timestamp });
          return;
        }
        // An event that has expired is written anew, but goes on counting.
        const name = known ? known.key.slice(namespace.length + 1) : eventName(about.name, sim, store);
        const count = (known?.count ?? 0) + 1;
        const firstTimestamp = known?.firstTimestamp ?? timestamp;
        remember(logged, kept.key, { key: `${namespace}/${name}`, count, firstTimestamp });
        store.create('events', {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name, namespace },
          involvedObject: involved(about),
          reason,
          message: kept.message,
          source: host === '' ? { component } : { component, host },
          firstTimestamp,
          lastTimestamp: timestamp,
          count,
          type,
          eventTime: null,
          reportingComponent: component,
          reportingInstance: host,
        });
        if (sim.detail === 'summary' && store.size('events') > EVENTS_OF_SUMMARIES) dropOldest(store);
      });
    },
  };
}

/** A reference to a stored object, as events carry it. (client-go/tools/reference GetReference) */
export function referenceTo(object: AnyObject, fieldPath?: string): Involved {
  const { name, namespace = '', uid, resourceVersion } = object.metadata;
  const reference = { kind: object.kind, namespace, name, uid, apiVersion: object.apiVersion, resourceVersion };
  return fieldPath === undefined ? reference : { ...reference, fieldPath };
}

/** Deletes what has outlived its time; returns when to look again, or undefined when no event is left. */
function sweep(sim: Simulation, store: Store): number | undefined {
  const nowUnixMs = sim.epochMs + sim.now;
  // Times of one format and zone order as texts.
  const last = formatTime(nowUnixMs - EVENT_TTL_MS);
  const expired: string[] = [];
  for (const event of store.values('events'))
    if (writtenAt(event) <= last) expired.push(`${event.metadata.namespace ?? ''}/${event.metadata.name}`);
  for (const key of expired) store.delete('events', key);
  return store.size('events') === 0 ? undefined : sim.now + SWEEP_MS;
}

/** Many at a time, for the same reason as {@link remember}. */
function dropOldest(store: Store): void {
  const oldest: string[] = [];
  for (const event of store.values('events')) {
    oldest.push(keyOf(event));
    if (oldest.length === DROPPED_AT_ONCE) break;
  }
  for (const key of oldest) store.delete('events', key);
}

function writtenAt(event: Event): string {
  return event.lastTimestamp ?? event.metadata.creationTimestamp;
}

/** `<object>.<16 hexadecimal digits>`: Unix nanoseconds, whose last six digits are a serial number here. */
function eventName(object: string, sim: Simulation, store: Store): string {
  // In two parts, because a double does not hold nanoseconds since 1970: N = high * 2^16 + low.
  const unixMs = sim.epochMs + sim.now;
  const rest = (unixMs % 65_536) * 1_000_000 + (store.resourceVersion % 1_000_000);
  const high = Math.floor(unixMs / 65_536) * 1_000_000 + Math.floor(rest / 65_536);
  return `${object}.${high.toString(16).padStart(12, '0')}${(rest % 65_536).toString(16).padStart(4, '0')}`;
}

function involved(about: Involved): ObjectReference {
  if (about.namespace !== '') return about;
  const { namespace: _none, ...rest } = about;
  return rest;
}

function subjectOf(about: Involved): string {
  const resource = resourceByKind.get(about.kind) ?? about.kind.toLowerCase();
  return about.namespace === '' ? `${resource}/${about.name}` : `${resource}/${about.namespace}/${about.name}`;
}
const resourceByKind = new Map<string, string>(resources.map((r) => [r.kind, r.resource]));

/**
 * Puts an entry last in a map that is kept in the order of use, and drops the first ones when it is full. Not one by
 * one: a map finds its first entry only by passing over all that were deleted before it.
 */
function remember<V>(cache: Map<string, V>, key: string, value: V): void {
  cache.delete(key);
  cache.set(key, value);
  if (cache.size <= CACHE_SIZE) return;
  let left = DROPPED_AT_ONCE;
  for (const oldest of cache.keys()) {
    cache.delete(oldest);
    if (--left === 0) break;
  }
}
