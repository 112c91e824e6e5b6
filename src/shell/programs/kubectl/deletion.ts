// Options of a deletion, and waiting until objects are gone: what `delete`, `replace --force` and `apply --force` share
// (kubectl/pkg/cmd/delete/delete_flags.go, pkg/cmd/wait/delete.go, 1.32).

import { Interrupted } from '../../program.ts';
import type { Resource } from './client.ts';
import { type Context, ownSignal } from './context.ts';
import { ApiError, KubectlError } from './errors.ts';
import { isObject, type JsonObject, listAt, textAt } from './object.ts';

export interface Deleted {
  readonly resource: Resource;
  readonly namespace: string;
  readonly name: string;
  /** When known: another object of the same name is not the one that was deleted. */
  readonly uid?: string;
}

const policies: Readonly<Record<string, string>> = {
  background: 'Background',
  foreground: 'Foreground',
  orphan: 'Orphan',
};

/** The body of a DELETE as the flags want it. `graceSeconds` stands for the flag where a command reckons it otherwise. */
export function deletionOf(context: Context, graceSeconds = context.flags.int('grace-period')): JsonObject {
  const cascade = context.flags.text('cascade');
  const propagationPolicy =
    policies[cascade] ?? (cascade === 'true' ? 'Background' : cascade === 'false' ? 'Orphan' : undefined);
  if (propagationPolicy === undefined) {
    throw new KubectlError(`invalid cascade value (${cascade}). Must be "background", "foreground", or "orphan"`);
  }
  return { propagationPolicy, ...(graceSeconds < 0 ? {} : { gracePeriodSeconds: graceSeconds }) };
}

/** Waits until none of them is there, each for the given time; 0 is as long as it takes. */
export async function gone(context: Context, objects: readonly Deleted[], timeoutMs = 0): Promise<void> {
  for (const object of objects) await goneOne(context, object, timeoutMs);
}

async function goneOne(context: Context, object: Deleted, timeoutMs: number): Promise<void> {
  const { client, proc } = context;
  const { resource, namespace, name, uid } = object;
  try {
    const found = await client.get(resource, namespace, name);
    if (uid !== undefined && textAt(found, 'metadata', 'uid') !== uid) return;
  } catch (error) {
    if (error instanceof ApiError && error.isNotFound) return;
    throw error;
  }
  const { signal, stop } = ownSignal(proc.signal);
  const clock = { late: false };
  if (timeoutMs > 0) {
    void proc.host.sleep(timeoutMs, signal).then(
      () => {
        clock.late = true;
        stop();
      },
      () => undefined,
    );
  }
  try {
    const query = { fieldSelector: `metadata.name=${name}` };
    const list = await client.list(resource, namespace, { ...query, limit: 500, resourceVersion: 0 });
    if (listAt(list, 'items').filter(isObject).length === 0) return;
    const resourceVersion = textAt(list, 'metadata', 'resourceVersion');
    const watching = { ...query, resourceVersion, allowWatchBookmarks: true };
    for await (const { type } of client.watch(resource, namespace, watching, { signal }))
      if (type === 'DELETED') return;
  } catch (error) {
    if (clock.late && error instanceof Interrupted) {
      throw new KubectlError(`timed out waiting for the condition on ${resource.plural}/${name}`);
    }
    throw error;
  } finally {
    stop();
  }
}
