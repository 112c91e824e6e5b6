import { beforeEach, describe, expect, it } from 'vitest';
import type { PodDisruptionBudget } from '../../kinds/policy.ts';
import { createTestWorld, deployment, pod, podSpec, type TestWorld } from '../fake-kubelet.ts';

let world: TestWorld;
beforeEach(() => {
  world = createTestWorld();
});

const NONE = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };

function budget(spec: PodDisruptionBudget['spec']): void {
  world.store.create('poddisruptionbudgets', {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: { matchLabels: { app: 'web' } }, ...spec },
    status: NONE,
  });
}

const get = () => world.store.get('poddisruptionbudgets', 'default/web') as PodDisruptionBudget;
const messages = (reason: string) =>
  world.store
    .list('events')
    .filter((e) => e.reason === reason)
    .map((e) => `${e.type} ${e.message}`);

describe('the disruption controller', () => {
  const rows: readonly (readonly [PodDisruptionBudget['spec'], number, number])[] = [
    [{ minAvailable: 2 }, 2, 5],
    [{ minAvailable: '50%' }, 4, 3],
    [{ maxUnavailable: 1 }, 6, 1],
    [{ maxUnavailable: '30%' }, 4, 3],
    [{ maxUnavailable: 0 }, 7, 0],
    [{ maxUnavailable: 10 }, 0, 7],
    [{ minAvailable: '100%' }, 7, 0],
  ];
  it.each(rows)('with %o wants %i healthy of 7 and allows %i', (spec, desiredHealthy, disruptionsAllowed) => {
    world.store.create('deployments', deployment('web', 7, 'web:1'));
    budget(spec);
    world.sim.run(10_000);
    expect(get().status).toEqual({
      observedGeneration: 1,
      expectedPods: 7,
      currentHealthy: 7,
      desiredHealthy,
      disruptionsAllowed,
      conditions: [
        {
          type: 'DisruptionAllowed',
          status: disruptionsAllowed > 0 ? 'True' : 'False',
          reason: disruptionsAllowed > 0 ? 'SufficientPods' : 'InsufficientPods',
          message: '',
          observedGeneration: 1,
          lastTransitionTime: disruptionsAllowed > 0 ? '2026-01-01T00:00:01Z' : '2026-01-01T00:00:00Z',
        },
      ],
    });
  });

  it('allows nothing while no pod matches, and says so', () => {
    budget({ minAvailable: 0 });
    world.sim.run(1000);
    expect(get().status).toMatchObject({ disruptionsAllowed: 0, expectedPods: 0 });
    expect(messages('NoPods')).toEqual(['Normal No matching pods found']);
  });

  it('counts an evicted pod as gone, until it has not gone after two minutes', () => {
    world.store.create('deployments', deployment('web', 3, 'web:1'));
    budget({ minAvailable: 1 });
    world.sim.run(10_000);
    const [name = ''] = world.store.list('pods').map(({ metadata }) => metadata.name);
    const { status } = get();
    const disruptedPods = { [name]: world.store.timestamp };
    world.store.updateStatus('poddisruptionbudgets', 'default/web', { ...status, disruptedPods });
    world.sim.run(20_000);
    expect(get().status).toMatchObject({ currentHealthy: 2, disruptionsAllowed: 1, disruptedPods });
    world.sim.run(140_000);
    expect(get().status.disruptedPods).toBeUndefined();
    expect(get().status.disruptionsAllowed).toBe(2);
    expect(messages('NotDeleted')).toEqual([
      "Warning Pod was expected by PDB default/default to be deleted but it wasn't",
    ]);
  });

  it('speaks of pods without a controller, and does not count them in a percentage', () => {
    world.store.create('pods', pod('alone', { app: 'web' }));
    budget({ minAvailable: '50%' });
    world.sim.run(5000);
    expect(get().status).toMatchObject({ expectedPods: 0, disruptionsAllowed: 0 });
    expect(messages('UnmanagedPods')[0]).toContain(
      '(selector: &LabelSelector{MatchLabels:map[string]string{app: web,},MatchExpressions:[]LabelSelectorRequirement{},})',
    );
  });

  it('fails safe for pods whose controller has no scale', () => {
    world.store.create('daemonsets', {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'web', namespace: 'default' },
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: podSpec('web:1') },
        updateStrategy: { type: 'OnDelete' },
        revisionHistoryLimit: 10,
      },
      status: { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 },
    });
    world.sim.run(100);
    budget({ maxUnavailable: 1 });
    world.sim.run(5000);
    expect(get().status.disruptionsAllowed).toBe(0);
    expect(get().status.conditions?.[0]).toMatchObject({
      type: 'DisruptionAllowed',
      status: 'False',
      reason: 'SyncFailed',
      message: 'daemonsets.apps does not implement the scale subresource',
    });
    expect(messages('CalculateExpectedPodCountFailed')).toEqual([
      'Warning Failed to calculate the number of expected pods: daemonsets.apps does not implement the scale subresource',
    ]);
  });

  it('says of a pod that several budgets match it', () => {
    budget({ minAvailable: 1 });
    const second = world.store.get('poddisruptionbudgets', 'default/web') as PodDisruptionBudget;
    const { metadata, ...rest } = second;
    world.store.create('poddisruptionbudgets', {
      ...rest,
      metadata: { name: 'all', namespace: metadata.namespace ?? '' },
    });
    world.store.create('deployments', deployment('web', 1, 'web:1'));
    world.sim.run(10_000);
    const name = world.store.list('pods')[0]?.metadata.name ?? '';
    expect(messages('MultiplePodDisruptionBudgets')[0]).toBe(
      `Warning Pod "default"/"${name}" matches multiple PodDisruptionBudgets.  Chose "all" arbitrarily.`,
    );
    expect(get().status.expectedPods).toBe(1);
  });

  it('takes a stale DisruptionTarget condition back after two minutes', () => {
    world.store.create('deployments', deployment('web', 1, 'web:1'));
    world.sim.run(10_000);
    const [target] = world.store.list('pods');
    const key = `default/${target?.metadata.name ?? ''}`;
    const condition = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: world.store.timestamp } as const;
    if (target)
      world.store.updateStatus('pods', key, {
        ...target.status,
        conditions: [...(target.status.conditions ?? []), condition],
      });
    const found = () => world.store.get('pods', key)?.status.conditions?.find((c) => c.type === 'DisruptionTarget');
    world.sim.run(129_000);
    expect(found()?.status).toBe('True');
    world.sim.run(131_000);
    expect(found()?.status).toBe('False');
  });
});
