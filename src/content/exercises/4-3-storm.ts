// Lesson 4.3: an eager liveness probe makes a busy service worse.
import type { Exercise } from '../../hosts/exercise.ts';
import {
  allServed,
  asksServer,
  containerOf,
  count,
  isReady,
  lackOf,
  noticeMs,
  noticeSum,
  podsOf,
  questionOf,
  restartsOf,
  settled,
} from './checks.ts';

const AHEAD_MS = 180_000;
/** The change itself may take this long to arrive everywhere. */
const SETTLE_MS = 90_000;

export const exercise: Exercise = {
  id: '4-3/storm',
  scenario: 'storm',
  seed: 11,
  startMs: 120_000,
  files: {},
  steps: [
    {
      id: 'calm',
      title: 'Calm the restart storm',
      task: 'It is lunchtime, and every pod of `storefront` is killed over and over. Bring it to rest without taking its liveness probe away: a `storefront` that is truly dead must still be restarted.',
      goals: [
        {
          say: 'storefront has a liveness probe',
          check: ({ world }) => {
            const lack = lackOf(world, 'storefront', 'livenessProbe');
            return { met: lack === undefined, observed: lack ?? 'it has one', wanted: 'a livenessProbe' };
          },
        },
        {
          say: 'it would still notice a dead process within two minutes',
          check: ({ world }) => {
            const probe = containerOf(world, 'storefront')?.livenessProbe;
            const wanted = 'at most 120 s';
            if (!probe) return { met: false, observed: 'without a liveness probe it never would', wanted };
            if (!asksServer(probe))
              return {
                met: false,
                observed: `the liveness probe is ${questionOf(probe)}, which asks storefront nothing`,
                wanted,
              };
            return { met: noticeMs(probe) <= 120_000, observed: noticeSum(probe), wanted };
          },
        },
        {
          say: 'nobody is killed any more',
          check: (view) => {
            const from = view.world.sim.now + SETTLE_MS;
            const kills = restartsOf(view.ahead(AHEAD_MS), 'storefront', from);
            return {
              met: kills.length === 0,
              observed: `${count(kills.length, 'restart')} between 90 s and 180 s from now`,
              wanted: 'none',
            };
          },
        },
        {
          say: 'and storefront serves',
          check: (view) => {
            const world = view.ahead(AHEAD_MS);
            const pods = podsOf(world, 'storefront');
            const ready = pods.filter(isReady).length;
            return {
              met: ready >= 3,
              observed: `in three minutes ${count(ready, 'pod is', 'pods are')} Ready`,
              wanted: 'at least 3',
            };
          },
        },
      ],
      hints: [
        '`kubectl describe pod` on any of them: which probe fails, and with which words? Was the process dead, or only slow?',
        '`livenessProbe` has `timeoutSeconds` (how long to wait for one answer) and `failureThreshold` (how many failures in a row it takes). Both are 1 here. More replicas would help as well.',
        'kubectl patch deployment storefront -p \'{"spec":{"template":{"spec":{"containers":[{"name":"storefront","livenessProbe":{"timeoutSeconds":…,"failureThreshold":…}}]}}}}\'',
      ],
      why: 'A busy server answers late. With patience in the probe nobody is killed for it, all three keep their share of the work, and the queues drain.',
      evidence: (view) => {
        const from = view.world.sim.now - 60_000;
        return view
          .ahead(AHEAD_MS)
          .sim.journal.slice()
          .filter(
            ({ at, kind, message }) =>
              at >= from &&
              (kind === 'endpointslice.ready' ||
                kind === 'traffic.recovered' ||
                (kind === 'kubelet.probe' && message.startsWith('Liveness'))),
          );
      },
      picture: 'All three pods are Ready in the middle of the rush, and every request is answered.',
      drawn: (world) => settled(world, 'storefront') && allServed(world),
      solution: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"containers":[{"name":"storefront","livenessProbe":{"timeoutSeconds":5,"failureThreshold":6}}]}}}}'
kubectl rollout status deployment/storefront
`,
      nearMisses: [
        {
          why: 'without a liveness probe a dead process stays dead',
          script: `kubectl patch deployment storefront --type=json -p '[{"op":"remove","path":"/spec/template/spec/containers/0/livenessProbe"}]'; sleep 20`,
        },
        {
          why: 'so patient that a dead process would go unnoticed for minutes',
          script: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"containers":[{"name":"storefront","livenessProbe":{"timeoutSeconds":5,"failureThreshold":60}}]}}}}'; sleep 20`,
        },
      ],
      otherWays: [
        {
          why: 'more replicas share the work, and the probe gets a little patience',
          script: `kubectl patch deployment storefront -p '{"spec":{"replicas":6,"template":{"spec":{"containers":[{"name":"storefront","livenessProbe":{"timeoutSeconds":3,"failureThreshold":3}}]}}}}'
kubectl rollout status deployment/storefront`,
        },
      ],
    },
  ],
};
