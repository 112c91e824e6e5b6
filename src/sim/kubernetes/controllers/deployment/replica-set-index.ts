// ReplicaSets by the controller that owns them, and those that nobody owns, so that a Deployment need not look at every
// set of its namespace. Stands for the informer's cache (1.32). Follows from the store: after a restore it is built anew
// when first asked for.
import type { Cluster } from '../../cluster.ts';
import type { ReplicaSet } from '../../objects.ts';
import { keyOf } from '../../store.ts';
import { controllerOf } from '../owner-reference.ts';

const NONE: ReadonlySet<string> = new Set();

export class ReplicaSetIndex {
  readonly #cluster: Cluster;
  /** Keys by the owner's uid, or by the namespace for sets without one. */
  #keys: Map<string, Set<string>> | undefined;
  /** The keys of an owner's sets and of those without one in its namespace, in order, until one comes or goes. */
  readonly #sorted = new Map<string, readonly string[]>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.sim.register<null>({
      name: 'kubernetes.controllers.replica-set-index',
      save: () => null,
      load: () => {
        this.#keys = undefined;
        this.#sorted.clear();
      },
    });
    cluster.store.subscribe('replicasets', ({ key, type, object, before }) => {
      if (!this.#keys) return;
      // Most changes are of a size or a status.
      if (type === 'MODIFIED' && before?.metadata.ownerReferences === object.metadata.ownerReferences) return;
      this.#sorted.clear();
      const group = groupOf(object);
      if (before && (type === 'DELETED' || groupOf(before) !== group)) this.#keys.get(groupOf(before))?.delete(key);
      if (type !== 'DELETED') add(this.#keys, group, key);
    });
  }

  /** The sets of one owner and those of the namespace that have none, in the order of their names. */
  ofOwner(uid: string, namespace: string): readonly ReplicaSet[] {
    const { store } = this.#cluster;
    if (!this.#keys) {
      this.#keys = new Map();
      for (const set of store.values('replicasets')) add(this.#keys, groupOf(set), keyOf(set));
    }
    let keys = this.#sorted.get(uid);
    if (!keys) {
      keys = [...(this.#keys.get(uid) ?? NONE), ...(this.#keys.get(`/${namespace}`) ?? NONE)].sort();
      this.#sorted.set(uid, keys);
    }
    const sets: ReplicaSet[] = [];
    for (const key of keys) {
      const set = store.get('replicasets', key);
      if (set) sets.push(set);
    }
    return sets;
  }
}

function groupOf(set: ReplicaSet): string {
  return controllerOf(set)?.uid ?? `/${set.metadata.namespace ?? ''}`;
}

function add(keys: Map<string, Set<string>>, group: string, key: string): void {
  const found = keys.get(group);
  if (found) found.add(key);
  else keys.set(group, new Set([key]));
}
