// Lesson 4.3: CrashLoopBackOff is a symptom; the cause is in the log of the container before.
import type { Exercise } from '../../hosts/exercise.ts';
import { chainTo, count, isReady, newest, podsOf, restartsOf, rolledOut, settled } from './checks.ts';

const AHEAD_MS = 120_000;

export const exercise: Exercise = {
  id: '4-3/crash-loop',
  scenario: 'crash-loop',
  seed: 5,
  startMs: 130_000,
  files: {},
  steps: [
    {
      id: 'cause',
      title: 'End the crash loop',
      task: '`payments` 1.6 is out, and it crashes as soon as it starts. Find out what it misses, and give it that. The database answers at `postgres://orders:5432/harbour`.',
      goals: [
        {
          say: 'payments runs version 1.6 and is Ready',
          check: (view) => {
            const world = view.ahead(AHEAD_MS);
            const pods = podsOf(world, 'payments');
            const good = pods.filter(
              (pod) => isReady(pod) && pod.spec.containers.some(({ image }) => image.endsWith('payments:1.6')),
            );
            return {
              met: good.length > 0 && good.length === pods.length && rolledOut(world, 'payments'),
              observed: `in two minutes ${count(good.length, 'pod')} of ${String(pods.length)} Ready with version 1.6`,
              wanted: 'all of them',
            };
          },
        },
        {
          say: 'it does not crash any more',
          check: (view) => {
            const world = view.ahead(AHEAD_MS);
            const waiting = podsOf(world, 'payments').filter((pod) =>
              pod.status.containerStatuses?.some(
                ({ state }) => state.waiting?.reason === 'CrashLoopBackOff' || state.terminated !== undefined,
              ),
            );
            const kills = restartsOf(world, 'payments', view.world.sim.now + 60_000);
            return {
              met: waiting.length === 0 && kills.length === 0,
              observed: `${count(kills.length, 'restart')} from one to two minutes from now, ${count(waiting.length, 'pod')} down at the end`,
              wanted: 'none',
            };
          },
        },
      ],
      hints: [
        '`kubectl get pods` says CrashLoopBackOff, and that is no cause. What did the container say before it ended? `kubectl logs deployment/payments --previous`',
        'The program names the variable it wants. `kubectl set env` changes the template of a deployment.',
        'kubectl set env deployment/payments NAME=…',
      ],
      why: 'A changed template made a new pod, with no crashes behind it and so with no back-off to wait for. The old pod and its waiting time went away together.',
      evidence: (view) => {
        const world = view.ahead(AHEAD_MS);
        return chainTo(
          world,
          newest(world, ({ kind, message }) => kind === 'endpointslice.ready' && message.startsWith('0 →')),
        );
      },
      picture: 'The pod of payments 1.6 runs and is Ready; the one that crashed has gone.',
      drawn: (world) => settled(world, 'payments'),
      solution: `kubectl set env deployment/payments DATABASE_URL=postgres://orders:5432/harbour
kubectl rollout status deployment/payments
`,
      nearMisses: [
        {
          why: 'a variable of another name',
          script: `kubectl set env deployment/payments DB_URL=postgres://orders:5432/harbour; sleep 40`,
        },
        {
          why: 'deleting the pod only starts the same crash anew',
          script: `kubectl delete pod -l app=payments; sleep 20`,
        },
      ],
      otherWays: [
        {
          why: 'the value comes from a ConfigMap',
          script: `kubectl create configmap payments --from-literal=DATABASE_URL=postgres://orders:5432/harbour
kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","envFrom":[{"configMapRef":{"name":"payments"}}]}]}}}}'
kubectl rollout status deployment/payments`,
        },
      ],
    },
  ],
};
