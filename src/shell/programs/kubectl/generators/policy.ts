// `kubectl create namespace`, `serviceaccount`, `quota`, `poddisruptionbudget` and `priorityclass`
// (kubectl/pkg/cmd/create, 1.32).

import { canonicalQuantity } from '../../../../sim/kubernetes/quantity.ts';
import type { Context } from '../context.ts';
import { KubectlError } from '../errors.ts';
import { intOrString, labelSelector, newMetadata } from '../new-objects.ts';
import type { JsonObject } from '../object.ts';
import { checkQuantity } from '../text.ts';
import { createOne, type Generator, metadataOf, required } from './create-one.ts';

const generators: Readonly<Record<string, Generator>> = {
  'create namespace': { plural: 'namespaces', make: namespace },
  'create poddisruptionbudget': {
    plural: 'poddisruptionbudgets',
    failure: 'failed to create poddisruptionbudgets: ',
    make: disruptionBudget,
  },
  'create priorityclass': {
    plural: 'priorityclasses',
    failure: 'failed to create priorityclass: ',
    make: priorityClass,
  },
  'create quota': { plural: 'resourcequotas', failure: 'failed to create quota: ', make: quota },
  'create serviceaccount': { plural: 'serviceaccounts', failure: 'failed to create serviceaccount: ', make: account },
};

export function run(context: Context): Promise<undefined> {
  return createOne(context, generators);
}

function namespace(_context: Context, name: string): JsonObject {
  required(name);
  return { apiVersion: 'v1', kind: 'Namespace', metadata: newMetadata(name), spec: {}, status: {} };
}

function account(context: Context, name: string): JsonObject {
  required(name);
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: metadataOf(context, name) };
}

function priorityClass({ flags }: Context, name: string): JsonObject {
  const description = flags.text('description');
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: newMetadata(name),
    value: flags.int('value'),
    ...(flags.bool('global-default') ? { globalDefault: true } : {}),
    ...(description === '' ? {} : { description }),
    preemptionPolicy: flags.text('preemption-policy'),
  };
}

// ---- ResourceQuota

function quota(context: Context, name: string): JsonObject {
  const { flags } = context;
  required(name);
  const scopes = flags.text('scopes') === '' ? [] : flags.text('scopes').split(',');
  const hard = amounts(flags.text('hard'));
  if (scopes.includes('')) throw new KubectlError('invalid resource quota scope ""');
  const spec = {
    ...(Object.keys(hard).length === 0 ? {} : { hard }),
    ...(scopes.length === 0 ? {} : { scopes }),
  };
  return { apiVersion: 'v1', kind: 'ResourceQuota', metadata: metadataOf(context, name), spec, status: {} };
}

/** `cpu=100m,memory=256Mi` */
function amounts(text: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const part of text === '' ? [] : text.split(',')) {
    const pieces = part.split('=');
    const [name = '', amount = ''] = pieces;
    if (pieces.length !== 2) throw new KubectlError(`Invalid argument syntax ${part}, expected <resource>=<value>`);
    checkQuantity(amount);
    out[name] = canonicalQuantity(amount);
  }
  return out;
}

// ---- PodDisruptionBudget

function disruptionBudget(context: Context, name: string): JsonObject {
  const { flags } = context;
  const [least, most] = [flags.text('min-available'), flags.text('max-unavailable')];
  required(name);
  if (flags.text('selector') === '') throw new KubectlError('a selector must be specified');
  if (least === '' && most === '') {
    throw new KubectlError('one of min-available or max-unavailable must be specified');
  }
  if (least !== '' && most !== '') throw new KubectlError('min-available and max-unavailable cannot be both specified');
  for (const [flag, value] of [
    ['min-available', least],
    ['max-unavailable', most],
  ]) {
    if (value !== '' && !/^[0-9]+%?$/.test(value ?? '')) throw new KubectlError(`invalid format specified for ${flag}`);
  }
  const spec = {
    ...(least === '' ? {} : { minAvailable: intOrString(least) }),
    selector: labelSelector(flags.text('selector')),
    ...(most === '' ? {} : { maxUnavailable: intOrString(most) }),
  };
  const status = { currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 };
  const metadata = metadataOf(context, name);
  return { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata, spec, status };
}
