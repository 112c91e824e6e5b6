// A container engine on one machine: dockerd 28 with the overlay2 store, wired. Its containers are tasks of the machine,
// its networks are bridges of the machine, its volumes and what containers write lie on the machine's disk.
//
//   const engine = createEngine(sim, machine, { registries, http: () => world.http });
//   engine.api … is in ../api; Routes for HTTP in `routesOf`.
import { BuildCache } from '../build/cache.ts';
import { Builds } from '../build/builds.ts';
import type { BuildOutput } from '../build/job.ts';
import { platformOf } from '../images/platform.ts';
import { familiarString, parseReference, withDefaultTag } from '../images/reference.ts';
import { ImageStore } from '../images/store.ts';
import { Transfers } from '../registry/transfers.ts';
import type { SimEvent } from '../../engine/event-queue.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { Machine } from '../../linux/machine.ts';
import type { Routes } from '../../linux/serving.ts';
import { traceOf } from './buildkit-trace.ts';
import { runEnded, runStep, stopStep } from './build-runs.ts';
import { startDaemons } from './daemons.ts';
import { type Dockerd, ENGINE_PHASE, type EngineOptions, type Notice, type Timer } from './dockerd.ts';
import { containerEvent, emit } from './events.ts';
import { execEnded } from './execs.ts';
import { probe, probeTimedOut } from './health.ts';
import { input, wake } from './inside/process.ts';
import { containerEnded, drainExits, killNow, restartNow } from './lifecycle.ts';
import { output } from './logs.ts';
import { predefinedNetworks, reach, resolveName } from './networks.ts';
import { randomId } from './names.ts';
import { DATA } from './rootfs.ts';
import { copyState, emptyState, type EngineState, type Target } from './state.ts';

export type { EngineOptions } from './dockerd.ts';

export type Engine = Dockerd;

interface TimerEvent extends SimEvent {
  readonly timer: Timer;
}

export function createEngine(sim: Simulation, machine: Machine, options: EngineOptions): Engine {
  const { name } = machine;
  const kind = `docker.${name}`;
  let state: EngineState = emptyState();
  const images = new ImageStore(sim, name);
  const cache = new BuildCache(sim, name, images);
  const host = platformOf(machine.architecture);
  const listeners = new Set<(notice: Notice) => void>();
  const files = machine.taskFiles(1);

  const engine: Engine = {
    sim,
    machine,
    options,
    get state() {
      return state;
    },
    images,
    cache,
    host,
    files,
    listeners,
    jobs: new Map(),
    transfers: new Transfers(sim, {
      name,
      store: images,
      registries: options.registries,
      host,
      freeBytes: () => {
        const { sizeBytes, usedBytes } = files.statfs(DATA);
        return sizeBytes - usedBytes - images.diskBytes();
      },
      onMessage: (job, message) => say(`transfer ${String(job)}`, message),
      onEnd(job, outcome) {
        if (!outcome.ok) say(`transfer ${String(job)}`, failureLine(outcome.message));
        endJob(`transfer ${String(job)}`);
        const waiting = pulls.get(job);
        pulls.delete(job);
        if (waiting !== undefined) engine.builds.pulled(waiting, outcome.ok ? undefined : outcome.message);
      },
    }),
    builds: new Builds(sim, {
      name,
      store: images,
      cache,
      host,
      newContainerId: () => randomId(engine.random()),
      pull(build, image, platform) {
        const job = engine.transfers.pull(image, platform);
        pulls.set(job, build);
      },
      run: (build, request) => runStep(engine, build, request),
      stop: (_build, request) => {
        stopStep(engine, request);
      },
      onOutput: (build, message) => {
        const isKit = engine.builds.running().some(({ id, request }) => id === build && request.style === 'buildkit');
        say(`build ${String(build)}`, buildLine(message, isKit, sim.epochMs));
      },
      onEnd(build, outcome) {
        const job = `build ${String(build)}`;
        if (!outcome.ok) {
          const { message, code } = outcome;
          say(job, { errorDetail: { ...(code !== undefined && { code }), message }, error: message });
        }
        endJob(job);
      },
    }),
    notify(notice) {
      for (const listener of [...listeners]) listener(notice);
    },
    later: (ms, timer, cause = sim.cause) =>
      sim.schedule<TimerEvent>(sim.now + ms, ENGINE_PHASE, { kind, timer }, cause),
    cancel(event) {
      if (event >= 0) sim.cancel(event);
    },
    put(container) {
      state.containers.set(container.id, container);
    },
    change(id, change) {
      const found = state.containers.get(id);
      if (!found) throw new Error(`no container ${id}`);
      const next = { ...found, ...change };
      state.containers.set(id, next);
      return next;
    },
    putExec(exec) {
      state.execs.set(exec.id, exec);
    },
    putProcess(process) {
      state.processes.set(process.pid, process);
    },
    random: () => sim.random(kind),
    buildEnded(container) {
      runEnded(engine, container);
    },
    record: (container, reason, message) =>
      sim.record(`docker.${reason.toLowerCase()}`, `${name}/container/${container.name}`, reason, message, undefined, sim.cause ?? container.cause), // prettier-ignore
  };

  /** Builds by the pull that they wait for. */
  let pulls = new Map<number, number>();

  sim.register<{ readonly engine: EngineState; readonly pulls: ReadonlyMap<number, number> }>({
    name: kind,
    save: () => ({ engine: copyState(state), pulls: new Map(pulls) }),
    load(saved) {
      state = copyState(saved.engine);
      pulls = new Map(saved.pulls);
      // Who listens is outside of the world.
      engine.notify({ kind: 'rewound' });
      listeners.clear();
      engine.jobs.clear();
    },
  });

  sim.on<TimerEvent>(kind, ({ timer }) => {
    act(engine, timer);
    drainExits(engine);
  });

  machine.onExit((exit, task) => {
    if (!isOurs(task.cgroup)) return;
    state.exits = [...state.exits, { pid: exit.pid, code: exit.code }];
    if (exit.oomKilled) oomKilled(task.cgroup);
    if (state.exitEvent < 0) state.exitEvent = engine.later(0, { what: 'exits' });
  });
  machine.onOutput((pid, stream, text) => {
    const target = ownerOf(pid);
    if (target) output(engine, target, stream, text);
  });

  for (const path of [DATA, `${DATA}/overlay2`, `${DATA}/containers`, `${DATA}/volumes`, `${DATA}/image/overlay2`])
    files.mkdirs(path, 0o711);
  startDaemons(engine);
  predefinedNetworks(engine);
  return engine;

  function isOurs(cgroup: string): boolean {
    return cgroup.startsWith('/system.slice/docker-');
  }

  function oomKilled(cgroup: string): void {
    for (const container of state.containers.values()) {
      if (container.sandbox?.cgroupPath !== cgroup) continue;
      containerEvent(engine, engine.change(container.id, { state: { ...container.state, oomKilled: true } }), 'oom');
    }
  }

  /** Whose output a task's is: its own, or that of who started it. */
  function ownerOf(pid: number): Target | undefined {
    for (let task = machine.task(pid); task; task = machine.task(task.ppid)) {
      const owner = state.owners.get(task.pid);
      if (owner) return owner;
      if (!isOurs(task.cgroup)) return undefined;
    }
    return undefined;
  }

  function say(job: string, message: object): void {
    const found = engine.jobs.get(job) ?? { lines: [], ended: false };
    engine.jobs.set(job, found);
    const line = `${JSON.stringify(message)}\r\n`;
    found.lines.push(line);
    engine.notify({ kind: 'progress', job, line });
  }

  function endJob(job: string): void {
    const found = engine.jobs.get(job) ?? { lines: [], ended: false };
    found.ended = true;
    engine.jobs.set(job, found);
    engine.notify({ kind: 'job-ended', job });
    // What nobody has come for is forgotten some time.
    if (engine.jobs.size > 20) for (const [key, one] of engine.jobs) if (one.ended && engine.jobs.size > 20) engine.jobs.delete(key); // prettier-ignore
  }
}

function failureLine(message: string): object {
  return { errorDetail: { message }, error: message };
}

function act(engine: Engine, timer: Timer): void {
  switch (timer.what) {
    case 'exits':
      engine.state.exitEvent = -1;
      break;
    case 'ended':
      if (engine.state.containers.get(timer.container)?.state.pid === timer.pid)
        containerEnded(engine, timer.container, timer.code);
      break;
    case 'exec-ended':
      execEnded(engine, timer.exec, engine.state.execs.get(timer.exec)?.pid ?? 0, timer.code);
      break;
    case 'stop':
      if (engine.state.containers.has(timer.container)) engine.change(timer.container, { stopEvent: -2 });
      killNow(engine, timer.container);
      break;
    case 'restart':
      restartNow(engine, timer.container);
      break;
    case 'health':
      probe(engine, timer.container);
      break;
    case 'probe-timeout':
      probeTimedOut(engine, timer.exec);
      break;
    case 'wake':
      wake(engine, timer.pid);
      break;
  }
}

/** What a client of the API reads of a build. */
function buildLine(message: BuildOutput, isKit: boolean, epochMs: number): object {
  switch (message.kind) {
    case 'stream':
      return { stream: message.text };
    case 'aux':
      return { ...(isKit && { id: 'moby.image.id' }), aux: { ID: message.id } };
    default:
      return { id: 'moby.buildkit.trace', aux: traceOf(message, epochMs) };
  }
}

/** Bytes that a client sends to a container or a command; undefined is their end. */
export function sendInput(engine: Engine, target: Target, bytes: string | undefined): void {
  const { state } = engine;
  const container = state.containers.get(target.container);
  if (target.exec === undefined && container?.state.running !== true) {
    // A client attaches first and starts then; what it says in between is not lost.
    if (container)
      engine.change(container.id, {
        earlyInput: container.earlyInput + (bytes ?? ''),
        earlyInputEnded: container.earlyInputEnded || bytes === undefined,
      });
    return;
  }
  const pid = target.exec === undefined ? container?.state.pid : state.execs.get(target.exec)?.pid;
  if (pid !== undefined && pid > 0) input(engine, pid, bytes);
  drainExits(engine);
}

/** What engines add to the ways of requests in a world of machines. */
export function routesOf(engines: ReadonlyMap<string, Engine>): Routes {
  return {
    resolve(machine, namespace, name) {
      const engine = engines.get(machine.name);
      return engine && resolveName(engine, namespace, name);
    },
    reach(machine, namespace, address, port) {
      const engine = engines.get(machine.name);
      const pid = engine && reach(engine, namespace, address, port);
      return pid === undefined ? undefined : { machine, pid };
    },
  };
}

/** An image that is on the machine's disk from the start. */
export function loadImage(engine: Engine, name: string): void {
  const reference = withDefaultTag(parseReference(name));
  const { registries } = engine.options;
  const document = registries.resolve(reference);
  const found = registries.images(reference, document);
  const image = found.find(({ config }) => config.architecture === engine.host.architecture) ?? found[0];
  if (!image) return;
  engine.images.add(image);
  engine.images.name(reference, image.id);
  emit(engine, 'image', 'pull', familiarString(reference), { name: familiarString(reference) });
}
