// One Linux machine in the world of a simulation: its kernel's tasks, walls and shares, and the programs on its disk.
//
//   const machine = createMachine(sim, { name: 'harbour', root, commands, programs, hosted, load, … });
//   const shell = machine.login({ argv: ['-bash'], uid: 1000, … });       // the reader's shell, a hosted task
//   machine.run(shell, ['ldd', '/usr/bin/storefront'], { env });          // Started; throws LinuxError (ENOENT, EACCES, …)
//   machine.exit(pid, code);                                              // a hosted task is over
//   machine.spawnTask({ … });                                             // what a container runtime does
//   machine.onExit(listener); machine.onOutput(listener); machine.onSignal(listener);
//
// `run` forks `parent` and executes argv in the child; it follows PATH of the environment. Listeners only remember and
// schedule. Several machines may stand in one world; names of components and events carry the machine's name.
// Source: Linux 6.1, Debian 12. Departures are in the headers of the files in `tasks/`.
import { basePrograms } from './commands/index.ts';
import type { Commands, Files, MachineView, RunOptions, Started, Task } from './contract.ts';
import { LinuxError } from './contract.ts';
import type { ElfMachine } from './elf.ts';
import { phase, type Simulation } from '../engine/simulation.ts';
import type { SimEvent } from '../engine/event-queue.ts';
import type { FileSystem } from './files/file-system.ts';
import { Mounts, type MountsState } from './files/mounts.ts';
import { createFiles, type TaskFiles } from './files/view.ts';
import { type Accounts, createAccounts } from './tasks/accounts.ts';
import { type BootTask, bootTasks } from './tasks/boot.ts';
import { createCgroups, type Cgroups } from './tasks/cgroups.ts';
import { createFileWorld } from './tasks/file-world.ts';
import { type Kernel, type MountRequest, namespaceById, taskByPid, viewOf } from './tasks/kernel.ts';
import { end, fork, kill, reap } from './tasks/life.ts';
import { type Capability, capabilityNames, initialNamespaces, type Namespace, removeNamespaces } from './tasks/namespaces.ts'; // prettier-ignore
import type { Net } from './tasks/network.ts';
import { relieve } from './tasks/out-of-memory.ts';
import { procFiles } from './tasks/proc/files.ts';
import { KERNEL_RELEASE } from './tasks/proc/system.ts';
import type { Programs } from './tasks/program.ts';
import { createRunning, type Load } from './tasks/running.ts';
import type { Signal } from './tasks/signals.ts';
import { type Binfmt, copyState, type KernelState, type LogLine, type TaskExit, type TaskRecord } from './tasks/state.ts'; // prettier-ignore
import { bootLines, createNamespace, emptyState, type HostAddress, hostNet, type NamespaceOptions, noteUnit, systemMounts } from './tasks/setup.ts'; // prettier-ignore
import { changeDirectory, type SystemCalls, systemCalls } from './tasks/system-calls.ts';
import { sysFiles } from './tasks/sysfs.ts';
import { cgroupFiles } from './tasks/cgroup-files.ts';

export type { Program, Programs, ProgramSys } from './tasks/program.ts';
export type { Signal } from './tasks/signals.ts';

export interface MachineSpec {
  /** Also its host name. */
  readonly name: string;
  readonly architecture?: ElfMachine;
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly swapBytes?: number;
  /** The disk, with everything on it. */
  readonly root: FileSystem;
  /** `/dev/vda1`. */
  readonly disk?: string;
  readonly commands: Commands;
  readonly programs?: Programs;
  /** Names of programs that run outside the simulator, beside the reader. */
  readonly hosted?: readonly string[];
  readonly load: Load;
  /** How long it has been up; a bit more than a day when left out. */
  readonly uptimeMs?: number;
  /** What runs after boot besides the first process; Debian's usual ones when left out. */
  readonly boot?: readonly BootTask[];
  readonly address?: HostAddress;
}

interface LoginSpec {
  /** `-bash`: shown as it is. */
  readonly argv: readonly string[];
  /** Name of the behaviour; it counts as hosted. */
  readonly program: string;
  readonly exe: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** `pts/0`. */
  readonly tty: string;
}

interface TaskSpec {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly parent: number;
  /** Each kind that is not named is the parent's. */
  readonly namespaces: Readonly<
    Partial<Record<'cgroup' | 'ipc' | 'mnt' | 'net' | 'pid' | 'time' | 'user' | 'uts', number>>
  >;
  /** Must exist; see {@link Machine.cgroups}. */
  readonly cgroup: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** Bounding set; all of them when left out (privileged). */
  readonly capabilities?: readonly Capability[];
  readonly oomScoreAdj?: number;
  readonly tty?: string;
  readonly stdin?: string;
  readonly stdinOpen?: boolean;
  readonly columns?: number;
}

export interface Machine extends MachineView {
  readonly name: string;
  readonly mounts: Mounts;
  readonly cgroups: Cgroups;
  readonly accounts: Accounts;
  readonly kernelVersion: string;
  readonly bootedAtMs: number;

  run(parent: number, argv: readonly string[], options?: RunOptions): Started;
  /** execve(2) in a hosted task (`exec` of a shell). */
  exec(pid: number, argv: readonly string[], options?: RunOptions): Started;
  /** fork(2) without execve(2): a shell's subshell, a hosted task of its own. Returns its number. */
  fork(parent: number): number;
  /** The end of a hosted task. */
  exit(pid: number, code: number): void;
  /** `sender`: a task, for its rights and its PID namespace; without it from outside of all. ESRCH, EPERM. */
  kill(pid: number, signal: Signal | 0, sender?: number): void;
  chdir(pid: number, path: string): void;
  setEnv(pid: number, env: Readonly<Record<string, string>>): void;
  /** A hosted program says what it uses while it works. */
  setDemand(pid: number, milli: number): void;
  /** Memory of a task from now on; a test or a scenario makes a leak with it. */
  setMemory(pid: number, bytes: number, growthPerSecond?: number, ceilingBytes?: number): void;
  setOomScoreAdj(pid: number, value: number): void;
  /** Hosted programs: what they catch and ignore. */
  setSignals(pid: number, handles: readonly Signal[], ignores: readonly Signal[]): void;
  /** A question to a program that stays, see `Program.ask`. */
  ask(pid: number, question: unknown): unknown;

  login(spec: LoginSpec): number;
  spawnTask(spec: TaskSpec): Started;
  /** System calls on behalf of a task. */
  calls(pid: number): SystemCalls;
  taskFiles(pid: number): TaskFiles;
  /**
   * mount(2) by the machine's own hand into a mount namespace that no task is in yet: what a container runtime prepares.
   * The other namespaces say which /proc and /sys/fs/cgroup it is.
   */
  mountIn(namespaces: TaskSpec['namespaces'], request: MountRequest): void;
  /** Files of a mount namespace as root of the machine sees them from its root directory. */
  filesIn(mountNamespace: number): TaskFiles;
  /** The task with a number as another task's PID namespace has it. */
  find(pid: number, seenBy: number): Task | undefined;
  /** A new namespace that lives until `releaseNamespace`. The first task of a PID namespace is its process 1. */
  createNamespace(kind: 'ipc' | 'net' | 'pid' | 'uts' | 'mnt' | 'cgroup', options?: NamespaceOptions): number;
  releaseNamespace(id: number): void;
  namespace(id: number): Namespace | undefined;
  net(namespace: number): Net;
  /** Network changes by the kernel's own hand (an engine's bridge, a veth into a container). */
  changeNet(namespace: number, change: (net: Net) => Net): void;

  log(): readonly LogLine[];
  binfmt(): readonly Binfmt[];
  /** `undefined` takes it away. */
  setBinfmt(name: string, handler: Binfmt | undefined): void;

  onExit(listener: (exit: TaskExit, task: Task) => void): void;
  onOutput(listener: (pid: number, stream: 'stdout' | 'stderr', text: string) => void): void;
  /** A hosted task got a signal that it handles. */
  onSignal(listener: (pid: number, signal: Signal) => void): void;
}

interface WakeEvent extends SimEvent {
  readonly pid: number;
}

/** Text, tables and caches of the kernel that no task owns. */
const KERNEL_BYTES = 134_217_728;
const MOST_LOG_LINES = 2000;
const UPTIME_MS = 98_520_000;

export function createMachine(sim: Simulation, spec: MachineSpec): Machine {
  const { name } = spec;
  const architecture = spec.architecture ?? 'x86_64';
  const hardware = {
    cpuMilli: spec.cpuMilli,
    memoryBytes: spec.memoryBytes,
    swapBytes: spec.swapBytes ?? 0,
    kernelBytes: Math.min(KERNEL_BYTES, Math.floor(spec.memoryBytes / 8)),
  };
  const memoryKind = `linux.${name}.memory`;
  const wakeKind = `linux.${name}.wake`;
  const exitListeners: ((exit: TaskExit, task: Task) => void)[] = [];
  const outputListeners: ((pid: number, stream: 'stdout' | 'stderr', text: string) => void)[] = [];
  const signalListeners: ((pid: number, signal: Signal) => void)[] = [];

  const mounts = new Mounts();
  const accounts = createAccounts(
    hardware,
    () => kernel.state,
    () => sim.now,
  );
  const fileWorld = createFileWorld(() => kernel, mounts);
  const kernel: Kernel = {
    sim,
    name,
    architecture,
    hardware,
    bootAt: sim.now - (spec.uptimeMs ?? UPTIME_MS),
    state: emptyState(name),
    accounts,
    fileWorld,
    settle: () => {
      accounts.settle();
    },
    replan() {
      const { state } = kernel;
      accounts.forget();
      if (state.memoryEvent >= 0) sim.cancel(state.memoryEvent);
      const at = accounts.nextShortage();
      state.memoryEvent = at === Infinity ? -1 : sim.schedule(at, phase.workload, { kind: memoryKind });
    },
    put(task) {
      kernel.state.tasks.set(task.pid, task);
      accounts.forget();
    },
    get(pid) {
      const task = kernel.state.tasks.get(pid);
      if (!task) throw new LinuxError('ESRCH');
      return task;
    },
    log(level, text) {
      const { state } = kernel;
      const kept = state.log.length >= MOST_LOG_LINES ? state.log.slice(MOST_LOG_LINES / 2) : state.log;
      state.log = [...kept, { at: sim.now, level, text }];
    },
    record: (task, kind, reason, message, cause = sim.cause ?? task.cause) =>
      sim.record(kind, `${name}/process/${String(task.pid)}`, reason, message, undefined, cause),
    exited(exit, task) {
      const view = viewOf(kernel, task);
      for (const listener of exitListeners) listener(exit, view);
      if (task.ppid === 1 && task.cgroup.startsWith('/system.slice/')) noteUnit(kernel, exit, task);
      const parent = kernel.state.tasks.get(task.ppid);
      if (parent?.role === 'program')
        sim.schedule(sim.now, phase.workload, { kind: `${wakeKind}.child`, pid: parent.pid, child: exit.pid, code: exit.code }); // prettier-ignore
    },
    signalled(pid, signal) {
      if (kernel.get(pid).role === 'program') {
        sim.schedule(sim.now, phase.workload, { kind: `${wakeKind}.signal`, pid, signal });
      } else for (const listener of signalListeners) listener(pid, signal);
    },
  };

  mounts.provide('proc', (parameters) => procFiles(kernel, parameters as { readonly pid: number }));
  mounts.provide('sysfs', () => sysFiles(kernel));
  mounts.provide('cgroup2', (parameters) => cgroupFiles(kernel, cgroups, parameters as { readonly cgroup: number }));
  const cgroups = createCgroups(kernel);

  sim.register<KernelState>({
    name: `linux.${name}.tasks`,
    save: () => copyState(kernel.state),
    load: (state) => {
      kernel.state = copyState(state);
      accounts.forget();
    },
  });
  sim.register<MountsState>({
    name: `linux.${name}.mounts`,
    save: () => mounts.save(),
    load: (state) => {
      mounts.load(state);
    },
  });

  const machine: Machine = {
    name,
    mounts,
    cgroups,
    accounts,
    kernelVersion: KERNEL_RELEASE,
    bootedAtMs: sim.epochMs + kernel.bootAt,
    architecture,
    cpuMilli: spec.cpuMilli,
    memoryBytes: spec.memoryBytes,
    get hostname() {
      return namespaceById(kernel, initialNamespaces.uts, 'uts').hostname;
    },
    tasks: () => [...kernel.state.tasks.values()].map((task) => viewOf(kernel, task)),
    task(pid) {
      const task = kernel.state.tasks.get(pid);
      return task && viewOf(kernel, task);
    },
    files: (pid): Files => fileWorld.view(kernel.get(pid)),
    taskFiles: (pid) => createViewOf(pid),

    run: (parent, argv, options = {}) => running.run(kernel.get(parent), argv, options),
    exec: (pid, argv, options = {}) => running.execIn(pid, argv, options),
    fork(parent) {
      const from = kernel.get(parent);
      const child = fork(kernel, from);
      kernel.put({ ...child, role: 'hosted', reaps: true });
      return child.pid;
    },
    exit(pid, code) {
      end(kernel, pid, { code });
    },
    kill(pid, signal, sender) {
      kill(kernel, pid, signal, sender === undefined ? undefined : kernel.get(sender));
    },
    chdir(pid, path) {
      changeDirectory(kernel, pid, path);
    },
    setEnv(pid, env) {
      kernel.put({ ...kernel.get(pid), env });
    },
    setDemand(pid, demandMilli) {
      kernel.settle();
      kernel.put({ ...kernel.get(pid), demandMilli });
    },
    setMemory(pid, bytes, growthPerSecond = 0, ceilingBytes = Infinity) {
      kernel.settle();
      const task = kernel.get(pid);
      kernel.put({ ...task, memory: { ...task.memory, at: sim.now, bytes, growthPerSecond, ceilingBytes } });
      kernel.replan();
    },
    setOomScoreAdj(pid, oomScoreAdj) {
      kernel.put({ ...kernel.get(pid), oomScoreAdj });
    },
    setSignals(pid, handles, ignores) {
      kernel.put({ ...kernel.get(pid), handles, ignores });
    },
    ask: (pid, question) => running.ask(pid, question),

    login(login) {
      const init = kernel.get(1);
      const slice = `/user.slice/user-${String(login.uid)}.slice`;
      const scope = `${slice}/session-${String(1 + kernel.state.forks)}.scope`;
      for (const path of ['/user.slice', slice, scope]) cgroups.ensure(path);
      const child = fork(kernel, init);
      const { pid } = child;
      kernel.put({
        ...child,
        ...idsOf(login),
        argv: login.argv,
        comm: login.program.slice(0, 15),
        exe: login.exe,
        env: login.env,
        program: login.program,
        role: 'hosted',
        reaps: true,
        cgroup: scope,
        session: pid,
        group: pid,
        tty: login.tty,
        memory: { ...child.memory, bytes: 3_670_016, fileBytes: 3_145_728 },
        capabilities: login.uid === 0 ? capabilityNames : [],
      });
      changeDirectory(kernel, pid, login.cwd);
      kernel.record(kernel.get(pid), 'linux.start', 'Login', `${login.argv.join(' ')} runs as process ${String(pid)}`);
      return pid;
    },
    spawnTask(task) {
      const parent = kernel.get(task.parent);
      const pidNamespace = task.namespaces.pid ?? parent.namespaces.pid;
      const child = fork(kernel, { ...parent, forChildren: { ...parent.forChildren, pid: pidNamespace } });
      const { pid } = child;
      const namespaces = { ...child.namespaces, ...task.namespaces };
      const root = fileWorld.rootOf(namespaces.mnt);
      const bounding = task.capabilities ?? capabilityNames;
      kernel.settle();
      kernel.put({
        ...child,
        ...idsOf(task),
        namespaces,
        forChildren: { pid: pidNamespace, time: namespaces.time },
        root,
        here: root,
        cwd: '/',
        cgroup: task.cgroup,
        env: task.env,
        bounding,
        capabilities: task.uid === 0 ? bounding : [],
        oomScoreAdj: task.oomScoreAdj ?? 0,
        session: pid,
        group: pid,
        tty: task.tty ?? '',
        ignores: [],
      });
      try {
        changeDirectory(kernel, pid, task.cwd);
        const result = running.execIn(pid, task.argv, {
          env: task.env,
          tty: task.tty !== undefined,
          ...(task.stdin !== undefined && { stdin: task.stdin }),
          ...(task.stdinOpen !== undefined && { stdinOpen: task.stdinOpen }),
          ...(task.columns !== undefined && { columns: task.columns }),
        });
        if (result.kind === 'asks') {
          end(kernel, pid, { code: 0 });
          reap(kernel, pid);
        }
        return result;
      } catch (error) {
        end(kernel, pid, { code: 127 });
        reap(kernel, pid);
        throw error;
      }
    },
    calls: (pid) => systemCalls(kernel, pid),
    mountIn(namespaces, request) {
      fileWorld.mount(runtimeIn(namespaces), request);
    },
    filesIn: (mountNamespace) => fileWorld.view(runtimeIn({ mnt: mountNamespace })) as TaskFiles,
    find(pid, seenBy) {
      const task = taskByPid(kernel, kernel.get(seenBy).namespaces.pid, pid);
      return task && viewOf(kernel, task);
    },
    createNamespace: (kind, options = {}) => createNamespace(kernel, mounts, kind, options),
    releaseNamespace(id) {
      const found = kernel.state.namespaces.get(id);
      if (!found) return;
      kernel.state.namespaces.set(id, { ...found, held: false });
      for (const gone of removeNamespaces(kernel.state, [id])) if (gone.kind === 'mnt') fileWorld.dropMounts(gone.id);
    },
    namespace: (id) => kernel.state.namespaces.get(id),
    net: (id) => namespaceById(kernel, id, 'net').net,
    changeNet(id, change) {
      const found = namespaceById(kernel, id, 'net');
      kernel.state.namespaces.set(id, { ...found, net: change(found.net) });
    },
    log: () => kernel.state.log,
    binfmt: () => [...kernel.state.binfmt.values()],
    setBinfmt(handlerName, handler) {
      const next = new Map(kernel.state.binfmt);
      if (handler) next.set(handlerName, handler);
      else next.delete(handlerName);
      kernel.state.binfmt = next;
    },
    onExit(listener) {
      exitListeners.push(listener);
    },
    onOutput(listener) {
      outputListeners.push(listener);
    },
    onSignal(listener) {
      signalListeners.push(listener);
    },
  };

  const createViewOf = (pid: number): TaskFiles => fileWorld.view(kernel.get(pid)) as TaskFiles;
  const running = createRunning({
    kernel,
    view: machine,
    commands: spec.commands,
    programs: { ...basePrograms, ...spec.programs },
    hosted: new Set(spec.hosted),
    load: spec.load,
    wakeKind,
    output(pid, stream, text) {
      for (const listener of outputListeners) listener(pid, stream, text);
    },
  });

  sim.on(memoryKind, () => {
    kernel.state.memoryEvent = -1;
    relieve(kernel);
    kernel.replan();
  });
  sim.on<WakeEvent>(wakeKind, ({ pid }) => {
    running.wake(pid);
  });
  sim.on<WakeEvent & { readonly signal: Signal }>(`${wakeKind}.signal`, ({ pid, signal }) => {
    running.deliver(pid, signal);
  });
  sim.on<WakeEvent & { readonly child: number; readonly code: number }>(`${wakeKind}.child`, ({ pid, child, code }) => {
    running.childEnded(pid, child, code);
  });

  /** A task of root's that stands in those namespaces. */
  function runtimeIn(given: TaskSpec['namespaces']): TaskRecord {
    const init = kernel.get(1);
    const namespaces = { ...init.namespaces, ...given };
    const root = fileWorld.rootOf(namespaces.mnt);
    return { ...init, namespaces, root, here: root, cwd: '/' };
  }

  boot();
  return machine;

  function boot(): void {
    const disk = spec.disk ?? '/dev/vda1';
    const options = { data: ['errors=remount-ro'] };
    const device = { major: 254, minor: 1 };
    mounts.mount(initialNamespaces.mnt, spec.root, undefined, disk, options, spec.root.root, device);
    const root = mounts.root(initialNamespaces.mnt);
    const init = bootTasks(kernel, spec.boot, root, (path) => {
      cgroups.ensure(path);
    });
    const files = createFiles({ mounts, pid: 1, uid: 0, gid: 0, groups: [], root, cwd: root, umask: 0, now: () => sim.epochMs + sim.now }); // prettier-ignore
    for (const path of ['/proc', '/sys', '/dev', '/run', '/root', '/home']) files.mkdirs(path, 0o755);
    if (!files.exists('/tmp')) files.mkdir('/tmp', 0o1777);
    for (const [source, target, type, words] of systemMounts)
      fileWorld.mount(init, { source, target, type, options: words });
    machine.changeNet(initialNamespaces.net, (net) => hostNet(net, spec.address));
    const lines = bootLines(spec, KERNEL_RELEASE);
    kernel.state.log = lines.map((text) => ({ at: kernel.bootAt, level: 6, text }));
  }
}

function idsOf({ uid, gid, groups }: { uid: number; gid: number; groups: readonly number[] }) {
  return { uid, gid, realUid: uid, realGid: gid, groups };
}
