// Programs for the tests of this folder: how one behaves is written down in a table by image.
import { phase, type Simulation } from '../../engine/simulation.ts';
import { createEventRecorder } from '../event-recorder.ts';
import { Simulation as Sim } from '../../engine/simulation.ts';
import { Store } from '../store.ts';
import type { Cluster } from '../cluster.ts';
import type { Container, Pod, PodSpec } from '../objects.ts';
import type { Exit, ImageInfo, Images, LogLine, ProbeAnswer, Processes, ProcessSpec } from '../../workload/process.ts';
import { createKubelets, createNodes, type Kubelets } from './index.ts';

export interface Behaviour {
  /** The port is refused before this age. */
  readonly bootMs?: number;
  /** Ends by itself at this age. */
  readonly exitsAtMs?: number;
  readonly exit?: Exit;
  /** Time from SIGTERM to its exit with `termCode`; null ignores it. */
  readonly termMs?: number | null;
  readonly termCode?: number;
  /** From each age on, probes get this. Ages ascend. */
  readonly answers?: readonly { readonly fromMs: number; readonly answer: ProbeAnswer }[];
  /** Says beforehand when its answers change; otherwise it only says so when they do. */
  readonly foretells?: boolean;
}

interface Running {
  readonly spec: ProcessSpec;
  readonly startedAt: number;
  readonly endedAt: number | null;
}

interface FakeEvent {
  readonly kind: 'fake.exit' | 'fake.change';
  readonly id: string;
  readonly exit?: Exit;
}

function createFakeProcesses(sim: Simulation, table: Readonly<Record<string, Behaviour>>): Processes {
  let running = new Map<string, Running>();
  let exitListener: (id: string, exit: Exit) => void = () => undefined;
  let disturbed: (id: string) => void = () => undefined;
  const behaviour = (id: string): Behaviour => table[running.get(id)?.spec.image ?? ''] ?? {};
  const alive = (id: string) => running.get(id)?.endedAt === null;
  const end = (id: string, exit: Exit) => {
    const found = running.get(id);
    if (found?.endedAt !== null) return;
    running.set(id, { ...found, endedAt: sim.now });
    exitListener(id, exit);
  };
  sim.on<FakeEvent>('fake.exit', ({ id, exit }) => {
    if (alive(id)) end(id, exit ?? { exitCode: 0, reason: 'Completed' });
  });
  sim.on<FakeEvent>('fake.change', ({ id }) => {
    if (!alive(id)) return;
    sim.because(sim.record('workload.lock', id, '', 'A lock is taken and never released'), () => {
      disturbed(id);
    });
  });
  sim.register<ReadonlyMap<string, Running>>({
    name: 'fake.processes',
    save: () => new Map(running),
    load: (state) => {
      running = new Map(state);
    },
  });
  const changes = (id: string): readonly number[] => {
    const { bootMs = 0, answers = [] } = behaviour(id);
    const start = running.get(id)?.startedAt ?? 0;
    return [bootMs, ...answers.map(({ fromMs }) => fromMs)].map((age) => start + age);
  };
  return {
    start(spec) {
      running.set(spec.id, { spec, startedAt: sim.now, endedAt: null });
      const { exitsAtMs, exit, foretells } = behaviour(spec.id);
      if (exitsAtMs !== undefined)
        sim.schedule<FakeEvent>(sim.now + exitsAtMs, phase.workload, {
          kind: 'fake.exit',
          id: spec.id,
          ...(exit ? { exit } : {}),
        });
      if (foretells !== true)
        for (const at of changes(spec.id))
          if (at > sim.now) sim.schedule<FakeEvent>(at, phase.workload, { kind: 'fake.change', id: spec.id }, null);
    },
    terminate(id) {
      const { termMs = 0, termCode = 0 } = behaviour(id);
      if (termMs === null || !alive(id)) return;
      const exit: Exit = { exitCode: termCode, reason: termCode === 0 ? 'Completed' : 'Error' };
      sim.schedule<FakeEvent>(sim.now + termMs, phase.workload, { kind: 'fake.exit', id, exit });
    },
    kill(id) {
      end(id, { exitCode: 137, reason: 'Error' });
    },
    running: alive,
    probe(id) {
      const { bootMs = 0, answers = [] } = behaviour(id);
      const age = sim.now - (running.get(id)?.startedAt ?? 0);
      if (!alive(id) || age < bootMs) return { kind: 'refused', latencyMs: 0 };
      let found: ProbeAnswer = { kind: 'status', status: 200, latencyMs: 3 };
      for (const { fromMs, answer } of answers) if (age >= fromMs) found = answer;
      return found;
    },
    stableUntil(id) {
      if (behaviour(id).foretells !== true) return Infinity;
      return changes(id).find((at) => at > sim.now) ?? Infinity;
    },
    logs(id): readonly LogLine[] {
      const found = running.get(id);
      return found ? [{ at: found.startedAt, text: `hello from ${id.slice(0, 4)}` }] : [];
    },
    forget(id) {
      running.delete(id);
    },
    exec: () => ({ exitCode: 0, stdout: '', stderr: '' }),
    usage: () => ({ cpuMilli: 0, memoryBytes: 0 }),
    scrapedCpuMilli: () => 0,
    onExit(listener) {
      exitListener = listener;
    },
    onDisturbed(listener) {
      disturbed = listener;
    },
  };
}

const fakeImages: Images = {
  find(reference): ImageInfo | undefined {
    if (reference.startsWith('missing')) return undefined;
    return {
      reference: `docker.io/library/${reference.includes(':') ? reference : `${reference}:latest`}`,
      digest: `sha256:${'0'.repeat(64)}`,
      sizeBytes: 60_000_000,
      env: { PATH: '/bin' },
      entrypoint: ['/app'],
      program: 'fake',
    };
  },
};

export interface TestWorld extends Cluster {
  readonly kubelets: Kubelets;
  readonly processes: Processes;
}

export function createTestWorld(
  table: Readonly<Record<string, Behaviour>> = {},
  options: { readonly seed?: number; readonly eagerProbes?: boolean; readonly nodes?: number } = {},
): TestWorld {
  const sim = new Sim({ seed: options.seed ?? 1, epochMs: Date.parse('2026-11-24T09:00:00Z'), detail: 'full' });
  const store = new Store(sim);
  const cluster: Cluster = { sim, store, events: createEventRecorder(sim, store) };
  const processes = createFakeProcesses(sim, table);
  const kubelets = createKubelets(cluster, {
    processes,
    images: fakeImages,
    eagerProbes: options.eagerProbes ?? false,
  });
  createNodes(cluster, [{ name: 'node', count: options.nodes ?? 1, cpu: '4', memory: '8Gi' }]);
  return { ...cluster, kubelets, processes };
}

export function container(image: string, more: Partial<Container> = {}): Container {
  return { name: 'app', image, imagePullPolicy: 'IfNotPresent', resources: {}, ...more };
}

export function createPod(world: Cluster, name: string, spec: Partial<PodSpec> & Pick<PodSpec, 'containers'>): Pod {
  return world.store.create('pods', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: { app: name } },
    spec: {
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      schedulerName: 'default-scheduler',
      nodeName: 'node-1',
      ...spec,
    },
    status: { phase: 'Pending', qosClass: 'BestEffort' },
  });
}

export function events(world: Cluster): readonly string[] {
  return [...world.store.values('events')].map((e) => `${e.type} ${e.reason} ${e.message}`);
}

export function podNamed(world: Cluster, name: string): Pod {
  const pod = world.store.get('pods', `default/${name}`);
  if (!pod) throw new Error(`no pod ${name}`);
  return pod;
}

export const httpProbe = (more: object = {}) => ({
  httpGet: { path: '/readyz', port: 8080, scheme: 'HTTP' as const },
  periodSeconds: 10,
  timeoutSeconds: 1,
  successThreshold: 1,
  failureThreshold: 3,
  ...more,
});
