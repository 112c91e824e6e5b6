// What the pods and nodes use, as the resource metrics API tells it: the one source for `kubectl top`, the metrics API
// and the autoscaler. Models metrics-server 0.7 (pkg/scraper, pkg/storage) with its default resolution of 15 s.
// A scrape is not an event. Its moments are the whole multiples of 15 s of the world's clock, and what it would have
// found is computed when somebody asks: a container counts from the first scrape that comes at least ten seconds after
// its start, and a pod from the first at which all its containers count.
// CPU is the mean of the time between the last two scrapes. Departures: memory is the present one, not that of the scrape;
// of a batch job and a script the present CPU is shown. Both are read from the processes without disturbing them. A node uses what its pods use: its system and its kubelet use nothing.
import { parseTime } from '../engine/time.ts';
import type { Processes } from '../workload/process.ts';
import type { Cluster } from './cluster.ts';
import type { Kubelets } from './kubelet/contract.ts';
import type { Pod } from './objects.ts';

interface Usage {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

interface ContainerUsage extends Usage {
  readonly name: string;
}

export interface PodUsage {
  /** The scrape that it comes from, in virtual milliseconds. */
  readonly timestamp: number;
  /** The time that the CPU use is a mean of. */
  readonly windowMs: number;
  /** Running containers in the order of the pod, restartable init containers first. */
  readonly containers: readonly ContainerUsage[];
}

interface NodeUsage extends Usage {
  readonly timestamp: number;
  readonly windowMs: number;
}

export interface Metrics {
  /** Undefined while there is no metric of the pod: it does not run, or has not been scraped with all its containers. */
  podUsage(pod: Pod): PodUsage | undefined;
  /** By name, all nodes that have been scraped: those whose machine runs. */
  nodeUsage(): ReadonlyMap<string, NodeUsage>;
}

export interface MetricsDeps {
  readonly processes: Pick<Processes, 'usage' | 'scrapedCpuMilli'>;
  readonly kubelets: Pick<Kubelets, 'processOf' | 'lastHeartbeat'>;
}

const RESOLUTION_MS = 15_000;
/** A younger container has no two points to take a difference of. (freshContainerMinMetricsResolution) */
const FRESH_MS = 10_000;
/** A kubelet renews its lease every 10 s; one that is silent for longer than a scrape answers no scrape either. */
const SILENT_MS = 20_000;

export function createMetrics(cluster: Cluster, { processes, kubelets }: MetricsDeps): Metrics {
  const { sim, store } = cluster;
  const lastScrape = () => Math.floor(sim.now / RESOLUTION_MS) * RESOLUTION_MS;

  function podUsage(pod: Pod): PodUsage | undefined {
    if (pod.spec.nodeName === undefined || pod.status.phase !== 'Running') return undefined;
    if (isSilent(pod.spec.nodeName)) return undefined;
    const timestamp = lastScrape();
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
    const containers: ContainerUsage[] = [];
    let windowMs = RESOLUTION_MS;
    for (const { name, state } of [...initContainerStatuses, ...containerStatuses]) {
      if (!state.running) continue;
      const startedAt = (parseTime(state.running.startedAt) ?? sim.epochMs) - sim.epochMs;
      const age = timestamp - startedAt;
      if (age < FRESH_MS) return undefined;
      windowMs = Math.min(windowMs, age);
      const id = kubelets.processOf(pod.metadata.uid, name);
      const cpuMillis = id === undefined ? 0 : processes.scrapedCpuMilli(id);
      containers.push({ name, cpuMillis, memoryBytes: id === undefined ? 0 : processes.usage(id).memoryBytes });
    }
    return containers.length === 0 ? undefined : { timestamp, windowMs, containers };
  }

  function isSilent(node: string): boolean {
    return sim.now - kubelets.lastHeartbeat(node) > SILENT_MS;
  }

  return {
    podUsage,
    nodeUsage() {
      const timestamp = lastScrape();
      const out = new Map<string, NodeUsage>();
      if (timestamp === 0) return out;
      for (const { metadata } of store.list('nodes'))
        if (!isSilent(metadata.name))
          out.set(metadata.name, { timestamp, windowMs: RESOLUTION_MS, cpuMillis: 0, memoryBytes: 0 });
      for (const pod of store.values('pods')) {
        const node = out.get(pod.spec.nodeName ?? '');
        if (!node) continue;
        let { cpuMillis, memoryBytes } = node;
        for (const container of podUsage(pod)?.containers ?? []) {
          cpuMillis += container.cpuMillis;
          memoryBytes += container.memoryBytes;
        }
        out.set(pod.spec.nodeName ?? '', { ...node, cpuMillis, memoryBytes });
      }
      return out;
    },
  };
}
