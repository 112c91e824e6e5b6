import { expect, test } from 'vitest';
import upstream from '../../../../tests/data/upstream/pod-phase.json' with { type: 'json' };
import { getPhase, type SpecParts, type StatusParts } from './phase.ts';

interface TablePod {
  readonly spec: SpecParts;
  readonly status?: {
    readonly initContainerStatuses?: readonly StatusParts[];
    readonly containerStatuses?: readonly StatusParts[];
  };
}

for (const { id, name, table, pod, args, expected } of upstream.cases)
  test(`upstream ${table} ${String(id)} ${name}`, () => {
    const { spec, status } = pod as unknown as TablePod;
    const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    expect(getPhase(spec, statuses, args.podIsTerminal)).toBe(expected.phase);
  });
