// `kubectl describe node` with the pods on it and what they ask for (kubectl/pkg/describe/describe.go, 1.32).

import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  type ExactQuantity,
  formatQuantity,
  parseQuantity,
  scaledValue,
} from '../../../../sim/kubernetes/quantity.ts';
import { ApiError } from '../errors.ts';
import {
  boolAt,
  compareText,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  nameOf,
  namespaceOf,
  objectAt,
  sortedKeys,
  textAt,
} from '../object.ts';
import type { Describing } from './index.ts';
import { annotations, field, labels, longTime, several } from './text.ts';

export async function node(describing: Describing, object: JsonObject): Promise<string> {
  const name = nameOf(object);
  const spec = objectAt(object, 'spec');
  const pods = await describing.list('pods', '', {
    fieldSelector: `spec.nodeName=${name},status.phase!=Failed,status.phase!=Succeeded`,
  });
  const reference = describing.reference(object);
  const optional = (title: string, text: string) => (text ? field(title, text) : '');
  return [
    field('Name', name),
    field('Roles', rolesOf(object).join(',') || '<none>'),
    labels('Labels', mapAt(object, 'metadata', 'labels')),
    annotations('Annotations', mapAt(object, 'metadata', 'annotations')),
    field('CreationTimestamp', longTime(textAt(object, 'metadata', 'creationTimestamp'))),
    several('Taints', taintsOf(spec)),
    field('Unschedulable', boolAt(spec, 'unschedulable')),
    await lease(describing, name),
    conditions(object),
    'Addresses:\n',
    ...listAt(object, 'status', 'addresses').map((one) => field(textAt(one, 'type'), textAt(one, 'address'), 1)),
    amounts('Capacity', objectAt(object, 'status', 'capacity')),
    amounts('Allocatable', objectAt(object, 'status', 'allocatable')),
    systemInfo(objectAt(object, 'status', 'nodeInfo')),
    optional('PodCIDR', textAt(spec, 'podCIDR')),
    optional(
      'PodCIDRs',
      listAt(spec, 'podCIDRs')
        .map((one) => textAt(one))
        .join(','),
    ),
    optional('ProviderID', textAt(spec, 'providerID')),
    podsText(describing, object, pods),
    // Controllers know a node by its id, the kubelet by its name.
    await describing.events(reference, { ...reference, uid: name }),
  ].join('');
}

function rolesOf(object: JsonObject): string[] {
  const prefix = 'node-role.kubernetes.io/';
  const roles = Object.entries(mapAt(object, 'metadata', 'labels')).map(([key, value]) =>
    key.startsWith(prefix) ? key.slice(prefix.length) : key === 'kubernetes.io/role' ? value : '',
  );
  return [...new Set(roles.filter((role) => role !== ''))].sort(compareText);
}

function taintsOf(spec: JsonObject): string[] {
  const key = (taint: Json) => `${textAt(taint, 'effect')},${textAt(taint, 'key')}`;
  const taints = [...listAt(spec, 'taints')].sort((a, b) => compareText(key(a), key(b)));
  return taints.map((taint) => {
    const [value, effect] = [textAt(taint, 'value'), textAt(taint, 'effect')];
    return `${textAt(taint, 'key')}${value && `=${value}`}${effect && `:${effect}`}`;
  });
}

async function lease({ context }: Describing, name: string): Promise<string> {
  try {
    const resource = await context.client.resource('leases.coordination.k8s.io');
    const found = await context.client.get(resource, 'kube-node-lease', name);
    const time = (key: string) => {
      const text = textAt(found, 'spec', key);
      return text ? longTime(text) : '<unset>';
    };
    return [
      'Lease:\n',
      field('HolderIdentity', textAt(found, 'spec', 'holderIdentity') || '<unset>', 1),
      field('AcquireTime', time('acquireTime'), 1),
      field('RenewTime', time('renewTime'), 1),
    ].join('');
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return field('Lease', `Failed to get lease: ${error.message}`);
  }
}

function conditions(object: JsonObject): string {
  const all = listAt(object, 'status', 'conditions');
  if (all.length === 0) return '';
  const rows = all.map((one) => {
    const times = ['lastHeartbeatTime', 'lastTransitionTime'].map((key) => longTime(textAt(one, key)));
    const cells = [textAt(one, 'type'), textAt(one, 'status'), ...times];
    return `  ${cells.join(' \t')} \t${textAt(one, 'reason')} \t${textAt(one, 'message')}\n`;
  });
  return `Conditions:\n  Type\tStatus\tLastHeartbeatTime\tLastTransitionTime\tReason\tMessage\n  ----\t------\t-----------------\t------------------\t------\t-------\n${rows.join('')}`;
}

function amounts(title: string, list: JsonObject): string {
  const names = sortedKeys(list);
  if (names.length === 0) return '';
  return `${title}:\n${names.map((name) => field(name, canonicalQuantity(textAt(list, name)), 1)).join('')}`;
}

const info: readonly (readonly [title: string, key: string])[] = [
  ['Machine ID', 'machineID'],
  ['System UUID', 'systemUUID'],
  ['Boot ID', 'bootID'],
  ['Kernel Version', 'kernelVersion'],
  ['OS Image', 'osImage'],
  ['Operating System', 'operatingSystem'],
  ['Architecture', 'architecture'],
  ['Container Runtime Version', 'containerRuntimeVersion'],
  ['Kubelet Version', 'kubeletVersion'],
  ['Kube-Proxy Version', 'kubeProxyVersion'],
];

function systemInfo(nodeInfo: JsonObject): string {
  return `System Info:\n${info.map(([title, key]) => field(title, textAt(nodeInfo, key), 1)).join('')}`;
}

// ---- What its pods ask for

type Amounts = Map<string, ExactQuantity>;
const zero: ExactQuantity = { nano: 0n, format: 'DecimalSI' };

function podsText({ context }: Describing, object: JsonObject, pods: readonly JsonObject[]): string {
  const capacity = amountsOf(objectAt(object, 'status', 'capacity'));
  const allocatable = amountsOf(objectAt(object, 'status', 'allocatable'));
  const available = allocatable.size > 0 ? allocatable : capacity;
  const share = (of: Amounts, name: string, scale: number) => {
    const part = of.get(name) ?? zero;
    const whole = scaledValue(available.get(name) ?? zero, scale);
    const percent = whole === 0 ? 0 : Math.trunc((scaledValue(part, scale) / whole) * 100);
    return `${formatQuantity(part)} (${percent}%)`;
  };
  const requests: Amounts = new Map();
  const limits: Amounts = new Map();
  const rows = pods.map((pod) => {
    const [asked, most] = [podRequests(pod), podLimits(pod)];
    add(requests, asked);
    add(limits, most);
    const cpu = `${share(asked, 'cpu', -3)}\t${share(most, 'cpu', -3)}`;
    const memory = `${share(asked, 'memory', 0)}\t${share(most, 'memory', 0)}`;
    const age = context.age(textAt(pod, 'metadata', 'creationTimestamp'));
    return `  ${namespaceOf(pod)}\t${nameOf(pod)}\t\t${cpu}\t${memory}\t${age}\n`;
  });
  const total = (name: string, scale: number) =>
    `  ${name}\t${share(requests, name, scale)}\t${share(limits, name, scale)}\n`;
  const others = [...available.keys()].sort(compareText);
  const pages = others.filter((name) => name.startsWith('hugepages-'));
  const extended = others.filter((name) => !pages.includes(name) && !standard.includes(name));
  const plain = (of: Amounts, name: string) => formatQuantity(of.get(name) ?? zero);
  return [
    field('Non-terminated Pods', `(${pods.length} in total)`),
    '  Namespace\tName\t\tCPU Requests\tCPU Limits\tMemory Requests\tMemory Limits\tAge\n',
    '  ---------\t----\t\t------------\t----------\t---------------\t-------------\t---\n',
    ...rows,
    'Allocated resources:\n  (Total limits may be over 100 percent, i.e., overcommitted.)\n',
    '  Resource\tRequests\tLimits\n  --------\t--------\t------\n',
    total('cpu', -3),
    total('memory', 0),
    total('ephemeral-storage', 0),
    ...pages.map((name) => total(name, 0)),
    ...extended.map((name) => `  ${name}\t${plain(requests, name)}\t${plain(limits, name)}\n`),
  ].join('');
}

const standard = ['cpu', 'memory', 'ephemeral-storage', 'pods'];

function amountsOf(list: JsonObject): Amounts {
  const out: Amounts = new Map();
  for (const name of sortedKeys(list)) out.set(name, parseQuantity(textAt(list, name)) ?? zero);
  return out;
}

function add(to: Amounts, more: Amounts): void {
  for (const [name, quantity] of more) {
    const before = to.get(name);
    to.set(name, before ? addQuantities(before, quantity) : quantity);
  }
}

function raise(to: Amounts, least: Amounts): void {
  for (const [name, quantity] of least) {
    const before = to.get(name);
    if (!before || compareQuantities(quantity, before) > 0) to.set(name, quantity);
  }
}

/** Sums over containers, at least what the init containers need at their busiest; sidecars count in both. */
function summed(pod: JsonObject, key: 'requests' | 'limits'): Amounts {
  const sum: Amounts = new Map();
  for (const one of listAt(pod, 'spec', 'containers')) add(sum, amountsOf(objectAt(one, 'resources', key)));
  const sidecars: Amounts = new Map();
  const busiest: Amounts = new Map();
  for (const one of listAt(pod, 'spec', 'initContainers')) {
    const own = amountsOf(objectAt(one, 'resources', key));
    if (textAt(one, 'restartPolicy') === 'Always') {
      add(sum, own);
      add(sidecars, own);
      raise(busiest, sidecars);
    } else {
      add(own, sidecars);
      raise(busiest, own);
    }
  }
  raise(sum, busiest);
  return sum;
}

function podRequests(pod: JsonObject): Amounts {
  const sum = summed(pod, 'requests');
  add(sum, amountsOf(objectAt(pod, 'spec', 'overhead')));
  return sum;
}

function podLimits(pod: JsonObject): Amounts {
  const sum = summed(pod, 'limits');
  for (const [name, quantity] of amountsOf(objectAt(pod, 'spec', 'overhead'))) {
    const before = sum.get(name);
    if (before && before.nano !== 0n) sum.set(name, addQuantities(before, quantity));
  }
  return sum;
}
