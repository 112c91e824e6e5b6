// All processes of the world. Models what a container runtime and a kernel do for the kubelet (start, signals, exit
// codes, the out-of-memory killer) and leaves the programs' ways to `service.ts` and `script.ts`. Every process has at
// most one event waiting: the next moment at which something happens by itself.
//
// PID 1 rules: a signal without a handler is ignored, so a plain `sleep` outlives SIGTERM and needs SIGKILL after the
// grace period; SIGKILL from inside the container does nothing.
import { assert } from '../engine/assert.ts';
import type { SimEvent } from '../engine/event-queue.ts';
import { fnv1a32 } from '../engine/hash.ts';
import { phase, type Simulation } from '../engine/simulation.ts';
import { formatTime } from '../engine/time.ts';
import { execute } from './exec.ts';
import { ask, bodyOf } from './inside.ts';
import { copyInstance, type Instance, NEVER, subjectOf } from './instance.ts';
import type { Exit, Images, LogLine, ProbeAnswer, ProbeCheck, Processes, ProcessSpec } from './process.ts';
import { commandLine, launch, type Program, programNamed } from './programs/index.ts';
import { scrapedMilli } from './server.ts';
import { createVolumes } from './volumes.ts';
import type { Connect, Servers } from './requests.ts';
import { resume, startScript } from './script.ts';
import { createSessions, type Sessions } from './sessions.ts';
import {
  abandon,
  ceilingOf,
  cpuOf,
  type Host,
  inquire,
  listensOn,
  lostRequests,
  memoryOf,
  moveOn,
  nextOf,
  receive,
  startService,
  steadyUntil,
  terminateService,
} from './service.ts';

/** Lines kept for each container; the older half goes when there are more, as log files are rotated. */
const MOST_LINES = 1000;
/** What the smallest process weighs. */
const SMALL_BYTES = 1_048_576;

interface WakeEvent extends SimEvent {
  readonly kind: 'workload.wake';
  readonly id: string;
}

interface ExitEvent extends SimEvent {
  readonly kind: 'workload.exit';
  readonly id: string;
  readonly exit: Exit;
}

export function createProcesses(
  sim: Simulation,
  images: Images,
): Required<Processes> & Servers & { readonly sessions: Sessions } {
  let instances = new Map<string, Instance>();
  let exited: (id: string, exit: Exit) => void = () => undefined;
  let disturbed: (id: string) => void = () => undefined;
  let logged: (id: string, line: LogLine) => void = () => undefined;
  let answered: (requestId: number, status: number) => void = () => undefined;

  sim.register<readonly Instance[]>({
    name: 'workload.processes',
    save: () => [...instances.values()].map(copyInstance),
    load: (state) => {
      instances = new Map(state.map((instance) => [instance.spec.id, copyInstance(instance)]));
    },
  });

  const volumes = createVolumes(sim);
  let connect: Connect = () => ({ kind: 'lost' });
  const host: Host & { readonly epochMs: number } = {
    epochMs: sim.epochMs,
    volumes,
    get now() {
      return sim.now;
    },
    get timestamp() {
      return formatTime(sim.epochMs + sim.now);
    },
    log(instance, text) {
      const line = { at: sim.now, text };
      const kept = instance.logs.length >= MOST_LINES ? instance.logs.slice(MOST_LINES / 2) : instance.logs;
      instance.logs = kept.concat(line);
      logged(instance.spec.id, line);
    },
    record(instance, kind, reason, message) {
      instance.cause = sim.record(kind, subjectOf(instance), reason, message, undefined, instance.cause);
    },
    exit(instance, exit) {
      if (instance.exit) return;
      const lost = instance.service ? lostRequests(instance.service, sim.now) : [];
      instance.exit = exit;
      disarm(instance);
      const what = exit.reason === 'Completed' ? 'is done' : `ended with exit code ${String(exit.exitCode)}`;
      host.record(instance, 'workload.exit', exit.reason, `${instance.argv[0] ?? 'process'} ${what}`);
      for (const requestId of lost) answered(requestId, 0);
      const { id } = instance.spec;
      // The kubelet hears of it after whoever brought it about is done.
      sim.schedule<ExitEvent>(sim.now, phase.workload, { kind: 'workload.exit', id, exit }, instance.cause);
    },
    answer(requestId, status) {
      answered(requestId, status);
    },
    disturbed(instance, cause = sim.cause) {
      if (!instance.exit) sim.because(cause, () => disturbed(instance.spec.id));
    },
    draw: (name, bound) => sim.random(name).int(bound),
    dial(instance, address, port, path) {
      const { namespace, pod, podIP } = instance.spec.host;
      // Not a stream: how often a probe asks is nobody's business, so its draws must move nothing.
      const draw = (bound: number) => fnv1a32(`${instance.spec.id} ${address} ${String(sim.now)}`) % bound;
      const to = connect(address, port, { namespace, pod, podIP, draw });
      switch (to.kind) {
        case 'process': {
          const found = alive(to.processId);
          return found ? ask(found, programOf(found), host, to.port, path) : { kind: 'refused' };
        }
        case 'lost':
          return { kind: 'silence' };
        case 'refused':
        case 'no endpoints':
          return { kind: 'refused' };
        case 'unknown host':
          return { kind: 'unknown host' };
        case 'not simulated':
          return { kind: 'not simulated', what: to.what };
      }
    },
  };

  sim.on<WakeEvent>('workload.wake', ({ id }) => {
    const instance = instances.get(id);
    if (!instance) return;
    instance.wakeEvent = -1;
    instance.wakeAt = NEVER;
    sim.because(instance.cause, () => {
      wake(instance);
    });
  });
  sim.on<ExitEvent>('workload.exit', ({ id, exit }) => {
    sessions.exited(id);
    exited(id, exit);
  });
  const sessions = createSessions(sim, {
    find(id) {
      const instance = alive(id);
      return instance && { instance, program: programOf(instance) };
    },
    host,
    touched: arm,
  });

  function wake(instance: Instance): void {
    if (instance.exit) return;
    const program = programOf(instance);
    const { service, script } = instance;
    if (service) moveOn(instance, service, program, host);
    else if (script && script.resumesAt <= sim.now && resume(instance, script, program, host)) {
      instance.script = null;
      instance.termAt = NEVER;
      startService(instance, program, host);
    }
    arm(instance);
  }

  /** Sees to it that the process is woken in time. An event that comes too early is left: it looks and waits again. */
  function arm(instance: Instance): void {
    if (instance.exit) return;
    const next = instance.service ? nextOf(instance.service) : (instance.script?.resumesAt ?? NEVER);
    if (next >= instance.wakeAt || next === NEVER) return;
    disarm(instance);
    instance.wakeAt = next;
    instance.wakeEvent = sim.schedule<WakeEvent>(
      next,
      phase.workload,
      { kind: 'workload.wake', id: instance.spec.id },
      instance.cause,
    );
  }

  function disarm(instance: Instance): void {
    if (instance.wakeEvent >= 0) sim.cancel(instance.wakeEvent);
    instance.wakeEvent = -1;
    instance.wakeAt = NEVER;
  }

  function alive(id: string): Instance | undefined {
    const instance = instances.get(id);
    return instance && !instance.exit ? instance : undefined;
  }

  return {
    sessions,
    volumes,
    memoryCeiling(id) {
      const instance = alive(id);
      if (!instance) return 0;
      return instance.service ? ceilingOf(instance.service) : SMALL_BYTES;
    },
    startError(spec) {
      const program = programFor(images, spec);
      const what = launch(program.program, program.argv);
      return what.kind === 'error' ? what.message : undefined;
    },
    start(spec) {
      if (instances.has(spec.id)) assert(false, `two processes called ${spec.id}`);
      const { program, argv } = programFor(images, spec);
      const instance: Instance = {
        spec,
        program: program.name,
        argv,
        logs: [],
        files: NO_FILES,
        exit: null,
        termAt: NEVER,
        cause: sim.cause,
        wakeEvent: -1,
        wakeAt: NEVER,
        service: null,
        script: null,
      };
      instances.set(spec.id, instance);
      const what = launch(program, argv);
      if (what.kind === 'error') host.exit(instance, { exitCode: 128, reason: 'Error' });
      else if (what.kind === 'command') {
        instance.script = startScript(what.argv, spec.env);
        // Runs in its own turn, not in the middle of the kubelet's.
        instance.script.resumesAt = sim.now;
      } else if (program.kind !== 'idle') startService(instance, program, host);
      arm(instance);
    },
    terminate(id) {
      const instance = alive(id);
      if (!instance) return;
      const program = programOf(instance);
      instance.cause = sim.cause;
      if (instance.service) {
        if (instance.termAt === NEVER) terminateService(instance, instance.service, program, host);
      } else if (!instance.script) host.exit(instance, { exitCode: 0, reason: 'Completed' });
      else if (instance.script.trapped && instance.termAt === NEVER) instance.termAt = sim.now;
      arm(instance);
    },
    kill(id) {
      const instance = alive(id);
      if (!instance) return;
      instance.cause = sim.cause;
      host.exit(instance, { exitCode: 137, reason: 'Error' });
    },
    running: (id) => alive(id) !== undefined,
    probe(id, check) {
      const instance = alive(id);
      return instance ? probe(instance, check) : { kind: 'refused', latencyMs: 0 };
    },
    stableUntil(id, check) {
      const instance = alive(id);
      if (!instance) return Infinity;
      const steady = instance.service ? steadyUntil(instance, instance.service, sim.now) : Infinity;
      if (check.kind !== 'exec') return steady;
      // Asked of a copy: a command that reads the clock or leaves something behind must be run each time.
      if (check.command.some((word) => word.includes('date'))) return sim.now;
      const copy = { ...instance };
      execute(copy, programOf(instance), { now: sim.now, volumes }, check.command);
      return copy.files === instance.files ? steady : sim.now;
    },
    logs: (id) => instances.get(id)?.logs ?? [],
    forget(id) {
      const instance = instances.get(id);
      if (instance) disarm(instance);
      if (instance) sessions.exited(id);
      instances.delete(id);
    },
    exec(id, argv) {
      const instance = alive(id);
      if (!instance) return { exitCode: 1, stdout: '', stderr: 'cannot exec in a stopped container\n' };
      instance.cause = sim.cause;
      const { exitCode, stdout, stderr, waitedMs } = execute(instance, programOf(instance), host, argv);
      arm(instance);
      return waitedMs === Infinity
        ? { exitCode: 124, stdout, stderr: `${stderr}${argv[0] ?? ''}: does not end; stopped here\n` }
        : { exitCode, stdout, stderr };
    },
    usage(id) {
      const instance = alive(id);
      if (!instance) return { cpuMilli: 0, memoryBytes: 0 };
      const { service, script, spec } = instance;
      if (service) return { cpuMilli: cpuOf(instance, service, sim.now), memoryBytes: memoryOf(service, sim.now) };
      const cores = Math.min(1000, spec.cpuLimitMilli ?? 1000);
      return { cpuMilli: script?.busy === true ? cores : 0, memoryBytes: SMALL_BYTES };
    },
    scrapedCpuMilli(id) {
      const server = alive(id)?.service?.server;
      return server ? scrapedMilli(server, sim.now) : this.usage(id).cpuMilli;
    },
    onExit(listener) {
      exited = listener;
    },
    onDisturbed(listener) {
      disturbed = listener;
    },
    onLog(listener) {
      logged = listener;
    },

    listens(processId, port) {
      const instance = alive(processId);
      return instance?.service ? listensOn(instance, instance.service, port) : false;
    },
    offer(processId, requestId, port, path, vary) {
      const instance = instances.get(processId);
      const service = instance?.service;
      if (!service || instance.exit || !listensOn(instance, service, port)) return 'refused';
      const reception = receive(instance, service, programOf(instance), host, requestId, path, vary);
      arm(instance);
      return reception;
    },
    abandon(processId, requestId) {
      const service = instances.get(processId)?.service;
      if (service) abandon(service, requestId);
    },
    body(processId, path, status) {
      const instance = instances.get(processId);
      return instance?.service ? bodyOf(instance, programOf(instance), host, path, status) : '';
    },
    useNetwork(given) {
      connect = given;
    },
    onAnswer(listener) {
      answered = listener;
    },
  };

  function probe(instance: Instance, check: ProbeCheck): ProbeAnswer {
    const { service } = instance;
    const program = programOf(instance);
    switch (check.kind) {
      case 'http':
        return service
          ? inquire(instance, service, program, sim.now, check.port, check.path)
          : { kind: 'refused', latencyMs: 0 };
      case 'tcp':
        // The kernel accepts for a listening program, however busy or dead it is.
        return service && listensOn(instance, service, check.port)
          ? { kind: 'connected', latencyMs: 0 }
          : { kind: 'refused', latencyMs: 0 };
      case 'exec': {
        const { exitCode, stdout, stderr, waitedMs } = execute(instance, program, host, check.command);
        arm(instance);
        return waitedMs === Infinity
          ? { kind: 'silence' }
          : { kind: 'exit', exitCode, output: stdout + stderr, latencyMs: waitedMs };
      }
    }
  }
}

const NO_FILES: ReadonlyMap<string, string | null> = new Map();

function programFor(
  images: Images,
  spec: ProcessSpec,
): { readonly program: Program; readonly argv: readonly string[] } {
  const image = images.find(spec.image);
  if (!image) assert(false, `process ${spec.id} of an unknown image ${spec.image}`);
  const program = programNamed(image.program);
  if (!program) assert(false, `image ${spec.image} without a program`);
  return { program, argv: commandLine(program, image.entrypoint, spec.command, spec.args) };
}

function programOf(instance: Instance): Program {
  const program = programNamed(instance.program);
  if (!program) assert(false, `unknown program ${instance.program}`);
  return program;
}
