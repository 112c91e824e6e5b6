// Lesson 4.2: two pods that no node will take, each for its own reason. Half done, then alone.
import type { Exercise } from '../../hosts/exercise.ts';
import { milliValue } from '../../sim/kubernetes/quantity.ts';
import { containerOf, podsOf } from './checks.ts';
import { isRunning, listed, nodeOf, placing, runs } from './4-2-checks.ts';

/** The machines with the fast disk. */
const FAST = ['node-b2', 'node-c1'];

export const exercise: Exercise = {
  id: '4-2/pending',
  scenario: 'pending',
  seed: 7,
  startMs: 40_000,
  files: {},
  steps: [
    {
      id: 'too-large',
      title: 'A request that no node can hold',
      task: 'Last night’s `reports` was never written: its pod asks for 5 CPUs. It works with one core at a time, so ask for less, but for at least 1 CPU, or it will starve. Leave `storefront` and `payments` as they are.',
      goals: [
        { say: 'a pod of reports runs', check: ({ world }) => runs(world, 'reports', 1) },
        {
          say: 'reports asks for at least 1 CPU',
          check: ({ world }) => {
            const asked = containerOf(world, 'reports')?.resources.requests?.['cpu'];
            return {
              met: asked !== undefined && milliValue(asked) >= 1000,
              observed: asked === undefined ? 'the template asks for no CPU at all' : `the template asks for ${asked}`,
              wanted: 'at least 1',
            };
          },
        },
        { say: 'four pods of storefront still run', check: ({ world }) => runs(world, 'storefront', 4) },
        { say: 'three pods of payments still run', check: ({ world }) => runs(world, 'payments', 3) },
      ],
      hints: [
        '`kubectl describe pod -l app=reports` ends with what the scheduler said. How much CPU is still free on each node? `kubectl describe node node-a1` sums it up under Allocated resources.',
        'The request stands in the template of the deployment: `resources.requests.cpu`. A node must have that much left over, not only in all.',
        'kubectl set resources deployment reports --requests=cpu=…,memory=1Gi',
      ],
      why: 'The scheduler counts requests, not use. A pod fits where allocatable less the requests aboard is enough; the machines had 4 CPUs each, and at most 3 of them were left.',
      evidence: ({ world }) => placing(world, 'reports'),
      picture: 'The box of reports is smaller, and it stands on a ship.',
      drawn: (world) => podsOf(world, 'reports').some(isRunning),
      solution: `kubectl set resources deployment reports --requests=cpu=1500m,memory=1Gi
kubectl rollout status deployment/reports
`,
      nearMisses: [
        {
          why: 'a machine has 4 CPUs, but not 4 that are free',
          script: 'kubectl set resources deployment reports --requests=cpu=4,memory=1Gi; sleep 20',
        },
        {
          why: 'a request of 100m is placed, and starves',
          script: 'kubectl set resources deployment reports --requests=cpu=100m,memory=1Gi; sleep 20',
        },
        {
          why: 'it fits once storefront has gone',
          script:
            'kubectl scale deployment storefront --replicas=0; kubectl set resources deployment reports --requests=cpu=3,memory=1Gi; sleep 30',
        },
      ],
      otherWays: [
        {
          why: 'a patch',
          script: `kubectl patch deployment reports -p '{"spec":{"template":{"spec":{"containers":[{"name":"reports","resources":{"requests":{"cpu":"1"}}}]}}}}'
sleep 20`,
        },
        {
          why: 'deleted, and applied anew from a manifest of its own',
          script: `kubectl get deployment reports -o yaml | sed 's/cpu: "5"/cpu: "2"/; /resourceVersion:/d; /uid:/d' > reports.yaml
kubectl delete deployment reports
kubectl apply -f reports.yaml
sleep 20`,
        },
      ],
    },
    {
      id: 'selector',
      title: 'A selector that matches nothing',
      task: '`search` is still on the quay. It wants a fast disk, and two machines have one. Find out what they are called by, and get `search` onto one of them.',
      goals: [
        {
          say: 'search runs on a machine with a fast disk',
          check: ({ world }) => {
            const pods = podsOf(world, 'search');
            const running = pods.filter(isRunning);
            const nodes = running.flatMap((pod) => nodeOf(pod) ?? []);
            return {
              met: nodes.length > 0 && nodes.every((node) => FAST.includes(node)),
              observed: nodes.length > 0 ? `search runs on ${listed(nodes)}` : runs(world, 'search', 1).observed,
              wanted: 'search on node-b2 or node-c1',
            };
          },
        },
      ],
      hints: [
        '`kubectl get nodes --show-labels` shows what the machines are called by; `kubectl get deployment search -o yaml` shows what the pod asks for.',
        '`nodeSelector` in the template of the deployment compares labels letter by letter. It can be changed, or the label can.',
        'kubectl patch deployment search -p \'{"spec":{"template":{"spec":{"nodeSelector":{"disk":"…"}}}}}\'',
      ],
      why: 'A node selector is a filter and knows no “nearly”: the label was `disk=ssd`, the pod asked for `disk=nvme`. The scheduler tried again as soon as one of the two had changed.',
      evidence: ({ world }) => placing(world, 'search'),
      picture: 'Search stands on a ship with a fast disk.',
      drawn: (world) => podsOf(world, 'search').some(isRunning),
      solution: `kubectl get nodes -L disk
kubectl patch deployment search -p '{"spec":{"template":{"spec":{"nodeSelector":{"disk":"ssd"}}}}}'
kubectl rollout status deployment/search
`,
      nearMisses: [
        {
          why: 'the label is given to a machine that has no such disk',
          script: 'kubectl label node node-a1 disk=nvme; sleep 20',
        },
        {
          why: 'a third name that no machine bears',
          script: `kubectl patch deployment search -p '{"spec":{"template":{"spec":{"nodeSelector":{"disk":"SSD"}}}}}'; sleep 20`,
        },
      ],
      otherWays: [
        {
          why: 'the machine is given the name that the pod asks for',
          script: 'kubectl label node node-b2 disk=nvme --overwrite; sleep 20',
        },
        {
          why: 'the machine itself is named',
          script: `kubectl patch deployment search -p '{"spec":{"template":{"spec":{"nodeSelector":{"disk":null,"kubernetes.io/hostname":"node-b2"}}}}}'; sleep 20`,
        },
      ],
    },
  ],
};
