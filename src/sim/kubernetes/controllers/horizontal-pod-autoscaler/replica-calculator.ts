// How many replicas a metric asks for: the arithmetic of the autoscaler, as pure functions.
// Models: pkg/controller/podautoscaler/replica_calculator.go and metrics/utilization.go (1.32), in the same order of
// operations on doubles and with the same whole divisions. Values are in thousandths, times in Unix milliseconds.
import { parseTime } from '../../../engine/time.ts';
import type { Pod } from '../../objects.ts';
import { isPodReady, podCondition } from '../../pods.ts';
import { milliValue } from '../../quantity.ts';

export interface CalculatorSettings {
  /** --horizontal-pod-autoscaler-tolerance */
  readonly tolerance: number;
  /** --horizontal-pod-autoscaler-cpu-initialization-period */
  readonly cpuInitializationMs: number;
  /** --horizontal-pod-autoscaler-initial-readiness-delay */
  readonly initialReadinessDelayMs: number;
}

export interface PodMetric {
  readonly timestamp: number;
  readonly windowMs: number;
  readonly value: number;
}
/** By the names of pods. */
export type PodMetrics = ReadonlyMap<string, PodMetric>;

interface Sized {
  readonly replicas: number;
}
type Proposal<T> = (Sized & T) | { readonly error: string };
export type UtilizationProposal = Proposal<{ readonly utilization: number; readonly rawValue: number }>;
export type UsageProposal = Proposal<{ readonly usage: number }>;

interface PodGroups {
  readonly readyCount: number;
  readonly unready: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
}

/** The parts of a pod that are read. */
export type MeasuredPod = Pick<Pod, 'spec' | 'status'> & {
  readonly metadata: Pick<Pod['metadata'], 'name' | 'deletionTimestamp'>;
};

/** Pods whose metric counts, and those whose does not, by the reason. */
export function groupPods(
  pods: readonly MeasuredPod[],
  metrics: PodMetrics,
  resource: string,
  settings: CalculatorSettings,
  now: number,
): PodGroups {
  let readyCount = 0;
  const unready = new Set<string>();
  const missing = new Set<string>();
  const ignored = new Set<string>();
  for (const pod of pods) {
    const { name } = pod.metadata;
    const metric = metrics.get(name);
    if (pod.metadata.deletionTimestamp !== undefined || pod.status.phase === 'Failed') ignored.add(name);
    else if (pod.status.phase === 'Pending') unready.add(name);
    else if (!metric) missing.add(name);
    else if (resource === 'cpu' && isStarting(pod, metric, settings, now)) unready.add(name);
    else readyCount++;
  }
  return { readyCount, unready, missing, ignored };
}

/** A pod that starts may use CPU that says nothing of its later need. */
function isStarting(pod: MeasuredPod, metric: PodMetric, settings: CalculatorSettings, now: number): boolean {
  const ready = podCondition(pod, 'Ready');
  const startedAt = parseTime(pod.status.startTime ?? '');
  if (!ready || startedAt === undefined) return true;
  const changedAt = parseTime(ready.lastTransitionTime ?? '') ?? 0;
  if (startedAt + settings.cpuInitializationMs > now)
    return ready.status === 'False' || metric.timestamp < changedAt + metric.windowMs;
  return ready.status === 'False' && startedAt + settings.initialReadinessDelayMs > changedAt;
}

/** Towards a percentage of what the pods request. (GetResourceReplicas) */
export function resourceReplicas(
  currentReplicas: number,
  targetUtilization: number,
  resource: string,
  container: string | undefined,
  pods: readonly MeasuredPod[],
  metrics: PodMetrics,
  settings: CalculatorSettings,
  now: number,
): UtilizationProposal {
  if (pods.length === 0) return NO_PODS;
  const groups = groupPods(pods, metrics, resource, settings, now);
  const counted = without(metrics, groups);
  if (counted.size === 0) return NO_METRICS;
  const asked = podRequests(pods, resource, container);
  if ('error' in asked) return asked;
  const { requests } = asked;
  const first = utilizationRatio(counted, requests, targetUtilization);
  if ('error' in first) return first;
  const { ratio, utilization, rawValue } = first;
  const keep = { replicas: currentReplicas, utilization, rawValue };
  const rebalance = groups.unready.size > 0 && ratio > 1;
  if (!rebalance && groups.missing.size === 0)
    return Math.abs(1 - ratio) <= settings.tolerance
      ? keep
      : { ...keep, replicas: Math.ceil(ratio * groups.readyCount) };
  // Pods that are not heard of hold back: as busy as asked for when it goes down, idle when it goes up.
  const fallback = Math.max(100, targetUtilization);
  for (const name of groups.missing)
    if (ratio < 1) counted.set(name, fakeMetric(Math.trunc(((requests.get(name) ?? 0) * fallback) / 100)));
    else if (ratio > 1) counted.set(name, fakeMetric(0));
  if (rebalance) for (const name of groups.unready) counted.set(name, fakeMetric(0));
  const second = utilizationRatio(counted, requests, targetUtilization);
  if ('error' in second) return second;
  return { ...keep, replicas: rerun(currentReplicas, ratio, second.ratio, counted.size, settings) };
}

/** Towards an average of a value over the pods. (GetRawResourceReplicas, GetMetricReplicas) */
export function plainMetricReplicas(
  currentReplicas: number,
  target: number,
  resource: string,
  pods: readonly MeasuredPod[],
  metrics: PodMetrics,
  settings: CalculatorSettings,
  now: number,
): UsageProposal {
  if (pods.length === 0) return NO_PODS;
  const groups = groupPods(pods, metrics, resource, settings, now);
  const counted = without(metrics, groups);
  if (counted.size === 0) return NO_METRICS;
  const { ratio, usage } = usageRatio(counted, target);
  const keep = { replicas: currentReplicas, usage };
  const rebalance = groups.unready.size > 0 && ratio > 1;
  if (!rebalance && groups.missing.size === 0)
    return Math.abs(1 - ratio) <= settings.tolerance
      ? keep
      : { ...keep, replicas: Math.ceil(ratio * groups.readyCount) };
  for (const name of groups.missing) counted.set(name, fakeMetric(ratio < 1 ? target : 0));
  if (rebalance) for (const name of groups.unready) counted.set(name, fakeMetric(0));
  return {
    ...keep,
    replicas: rerun(currentReplicas, ratio, usageRatio(counted, target).ratio, counted.size, settings),
  };
}

/** Towards one value of one object or of an external metric. (getUsageRatioReplicaCount) */
export function valueReplicas(
  currentReplicas: number,
  usage: number,
  target: number,
  pods: readonly MeasuredPod[],
  settings: CalculatorSettings,
): UsageProposal {
  const ratio = usage / target;
  // From zero pods it may grow by the ratio alone.
  if (currentReplicas === 0) return { replicas: Math.ceil(ratio), usage };
  if (Math.abs(1 - ratio) <= settings.tolerance) return { replicas: currentReplicas, usage };
  if (pods.length === 0) return { error: `unable to calculate ready pods: ${NO_PODS.error}` };
  const ready = pods.filter((pod) => pod.status.phase === 'Running' && isPodReady(pod)).length;
  return { replicas: Math.ceil(ratio * ready), usage };
}

/** Towards one value divided by the number of pods. (GetObjectPerPodMetricReplicas, GetExternalPerPodMetricReplicas) */
export function perPodReplicas(
  statusReplicas: number,
  usage: number,
  targetPerPod: number,
  settings: CalculatorSettings,
): { readonly replicas: number; readonly usage: number } {
  const ratio = usage / (targetPerPod * statusReplicas);
  const replicas = Math.abs(1 - ratio) > settings.tolerance ? Math.ceil(usage / targetPerPod) : statusReplicas;
  return { replicas, usage: Math.ceil(usage / statusReplicas) };
}

const NO_PODS = { error: 'no pods returned by selector while calculating replica count' } as const;
const NO_METRICS = { error: 'did not receive metrics for targeted pods (pods might be unready)' } as const;

function fakeMetric(value: number): PodMetric {
  return { timestamp: 0, windowMs: 0, value };
}

function without(metrics: PodMetrics, { ignored, unready }: PodGroups): Map<string, PodMetric> {
  const out = new Map(metrics);
  for (const name of ignored) out.delete(name);
  for (const name of unready) out.delete(name);
  return out;
}

/** The number after a second look, unless that would turn the direction or be too small a change. */
function rerun(current: number, ratio: number, next: number, entries: number, settings: CalculatorSettings): number {
  if (Math.abs(1 - next) <= settings.tolerance || (ratio < 1 && next > 1) || (ratio > 1 && next < 1)) return current;
  const replicas = Math.ceil(next * entries);
  return (next < 1 && replicas > current) || (next > 1 && replicas < current) ? current : replicas;
}

/** What each pod requests, over its containers and sidecars or of one of them. (calculateRequests) */
function podRequests(
  pods: readonly MeasuredPod[],
  resource: string,
  container: string | undefined,
): { readonly requests: ReadonlyMap<string, number> } | { readonly error: string } {
  const out = new Map<string, number>();
  for (const { metadata, spec } of pods) {
    const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
    let sum = 0;
    for (const { name, resources } of [...spec.containers, ...sidecars]) {
      if (container !== undefined && container !== name) continue;
      const request = (resources as typeof resources | undefined)?.requests?.[resource];
      if (request === undefined)
        return { error: `missing request for ${resource} in container ${name} of Pod ${metadata.name}` };
      sum += milliValue(request);
    }
    out.set(metadata.name, sum);
  }
  return { requests: out };
}

function utilizationRatio(
  metrics: PodMetrics,
  requests: ReadonlyMap<string, number>,
  target: number,
): { readonly ratio: number; readonly utilization: number; readonly rawValue: number } | { readonly error: string } {
  let total = 0;
  let requested = 0;
  let entries = 0;
  for (const [name, { value }] of metrics) {
    const request = requests.get(name);
    if (request === undefined) continue;
    total += value;
    requested += request;
    entries++;
  }
  if (requested === 0) return { error: 'no metrics returned matched known pods' };
  const utilization = Number((BigInt(total) * 100n) / BigInt(requested));
  return { ratio: utilization / target, utilization, rawValue: Math.trunc(total / entries) };
}

function usageRatio(metrics: PodMetrics, target: number): { readonly ratio: number; readonly usage: number } {
  let total = 0;
  for (const { value } of metrics.values()) total += value;
  const usage = Math.trunc(total / metrics.size);
  return { ratio: usage / target, usage };
}
