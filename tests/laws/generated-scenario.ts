// Scenarios that nobody would write: a few machines, a few deployments with probes and limits that may be wise or not,
// clients, and a script of faults. The same seed gives the same scenario.
import { readScenario, type Scenario } from '../../src/sim/index.ts';
import { chance, pick, type Chance } from './chance.ts';

export const IMAGES = [
  'harbour/storefront:2.0',
  'harbour/storefront:2.1',
  'harbour/payments:1.4',
  'harbour/payments:1.5',
  'harbour/payments:1.6',
  'harbour/search:2.0',
  'harbour/search:2.1',
  'nginx:1.27',
  'redis:7.4',
  // Nobody has pushed this one.
  'harbour/payments:9.9',
] as const;

/** Each keeps its strategy: an apply that turns one into the other is refused, as it should be. */
const RECREATED: ReadonlySet<string> = new Set(['search', 'extra-1']);

const NAMES = ['storefront', 'payments', 'search'] as const;

export function generatedScenario(seed: number): Scenario {
  const int = chance(seed);
  const names = NAMES.slice(0, 1 + int(NAMES.length));
  const nodes = Array.from({ length: 2 + int(4) }, (_, i) => node(int, i));
  const read = readScenario({
    name: `generated ${String(seed)}`,
    nodes,
    objects: names.flatMap((name) => [deployment(int, name), service(name)]),
    clients: names
      .filter(() => int(2) === 0)
      .map((name) => ({
        name: `${name}-client`,
        url: `http://${name}/`,
        rate: 1 + int(30),
        timeout: `${String(1 + int(4))}s`,
      })),
    script: Array.from({ length: int(4) }, () => scriptStep(int, names, nodes)).sort((a, b) => a.after - b.after),
  });
  if ('error' in read) throw new Error(`seed ${String(seed)}: ${read.error}`);
  return read.scenario;
}

function node(int: Chance, index: number) {
  const taints = int(6) === 0 ? { taints: [{ key: 'reserved', value: 'yes', effect: 'PreferNoSchedule' }] } : {};
  return {
    name: `node-${String(index)}`,
    cpu: String(2 + int(4)),
    memory: `${String(2 + int(6))}Gi`,
    ...(int(4) === 0 ? { pods: 4 + int(4) } : {}),
    ...taints,
  };
}

/** Its shape is that of `kubectl create deployment`, grown by chance. */
export function deployment(int: Chance, name: string): object {
  const memory = 64 * (1 + int(8));
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: { app: name } },
    spec: {
      replicas: int(7),
      selector: { matchLabels: { app: name } },
      minReadySeconds: int(3) === 0 ? int(20) : 0,
      strategy: RECREATED.has(name)
        ? { type: 'Recreate' }
        : {
            type: 'RollingUpdate',
            rollingUpdate: { maxSurge: pick(int, ['25%', 1, 2, '50%']), maxUnavailable: pick(int, ['25%', 0, 1]) },
          },
      template: {
        metadata: { labels: { app: name } },
        spec: {
          terminationGracePeriodSeconds: 1 + int(30),
          containers: [
            {
              name: 'app',
              image: pick(int, IMAGES),
              ...(int(6) === 0 ? { envFrom: [{ configMapRef: { name: 'settings' } }] } : {}),
              env: environment(int),
              resources: {
                requests: { cpu: `${String(50 * (1 + int(20)))}m`, memory: `${String(memory)}Mi` },
                // Always there: an apply merges, and a limit left over from before could be below the new request.
                limits: { memory: `${String(memory * (1 + int(2)))}Mi` },
              },
              ...(int(2) === 0 ? { readinessProbe: probe(int) } : {}),
              ...(int(3) === 0 ? { livenessProbe: probe(int) } : {}),
              ...(int(4) === 0 ? { startupProbe: { ...probe(int), failureThreshold: 5 + int(20) } } : {}),
              ...(int(5) === 0 ? { lifecycle: { preStop: { sleep: { seconds: 1 + int(8) } } } } : {}),
            },
          ],
        },
      },
    },
  };
}

function environment(int: Chance): readonly { readonly name: string; readonly value: string }[] {
  const chosen = [
    { name: 'START_MS', value: String(int(20_000)) },
    { name: 'CRASH_AFTER_MS', value: String(5_000 + int(60_000)) },
    { name: 'READY_AFTER_MS', value: String(int(15_000)) },
    { name: 'IGNORE_TERM', value: 'true' },
    { name: 'DEADLOCK_AFTER_S', value: String(10 + int(60)) },
    { name: 'REQUIRE_ENV', value: 'DATABASE_URL' },
  ];
  return chosen.filter(() => int(6) === 0);
}

function probe(int: Chance): object {
  return {
    httpGet: { path: pick(int, ['/readyz', '/healthz', '/nowhere']), port: pick(int, [8080, 8080, 8080, 80]) },
    periodSeconds: 1 + int(10),
    timeoutSeconds: 1 + int(3),
    failureThreshold: 1 + int(4),
    initialDelaySeconds: int(2) * int(10),
  };
}

export function service(name: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
  };
}

function scriptStep(int: Chance, names: readonly string[], nodes: readonly { readonly name: string }[]) {
  const after = 10 + int(120);
  const at = `${String(after)}s`;
  switch (int(3)) {
    case 0:
      return { after, at, kind: 'machine', node: pick(int, nodes).name, running: int(2) === 0 };
    case 1:
      return { after, at, kind: 'delete', resource: 'deployments', name: pick(int, names) };
    default:
      return { after, at, kind: 'apply', manifest: deployment(int, pick(int, names)) };
  }
}
