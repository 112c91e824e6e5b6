// Endpoints objects for those who look: the store as the API server sees it, in which every service with slices has
// its Endpoints too. They are not stored. What the real endpoints controller would have written is computed when a
// client reads it, so that a rollout costs nothing more while nobody does; a watch hears of it through the slices.
// Departures: an Endpoints object changes at the very moment its slices do, with their resource version; who changes
// or deletes one finds it as it was, since the real controller puts it right within milliseconds. Endpoints that
// somebody made by hand are stored as any object, and hide those that would be computed.
import type { Endpoints } from '../../kinds/networking.ts';
import type { EndpointSlice, ResourceName } from '../../objects.ts';
import type { Change, Listener, Store } from '../../store.ts';
import { endpointsOf, serviceKeyOf } from './endpoints-of.ts';

/** The same store, with Endpoints in it. */
export function withEndpoints(store: Store): Store {
  const slicesOf = (key: string): readonly EndpointSlice[] =>
    store.list('endpointslices', key.slice(0, key.indexOf('/'))).filter((slice) => serviceKeyOf(slice) === key);

  function compute(key: string, slices = slicesOf(key)): Endpoints | undefined {
    return slices.length === 0 ? undefined : endpointsOf(store.get('services', key), slices);
  }

  /** Those of a namespace, or all. */
  function computeAll(namespace: string | undefined): Map<string, Endpoints> {
    const groups = new Map<string, EndpointSlice[]>();
    for (const slice of store.list('endpointslices', namespace)) {
      const key = serviceKeyOf(slice);
      if (key === undefined) continue;
      const group = groups.get(key);
      if (group) group.push(slice);
      else groups.set(key, [slice]);
    }
    return new Map([...groups].map(([key, slices]) => [key, endpointsOf(store.get('services', key), slices)]));
  }

  function get(resource: ResourceName, key: string) {
    return store.get(resource, key) ?? (resource === 'endpoints' ? compute(key) : undefined);
  }

  function list(resource: ResourceName, namespace?: string) {
    const stored = store.list(resource, namespace);
    if (resource !== 'endpoints') return stored;
    const all = computeAll(namespace);
    for (const object of stored as readonly Endpoints[]) all.set(key(object), object);
    return [...all].sort(([a], [b]) => byKey(a, b)).map(([, object]) => object);
  }

  /** True for one that is computed and cannot be written. */
  const isComputed = (resource: ResourceName, at: string) =>
    resource === 'endpoints' && store.get('endpoints', at) === undefined && compute(at) !== undefined;

  /** What a change of a slice means for its service's Endpoints. Computed when somebody reads it. */
  function follow(change: Change<'endpointslices'>): Change<'endpoints'> | undefined {
    const at = serviceKeyOf(change.object);
    if (at === undefined || store.get('endpoints', at) !== undefined) return undefined;
    const { name } = change.object.metadata;
    let found: { readonly before: Endpoints | undefined; readonly after: Endpoints | undefined } | undefined;
    const look = () => {
      if (!found) {
        const others = slicesOf(at).filter(({ metadata }) => metadata.name !== name);
        const with_ = (slice: EndpointSlice | undefined) => compute(at, slice ? sorted([...others, slice]) : others);
        const after = with_(change.type === 'DELETED' ? undefined : change.object);
        found = { before: with_(change.before), after };
      }
      return found;
    };
    return {
      resource: 'endpoints',
      key: at,
      resourceVersion: change.resourceVersion,
      cause: change.cause,
      get type() {
        const { before, after } = look();
        return !after ? 'DELETED' : before ? 'MODIFIED' : 'ADDED';
      },
      get object() {
        const { before, after } = look();
        const object = (after ?? before) as Endpoints;
        return { ...object, metadata: { ...object.metadata, resourceVersion: String(change.resourceVersion) } };
      },
      get before() {
        return look().before;
      },
    };
  }

  function subscribe(resource: ResourceName, listener: Listener<ResourceName>): void {
    store.subscribe(resource, listener);
    if (resource !== 'endpoints') return;
    store.subscribe('endpointslices', (change) => {
      const followed = follow(change);
      if (followed) listener(followed);
    });
  }

  function changesSince(resource: ResourceName, resourceVersion: number): readonly Change[] | undefined {
    const stored = store.changesSince(resource, resourceVersion);
    if (resource !== 'endpoints' || !stored) return stored;
    const slices = store.changesSince('endpointslices', resourceVersion) as readonly Change<'endpointslices'>[];
    const followed = slices.flatMap((change) => (follow(change) as unknown as Change | undefined) ?? []);
    return [...stored, ...followed].sort((a, b) => a.resourceVersion - b.resourceVersion);
  }

  const instead: Partial<Record<string | symbol, unknown>> = {
    get,
    list,
    subscribe,
    changesSince,
    update(resource: ResourceName, object: Endpoints) {
      return isComputed(resource, key(object)) ? compute(key(object)) : store.update(resource, object);
    },
    delete(resource: ResourceName, at: string, options?: Parameters<Store['delete']>[2]) {
      return isComputed(resource, at) ? { object: compute(at), gone: true } : store.delete(resource, at, options);
    },
  };
  return new Proxy(store, {
    get(target, property) {
      if (Object.hasOwn(instead, property)) return instead[property];
      const value: unknown = Reflect.get(target, property, target);
      if (typeof value !== 'function') return value;
      const bound: unknown = (value as (...args: unknown[]) => unknown).bind(target);
      instead[property] = bound;
      return bound;
    },
  });
}

function key({ metadata }: Endpoints): string {
  return `${metadata.namespace ?? ''}/${metadata.name}`;
}

function sorted(slices: readonly EndpointSlice[]): readonly EndpointSlice[] {
  return slices.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** By namespace, then by name. */
function byKey(a: string, b: string): number {
  const [aNamespace = '', aName = ''] = a.split('/');
  const [bNamespace = '', bName = ''] = b.split('/');
  return aNamespace === bNamespace ? (aName < bName ? -1 : 1) : aNamespace < bNamespace ? -1 : 1;
}
