// Rules for Job and CronJob. Models pkg/apis/batch/validation/validation.go (1.32).
// Departures: a selector given without `manualSelector` is printed without the uid that the original adds before it looks;
// of a changed template only the type is printed; a time zone is judged by its form.
import { deepEqual, isObject, type JsonObject, objectOf, textOf } from '../json.ts';
import { type FieldError, goSelector, invalidValue, notSupported, required, tooLong } from './field-error.ts';
import { scheduleError } from './cron-schedule.ts';
import { validateFailurePolicy, validateReplacementPolicy, validateSuccessPolicy } from './job-policies.ts';
import { validateLabelSelector, validateLabels, validateNotNegative } from './metadata.ts';
import { isDNS1123Label } from './names.ts';
import { validatePodSpec } from './pod.ts';

const MAX_PARALLEL_INDEXED = 100_000;

const MAX_MANAGER_BYTES = 63;

export function validateJobSpec(spec: JsonObject, at: string, inCronJob = false): FieldError[] {
  const errors: FieldError[] = [];
  for (const field of [
    'parallelism',
    'completions',
    'activeDeadlineSeconds',
    'backoffLimit',
    'ttlSecondsAfterFinished',
    'backoffLimitPerIndex',
    'maxFailedIndexes',
  ])
    errors.push(...validateNotNegative(spec[field], `${at}.${field}`));
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined)
    errors.push(required(`${at}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified'));
  if (textOf(spec.managedBy).length > MAX_MANAGER_BYTES) errors.push(tooLong(`${at}.managedBy`, MAX_MANAGER_BYTES));
  const mode = spec.completionMode;
  if (mode !== undefined && mode !== 'Indexed' && mode !== 'NonIndexed')
    errors.push(notSupported(`${at}.completionMode`, textOf(mode), ['NonIndexed', 'Indexed']));
  if (mode === 'Indexed') errors.push(...validateIndexed(spec, at));
  if (mode === undefined || mode === 'NonIndexed')
    for (const field of ['backoffLimitPerIndex', 'maxFailedIndexes'])
      if (spec[field] !== undefined)
        errors.push(invalidValue(`${at}.${field}`, Number(spec[field]), 'requires indexed completion mode'));
  errors.push(...validateFailurePolicy(spec, at));
  if (isObject(spec.successPolicy)) errors.push(...validateSuccessPolicy(spec, `${at}.successPolicy`));
  errors.push(...validateReplacementPolicy(spec, at));
  const template = objectOf(spec.template);
  const pod = objectOf(template.spec);
  errors.push(...validateLabels(objectOf(template.metadata).labels, `${at}.template.metadata.labels`));
  errors.push(...validatePodSpec(pod, `${at}.template.spec`));
  if (pod.restartPolicy === 'Always' || textOf(pod.restartPolicy) === '')
    errors.push(required(`${at}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"'));
  else if (pod.restartPolicy !== 'OnFailure' && pod.restartPolicy !== 'Never')
    errors.push(notSupported(`${at}.template.spec.restartPolicy`, textOf(pod.restartPolicy), ['OnFailure', 'Never']));
  else if (isObject(spec.podFailurePolicy) && pod.restartPolicy !== 'Never')
    errors.push(
      invalidValue(
        `${at}.template.spec.restartPolicy`,
        pod.restartPolicy,
        'only "Never" is supported when podFailurePolicy is specified',
      ),
    );
  if (spec.manualSelector === true) {
    if (!isObject(spec.selector)) errors.push(required(`${at}.selector`));
    else errors.push(...validateLabelSelector(spec.selector, `${at}.selector`));
  } else if (inCronJob ? isObject(spec.selector) : Object.keys(objectOf(spec.selector)).length > 0)
    errors.push(
      inCronJob
        ? invalidValue(`${at}.selector`, goSelector(objectOf(spec.selector)), '`selector` will be auto-generated')
        : invalidValue(`${at}.selector`, goSelector(objectOf(spec.selector)), '`selector` not auto-generated'),
    );
  if (inCronJob && spec.manualSelector === true)
    errors.push(notSupported(`${at}.manualSelector`, 'true', ['nil', 'false']));
  return errors;
}

/** From this many completions on, a limit per index needs a bound on failed indexes and on parallel pods. */
const MANY_COMPLETIONS = 100_000;
const MOST_WITH_MANY = 10_000;

function validateIndexed(spec: JsonObject, at: string): FieldError[] {
  const errors: FieldError[] = [];
  const { completions, parallelism, maxFailedIndexes } = spec;
  const atMost = (field: string, value: unknown, most: number, when = '') => {
    if (typeof value === 'number' && value > most)
      errors.push(invalidValue(`${at}.${field}`, value, `must be less than or equal to ${String(most)}${when}`));
  };
  if (completions === undefined) errors.push(required(`${at}.completions`, 'when completion mode is Indexed'));
  atMost('parallelism', parallelism, MAX_PARALLEL_INDEXED, ' when completion mode is Indexed');
  if (typeof completions === 'number' && typeof maxFailedIndexes === 'number' && maxFailedIndexes > completions)
    errors.push(invalidValue(`${at}.maxFailedIndexes`, maxFailedIndexes, 'must be less than or equal to completions'));
  atMost('maxFailedIndexes', maxFailedIndexes, MAX_PARALLEL_INDEXED);
  if (typeof completions !== 'number' || completions <= MANY_COMPLETIONS || spec.backoffLimitPerIndex === undefined)
    return errors;
  if (maxFailedIndexes === undefined)
    errors.push(
      required(`${at}.maxFailedIndexes`, `must be specified when completions is above ${String(MANY_COMPLETIONS)}`),
    );
  const when = ` when completions are above ${String(MANY_COMPLETIONS)} and used with backoff limit per index`;
  atMost('parallelism', parallelism, MOST_WITH_MANY, when);
  atMost('maxFailedIndexes', maxFailedIndexes, MOST_WITH_MANY, when);
  return errors;
}

/** The pods of an indexed job are named after it, as hosts; said of a new job only. */
export function validateIndexedName(object: JsonObject): FieldError[] {
  const spec = objectOf(object.spec);
  const name = textOf(objectOf(object.metadata).name);
  const completions = Number(spec.completions ?? 0);
  if (spec.completionMode !== 'Indexed' || completions <= 0) return [];
  const host = `${name}-${String(completions - 1)}`;
  return isDNS1123Label(host).length === 0
    ? []
    : [invalidValue('metadata.name', name, `will not able to create pod with invalid DNS label: ${host}`)];
}

/** @param status that of the job as it was */
export function validateJobUpdate(after: JsonObject, before: JsonObject, status: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const frozen = (field: string, go?: string) => {
    const value = after[field];
    if (deepEqual(value, before[field])) return;
    // A field that is gone is printed as the text "null".
    const text = value === undefined ? 'null' : go !== undefined ? { go } : (value as string | number | boolean);
    errors.push(invalidValue(`spec.${field}`, text, 'field is immutable'));
  };
  if (after.completionMode !== 'Indexed') frozen('completions');
  else if (
    typeof after.completions === 'number' &&
    after.completions !== before.completions &&
    after.completions !== after.parallelism
  )
    errors.push(
      invalidValue('spec.completions', after.completions, 'can only be modified in tandem with spec.parallelism'),
    );
  frozen('selector', goSelector(objectOf(after.selector)).go);
  const free = before.suspend === true && status.startTime === undefined;
  if (!deepEqual(frozenTemplate(after, free), frozenTemplate(before, free)))
    errors.push(invalidValue('spec.template', { go: 'core.PodTemplateSpec{…}' }, 'field is immutable'));
  frozen('completionMode');
  frozen('podFailurePolicy', 'batch.PodFailurePolicy{…}');
  frozen('backoffLimitPerIndex');
  frozen('managedBy');
  frozen('successPolicy', 'batch.SuccessPolicy{…}');
  return errors;
}

/** @param free whether the directions to the scheduler may change: the job is suspended and has never run */
function frozenTemplate(spec: JsonObject, free: boolean): JsonObject {
  const template = objectOf(spec.template);
  if (!free) return template;
  const metadata = { ...objectOf(template.metadata), labels: undefined, annotations: undefined };
  const pod = objectOf(template.spec);
  const affinity = { ...objectOf(pod.affinity), nodeAffinity: undefined };
  const open = { nodeSelector: undefined, affinity, tolerations: undefined, schedulingGates: undefined };
  return { ...template, metadata, spec: { ...pod, ...open } };
}

/** @param before what is replaced, or undefined when the object is new */
export function validateCronJob(object: JsonObject, before?: JsonObject): FieldError[] {
  const spec = objectOf(object.spec);
  const old = objectOf(before?.spec);
  const errors: FieldError[] = [];
  const schedule = textOf(spec.schedule);
  if (schedule === '') errors.push(required('spec.schedule'));
  else {
    const wrong = scheduleError(schedule);
    if (wrong !== undefined) errors.push(invalidValue('spec.schedule', schedule, wrong));
    if (schedule.includes('TZ')) {
      // One that had it may keep it.
      const had = textOf(old.schedule).includes('TZ');
      if (!had || spec.timeZone !== undefined)
        errors.push(
          invalidValue(
            'spec.schedule',
            schedule,
            had
              ? 'cannot use both timeZone field and TZ or CRON_TZ in schedule'
              : 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
          ),
        );
    }
  }
  errors.push(...validateNotNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'));
  if (spec.timeZone !== undefined && spec.timeZone !== old.timeZone)
    errors.push(...validateTimeZone(textOf(spec.timeZone)));
  const policy = textOf(spec.concurrencyPolicy);
  if (policy === '') errors.push(required('spec.concurrencyPolicy'));
  else if (!['Allow', 'Forbid', 'Replace'].includes(policy))
    errors.push(notSupported('spec.concurrencyPolicy', policy, ['Allow', 'Forbid', 'Replace']));
  errors.push(...validateJobSpec(objectOf(objectOf(spec.jobTemplate).spec), 'spec.jobTemplate.spec', true));
  for (const field of ['successfulJobsHistoryLimit', 'failedJobsHistoryLimit'])
    errors.push(...validateNotNegative(spec[field], `spec.${field}`));
  // The name of a job is that of the cron job with eleven characters behind it.
  const name = textOf(objectOf(object.metadata).name);
  if (before === undefined && name.length > 52)
    errors.push(invalidValue('metadata.name', name, 'must be no more than 52 characters'));
  return errors;
}

function validateTimeZone(zone: string): FieldError[] {
  const wrong = (detail: string) => [invalidValue('spec.timeZone', zone, detail)];
  if (zone === '') return wrong('timeZone must be nil or non-empty string');
  const part = /^[A-Za-z._0-9+][A-Za-z.\-_0-9+]{0,13}$/;
  if (zone.split('/').some((name) => name === '.' || name === '..' || !part.test(name)))
    return wrong(`unknown time zone ${zone}`);
  return zone.toLowerCase() === 'local'
    ? wrong('timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones')
    : [];
}
