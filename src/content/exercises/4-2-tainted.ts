// Lesson 4.2: every node has a taint, and two of them no longer need it.
import type { Exercise } from '../../hosts/exercise.ts';
import { MAINTENANCE } from '../scenarios/fleet-tasks.ts';
import { count, podsOf } from './checks.ts';
import { isRunning, listed, nodeOf, placing, runs } from './4-2-checks.ts';

/** Here the work goes on. */
const CLOSED = ['node-a1', 'node-a2', 'node-c1'];
/** What was there when the machines were closed may stay, virtual ms. */
const CLOSED_AT = 10_000;

export const exercise: Exercise = {
  id: '4-2/tainted',
  scenario: 'maintenance',
  seed: 7,
  startMs: 40_000,
  files: {},
  steps: [
    {
      id: 'maintenance',
      title: 'Every node tainted',
      task: 'Last night all five machines were closed for maintenance by a taint, and now `payments` is to have four pods. The work on `node-b1` and `node-b2` is over; on the other three it goes on, and nothing new may come there.',
      goals: [
        { say: 'four pods of payments run', check: ({ world }) => runs(world, 'payments', 4) },
        {
          say: 'the three machines that are still worked on stay closed',
          check: ({ world }) => {
            const open = CLOSED.filter((name) => {
              const node = world.store.get('nodes', name);
              const closed = node?.spec.taints?.some(
                ({ key, effect }) => key === MAINTENANCE && effect !== 'PreferNoSchedule',
              );
              return closed !== true && node?.spec.unschedulable !== true;
            });
            return {
              met: open.length === 0,
              observed:
                open.length === 0
                  ? 'all three are closed'
                  : `${listed(open)} ${open.length === 1 ? 'is' : 'are'} open to everybody`,
              wanted: 'node-a1, node-a2 and node-c1 closed to new pods',
            };
          },
        },
        {
          say: 'and nothing new came there',
          check: ({ world }) => {
            const late = ['payments', 'storefront']
              .flatMap((app) => podsOf(world, app))
              .filter((pod) => CLOSED.includes(nodeOf(pod) ?? '') && boundAt(world, pod) > CLOSED_AT);
            return {
              met: late.length === 0,
              observed:
                late.length === 0
                  ? 'nobody did'
                  : `${count(late.length, 'pod')} came to ${listed(late.flatMap((pod) => nodeOf(pod) ?? []))}`,
              wanted: 'no pod that came after the machines were closed',
            };
          },
        },
      ],
      hints: [
        '`kubectl describe node node-b1` shows its taints, and `kubectl describe pod` on a waiting pod of `payments` which taint it does not tolerate.',
        'A taint is taken away by its key (and effect) with a minus sign behind it: `kubectl taint`. A toleration in the pod would open all five machines to it.',
        `kubectl taint nodes node-b1 node-b2 ${MAINTENANCE}:…-`,
      ],
      why: 'A taint with the effect NoSchedule turns away whoever does not tolerate it; who was aboard may stay. When the two taints went, the scheduler tried the waiting pods again by itself.',
      evidence: ({ world }) => placing(world, 'payments'),
      picture: 'The two ships of zone b have lost their tar, and the waiting boxes stand on them.',
      drawn: (world) => podsOf(world, 'payments').filter(isRunning).length === 4,
      solution: `kubectl taint nodes node-b1 node-b2 ${MAINTENANCE}-
kubectl rollout status deployment/payments
`,
      nearMisses: [
        {
          why: 'all five machines are opened',
          script: `kubectl taint nodes --all ${MAINTENANCE}-; sleep 20`,
        },
        {
          why: 'nobody was cordoned',
          script: 'kubectl uncordon node-b1 node-b2; sleep 20',
        },
        {
          why: 'with a toleration alone the pods go wherever there is room',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"tolerations":[{"key":"${MAINTENANCE}","operator":"Exists"}]}}}}'; sleep 30`,
        },
      ],
      otherWays: [
        {
          why: 'one machine after the other, by the taint in full',
          script: `kubectl taint nodes node-b1 ${MAINTENANCE}=planned:NoSchedule-
kubectl taint nodes node-b2 ${MAINTENANCE}=planned:NoSchedule-
sleep 20`,
        },
        {
          why: 'payments tolerates the taint, and is kept to zone b',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"nodeSelector":{"topology.kubernetes.io/zone":"harbour-b"},"tolerations":[{"key":"${MAINTENANCE}","operator":"Exists"}]}}}}'; sleep 30`,
        },
      ],
    },
  ],
};

/** When the pod got its node, virtual ms. */
function boundAt(world: Parameters<typeof podsOf>[0], pod: ReturnType<typeof podsOf>[number]): number {
  const subject = `pods/default/${pod.metadata.name}`;
  return (
    world.sim.journal.slice().findLast((entry) => entry.kind === 'scheduler.bound' && entry.subject === subject)?.at ??
    0
  );
}
