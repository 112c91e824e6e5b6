// What every new pod goes through, whoever makes it: priority, five minutes' patience with a lost node, service
// account, the namespace's ranges and quotas. Models the admission plugins Priority, DefaultTolerationSeconds,
// ServiceAccount, LimitRanger and ResourceQuota in the order in which the API server runs them (1.32).
// Controllers write to the store directly, so they call `admitPod` before they create a pod.
// Departure: no token volume is mounted. An account called `default` that is missing is waited for while its namespace
// is young, as the original does; here the request does not take longer for it.
import { fnv1a32 } from '../../../engine/hash.ts';
import { parseTime } from '../../../engine/time.ts';
import type { LimitRange } from '../../kinds/policy.ts';
import type { Pod, PodSpec, Toleration } from '../../objects.ts';
import { qosClass } from '../../pods.ts';
import type { Draft, Store } from '../../store.ts';
import { LIMIT_RANGER, limitComplaint, withRangeDefaults } from './limit-ranger.ts';
import { priorityOf } from './priority.ts';
import { quotaComplaint } from './quota.ts';

export type AdmittedPod =
  | { readonly pod: Draft<Pod> }
  /** `name` is the pod's, as far as it had one when it was refused; `refused` stands behind `… is forbidden: `. */
  | { readonly name: string; readonly refused: string };

/** The pod as it may be stored, or why it may not. Pods of one template go on sharing one spec. */
export function admitPod(store: Store, draft: Draft<Pod>): AdmittedPod {
  const namespace = draft.metadata.namespace ?? 'default';
  const ranges = store.size('limitranges') === 0 ? NO_RANGES : store.list('limitranges', namespace);
  const completed = completeSpec(store, draft.spec, ranges);
  const named = draft.metadata.name ?? draft.metadata.generateName ?? '';
  if ('refused' in completed) return { name: named, refused: completed.refused };
  const { spec, set } = completed;
  const account = accountComplaint(store, namespace, spec.serviceAccountName ?? 'default');
  if (account !== undefined) return { name: named, refused: account };
  const late =
    first(ranges, (range) => limitComplaint(spec, range)) ??
    quotaComplaint(store, 'pods', namespace, { ...draft, spec });
  if (late !== undefined)
    return {
      name: draft.metadata.name ?? `${named}${suffix(`${named}@${String(store.resourceVersion)}`)}`,
      refused: late,
    };
  if (spec === draft.spec) return { pod: draft };
  const metadata =
    set === ''
      ? draft.metadata
      : { ...draft.metadata, annotations: { ...draft.metadata.annotations, [LIMIT_RANGER]: set } };
  return { pod: { ...draft, metadata, spec, status: { ...draft.status, qosClass: qosClass({ spec }) } } };
}

/** As a controller's event has it. */
export function refusalText({ name, refused }: { readonly name: string; readonly refused: string }): string {
  return `pods "${name}" is forbidden: ${refused}`;
}

const LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** A name that nobody will have: ranges and quotas are asked when the name is made already. */
function suffix(seed: string): string {
  let number = fnv1a32(seed);
  let out = '';
  for (let i = 0; i < 5; i++) {
    out += LETTERS[number % LETTERS.length] as string;
    number = Math.floor(number / LETTERS.length);
  }
  return out;
}

const NO_RANGES: readonly LimitRange[] = [];

interface Completed {
  readonly spec: PodSpec;
  /** What the ranges set, in words. */
  readonly set: string;
}

interface Remembered extends Completed {
  readonly ranges: string;
  readonly priority: Pick<PodSpec, 'priority' | 'preemptionPolicy' | 'priorityClassName'>;
}

/** A cache: equal questions get the same answer, and thousands of pods one spec. */
const remembered = new WeakMap<PodSpec, Remembered>();

function completeSpec(
  store: Store,
  spec: PodSpec,
  limitRanges: readonly LimitRange[],
): Completed | { readonly refused: string } {
  const priority = priorityOf(store, spec);
  if ('refused' in priority) return priority;
  const ranges = limitRanges.map(({ metadata }) => `${metadata.uid}@${metadata.resourceVersion}`).join();
  const held = remembered.get(spec);
  if (
    held?.ranges === ranges &&
    held.priority.priority === priority.priority &&
    held.priority.preemptionPolicy === priority.preemptionPolicy &&
    held.priority.priorityClassName === priority.priorityClassName
  )
    return held;
  const ranged = withRangeDefaults(spec, limitRanges);
  const done = { spec: completed(ranged.spec, priority), set: ranged.set };
  remembered.set(spec, { ...done, ranges, priority });
  return done;
}

function completed(
  spec: PodSpec,
  priority: Pick<PodSpec, 'priority' | 'preemptionPolicy' | 'priorityClassName'>,
): PodSpec {
  const account = spec.serviceAccountName ?? 'default';
  const tolerations = withNodeTolerations(spec.tolerations ?? []);
  // The API server sets the last one when a pod is made, so that a template does not have it.
  const own = spec as PodSpec & { readonly serviceAccount?: string; readonly enableServiceLinks?: boolean };
  if (
    own.serviceAccountName === account &&
    tolerations === spec.tolerations &&
    priority.priority === spec.priority &&
    priority.preemptionPolicy === spec.preemptionPolicy &&
    priority.priorityClassName === spec.priorityClassName
  )
    return spec;
  const next: typeof own = {
    ...spec,
    ...priority,
    serviceAccount: account,
    serviceAccountName: account,
    tolerations,
    enableServiceLinks: own.enableServiceLinks ?? true,
  };
  return next;
}

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
const PATIENCE_SECONDS = 300;

/** Five minutes on a node that is not ready or unreachable, unless the pod says otherwise. */
function withNodeTolerations(tolerations: readonly Toleration[]): readonly Toleration[] {
  const missing = [NOT_READY, UNREACHABLE].filter(
    (key) =>
      !tolerations.some(
        (t) => (t.key === key || (t.key ?? '') === '') && (t.effect === 'NoExecute' || t.effect === undefined),
      ),
  );
  if (missing.length === 0) return tolerations;
  return [
    ...tolerations,
    ...missing.map(
      (key) => ({ effect: 'NoExecute', key, operator: 'Exists', tolerationSeconds: PATIENCE_SECONDS }) as const,
    ),
  ];
}

/** The original asks ten times, 100 to 200 ms apart. */
const ACCOUNT_PATIENCE_MS = 1500;

function accountComplaint(store: Store, namespace: string, account: string): string | undefined {
  if (store.get('serviceaccounts', `${namespace}/${account}`)) return undefined;
  if (account === 'default') {
    const born = parseTime(store.get('namespaces', namespace)?.metadata.creationTimestamp ?? '');
    const now = store.sim.epochMs + store.sim.now;
    if (born === undefined || now - born <= ACCOUNT_PATIENCE_MS) return undefined;
  }
  return `error looking up service account ${namespace}/${account}: serviceaccount "${account}" not found`;
}

function first<T>(list: readonly T[], complaint: (item: T) => string | undefined): string | undefined {
  for (const item of list) {
    const found = complaint(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
