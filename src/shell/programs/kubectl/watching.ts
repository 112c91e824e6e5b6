// Waiting for one object (client-go/tools/watch/until.go UntilWithSync, 1.32): the list with that one name first, then
// every change, until the caller has seen enough, time is up, or the reader stops the program.

import type { Resource, WatchEvent } from './client.ts';
import { type Context, ownSignal } from './context.ts';
import { KubectlError } from './errors.ts';
import { isObject, listAt, textAt } from './object.ts';

export type Seen = 'met' | 'gone' | 'timeout';

export interface Watched {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  /** Undefined: for ever. */
  readonly timeoutMs?: number;
}

/** `gone` when there is no such object to begin with. */
export async function watchUntil(
  context: Context,
  { resource, namespace, name, timeoutMs }: Watched,
  seen: (event: WatchEvent) => Promise<boolean> | boolean,
): Promise<Seen> {
  const { client, proc } = context;
  const { signal, stop } = ownSignal(proc.signal);
  const clock = timeoutMs === undefined ? undefined : alarm(context, timeoutMs, signal, stop);
  const fieldSelector = `metadata.name=${name}`;
  try {
    const list = await client.list(resource, namespace, { fieldSelector, limit: 500, resourceVersion: 0 });
    const items = listAt(list, 'items').filter(isObject);
    if (items.length === 0) return 'gone';
    for (const object of items) if (await seen({ type: 'ADDED', object })) return 'met';
    const query = {
      allowWatchBookmarks: true,
      fieldSelector,
      resourceVersion: textAt(list, 'metadata', 'resourceVersion'),
    };
    for await (const event of client.watch(resource, namespace, query, { signal })) {
      if (event.type !== 'BOOKMARK' && (await seen(event))) return 'met';
    }
  } catch (error) {
    if (clock?.rang === true && !proc.signal.aborted) return 'timeout';
    throw error;
  } finally {
    stop();
  }
  throw watchEnded();
}

/** What no real client ever hears: only a world that went back in time ends a watch. */
export function watchEnded(): KubectlError {
  return new KubectlError('the watch was ended by the server: the world went back in time');
}

/** Calls `ring` after that virtual time, unless the signal is aborted before. */
export function alarm(
  context: Context,
  afterMs: number,
  signal: AbortSignal,
  ring: () => void,
): { readonly rang: boolean } {
  const state = { rang: false };
  context.proc.host.sleep(afterMs, signal).then(
    () => {
      state.rang = true;
      ring();
    },
    () => undefined,
  );
  return state;
}
