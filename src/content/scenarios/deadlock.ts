// payments 1.5 loses its lock after some hundred requests: every process lives, the service dies. With `story`, the
// probes of lesson 4.3 are added one by one while the reader watches.
import type { Scenario } from '../../sim/index.ts';
import { deployment, get, machines, morning, service } from './harbour.ts';

export interface Settings {
  /** `true`: a readiness probe comes at 2:30, a liveness probe at 5:00. */
  readonly story?: boolean;
  /** The probes that payments has from the start. */
  readonly liveness?: 'none' | '/healthz' | '/readyz';
}

export function build({ story = false, liveness = 'none' }: Settings): Scenario {
  const payments = (probes: object) => deployment('payments', 'harbour/payments:1.5', probes);
  const readiness = { readinessProbe: get('/readyz') };
  const withLiveness = liveness === 'none' ? {} : { ...readiness, livenessProbe: get(liveness) };
  return {
    name: 'deadlock',
    startsAt: morning,
    nodes: machines,
    objects: [
      payments(withLiveness),
      service('payments'),
      deployment('storefront', 'harbour/storefront:2.0', {
        cpu: '750m',
        memory: '512Mi',
        readinessProbe: get('/readyz', { timeoutSeconds: 3 }),
      }),
      service('storefront'),
    ],
    clients: [{ name: 'checkout', url: 'http://payments/pay', rate: 24, timeout: '3s' }],
    script: story
      ? [
          { at: '2m30s', kind: 'apply', manifest: payments(readiness) },
          { at: '5m', kind: 'apply', manifest: payments({ ...readiness, livenessProbe: get('/readyz') }) },
        ]
      : [],
  };
}
