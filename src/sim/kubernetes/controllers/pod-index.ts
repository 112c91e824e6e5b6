// Pods by the controller that owns them, by node, and those that nobody owns. What the shared informers' indexers
// are in kube-controller-manager (controller.PodControllerIndex, spec.nodeName, 1.32), with counts kept up to date,
// so that a controller need not look at every pod to know how many are ready.
// All of it follows from the store: after a restore it is built anew when first asked for.
import type { Cluster } from '../cluster.ts';
import type { Labels, Pod } from '../objects.ts';
import { isPodActive, isPodReady } from '../pods.ts';
import { keyOf } from '../store.ts';
import { controllerOf } from './owner-reference.ts';

/** The pods of one controller. */
export interface OwnedPods {
  /** By key; finished and deleted ones too, as long as they exist. */
  readonly pods: ReadonlyMap<string, Pod>;
  /** Neither finished nor being deleted. */
  readonly active: number;
  /** Active and Ready. */
  readonly ready: number;
  /** How many active pods carry which labels. Pods of one template share the very object, so this stays small. */
  readonly labels: ReadonlyMap<Labels | undefined, number>;
}

interface Tally extends OwnedPods {
  readonly pods: Map<string, Pod>;
  active: number;
  ready: number;
  readonly labels: Map<Labels | undefined, number>;
}

const NONE: ReadonlyMap<string, Pod> = new Map();
const NOTHING: OwnedPods = { pods: NONE, active: 0, ready: 0, labels: new Map() };

export class PodIndex {
  readonly #cluster: Cluster;
  #stale = true;
  #byController = new Map<string, Tally>();
  #byNode = new Map<string, Map<string, Pod>>();
  #orphans = new Map<string, Map<string, Pod>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    cluster.sim.register<null>({
      name: 'kubernetes.controllers.pod-index',
      save: () => null,
      load: () => {
        this.#stale = true;
      },
    });
    cluster.store.subscribe('pods', ({ key, type, object, before }) => {
      if (this.#stale) return;
      if (before && type === 'MODIFIED' && this.#change(key, before, object)) return;
      if (before) this.#remove(key, before);
      if (type !== 'DELETED') this.#add(key, object);
    });
  }

  ofController(uid: string): OwnedPods {
    this.#refresh();
    return this.#byController.get(uid) ?? NOTHING;
  }

  onNode(node: string): ReadonlyMap<string, Pod> {
    this.#refresh();
    return this.#byNode.get(node) ?? NONE;
  }

  /** Pods of a namespace that no controller owns. */
  orphans(namespace: string): ReadonlyMap<string, Pod> {
    this.#refresh();
    return this.#orphans.get(namespace) ?? NONE;
  }

  #refresh(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#byController = new Map();
    this.#byNode = new Map();
    this.#orphans = new Map();
    // A pod that changes goes to the end of its maps; built anew, they must have that same order.
    const pods = [...this.#cluster.store.values('pods')].sort((a, b) => version(a) - version(b));
    for (const pod of pods) this.#add(keyOf(pod), pod);
  }

  #add(key: string, pod: Pod): void {
    if (pod.spec.nodeName !== undefined) entry(this.#byNode, pod.spec.nodeName).set(key, pod);
    const owner = controllerOf(pod);
    if (!owner) {
      entry(this.#orphans, pod.metadata.namespace ?? '').set(key, pod);
      return;
    }
    let tally = this.#byController.get(owner.uid);
    if (!tally) {
      tally = { pods: new Map(), active: 0, ready: 0, labels: new Map() };
      this.#byController.set(owner.uid, tally);
    }
    tally.pods.set(key, pod);
    count(tally, pod, 1);
  }

  /** For a pod that stays where it is: what removing and adding it comes to. False when it does not stay. */
  #change(key: string, before: Pod, after: Pod): boolean {
    const { nodeName } = after.spec;
    const { ownerReferences } = after.metadata;
    if (before.spec.nodeName !== nodeName || before.metadata.ownerReferences !== ownerReferences) return false;
    const owner = controllerOf(after);
    const tally = owner && this.#byController.get(owner.uid);
    if (!tally) return false;
    if (nodeName !== undefined) toEnd(entry(this.#byNode, nodeName), key, after);
    toEnd(tally.pods, key, after);
    if (before.metadata.labels === after.metadata.labels && isPodActive(before) && isPodActive(after))
      tally.ready += (isPodReady(after) ? 1 : 0) - (isPodReady(before) ? 1 : 0);
    else {
      count(tally, before, -1);
      count(tally, after, 1);
    }
    return true;
  }

  #remove(key: string, pod: Pod): void {
    if (pod.spec.nodeName !== undefined) drop(this.#byNode, pod.spec.nodeName, key);
    const owner = controllerOf(pod);
    if (!owner) {
      drop(this.#orphans, pod.metadata.namespace ?? '', key);
      return;
    }
    const tally = this.#byController.get(owner.uid);
    if (!tally?.pods.delete(key)) return;
    count(tally, pod, -1);
    if (tally.pods.size === 0) this.#byController.delete(owner.uid);
  }
}

function count(tally: Tally, pod: Pod, by: 1 | -1): void {
  if (!isPodActive(pod)) return;
  tally.active += by;
  if (isPodReady(pod)) tally.ready += by;
  const { labels } = pod.metadata;
  const left = (tally.labels.get(labels) ?? 0) + by;
  if (left === 0) tally.labels.delete(labels);
  else tally.labels.set(labels, left);
}

function toEnd(pods: Map<string, Pod>, key: string, pod: Pod): void {
  pods.delete(key);
  pods.set(key, pod);
}

function version(pod: Pod): number {
  return Number(pod.metadata.resourceVersion);
}

function entry(index: Map<string, Map<string, Pod>>, name: string): Map<string, Pod> {
  let found = index.get(name);
  if (!found) {
    found = new Map();
    index.set(name, found);
  }
  return found;
}

function drop(index: Map<string, Map<string, Pod>>, name: string, key: string): void {
  const found = index.get(name);
  if (found?.delete(key) && found.size === 0) index.delete(name);
}
