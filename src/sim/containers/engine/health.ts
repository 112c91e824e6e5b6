// Health checks: a command that runs beside the container now and then. Models moby 28 daemon/health.go.
import { DaemonError } from '../images/errors.ts';
import type { Dockerd } from './dockerd.ts';
import { nowMs } from './dockerd.ts';
import { containerEvent } from './events.ts';
import { createExec, startExec } from './execs.ts';
import type { Container, HealthResult } from './state.ts';

const NANOSECONDS = 1_000_000;
const INTERVAL_MS = 30_000;
const TIMEOUT_MS = 30_000;
const START_INTERVAL_MS = 5000;
const RETRIES = 3;
const MOST_RESULTS = 5;

const ms = (nanoseconds: number | undefined, usual: number): number =>
  nanoseconds === undefined || nanoseconds === 0 ? usual : Math.max(1, Math.round(nanoseconds / NANOSECONDS));

function checked({ config }: Container): boolean {
  const kind = config.Healthcheck?.Test?.[0];
  return kind === 'CMD' || kind === 'CMD-SHELL';
}

/** `resumed`: after a pause, with what was known before. */
export function startHealth(engine: Dockerd, id: string, resumed = false): void {
  const container = engine.state.containers.get(id);
  if (!container || !checked(container)) return;
  if (!resumed)
    engine.change(id, { health: { status: 'starting', failingStreak: 0, log: container.health?.log ?? [] } });
  plan(engine, id);
}

function plan(engine: Dockerd, id: string): void {
  const container = engine.state.containers.get(id);
  if (!container?.state.running) return;
  const { Healthcheck: check } = container.config;
  const inStart = engine.sim.now - (container.state.startedAt ?? 0) < ms(check?.StartPeriod, 0);
  const waitMs =
    inStart && container.health?.status === 'starting'
      ? ms(check?.StartInterval, START_INTERVAL_MS)
      : ms(check?.Interval, INTERVAL_MS);
  engine.change(id, { healthEvent: engine.later(waitMs, { what: 'health', container: id }) });
}

export function endHealth(engine: Dockerd, id: string, paused = false): void {
  const container = engine.state.containers.get(id);
  if (!container) return;
  if (container.healthEvent >= 0) engine.cancel(container.healthEvent);
  for (const exec of engine.state.execs.values())
    if (exec.container === id && exec.probe && exec.probe.timeoutEvent >= 0) engine.cancel(exec.probe.timeoutEvent);
  engine.change(id, { healthEvent: -1 });
  if (container.health && !paused) engine.change(id, { health: { ...container.health, status: 'unhealthy' } });
}

export function probe(engine: Dockerd, id: string): void {
  const container = engine.state.containers.get(id);
  if (!container?.state.running) return;
  engine.change(id, { healthEvent: -1 });
  const test = container.config.Healthcheck?.Test ?? [];
  const shell = container.config.Shell ?? ['/bin/sh', '-c'];
  const argv = test[0] === 'CMD-SHELL' ? [...shell, ...test.slice(1)] : test.slice(1);
  const timeoutMs = ms(container.config.Healthcheck?.Timeout, TIMEOUT_MS);
  const start = nowMs(engine);
  try {
    const exec = createExec(engine, id, { argv, probe: true });
    const timeoutEvent = engine.later(timeoutMs, { what: 'probe-timeout', exec: exec.id });
    engine.putExec({ ...exec, probe: { startedAt: engine.sim.now, output: '', timeoutEvent } });
    startExec(engine, exec.id);
  } catch (error) {
    if (!(error instanceof DaemonError)) throw error;
    for (const exec of [...engine.state.execs.values()])
      if (exec.container === id && exec.probe && !exec.running && exec.exitCode !== null) {
        engine.cancel(exec.probe.timeoutEvent);
        engine.state.execs.delete(exec.id);
      }
    judge(engine, id, { start, end: nowMs(engine), exitCode: -1, output: error.message });
  }
}

export function probeEnded(engine: Dockerd, execId: string): void {
  const exec = engine.state.execs.get(execId);
  if (!exec?.probe) return;
  engine.cancel(exec.probe.timeoutEvent);
  engine.state.execs.delete(execId);
  const { startedAt, output } = exec.probe;
  judge(engine, exec.container, {
    start: engine.sim.epochMs + startedAt,
    end: nowMs(engine),
    exitCode: exec.exitCode ?? -1,
    output,
  });
}

export function probeTimedOut(engine: Dockerd, execId: string): void {
  const exec = engine.state.execs.get(execId);
  const container = exec && engine.state.containers.get(exec.container);
  if (!exec?.probe || !container || exec.exitCode !== null) return;
  engine.state.execs.delete(execId);
  if (exec.pid > 0 && engine.machine.task(exec.pid)) engine.machine.kill(exec.pid, 'KILL');
  const limit = goDuration(ms(container.config.Healthcheck?.Timeout, TIMEOUT_MS));
  const { startedAt, output } = exec.probe;
  judge(engine, container.id, {
    start: engine.sim.epochMs + startedAt,
    end: nowMs(engine),
    exitCode: -1,
    output: `Health check exceeded timeout (${limit})${output === '' ? '' : `: ${output}`}`,
  });
}

function judge(engine: Dockerd, id: string, result: HealthResult): void {
  const container = engine.state.containers.get(id);
  if (!container?.health || !container.state.running) return;
  const { health, config, state } = container;
  const retries = config.Healthcheck?.Retries ?? 0;
  const log = [...health.log.slice(1 - MOST_RESULTS), result];
  let { status, failingStreak } = health;
  if (result.exitCode === 0) [status, failingStreak] = ['healthy', 0];
  else {
    const sinceStart = result.start - engine.sim.epochMs - (state.startedAt ?? 0);
    const excused = status === 'starting' && sinceStart < ms(config.Healthcheck?.StartPeriod, 0);
    if (!excused) failingStreak++;
    if (!excused && failingStreak >= (retries <= 0 ? RETRIES : retries)) status = 'unhealthy';
  }
  const changed = engine.change(id, { health: { status, failingStreak, log } });
  if (status !== health.status) {
    engine.record(changed, 'Health', `container ${changed.name} is ${status}`);
    containerEvent(engine, changed, `health_status: ${status}`);
  }
  plan(engine, id);
}

/** As Go prints a duration. */
function goDuration(total: number): string {
  if (total < 1000) return `${String(total)}ms`;
  const [hours, minutes, seconds] = [Math.floor(total / 3_600_000), Math.floor(total / 60_000) % 60, (total % 60_000) / 1000]; // prettier-ignore
  return `${hours > 0 ? `${String(hours)}h` : ''}${hours > 0 || minutes > 0 ? `${String(minutes)}m` : ''}${String(seconds)}s`;
}
