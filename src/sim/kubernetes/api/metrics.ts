// metrics.k8s.io/v1beta1: what nodes and pods use, as metrics-server serves it to `kubectl top` (metrics-server 0.7,
// pkg/api). Nothing is stored; see ../metrics.ts for where the numbers come from.
import { formatTime } from '../../engine/time.ts';
import type { Cluster } from '../cluster.ts';
import type { Metrics } from '../metrics.ts';
import type { AnyObject, ObjectMeta } from '../objects.ts';
import { failure, type Status } from './status.ts';

export const METRICS = { group: 'metrics.k8s.io', version: 'v1beta1' } as const;
export const metricsKinds = [
  { resource: 'nodes', kind: 'NodeMetrics', namespaced: false, ...METRICS },
  { resource: 'pods', kind: 'PodMetrics', namespaced: true, ...METRICS },
] as const;

interface MetricsRequest {
  readonly resource: 'nodes' | 'pods';
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly matches: (object: AnyObject) => boolean;
}

/** The objects asked for, or why not. */
export function readMetrics(
  { sim, store }: Cluster,
  metrics: Metrics | undefined,
  { resource, namespace, name, matches }: MetricsRequest,
): { readonly items: readonly unknown[] } | { readonly status: Status } {
  if (!metrics) {
    const message = `the server is currently unable to handle the request (get ${resource}.metrics.k8s.io)`;
    return { status: failure(503, 'ServiceUnavailable', message, {}) };
  }
  const head = (metadata: ObjectMeta, timestamp: number, windowMs: number) => ({
    metadata: {
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      creationTimestamp: store.timestamp,
      ...(metadata.labels ? { labels: metadata.labels } : {}),
    },
    timestamp: formatTime(sim.epochMs + timestamp),
    window: `${String(windowMs / 1000)}s`,
  });
  const selected = (object: AnyObject) => (name === undefined || object.metadata.name === name) && matches(object);
  const items: unknown[] = [];
  if (resource === 'nodes') {
    const used = metrics.nodeUsage();
    for (const node of store.list('nodes')) {
      const usage = selected(node) ? used.get(node.metadata.name) : undefined;
      if (!usage) continue;
      items.push({ ...head(node.metadata, usage.timestamp, usage.windowMs), usage: quantities(usage) });
    }
  } else
    for (const pod of store.list('pods', namespace)) {
      const usage = selected(pod) ? metrics.podUsage(pod) : undefined;
      if (!usage) continue;
      const containers = usage.containers.map((used) => ({ name: used.name, usage: quantities(used) }));
      items.push({ ...head(pod.metadata, usage.timestamp, usage.windowMs), containers });
    }
  if (name === undefined || items.length > 0) return { items };
  const kind = resource === 'nodes' ? 'nodemetrics' : 'podmetrics';
  const key = namespace === undefined ? name : `${namespace}/${name}`;
  const details = { name: key, group: METRICS.group, kind };
  return { status: failure(404, 'NotFound', `${kind}.${METRICS.group} "${key}" not found`, details) };
}

function quantities({ cpuMillis, memoryBytes }: { readonly cpuMillis: number; readonly memoryBytes: number }) {
  return {
    cpu: cpuMillis === 0 ? '0' : `${String(cpuMillis * 1_000_000)}n`,
    memory: `${String(Math.floor(memoryBytes / 1024))}Ki`,
  };
}
