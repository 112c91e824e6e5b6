// Watches: the change feed of the store as a stream of lines for one client's selection.
// Models k8s.io/apiserver/pkg/storage/cacher and endpoints/handlers/watch.go (1.32).
// Departures: bookmarks come after every hundred changes outside the selection, not by the minute, because a stream may
// not set timers in the world; `timeoutSeconds` is the host's business for the same reason; a resource version from a
// future that was undone is told `410 Expired`, so that its client lists again.
import type { ApiStream } from '../../api/http.ts';
import type { Cluster } from '../cluster.ts';
import type { AnyObject, ResourceName } from '../objects.ts';
import { apiVersionOf, type ResourceInfo, resources } from '../resources.ts';
import type { Change } from '../store.ts';
import { listWithDefaults } from './authorization/default-roles.ts';
import { failure } from './status.ts';

interface WatchRequest {
  readonly info: ResourceInfo;
  readonly namespace: string | undefined;
  readonly matches: (object: AnyObject) => boolean;
  /** Undefined or 0: begin with the objects as they are. */
  readonly resourceVersion: number | undefined;
  readonly bookmarks: boolean;
  /**
   * True: begin with the objects as they are, whatever the version, and end them with a bookmark. False: without them.
   * Undefined: as the version says. (WatchList)
   */
  readonly initialEvents: boolean | undefined;
  /** @param first true for the first object that this watch shows */
  readonly show: (object: AnyObject, first: boolean) => unknown;
}

export interface Watches {
  start(request: WatchRequest): { readonly body: string; readonly stream: ApiStream };
}

interface Watcher {
  hear(change: Change): void;
  end(): void;
}

/** Unseen changes after which a watch that allows it gets a bookmark. */
const BOOKMARK_EVERY = 100;

export function createWatches(cluster: Cluster): Watches {
  const { sim, store } = cluster;
  const watchers = new Map<ResourceName, Set<Watcher>>();
  for (const { resource } of resources) {
    const set = new Set<Watcher>();
    watchers.set(resource, set);
    store.subscribe(resource, (change) => {
      if (set.size > 0) for (const watcher of [...set]) watcher.hear(change);
    });
  }
  // Streams are no state; but who goes back in time has no use for what they were about to say.
  sim.register({
    name: 'kubernetes.api.watches',
    save: () => null,
    load: () => {
      for (const set of watchers.values()) for (const watcher of [...set]) watcher.end();
    },
  });

  return {
    start(request) {
      const { info, namespace, resourceVersion } = request;
      let shown = 0;
      let at = store.resourceVersion;
      const inScope = (object: AnyObject) =>
        (namespace === undefined || object.metadata.namespace === namespace) && request.matches(object);
      const line = (type: string, object: AnyObject) =>
        `${JSON.stringify({ type, object: request.show(object, shown++ === 0) })}\n`;

      let body = '';
      if (request.initialEvents ?? (resourceVersion === undefined || resourceVersion === 0)) {
        for (const object of listWithDefaults(store, info.resource, namespace))
          if (request.matches(object)) body += line('ADDED', object);
        if (request.initialEvents && request.bookmarks) body += bookmark(info, at, true);
      } else if (resourceVersion !== undefined && resourceVersion !== 0) {
        const missed = resourceVersion > at ? undefined : store.changesSince(info.resource, resourceVersion);
        if (!missed) return { body: expired(resourceVersion, at), stream: ended };
        at = resourceVersion;
      }

      return {
        body,
        stream: {
          open(onText, onEnd) {
            let unseen = 0;
            const set = watchers.get(info.resource) as Set<Watcher>;
            const watcher: Watcher = {
              hear(change) {
                at = change.resourceVersion;
                const event = eventFor(change, inScope);
                if (event) {
                  unseen = 0;
                  onText(line(event.type, event.object));
                } else if (request.bookmarks && ++unseen >= BOOKMARK_EVERY) {
                  unseen = 0;
                  onText(bookmark(info, at, false));
                }
              },
              end() {
                if (set.delete(watcher)) onEnd();
              },
            };
            const missed = store.changesSince(info.resource, at);
            if (!missed) {
              onText(expired(at, store.resourceVersion));
              onEnd();
              return () => undefined;
            }
            set.add(watcher);
            for (const change of missed) watcher.hear(change);
            return () => {
              set.delete(watcher);
            };
          },
        },
      };
    },
  };
}

/** An object that comes into the selection is added for this client, one that leaves it is deleted. */
function eventFor(
  change: Change,
  inScope: (object: AnyObject) => boolean,
): { readonly type: Change['type']; readonly object: AnyObject } | undefined {
  const { object, before } = change;
  const was = before !== undefined && inScope(before);
  if (change.type === 'DELETED') return was || inScope(object) ? { type: 'DELETED', object } : undefined;
  const is = inScope(object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was) return undefined;
  const metadata = { ...before.metadata, resourceVersion: String(change.resourceVersion) };
  return { type: 'DELETED', object: { ...before, metadata } as AnyObject };
}

function bookmark(info: ResourceInfo, resourceVersion: number, initialEventsEnd: boolean): string {
  const metadata = {
    resourceVersion: String(resourceVersion),
    creationTimestamp: null,
    ...(initialEventsEnd ? { annotations: { 'k8s.io/initial-events-end': 'true' } } : {}),
  };
  const object = { kind: info.kind, apiVersion: apiVersionOf(info), metadata };
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
}

function expired(asked: number, now: number): string {
  const object = failure(410, 'Expired', `too old resource version: ${String(asked)} (${String(now)})`);
  return `${JSON.stringify({ type: 'ERROR', object })}\n`;
}

const ended: ApiStream = {
  open(_onText, onEnd) {
    onEnd();
    return () => undefined;
  },
};
