// What limits, ranks and guards pods: autoscalers, disruption budgets, priorities, quotas, ranges, and who may do what;
// as they stand in the store (Kubernetes 1.32).
import type {
  Condition,
  IntOrString,
  Labels,
  LabelSelector,
  ObjectBase,
  ObjectReference,
  Quantity,
  Time,
} from '../objects.ts';

// ---- HorizontalPodAutoscaler, autoscaling/v2

export interface MetricTarget {
  readonly type: 'Utilization' | 'Value' | 'AverageValue';
  readonly averageUtilization?: number;
  readonly averageValue?: Quantity;
  readonly value?: Quantity;
}

interface MetricIdentifier {
  readonly name: string;
  readonly selector?: LabelSelector;
}

export interface CrossVersionObjectReference {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly name: string;
}

export interface MetricSpec {
  readonly type: 'Resource' | 'ContainerResource' | 'Pods' | 'Object' | 'External';
  readonly resource?: { readonly name: string; readonly target: MetricTarget };
  readonly containerResource?: { readonly name: string; readonly container: string; readonly target: MetricTarget };
  readonly pods?: { readonly metric: MetricIdentifier; readonly target: MetricTarget };
  readonly object?: {
    readonly describedObject: CrossVersionObjectReference;
    readonly metric: MetricIdentifier;
    readonly target: MetricTarget;
  };
  readonly external?: { readonly metric: MetricIdentifier; readonly target: MetricTarget };
}

export interface MetricValueStatus {
  readonly averageUtilization?: number;
  readonly averageValue?: Quantity;
  readonly value?: Quantity;
}

export interface MetricStatus {
  readonly type: MetricSpec['type'];
  readonly resource?: { readonly name: string; readonly current: MetricValueStatus };
  readonly containerResource?: {
    readonly name: string;
    readonly container: string;
    readonly current: MetricValueStatus;
  };
  readonly pods?: { readonly metric: MetricIdentifier; readonly current: MetricValueStatus };
  readonly object?: {
    readonly describedObject: CrossVersionObjectReference;
    readonly metric: MetricIdentifier;
    readonly current: MetricValueStatus;
  };
  readonly external?: { readonly metric: MetricIdentifier; readonly current: MetricValueStatus };
}

interface HPAScalingPolicy {
  readonly type: 'Pods' | 'Percent';
  readonly value: number;
  readonly periodSeconds: number;
}

export interface HPAScalingRules {
  readonly stabilizationWindowSeconds?: number | null;
  readonly selectPolicy?: 'Max' | 'Min' | 'Disabled';
  readonly policies?: readonly HPAScalingPolicy[];
}

export interface HorizontalPodAutoscaler extends ObjectBase<'autoscaling/v2', 'HorizontalPodAutoscaler'> {
  readonly spec: {
    readonly scaleTargetRef: CrossVersionObjectReference;
    readonly minReplicas?: number;
    readonly maxReplicas: number;
    readonly metrics?: readonly MetricSpec[];
    readonly behavior?: { readonly scaleUp?: HPAScalingRules; readonly scaleDown?: HPAScalingRules };
  };
  readonly status: {
    readonly observedGeneration?: number;
    readonly lastScaleTime?: Time;
    readonly currentReplicas?: number;
    readonly desiredReplicas: number;
    readonly currentMetrics?: readonly MetricStatus[] | null;
    readonly conditions?: readonly Condition[];
  };
}

// ---- Disruption, priority

export interface PodDisruptionBudget extends ObjectBase<'policy/v1', 'PodDisruptionBudget'> {
  readonly spec: {
    readonly minAvailable?: IntOrString;
    readonly maxUnavailable?: IntOrString;
    readonly selector?: LabelSelector;
    readonly unhealthyPodEvictionPolicy?: 'IfHealthyBudget' | 'AlwaysAllow';
  };
  readonly status: {
    readonly observedGeneration?: number;
    /** Evicted pods that have not gone yet, with the time of their eviction. */
    readonly disruptedPods?: Readonly<Record<string, Time>>;
    readonly disruptionsAllowed: number;
    readonly currentHealthy: number;
    readonly desiredHealthy: number;
    readonly expectedPods: number;
    readonly conditions?: readonly Condition[];
  };
}

export interface PriorityClass extends ObjectBase<'scheduling.k8s.io/v1', 'PriorityClass'> {
  readonly value: number;
  readonly globalDefault?: boolean;
  readonly description?: string;
  readonly preemptionPolicy: 'PreemptLowerPriority' | 'Never';
}

// ---- Quotas and ranges

export interface ResourceQuota extends ObjectBase<'v1', 'ResourceQuota'> {
  readonly spec: {
    readonly hard?: Readonly<Record<string, Quantity>>;
    readonly scopes?: readonly string[];
    readonly scopeSelector?: {
      readonly matchExpressions?: readonly {
        readonly scopeName: string;
        readonly operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
        readonly values?: readonly string[];
      }[];
    };
  };
  readonly status: {
    readonly hard?: Readonly<Record<string, Quantity>>;
    readonly used?: Readonly<Record<string, Quantity>>;
  };
}

type Quantities = Readonly<Record<string, Quantity>>;

export interface LimitRange extends ObjectBase<'v1', 'LimitRange'> {
  readonly spec: {
    readonly limits: readonly {
      readonly type: 'Container' | 'Pod' | 'PersistentVolumeClaim';
      readonly max?: Quantities;
      readonly min?: Quantities;
      readonly default?: Quantities;
      readonly defaultRequest?: Quantities;
      readonly maxLimitRequestRatio?: Quantities;
    }[];
  };
}

// ---- Identity and permission

export interface Secret extends ObjectBase<'v1', 'Secret'> {
  /** Base64. */
  readonly data?: Labels;
  readonly type: string;
  readonly immutable?: boolean;
}

export interface ServiceAccount extends ObjectBase<'v1', 'ServiceAccount'> {
  readonly secrets?: readonly ObjectReference[];
  readonly imagePullSecrets?: readonly { readonly name: string }[];
  readonly automountServiceAccountToken?: boolean;
}

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly nonResourceURLs?: readonly string[];
}

export interface Role extends ObjectBase<'rbac.authorization.k8s.io/v1', 'Role'> {
  readonly rules: readonly PolicyRule[] | null;
}

export interface ClusterRole extends ObjectBase<'rbac.authorization.k8s.io/v1', 'ClusterRole'> {
  readonly rules: readonly PolicyRule[] | null;
  readonly aggregationRule?: { readonly clusterRoleSelectors?: readonly LabelSelector[] };
}

interface Subject {
  readonly kind: string;
  readonly apiGroup?: string;
  readonly name: string;
  readonly namespace?: string;
}

interface RoleRef {
  readonly apiGroup: string;
  readonly kind: string;
  readonly name: string;
}

export interface RoleBinding extends ObjectBase<'rbac.authorization.k8s.io/v1', 'RoleBinding'> {
  readonly subjects?: readonly Subject[];
  readonly roleRef: RoleRef;
}

export interface ClusterRoleBinding extends ObjectBase<'rbac.authorization.k8s.io/v1', 'ClusterRoleBinding'> {
  readonly subjects?: readonly Subject[];
  readonly roleRef: RoleRef;
}
