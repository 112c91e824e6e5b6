import { beforeEach, describe, expect, it } from 'vitest';
import type { Deployment } from '../../objects.ts';
import { createTestWorld, deployment, pod, podSpec, type TestWorld } from '../fake-kubelet.ts';

let world: TestWorld;
beforeEach(() => {
  world = createTestWorld();
});

const get = (name = 'web') => world.store.get('deployments', `default/${name}`) as Deployment;
const change = (spec: Partial<Deployment['spec']>, name = 'web') => {
  const d = get(name);
  world.store.update('deployments', { ...d, spec: { ...d.spec, ...spec } });
};
const image = (name: string) => ({ metadata: { labels: { app: 'web' } }, spec: podSpec(name) });
const sets = () => world.store.list('replicasets');
const pods = () => world.store.list('pods').filter((p) => p.metadata.deletionTimestamp === undefined);
const messages = (reason: string) =>
  world.store
    .list('events')
    .filter((e) => e.reason === reason)
    .map((e) => e.message);
const condition = (type: string) => get().status.conditions?.find((c) => c.type === type);
/** Runs until `ms`, looking at the end of every millisecond in which something happens. */
const watch = (ms: number, look: () => void) => {
  while ((world.sim.nextAt ?? Infinity) <= ms) {
    world.sim.run(world.sim.nextAt ?? ms);
    look();
  }
  world.sim.run(ms);
};

describe('the deployment controller', () => {
  it('makes a replica set and its pods, and says so', () => {
    world.store.create('deployments', deployment('web', 3, 'web:1'));
    world.sim.run(10_000);
    const [set] = sets();
    expect(set?.metadata.name).toMatch(/^web-[bcdfghjklmnpqrstvwxz2456789]{8,10}$/);
    const hash = set?.metadata.labels?.['pod-template-hash'];
    expect(set?.metadata.name).toBe(`web-${hash ?? ''}`);
    expect(set?.spec.selector.matchLabels).toEqual({ app: 'web', 'pod-template-hash': hash });
    expect(set?.metadata.annotations).toEqual({
      'deployment.kubernetes.io/revision': '1',
      'deployment.kubernetes.io/desired-replicas': '3',
      'deployment.kubernetes.io/max-replicas': '4',
    });
    expect(get().metadata.annotations).toEqual({ 'deployment.kubernetes.io/revision': '1' });
    expect(get().status).toEqual({
      observedGeneration: 1,
      replicas: 3,
      updatedReplicas: 3,
      readyReplicas: 3,
      availableReplicas: 3,
      conditions: [
        {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
          lastUpdateTime: '2026-01-01T00:00:01Z',
          lastTransitionTime: '2026-01-01T00:00:01Z',
        },
        {
          type: 'Progressing',
          status: 'True',
          reason: 'NewReplicaSetAvailable',
          message: `ReplicaSet "web-${hash ?? ''}" has successfully progressed.`,
          lastUpdateTime: '2026-01-01T00:00:01Z',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    });
    expect(messages('ScalingReplicaSet')).toEqual([`Scaled up replica set web-${hash ?? ''} from 0 to 3`]);
    expect(messages('SuccessfulCreate').sort()).toEqual(pods().map((p) => `Created pod: ${p.metadata.name}`));
    expect(pods().map((p) => p.metadata.ownerReferences?.[0])).toEqual(
      pods().map(() => ({
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        name: set?.metadata.name,
        uid: set?.metadata.uid,
        controller: true,
        blockOwnerDeletion: true,
      })),
    );
    expect(pods()[0]?.spec.containers).toBe(pods()[1]?.spec.containers);
    // Nothing is left to do but to forget events.
    expect(world.sim.nextAt).toBe(3_600_005);
  });

  it('keeps within surge and unavailable while it rolls', () => {
    world.store.create('deployments', deployment('web', 10, 'web:1'));
    world.sim.run(10_000);
    change({ template: image('web:2') });
    let most = 0;
    let least = 10;
    watch(60_000, () => {
      const ready = pods().filter((p) => p.status.conditions?.[0]?.status === 'True').length;
      most = Math.max(most, pods().length);
      least = Math.min(least, ready);
    });
    expect(most).toBe(13);
    expect(least).toBe(8);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(Array(10).fill('web:2'));
    expect(get().metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('2');
    expect(get().status.observedGeneration).toBe(2);
    expect(
      sets()
        .map((s) => s.spec.replicas)
        .sort(),
    ).toEqual([0, 10]);
    expect(condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
    expect(messages('ScalingReplicaSet').slice(1, 3)).toEqual([
      expect.stringMatching(/^Scaled up replica set web-\w+ from 0 to 3$/),
      expect.stringMatching(/^Scaled down replica set web-\w+ from 10 to 8$/),
    ]);
  });

  it('takes up the old replica set when the old template comes back', () => {
    world.store.create('deployments', deployment('web', 2, 'web:1'));
    world.sim.run(10_000);
    const first = sets()[0]?.metadata.name ?? '';
    change({ template: image('web:2') });
    world.sim.run(30_000);
    change({ template: image('web:1') });
    world.sim.run(60_000);
    expect(sets()).toHaveLength(2);
    const set = world.store.get('replicasets', `default/${first}`);
    expect(set?.spec.replicas).toBe(2);
    expect(set?.metadata.annotations).toMatchObject({
      'deployment.kubernetes.io/revision': '3',
      'deployment.kubernetes.io/revision-history': '1',
    });
    expect(get().metadata.annotations?.['deployment.kubernetes.io/revision']).toBe('3');
  });

  it('stops every old pod before the first new one when it recreates', () => {
    world.store.create('deployments', deployment('web', 3, 'web:1', { strategy: { type: 'Recreate' } }));
    world.sim.run(10_000);
    change({ template: image('web:2') });
    const seen = new Set<string>();
    watch(60_000, () => {
      const images = new Set(world.store.list('pods').map((p) => p.spec.containers[0]?.image ?? ''));
      if (images.size > 1) seen.add([...images].sort().join(' and '));
    });
    expect([...seen]).toEqual([]);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(['web:2', 'web:2', 'web:2']);
    expect(condition('Progressing')?.reason).toBe('NewReplicaSetAvailable');
  });

  it('is stuck by a broken image, says so after the deadline, and recovers', () => {
    world.broken = /broken/;
    world.store.create('deployments', deployment('web', 4, 'web:1', { progressDeadlineSeconds: 60 }));
    world.sim.run(10_000);
    change({ template: image('web:broken') });
    world.sim.run(60_000);
    expect(get().status).toMatchObject({ replicas: 5, updatedReplicas: 2, readyReplicas: 3, unavailableReplicas: 2 });
    expect(condition('Progressing')?.reason).toBe('ReplicaSetUpdated');
    expect(condition('Available')?.status).toBe('True');
    world.sim.run(90_000);
    expect(condition('Progressing')).toMatchObject({ status: 'False', reason: 'ProgressDeadlineExceeded' });
    expect(condition('Progressing')?.message).toMatch(/^ReplicaSet "web-\w+" has timed out progressing\.$/);
    change({ template: image('web:1') });
    world.sim.run(120_000);
    expect(condition('Progressing')).toMatchObject({ status: 'True', reason: 'NewReplicaSetAvailable' });
    expect(get().status).toMatchObject({ replicas: 4, readyReplicas: 4 });
  });

  it('does not roll while paused, but scales', () => {
    world.store.create('deployments', deployment('web', 2, 'web:1'));
    world.sim.run(10_000);
    change({ paused: true, template: image('web:2'), replicas: 3 });
    world.sim.run(30_000);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(['web:1', 'web:1', 'web:1']);
    expect(condition('Progressing')).toMatchObject({ status: 'Unknown', reason: 'DeploymentPaused' });
    change({ paused: false });
    world.sim.run(60_000);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(['web:2', 'web:2', 'web:2']);
  });

  it('keeps as many old replica sets as the history limit says', () => {
    world.store.create('deployments', deployment('web', 1, 'web:0', { revisionHistoryLimit: 2 }));
    for (let i = 1; i <= 5; i++) {
      world.sim.run(i * 20_000);
      change({ template: image(`web:${String(i)}`) });
    }
    world.sim.run(200_000);
    expect(
      sets()
        .map((s) => s.metadata.annotations?.['deployment.kubernetes.io/revision'])
        .sort(),
    ).toEqual(['4', '5', '6']);
  });

  it('salts the hash when a replica set of that name has another template', () => {
    world.store.create('deployments', deployment('web', 1, 'web:1'));
    world.sim.run(10_000);
    const name = sets()[0]?.metadata.name ?? '';
    const taken = world.store.get('replicasets', `default/${name}`);
    if (!taken) throw new Error(name);
    world.store.update('replicasets', { ...taken, spec: { ...taken.spec, template: image('web:other') } });
    world.sim.run(30_000);
    expect(get().status.collisionCount).toBe(1);
    expect(sets()).toHaveLength(2);
    expect(pods().map((p) => p.spec.containers[0]?.image)).toEqual(['web:1']);
  });

  it('waits for minReadySeconds before a pod counts as available', () => {
    world.store.create('deployments', deployment('web', 2, 'web:1', { minReadySeconds: 20 }));
    world.sim.run(10_000);
    expect(get().status).toMatchObject({ readyReplicas: 2, unavailableReplicas: 2 });
    world.sim.run(25_000);
    expect(get().status).toMatchObject({ readyReplicas: 2, availableReplicas: 2 });
  });

  it('reports pods that may not be created', () => {
    world.refusal = 'pods "web" is forbidden: exceeded quota';
    world.store.create('deployments', deployment('web', 3, 'web:1'));
    world.sim.run(1000);
    expect(condition('ReplicaFailure')).toMatchObject({ status: 'True', reason: 'FailedCreate' });
    expect(messages('FailedCreate')).toEqual(['Error creating: pods "web" is forbidden: exceeded quota']);
    world.refusal = undefined;
    world.sim.run(20_000);
    expect(condition('ReplicaFailure')).toBeUndefined();
    expect(pods()).toHaveLength(3);
  });

  it('is the same run with a checkpoint in the middle', () => {
    const run = (stops: readonly number[]) => {
      world = createTestWorld();
      world.store.create('deployments', deployment('web', 5, 'web:1', { minReadySeconds: 3 }));
      world.sim.run(8000);
      change({ template: image('web:2') });
      for (const stop of stops) {
        world.sim.run(stop);
        const saved = world.sim.checkpoint();
        world.sim.run(stop + 5000);
        world.sim.restore(saved);
      }
      world.sim.run(60_000);
      return world.sim.journal.hash();
    };
    expect(run([8003, 9000, 12_500, 17_000])).toBe(run([]));
  });
});

describe('the replica set controller', () => {
  it('replaces a pod that is deleted, and one whose labels no longer match', () => {
    world.store.create('deployments', deployment('web', 2, 'web:1'));
    world.sim.run(10_000);
    const [first, second] = pods();
    world.store.delete('pods', `default/${first?.metadata.name ?? ''}`);
    if (second) world.store.update('pods', { ...second, metadata: { ...second.metadata, labels: { app: 'other' } } });
    world.sim.run(30_000);
    expect(pods()).toHaveLength(3);
    expect(world.store.get('pods', `default/${second?.metadata.name ?? ''}`)?.metadata.ownerReferences).toBeUndefined();
    expect(get().status.readyReplicas).toBe(2);
  });

  it('adopts a pod without owner and gives up one too many', () => {
    world.store.create('deployments', deployment('web', 1, 'web:1'));
    world.sim.run(10_000);
    const labels = sets()[0]?.spec.selector.matchLabels ?? {};
    world.store.create('pods', pod('stray', labels));
    world.sim.run(20_000);
    expect(messages('SuccessfulDelete')).toEqual(['Deleted pod: stray']);
    expect(pods()).toHaveLength(1);
  });

  it('makes more than a burst, and not one too many', () => {
    world.store.create('deployments', deployment('web', 1200, 'web:1'));
    let most = 0;
    watch(20_000, () => {
      most = Math.max(most, world.store.size('pods'));
    });
    expect(most).toBe(1200);
    expect(get().status.readyReplicas).toBe(1200);
    change({ replicas: 0 });
    world.sim.run(40_000);
    expect(world.store.size('pods')).toBe(0);
  });
});
