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
/** Objects remembered at most; the least recently used go first, many at a time. */
const CACHE_SIZE = 16_384;
const DROPPED_AT_ONCE = 4_096;
/** And of one object, source, type and reason so many different events. */
const MOST_LOGGED = 64;
/** In a world of summaries so many events are kept at most. */
const EVENTS_OF_SUMMARIES = 16_384;
/** And so many Normal ones are written at once, with one more each time this has passed. */
const NORMAL_BURST = 1_000;
const NORMAL_REFILL_MS = 20;

type Involved = ObjectReference & { readonly kind: string; readonly name: string; readonly namespace: string };

/** What the correlator knows of an event that it wrote. */
interface Logged {
  readonly fieldPath: string;
  /** Null for the one that many are combined in. */
  readonly message: string | null;
  readonly key: string;
  readonly count: number;
  readonly firstTimestamp: string;
}

/** Of one object what was told by one source, with one type and reason. */
interface Similar {
  readonly component: string;
  readonly host: string;
  readonly type: Event['type'];
  readonly reason: string;
  readonly lastAt: number;
  /** The different messages seen lately. */
  readonly messages: readonly string[];
  readonly logged: readonly Logged[];
}

interface State {
  readonly sweepDue: boolean;
  readonly normalFrom: number;
  readonly told: readonly (readonly [string, readonly Similar[]])[];
}

const SWEEP = 'kubernetes.events.sweep';
const NOTHING: readonly never[] = [];

export function createEventRecorder(sim: Simulation, store: Store): EventRecorder {
  let sweepDue = false;
  /** By object, the least recently used first. */
  let told = new Map<string, readonly Similar[]>();
  /** The last of them, which need not be moved there. */
  let newest: string | undefined;
  /** The Normal events still allowed are those that time has brought since then. */
  let normalFrom = -NORMAL_BURST * NORMAL_REFILL_MS;
  sim.register<State>({
    name: 'kubernetes.events',
    save: () => ({ sweepDue, normalFrom, told: [...told] }),
    load: (state) => {
      ({ sweepDue, normalFrom } = state);
      told = new Map(state.told);
      newest = undefined;
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

  function remember(object: string, before: readonly Similar[], at: number, similar: Similar): void {
    if (object !== newest) {
      told.delete(object);
      newest = object;
    }
    told.set(object, at < 0 ? before.concat(similar) : before.with(at, similar));
    if (told.size > CACHE_SIZE) dropLeastUsed(told);
  }

  return {
    accepts,
    record(about, type, reason, message, component, host = '') {
      if (!accepts(type)) return;
      if (type === 'Normal')
        normalFrom = Math.max(normalFrom, sim.now - NORMAL_BURST * NORMAL_REFILL_MS) + NORMAL_REFILL_MS;
      const teller = tellerOf(component, host);
      const entry = sim.record(kindOf(reason), subjectOf(about), reason, message, teller.data[type]);
      const namespace = about.namespace === '' ? 'default' : about.namespace;
      // A namespace that is going away takes nothing new.
      if (store.get('namespaces', namespace)?.metadata.deletionTimestamp !== undefined) return;
      const object = about.uid ?? `${about.kind}/${about.namespace}/${about.name}`;
      const groups = told.get(object) ?? NOTHING;
      const at = groupAt(groups, type, reason, component, host);
      const group = groups[at];
      const fresh = group && sim.now - group.lastAt <= AGGREGATE_INTERVAL_MS ? group.messages : NOTHING;
      let messages = fresh.includes(message) ? fresh : fresh.concat(message);
      const many = messages.length >= AGGREGATE_MESSAGES;
      if (many) messages = messages.slice(1);
      const text = many ? `(combined from similar events): ${message}` : message;
      const fieldPath = many ? '' : (about.fieldPath ?? '');
      const found = loggedAt(group?.logged ?? NOTHING, fieldPath, many ? null : message);
      const known = group?.logged[found];
      const timestamp = store.timestamp;
      const before = known && store.get('events', known.key);
      // An event that has expired is written anew, but goes on counting.
      const name = known ? known.key.slice(namespace.length + 1) : eventName(about.name, sim, store);
      const key = known ? known.key : `${namespace}/${name}`;
      const count = (known?.count ?? 0) + 1;
      const firstTimestamp = known?.firstTimestamp ?? timestamp;
      const now: Logged = { fieldPath, message: many ? null : message, key, count, firstTimestamp };
      const logged = moved(group?.logged ?? NOTHING, found, now);
      remember(object, groups, at, { component, host, type, reason, lastAt: sim.now, messages, logged });
      sim.because(entry, () => {
        if (before) {
          store.update('events', { ...before, message: text, count, lastTimestamp: timestamp }, key);
          return;
        }
        store.create(
          'events',
          {
            apiVersion: 'v1',
            kind: 'Event',
            metadata: { name, namespace },
            involvedObject: involved(about),
            reason,
            message: text,
            source: teller.source,
            firstTimestamp,
            lastTimestamp: timestamp,
            count,
            type,
            eventTime: null,
            reportingComponent: component,
            reportingInstance: host,
          },
          key,
        );
        if (sim.detail === 'summary' && store.size('events') > EVENTS_OF_SUMMARIES) dropOldest(store);
      });
    },
  };
}

function groupAt(groups: readonly Similar[], type: string, reason: string, component: string, host: string): number {
  for (let i = 0; i < groups.length; i++) {
    const group = groups[i] as Similar;
    if (group.reason === reason && group.type === type && group.component === component && group.host === host)
      return i;
  }
  return -1;
}

function loggedAt(logged: readonly Logged[], fieldPath: string, message: string | null): number {
  for (let i = 0; i < logged.length; i++) {
    const one = logged[i] as Logged;
    if (one.message === message && one.fieldPath === fieldPath) return i;
  }
  return -1;
}

/** The list with `now` as its newest, in the place of the one at `at` if there is one. */
function moved(logged: readonly Logged[], at: number, now: Logged): readonly Logged[] {
  if (logged.length === 0 || (logged.length === 1 && at === 0)) return [now];
  const others = at < 0 ? logged : logged.toSpliced(at, 1);
  return (others.length < MOST_LOGGED ? others : others.slice(1)).concat(now);
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

/** Many at a time, for the same reason as {@link dropLeastUsed}. */
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
  if (high !== newestHigh.number) newestHigh = { number: high, digits: high.toString(16).padStart(12, '0') };
  const low = rest % 65_536;
  return `${object}.${newestHigh.digits}${BYTES[low >> 8] as string}${BYTES[low & 255] as string}`;
}

/** The next events have it too. */
let newestHigh = { number: -1, digits: '' };
const BYTES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function involved(about: Involved): ObjectReference {
  if (about.namespace !== '') return about;
  const { namespace: _none, ...rest } = about;
  return rest;
}

/** A source of events, and what the journal says of it and of the type of an event. Values, shared by all its events. */
interface Teller {
  readonly component: string;
  readonly host: string;
  readonly source: Event['source'];
  readonly data: Readonly<Record<Event['type'], unknown>>;
}

/** By host and, where there is none, by component: a machine has one kubelet and hardly anything else that tells. */
const tellers = new Map<string, Teller>();
const MOST_TELLERS = 16_384;

function tellerOf(component: string, host: string): Teller {
  const place = host === '' ? component : host;
  const known = tellers.get(place);
  if (known?.component === component && known.host === host) return known;
  if (tellers.size >= MOST_TELLERS) tellers.clear();
  const made: Teller = {
    component,
    host,
    source: host === '' ? { component } : { component, host },
    data: { Normal: { type: 'Normal', component, host }, Warning: { type: 'Warning', component, host } },
  };
  tellers.set(place, made);
  return made;
}

const kinds = new Map<string, string>();

/** What the journal calls an event with this reason, of which there are few. */
function kindOf(reason: string): string {
  let kind = kinds.get(reason);
  if (kind === undefined) kinds.set(reason, (kind = `event.${reason}`));
  return kind;
}

function subjectOf(about: Involved): string {
  const resource = resourceByKind.get(about.kind) ?? about.kind.toLowerCase();
  return about.namespace === '' ? `${resource}/${about.name}` : `${resource}/${about.namespace}/${about.name}`;
}
const resourceByKind = new Map<string, string>(resources.map((r) => [r.kind, r.resource]));

/** Not one by one: a map finds its first entry only by passing over all that were deleted before it. */
function dropLeastUsed(cache: Map<string, unknown>): void {
  let left = DROPPED_AT_ONCE;
  for (const oldest of cache.keys()) {
    cache.delete(oldest);
    if (--left === 0) break;
  }
}
