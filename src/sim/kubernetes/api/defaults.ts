// What the API server fills in when a manifest leaves it out. Works on a freshly decoded document and changes it.
// Models pkg/apis/core/v1/defaults.go and pkg/apis/apps/v1/defaults.go (1.32); the kinds beside pods and their first
// owners are in defaults-kinds.ts.
import { defaultKind } from './defaults-kinds.ts';
import { isObject, type JsonObject, listOf, objectOf, textOf } from './json.ts';

export function applyDefaults(kind: string, object: JsonObject): void {
  const metadata = (object.metadata = objectOf(object.metadata));
  const spec = objectOf(object.spec);
  switch (kind) {
    case 'Pod':
      object.spec = spec;
      defaultPodSpec(spec);
      defaultPod(spec);
      break;
    case 'Deployment':
      object.spec = spec;
      spec.replicas ??= 1;
      defaultStrategy(spec);
      spec.revisionHistoryLimit ??= 10;
      spec.progressDeadlineSeconds ??= 600;
      defaultTemplate(spec);
      break;
    case 'ReplicationController':
      object.spec = spec;
      defaultController(object, spec);
      break;
    case 'ReplicaSet':
      object.spec = spec;
      spec.replicas ??= 1;
      defaultTemplate(spec);
      break;
    case 'Service':
      object.spec = spec;
      defaultService(spec);
      break;
    case 'Namespace':
      object.spec = spec;
      // The label by which policies select a namespace by its name.
      if (textOf(metadata.name) !== '')
        metadata.labels = { ...objectOf(metadata.labels), 'kubernetes.io/metadata.name': textOf(metadata.name) };
      break;
    case 'Node':
      object.spec = spec;
      break;
    case 'EndpointSlice':
      for (const port of listOf(object.ports)) {
        port.name ??= '';
        port.protocol ??= 'TCP';
      }
      break;
    default:
      defaultKind(kind, object, defaultTemplate);
  }
}

function defaultTemplate(spec: JsonObject): void {
  if (!isObject(spec.template)) return;
  spec.template.metadata = { ...objectOf(spec.template.metadata), creationTimestamp: null };
  const pod = (spec.template.spec = objectOf(spec.template.spec));
  defaultPodSpec(pod);
}

/** What it selects by, and its own labels, are those of its template unless it says otherwise. */
function defaultController(object: JsonObject, spec: JsonObject): void {
  spec.replicas ??= 1;
  const labels = objectOf(objectOf(objectOf(spec.template).metadata).labels);
  if (Object.keys(labels).length > 0) {
    if (Object.keys(objectOf(spec.selector)).length === 0) spec.selector = { ...labels };
    const metadata = objectOf(object.metadata);
    if (Object.keys(objectOf(metadata.labels)).length === 0) object.metadata = { ...metadata, labels: { ...labels } };
  }
  defaultTemplate(spec);
}

function defaultStrategy(spec: JsonObject): void {
  const strategy = (spec.strategy = objectOf(spec.strategy));
  strategy.type ??= 'RollingUpdate';
  if (strategy.type !== 'RollingUpdate') return;
  const rolling = (strategy.rollingUpdate = objectOf(strategy.rollingUpdate));
  rolling.maxUnavailable ??= '25%';
  rolling.maxSurge ??= '25%';
}

/** What holds for pods and for templates of pods. */
function defaultPodSpec(spec: JsonObject): void {
  for (const container of listOf(spec.ephemeralContainers)) defaultContainer(container);
  spec.restartPolicy ??= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ??= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ??= 'default-scheduler';
  const account = spec.serviceAccountName ?? spec.serviceAccount;
  if (account !== undefined) {
    spec.serviceAccountName = account;
    spec.serviceAccount = account;
  }
  for (const volume of listOf(spec.volumes)) defaultVolume(volume);
  for (const container of [...listOf(spec.containers), ...listOf(spec.initContainers)]) {
    defaultContainer(container);
    if (spec.hostNetwork === true)
      for (const port of listOf(container.ports))
        if (port.containerPort !== undefined) port.hostPort ??= port.containerPort;
  }
}

/** What a pod gets only when it is made, so that its template does not show it. */
function defaultPod(spec: JsonObject): void {
  spec.enableServiceLinks ??= true;
  for (const container of [...listOf(spec.containers), ...listOf(spec.initContainers)]) {
    const resources = objectOf(container.resources);
    if (!isObject(resources.limits)) continue;
    container.resources = { ...resources, requests: { ...resources.limits, ...objectOf(resources.requests) } };
  }
}

function defaultContainer(container: JsonObject): void {
  container.resources ??= {};
  container.terminationMessagePath ??= '/dev/termination-log';
  container.terminationMessagePolicy ??= 'File';
  container.imagePullPolicy ??= pullPolicy(textOf(container.image));
  for (const port of listOf(container.ports)) port.protocol ??= 'TCP';
  for (const env of listOf(container.env)) {
    const source = objectOf(env.valueFrom);
    if (isObject(source.fieldRef)) source.fieldRef.apiVersion ??= 'v1';
    if (isObject(source.resourceFieldRef)) source.resourceFieldRef.divisor ??= '0';
  }
  for (const name of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
    const probe = container[name];
    if (!isObject(probe)) continue;
    probe.timeoutSeconds ??= 1;
    probe.periodSeconds ??= 10;
    probe.successThreshold ??= 1;
    probe.failureThreshold ??= 3;
    defaultHandler(probe);
  }
  const lifecycle = objectOf(container.lifecycle);
  for (const hook of ['postStart', 'preStop']) if (isObject(lifecycle[hook])) defaultHandler(lifecycle[hook]);
}

function defaultHandler(handler: JsonObject): void {
  if (isObject(handler.httpGet)) {
    handler.httpGet.path ??= '/';
    handler.httpGet.scheme ??= 'HTTP';
  }
  if (isObject(handler.grpc)) handler.grpc.service ??= '';
}

/** `Always` for `:latest` or no tag at all, else `IfNotPresent`. */
function pullPolicy(image: string): string {
  if (image.includes('@')) return 'IfNotPresent';
  const tag = /:([^/:]+)$/.exec(image)?.[1] ?? 'latest';
  return tag === 'latest' ? 'Always' : 'IfNotPresent';
}

function defaultVolume(volume: JsonObject): void {
  for (const source of ['configMap', 'secret', 'downwardAPI', 'projected']) {
    const value = volume[source];
    if (isObject(value)) value.defaultMode ??= 420;
  }
  for (const item of listOf(objectOf(volume.downwardAPI).items)) defaultDownwardItem(item);
  for (const source of listOf(objectOf(volume.projected).sources)) {
    for (const item of listOf(objectOf(source.downwardAPI).items)) defaultDownwardItem(item);
    if (isObject(source.serviceAccountToken)) source.serviceAccountToken.expirationSeconds ??= 3600;
  }
  if (isObject(volume.hostPath)) volume.hostPath.type ??= '';
  const template = objectOf(objectOf(volume.ephemeral).volumeClaimTemplate);
  if (isObject(template.spec)) template.spec.volumeMode ??= 'Filesystem';
  if (Object.keys(volume).length === 1 && volume.name !== undefined) volume.emptyDir = {};
}

function defaultDownwardItem(item: JsonObject): void {
  if (isObject(item.fieldRef)) item.fieldRef.apiVersion ??= 'v1';
  if (isObject(item.resourceFieldRef)) item.resourceFieldRef.divisor ??= '0';
}

function defaultService(spec: JsonObject): void {
  spec.sessionAffinity ??= 'None';
  if (spec.sessionAffinity === 'ClientIP') spec.sessionAffinityConfig ??= { clientIP: { timeoutSeconds: 10_800 } };
  spec.type ??= 'ClusterIP';
  for (const port of listOf(spec.ports)) {
    port.protocol ??= 'TCP';
    if (port.targetPort === undefined || port.targetPort === 0) port.targetPort = port.port ?? 0;
  }
  const type = textOf(spec.type);
  if (type === 'NodePort' || type === 'LoadBalancer') spec.externalTrafficPolicy ??= 'Cluster';
  if (type === 'LoadBalancer') spec.allocateLoadBalancerNodePorts ??= true;
  if (type !== 'ExternalName') spec.internalTrafficPolicy ??= 'Cluster';
}
