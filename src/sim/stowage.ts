// Where each pod's box stands in its node, kept over time: a box gets its place when the pod is bound and keeps it until
// the pod is gone, so that a picture does not reshuffle, and so that going back in time finds the same picture again.
// It belongs to the world and not to the drawing because it depends on the past. It models nothing of Kubernetes: the
// scheduler knows sums, not places.
//
// A place is in thousandths of the node's allocatable CPU (across) and memory (up). Boxes that ask for almost nothing
// are drawn at a least size, or nobody could read their letter; a node may therefore look full before it is.
import type { Simulation } from './engine/simulation.ts';
import type { Node, Pod } from './kubernetes/objects.ts';
import { isPodTerminal, podRequests } from './kubernetes/pods.ts';
import { intValue, milliValue } from './kubernetes/quantity.ts';
import type { Store } from './kubernetes/store.ts';

export interface Berth {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Stowage {
  /** Undefined for a pod that is bound to no node, or when the world is too large to be drawn by the box. */
  berth(podUid: string): Berth | undefined;
}

/** Above this many nodes no picture shows single boxes. */
const NODES = 128;
const FULL = 1000;
const LEAST = { width: 200, height: 180 } as const;

interface State {
  readonly aboard: readonly (readonly [node: string, readonly (readonly [uid: string, Berth])[]])[];
}

export function createStowage(sim: Simulation, store: Store): Stowage {
  let aboard = new Map<string, Map<string, Berth>>();
  let byUid = new Map<string, Berth>();
  sim.register<State>({
    name: 'stowage',
    save: () => ({ aboard: [...aboard].map(([node, berths]) => [node, [...berths]] as const) }),
    load: (state) => {
      aboard = new Map(state.aboard.map(([node, berths]) => [node, new Map(berths)]));
      byUid = new Map(state.aboard.flatMap(([, berths]) => berths));
    },
  });
  store.subscribe('pods', ({ type, object: pod }) => {
    const node = pod.spec.nodeName;
    if (node === undefined) return;
    const { uid } = pod.metadata;
    if (type === 'DELETED') {
      aboard.get(node)?.delete(uid);
      byUid.delete(uid);
      return;
    }
    if (byUid.has(uid) || store.size('nodes') > NODES || isPodTerminal(pod)) return;
    const hull = store.get('nodes', node);
    if (!hull) return;
    const berths = aboard.get(node) ?? new Map<string, Berth>();
    const berth = stow([...berths.values()], boxSize(allocatable(hull), requestsOf(pod)));
    berths.set(uid, berth);
    aboard.set(node, berths);
    byUid.set(uid, berth);
  });
  return { berth: (uid) => byUid.get(uid) };
}

/** Berths for pods that come aboard an empty node in this order. */
export function berthsOf(
  room: Size,
  pods: readonly { readonly uid: string; readonly requests: Size }[],
): ReadonlyMap<string, Berth> {
  const out = new Map<string, Berth>();
  for (const { uid, requests } of pods) out.set(uid, stow([...out.values()], boxSize(room, requests)));
  return out;
}

/** Where a box with these requests would come to stand beside those that are aboard. */
export function berthFor(aboard: readonly Berth[], room: Size, requests: Size): Berth {
  return stow(aboard, boxSize(room, requests));
}

interface Size {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
}

function boxSize(room: Size, requests: Size): { width: number; height: number } {
  const share = (part: number, whole: number) => (whole > 0 ? Math.floor((part * FULL) / whole) : 0);
  return {
    width: Math.min(FULL, Math.max(LEAST.width, share(requests.cpuMilli, room.cpuMilli))),
    height: Math.min(FULL, Math.max(LEAST.height, share(requests.memoryBytes, room.memoryBytes))),
  };
}

/**
 * The lowest free place, leftmost among equals. Boxes whose requests fit the node always find one side by side when no
 * gap was left by those gone; otherwise the box goes on top, if need be above the rim.
 */
function stow(aboard: readonly Berth[], size: { readonly width: number; readonly height: number }): Berth {
  const xs = [0];
  const ys = [0];
  for (const { x, y, width, height } of aboard) {
    insert(xs, x + width);
    insert(ys, y + height);
  }
  for (const y of ys)
    for (const x of xs) {
      if (x + size.width > FULL) break;
      if (isFree(aboard, x, y, size.width, size.height)) return { x, y, ...size };
    }
  return { x: 0, y: ys.at(-1) ?? 0, ...size };
}

/** Into a list that is in order and holds each number once. */
function insert(list: number[], value: number): void {
  let i = list.length;
  while (i > 0 && (list[i - 1] as number) > value) i--;
  if (i === 0 || list[i - 1] !== value) list.splice(i, 0, value);
}

function isFree(aboard: readonly Berth[], x: number, y: number, width: number, height: number): boolean {
  for (const b of aboard)
    if (x < b.x + b.width && b.x < x + width && y < b.y + b.height && b.y < y + height) return false;
  return true;
}

function allocatable(node: Node): Size {
  const { cpu = '0', memory = '0' } = node.status.allocatable;
  return { cpuMilli: milliValue(cpu), memoryBytes: intValue(memory) };
}

function requestsOf(pod: Pod): Size {
  const { cpuMilli, memoryBytes } = podRequests(pod);
  return { cpuMilli, memoryBytes };
}
