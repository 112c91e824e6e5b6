// Rules for claims, volumes and storage classes. Models ValidatePersistentVolumeClaim and ValidatePersistentVolume of
// pkg/apis/core/validation/validation.go and pkg/apis/storage/validation (1.32).
// Left out: the insides of volume sources; the Go diff at the end of a refused claim update.
import { compareQuantities, parseQuantity } from '../../quantity.ts';
import { deepEqual, isObject, type JsonObject, objectOf, textOf } from '../json.ts';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { validateLabelSelector } from './metadata.ts';
import { isDNS1123Subdomain, isQualifiedName } from './names.ts';

const ACCESS_MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

function validateAccessModes(spec: JsonObject, at: string, missing: string): FieldError[] {
  const modes = Array.isArray(spec.accessModes) ? spec.accessModes.map(textOf) : [];
  const errors = modes.length === 0 ? [required(`${at}.accessModes`, missing)] : [];
  for (const mode of modes)
    if (!ACCESS_MODES.includes(mode)) errors.push(notSupported(`${at}.accessModes`, mode, ACCESS_MODES));
  if (modes.includes('ReadWriteOncePod') && modes.length > 1)
    errors.push(forbiddenField(`${at}.accessModes`, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

export function validateClaimSpec(spec: JsonObject, at: string): FieldError[] {
  const errors = validateAccessModes(spec, at, 'at least 1 access mode is required');
  if (isObject(spec.selector)) errors.push(...validateLabelSelector(spec.selector, `${at}.selector`));
  const storage = textOf(objectOf(objectOf(spec.resources).requests).storage);
  if (storage === '') errors.push(required(`${at}.resources[storage]`));
  else if ((parseQuantity(storage)?.nano ?? 0n) <= 0n)
    errors.push(invalidValue(`${at}.resources[storage]`, storage, 'must be greater than zero'));
  const name = textOf(spec.storageClassName);
  if (name !== '')
    for (const message of isDNS1123Subdomain(name)) errors.push(invalidValue(`${at}.storageClassName`, name, message));
  errors.push(...validateVolumeMode(spec, at));
  return errors;
}

function validateVolumeMode(spec: JsonObject, at: string): FieldError[] {
  const mode = spec.volumeMode;
  if (mode === undefined || mode === 'Block' || mode === 'Filesystem') return [];
  return [notSupported(`${at}.volumeMode`, textOf(mode), ['Block', 'Filesystem'])];
}

const CLAIM_UPDATE =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

export function validateClaimUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const spec = objectOf(after.spec);
  const old = objectOf(before.spec);
  const errors: FieldError[] = [];
  const bound = objectOf(before.status).phase === 'Bound';
  const free = (value: JsonObject): JsonObject => ({
    ...value,
    // The binder names the volume, and only once.
    ...(textOf(old.volumeName) === '' ? { volumeName: undefined } : {}),
    ...(old.storageClassName === undefined ? { storageClassName: undefined } : {}),
    ...(bound ? { resources: { ...objectOf(value.resources), requests: undefined } } : {}),
  });
  if (!deepEqual(free(spec), free(old))) errors.push(forbiddenField('spec', CLAIM_UPDATE));
  const wanted = parseQuantity(textOf(objectOf(objectOf(spec.resources).requests).storage));
  const held = parseQuantity(textOf(objectOf(objectOf(old.resources).requests).storage));
  const capacity = parseQuantity(textOf(objectOf(objectOf(before.status).capacity).storage));
  if (wanted && held && compareQuantities(wanted, held) < 0 && capacity && compareQuantities(wanted, capacity) <= 0)
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  if (spec.volumeMode !== old.volumeMode)
    errors.push(invalidValue('volumeMode', textOf(spec.volumeMode), 'field is immutable'));
  return errors;
}

/** Of a volume's many sources, those of 1.32; exactly one must be there. */
const SOURCES = (
  'hostPath gcePersistentDisk awsElasticBlockStore glusterfs nfs rbd quobyte cephfs iscsi cinder fc flocker azureFile ' +
  'vsphereVolume azureDisk photonPersistentDisk portworxVolume scaleIO local storageos csi flexVolume'
).split(' ');

export function validateVolume(spec: JsonObject): FieldError[] {
  const errors = validateAccessModes(spec, 'spec', '');
  const capacity = objectOf(spec.capacity);
  if (Object.keys(capacity).length === 0) errors.push(required('spec.capacity'));
  else if (Object.keys(capacity).length > 1 || capacity.storage === undefined)
    errors.push(notSupported('spec.capacity', Object.keys(capacity).sort().join(), ['storage']));
  for (const [name, value] of Object.entries(capacity))
    if ((parseQuantity(textOf(value))?.nano ?? 0n) <= 0n)
      errors.push(invalidValue(`spec.capacity[${name}]`, textOf(value), 'must be greater than zero'));
  const policy = textOf(spec.persistentVolumeReclaimPolicy);
  if (policy !== '' && !['Delete', 'Recycle', 'Retain'].includes(policy))
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, ['Delete', 'Recycle', 'Retain']));
  const sources = SOURCES.filter((source) => spec[source] !== undefined);
  if (sources.length === 0) errors.push(required('spec', 'must specify a volume type'));
  for (const extra of sources.slice(1))
    errors.push(forbiddenField(`spec.${extra}`, 'may not specify more than 1 volume type'));
  if (isObject(spec.hostPath) && textOf(spec.hostPath.path) === '') errors.push(required('spec.hostPath.path'));
  if (isObject(spec.local)) {
    if (textOf(spec.local.path) === '') errors.push(required('spec.local.path'));
    if (!isObject(objectOf(spec.nodeAffinity).required))
      errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  }
  errors.push(...validateVolumeMode(spec, 'spec'));
  return errors;
}

export function validateVolumeUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const sources = (spec: JsonObject) => Object.fromEntries(SOURCES.map((source) => [source, spec[source]]));
  if (!deepEqual(sources(after), sources(before)))
    errors.push(
      forbiddenField('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'),
    );
  if (after.volumeMode !== before.volumeMode)
    errors.push(invalidValue('volumeMode', textOf(after.volumeMode), 'field is immutable'));
  if (before.nodeAffinity !== undefined && !deepEqual(after.nodeAffinity, before.nodeAffinity))
    errors.push(
      invalidValue(
        'nodeAffinity',
        after.nodeAffinity === undefined ? 'null' : { go: 'core.VolumeNodeAffinity{…}' },
        'field is immutable, except for updating from beta label to GA',
      ),
    );
  return errors;
}

export function validateStorageClass(object: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const provisioner = textOf(object.provisioner);
  if (provisioner === '') errors.push(required('provisioner'));
  else
    for (const message of isQualifiedName(provisioner.toLowerCase()))
      errors.push(invalidValue('provisioner', provisioner, message));
  const policy = textOf(object.reclaimPolicy);
  if (policy !== '' && policy !== 'Delete' && policy !== 'Retain')
    errors.push(notSupported('reclaimPolicy', policy, ['Delete', 'Retain']));
  const mode = textOf(object.volumeBindingMode);
  if (mode === '') errors.push(required('volumeBindingMode'));
  else if (mode !== 'Immediate' && mode !== 'WaitForFirstConsumer')
    errors.push(notSupported('volumeBindingMode', mode, ['Immediate', 'WaitForFirstConsumer']));
  return errors;
}

export function validateStorageClassUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  if (!deepEqual(after.parameters, before.parameters))
    errors.push(forbiddenField('parameters', 'updates to parameters are forbidden.'));
  if (after.provisioner !== before.provisioner)
    errors.push(forbiddenField('provisioner', 'updates to provisioner are forbidden.'));
  if (after.reclaimPolicy !== before.reclaimPolicy)
    errors.push(forbiddenField('reclaimPolicy', 'updates to reclaimPolicy are forbidden.'));
  if (after.volumeBindingMode !== before.volumeBindingMode)
    errors.push(invalidValue('volumeBindingMode', textOf(after.volumeBindingMode), 'field is immutable'));
  return errors;
}
