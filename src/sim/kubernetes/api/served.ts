// Resources that are served under a second group or version, out of the same store: autoscaling/v1 and
// events.k8s.io/v1. Models the conversions of pkg/apis/autoscaling/v1 and pkg/apis/events/v1 (Kubernetes 1.32).
// Departure: what autoscaling/v1 has no field for is kept in its annotations in the form of v2, not of v1.
import type { AnyObject } from '../objects.ts';
import { apiVersionOf, type ResourceInfo, resourceInfo, resources } from '../resources.ts';
import { isObject, type Json, type JsonObject, listOf, objectOf, textOf } from './json.ts';

/** A resource as one path serves it. */
export interface Served {
  /** Its names there. */
  readonly info: ResourceInfo;
  /** A client's document in the form of the store; undefined when they are the same. */
  readonly toStored?: (document: JsonObject) => JsonObject;
  readonly fromStored?: (object: AnyObject) => AnyObject;
  /** A field selector in the names of the store. */
  readonly fieldSelector?: (text: string) => string;
}

const METRICS = 'autoscaling.alpha.kubernetes.io/metrics';
const CURRENT = 'autoscaling.alpha.kubernetes.io/current-metrics';
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior';
const CONDITIONS = 'autoscaling.alpha.kubernetes.io/conditions';

const isCpu = (metric: JsonObject) => objectOf(metric.resource).name === 'cpu';
const cpuTarget = (metric: JsonObject) => objectOf(objectOf(metric.resource).target).averageUtilization;

function autoscalerFromStored(object: AnyObject): AnyObject {
  const { spec, status, metadata, ...rest } = object as unknown as Record<'spec' | 'status' | 'metadata', JsonObject>;
  const { metrics, behavior, ...own } = spec;
  const { currentMetrics, conditions, ...now } = status;
  const cpu = listOf(metrics).find((metric) => isCpu(metric) && cpuTarget(metric) !== undefined);
  const used = listOf(currentMetrics).find(isCpu);
  const others = listOf(metrics).filter((metric) => metric !== cpu);
  const others2 = listOf(currentMetrics).filter((metric) => metric !== used);
  const notes: JsonObject = {};
  if (others.length > 0) notes[METRICS] = JSON.stringify(others);
  if (others2.length > 0) notes[CURRENT] = JSON.stringify(others2);
  if (behavior !== undefined) notes[BEHAVIOR] = JSON.stringify(behavior);
  if (listOf(conditions).length > 0) notes[CONDITIONS] = JSON.stringify(conditions);
  const annotations = { ...objectOf(metadata.annotations), ...notes };
  const current = objectOf(objectOf(used?.resource).current).averageUtilization;
  return {
    ...rest,
    apiVersion: 'autoscaling/v1',
    metadata: Object.keys(annotations).length > 0 ? { ...metadata, annotations } : metadata,
    spec: { ...own, ...(cpu ? { targetCPUUtilizationPercentage: cpuTarget(cpu) } : {}) },
    // Both are always there in this version.
    status: {
      ...{ currentReplicas: 0, desiredReplicas: 0 },
      ...now,
      ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
    },
  } as unknown as AnyObject;
}

function autoscalerToStored(document: JsonObject): JsonObject {
  const metadata = { ...objectOf(document.metadata) };
  const annotations = { ...objectOf(metadata.annotations) };
  const take = (key: string): Json | undefined => {
    const text = annotations[key];
    delete annotations[key];
    if (typeof text !== 'string') return undefined;
    try {
      return JSON.parse(text) as Json;
    } catch {
      return undefined; // The real conversion drops what it cannot read as well.
    }
  };
  const metrics = listOf(take(METRICS)).slice();
  const behavior = take(BEHAVIOR);
  take(CURRENT);
  take(CONDITIONS);
  const hadAnnotations = isObject(metadata.annotations);
  if (hadAnnotations) metadata.annotations = annotations;
  const { targetCPUUtilizationPercentage: percent, ...spec } = objectOf(document.spec);
  if (percent !== undefined && percent !== null)
    metrics.unshift({
      type: 'Resource',
      resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: percent } },
    });
  return {
    ...document,
    ...(document.apiVersion === 'autoscaling/v1' ? { apiVersion: 'autoscaling/v2' } : {}),
    ...(document.metadata === undefined ? {} : { metadata }),
    ...(document.spec === undefined
      ? {}
      : {
          spec: {
            ...spec,
            ...(metrics.length > 0 ? { metrics } : {}),
            ...(isObject(behavior) ? { behavior } : {}),
          },
        }),
  };
}

/** Names of an event's fields: those of events.k8s.io, and those of the core group. */
const EVENT_FIELDS: readonly (readonly [string, string])[] = [
  ['regarding', 'involvedObject'],
  ['note', 'message'],
  ['deprecatedSource', 'source'],
  ['deprecatedFirstTimestamp', 'firstTimestamp'],
  ['deprecatedLastTimestamp', 'lastTimestamp'],
  ['deprecatedCount', 'count'],
  ['reportingController', 'reportingComponent'],
];

function renamed(object: JsonObject, from: 0 | 1): JsonObject {
  const names = new Map(EVENT_FIELDS.map((pair) => [pair[from], pair[1 - from] as string]));
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [names.get(key) ?? key, value]));
}

const EVENTS: ResourceInfo = { ...resourceInfo('events'), group: 'events.k8s.io', version: 'v1' };
const AUTOSCALERS: ResourceInfo = { ...resourceInfo('horizontalpodautoscalers'), version: 'v1' };

const SECOND: readonly Served[] = [
  { info: AUTOSCALERS, toStored: autoscalerToStored, fromStored: autoscalerFromStored },
  {
    info: EVENTS,
    toStored: (document) => ({
      ...renamed(document, 0),
      ...(document.apiVersion === 'events.k8s.io/v1' ? { apiVersion: 'v1' } : {}),
      ...(document.regarding === undefined ? { involvedObject: {} } : {}),
    }),
    fromStored: (object) =>
      ({
        ...renamed(object as unknown as JsonObject, 1),
        apiVersion: 'events.k8s.io/v1',
        eventTime: (object as unknown as JsonObject).eventTime ?? null,
      }) as unknown as AnyObject,
    fieldSelector: (text) =>
      text
        .replace(/(^|,)regarding\./g, '$1involvedObject.')
        .replace(/(^|,)reportingController\b/g, '$1reportingComponent'),
  },
];

/** Everything that is served out of the store, in the order of discovery within a group and version. */
export const servedResources: readonly Served[] = [...resources.map((info) => ({ info })), ...SECOND];

const byPath = new Map(
  servedResources.map((served) => [`${apiVersionOf(served.info)}/${served.info.resource}`, served]),
);

export function servedAt(group: string, version: string, resource: string): Served | undefined {
  return byPath.get(`${group === '' ? version : `${group}/${version}`}/${resource}`);
}

/** Whether a document of the resource says that it is of this version, or says nothing. */
export function isOfVersion({ info }: Served, document: JsonObject): boolean {
  const apiVersion = textOf(document.apiVersion);
  return apiVersion === '' || apiVersion === apiVersionOf(info);
}
