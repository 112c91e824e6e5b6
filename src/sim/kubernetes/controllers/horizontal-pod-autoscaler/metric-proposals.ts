// What each metric of an autoscaler asks for, with the words for when it cannot be had.
// Models: pkg/controller/podautoscaler/horizontal.go computeReplicasForMetric and computeStatusFor*Metric*, and
// metrics/client.go (1.32). Pods, Object and External metrics need an adapter of the custom or external metrics API;
// none is simulated, so they fail as they do in a cluster without one.
import type { MetricSpec, MetricStatus, MetricTarget, MetricValueStatus } from '../../kinds/policy.ts';
import type { PodUsage } from '../../metrics.ts';
import type { Pod } from '../../objects.ts';
import { formatQuantity, milliValue } from '../../quantity.ts';
import { selectorText } from '../selector-text.ts';
import {
  type CalculatorSettings,
  plainMetricReplicas,
  type PodMetric,
  type PodMetrics,
  resourceReplicas,
} from './replica-calculator.ts';

export interface MetricContext {
  readonly namespace: string;
  readonly specReplicas: number;
  /** All pods that the target selects, in the order of their names. */
  readonly pods: readonly Pod[];
  readonly usage: (pod: Pod) => PodUsage | undefined;
  readonly settings: CalculatorSettings;
  /** Unix ms of virtual time 0, and now. */
  readonly epochMs: number;
  readonly now: number;
}

export type MetricProposal =
  | { readonly replicas: number; readonly name: string; readonly status: MetricStatus }
  /** `message` is what the event and the condition say, `error` what the sum of all metrics says. */
  | { readonly reason: string; readonly message: string; readonly error: string };

const CUSTOM =
  'unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered';

export function proposalFor(spec: MetricSpec, context: MetricContext): MetricProposal {
  const { resource, containerResource, pods, object, external } = spec;
  if (spec.type === 'Resource' && resource) {
    const found = resourceProposal(resource.name, undefined, resource.target, context);
    if ('error' in found)
      return failed('FailedGetResourceMetric', found.error, `failed to get ${resource.name} resource metric value`);
    const { replicas, current, what } = found;
    return {
      replicas,
      name: `${resource.name} resource${what}`,
      status: { type: 'Resource', resource: { name: resource.name, current } },
    };
  }
  if (spec.type === 'ContainerResource' && containerResource) {
    const { name, container } = containerResource;
    const found = resourceProposal(name, container, containerResource.target, context);
    if ('error' in found)
      return failed(
        'FailedGetContainerResourceMetric',
        found.error,
        `failed to get ${container} container metric value`,
      );
    const { replicas, current, what } = found;
    return {
      replicas,
      name: what === '' ? `${name} resource` : `${name} container resource${what}`,
      status: { type: 'ContainerResource', containerResource: { name, container, current } },
    };
  }
  if (spec.type === 'Pods' && pods)
    return failed(
      'FailedGetPodsMetric',
      `unable to get metric ${pods.metric.name}: ${CUSTOM}`,
      'failed to get pods metric value',
    );
  if (spec.type === 'Object' && object) {
    const { kind, name } = object.describedObject;
    // The real message has its parts in this order.
    const message = `unable to get metric ${object.metric.name}: ${kind} on ${context.namespace} ${name}/${CUSTOM}`;
    return failed('FailedGetObjectMetric', message, 'failed to get object metric value');
  }
  if (spec.type === 'External' && external) {
    const { name, selector } = external.metric;
    const missing = `the server could not find the requested resource (get ${name}.external.metrics.k8s.io)`;
    const message =
      `unable to get external metric ${context.namespace}/${name}/${selectorText(selector)}: ` +
      `unable to fetch metrics from external metrics API: ${missing}`;
    const whole = `failed to get ${name} external metric value: failed to get ${name} external metric`;
    return failed('FailedGetExternalMetric', message, whole);
  }
  const message = `unknown metric source type "${spec.type}"`;
  return { reason: 'InvalidMetricSourceType', message, error: message };
}

function failed(reason: string, message: string, whole: string): MetricProposal {
  return { reason, message, error: `${whole}: ${message}` };
}

type ResourceProposal =
  | { readonly replicas: number; readonly current: MetricValueStatus; readonly what: string }
  | { readonly error: string };

function resourceProposal(
  resource: string,
  container: string | undefined,
  target: MetricTarget,
  { specReplicas, pods, settings, now, ...context }: MetricContext,
): ResourceProposal {
  const found = resourceMetrics(resource, container, pods, context);
  const { averageValue, averageUtilization } = target;
  if (averageValue !== undefined) {
    if ('error' in found) return { error: `failed to get ${resource} usage: ${unable(resource, found.error)}` };
    const goal = milliValue(averageValue);
    const proposal = plainMetricReplicas(specReplicas, goal, resource, pods, found.metrics, settings, now);
    if ('error' in proposal) return { error: `failed to get ${resource} usage: ${proposal.error}` };
    return { replicas: proposal.replicas, current: { averageValue: milliQuantity(proposal.usage) }, what: '' };
  }
  if (averageUtilization === undefined)
    return {
      error:
        'invalid resource metric source: neither an average utilization target nor an average value (usage) target was set',
    };
  if ('error' in found) return { error: `failed to get ${resource} utilization: ${unable(resource, found.error)}` };
  const proposal = resourceReplicas(
    specReplicas,
    averageUtilization,
    resource,
    container,
    pods,
    found.metrics,
    settings,
    now,
  );
  if ('error' in proposal) return { error: `failed to get ${resource} utilization: ${proposal.error}` };
  const { replicas, utilization, rawValue } = proposal;
  return {
    replicas,
    current: { averageUtilization: utilization, averageValue: milliQuantity(rawValue) },
    what: ' utilization (percentage of request)',
  };
}

function unable(resource: string, error: string): string {
  return `unable to get metrics for resource ${resource}: ${error}`;
}

/** (GetResourceMetric) */
function resourceMetrics(
  resource: string,
  container: string | undefined,
  pods: readonly Pod[],
  { namespace, usage, epochMs }: Pick<MetricContext, 'namespace' | 'usage' | 'epochMs'>,
): { readonly metrics: PodMetrics } | { readonly error: string } {
  const metrics = new Map<string, PodMetric>();
  let any = false;
  for (const pod of pods) {
    const found = usage(pod);
    if (!found) continue;
    any = true;
    const counted =
      container === undefined ? found.containers : found.containers.filter(({ name }) => name === container);
    if (container !== undefined && counted.length === 0) {
      const { name } = pod.metadata;
      const error = `container ${container} not present in metrics for pod ${namespace}/${name}`;
      return { error: `failed to get container metrics: ${error}` };
    }
    if (resource !== 'cpu' && resource !== 'memory') continue;
    let value = 0;
    for (const { cpuMillis, memoryBytes } of counted) value += resource === 'cpu' ? cpuMillis : memoryBytes * 1000;
    const { timestamp, windowMs } = found;
    metrics.set(pod.metadata.name, { timestamp: epochMs + timestamp, windowMs, value });
  }
  return any ? { metrics } : { error: 'no metrics returned from resource metrics API' };
}

function milliQuantity(milli: number): string {
  return formatQuantity({ nano: BigInt(milli) * 1_000_000n, format: 'DecimalSI' });
}
