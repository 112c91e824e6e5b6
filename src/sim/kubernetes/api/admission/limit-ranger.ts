// What a namespace's LimitRanges give to containers and hold them to. Models plugin/pkg/admission/limitranger (1.32).
// Departure: the original goes through Go maps, so the order of its complaints varies; here it is that of the names.
import type { LimitRange } from '../../kinds/policy.ts';
import type { PersistentVolumeClaim } from '../../kinds/storage.ts';
import type { Container, PodSpec, Quantity } from '../../objects.ts';
import { compareQuantities, formatQuantity } from '../../quantity.ts';
import { exactQuantity, podAmounts } from './amounts.ts';

type Quantities = Readonly<Record<string, Quantity>>;
type Limit = LimitRange['spec']['limits'][number];

export const LIMIT_RANGER = 'kubernetes.io/limit-ranger';

/** The spec with the defaults of the ranges in it, and what was set in words; the spec itself when nothing was. */
export function withRangeDefaults(
  spec: PodSpec,
  ranges: readonly LimitRange[],
): { readonly spec: PodSpec; readonly set: string } {
  const words: string[] = [];
  let containers = spec.containers;
  let initContainers = spec.initContainers;
  for (const range of ranges) {
    const limits = range.spec.limits.filter((limit) => limit.type === 'Container');
    const defaults = Object.assign({}, ...limits.map((limit) => limit.default)) as Quantities;
    const requests = Object.assign({}, ...limits.map((limit) => limit.defaultRequest)) as Quantities;
    const merge = (prefix: string) => (container: Container) => merged(container, defaults, requests, prefix, words);
    containers = containers.map(merge('container'));
    initContainers = initContainers?.map(merge('init container'));
  }
  if (words.length === 0) return { spec, set: '' };
  return {
    spec: { ...spec, containers, ...(initContainers ? { initContainers } : {}) },
    set: `LimitRanger plugin set: ${words.join('; ')}`,
  };
}

function merged(
  container: Container,
  limits: Quantities,
  requests: Quantities,
  prefix: string,
  words: string[],
): Container {
  const held = (container.resources as Container['resources'] | undefined) ?? {};
  const missing = (wanted: Quantities, given: Quantities = {}) =>
    Object.keys(wanted)
      .filter((name) => given[name] === undefined)
      .sort();
  const newRequests = missing(requests, held.requests);
  const newLimits = missing(limits, held.limits);
  if (newRequests.length > 0) words.push(`${newRequests.join(', ')} request for ${prefix} ${container.name}`);
  if (newLimits.length > 0) words.push(`${newLimits.join(', ')} limit for ${prefix} ${container.name}`);
  if (newRequests.length + newLimits.length === 0) return container;
  return {
    ...container,
    resources: { ...held, limits: { ...limits, ...held.limits }, requests: { ...requests, ...held.requests } },
  };
}

/** What is wrong with the spec by one range, in the words of the plugin; undefined when nothing is. */
export function limitComplaint(spec: PodSpec, range: LimitRange): string | undefined {
  const complaints: string[] = [];
  for (const limit of range.spec.limits)
    if (limit.type === 'Container')
      for (const { resources } of [...spec.containers, ...(spec.initContainers ?? [])])
        complaints.push(...judge(limit, resources.requests ?? {}, resources.limits ?? {}));
    else if (limit.type === 'Pod') complaints.push(...judge(limit, total(spec, 'requests'), total(spec, 'limits')));
  return aggregate(complaints);
}

/** The same for a claim. */
export function claimComplaint(claim: PersistentVolumeClaim, range: LimitRange): string | undefined {
  const complaints: string[] = [];
  const { requests = {}, limits = {} } = claim.spec.resources ?? {};
  for (const limit of range.spec.limits) {
    if (limit.type !== 'PersistentVolumeClaim') continue;
    for (const [name, min] of sorted(limit.min)) complaints.push(...below(limit.type, name, min, requests, limits));
    for (const [name, max] of sorted(limit.max)) {
      const says = `maximum ${name} usage per ${limit.type} is ${max}`;
      const request = requests[name];
      if (request === undefined) complaints.push(`${says}.  No request is specified`);
      else if (compare(request, max) > 0) complaints.push(`${says}, but request is ${request}`);
    }
  }
  return aggregate(complaints);
}

function judge(limit: Limit, requests: Quantities, limits: Quantities): readonly string[] {
  return [
    ...sorted(limit.min).flatMap(([name, min]) => below(limit.type, name, min, requests, limits)),
    ...sorted(limit.max).flatMap(([name, max]) => above(limit.type, name, max, requests, limits)),
    ...sorted(limit.maxLimitRequestRatio).flatMap(([name, ratio]) =>
      ratioOver(limit.type, name, ratio, requests, limits),
    ),
  ];
}

function below(type: string, name: string, min: Quantity, requests: Quantities, limits: Quantities): string[] {
  const says = `minimum ${name} usage per ${type} is ${min}`;
  const request = requests[name];
  const limit = limits[name];
  if (request === undefined) return [`${says}.  No request is specified`];
  if (compare(request, min) < 0) return [`${says}, but request is ${request}`];
  return limit !== undefined && compare(limit, min) < 0 ? [`${says}, but limit is ${limit}`] : [];
}

function above(type: string, name: string, max: Quantity, requests: Quantities, limits: Quantities): string[] {
  const says = `maximum ${name} usage per ${type} is ${max}`;
  const request = requests[name];
  const limit = limits[name];
  if (limit === undefined) return [`${says}.  No limit is specified`];
  if (compare(limit, max) > 0) return [`${says}, but limit is ${limit}`];
  return request !== undefined && compare(request, max) > 0 ? [`${says}, but request is ${request}`] : [];
}

function ratioOver(type: string, name: string, max: Quantity, requests: Quantities, limits: Quantities): string[] {
  const says = `${name} max limit to request ratio per ${type} is ${max}`;
  const request = exactQuantity(requests[name]).nano;
  const limit = exactQuantity(limits[name]).nano;
  if (request === 0n) return [`${says}, but no request is specified or request is 0`];
  if (limit === 0n) return [`${says}, but no limit is specified or limit is 0`];
  if (limit * 1_000_000_000n <= request * exactQuantity(max).nano) return [];
  return [`${says}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(6)}`];
}

function total(spec: PodSpec, kind: 'requests' | 'limits'): Quantities {
  return Object.fromEntries(podAmounts({ spec }, kind).map(([name, amount]) => [name, formatQuantity(amount)]));
}

function sorted(map: Quantities = {}): readonly (readonly [string, string])[] {
  return Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1));
}

function compare(a: string, b: string): number {
  return compareQuantities(exactQuantity(a), exactQuantity(b));
}

/** One complaint stands alone, several in brackets. */
function aggregate(complaints: readonly string[]): string | undefined {
  const different = [...new Set(complaints)];
  return different.length > 1 ? `[${different.join(', ')}]` : different[0];
}
