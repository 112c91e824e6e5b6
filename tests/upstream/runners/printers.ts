// Runs the printer tables of Kubernetes' own unit tests (kinds printer-*).
import { parseTime } from '../../../src/sim/engine/time.ts';
import { tableFor } from '../../../src/sim/kubernetes/api/tables/index.ts';
import type { Cell, Row } from '../../../src/sim/kubernetes/api/tables/table.ts';
import type { AnyObject } from '../../../src/sim/kubernetes/objects.ts';
import { resourceOf } from '../../../src/sim/kubernetes/resources.ts';
import { checked, fail, type Runner, same } from './check.ts';

interface Printed {
  readonly apiVersion: string;
  readonly kind: string;
}

interface PrinterCase {
  readonly expected: {
    readonly cells: Readonly<Record<string, Cell>>;
    readonly rowConditions?: Row['conditions'];
  };
}

const NOW = parseTime('2024-06-01T12:00:00Z') ?? 0;

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

/** The object is in `object`, or under the name of its kind. */
const printer = checked<PrinterCase & { readonly pod?: Printed; readonly node?: Printed; readonly object?: Printed }>(
  ({ pod, node, object = pod ?? node, expected }) => {
    if (!object) return fail('no object');
    const resource = resourceOf(object.apiVersion, object.kind)?.resource;
    if (!resource) return fail(`${object.kind} is not served`);
    const { columnDefinitions, rows } = tableFor(resource, [stored(object)], NOW);
    const byHeading = new Map(columnDefinitions.map((c, i) => [c.name.toUpperCase(), rows[0]?.cells[i]]));
    for (const [heading, cell] of Object.entries(expected.cells)) same(byHeading.get(heading), cell, heading);
    same(rows[0]?.conditions, expected.rowConditions, 'conditions');
    same(rows[0]?.cells.length, columnDefinitions.length, 'cells');
    return undefined;
  },
);

export const printerRunners: Readonly<Record<string, Runner>> = {
  'printer-pod': printer,
  'printer-node': printer,
  'printer-hpa': printer,
  'printer-network': printer,
  'printer-workload': printer,
  'printer-other': printer,
};
