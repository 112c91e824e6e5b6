import { expect, test } from 'vitest';
import type { PodDisruptionBudget } from '../kinds/policy.ts';
import type { Pod } from '../objects.ts';
import { apiWorld } from './testing.ts';

const PODS = '/api/v1/namespaces/default/pods';

interface Situation {
  readonly allowed?: number;
  readonly ready?: boolean;
  readonly phase?: Pod['status']['phase'];
  readonly policy?: PodDisruptionBudget['spec']['unhealthyPodEvictionPolicy'];
  readonly budgets?: number;
  readonly healthy?: number;
  readonly observed?: number;
}

function world({
  allowed = 0,
  ready = true,
  phase = 'Running',
  policy,
  budgets = 1,
  healthy = 2,
  observed = 1,
}: Situation = {}) {
  const w = apiWorld();
  w.ask('POST', PODS, {
    metadata: { name: 'a', labels: { app: 'web' } },
    spec: { containers: [{ name: 'c', image: 'x:1' }], nodeName: 'n' },
  });
  const pod = w.store.get('pods', 'default/a') as Pod;
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'False' } as const];
  w.store.update('pods', { ...pod, status: { ...pod.status, phase, conditions } });
  for (let i = 0; i < budgets; i++)
    w.store.create('poddisruptionbudgets', {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: `b${String(i)}`, namespace: 'default' },
      spec: {
        minAvailable: 2,
        selector: { matchLabels: { app: 'web' } },
        ...(policy ? { unhealthyPodEvictionPolicy: policy } : {}),
      },
      status: {
        observedGeneration: observed,
        disruptionsAllowed: allowed,
        currentHealthy: healthy,
        desiredHealthy: 2,
        expectedPods: 2,
      },
    });
  const evict = (query = '', body: object = {}) =>
    w.ask('POST', `${PODS}/a/eviction${query}`, {
      apiVersion: 'policy/v1',
      kind: 'Eviction',
      metadata: { name: 'a' },
      ...body,
    });
  return {
    ...w,
    evict,
    pod: () => w.store.get('pods', 'default/a'),
    budget: () => w.store.get('poddisruptionbudgets', 'default/b0'),
  };
}

const VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget.";

test('a budget with nothing to give refuses', () => {
  const w = world();
  expect(w.evict()).toMatchObject({
    code: 429,
    reason: 'TooManyRequests',
    message: VIOLATES,
    details: {
      causes: [
        { reason: 'DisruptionBudget', message: 'The disruption budget b0 needs 2 healthy pods and has 2 currently' },
      ],
    },
  });
  expect(w.pod()?.metadata.deletionTimestamp).toBeUndefined();
});

test('an eviction is counted at once, and the pod says why it goes', () => {
  const w = world({ allowed: 1, healthy: 3 });
  expect(w.evict()).toMatchObject({ code: 201, status: 'Success' });
  expect(w.budget()?.status).toMatchObject({
    disruptionsAllowed: 0,
    disruptedPods: { a: '2026-11-24T09:00:00Z' },
    conditions: [{ type: 'DisruptionAllowed', status: 'False', reason: 'InsufficientPods' }],
  });
  expect(w.pod()?.metadata.deletionTimestamp).toBeDefined();
  expect(w.pod()?.status.conditions).toContainEqual(
    expect.objectContaining({ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI' }),
  );
});

test('a dry run changes nothing', () => {
  const w = world({ allowed: 1 });
  expect(w.evict('?dryRun=All').code).toBe(201);
  expect(w.evict('', { deleteOptions: { dryRun: ['All'] } }).code).toBe(201);
  expect(w.budget()?.status.disruptionsAllowed).toBe(1);
  expect(w.pod()?.metadata.deletionTimestamp).toBeUndefined();
});

test.each([
  [
    'two budgets',
    { budgets: 2 },
    500,
    'This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.',
  ],
  ['a budget that is behind', { observed: 0, allowed: 1 }, 429, VIOLATES],
  [
    'a broken budget',
    { allowed: -1 },
    403,
    'poddisruptionbudget.policy "b0" is forbidden: pdb disruptions allowed is negative',
  ],
  ['an unready pod of a short budget', { ready: false, healthy: 1 }, 429, VIOLATES],
] as const)('%s refuses', (_name, options, code, message) => {
  expect(world(options).evict()).toMatchObject({ code, message });
});

test.each([
  ['a pending pod', { phase: 'Pending' }],
  ['a finished pod', { phase: 'Succeeded' }],
  ['an unready pod while the budget is met', { ready: false }],
  ['an unready pod that may always go', { ready: false, healthy: 0, policy: 'AlwaysAllow' }],
] as const)('%s goes without asking', (_name, options) => {
  const w = world(options);
  expect(w.evict().code).toBe(201);
  expect(w.budget()?.status.disruptedPods).toBeUndefined();
});
