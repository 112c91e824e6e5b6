// Runs the printer tables of Kubernetes' own unit tests. Cases of kinds that are not served are listed below, with
// what they are; a case of any other kind fails when it has no printer.
import { describe, expect, test } from 'vitest';
import hpaCases from '../../../../../tests/data/upstream/printer-hpa.json' with { type: 'json' };
import networkCases from '../../../../../tests/data/upstream/printer-network.json' with { type: 'json' };
import nodeCases from '../../../../../tests/data/upstream/printer-node.json' with { type: 'json' };
import otherCases from '../../../../../tests/data/upstream/printer-other.json' with { type: 'json' };
import podCases from '../../../../../tests/data/upstream/printer-pod.json' with { type: 'json' };
import workloadCases from '../../../../../tests/data/upstream/printer-workload.json' with { type: 'json' };
import { parseTime } from '../../../engine/time.ts';
import type { AnyObject } from '../../objects.ts';
import { resourceOf } from '../../resources.ts';
import { tableFor } from './index.ts';
import type { Cell, Row } from './table.ts';

interface PrinterCase {
  readonly id: number;
  readonly name: string;
  readonly object: { readonly apiVersion: string; readonly kind: string };
  readonly expected: {
    readonly cells: Readonly<Record<string, Cell>>;
    readonly rowConditions?: Row['conditions'];
  };
}

/** Why a case is not run. */
const NOT_SERVED: Readonly<Record<string, string>> = {
  CertificateSigningRequest: 'certificates are not simulated',
  ReplicationController: 'replaced by ReplicaSet',
  RuntimeClass: 'there is one container runtime',
};

const NOW = parseTime('2024-06-01T12:00:00Z') ?? 0;

const casesOf = (table: { readonly cases: readonly unknown[] }, field: string): readonly PrinterCase[] =>
  (table.cases as readonly (PrinterCase & Readonly<Record<string, PrinterCase['object']>>)[]).map((c) => ({
    ...c,
    object: c[field] as PrinterCase['object'],
  }));

const files: readonly (readonly [string, readonly PrinterCase[]])[] = [
  ['printer-pod', casesOf(podCases, 'pod')],
  ['printer-node', casesOf(nodeCases, 'node')],
  ['printer-hpa', casesOf(hpaCases, 'object')],
  ['printer-network', casesOf(networkCases, 'object')],
  ['printer-workload', casesOf(workloadCases, 'object')],
  ['printer-other', casesOf(otherCases, 'object')],
];

/** The objects of the cases are minimal; what every stored object has is filled in. */
function stored(object: unknown): AnyObject {
  const { spec, status, ...rest } = structuredClone(object) as Record<string, Record<string, unknown> | undefined>;
  const whole = { ...rest, spec: { ...spec }, status: { loadBalancer: {}, ...status } } as Record<string, unknown>;
  for (const list of ['initContainerStatuses', 'containerStatuses'] as const)
    for (const container of (status?.[list] ?? []) as Record<string, unknown>[]) {
      container['state'] ??= {};
      container['lastState'] ??= {};
    }
  const template = { spec: { containers: [] } };
  if (['DaemonSet', 'Job', 'ReplicaSet', 'StatefulSet'].includes(String(whole['kind'])))
    whole['spec'] = { ...spec, template: { ...template, ...(spec?.['template'] as object | undefined) } };
  if (whole['kind'] === 'CronJob') {
    const job = spec?.['jobTemplate'] as { readonly spec?: object } | undefined;
    whole['spec'] = { ...spec, jobTemplate: { spec: { template, ...job?.spec } } };
  }
  if (whole['kind'] === 'Event') Object.assign(whole, { firstTimestamp: null, lastTimestamp: null, ...rest });
  if (whole['kind'] === 'EndpointSlice') Object.assign(whole, { ports: [], endpoints: [], ...rest });
  return whole as unknown as AnyObject;
}

describe.each(files)('upstream %s', (_file, cases) => {
  for (const { id, name, object, expected } of cases) {
    const title = `${String(id)} ${name}`;
    const resource = resourceOf(object.apiVersion, object.kind)?.resource;
    const reason = NOT_SERVED[object.kind];
    if (!resource && reason !== undefined) {
      test.skip(`${title} (${object.kind}: ${reason})`, () => undefined);
      continue;
    }
    test(title, () => {
      if (!resource) throw new Error(`${object.kind} is neither served nor listed as not served`);
      const { columnDefinitions, rows } = tableFor(resource, [stored(object)], NOW);
      const byHeading = new Map(columnDefinitions.map((c, i) => [c.name.toUpperCase(), rows[0]?.cells[i]]));
      for (const [heading, cell] of Object.entries(expected.cells))
        expect([heading, byHeading.get(heading)]).toEqual([heading, cell]);
      expect(rows[0]?.conditions).toEqual(expected.rowConditions);
      expect(rows[0]?.cells).toHaveLength(columnDefinitions.length);
    });
  }
});

test('no kind that is served is listed as not served', () => {
  const apiVersions = files.flatMap(([, cases]) => cases.map(({ object }) => object));
  for (const { apiVersion, kind } of apiVersions)
    if (kind in NOT_SERVED) expect(resourceOf(apiVersion, kind)).toBeUndefined();
});
