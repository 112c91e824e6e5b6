// search builds its index for 45 seconds before it listens; its liveness probe has less patience than that.
import type { Scenario } from '../../sim/index.ts';
import { deployment, get, machines, morning, service } from './harbour.ts';

export function build(): Scenario {
  return {
    name: 'slow-start',
    startsAt: morning,
    nodes: machines,
    objects: [
      deployment('search', 'harbour/search:2.0', {
        replicas: 2,
        cpu: '1',
        memory: '1Gi',
        env: { START_MS: '45000' },
        readinessProbe: get('/readyz', { periodSeconds: 5 }),
        livenessProbe: get('/healthz', { periodSeconds: 10, failureThreshold: 3 }),
      }),
      service('search'),
    ],
    clients: [{ name: 'shoppers', url: 'http://search/', rate: 5, timeout: '5s' }],
    script: [],
  };
}
