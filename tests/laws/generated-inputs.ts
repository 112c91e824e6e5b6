// What a hasty operator does to a world: scales, rolls out, kills, drains, pulls plugs. Each act looks at the world as
// it is and then puts in one input; the same seed in the same world puts in the same ones.
import type { ApiRequest, Timeline } from '../../src/sim/index.ts';
import { chance, pick, type Chance } from './chance.ts';
import { deployment, IMAGES, service } from './generated-scenario.ts';

export interface Act {
  readonly at: number;
  readonly run: (timeline: Timeline) => void;
}

/** `count` acts at odd moments of the first `endMs`, in order. */
export function generatedActs(seed: number, endMs: number, count = 12): readonly Act[] {
  const int = chance(seed + 7_000);
  return Array.from({ length: count }, (_, i) => ({ at: 1 + int(endMs - 1), salt: i }))
    .sort((a, b) => a.at - b.at)
    .map(({ at, salt }) => ({ at, run: (timeline) => act(timeline, chance(seed * 1000 + salt)) }));
}

/** Plays the acts of `(from, to]` at their times, and lets time pass until `to`, `stepMs` at a time. */
export function drive(timeline: Timeline, acts: readonly Act[], to: number, stepMs = Infinity): void {
  const { now } = timeline;
  const pass = (until: number) => {
    while (timeline.now < until) timeline.run(Math.min(until, timeline.now + stepMs));
  };
  for (const { at, run } of acts) {
    if (at <= now || at > to) continue;
    pass(at);
    run(timeline);
  }
  pass(to);
}

const APPS = '/apis/apps/v1/namespaces/default/deployments';
const PODS = '/api/v1/namespaces/default/pods';

function act(timeline: Timeline, int: Chance): void {
  const { store, kubelets } = timeline.world;
  const deployments = store.list('deployments').map((d) => d.metadata.name);
  const pods = store.list('pods', 'default');
  const nodes = store.list('nodes').map((n) => n.metadata.name);
  const node = nodes.length > 0 ? pick(int, nodes) : 'node-0';
  const pod = pods.length > 0 ? pick(int, pods) : undefined;
  const name = deployments.length > 0 ? pick(int, deployments) : undefined;
  const send = (method: ApiRequest['method'], path: string, body?: object, type = 'application/json') =>
    timeline.api({ method, path, headers: { 'content-type': type }, ...(body ? { body: JSON.stringify(body) } : {}) });
  const merge = (path: string, body: object) => send('PATCH', path, body, 'application/strategic-merge-patch+json');
  const image = pick(int, IMAGES);
  switch (int(18)) {
    case 0:
    case 1:
      if (name) merge(`${APPS}/${name}`, { spec: { replicas: int(9) } });
      return;
    case 2:
    case 3:
      if (name) merge(`${APPS}/${name}`, { spec: { template: { spec: { containers: [{ name: 'app', image }] } } } });
      return;
    case 4:
      if (pod) send('DELETE', `${PODS}/${pod.metadata.name}${pick(int, ['', '?gracePeriodSeconds=0'])}`);
      return;
    case 5:
      if (pod)
        send('POST', `${PODS}/${pod.metadata.name}/eviction`, {
          apiVersion: 'policy/v1',
          kind: 'Eviction',
          metadata: { name: pod.metadata.name, namespace: 'default' },
        });
      return;
    case 6:
      merge(`/api/v1/nodes/${node}`, { spec: { unschedulable: int(2) === 0 } });
      return;
    case 7:
      merge(`/api/v1/nodes/${node}`, { spec: { taints: int(2) ? [{ key: 'flood', effect: 'NoExecute' }] : null } });
      return;
    case 8:
      timeline.machine(node, int(2) === 0);
      return;
    case 9: {
      const process = pod && kubelets.processOf(pod.metadata.uid);
      if (process !== undefined) timeline.exec(process, pick(int, [['kill', '1'], ['sh', '-c', 'kill -9 1'], ['env']]));
      return;
    }
    case 10:
      if (name) timeline.http('GET', `http://${name}/`, 2000, () => undefined);
      return;
    case 11:
      if (name) merge(`${APPS}/${name}`, { spec: { paused: int(2) === 0 } });
      return;
    case 12:
      send('DELETE', `/api/v1/nodes/${node}`);
      return;
    case 13:
      if (name) send('DELETE', `/api/v1/namespaces/default/services/${name}`);
      return;
    case 14:
      if (name) send('POST', '/api/v1/namespaces/default/services', service(name));
      return;
    case 15:
      // What some containers wait for.
      send('POST', '/api/v1/namespaces/default/configmaps', {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'settings' },
        data: { START_MS: String(int(5000)) },
      });
      return;
    case 16:
      if (name)
        send('DELETE', `${APPS}/${name}?propagationPolicy=${pick(int, ['Background', 'Foreground', 'Orphan'])}`);
      return;
    default:
      send('POST', APPS, deployment(int, `extra-${String(int(3))}`));
  }
}
