// payments 1.6 wants to be told where its database is. Nobody told it.
import type { Scenario } from '../../sim/index.ts';
import { deployment, get, machines, morning, service } from './harbour.ts';

export interface Settings {
  /** How many replicas crash; one is enough for a picture. */
  readonly replicas?: number;
}

export function build({ replicas = 1 }: Settings): Scenario {
  return {
    name: 'crash-loop',
    startsAt: morning,
    nodes: machines,
    objects: [
      deployment('payments', 'harbour/payments:1.6', {
        replicas,
        env: { REQUIRE_ENV: 'DATABASE_URL' },
        readinessProbe: get('/readyz', { periodSeconds: 5 }),
      }),
      service('payments'),
    ],
    clients: [],
    script: [],
  };
}
