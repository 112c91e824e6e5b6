import { describe, expect, test } from 'vitest';
import { Simulation } from '../../../engine/simulation.ts';
import type { Cluster } from '../../cluster.ts';
import { createResourceQuotaController } from '../../controllers/resource-quota/resource-quota-controller.ts';
import { createServiceAccountController } from '../../controllers/service-account/service-account-controller.ts';
import type { AnyObject } from '../../objects.ts';
import { resourceOf } from '../../resources.ts';
import { Store } from '../../store.ts';
import { admit } from '../admission.ts';
import type { JsonObject } from '../json.ts';
import { createSystemObjects } from '../system-objects.ts';
import { admitPod, refusalText } from './pod.ts';

function world() {
  const sim = new Simulation({ seed: 1, epochMs: Date.UTC(2026, 10, 24, 9), detail: 'full' });
  const cluster: Cluster = { sim, store: new Store(sim), events: { record: () => undefined } };
  createServiceAccountController(cluster);
  createResourceQuotaController(cluster);
  createSystemObjects(cluster);
  const { store } = cluster;
  return {
    sim,
    store,
    /** Stores the object and returns it, or says why it may not be. */
    add(manifest: JsonObject): (AnyObject & { readonly spec?: JsonObject }) | string {
      const admitted = admit(cluster, manifest);
      if ('status' in admitted) return admitted.status.message ?? '';
      const { object } = admitted;
      const info = resourceOf(object.apiVersion, object.kind);
      return store.create(info?.resource ?? 'pods', object) as unknown as AnyObject & { readonly spec?: JsonObject };
    },
  };
}

const pod = (name: string, spec: JsonObject = {}, resources: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name },
  spec: { containers: [{ name: 'c', image: 'i', resources }], ...spec },
});
const priorityClass = (name: string, value: number, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'scheduling.k8s.io/v1',
  kind: 'PriorityClass',
  metadata: { name },
  value,
  ...more,
});
const quota = (hard: JsonObject, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'compute' },
  spec: { hard, ...more },
});
const range = (limit: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: 'limits' },
  spec: { limits: [{ type: 'Container', ...limit }] },
});

describe('priority', () => {
  test('comes from the class, from the default class, or is zero', () => {
    const w = world();
    expect(w.add(pod('none'))).toMatchObject({ spec: { priority: 0, preemptionPolicy: 'PreemptLowerPriority' } });
    expect(w.add(pod('sys', { priorityClassName: 'system-node-critical' }))).toMatchObject({
      spec: { priority: 2000001000 },
    });
    w.add(priorityClass('usual', 7, { globalDefault: true, preemptionPolicy: 'Never' }));
    expect(w.add(pod('usual'))).toMatchObject({
      spec: { priority: 7, priorityClassName: 'usual', preemptionPolicy: 'Never' },
    });
    expect(w.add(priorityClass('other', 8, { globalDefault: true }))).toBe(
      'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    );
  });

  test.each([
    [{ priorityClassName: 'x' }, 'no PriorityClass with name x was found'],
    [
      { priority: 5 },
      'the integer value of priority (5) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    ],
    [
      { preemptionPolicy: 'Never' },
      'the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission controller computed PreemptLowerPriority from the given PriorityClass name',
    ],
    [
      { serviceAccountName: 'robot' },
      'error looking up service account default/robot: serviceaccount "robot" not found',
    ],
  ])('refuses %j', (spec, why) => {
    expect(world().add(pod('p', spec))).toBe(`pods "p" is forbidden: ${why}`);
  });
});

describe('limit ranges', () => {
  test('fill in what containers leave out', () => {
    const w = world();
    w.add(range({ default: { cpu: '500m' }, defaultRequest: { cpu: '100m' }, max: { memory: '1Gi' } }));
    expect(w.add(pod('p'))).toMatchObject({
      metadata: {
        annotations: {
          'kubernetes.io/limit-ranger':
            'LimitRanger plugin set: cpu, memory request for container c; cpu, memory limit for container c',
        },
      },
      spec: {
        containers: [
          {
            resources: { limits: { cpu: '500m', memory: '1Gi' }, requests: { cpu: '100m', memory: '1Gi' } },
          },
        ],
      },
      status: { qosClass: 'Burstable' },
    });
  });

  test.each([
    [{ max: { cpu: '1' } }, { limits: { cpu: '2' } }, 'maximum cpu usage per Container is 1, but limit is 2'],
    [
      { min: { cpu: '100m', memory: '1Gi' } },
      { limits: { cpu: '50m', memory: '1Mi' } },
      '[minimum cpu usage per Container is 100m, but request is 50m, minimum memory usage per Container is 1Gi, but request is 1Mi]',
    ],
    [
      { maxLimitRequestRatio: { cpu: '2' } },
      { limits: { cpu: '1' }, requests: { cpu: '300m' } },
      'cpu max limit to request ratio per Container is 2, but provided ratio is 3.333333',
    ],
    [{ type: 'Pod', max: { cpu: '1' } }, {}, 'maximum cpu usage per Pod is 1.  No limit is specified'],
  ])('%j refuses %j', (limit, resources, why) => {
    const w = world();
    expect(w.add(range(limit))).toBeTypeOf('object');
    expect(w.add(pod('x', {}, resources))).toBe(`pods "x" is forbidden: ${why}`);
  });

  test('judge claims', () => {
    const w = world();
    w.add(range({ type: 'PersistentVolumeClaim', max: { storage: '1Gi' } }));
    expect(
      w.add({
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name: 'c' },
        spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '2Gi' } } },
      }),
    ).toBe(
      'persistentvolumeclaims "c" is forbidden: maximum storage usage per PersistentVolumeClaim is 1Gi, but request is 2Gi',
    );
  });
});

describe('quotas', () => {
  test('count pods and what they ask for', () => {
    const w = world();
    w.add(quota({ pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' }));
    const resources = { limits: { memory: '300Mi', cpu: '600m' } };
    expect(w.add(pod('bare'))).toBe(
      'pods "bare" is forbidden: failed quota: compute: must specify limits.memory for: c; requests.cpu for: c',
    );
    expect(w.add(pod('a', {}, resources))).toBeTypeOf('object');
    expect(w.add(pod('b', {}, resources))).toBe(
      'pods "b" is forbidden: exceeded quota: compute, requested: requests.cpu=600m, used: requests.cpu=600m, limited: requests.cpu=1',
    );
    expect(w.add(pod('b', {}, { limits: { memory: '1Mi', cpu: '1m' } }))).toBeTypeOf('object');
    expect(w.add(pod('c', {}, { limits: { memory: '1Mi', cpu: '1m' } }))).toBe(
      'pods "c" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2',
    );
    w.sim.run(100);
    expect(w.store.get('resourcequotas', 'default/compute')?.status).toEqual({
      hard: { pods: '2', 'requests.cpu': '1', 'limits.memory': '1Gi' },
      used: { pods: '2', 'requests.cpu': '601m', 'limits.memory': '301Mi' },
    });
    w.store.delete('pods', 'default/a');
    w.sim.run(200);
    expect(w.store.get('resourcequotas', 'default/compute')?.status.used).toMatchObject({ pods: '1' });
  });

  test('count other objects, and only pods of their scope', () => {
    const w = world();
    w.add(quota({ configmaps: '1', 'count/jobs.batch': '0' }));
    const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm' } };
    expect(w.add(map)).toBe(
      'configmaps "m" is forbidden: exceeded quota: compute, requested: configmaps=1, used: configmaps=1, limited: configmaps=1',
    );
    const v = world();
    v.add(quota({ pods: '0' }, { scopes: ['BestEffort'] }));
    expect(v.add(pod('a'))).toContain('exceeded quota: compute, requested: pods=1, used: pods=0, limited: pods=0');
    expect(v.add(pod('b', {}, { limits: { cpu: '1' } }))).toBeTypeOf('object');
  });

  test('hold for pods of controllers, which are told a whole name', () => {
    const w = world();
    w.add(quota({ pods: '0' }));
    const { store } = w;
    const draft = {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'web-', namespace: 'default' },
      spec: { containers: [{ name: 'c', image: 'i', resources: {} }] },
      status: { phase: 'Pending' },
    } as unknown as Parameters<typeof admitPod>[1];
    const admitted = admitPod(store, draft);
    expect('refused' in admitted && refusalText(admitted)).toMatch(
      /^pods "web-[a-z0-9]{5}" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=0, limited: pods=0$/,
    );
  });
});

test('pods of one template share one spec after admission', () => {
  const { store } = world();
  const spec = { containers: [{ name: 'c', image: 'i', resources: {} }], priorityClassName: 'system-cluster-critical' };
  const draft = { apiVersion: 'v1', kind: 'Pod', metadata: { generateName: 'web-' }, spec, status: {} };
  const make = () => admitPod(store, { ...draft } as unknown as Parameters<typeof admitPod>[1]);
  const [a, b] = [make(), make()];
  expect('pod' in a && 'pod' in b && a.pod.spec === b.pod.spec).toBe(true);
  expect('pod' in a && a.pod.spec.priority).toBe(2_000_000_000);
  expect('pod' in a && a.pod.spec.tolerations).toHaveLength(2);
});

test('a new namespace gets its account and its root certificate, again when they are deleted', () => {
  const w = world();
  w.add({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team' } });
  // The account is not there yet; the real server would wait a moment.
  expect(w.add({ ...pod('early'), metadata: { name: 'early', namespace: 'team' } })).toBeTypeOf('object');
  w.sim.run(100);
  expect(w.store.get('serviceaccounts', 'team/default')).toBeDefined();
  w.store.delete('configmaps', 'team/kube-root-ca.crt');
  w.sim.run(200);
  expect(w.store.get('configmaps', 'team/kube-root-ca.crt')).toBeDefined();
});

test('claims and ingresses fall to the default class', () => {
  const w = world();
  const standard = w.store.get('storageclasses', 'standard');
  const metadata = {
    name: 'standard',
    annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
  };
  if (!standard)
    w.add({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata, provisioner: 'example.com/disk' });
  const claim = {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'c' },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
  };
  expect(w.add(claim)).toMatchObject({
    spec: { storageClassName: 'standard', volumeMode: 'Filesystem' },
    status: { phase: 'Pending' },
  });
});

test('a job is tied to its pods by its uid', () => {
  const w = world();
  const job = w.add({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'pi' },
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } } },
  });
  if (typeof job === 'string') throw new Error(job);
  const { uid } = job.metadata;
  const labels = {
    'batch.kubernetes.io/controller-uid': uid,
    'batch.kubernetes.io/job-name': 'pi',
    'controller-uid': uid,
    'job-name': 'pi',
  };
  expect(job).toMatchObject({
    metadata: { labels },
    spec: {
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      completions: 1,
      parallelism: 1,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': uid } },
      suspend: false,
      template: { metadata: { labels } },
    },
  });
});
