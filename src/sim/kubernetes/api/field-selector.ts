// Field selectors: `spec.nodeName=a,status.phase!=Running`, and which fields each kind knows.
// Models k8s.io/apimachinery/pkg/fields/selector.go and the label conversions of each group (1.32).
import type { AnyObject, ResourceName } from '../objects.ts';
import { isObject } from './json.ts';

export type FieldSelector = (object: AnyObject) => boolean;

const EVERYWHERE = ['metadata.name', 'metadata.namespace'];
const FIELDS: Partial<Record<ResourceName, readonly string[]>> = {
  pods: [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  nodes: ['spec.unschedulable'],
  namespaces: ['status.phase'],
  services: ['spec.clusterIP', 'spec.type'],
  replicasets: ['status.replicas'],
  jobs: ['status.successful'],
  statefulsets: ['status.successful'],
  secrets: ['type'],
  events: [
    'involvedObject.kind',
    'involvedObject.namespace',
    'involvedObject.name',
    'involvedObject.uid',
    'involvedObject.apiVersion',
    'involvedObject.resourceVersion',
    'involvedObject.fieldPath',
    'reason',
    'reportingComponent',
    'source',
    'type',
  ],
};
/** Booleans that are false when absent. */
const FALSE_WHEN_ABSENT = new Set(['spec.unschedulable', 'spec.hostNetwork']);

export function parseFieldSelector(resource: ResourceName, text: string): FieldSelector | { readonly error: string } {
  const terms: { readonly path: string; readonly value: string; readonly equal: boolean }[] = [];
  for (const term of text.split(',')) {
    if (term === '') continue;
    const m = /^([^!=]+)(!=|==|=)(.*)$/.exec(term);
    if (!m) return { error: `invalid selector: '${text}'; can't understand '${term}'` };
    const path = m[1] as string;
    if (!EVERYWHERE.includes(path) && !FIELDS[resource]?.includes(path)) return { error: unknown(resource, path) };
    terms.push({ path, value: (m[3] as string).replace(/\\([\\,=])/g, '$1'), equal: m[2] !== '!=' });
  }
  return (object) => terms.every(({ path, value, equal }) => (fieldText(object, path) === value) === equal);
}

function unknown(resource: ResourceName, path: string): string {
  if (resource === 'jobs' || resource === 'statefulsets')
    return `field label "${path}" not supported for ${resource === 'jobs' ? 'Job' : 'StatefulSet'}`;
  return FIELDS[resource] && resource !== 'replicasets'
    ? `field label not supported: ${path}`
    : `"${path}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}

function fieldText(object: AnyObject, path: string): string {
  let value: unknown = object;
  // Only jobs count successes; a job without one has none.
  if (path === 'status.successful') return object.kind === 'Job' ? String(object.status.succeeded ?? 0) : '';
  for (const part of path.split('.')) value = isObject(value) ? value[part] : undefined;
  if (path === 'source') value = isObject(value) ? value.component : undefined;
  if (value === undefined || value === null) return FALSE_WHEN_ABSENT.has(path) ? 'false' : '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
