// Rules for Service. Models pkg/apis/core/validation/validation.go (1.32): ValidateService, ValidateServiceUpdate.
// Left out: dual stack, load balancer source ranges, external traffic policy and health check ports.
import { deepEqual, type JsonObject, listOf, textOf } from '../json.ts';
import { duplicate, type FieldError, forbiddenField, goStrings, invalidValue, required } from './field-error.ts';
import { validateLabels, validateOneOf } from './metadata.ts';
import { isDNS1123Label, isDNS1123Subdomain, isPortNumber } from './names.ts';
import { validatePortReference } from './pod.ts';

export function validateService(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const type = textOf(spec.type);
  const ports = listOf(spec.ports);
  const headless = spec.clusterIP === 'None';
  if (ports.length === 0 && !headless && type !== 'ExternalName') errors.push(required('spec.ports'));
  if (headless && (type === 'NodePort' || type === 'LoadBalancer'))
    errors.push(invalidValue('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${type} services`));
  if (type === 'ExternalName') {
    const name = textOf(spec.externalName);
    if (name === '') errors.push(required('spec.externalName'));
    else
      for (const message of isDNS1123Subdomain(name.replace(/\.$/, '')))
        errors.push(invalidValue('spec.externalName', name, message));
    if (textOf(spec.clusterIP) !== '')
      errors.push(forbiddenField('spec.clusterIPs', "may not be set when type is 'ExternalName'"));
  }
  const names = new Set<string>();
  const taken = new Set<string>();
  ports.forEach((port, i) => {
    const at = `spec.ports[${String(i)}]`;
    const name = textOf(port.name);
    if (name === '') {
      if (ports.length > 1) errors.push(required(`${at}.name`));
    } else {
      for (const message of isDNS1123Label(name)) errors.push(invalidValue(`${at}.name`, name, message));
      if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
      names.add(name);
    }
    const number = typeof port.port === 'number' ? port.port : 0;
    for (const message of isPortNumber(number)) errors.push(invalidValue(`${at}.port`, number, message));
    errors.push(...validateOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${at}.protocol`));
    errors.push(...validatePortReference(port.targetPort, `${at}.targetPort`));
    if (port.nodePort !== undefined && (type === 'ClusterIP' || type === 'ExternalName'))
      errors.push(forbiddenField(`${at}.nodePort`, `may not be used when \`type\` is '${type}'`));
    const key = `${textOf(port.protocol)}/${String(number)}`;
    if (taken.has(key))
      errors.push(
        duplicate(at, {
          go: `core.ServicePort{Name:"", Protocol:"${textOf(port.protocol)}", AppProtocol:(*string)(nil), Port:${String(number)}, TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:""}, NodePort:0}`,
        }),
      );
    taken.add(key);
  });
  errors.push(...validateLabels(spec.selector, 'spec.selector'));
  errors.push(...validateOneOf(spec.sessionAffinity, ['ClientIP', 'None'], 'spec.sessionAffinity'));
  errors.push(...validateOneOf(type, ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'], 'spec.type'));
  return errors;
}

export function validateServiceUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const held = textOf(before.clusterIP);
  if (held === '' || before.type === 'ExternalName' || after.type === 'ExternalName') return [];
  if (after.clusterIP === before.clusterIP && deepEqual(after.clusterIPs, before.clusterIPs)) return [];
  const list = Array.isArray(after.clusterIPs) ? after.clusterIPs.map(textOf) : [textOf(after.clusterIP)];
  return [invalidValue('spec.clusterIPs[0]', goStrings(list), 'may not change once set')];
}
