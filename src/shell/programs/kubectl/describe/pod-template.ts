// What a pod and the template of one have in common in a description: containers, probes, environment, volumes,
// tolerations (kubectl/pkg/describe/describe.go, 1.32). Of volumes, the kinds that the API server accepts with a
// warning are told in words; the many drivers of storage vendors are not.

import { canonicalQuantity, milliValue, parseQuantity, scaledValue } from '../../../../sim/kubernetes/quantity.ts';
import { selectorText } from '../deployments.ts';
import {
  at,
  boolAt,
  compareText,
  isObject,
  type Json,
  type JsonObject,
  listAt,
  mapAt,
  numberAt,
  objectAt,
  sortedKeys,
  textAt,
} from '../object.ts';
import { annotations, escaped, field, labels, longTime, several } from './text.ts';

/** `Pod Template:` and what is below it, not laid out yet. */
export function podTemplate(template: JsonObject): string {
  const spec = objectAt(template, 'spec');
  const templateAnnotations = mapAt(template, 'metadata', 'annotations');
  const account = textAt(spec, 'serviceAccountName');
  const priorityClass = textAt(spec, 'priorityClassName');
  const init = listAt(spec, 'initContainers');
  return [
    'Pod Template:\n',
    labels('  Labels', mapAt(template, 'metadata', 'labels')),
    Object.keys(templateAnnotations).length > 0 ? annotations('  Annotations', templateAnnotations) : '',
    account ? field('Service Account', account, 1) : '',
    init.length > 0 ? containers('Init Containers', init, [], undefined, '  ') : '',
    containers('Containers', listAt(spec, 'containers'), [], undefined, '  '),
    volumes(listAt(spec, 'volumes'), '  '),
    spreadConstraints(listAt(spec, 'topologySpreadConstraints'), '  '),
    priorityClass ? field('Priority Class Name', priorityClass, 1) : '',
    labels('  Node-Selectors', mapAt(spec, 'nodeSelector')),
    tolerations('  Tolerations', listAt(spec, 'tolerations')),
  ].join('');
}

// ---- Containers

/** @param pod the pod that the environment's references are looked up in; a template has none */
export function containers(
  title: string,
  all: readonly Json[],
  statuses: readonly Json[],
  pod: JsonObject | undefined,
  space = '',
): string {
  const head = `${space}${title}:${all.length === 0 ? ' <none>' : ''}\n`;
  return head + all.map((one) => container(one, statuses, pod, space)).join('');
}

function container(one: Json, statuses: readonly Json[], pod: JsonObject | undefined, space: string): string {
  const name = textAt(one, 'name');
  const status = statuses.find((status) => textAt(status, 'name') === name);
  return [
    `  ${space && ' '}${name}:\n`,
    status === undefined ? '' : field('Container ID', textAt(status, 'containerID'), 2),
    field('Image', textAt(one, 'image'), 2),
    status === undefined ? '' : field('Image ID', textAt(status, 'imageID'), 2),
    ports('Port', listAt(one, 'ports'), 'containerPort'),
    ports('Host Port', listAt(one, 'ports'), 'hostPort'),
    seccomp(objectAt(one, 'securityContext', 'seccompProfile'), 2, 3),
    words('Command', listAt(one, 'command')),
    words('Args', listAt(one, 'args')),
    status === undefined ? '' : states(status),
    resources(objectAt(one, 'resources'), 2),
    ...(['liveness', 'readiness', 'startup'] as const).map((kind) => {
      const probe = at(one, `${kind}Probe`);
      return isObject(probe) ? field(kind.charAt(0).toUpperCase() + kind.slice(1), probeText(probe), 2) : '';
    }),
    environmentFrom(listAt(one, 'envFrom')),
    environment(one, pod),
    mounts(one),
  ].join('');
}

function ports(title: string, all: readonly Json[], key: string): string {
  const text = all.map((port) => `${numberAt(port, key)}/${textAt(port, 'protocol')}`).join(', ');
  return field(text.includes(',') ? `${title}s` : title, text || '<none>', 2);
}

export function seccomp(profile: JsonObject, level: number, innerLevel: number): string {
  const type = textAt(profile, 'type');
  if (!type) return '';
  const local = type === 'Localhost' ? field('LocalhostProfile', textAt(profile, 'localhostProfile'), innerLevel) : '';
  return field('SeccompProfile', type, level) + local;
}

function words(title: string, all: readonly Json[]): string {
  if (all.length === 0) return '';
  const lines = all.flatMap((word) => textAt(word).split('\n'));
  return `    ${title}:\n${lines.map((line) => `      ${escaped(line)}\n`).join('')}`;
}

function states(status: Json): string {
  return [
    state('State', objectAt(status, 'state')),
    isObject(at(status, 'lastState', 'terminated')) ? state('Last State', objectAt(status, 'lastState')) : '',
    field('Ready', boolAt(status, 'ready') ? 'True' : 'False', 2),
    field('Restart Count', numberAt(status, 'restartCount'), 2),
  ].join('');
}

function state(title: string, { running, waiting, terminated }: JsonObject): string {
  if (isObject(running)) {
    return field(title, 'Running', 2) + field('Started', longTime(textAt(running, 'startedAt')), 3);
  }
  if (!isObject(waiting) && isObject(terminated)) {
    const optional = (title: string, text: string) => (text ? field(title, text, 3) : '');
    const signal = numberAt(terminated, 'signal');
    return [
      field(title, 'Terminated', 2),
      optional('Reason', textAt(terminated, 'reason')),
      optional('Message', textAt(terminated, 'message')),
      field('Exit Code', numberAt(terminated, 'exitCode'), 3),
      signal > 0 ? field('Signal', signal, 3) : '',
      field('Started', longTime(textAt(terminated, 'startedAt')), 3),
      field('Finished', longTime(textAt(terminated, 'finishedAt')), 3),
    ].join('');
  }
  const reason = textAt(waiting, 'reason');
  return field(title, 'Waiting', 2) + (reason ? field('Reason', reason, 3) : '');
}

export function resources(object: JsonObject, level: number): string {
  const list = (title: string, key: string) => {
    const amounts = objectAt(object, key);
    const names = sortedKeys(amounts);
    if (names.length === 0) return '';
    const rows = names.map((name) => field(name, canonicalQuantity(textAt(amounts, name)), level + 1));
    return `${'  '.repeat(level)}${title}:\n${rows.join('')}`;
  };
  return list('Limits', 'limits') + list('Requests', 'requests');
}

function probeText(probe: JsonObject): string {
  const numbers = `delay=${numberAt(probe, 'initialDelaySeconds')}s timeout=${numberAt(probe, 'timeoutSeconds')}s period=${numberAt(probe, 'periodSeconds')}s #success=${numberAt(probe, 'successThreshold')} #failure=${numberAt(probe, 'failureThreshold')}`;
  const { exec, httpGet, tcpSocket, grpc } = probe;
  if (isObject(exec)) {
    const command = listAt(exec, 'command').map((word) => textAt(word));
    return `exec [${command.join(' ')}] ${numbers}`;
  }
  if (isObject(httpGet)) {
    const host = textAt(httpGet, 'host');
    const where = `${host.includes(':') ? `[${host}]` : host}:${textAt(httpGet, 'port')}`;
    const path = textAt(httpGet, 'path');
    const slash = path !== '' && !path.startsWith('/') ? '/' : '';
    return `http-get ${textAt(httpGet, 'scheme').toLowerCase()}://${where}${slash}${encodePath(path)} ${numbers}`;
  }
  if (isObject(tcpSocket)) return `tcp-socket ${textAt(tcpSocket, 'host')}:${textAt(tcpSocket, 'port')} ${numbers}`;
  if (isObject(grpc)) return `grpc <pod>:${textAt(grpc, 'port')} ${textAt(grpc, 'service')} ${numbers}`;
  return `unknown ${numbers}`;
}

/** As net/url writes a path. */
function encodePath(path: string): string {
  return encodeURIComponent(path).replace(/%(?:24|26|2B|2C|2F|3A|3B|3D|40)/g, (code) => decodeURIComponent(code));
}

// ---- Environment

function environmentFrom(all: readonly Json[]): string {
  if (all.length === 0) return '';
  const rows = all.map((one) => {
    const kind = isObject(at(one, 'configMapRef')) ? 'ConfigMap' : 'Secret';
    const reference = objectAt(one, kind === 'ConfigMap' ? 'configMapRef' : 'secretRef');
    const prefix = textAt(one, 'prefix');
    const from = prefix ? `${kind} with prefix '${prefix}'` : kind;
    return `      ${textAt(reference, 'name')}\t${from}\tOptional: ${String(boolAt(reference, 'optional'))}\n`;
  });
  return `    Environment Variables from:\n${rows.join('')}`;
}

function environment(one: Json, pod: JsonObject | undefined): string {
  const all = listAt(one, 'env');
  if (all.length === 0) return '    Environment:\t<none>\n';
  return `    Environment:\n${all.map((variable) => variableText(variable, one, pod)).join('')}`;
}

function variableText(variable: Json, container: Json, pod: JsonObject | undefined): string {
  const name = textAt(variable, 'name');
  const from = at(variable, 'valueFrom');
  if (!isObject(from)) {
    const [first = '', ...others] = textAt(variable, 'value').split('\n');
    return field(name, first, 3) + others.map((line) => `      \t${escaped(line)}\n`).join('');
  }
  const { fieldRef, resourceFieldRef, secretKeyRef, configMapKeyRef } = from;
  if (isObject(fieldRef)) {
    const path = textAt(fieldRef, 'fieldPath');
    const value = pod ? podField(pod, path) : '';
    return field(name, `${value} (${textAt(fieldRef, 'apiVersion')}:${path})`, 3);
  }
  if (isObject(resourceFieldRef)) {
    const resource = textAt(resourceFieldRef, 'resource');
    return field(name, `${containerResource(resourceFieldRef, container)} (${resource})`, 3);
  }
  const secret = isObject(secretKeyRef);
  const reference = secret ? secretKeyRef : configMapKeyRef;
  if (!isObject(reference)) return '';
  const where = secret ? 'in secret' : 'of config map';
  const key = `<set to the key '${textAt(reference, 'key')}' ${where} '${textAt(reference, 'name')}'>`;
  return field(name, `${key}\tOptional: ${String(boolAt(reference, 'optional'))}`, 3);
}

/** Name and namespace alone: kubectl knows no other field of a pod, labels with a key among them. */
function podField(pod: JsonObject, path: string): string {
  return path === 'metadata.name' || path === 'metadata.namespace' ? textAt(pod, ...path.split('.')) : '';
}

function containerResource(reference: JsonObject, container: Json): string {
  const resource = textAt(reference, 'resource');
  const [kind = '', name = ''] = resource.split('.');
  const amount = textAt(container, 'resources', kind, name) || '0';
  const divisor = textAt(reference, 'divisor');
  const per = divisor === '' || divisor === '0' ? '1' : divisor;
  const whole = (text: string): number => scaledValue(parseQuantity(text) ?? { nano: 0n, format: 'DecimalSI' }, 0);
  const value = Math.ceil(name === 'cpu' ? milliValue(amount) / milliValue(per) : whole(amount) / whole(per));
  const isNodes = value === 0 && (resource === 'limits.cpu' || resource === 'limits.memory');
  return isNodes ? 'node allocatable' : String(value);
}

// ---- Volumes

function mounts(one: Json): string {
  const all = [...listAt(one, 'volumeMounts')];
  if (all.length === 0) return '    Mounts:\t<none>\n';
  all.sort((a, b) => compareText(textAt(a, 'mountPath'), textAt(b, 'mountPath')));
  const rows = all.map((mount) => {
    const subPath = textAt(mount, 'subPath');
    const flags = [boolAt(mount, 'readOnly') ? 'ro' : 'rw', ...(subPath ? [`path=${JSON.stringify(subPath)}`] : [])];
    return `      ${textAt(mount, 'mountPath')} from ${textAt(mount, 'name')} (${flags.join(',')})\n`;
  });
  return `    Mounts:\n${rows.join('')}`;
}

export function volumes(all: readonly Json[], space = ''): string {
  if (all.length === 0) return `${space}Volumes:\t<none>\n`;
  const indent = space && ' ';
  const rows = all.map((volume) => `  ${indent}${textAt(volume, 'name')}:\n${volumeSource(volume)}`);
  return `${space}Volumes:\n${rows.join('')}`;
}

function volumeSource(volume: Json): string {
  const type = (text: string) => field('Type', text, 2);
  const source = (key: string): JsonObject | undefined => {
    const found = at(volume, key);
    return isObject(found) ? found : undefined;
  };
  const { configMap, emptyDir, hostPath, secret, claim, downward, projected } = {
    configMap: source('configMap'),
    emptyDir: source('emptyDir'),
    hostPath: source('hostPath'),
    secret: source('secret'),
    claim: source('persistentVolumeClaim'),
    downward: source('downwardAPI'),
    projected: source('projected'),
  };
  const optional = (object: JsonObject) => field('Optional', boolAt(object, 'optional'), 2);
  if (hostPath) {
    const head = type('HostPath (bare host directory volume)') + field('Path', textAt(hostPath, 'path'), 2);
    return head + field('HostPathType', textAt(hostPath, 'type'), 2);
  }
  if (emptyDir) {
    const limit = textAt(emptyDir, 'sizeLimit');
    const head = type("EmptyDir (a temporary directory that shares a pod's lifetime)");
    return (
      head +
      field('Medium', textAt(emptyDir, 'medium'), 2) +
      field('SizeLimit', limit ? canonicalQuantity(limit) : '<unset>', 2)
    );
  }
  if (secret) {
    const head = type('Secret (a volume populated by a Secret)');
    return head + field('SecretName', textAt(secret, 'secretName'), 2) + optional(secret);
  }
  if (configMap) {
    const head = type('ConfigMap (a volume populated by a ConfigMap)');
    return head + field('Name', textAt(configMap, 'name'), 2) + optional(configMap);
  }
  if (claim) {
    const head = type('PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)');
    return head + field('ClaimName', textAt(claim, 'claimName'), 2) + field('ReadOnly', boolAt(claim, 'readOnly'), 2);
  }
  if (downward) {
    const items = listAt(downward, 'items').map((item) => {
      const from = textAt(item, 'fieldRef', 'fieldPath') || textAt(item, 'resourceFieldRef', 'resource');
      return `      ${from} -> ${textAt(item, 'path')}\n`;
    });
    return `${type('DownwardAPI (a volume populated by information about the pod)')}    Items:\n${items.join('')}`;
  }
  if (projected) {
    const head = type('Projected (a volume that contains injected data from multiple sources)');
    return head + listAt(projected, 'sources').map(projectedSource).join('');
  }
  return '  <unknown>\n';
}

function projectedSource(source: Json): string {
  const optional = (object: Json) => (at(object, 'optional') === undefined ? '<nil>' : textAt(object, 'optional'));
  const secret = at(source, 'secret');
  const configMap = at(source, 'configMap');
  if (isObject(secret)) {
    return field('SecretName', textAt(secret, 'name'), 2) + field('SecretOptionalName', optional(secret), 2);
  }
  if (isObject(at(source, 'downwardAPI'))) return field('DownwardAPI', 'true', 2);
  if (isObject(configMap)) {
    return field('ConfigMapName', textAt(configMap, 'name'), 2) + field('ConfigMapOptional', optional(configMap), 2);
  }
  const token = at(source, 'serviceAccountToken');
  return isObject(token) ? field('TokenExpirationSeconds', numberAt(token, 'expirationSeconds'), 2) : '';
}

// ---- Scheduling

export function tolerations(title: string, all: readonly Json[]): string {
  const sorted = [...all].sort((a, b) => compareText(textAt(a, 'key'), textAt(b, 'key')));
  return several(
    title,
    sorted.map((one) => {
      const [key, value, effect] = [textAt(one, 'key'), textAt(one, 'value'), textAt(one, 'effect')];
      const what = key + (value && `=${value}`) + (effect && `:${effect}`);
      const exists = textAt(one, 'operator') === 'Exists' && value === '' ? `${what && ' '}op=Exists` : '';
      const seconds = at(one, 'tolerationSeconds') === undefined ? '' : ` for ${numberAt(one, 'tolerationSeconds')}s`;
      return what + exists + seconds;
    }),
  );
}

export function spreadConstraints(all: readonly Json[], space = ''): string {
  if (all.length === 0) return '';
  const sorted = [...all].sort((a, b) => compareText(textAt(a, 'topologyKey'), textAt(b, 'topologyKey')));
  const rows = sorted.map((one) => {
    const selector = at(one, 'labelSelector');
    const words = isObject(selector) ? ` for selector ${selectorText(selector) || '<none>'}` : '';
    const skew = `when max skew ${numberAt(one, 'maxSkew')} is exceeded`;
    return `${textAt(one, 'topologyKey')}:${textAt(one, 'whenUnsatisfiable')} ${skew}${words}\n`;
  });
  return `${space}Topology Spread Constraints:\t${rows.join(`${space}\t`)}`;
}
