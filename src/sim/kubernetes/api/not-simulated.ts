// Fields that a manifest may rightly carry and that do nothing in this simulator. The answer to a write that sets one
// carries a warning that says so; values that would have no visible effect in a real cluster either stay silent.
import { deepEqual, isObject, type Json, type JsonObject } from './json.ts';
import { fieldCode } from './schema.ts';

/** `Type.field`, and the values that are harmless. */
const FIELDS: Readonly<Record<string, readonly Json[]>> = {
  'PodSpec.volumes': [],
  'PodSpec.automountServiceAccountToken': [false, true],
  'PodSpec.dnsConfig': [],
  'PodSpec.dnsPolicy': ['ClusterFirst', 'ClusterFirstWithHostNet'],
  'PodSpec.ephemeralContainers': [],
  'PodSpec.hostAliases': [],
  'PodSpec.hostIPC': [],
  'PodSpec.hostPID': [],
  'PodSpec.hostUsers': [true],
  'PodSpec.hostname': [],
  'PodSpec.imagePullSecrets': [],
  'PodSpec.os': [{ name: 'linux' }],
  'PodSpec.resourceClaims': [],
  'PodSpec.resources': [],
  'PodSpec.runtimeClassName': [],
  'PodSpec.securityContext': [{}],
  'PodSpec.serviceAccountName': ['default'],
  'PodSpec.setHostnameAsFQDN': [false],
  'PodSpec.shareProcessNamespace': [false],
  'PodSpec.subdomain': [],
  'Container.securityContext': [{}],
  'Container.stdin': [],
  'Container.tty': [],
  'Container.volumeDevices': [],
  'Container.volumeMounts': [],
  'Container.workingDir': [],
  'Container.resizePolicy': [],
  'Container.terminationMessagePath': ['/dev/termination-log'],
  'Container.terminationMessagePolicy': ['File'],
  'ResourceRequirements.claims': [],
  'EnvVarSource.secretKeyRef': [],
  'EnvFromSource.secretRef': [],
  'Lifecycle.postStart': [],
  'LifecycleHandler.httpGet': [],
  'LifecycleHandler.tcpSocket': [],
  'Probe.grpc': [],
  'HTTPGetAction.host': [],
  'HTTPGetAction.httpHeaders': [],
  'ServiceSpec.sessionAffinity': ['None'],
  'ServiceSpec.externalIPs': [],
  'ServiceSpec.loadBalancerIP': [],
  'ServiceSpec.loadBalancerClass': [],
  'ServiceSpec.loadBalancerSourceRanges': [],
  'ServiceSpec.externalTrafficPolicy': ['Cluster'],
  'ServiceSpec.internalTrafficPolicy': ['Cluster'],
  'ServiceSpec.trafficDistribution': [],
  'ServiceSpec.ipFamilyPolicy': ['SingleStack'],
};

/** Warnings for what `after` sets and `before` did not, in the order of the document. */
export function notSimulatedWarnings(kind: string, after: JsonObject, before?: JsonObject): string[] {
  const held = new Set(before ? find(kind, before) : []);
  return find(kind, after).filter((text) => !held.has(text));
}

function find(kind: string, object: JsonObject): string[] {
  const out: string[] = [];
  if (isObject(object.spec)) walk(`${kind}Spec`, object.spec, 'spec', out);
  return out;
}

function walk(type: string, value: JsonObject, path: string, out: string[]): void {
  for (const [name, item] of Object.entries(value)) {
    if (item === undefined || item === null) continue;
    const at = `${path}.${name}`;
    const harmless = FIELDS[`${type}.${name}`];
    if (harmless) {
      if (!harmless.some((h) => deepEqual(h, item))) out.push(`${at} is not simulated here and has no effect`);
      continue;
    }
    const code = fieldCode(type, name);
    if (code === undefined) continue;
    if (code.startsWith('[]') && Array.isArray(item)) {
      const inner = code.slice(2);
      item.forEach((entry, i) => {
        if (isObject(entry)) walk(inner, entry, `${at}[${String(i)}]`, out);
      });
    } else if (isObject(item) && !code.startsWith('{}')) walk(code, item, at, out);
  }
}
