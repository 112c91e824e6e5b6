import { expect, test } from 'vitest';
import upstream from '../../../../tests/data/upstream/pod-conditions.json' with { type: 'json' };
import type { Condition, PodStatus } from '../objects.ts';
import {
  containersReadyCondition,
  podInitializedCondition,
  podReadyCondition,
  podReadyToStartContainersCondition,
  type Sandbox,
} from './conditions.ts';
import type { SpecParts, StatusParts } from './phase.ts';

interface Args {
  readonly phase?: PodStatus['phase'];
  readonly containerStatuses?: readonly StatusParts[] | null;
  readonly conditions?: readonly Condition[];
  readonly sandboxes?: readonly Sandbox[];
}

for (const { id, name, table, pod, args, expected } of upstream.cases)
  test(`upstream ${table} ${String(id)} ${name}`, () => {
    const spec = pod.spec as unknown as SpecParts;
    const { phase = 'Pending', containerStatuses = null, conditions = [], sandboxes = [] } = args as unknown as Args;
    const verdicts: Record<string, () => object> = {
      'containers-ready': () => containersReadyCondition(spec, containerStatuses, phase),
      ready: () => podReadyCondition(spec, conditions, containerStatuses, phase),
      initialized: () => podInitializedCondition(spec, containerStatuses, phase),
      'ready-to-start': () =>
        podReadyToStartContainersCondition((pod.spec as { hostNetwork?: boolean }).hostNetwork === true, sandboxes),
    };
    const verdict = verdicts[table];
    expect(verdict, `table ${table}`).toBeDefined();
    expect(verdict?.()).toMatchObject(expected);
  });
