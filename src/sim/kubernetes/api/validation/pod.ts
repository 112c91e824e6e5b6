// Rules for pods and pod templates. Models pkg/apis/core/validation/validation.go (1.32): ValidatePodSpec and what it
// calls, ValidatePodUpdate.
// What is said to the scheduler alone is in scheduling.ts.
// Left out: volumes' own fields, security contexts (they have no effect here and are warned about); the Go diff at the end of a refused pod update.
import { compareQuantities, parseQuantity } from '../../quantity.ts';
import { deepEqual, isObject, type JsonObject, listOf, objectOf, textOf } from '../json.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notFoundValue,
  notSupported,
  required,
} from './field-error.ts';
import { validateLabels, validateNotNegative, validateOneOf, validateUnique } from './metadata.ts';
import {
  isDNS1123Label,
  isDNS1123Subdomain,
  isEnvVarName,
  isLabelValue,
  isPortName,
  isPortNumber,
  isQualifiedName,
} from './names.ts';
import { validateScheduling } from './scheduling.ts';

export function validatePodSpec(spec: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const containers = listOf(spec.containers);
  const init = listOf(spec.initContainers);
  const volumes = new Set(listOf(spec.volumes).map((v) => textOf(v.name)));
  listOf(spec.volumes).forEach((volume, i) => {
    const field = `${at}.volumes[${String(i)}].name`;
    const name = textOf(volume.name);
    if (name === '') errors.push(required(field));
    else for (const message of isDNS1123Label(name)) errors.push(invalidValue(field, name, message));
  });
  errors.push(...validateUnique(listOf(spec.volumes), 'name', `${at}.volumes`));
  if (containers.length === 0) errors.push(required(`${at}.containers`));
  containers.forEach((c, i) => {
    errors.push(...validateContainer(c, `${at}.containers[${String(i)}]`, volumes));
    if (c.restartPolicy !== undefined)
      errors.push(
        forbiddenField(`${at}.containers[${String(i)}].restartPolicy`, 'may not be set for non-init containers'),
      );
  });
  errors.push(...validateUnique(containers, 'name', `${at}.containers`));
  init.forEach((c, i) => {
    const field = `${at}.initContainers[${String(i)}]`;
    errors.push(...validateContainer(c, field, volumes));
    if (c.restartPolicy !== undefined) {
      errors.push(...validateOneOf(c.restartPolicy, ['Always'], `${field}.restartPolicy`));
    } else
      for (const probe of ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'])
        if (c[probe] !== undefined)
          errors.push(
            forbiddenField(`${field}.${probe}`, 'may not be set for init containers without restartPolicy=Always'),
          );
    if (containers.some((other) => other.name === c.name && textOf(c.name) !== ''))
      errors.push(duplicate(`${field}.name`, textOf(c.name)));
  });
  errors.push(...validateUnique(init, 'name', `${at}.initContainers`));
  errors.push(...validateHostPorts(spec, containers, at));
  if (textOf(spec.restartPolicy) === '') errors.push(required(`${at}.restartPolicy`));
  else errors.push(...validateOneOf(spec.restartPolicy, ['Always', 'OnFailure', 'Never'], `${at}.restartPolicy`));
  errors.push(
    ...validateOneOf(spec.dnsPolicy, ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None'], `${at}.dnsPolicy`),
  );
  errors.push(...validateLabels(spec.nodeSelector, `${at}.nodeSelector`));
  errors.push(...validateNodeAffinity(spec, `${at}.affinity.nodeAffinity`));
  errors.push(...validateScheduling(spec, at));
  for (const field of ['serviceAccountName', 'nodeName', 'priorityClassName', 'runtimeClassName']) {
    const value = textOf(spec[field]);
    if (value !== '')
      for (const message of isDNS1123Subdomain(value)) errors.push(invalidValue(`${at}.${field}`, value, message));
  }
  listOf(spec.tolerations).forEach((toleration, i) => {
    errors.push(...validateToleration(toleration, `${at}.tolerations[${String(i)}]`));
  });
  if (
    typeof spec.activeDeadlineSeconds === 'number' &&
    (spec.activeDeadlineSeconds < 1 || spec.activeDeadlineSeconds > 2147483647)
  )
    errors.push(
      invalidValue(
        `${at}.activeDeadlineSeconds`,
        spec.activeDeadlineSeconds,
        'must be between 1 and 2147483647, inclusive',
      ),
    );
  errors.push(...validateNotNegative(spec.terminationGracePeriodSeconds, `${at}.terminationGracePeriodSeconds`));
  for (const field of ['hostname', 'subdomain']) {
    const value = textOf(spec[field]);
    if (value !== '')
      for (const message of isDNS1123Label(value)) errors.push(invalidValue(`${at}.${field}`, value, message));
  }
  return errors;
}

export function validateContainer(container: JsonObject, at: string, volumes: ReadonlySet<string>): FieldError[] {
  const errors: FieldError[] = [];
  const name = textOf(container.name);
  if (name === '') errors.push(required(`${at}.name`));
  else for (const message of isDNS1123Label(name)) errors.push(invalidValue(`${at}.name`, name, message));
  const image = textOf(container.image);
  if (image === '') errors.push(required(`${at}.image`));
  else if (image !== image.trim())
    errors.push(invalidValue(`${at}.image`, image, 'must not have leading or trailing whitespace'));
  const lifecycle = objectOf(container.lifecycle);
  for (const hook of ['postStart', 'preStop'])
    if (isObject(lifecycle[hook])) errors.push(...validateHandler(lifecycle[hook], `${at}.lifecycle.${hook}`, true));
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    if (isObject(container[probe])) errors.push(...validateProbe(container[probe], probe, `${at}.${probe}`));
  errors.push(...validatePorts(listOf(container.ports), `${at}.ports`));
  listOf(container.env).forEach((env, i) => errors.push(...validateEnv(env, `${at}.env[${String(i)}]`)));
  listOf(container.envFrom).forEach((source, i) => {
    const field = `${at}.envFrom[${String(i)}]`;
    if (source.configMapRef === undefined && source.secretRef === undefined)
      errors.push(invalidValue(field, '', 'must specify one of: `configMapRef` or `secretRef`'));
    else if (source.configMapRef !== undefined && source.secretRef !== undefined)
      errors.push(invalidValue(field, '', 'may not have more than one field specified at a time'));
  });
  const mounts = new Set<string>();
  listOf(container.volumeMounts).forEach((mount, i) => {
    const field = `${at}.volumeMounts[${String(i)}]`;
    const volume = textOf(mount.name);
    if (volume === '') errors.push(required(`${field}.name`));
    else if (!volumes.has(volume)) errors.push(notFoundValue(`${field}.name`, volume));
    const path = textOf(mount.mountPath);
    if (path === '') errors.push(required(`${field}.mountPath`));
    else if (mounts.has(path)) errors.push(invalidValue(`${field}.mountPath`, path, 'must be unique'));
    mounts.add(path);
  });
  errors.push(
    ...validateOneOf(container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never'], `${at}.imagePullPolicy`),
  );
  errors.push(...validateResources(objectOf(container.resources), `${at}.resources`));
  if (container.terminationMessagePolicy !== undefined)
    errors.push(
      ...validateOneOf(
        container.terminationMessagePolicy,
        ['FallbackToLogsOnError', 'File'],
        `${at}.terminationMessagePolicy`,
      ),
    );
  return errors;
}

const PROBE_NUMBERS = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
];

function validateProbe(probe: JsonObject, name: string, at: string): FieldError[] {
  const errors = validateHandler(probe, at, false);
  for (const field of PROBE_NUMBERS) errors.push(...validateNotNegative(probe[field], `${at}.${field}`));
  const grace = probe.terminationGracePeriodSeconds;
  if (typeof grace === 'number') {
    if (name === 'readinessProbe')
      errors.push(invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must not be set for readinessProbes'));
    else if (grace <= 0)
      errors.push(invalidValue(`${at}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
  }
  if (name !== 'readinessProbe' && typeof probe.successThreshold === 'number' && probe.successThreshold !== 1)
    errors.push(invalidValue(`${at}.successThreshold`, probe.successThreshold, 'must be 1'));
  return errors;
}

function validateHandler(handler: JsonObject, at: string, hook: boolean): FieldError[] {
  const errors: FieldError[] = [];
  let handlers = 0;
  const another = (field: string): boolean => {
    if (handlers++ === 0) return false;
    errors.push(forbiddenField(`${at}.${field}`, 'may not specify more than 1 handler type'));
    return true;
  };
  if (isObject(handler.exec) && !another('exec') && !Array.isArray(handler.exec.command))
    errors.push(required(`${at}.exec.command`));
  if (isObject(handler.httpGet) && !another('httpGet')) {
    if (textOf(handler.httpGet.path) === '') errors.push(required(`${at}.httpGet.path`));
    errors.push(...validatePortReference(handler.httpGet.port, `${at}.httpGet.port`));
    errors.push(...validateOneOf(handler.httpGet.scheme, ['HTTP', 'HTTPS'], `${at}.httpGet.scheme`));
  }
  if (isObject(handler.tcpSocket) && !another('tcpSocket'))
    errors.push(...validatePortReference(handler.tcpSocket.port, `${at}.tcpSocket.port`));
  if (isObject(handler.grpc) && !another('grpc'))
    errors.push(...validatePortReference(handler.grpc.port, `${at}.grpc.port`));
  if (hook && isObject(handler.sleep)) another('sleep');
  if (handlers === 0) errors.push(required(at, 'must specify a handler type'));
  return errors;
}

export function validatePortReference(port: unknown, field: string): FieldError[] {
  if (typeof port === 'string') return isPortName(port).map((message) => invalidValue(field, port, message));
  const number = typeof port === 'number' ? port : 0;
  return isPortNumber(number).map((message) => invalidValue(field, number, message));
}

function validatePorts(ports: readonly JsonObject[], at: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = new Set<string>();
  ports.forEach((port, i) => {
    const field = `${at}[${String(i)}]`;
    const name = textOf(port.name);
    if (name !== '') {
      const wrong = isPortName(name);
      for (const message of wrong) errors.push(invalidValue(`${field}.name`, name, message));
      if (wrong.length === 0 && names.has(name)) errors.push(duplicate(`${field}.name`, name));
      names.add(name);
    }
    const number = typeof port.containerPort === 'number' ? port.containerPort : 0;
    if (number === 0) errors.push(required(`${field}.containerPort`));
    else
      for (const message of isPortNumber(number)) errors.push(invalidValue(`${field}.containerPort`, number, message));
    if (typeof port.hostPort === 'number')
      for (const message of isPortNumber(port.hostPort))
        errors.push(invalidValue(`${field}.hostPort`, port.hostPort, message));
    errors.push(...validateOneOf(port.protocol, ['SCTP', 'TCP', 'UDP'], `${field}.protocol`));
  });
  return errors;
}

function validateHostPorts(spec: JsonObject, containers: readonly JsonObject[], at: string): FieldError[] {
  const errors: FieldError[] = [];
  const taken = new Set<string>();
  containers.forEach((container, c) => {
    listOf(container.ports).forEach((port, p) => {
      const field = `${at}.containers[${String(c)}].ports[${String(p)}]`;
      if (spec.hostNetwork === true && port.hostPort !== port.containerPort)
        errors.push(
          invalidValue(
            `${field}.containerPort`,
            Number(port.containerPort),
            'must match `hostPort` when `hostNetwork` is true',
          ),
        );
      if (typeof port.hostPort !== 'number') return;
      const key = `${textOf(port.protocol)}/${textOf(port.hostIP)}/${String(port.hostPort)}`;
      if (taken.has(key)) errors.push(duplicate(`${field}.hostPort`, { go: key }));
      taken.add(key);
    });
  });
  return errors;
}

const ENV_SOURCES = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef'];

function validateEnv(env: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const name = textOf(env.name);
  if (name === '') errors.push(required(`${at}.name`));
  else for (const message of isEnvVarName(name)) errors.push(invalidValue(`${at}.name`, name, message));
  if (!isObject(env.valueFrom)) return errors;
  const source = env.valueFrom;
  const given = ENV_SOURCES.filter((kind) => source[kind] !== undefined);
  if (given.length === 0)
    errors.push(
      invalidValue(
        `${at}.valueFrom`,
        '',
        'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
      ),
    );
  else if (textOf(env.value) !== '')
    errors.push(invalidValue(`${at}.valueFrom`, '', 'may not be specified when `value` is not empty'));
  else if (given.length > 1)
    errors.push(invalidValue(`${at}.valueFrom`, '', 'may not have more than one field specified at a time'));
  const ref = objectOf(source.configMapKeyRef ?? source.secretKeyRef);
  const kind = source.configMapKeyRef ? 'configMapKeyRef' : 'secretKeyRef';
  if (source[kind] !== undefined && textOf(ref.key) === '') errors.push(required(`${at}.valueFrom.${kind}.key`));
  return errors;
}

const STANDARD_RESOURCES = ['cpu', 'memory', 'ephemeral-storage'];

function validateResources(resources: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const limits = objectOf(resources.limits);
  const requests = objectOf(resources.requests);
  for (const [list, name] of [
    [limits, 'limits'],
    [requests, 'requests'],
  ] as const)
    for (const resource of Object.keys(list).sort()) {
      const field = `${at}.${name}[${resource}]`;
      const wrong = isQualifiedName(resource);
      for (const message of wrong) errors.push(invalidValue(field, resource, message));
      if (
        wrong.length === 0 &&
        !resource.includes('/') &&
        !STANDARD_RESOURCES.includes(resource) &&
        !resource.startsWith('hugepages-')
      )
        errors.push(invalidValue(field, resource, 'must be a standard resource for containers'));
      const text = textOf(list[resource]);
      if ((parseQuantity(text)?.nano ?? 0n) < 0n)
        errors.push(invalidValue(field, text, 'must be greater than or equal to 0'));
    }
  for (const resource of Object.keys(requests).sort()) {
    const limit = parseQuantity(textOf(limits[resource]));
    const request = parseQuantity(textOf(requests[resource]));
    if (!limit || !request) continue;
    const overcommit = STANDARD_RESOURCES.includes(resource);
    if (!overcommit && compareQuantities(request, limit) !== 0)
      errors.push(
        invalidValue(
          `${at}.requests`,
          textOf(requests[resource]),
          `must be equal to ${resource} limit of ${textOf(limits[resource])}`,
        ),
      );
    else if (compareQuantities(request, limit) > 0)
      errors.push(
        invalidValue(
          `${at}.requests`,
          textOf(requests[resource]),
          `must be less than or equal to ${resource} limit of ${textOf(limits[resource])}`,
        ),
      );
  }
  return errors;
}

const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

function validateToleration(toleration: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const key = textOf(toleration.key);
  const operator = textOf(toleration.operator);
  const effect = textOf(toleration.effect);
  if (key !== '') for (const message of isQualifiedName(key)) errors.push(invalidValue(`${at}.key`, key, message));
  if (key === '' && operator !== 'Exists')
    errors.push(
      invalidValue(
        `${at}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      ),
    );
  if (toleration.tolerationSeconds !== undefined && effect !== 'NoExecute')
    errors.push(invalidValue(`${at}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  if (operator === '' || operator === 'Equal')
    for (const message of isLabelValue(textOf(toleration.value)))
      errors.push(invalidValue(`${at}.operator`, textOf(toleration.value), message));
  else if (operator === 'Exists') {
    if (textOf(toleration.value) !== '')
      errors.push(invalidValue(`${at}.operator`, '', "value must be empty when `operator` is 'Exists'"));
  } else errors.push(notSupported(`${at}.operator`, operator, ['Equal', 'Exists']));
  if (effect !== '') errors.push(...validateOneOf(effect, TAINT_EFFECTS, `${at}.effect`));
  return errors;
}

export function validateTaints(taints: readonly JsonObject[], at: string): FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  taints.forEach((taint, i) => {
    const field = `${at}[${String(i)}]`;
    const key = textOf(taint.key);
    const effect = textOf(taint.effect);
    for (const message of isQualifiedName(key)) errors.push(invalidValue(`${field}.key`, key, message));
    for (const message of isLabelValue(textOf(taint.value)))
      errors.push(invalidValue(`${field}.value`, textOf(taint.value), message));
    if (effect === '') errors.push(required(`${field}.effect`));
    else errors.push(...validateOneOf(effect, TAINT_EFFECTS, `${field}.effect`));
    if (seen.has(`${key}:${effect}`)) {
      const value = { go: `core.Taint{Key:"${key}", Value:"${textOf(taint.value)}", Effect:"${effect}"}` };
      errors.push({ ...duplicate(field, value), detail: 'taints must be unique by key and effect pair' });
    }
    seen.add(`${key}:${effect}`);
  });
  return errors;
}

function validateNodeAffinity(spec: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const affinity = objectOf(objectOf(spec.affinity).nodeAffinity);
  const requiredTerms = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  const term = (value: JsonObject, field: string) => {
    listOf(value.matchExpressions).forEach((expression, i) => {
      errors.push(...validateNodeRequirement(expression, `${field}.matchExpressions[${String(i)}]`));
    });
  };
  if (isObject(requiredTerms)) {
    const field = `${at}.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`;
    const terms = listOf(requiredTerms.nodeSelectorTerms);
    if (terms.length === 0) errors.push(required(field, 'must have at least one node selector term'));
    terms.forEach((value, i) => {
      term(value, `${field}[${String(i)}]`);
    });
  }
  listOf(affinity.preferredDuringSchedulingIgnoredDuringExecution).forEach((preference, i) => {
    const field = `${at}.preferredDuringSchedulingIgnoredDuringExecution[${String(i)}]`;
    const weight = Number(preference.weight);
    if (weight <= 0 || weight > 100) errors.push(invalidValue(`${field}.weight`, weight, 'must be in the range 1-100'));
    term(objectOf(preference.preference), `${field}.preference`);
  });
  return errors;
}

function validateNodeRequirement(expression: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const operator = textOf(expression.operator);
  const values = Array.isArray(expression.values) ? expression.values : [];
  if (operator === 'In' || operator === 'NotIn') {
    if (values.length === 0)
      errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
  } else if (operator === 'Exists' || operator === 'DoesNotExist') {
    if (values.length > 0)
      errors.push(forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"));
  } else if (operator === 'Gt' || operator === 'Lt') {
    if (values.length !== 1)
      errors.push(required(`${at}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
  } else errors.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
  const key = textOf(expression.key);
  for (const message of isQualifiedName(key)) errors.push(invalidValue(`${at}.key`, key, message));
  return errors;
}

const POD_UPDATE =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

/** What may change in a pod that exists: images, the deadline (only shorter), more tolerations, fewer gates. */
export function validatePodUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const old = before.tolerations === undefined ? [] : listOf(before.tolerations);
  const now = listOf(after.tolerations);
  if (listOf(after.containers).length !== listOf(before.containers).length) {
    errors.push(forbiddenField('spec.containers', 'pod updates may not add or remove containers'));
    return errors;
  }
  for (const toleration of old)
    if (!now.some((t) => sameToleration(t, toleration))) {
      errors.push(
        forbiddenField('spec.tolerations', 'existing toleration can not be modified except its tolerationSeconds'),
      );
      break;
    }
  const deadline = (value: unknown) => (typeof value === 'number' ? value : undefined);
  const held = deadline(before.activeDeadlineSeconds);
  const wanted = deadline(after.activeDeadlineSeconds);
  if (held !== undefined && wanted === undefined)
    errors.push(invalidValue('spec.activeDeadlineSeconds', '', 'must not update from a positive integer to nil value'));
  else if (held !== undefined && wanted !== undefined && wanted > held)
    errors.push(invalidValue('spec.activeDeadlineSeconds', wanted, `must be less than or equal to previous value`));
  const gates = listOf(before.schedulingGates).map((g) => textOf(g.name));
  for (const gate of listOf(after.schedulingGates))
    if (!gates.includes(textOf(gate.name)))
      errors.push(
        forbiddenField(
          'spec.schedulingGates',
          `only deletion is allowed, but found new scheduling gate '${textOf(gate.name)}'`,
        ),
      );
  // While gates hold a pod back its node selector may still become narrower.
  const gated = gates.length > 0;
  if (errors.length === 0 && !deepEqual(frozen(after, gated), frozen(before, gated)))
    errors.push(forbiddenField('spec', POD_UPDATE));
  return errors;
}

function sameToleration(a: JsonObject, b: JsonObject): boolean {
  return deepEqual({ ...a, tolerationSeconds: undefined }, { ...b, tolerationSeconds: undefined });
}

function frozen(spec: JsonObject, gated: boolean): JsonObject {
  const withoutImage = (c: JsonObject): JsonObject => ({ ...c, image: undefined });
  return {
    ...spec,
    containers: listOf(spec.containers).map(withoutImage),
    initContainers: spec.initContainers === undefined ? undefined : listOf(spec.initContainers).map(withoutImage),
    activeDeadlineSeconds: undefined,
    tolerations: undefined,
    schedulingGates: undefined,
    ...(gated ? { nodeSelector: undefined, affinity: undefined } : {}),
  };
}
