// Five machines in three zones, and the four programs of Harbour Goods looking for places on them: the ground of lesson
// 4.2. `act` says which scene is played on it; the other settings are what the reader may change.
import type { Scenario } from '../../sim/index.ts';
import { applied, morning } from './harbour.ts';

export interface Settings {
  readonly act?: 'trouble' | 'scores' | 'place' | 'preempt';
  /** The effect of the taint on node-c1. */
  readonly taint?: 'NoSchedule' | 'PreferNoSchedule' | 'none';
  /** What storefront says about zone b. */
  readonly affinity?: 'none' | 'preferred' | 'required';
  /** The weight of PodTopologySpread in the scheduler's profile; 0 takes the plugin away. */
  readonly spread?: number;
  /** What the pods of payments may do to others. */
  readonly preemptionPolicy?: 'PreemptLowerPriority' | 'Never';
  /** Which deployments a disruption budget protects. */
  readonly budgets?: 'none' | 'monthly-reports' | 'all';
}

const DEDICATED = 'harbour.example/dedicated';
export const ZONE = 'topology.kubernetes.io/zone';
/** What the default profile gives PodTopologySpread. */
const SPREAD = 2;

export function build(settings: Settings): Scenario {
  const { act = 'trouble', spread = SPREAD, taint = 'NoSchedule' } = settings;
  return {
    ...fleet(acts[act].objects(settings), taint),
    script: acts[act].script(settings),
    ...(spread === SPREAD ? {} : { scheduler: profile(spread) }),
  };
}

/** The five machines with these objects on them. */
export function fleet(objects: readonly object[], taint: NonNullable<Settings['taint']> = 'NoSchedule'): Scenario {
  const machine = (name: string, zone: string, more: object = {}) => ({
    name,
    cpu: '4500m',
    memory: '4608Mi',
    reserved: { cpu: '500m', memory: '512Mi' },
    labels: { [ZONE]: `harbour-${zone}`, ...more },
  });
  return {
    name: 'fleet',
    startsAt: morning,
    nodes: [
      machine('node-a1', 'a'),
      machine('node-a2', 'a'),
      machine('node-b1', 'b'),
      machine('node-b2', 'b', { disk: 'ssd' }),
      {
        ...machine('node-c1', 'c', { disk: 'ssd' }),
        taints: taint === 'none' ? [] : [{ key: DEDICATED, value: 'search', effect: taint }],
      },
    ],
    objects,
    clients: [],
    script: [],
  };
}

/** A KubeSchedulerConfiguration that gives one plugin another weight, or takes its score away. */
function profile(spread: number): object {
  const name = 'PodTopologySpread';
  const score = spread === 0 ? { disabled: [{ name }] } : { enabled: [{ name, weight: spread }], disabled: [{ name }] };
  return {
    apiVersion: 'kubescheduler.config.k8s.io/v1',
    kind: 'KubeSchedulerConfiguration',
    profiles: [{ schedulerName: 'default-scheduler', plugins: { score } }],
  };
}

interface Program {
  readonly replicas?: number;
  readonly cpu?: string;
  readonly memory?: string;
  /** More fields of the pod. */
  readonly spec?: object;
}

export const storefront = (program: Program = {}) =>
  workload('storefront', 'harbour/storefront:2.0', { cpu: '1', memory: '1Gi', ...program });
export const payments = (program: Program = {}) =>
  workload('payments', 'harbour/payments:1.6', { cpu: '1', memory: '1Gi', ...program });
export const search = (program: Program = {}, name = 'search') =>
  workload(name, 'harbour/search:2.0', { cpu: '1', memory: '2Gi', ...program });
export const reports = (program: Program = {}, name = 'reports') =>
  workload(name, 'harbour/reports:1.0', { cpu: '1', memory: '1Gi', ...program }, { ITEMS: '100000' });

function workload(name: string, image: string, program: Program, env: Readonly<Record<string, string>> = {}): object {
  const { replicas = 1, cpu = '1', memory = '1Gi', spec = {} } = program;
  return applied({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      strategy: { type: 'Recreate' },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          ...spec,
          containers: [
            {
              name,
              image,
              ...(Object.keys(env).length === 0
                ? {}
                : { env: Object.entries(env).map(([key, value]) => ({ name: key, value })) }),
              resources: { requests: { cpu, memory } },
            },
          ],
        },
      },
    },
  });
}

export function priorityClass(name: string, value: number, description: string, more: object = {}): object {
  return {
    apiVersion: 'scheduling.k8s.io/v1',
    kind: 'PriorityClass',
    metadata: { name },
    value,
    description,
    ...more,
  };
}

export const on = (hostname: string) => ({ nodeSelector: { 'kubernetes.io/hostname': hostname } });
export const onSsd = { nodeSelector: { disk: 'ssd' } };
/** Search has leave to use the machine that is kept for it. */
export const forSearch = { ...onSsd, tolerations: [{ key: DEDICATED, operator: 'Equal', value: 'search' }] };

/** One scene: what is there from the beginning, and what comes. */
interface Act {
  readonly objects: (settings: Settings) => readonly object[];
  readonly script: (settings: Settings) => Scenario['script'];
}

const apply = (at: string, manifest: object) => ({ at, kind: 'apply' as const, manifest });

const acts: Readonly<Record<NonNullable<Settings['act']>, Act>> = {
  // Reports asks for more than any machine has left, on a disk that few have.
  trouble: {
    objects: () => [storefront({ replicas: 4 }), payments({ replicas: 3 }), search({ replicas: 2, spec: forSearch })],
    script: () => [
      apply('20s', reports({ cpu: '3', spec: onSsd })),
      apply('50s', reports({ cpu: '3', spec: { nodeSelector: null } })),
      apply('1m20s', reports({ cpu: '1500m', spec: { nodeSelector: null } })),
    ],
  },
  // One more storefront, and every machine has something for it and something against it.
  place: {
    objects: () => [
      storefront({ replicas: 2 }),
      payments({ replicas: 3 }),
      search({ spec: forSearch }),
      reports({ cpu: '500m', spec: on('node-b2') }),
    ],
    script: () => [apply('20s', storefront({ replicas: 3 }))],
  },
  scores: {
    objects: ({ affinity = 'none' }) => [
      storefront({ replicas: 0, spec: zoneB(affinity) }),
      payments({ replicas: 3 }),
      search({ spec: forSearch }),
    ],
    script: ({ affinity = 'none' }) => [apply('20s', storefront({ replicas: 3, spec: zoneB(affinity) }))],
  },
  // Every machine is full when payments comes.
  preempt: {
    objects: ({ preemptionPolicy = 'PreemptLowerPriority', budgets = 'none' }) => [
      priorityClass('checkout', 100_000, 'Takes money: before everything else.', { preemptionPolicy }),
      priorityClass('shop', 1_000, 'What customers see.'),
      priorityClass('nightly', 100, 'Can wait, and can be run again.'),
      storefront({ replicas: 8, spec: shop }),
      payments({ ...till, replicas: 0 }),
      search({ replicas: 2, memory: '1Gi', spec: { ...shop, ...on('node-b1') } }),
      reports({ replicas: 2, spec: { ...nightly, ...on('node-a1') } }),
      reports({ cpu: '2', spec: { ...nightly, ...on('node-a2') } }, 'monthly-reports'),
      search({ cpu: '2', spec: { ...shop, ...on('node-b2') } }, 'search-index'),
      ...budgeted[budgets].map(disruptionBudget),
    ],
    script: () => [apply('30s', payments(till))],
  },
};

/** The pod that comes to a full fleet. */
const till = { cpu: '2', spec: { priorityClassName: 'checkout' } };
const shop = { priorityClassName: 'shop' };
const nightly = { priorityClassName: 'nightly' };

const budgeted: Readonly<Record<NonNullable<Settings['budgets']>, readonly string[]>> = {
  none: [],
  'monthly-reports': ['monthly-reports'],
  all: ['monthly-reports', 'reports', 'search', 'search-index', 'storefront'],
};

/** None of the pods of this deployment may be missed. */
function disruptionBudget(name: string): object {
  return {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: { name },
    spec: { maxUnavailable: 0, selector: { matchLabels: { app: name } } },
  };
}

function zoneB(affinity: NonNullable<Settings['affinity']>): object {
  const inB = { matchExpressions: [{ key: ZONE, operator: 'In', values: ['harbour-b'] }] };
  if (affinity === 'none') return {};
  return {
    affinity: {
      nodeAffinity:
        affinity === 'preferred'
          ? { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1, preference: inB }] }
          : { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [inB] } },
    },
  };
}
