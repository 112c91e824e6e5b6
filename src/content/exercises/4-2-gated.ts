// Lesson 4.2: pods that the scheduler may not look at yet.
import type { Exercise } from '../../hosts/exercise.ts';
import { GATE } from '../scenarios/fleet-tasks.ts';
import { podsOf } from './checks.ts';
import { isRunning, placing, runs, templateOf } from './4-2-checks.ts';

export const exercise: Exercise = {
  id: '4-2/gated',
  scenario: 'gated',
  seed: 7,
  startMs: 40_000,
  files: {},
  steps: [
    {
      id: 'gate',
      title: 'A scheduling gate',
      task: 'Both pods of `search` are held at a gate until their index has been copied. The copy is there now: let these two through. Whoever comes after them needs a copy of its own and must wait again, so leave the gate in the template.',
      goals: [
        { say: 'two pods of search run', check: ({ world }) => runs(world, 'search', 2) },
        {
          say: 'the next pod will wait at the gate again',
          check: ({ world }) => {
            const spec = templateOf(world, 'search')?.spec;
            const gates = spec?.schedulingGates?.map(({ name }) => name) ?? [];
            return {
              met: gates.includes(GATE),
              observed: !spec
                ? 'there is no deployment search any more; Undo brings it back'
                : gates.length === 0
                  ? 'the template has no gate'
                  : `the template has the gate ${gates.join(', ')}`,
              wanted: `the gate ${GATE} in the template`,
            };
          },
        },
      ],
      hints: [
        '`kubectl get pods -l app=search`: which status is that, and is there any event of the scheduler in `kubectl describe pod`?',
        '`schedulingGates` is a field of the pod itself. Gates can be taken away from a pod that waits, never added to one.',
        `kubectl patch pod … --type=json -p '[{"op":"remove","path":"/spec/…"}]'`,
      ],
      why: 'A gated pod is not even tried: no attempt, no FailedScheduling. When its last gate goes it enters the queue like any other, and a moment later it is bound.',
      evidence: ({ world }) => placing(world, 'search'),
      picture: 'Both boxes of search stand on ships with a fast disk.',
      drawn: (world) => podsOf(world, 'search').filter(isRunning).length === 2,
      solution: `kubectl get pods -l app=search
for pod in $(kubectl get pods -l app=search -o name); do kubectl patch $pod --type=json -p '[{"op":"remove","path":"/spec/schedulingGates"}]'; done
kubectl rollout status deployment/search
`,
      nearMisses: [
        {
          why: 'without the gate in the template the next pod does not wait',
          script: `kubectl patch deployment search --type=json -p '[{"op":"remove","path":"/spec/template/spec/schedulingGates"}]'; sleep 20`,
        },
        {
          why: 'deleted pods are replaced, and the new ones wait too',
          script: 'kubectl delete pod -l app=search; sleep 20',
        },
      ],
      otherWays: [
        {
          why: 'a merge patch with null',
          script: `for pod in $(kubectl get pods -l app=search -o name); do kubectl patch $pod --type=merge -p '{"spec":{"schedulingGates":null}}'; done
sleep 20`,
        },
        {
          why: 'read, changed, replaced',
          script: `for pod in $(kubectl get pods -l app=search -o name); do kubectl get $pod -o json | jq 'del(.spec.schedulingGates)' | kubectl replace -f -; done
sleep 20`,
        },
      ],
    },
  ],
};
