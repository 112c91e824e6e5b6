// Sizes workloads by what their pods use.
// Models: pkg/controller/podautoscaler/horizontal.go (1.32) with its default flags: a look every 15 s, the first one
// 15 s after the autoscaler came; proposals of all metrics, the largest wins; stabilisation, policies, limits;
// conditions AbleToScale, ScalingActive and ScalingLimited, and events.
// Departure: metrics that need an adapter fail as where none is installed (metric-proposals.ts).
import type { Cluster } from '../../cluster.ts';
import { referenceTo } from '../../event-recorder.ts';
import type { HorizontalPodAutoscaler, HPAScalingRules, MetricStatus } from '../../kinds/policy.ts';
import type { PodUsage } from '../../metrics.ts';
import type { Condition, LabelSelector, Pod } from '../../objects.ts';
import { formatLabelSelector, matchesLabelSelector } from '../../selector.ts';
import { WorkQueue } from '../../work-queue.ts';
import { type MetricProposal, proposalFor } from './metric-proposals.ts';
import type { CalculatorSettings } from './replica-calculator.ts';
import { scaleTargetOf, type ScaleTarget } from './scale-target.ts';
import {
  limitWithBehavior,
  limitWithoutBehavior,
  type Recommendation,
  type ScaleEvent,
  stabilize,
  stabilizeWithBehavior,
  withScaleEvent,
} from './scaling-rules.ts';

const COMPONENT = 'horizontal-pod-autoscaler';
/** --horizontal-pod-autoscaler-sync-period */
const SYNC_PERIOD_MS = 15_000;
/** --horizontal-pod-autoscaler-downscale-stabilization */
const DOWNSCALE_WINDOW_MS = 300_000;
const SETTINGS: CalculatorSettings = {
  tolerance: 0.1,
  cpuInitializationMs: 300_000,
  initialReadinessDelayMs: 30_000,
};

/** What the controller remembers of an autoscaler. */
interface Memory {
  readonly recommendations: readonly Recommendation[];
  readonly ups: readonly ScaleEvent[];
  readonly downs: readonly ScaleEvent[];
  readonly selector?: LabelSelector;
}
const NOTHING: Memory = { recommendations: [], ups: [], downs: [] };

type Status = HorizontalPodAutoscaler['status'];

/** One look at one autoscaler: its conditions are written one after the other, and stored at the end. */
interface Look {
  readonly key: string;
  readonly hpa: HorizontalPodAutoscaler;
  readonly target: ScaleTarget;
  readonly minReplicas: number;
  conditions: readonly Condition[];
}

type Decision =
  | { readonly replicas: number; readonly metric: string; readonly statuses: readonly MetricStatus[] }
  | { readonly statuses: readonly MetricStatus[] | null; readonly error: string };

export interface AutoscalerDependencies {
  /** What the resource metrics API says of a pod. */
  readonly usage: (pod: Pod) => PodUsage | undefined;
}

export function createHorizontalPodAutoscalerController(cluster: Cluster, { usage }: AutoscalerDependencies): void {
  const { sim, store, events } = cluster;
  let memories = new Map<string, Memory>();
  sim.register<readonly (readonly [string, Memory])[]>({
    name: 'kubernetes.controllers.horizontalpodautoscaler',
    save: () => [...memories],
    load: (state) => {
      memories = new Map(state);
    },
  });
  const queue = new WorkQueue(sim, 'controller.horizontalpodautoscaler', SYNC_PERIOD_MS, sync);
  store.subscribe('horizontalpodautoscalers', ({ type, key, cause }) => {
    if (type === 'DELETED') memories.delete(key);
    else queue.add(key, cause);
  });

  function sync(key: string): void {
    const hpa = store.get('horizontalpodautoscalers', key);
    if (!hpa) return;
    reconcile(key, hpa);
    queue.add(key);
  }

  function reconcile(key: string, hpa: HorizontalPodAutoscaler): void {
    const { namespace = '' } = hpa.metadata;
    const target = scaleTargetOf(store, namespace, hpa.spec.scaleTargetRef);
    const conditions = hpa.status.conditions ?? [];
    if ('error' in target) {
      event(hpa, 'Warning', 'FailedGetScale', target.error);
      const message = `the HPA controller was unable to get the target's current scale: ${target.error}`;
      write(hpa, { ...hpa.status, conditions: set(conditions, 'AbleToScale', 'False', 'FailedGetScale', message) });
      return;
    }
    const look: Look = { key, hpa, target, minReplicas: hpa.spec.minReplicas ?? 1, conditions };
    condition(
      look,
      'AbleToScale',
      'True',
      'SucceededGetScale',
      "the HPA controller was able to get the target's current scale",
    );
    const current = target.specReplicas;
    if (!memories.has(key)) remember(key, { recommendations: [{ replicas: current, at: now() }] });
    size(look, current);
  }

  function size(look: Look, current: number): void {
    const { hpa, minReplicas } = look;
    const { maxReplicas } = hpa.spec;
    if (current === 0 && minReplicas !== 0) {
      const message = 'scaling is disabled since the replica count of the target is zero';
      condition(look, 'ScalingActive', 'False', 'ScalingDisabled', message);
      finish(look, current, current, null);
    } else if (current > maxReplicas) {
      rescale(look, current, maxReplicas, 'Current number of replicas above Spec.MaxReplicas', null);
    } else if (current < minReplicas) {
      rescale(look, current, minReplicas, 'Current number of replicas below Spec.MinReplicas', null);
    } else {
      const decision = decide(look);
      if (!('replicas' in decision)) {
        finish(look, current, hpa.status.desiredReplicas, decision.statuses);
        event(hpa, 'Warning', 'FailedComputeMetricsReplicas', decision.error);
        return;
      }
      const asked = Math.max(0, decision.replicas);
      const reason =
        asked > current ? `${decision.metric} above target` : asked < current ? 'All metrics below target' : '';
      const desired = normalize(look, current, asked);
      if (desired === current) finish(look, current, current, decision.statuses);
      else rescale(look, current, desired, reason, decision.statuses);
    }
  }

  /** The largest proposal of the metrics. One that fails forbids only going down. (computeReplicasForMetrics) */
  function decide(look: Look): Decision {
    const { hpa, target, key } = look;
    const text = formatLabelSelector(target.selector);
    if (text === '' || text === '<none>') {
      event(hpa, 'Warning', 'SelectorRequired', 'selector is required');
      condition(look, 'ScalingActive', 'False', 'InvalidSelector', "the HPA target's scale is missing a selector");
      return { statuses: null, error: 'selector is required' };
    }
    remember(key, { selector: target.selector });
    const { namespace = '' } = hpa.metadata;
    const pods = store
      .list('pods', namespace)
      .filter(({ metadata }) => matchesLabelSelector(target.selector, metadata.labels));
    const rivals = autoscalersOf(pods, namespace);
    if (rivals.length > 1) {
      const error = `pods by selector ${text} are controlled by multiple HPAs: [${rivals.join(' ')}]`;
      event(hpa, 'Warning', 'AmbiguousSelector', error);
      condition(look, 'ScalingActive', 'False', 'AmbiguousSelector', error);
      return { statuses: null, error };
    }
    const specs = hpa.spec.metrics ?? [];
    const { specReplicas } = target;
    const context = { namespace, specReplicas, pods, usage, settings: SETTINGS, epochMs: sim.epochMs, now: now() };
    let replicas = 0;
    let metric = '';
    const bad: Extract<MetricProposal, { readonly error: string }>[] = [];
    const statuses: MetricStatus[] = [];
    for (const spec of specs) {
      const proposal = proposalFor(spec, context);
      if ('error' in proposal) {
        event(hpa, 'Warning', proposal.reason, proposal.message);
        bad.push(proposal);
        // What the real controller writes for a metric that it could not get.
        statuses.push({ type: '' } as unknown as MetricStatus);
        continue;
      }
      statuses.push(proposal.status);
      if (replicas !== 0 && proposal.replicas <= replicas) continue;
      replicas = proposal.replicas;
      metric = proposal.name;
    }
    const [first] = bad;
    const error =
      first &&
      `invalid metrics (${String(bad.length)} invalid out of ${String(specs.length)}), first error is: ${first.error}`;
    if (first && error !== undefined && (bad.length >= specs.length || replicas < specReplicas)) {
      const message = `the HPA was unable to compute the replica count: ${first.message}`;
      condition(look, 'ScalingActive', 'False', first.reason, message);
      return { statuses, error };
    }
    const message = `the HPA was able to successfully calculate a replica count from ${metric}`;
    condition(look, 'ScalingActive', 'True', 'ValidMetricFound', message);
    return { replicas, metric, statuses };
  }

  /** Autoscalers whose targets select one of `pods`. */
  function autoscalersOf(pods: readonly Pod[], namespace: string): readonly string[] {
    const own = [...memories].filter(([key, { selector }]) => selector && key.startsWith(`${namespace}/`));
    if (own.length < 2) return [];
    return own
      .filter(([, { selector }]) => pods.some(({ metadata }) => matchesLabelSelector(selector, metadata.labels)))
      .map(([key]) => key)
      .sort();
  }

  /** What comes of a proposal after windows, policies and limits. */
  function normalize(look: Look, current: number, asked: number): number {
    const { key, hpa, minReplicas: min } = look;
    const { behavior, maxReplicas: max } = hpa.spec;
    const { recommendations, ups, downs } = memories.get(key) ?? NOTHING;
    if (!behavior) {
      const { replicas, kept } = stabilize(recommendations, asked, DOWNSCALE_WINDOW_MS, now());
      remember(key, { recommendations: kept });
      const message = 'recent recommendations were higher than current one, applying the highest recent recommendation';
      ableToScale(look, replicas !== asked, 'ScaleDownStabilized', message);
      return limit(look, replicas, limitWithoutBehavior(current, replicas, min, max));
    }
    const { scaleUp = {}, scaleDown = {} } = behavior;
    const windows = {
      upMs: (scaleUp.stabilizationWindowSeconds ?? 0) * 1000,
      downMs: (scaleDown.stabilizationWindowSeconds ?? DOWNSCALE_WINDOW_MS / 1000) * 1000,
    };
    const { replicas, kept, reason, message } = stabilizeWithBehavior(recommendations, current, asked, windows, now());
    remember(key, { recommendations: kept });
    ableToScale(look, replicas !== asked, reason, message);
    const rules = { up: scaleUp, down: scaleDown };
    return limit(
      look,
      replicas,
      limitWithBehavior(current, replicas, { min, max }, rules, { up: ups, down: downs }, now()),
    );
  }

  function ableToScale(look: Look, held: boolean, reason: string, message: string): void {
    if (held) condition(look, 'AbleToScale', 'True', reason, message);
    else condition(look, 'AbleToScale', 'True', 'ReadyForNewScale', 'recommended size matches current size');
  }

  function limit(
    look: Look,
    asked: number,
    { replicas, reason, message }: { readonly replicas: number; readonly reason: string; readonly message: string },
  ): number {
    condition(look, 'ScalingLimited', replicas === asked ? 'False' : 'True', reason, message);
    return replicas;
  }

  function rescale(
    look: Look,
    current: number,
    desired: number,
    reason: string,
    statuses: readonly MetricStatus[] | null,
  ): void {
    const { hpa, key, target } = look;
    const message = `New size: ${String(desired)}; reason: ${reason}`;
    sim.because(
      sim.record('autoscaler.rescale', `horizontalpodautoscalers/${key}`, 'SuccessfulRescale', message, {
        from: current,
        to: desired,
      }),
      () => {
        target.resize(desired);
      },
    );
    condition(
      look,
      'AbleToScale',
      'True',
      'SucceededRescale',
      `the HPA controller was able to update the target scale to ${String(desired)}`,
    );
    event(hpa, 'Normal', 'SuccessfulRescale', message);
    const { behavior } = hpa.spec;
    const { ups, downs } = memories.get(key) ?? NOTHING;
    const none: HPAScalingRules = {};
    if (behavior && desired > current)
      remember(key, { ups: withScaleEvent(ups, desired - current, behavior.scaleUp ?? none, now()) });
    else if (behavior)
      remember(key, { downs: withScaleEvent(downs, current - desired, behavior.scaleDown ?? none, now()) });
    finish(look, current, desired, statuses, store.timestamp);
  }

  function finish(
    { hpa, conditions }: Look,
    currentReplicas: number,
    desiredReplicas: number,
    currentMetrics: readonly MetricStatus[] | null,
    lastScaleTime = hpa.status.lastScaleTime,
  ): void {
    write(hpa, {
      ...(lastScaleTime === undefined ? {} : { lastScaleTime }),
      currentReplicas,
      desiredReplicas,
      currentMetrics,
      conditions,
    });
  }

  function write(hpa: HorizontalPodAutoscaler, status: Status): void {
    store.update('horizontalpodautoscalers', { ...hpa, status });
  }

  function remember(key: string, part: Partial<Memory>): void {
    memories.set(key, { ...(memories.get(key) ?? NOTHING), ...part });
  }

  function condition(look: Look, type: string, status: Condition['status'], reason: string, message: string): void {
    look.conditions = set(look.conditions, type, status, reason, message);
  }

  /** The time is that of the last change of the status; the condition stays where it stood. (setConditionInList) */
  function set(
    conditions: readonly Condition[],
    type: string,
    status: Condition['status'],
    reason: string,
    message: string,
  ): readonly Condition[] {
    const at = conditions.findIndex((present) => present.type === type);
    const before = conditions[at];
    const lastTransitionTime = before?.status === status ? (before.lastTransitionTime ?? null) : store.timestamp;
    const next: Condition = { type, status, lastTransitionTime, reason, message };
    return before ? conditions.with(at, next) : [...conditions, next];
  }

  function event(hpa: HorizontalPodAutoscaler, type: 'Normal' | 'Warning', reason: string, message: string): void {
    events.record(referenceTo(hpa), type, reason, message, COMPONENT);
  }

  function now(): number {
    return sim.epochMs + sim.now;
  }
}
