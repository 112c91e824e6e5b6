// `kubectl describe job` and `cronjob` (kubectl/pkg/describe/describe.go, 1.32).

import { parseTime } from '../../../../sim/engine/time.ts';
import { humanDuration } from '../../../../sim/kubernetes/duration.ts';
import { controllerOf, selectorText } from '../deployments.ts';
import {
  at,
  boolAt,
  isObject,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  numberAt,
  objectAt,
  textAt,
} from '../object.ts';
import type { Describing } from './index.ts';
import { podTemplate } from './pod-template.ts';
import { annotations, controllerText, field, labels, longTime } from './text.ts';

export async function job(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const status = objectAt(object, 'status');
  const optional = (title: string, text: string) => (text ? field(title, text) : '');
  const [started, completed] = [textAt(status, 'startTime'), textAt(status, 'completionTime')];
  const tookMs = (parseTime(completed) ?? 0) - (parseTime(started) ?? 0);
  const deadline = textAt(spec, 'activeDeadlineSeconds');
  const active = `${numberAt(status, 'active')} Active`;
  const ready = at(status, 'ready') === undefined ? '' : ` (${numberAt(status, 'ready')} Ready)`;
  const ended = `${numberAt(status, 'succeeded')} Succeeded / ${numberAt(status, 'failed')} Failed`;
  const indexed = textAt(spec, 'completionMode') === 'Indexed';
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    field('Selector', selectorText(objectAt(spec, 'selector'))),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    optional('Controlled By', controllerText(controllerOf(object))),
    optional('Parallelism', textAt(spec, 'parallelism')),
    field('Completions', textAt(spec, 'completions') || '<unset>'),
    optional('Completion Mode', textAt(spec, 'completionMode')),
    optional('Suspend', textAt(spec, 'suspend')),
    optional('Backoff Limit', textAt(spec, 'backoffLimit')),
    optional('TTL Seconds After Finished', textAt(spec, 'ttlSecondsAfterFinished')),
    started ? field('Start Time', longTime(started)) : '',
    completed ? field('Completed At', longTime(completed)) : '',
    started && completed ? field('Duration', humanDuration(tookMs)) : '',
    deadline ? field('Active Deadline Seconds', `${deadline}s`) : '',
    field('Pods Statuses', `${active}${ready} / ${ended}`),
    indexed ? field('Completed Indexes', someIndexes(textAt(status, 'completedIndexes'))) : '',
    podTemplate(objectAt(spec, 'template')),
    await describing.events(describing.reference(object)),
  ].join('');
}

const SHOWN = 50;

/** Cut at the first comma after so many signs. */
function someIndexes(text: string): string {
  if (text === '') return '<none>';
  const cut = text.indexOf(',', SHOWN);
  return cut < 0 ? text : `${text.slice(0, cut + 1)}...`;
}

export async function cronJob(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const orUnset = (text: string, unit = '') => (text ? text + unit : '<unset>');
  const suspend = at(spec, 'suspend') === undefined ? '<unset>' : boolAt(spec, 'suspend') ? 'True' : 'False';
  const last = textAt(object, 'status', 'lastScheduleTime');
  const active = listAt(object, 'status', 'active').map((one) => textAt(one, 'name'));
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Schedule', textAt(spec, 'schedule')),
    field('Concurrency Policy', textAt(spec, 'concurrencyPolicy')),
    field('Suspend', suspend),
    field('Successful Job History Limit', orUnset(textAt(spec, 'successfulJobsHistoryLimit'))),
    field('Failed Job History Limit', orUnset(textAt(spec, 'failedJobsHistoryLimit'))),
    field('Starting Deadline Seconds', orUnset(textAt(spec, 'startingDeadlineSeconds'), 's')),
    jobTemplate(objectAt(spec, 'jobTemplate', 'spec')),
    field('Last Schedule Time', last ? longTime(last) : '<unset>'),
    field('Active Jobs', active.join(', ') || '<none>'),
    await describing.events(describing.reference(object)),
  ].join('');
}

function jobTemplate(spec: JsonObject): string {
  const selector = spec['selector'];
  const deadline = textAt(spec, 'activeDeadlineSeconds');
  return [
    field('Selector', isObject(selector) ? selectorText(selector) : '<unset>'),
    field('Parallelism', textAt(spec, 'parallelism') || '<unset>'),
    field('Completions', textAt(spec, 'completions') || '<unset>'),
    deadline ? field('Active Deadline Seconds', `${deadline}s`) : '',
    podTemplate(objectAt(spec, 'template')),
  ].join('');
}
