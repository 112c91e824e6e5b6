// `kubectl describe` of resource quotas and limit ranges, alone and within a namespace
// (kubectl/pkg/describe/describe.go, 1.32).
// Departure: the resources of a limit range come in order; Go leaves theirs to chance.

import { canonicalQuantity } from '../../../../sim/kubernetes/quantity.ts';
import {
  compareText,
  type Json,
  type JsonObject,
  listAt,
  nameOf,
  namespaceOf,
  objectAt,
  sortedKeys,
  textAt,
} from '../object.ts';
import type { Describing } from './index.ts';
import { field } from './text.ts';

// ---- ResourceQuota

const scopeTexts: Readonly<Record<string, string>> = {
  Terminating:
    'Matches all pods that have an active deadline. These pods have a limited lifespan on a node before being actively terminated by the system.',
  NotTerminating:
    'Matches all pods that do not have an active deadline. These pods usually include long running pods whose container command is not expected to terminate.',
  BestEffort:
    'Matches all pods that do not have resource requirements set. These pods have a best effort quality of service.',
  NotBestEffort:
    'Matches all pods that have at least one resource requirement set. These pods have a burstable or guaranteed quality of service.',
};

function scopes(object: JsonObject, level: number, bullet: string): string {
  const all = listAt(object, 'spec', 'scopes')
    .map((one) => textAt(one))
    .sort(compareText);
  if (all.length === 0) return '';
  const known = all.filter((scope) => Object.hasOwn(scopeTexts, scope));
  return (
    field('Scopes', all.join(', '), level) + known.map((scope) => `${bullet}${scopeTexts[scope] ?? ''}\n`).join('')
  );
}

function hardRows(object: JsonObject, margin: string): string {
  const [hard, used] = [objectAt(object, 'status', 'hard'), objectAt(object, 'status', 'used')];
  const amount = (list: JsonObject, name: string) => canonicalQuantity(textAt(list, name) || '0');
  return sortedKeys(hard)
    .map((name) => `${margin}${name}\t${amount(used, name)}\t${amount(hard, name)}\n`)
    .join('');
}

export function resourceQuota(_describing: Describing, object: JsonObject): Promise<string> {
  return Promise.resolve(
    [
      field('Name', nameOf(object)),
      field('Namespace', namespaceOf(object)),
      scopes(object, 0, ' * '),
      'Resource\tUsed\tHard\n--------\t----\t----\n',
      hardRows(object, ''),
    ].join(''),
  );
}

/** The quotas of a namespace. */
export function quotasText(all: readonly JsonObject[]): string {
  if (all.length === 0) return 'No resource quota.\n';
  const texts = [...all]
    .sort((a, b) => compareText(nameOf(a), nameOf(b)))
    .map((one) =>
      [
        field('Name', nameOf(one), 1),
        scopes(one, 1, '  * '),
        '  Resource\tUsed\tHard\n  --------\t---\t---\n',
        hardRows(one, '  '),
      ].join(''),
    );
  return `Resource Quotas\n${texts.join('')}`;
}

// ---- LimitRange

const columns = ['min', 'max', 'defaultRequest', 'default', 'maxLimitRequestRatio'];
const head = (margin: string): string =>
  `${margin}Type\tResource\tMin\tMax\tDefault Request\tDefault Limit\tMax Limit/Request Ratio\n${margin}----\t--------\t---\t---\t---------------\t-------------\t-----------------------\n`;

function limitRows(object: JsonObject, margin: string): string {
  return listAt(object, 'spec', 'limits')
    .map((limit) => limitRow(limit, margin))
    .join('');
}

function limitRow(limit: Json, margin: string): string {
  const names = new Set(columns.flatMap((key) => Object.keys(objectAt(limit, key))));
  return [...names]
    .sort(compareText)
    .map((name) => {
      const cells = columns.map((key) => {
        const amount = textAt(limit, key, name);
        return amount === '' ? '-' : canonicalQuantity(amount);
      });
      return `${margin}${textAt(limit, 'type')}\t${name}\t${cells.join('\t')}\n`;
    })
    .join('');
}

export function limitRange(_describing: Describing, object: JsonObject): Promise<string> {
  return Promise.resolve(
    [field('Name', nameOf(object)), field('Namespace', namespaceOf(object)), head(''), limitRows(object, '')].join(''),
  );
}

/** The limit ranges of a namespace. */
export function limitsText(all: readonly JsonObject[]): string {
  if (all.length === 0) return 'No LimitRange resource.\n';
  return `Resource Limits\n${head(' ')}${all.map((one) => limitRows(one, ' ')).join('')}`;
}
