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

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.sim.register<null>({
      name: 'kubernetes.controllers.replica-set-index',
      save: () => null,
      load: () => {
        this.#keys = undefined;
      },
    });
    cluster.store.subscribe('replicasets', ({ key, type, object, before }) => {
      if (!this.#keys) return;
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
    const keys = [...(this.#keys.get(uid) ?? NONE), ...(this.#keys.get(`/${namespace}`) ?? NONE)].sort();
    return keys.flatMap((key) => store.get('replicasets', key) ?? []);
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
