// Every field of the schema below the served kinds that is not in not-simulated.ts, and why it is not: it has an effect
// here, or it is only told and kept, as in a real cluster. Metadata and statuses are left out: the store and the
// controllers write them.

/** Some component here acts on it. One type a line. */
export const SIMULATED = `
Affinity: nodeAffinity podAffinity podAntiAffinity
AggregationRule: clusterRoleSelectors
ClientIPConfig: timeoutSeconds
ClusterRole: aggregationRule rules
ClusterRoleBinding: roleRef subjects
ConfigMap: binaryData data immutable
ConfigMapEnvSource: name optional
ConfigMapKeySelector: key name optional
ConfigMapProjection: items name optional
ConfigMapVolumeSource: items name optional
Container: args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resources restartPolicy startupProbe stdin volumeMounts
EphemeralContainer: args command env envFrom image imagePullPolicy name stdin volumeMounts
ContainerPort: containerPort hostIP hostPort name protocol
ContainerResourceMetricSource: container name target
CronJob: spec
CronJobSpec: concurrencyPolicy failedJobsHistoryLimit jobTemplate schedule startingDeadlineSeconds successfulJobsHistoryLimit suspend timeZone
CrossVersionObjectReference: kind name
DaemonSet: spec
DaemonSetSpec: minReadySeconds revisionHistoryLimit selector template updateStrategy
DaemonSetUpdateStrategy: rollingUpdate type
Deployment: spec
DeploymentSpec: minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy template
DeploymentStrategy: rollingUpdate type
DownwardAPIProjection: items
DownwardAPIVolumeFile: fieldRef path resourceFieldRef
DownwardAPIVolumeSource: items
Endpoint: addresses conditions hints hostname nodeName targetRef zone
EndpointConditions: ready serving terminating
EndpointHints: forZones
EndpointPort: name port protocol
EndpointPort_core: name port protocol
EndpointSlice: addressType endpoints ports
EnvFromSource: configMapRef prefix secretRef
EnvVar: name value valueFrom
EnvVarSource: configMapKeyRef fieldRef resourceFieldRef secretKeyRef
ExecAction: command
ExternalMetricSource: metric target
ForZone: name
HPAScalingPolicy: periodSeconds type value
HPAScalingRules: policies selectPolicy stabilizationWindowSeconds
HTTPGetAction: path port scheme
HorizontalPodAutoscaler: spec
HorizontalPodAutoscalerBehavior: scaleDown scaleUp
HorizontalPodAutoscalerSpec: behavior maxReplicas metrics minReplicas scaleTargetRef
HostPathVolumeSource: path
IPBlock: cidr except
Job: spec
JobSpec: activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy selector successPolicy suspend template ttlSecondsAfterFinished
JobTemplateSpec: spec
KeyToPath: key path
LabelSelector: matchExpressions matchLabels
LabelSelectorRequirement: key operator values
Lifecycle: postStart preStop
LifecycleHandler: exec httpGet sleep
LimitRange: spec
LimitRangeItem: default defaultRequest max maxLimitRequestRatio min type
LimitRangeSpec: limits
LocalVolumeSource: path
MetricIdentifier: name selector
MetricSpec: containerResource external object pods resource type
MetricTarget: averageUtilization averageValue type value
Namespace: spec
NamespaceSpec: finalizers
NetworkPolicy: spec
NetworkPolicyEgressRule: ports to
NetworkPolicyIngressRule: from ports
NetworkPolicyPeer: ipBlock namespaceSelector podSelector
NetworkPolicyPort: endPort port protocol
NetworkPolicySpec: egress ingress podSelector policyTypes
Node: spec
NodeAffinity: preferredDuringSchedulingIgnoredDuringExecution requiredDuringSchedulingIgnoredDuringExecution
NodeSelector: nodeSelectorTerms
NodeSelectorRequirement: key operator values
NodeSelectorTerm: matchExpressions matchFields
NodeSpec: podCIDR podCIDRs taints unschedulable
ObjectFieldSelector: fieldPath
ObjectMetricSource: describedObject metric target
PersistentVolume: spec
PersistentVolumeClaim: spec
PersistentVolumeClaimSpec: accessModes resources selector storageClassName volumeName
PersistentVolumeClaimVolumeSource: claimName readOnly
PersistentVolumeSpec: accessModes capacity claimRef hostPath local nodeAffinity persistentVolumeReclaimPolicy storageClassName
Pod: spec
PodAffinity: preferredDuringSchedulingIgnoredDuringExecution requiredDuringSchedulingIgnoredDuringExecution
PodAffinityTerm: labelSelector matchLabelKeys mismatchLabelKeys namespaceSelector namespaces topologyKey
PodAntiAffinity: preferredDuringSchedulingIgnoredDuringExecution requiredDuringSchedulingIgnoredDuringExecution
PodDisruptionBudget: spec
PodDisruptionBudgetSpec: maxUnavailable minAvailable selector unhealthyPodEvictionPolicy
PodFailurePolicy: rules
PodFailurePolicyOnExitCodesRequirement: containerName operator values
PodFailurePolicyOnPodConditionsPattern: status type
PodFailurePolicyRule: action onExitCodes onPodConditions
PodReadinessGate: conditionType
PodSchedulingGate: name
PodSpec: activeDeadlineSeconds affinity containers ephemeralContainers enableServiceLinks hostNetwork hostname initContainers nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates restartPolicy schedulerName schedulingGates serviceAccount serviceAccountName subdomain terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes
PodTemplateSpec: spec
PodsMetricSource: metric target
PolicyRule: apiGroups nonResourceURLs resourceNames resources verbs
PreferredSchedulingTerm: preference weight
PriorityClass: globalDefault preemptionPolicy value
Probe: exec failureThreshold httpGet initialDelaySeconds periodSeconds successThreshold tcpSocket terminationGracePeriodSeconds timeoutSeconds
ProjectedVolumeSource: sources
ReplicaSet: spec
ReplicaSetSpec: minReadySeconds replicas selector template
ResourceFieldSelector: containerName divisor resource
ResourceMetricSource: name target
ResourceQuota: spec
ResourceQuotaSpec: hard scopeSelector scopes
ResourceRequirements: limits requests
Role: rules
RoleBinding: roleRef subjects
RoleRef: apiGroup kind name
RollingUpdateDaemonSet: maxSurge maxUnavailable
RollingUpdateDeployment: maxSurge maxUnavailable
RollingUpdateStatefulSetStrategy: partition
ScopeSelector: matchExpressions
ScopedResourceSelectorRequirement: operator scopeName values
Secret: data immutable stringData type
SecretEnvSource: name optional
SecretKeySelector: key name optional
SecretProjection: items name optional
SecretVolumeSource: items optional secretName
Service: spec
ServicePort: name nodePort port protocol targetPort
ServiceSpec: allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy internalTrafficPolicy loadBalancerClass loadBalancerIP ports publishNotReadyAddresses selector sessionAffinity sessionAffinityConfig trafficDistribution type
SessionAffinityConfig: clientIP
SleepAction: seconds
StatefulSet: spec
StatefulSetOrdinals: start
StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted whenScaled
StatefulSetSpec: minReadySeconds ordinals persistentVolumeClaimRetentionPolicy podManagementPolicy replicas revisionHistoryLimit selector serviceName template updateStrategy volumeClaimTemplates
StatefulSetUpdateStrategy: rollingUpdate type
StorageClass: allowedTopologies provisioner reclaimPolicy volumeBindingMode
Subject: apiGroup kind name namespace
SuccessPolicy: rules
SuccessPolicyRule: succeededCount succeededIndexes
TCPSocketAction: port
Taint: effect key timeAdded value
Toleration: effect key operator tolerationSeconds value
TopologySelectorLabelRequirement: key values
TopologySelectorTerm: matchLabelExpressions
TopologySpreadConstraint: labelSelector matchLabelKeys maxSkew minDomains nodeAffinityPolicy nodeTaintsPolicy topologyKey whenUnsatisfiable
Volume: configMap downwardAPI emptyDir hostPath name persistentVolumeClaim projected secret
VolumeMount: mountPath name readOnly subPath
VolumeNodeAffinity: required
VolumeProjection: configMap downwardAPI secret
VolumeResourceRequirements: limits requests
WeightedPodAffinityTerm: podAffinityTerm weight
`;

/** Kept for people and clients to read; no component of a real cluster acts on it either. */
export const TOLD = `
ControllerRevision: data revision
CrossVersionObjectReference: apiVersion
Endpoint: deprecatedTopology
EndpointAddress: hostname ip nodeName targetRef
EndpointPort: appProtocol
EndpointPort_core: appProtocol
EndpointSubset: addresses notReadyAddresses ports
Endpoints: subsets
EphemeralContainer: lifecycle livenessProbe ports readinessProbe resources restartPolicy startupProbe
Event: action count eventTime firstTimestamp involvedObject lastTimestamp message reason related reportingComponent reportingInstance series source type
EventSeries: count lastObservedTime
EventSource: component host
Lease: spec
LeaseSpec: acquireTime holderIdentity leaseDurationSeconds leaseTransitions renewTime
NodeSpec: providerID
ObjectFieldSelector: apiVersion
ObjectReference: apiVersion fieldPath kind name namespace resourceVersion uid
PriorityClass: description
ServicePort: appProtocol
`;
