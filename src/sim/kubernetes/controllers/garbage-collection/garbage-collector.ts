// Deletes what belongs to nothing any more.
// Models: pkg/controller/garbagecollector/garbagecollector.go and graph_builder.go (1.32): dependents of a deleted
// owner, foreground deletion (finalizer foregroundDeletion, blockOwnerDeletion), orphaning (finalizer orphan),
// references to owners that never were.
// Departure: the graph of owners is the store itself and an index, so it is never behind; there are no virtual nodes.
import type { Cluster } from '../../cluster.ts';
import { latency } from '../../cluster.ts';
import type { AnyObject, OwnerReference, ResourceName } from '../../objects.ts';
import { resourceInfo, resourceOf, resources } from '../../resources.ts';
import { keyOf, type Change } from '../../store.ts';
import { WorkQueue } from '../../work-queue.ts';
import { released } from '../owner-reference.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

export function createGarbageCollector(cluster: Cluster): void {
  const { sim, store } = cluster;
  const queue = new WorkQueue(sim, 'controller.garbagecollector', latency.watch, attemptToDelete);
  /** `<resource> <key>` of the objects that name an owner, by its uid. Follows from the store. */
  let dependents: Map<string, Set<string>> | undefined;
  sim.register<null>({
    name: 'kubernetes.controllers.garbagecollector',
    save: () => null,
    load: () => {
      dependents = undefined;
    },
  });
  // Events own nothing and are owned by nothing. (DefaultIgnoredResources)
  for (const { resource } of resources) if (resource !== 'events') store.subscribe(resource, observe);

  function observe(change: Change): void {
    const { resource, key, type, object, before, cause } = change;
    const references = object.metadata.ownerReferences;
    const referencesBefore = before?.metadata.ownerReferences;
    const { deletionTimestamp, finalizers } = object.metadata;
    // Nearly all changes are of no concern here.
    if (type === 'MODIFIED' && references === referencesBefore && deletionTimestamp === undefined) return;
    const id = `${resource} ${key}`;
    if (dependents) {
      if (type === 'DELETED') for (const { uid } of referencesBefore ?? []) unlink(dependents, uid, id);
      else if (references !== referencesBefore) {
        for (const { uid } of referencesBefore ?? []) unlink(dependents, uid, id);
        for (const { uid } of references ?? []) link(dependents, uid, id);
      }
    }
    if (type === 'DELETED') {
      for (const dependent of dependentsOf(object.metadata.uid)) queue.add(dependent, cause);
      // An owner may wait for this one.
      for (const reference of references ?? []) {
        const owner = ownerOf(reference, object.metadata.namespace);
        if (owner && waitsForDependents(owner.object)) queue.add(owner.id, cause);
      }
      return;
    }
    if (references !== referencesBefore && references?.some((r) => isAbsent(r, object.metadata.namespace)))
      queue.add(id, cause);
    const starts = deletionTimestamp !== undefined && before?.metadata.deletionTimestamp === undefined;
    if (starts && (finalizers?.includes(FOREGROUND) === true || finalizers?.includes(ORPHAN) === true))
      queue.add(id, cause);
  }

  function attemptToDelete(id: string): void {
    const { resource, key } = parse(id);
    const item = store.get(resource, key);
    if (!item) return;
    if (item.metadata.deletionTimestamp !== undefined) {
      if (item.metadata.finalizers?.includes(ORPHAN) === true) orphanDependents(resource, item);
      else if (waitsForDependents(item)) deleteDependents(resource, item);
      return;
    }
    const references = item.metadata.ownerReferences ?? [];
    if (references.length === 0) return;
    const { namespace } = item.metadata;
    const owners = references.map((reference) => ({ reference, owner: ownerOf(reference, namespace)?.object }));
    const solid = owners.filter(({ reference, owner }) =>
      owner ? !waitsForDependents(owner) : !isAbsent(reference, namespace),
    );
    const waiting = owners.filter(({ owner }) => owner && waitsForDependents(owner));
    if (solid.length > 0) {
      if (solid.length === owners.length) return;
      const ownerReferences = solid.map(({ reference }) => reference);
      store.update(resource, { ...item, metadata: { ...item.metadata, ownerReferences } });
      return;
    }
    const foreground = waiting.length > 0 && dependentsOf(item.metadata.uid).length > 0;
    sim.record('garbagecollector.delete', `${resource}/${key}`, '', 'its owners are gone');
    store.delete(resource, key, { propagationPolicy: foreground ? 'Foreground' : policyOf(item) });
  }

  /** Deletes the dependents that block `owner`; lets it go when there is none. */
  function deleteDependents(resource: ResourceName, owner: AnyObject): void {
    let blocking = false;
    for (const id of dependentsOf(owner.metadata.uid)) {
      const dependent = objectOf(id);
      if (!dependent) continue;
      const blocks = dependent.metadata.ownerReferences?.some(
        (r) => r.uid === owner.metadata.uid && r.blockOwnerDeletion === true,
      );
      if (blocks === true) blocking = true;
      if (dependent.metadata.deletionTimestamp === undefined) queue.add(id);
    }
    if (!blocking) removeFinalizer(resource, owner, FOREGROUND);
  }

  function orphanDependents(resource: ResourceName, owner: AnyObject): void {
    for (const id of dependentsOf(owner.metadata.uid)) {
      const dependent = objectOf(id);
      if (!dependent) continue;
      const metadata = released(dependent.metadata, owner.metadata.uid);
      store.update(parse(id).resource, { ...dependent, metadata });
    }
    removeFinalizer(resource, owner, ORPHAN);
  }

  function removeFinalizer(resource: ResourceName, object: AnyObject, name: string): void {
    const { finalizers = [], ...rest } = object.metadata;
    const left = finalizers.filter((finalizer) => finalizer !== name);
    const metadata = left.length === 0 ? rest : { ...rest, finalizers: left };
    store.update(resource, { ...object, metadata });
  }

  /** In the order of their ids: the index is built anew after a restore, and must give the same order then. */
  function dependentsOf(uid: string): readonly string[] {
    if (!dependents) {
      dependents = new Map();
      for (const { resource } of resources)
        for (const object of store.values(resource))
          for (const reference of object.metadata.ownerReferences ?? [])
            link(dependents, reference.uid, `${resource} ${keyOf(object)}`);
    }
    return [...(dependents.get(uid) ?? [])].sort();
  }

  function objectOf(id: string): AnyObject | undefined {
    const { resource, key } = parse(id);
    return store.get(resource, key);
  }

  /** The owner, when an object of that kind, name and uid exists. */
  function ownerOf(
    reference: OwnerReference,
    namespace: string | undefined,
  ): { readonly id: string; readonly object: AnyObject } | undefined {
    const info = resourceOf(reference.apiVersion, reference.kind);
    if (!info) return undefined;
    const key = resourceInfo(info.resource).namespaced ? `${namespace ?? ''}/${reference.name}` : reference.name;
    const object = store.get(info.resource, key);
    return object?.metadata.uid === reference.uid ? { id: `${info.resource} ${key}`, object } : undefined;
  }

  /** True when the owner surely is not there; of a kind that is not served nobody can say, so its objects stay. */
  function isAbsent(reference: OwnerReference, namespace: string | undefined): boolean {
    return resourceOf(reference.apiVersion, reference.kind) !== undefined && !ownerOf(reference, namespace);
  }
}

function policyOf(item: AnyObject): 'Background' | 'Foreground' | 'Orphan' {
  const { finalizers } = item.metadata;
  if (finalizers?.includes(ORPHAN) === true) return 'Orphan';
  return finalizers?.includes(FOREGROUND) === true ? 'Foreground' : 'Background';
}

/** Being deleted in the foreground: it goes when its dependents have gone. */
function waitsForDependents(object: AnyObject): boolean {
  const { deletionTimestamp, finalizers } = object.metadata;
  return deletionTimestamp !== undefined && finalizers?.includes(FOREGROUND) === true;
}

function parse(id: string): { resource: ResourceName; key: string } {
  const space = id.indexOf(' ');
  return { resource: id.slice(0, space) as ResourceName, key: id.slice(space + 1) };
}

function link(dependents: Map<string, Set<string>>, uid: string, id: string): void {
  const found = dependents.get(uid);
  if (found) found.add(id);
  else dependents.set(uid, new Set([id]));
}

function unlink(dependents: Map<string, Set<string>>, uid: string, id: string): void {
  const found = dependents.get(uid);
  if (found?.delete(id) && found.size === 0) dependents.delete(uid);
}
