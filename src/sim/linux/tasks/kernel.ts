// What the parts of a machine's kernel share: its state, its accounts, its journal and log, and small questions about
// tasks (rights, numbers in a namespace, how a task looks from outside).
import type { Files, NamespaceKind, Task } from '../contract.ts';
import { LinuxError } from '../contract.ts';
import type { Simulation } from '../../engine/simulation.ts';
import type { ElfMachine } from '../elf.ts';
import type { Place } from '../files/file-system.ts';
import type { Accounts, Hardware } from './accounts.ts';
import type { Capability, Namespace, NamespaceOf } from './namespaces.ts';
import type { KernelState, TaskExit, TaskRecord } from './state.ts';
import type { Signal } from './signals.ts';

export interface Kernel {
  readonly sim: Simulation;
  readonly name: string;
  readonly architecture: ElfMachine;
  readonly hardware: Hardware;
  /** Virtual milliseconds; before the world began, mostly. */
  readonly bootAt: number;
  state: KernelState;
  readonly accounts: Accounts;
  readonly fileWorld: FileWorld;
  /** Before anything about processor time, memory, limits or membership changes. */
  settle(): void;
  /** After it: plans when memory runs out. */
  replan(): void;
  put(task: TaskRecord): void;
  /** Throws ESRCH. */
  get(pid: number): TaskRecord;
  log(level: number, text: string): void;
  record(task: TaskRecord, kind: string, reason: string, message: string, cause?: number | null): number;
  /** `task`: as it was. */
  exited(exit: TaskExit, task: TaskRecord): void;
  signalled(pid: number, signal: Signal): void;
}

/** What `files/` does for a kernel. */
export interface FileWorld {
  /** A task's files. */
  view(task: TaskRecord): Files;
  /** A new mount namespace starts as a copy; the result translates the places of the task that goes there. */
  copyMounts(from: number, to: number): (place: Place) => Place;
  /** Nobody is in it any more. */
  dropMounts(namespace: number): void;
  /** The root directory of a mount namespace. */
  rootOf(namespace: number): Place;
  /** A directory that a task names. Throws ENOENT, ENOTDIR, EACCES. */
  directory(task: TaskRecord, path: string): Place;
  /** What a task calls a place; `(unreachable)…` when it is outside its root. */
  pathOf(task: TaskRecord, place: Place): string;
  /** Whether set-id bits do not count where a file is. */
  nosuid(task: TaskRecord, path: string): boolean;
  mount(task: TaskRecord, request: MountRequest): void;
  umount(task: TaskRecord, path: string, lazy: boolean): void;
  mounts(task: TaskRecord): readonly MountLine[];
}

export interface MountRequest {
  readonly source: string;
  readonly target: string;
  /** `proc`, `tmpfs`, `overlay`, …; empty for bind, move, remount and propagation. */
  readonly type: string;
  /** As in `-o`: `ro`, `bind`, `lowerdir=…`. */
  readonly options: readonly string[];
}

/** A line of /proc/PID/mountinfo. */
export interface MountLine {
  readonly id: number;
  readonly parent: number;
  readonly device: string;
  readonly root: string;
  readonly target: string;
  readonly options: string;
  readonly propagation: string;
  readonly type: string;
  readonly source: string;
  readonly superOptions: string;
}

export function namespaceOf<K extends NamespaceKind>(kernel: Kernel, task: TaskRecord, kind: K): NamespaceOf<K> {
  return namespaceById(kernel, task.namespaces[kind], kind);
}

export function namespaceById<K extends NamespaceKind>(kernel: Kernel, id: number, kind: K): NamespaceOf<K> {
  const found = kernel.state.namespaces.get(id);
  if (found?.kind !== kind) throw new LinuxError('EINVAL');
  return found as NamespaceOf<K>;
}

/** Whether a task has a capability over what a user namespace owns. */
export function capable(kernel: Kernel, task: TaskRecord, capability: Capability, userNamespace: number): boolean {
  for (let id = userNamespace; id !== 0;) {
    if (task.namespaces.user === id) return task.capabilities.includes(capability);
    const namespace = namespaceById(kernel, id, 'user');
    // Who made a user namespace, in its parent, has every right in it.
    if (namespace.parent === task.namespaces.user && namespace.ownerUid === task.uid) return true;
    id = namespace.parent;
  }
  return false;
}

/** The same for the owner of another kind of namespace that the task is in. */
export function capableIn(kernel: Kernel, task: TaskRecord, capability: Capability, kind: NamespaceKind): boolean {
  const id = task.namespaces[kind];
  const owner = kind === 'user' ? id : (kernel.state.namespaces.get(id) as Namespace).owner;
  return capable(kernel, task, capability, owner);
}

/** A task's number in a PID namespace; undefined where it cannot be seen. */
export function pidIn(kernel: Kernel, task: TaskRecord, namespace: number): number | undefined {
  let id = task.namespaces.pid;
  for (let level = task.pids.length - 1; level >= 0; level--) {
    if (id === namespace) return task.pids[level];
    id = (kernel.state.namespaces.get(id) as NamespaceOf<'pid'> | undefined)?.parent ?? 0;
  }
  return undefined;
}

/** The task that a PID namespace calls so. */
export function taskByPid(kernel: Kernel, namespace: number, pid: number): TaskRecord | undefined {
  const { level } = namespaceById(kernel, namespace, 'pid');
  if (level === 0) return kernel.state.tasks.get(pid);
  for (const task of kernel.state.tasks.values())
    if (task.pids[level] === pid && pidIn(kernel, task, namespace) === pid) return task;
  return undefined;
}

/** Tasks that can be seen in a PID namespace, by their number there. */
export function tasksIn(kernel: Kernel, namespace: number): readonly { readonly pid: number; task: TaskRecord }[] {
  const seen: { pid: number; task: TaskRecord }[] = [];
  for (const task of kernel.state.tasks.values()) {
    const pid = pidIn(kernel, task, namespace);
    if (pid !== undefined) seen.push({ pid, task });
  }
  return seen.sort((a, b) => a.pid - b.pid);
}

export function taskState(kernel: Kernel, task: TaskRecord): Task['state'] {
  if (task.exit) return 'Z';
  if (task.stopped) return 'T';
  return task.role === 'command' || kernel.accounts.taskRate(task.pid) > 0 ? 'R' : 'S';
}

export function viewOf(kernel: Kernel, task: TaskRecord): Task {
  const { pid, ppid, pids, comm, argv, env, exe, cwd, uid, gid, groups, namespaces, cgroup } = task;
  return {
    pid,
    ppid,
    pids,
    comm,
    argv,
    env,
    exe,
    cwd,
    uid,
    gid,
    groups,
    namespaces,
    cgroup,
    state: taskState(kernel, task),
    startedAt: task.startedAt,
    memoryBytes: task.exit ? 0 : kernel.accounts.taskMemory(task) + task.memory.fileBytes,
    oomScoreAdj: task.oomScoreAdj,
    libraries: task.libraries,
  };
}
