// Rules for Ingress, IngressClass and NetworkPolicy. Models pkg/apis/networking/validation/validation.go (1.32).
// Left out: IPv6 blocks are taken as they are.
import { type JsonObject, isObject, listOf, objectOf, textOf } from '../json.ts';
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from './field-error.ts';
import { validateLabelSelector } from './metadata.ts';
import { isDNS1035Label, isDNS1123Subdomain } from './names.ts';
import { validatePortReference } from './pod.ts';

export function validateIngress(object: JsonObject, creating: boolean): FieldError[] {
  const spec = objectOf(object.spec);
  const errors: FieldError[] = [];
  const annotations = objectOf(objectOf(object.metadata).annotations);
  const annotated = annotations['kubernetes.io/ingress.class'];
  if (creating && annotated !== undefined && spec.ingressClassName !== undefined && annotated !== spec.ingressClassName)
    errors.push(
      invalidValue(
        'annotations.kubernetes.io/ingress.class',
        textOf(annotated),
        'must match `ingressClassName` when both are specified',
      ),
    );
  const rules = listOf(spec.rules);
  if (rules.length === 0 && spec.defaultBackend === undefined)
    errors.push(
      invalidValue(
        'spec',
        { go: '[]networking.IngressRule(nil)' },
        'either `defaultBackend` or `rules` must be specified',
      ),
    );
  if (isObject(spec.defaultBackend)) errors.push(...validateBackend(spec.defaultBackend, 'spec.defaultBackend'));
  rules.forEach((rule, i) => {
    const at = `spec.rules[${String(i)}]`;
    errors.push(...validateHost(textOf(rule.host), `${at}.host`));
    if (!isObject(rule.http)) return;
    const paths = listOf(rule.http.paths);
    if (paths.length === 0) errors.push(required(`${at}.http.paths`));
    paths.forEach((path, n) => {
      errors.push(...validatePath(path, `${at}.http.paths[${String(n)}]`));
    });
  });
  listOf(spec.tls).forEach((tls, i) => {
    (Array.isArray(tls.hosts) ? tls.hosts : []).forEach((host, n) => {
      errors.push(...validateHost(textOf(host), `spec.tls[${String(i)}].hosts[${String(n)}]`));
    });
    const secret = textOf(tls.secretName);
    if (secret !== '')
      for (const message of isDNS1123Subdomain(secret))
        errors.push(invalidValue(`spec.tls[${String(i)}].secretName`, secret, message));
  });
  const name = textOf(spec.ingressClassName);
  if (spec.ingressClassName !== undefined)
    for (const message of isDNS1123Subdomain(name)) errors.push(invalidValue('spec.ingressClassName', name, message));
  return errors;
}

function validateHost(host: string, at: string): FieldError[] {
  if (host === '') return [];
  if (/^\d+(\.\d+){3}$/.test(host)) return [invalidValue(at, host, 'must be a DNS name, not an IP address')];
  if (!host.includes('*')) return isDNS1123Subdomain(host).map((message) => invalidValue(at, host, message));
  return host.startsWith('*.') && isDNS1123Subdomain(host.slice(2)).length === 0
    ? []
    : [
        invalidValue(
          at,
          host,
          "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
        ),
      ];
}

const PATH_SEQUENCES = ['//', '/./', '/../', '%2f', '%2F'];
const PATH_ENDS = ['/..', '/.'];

function validatePath(path: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const text = textOf(path.path);
  const type = path.pathType;
  const absolute = () => {
    if (!text.startsWith('/')) errors.push(invalidValue(`${at}.path`, text, 'must be an absolute path'));
  };
  if (type === undefined) return [required(`${at}.pathType`, 'pathType must be specified')];
  if (type === 'Exact' || type === 'Prefix') {
    absolute();
    for (const sequence of PATH_SEQUENCES)
      if (text.includes(sequence)) errors.push(invalidValue(`${at}.path`, text, `must not contain '${sequence}'`));
    for (const end of PATH_ENDS)
      if (text.endsWith(end)) errors.push(invalidValue(`${at}.path`, text, `cannot end with '${end}'`));
  } else if (type === 'ImplementationSpecific') {
    if (text !== '') absolute();
  } else errors.push(notSupported(`${at}.pathType`, textOf(type), ['Exact', 'ImplementationSpecific', 'Prefix']));
  errors.push(...validateBackend(objectOf(path.backend), `${at}.backend`));
  return errors;
}

function validateBackend(backend: JsonObject, at: string): FieldError[] {
  if (backend.resource !== undefined && backend.service !== undefined)
    return [invalidValue(at, '', 'cannot set both resource and service backends')];
  if (isObject(backend.resource)) return [];
  if (!isObject(backend.service)) return [invalidValue(at, '', 'resource or service backend is required')];
  const errors: FieldError[] = [];
  const name = textOf(backend.service.name);
  if (name === '') errors.push(required(`${at}.service.name`));
  else for (const message of isDNS1035Label(name)) errors.push(invalidValue(`${at}.service.name`, name, message));
  const port = objectOf(backend.service.port);
  const hasName = textOf(port.name) !== '';
  const hasNumber = Number(port.number ?? 0) !== 0;
  if (hasName && hasNumber) errors.push(invalidValue(at, '', 'cannot set both port name & port number'));
  else if (hasName) errors.push(...validatePortReference(port.name, `${at}.service.port.name`));
  else if (hasNumber) errors.push(...validatePortReference(port.number, `${at}.service.port.number`));
  else errors.push(required(at, 'port name or number is required'));
  return errors;
}

export function validateIngressClass(spec: JsonObject): FieldError[] {
  const controller = textOf(spec.controller);
  if (controller === '') return [required('spec.controller')];
  const errors: FieldError[] = [];
  if (controller.length > 250)
    errors.push({ ...required('spec.controller', 'may not be more than 250 bytes'), reason: 'FieldValueTooLong' });
  const slash = controller.indexOf('/');
  if (slash < 0 || controller.slice(slash + 1) === '')
    errors.push(invalidValue('spec.controller', controller, 'must be a domain-prefixed path (such as "acme.io/foo")'));
  return errors;
}

export function validateIngressClassUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  return after.controller === before.controller
    ? []
    : [invalidValue('spec.controller', textOf(after.controller), 'field is immutable')];
}

export function validateNetworkPolicy(spec: JsonObject): FieldError[] {
  const errors = validateLabelSelector(spec.podSelector, 'spec.podSelector');
  for (const [rules, peers] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const)
    listOf(spec[rules]).forEach((rule, i) => {
      const at = `spec.${rules}[${String(i)}]`;
      listOf(rule.ports).forEach((port, n) => {
        errors.push(...validatePolicyPort(port, `${at}.ports[${String(n)}]`));
      });
      listOf(rule[peers]).forEach((peer, n) => {
        errors.push(...validatePeer(peer, `${at}.${peers}[${String(n)}]`));
      });
    });
  const types = Array.isArray(spec.policyTypes) ? spec.policyTypes.map(textOf) : [];
  if (types.length > 2)
    errors.push(
      invalidValue(
        'spec.policyTypes',
        { go: `[]networking.PolicyType{${types.map((type) => JSON.stringify(type)).join(', ')}}` },
        'may not specify more than two policyTypes',
      ),
    );
  else
    types.forEach((type, i) => {
      if (type !== 'Ingress' && type !== 'Egress')
        errors.push(notSupported(`spec.policyTypes[${String(i)}]`, type, ['Ingress', 'Egress']));
    });
  return errors;
}

function validatePolicyPort(port: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const protocol = textOf(port.protocol);
  if (protocol !== '' && !['SCTP', 'TCP', 'UDP'].includes(protocol))
    errors.push(notSupported(`${at}.protocol`, protocol, ['TCP', 'UDP', 'SCTP']));
  if (port.port !== undefined) {
    errors.push(...validatePortReference(port.port, `${at}.port`));
    if (typeof port.endPort === 'number') {
      if (typeof port.port === 'string')
        errors.push(invalidValue(`${at}.endPort`, port.endPort, 'may not be specified when `port` is non-numeric'));
      // The value that is printed is the port, as in the original.
      else if (port.endPort < Number(port.port))
        errors.push(invalidValue(`${at}.endPort`, Number(port.port), 'must be greater than or equal to `port`'));
      if (typeof port.port !== 'string') errors.push(...validatePortReference(port.endPort, `${at}.endPort`));
    }
  } else if (port.endPort !== undefined)
    errors.push(
      invalidValue(`${at}.endPort`, Number(port.endPort), 'may not be specified when `port` is not specified'),
    );
  return errors;
}

function validatePeer(peer: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const block = peer.ipBlock;
  const selectors = ['podSelector', 'namespaceSelector'].filter((name) => isObject(peer[name]));
  for (const name of selectors) errors.push(...validateLabelSelector(peer[name], `${at}.${name}`));
  if (isObject(block)) errors.push(...validateBlock(block, `${at}.ipBlock`));
  if (selectors.length === 0 && !isObject(block)) errors.push(required(at, 'must specify a peer'));
  if (selectors.length > 0 && isObject(block))
    errors.push(forbiddenField(at, 'may not specify both ipBlock and another peer'));
  return errors;
}

const NOT_A_CIDR = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

function validateBlock(block: JsonObject, at: string): FieldError[] {
  const cidr = textOf(block.cidr);
  if (cidr === '') return [required(`${at}.cidr`)];
  const outer = parseBlock(cidr);
  if (!outer && !cidr.includes(':')) return [invalidValue(`${at}.cidr`, cidr, NOT_A_CIDR)];
  const errors: FieldError[] = [];
  (Array.isArray(block.except) ? block.except : []).forEach((value, i) => {
    const text = textOf(value);
    const inner = parseBlock(text);
    const field = `${at}.except[${String(i)}]`;
    if (!inner && !text.includes(':')) errors.push(invalidValue(field, text, NOT_A_CIDR));
    else if (
      inner &&
      outer &&
      (inner.bits <= outer.bits || network(inner.address, outer.bits) !== network(outer.address, outer.bits))
    )
      errors.push(invalidValue(field, text, 'must be a strict subset of `cidr`'));
  });
  return errors;
}

function parseBlock(text: string): { readonly address: number; readonly bits: number } | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)?.slice(1).map(Number);
  if (!parts || parts.slice(0, 4).some((p) => p > 255) || (parts[4] as number) > 32) return undefined;
  return { address: parts.slice(0, 4).reduce((sum, part) => sum * 256 + part, 0), bits: parts[4] as number };
}

function network(address: number, bits: number): number {
  return Math.floor(address / 2 ** (32 - bits));
}
