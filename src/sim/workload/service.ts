// The image's own program at work: boot, requests, the lock, memory, signals, the end. Every number comes from
// `programs/settings.ts`; nothing here knows one program from another, or anything of Kubernetes.
//
// Times are predicted, not polled: memory grows along a straight line, so the moment at which it passes the limit is
// known and costs one event. Leaves out: swapping, memory of single requests, other processes in the container.
import { type Instance, NEVER, type Service } from './instance.ts';
import type { Volumes } from './volumes.ts';
import type { RemoteAnswer } from './commands.ts';
import type { Exit, ProbeAnswer, ProcessSpec } from './process.ts';
import type { Program, Route } from './programs/program.ts';
import { readSettings } from './programs/settings.ts';
import type { Reception } from './requests.ts';
import {
  abort,
  backlogMs,
  createServer,
  forecast,
  held,
  nextFinish,
  offer,
  type Server,
  settle,
  usageMilli,
} from './server.ts';

/** What a process can bring about. */
export interface Host {
  readonly volumes: Volumes;
  readonly now: number;
  /** RFC 3339. */
  readonly timestamp: string;
  log(instance: Instance, text: string): void;
  /** Writes a journal entry about the process and makes it the cause of what follows. */
  record(instance: Instance, kind: string, reason: string, message: string): void;
  exit(instance: Instance, exit: Exit): void;
  answer(requestId: number, status: number): void;
  /** @param cause the journal entry that says why, where there is one */
  disturbed(instance: Instance, cause?: number | null): void;
  /** A whole number in `[0, bound)` from the stream `name`. */
  draw(name: string, bound: number): number;
  /** What a request to another address would bring now; asking costs the other program nothing. */
  dial(instance: Instance, address: string, port: number, path: string): RemoteAnswer;
}

/** How long a program takes to find that it cannot run. */
const FAIL_MS = 50;
/** How long after the last sign of pressure answers to probes count as unsteady. */
const CALM_MS = 1000;
/** A wait that no probe can tell from none: no timeout is below a second. */
const NOTICEABLE_MS = 250;

/** Makes the process the image's program, from now on. */
export function startService(instance: Instance, program: Program, host: Host): void {
  const { spec } = instance;
  const settings = readSettings(
    program.name,
    program.configurable ? spec.env : versionAlone(spec.env['VERSION'] ?? ''),
    program.defaults,
  );
  const { deadlockAfterRequests, deadlockAfterMs } = settings;
  const about = (mean: number) =>
    Math.floor(mean / 2) + host.draw(`workload.deadlock.${spec.host.namespace}/${spec.host.pod}`, mean) + 1;
  const bootedAt = host.now + settings.startMs;
  const service: Service = {
    settings,
    startedAt: host.now,
    bootedAt,
    booted: false,
    readyLogged: settings.readyAfterMs === 0,
    serves: program.kind !== 'batch',
    server: null,
    locksLeft: deadlockAfterRequests > 0 ? about(deadlockAfterRequests) : NEVER,
    deadlockAt: deadlockAfterMs > 0 ? bootedAt + about(deadlockAfterMs) : NEVER,
    deadlocked: false,
    stuck: [],
    served: 0,
    cacheBytes: 0,
    pressedUntil: 0,
    item: 0,
    itemEndsAt: NEVER,
    deadline: NEVER,
  };
  service.deadline = deadlineOf(instance, service);
  instance.service = service;
  for (const line of program.starting(settings, host.timestamp)) host.log(instance, line);
}

const versions = new Map<string, Readonly<Record<string, string>>>();

/** All that a program which cannot be configured knows of its environment: the same object for the same version. */
function versionAlone(version: string): Readonly<Record<string, string>> {
  let env = versions.get(version);
  if (!env) {
    if (versions.size >= MOST_VERSIONS) versions.clear();
    versions.set(version, (env = { VERSION: version }));
  }
  return env;
}
const MOST_VERSIONS = 256;

/** When it next does something by itself. */
export function nextOf(service: Service): number {
  const finish = service.server ? nextFinish(service.server) : Infinity;
  return finish < service.deadline ? finish : service.deadline;
}

/** Brings it to the present: everything that is due happens. */
export function moveOn(instance: Instance, service: Service, program: Program, host: Host): void {
  const { settings, server } = service;
  if (server) settle(server, host.now, (id) => answered(service, id, host));
  if (service.deadline > host.now) {
    if (instance.termAt !== NEVER) drain(instance, service, host);
    return;
  }
  if (failsAt(service) <= host.now) {
    for (const problem of settings.problems) host.log(instance, `error: ${problem}`);
    for (const name of settings.missingEnv) host.log(instance, `error: ${name} is not set`);
    host.exit(instance, { exitCode: 1, reason: 'Error' });
    return;
  }
  if (oomAt(instance, service) <= host.now) {
    const limit = Math.floor((instance.spec.memoryLimitBytes ?? 0) / 1024);
    host.record(
      instance,
      'workload.oom',
      'OOMKilled',
      `memory passed the limit of ${String(limit)} KiB: the kernel killed ${instance.argv[0] ?? ''}`,
    );
    host.exit(instance, { exitCode: 137, reason: 'OOMKilled' });
    return;
  }
  if (settings.crashAfterMs >= 0 && service.startedAt + settings.crashAfterMs <= host.now) {
    host.log(instance, `fatal: giving up (exit ${String(settings.exitCode)})`);
    host.exit(instance, { exitCode: settings.exitCode, reason: settings.exitCode === 0 ? 'Completed' : 'Error' });
    return;
  }
  if (!service.booted && service.bootedAt <= host.now) {
    service.booted = true;
    for (const line of program.listening(settings, host.timestamp)) host.log(instance, line);
    if (!service.serves) service.itemEndsAt = host.now + itemMs(instance, service);
  }
  if (!service.readyLogged && service.bootedAt + settings.readyAfterMs <= host.now) {
    service.readyLogged = true;
    host.log(instance, 'ready');
  }
  if (!service.deadlocked && service.deadlockAt <= host.now) deadlock(instance, service, program, host);
  if (!service.serves && service.booted && service.itemEndsAt <= host.now) {
    service.item++;
    if (service.item <= settings.items)
      host.log(instance, `report ${String(service.item)} of ${String(settings.items)} written`);
    if (service.item >= settings.items) {
      host.exit(instance, { exitCode: settings.exitCode, reason: settings.exitCode === 0 ? 'Completed' : 'Error' });
      return;
    }
    service.itemEndsAt = host.now + itemMs(instance, service);
  }
  if (instance.termAt !== NEVER && drain(instance, service, host)) return;
  service.deadline = deadlineOf(instance, service);
}

export function listensOn(instance: Instance, service: Service, port: number): boolean {
  return service.booted && service.serves && instance.termAt === NEVER && service.settings.port === port;
}

/** Takes a request in. The caller has looked whether the port is open, and arms the process afterwards. */
export function receive(
  instance: Instance,
  service: Service,
  program: Program,
  host: Host,
  requestId: number,
  path: string,
  vary: number,
): Reception {
  if (!service.serves || program.kind !== 'http') return 'reset';
  const server = (service.server ??= idleServer(instance, service, host.now));
  const { settings } = service;
  settle(server, host.now, (id) => answered(service, id, host));
  const route = program.route(settings, path);
  if (
    route.takesLock &&
    route.varies &&
    service.locksLeft !== NEVER &&
    --service.locksLeft <= 0 &&
    !service.deadlocked
  ) {
    service.stuck.push(requestId);
    deadlock(instance, service, program, host);
    return 'accepted';
  }
  if (route.takesLock && service.deadlocked) {
    service.stuck.push(requestId);
    return 'accepted';
  }
  let work = route.cpuMicro;
  if (route.varies) {
    // From three to five quarters of the mean.
    work = Math.floor((work * (1536 + vary)) / 2048);
    if (host.now < service.bootedAt + settings.warmUpMs) work *= 2;
    if (service.cacheBytes < settings.cacheMaxBytes && settings.cachePerRequestBytes > 0) {
      service.cacheBytes = Math.min(settings.cacheMaxBytes, service.cacheBytes + settings.cachePerRequestBytes);
      service.deadline = deadlineOf(instance, service);
    }
  }
  const taken = offer(server, host.now, requestId * STATUS + code(route, service, host.now), work);
  if (!taken || backlogMs(server) > NOTICEABLE_MS) {
    if (host.now >= service.pressedUntil) host.disturbed(instance);
    service.pressedUntil = host.now + CALM_MS;
  }
  return taken ? 'accepted' : 'busy';
}

export function abandon(service: Service, requestId: number): void {
  const at = service.stuck.indexOf(requestId);
  if (at >= 0) service.stuck.splice(at, 1);
}

/** The answer to `GET path` if it came now. */
export function inquire(
  instance: Instance,
  service: Service,
  program: Program,
  now: number,
  port: number,
  path: string,
): ProbeAnswer {
  if (!listensOn(instance, service, port)) return { kind: 'refused', latencyMs: 0 };
  // A server that does not speak HTTP hangs up; no status ever comes.
  if (program.kind !== 'http') return { kind: 'silence' };
  const route = program.route(service.settings, path);
  if (route.takesLock && service.deadlocked) return { kind: 'silence' };
  const latencyMs = forecast(service.server ?? idleServer(instance, service, now), now, route.cpuMicro);
  return latencyMs === undefined
    ? { kind: 'status', status: 503, latencyMs: 1 }
    : { kind: 'status', status: code(route, service, now), latencyMs };
}

/** Until when `inquire` and a connection attempt come out the same. */
export function steadyUntil(instance: Instance, service: Service, now: number): number {
  if (!service.booted) return service.bootedAt;
  if (!service.serves || instance.termAt !== NEVER) return Infinity;
  if (!service.readyLogged) return service.bootedAt + service.settings.readyAfterMs;
  if (now < service.pressedUntil || (service.server && backlogMs(service.server) > NOTICEABLE_MS)) return now;
  return Infinity;
}

/** SIGTERM: stop listening, finish what is at work, go. */
export function terminateService(instance: Instance, service: Service, program: Program, host: Host): void {
  const { settings, server } = service;
  if (settings.ignoreTerm) {
    host.log(instance, 'SIGTERM ignored');
    return;
  }
  instance.termAt = host.now;
  if (!service.serves || !service.booted) {
    host.exit(instance, { exitCode: 143, reason: 'Error' });
    return;
  }
  const busy = (server ? held(server) : 0) + service.stuck.length;
  if (program.configurable)
    host.log(instance, `SIGTERM received, finishing ${String(busy)} ${busy === 1 ? 'request' : 'requests'}`);
  host.disturbed(instance);
  if (!drain(instance, service, host)) service.deadline = deadlineOf(instance, service);
}

/** The requests that go down with the process. */
export function lostRequests(service: Service, now: number): readonly number[] {
  const inHand = service.server ? abort(service.server, now).map((id) => Math.floor(id / STATUS)) : [];
  const all = [...inHand, ...service.stuck];
  service.stuck = [];
  return all;
}

export function memoryOf(service: Service, now: number): number {
  const { settings } = service;
  if (now < service.bootedAt)
    return Math.floor((settings.memoryBytes * (now - service.startedAt)) / Math.max(1, settings.startMs));
  return (
    settings.memoryBytes +
    service.cacheBytes +
    Math.floor((settings.leakBytesPerMinute * (now - service.bootedAt)) / 60_000)
  );
}

export function cpuOf(instance: Instance, service: Service, now: number): number {
  if (!service.booted) return 0;
  if (!service.serves) return Math.min(1000, cores(instance.spec));
  return service.server ? usageMilli(service.server, now) : 0;
}

/** What a server is that has had nothing to do until now. */
function idleServer(instance: Instance, { settings }: Service, now: number): Server {
  return createServer(cores(instance.spec), settings.concurrency, settings.queue, now);
}

function cores(spec: ProcessSpec): number {
  return Math.min(spec.cpuLimitMilli ?? spec.nodeCpuMilli, spec.nodeCpuMilli);
}

/** Requests carry the status of their answer with them: it is decided when they come in. */
const STATUS = 1000;

function code(route: Route, service: Service, now: number): number {
  return route.readiness && now < service.bootedAt + service.settings.readyAfterMs ? 503 : route.status;
}

function answered(service: Service, carried: number, host: Host): void {
  service.served++;
  host.answer(Math.floor(carried / STATUS), carried % STATUS);
}

/** The lock is taken and never given back: whoever needs it waits for ever, those that hold a worker too. */
function deadlock(instance: Instance, service: Service, program: Program, host: Host): void {
  service.deadlocked = true;
  service.locksLeft = NEVER;
  // Requests at work are told apart no further, so a health check among them is lost with the others.
  if (service.server && program.route(service.settings, '/').takesLock)
    service.stuck.push(...abort(service.server, host.now).map((id) => Math.floor(id / STATUS)));
  host.record(
    instance,
    'workload.deadlock',
    '',
    `a lock in version ${service.settings.version} is never released: the process lives, but it will not answer`,
  );
  host.disturbed(instance, instance.cause);
}

/** Goes when nothing is at work any more, or when the patience is over; true when it is gone. */
function drain(instance: Instance, service: Service, host: Host): boolean {
  const left = (service.server ? held(service.server) : 0) + service.stuck.length;
  if (left === 0 || service.settings.drainMs === 0) {
    host.exit(instance, { exitCode: 0, reason: 'Completed' });
    return true;
  }
  if (host.now < instance.termAt + service.settings.drainMs) return false;
  host.log(instance, `shutdown timed out, ${String(left)} requests lost`);
  host.exit(instance, { exitCode: 1, reason: 'Error' });
  return true;
}

function itemMs(instance: Instance, service: Service): number {
  const milli = Math.max(1, Math.min(1000, cores(instance.spec)));
  return Math.ceil((service.settings.itemCpuMs * 1000) / milli);
}

function failsAt(service: Service): number {
  const { problems, missingEnv } = service.settings;
  return problems.length + missingEnv.length > 0 ? service.startedAt + FAIL_MS : NEVER;
}

function deadlineOf(instance: Instance, service: Service): number {
  const { settings } = service;
  let at = Math.min(failsAt(service), oomAt(instance, service));
  if (settings.crashAfterMs >= 0) at = Math.min(at, service.startedAt + settings.crashAfterMs);
  if (!service.booted) return Math.min(at, service.bootedAt);
  if (!service.readyLogged) at = Math.min(at, service.bootedAt + settings.readyAfterMs);
  if (!service.deadlocked) at = Math.min(at, service.deadlockAt);
  if (instance.termAt !== NEVER) at = Math.min(at, instance.termAt + settings.drainMs);
  return Math.min(at, service.itemEndsAt);
}

/** The first millisecond at which memory is above the limit. */
function oomAt(instance: Instance, service: Service): number {
  const limit = instance.spec.memoryLimitBytes;
  if (limit === null) return NEVER;
  const { memoryBytes, startMs, leakBytesPerMinute } = service.settings;
  if (memoryBytes > limit) {
    const afterStart = Math.ceil(((limit + 1) * startMs) / memoryBytes);
    return service.startedAt + Math.min(afterStart, startMs);
  }
  const room = limit + 1 - memoryBytes - service.cacheBytes;
  if (room <= 0) return service.bootedAt;
  return leakBytesPerMinute > 0 ? service.bootedAt + Math.ceil((room * 60_000) / leakBytesPerMinute) : NEVER;
}

/** The most memory a service can come to use; one that leaks has no end. */
export function ceilingOf({ settings, cacheBytes }: Service): number {
  return settings.leakBytesPerMinute > 0
    ? Infinity
    : settings.memoryBytes + (settings.cachePerRequestBytes > 0 ? settings.cacheMaxBytes : cacheBytes);
}
