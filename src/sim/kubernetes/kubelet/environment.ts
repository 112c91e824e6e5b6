// The environment of a container: the image's variables, then envFrom, then env, references resolved.
// Models k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go makeEnvironmentVariables and
// third_party/forked/golang/expansion (1.32). Leaves out: service variables (enableServiceLinks), binary data of ConfigMaps.
import { decodeBase64 } from '../base64.ts';
import type { Secret } from '../kinds/policy.ts';
import type { ConfigMap, Container, EnvVar, Pod, ResourceFieldRef } from '../objects.ts';
import { intValue, milliValue } from '../quantity.ts';

export interface EnvironmentSources {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  /** What a container without limits may use, for resourceFieldRef. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly configMap: (name: string) => ConfigMap | undefined;
  readonly secret: (name: string) => Secret | undefined;
}

/** The variables, or the kubelet's sentence why there is no environment. */
export type Environment = { readonly kind: 'resolved'; readonly variables: Readonly<Record<string, string>> } | Refused;

interface Refused {
  readonly kind: 'refused';
  readonly message: string;
}

export function resolveEnvironment(
  container: Pick<Container, 'name' | 'env' | 'envFrom' | 'resources'>,
  imageEnv: Readonly<Record<string, string>>,
  sources: EnvironmentSources,
): Environment {
  if (!container.env && !container.envFrom) return { kind: 'resolved', variables: imageEnv };
  const own: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    if (secretRef) {
      const secret = sources.secret(secretRef.name);
      if (!secret && secretRef.optional !== true) return refused(`secret "${secretRef.name}" not found`);
      for (const [key, value] of Object.entries(secret?.data ?? {})) own[`${prefix}${key}`] = decodeBase64(value);
    }
    if (!configMapRef) continue;
    const map = sources.configMap(configMapRef.name);
    if (!map && configMapRef.optional !== true) return refused(`configmap "${configMapRef.name}" not found`);
    for (const [key, value] of Object.entries(map?.data ?? {})) own[`${prefix}${key}`] = value;
  }
  for (const variable of container.env ?? []) {
    const value = valueOf(variable, container, own, sources);
    if (value === null) continue;
    if (typeof value === 'object') return value;
    own[variable.name] = value;
  }
  return { kind: 'resolved', variables: { ...imageEnv, ...own } };
}

/** Replaces `$(NAME)` where NAME is known; `$$` stands for one dollar sign. */
export function expand(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, next: string, name: string | undefined) =>
    next === '$' ? '$' : ((name === undefined ? undefined : variables[name]) ?? whole),
  );
}

/** Null: leave the variable out. */
function valueOf(
  { value, valueFrom }: EnvVar,
  container: Pick<Container, 'name' | 'resources'>,
  known: Readonly<Record<string, string>>,
  sources: EnvironmentSources,
): string | null | Environment {
  if (!valueFrom) return expand(value ?? '', known);
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (configMapKeyRef) {
    const { name, key, optional } = configMapKeyRef;
    const map = sources.configMap(name);
    const found = map?.data?.[key];
    if (found !== undefined) return found;
    if (optional === true) return null;
    if (!map) return refused(`configmap "${name}" not found`);
    return refused(`couldn't find key ${key} in ConfigMap ${sources.pod.metadata.namespace ?? ''}/${name}`);
  }
  if (secretKeyRef) {
    const { name, key, optional } = secretKeyRef;
    const secret = sources.secret(name);
    const found = secret?.data?.[key];
    if (found !== undefined) return decodeBase64(found);
    if (optional === true) return null;
    if (!secret) return refused(`secret "${name}" not found`);
    return refused(`couldn't find key ${key} in Secret ${sources.pod.metadata.namespace ?? ''}/${name}`);
  }
  if (fieldRef) return fieldText(fieldRef.fieldPath, sources);
  if (resourceFieldRef) return resourceText(resourceFieldRef, container, sources);
  return refused('this source of a value is not simulated');
}

/** What `fieldRef` says: all that a variable or a file of the downward API may show of its pod. */
export function fieldText(path: string, { pod, podIP, hostIP }: EnvironmentSources): string | Refused {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] as string] ?? '';
  switch (path) {
    case 'metadata.labels':
    case 'metadata.annotations':
      return Object.entries(metadata[path === 'metadata.labels' ? 'labels' : 'annotations'] ?? {})
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join('\n');
    case 'metadata.name':
      return metadata.name;
    case 'metadata.namespace':
      return metadata.namespace ?? '';
    case 'metadata.uid':
      return metadata.uid;
    case 'spec.nodeName':
      return spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return spec.serviceAccountName ?? 'default';
    case 'status.podIP':
    case 'status.podIPs':
      return podIP;
    case 'status.hostIP':
    case 'status.hostIPs':
      return hostIP;
    default:
      return refused(`unsupported fieldPath: ${path}`);
  }
}

/**
 * Divided by the divisor and rounded up: whole cores and whole bytes when there is none. A missing limit is all that the
 * node has.
 * @param own the container that asks; undefined in a volume, which must name one
 */
export function resourceText(
  { resource, containerName, divisor = '' }: ResourceFieldRef,
  own: Pick<Container, 'resources'> | undefined,
  { pod, allocatable }: EnvironmentSources,
): string | Refused {
  const { containers, initContainers = [] } = pod.spec;
  const of =
    containerName === undefined ? own : [...containers, ...initContainers].find(({ name }) => name === containerName);
  if (!of) return refused(`container ${containerName ?? ''} not found`);
  const { requests, limits } = of.resources;
  const [kind, name = ''] = resource.split('.');
  const quantity = kind === 'limits' ? (limits?.[name] ?? allocatable[name]) : requests?.[name];
  if ((kind !== 'limits' && kind !== 'requests') || !['cpu', 'memory', 'ephemeral-storage'].includes(name))
    return refused(`unsupported container resource : ${resource}`);
  const text = quantity ?? '0';
  const unit = divisor === '' || divisor === '0' ? '1' : divisor;
  return String(
    name === 'cpu'
      ? Math.ceil(milliValue(text) / milliValue(unit))
      : Math.ceil(intValue(text) / Math.max(1, intValue(unit))),
  );
}

function refused(message: string): Refused {
  return { kind: 'refused', message };
}
