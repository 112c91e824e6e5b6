// Runs the tables of Kubernetes' own unit tests against the autoscaler's arithmetic.
import { describe, expect, test } from 'vitest';
import behaviorRate from '../../../../../tests/data/upstream/hpa-behavior-rate.json' with { type: 'json' };
import groupPods from '../../../../../tests/data/upstream/hpa-group-pods.json' with { type: 'json' };
import limits from '../../../../../tests/data/upstream/hpa-limits.json' with { type: 'json' };
import replicaCalculator from '../../../../../tests/data/upstream/hpa-replica-calculator.json' with { type: 'json' };
import stabilization from '../../../../../tests/data/upstream/hpa-stabilization.json' with { type: 'json' };
import { hpaRunners } from '../../../../../tests/upstream/runners/hpa.ts';

describe.each([behaviorRate, groupPods, limits, replicaCalculator, stabilization])('upstream $kind', (file) => {
  const cases: readonly { readonly id: number; readonly name: string }[] = file.cases;
  test.each(cases.map((each) => [each.id, each.name, each] as const))('%i %s', (_id, _name, each) => {
    expect(hpaRunners[file.kind]?.(file, each)).toBeUndefined();
  });
});
