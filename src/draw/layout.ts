// Where everything stands: the shore with its Services and its quay, the lanes of the channels, and one slot a node.
// Wide pictures have the shore on the left and the nodes side by side; narrow ones have it on top and the nodes under
// each other, so that no label ever shrinks. Heights depend on the snapshot only through `Room`, so that a picture can
// be asked to keep the height of its fullest moment.
import type { ClusterSnapshot, NodeSnapshot, PodSnapshot, ServiceSnapshot } from '../sim/snapshot.ts';
import { BAY, type BayPlace } from './bay.ts';
import { clockHeight, CLOCKS_MOST, CLOCK } from './clocks.ts';
import type { Box } from './shapes.ts';

/** What a picture must have room for, beside its nodes. */
export interface Room {
  /** Height of the clocks under each node, px. */
  readonly clocks: readonly number[];
  /** Lines of text on the shore for each Service, in order. */
  readonly services: readonly number[];
  /** Pods that no node has yet. */
  readonly quay: number;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly narrow: boolean;
  readonly shore: Box;
  /** One row of text a Service; the buoy floats at (`buoyX`, `y`). */
  readonly services: readonly { readonly service: ServiceSnapshot; readonly y: number; readonly lines: number }[];
  readonly buoyX: number;
  /** Each Service's own upright line beside the nodes. */
  readonly trunks: readonly number[];
  /** How many channels may run side by side above a bay. */
  readonly lanes: number;
  readonly quay: Box;
  readonly bays: readonly BayPlace[];
  readonly remark: Box | undefined;
}

/** Below this width the shore lies on top. */
const SHORE_ON_TOP = 760;
/** Below this width nodes stand under each other. */
const ONE_COLUMN = 400;
const LINE = 16;
const SERVICE_GAP = 14;
/** Between the lines of two Services. */
const LANE = 10;
/** Quay places in one row of boxes. */
const QUAY = { height: 46, label: 22 } as const;
/** The least width of a bay side by side with others. */
const SLOT_LEAST = { wide: 190, tight: 178, bare: 150 } as const;
const SLOT_GAP = 8;
/** Height of a hold: in a column of single bays lower, or the picture would not fit a phone. */
const HOLD = { wide: 186, tight: 180, alone: 142 } as const;

export function roomOf(snapshot: ClusterSnapshot, withClocks = true): Room {
  return {
    clocks: snapshot.nodes.map((node) => (withClocks ? clocksHeight(clockedPods(snapshot, node)) : 0)),
    services: snapshot.services.map((service) => (callersOf(snapshot, service).length > 0 ? 4 : 2)),
    quay: quayPods(snapshot).length,
  };
}

/** Room for both. */
export function mostRoom(a: Room, b: Room): Room {
  const most = (x: readonly number[], y: readonly number[]) =>
    (x.length >= y.length ? x : y).map((_, i) => Math.max(x[i] ?? 0, y[i] ?? 0));
  return { clocks: most(a.clocks, b.clocks), services: most(a.services, b.services), quay: Math.max(a.quay, b.quay) };
}

/**
 * @param needed what this moment needs
 * @param kept what the fullest moment needs; nodes in one column do not keep it, the picture would grow too long
 */
export function layout(
  snapshot: ClusterSnapshot,
  width: number,
  needed: Room,
  kept: Room | undefined,
  remarkLines: number,
): Layout {
  const most = kept ? mostRoom(kept, needed) : needed;
  const room = width < ONE_COLUMN ? { ...most, clocks: needed.clocks } : most;
  const narrow = width < SHORE_ON_TOP;
  const margin = narrow ? 8 : 14;
  const lanes = Math.max(1, room.services.length);
  const remark = remarkLines > 0 ? 30 + remarkLines * 18 : 0;
  // A shore on top has room for two things in one line.
  const rows = narrow ? room.services.map((lines) => lines / 2) : room.services;
  const listHeight = rows.reduce((sum, lines) => sum + lines * LINE + SERVICE_GAP, 0);
  const quayHeight = narrow && room.quay > 0 ? QUAY.label + QUAY.height + 10 : 0;
  const shoreWidth = narrow ? width : Math.round(Math.min(150, Math.max(118, width * 0.14)));
  const shoreHeight = narrow ? Math.max(36, listHeight + quayHeight + 8) : 0;
  const lanesHeight = 14 + lanes * LANE + (narrow ? -4 : 8);

  const top = remark + (narrow ? shoreHeight + 18 : 0);
  const left = narrow ? 14 + lanes * LANE : shoreWidth + 34 + lanes * LANE;
  const { bays, bottom } = placeBays(snapshot, room, {
    x: left,
    y: top,
    width: width - margin - left,
    lanesHeight,
    narrow,
  });
  const height = Math.max(bottom + margin - 6, remark + listHeight + 60);
  // On the left the first buoy floats at the height of its own channels.
  const first = narrow ? remark + 18 : remark + lanesHeight - 10 - (lanes - 1) * LANE;
  let y = first;
  const services = snapshot.services.map((service, i) => {
    const lines = rows[i] ?? (narrow ? 1 : 2);
    const at = { service, y, lines };
    y += lines * LINE + SERVICE_GAP;
    return at;
  });
  const under = first + listHeight;
  return {
    width,
    height,
    narrow,
    shore: narrow ? { x: 0, y: remark, width, height: shoreHeight } : { x: 0, y: 0, width: shoreWidth, height },
    services,
    buoyX: shoreWidth + 14,
    trunks: snapshot.services.map((_, i) => (narrow ? 14 : shoreWidth + 30) + i * LANE),
    lanes,
    quay: narrow
      ? { x: 24 + lanes * LANE, y: remark + 6 + listHeight, width: width - 32 - lanes * LANE, height: quayHeight }
      : { x: margin, y: under, width: shoreWidth - margin - 14, height: height - under - margin },
    bays,
    remark:
      remark > 0
        ? {
            x: narrow ? margin : left,
            y: narrow ? 8 : 10,
            width: width - margin - (narrow ? margin : left),
            height: remark - 12,
          }
        : undefined,
  };
}

/** Nodes in rows, all holds of one size; a row is as high as its fullest node needs. */
function placeBays(
  snapshot: ClusterSnapshot,
  room: Room,
  area: {
    readonly x: number;
    readonly y: number;
    readonly width: number;
    readonly lanesHeight: number;
    readonly narrow: boolean;
  },
): { readonly bays: readonly BayPlace[]; readonly bottom: number } {
  const count = snapshot.nodes.length;
  // Without clocks under them, nodes stand side by side in half a page.
  const bare = room.clocks.every((height) => height === 0);
  const least = area.narrow ? (bare ? SLOT_LEAST.bare : SLOT_LEAST.tight) : SLOT_LEAST.wide;
  const columns = Math.max(1, Math.min(count, Math.floor((area.width + SLOT_GAP) / (least + SLOT_GAP))));
  // The first of a row is wider by its memory scale.
  const scaleWidth = BAY.left - BAY.plain;
  const slotWidth = (area.width - scaleWidth - SLOT_GAP * (columns - 1)) / columns;
  const holdHeight = columns === 1 ? HOLD.alone : area.narrow ? HOLD.tight : HOLD.wide;
  const slotHeight = BAY.freeboard + holdHeight + BAY.reserved + BAY.bottom + BAY.footer;
  const bays: BayPlace[] = [];
  let y = area.y;
  for (let row = 0; row * columns < count; row++) {
    const inRow = snapshot.nodes.slice(row * columns, (row + 1) * columns);
    inRow.forEach((node, i) => {
      const scale = i === 0;
      const x = area.x + i * (slotWidth + SLOT_GAP) + (scale ? 0 : scaleWidth);
      const width = slotWidth + (scale ? scaleWidth : 0);
      bays.push(place(node, { x, y: y + area.lanesHeight, width, height: slotHeight, scale, holdHeight }));
    });
    y += area.lanesHeight + slotHeight + Math.max(0, ...inRow.map((_, i) => room.clocks[row * columns + i] ?? 0)) + 10;
  }
  return { bays, bottom: y };
}

function place(node: NodeSnapshot, at: Box & { readonly scale: boolean; readonly holdHeight: number }): BayPlace {
  const { x, y, width, height, scale, holdHeight } = at;
  const left = x + (scale ? BAY.left : BAY.plain) + BAY.wall;
  const hold = { x: left, y: y + BAY.freeboard, width: x + width - BAY.right - BAY.wall - left, height: holdHeight };
  return { node, slot: { x, y, width, height }, hold, reserved: BAY.reserved, scale };
}

/** Where the channels of the `i`th Service run above a bay: the first highest. */
export function laneY(of: Layout, bay: BayPlace, i: number): number {
  return bay.slot.y - 10 - (of.lanes - 1 - i) * LANE;
}

/** Pods of a node whose clocks are told, those with the most to tell first. */
export function clockedPods(snapshot: ClusterSnapshot, node: NodeSnapshot): readonly PodSnapshot[] {
  const place = (pod: PodSnapshot) => (pod.berth?.y ?? 0) * 1000 + (pod.berth?.x ?? 0);
  return snapshot.pods
    .filter((pod) => pod.node === node.name && pod.phase !== 'Succeeded' && pod.phase !== 'Failed' && !pod.terminating)
    .sort((a, b) => b.probes.length - a.probes.length || place(a) - place(b) || (a.key < b.key ? -1 : 1));
}

function clocksHeight(pods: readonly PodSnapshot[]): number {
  const shown = pods.slice(0, CLOCKS_MOST);
  const more = pods.length > shown.length ? CLOCK.header : 0;
  return shown.reduce((sum, pod) => sum + clockHeight(pod), more);
}

export function quayPods(snapshot: ClusterSnapshot): readonly PodSnapshot[] {
  return snapshot.pods.filter((pod) => pod.node === null && pod.phase === 'Pending');
}

/** Clients that call a Service, by the host of their address. */
export function callersOf(snapshot: ClusterSnapshot, service: ServiceSnapshot): ClusterSnapshot['clients'] {
  return snapshot.clients.filter(({ url }) => hostOf(url) === service.name);
}

function hostOf(url: string): string {
  return url.replace(/^\w+:\/\//, '').split(/[.:/]/)[0] ?? '';
}
