// What a ReplicaSet says of its pods. Models pkg/controller/replicaset/replica_set_utils.go calculateStatus (1.32).
import { parseTime } from '../../../engine/time.ts';
import type { Condition, Labels, ReplicaSet } from '../../objects.ts';
import { isPodActive, isPodAvailable, podCondition } from '../../pods.ts';
import { matchesLabels } from '../../selector.ts';
import type { OwnedPods } from '../pod-index.ts';

/** Why pods could not be made or deleted in this pass. */
export interface ReplicaFailure {
  readonly reason: 'FailedCreate' | 'FailedDelete';
  readonly message: string;
}

export interface Observation {
  readonly status: ReplicaSet['status'];
  /** When the next ready pod becomes available (Unix ms), while `minReadySeconds` makes one wait. */
  readonly nextAvailable: number | undefined;
}

export function observeReplicas(
  replicaSet: ReplicaSet,
  owned: OwnedPods,
  failure: ReplicaFailure | undefined,
  nowUnixMs: number,
  timestamp: string,
): Observation {
  const { minReadySeconds = 0, template } = replicaSet.spec;
  let labelled = 0;
  for (const [labels, count] of owned.labels) if (carries(labels, template.metadata.labels)) labelled += count;
  const { available, nextAvailable } =
    minReadySeconds === 0
      ? { available: owned.ready, nextAvailable: undefined }
      : availability(owned, minReadySeconds, nowUnixMs);
  const conditions = failureConditions(replicaSet.status.conditions, failure, timestamp);
  const status = {
    replicas: owned.active,
    ...(labelled === 0 ? {} : { fullyLabeledReplicas: labelled }),
    ...(owned.ready === 0 ? {} : { readyReplicas: owned.ready }),
    ...(available === 0 ? {} : { availableReplicas: available }),
    observedGeneration: replicaSet.metadata.generation ?? 0,
    ...(conditions.length === 0 ? {} : { conditions }),
  };
  return { status, nextAvailable };
}

function availability(
  owned: OwnedPods,
  minReadySeconds: number,
  nowUnixMs: number,
): { available: number; nextAvailable: number | undefined } {
  let available = 0;
  let nextAvailable: number | undefined;
  for (const pod of owned.pods.values()) {
    if (!isPodActive(pod)) continue;
    if (isPodAvailable(pod, minReadySeconds, nowUnixMs)) {
      available++;
      continue;
    }
    const ready = podCondition(pod, 'Ready');
    if (ready?.status !== 'True') continue;
    // Conditions hold whole seconds, so one second more makes sure, as the real controller's timer does.
    const at = (parseTime(ready.lastTransitionTime ?? '') ?? nowUnixMs) + minReadySeconds * 1000 + 1000;
    if (nextAvailable === undefined || at < nextAvailable) nextAvailable = at;
  }
  return { available, nextAvailable };
}

/** True when a pod carries every label of the template. */
function carries(labels: Labels | undefined, template: Labels | undefined): boolean {
  return labels === template || matchesLabels(template, labels);
}

function failureConditions(
  before: readonly Condition[] | undefined,
  failure: ReplicaFailure | undefined,
  timestamp: string,
): readonly Condition[] {
  const list = before ?? [];
  const known = list.some((condition) => condition.type === 'ReplicaFailure');
  if (failure && !known)
    return [
      ...list,
      {
        type: 'ReplicaFailure',
        status: 'True',
        lastTransitionTime: timestamp,
        reason: failure.reason,
        message: failure.message,
      },
    ];
  return !failure && known ? list.filter((condition) => condition.type !== 'ReplicaFailure') : list;
}
