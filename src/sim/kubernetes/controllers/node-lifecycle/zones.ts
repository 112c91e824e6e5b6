// How fast nodes are given up when many are sick at once.
// Models: pkg/controller/nodelifecycle/node_lifecycle_controller.go ComputeZoneState, ReducedQPSFunc (1.32).
import type { Node } from '../../objects.ts';

type ZoneState = 'Normal' | 'PartialDisruption' | 'FullDisruption';

const UNHEALTHY_ZONE_PERCENT = 55;
/** Up to this many nodes a cluster is small, and stops giving up nodes while a zone is partly down. */
const LARGE_CLUSTER_NODES = 50;
/** 0.1 nodes a second, and 0.01. */
const INTERVAL_MS = 10_000;
const REDUCED_INTERVAL_MS = 100_000;

export interface Zone {
  readonly ready: number;
  readonly notReady: number;
}

function zoneState({ ready, notReady }: Zone): ZoneState {
  if (ready === 0 && notReady > 0) return 'FullDisruption';
  if (notReady > 2 && notReady * 100 >= (notReady + ready) * UNHEALTHY_ZONE_PERCENT) return 'PartialDisruption';
  return 'Normal';
}

/** Milliseconds between two nodes of a zone that are given up; undefined for none at all. */
export function evictionIntervalMs(zone: Zone, all: readonly Zone[]): number | undefined {
  if (all.every((each) => zoneState(each) === 'FullDisruption')) return undefined;
  if (zoneState(zone) !== 'PartialDisruption') return INTERVAL_MS;
  return zone.ready + zone.notReady > LARGE_CLUSTER_NODES ? REDUCED_INTERVAL_MS : undefined;
}

/** Region and zone of a node. */
export function zoneKey(node: Node): string {
  const { labels = {} } = node.metadata;
  return `${labels['topology.kubernetes.io/region'] ?? ''}:${labels['topology.kubernetes.io/zone'] ?? ''}`;
}

export function zonesOf(nodes: Iterable<Node>): ReadonlyMap<string, Zone> {
  const zones = new Map<string, { ready: number; notReady: number }>();
  for (const node of nodes) {
    const key = zoneKey(node);
    const zone = zones.get(key) ?? { ready: 0, notReady: 0 };
    zones.set(key, zone);
    const ready = node.status.conditions?.find((condition) => condition.type === 'Ready');
    if (ready?.status === 'True') zone.ready++;
    else zone.notReady++;
  }
  return zones;
}
