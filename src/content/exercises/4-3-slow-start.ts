// Lesson 4.3: a program that boots slowly needs a startup probe.
import type { Exercise } from '../../hosts/exercise.ts';
import {
  allServed,
  asksServer,
  chainTo,
  containerOf,
  count,
  isReady,
  lackOf,
  newest,
  noticeMs,
  noticeSum,
  podsOf,
  questionOf,
  restartsOf,
  rolledOut,
  settled,
} from './checks.ts';

const AHEAD_MS = 180_000;

export const exercise: Exercise = {
  id: '4-3/slow-start',
  scenario: 'slow-start',
  seed: 7,
  startMs: 100_000,
  files: {},
  steps: [
    {
      id: 'startup',
      title: 'Give it time to start',
      task: '`search` builds its index for 45 seconds before it listens, and its liveness probe kills it before it is done. Let it start, and keep a liveness probe that notices a dead `search` within 40 seconds.',
      goals: [
        {
          say: 'both pods of search become Ready',
          check: (view) => {
            const world = view.ahead(AHEAD_MS);
            const ready = podsOf(world, 'search').filter(isReady).length;
            return {
              met: ready >= 2 && rolledOut(world, 'search'),
              observed: `in three minutes ${count(ready, 'pod is', 'pods are')} Ready`,
              wanted: '2 Ready, all of the newest template',
            };
          },
        },
        {
          say: 'none is killed while it starts',
          check: (view) => {
            // Pods of the old template may go on dying until the last new one is Ready.
            const world = view.ahead(AHEAD_MS);
            const stay = new Set(podsOf(world, 'search').map(({ metadata }) => `default/${metadata.name}`));
            const kills = restartsOf(world, 'search', view.world.sim.now).filter(({ pod }) => stay.has(pod));
            return {
              met: stay.size > 0 && kills.length === 0,
              observed:
                stay.size === 0
                  ? 'in three minutes there is no pod of search'
                  : `${count(kills.length, 'restart')} in the next three minutes, of pods that stay`,
              wanted: 'none',
            };
          },
        },
        {
          say: 'once started, a dead search is noticed within 40 s',
          check: ({ world }) => {
            const probe = containerOf(world, 'search')?.livenessProbe;
            const wanted = 'at most 40 s';
            if (!probe) return { met: false, observed: lackOf(world, 'search', 'livenessProbe') ?? '', wanted };
            if (!asksServer(probe))
              return {
                met: false,
                observed: `the liveness probe is ${questionOf(probe)}, which asks search nothing`,
                wanted,
              };
            return { met: noticeMs(probe) <= 40_000, observed: noticeSum(probe), wanted };
          },
        },
      ],
      hints: [
        '`kubectl describe pod`: how long after `Started` does `Killing` come? And what does `kubectl logs --previous` say the program was doing?',
        'A `startupProbe` holds the other two back until it has passed once. Its `periodSeconds` × `failureThreshold` is the time the program may take to start.',
        'kubectl edit deployment search\n\n        startupProbe:\n          httpGet:\n            path: /healthz\n            port: 8080\n          periodSeconds: 5\n          failureThreshold: …',
      ],
      why: 'Until the startup probe had passed, the liveness probe was not asked at all. After that it is as strict as before.',
      evidence: (view) => {
        const world = view.ahead(AHEAD_MS);
        const ready = newest(
          world,
          ({ kind, subject }) => kind === 'endpointslice.ready' && subject.endsWith('/search'),
        );
        return chainTo(world, ready);
      },
      picture: 'Both pods of search have started and are Ready.',
      drawn: (world) => settled(world, 'search') && allServed(world),
      solution: `kubectl patch deployment search -p '{"spec":{"template":{"spec":{"containers":[{"name":"search","startupProbe":{"httpGet":{"path":"/healthz","port":8080},"periodSeconds":5,"failureThreshold":24}}]}}}}'
kubectl rollout status deployment/search
`,
      nearMisses: [
        {
          why: 'a patient liveness probe lets it start, and then leaves a dead search alone for 90 s',
          script: `kubectl patch deployment search -p '{"spec":{"template":{"spec":{"containers":[{"name":"search","livenessProbe":{"failureThreshold":9}}]}}}}'; sleep 90`,
        },
        {
          why: 'a startup probe of 30 s is as impatient as the liveness probe was',
          script: `kubectl patch deployment search -p '{"spec":{"template":{"spec":{"containers":[{"name":"search","startupProbe":{"httpGet":{"path":"/healthz","port":8080},"periodSeconds":10,"failureThreshold":3}}]}}}}'; sleep 30`,
        },
      ],
      otherWays: [
        {
          why: 'the older way: the liveness probe itself waits before its first question',
          script: `kubectl patch deployment search -p '{"spec":{"template":{"spec":{"containers":[{"name":"search","livenessProbe":{"initialDelaySeconds":60}}]}}}}'
kubectl rollout status deployment/search`,
        },
      ],
    },
  ],
};
