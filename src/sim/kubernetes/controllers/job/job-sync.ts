// One pass over one Job: count what has finished, decide whether it is over, make or delete pods, write the status.
// Models syncJob, manageJob and trackJobStatusAndRemoveFinalizers of pkg/controller/job/job_controller.go (1.32).
import { parseTime } from '../../../engine/time.ts';
import { admitPod, refusalText } from '../../api/admission/pod.ts';
import type { Job } from '../../kinds/workloads.ts';
import type { Condition, Pod } from '../../objects.ts';
import { isPodActive, isPodReady } from '../../pods.ts';
import { keyOf, type Store } from '../../store.ts';
import { type BackoffRecord, finishedAt, nextRecord, remainingBackoff } from './back-off.ts';
import {
  completionIndex,
  firstFree,
  formatIntervals,
  has,
  type Intervals,
  parseIntervals,
  total,
  union,
  withIndexes,
} from './indexes.ts';
import {
  delayedPods,
  failedIndexes,
  hasValidIndex,
  indexesOf,
  indexFailures,
  isFailed,
  isIndexed,
  isTerminating,
  isTracked,
  jobPod,
  podsToRemove,
  replacesFailedOnly,
  untracked,
} from './job-pods.ts';
import {
  countReleased,
  ensureCondition,
  jobCondition,
  statusOf,
  type Tally,
  tallyOf,
  trueCondition,
} from './job-status.ts';
import { matchFailurePolicy, matchSuccessPolicy } from './policies.ts';

const MAX_PODS_PER_PASS = 500;
const MAX_UNCOUNTED = 500;

type Report = (type: 'Normal' | 'Warning', reason: string, message: string) => void;

export class JobSync {
  /** After `run`: the record to begin the next pass with. */
  backoff: BackoffRecord;
  /** Whether the API server refused a pod, so that it must be tried again. */
  refused = false;
  readonly #store: Store;
  readonly #now: number;
  readonly #job: Job;
  readonly #pods: readonly Pod[];
  readonly #active: readonly Pod[];
  readonly #report: Report;
  readonly #tally: Tally;
  readonly #completions: number | undefined;
  #succeeded = 0;
  #failed = 0;
  #finished: Condition | undefined;
  #prevSucceeded: Intervals = [];
  #succeededIndexes: Intervals = [];
  #failedIndexes: Intervals | undefined;
  #delayed: ReadonlyMap<number, Pod> = new Map();
  /** In how many milliseconds to look again. */
  #again: number | undefined;

  constructor(store: Store, nowUnixMs: number, job: Job, pods: readonly Pod[], backoff: BackoffRecord, report: Report) {
    this.#store = store;
    this.#now = nowUnixMs;
    this.#job = job;
    this.#pods = pods;
    this.#active = pods.filter(isPodActive);
    this.#report = report;
    this.#tally = tallyOf(job.status);
    this.#completions = job.spec.completions;
    this.backoff = backoff;
  }

  /** @returns in how many milliseconds to look again, if nothing happens before */
  run(): number | undefined {
    const { spec, status } = this.#job;
    const tally = this.#tally;
    this.#count();
    tally.active = this.#active.length;
    tally.ready = this.#active.filter(isPodReady).length;
    tally.terminating = this.#pods.filter(isTerminating).length;
    if (tally.startTime === undefined && !spec.suspend) tally.startTime = this.#store.timestamp;
    this.#judge();
    let changed = false;
    if (this.#finished) this.#deleteActive(this.#active, false);
    else {
      const managed = this.#job.metadata.deletionTimestamp === undefined;
      if (managed) this.#manage();
      const enough = this.#completions === undefined ? this.#succeeded > 0 : this.#succeeded >= this.#completions;
      if (enough && tally.active === 0)
        this.#finished = this.#condition(
          'SuccessCriteriaMet',
          'CompletionsReached',
          'Reached expected number of succeeded pods',
        );
      else if (managed) changed = this.#noteSuspension();
    }
    changed ||=
      tally.active !== (status.active ?? 0) || tally.ready !== status.ready || tally.terminating !== status.terminating;
    this.#track(changed);
    return this.#again;
  }

  #condition(type: string, reason: string, message: string): Condition {
    return jobCondition(type, reason, message, this.#store.timestamp);
  }

  #lookAgain(ms: number): void {
    this.#again = Math.min(this.#again ?? ms, ms);
  }

  // ---- Counting

  #count(): void {
    const tally = this.#tally;
    const fresh = (uncounted: readonly string[], is: (pod: Pod) => boolean) =>
      this.#pods.filter(
        (pod) => isTracked(pod) && !uncounted.includes(pod.metadata.uid) && hasValidIndex(pod, this.#job) && is(pod),
      );
    const succeeded = fresh(tally.uncountedSucceeded, ({ status }) => status.phase === 'Succeeded');
    const failed = fresh(tally.uncountedFailed, (pod) => isFailed(pod, this.#job));
    this.#succeeded = tally.succeeded + succeeded.length + tally.uncountedSucceeded.length;
    const counted = failed.filter((pod) => matchFailurePolicy(this.#job, pod).counts);
    this.#failed = tally.failed + counted.length + tally.uncountedFailed.length;
    this.backoff = nextRecord(this.backoff, succeeded, failed);
  }

  /** Whether the Job is over, and why. */
  #judge(): void {
    const { spec, status } = this.#job;
    this.#finished = trueCondition(status.conditions, 'SuccessCriteriaMet');
    if (!this.#finished) {
      const target = trueCondition(status.conditions, 'FailureTarget');
      if (target) this.#finished = this.#condition('Failed', target.reason ?? '', target.message ?? '');
      else if (spec.podFailurePolicy)
        for (const pod of this.#pods) {
          const message = isFailed(pod, this.#job) ? matchFailurePolicy(this.#job, pod).message : undefined;
          if (message === undefined) continue;
          this.#finished = this.#condition('FailureTarget', 'PodFailurePolicy', message);
          break;
        }
    }
    const fail = (reason: string, message: string) => {
      this.#finished = this.#condition('FailureTarget', reason, message);
    };
    if (!this.#finished) {
      const left = this.#timeLeft();
      if (this.#failed > spec.backoffLimit || this.#restartsExceeded())
        fail('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
      else if (left !== undefined && left <= 0)
        fail('DeadlineExceeded', 'Job was active longer than specified deadline');
      else if (left !== undefined) this.#lookAgain(left);
    }
    if (!isIndexed(this.#job)) return;
    const completions = this.#completions ?? 0;
    this.#prevSucceeded = parseIntervals(status.completedIndexes, completions);
    const news = this.#pods.filter(
      (pod) => pod.status.phase === 'Succeeded' && isTracked(pod) && hasValidIndex(pod, this.#job),
    );
    this.#succeededIndexes = withIndexes(this.#prevSucceeded, indexesOf(news));
    this.#succeeded = total(this.#succeededIndexes);
    if (spec.backoffLimitPerIndex !== undefined) {
      const failed = failedIndexes(this.#job, this.#pods);
      this.#failedIndexes = failed;
      const count = total(failed);
      if (!this.#finished) {
        if (spec.maxFailedIndexes !== undefined && count > spec.maxFailedIndexes)
          fail('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
        else if (count > 0 && count + this.#succeeded >= completions) fail('FailedIndexes', 'Job has failed indexes');
      }
      const isOver = (index: number) => has(this.#succeededIndexes, index) || has(failed, index);
      this.#delayed = delayedPods(this.#job, this.#pods, this.#active, isOver);
    }
    if (this.#finished) return;
    const met = matchSuccessPolicy(this.#job, this.#succeededIndexes);
    if (met !== undefined) this.#finished = this.#condition('SuccessCriteriaMet', 'SuccessPolicy', met);
  }

  /** Milliseconds until the deadline; undefined when there is none or the Job does not run. */
  #timeLeft(): number | undefined {
    const { activeDeadlineSeconds, suspend } = this.#job.spec;
    const { startTime } = this.#tally;
    if (activeDeadlineSeconds === undefined || suspend || startTime === undefined) return undefined;
    return (parseTime(startTime) ?? this.#now) + activeDeadlineSeconds * 1000 - this.#now;
  }

  /** Where containers start again in place, their restarts count. */
  #restartsExceeded(): boolean {
    const { template, backoffLimit } = this.#job.spec;
    if (template.spec.restartPolicy !== 'OnFailure') return false;
    let restarts = 0;
    for (const { status } of this.#pods)
      if (status.phase === 'Running' || status.phase === 'Pending')
        for (const { restartCount } of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])])
          restarts += restartCount;
    return backoffLimit === 0 ? restarts > 0 : restarts >= backoffLimit;
  }

  // ---- Making and deleting pods

  /** @param release take the finalizer away first, so that the pod does not count as failed */
  #deleteActive(pods: readonly Pod[], release: boolean): void {
    for (const pod of pods) {
      if (release && isTracked(pod)) this.#store.update('pods', untracked(pod));
      this.#store.delete('pods', keyOf(pod));
      this.#report('Normal', 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
    this.#tally.active -= pods.length;
    this.#tally.terminating += pods.length;
    this.#tally.ready -= pods.filter(isPodReady).length;
  }

  #manage(): void {
    const { suspend, parallelism = 1 } = this.#job.spec;
    const tally = this.#tally;
    const active = this.#active.length;
    if (suspend) {
      this.#deleteActive(podsToRemove(this.#job, this.#active, active), true);
      return;
    }
    const wanted =
      this.#completions === undefined
        ? this.#succeeded > 0
          ? active
          : parallelism
        : Math.max(0, Math.min(this.#completions - this.#succeeded, parallelism));
    const excess = podsToRemove(this.#job, this.#active, Math.max(0, active - wanted)).slice(0, MAX_PODS_PER_PASS);
    if (excess.length > 0) {
      this.#deleteActive(excess, true);
      return;
    }
    const missing = wanted - (replacesFailedOnly(this.#job) ? tally.terminating : 0) - active;
    if (missing > 0) this.#create(Math.min(missing, MAX_PODS_PER_PASS));
  }

  #create(missing: number): void {
    const { metadata, spec } = this.#job;
    const byIndex = spec.backoffLimitPerIndex !== undefined;
    const wait = byIndex ? 0 : remainingBackoff(this.backoff, this.#now);
    if (wait > 0) {
      this.#lookAgain(wait);
      this.#tally.active = 0;
      return;
    }
    let indexes: readonly (number | undefined)[] = Array.from({ length: missing }, () => undefined);
    if (isIndexed(this.#job)) {
      const free = this.#freeIndexes(missing);
      const waits = free.map((index) => this.#indexBackoff(index));
      const ready = free.filter((_, i) => waits[i] === 0);
      if (ready.length === 0 && free.length > 0) {
        this.#lookAgain(Math.min(...waits));
        this.#tally.active = 0;
        return;
      }
      indexes = ready;
    }
    // A namespace that is going away takes nothing new; the Job will go with it.
    if (this.#store.get('namespaces', metadata.namespace ?? '')?.metadata.deletionTimestamp !== undefined) return;
    // A batch with a refused pod ends the pass: each of its pods was tried, none of the later batches.
    for (let at = 0, batch = 1; at < indexes.length && !this.refused; at += batch, batch *= 2)
      for (const index of indexes.slice(at, at + batch)) this.#createOne(index);
  }

  #createOne(index: number | undefined): void {
    const replaced = index === undefined ? undefined : this.#delayed.get(index);
    const admitted = admitPod(this.#store, jobPod(this.#job, index, replaced));
    if ('refused' in admitted) {
      this.refused = true;
      this.#report('Warning', 'FailedCreate', `Error creating: ${refusalText(admitted)}`);
      return;
    }
    const pod = this.#store.create('pods', admitted.pod);
    this.#report('Normal', 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    this.#tally.active++;
  }

  #freeIndexes(count: number): number[] {
    let taken = withIndexes(this.#succeededIndexes, indexesOf(this.#active));
    if (replacesFailedOnly(this.#job)) taken = withIndexes(taken, indexesOf(this.#pods.filter(isTerminating)));
    if (this.#failedIndexes) taken = union(taken, this.#failedIndexes);
    return firstFree(taken, count, this.#completions ?? 0);
  }

  #indexBackoff(index: number): number {
    const last = this.#delayed.get(index);
    if (!last) return 0;
    const record = { failuresAfterLastSuccess: indexFailures(last) + 1, lastFailure: finishedAt(last) };
    return remainingBackoff(record, this.#now);
  }

  #noteSuspension(): boolean {
    const { suspend } = this.#job.spec;
    const tally = this.#tally;
    const word = suspend ? 'suspended' : 'resumed';
    const reason = suspend ? 'JobSuspended' : 'JobResumed';
    const next = {
      ...this.#condition('Suspended', reason, `Job ${word}`),
      status: suspend ? 'True' : 'False',
    } as const;
    const conditions = ensureCondition(tally.conditions, next);
    if (conditions === tally.conditions) return false;
    tally.conditions = conditions;
    this.#report('Normal', suspend ? 'Suspended' : 'Resumed', `Job ${word}`);
    if (!suspend) tally.startTime = this.#store.timestamp;
    return true;
  }

  // ---- Status

  /** Notes finished pods in the status, lets them go, and only then counts them, so that none is counted twice. */
  #track(changed: boolean): void {
    const tally = this.#tally;
    const indexed = isIndexed(this.#job);
    const tracked = new Set(this.#pods.filter(isTracked).map(({ metadata }) => metadata.uid));
    let flush = countReleased(tally, tracked) || changed;
    const toRelease: Pod[] = [];
    const newIndexes: number[] = [];
    let full = false;
    const ordered = indexed
      ? [...this.#pods].sort((a, b) => (completionIndex(a) ?? -1) - (completionIndex(b) ?? -1))
      : this.#pods;
    for (const pod of ordered) {
      const { uid } = pod.metadata;
      const failed = isFailed(pod, this.#job);
      if (!tracked.has(uid) || !this.#mayRelease(pod, failed)) continue;
      toRelease.push(pod);
      if (pod.status.phase === 'Succeeded' && !tally.uncountedFailed.includes(uid)) {
        const index = completionIndex(pod);
        if (!indexed) {
          if (!tally.uncountedSucceeded.includes(uid)) {
            tally.uncountedSucceeded = [...tally.uncountedSucceeded, uid];
            flush = true;
          }
        } else if (index !== undefined && hasValidIndex(pod, this.#job) && !has(this.#prevSucceeded, index)) {
          newIndexes.push(index);
          flush = true;
        }
      } else if (failed || (this.#finished && this.#finished.type !== 'SuccessCriteriaMet')) {
        const counts = hasValidIndex(pod, this.#job) && matchFailurePolicy(this.#job, pod).counts;
        if (counts && !tally.uncountedFailed.includes(uid)) {
          tally.uncountedFailed = [...tally.uncountedFailed, uid];
          flush = true;
        }
      }
      if (newIndexes.length + tally.uncountedSucceeded.length + tally.uncountedFailed.length >= MAX_UNCOUNTED) {
        full = true;
        break;
      }
    }
    if (indexed) flush = this.#noteIndexes(newIndexes) || flush;
    flush = this.#noteInterim() || flush;
    if (flush) this.#write();
    for (const pod of toRelease) {
      const present = this.#store.get('pods', keyOf(pod));
      if (present?.metadata.uid === pod.metadata.uid) this.#store.update('pods', untracked(present));
      tracked.delete(pod.metadata.uid);
    }
    flush = countReleased(tally, tracked);
    const ended = !full && this.#enact();
    if (flush || ended) this.#write();
    if (ended) this.#reportEnd();
  }

  #mayRelease(pod: Pod, failed: boolean): boolean {
    if (this.#job.metadata.deletionTimestamp !== undefined || this.#finished || pod.status.phase === 'Succeeded')
      return true;
    if (!failed) return false;
    const index = completionIndex(pod);
    return index === undefined || this.#delayed.get(index)?.metadata.uid !== pod.metadata.uid;
  }

  #noteIndexes(newIndexes: readonly number[]): boolean {
    const tally = this.#tally;
    this.#succeededIndexes = withIndexes(this.#succeededIndexes, newIndexes);
    const completed = formatIntervals(this.#succeededIndexes);
    const failed = this.#failedIndexes && formatIntervals(this.#failedIndexes);
    const changed = completed !== tally.completedIndexes || failed !== tally.failedIndexes;
    tally.succeeded = total(this.#succeededIndexes);
    tally.completedIndexes = completed;
    tally.failedIndexes = failed;
    return changed;
  }

  /** Says that the Job is going to end, before its last pods are let go; what it ends as follows. */
  #noteInterim(): boolean {
    const finished = this.#finished;
    if (finished?.type !== 'FailureTarget' && finished?.type !== 'SuccessCriteriaMet') return false;
    const tally = this.#tally;
    const known = trueCondition(tally.conditions, finished.type) !== undefined;
    if (!known) tally.conditions = [...tally.conditions, finished];
    const end = finished.type === 'FailureTarget' ? 'Failed' : 'Complete';
    this.#finished = this.#condition(end, finished.reason ?? '', finished.message ?? '');
    return !known;
  }

  /** The Job ends when every pod is counted and none is terminating. */
  #enact(): boolean {
    const tally = this.#tally;
    if (!this.#finished || tally.uncountedSucceeded.length + tally.uncountedFailed.length > 0 || tally.terminating > 0)
      return false;
    tally.conditions = ensureCondition(tally.conditions, this.#finished);
    if (this.#finished.type === 'Complete') tally.completionTime = this.#store.timestamp;
    return true;
  }

  #reportEnd(): void {
    const { type, reason = '', message = '' } = this.#finished ?? { type: '' };
    if (type !== 'Complete') {
      this.#report('Warning', reason, message);
      return;
    }
    if (this.#completions !== undefined && this.#tally.succeeded > this.#completions)
      this.#report('Warning', 'TooManySucceededPods', 'Too many succeeded pods running after completion count reached');
    this.#report('Normal', 'Completed', 'Job completed');
  }

  #write(): void {
    this.#store.updateStatus('jobs', keyOf(this.#job), statusOf(this.#tally));
  }
}
