import { expect, test } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import { createEventRecorder } from '../event-recorder.ts';
import { Store } from '../store.ts';
import { defaultProfiles, readConfiguration } from './configuration.ts';
import type { Profile } from './framework.ts';
import { numFeasibleNodesToFind } from './schedule-pod.ts';
import { createScheduler } from './scheduler.ts';
import { fullPod, upstreamTable } from './testing.ts';

const document = (profile: object, more: object = {}) => ({
  apiVersion: 'kubescheduler.config.k8s.io/v1',
  kind: 'KubeSchedulerConfiguration',
  profiles: [profile],
  ...more,
});

function profileOf(profile: object, more?: object): Profile {
  const read = readConfiguration(document(profile, more));
  if ('error' in read) throw new Error(read.error);
  const [first] = read.profiles.values();
  if (!first) throw new Error('no profile');
  return first;
}

const filters = ({ filters: list }: Profile) => list.map(({ name }) => name);
const scores = ({ scores: list }: Profile) => list.map(({ plugin, weight }) => `${plugin.name} ${String(weight)}`);
const standard = defaultProfiles.get('default-scheduler') as Profile;

test('an empty profile is the default one', () => {
  const read = readConfiguration({ ...document({}), profiles: undefined });
  expect('profiles' in read && [...read.profiles.keys()]).toEqual(['default-scheduler']);
  const profile = profileOf({});
  expect(filters(profile)).toEqual(filters(standard));
  expect(scores(profile)).toEqual(scores(standard));
  expect(scores(standard)).toEqual([
    'TaintToleration 3',
    'NodeAffinity 2',
    'NodeResourcesFit 1',
    'PodTopologySpread 2',
    'InterPodAffinity 2',
    'NodeResourcesBalancedAllocation 1',
    'ImageLocality 1',
  ]);
});

test('plugins are taken away, added and weighed', () => {
  const profile = profileOf({
    plugins: {
      multiPoint: { disabled: [{ name: 'ImageLocality' }], enabled: [{ name: 'NodeAffinity', weight: 7 }] },
      filter: { disabled: [{ name: 'NodePorts' }] },
      score: {
        disabled: [{ name: '*' }],
        enabled: [{ name: 'NodeResourcesFit', weight: 5 }, { name: 'TaintToleration' }],
      },
      postFilter: { disabled: [{ name: '*' }] },
    },
  });
  expect(filters(profile)).toEqual(filters(standard).filter((name) => name !== 'NodePorts'));
  expect(scores(profile)).toEqual(['TaintToleration 1', 'NodeResourcesFit 5']);
  expect(profile.preemption).toBeUndefined();
  expect(scores(profileOf({ plugins: { multiPoint: { enabled: [{ name: 'NodeAffinity', weight: 7 }] } } }))[1]).toBe(
    'NodeAffinity 7',
  );
});

test('arguments reach the plugins', () => {
  const node = (name: string) => ({
    metadata: { name, uid: '', resourceVersion: '', creationTimestamp: '' },
    spec: {},
    status: { capacity: {}, allocatable: { cpu: '4', memory: '8Gi', pods: '10' } },
  });
  const container = {
    name: 'c',
    image: 'i',
    imagePullPolicy: 'Always',
    resources: { requests: { cpu: '3', memory: '2Gi' } },
  } as const;
  const scoreWith = (args: object): number => {
    const profile = profileOf({ pluginConfig: [{ name: 'NodeResourcesFit', args }] });
    const { info, table } = upstreamTable({
      id: 0,
      name: '',
      nodes: [node('n')],
      pod: { spec: { ...fullPod({}).spec, containers: [container] } },
    });
    const fit = profile.scores.find(({ plugin }) => plugin.name === 'NodeResourcesFit')?.plugin;
    return fit?.prepareScore(info, table, table.order(), 1)?.score(0) ?? -1;
  };
  expect(scoreWith({})).toBe(50);
  expect(scoreWith({ scoringStrategy: { type: 'MostAllocated', resources: [{ name: 'cpu', weight: 3 }] } })).toBe(75);
  const shape = [
    { utilization: 0, score: 10 },
    { utilization: 100, score: 0 },
  ];
  const requestedToCapacityRatio = { shape };
  expect(scoreWith({ scoringStrategy: { type: 'RequestedToCapacityRatio', requestedToCapacityRatio } })).toBe(50);
});

test("the share of nodes to score is the profile's, else that of all", () => {
  expect(profileOf({}, { percentageOfNodesToScore: 30 }).percentageOfNodesToScore).toBe(30);
  expect(profileOf({ percentageOfNodesToScore: 70 }, { percentageOfNodesToScore: 30 }).percentageOfNodesToScore).toBe(
    70,
  );
  expect(profileOf({ percentageOfNodesToScore: 0 }).percentageOfNodesToScore).toBeUndefined();
  expect(numFeasibleNodesToFind(1000, 70)).toBe(700);
  expect(numFeasibleNodesToFind(200, 10)).toBe(100);
});

test.each([
  [{ ...document({}), kind: 'Pod' }, 'kind: expected KubeSchedulerConfiguration'],
  [
    document({ plugins: { score: { enabled: [{ name: 'Magic' }] } } }),
    'profiles[0].plugins.score.enabled[0]: plugin Magic does not exist',
  ],
  [
    document({ plugins: { score: { enabled: [{ name: 'NodePorts' }] } } }),
    'profiles[0].plugins.score.enabled[0]: plugin NodePorts does not extend score',
  ],
  [
    document({ plugins: { filter: { enabled: [{ name: 'NodeVolumeLimits' }] } } }),
    'profiles[0].plugins.filter.enabled[0]: NodeVolumeLimits is not simulated here',
  ],
  [document({ plugins: { reserve: {} } }), 'profiles[0].plugins.reserve: is not simulated here'],
  [document({}, { extenders: [] }), 'extenders: is not simulated here'],
  [document({}, { percentageOfNodesToScore: 101 }), 'percentageOfNodesToScore: expected a whole number from 0 to 100'],
])('refused: %j', (given, error) => {
  expect(readConfiguration(given)).toEqual({ error });
});

test('each pod goes by the profile that it asks for', () => {
  const read = readConfiguration({
    ...document({}),
    profiles: [
      { schedulerName: 'default-scheduler' },
      {
        schedulerName: 'packing',
        plugins: { score: { disabled: [{ name: '*' }], enabled: [{ name: 'NodeResourcesFit' }] } },
        pluginConfig: [{ name: 'NodeResourcesFit', args: { scoringStrategy: { type: 'MostAllocated' } } }],
      },
    ],
  });
  if ('error' in read) throw new Error(read.error);
  const sim = new Simulation({ seed: 1, epochMs: 0, detail: 'full' });
  const store = new Store(sim);
  createScheduler({ sim, store, events: createEventRecorder(sim, store) }, { profiles: read.profiles });
  for (const cpu of ['2', '8']) {
    const amounts = { cpu, memory: '8Gi', pods: '110' };
    const status = { capacity: amounts, allocatable: amounts };
    store.create('nodes', { apiVersion: 'v1', kind: 'Node', metadata: { name: `cpu-${cpu}` }, spec: {}, status });
  }
  for (const schedulerName of ['default-scheduler', 'packing', 'mine']) {
    const { spec, status } = fullPod({});
    const container = {
      name: 'c',
      image: 'i',
      imagePullPolicy: 'Always',
      resources: { requests: { cpu: '1' } },
    } as const;
    store.create('pods', {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: schedulerName, namespace: 'default' },
      spec: { ...spec, schedulerName, containers: [container] },
      status,
    });
  }
  sim.run(1000);
  const placed = [...store.values('pods')].map(({ metadata, spec }) => [metadata.name, spec.nodeName]);
  expect(placed).toEqual([
    ['default-scheduler', 'cpu-8'],
    ['packing', 'cpu-2'],
    ['mine', undefined],
  ]);
  expect([...store.values('events')].map(({ source }) => source.component)).toEqual(['default-scheduler', 'packing']);
});
