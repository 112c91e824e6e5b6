import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../../timeline.ts';
import { said, story } from '../story.testing.ts';

function claim(name: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: { storage: '1Gi' } },
      storageClassName: 'manual',
      ...spec,
    },
  };
}

function volume(name: string, storage: string, spec: object = {}, labels: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: {
      capacity: { storage },
      accessModes: ['ReadWriteOnce'],
      storageClassName: 'manual',
      hostPath: { path: '/data' },
      ...spec,
    },
  };
}

function pod(name: string, claimName: string, spec: object = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      containers: [{ name: 'app', image: 'nginx:1.27' }],
      terminationGracePeriodSeconds: 1,
      volumes: [{ name: 'data', persistentVolumeClaim: { claimName } }],
      ...spec,
    },
  };
}

function storageClass(name: string, spec: object): object {
  return { apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name }, ...spec };
}

const boundTo = ({ world }: Timeline, name: string) => {
  const found = world.store.get('persistentvolumeclaims', `default/${name}`);
  return found?.status.phase === 'Bound' ? found.spec.volumeName : found?.status.phase;
};

describe('which volume a claim gets', () => {
  it.each([
    ['the smallest that is large enough', {}, [volume('large', '5Gi'), volume('small', '2Gi')], 'small'],
    ['none that is too small', { resources: { requests: { storage: '8Gi' } } }, [volume('small', '2Gi')], 'Pending'],
    ['none of another class', { storageClassName: 'other' }, [volume('small', '2Gi')], 'Pending'],
    ['none of other access modes', { accessModes: ['ReadWriteMany'] }, [volume('small', '2Gi')], 'Pending'],
    ['none of the other mode', { volumeMode: 'Block' }, [volume('small', '2Gi')], 'Pending'],
    [
      'one that its selector matches',
      { selector: { matchLabels: { disk: 'fast' } } },
      [volume('small', '2Gi'), volume('fast', '9Gi', {}, { disk: 'fast' })],
      'fast',
    ],
    ['the one it names', { volumeName: 'large' }, [volume('large', '5Gi'), volume('small', '2Gi')], 'large'],
    [
      'the one that names it',
      {},
      [volume('small', '2Gi'), volume('meant', '9Gi', { claimRef: { namespace: 'default', name: 'data' } })],
      'meant',
    ],
  ])('%s', (_title, spec, volumes, expected) => {
    const timeline = story(...volumes, claim('data', spec));
    timeline.run(1000);
    expect(boundTo(timeline, 'data')).toBe(expected);
  });
});

it.each([
  [
    { storageClassName: '' },
    'FailedBinding: no persistent volumes available for this claim and no storage class is set',
  ],
  [{ storageClassName: 'none' }, 'ProvisioningFailed: storageclass.storage.k8s.io "none" not found'],
  [{ storageClassName: 'standard' }, 'WaitForFirstConsumer: waiting for first consumer to be created before binding'],
  [{ storageClassName: 'static' }, 'ProvisioningFailed: no volume plugin matched name: kubernetes.io/no-provisioner'],
])('a claim with %j waits and says why', (spec, expected) => {
  const provisioner = 'kubernetes.io/no-provisioner';
  const timeline = story(storageClass('static', { provisioner }), claim('data', spec));
  timeline.run(1000);
  expect(said(timeline, 'PersistentVolumeClaim', 'data')).toEqual([expected]);
});

it('makes a volume on the node that the first pod gets, and the pod waits for it', () => {
  const timeline = story(claim('data', { storageClassName: 'standard' }), pod('app', 'data'));
  timeline.run(1000);
  expect(timeline.world.store.get('pods', 'default/app')?.spec.nodeName).toBeUndefined();
  timeline.run(10_000);
  const node = timeline.world.store.get('pods', 'default/app')?.spec.nodeName;
  const [made] = timeline.world.store.list('persistentvolumes');
  expect(boundTo(timeline, 'data')).toBe(made?.metadata.name);
  expect(JSON.stringify(made?.spec.nodeAffinity)).toContain(`"${node ?? ''}"`);
  expect(said(timeline, 'PersistentVolumeClaim', 'data').map((text) => text.split(':')[0])).toEqual([
    'WaitForPodScheduled',
    'ExternalProvisioning',
    'Provisioning',
    'ProvisioningSucceeded',
  ]);
});

it.each([
  ['Delete', []],
  ['Retain', ['Released']],
])('a provisioned volume with %s is left %j after its claim', (reclaimPolicy, phases) => {
  const provisioner = 'pd.csi.storage.gke.io';
  const timeline = story(
    storageClass('fast', { provisioner, reclaimPolicy }),
    claim('data', { storageClassName: 'fast' }),
  );
  timeline.run(10_000);
  expect(timeline.world.store.list('persistentvolumes').map(({ status }) => status.phase)).toEqual(['Bound']);
  timeline.world.store.delete('persistentvolumeclaims', 'default/data');
  timeline.run(20_000);
  expect(timeline.world.store.size('persistentvolumeclaims')).toBe(0);
  expect(timeline.world.store.list('persistentvolumes').map(({ status }) => status.phase)).toEqual(phases);
});

it('neither a claim in use nor a bound volume is deleted before it is free', () => {
  const timeline = story(volume('disk', '1Gi'), claim('data'), pod('app', 'data'));
  const { store } = timeline.world;
  timeline.run(5000);
  store.delete('persistentvolumeclaims', 'default/data');
  store.delete('persistentvolumes', 'disk');
  timeline.run(10_000);
  expect([store.size('persistentvolumeclaims'), store.size('persistentvolumes')]).toEqual([1, 1]);
  store.delete('pods', 'default/app');
  timeline.run(20_000);
  expect([store.size('persistentvolumeclaims'), store.size('persistentvolumes')]).toEqual([0, 0]);
});

it('a claim whose volume has gone is lost', () => {
  const timeline = story(volume('disk', '1Gi'), claim('data'));
  const { store } = timeline.world;
  timeline.run(1000);
  // Somebody takes the protection away by force.
  store.delete('persistentvolumes', 'disk');
  const held = store.get('persistentvolumes', 'disk');
  if (held) {
    const { finalizers: _none, ...metadata } = held.metadata;
    store.update('persistentvolumes', { ...held, metadata });
  }
  timeline.run(2000);
  expect(boundTo(timeline, 'data')).toBe('Lost');
  expect(said(timeline, 'PersistentVolumeClaim', 'data')).toEqual([
    'ClaimLost: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
  ]);
});

describe('why the scheduler does not place a pod', () => {
  const elsewhere = {
    nodeAffinity: {
      required: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: ['far'] }] }],
      },
    },
  };
  const useless = 'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';
  it.each([
    ['no claim', [], `persistentvolumeclaim "data" not found. ${useless}`],
    ['an unbound claim', [claim('data')], `pod has unbound immediate PersistentVolumeClaims. ${useless}`],
    [
      'a volume elsewhere',
      [volume('disk', '1Gi', elsewhere), claim('data')],
      `3 node(s) had volume node affinity conflict. ${useless}`,
    ],
    [
      'no volume for a claim that waits',
      [
        storageClass('local', {
          provisioner: 'kubernetes.io/no-provisioner',
          volumeBindingMode: 'WaitForFirstConsumer',
        }),
        claim('data', { storageClassName: 'local' }),
      ],
      `3 node(s) didn't find available persistent volumes to bind. ${useless}`,
    ],
  ])('%s', (_title, objects, expected) => {
    const timeline = story(...objects, pod('app', 'data'));
    timeline.run(5000);
    expect(said(timeline, 'Pod', 'app').at(-1)).toBe(`FailedScheduling: 0/3 nodes are available: ${expected}`);
  });

  it('a claim for one pod alone is in use', () => {
    const timeline = story(
      volume('disk', '1Gi', { accessModes: ['ReadWriteOncePod'] }),
      claim('data', { accessModes: ['ReadWriteOncePod'] }),
      pod('first', 'data'),
      pod('second', 'data'),
    );
    timeline.run(5000);
    const events = [...said(timeline, 'Pod', 'first'), ...said(timeline, 'Pod', 'second')].join('\n');
    expect(events).toContain(
      '3 node has pod using PersistentVolumeClaim with the same name and ReadWriteOncePod access mode.',
    );
  });
});
