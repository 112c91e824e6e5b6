// A pod that a controller makes from a template and changes on the way: a Job's pod has an index, a StatefulSet's a
// name. Models pkg/controller/controller_utils.go GetPodFromTemplate (1.32); what admission adds is in
// replica-set/pod-from-template.ts.
import type { AnyObject, ObjectMeta, Pod, PodSpec } from '../objects.ts';
import { qosClass } from '../pods.ts';
import type { Draft } from '../store.ts';
import { controllerReference } from './owner-reference.ts';
import { admittedSpec } from './replica-set/pod-from-template.ts';

/** @param own what the pod has beyond the template: its name or the beginning of it, labels, annotations, finalizers */
export function ownedPod(
  owner: AnyObject,
  spec: PodSpec,
  own: Pick<Partial<ObjectMeta>, 'name' | 'generateName' | 'labels' | 'annotations' | 'finalizers'>,
): Draft<Pod> {
  const admitted = admittedSpec({ spec });
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...own,
      namespace: owner.metadata.namespace ?? 'default',
      ownerReferences: [controllerReference(owner)],
    },
    spec: admitted,
    status: { phase: 'Pending', qosClass: qosClass({ spec: admitted }) },
  };
}
