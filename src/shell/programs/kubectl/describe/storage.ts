// `kubectl describe` of persistent volumes, their claims and storage classes (kubectl/pkg/describe/describe.go and
// util/storage, 1.32). Sources that the API server does not know are told as unknown.

import { canonicalQuantity } from '../../../../sim/kubernetes/quantity.ts';
import {
  at,
  boolAt,
  compareText,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  objectAt,
  textAt,
} from '../object.ts';
import { labelsText } from '../text.ts';
import type { Describing } from './index.ts';
import { annotations, field, labels, longTime, several } from './text.ts';

const betaClass = 'volume.beta.kubernetes.io/storage-class';

/** The class of a claim or a volume; an old annotation comes before the field. */
export function claimClass(object: Json): string {
  return mapAt(object, 'metadata', 'annotations')[betaClass] ?? textAt(object, 'spec', 'storageClassName');
}

const modes = { ReadWriteOnce: 'RWO', ReadOnlyMany: 'ROX', ReadWriteMany: 'RWX', ReadWriteOncePod: 'RWOP' };

/** `RWO,ROX`: each once, in this order. */
function accessModes(all: readonly Json[]): string {
  const given = all.map((mode) => textAt(mode));
  return Object.entries(modes)
    .filter(([mode]) => given.includes(mode))
    .map(([, short]) => short)
    .join(',');
}

const words = (all: readonly Json[]): string => `[${all.map((one) => textAt(one)).join(' ')}]`;

function phaseText({ context }: Describing, object: JsonObject): string {
  const deleted = textAt(object, 'metadata', 'deletionTimestamp');
  return field('Status', deleted ? `Terminating (lasts ${context.age(deleted)})` : textAt(object, 'status', 'phase'));
}

const quantity = (text: string): string => (text ? canonicalQuantity(text) : '0');

// ---- PersistentVolume

export async function persistentVolume(describing: Describing, object: JsonObject): Promise<string> {
  const spec = objectAt(object, 'spec');
  const claim = at(spec, 'claimRef');
  return [
    field('Name', nameOf(object)),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Finalizers', words(listAt(object, 'metadata', 'finalizers'))),
    field('StorageClass', claimClass(object)),
    phaseText(describing, object),
    field('Claim', isObject(claim) ? `${textAt(claim, 'namespace')}/${textAt(claim, 'name')}` : ''),
    field('Reclaim Policy', textAt(spec, 'persistentVolumeReclaimPolicy')),
    field('Access Modes', accessModes(listAt(spec, 'accessModes'))),
    textAt(spec, 'volumeMode') ? field('VolumeMode', textAt(spec, 'volumeMode')) : '',
    field('Capacity', quantity(textAt(spec, 'capacity', 'storage'))),
    nodeAffinity(at(spec, 'nodeAffinity', 'required')),
    field('Message', textAt(object, 'status', 'message')),
    'Source:\n',
    volumeSource(spec),
    await describing.events(describing.reference(object)),
  ].join('');
}

function nodeAffinity(required: Json | undefined): string {
  if (!isObject(required)) return 'Node Affinity:\t<none>\n';
  const terms = listAt(required, 'nodeSelectorTerms');
  const rows = terms.map((term, n) => {
    const texts = listAt(term, 'matchExpressions').map((one) => {
      const values = listAt(one, 'values').map((value) => textAt(value));
      const list = values.length > 0 ? ` [${values.join(', ')}]` : '';
      return `${textAt(one, 'key')} ${textAt(one, 'operator').toLowerCase()}${list}`;
    });
    return termRows(`Term ${n}`, texts, 2);
  });
  return `Node Affinity:\t\n  Required Terms:\t${terms.length === 0 ? '<none>' : ''}\n${rows.join('')}`;
}

function termRows(title: string, texts: readonly string[], level: number): string {
  const margin = '  '.repeat(level);
  return `${margin}${title}:\t${texts.join(`\n${margin}\t`) || '<none>'}\n`;
}

function volumeSource(spec: JsonObject): string {
  const { hostPath, nfs, local, csi } = spec;
  const type = (text: string) => field('Type', text, 2);
  const own = (source: JsonObject, title: string, key: string) => field(title, textAt(source, key), 2);
  const readOnly = (source: JsonObject) => field('ReadOnly', boolAt(source, 'readOnly'), 2);
  if (isObject(hostPath)) {
    const head = type('HostPath (bare host directory volume)') + own(hostPath, 'Path', 'path');
    return head + own(hostPath, 'HostPathType', 'type');
  }
  if (isObject(nfs)) {
    const head = type('NFS (an NFS mount that lasts the lifetime of a pod)');
    return head + own(nfs, 'Server', 'server') + own(nfs, 'Path', 'path') + readOnly(nfs);
  }
  if (isObject(local)) {
    return type('LocalVolume (a persistent volume backed by local storage on a node)') + own(local, 'Path', 'path');
  }
  if (isObject(csi)) {
    return [
      type('CSI (a Container Storage Interface (CSI) volume source)'),
      own(csi, 'Driver', 'driver'),
      own(csi, 'FSType', 'fsType'),
      own(csi, 'VolumeHandle', 'volumeHandle'),
      readOnly(csi),
      labels('    VolumeAttributes', mapAt(csi, 'volumeAttributes')).replaceAll('\n\t', '\n        \t    '),
    ].join('');
  }
  return '  <unknown>\n';
}

// ---- PersistentVolumeClaim

export async function persistentVolumeClaim(describing: Describing, object: JsonObject): Promise<string> {
  return [
    field('Name', nameOf(object)),
    field('Namespace', namespaceOf(object)),
    field('StorageClass', claimClass(object)),
    phaseText(describing, object),
    field('Volume', textAt(object, 'spec', 'volumeName')),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('Finalizers', words(listAt(object, 'metadata', 'finalizers'))),
    size(object),
    dataSource(objectAt(object, 'spec', 'dataSource')),
    several('Used By', await usersOf(describing, object)),
    conditions(listAt(object, 'status', 'conditions')),
    await describing.events(describing.reference(object)),
  ].join('');
}

function size(object: JsonObject): string {
  const bound = textAt(object, 'spec', 'volumeName') !== '';
  const mode = textAt(object, 'spec', 'volumeMode');
  return [
    field('Capacity', bound ? quantity(textAt(object, 'status', 'capacity', 'storage')) : ''),
    field('Access Modes', bound ? accessModes(listAt(object, 'status', 'accessModes')) : ''),
    mode ? field('VolumeMode', mode) : '',
  ].join('');
}

function dataSource(source: JsonObject): string {
  if (textAt(source, 'kind') === '') return '';
  const group = textAt(source, 'apiGroup');
  return [
    'DataSource:\n',
    group ? field('APIGroup', group, 1) : '',
    field('Kind', textAt(source, 'kind'), 1),
    field('Name', textAt(source, 'name'), 1),
  ].join('');
}

/** The pods that mount a claim, and those that own it. */
async function usersOf(describing: Describing, claim: JsonObject): Promise<string[]> {
  const pods = await describing.list('pods', namespaceOf(claim));
  const owners = listAt(claim, 'metadata', 'ownerReferences')
    .filter((owner) => textAt(owner, 'kind') === 'Pod')
    .map((owner) => textAt(owner, 'uid'));
  const uses = (pod: JsonObject) =>
    listAt(pod, 'spec', 'volumes').filter(
      (volume) => textAt(volume, 'persistentVolumeClaim', 'claimName') === nameOf(claim),
    ).length;
  return pods
    .flatMap((pod) => {
      const times = uses(pod) || Number(owners.includes(textAt(pod, 'metadata', 'uid')));
      return Array.from({ length: times }, () => nameOf(pod));
    })
    .sort(compareText);
}

function conditions(all: readonly Json[]): string {
  if (all.length === 0) return '';
  const rows = all.map((one) => {
    const times = ['lastProbeTime', 'lastTransitionTime'].map((key) => longTime(textAt(one, key)));
    const cells = [textAt(one, 'type'), textAt(one, 'status'), ...times, textAt(one, 'reason')];
    return `  ${cells.join(' \t')} \t${textAt(one, 'message')}\n`;
  });
  return `Conditions:\n  Type\tStatus\tLastProbeTime\tLastTransitionTime\tReason\tMessage\n  ----\t------\t-----------------\t------------------\t------\t-------\n${rows.join('')}`;
}

// ---- StorageClass

const defaultClass = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];

export async function storageClass(describing: Describing, object: JsonObject): Promise<string> {
  const own = mapAt(object, 'metadata', 'annotations');
  const options = listAt(object, 'mountOptions').map((one) => textAt(one));
  const optional = (title: string, key: string) => (textAt(object, key) ? field(title, textAt(object, key)) : '');
  const expansion = at(object, 'allowVolumeExpansion');
  const topologies = at(object, 'allowedTopologies');
  return [
    field('Name', nameOf(object)),
    field('IsDefaultClass', defaultClass.some((key) => own[key] === 'true') ? 'Yes' : 'No'),
    field('Annotations', labelsText(own)),
    field('Provisioner', textAt(object, 'provisioner')),
    field('Parameters', labelsText(mapAt(object, 'parameters'))),
    field('AllowVolumeExpansion', expansion === undefined ? '<unset>' : expansion === true ? 'True' : 'False'),
    options.length === 0
      ? 'MountOptions:\t<none>\n'
      : `MountOptions:\n${options.map((option) => `  ${option}\n`).join('')}`,
    optional('ReclaimPolicy', 'reclaimPolicy'),
    optional('VolumeBindingMode', 'volumeBindingMode'),
    topologies === undefined ? '' : allowedTopologies(listAt(object, 'allowedTopologies')),
    await describing.events(describing.reference(object)),
  ].join('');
}

function allowedTopologies(terms: readonly Json[]): string {
  const rows = terms.map((term, n) => {
    const texts = listAt(term, 'matchLabelExpressions').map((one) => {
      const values = listAt(one, 'values').map((value) => textAt(value));
      return `${textAt(one, 'key')} in${values.length > 0 ? ` [${values.join(', ')}]` : ''}`;
    });
    return termRows(`Term ${n}`, texts, 1);
  });
  return `AllowedTopologies:\t${terms.length === 0 ? '<none>' : ''}\n${rows.join('')}`;
}
