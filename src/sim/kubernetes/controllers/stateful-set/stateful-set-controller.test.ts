import { expect, it } from 'vitest';
import type { Timeline } from '../../../timeline.ts';
import { replays, said, story } from '../story.testing.ts';

function set(spec: object, image = 'nginx:1.27'): object {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'web' },
    spec: {
      replicas: 3,
      serviceName: 'web',
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: { containers: [{ name: 'app', image }], terminationGracePeriodSeconds: 1 },
      },
      ...spec,
    },
  };
}

const claims = {
  volumeClaimTemplates: [
    {
      metadata: { name: 'data' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'standard',
      },
    },
  ],
};

function patch(timeline: Timeline, spec: object): void {
  const path = '/apis/apps/v1/namespaces/default/statefulsets/web';
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  expect(timeline.api({ method: 'PATCH', path, headers, body: JSON.stringify({ spec }) }).status).toBe(200);
}

const image = (name: string) => ({ template: { spec: { containers: [{ name: 'app', image: name }] } } });
const images = ({ world }: Timeline) =>
  world.store.list('pods', 'default').map(({ spec }) => spec.containers[0]?.image.slice(-4));

it('makes pods one after the other, each with a name, a number and a host name of its own', () => {
  const timeline = story(set({ ordinals: { start: 5 } }));
  timeline.run(30_000);
  const pods = timeline.world.store.list('pods', 'default');
  expect(pods.map(({ metadata }) => metadata.name)).toEqual(['web-5', 'web-6', 'web-7']);
  expect(pods[1]?.metadata.labels).toMatchObject({
    'apps.kubernetes.io/pod-index': '6',
    'statefulset.kubernetes.io/pod-name': 'web-6',
  });
  expect(pods[1]?.spec).toMatchObject({ hostname: 'web-6', subdomain: 'web' });
  expect(said(timeline, 'StatefulSet', 'web')).toEqual([
    'SuccessfulCreate: create Pod web-5 in StatefulSet web successful',
    'SuccessfulCreate: create Pod web-6 in StatefulSet web successful',
    'SuccessfulCreate: create Pod web-7 in StatefulSet web successful',
  ]);
  expect(timeline.world.store.get('statefulsets', 'default/web')?.status).toMatchObject({
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    availableReplicas: 3,
    collisionCount: 0,
  });
});

it('a broken pod stops the ones behind it, unless they are made in parallel', () => {
  const ordered = story(set({}, 'harbour/payments:9.9'));
  const parallel = story(set({ podManagementPolicy: 'Parallel' }, 'harbour/payments:9.9'));
  ordered.run(60_000);
  parallel.run(60_000);
  expect([ordered.world.store.size('pods'), parallel.world.store.size('pods')]).toEqual([1, 3]);
});

it('rolls from the highest number down to the partition, and keeps to it when a pod is made anew', () => {
  const timeline = story(set({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 1 } } }));
  timeline.run(30_000);
  patch(timeline, image('nginx:1.25'));
  timeline.run(60_000);
  expect(images(timeline)).toEqual(['1.27', '1.25', '1.25']);
  expect(timeline.world.store.get('statefulsets', 'default/web')?.status).toMatchObject({
    currentReplicas: 1,
    updatedReplicas: 2,
  });
  timeline.world.store.delete('pods', 'default/web-0');
  timeline.run(90_000);
  expect(images(timeline)).toEqual(['1.27', '1.25', '1.25']);
  patch(timeline, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } } });
  timeline.run(120_000);
  expect(images(timeline)).toEqual(['1.25', '1.25', '1.25']);
  patch(timeline, image('nginx:1.27'));
  timeline.run(150_000);
  const revisions = timeline.world.store.list('controllerrevisions', 'default').map(({ revision }) => revision);
  // Going back brings the old revision to the front instead of making a third one.
  expect(revisions.sort()).toEqual([2, 3]);
});

it('waits for a pod that the update has broken, also when the template is put right', () => {
  const timeline = story(set({}));
  timeline.run(30_000);
  patch(timeline, image('harbour/payments:9.9'));
  timeline.run(60_000);
  patch(timeline, image('nginx:1.25'));
  timeline.run(120_000);
  expect(images(timeline)).toEqual(['1.27', '1.27', ':9.9']);
  timeline.world.store.delete('pods', 'default/web-2', { gracePeriodSeconds: 0 });
  timeline.run(180_000);
  expect(images(timeline)).toEqual(['1.25', '1.25', '1.25']);
});

it('OnDelete leaves pods alone until somebody deletes them', () => {
  const timeline = story(set({ updateStrategy: { type: 'OnDelete' } }));
  timeline.run(30_000);
  patch(timeline, image('nginx:1.25'));
  timeline.world.store.delete('pods', 'default/web-1');
  timeline.run(60_000);
  expect(images(timeline)).toEqual(['1.27', '1.25', '1.27']);
});

it.each([
  [{}, ['data-web-0', 'data-web-1', 'data-web-2'], ['data-web-0', 'data-web-1', 'data-web-2']],
  [{ whenScaled: 'Delete' }, ['data-web-0'], ['data-web-0']],
  [{ whenDeleted: 'Delete' }, ['data-web-0', 'data-web-1', 'data-web-2'], []],
])('claims with %j: %j after scaling down, %j after the set is gone', (policy, scaled, deleted) => {
  const timeline = story(set({ ...claims, persistentVolumeClaimRetentionPolicy: policy }));
  const names = () => timeline.world.store.list('persistentvolumeclaims').map(({ metadata }) => metadata.name);
  timeline.run(60_000);
  expect(timeline.world.store.list('persistentvolumeclaims').map(({ status }) => status.phase)).toEqual([
    'Bound',
    'Bound',
    'Bound',
  ]);
  expect(said(timeline, 'StatefulSet', 'web')[0]).toBe(
    'SuccessfulCreate: create Claim data-web-0 Pod web-0 in StatefulSet web success',
  );
  patch(timeline, { replicas: 1 });
  timeline.run(120_000);
  expect(names()).toEqual(scaled);
  timeline.world.store.delete('statefulsets', 'default/web', { propagationPolicy: 'Background' });
  timeline.run(180_000);
  expect(names()).toEqual(deleted);
});

it('can be played again from the middle', () => {
  expect(replays(story(set(claims)), 4_000, 60_000)).toBe(true);
});

it('gives a claim that names no class the default one', () => {
  const [template] = claims.volumeClaimTemplates;
  const { storageClassName: _class, ...spec } = template?.spec ?? {};
  const timeline = story(set({ replicas: 1, volumeClaimTemplates: [{ ...template, spec }] }));
  timeline.run(60_000);
  const claim = timeline.world.store.get('persistentvolumeclaims', 'default/data-web-0');
  expect(claim?.spec.storageClassName).toBe('standard');
  expect(claim?.status.phase).toBe('Bound');
});

it('says when a claim is refused, and makes no pod without it', () => {
  const quota = {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'disk' },
    spec: { hard: { 'requests.storage': '1Gi' } },
  };
  const timeline = story(quota, set({ ...claims, replicas: 2 }));
  timeline.run(60_000);
  expect(timeline.world.store.list('pods', 'default').map(({ metadata }) => metadata.name)).toEqual(['web-0']);
  const why =
    'persistentvolumeclaims "data-web-1" is forbidden: exceeded quota: disk, requested: requests.storage=1Gi, used: requests.storage=1Gi, limited: requests.storage=1Gi';
  expect(said(timeline, 'StatefulSet', 'web').slice(2, 4)).toEqual([
    `FailedCreate: create Claim data-web-1 for Pod web-1 in StatefulSet web failed error: ${why}`,
    `FailedCreate: create Pod web-1 in StatefulSet web failed error: failed to create PVC data-web-1: ${why}`,
  ]);
});
