// Rules for the containers that `kubectl debug` adds to a pod. Models validateEphemeralContainers and
// ValidatePodEphemeralContainersUpdate of pkg/apis/core/validation/validation.go (1.32).
// Left out: the Go diff of a container that was changed.
import { deepEqual, type JsonObject, listOf, textOf } from '../json.ts';
import { duplicate, type FieldError, forbiddenField, notFoundValue } from './field-error.ts';
import { validateContainer } from './pod.ts';

const FORBIDDEN = [
  'ports',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
  'resources',
  'resizePolicy',
  'restartPolicy',
];

export function validateEphemeralContainersUpdate(after: JsonObject, before: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const names = [...listOf(after.containers), ...listOf(after.initContainers)].map(({ name }) => textOf(name));
  const volumes = new Set(listOf(after.volumes).map((volume) => textOf(volume.name)));
  const taken = new Set(names);
  const now = listOf(after.ephemeralContainers);
  now.forEach((container, i) => {
    const at = `spec.ephemeralContainers[${String(i)}]`;
    errors.push(...validateContainer(container, at, volumes));
    const name = textOf(container.name);
    if (taken.has(name)) errors.push(duplicate(`${at}.name`, name));
    taken.add(name);
    const target = textOf(container.targetContainerName);
    if (target !== '' && !names.includes(target)) errors.push(notFoundValue(`${at}.targetContainerName`, target));
    for (const field of FORBIDDEN) {
      const value = container[field];
      if (value !== undefined && !deepEqual(value, {}))
        errors.push(forbiddenField(`${at}.${field}`, 'cannot be set for an Ephemeral Container'));
    }
  });
  for (const old of listOf(before.ephemeralContainers)) {
    const name = textOf(old.name);
    const found = now.find((container) => container.name === old.name);
    if (!found) errors.push(forbiddenField('spec', `existing ephemeral containers "${name}" may not be removed\n`));
    else if (!deepEqual(found, old))
      errors.push(forbiddenField('spec', `existing ephemeral containers "${name}" may not be changed\n`));
  }
  return errors;
}
