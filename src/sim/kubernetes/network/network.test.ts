// Where connections lead: names, proxy modes, affinity, policies, long connections, seen through a whole world.
import { describe, expect, test } from 'vitest';
import { readScenario, Timeline } from '../../index.ts';

const ZONES = ['a', 'a', 'b'];

function world(objects: readonly unknown[], more: Record<string, unknown> = {}): Timeline {
  const read = readScenario({
    nodes: ZONES.map((zone, i) => ({
      name: `node-${String(i + 1)}`,
      cpu: '4',
      memory: '8Gi',
      labels: { 'topology.kubernetes.io/zone': zone },
    })),
    objects,
    ...more,
  });
  if ('error' in read) throw new Error(read.error);
  const timeline = new Timeline(read.scenario, 1);
  timeline.run(60_000);
  return timeline;
}

const meta = (name: string, rest = {}) => ({ name, ...rest });
const pod = (name: string, labels: Record<string, string>, spec = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: meta(name, { labels }),
  spec: { containers: [{ name: 'web', image: 'nginx:1.27', ports: [{ name: 'http', containerPort: 80 }] }], ...spec },
});
const service = (name: string, spec: Record<string, unknown> = {}, rest = {}) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: meta(name, rest),
  spec: { selector: { app: 'web' }, ports: [{ port: 80 }], ...spec },
});
const policy = (name: string, spec: unknown) => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: meta(name),
  spec,
});
const three = [1, 2, 3].map((i) => pod(`web-${String(i)}`, { app: 'web' }, { nodeName: `node-${String(i)}` }));

function fetch(timeline: Timeline, url: string, timeoutMs = 2000): string {
  let said = '';
  timeline.http('GET', url, timeoutMs, (answer) => {
    said =
      answer.outcome === 'ok'
        ? String(answer.status)
        : answer.outcome === 'error'
          ? (answer.message ?? '')
          : answer.outcome;
  });
  timeline.run(timeline.now + timeoutMs + 1000);
  return said;
}

/** How often each pod got a request of the client. */
function shares(timeline: Timeline, client = 'c'): Record<string, number> {
  const out: Record<string, number> = {};
  for (const flight of timeline.world.traffic.flights(30_000))
    if (flight.client === client && flight.pod !== null) out[flight.pod] = (out[flight.pod] ?? 0) + 1;
  return out;
}

function fromPod(timeline: Timeline, from: string, url: string): string {
  const object = timeline.world.store.get('pods', `default/${from}`);
  const process = timeline.world.kubelets.processOf(object?.metadata.uid ?? '', 'web');
  const { stdout, stderr, exitCode } = timeline.exec(process ?? '', ['curl', '-s', '-m', '2', '-o', '/dev/null', url]);
  return exitCode === 0 ? `ok${stdout}` : stderr.trim();
}

describe('names', () => {
  const timeline = world([
    ...three,
    pod('db-0', { app: 'db' }, { hostname: 'db-0', subdomain: 'db' }),
    service('web'),
    service('db', { clusterIP: 'None', selector: { app: 'db' } }),
    service('alias', { type: 'ExternalName', externalName: 'web.default.svc.cluster.local', selector: undefined }),
    service('far', { type: 'ExternalName', externalName: 'example.org', selector: undefined }),
    service('loop', { type: 'ExternalName', externalName: 'loop.default.svc.cluster.local', selector: undefined }),
    service('node', { type: 'NodePort', ports: [{ port: 80, nodePort: 30080 }] }),
    service('lb', { type: 'LoadBalancer' }),
  ]);
  const address = timeline.world.store.get('pods', 'default/web-1')?.status.podIP ?? '';
  const clusterIP = timeline.world.store.get('services', 'default/web')?.spec.clusterIP ?? '';
  const balancer = timeline.world.store.get('services', 'default/lb')?.status.loadBalancer.ingress?.[0]?.ip ?? '';

  test.each([
    ['a Service', 'http://web/', '200'],
    ['its name with the namespace', 'http://web.default/', '200'],
    ['its whole name', 'http://web.default.svc.cluster.local./', '200'],
    ['a headless Service', 'http://db/', '200'],
    ['a pod behind a headless Service', 'http://db-0.db.default.svc.cluster.local/', '200'],
    ['a pod that is not there', 'http://db-1.db/', 'could not resolve host: db-1.db'],
    ['the address of a pod as a name', `http://${address.replaceAll('.', '-')}.default.pod.cluster.local/`, '200'],
    ['an ExternalName inside', 'http://alias/', '200'],
    ['an ExternalName outside', 'http://far/', 'example.org, a host outside the cluster, is not simulated'],
    [
      'an ExternalName that leads to itself',
      'http://loop/',
      'loop.default.svc.cluster.local, a host outside the cluster, is not simulated',
    ],
    ['a name without meaning', 'http://nobody/', 'could not resolve host: nobody'],
    ['a cluster address', `http://${clusterIP}/`, '200'],
    ['a port that the Service does not have', `http://${clusterIP}:81/`, 'timeout'],
    ['the address of a pod', `http://${address}/`, '200'],
    ['a port of the pod that nobody listens on', `http://${address}:81/`, 'refused'],
    ['a node port', 'http://node-2:30080/', '200'],
    ['the address of a load balancer', `http://${balancer}/`, '200'],
  ])('%s: %s → %s', (_, url, expected) => {
    expect(fetch(timeline, url)).toBe(expected);
  });

  test('a load balancer is told in events and goes with its Service', () => {
    const reasons = () =>
      timeline.world.store
        .list('events')
        .filter(({ involvedObject }) => involvedObject.name === 'lb')
        .map(({ reason }) => reason);
    expect(reasons()).toStrictEqual(['EnsuringLoadBalancer', 'EnsuredLoadBalancer']);
    timeline.api({ method: 'DELETE', path: '/api/v1/namespaces/default/services/lb', headers: {} });
    timeline.run(timeline.now + 1000);
    expect(timeline.world.store.get('services', 'default/lb')).toBeUndefined();
    expect(fetch(timeline, `http://${balancer}/`)).toBe('timeout');
  });
});

describe('how connections are spread', () => {
  const client = { name: 'c', url: 'http://web/', rate: 60 };
  const spread = (proxy: unknown, spec = {}, more = {}) =>
    shares(world([...three, service('web', spec)], { proxy, clients: [{ ...client, ...more }] }));

  test('iptables: each pod gets about a third', () => {
    const counts = Object.values(spread({ mode: 'iptables' }));
    expect(counts).toHaveLength(3);
    for (const count of counts) expect(Math.abs(count - 600)).toBeLessThan(80);
  });
  test('IPVS round robin: never more than one apart', () => {
    const counts = Object.values(spread({ mode: 'ipvs', scheduler: 'rr' }));
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
  });
  test('IPVS least connection serves all three', () => {
    expect(Object.keys(spread({ mode: 'ipvs', scheduler: 'lc' }))).toHaveLength(3);
  });
  test('IPVS source hashing keeps a client at one pod', () => {
    expect(Object.keys(spread({ mode: 'ipvs', scheduler: 'sh' }))).toHaveLength(1);
  });
  test('session affinity keeps a client at one pod', () => {
    expect(Object.keys(spread({ mode: 'iptables' }, { sessionAffinity: 'ClientIP' }))).toHaveLength(1);
  });
  test('one long-lived connection stays at one pod, and moves when that pod goes', () => {
    const timeline = world([...three, service('web')], { clients: [{ ...client, connections: 1 }] });
    const [held = ''] = Object.keys(shares(timeline));
    expect(Object.keys(shares(timeline))).toHaveLength(1);
    timeline.api({
      method: 'DELETE',
      path: `/api/v1/namespaces/default/pods/${held.split('/')[1] ?? ''}`,
      headers: {},
    });
    timeline.run(timeline.now + 100_000);
    const after = Object.keys(shares(timeline));
    expect(after).toHaveLength(1);
    expect(after).not.toContain(held);
  });
  test('an unknown IPVS scheduler is refused by name', () => {
    expect(
      readScenario({ nodes: [{ name: 'n', cpu: 1, memory: '1Gi' }], proxy: { mode: 'ipvs', scheduler: 'fast' } }),
    ).toMatchObject({
      error: expect.stringContaining('proxy.scheduler') as string,
    });
  });
});

describe('where a caller stands', () => {
  const caller = (node: string) => pod('caller', { app: 'caller' }, { nodeName: node });
  const inside = { name: 'c', url: 'http://web/', rate: 20, from: { labels: { app: 'caller' } } };
  const seen = (spec: unknown, node: string, pods: readonly unknown[] = three) =>
    Object.keys(
      shares(world([...pods, caller(node), service('web', spec as Record<string, unknown>)], { clients: [inside] })),
    ).sort();

  test('without a preference all pods are called', () => {
    expect(seen({}, 'node-1')).toStrictEqual(['default/web-1', 'default/web-2', 'default/web-3']);
  });
  test('internalTrafficPolicy Local: the pod of the same node', () => {
    expect(seen({ internalTrafficPolicy: 'Local' }, 'node-2')).toStrictEqual(['default/web-2']);
  });
  test('internalTrafficPolicy Local: nobody, when the node has none', () => {
    expect(seen({ internalTrafficPolicy: 'Local' }, 'node-3', three.slice(0, 2))).toStrictEqual([]);
  });
  test('trafficDistribution PreferClose: the pods of the zone', () => {
    expect(seen({ trafficDistribution: 'PreferClose' }, 'node-1')).toStrictEqual(['default/web-1', 'default/web-2']);
  });
  test('trafficDistribution PreferClose: all, when the zone has none', () => {
    expect(seen({ trafficDistribution: 'PreferClose' }, 'node-3', three.slice(0, 2))).toHaveLength(2);
  });
});

describe('network policies', () => {
  const web = { matchLabels: { app: 'web' } };
  const callers = [pod('friend', { role: 'friend' }), pod('stranger', { role: 'stranger' })];
  const TIMED_OUT = 'curl: (28) Operation timed out after 2000 milliseconds with 0 bytes received';
  const ask = (spec: unknown, from: string, url = 'http://web/') =>
    fromPod(world([...three, ...callers, service('web'), policy('p', spec)]), from, url);

  test.each([
    ['a policy for others', { podSelector: { matchLabels: { app: 'db' } } }, 'stranger', 'ok'],
    ['nothing may enter', { podSelector: web }, 'friend', TIMED_OUT],
    ['everything may enter', { podSelector: web, ingress: [{}] }, 'stranger', 'ok'],
    [
      'friends may enter: a friend',
      { podSelector: web, ingress: [{ from: [{ podSelector: { matchLabels: { role: 'friend' } } }] }] },
      'friend',
      'ok',
    ],
    [
      'friends may enter: a stranger',
      { podSelector: web, ingress: [{ from: [{ podSelector: { matchLabels: { role: 'friend' } } }] }] },
      'stranger',
      TIMED_OUT,
    ],
    ['another port may be used', { podSelector: web, ingress: [{ ports: [{ port: 443 }] }] }, 'friend', TIMED_OUT],
    ['the port by its name', { podSelector: web, ingress: [{ ports: [{ port: 'http' }] }] }, 'friend', 'ok'],
    ['a range of ports', { podSelector: web, ingress: [{ ports: [{ port: 70, endPort: 90 }] }] }, 'friend', 'ok'],
    [
      'a caller that may not leave',
      { podSelector: { matchLabels: { role: 'friend' } }, policyTypes: ['Egress'] },
      'friend',
      TIMED_OUT,
    ],
    [
      'namespaces by label',
      {
        podSelector: web,
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'default' } } }] }],
      },
      'friend',
      'ok',
    ],
    [
      'a block of addresses',
      { podSelector: web, ingress: [{ from: [{ ipBlock: { cidr: '10.244.0.0/16' } }] }] },
      'friend',
      'ok',
    ],
    [
      'a block with an exception',
      { podSelector: web, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.244.0.0/16'] } }] }] },
      'friend',
      TIMED_OUT,
    ],
  ])('%s (%o, from %s): %s', (_, spec, from, expected) => {
    expect(ask(spec, from)).toBe(expected);
  });
});
