// The workload kinds beside Deployment and ReplicaSet, as they stand in the store (Kubernetes 1.32).
import type {
  Condition,
  IntOrString,
  Labels,
  LabelSelector,
  ObjectBase,
  ObjectReference,
  PodTemplateSpec,
  Time,
} from '../objects.ts';
import type { PersistentVolumeClaimSpec } from './storage.ts';

export interface DaemonSet extends ObjectBase<'apps/v1', 'DaemonSet'> {
  readonly spec: {
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly minReadySeconds?: number;
    readonly updateStrategy: {
      readonly type: 'RollingUpdate' | 'OnDelete';
      readonly rollingUpdate?: { readonly maxUnavailable: IntOrString; readonly maxSurge: IntOrString };
    };
    readonly revisionHistoryLimit: number;
  };
  readonly status: {
    readonly currentNumberScheduled: number;
    readonly numberMisscheduled: number;
    readonly desiredNumberScheduled: number;
    readonly numberReady: number;
    readonly observedGeneration?: number;
    readonly updatedNumberScheduled?: number;
    readonly numberAvailable?: number;
    readonly numberUnavailable?: number;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface StatefulSet extends ObjectBase<'apps/v1', 'StatefulSet'> {
  readonly spec: {
    readonly replicas: number;
    readonly selector: LabelSelector;
    readonly template: PodTemplateSpec;
    readonly serviceName: string;
    readonly minReadySeconds?: number;
    readonly podManagementPolicy: 'OrderedReady' | 'Parallel';
    readonly updateStrategy: {
      readonly type: 'RollingUpdate' | 'OnDelete';
      readonly rollingUpdate?: { readonly partition?: number; readonly maxUnavailable?: IntOrString };
    };
    readonly revisionHistoryLimit: number;
    readonly ordinals?: { readonly start?: number };
    readonly persistentVolumeClaimRetentionPolicy?: {
      readonly whenDeleted?: 'Retain' | 'Delete';
      readonly whenScaled?: 'Retain' | 'Delete';
    };
    readonly volumeClaimTemplates?: readonly {
      readonly apiVersion?: 'v1';
      readonly kind?: 'PersistentVolumeClaim';
      readonly metadata: { readonly name: string; readonly labels?: Labels; readonly annotations?: Labels };
      readonly spec: PersistentVolumeClaimSpec;
      readonly status?: { readonly phase: string };
    }[];
  };
  readonly status: {
    readonly replicas: number;
    readonly observedGeneration?: number;
    readonly readyReplicas?: number;
    readonly currentReplicas?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas: number;
    readonly currentRevision?: string;
    readonly updateRevision?: string;
    readonly collisionCount?: number;
    readonly conditions?: readonly Condition[];
  };
}

/** What a StatefulSet or DaemonSet was, kept for rollbacks. */
export interface ControllerRevision extends ObjectBase<'apps/v1', 'ControllerRevision'> {
  readonly data?: unknown;
  readonly revision: number;
}

export interface JobSpec {
  readonly parallelism?: number;
  readonly completions?: number;
  readonly activeDeadlineSeconds?: number;
  readonly backoffLimit: number;
  readonly backoffLimitPerIndex?: number;
  readonly maxFailedIndexes?: number;
  readonly selector?: LabelSelector;
  readonly manualSelector?: boolean;
  readonly template: PodTemplateSpec;
  readonly ttlSecondsAfterFinished?: number;
  readonly completionMode: 'NonIndexed' | 'Indexed';
  readonly suspend: boolean;
  readonly podReplacementPolicy?: 'TerminatingOrFailed' | 'Failed';
  readonly managedBy?: string;
  readonly podFailurePolicy?: {
    readonly rules: readonly {
      readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
      readonly onExitCodes?: {
        readonly containerName?: string;
        readonly operator: 'In' | 'NotIn';
        readonly values: readonly number[];
      };
      readonly onPodConditions?: readonly { readonly type: string; readonly status: string }[];
    }[];
  };
  readonly successPolicy?: {
    readonly rules: readonly { readonly succeededIndexes?: string; readonly succeededCount?: number }[];
  };
}

export interface Job extends ObjectBase<'batch/v1', 'Job'> {
  readonly spec: JobSpec;
  readonly status: {
    readonly active?: number;
    readonly succeeded?: number;
    readonly failed?: number;
    readonly terminating?: number;
    readonly ready?: number;
    readonly completedIndexes?: string;
    readonly failedIndexes?: string;
    readonly startTime?: Time;
    readonly completionTime?: Time;
    readonly conditions?: readonly Condition[];
    readonly uncountedTerminatedPods?: { readonly succeeded?: readonly string[]; readonly failed?: readonly string[] };
  };
}

export interface CronJob extends ObjectBase<'batch/v1', 'CronJob'> {
  readonly spec: {
    readonly schedule: string;
    readonly timeZone?: string;
    readonly startingDeadlineSeconds?: number;
    readonly concurrencyPolicy: 'Allow' | 'Forbid' | 'Replace';
    readonly suspend: boolean;
    readonly jobTemplate: {
      readonly metadata?: { readonly labels?: Labels; readonly annotations?: Labels };
      readonly spec: JobSpec;
    };
    readonly successfulJobsHistoryLimit: number;
    readonly failedJobsHistoryLimit: number;
  };
  readonly status: {
    readonly active?: readonly ObjectReference[];
    readonly lastScheduleTime?: Time;
    readonly lastSuccessfulTime?: Time;
  };
}
