// The life of a process: fork, exit, what becomes of its children, signals. Models kernel/fork.c, kernel/exit.c,
// kernel/signal.c and pid_namespaces(7) of Linux 6.1. Departures: threads are a number; a stopped parent is not told;
// sessions do not hang up.
import { LinuxError } from '../contract.ts';
import { capable, type Kernel, namespaceById, pidIn } from './kernel.ts';
import { type NamespaceOf, removeNamespaces } from './namespaces.ts';
import { unlisten } from './network.ts';
import { defaultAction, type Signal, signalNumbers } from './signals.ts';
import { parentGroup, type TaskRecord } from './state.ts';

const PID_MAX = 4_194_304;
/** After the last number it goes on here. */
const RESERVED_PIDS = 300;

/** A child of `parent`, as fork(2) leaves it. EAGAIN at pids.max; ENOMEM in a PID namespace whose init is gone. */
export function fork(kernel: Kernel, parent: TaskRecord): TaskRecord {
  const { state, sim } = kernel;
  for (let path: string | undefined = parent.cgroup; path !== undefined; path = parentGroup(path)) {
    const group = state.cgroups.get(path);
    if (group?.pidsMax === null || group === undefined || tasksBelow(kernel, path) < group.pidsMax) continue;
    state.cgroups.set(path, { ...group, pidsRefused: group.pidsRefused + 1 });
    kernel.log(6, `cgroup: fork rejected by pids controller in ${parent.cgroup}`);
    throw new LinuxError('EAGAIN');
  }
  kernel.settle();
  const pids = takePids(kernel, parent.forChildren.pid);
  const pid = pids[0] as number;
  const namespace = namespaceById(kernel, parent.forChildren.pid, 'pid');
  if (namespace.init === 0) state.namespaces.set(namespace.id, { ...namespace, init: pid });
  const child: TaskRecord = {
    ...parent,
    pid,
    ppid: parent.pid,
    pids,
    namespaces: { ...parent.namespaces, pid: parent.forChildren.pid, time: parent.forChildren.time },
    startedAt: sim.now,
    stopped: false,
    demandMilli: 0,
    cpuUs: 0,
    memory: { ...parent.memory, at: sim.now, growthPerSecond: 0 },
    data: undefined,
    wakeEvent: -1,
    waitsFor: 0,
    exit: null,
    handles: [],
    role: 'command',
    reaps: false,
    cause: sim.cause,
  };
  state.forks++;
  kernel.put(child);
  return child;
}

/** Numbers from the machine's own PID namespace down. */
function takePids(kernel: Kernel, id: number): readonly number[] {
  const pids: number[] = [];
  for (let at = id; at !== 0;) {
    const namespace = namespaceById(kernel, at, 'pid');
    if (namespace.init === -1) throw new LinuxError('ENOMEM');
    let pid = namespace.lastPid + 1;
    const used = (candidate: number) =>
      [...kernel.state.tasks.values()].some(
        (task) => task.pids[namespace.level] === candidate && isIn(kernel, task, at),
      );
    while (pid >= PID_MAX || used(pid)) pid = pid >= PID_MAX ? RESERVED_PIDS : pid + 1;
    kernel.state.namespaces.set(at, { ...namespace, lastPid: pid });
    pids.unshift(pid);
    at = namespace.parent;
  }
  return pids;
}

const isIn = (kernel: Kernel, task: TaskRecord, namespace: number) => pidIn(kernel, task, namespace) !== undefined;

export function tasksBelow(kernel: Kernel, path: string): number {
  let count = 0;
  for (const task of kernel.state.tasks.values())
    if (path === '/' || task.cgroup === path || task.cgroup.startsWith(`${path}/`)) count += task.threads;
  return count;
}

interface Ending {
  readonly code: number;
  readonly signal?: Signal;
  readonly oomKilled?: boolean;
}

/** The process ends. Its number stays until its parent has asked for the code. */
export function end(kernel: Kernel, pid: number, ending: Ending): void {
  const task = kernel.state.tasks.get(pid);
  if (!task || task.exit) return;
  kernel.settle();
  if (task.wakeEvent >= 0) kernel.sim.cancel(task.wakeEvent);
  const { signal } = ending;
  const code = signal ? 128 + signalNumbers[signal] : ending.code & 255;
  const exit = { pid, code, ...(signal && { signal }), oomKilled: ending.oomKilled ?? false };
  const how = signal ? `was ended by SIG${signal}` : `ended with exit code ${String(code)}`;
  // Of a command its whole run is in the journal.
  const cause =
    task.role === 'command'
      ? task.cause
      : kernel.record(task, 'linux.exit', signal ? 'Signalled' : 'Exited', `${task.comm} (${String(pid)}) ${how}`);
  kernel.put({ ...task, exit, cause, wakeEvent: -1, demandMilli: 0, stopped: false });
  const net = kernel.state.namespaces.get(task.namespaces.net);
  if (net?.kind === 'net') {
    const left = unlisten(net.net, pid);
    if (left !== net.net) kernel.state.namespaces.set(net.id, { ...net, net: left });
  }
  kernel.sim.because(cause, () => {
    const namespace = kernel.state.namespaces.get(task.namespaces.pid);
    if (namespace?.kind === 'pid' && namespace.init === pid) endNamespace(kernel, namespace, pid);
    orphans(kernel, task);
    const parent = kernel.state.tasks.get(task.ppid);
    if (!parent || parent.exit || waits(parent)) reap(kernel, pid);
    kernel.replan();
    kernel.exited(exit, { ...task, exit });
    if (parent?.role === 'waiter' && parent.waitsFor === pid)
      end(kernel, parent.pid, signal ? { code, signal } : { code });
  });
}

/** With its first process a PID namespace ends: all others in it are killed. */
function endNamespace(kernel: Kernel, namespace: NamespaceOf<'pid'>, init: number): void {
  kernel.state.namespaces.set(namespace.id, { ...namespace, init: -1 });
  for (const task of [...kernel.state.tasks.values()]) {
    if (task.pid === init || !isIn(kernel, task, namespace.id)) continue;
    if (task.exit) reap(kernel, task.pid);
    else end(kernel, task.pid, { code: 0, signal: 'KILL' });
    reap(kernel, task.pid);
  }
}

/** Children of a dead process go to the init of their PID namespace. */
function orphans(kernel: Kernel, dead: TaskRecord): void {
  for (const child of [...kernel.state.tasks.values()]) {
    if (child.ppid !== dead.pid) continue;
    const namespace = kernel.state.namespaces.get(child.namespaces.pid);
    const own = namespace?.kind === 'pid' ? namespace.init : 1;
    const init = own > 0 && own !== child.pid && kernel.state.tasks.get(own)?.exit === null ? own : 1;
    kernel.put({ ...child, ppid: init });
    if (child.exit && waits(kernel.state.tasks.get(init))) reap(kernel, child.pid);
  }
}

function waits(parent: TaskRecord | undefined): boolean {
  return parent === undefined || parent.reaps || parent.role !== 'program';
}

/** wait(2): the last trace of an ended process goes. */
export function reap(kernel: Kernel, pid: number): void {
  const task = kernel.state.tasks.get(pid);
  if (!task?.exit) return;
  kernel.state.tasks.delete(pid);
  for (const gone of removeNamespaces(kernel.state, [
    ...Object.values(task.namespaces),
    ...Object.values(task.forChildren),
  ]))
    if (gone.kind === 'mnt') kernel.fileWorld.dropMounts(gone.id);
}

/**
 * kill(2). The sender counts for rights and for what the first process of a PID namespace must hear; without one it
 * comes from the kernel's side (a container engine, the terminal). EPERM, ESRCH.
 */
export function kill(kernel: Kernel, pid: number, signal: Signal | 0, sender?: TaskRecord): void {
  const task = kernel.state.tasks.get(pid);
  if (!task) throw new LinuxError('ESRCH');
  if (sender && !mayKill(kernel, sender, task)) throw new LinuxError('EPERM');
  if (signal === 0 || task.exit) return;
  if (task.role === 'kernel' || task.pid === 1) return;
  const namespace = kernel.state.namespaces.get(task.namespaces.pid);
  const isInit = namespace?.kind === 'pid' && namespace.init === pid;
  const fromInside = sender !== undefined && isIn(kernel, sender, task.namespaces.pid);
  const forced = signal === 'KILL' || signal === 'STOP';
  if (!forced && task.handles.includes(signal)) {
    kernel.record(task, 'linux.signal', 'Handled', `${task.comm} (${String(pid)}) got SIG${signal}`);
    kernel.signalled(pid, signal);
    return;
  }
  if (!forced && task.ignores.includes(signal)) return;
  const action = defaultAction(signal);
  if (isInit && (forced ? fromInside : action !== 'continue')) {
    kernel.record(
      task,
      'linux.signal',
      'Ignored',
      `${task.comm} is process 1 of its PID namespace and has no handler for SIG${signal}, so nothing happens`,
    );
    return;
  }
  if (action === 'end') {
    const why = sender ? `${sender.comm} (${String(sender.pid)}) sent SIG${signal}` : `SIG${signal} was sent`;
    const cause = kernel.record(task, 'linux.signal', 'Sent', `${why} to ${task.comm} (${String(pid)})`);
    kernel.sim.because(cause, () => end(kernel, pid, { code: 0, signal }));
  } else if (action === 'stop' || action === 'continue') {
    kernel.settle();
    const bytes = kernel.accounts.taskMemory(task);
    kernel.put({ ...task, stopped: action === 'stop', memory: { ...task.memory, at: kernel.sim.now, bytes } });
    kernel.replan();
  }
}

function mayKill(kernel: Kernel, sender: TaskRecord, task: TaskRecord): boolean {
  if (!isIn(kernel, task, sender.namespaces.pid)) return false;
  return (
    sender.uid === task.realUid ||
    sender.realUid === task.realUid ||
    capable(kernel, sender, 'KILL', task.namespaces.user)
  );
}
