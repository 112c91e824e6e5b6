// The scheduler alone, on the workloads of kube-scheduler's own benchmark by name: nodes, pods that are there before,
// pods that are measured, and what is churned meanwhile are those of test/integration/scheduler_perf (the objects of
// Kubernetes 1.32; the thresholds are the newest that its performance-config.yaml files name). Upstream's figures include a
// real API server and etcd; these do not. Pods that churn are made at 200 ms of virtual time.
import { phase, Simulation } from '../../src/sim/engine/simulation.ts';
import type { Cluster } from '../../src/sim/kubernetes/cluster.ts';
import type { Container, Labels, Node, Pod, PodSpec } from '../../src/sim/kubernetes/objects.ts';
import { createScheduler } from '../../src/sim/kubernetes/scheduler/index.ts';
import { type Draft, Store } from '../../src/sim/kubernetes/store.ts';
import { time, type Host, type Outcome, type Workload } from './workload.ts';

interface Template {
  readonly labels?: Labels;
  readonly spec?: Partial<PodSpec>;
  readonly cpu?: string;
}

interface Pods {
  readonly count: number;
  readonly template: Template;
  readonly namespace: string;
}

interface Case {
  readonly name: string;
  readonly upstream: string;
  readonly threshold: number | null;
  readonly nodes: number;
  readonly zones?: readonly string[];
  /** Every pod of the workload names this node. */
  readonly named?: string;
  readonly init?: Pods;
  readonly churn?: Template;
  readonly measure: Pods;
}

const plain: Template = {};
const lowPriority: Template = { cpu: '900m', spec: { terminationGracePeriodSeconds: 0 } };
const highPriority: Template = { cpu: '3', spec: { priority: 10 } };
const highPriorityLargeCpu: Template = { cpu: '9', spec: { priority: 10 } };
const ZONE = 'topology.kubernetes.io/zone';
const affinity = inBothNamespaces('podAffinity', 'blue', ZONE);
const antiAffinity = inBothNamespaces('podAntiAffinity', 'green', 'kubernetes.io/hostname');
const spreading: Template = {
  labels: { color: 'blue' },
  spec: {
    topologySpreadConstraints: [
      {
        maxSkew: 5,
        topologyKey: ZONE,
        whenUnsatisfiable: 'DoNotSchedule',
        labelSelector: { matchLabels: { color: 'blue' } },
      },
    ],
  },
};
const NAMED = 'scheduler-perf-node';
const daemon: Template = {
  spec: {
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [NAMED] }] }],
        },
      },
    },
  },
};

const CASES: readonly Case[] = [
  {
    name: 'scheduling-basic',
    upstream: 'SchedulingBasic 5000Nodes_10000Pods',
    threshold: 680,
    nodes: 5_000,
    init: pods(1_000, plain, 1),
    measure: pods(10_000, plain, 2),
  },
  {
    name: 'topology-spreading',
    upstream: 'TopologySpreading 5000Nodes_5000Pods',
    threshold: 460,
    nodes: 5_000,
    zones: ['moon-1', 'moon-2', 'moon-3'],
    init: pods(5_000, plain, 1),
    measure: pods(5_000, spreading, 2),
  },
  {
    name: 'pod-affinity',
    upstream: 'SchedulingPodAffinity 5000Nodes_5000Pods',
    threshold: 35,
    nodes: 5_000,
    zones: ['zone1'],
    init: pods(5_000, affinity, 'sched-0'),
    measure: pods(5_000, affinity, 'sched-1'),
  },
  {
    name: 'pod-anti-affinity',
    upstream: 'SchedulingPodAntiAffinity 5000Nodes_2000Pods',
    threshold: 60,
    nodes: 5_000,
    init: pods(1_000, antiAffinity, 'sched-0'),
    measure: pods(2_000, antiAffinity, 'sched-1'),
  },
  {
    name: 'preemption-async',
    upstream: 'PreemptionAsync 5000Nodes',
    threshold: 570,
    nodes: 5_000,
    init: pods(20_000, lowPriority, 1),
    churn: highPriority,
    measure: pods(5_000, plain, 2),
  },
  {
    name: 'unschedulable',
    upstream: 'Unschedulable 5kNodes/100Init/10kPods',
    threshold: 590,
    nodes: 5_000,
    init: pods(100, plain, 1),
    churn: highPriorityLargeCpu,
    measure: pods(10_000, plain, 2),
  },
  {
    name: 'scheduling-daemonset',
    upstream: 'SchedulingDaemonset 15000Nodes',
    threshold: 1_100,
    nodes: 15_000,
    named: NAMED,
    measure: pods(30_000, daemon, 1),
  },
];

function pods(count: number, template: Template, namespace: number | string): Pods {
  return {
    count,
    template,
    namespace: typeof namespace === 'number' ? `namespace-${String(namespace)}` : namespace,
  };
}

/** Drawn to, or kept apart from, pods of the same colour, those that were there before and those that are measured. */
function inBothNamespaces(kind: 'podAffinity' | 'podAntiAffinity', color: string, topologyKey: string): Template {
  const labels = { color };
  const term = { labelSelector: { matchLabels: labels }, topologyKey, namespaces: ['sched-1', 'sched-0'] };
  return { labels, spec: { affinity: { [kind]: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } } };
}

const CHURN_MS = 200;

export const schedulerPerf: readonly Workload[] = CASES.map((one) => ({
  name: one.name,
  title: `${one.upstream}: ${one.measure.count.toLocaleString('en')} pods on ${one.nodes.toLocaleString('en')} nodes`,
  upstream: { name: one.upstream, threshold: one.threshold },
  run: (host) => measure(one, host),
}));

function measure({ nodes, zones, named, init, churn, measure: measured }: Case, host: Host): Outcome {
  const sim = new Simulation({ seed: 1, epochMs: 1_767_225_600_000, detail: 'summary' });
  const store = new Store(sim);
  const cluster: Cluster = { sim, store, events: { record: () => undefined } };
  createScheduler(cluster);
  if (named !== undefined) store.create('nodes', node(named, undefined, '90000'));
  for (let i = 0; i < nodes; i++)
    store.create('nodes', node(`scheduler-perf-${String(i)}`, zones?.[i % zones.length], '110'));
  let left = 0;
  store.subscribe('pods', ({ object, before }) => {
    if (object.spec.nodeName !== undefined && before?.spec.nodeName === undefined) {
      if (object.metadata.namespace === measured.namespace) left--;
    }
  });
  if (init) {
    create(store, init);
    while (sim.step());
  }
  left = measured.count;
  create(store, measured);
  let churned = 0;
  if (churn) {
    const spec = specOf(churn);
    const namespace = 'namespace-3';
    sim.on('bench.churn', () => {
      if (left === 0) return;
      store.create('pods', draft({ count: 0, template: churn, namespace }, spec, `churn-${String(churned++)}`));
      sim.schedule(sim.now + CHURN_MS, phase.input, { kind: 'bench.churn' }, null);
    });
    sim.schedule(sim.now, phase.input, { kind: 'bench.churn' }, null);
  }
  const began = sim.now;
  const [ms] = time(host, () => {
    while (left > 0 && sim.step());
  });
  if (left > 0) throw new Error(`${String(left)} of ${String(measured.count)} pods found no node`);
  return {
    ms,
    perSecond: { what: 'pods', value: (measured.count / ms) * 1000 },
    facts: { nodes, pods: measured.count, churned, virtualMs: sim.now - began },
  };
}

function create(store: Store, pods: Pods): void {
  const spec = specOf(pods.template);
  for (let i = 0; i < pods.count; i++) store.create('pods', draft(pods, spec, `pod-${String(i)}`));
}

function draft({ template: { labels }, namespace }: Pods, spec: PodSpec, name: string): Draft<Pod> {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, ...(labels ? { labels } : {}) },
    spec,
    status: { phase: 'Pending' },
  };
}

/** The pods of scheduler_perf ask for 100m and 500Mi unless the template says otherwise; those of a daemon for nothing. */
function specOf(template: Template): PodSpec {
  const amounts = { cpu: template.cpu ?? '100m', memory: '500Mi' };
  const pause: Container = {
    name: 'pause',
    image: 'registry.k8s.io/pause:3.10',
    imagePullPolicy: 'IfNotPresent',
    resources: template === daemon ? {} : { limits: amounts, requests: amounts },
    ...(template === daemon ? {} : { ports: [{ containerPort: 80, protocol: 'TCP' as const }] }),
  };
  return {
    containers: [pause],
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    ...template.spec,
  };
}

function node(name: string, zone: string | undefined, pods: string): Draft<Node> {
  const amounts = { cpu: '4', memory: '32Gi', pods };
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        ...(zone === undefined ? {} : { [ZONE]: zone }),
      },
    },
    spec: {},
    status: { capacity: amounts, allocatable: amounts },
  };
}
