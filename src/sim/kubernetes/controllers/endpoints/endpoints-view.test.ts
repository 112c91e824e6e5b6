import { beforeEach, describe, expect, it } from 'vitest';
import type { Endpoints } from '../../kinds/networking.ts';
import type { Change, Store } from '../../store.ts';
import { createTestWorld, deployment, pod, type TestWorld } from '../fake-kubelet.ts';
import { withEndpoints } from './endpoints-view.ts';

let world: TestWorld;
let view: Store;
beforeEach(() => {
  world = createTestWorld();
  view = withEndpoints(world.store);
  world.store.create('services', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', labels: { tier: 'front' } },
    spec: {
      type: 'ClusterIP',
      clusterIP: '10.96.0.9',
      selector: { app: 'web' },
      ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 8080 }],
      sessionAffinity: 'None',
    },
    status: { loadBalancer: {} },
  });
});

const get = () => view.get('endpoints', 'default/web');
const ips = (list: readonly { readonly ip: string }[] | undefined) => list?.map(({ ip }) => ip);

describe('Endpoints as clients see them', () => {
  it('are there as soon as the service has a slice, without addresses while there is no pod', () => {
    world.sim.run(100);
    expect(get()).toMatchObject({ kind: 'Endpoints', metadata: { name: 'web', labels: { tier: 'front' } } });
    expect(get()?.subsets).toBeUndefined();
    expect(get()?.metadata.uid).not.toBe(world.store.get('services', 'default/web')?.metadata.uid);
  });

  it('hold ready pods apart from those that are not, and none that terminate', () => {
    world.store.create('deployments', deployment('web', 2, 'web:1'));
    world.sim.run(10_000);
    world.broken = /bare/;
    world.store.create('pods', pod('sick', { app: 'web' }));
    world.sim.run(20_000);
    const [subset] = get()?.subsets ?? [];
    expect(ips(subset?.addresses)).toEqual(['10.0.0.1', '10.0.0.2']);
    expect(ips(subset?.notReadyAddresses)).toEqual(['10.0.0.3']);
    expect(subset?.ports).toEqual([{ name: 'http', port: 8080, protocol: 'TCP' }]);
    const [first] = world.store.list('pods').filter((p) => p.status.podIP === '10.0.0.1');
    expect(subset?.addresses?.[0]).toEqual({
      ip: '10.0.0.1',
      nodeName: first?.spec.nodeName,
      targetRef: { kind: 'Pod', namespace: 'default', name: first?.metadata.name, uid: first?.metadata.uid },
    });
    world.store.delete('pods', `default/${first?.metadata.name ?? ''}`);
    world.sim.run(20_100);
    expect(ips(get()?.subsets?.[0]?.addresses)).toEqual(['10.0.0.2']);
  });

  it('are listed among those that somebody made, in the order of their names', () => {
    for (const name of ['zeta', 'alpha'])
      view.create('endpoints', { apiVersion: 'v1', kind: 'Endpoints', metadata: { name, namespace: 'default' } });
    world.sim.run(100);
    expect(view.list('endpoints').map(({ metadata }) => metadata.name)).toEqual(['alpha', 'web', 'zeta']);
    expect(world.store.list('endpoints')).toHaveLength(2);
  });

  it('can be watched, and a watch that was away hears what it missed', () => {
    const heard: [Change['type'], number][] = [];
    view.subscribe('endpoints', ({ type, object }) => {
      heard.push([type, object.subsets?.[0]?.addresses?.length ?? 0]);
    });
    const since = world.store.resourceVersion;
    world.store.create('deployments', deployment('web', 1, 'web:1'));
    world.sim.run(10_000);
    expect(heard).toEqual([
      ['ADDED', 0],
      ['MODIFIED', 1],
    ]);
    expect(view.changesSince('endpoints', since)?.map(({ key }) => key)).toEqual(['default/web', 'default/web']);
    world.store.delete('services', 'default/web');
    world.sim.run(20_000);
    expect(heard.at(-1)?.[0]).toBe('DELETED');
    expect(get()).toBeUndefined();
  });

  it('stay as they are when a client changes or deletes one', () => {
    world.sim.run(100);
    const before = get() as Endpoints;
    view.update('endpoints', { ...before, subsets: [{ addresses: [{ ip: '1.2.3.4' }] }] });
    view.delete('endpoints', 'default/web');
    expect(get()).toEqual(before);
  });

  it('are cut at a thousand addresses, and say so', () => {
    world.store.create('deployments', deployment('web', 1001, 'web:1'));
    world.sim.run(30_000);
    expect(get()?.subsets?.[0]?.addresses).toHaveLength(1000);
    expect(get()?.metadata.annotations).toEqual({ 'endpoints.kubernetes.io/over-capacity': 'truncated' });
  });
});
