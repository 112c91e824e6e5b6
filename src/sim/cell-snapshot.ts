// What the picture of a large cell needs: a few numbers for each node, in typed arrays that a worker can hand over, and
// sums over all pods. They are kept up to date by what the store announces, so that a frame costs the same with ten
// pods as with a hundred thousand. It is an observer: it writes nothing, draws nothing from a stream, and is no part of
// the world's state. After a jump in time everything is counted anew (`recount`).
// Nodes stand in the order of the picture: by pool, then zone, then name. The pool is the label of a GKE node pool, or
// `harbour.example/pool`; the rack is `harbour.example/rack`.
import type { Node, Pod } from './kubernetes/objects.ts';
import { isPodReady, isPodTerminal, podRequests } from './kubernetes/pods.ts';
import { intValue, milliValue } from './kubernetes/quantity.ts';
import { snapshot, workloadOf, workloads, type ClusterSnapshot, type SnapshotSource } from './snapshot.ts';

const POOLS = ['cloud.google.com/gke-nodepool', 'harbour.example/pool'] as const;
const ZONE = 'topology.kubernetes.io/zone';
const RACK = 'harbour.example/rack';
const MI = 1_048_576;

/** Colours there are for workloads; the ninth shares with the first. */
export const COLOURS = 8;
/** Sums by workload are counted up to so many nodes: more of them are drawn as plain tiles. */
const STRIPED_NODES = 1_200;
/** Above so many nodes nobody keeps the berths of boxes (stowage.ts). */
const BERTHED_NODES = 128;

/** Bits of {@link CellLoad.flags}. */
export const NOT_READY = 1;
export const CORDONED = 2;
export const TAINTED = 4;

/** What does not change while nodes neither come nor go. All lists have one entry a node, in the order of the picture. */
export interface CellMap {
  readonly names: readonly string[];
  readonly pools: readonly string[];
  readonly zones: readonly string[];
  readonly racks: readonly string[];
  /** Which of `pools`, `zones` and `racks`. */
  readonly pool: Uint8Array;
  readonly zone: Uint8Array;
  readonly rack: Uint16Array;
  /** Allocatable. */
  readonly cpuMilli: Int32Array;
  readonly memoryMi: Int32Array;
  readonly podsMost: Uint16Array;
}

interface CellCounts {
  readonly pods: number;
  /** Bound to a node, and not finished. */
  readonly bound: number;
  readonly running: number;
  readonly ready: number;
  /** Bound to no node. */
  readonly waiting: number;
  readonly nodes: number;
  readonly notReady: number;
}

export interface CellLoad {
  /** Sums of requests. */
  readonly cpuMilli: Int32Array;
  readonly memoryMi: Int32Array;
  readonly pods: Uint16Array;
  readonly flags: Uint8Array;
  /** For each node and each workload colour: CPU, memory, pods. Left out in the largest cells. */
  readonly stripes?: Stripes;
  readonly counts: CellCounts;
}

interface Stripes {
  readonly cpuMilli: Int32Array;
  readonly memoryMi: Int32Array;
  readonly pods: Uint16Array;
}

export class CellView {
  readonly #world: SnapshotSource;
  #map: CellMap | undefined;
  #index = new Map<string, number>();
  #cpu = new Int32Array(0);
  #memory = new Int32Array(0);
  #pods = new Uint16Array(0);
  #flags = new Uint8Array(0);
  #stripes: Stripes | undefined;
  #colours = new Map<string, number>();
  #counts = { pods: 0, bound: 0, running: 0, ready: 0, waiting: 0, notReady: 0 };

  constructor(world: SnapshotSource) {
    this.#world = world;
    world.store.subscribe('nodes', ({ type, object }) => {
      if (!this.#map) return;
      if (type === 'MODIFIED') this.#flag(object);
      else this.#map = undefined;
    });
    world.store.subscribe('pods', ({ type, object, before }) => {
      if (!this.#map) return;
      if (before) this.#count(before, -1);
      if (type !== 'DELETED') this.#count(object, 1);
    });
  }

  /** Forgets what was counted; the next look counts anew. */
  recount(): void {
    this.#map = undefined;
  }

  /** The nodes as they stand. Another object only when they were counted anew. */
  get map(): CellMap {
    return this.#map ?? this.#begin();
  }

  /** The numbers of this moment, in arrays of their own: whoever gets them may give them away. */
  load(): CellLoad {
    const { names } = this.map;
    const stripes = this.#stripes;
    return {
      cpuMilli: this.#cpu.slice(),
      memoryMi: this.#memory.slice(),
      pods: this.#pods.slice(),
      flags: this.#flags.slice(),
      ...(stripes && {
        stripes: {
          cpuMilli: stripes.cpuMilli.slice(),
          memoryMi: stripes.memoryMi.slice(),
          pods: stripes.pods.slice(),
        },
      }),
      counts: { ...this.#counts, nodes: names.length },
    };
  }

  /** These nodes with every pod on them, as the picture of a small cluster has them. */
  look(nodes: ReadonlySet<string> | 'all'): ClusterSnapshot {
    const { sim, store, kubelets, traffic, processes, stowage } = this.#world;
    const berthed = store.size('nodes') <= BERTHED_NODES;
    const source = {
      sim,
      store,
      kubelets,
      traffic,
      ...(processes && { processes }),
      ...(berthed && stowage && { stowage }),
    };
    return snapshot(source, { ledgerRows: 0, ...(nodes === 'all' ? {} : { nodes }) });
  }

  #begin(): CellMap {
    const { store } = this.#world;
    const nodes = [...store.values('nodes')].sort(inOrder);
    const many = nodes.length;
    const pools = new Names();
    const zones = new Names();
    const racks = new Names();
    const map = {
      names: nodes.map((node) => node.metadata.name),
      pools: pools.list,
      zones: zones.list,
      racks: racks.list,
      pool: Uint8Array.from(nodes, (node) => pools.at(poolOf(node))),
      // Zones stand from left to right in alphabetical order, whichever pool comes first.
      zone: new Uint8Array(many),
      rack: Uint16Array.from(nodes, (node) => racks.at(rackOf(node))),
      cpuMilli: Int32Array.from(nodes, (node) => milliValue(node.status.allocatable['cpu'] ?? '0')),
      memoryMi: Int32Array.from(nodes, (node) => Math.floor(intValue(node.status.allocatable['memory'] ?? '0') / MI)),
      podsMost: Uint16Array.from(nodes, (node) => intValue(node.status.allocatable['pods'] ?? '0')),
    };
    for (const zone of [...new Set(nodes.map(zoneOf))].sort(byText)) zones.at(zone);
    nodes.forEach((node, i) => (map.zone[i] = zones.at(zoneOf(node))));
    this.#map = map;
    this.#index = new Map(map.names.map((name, i) => [name, i]));
    this.#cpu = new Int32Array(many);
    this.#memory = new Int32Array(many);
    this.#pods = new Uint16Array(many);
    this.#flags = new Uint8Array(many);
    this.#stripes =
      many <= STRIPED_NODES
        ? {
            cpuMilli: new Int32Array(many * COLOURS),
            memoryMi: new Int32Array(many * COLOURS),
            pods: new Uint16Array(many * COLOURS),
          }
        : undefined;
    this.#counts = { pods: 0, bound: 0, running: 0, ready: 0, waiting: 0, notReady: 0 };
    this.#colours.clear();
    for (const node of nodes) this.#flag(node);
    for (const pod of store.values('pods')) this.#count(pod, 1);
    return map;
  }

  #flag(node: Node): void {
    const i = this.#index.get(node.metadata.name);
    if (i === undefined) return;
    const ready = node.status.conditions?.find((c) => c.type === 'Ready')?.status === 'True';
    const tainted = node.spec.taints?.some((t) => !t.key.startsWith('node.kubernetes.io/')) === true;
    const flags = (ready ? 0 : NOT_READY) | (node.spec.unschedulable === true ? CORDONED : 0) | (tainted ? TAINTED : 0);
    this.#counts.notReady += (flags & NOT_READY) - ((this.#flags[i] ?? 0) & NOT_READY);
    this.#flags[i] = flags;
  }

  /** Counts a pod in (1) or out (-1). */
  #count(pod: Pod, by: 1 | -1): void {
    const counts = this.#counts;
    counts.pods += by;
    const node = pod.spec.nodeName;
    const over = isPodTerminal(pod);
    if (node === undefined) {
      if (!over) counts.waiting += by;
      return;
    }
    if (over) return;
    counts.bound += by;
    if (pod.status.phase === 'Running') counts.running += by;
    if (isPodReady(pod)) counts.ready += by;
    const i = this.#index.get(node);
    if (i === undefined) return;
    const { cpuMilli, memoryBytes } = podRequests(pod);
    const memoryMi = Math.ceil(memoryBytes / MI);
    add(this.#cpu, i, by * cpuMilli);
    add(this.#memory, i, by * memoryMi);
    add(this.#pods, i, by);
    const stripes = this.#stripes;
    if (!stripes) return;
    const at = i * COLOURS + this.#colour(pod);
    add(stripes.cpuMilli, at, by * cpuMilli);
    add(stripes.memoryMi, at, by * memoryMi);
    add(stripes.pods, at, by);
  }

  /** The colour that the picture of a single node gives to its workload. A pod keeps it until all is counted anew. */
  #colour(pod: Pod): number {
    const owner = pod.metadata.ownerReferences?.find((o) => o.controller)?.uid ?? pod.metadata.uid;
    let colour = this.#colours.get(owner);
    if (colour === undefined) {
      const { store } = this.#world;
      const key = workloadOf(store, pod);
      colour = workloads(store).find((one) => one.key === key)?.colour ?? 0;
      this.#colours.set(owner, colour);
    }
    return colour;
  }
}

function add(to: Int32Array | Uint16Array, i: number, by: number): void {
  to[i] = (to[i] ?? 0) + by;
}

class Names {
  readonly list: string[] = [];
  readonly #at = new Map<string, number>();

  at(name: string): number {
    let i = this.#at.get(name);
    if (i === undefined) {
      i = this.list.push(name) - 1;
      this.#at.set(name, i);
    }
    return i;
  }
}

function poolOf({ metadata }: Node): string {
  for (const key of POOLS) {
    const pool = metadata.labels?.[key];
    if (pool !== undefined) return pool;
  }
  return '';
}

function zoneOf({ metadata }: Node): string {
  return metadata.labels?.[ZONE] ?? '';
}

function rackOf({ metadata }: Node): string {
  return metadata.labels?.[RACK] ?? '';
}

/** By pool in the order of their first nodes' creation would move with the nodes; so by name, and numbers as numbers. */
function inOrder(a: Node, b: Node): number {
  return byText(poolOf(a), poolOf(b)) || byText(zoneOf(a), zoneOf(b)) || byNumber(a.metadata.name, b.metadata.name);
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `n-2` before `n-10`. */
function byNumber(a: string, b: string): number {
  const [, headA = a, tailA = ''] = /^(.*?)(\d*)$/.exec(a) ?? [];
  const [, headB = b, tailB = ''] = /^(.*?)(\d*)$/.exec(b) ?? [];
  return byText(headA, headB) || Number(tailA) - Number(tailB) || byText(a, b);
}
