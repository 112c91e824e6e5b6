// JSON as Go's encoding/json writes it: sorted keys, and `<`, `>` and `&` escaped.

import { compareText, isList, isObject, type Json, type JsonObject } from '../object.ts';

export function goJson(value: Json, indent = 0): string {
  return write(value, indent, '', (object) => Object.keys(object).sort(compareText));
}

/** As an object of Go's types is written: its fields in the order of their declaration, the keys of maps sorted. */
export function typedJson(value: Json, indent = 0): string {
  return write(value, indent, '', (object, parent) => {
    const own = 'involvedObject' in object ? eventOrder : odd[parent];
    const rank = (key: string) => own?.indexOf(key) ?? ranks.get(key) ?? ranks.size;
    return Object.keys(object).sort((a, b) => rank(a) - rank(b) || compareText(a, b));
  });
}

/** Types whose order agrees with no other's, by the field that holds them. */
const odd: Readonly<Record<string, readonly string[]>> = {
  ownerReferences: ['apiVersion', 'kind', 'name', 'uid', 'controller', 'blockOwnerDeletion'],
  roleRef: ['apiGroup', 'kind', 'name'],
  userInfo: ['username', 'uid', 'groups', 'extra'],
  scaleTargetRef: ['kind', 'name', 'apiVersion'],
  involvedObject: ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'],
};
const eventOrder =
  'kind apiVersion metadata involvedObject reason message source firstTimestamp lastTimestamp count type eventTime series action related reportingComponent reportingInstance'.split(
    ' ',
  );

/**
 * One order that agrees with the declarations of all the types that kubectl makes itself: Pod, Deployment, Service,
 * ConfigMap, Secret, Job, CronJob, Ingress, roles, budgets and what is in them (k8s.io/api, 1.32). Other fields come last.
 */
const ranks: ReadonlyMap<string, number> = new Map(
  (
    'kind apiVersion apiGroup metadata immutable data binaryData spec verbs apiGroups subjects roleRef host path ' +
    'pathType name generateName namespace selfLink uid resourceVersion generation creationTimestamp ' +
    'deletionTimestamp deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields image ' +
    'command args workingDir observedGeneration replicas updatedReplicas readyReplicas availableReplicas ' +
    'unavailableReplicas volumes initContainers containers hostPort containerPort protocol port targetPort nodePort ' +
    'ports envFrom env key operator value globalDefault description valueFrom effect tolerationSeconds limits ' +
    'requests resources resourceNames nonResourceURLs hard used scopes volumeMounts livenessProbe readinessProbe ' +
    'startupProbe lifecycle terminationMessagePath terminationMessagePolicy imagePullPolicy restartPolicy ' +
    'terminationGracePeriodSeconds parallelism completions activeDeadlineSeconds dnsPolicy nodeSelector ' +
    'serviceAccountName serviceAccount nodeName hostNetwork securityContext stdin stdinOnce tty imagePullSecrets ' +
    'hostname affinity schedulerName tolerations priorityClassName priority enableServiceLinks preemptionPolicy ' +
    'backoffLimit minAvailable selector matchLabels matchExpressions manualSelector template ttlSecondsAfterFinished ' +
    'completionMode schedule timeZone startingDeadlineSeconds concurrencyPolicy suspend podReplacementPolicy ' +
    'jobTemplate successfulJobsHistoryLimit failedJobsHistoryLimit disruptionsAllowed currentHealthy desiredHealthy ' +
    'expectedPods ingressClassName defaultBackend hosts secretName tls rules aggregationRule backend audiences ' +
    'expirationSeconds boundObjectRef token expirationTimestamp scaleTargetRef minReplicas maxReplicas ' +
    'targetCPUUtilizationPercentage currentReplicas desiredReplicas strategy minReadySeconds revisionHistoryLimit ' +
    'paused progressDeadlineSeconds clusterIP clusterIPs type rollingUpdate maxUnavailable maxSurge externalIPs ' +
    'sessionAffinity loadBalancerIP externalName externalTrafficPolicy ipFamilies ipFamilyPolicy ' +
    'allocateLoadBalancerNodePorts internalTrafficPolicy loadBalancer phase conditions hostIP podIP startTime ' +
    'containerStatuses qosClass status lastProbeTime lastUpdateTime lastTransitionTime reason message'
  )
    .split(' ')
    .map((name, rank) => [name, rank]),
);

type Keys = (object: JsonObject, parent: string) => readonly string[];

function write(value: Json, indent: number, margin: string, keysOf: Keys, parent = ''): string {
  const inner = margin + ' '.repeat(indent);
  const open = indent > 0 ? `\n${inner}` : '';
  const close = indent > 0 ? `\n${margin}` : '';
  if (isList(value)) {
    if (value.length === 0) return '[]';
    return `[${open}${value.map((item) => write(item, indent, inner, keysOf, parent)).join(`,${open}`)}${close}]`;
  }
  if (isObject(value)) {
    const keys = keysOf(value, parent);
    if (keys.length === 0) return '{}';
    const colon = indent > 0 ? ': ' : ':';
    const pairs = keys.map((key) => goString(key) + colon + write(value[key] ?? null, indent, inner, keysOf, key));
    return `{${open}${pairs.join(`,${open}`)}${close}}`;
  }
  return typeof value === 'string' ? goString(value) : JSON.stringify(value);
}

/** A string with the escapes of encoding/json. */
function goString(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
