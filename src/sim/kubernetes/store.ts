// The store: what etcd and the storage layer of the API server are in Kubernetes. Objects by resource, namespace and
// name; one resource version for all; a change feed. Typed and without JSON: controllers, scheduler and kubelets call
// it directly. The request handler (api/) adds what only clients need: decoding, defaults, validation, patches.
//
// Models: k8s.io/apiserver/pkg/registry/generic/registry/store.go (1.32): uid, creationTimestamp, generation,
// finalizers, graceful deletion of pods.
// Departures: the store is never stale and never refuses the components inside (one thread, one copy); conflicts
// therefore only happen to clients. A watch can be resumed only within the last `HISTORY` changes.
import { assert } from '../engine/assert.ts';
import type { Simulation } from '../engine/simulation.ts';
import { writeHex } from '../engine/hash.ts';
import { formatTime } from '../engine/time.ts';
import { withJobIdentity } from './job-identity.ts';
import type { Job } from './kinds/workloads.ts';
import type { AnyObject, ObjectByResource, ObjectMeta, ResourceName } from './objects.ts';
import { resourceInfo, resources } from './resources.ts';

export interface Change<R extends ResourceName = ResourceName> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly resource: R;
  /** `<namespace>/<name>`, or the name alone for cluster scope. */
  readonly key: string;
  /** The new object, or the last one for DELETED. */
  readonly object: ObjectByResource[R];
  readonly before: ObjectByResource[R] | undefined;
  readonly resourceVersion: number;
  /** The journal entry of this very change, or what led to it; pass it on as the cause of what you do about it. */
  readonly cause: number;
}

/**
 * Hears of every change of a resource at once, inside the write. It may only remember and schedule; it must not
 * write to the store, because the writer is still at work.
 */
export type Listener<R extends ResourceName> = (change: Change<R>) => void;

/** What a creator hands over; the store fills in the rest of the metadata. */
export type Draft<T extends AnyObject> = Omit<T, 'metadata'> & {
  readonly metadata: Partial<ObjectMeta> & { readonly namespace?: string };
};

/** While it is being made, nobody else has it. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan';
}

type ResourceWithStatus = {
  [R in ResourceName]: ObjectByResource[R] extends { readonly status: unknown } ? R : never;
}[ResourceName];

interface StoreState {
  readonly resourceVersion: number;
  readonly tables: Readonly<Record<string, ReadonlyMap<string, AnyObject>>>;
  readonly history: readonly Change[];
}

/** How many changes a watch may lie behind before it is told `410 Expired`. */
const HISTORY = 10_000;
/** The parts of a version 4 UUID that are drawn: where they begin and how many digits they have. */
const UID_PARTS: readonly { readonly at: number; readonly digits: number }[] = [
  { at: 0, digits: 8 },
  { at: 9, digits: 4 },
  { at: 15, digits: 3 },
  { at: 20, digits: 3 },
  { at: 24, digits: 8 },
  { at: 32, digits: 4 },
];
/** Written over for each new one. */
const UID = Array.from('00000000-0000-4000-8000-000000000000', (digit) => digit.charCodeAt(0));
const VARIANTS = Array.from('89ab', (digit) => digit.charCodeAt(0));
const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789';

export class Store {
  readonly sim: Simulation;
  #resourceVersion = 1;
  #tables = emptyTables();
  #history: Change[] = [];
  readonly #listeners = new Map<ResourceName, Listener<ResourceName>[]>();
  readonly #sorted = new Map<ResourceName, readonly string[]>();

  constructor(sim: Simulation) {
    this.sim = sim;
    sim.register<StoreState>({
      name: 'kubernetes.store',
      save: () => ({
        resourceVersion: this.#resourceVersion,
        tables: Object.fromEntries([...this.#tables].map(([name, table]) => [name, new Map(table)])),
        history: this.#history.slice(),
      }),
      load: (state) => {
        this.#resourceVersion = state.resourceVersion;
        this.#tables = emptyTables();
        for (const [name, table] of Object.entries(state.tables))
          this.#tables.set(name as ResourceName, new Map(table));
        this.#history = state.history.slice();
        this.#sorted.clear();
      },
    });
  }

  get resourceVersion(): number {
    return this.#resourceVersion;
  }

  /** The present time as objects carry it. */
  get timestamp(): string {
    return formatTime(this.sim.epochMs + this.sim.now);
  }

  /** Listens to a resource. Listeners are part of the program, not of the state: subscribe once, when the world is built. */
  subscribe<R extends ResourceName>(resource: R, listener: Listener<R>): void {
    const list = this.#listeners.get(resource) ?? [];
    list.push(listener as unknown as Listener<ResourceName>);
    this.#listeners.set(resource, list);
  }

  get<R extends ResourceName>(resource: R, key: string): ObjectByResource[R] | undefined {
    return this.#table(resource).get(key);
  }

  size(resource: ResourceName): number {
    return this.#table(resource).size;
  }

  /** In the order of creation of the keys; for iteration where order does not matter to the outcome. */
  values<R extends ResourceName>(resource: R): IterableIterator<ObjectByResource[R]> {
    return this.#table(resource).values();
  }

  /** In etcd's key order (namespace, then name), as the API lists. Cached until a key comes or goes. */
  list<R extends ResourceName>(resource: R, namespace?: string): readonly ObjectByResource[R][] {
    const table = this.#table(resource);
    let keys = this.#sorted.get(resource);
    if (!keys) {
      keys = [...table.keys()].sort(byKey);
      this.#sorted.set(resource, keys);
    }
    const out: ObjectByResource[R][] = [];
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    for (const key of keys) if (key.startsWith(prefix)) out.push(table.get(key) as ObjectByResource[R]);
    return out;
  }

  /**
   * Adds an object. `generateName` gets Kubernetes' five-letter suffix. The name must be free: check before.
   * @param ownKey the key, from a caller that has it
   */
  create<R extends ResourceName>(resource: R, draft: Draft<ObjectByResource[R]>, ownKey?: string): ObjectByResource[R] {
    const scope = resourceInfo(resource).namespaced;
    const namespace = scope ? (draft.metadata.namespace ?? 'default') : undefined;
    const name = draft.metadata.name ?? this.#generate(resource, namespace, draft.metadata.generateName ?? '');
    const key = ownKey ?? (namespace === undefined ? name : `${namespace}/${name}`);
    const table = this.#table(resource);
    if (table.has(key)) assert(false, `${resource} ${key} exists already`);
    const metadata = { ...draft.metadata, name } as Writable<ObjectMeta>;
    if (namespace !== undefined) metadata.namespace = namespace;
    metadata.uid = this.#uid();
    metadata.resourceVersion = String(++this.#resourceVersion);
    metadata.creationTimestamp = this.timestamp;
    if ('spec' in draft && GENERATION.has(resource)) metadata.generation = 1;
    let object = { ...draft, metadata } as unknown as ObjectByResource[R];
    if (resource === 'jobs') object = withJobIdentity(object as Job) as ObjectByResource[R];
    table.set(key, object);
    this.#sorted.delete(resource);
    this.#announce('ADDED', resource, key, object, undefined);
    return object;
  }

  /**
   * Puts `object` in the place of the stored one, with a new resource version; `generation` goes up when `spec`
   * is another value. Writing what is there already changes nothing. An object whose deletion only waited for
   * its last finalizer goes now.
   * @param key the object's own, from a caller that has it: one text in all indexes takes the room of one
   */
  update<R extends ResourceName>(resource: R, object: ObjectByResource[R], key = keyOf(object)): ObjectByResource[R] {
    const table = this.#table(resource);
    const before = table.get(key);
    if (!before) assert(false, `${resource} ${key} does not exist`);
    if (before === object || sameBut(before, object)) return before;
    const specChanged = spec(before) !== spec(object) && GENERATION.has(resource) && !same(spec(before), spec(object));
    const metadata: Writable<ObjectMeta> = {
      ...object.metadata,
      uid: before.metadata.uid,
      creationTimestamp: before.metadata.creationTimestamp,
      resourceVersion: String(++this.#resourceVersion),
    };
    if (specChanged) metadata.generation = (before.metadata.generation ?? 1) + 1;
    const after = { ...object, metadata } as unknown as ObjectByResource[R];
    if (metadata.deletionTimestamp !== undefined && this.#mayGo(resource, after)) {
      this.#remove(resource, key, after);
      return after;
    }
    table.set(key, after);
    this.#announce('MODIFIED', resource, key, after, before);
    return after;
  }

  /** Replaces `status` alone; the shape most components need. */
  updateStatus<R extends ResourceWithStatus>(
    resource: R,
    key: string,
    status: (ObjectByResource[R] & { readonly status: unknown })['status'],
  ): ObjectByResource[R] | undefined {
    const object = this.get(resource, key);
    return object && this.update(resource, { ...object, status }, key);
  }

  /**
   * Deletes as the API does. A bound pod gets a deletion timestamp and its grace period, and goes when its kubelet
   * says so (a delete with grace 0). Finalizers, and `Foreground` for objects with dependents, hold an object back.
   * Returns the object as it stands afterwards, and whether it is gone.
   */
  delete(
    resource: ResourceName,
    key: string,
    options: DeleteOptions = {},
  ): { object: AnyObject; gone: boolean } | undefined {
    const before = this.#table(resource).get(key);
    if (!before) return undefined;
    const grace = resource === 'pods' ? podGrace(before as ObjectByResource['pods'], options) : 0;
    const wanted = [...(before.metadata.finalizers ?? [])];
    if (options.propagationPolicy === 'Foreground' && !wanted.includes('foregroundDeletion'))
      wanted.push('foregroundDeletion');
    if (options.propagationPolicy === 'Orphan' && !wanted.includes('orphan')) wanted.push('orphan');
    if (resource === 'namespaces' && before.metadata.deletionTimestamp === undefined) {
      const namespace = before as ObjectByResource['namespaces'];
      const next = {
        ...namespace,
        metadata: { ...namespace.metadata, deletionTimestamp: this.timestamp },
        status: { ...namespace.status, phase: 'Terminating' as const },
      };
      return { object: this.update('namespaces', next), gone: false };
    }
    if (grace === 0 && wanted.length === 0 && !(resource === 'namespaces' && hasNamespaceFinalizer(before))) {
      const last = {
        ...before,
        metadata: { ...before.metadata, resourceVersion: String(++this.#resourceVersion) },
      } as AnyObject;
      this.#remove(resource, key, last);
      return { object: last, gone: true };
    }
    const held = before.metadata.deletionGracePeriodSeconds;
    if (before.metadata.deletionTimestamp !== undefined && (held === undefined || grace >= held))
      return { object: before, gone: false };
    const metadata: ObjectMeta = {
      ...before.metadata,
      deletionTimestamp: formatTime(this.sim.epochMs + this.sim.now + grace * 1000),
      ...(resource === 'pods' ? { deletionGracePeriodSeconds: grace } : { deletionGracePeriodSeconds: 0 }),
      ...(wanted.length > 0 ? { finalizers: wanted } : {}),
    };
    const after = this.update(resource, { ...before, metadata });
    return { object: after, gone: this.#table(resource).get(key) === undefined };
  }

  /** Changes of one resource after `resourceVersion`, or undefined when they are no longer all remembered. */
  changesSince(resource: ResourceName, resourceVersion: number): readonly Change[] | undefined {
    const oldest = this.#history[0];
    if (
      resourceVersion < this.#resourceVersion &&
      oldest &&
      oldest.resourceVersion > resourceVersion + 1 &&
      this.#history.length >= HISTORY
    )
      return undefined;
    return this.#history.filter((c) => c.resource === resource && c.resourceVersion > resourceVersion);
  }

  #table<R extends ResourceName>(resource: R): Map<string, ObjectByResource[R]> {
    return this.#tables.get(resource) as unknown as Map<string, ObjectByResource[R]>;
  }

  #mayGo(resource: ResourceName, object: AnyObject): boolean {
    if ((object.metadata.finalizers?.length ?? 0) > 0) return false;
    if (resource === 'namespaces') return !hasNamespaceFinalizer(object);
    return (object.metadata.deletionGracePeriodSeconds ?? 0) === 0;
  }

  #remove(resource: ResourceName, key: string, last: AnyObject): void {
    const before = this.#table(resource).get(key);
    this.#table(resource).delete(key);
    this.#sorted.delete(resource);
    this.#announce('DELETED', resource, key, last, before);
  }

  #announce(
    type: Change['type'],
    resource: ResourceName,
    key: string,
    object: AnyObject,
    before: AnyObject | undefined,
  ): void {
    const { sim } = this;
    // Where only a summary is wanted, what follows from a change is put down to what the change itself follows from.
    const cause =
      sim.detail === 'summary' && sim.cause !== null ? sim.cause : sim.record(VERBS[type], `${resource}/${key}`);
    const change: Change = { type, resource, key, object, before, resourceVersion: this.#resourceVersion, cause };
    this.#history.push(change);
    if (this.#history.length >= 2 * HISTORY) this.#history = this.#history.slice(-HISTORY);
    const listeners = this.#listeners.get(resource);
    if (listeners) for (const listener of listeners) listener(change);
  }

  #generate(resource: ResourceName, namespace: string | undefined, base: string): string {
    const stream = this.sim.random('names');
    for (;;) {
      const codes: number[] = [];
      for (let i = 0; i < 5; i++) codes.push(SUFFIX.charCodeAt(stream.int(SUFFIX.length)));
      const name = base + String.fromCharCode(...codes);
      if (!this.#table(resource).has(namespace === undefined ? name : `${namespace}/${name}`)) return name;
    }
  }

  /** A random UUID (version 4). */
  #uid(): string {
    const stream = this.sim.random('uids');
    UID[19] = VARIANTS[stream.int(4)] as number;
    for (const { at, digits } of UID_PARTS) writeHex(UID, at, stream.int(4294967296), digits);
    return String.fromCharCode(...UID);
  }
}

/** `<namespace>/<name>`, or the name alone for cluster scope. */
export function keyOf(object: AnyObject): string {
  const { namespace, name } = object.metadata;
  return namespace === undefined ? name : `${namespace}/${name}`;
}

const VERBS = { ADDED: 'store.create', MODIFIED: 'store.update', DELETED: 'store.delete' } as const;
/** Resources whose `metadata.generation` counts changes of the spec. */
const GENERATION: ReadonlySet<ResourceName> = new Set([
  'pods',
  'replicasets',
  'deployments',
  'daemonsets',
  'statefulsets',
  'jobs',
  'cronjobs',
  'poddisruptionbudgets',
  'ingresses',
  'networkpolicies',
] as const);

function emptyTables(): Map<ResourceName, Map<string, AnyObject>> {
  return new Map(resources.map((r) => [r.resource, new Map<string, AnyObject>()]));
}

function spec(object: AnyObject): unknown {
  return 'spec' in object ? object.spec : undefined;
}

function hasNamespaceFinalizer(object: AnyObject): boolean {
  return ((object as ObjectByResource['namespaces']).spec.finalizers?.length ?? 0) > 0;
}

/** Pods not yet bound, or already finished, need no grace: there is no process to ask. (pod strategy CheckGracefulDelete) */
function podGrace(pod: ObjectByResource['pods'], options: DeleteOptions): number {
  if (pod.spec.nodeName === undefined || pod.status.phase === 'Succeeded' || pod.status.phase === 'Failed') return 0;
  return options.gracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds;
}

/** True when both are the same but for the resource version, which the store itself writes. */
function sameBut(before: AnyObject, after: AnyObject): boolean {
  const a = before as unknown as Fields;
  const b = after as unknown as Fields;
  // `metadata` is another object each time, so it is left for last.
  for (const key in a) if (key !== 'metadata' && !same(a[key], b[key])) return false;
  for (const key in b) if (a[key] === undefined && b[key] !== undefined) return false;
  const { metadata } = before as unknown as { readonly metadata: Fields };
  const next = after.metadata as unknown as Fields;
  for (const key in metadata) if (key !== 'resourceVersion' && !same(metadata[key], next[key])) return false;
  for (const key in next) if (metadata[key] === undefined && next[key] !== undefined) return false;
  return true;
}

type Fields = Readonly<Record<string, unknown>>;

/** Equal as JSON. Shared parts are seen at once, and the first difference ends the search. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
    return true;
  }
  const left = a as Fields;
  const right = b as Fields;
  for (const key in left) if (!same(left[key], right[key])) return false;
  for (const key in right) if (left[key] === undefined && right[key] !== undefined) return false;
  return true;
}

/** etcd orders keys by bytes, with `/` between namespace and name. */
function byKey(a: string, b: string): number {
  const [aNamespace, aName] = split(a);
  const [bNamespace, bName] = split(b);
  return aNamespace < bNamespace ? -1 : aNamespace > bNamespace ? 1 : aName < bName ? -1 : aName > bName ? 1 : 0;
}

function split(key: string): [string, string] {
  const slash = key.indexOf('/');
  return slash < 0 ? ['', key] : [key.slice(0, slash), key.slice(slash + 1)];
}
