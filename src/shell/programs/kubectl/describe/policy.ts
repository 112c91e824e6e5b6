// `kubectl describe` of a horizontal pod autoscaler, a pod disruption budget and a priority class
// (kubectl/pkg/describe/describe.go, 1.32).

import { canonicalQuantity } from '../../../../sim/kubernetes/quantity.ts';
import { selectorText } from '../deployments.ts';
import {
  at,
  boolAt,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
} from '../object.ts';
import { labelsText } from '../text.ts';
import type { Describing } from './index.ts';
import { annotations, field, labels, longTime } from './text.ts';

// ---- HorizontalPodAutoscaler

export async function autoscaler(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const target = objectAt(spec, 'scaleTargetRef');
  const behavior = at(spec, 'behavior');
  const current = listAt(status, 'currentMetrics');
  const replicas = `${numberAt(status, 'currentReplicas')} current / ${numberAt(status, 'desiredReplicas')} desired`;
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('CreationTimestamp', longTime(textAt(object, 'metadata', 'creationTimestamp'))),
    field('Reference', `${textAt(target, 'kind')}/${textAt(target, 'name')}`),
    field('Metrics', '( current / target )'),
    ...listAt(spec, 'metrics').map((metric, n) => metricText(metric, current[n])),
    field('Min replicas', textAt(spec, 'minReplicas') || '<unset>'),
    field('Max replicas', numberAt(spec, 'maxReplicas')),
    isObject(behavior)
      ? `Behavior:\n${direction('Scale Up', behavior['scaleUp'])}${direction('Scale Down', behavior['scaleDown'])}`
      : '',
    field(`${textAt(target, 'kind')} pods`, replicas),
    conditions(listAt(status, 'conditions')),
    await describing.events(describing.reference(object)),
  ].join('');
}

const quantityAt = (value: Json | undefined, key: string): string => {
  const text = textAt(value, key);
  return text ? canonicalQuantity(text) : '0';
};
const has = (value: Json | undefined, ...path: readonly string[]): boolean => at(value, ...path) !== undefined;

function metricText(metric: Json, now: Json | undefined): string {
  const unknown = '<unknown>';
  switch (textAt(metric, 'type')) {
    case 'External': {
      const own = objectAt(metric, 'external');
      const seen = at(now, 'external', 'current');
      const average = has(own, 'target', 'averageValue');
      const key = average ? 'averageValue' : 'value';
      const current = isObject(seen) && (!average || has(seen, key)) ? quantityAt(seen, key) : unknown;
      const what = average ? 'target average value' : 'target value';
      return row(`${quoted(own)} (${what})`, current, quantityAt(at(own, 'target'), key));
    }
    case 'Pods': {
      const own = objectAt(metric, 'pods');
      const seen = at(now, 'pods', 'current');
      const current = isObject(seen) ? quantityAt(seen, 'averageValue') : unknown;
      return row(`${quoted(own)} on pods`, current, quantityAt(at(own, 'target'), 'averageValue'));
    }
    case 'Object': {
      const own = objectAt(metric, 'object');
      const seen = at(now, 'object', 'current');
      const average = textAt(own, 'target', 'type') === 'AverageValue';
      const key = average ? 'averageValue' : 'value';
      const about = `${textAt(own, 'describedObject', 'kind')}/${textAt(own, 'describedObject', 'name')}`;
      const what = average ? 'target average value' : 'target value';
      const current = isObject(seen) ? quantityAt(seen, key) : unknown;
      return row(`${quoted(own)} on ${about} (${what})`, current, quantityAt(at(own, 'target'), key));
    }
    case 'Resource': {
      const own = objectAt(metric, 'resource');
      return resourceRow(`resource ${textAt(own, 'name')} on pods`, own, at(now, 'resource', 'current'));
    }
    case 'ContainerResource': {
      const own = objectAt(metric, 'containerResource');
      const title = `resource ${textAt(own, 'name')} of container "${textAt(own, 'container')}" on pods`;
      return resourceRow(title, own, at(now, 'containerResource', 'current'));
    }
    default:
      return `  <unknown metric type ${JSON.stringify(textAt(metric, 'type'))}>\n`;
  }
}

const quoted = (own: JsonObject): string => JSON.stringify(textAt(own, 'metric', 'name'));
const row = (title: string, current: string, target: string): string => field(title, `${current} / ${target}`, 1);

function resourceRow(title: string, own: JsonObject, now: Json | undefined): string {
  const target = objectAt(own, 'target');
  if (has(target, 'averageValue')) {
    return row(
      title,
      isObject(now) ? quantityAt(now, 'averageValue') : '<unknown>',
      quantityAt(target, 'averageValue'),
    );
  }
  const current = has(now, 'averageUtilization')
    ? `${numberAt(now, 'averageUtilization')}% (${quantityAt(now, 'averageValue')})`
    : '<unknown>';
  const wanted = has(target, 'averageUtilization') ? `${numberAt(target, 'averageUtilization')}%` : '<auto>';
  return row(`${title}  (as a percentage of request)`, current, wanted);
}

function direction(title: string, rules: Json | undefined): string {
  if (!isObject(rules)) return '';
  const policies = listAt(rules, 'policies');
  const rows = policies.map(
    (one) =>
      `      - Type: ${textAt(one, 'type')}\tValue: ${numberAt(one, 'value')}\tPeriod: ${numberAt(one, 'periodSeconds')} seconds\n`,
  );
  const window = has(rules, 'stabilizationWindowSeconds')
    ? `    Stabilization Window: ${numberAt(rules, 'stabilizationWindowSeconds')} seconds\n`
    : '';
  const select = `    Select Policy: ${textAt(rules, 'selectPolicy') || 'Max'}\n    Policies:\n${rows.join('')}`;
  return `  ${title}:\n${window}${policies.length > 0 ? select : ''}`;
}

function conditions(all: readonly Json[]): string {
  if (all.length === 0) return '';
  const rows = all.map(
    (one) => `  ${['type', 'status', 'reason', 'message'].map((key) => textAt(one, key)).join('\t')}\n`,
  );
  return `Conditions:\n  Type\tStatus\tReason\tMessage\n  ----\t------\t------\t-------\n${rows.join('')}`;
}

// ---- PodDisruptionBudget and PriorityClass

export async function disruptionBudget(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const selector = spec['selector'];
  const limit = has(spec, 'minAvailable')
    ? field('Min available', textAt(spec, 'minAvailable'))
    : has(spec, 'maxUnavailable')
      ? field('Max unavailable', textAt(spec, 'maxUnavailable'))
      : '';
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    limit,
    field('Selector', isObject(selector) ? selectorText(selector) || '<none>' : '<unset>'),
    'Status:\n',
    field('Allowed disruptions', numberAt(status, 'disruptionsAllowed'), 2),
    field('Current', numberAt(status, 'currentHealthy'), 2),
    field('Desired', numberAt(status, 'desiredHealthy'), 2),
    field('Total', numberAt(status, 'expectedPods'), 2),
    await describing.events(describing.reference(object)),
  ].join('');
}

export async function priorityClass(describing: Describing, object: JsonObject): Promise<string> {
  return [
    field('Name', nameOf(object)),
    field('Value', numberAt(object, 'value')),
    field('GlobalDefault', boolAt(object, 'globalDefault')),
    field('PreemptionPolicy', textAt(object, 'preemptionPolicy')),
    field('Description', textAt(object, 'description')),
    field('Annotations', labelsText(mapAt(object, 'metadata', 'annotations'))),
    await describing.events(describing.reference(object)),
  ].join('');
}
