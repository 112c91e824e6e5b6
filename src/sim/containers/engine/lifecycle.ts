// The life of a container: start, end, restart policy, stop, kill, pause, removal. Models moby 28 daemon/start.go,
// monitor.go, stop.go, kill.go, delete.go, restartmanager. A container is a task of the machine in namespaces and a
// control group of its own; when its first process ends, the container has stopped.
// Departures: starting takes no time; a stop that waits is an event, and whoever asked hears of it.
import { DaemonError } from '../images/errors.ts';
import { initialNamespaces } from '../../linux/tasks/namespaces.ts';
import { setUp } from '../../linux/tasks/network.ts';
import { type Signal, signalNamed, signalNumbers } from '../../linux/tasks/signals.ts';
import { startShim } from './daemons.ts';
import { type Dockerd, findContainer, refuse } from './dockerd.ts';
import { containerEvent } from './events.ts';
import { abandonExecs, execEnded } from './execs.ts';
import { endHealth, startHealth } from './health.ts';
import { childEnded, input } from './inside/process.ts';
import { environmentOf, launch } from './launch.ts';
import { RuncError } from './look-path.ts';
import { flush } from './logs.ts';
import { close, findNetwork, HOST_NET, plug, publish, unplug, writeNetworkFiles } from './networks.ts';
import { DATA, graphPath, makeMounts } from './rootfs.ts';
import { randomId } from './names.ts';
import { limitsOf } from './resources.ts';
import type { Container, ContainerState, Sandbox } from './state.ts';
import { removeAll, removeVolume } from './volumes.ts';

const RESTART_FIRST_MS = 100;
const RESTART_MOST_MS = 60_000;
/** A container that ran so long starts its row of delays anew. */
const RESTART_CALM_MS = 10_000;
const STOP_SECONDS = 10;

export function startContainer(engine: Dockerd, text: string): 'started' | 'running' {
  const container = findContainer(engine, text);
  if (container.state.paused) refuse(409, 'cannot start a paused container, try unpause instead');
  if (container.state.running && !container.state.restarting) return 'running';
  if (container.state.removing) refuse(409, 'container is marked for removal and cannot be started');
  if (container.restartEvent >= 0) engine.cancel(container.restartEvent);
  engine.change(container.id, { restartEvent: -1, restartTries: 0, restartDelayMs: 0, stoppedByHand: false });
  run(engine, container.id);
  return 'started';
}

/** Throws what the daemon says when it cannot be started. */
function run(engine: Dockerd, id: string): void {
  const before = engine.state.containers.get(id);
  if (!before) return;
  let sandbox: Sandbox | undefined;
  try {
    sandbox = makeSandbox(engine, before);
    connect(engine, id, sandbox);
    const container = engine.change(id, {});
    writeNetworkFiles(engine, container);
    const mnt = makeMounts(engine, container, sandbox);
    sandbox = { ...sandbox, mnt, own: [...sandbox.own, mnt] };
    engine.change(id, { sandbox });
    const { config, hostConfig } = container;
    const launched = launch(engine, container, {
      target: { container: id },
      sandbox,
      argv: [container.path, ...container.args],
      env: environmentOf(container, config.Tty),
      cwd: config.WorkingDir,
      user: config.User,
      tty: config.Tty,
      stdin: config.OpenStdin,
      privileged: hostConfig.Privileged,
      oomScoreAdj: hostConfig.OomScoreAdj,
    });
    const { pid, ended } = launched;
    const state: ContainerState = { running: true, paused: false, restarting: false, removing: false, oomKilled: false, pid, exitCode: 0, error: '', startedAt: engine.sim.now, finishedAt: before.state.finishedAt }; // prettier-ignore
    const started = engine.change(id, { state });
    const cause = engine.record(started, 'Started', `container ${started.name} runs as process ${String(pid)}`);
    engine.change(id, { cause });
    containerEvent(engine, started, 'start');
    startHealth(engine, id);
    const { earlyInput, earlyInputEnded } = container;
    engine.change(id, { earlyInput: '', earlyInputEnded: false });
    if (earlyInput !== '') input(engine, pid, earlyInput);
    if (earlyInputEnded) input(engine, pid, undefined);
    if (ended) engine.later(Math.max(1, ended.tookMs), { what: 'ended', container: id, pid, code: ended.code }, cause);
  } catch (error) {
    if (!(error instanceof RuncError) && !(error instanceof DaemonError)) throw error;
    const message = error instanceof RuncError ? failure(error.message) : error.message;
    const exitCode = error instanceof RuncError ? error.exitCode : message.includes('networking') ? 0 : 128;
    engine.change(id, { sandbox: sandbox ?? null });
    tearDown(engine, id);
    const { state } = engine.change(id, {});
    const networking = error instanceof DaemonError;
    const failed = engine.change(id, {
      state: { ...state, running: false, restarting: false, pid: 0, exitCode: networking ? 128 : exitCode, error: message, ...(!networking && state.startedAt !== null && { finishedAt: engine.sim.now }) }, // prettier-ignore
    });
    engine.record(failed, 'FailedToStart', `container ${failed.name}: ${message}`);
    if (!networking) containerEvent(engine, failed, 'die', { exitCode: String(exitCode), execDuration: '0' });
    if (failed.hostConfig.AutoRemove) removeNow(engine, failed, true);
    throw error instanceof DaemonError ? error : new DaemonError(exitCode === 128 ? 500 : 400, message);
  }
}

/** How runc's words reach the client. */
function failure(words: string): string {
  return `failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: error during container init: ${words}: unknown`; // prettier-ignore
}

function makeSandbox(engine: Dockerd, container: Container): Sandbox {
  const { machine } = engine;
  const { hostConfig, config, id } = container;
  const cgroupPath = `/system.slice/docker-${id}.scope`;
  const shimPid = startShim(engine, id);
  machine.cgroups.ensure(cgroupPath);
  machine.cgroups.set(cgroupPath, limitsOf(hostConfig));
  const own: number[] = [];
  const make = (space: number): number => {
    own.push(space);
    return space;
  };
  const shared = (mode: string, kind: 'net' | 'pid' | 'ipc', create: () => number): number => {
    if (mode === 'host') return initialNamespaces[kind];
    if (!mode.startsWith('container:')) return make(create());
    const other = findContainer(engine, mode.slice('container:'.length));
    if (!other.sandbox) return refuse(409, `cannot join ${kind === 'net' ? 'network' : kind.toUpperCase()} namespace of a non running container: container ${other.name} is exited`); // prettier-ignore
    return other.sandbox[kind];
  };
  const isHostNet = hostConfig.NetworkMode === 'host';
  const hostname = isHostNet ? machine.hostname : config.Hostname;
  return {
    mnt: 0,
    pid: shared(hostConfig.PidMode, 'pid', () => machine.createNamespace('pid')),
    uts: hostConfig.UTSMode === 'host' ? initialNamespaces.uts : make(machine.createNamespace('uts', { hostname })),
    ipc: shared(hostConfig.IpcMode, 'ipc', () => machine.createNamespace('ipc')),
    net: shared(hostConfig.NetworkMode, 'net', () => {
      const space = machine.createNamespace('net');
      machine.changeNet(space, (net) => setUp(net, 'lo', true));
      return space;
    }),
    cgroup: make(machine.createNamespace('cgroup', { cgroup: cgroupPath })),
    own,
    cgroupPath,
    shimPid,
  };
}

/** Interfaces, addresses and published ports. */
function connect(engine: Dockerd, id: string, sandbox: Sandbox): void {
  const container = engine.change(id, { sandbox });
  if (sandbox.net === HOST_NET || container.hostConfig.NetworkMode.startsWith('container:')) {
    engine.change(id, { sandboxId: sandbox.net === HOST_NET ? '' : container.sandboxId });
    return;
  }
  for (const endpoint of container.endpoints) {
    const network = endpoint.networkId === '' ? tryNetwork(engine, endpoint.network) : findNetwork(engine, endpoint.networkId); // prettier-ignore
    const plugged = plug(engine, container, { ...endpoint, networkId: network.id }, sandbox.net);
    const now = engine.change(id, {});
    engine.change(id, {
      endpoints: now.endpoints.map((one) => (one.network === endpoint.network ? plugged : one)),
    });
  }
  const now = engine.change(id, { sandboxId: randomId(engine.random()) });
  const first = now.endpoints.find(({ ip }) => ip !== '');
  if (first) engine.change(id, { ports: publish(engine, now, first) });
}

function tryNetwork(engine: Dockerd, name: string) {
  try {
    return findNetwork(engine, name);
  } catch (error) {
    if (error instanceof DaemonError) refuse(404, `failed to set up container networking: ${error.message}`);
    throw error;
  }
}

/** Everything that was there for the time of its life. */
function tearDown(engine: Dockerd, id: string): void {
  const { machine, state } = engine;
  const container = state.containers.get(id);
  const sandbox = container?.sandbox;
  if (!container || !sandbox) return;
  for (const task of machine.tasks())
    if (task.cgroup === sandbox.cgroupPath && task.state !== 'Z') machine.kill(task.pid, 'KILL');
  for (const { proxyPid } of container.ports) close(engine, proxyPid);
  const endpoints = container.endpoints.map((endpoint) =>
    endpoint.endpointId === '' ? endpoint : unplug(engine, container, endpoint, sandbox.net),
  );
  for (const space of [...sandbox.own].reverse()) machine.releaseNamespace(space);
  if (machine.task(sandbox.shimPid)) machine.exit(sandbox.shimPid, 0);
  if (machine.cgroups.has(sandbox.cgroupPath)) {
    for (const child of machine.cgroups.children(sandbox.cgroupPath)) machine.cgroups.remove(child.path);
    machine.cgroups.remove(sandbox.cgroupPath);
  }
  for (const [pid, process] of state.processes) if (process.target.container === id) state.processes.delete(pid);
  for (const [pid, owner] of state.owners) if (owner.container === id) state.owners.delete(pid);
  if (container.stopEvent >= 0) engine.cancel(container.stopEvent);
  engine.change(id, { sandbox: null, endpoints, ports: [], stopEvent: -1, sandboxId: '' });
}

/** Acts upon the ends of tasks that have been heard of. */
export function drainExits(engine: Dockerd): void {
  const { state } = engine;
  if (state.exitEvent >= 0) engine.cancel(state.exitEvent);
  state.exitEvent = -1;
  while (state.exits.length > 0) {
    const [exit, ...rest] = state.exits;
    state.exits = rest;
    if (!exit) continue;
    const { pid, code } = exit;
    const target = state.owners.get(pid);
    state.owners.delete(pid);
    const own = state.processes.get(pid);
    if (own && own.wakeEvent >= 0) engine.cancel(own.wakeEvent);
    state.processes.delete(pid);
    for (const process of [...state.processes.values()])
      if (process.waitsFor === pid) childEnded(engine, process.pid, pid, code);
    const found = [...state.containers.values()].find((one) => one.state.running && one.state.pid === pid);
    if (found) containerEnded(engine, found.id, code);
    else if (target?.exec !== undefined) execEnded(engine, target.exec, pid, code);
  }
}

export function containerEnded(engine: Dockerd, id: string, exitCode: number): void {
  const before = engine.state.containers.get(id);
  if (!before?.state.running) return;
  endHealth(engine, id);
  abandonExecs(engine, id);
  tearDown(engine, id);
  flush(engine, id);
  const ranMs = engine.sim.now - (before.state.startedAt ?? 0);
  const { restart, delayMs } = shouldRestart(before, exitCode, ranMs);
  const state: ContainerState = { ...before.state, running: restart, restarting: restart, paused: false, pid: 0, exitCode, finishedAt: engine.sim.now, error: '' }; // prettier-ignore
  const ended = engine.change(id, {
    state,
    restartDelayMs: delayMs,
    ...(restart && { restartTries: before.restartTries + 1, restartCount: before.restartCount + 1 }),
  });
  const why = before.state.oomKilled ? ' because the kernel had to free memory' : '';
  const cause = engine.record(
    ended,
    'Stopped',
    `container ${ended.name} ended with exit code ${String(exitCode)}${why}`,
  );
  engine.change(id, { cause });
  containerEvent(engine, ended, 'die', { exitCode: String(exitCode), execDuration: String(Math.floor(ranMs / 1000)) });
  if (before.stopEvent !== -1 || before.afterwards !== null) containerEvent(engine, ended, 'stop');
  engine.notify({ kind: 'stopped', container: id, exitCode });
  if (ended.build !== null) {
    engine.buildEnded(ended);
    return;
  }
  const { afterwards } = ended;
  if (restart) {
    engine.change(id, { restartEvent: engine.later(delayMs, { what: 'restart', container: id }, cause) });
    return;
  }
  engine.change(id, { afterwards: null });
  if (afterwards === 'start') restartAfterStop(engine, id);
  else if (afterwards !== null) removeNow(engine, ended, afterwards === 'remove-volumes');
  else if (ended.hostConfig.AutoRemove) removeNow(engine, ended, true);
}

function shouldRestart(
  container: Container,
  exitCode: number,
  ranMs: number,
): { readonly restart: boolean; readonly delayMs: number } {
  const { RestartPolicy: policy } = container.hostConfig;
  const last = ranMs >= RESTART_CALM_MS ? 0 : container.restartDelayMs;
  const delayMs = last === 0 ? RESTART_FIRST_MS : Math.min(RESTART_MOST_MS, last < RESTART_MOST_MS ? last * 2 : last);
  if (container.stoppedByHand || container.afterwards !== null) return { restart: false, delayMs };
  switch (policy.Name) {
    case 'always':
    case 'unless-stopped':
      return { restart: true, delayMs };
    case 'on-failure': {
      const { MaximumRetryCount: most } = policy;
      return { restart: exitCode !== 0 && (most === 0 || container.restartTries < most), delayMs };
    }
    default:
      return { restart: false, delayMs };
  }
}

/** `docker restart`, once it has stopped. What stands in the way is in `State.Error`. */
function restartAfterStop(engine: Dockerd, id: string): void {
  try {
    run(engine, id);
    containerEvent(engine, engine.change(id, {}), 'restart');
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
  }
}

/** The time between two tries of the restart policy is over. */
export function restartNow(engine: Dockerd, id: string): void {
  const container = engine.state.containers.get(id);
  if (!container?.state.restarting) return;
  engine.change(id, { restartEvent: -1 });
  try {
    run(engine, id);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
  }
}

function signalOf(text: string): Signal {
  return signalNamed(text) ?? refuse(400, `invalid signal: ${text}`);
}

/** True when it will be over later. */
export function stopContainer(
  engine: Dockerd,
  text: string,
  options: { readonly signal?: string; readonly seconds?: number } = {},
): 'stopped' | 'already' | 'waits' {
  // prettier-ignore
  const container = findContainer(engine, text);
  const { id, state, config } = container;
  if (!state.running && !state.restarting) return 'already';
  if (state.restarting) {
    // Between two tries there is nothing to stop but the next try.
    if (container.restartEvent >= 0) engine.cancel(container.restartEvent);
    const stopped = engine.change(id, { restartEvent: -1, stoppedByHand: true, state: { ...state, running: false, restarting: false } }); // prettier-ignore
    containerEvent(engine, stopped, 'stop');
    engine.notify({ kind: 'stopped', container: id, exitCode: state.exitCode });
    return 'stopped';
  }
  const signal = signalOf(options.signal === undefined || options.signal === '' ? (config.StopSignal ?? 'TERM') : options.signal); // prettier-ignore
  const seconds = options.seconds ?? config.StopTimeout ?? STOP_SECONDS;
  if (container.stopEvent >= 0) engine.cancel(container.stopEvent);
  const stopEvent = seconds < 0 ? -1 : engine.later(seconds * 1000, { what: 'stop', container: id });
  engine.change(id, { stoppedByHand: true, stopEvent });
  send(engine, container, signal);
  if (seconds === 0) killNow(engine, id);
  drainExits(engine);
  return engine.state.containers.get(id)?.state.running === true ? 'waits' : 'stopped';
}

/** A signal to its first process. */
function send(engine: Dockerd, container: Container, signal: Signal): void {
  const { machine } = engine;
  const { pid, paused } = container.state;
  containerEvent(engine, container, 'kill', { signal: String(signalNumbers[signal]) });
  if (paused && signal === 'KILL') thaw(engine, container);
  if (pid > 0 && machine.task(pid)) machine.kill(pid, signal);
}

export function killNow(engine: Dockerd, id: string): void {
  const container = engine.state.containers.get(id);
  if (!container?.state.running) return;
  send(engine, container, 'KILL');
  drainExits(engine);
}

export function killContainer(engine: Dockerd, text: string, given: string): void {
  const container = findContainer(engine, text);
  const signal = given === '' ? 'KILL' : signalOf(given);
  if (!container.state.running || container.state.restarting)
    refuse(409, `cannot kill container: ${text}: container ${container.id} is not running`);
  // A signal that means the end stops the restart policy too.
  if (signal === 'KILL' || signal === (signalNamed(container.config.StopSignal ?? 'TERM') ?? 'TERM'))
    engine.change(container.id, { stoppedByHand: true });
  send(engine, container, signal);
  drainExits(engine);
}

export function restartContainer(
  engine: Dockerd,
  text: string,
  options: { readonly signal?: string; readonly seconds?: number },
): boolean {
  // prettier-ignore
  const { id, state } = findContainer(engine, text);
  if (!state.running) {
    startContainer(engine, id);
    containerEvent(engine, engine.change(id, {}), 'restart');
    return false;
  }
  engine.change(id, { afterwards: 'start' });
  const outcome = stopContainer(engine, id, options);
  engine.change(id, { stoppedByHand: false });
  if (outcome === 'stopped' && state.restarting) {
    engine.change(id, { afterwards: null });
    startContainer(engine, id);
  }
  return outcome === 'waits';
}

export function pauseContainer(engine: Dockerd, text: string): void {
  const container = findContainer(engine, text);
  const { id, state, sandbox } = container;
  if (!state.running || !sandbox) return refuse(409, `container ${id} is not running`);
  if (state.paused) refuse(409, `Container ${id} is already paused`);
  if (state.restarting) refuse(409, `Container ${id} is restarting, wait until the container is running`);
  endHealth(engine, id, true);
  for (const task of tasksOf(engine, container)) engine.machine.kill(task, 'STOP');
  engine.machine.cgroups.set(sandbox.cgroupPath, { frozen: true });
  containerEvent(engine, engine.change(id, { state: { ...state, paused: true } }), 'pause');
}

export function unpauseContainer(engine: Dockerd, text: string): void {
  const container = findContainer(engine, text);
  const { id, state } = container;
  if (!state.paused) refuse(409, `Container ${id} is not paused`);
  thaw(engine, container);
  containerEvent(engine, engine.change(id, {}), 'unpause');
  startHealth(engine, id, true);
}

function thaw(engine: Dockerd, container: Container): void {
  const { sandbox, state, id } = container;
  if (sandbox) engine.machine.cgroups.set(sandbox.cgroupPath, { frozen: false });
  for (const task of tasksOf(engine, container)) engine.machine.kill(task, 'CONT');
  engine.change(id, { state: { ...state, paused: false } });
}

export function tasksOf({ machine }: Dockerd, { sandbox }: Container): readonly number[] {
  if (!sandbox) return [];
  return machine.tasks().filter(({ cgroup }) => cgroup === sandbox.cgroupPath || cgroup.startsWith(`${sandbox.cgroupPath}/`)).map(({ pid }) => pid); // prettier-ignore
}

export function removeContainer(
  engine: Dockerd,
  text: string,
  options: { readonly force: boolean; readonly volumes: boolean },
): void {
  // prettier-ignore
  const container = findContainer(engine, text);
  const { state, id } = container;
  const cannot = (why: string): never => refuse(409, `cannot remove container "${text}": ${why}`);
  if (state.running) {
    if (!options.force) {
      if (state.paused) cannot('container is paused and must be unpaused first');
      cannot(`container is ${state.restarting ? 'restarting' : 'running'}: stop the container before removing or force remove`); // prettier-ignore
    }
    if (state.restarting) stopContainer(engine, id);
    else {
      engine.change(id, { afterwards: options.volumes ? 'remove-volumes' : 'remove', stoppedByHand: true });
      killNow(engine, id);
      if (!engine.state.containers.has(id)) return;
    }
  }
  removeNow(engine, engine.change(id, {}), options.volumes);
}

export function removeNow(engine: Dockerd, container: Container, volumes: boolean): void {
  const { state, files } = engine;
  const { id } = container;
  if (!state.containers.has(id)) return;
  state.containers.delete(id);
  state.logs.delete(id);
  for (const exec of [...state.execs.values()]) if (exec.container === id) state.execs.delete(exec.id);
  removeAll(files, graphPath(container.graph, '').replace(/\/$/, ''));
  removeAll(files, `${DATA}/containers/${id}`);
  if (volumes)
    for (const { type, name } of container.mounts) {
      const volume = state.volumes.get(name);
      const used = [...state.containers.values()].some(({ mounts }) => mounts.some((one) => one.name === name));
      if (type === 'volume' && volume?.anonymous === true && !used) removeVolume(engine, name, true);
    }
  engine.record(container, 'Removed', `container ${container.name} is removed`);
  containerEvent(engine, container, 'destroy');
  engine.notify({ kind: 'removed', container: id, exitCode: container.state.exitCode });
}
