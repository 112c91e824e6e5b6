// Eviction: a deletion that asks the disruption budgets first. Models pkg/registry/core/pod/storage/eviction.go
// (Kubernetes 1.32). The budget's status is written at once, so that the next eviction sees this one; the disruption
// controller counts anew later.
import type { Cluster } from '../cluster.ts';
import type { PodDisruptionBudget } from '../kinds/policy.ts';
import type { Pod } from '../objects.ts';
import { isPodReady, setCondition } from '../pods.ts';
import type { ResourceInfo } from '../resources.ts';
import { matchesRequirements, requirementsOf } from '../selector.ts';
import { keyOf } from '../store.ts';
import { deleteObject, readDeletion } from './deletion.ts';
import { type JsonObject, objectOf, textOf } from './json.ts';
import { badRequest, failure, type Status } from './status.ts';
import { asInput } from './writing.ts';

/** More pods than this on their way out, and the budget's controller must be in trouble. */
const MAX_DISRUPTED = 2000;
const VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget.";

export const created: Status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };

export function evict(cluster: Cluster, info: ResourceInfo, pod: Pod, document: JsonObject, dryRun: boolean): Status {
  const { name } = pod.metadata;
  const named = textOf(objectOf(document.metadata).name);
  if (named !== '' && named !== name)
    return badRequest(`name in URL does not match name in Eviction object: '${name}' vs '${named}'`);
  const deletion = readDeletion(objectOf(document.deleteOptions), new Map());
  if ('status' in deletion) return deletion.status;
  const dry = dryRun || deletion.dryRun;
  const guarded = needsBudget(pod) ? budgetsOf(cluster, pod) : [];
  if (guarded.length > 1)
    return failure(
      500,
      '',
      'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
    );
  const [budget] = guarded;
  const counted = budget && !mayGoUnready(pod, budget) ? budget : undefined;
  if (counted) {
    const refusal = refuse(counted);
    if (refusal) return refusal;
  }
  const checked = deleteObject(cluster, info, pod, { ...deletion, dryRun: true });
  if ('status' in checked) return checked.status;
  if (dry) return created;
  asInput(cluster, 'evict', info, keyOf(pod), () => {
    if (counted) cluster.store.update('poddisruptionbudgets', spent(cluster, counted, name));
    const evicted = markDisrupted(cluster, pod);
    const { dryRun: _dryRun, uid: _uid, resourceVersion: _version, ...options } = deletion;
    cluster.store.delete('pods', keyOf(evicted), options);
  });
  return created;
}

/** A pod that does not run, or goes already, disrupts nothing. */
function needsBudget({ metadata, status: { phase } }: Pod): boolean {
  const idle = phase === 'Succeeded' || phase === 'Failed' || phase === 'Pending';
  return !idle && metadata.deletionTimestamp === undefined;
}

function budgetsOf({ store }: Cluster, pod: Pod): readonly PodDisruptionBudget[] {
  const { namespace, labels = {} } = pod.metadata;
  if (Object.keys(labels).length === 0) return [];
  return store.list('poddisruptionbudgets', namespace).filter(({ spec: { selector } }) => {
    const requirements = requirementsOf(selector);
    return Array.isArray(requirements) && matchesRequirements(requirements, labels);
  });
}

/** An unready pod does not count as healthy, so its end takes nothing from the budget. */
function mayGoUnready(pod: Pod, { spec, status }: PodDisruptionBudget): boolean {
  if (isPodReady(pod)) return false;
  if (spec.unhealthyPodEvictionPolicy === 'AlwaysAllow') return true;
  return status.currentHealthy >= status.desiredHealthy && status.desiredHealthy > 0;
}

function refuse({ metadata: { name, generation = 1 }, status }: PodDisruptionBudget): Status | undefined {
  const tooMany = (message: string, cause: string | undefined, retryAfterSeconds?: number) =>
    failure(429, 'TooManyRequests', message, {
      ...(cause === undefined ? {} : { causes: [{ reason: 'DisruptionBudget', message: cause }] }),
      ...(retryAfterSeconds === undefined ? {} : { retryAfterSeconds }),
    });
  const forbiddenBy = (why: string) =>
    failure(403, 'Forbidden', `poddisruptionbudget.policy "${name}" is forbidden: ${why}`, {
      name,
      group: 'policy',
      kind: 'poddisruptionbudget',
    });
  if ((status.observedGeneration ?? 0) < generation)
    return tooMany(VIOLATES, `The disruption budget ${name} is still being processed by the server.`, 10);
  if (status.disruptionsAllowed < 0) return forbiddenBy('pdb disruptions allowed is negative');
  if (Object.keys(status.disruptedPods ?? {}).length > MAX_DISRUPTED)
    return forbiddenBy('DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (status.disruptionsAllowed > 0) return undefined;
  const condition = status.conditions?.find(({ type }) => type === 'DisruptionAllowed');
  if (condition?.reason === 'SyncFailed')
    return tooMany(
      `${VIOLATES} ${name} does not allow evicting pods currently because it failed sync: ${condition.message ?? ''}`,
      undefined,
    );
  const { desiredHealthy, currentHealthy } = status;
  return tooMany(
    VIOLATES,
    `The disruption budget ${name} needs ${String(desiredHealthy)} healthy pods and has ${String(currentHealthy)} currently`,
  );
}

/** The budget with one disruption less to give. */
function spent({ store }: Cluster, budget: PodDisruptionBudget, pod: string): PodDisruptionBudget {
  const { status, metadata } = budget;
  const disruptionsAllowed = status.disruptionsAllowed - 1;
  const used = {
    type: 'DisruptionAllowed',
    status: 'False',
    reason: 'InsufficientPods',
    message: '',
    observedGeneration: status.observedGeneration ?? metadata.generation ?? 1,
    lastTransitionTime: store.timestamp,
  } as const;
  return {
    ...budget,
    status: {
      ...status,
      disruptionsAllowed,
      disruptedPods: { ...status.disruptedPods, [pod]: store.timestamp },
      ...(disruptionsAllowed === 0 ? { conditions: setCondition(status.conditions, used) } : {}),
    },
  };
}

function markDisrupted({ store }: Cluster, pod: Pod): Pod {
  const target = {
    type: 'DisruptionTarget',
    status: 'True',
    reason: 'EvictionByEvictionAPI',
    message: 'Eviction API: evicting',
    lastProbeTime: null,
    lastTransitionTime: store.timestamp,
  } as const;
  const conditions = setCondition(pod.status.conditions, target);
  return store.update('pods', { ...pod, status: { ...pod.status, conditions } });
}
