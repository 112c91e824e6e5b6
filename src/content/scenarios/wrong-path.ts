// storefront 2.1 is rolled out with a readiness probe on a path that does not exist. The rollout stops itself.
import type { Scenario } from '../../sim/index.ts';
import { deployment, get, machines, morning, service } from './harbour.ts';

export function build(): Scenario {
  const storefront = (image: string, path: string) =>
    deployment('storefront', image, {
      cpu: '750m',
      memory: '512Mi',
      readinessProbe: get(path, { periodSeconds: 5, timeoutSeconds: 3 }),
    });
  return {
    name: 'wrong-path',
    startsAt: morning,
    nodes: machines,
    objects: [storefront('harbour/storefront:2.0', '/readyz'), service('storefront')],
    clients: [{ name: 'shoppers', url: 'http://storefront/', rate: 20, timeout: '5s' }],
    script: [{ at: '40s', kind: 'apply', manifest: storefront('harbour/storefront:2.1', '/ready') }],
  };
}
