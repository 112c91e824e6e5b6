// The worlds in which the tasks of lesson 4.2 begin: the five machines of fleet.ts, each time with somebody waiting.
import type { Scenario } from '../../sim/index.ts';
import { fleet, forSearch, on, onSsd, payments, priorityClass, reports, search, storefront, ZONE } from './fleet.ts';

/** Reports asks for more than any machine has, search for a disk that none has. */
export function pending(): Scenario {
  return fleet([
    storefront({ replicas: 4 }),
    payments({ replicas: 3 }),
    search({ spec: { nodeSelector: { disk: 'nvme' } } }),
    reports({ cpu: '5' }),
  ]);
}

export const MAINTENANCE = 'harbour.example/maintenance';

/** Last night every machine was tainted, and now payments is to have more pods. */
export function maintenance(): Scenario {
  const taint = { key: MAINTENANCE, value: 'planned', effect: 'NoSchedule' };
  const before = fleet([storefront({ replicas: 4 }), payments({ replicas: 2 })], 'none');
  return {
    ...before,
    script: [
      ...before.nodes.map(({ name }) => ({
        at: '10s',
        kind: 'apply' as const,
        manifest: { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec: { taints: [taint] } },
      })),
      { at: '20s', kind: 'apply', manifest: payments({ replicas: 4 }) },
    ],
  };
}

export const GATE = 'harbour.example/index-copied';

/** The pods of search wait at a gate until somebody says that their index has been copied. */
export function gated(): Scenario {
  return fleet([
    storefront({ replicas: 4 }),
    payments({ replicas: 3 }),
    search({ replicas: 2, spec: { ...forSearch, schedulingGates: [{ name: GATE }] } }),
  ]);
}

/** All of storefront stands in zone a, because somebody once preferred it. */
export function oneZone(): Scenario {
  const inA = { matchExpressions: [{ key: ZONE, operator: 'In', values: ['harbour-a'] }] };
  return fleet(
    [
      storefront({
        replicas: 6,
        spec: {
          affinity: {
            nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, preference: inA }] },
          },
        },
      }),
      payments({ replicas: 2, spec: onSsd }),
    ],
    'none',
  );
}

/** Every machine is full; payments waits behind reports. */
export function full(): Scenario {
  const shop = { priorityClassName: 'shop' };
  return {
    ...fleet([
      priorityClass('checkout', 100_000, 'Takes money: before everything else.'),
      priorityClass('polite', 100_000, 'First in the queue, but nobody has to go for it.', {
        preemptionPolicy: 'Never',
      }),
      priorityClass('shop', 1_000, 'What customers see.'),
      priorityClass('nightly', 100, 'Can wait, and can be run again.'),
      storefront({ replicas: 8, spec: shop }),
      payments({ cpu: '2', replicas: 0 }),
      search({ replicas: 2, memory: '1Gi', spec: { ...shop, ...on('node-b1') } }),
      reports({ replicas: 6, spec: { priorityClassName: 'nightly' } }),
    ]),
    script: [{ at: '20s', kind: 'apply', manifest: payments({ cpu: '2' }) }],
  };
}
