// Runs the autoscaler's tables of Kubernetes' own unit tests (kinds hpa-*). Each runner returns what is wrong with a
// case, or undefined when it passes.
import { isDeepStrictEqual } from 'node:util';
import { parseTime } from '../../../src/sim/engine/time.ts';
import {
  type CalculatorSettings,
  groupPods,
  type MeasuredPod,
  perPodReplicas,
  plainMetricReplicas,
  type PodMetric,
  resourceReplicas,
  valueReplicas,
} from '../../../src/sim/kubernetes/controllers/horizontal-pod-autoscaler/replica-calculator.ts';
import {
  limitWithBehavior,
  limitWithoutBehavior,
  type ScaleEvent,
  scaleUpLimit,
  stabilize,
  stabilizeWithBehavior,
} from '../../../src/sim/kubernetes/controllers/horizontal-pod-autoscaler/scaling-rules.ts';
import type { HPAScalingRules } from '../../../src/sim/kubernetes/kinds/policy.ts';

interface UpstreamFile {
  readonly now?: string;
  readonly settings?: {
    readonly tolerance?: number;
    readonly cpuInitializationPeriodSeconds: number;
    readonly delayOfInitialReadinessStatusSeconds: number;
  };
  readonly defaults?: { readonly scaleUp: HPAScalingRules; readonly scaleDown: HPAScalingRules };
}

type Runner = (file: unknown, test: unknown) => string | undefined;

export const hpaRunners: Readonly<Record<string, Runner>> = {
  'hpa-replica-calculator': (file, test) => calculator(file as UpstreamFile, test as CalculatorCase),
  'hpa-group-pods': (file, test) => groups(file as UpstreamFile, test as GroupCase),
  'hpa-behavior-rate': (file, test) => behaviorRate(file as UpstreamFile, test as RateCase),
  'hpa-limits': (_file, test) => limits(test as LimitCase),
  'hpa-stabilization': (_file, test) => stabilization(test as StabilizationCase),
};

interface Sample {
  readonly timestamp: string;
  readonly windowSeconds: number;
  readonly containers?: Readonly<Record<string, number>>;
}

interface CalculatorCase {
  readonly metric: 'resource' | 'pods' | 'object' | 'objectPerPod' | 'external' | 'externalPerPod';
  readonly resource?: string;
  readonly container?: string;
  readonly currentReplicas: number;
  readonly targetUtilizationPercent?: number;
  readonly targetMilli?: number;
  readonly pods: readonly MeasuredPod[];
  readonly metricsMilli?: Readonly<Record<string, Sample>>;
  readonly valuesMilli?: Readonly<Record<string, number>> | readonly number[];
  readonly expected: {
    readonly replicas?: number;
    readonly utilizationPercent?: number;
    readonly rawValueMilli?: number;
    readonly usageMilli?: number;
    readonly error?: string;
  };
}

function calculator(file: UpstreamFile, test: CalculatorCase): string | undefined {
  const found = calculate(file, test);
  const { expected } = test;
  if (expected.error !== undefined)
    return found.error?.includes(expected.error) === true ? undefined : difference(found, expected);
  return compare(found, expected);
}

function calculate(file: UpstreamFile, test: CalculatorCase): CalculatorCase['expected'] {
  const { metric, resource = '', container, currentReplicas, pods, targetMilli = 0 } = test;
  const settings = settingsOf(file);
  const now = unixMs(file.now);
  if (metric === 'resource') {
    const samples = Object.entries(test.metricsMilli ?? {});
    if (samples.length === 0) return { error: 'no metrics returned from resource metrics API' };
    const metrics = new Map<string, PodMetric>();
    for (const [name, { timestamp, windowSeconds, containers = {} }] of samples) {
      if (container !== undefined && containers[container] === undefined)
        return { error: `container ${container} not present in metrics for pod ${name}` };
      const values = container === undefined ? Object.values(containers) : [containers[container] as number];
      const value = values.reduce((sum, each) => sum + each, 0);
      metrics.set(name, { timestamp: unixMs(timestamp), windowMs: windowSeconds * 1000, value });
    }
    if (test.targetUtilizationPercent === undefined) {
      const found = plainMetricReplicas(currentReplicas, targetMilli, resource, pods, metrics, settings, now);
      return 'error' in found ? found : { replicas: found.replicas, usageMilli: found.usage };
    }
    const found = resourceReplicas(
      currentReplicas,
      test.targetUtilizationPercent,
      resource,
      container,
      pods,
      metrics,
      settings,
      now,
    );
    if ('error' in found) return found;
    return { replicas: found.replicas, utilizationPercent: found.utilization, rawValueMilli: found.rawValue };
  }
  const values = test.valuesMilli ?? [];
  if (metric === 'pods') {
    const metrics = new Map<string, PodMetric>();
    const named = Array.isArray(values)
      ? (values as readonly number[]).map(
          (value, i) => [pods[i]?.metadata.name ?? `other-${String(i)}`, value] as const,
        )
      : Object.entries(values as Readonly<Record<string, number>>);
    for (const [name, value] of named) metrics.set(name, { timestamp: now, windowMs: 0, value });
    if (metrics.size === 0) return { error: 'no metrics returned from custom metrics API' };
    const found = plainMetricReplicas(currentReplicas, targetMilli, '', pods, metrics, settings, now);
    return 'error' in found ? found : { replicas: found.replicas, usageMilli: found.usage };
  }
  const list = Object.values(values) as readonly number[];
  if (list.length === 0)
    return { error: `no metrics returned from ${metric.startsWith('external') ? 'external' : 'custom'} metrics API` };
  const usage = list.reduce((sum, each) => sum + each, 0);
  const found = metric.endsWith('PerPod')
    ? perPodReplicas(currentReplicas, usage, targetMilli, settings)
    : valueReplicas(currentReplicas, usage, targetMilli, pods, settings);
  return 'error' in found ? found : { replicas: found.replicas, usageMilli: found.usage };
}

interface GroupCase {
  readonly resource: string;
  readonly pods: readonly MeasuredPod[];
  readonly metrics: Readonly<Record<string, Sample>>;
  readonly expected: {
    readonly readyCount: number;
    readonly unready: readonly string[];
    readonly missing: readonly string[];
    readonly ignored: readonly string[];
  };
}

function groups(file: UpstreamFile, { resource, pods, metrics, expected }: GroupCase): string | undefined {
  const samples = new Map<string, PodMetric>();
  for (const [name, { timestamp, windowSeconds }] of Object.entries(metrics))
    samples.set(name, { timestamp: unixMs(timestamp), windowMs: windowSeconds * 1000, value: 1 });
  const found = groupPods(pods, samples, resource, settingsOf(file), unixMs(file.now));
  const { readyCount } = found;
  const lists = { unready: [...found.unready], missing: [...found.missing], ignored: [...found.ignored] };
  return compare({ readyCount, ...sorted(lists) }, { readyCount: expected.readyCount, ...sorted(expected) });
}

function sorted({ unready, missing, ignored }: Omit<GroupCase['expected'], 'readyCount'>) {
  return { unready: unready.toSorted(), missing: missing.toSorted(), ignored: ignored.toSorted() };
}

interface RateCase {
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly currentReplicas: number;
  readonly desiredReplicas: number;
  readonly scaleUp?: HPAScalingRules;
  readonly scaleDown?: HPAScalingRules;
  readonly scaleUpEvents?: readonly PastEvent[];
  readonly scaleDownEvents?: readonly PastEvent[];
  readonly expected: { readonly replicas: number; readonly reason: string };
}

interface PastEvent {
  readonly replicaChange: number;
  readonly secondsAgo: number;
}

const NOW = 1_717_243_200_000;

function behaviorRate({ defaults }: UpstreamFile, test: RateCase): string | undefined {
  const up = test.scaleUp ?? defaults?.scaleUp ?? {};
  const down = test.scaleDown ?? defaults?.scaleDown ?? {};
  const past = (events: readonly PastEvent[] = []): readonly ScaleEvent[] =>
    events.map(({ replicaChange, secondsAgo }) => ({ change: replicaChange, at: NOW - secondsAgo * 1000 }));
  const { replicas, reason } = limitWithBehavior(
    test.currentReplicas,
    test.desiredReplicas,
    { min: test.minReplicas, max: test.maxReplicas },
    { up, down },
    { up: past(test.scaleUpEvents), down: past(test.scaleDownEvents) },
    NOW,
  );
  return compare({ replicas, reason }, test.expected);
}

interface LimitCase {
  readonly function: 'scaleUpLimit' | 'convertWithoutBehavior';
  readonly currentReplicas: number;
  readonly desiredReplicas?: number;
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  readonly rules?: HPAScalingRules;
  readonly expected: number | { readonly replicas: number; readonly reason: string };
}

function limits(test: LimitCase): string | undefined {
  const { currentReplicas, desiredReplicas = 0, minReplicas = 0, maxReplicas = 0 } = test;
  if (test.function === 'scaleUpLimit')
    return compare(scaleUpLimit(currentReplicas, test.rules ?? {}, [], [], NOW), test.expected);
  const { replicas, reason } = limitWithoutBehavior(currentReplicas, desiredReplicas, minReplicas, maxReplicas);
  return compare({ replicas, reason }, test.expected);
}

interface StabilizationCase {
  readonly function: 'downscaleWindow' | 'behaviorWindows';
  readonly windowSeconds?: number;
  readonly scaleUpWindowSeconds?: number;
  readonly scaleDownWindowSeconds?: number;
  readonly recommendations: readonly { readonly replicas: number; readonly secondsAgo: number }[];
  readonly currentReplicas?: number;
  readonly desiredReplicas: number;
  readonly expected: {
    readonly replicas: number;
    readonly storedCount?: number;
    readonly storedReplicas?: readonly number[];
  };
}

function stabilization(test: StabilizationCase): string | undefined {
  const { currentReplicas = 0, desiredReplicas, windowSeconds = 0 } = test;
  const { scaleUpWindowSeconds = 0, scaleDownWindowSeconds = 0 } = test;
  const past = test.recommendations.map(({ replicas, secondsAgo }) => ({ replicas, at: NOW - secondsAgo * 1000 }));
  const windows = { upMs: scaleUpWindowSeconds * 1000, downMs: scaleDownWindowSeconds * 1000 };
  const { replicas, kept } =
    test.function === 'downscaleWindow'
      ? stabilize(past, desiredReplicas, windowSeconds * 1000, NOW)
      : stabilizeWithBehavior(past, currentReplicas, desiredReplicas, windows, NOW);
  const { storedCount, storedReplicas } = test.expected;
  return compare(
    {
      replicas,
      ...(storedCount === undefined ? {} : { storedCount: kept.length }),
      ...(storedReplicas === undefined ? {} : { storedReplicas: kept.map((each) => each.replicas) }),
    },
    test.expected,
  );
}

function settingsOf({ settings }: UpstreamFile): CalculatorSettings {
  return {
    tolerance: settings?.tolerance ?? 0.1,
    cpuInitializationMs: (settings?.cpuInitializationPeriodSeconds ?? 300) * 1000,
    initialReadinessDelayMs: (settings?.delayOfInitialReadinessStatusSeconds ?? 30) * 1000,
  };
}

function unixMs(text = ''): number {
  return parseTime(text) ?? 0;
}

function compare(found: unknown, expected: unknown): string | undefined {
  return isDeepStrictEqual(found, expected) ? undefined : difference(found, expected);
}

function difference(found: unknown, expected: unknown): string {
  return `found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`;
}
