// systemctl(1) of systemd 252 as far as services go: start, stop, restart, status, is-active, daemon-reload. Units are files
// in /etc/systemd/system and /lib/systemd/system; of them Description, ExecStart, Environment, User and WorkingDirectory
// count. Departures: no dependencies, no timers, no Restart=; what a service prints is not kept (journalctl is absent); a
// restart does not wait for the old process, so one that ignores SIGTERM goes on beside the new one.
import { type Command, LinuxError, type Sys } from '../contract.ts';
import { formatTime } from '../../engine/time.ts';
import type { Machine } from '../machine.ts';
import type { TaskRecord, UnitState } from '../tasks/state.ts';
import type { KernelSys } from '../tasks/system-calls.ts';
import { notSimulated, users, withCalls } from './common.ts';

interface Unit {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  readonly exec: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly cwd: string;
  readonly enabled: boolean;
}

const directories = ['/etc/systemd/system', '/run/systemd/system', '/lib/systemd/system'];

function unitNamed(sys: Sys, given: string): Unit | undefined {
  const name = given.includes('.') ? given : `${given}.service`;
  const path = directories.map((directory) => `${directory}/${name}`).find((file) => sys.files.exists(file));
  if (path === undefined) return undefined;
  const lines = sys.files.readText(path).split('\n');
  const values = (key: string) => lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1).trim()); // prettier-ignore
  const env: Record<string, string> = {};
  for (const value of values('Environment'))
    for (const word of words(value)) env[word.slice(0, word.indexOf('='))] = word.slice(word.indexOf('=') + 1);
  return {
    name,
    path,
    description: values('Description')[0] ?? name,
    exec: words(values('ExecStart').pop() ?? ''),
    env,
    user: values('User').pop() ?? 'root',
    cwd: values('WorkingDirectory').pop() ?? '/',
    enabled: sys.files.exists(`/etc/systemd/system/multi-user.target.wants/${name}`),
  };
}

function words(text: string): readonly string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
}

const groupOf = (name: string) => `/system.slice/${name}`;

function tasksOf(sys: KernelSys, name: string): readonly TaskRecord[] {
  return [...sys.calls.kernel.state.tasks.values()].filter((task) => task.cgroup === groupOf(name) && !task.exit);
}

const nameOf = (given: string) => (given.includes('.') ? given : `${given}.service`);

export const systemctl: Command = withCalls((sys) => {
  const given = sys.argv.slice(1).filter((word) => !['--no-pager', '-l', '--full', '-q', '--quiet', '--system'].includes(word)); // prettier-ignore
  const option = given.find((word) => word.startsWith('-'));
  if (option !== undefined) return notSimulated(sys, `option ${option}`);
  const [verb, ...names] = given;
  switch (verb) {
    case 'start':
    case 'stop':
    case 'restart':
      if (names.length === 0) {
        sys.err('Too few arguments.\n');
        return 1;
      }
      return Math.max(...names.map((name) => control(sys, verb, name)));
    case 'status':
      return names.length === 0
        ? notSimulated(sys, '`systemctl status` without a unit')
        : Math.max(...names.map((name) => status(sys, name)));
    case 'is-active':
      return Math.max(
        ...names.map((name) => {
          const state = stateOf(sys, nameOf(name));
          sys.out(`${state}\n`);
          return state === 'active' ? 0 : 3;
        }),
      );
    case 'daemon-reload':
      return 0;
    default:
      return notSimulated(sys, verb === undefined ? '`systemctl` without a command' : `\`systemctl ${verb}\``);
  }
});

function stateOf(sys: KernelSys, name: string): 'active' | 'inactive' | 'failed' {
  if (tasksOf(sys, name).length > 0) return 'active';
  const last = sys.calls.kernel.state.units.get(name);
  return last && last.result !== 'stopped' && (last.code !== 0 || last.signal !== undefined) ? 'failed' : 'inactive';
}

function control(sys: KernelSys, verb: 'start' | 'stop' | 'restart', given: string): number {
  const name = nameOf(given);
  const unit = unitNamed(sys, given);
  if (!unit && tasksOf(sys, name).length === 0) {
    sys.err(`Failed to ${verb} ${name}: Unit ${name} not found.\n`);
    return 5;
  }
  if (sys.calls.self.uid !== 0) {
    sys.err(`Failed to ${verb} ${name}: Interactive authentication required.\nSee system logs and 'systemctl status ${name}' for details.\n`); // prettier-ignore
    return 1;
  }
  if (verb !== 'start') stop(sys, name);
  if (verb === 'stop') return 0;
  if (!unit) {
    sys.err(`Failed to ${verb} ${name}: Unit ${name} not found.\n`);
    return 5;
  }
  // What was told to stop a moment ago is still there now, and gone in the next moment.
  if (verb === 'start' && tasksOf(sys, name).length > 0) return 0;
  return start(sys, unit);
}

function stop(sys: KernelSys, name: string): void {
  const { kernel } = sys.calls;
  const machine = sys.machine as Machine;
  for (const task of tasksOf(sys, name)) {
    machine.kill(task.pid, 'TERM');
    // What needs its time gets it in the same moment; systemd would wait 90 s and kill then.
    if (kernel.state.tasks.get(task.pid)?.exit === null && !task.handles.includes('TERM'))
      machine.kill(task.pid, 'KILL');
  }
  kernel.state.units = new Map(kernel.state.units).set(name, { code: 0, result: 'stopped', at: kernel.sim.now });
}

function start(sys: KernelSys, unit: Unit): number {
  const machine = sys.machine as Machine;
  const account = users(sys.files).find(({ name }) => name === unit.user);
  const failed = () => {
    sys.err(
      `Job for ${unit.name} failed because the control process exited with error code.\n` +
        `See "systemctl status ${unit.name}" and "journalctl -xeu ${unit.name}" for details.\n`,
    );
    return 1;
  };
  machine.cgroups.ensure(groupOf(unit.name));
  try {
    const result = machine.spawnTask({
      argv: unit.exec,
      env: {
        LANG: 'C.UTF-8',
        PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin',
        USER: unit.user,
        LOGNAME: unit.user,
        HOME: account?.fields[5] ?? '/',
        ...unit.env,
      },
      cwd: unit.cwd,
      parent: 1,
      namespaces: {},
      cgroup: groupOf(unit.name),
      uid: account?.id ?? 0,
      gid: Number(account?.fields[3] ?? 0),
      groups: [],
    });
    // Type=simple: started is started, however soon it ends.
    sys.takes(20);
    return result.kind === 'asks' ? failed() : 0;
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    const { kernel } = sys.calls;
    kernel.state.units = new Map(kernel.state.units).set(unit.name, {
      code: 203,
      result: 'exit-code',
      at: kernel.sim.now,
    });
    return 0;
  }
}

function ago(ms: number): string {
  const s = Math.floor(ms / 1000);
  if (s < 60) return `${String(s)}s ago`;
  if (s < 3600) return s < 600 ? `${String(Math.floor(s / 60))}min ${String(s % 60)}s ago` : `${String(Math.floor(s / 60))}min ago`; // prettier-ignore
  if (s < 86_400) return `${String(Math.floor(s / 3600))}h ${String(Math.floor(s / 60) % 60)}min ago`;
  return `${String(Math.floor(s / 86_400))} day${s >= 172_800 ? 's' : ''} ago`;
}

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

function since(sys: KernelSys, at: number): string {
  const { kernel } = sys.calls;
  const ms = kernel.sim.epochMs + at;
  const text = formatTime(ms);
  const day = weekdays[(Math.floor(ms / 86_400_000) + 4) % 7] ?? '';
  return `since ${day} ${text.slice(0, 10)} ${text.slice(11, 19)} UTC; ${ago(kernel.sim.now - at)}`;
}

function endedAs(last: UnitState): string {
  if (last.signal !== undefined) return `code=killed, signal=${last.signal}`;
  return last.code === 203
    ? 'code=exited, status=203/EXEC'
    : `code=exited, status=${String(last.code)}${last.code === 0 ? '/SUCCESS' : last.code === 1 ? '/FAILURE' : '/n/a'}`;
}

function status(sys: KernelSys, given: string): number {
  const name = nameOf(given);
  const unit = unitNamed(sys, given);
  const tasks = tasksOf(sys, name);
  if (!unit && tasks.length === 0) {
    sys.err(`Unit ${name} could not be found.\n`);
    return 4;
  }
  const { kernel } = sys.calls;
  const state = stateOf(sys, name);
  const last = kernel.state.units.get(name);
  const dot = state === 'active' ? '●' : state === 'failed' ? '×' : '○';
  const loaded = unit ? `loaded (${unit.path}; ${unit.enabled ? 'enabled' : 'disabled'}; preset: enabled)` : 'loaded';
  sys.out(`${dot} ${name} - ${unit?.description ?? name}\n     Loaded: ${loaded}\n`);
  const main = tasks[0];
  if (main) {
    const cpuMs = Math.floor(tasks.reduce((sum, task) => sum + kernel.accounts.taskCpuUs(task), 0) / 1000);
    const memory = kernel.accounts.groupMemory(groupOf(name));
    sys.out(`     Active: active (running) ${since(sys, main.startedAt)}\n`);
    sys.out(`   Main PID: ${String(main.pid)} (${main.comm})\n`);
    sys.out(`      Tasks: ${String(tasks.reduce((sum, task) => sum + task.threads, 0))} (limit: 9477)\n`);
    sys.out(`     Memory: ${(memory / 1_048_576).toFixed(1)}M\n`);
    sys.out(`        CPU: ${cpuMs >= 1000 ? `${(cpuMs / 1000).toFixed(3)}s` : `${String(cpuMs)}ms`}\n`);
    sys.out(`     CGroup: ${groupOf(name)}\n`);
    tasks.forEach((task, i) => {
      sys.out(`             ${i === tasks.length - 1 ? '└─' : '├─'}${String(task.pid)} ${task.argv.join(' ')}\n`);
    });
    return 0;
  }
  if (state === 'failed' && last) {
    const result = last.result === 'oom-kill' ? 'oom-kill' : last.signal !== undefined ? 'signal' : 'exit-code';
    sys.out(`     Active: failed (Result: ${result}) ${since(sys, last.at)}\n`);
  } else sys.out(`     Active: inactive (dead)${last ? ` ${since(sys, last.at)}` : ''}\n`);
  if (unit && last && last.result !== 'stopped')
    sys.out(`    Process: ${last.pid === undefined ? '' : `${String(last.pid)} `}ExecStart=${unit.exec.join(' ')} (${endedAs(last)})\n`); // prettier-ignore
  return 3;
}
