// Lesson 4.2: a full cluster, and a pod that may drive others away.
import type { Exercise } from '../../hosts/exercise.ts';
import { podsOf } from './checks.ts';
import { isRunning, placing, runs } from './4-2-checks.ts';

export const exercise: Exercise = {
  id: '4-2/preempts',
  scenario: 'full',
  seed: 7,
  startMs: 40_000,
  files: {},
  steps: [
    {
      id: 'preempt',
      title: 'A pod that preempts',
      task: 'Every machine that `payments` may use is full, and nobody can pay. Let `payments` in at the cost of `reports`, today and every other day: whoever is taken away must be of `reports`, and it must not need a human.',
      goals: [
        { say: 'a pod of payments runs', check: ({ world }) => runs(world, 'payments', 1) },
        {
          say: 'payments comes before reports',
          check: ({ world }) => {
            const of = (app: string) => podsOf(world, app).map(({ spec }) => spec.priority ?? 0);
            const own = Math.min(...of('payments'));
            const others = of('reports');
            const most = Math.max(...others);
            return {
              met: Number.isFinite(own) && others.length > 0 && own > most,
              observed: !Number.isFinite(own)
                ? 'there is no pod of payments'
                : others.length === 0
                  ? 'there is no pod of reports left to compare with'
                  : `payments has priority ${String(own)}, reports ${String(most)}`,
              wanted: 'a higher priority for payments than for reports',
            };
          },
        },
        { say: 'eight pods of storefront still run', check: ({ world }) => runs(world, 'storefront', 8) },
        { say: 'two pods of search still run', check: ({ world }) => runs(world, 'search', 2) },
      ],
      hints: [
        '`kubectl get priorityclasses` lists what there is; `kubectl describe pod -l app=payments` says who could be taken away for it today.',
        '`priorityClassName` in the template. A class may forbid what is wanted here: look at PREEMPTIONPOLICY as well as at VALUE.',
        'kubectl patch deployment payments -p \'{"spec":{"template":{"spec":{"priorityClassName":"…"}}}}\'',
      ],
      why: 'When no node was left, the scheduler asked where pods of lower priority would make room, and took the node where the least important ones would go. The victims were told to end, and payments waited for the node that it was nominated to.',
      evidence: ({ world }) => {
        const preempted = world.sim.journal
          .slice()
          .filter(({ reason, subject }) => reason === 'Preempted' && subject.startsWith('pods/'));
        return [...preempted, ...placing(world, 'payments')].sort((a, b) => a.id - b.id);
      },
      picture: 'Payments stands where two boxes of reports stood; they wait on the quay.',
      drawn: (world) =>
        podsOf(world, 'payments').some(isRunning) &&
        world.store.list('pods', 'default').every(({ metadata }) => metadata.deletionTimestamp === undefined),
      solution: `kubectl get priorityclasses
kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"priorityClassName":"checkout"}}}}'
kubectl rollout status deployment/payments
`,
      nearMisses: [
        {
          why: 'equal priorities take nobody away',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"priorityClassName":"nightly"}}}}'; sleep 30`,
        },
        {
          why: 'the same value, but a class that takes nobody away',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"priorityClassName":"polite"}}}}'; sleep 30`,
        },
        {
          why: 'room made by hand is gone tomorrow',
          script: 'kubectl scale deployment reports --replicas=0; sleep 40',
        },
      ],
      otherWays: [
        {
          why: 'a class of the reader’s own',
          script: `kubectl apply -f - <<'END'
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: till
value: 5000
description: Takes money
END
kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"priorityClassName":"till"}}}}'
sleep 40`,
        },
        {
          why: 'just above reports, and below the shop',
          script: `kubectl apply -f - <<'END'
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata:
  name: before-reports
value: 101
description: Before reports
END
kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"priorityClassName":"before-reports"}}}}'
sleep 40`,
        },
      ],
    },
  ],
};
