// The environment of a container: the image's variables, then envFrom, then env, references resolved.
// Models k8s.io/kubernetes/pkg/kubelet/kubelet_pods.go makeEnvironmentVariables and
// third_party/forked/golang/expansion (1.32). Leaves out: service variables (enableServiceLinks), secrets, binary data.
import type { ConfigMap, Container, EnvVar, Pod } from '../objects.ts';
import { intValue, milliValue } from '../quantity.ts';

export interface EnvironmentSources {
  readonly pod: Pod;
  readonly podIP: string;
  readonly hostIP: string;
  /** What a container without limits may use, for resourceFieldRef. */
  readonly allocatable: Readonly<Record<string, string>>;
  readonly configMap: (name: string) => ConfigMap | undefined;
}

/** The variables, or the kubelet's sentence why there is no environment. */
export type Environment =
  | { readonly kind: 'resolved'; readonly variables: Readonly<Record<string, string>> }
  | { readonly kind: 'refused'; readonly message: string };

export function resolveEnvironment(
  container: Pick<Container, 'name' | 'env' | 'envFrom' | 'resources'>,
  imageEnv: Readonly<Record<string, string>>,
  sources: EnvironmentSources,
): Environment {
  const own: Record<string, string> = {};
  for (const { prefix = '', configMapRef } of container.envFrom ?? []) {
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
  const { configMapKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (configMapKeyRef) {
    const { name, key, optional } = configMapKeyRef;
    const map = sources.configMap(name);
    const found = map?.data?.[key];
    if (found !== undefined) return found;
    if (optional === true) return null;
    if (!map) return refused(`configmap "${name}" not found`);
    return refused(`couldn't find key ${key} in ConfigMap ${sources.pod.metadata.namespace ?? ''}/${name}`);
  }
  if (fieldRef) return fieldValue(fieldRef.fieldPath, sources);
  if (resourceFieldRef) {
    const { pod } = sources;
    const named = resourceFieldRef.containerName;
    const of =
      named === undefined
        ? container
        : [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((c) => c.name === named);
    return resourceValue(resourceFieldRef.resource, of?.resources ?? {}, sources.allocatable);
  }
  return refused('this source of a value is not simulated');
}

function fieldValue(path: string, { pod, podIP, hostIP }: EnvironmentSources): string | Environment {
  const { metadata, spec } = pod;
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) return metadata[keyed[1] as 'labels' | 'annotations']?.[keyed[2] as string] ?? '';
  switch (path) {
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

/** Whole cores and whole bytes, as with the divisor that is default; a missing limit is all that the node has. */
function resourceValue(
  resource: string,
  { requests, limits }: Container['resources'],
  allocatable: Readonly<Record<string, string>>,
): string | Environment {
  const [kind, name = ''] = resource.split('.');
  const quantity = kind === 'limits' ? (limits?.[name] ?? allocatable[name]) : requests?.[name];
  if ((kind !== 'limits' && kind !== 'requests') || !['cpu', 'memory', 'ephemeral-storage'].includes(name))
    return refused(`unsupported container resource : ${resource}`);
  const text = quantity ?? '0';
  return String(name === 'cpu' ? Math.ceil(milliValue(text) / 1000) : intValue(text));
}

function refused(message: string): Environment {
  return { kind: 'refused', message };
}
