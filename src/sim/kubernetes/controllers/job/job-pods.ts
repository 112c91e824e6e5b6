// The pods of a Job: which count as failed, which go first, what a new one looks like.
// Models pkg/controller/job/job_controller.go and indexed_job_utils.go (1.32).
import type { Job } from '../../kinds/workloads.ts';
import type { Container, Pod, PodSpec } from '../../objects.ts';
import { isPodTerminal } from '../../pods.ts';
import type { Draft } from '../../store.ts';
import { ownedPod } from '../owned-pod.ts';
import { compareDeletionRanks, deletionRank } from '../replica-set/active-pods.ts';
import { COMPLETION_INDEX, completionIndex, type Intervals, parseIntervals, withIndexes } from './indexes.ts';
import { finishedAt } from './back-off.ts';
import { matchFailurePolicy } from './policies.ts';

/** Keeps a finished pod until the Job has counted it. */
export const JOB_TRACKING = 'batch.kubernetes.io/job-tracking';
const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const IGNORED_FAILURES = 'batch.kubernetes.io/job-index-ignored-failure-count';
const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';
/** A generated name has five letters after this many. */
const GENERATED_PREFIX = 58;

export function isTracked({ metadata }: Pod): boolean {
  return metadata.finalizers?.includes(JOB_TRACKING) === true;
}

/** The pod without the finalizer; deleted pods go when they lose it. */
export function untracked(pod: Pod): Pod {
  const { finalizers = [], ...rest } = pod.metadata;
  const left = finalizers.filter((finalizer) => finalizer !== JOB_TRACKING);
  return { ...pod, metadata: left.length === 0 ? rest : { ...rest, finalizers: left } };
}

export function isIndexed({ spec }: Job): boolean {
  return spec.completionMode === 'Indexed';
}

export function isTerminating(pod: Pod): boolean {
  return !isPodTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

/** A pod is replaced only once it has really ended, not as soon as it is being deleted. */
export function replacesFailedOnly({ spec }: Job): boolean {
  return spec.podReplacementPolicy === 'Failed' || spec.podFailurePolicy !== undefined;
}

export function isFailed(pod: Pod, job: Job): boolean {
  if (pod.status.phase === 'Failed') return true;
  if (replacesFailedOnly(job)) return false;
  return pod.metadata.deletionTimestamp !== undefined && pod.status.phase !== 'Succeeded';
}

/** False for pods of an Indexed Job whose index is none of its own. */
export function hasValidIndex(pod: Pod, job: Job): boolean {
  if (!isIndexed(job)) return true;
  const index = completionIndex(pod);
  return index !== undefined && index < (job.spec.completions ?? 0);
}

export function indexesOf(pods: readonly Pod[]): Set<number> {
  const out = new Set<number>();
  for (const pod of pods) {
    const index = completionIndex(pod);
    if (index !== undefined) out.add(index);
  }
  return out;
}

// ---- Failures by index (backoffLimitPerIndex)

function count(pod: Pod, annotation: string): number {
  const value = Number(pod.metadata.annotations?.[annotation] ?? 0);
  return Number.isInteger(value) && value >= 0 ? value : 0;
}

export function indexFailures(pod: Pod): number {
  return count(pod, FAILURES) + count(pod, IGNORED_FAILURES);
}

/** The indexes for which no further pod is made. */
export function failedIndexes(job: Job, pods: readonly Pod[]): Intervals {
  const limit = job.spec.backoffLimitPerIndex ?? 0;
  const failed = pods.filter((pod) => {
    if (!isFailed(pod, job) || !hasValidIndex(pod, job) || !isTracked(pod)) return false;
    const { action, counts } = matchFailurePolicy(job, pod);
    return action === 'FailIndex' || (counts && count(pod, FAILURES) >= limit);
  });
  return withIndexes(parseIntervals(job.status.failedIndexes, job.spec.completions ?? 0), indexesOf(failed));
}

/** The last failed pod of each index that waits for its successor, which takes over the count of failures. */
export function delayedPods(
  job: Job,
  pods: readonly Pod[],
  active: readonly Pod[],
  isOver: (index: number) => boolean,
): Map<number, Pod> {
  const running = indexesOf(active);
  const out = new Map<number, Pod>();
  for (const pod of pods) {
    const index = completionIndex(pod);
    if (index === undefined || !isTracked(pod) || !hasValidIndex(pod, job) || !isFailed(pod, job)) continue;
    if (running.has(index) || isOver(index)) continue;
    const last = out.get(index);
    if (!last || (indexFailures(last) <= indexFailures(pod) && finishedAt(pod) >= finishedAt(last)))
      out.set(index, pod);
  }
  return out;
}

function failureAnnotations(job: Job, replaced: Pod | undefined): Record<string, string> {
  let failures = replaced ? count(replaced, FAILURES) : 0;
  let ignored = replaced ? count(replaced, IGNORED_FAILURES) : 0;
  if (replaced) {
    if (matchFailurePolicy(job, replaced).counts) failures++;
    else ignored++;
  }
  return { [FAILURES]: String(failures), ...(ignored > 0 ? { [IGNORED_FAILURES]: String(ignored) } : {}) };
}

// ---- Too many

/** At least `atLeast` of the active pods: those with a wrong or doubled index, then the least advanced. */
export function podsToRemove(job: Job, active: readonly Pod[], atLeast: number): readonly Pod[] {
  const removed: Pod[] = [];
  let left: Pod[] = [];
  if (isIndexed(job)) {
    const byIndex = new Map<number, Pod[]>();
    for (const pod of active) {
      const index = completionIndex(pod);
      if (index === undefined || !hasValidIndex(pod, job)) removed.push(pod);
      else byIndex.set(index, [...(byIndex.get(index) ?? []), pod]);
    }
    for (const [, same] of [...byIndex].sort(([a], [b]) => a - b)) {
      const sorted = leastAdvancedFirst(same);
      removed.push(...sorted.slice(0, -1));
      left.push(...sorted.slice(-1));
    }
  } else left = [...active];
  if (removed.length < atLeast) removed.push(...leastAdvancedFirst(left).slice(0, atLeast - removed.length));
  return removed;
}

function leastAdvancedFirst(pods: readonly Pod[]): Pod[] {
  return pods
    .map((pod) => deletionRank(pod, 0))
    .sort((a, b) => compareDeletionRanks(a, b) || (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1))
    .map(({ pod }) => pod);
}

// ---- A new one

const indexedContainers = new WeakMap<readonly Container[], readonly Container[]>();

/** Each container learns the index from the pod's label. */
function withIndexVariable(containers: readonly Container[]): readonly Container[] {
  let found = indexedContainers.get(containers);
  if (!found) {
    const variable = {
      name: INDEX_VARIABLE,
      valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${COMPLETION_INDEX}']` } },
    };
    found = containers.map((container) =>
      container.env?.some(({ name }) => name === INDEX_VARIABLE)
        ? container
        : { ...container, env: [...(container.env ?? []), variable] },
    );
    indexedContainers.set(containers, found);
  }
  return found;
}

export function jobPod(job: Job, index: number | undefined, replaced: Pod | undefined): Draft<Pod> {
  const { metadata, spec } = job.spec.template;
  const finalizers = [JOB_TRACKING];
  const { labels, annotations } = metadata;
  const { name } = job.metadata;
  if (index === undefined)
    return ownedPod(job, spec, {
      generateName: `${name}-`,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      finalizers,
    });
  const text = String(index);
  const suffix = `-${text}-`;
  const named = {
    ...spec,
    containers: withIndexVariable(spec.containers),
    ...(spec.initContainers ? { initContainers: withIndexVariable(spec.initContainers) } : {}),
    hostname: `${name}-${text}`,
  } satisfies PodSpec & { readonly hostname: string };
  return ownedPod(job, named, {
    generateName: `${name.slice(0, GENERATED_PREFIX - suffix.length)}${suffix}`,
    labels: { ...labels, [COMPLETION_INDEX]: text },
    annotations: {
      ...annotations,
      [COMPLETION_INDEX]: text,
      ...(job.spec.backoffLimitPerIndex === undefined ? {} : failureAnnotations(job, replaced)),
    },
    finalizers,
  });
}
