// One world: a scenario and a seed, wired up. What may be asked of it from outside comes through `handle` (the
// Kubernetes API), `exec`, `http` and `machine`; all four are inputs, and a run is a function of scenario, seed and
// inputs alone. Timeline keeps the list of inputs; hosts decide how fast time goes.
import type { ApiResponse } from './api/http.ts';
import { assert, unreachable } from './engine/assert.ts';
import { phase, Simulation } from './engine/simulation.ts';
import { parseDuration, parseTime } from './engine/time.ts';
import { createApiServer, type ApiServer } from './kubernetes/api/server.ts';
import { createSystemObjects } from './kubernetes/api/system-objects.ts';
import type { Cluster } from './kubernetes/cluster.ts';
import { withEndpoints } from './kubernetes/controllers/endpoints/endpoints-view.ts';
import { createControllers } from './kubernetes/controllers/index.ts';
import { createEventRecorder } from './kubernetes/event-recorder.ts';
import type { Kubelets } from './kubernetes/kubelet/contract.ts';
import { createKubelets, createNodes } from './kubernetes/kubelet/index.ts';
import { createTraffic } from './kubernetes/network/index.ts';
import { createMetrics } from './kubernetes/metrics.ts';
import type { ResourceName } from './kubernetes/objects.ts';
import { apiVersionOf, resourceInfo, resourceOf } from './kubernetes/resources.ts';
import {
  createScheduler,
  defaultProfiles,
  type Profiles,
  readConfiguration,
  type Scheduler,
} from './kubernetes/scheduler/index.ts';
import { Store } from './kubernetes/store.ts';
import type { Scenario, ScriptStep } from './scenario.ts';
import { createStowage, type Stowage } from './stowage.ts';
import type { ClientSpec, Traffic } from './traffic/contract.ts';
import { createImages } from './workload/images.ts';
import type { Processes } from './workload/process.ts';
import { createProcesses } from './workload/processes.ts';
import type { Servers } from './workload/requests.ts';
import type { Sessions } from './workload/sessions.ts';

export interface World extends Cluster {
  readonly scenario: Scenario;
  readonly api: ApiServer;
  readonly kubelets: Kubelets;
  readonly scheduler: Scheduler;
  readonly traffic: Traffic;
  readonly processes: Processes & Pick<Servers, 'listens'> & { readonly sessions: Sessions };
  readonly stowage: Stowage;
}

/** Above this many nodes only the winner of a scheduling decision is kept, not every score. */
const FULL_DETAIL_NODES = 100;

/** Builds the world at virtual time 0: nodes, system objects and the scenario's objects exist, nothing runs yet. */
export function createWorld(scenario: Scenario, seed: number): World {
  const epochMs = parseTime(scenario.startsAt);
  assert(epochMs !== undefined, `startsAt ${scenario.startsAt}`);
  const nodeCount = scenario.nodes.reduce((sum, node) => sum + (node.count ?? 1), 0);
  const sim = new Simulation({ seed, epochMs, detail: nodeCount > FULL_DETAIL_NODES ? 'summary' : 'full' });
  const store = new Store(sim);
  const cluster: Cluster = { sim, store, events: createEventRecorder(sim, store) };
  const images = createImages();
  const processes = createProcesses(sim, images);
  const kubelets = createKubelets(cluster, { processes, images });
  const metrics = createMetrics(cluster, { processes, kubelets });
  createControllers(cluster, { kubelets, metrics });
  const scheduler = createScheduler(cluster, {
    profiles: profilesOf(scenario),
    budgets: () => store.list('poddisruptionbudgets'),
  });
  const traffic = createTraffic(cluster, {
    processes,
    kubelets,
    clients: scenario.clients.map(clientSpec),
    proxy: scenario.proxy ?? { mode: 'iptables', scheduler: 'rr' },
  });
  const api = createApiServer({ ...cluster, store: withEndpoints(store) }, kubelets, metrics);
  const stowage = createStowage(sim, store);
  const world: World = { ...cluster, scenario, api, kubelets, scheduler, traffic, processes, stowage };

  sim.on<ScriptEvent>('scenario.script', ({ step }) => {
    befall(world, scenario.script[step] as ScriptStep);
  });
  createSystemObjects(cluster);
  createNodes(cluster, scenario.nodes);
  scenario.objects.forEach((manifest, i) => {
    const problem = apply(world, manifest);
    assert(problem === undefined, `scenario ${scenario.name}, object ${String(i)}: ${problem ?? ''}`);
  });
  scenario.script.forEach((step, i) => {
    sim.schedule<ScriptEvent>(durationMs(step.at), phase.input, { kind: 'scenario.script', step: i });
  });
  return world;
}

function profilesOf({ scheduler }: Scenario): Profiles {
  if (scheduler === undefined) return defaultProfiles;
  const read = readConfiguration(scheduler);
  assert('profiles' in read, `scheduler: ${'error' in read ? read.error : ''}`);
  return read.profiles;
}

interface ScriptEvent {
  readonly kind: 'scenario.script';
  readonly step: number;
}

function befall(world: World, step: ScriptStep): void {
  const cause = world.sim.record('scenario.script', step.kind);
  world.sim.because(cause, () => {
    switch (step.kind) {
      case 'apply': {
        const problem = apply(world, step.manifest);
        assert(problem === undefined, `scenario ${world.scenario.name}, script at ${step.at}: ${problem ?? ''}`);
        return;
      }
      case 'delete':
        world.store.delete(step.resource as ResourceName, deleteKey(step));
        return;
      case 'machine':
        world.kubelets.setMachineRunning(step.node, step.running);
        return;
      default:
        unreachable(step);
    }
  });
}

function deleteKey(step: { readonly resource: string; readonly namespace?: string; readonly name: string }): string {
  return resourceInfo(step.resource as ResourceName).namespaced
    ? `${step.namespace ?? 'default'}/${step.name}`
    : step.name;
}

/** Creates or replaces through the API, as a scenario's author means it. Returns what went wrong. */
function apply(world: World, manifest: unknown): string | undefined {
  const admitted = world.api.admit(manifest);
  if ('status' in admitted) return admitted.status.message;
  const { metadata } = admitted.object;
  const headers = { 'content-type': 'application/json' };
  const info = resourceOf(admitted.object.apiVersion, admitted.object.kind);
  assert(info, `a ${admitted.object.kind} that was admitted but is not served`);
  const scope = info.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
  const collection = `/${info.group === '' ? 'api' : 'apis'}/${apiVersionOf(info)}${scope}/${info.resource}`;
  const body = JSON.stringify(manifest);
  const created = world.api.handle({ method: 'POST', path: collection, headers, body });
  if (created.status !== 409) return created.status < 300 ? undefined : message(created);
  const replaced = world.api.handle({
    method: 'PATCH',
    path: `${collection}/${metadata.name}`,
    headers: { 'content-type': 'application/strategic-merge-patch+json' },
    body,
  });
  return replaced.status < 300 ? undefined : message(replaced);
}

function message(response: ApiResponse): string {
  return `${String(response.status)} ${response.body.slice(0, 400)}`;
}

function clientSpec(client: Scenario['clients'][number]): ClientSpec {
  const rate =
    typeof client.rate === 'number'
      ? [{ fromMs: 0, perSecond: client.rate }]
      : client.rate.map((step) => ({ fromMs: durationMs(step.from), perSecond: step.perSecond }));
  return {
    name: client.name,
    url: client.url,
    rate,
    timeoutMs: durationMs(client.timeout ?? '5s'),
    ...(client.connections === undefined ? {} : { connections: client.connections }),
    ...(client.from === undefined ? {} : { from: client.from }),
  };
}

function durationMs(text: string): number {
  const ms = parseDuration(text);
  assert(ms !== undefined, `duration ${text}`);
  return ms;
}
