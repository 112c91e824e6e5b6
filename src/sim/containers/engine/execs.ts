// `docker exec`: another process in the namespaces and the control group of a container that runs. Models moby 28
// daemon/exec.go and exec_linux.go.
import { DaemonError } from '../images/errors.ts';
import { type Dockerd, findContainer, refuse } from './dockerd.ts';
import { containerEvent } from './events.ts';
import { probeEnded } from './health.ts';
import { environmentOf, launch } from './launch.ts';
import { RuncError } from './look-path.ts';
import { randomId } from './names.ts';
import type { Container, Exec } from './state.ts';

export interface ExecRequest {
  readonly argv: readonly string[];
  readonly env?: readonly string[];
  readonly cwd?: string;
  readonly user?: string;
  readonly tty?: boolean;
  readonly stdin?: boolean;
  readonly stdout?: boolean;
  readonly stderr?: boolean;
  readonly privileged?: boolean;
  readonly probe?: boolean;
}

export function createExec(engine: Dockerd, text: string, request: ExecRequest): Exec {
  const container = findContainer(engine, text);
  const { state, id } = container;
  if (!state.running) refuse(409, `container ${id} is not running`);
  if (state.paused) refuse(409, `Container ${id} is paused, unpause the container before exec`);
  if (state.restarting) refuse(409, `Container ${id} is restarting, wait until the container is running`);
  const { argv, env = [], cwd = '', user = '', tty = false, stdin = false, stdout = true, stderr = true, privileged = false, probe = false } = request; // prettier-ignore
  if (argv.length === 0) refuse(400, 'No exec command specified');
  const exec: Exec = {
    id: randomId(engine.random()),
    container: id,
    argv,
    env,
    cwd,
    user,
    tty,
    stdin,
    stdout,
    stderr,
    privileged,
    detachKeys: '',
    running: false,
    pid: 0,
    exitCode: null,
    probe: probe ? { startedAt: engine.sim.now, output: '', timeoutEvent: -1 } : null,
  };
  engine.putExec(exec);
  containerEvent(engine, container, `exec_create: ${argv[0] ?? ''} ${argv.slice(1).join(' ')}`, { execID: exec.id });
  return exec;
}

export function findExec({ state }: Dockerd, id: string): Exec {
  const exec = state.execs.get(id);
  if (!exec || !state.containers.has(exec.container)) return refuse(404, `No such exec instance: ${id}`);
  return exec;
}

/** Runs it. Throws when it cannot be started; an exit code is kept all the same. */
export function startExec(engine: Dockerd, id: string): void {
  const exec = findExec(engine, id);
  const container = findContainer(engine, exec.container);
  if (exec.exitCode !== null) refuse(409, `exec command ${id} has already run`);
  if (exec.running) refuse(409, `exec command ${id} is already running`);
  const { sandbox, config, state } = container;
  if (!sandbox || !state.running) return refuse(409, `container ${container.id} is not running`);
  if (state.paused) refuse(409, `Container ${container.id} is paused, unpause the container before exec`);
  containerEvent(engine, container, `exec_start: ${exec.argv[0] ?? ''} ${exec.argv.slice(1).join(' ')}`, {
    execID: id,
  });
  engine.putExec({ ...exec, running: true });
  try {
    const { pid, ended } = launch(engine, container, {
      target: { container: container.id, exec: id },
      sandbox,
      argv: exec.argv,
      env: environmentOf(container, exec.tty, exec.env),
      cwd: exec.cwd === '' ? config.WorkingDir : exec.cwd,
      user: exec.user === '' ? config.User : exec.user,
      tty: exec.tty,
      stdin: exec.stdin,
      privileged: exec.privileged,
    });
    const now = findExec(engine, id);
    if (now.running) engine.putExec({ ...now, pid });
    if (ended) {
      if (ended.tookMs > 0) engine.later(ended.tookMs, { what: 'exec-ended', exec: id, code: ended.code });
      else execEnded(engine, id, pid, ended.code);
    }
  } catch (error) {
    if (error instanceof DaemonError) {
      engine.putExec({ ...findExec(engine, id), running: false, exitCode: 126 });
      throw error;
    }
    if (!(error instanceof RuncError)) throw error;
    engine.putExec({ ...findExec(engine, id), running: false, exitCode: error.exitCode });
    engine.notify({ kind: 'exec-ended', exec: id });
    const words = `OCI runtime exec failed: exec failed: unable to start container process: ${error.message}: unknown`;
    throw new DaemonError(400, words);
  }
}

/** @param pid of the task that has ended; others of the command go on until it ends itself */
export function execEnded(engine: Dockerd, id: string, pid: number, exitCode: number): void {
  const exec = engine.state.execs.get(id);
  if (exec?.exitCode !== null || (exec.pid !== 0 && exec.pid !== pid)) return;
  engine.putExec({ ...exec, running: false, exitCode });
  const container = engine.state.containers.get(exec.container);
  if (container) containerEvent(engine, container, 'exec_die', { execID: id, exitCode: String(exitCode) });
  engine.notify({ kind: 'exec-ended', exec: id });
  if (exec.probe) probeEnded(engine, id);
}

/** The container has stopped: its commands end with it. */
export function abandonExecs(engine: Dockerd, container: Container['id']): void {
  for (const exec of [...engine.state.execs.values()]) {
    if (exec.container !== container || !exec.running) continue;
    engine.putExec({ ...exec, running: false, exitCode: 137 });
    engine.notify({ kind: 'exec-ended', exec: exec.id });
  }
}
