// A rollout between sound versions keeps what its strategy promises, at every moment and for every mix of numbers.
import { describe, expect, test, vi } from 'vitest';
import { readScenario, Timeline, type World } from '../../src/sim/index.ts';
import { isPodActive, isPodAvailable } from '../../src/sim/kubernetes/pods.ts';
import { chance, pick } from './chance.ts';

// Whole worlds, on machines that may be busy.
vi.setConfig({ testTimeout: 60_000 });

const SEEDS = Array.from({ length: 24 }, (_, i) => 301 + i);
/** Everything is up by then, also with the longest minReadySeconds. */
const ROLL_AT = 60_000;
const STEP = 100;

const PATH = '/apis/apps/v1/namespaces/default/deployments/web';

describe.each(SEEDS)('seed %i', (seed) => {
  const int = chance(seed);
  const replicas = 1 + int(12);
  const surge = pick(int, [0, 1, 2, 3, '10%', '25%', '50%', '100%']);
  const unavailable =
    share(surge, replicas, true) === 0 ? pick(int, [1, 2, '50%']) : pick(int, [0, 1, 2, '25%', '50%']);
  const minReadySeconds = pick(int, [0, 0, 5, 10]);
  const maxSurge = share(surge, replicas, true);
  // Both may round to nothing; then one pod may be missing, or no rollout could ever move.
  const rounded = share(unavailable, replicas, false);
  const maxUnavailable = maxSurge === 0 && rounded === 0 ? 1 : rounded;
  const title = `${String(replicas)} replicas, maxSurge ${String(surge)}, maxUnavailable ${String(unavailable)}, minReadySeconds ${String(minReadySeconds)}`;

  test(`${title}: never too many, never too few`, () => {
    const read = readScenario({
      name: title,
      nodes: [{ name: 'node', count: 4, cpu: '8', memory: '16Gi' }],
      objects: [deployment(int, { replicas, surge, unavailable, minReadySeconds })],
    });
    if ('error' in read) throw new Error(read.error);
    const timeline = new Timeline(read.scenario, seed);
    timeline.run(ROLL_AT);
    expect(available(timeline.world, minReadySeconds)).toBe(replicas);
    roll(timeline, 'harbour/storefront:2.1');
    // Some rollouts are overtaken by the next one, or turned back.
    const second = int(3) === 0 ? ROLL_AT + 1_000 + int(15_000) : Infinity;
    let turned = false;
    for (let at = ROLL_AT + STEP; !done(timeline.world); at += STEP) {
      expect(at, 'the rollout does not come to its end').toBeLessThan(ROLL_AT + 600_000);
      timeline.run(at);
      if (at >= second && !turned) {
        turned = true;
        roll(timeline, pick(int, ['harbour/storefront:2.0', 'harbour/payments:1.4']));
      }
      const now = `at ${String(at)}`;
      const { active, sets } = count(timeline.world);
      expect(active, `pods ${now}`).toBeLessThanOrEqual(replicas + maxSurge);
      expect(sets, `replicas of all sets ${now}`).toBeLessThanOrEqual(replicas + maxSurge);
      expect(available(timeline.world, minReadySeconds), `available ${now}`).toBeGreaterThanOrEqual(
        replicas - maxUnavailable,
      );
    }
    expect(available(timeline.world, minReadySeconds)).toBe(replicas);
  });
});

/** Percentages of surge round up, those of unavailability down. (intstr.GetScaledValueFromIntOrPercent) */
function share(value: number | string, total: number, up: boolean): number {
  if (typeof value === 'number') return value;
  const exact = (Number.parseInt(value, 10) * total) / 100;
  return up ? Math.ceil(exact) : Math.floor(exact);
}

interface Numbers {
  readonly replicas: number;
  readonly surge: number | string;
  readonly unavailable: number | string;
  readonly minReadySeconds: number;
}

function deployment(int: (bound: number) => number, { replicas, surge, unavailable, minReadySeconds }: Numbers) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      replicas,
      minReadySeconds,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: surge, maxUnavailable: unavailable } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 1 + int(20),
          containers: [
            {
              name: 'app',
              image: 'harbour/storefront:2.0',
              env: [{ name: 'START_MS', value: String(int(8_000)) }],
              resources: { requests: { cpu: '100m', memory: '128Mi' } },
              ...(int(2) === 0
                ? { readinessProbe: { httpGet: { path: '/readyz', port: 8080 }, periodSeconds: 1 + int(5) } }
                : {}),
            },
          ],
        },
      },
    },
  };
}

function roll(timeline: Timeline, image: string): void {
  const body = JSON.stringify({ spec: { template: { spec: { containers: [{ name: 'app', image }] } } } });
  const headers = { 'content-type': 'application/strategic-merge-patch+json' };
  expect(timeline.api({ method: 'PATCH', path: PATH, headers, body }).status).toBe(200);
}

function count({ store }: World): { readonly active: number; readonly sets: number } {
  const active = [...store.values('pods')].filter(isPodActive).length;
  const sets = [...store.values('replicasets')].reduce((sum, { spec }) => sum + spec.replicas, 0);
  return { active, sets };
}

/** As the world is, not as some status says; `minReadySeconds` counts whole seconds, as the objects do. */
function available({ store, sim }: World, minReadySeconds: number): number {
  const now = sim.epochMs + sim.now;
  return [...store.values('pods')].filter((pod) => isPodActive(pod) && isPodAvailable(pod, minReadySeconds, now))
    .length;
}

function done({ store }: World): boolean {
  const web = store.get('deployments', 'default/web');
  if (!web) return true;
  const { spec, status, metadata } = web;
  return (
    status.observedGeneration === metadata.generation &&
    status.updatedReplicas === spec.replicas &&
    status.replicas === spec.replicas &&
    status.availableReplicas === spec.replicas
  );
}
