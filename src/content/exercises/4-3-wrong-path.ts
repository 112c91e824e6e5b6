// Lesson 4.3: a readiness probe that is wrong stops its own rollout.
import type { Exercise } from '../../hosts/exercise.ts';
import { allServed, chainTo, count, isReady, newest, podsOf, rolledOut, settled } from './checks.ts';

const AHEAD_MS = 60_000;

export const exercise: Exercise = {
  id: '4-3/wrong-path',
  scenario: 'wrong-path',
  seed: 3,
  startMs: 90_000,
  files: {},
  steps: [
    {
      id: 'finish',
      title: 'Finish a rollout that stands still',
      task: 'The rollout of `storefront` 2.1 has not moved for a while, and customers have noticed nothing. Find out what holds it, and bring version 2.1 to all three replicas.',
      goals: [
        {
          say: 'three pods of storefront 2.1 are Ready',
          check: (view) => {
            const pods = podsOf(view.ahead(AHEAD_MS), 'storefront');
            const good = pods.filter(
              (pod) => isReady(pod) && pod.spec.containers.some(({ image }) => image.endsWith('storefront:2.1')),
            );
            return {
              met: good.length === 3,
              observed: `in one minute ${count(good.length, 'pod')} of 2.1 Ready`,
              wanted: '3',
            };
          },
        },
        {
          say: 'the rollout is finished',
          check: (view) => {
            const world = view.ahead(AHEAD_MS);
            const old = podsOf(world, 'storefront').filter((pod) =>
              pod.spec.containers.some(({ image }) => !image.endsWith(':2.1')),
            );
            const done = rolledOut(world, 'storefront');
            return {
              met: done,
              observed: done
                ? 'every replica is of the newest template'
                : `in one minute ${count(old.length, 'pod')} of another version left`,
              wanted: 'none left',
            };
          },
        },
      ],
      hints: [
        '`kubectl get pods` shows one pod that is Running and not Ready. `kubectl describe pod` tells what its probe was answered.',
        'The new template asks a path that `storefront` does not have. What did the old one ask? `kubectl rollout history deployment/storefront --revision=1`',
        'kubectl patch deployment storefront -p \'{"spec":{"template":{"spec":{"containers":[{"name":"storefront","readinessProbe":{"httpGet":{"path":"/…"}}}]}}}}\'',
      ],
      why: '`maxUnavailable` kept the three old pods until a new one was Ready, and none ever was. With a path that exists, each new pod became Ready and let one old pod go.',
      evidence: (view) => {
        const world = view.ahead(AHEAD_MS);
        return chainTo(
          world,
          newest(
            world,
            ({ kind, subject }) => kind === 'kubelet.kill' && subject.startsWith('pods/default/storefront-'),
          ),
        );
      },
      picture: 'Three pods of version 2.1 are Ready, and the old ones have gone.',
      drawn: (world) => settled(world, 'storefront') && allServed(world),
      solution: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"containers":[{"name":"storefront","readinessProbe":{"httpGet":{"path":"/readyz","port":8080}}}]}}}}'
kubectl rollout status deployment/storefront
`,
      nearMisses: [
        { why: 'undo finishes, with the old version', script: `kubectl rollout undo deployment/storefront; sleep 40` },
        {
          why: 'more replicas of what is not Ready',
          script: `kubectl scale deployment storefront --replicas=5; sleep 40`,
        },
      ],
      otherWays: [
        {
          why: 'the probe asks the page that customers see',
          script: `kubectl patch deployment storefront -p '{"spec":{"template":{"spec":{"containers":[{"name":"storefront","readinessProbe":{"httpGet":{"path":"/","port":8080},"periodSeconds":3}}]}}}}'
kubectl rollout status deployment/storefront`,
        },
      ],
    },
  ],
};
