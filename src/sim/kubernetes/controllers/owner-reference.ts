// Who owns an object. Models k8s.io/apimachinery/pkg/apis/meta/v1/controller_ref.go (1.32); leaves out nothing.
import type { AnyObject, ObjectMeta, OwnerReference } from '../objects.ts';

/** The one owner that manages the object, if it has one. */
export function controllerOf(object: {
  readonly metadata: Pick<ObjectMeta, 'ownerReferences'>;
}): OwnerReference | undefined {
  const { ownerReferences } = object.metadata;
  if (ownerReferences) for (const reference of ownerReferences) if (reference.controller === true) return reference;
  return undefined;
}

/** The reference by which `owner` manages what it makes. */
export function controllerReference(owner: AnyObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** The object's metadata with `reference` added to its owners. */
export function adopted<M extends ObjectMeta>(metadata: M, reference: OwnerReference): M {
  return { ...metadata, ownerReferences: [...(metadata.ownerReferences ?? []), reference] };
}

/** The object's metadata without the owner of that uid. */
export function released(metadata: ObjectMeta, uid: string): ObjectMeta {
  const { ownerReferences = [], ...rest } = metadata;
  const left = ownerReferences.filter((reference) => reference.uid !== uid);
  return left.length === 0 ? rest : { ...rest, ownerReferences: left };
}
