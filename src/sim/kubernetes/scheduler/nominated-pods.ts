// Pods that wait for a node which others have been evicted from for their sake. Models
// pkg/scheduler/backend/queue/nominator.go (Kubernetes 1.32). What it holds follows from `status.nominatedNodeName` of
// the pods that have no node yet.
import type { Pod } from '../objects.ts';

export class NominatedPods {
  readonly #nodeOf = new Map<string, string>();
  readonly #onNode = new Map<string, Map<string, Pod>>();
  /** Goes up when a node gets its first nominated pod or loses its last. */
  version = 0;

  /** Takes over what the waiting pod `key` says of its nomination; undefined when it waits no longer. */
  set(key: string, pod: Pod | undefined): void {
    const after = pod?.status.nominatedNodeName ?? '';
    if (after === '' && this.#nodeOf.size === 0) return;
    const before = this.#nodeOf.get(key);
    if (before !== undefined && before !== after) this.#leave(key, before);
    if (!pod || after === '') return;
    this.#nodeOf.set(key, after);
    const there = this.#onNode.get(after);
    if (there) there.set(key, pod);
    else {
      this.#onNode.set(after, new Map([[key, pod]]));
      this.version++;
    }
  }

  /** None at all: most of the time nobody needs to ask further. */
  get empty(): boolean {
    return this.#nodeOf.size === 0;
  }

  /** Names of the nodes for which pods are nominated. */
  nodes(): IterableIterator<string> {
    return this.#onNode.keys();
  }

  /** By key; undefined when there are none. */
  on(node: string): ReadonlyMap<string, Pod> | undefined {
    return this.#onNode.get(node);
  }

  #leave(key: string, node: string): void {
    this.#nodeOf.delete(key);
    const there = this.#onNode.get(node);
    there?.delete(key);
    if (there?.size !== 0) return;
    this.#onNode.delete(node);
    this.version++;
  }
}
