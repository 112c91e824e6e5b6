// What the API server warns about though it stores it. Models pkg/api/{pod,node,persistentvolume,persistentvolumeclaim}/
// warnings.go and the strategies' WarningsOnCreate (1.32), for what people write often; and, last, the fields that have
// no effect in this simulator.
import { parseQuantity } from '../quantity.ts';
import { deepEqual, type JsonObject, listOf, objectOf, textOf } from './json.ts';
import { notSimulatedWarnings } from './not-simulated.ts';
import { isDNS1123Label } from './validation/names.ts';

/** Warnings for what `after` says and `before` did not. */
export function warningsFor(kind: string, after: JsonObject, before?: JsonObject): readonly string[] {
  const held = new Set(before ? real(kind, before) : []);
  return [...real(kind, after).filter((text) => !held.has(text)), ...notSimulatedWarnings(kind, after, before)];
}

const OWNERS = ['CronJob', 'DaemonSet', 'Deployment', 'Job', 'ReplicaSet', 'StatefulSet'];
/** Kinds whose names get into the host names of their pods, without having to be labels. */
const LABELLED = ['CronJob', 'Deployment', 'Job', 'Pod', 'ReplicaSet'];

function real(kind: string, object: JsonObject): string[] {
  const spec = objectOf(object.spec);
  const metadata = objectOf(object.metadata);
  const annotations = objectOf(metadata.annotations);
  const name = textOf(metadata.name);
  const out: string[] = [];
  const label = name === '' ? [] : isDNS1123Label(name);
  if (label.length > 0 && LABELLED.includes(kind)) {
    const use = kind === 'Pod' ? "the Pod's hostname" : 'Pod names and hostnames';
    out.push(
      `metadata.name: this is used in ${use}, which can result in surprising behavior; a DNS label is recommended: [${label.join(' ')}]`,
    );
  }
  if (kind === 'Pod') podWarnings(spec, 'spec', out);
  else if (kind === 'CronJob')
    podWarnings(
      objectOf(objectOf(objectOf(objectOf(spec.jobTemplate).spec).template).spec),
      'spec.jobTemplate.spec.template.spec',
      out,
    );
  else if (OWNERS.includes(kind)) podWarnings(objectOf(objectOf(spec.template).spec), 'spec.template.spec', out);
  if (kind === 'CronJob' && textOf(spec.schedule).includes('TZ'))
    out.push(
      'CRON_TZ or TZ used in spec.spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
    );
  if (kind === 'Ingress' && annotations['kubernetes.io/ingress.class'] !== undefined)
    out.push(`annotation "kubernetes.io/ingress.class" is deprecated, please use 'spec.ingressClassName' instead`);
  if (kind === 'PersistentVolume' && spec.persistentVolumeReclaimPolicy === 'Recycle')
    out.push(
      'spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.',
    );
  if (kind === 'PersistentVolumeClaim' || kind === 'PersistentVolume') {
    const beta = 'volume.beta.kubernetes.io/storage-class';
    if (annotations[beta] !== undefined)
      out.push(`metadata.annotations[${beta}]: deprecated since v1.8; use "storageClassName" attribute instead`);
    const at = kind === 'PersistentVolume' ? 'spec.capacity' : 'spec.resources.requests';
    const amounts = objectOf(kind === 'PersistentVolume' ? spec.capacity : objectOf(spec.resources).requests);
    fractional(amounts, 'storage', at, out);
  }
  return out;
}

const DEPRECATED_LABELS: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
};
const NO_SELECTOR = 'a null labelSelector results in matching no pod';
const HARD = 'requiredDuringSchedulingIgnoredDuringExecution';
const SOFT = 'preferredDuringSchedulingIgnoredDuringExecution';

function podWarnings(spec: JsonObject, at: string, out: string[]): void {
  for (const key of Object.keys(objectOf(spec.nodeSelector)).sort()) {
    const words = DEPRECATED_LABELS[key];
    if (words !== undefined) out.push(`${at}.nodeSelector[${key}]: ${words}`);
  }
  listOf(spec.topologySpreadConstraints).forEach((constraint, i) => {
    const field = `${at}.topologySpreadConstraints[${String(i)}]`;
    const words = DEPRECATED_LABELS[textOf(constraint.topologyKey)];
    if (words !== undefined) out.push(`${field}.topologyKey: ${textOf(constraint.topologyKey)} is ${words}`);
    if (constraint.labelSelector === undefined) out.push(`${field}.labelSelector: ${NO_SELECTOR}`);
  });
  const affinity = objectOf(spec.affinity);
  for (const side of ['podAffinity', 'podAntiAffinity']) {
    const terms = objectOf(affinity[side]);
    listOf(terms[HARD]).forEach((term, i) => {
      if (term.labelSelector === undefined)
        out.push(`${at}.affinity.${side}.${HARD}[${String(i)}].labelSelector: ${NO_SELECTOR}`);
    });
    listOf(terms[SOFT]).forEach((term, i) => {
      if (objectOf(term.podAffinityTerm).labelSelector === undefined)
        out.push(`${at}.affinity.${side}.${SOFT}[${String(i)}].podAffinityTerm.labelSelector: ${NO_SELECTOR}`);
    });
  }
  listOf(spec.imagePullSecrets).forEach((secret, i) => {
    if (textOf(secret.name) === '') out.push(`${at}.imagePullSecrets[${String(i)}].name: invalid empty name ""`);
  });
  for (const list of ['initContainers', 'containers'] as const)
    listOf(spec[list]).forEach((container, i) => {
      containerWarnings(container, `${at}.${list}[${String(i)}]`, out);
    });
  if (Number(spec.terminationGracePeriodSeconds ?? 0) < 0)
    out.push(`${at}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`);
}

function containerWarnings(container: JsonObject, at: string, out: string[]): void {
  const resources = objectOf(container.resources);
  for (const kind of ['limits', 'requests'] as const)
    for (const name of ['memory', 'ephemeral-storage'])
      fractional(objectOf(resources[kind]), name, `${at}.resources.${kind}`, out);
  const env = listOf(container.env);
  env.forEach((variable, i) => {
    const name = textOf(variable.name);
    const earlier = env.slice(0, i).some((other) => other.name === name);
    // A variable that is made from its older self does not hide it.
    if (earlier && !textOf(variable.value).includes(`$(${name})`))
      out.push(
        `${at}.env[${String(i)}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
      );
  });
  const ports = listOf(container.ports);
  const place = ({ containerPort, protocol, hostPort, hostIP }: JsonObject) => [
    containerPort,
    protocol,
    hostPort,
    hostIP,
  ];
  ports.forEach((port, i) => {
    const same = ports.slice(0, i).findIndex((other) => deepEqual(place(other), place(port)));
    if (same >= 0) out.push(`${at}.ports[${String(i)}]: duplicate port definition with ${at}.ports[${String(same)}]`);
  });
}

function fractional(amounts: JsonObject, name: string, at: string, out: string[]): void {
  const text = textOf(amounts[name]);
  if ((parseQuantity(text)?.nano ?? 0n) % 1_000_000_000n !== 0n)
    out.push(`${at}[${name}]: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`);
}
