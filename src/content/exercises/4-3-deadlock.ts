// Lesson 4.3, first task: payments 1.5 loses its lock. Half done, then alone.
import type { CheckView, Exercise, Finding } from '../../hosts/exercise.ts';
import type { JournalEntry } from '../../sim/index.ts';
import {
  allServed,
  chainTo,
  containerOf,
  count,
  deadlocksOf,
  firstAfter,
  type Happening,
  isReady,
  killsOf,
  lackOf,
  lastFailure,
  leftService,
  podsOf,
  restartsOf,
  seconds,
  settled,
} from './checks.ts';

/** How far ahead the checks look, and how long a dead pod may go unnoticed. Virtual ms. */
const AHEAD_MS = 240_000;
const NOTICE_MS = 60_000;

export const exercise: Exercise = {
  id: '4-3/deadlock',
  scenario: 'deadlock',
  seed: 61,
  startMs: 150_000,
  files: {
    'payments.yaml': `apiVersion: apps/v1
kind: Deployment
metadata:
  name: payments
  labels:
    app: payments
spec:
  replicas: 3
  selector:
    matchLabels:
      app: payments
  template:
    metadata:
      labels:
        app: payments
    spec:
      containers:
      - name: payments
        image: harbour/payments:1.5
        ports:
        - containerPort: 8080
        resources:
          requests:
            cpu: 500m
            memory: 256Mi
          limits:
            cpu: 500m
            memory: 256Mi
        # Add the probe here:
        # readinessProbe:
        #   httpGet:
        #     path: ...
        #     port: 8080
`,
  },
  steps: [
    {
      id: 'readiness',
      title: 'Stop sending requests to the dead',
      task: 'Give `payments` a readiness probe that fails once the lock is lost, so that the Service sends requests only to pods that answer. The file `payments.yaml` is half done.',
      goals: [
        {
          say: 'the pods of payments have a readiness probe',
          check: ({ world }) => {
            const lack = lackOf(world, 'payments', 'readinessProbe');
            return {
              met: lack === undefined,
              observed: lack ?? 'the template has one',
              wanted: 'a readinessProbe in the container payments',
            };
          },
        },
        { say: 'a pod that can answer is Ready', check: healthyPodsAreReady },
        {
          say: 'a dead pod is out of the Service within 60 s',
          check: (view) => noticed(view, 'leaves the Service', leaves),
        },
      ],
      hints: [
        'Ask both paths of a dead pod, `/healthz` and `/readyz`: `kubectl get pods -o wide` shows the addresses, `curl --max-time 2 http://ADDRESS:8080/healthz` asks one. Which path still answers, and which does not?',
        'The field is `readinessProbe`, beside `image` in the container. With `httpGet` it wants a `path` and a `port`. The path must be one that goes through the lock.',
        '        readinessProbe:\n          httpGet:\n            path: /……\n            port: 8080\n\nkubectl apply -f payments.yaml',
      ],
      why: 'The kubelet asked `/readyz`, got no answer within a second three times in a row, and set the condition Ready to False; the EndpointSlice controller took the address out; kube-proxy stopped sending.',
      evidence: (view) =>
        told(view, (world, lock) => {
          const left = leaves(world, lock);
          return left && firstAfter(world, left.id, (entry) => follows(world, entry, left, 'endpointslice.ready'));
        }),
      picture:
        'A pod has lost its lock again: its flag is lowered, no channel leads to it, and customers notice nothing.',
      drawn: (world) => podsOf(world, 'payments').filter(isReady).length === 2 && allServed(world),
      solution: `sed -i '/# Add/,$d' payments.yaml
cat >> payments.yaml <<'END'
        readinessProbe:
          httpGet:
            path: /readyz
            port: 8080
END
kubectl apply -f payments.yaml
kubectl rollout status deployment/payments
`,
      nearMisses: [
        {
          why: '/healthz still answers when the lock is lost',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","readinessProbe":{"httpGet":{"path":"/healthz","port":8080}}}]}}}}'; sleep 30`,
        },
        {
          why: 'an open port says nothing about the lock',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","readinessProbe":{"tcpSocket":{"port":8080}}}]}}}}'; sleep 30`,
        },
        {
          why: 'on a path that does not exist nobody is ever Ready',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","readinessProbe":{"httpGet":{"path":"/ready","port":8080}}}]}}}}'; sleep 30`,
        },
      ],
      otherWays: [
        {
          why: 'a patch, with a probe that asks more often',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","readinessProbe":{"httpGet":{"path":"/readyz","port":8080},"periodSeconds":5,"failureThreshold":2}}]}}}}'
kubectl rollout status deployment/payments`,
        },
        {
          why: 'asking the very path that customers use',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","readinessProbe":{"httpGet":{"path":"/pay","port":8080}}}]}}}}'
kubectl rollout status deployment/payments`,
        },
      ],
    },
    {
      id: 'liveness',
      title: 'Make a dead service restart itself',
      task: 'A dead pod is out of the way now, but nobody brings it back: in a few minutes there is none left. Give `payments` a liveness probe that notices the deadlock, and keep the readiness probe.',
      goals: [
        {
          say: 'the pods of payments have a liveness probe, and still a readiness probe',
          check: ({ world }) => {
            const lack = lackOf(world, 'payments', 'livenessProbe', 'readinessProbe');
            return {
              met: lack === undefined,
              observed: lack ?? 'the template has both',
              wanted: 'a livenessProbe and a readinessProbe',
            };
          },
        },
        {
          say: 'a deadlocked container is killed within 60 s',
          check: (view) => noticed(view, 'is killed', killed),
        },
        {
          say: 'no container is killed while it works',
          check: (view) => {
            const world = view.ahead(AHEAD_MS);
            const from = view.world.sim.now;
            const locks = deadlocksOf(world, 'payments', 0);
            const wrong = killsOf(world, 'payments', from + NOTICE_MS).filter(
              (restart) =>
                !locks.some(
                  (lock) => lock.pod === restart.pod && lock.at <= restart.at && restart.at - lock.at < 120_000,
                ),
            );
            return {
              met: wrong.length === 0,
              observed:
                wrong.length === 0
                  ? 'every kill followed a lost lock'
                  : `${wrong[0]?.pod.split('/')[1] ?? ''} is killed in ${seconds((wrong[0]?.at ?? from) - from)} although it has not lost its lock`,
              wanted: 'kills only after a lost lock',
            };
          },
        },
      ],
      hints: [
        'Let time run until a pod of `payments` is no longer Ready, and look at it with `kubectl describe pod`: which of its probes fails, and what does Kubernetes do about it?',
        '`livenessProbe` stands beside `readinessProbe` and has the same fields. It must ask something that needs the lock, with a `periodSeconds` and a `failureThreshold` that together stay under a minute.',
        'kubectl edit deployment payments\n\n        livenessProbe:\n          httpGet:\n            path: /……\n            port: 8080\n          periodSeconds: 10\n          failureThreshold: …',
      ],
      why: 'Three unanswered questions, ten seconds apart, and the kubelet killed the container; `restartPolicy: Always` started a new one, with a new lock. The next deadlock waits for it: only version 1.6 mends that.',
      evidence: (view) =>
        told(view, (world, lock) => {
          const kill = killed(world, lock);
          return kill && firstAfter(world, kill.id, (entry) => follows(world, entry, kill, 'kubelet.start'));
        }),
      picture: 'A pod that had lost its lock was started again, and all three answer.',
      drawn: (world) => settled(world, 'payments') && allServed(world) && restartsOf(world, 'payments', 0).length > 0,
      solution: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","livenessProbe":{"httpGet":{"path":"/readyz","port":8080}}}]}}}}'
kubectl rollout status deployment/payments
`,
      nearMisses: [
        {
          why: '/healthz answers as long as the process lives',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","livenessProbe":{"httpGet":{"path":"/healthz","port":8080}}}]}}}}'; sleep 30`,
        },
        {
          why: 'nine failures ten seconds apart are a minute and a half',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","livenessProbe":{"httpGet":{"path":"/readyz","port":8080},"failureThreshold":9}}]}}}}'; sleep 30`,
        },
      ],
      otherWays: [
        {
          why: 'the health check is told to take the lock too',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","env":[{"name":"HEALTHZ_TAKES_LOCK","value":"true"}],"livenessProbe":{"httpGet":{"path":"/healthz","port":8080}}}]}}}}'
kubectl rollout status deployment/payments`,
        },
        {
          why: 'asking every five seconds, patient with four failures',
          script: `kubectl patch deployment payments -p '{"spec":{"template":{"spec":{"containers":[{"name":"payments","livenessProbe":{"httpGet":{"path":"/readyz","port":8080},"periodSeconds":5,"failureThreshold":4}}]}}}}'
kubectl rollout status deployment/payments`,
        },
      ],
    },
  ],
};

/** Every lock that will be lost in the next minutes is answered within a minute, by what `answer` looks for. */
function noticed(view: CheckView, what: string, answer: Answer): Finding {
  const from = view.world.sim.now;
  const wanted = `each dead pod ${what} within 60 s`;
  const image = containerOf(view.world, 'payments')?.image ?? '';
  if (image !== '' && !image.endsWith('payments:1.5'))
    return { met: false, observed: `payments runs ${image}, which keeps its lock; there is nothing to notice`, wanted };
  const world = view.ahead(AHEAD_MS);
  const locks = locksAhead(view);
  if (locks.length === 0)
    return {
      met: false,
      observed: 'no pod of payments gets far enough to lose its lock in the next two minutes',
      wanted,
    };
  let slowest = 0;
  for (const lock of locks) {
    const entry = answer(world, lock);
    const name = lock.pod.split('/')[1] ?? lock.pod;
    if (!entry)
      return {
        met: false,
        observed: `${name} loses its lock in ${seconds(lock.at - from)}, and nothing follows`,
        wanted,
      };
    const took = entry.at - lock.at;
    slowest = Math.max(slowest, took);
    if (took > NOTICE_MS)
      return { met: false, observed: `${name} ${what} ${seconds(took)} after it lost its lock`, wanted };
  }
  return {
    met: true,
    observed: `in the next two minutes ${count(locks.length, 'lock is', 'locks are')} lost; the slowest answer takes ${seconds(slowest)}`,
    wanted,
  };
}

/** What answers a lost lock; undefined when nothing does. */
type Answer = (world: CheckView['world'], lock: Happening) => JournalEntry | undefined;

const leaves: Answer = (world, lock) => leftService(world, lock.pod, lock.at);
const killed: Answer = (world, lock) =>
  killsOf(world, 'payments', lock.at).find((kill) => kill.pod === lock.pod)?.entry;

/** Locks that will be lost soon enough for the answer to lie in what is looked at. */
function locksAhead(view: CheckView): readonly Happening[] {
  const from = view.world.sim.now;
  return deadlocksOf(view.ahead(AHEAD_MS), 'payments', from).filter(({ at }) => at <= from + AHEAD_MS - 2 * NOTICE_MS);
}

/** The first lost lock, and the chain of causes that ends in its answer. */
function told(view: CheckView, last: Answer): readonly JournalEntry[] {
  const world = view.ahead(AHEAD_MS);
  const [lock] = locksAhead(view);
  return lock ? [lock.entry, ...chainTo(world, last(world, lock)).filter(({ id }) => id > lock.entry.id)] : [];
}

function follows(world: CheckView['world'], entry: JournalEntry, cause: JournalEntry, kind: string): boolean {
  return entry.kind === kind && world.sim.journal.chain(entry.id).some(({ id }) => id === cause.id);
}

/** After the rollout, the pods that can answer are Ready. */
function healthyPodsAreReady(view: CheckView): Finding {
  const world = view.ahead(40_000);
  const dead = new Set(deadlocksOf(world, 'payments', 0).map(({ pod }) => pod));
  const healthy = podsOf(world, 'payments').filter((pod) => !dead.has(`default/${pod.metadata.name}`));
  const ready = healthy.filter(isReady);
  const met = healthy.length > 0 && ready.length === healthy.length;
  const said = met ? '' : lastFailure(world, 'payments', 'Readiness', view.world.sim.now);
  return {
    met,
    observed:
      healthy.length === 0
        ? 'in 40 s no pod of payments is left that can answer'
        : `in 40 s, ${count(ready.length, 'is Ready', 'are Ready')} of ${count(healthy.length, 'pod')} that can answer${said === '' ? '' : `; the last readiness probe: ${said}`}`,
    wanted: 'all of them Ready',
  };
}
