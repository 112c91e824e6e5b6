// A liveness probe that is too eager. Under the lunchtime surge a busy storefront answers late, is killed for it, and
// leaves its share of the requests to the others.
import type { Scenario } from '../../sim/index.ts';
import { deployment, get, machines, service } from './harbour.ts';

export interface Settings {
  readonly failureThreshold?: number;
  readonly timeoutSeconds?: number;
  /** Requests per second at lunchtime. */
  readonly surge?: number;
}

export function build({ failureThreshold = 1, timeoutSeconds = 1, surge = 92 }: Settings): Scenario {
  const storefront = (replicas: number) =>
    deployment('storefront', 'harbour/storefront:2.0', {
      replicas,
      cpu: '1',
      memory: '512Mi',
      readinessProbe: get('/readyz', { periodSeconds: 5, timeoutSeconds: 3 }),
      livenessProbe: get('/healthz', { periodSeconds: 5, timeoutSeconds, failureThreshold }),
    });
  return {
    name: 'storm',
    startsAt: '2026-11-24T11:58:00Z',
    nodes: machines,
    objects: [storefront(1), service('storefront')],
    clients: [
      {
        name: 'shoppers',
        url: 'http://storefront/',
        rate: [
          { from: '10s', perSecond: 40 },
          // The bell rings, everybody comes at once; then it is merely full.
          { from: '60s', perSecond: Math.round(surge * 1.4) },
          { from: '80s', perSecond: surge },
        ],
        timeout: '5s',
      },
    ],
    // They were not started in the same second, so they are not asked in the same second either.
    script: [
      { at: '2s', kind: 'apply', manifest: storefront(2) },
      { at: '4s', kind: 'apply', manifest: storefront(3) },
    ],
  };
}
