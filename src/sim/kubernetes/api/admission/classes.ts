// Which class a claim, an ingress or a set of pods falls to when it names none, and what the namespace's rules say of
// objects that are no pods. Models the admission plugins DefaultStorageClass, DefaultIngressClass, LimitRanger,
// Priority and ResourceQuota (1.32).
import type { PersistentVolumeClaim } from '../../kinds/storage.ts';
import type { AnyObject } from '../../objects.ts';
import type { ResourceInfo } from '../../resources.ts';
import type { Store } from '../../store.ts';
import { type JsonObject, objectOf, textOf } from '../json.ts';
import { claimComplaint } from './limit-ranger.ts';
import { globalDefault } from './priority.ts';
import { quotaComplaint } from './quota.ts';

const DEFAULT_STORAGE = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const DEFAULT_INGRESS = ['ingressclass.kubernetes.io/is-default-class'];

/** Completes a new object of any kind but pods. */
export function completeObject(store: Store, info: ResourceInfo, object: JsonObject): void {
  const spec = objectOf(object.spec);
  const annotations = objectOf(objectOf(object.metadata).annotations);
  if (info.resource === 'persistentvolumeclaims') {
    if (spec.storageClassName !== undefined || 'volume.beta.kubernetes.io/storage-class' in annotations) return;
    const found = newestDefault(store.list('storageclasses'), DEFAULT_STORAGE);
    if (found) spec.storageClassName = found.metadata.name;
  }
  if (info.resource === 'ingresses') {
    if (spec.ingressClassName !== undefined || 'kubernetes.io/ingress.class' in annotations) return;
    const found = newestDefault(store.list('ingressclasses'), DEFAULT_INGRESS);
    if (found) spec.ingressClassName = found.metadata.name;
  }
}

/** Of several defaults the youngest; of equally old ones the first by name. */
function newestDefault<T extends AnyObject>(classes: readonly T[], keys: readonly string[]): T | undefined {
  return classes
    .filter(({ metadata }) => keys.some((key) => metadata.annotations?.[key] === 'true'))
    .reduce<T | undefined>(
      (best, next) => (best && best.metadata.creationTimestamp >= next.metadata.creationTimestamp ? best : next),
      undefined,
    );
}

/** Why an object that is no pod may not be created: what stands behind `… is forbidden: `. */
export function refuseObject(
  store: Store,
  info: ResourceInfo,
  namespace: string | undefined,
  object: JsonObject,
): string | undefined {
  if (info.resource === 'priorityclasses' && object.globalDefault === true) {
    const held = globalDefault(store)?.metadata.name;
    if (held !== undefined && held !== textOf(objectOf(object.metadata).name))
      return `PriorityClass ${held} is already marked as default. Only one default can exist`;
  }
  if (namespace === undefined) return undefined;
  if (info.resource === 'persistentvolumeclaims' && store.size('limitranges') > 0)
    for (const range of store.list('limitranges', namespace)) {
      const complaint = claimComplaint(object as unknown as PersistentVolumeClaim, range);
      if (complaint !== undefined) return complaint;
    }
  return quotaComplaint(store, info.resource, namespace, object);
}
