import { expect, test } from 'vitest';
import { apiWorld } from '../../api/testing.ts';
import { scaleTargetOf } from './scale-target.ts';

const WEB = '/apis/apps/v1/namespaces/default/deployments/web?fieldManager=me';
const web = (replicas?: number) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    ...(replicas === undefined ? {} : { replicas }),
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'nginx:1' }] } },
  },
});

test('the number of replicas is the autoscaler’s once it has written it: an apply that says another is a conflict', () => {
  const w = apiWorld();
  expect(w.apply(WEB, web(2)).code).toBe(201);
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const target = scaleTargetOf(w.store, 'default', reference);
  if ('error' in target) throw new Error(target.error);
  target.resize(5);
  const refused = w.apply(WEB, web(2));
  expect([refused.code, refused.message]).toEqual([
    409,
    'Apply failed with 1 conflict: conflict with "kube-controller-manager" with subresource "scale" using apps/v1: .spec.replicas',
  ]);
  const left = w.apply(WEB, web());
  expect([left.code, left.spec.replicas]).toEqual([200, 5]);
});
