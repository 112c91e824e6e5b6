// The nodes as the scheduler sees them: what each has, and what the pods on it have asked for. Models
// pkg/scheduler/backend/cache (NodeInfo, node_tree.go; Kubernetes 1.32), but as one table of numbers by slot instead
// of one object a node, so that thousands of nodes are looked at quickly. Everything in it follows from the objects
// in the store, in the order of the store, and can be built anew from them.
// Departure: a node that moves to another zone keeps its place among the nodes, where the real tree puts it last.
import { assert } from '../../engine/assert.ts';
import type { Node, Pod, Taint } from '../objects.ts';
import { intValue, milliValue } from '../quantity.ts';
import { type PodKind, Placements } from './placements.ts';
import { NominatedPods } from './nominated-pods.ts';
import { type HostPort, type PodAmounts, podAmounts } from './pod-info.ts';
import { ShapeMemos } from './shape-memo.ts';
import type { Store } from '../store.ts';

export interface PlacedPod {
  readonly key: string;
  readonly slot: number;
  /** The newest object; the only part that changes while the pod stays. */
  pod: Pod;
  readonly amounts: PodAmounts;
  kind: PodKind;
}

const NO_TAINTS: readonly Taint[] = [];

export class NodeTable {
  /** Where claims and volumes are looked up; without, pods with volumes go anywhere. */
  store: Store | undefined;
  /** The node of each slot; undefined for a free slot, and for pods whose node is not there (any more). */
  readonly nodes: (Node | undefined)[] = [];
  allocatableCpu = new Float64Array(16);
  allocatableMemory = new Float64Array(16);
  allocatableEphemeral = new Float64Array(16);
  allocatablePods = new Float64Array(16);
  requestedCpu = new Float64Array(16);
  requestedMemory = new Float64Array(16);
  requestedEphemeral = new Float64Array(16);
  nonzeroCpu = new Float64Array(16);
  nonzeroMemory = new Float64Array(16);
  podCount = new Int32Array(16);
  unschedulable = new Uint8Array(16);
  /** Which of {@link taintClasses} a node has; nodes with equal taints share one. 0: none. */
  taintClass = new Int32Array(16);
  readonly taintClasses: (readonly Taint[])[] = [NO_TAINTS];
  readonly #taintClassOf = new Map<string, number>([['[]', 0]]);
  /** Extended resources and huge pages; undefined where there are none. */
  readonly allocatableScalar: (ReadonlyMap<string, number> | undefined)[] = [];
  readonly requestedScalar: (Map<string, number> | undefined)[] = [];
  /** Host ports in use, one entry a pod and port. */
  readonly usedPorts: (HostPort[] | undefined)[] = [];
  /** Images by name: the size as the first node told it, and the slots of the nodes that have it. */
  readonly images = new Map<string, { readonly sizeBytes: number; readonly slots: Set<number> }>();
  /** The same pods by what rules say of them. */
  readonly placements = new Placements();
  readonly nominated = new NominatedPods();
  readonly memos = new ShapeMemos();
  /** By slot, never 0: goes up whenever anything about the node or the sums of its pods changes. */
  version = new Int32Array(16).fill(1);
  /** Pods on each node by key, in the order in which they came. */
  readonly #podsOf: (Map<string, PlacedPod> | undefined)[] = [];
  readonly #placed = new Map<string, PlacedPod>();
  readonly #slotOf = new Map<string, number>();
  /** Names of existing nodes in the order in which they came. */
  readonly #present = new Set<string>();
  readonly #free: number[] = [];
  #order: Int32Array | undefined;
  #guests: { readonly nominated: number; readonly nodes: number; readonly slots: Uint8Array } | undefined;

  /** Number of existing nodes. */
  get size(): number {
    return this.#present.size;
  }

  /** The slot of an existing node. */
  slotOf(name: string): number | undefined {
    return this.#present.has(name) ? this.#slotOf.get(name) : undefined;
  }

  nodeAt(slot: number): Node {
    const node = this.nodes[slot];
    if (!node) assert(false, `no node in slot ${String(slot)}`);
    return node;
  }

  nameAt(slot: number): string {
    return this.nodeAt(slot).metadata.name;
  }

  podsAt(slot: number): IterableIterator<Readonly<PlacedPod>> {
    return (this.#podsOf[slot] ?? new Map<string, PlacedPod>()).values();
  }

  /** Slots in the order in which nodes are visited: one of each zone in turn, so that a search meets all zones. */
  order(): Int32Array {
    this.#order ??= this.#interleave();
    return this.#order;
  }

  /** By slot: whether pods are nominated to the node. */
  guests(): Uint8Array {
    const { nominated, placements } = this;
    if (this.#guests?.nominated !== nominated.version || this.#guests.nodes !== placements.nodesVersion) {
      const slots = new Uint8Array(this.podCount.length);
      for (const name of nominated.nodes()) {
        const slot = this.slotOf(name);
        if (slot !== undefined) slots[slot] = 1;
      }
      this.#guests = { nominated: nominated.version, nodes: placements.nodesVersion, slots };
    }
    return this.#guests.slots;
  }

  setNode(node: Node): void {
    const { name } = node.metadata;
    const slot = this.#slot(name);
    this.#touch(slot);
    const before = this.nodes[slot];
    if (!before || zoneOf(before) !== zoneOf(node)) this.#order = undefined;
    this.#present.add(name);
    this.nodes[slot] = node;
    this.placements.setNode(slot, node);
    this.unschedulable[slot] = node.spec.unschedulable ? 1 : 0;
    if (!before || before.spec.taints !== node.spec.taints) this.taintClass[slot] = this.#intern(node.spec.taints);
    if (before?.status.images !== node.status.images) {
      if (before) this.#forgetImages(slot, before);
      for (const { names, sizeBytes } of node.status.images ?? [])
        for (const image of names) {
          const known = this.images.get(image);
          if (known) known.slots.add(slot);
          else this.images.set(image, { sizeBytes, slots: new Set([slot]) });
        }
    }
    if (before?.status.allocatable === node.status.allocatable) return;
    let pods = 0;
    let cpu = 0;
    let memory = 0;
    let ephemeral = 0;
    const scalar = new Map<string, number>();
    for (const [resource, quantity] of Object.entries(node.status.allocatable)) {
      if (resource === 'cpu') cpu = milliValue(quantity);
      else if (resource === 'memory') memory = intValue(quantity);
      else if (resource === 'pods') pods = intValue(quantity);
      else if (resource === 'ephemeral-storage') ephemeral = intValue(quantity);
      else scalar.set(resource, intValue(quantity));
    }
    this.allocatableCpu[slot] = cpu;
    this.allocatableMemory[slot] = memory;
    this.allocatableEphemeral[slot] = ephemeral;
    this.allocatablePods[slot] = pods;
    this.allocatableScalar[slot] = scalar.size > 0 ? scalar : undefined;
  }

  removeNode(name: string): void {
    const slot = this.slotOf(name);
    if (slot === undefined) return;
    this.#forgetImages(slot, this.nodeAt(slot));
    this.nodes[slot] = undefined;
    this.#touch(slot);
    this.placements.setNode(slot, undefined);
    this.#present.delete(name);
    this.#order = undefined;
    this.#release(name, slot);
  }

  /** Counts a bound pod; a pod that is counted already is counted as it now is. */
  setPod(key: string, pod: Pod): void {
    const { nodeName } = pod.spec;
    if (nodeName === undefined) assert(false, `pod ${key} has no node`);
    const amounts = podAmounts(pod);
    const before = this.#placed.get(key);
    if (before?.amounts === amounts && this.#slotOf.get(nodeName) === before.slot) {
      this.#reclassify(before, pod);
      return;
    }
    this.removePod(key);
    const slot = this.#slot(nodeName);
    const kind = this.placements.kindOf(pod);
    const placed = { key, slot, pod, amounts, kind };
    this.placements.countPriority(pod.spec.priority ?? 0, 1);
    this.#placed.set(key, placed);
    (this.#podsOf[slot] ??= new Map()).set(key, placed);
    this.putBack(placed);
  }

  /** Returns whether the pod was counted. */
  removePod(key: string): boolean {
    const placed = this.#placed.get(key);
    if (!placed) return false;
    const { slot, pod } = placed;
    this.#placed.delete(key);
    this.#podsOf[slot]?.delete(key);
    this.placements.countPriority(pod.spec.priority ?? 0, -1);
    this.lift(placed);
    if (!this.nodes[slot]) this.#release(pod.spec.nodeName ?? '', slot);
    return true;
  }

  /** Takes a pod out of all sums, to see what would be without it; {@link putBack} must follow. */
  lift({ slot, kind, amounts }: Readonly<PlacedPod>): void {
    this.#touch(slot);
    this.placements.count(slot, kind, -1);
    this.#count(slot, amounts, -1);
    const used = this.usedPorts[slot];
    if (used) for (const port of amounts.hostPorts) used.splice(used.indexOf(port), 1);
  }

  putBack({ slot, kind, amounts }: Readonly<PlacedPod>): void {
    this.#touch(slot);
    this.placements.count(slot, kind, 1);
    this.#count(slot, amounts, 1);
    if (amounts.hostPorts.length > 0) (this.usedPorts[slot] ??= []).push(...amounts.hostPorts);
  }

  /** The pod changed where it is; most changes are of its status alone. */
  #reclassify(placed: PlacedPod, pod: Pod): void {
    const { metadata, spec } = placed.pod;
    placed.pod = pod;
    if (
      metadata.labels === pod.metadata.labels &&
      metadata.deletionTimestamp === pod.metadata.deletionTimestamp &&
      spec.affinity === pod.spec.affinity
    )
      return;
    const kind = this.placements.kindOf(pod);
    if (kind === placed.kind) return;
    this.placements.count(placed.slot, placed.kind, -1);
    this.placements.count(placed.slot, kind, 1);
    placed.kind = kind;
  }

  #forgetImages(slot: number, node: Node): void {
    for (const { names } of node.status.images ?? [])
      for (const image of names) {
        const known = this.images.get(image);
        known?.slots.delete(slot);
        if (known?.slots.size === 0) this.images.delete(image);
      }
  }

  #count(slot: number, amounts: PodAmounts, sign: 1 | -1): void {
    add(this.requestedCpu, slot, sign * amounts.cpuMilli);
    add(this.requestedMemory, slot, sign * amounts.memoryBytes);
    add(this.requestedEphemeral, slot, sign * amounts.ephemeralStorageBytes);
    add(this.nonzeroCpu, slot, sign * amounts.nonzeroCpuMilli);
    add(this.nonzeroMemory, slot, sign * amounts.nonzeroMemoryBytes);
    this.podCount[slot] = (this.podCount[slot] as number) + sign;
    if (amounts.scalars.length === 0) return;
    const scalar = (this.requestedScalar[slot] ??= new Map<string, number>());
    for (const [name, amount] of amounts.scalars) scalar.set(name, (scalar.get(name) ?? 0) + sign * amount);
  }

  #intern(taints: readonly Taint[] | undefined): number {
    const plain = (taints ?? NO_TAINTS).map(({ key, value = '', effect }) => ({ key, value, effect }));
    const text = JSON.stringify(plain);
    let found = this.#taintClassOf.get(text);
    if (found === undefined) {
      found = this.taintClasses.push(plain) - 1;
      this.#taintClassOf.set(text, found);
    }
    return found;
  }

  #touch(slot: number): void {
    this.version[slot] = (this.version[slot] as number) + 1;
  }

  #slot(name: string): number {
    const known = this.#slotOf.get(name);
    if (known !== undefined) return known;
    const slot = this.#free.pop() ?? this.nodes.length;
    this.#slotOf.set(name, slot);
    if (slot === this.nodes.length) this.nodes.push(undefined);
    if (slot >= this.podCount.length) this.#grow();
    return slot;
  }

  /** Gives the slot back once neither node nor pods need it. */
  #release(name: string, slot: number): void {
    if ((this.#podsOf[slot]?.size ?? 0) > 0) return;
    this.#slotOf.delete(name);
    this.#free.push(slot);
    for (const numbers of this.#columns()) numbers[slot] = 0;
    this.allocatableScalar[slot] = undefined;
    this.requestedScalar[slot] = undefined;
    this.usedPorts[slot] = undefined;
  }

  #columns(): (Float64Array | Int32Array | Uint8Array)[] {
    return [
      this.allocatableCpu,
      this.allocatableMemory,
      this.allocatableEphemeral,
      this.allocatablePods,
      this.requestedCpu,
      this.requestedMemory,
      this.requestedEphemeral,
      this.nonzeroCpu,
      this.nonzeroMemory,
      this.podCount,
      this.unschedulable,
      this.taintClass,
    ];
  }

  #grow(): void {
    const length = this.podCount.length * 2;
    const float = (old: Float64Array): Float64Array<ArrayBuffer> => {
      const grown = new Float64Array(length);
      grown.set(old);
      return grown;
    };
    const int = (old: Int32Array): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(length);
      grown.set(old);
      return grown;
    };
    this.allocatableCpu = float(this.allocatableCpu);
    this.allocatableMemory = float(this.allocatableMemory);
    this.allocatableEphemeral = float(this.allocatableEphemeral);
    this.allocatablePods = float(this.allocatablePods);
    this.requestedCpu = float(this.requestedCpu);
    this.requestedMemory = float(this.requestedMemory);
    this.requestedEphemeral = float(this.requestedEphemeral);
    this.nonzeroCpu = float(this.nonzeroCpu);
    this.nonzeroMemory = float(this.nonzeroMemory);
    this.podCount = int(this.podCount);
    this.taintClass = int(this.taintClass);
    const version = new Int32Array(length).fill(1);
    version.set(this.version);
    this.version = version;
    const unschedulable = new Uint8Array(length);
    unschedulable.set(this.unschedulable);
    this.unschedulable = unschedulable;
  }

  #interleave(): Int32Array {
    const zones = new Map<string, number[]>();
    for (const name of this.#present) {
      const slot = this.#slotOf.get(name) as number;
      const zone = zoneOf(this.nodeAt(slot));
      const list = zones.get(zone);
      if (list) list.push(slot);
      else zones.set(zone, [slot]);
    }
    const out = new Int32Array(this.#present.size);
    let filled = 0;
    for (let round = 0; filled < out.length; round++)
      for (const list of zones.values()) if (round < list.length) out[filled++] = list[round] as number;
    return out;
  }
}

function add(to: Float64Array, slot: number, amount: number): void {
  to[slot] = (to[slot] as number) + amount;
}

/** Region and zone; empty when a node has neither. (component-helpers/node/topology GetZoneKey) */
function zoneOf(node: Node): string {
  const labels = node.metadata.labels ?? {};
  const zone = labels['failure-domain.beta.kubernetes.io/zone'] ?? labels['topology.kubernetes.io/zone'] ?? '';
  const region = labels['failure-domain.beta.kubernetes.io/region'] ?? labels['topology.kubernetes.io/region'] ?? '';
  return region === '' && zone === '' ? '' : `${region}:\0:${zone}`;
}
