// Fields that a manifest may rightly carry and that do nothing in this simulator. They are stored, and the answer to a
// write that sets one carries a warning that says so; values that have no visible effect in a real cluster either stay
// silent. Every other field of the schema is listed in not-simulated.testing.ts, and a test holds the two together and
// against the schema. The list in src/sim/README.md is compared with this one.
import { deepEqual, isObject, type Json, type JsonObject } from './json.ts';
import { fieldCode } from './schema.ts';

/** One type a line: `Type: field field`. What lies below such a field has no effect either. */
const WITHOUT_EFFECT = `
CertificateSigningRequest: spec
Container: resizePolicy securityContext stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices workingDir
EmptyDirVolumeSource: medium sizeLimit
EphemeralContainer: resizePolicy securityContext stdinOnce targetContainerName terminationMessagePath terminationMessagePolicy tty volumeDevices workingDir
HTTPGetAction: host httpHeaders
HostPathVolumeSource: type
Ingress: spec
IngressClass: spec
KeyToPath: mode
DownwardAPIVolumeFile: mode
LeaseSpec: preferredHolder strategy
LifecycleHandler: tcpSocket
LocalVolumeSource: fsType
NodeSpec: configSource externalID
PersistentVolumeClaimSpec: dataSource dataSourceRef volumeAttributesClassName volumeMode
PersistentVolumeSpec: awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs iscsi mountOptions nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos volumeAttributesClassName volumeMode vsphereVolume
PodSpec: automountServiceAccountToken dnsConfig dnsPolicy hostAliases hostIPC hostPID hostUsers imagePullSecrets os resourceClaims resources runtimeClassName securityContext setHostnameAsFQDN shareProcessNamespace
Probe: grpc
ReplicationController: spec
ResourceRequirements: claims
RollingUpdateStatefulSetStrategy: maxUnavailable
RuntimeClass: handler overhead scheduling
ServiceAccount: automountServiceAccountToken imagePullSecrets secrets
ServiceSpec: healthCheckNodePort ipFamilies ipFamilyPolicy loadBalancerSourceRanges
StorageClass: allowVolumeExpansion mountOptions parameters
TCPSocketAction: host
Volume: awsElasticBlockStore azureDisk azureFile cephfs cinder csi ephemeral fc flexVolume flocker gcePersistentDisk gitRepo glusterfs iscsi nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume
ConfigMapVolumeSource: defaultMode
DownwardAPIVolumeSource: defaultMode
ProjectedVolumeSource: defaultMode
SecretVolumeSource: defaultMode
VolumeMount: mountPropagation recursiveReadOnly subPathExpr
VolumeProjection: clusterTrustBundle serviceAccountToken
`;

/** Values that say what holds anyway. */
const HARMLESS: Readonly<Record<string, readonly Json[]>> = {
  'ConfigMapVolumeSource.defaultMode': [420],
  'Container.securityContext': [{}],
  'Container.stdinOnce': [false],
  'Container.terminationMessagePath': ['/dev/termination-log'],
  'Container.terminationMessagePolicy': ['File'],
  'Container.tty': [false],
  'DownwardAPIVolumeSource.defaultMode': [420],
  'EphemeralContainer.stdinOnce': [false],
  'EphemeralContainer.terminationMessagePath': ['/dev/termination-log'],
  'EphemeralContainer.terminationMessagePolicy': ['File'],
  'EphemeralContainer.tty': [false],
  'HostPathVolumeSource.type': [''],
  'PersistentVolumeClaimSpec.volumeMode': ['Filesystem'],
  'PersistentVolumeSpec.volumeMode': ['Filesystem'],
  'PodSpec.automountServiceAccountToken': [false],
  'PodSpec.dnsPolicy': ['ClusterFirst', 'ClusterFirstWithHostNet'],
  'PodSpec.hostIPC': [false],
  'PodSpec.hostPID': [false],
  'PodSpec.hostUsers': [true],
  'PodSpec.os': [{ name: 'linux' }],
  'PodSpec.securityContext': [{}],
  'PodSpec.setHostnameAsFQDN': [false],
  'PodSpec.shareProcessNamespace': [false],
  'ProjectedVolumeSource.defaultMode': [420],
  'SecretVolumeSource.defaultMode': [420],
  'ServiceAccount.automountServiceAccountToken': [false],
  'ServiceSpec.ipFamilies': [['IPv4']],
  'ServiceSpec.ipFamilyPolicy': ['SingleStack'],
  'StorageClass.allowVolumeExpansion': [false],
  'VolumeMount.mountPropagation': ['None'],
  'VolumeMount.recursiveReadOnly': ['Disabled'],
};

export function readFields(text: string): ReadonlyMap<string, readonly string[]> {
  const lines = text.trim().split('\n');
  return new Map(
    lines.map((line) => {
      const [type = '', ...fields] = line.split(/:? /);
      return [type, fields];
    }),
  );
}

/** By type; a copy for readers. */
export function fieldsWithoutEffect(): ReadonlyMap<string, readonly string[]> {
  return readFields(WITHOUT_EFFECT);
}

const withoutEffect = new Set(
  [...fieldsWithoutEffect()].flatMap(([type, fields]) => fields.map((f) => `${type}.${f}`)),
);

/** Warnings for what `after` sets and `before` did not, in the order of the document. */
export function notSimulatedWarnings(kind: string, after: JsonObject, before?: JsonObject): string[] {
  const held = new Set(before ? find(kind, before) : []);
  return find(kind, after).filter((text) => !held.has(text));
}

function find(kind: string, object: JsonObject): string[] {
  const out: string[] = [];
  walk(kind, object, '', out);
  return out;
}

function walk(type: string, value: JsonObject, path: string, out: string[]): void {
  for (const [name, item] of Object.entries(value)) {
    // Metadata is the store's, a status its controller's.
    if (item === undefined || item === null || name === 'metadata' || (name === 'status' && isObject(item))) continue;
    const at = path === '' ? name : `${path}.${name}`;
    const field = `${type}.${name}`;
    if (withoutEffect.has(field)) {
      if (!HARMLESS[field]?.some((h) => deepEqual(h, item))) out.push(`${at} is not simulated here and has no effect`);
      continue;
    }
    // Of the two hooks only the one before the end takes its time.
    if (field === 'Lifecycle.postStart' && isObject(item) && item.sleep !== undefined)
      out.push(`${at}.sleep is not simulated here and has no effect`);
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
