// Starting a process in a container: who it is, what it sees, and what runc says when it cannot be started. Models runc 1.2
// (libcontainer/init_linux.go, standard_init_linux.go), moby 28 daemon/oci_linux.go and Go's exec.LookPath.
// What cannot be executed although it is there (another processor's program, a missing interpreter) fails only after the
// container has started: runc's words then are the container's output, and the exit code is 255.
import { type Files, LinuxError } from '../../linux/contract.ts';
import type { Started } from '../../linux/contract.ts';
import { type Capability, capabilityNames } from '../../linux/tasks/namespaces.ts';
import { type Dockerd, refuse } from './dockerd.ts';
import { startProcess } from './inside/process.ts';
import { output } from './logs.ts';
import { lookPath, RuncError } from './look-path.ts';
import { filesOf } from './rootfs.ts';
import type { Container, Sandbox, Target } from './state.ts';

const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Fact 2-032. */
const defaultCapabilities: readonly Capability[] = [
  'CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP', 'SETPCAP',
  'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE',
]; // prettier-ignore

export interface Launch {
  readonly target: Target;
  readonly sandbox: Sandbox;
  readonly argv: readonly string[];
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly privileged: boolean;
  readonly oomScoreAdj?: number;
}

interface Launched {
  readonly pid: number;
  /** It was over at once. */
  readonly ended?: { readonly code: number; readonly tookMs: number };
}

/** Throws a {@link RuncError}. */
export function launch(engine: Dockerd, container: Container, spec: Launch): Launched {
  const { machine } = engine;
  const { sandbox, target } = spec;
  const root = filesOf(engine, sandbox.mnt);
  const who = userOf(root, spec.user);
  const env: Record<string, string> = {};
  for (const line of spec.env) {
    const equals = line.indexOf('=');
    if (equals > 0) env[line.slice(0, equals)] = line.slice(equals + 1);
  }
  env['HOME'] ??= who.home;
  const cwd = spec.cwd === '' ? '/' : spec.cwd;
  if (!root.exists(cwd)) root.mkdirs(cwd, 0o755);
  const name = spec.argv[0] ?? '';
  const path = lookPath(root, name, env['PATH'] ?? DEFAULT_PATH);
  let started: Started;
  try {
    started = machine.spawnTask({
      argv: spec.argv,
      env,
      cwd,
      parent: sandbox.shimPid,
      namespaces: {
        mnt: sandbox.mnt,
        pid: sandbox.pid,
        uts: sandbox.uts,
        ipc: sandbox.ipc,
        net: sandbox.net,
        cgroup: sandbox.cgroup,
      },
      cgroup: sandbox.cgroupPath,
      uid: who.uid,
      gid: who.gid,
      groups: who.groups,
      capabilities: capabilitiesOf(container, spec.privileged),
      ...(spec.oomScoreAdj !== undefined && { oomScoreAdj: spec.oomScoreAdj }),
      ...(spec.tty && { tty: 'pts/0' }),
    });
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    if (error.errno === 'EAGAIN')
      throw new RuncError(`unable to start container process: can't get final child's PID from pipe: EOF`, 128);
    output(engine, target, 'stderr', `exec ${path}: ${goError(error)}\n`);
    return { pid: 0, ended: { code: 255, tookMs: 0 } };
  }
  const { pid } = started.kind === 'asks' ? { pid: 0 } : started;
  if (started.kind !== 'hosted') {
    output(engine, target, 'stdout', started.stdout);
    output(engine, target, 'stderr', started.stderr);
  }
  if (started.kind === 'done') return { pid, ended: { code: started.exitCode, tookMs: started.tookMs } };
  engine.state.owners.set(pid, target);
  if (started.kind === 'hosted')
    startProcess(engine, {
      pid,
      target,
      argv: started.argv,
      program: started.program,
      env: { ...env, PATH: env['PATH'] ?? DEFAULT_PATH },
      tty: spec.tty,
      // A terminal nobody types on is not at its end.
      stdin: spec.stdin || spec.tty,
    });
  return { pid };
}

/** As Go prints an errno: without a capital. */
function goError(error: LinuxError): string {
  return error.message.charAt(0).toLowerCase() + error.message.slice(1);
}

function capabilitiesOf({ hostConfig }: Container, privileged: boolean): readonly Capability[] {
  if (privileged || hostConfig.Privileged) return capabilityNames;
  const named = (text: string) => text.toUpperCase().replace(/^CAP_/, '');
  const added = (hostConfig.CapAdd ?? []).map(named);
  const dropped = (hostConfig.CapDrop ?? []).map(named);
  const base = added.includes('ALL') ? capabilityNames : dropped.includes('ALL') ? [] : defaultCapabilities;
  return capabilityNames.filter((one) => added.includes(one) || (base.includes(one) && !dropped.includes(one)));
}

interface User {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly home: string;
}

/** `USER`, `USER:GROUP`, by name or number (moby/sys/user). */
function userOf(files: Files, text: string): User {
  const [user = '', group = ''] = text.split(':');
  const lines = (path: string) =>
    (files.exists(path) ? files.readText(path) : '').split('\n').filter((line) => line !== '').map((line) => line.split(':')); // prettier-ignore
  const accounts = lines('/etc/passwd');
  const groups = lines('/etc/group');
  const wanted = user === '' ? '0' : user;
  const account = accounts.find(([name, , uid]) => name === wanted || uid === wanted);
  if (!account && !/^\d+$/.test(wanted))
    refuse(400, `unable to find user ${wanted}: no matching entries in passwd file`);
  const uid = account ? Number(account[2]) : Number(wanted);
  let gid = account ? Number(account[3]) : 0;
  if (group !== '') {
    const found = groups.find(([name, , number]) => name === group || number === group);
    if (!found && !/^\d+$/.test(group)) refuse(400, `unable to find group ${group}: no matching entries in group file`);
    gid = found ? Number(found[2]) : Number(group);
  }
  const name = account?.[0];
  const more = group === '' && name !== undefined ? groups.filter(([, , , members = '']) => members.split(',').includes(name)).map(([, , number]) => Number(number)) : []; // prettier-ignore
  return { uid, gid, groups: [...new Set([gid, ...more])], home: account?.[5] ?? '/' };
}

/** The environment of a container's processes: the engine's part first, then the container's. */
export function environmentOf(container: Container, tty: boolean, more: readonly string[] = []): readonly string[] {
  const { config, hostConfig } = container;
  const hostname = hostConfig.NetworkMode === 'host' ? [] : [`HOSTNAME=${config.Hostname}`];
  const lines = [`PATH=${DEFAULT_PATH}`, ...hostname, ...(tty ? ['TERM=xterm'] : [])];
  for (const line of [...(config.Env ?? []), ...more]) {
    const name = line.replace(/=[\s\S]*/, '');
    const at = lines.findIndex((one) => one === name || one.startsWith(`${name}=`));
    if (at >= 0) lines.splice(at, 1, line);
    else lines.push(line);
  }
  return lines.filter((line) => line.includes('='));
}
