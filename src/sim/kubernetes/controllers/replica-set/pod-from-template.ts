// The pod that a template makes.
// Models: pkg/controller/controller_utils.go GetPodFromTemplate and, of what admission adds to a new pod on its way, what
// needs nothing but the template (1.32). The rest is in api/admission/pod.ts: controllers call `admitPod` before they
// create a pod, because they write to the store directly.
// All pods of one template share one spec: 10,000 replicas cost one.
import type { Draft } from '../../store.ts';
import type { Pod, PodSpec, PodTemplateSpec, ReplicaSet, Toleration } from '../../objects.ts';
import { qosClass } from '../../pods.ts';
import { controllerReference } from '../owner-reference.ts';

/** How long a pod stays on a node that is not ready or unreachable. (DefaultTolerationSeconds) */
const DEFAULT_TOLERATION_SECONDS = 300;

export function podFromTemplate(owner: ReplicaSet): Draft<Pod> {
  const { template } = owner.spec;
  const { labels, annotations } = template.metadata;
  const spec = admittedSpec(template);
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      generateName: `${owner.metadata.name}-`,
      namespace: owner.metadata.namespace ?? 'default',
      ...(labels === undefined ? {} : { labels }),
      ...(annotations === undefined ? {} : { annotations }),
      ownerReferences: ownerReferences(owner),
    },
    spec,
    status: { phase: 'Pending', qosClass: qosClass({ spec }) },
  };
}

/** `tolerations` with five minutes for a node that is not ready or unreachable, unless they speak of that. */
function withDefaultTolerations(tolerations: readonly Toleration[] | undefined): readonly Toleration[] {
  const list = tolerations ?? [];
  const speaksOf = (key: string) =>
    list.some(
      (t) => (t.key === key || t.key === undefined || t.key === '') && (t.effect ?? 'NoExecute') === 'NoExecute',
    );
  const added = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']
    .filter((key) => !speaksOf(key))
    .map((key): Toleration => ({
      key,
      operator: 'Exists',
      effect: 'NoExecute',
      tolerationSeconds: DEFAULT_TOLERATION_SECONDS,
    }));
  return added.length === 0 ? list : [...list, ...added];
}

const specs = new WeakMap<PodSpec, PodSpec>();

export function admittedSpec({ spec }: Pick<PodTemplateSpec, 'spec'>): PodSpec {
  let found = specs.get(spec);
  if (!found) {
    found = {
      ...spec,
      serviceAccountName: spec.serviceAccountName ?? 'default',
      tolerations: withDefaultTolerations(spec.tolerations),
    };
    specs.set(spec, found);
  }
  return found;
}

const references = new WeakMap<ReplicaSet['spec'], Pod['metadata']['ownerReferences']>();

/** One list for all pods of an owner as long as its spec stands. */
function ownerReferences(owner: ReplicaSet): NonNullable<Pod['metadata']['ownerReferences']> {
  let found = references.get(owner.spec);
  if (found?.[0]?.uid !== owner.metadata.uid) {
    found = [controllerReference(owner)];
    references.set(owner.spec, found);
  }
  return found;
}
