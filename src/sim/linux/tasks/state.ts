// What a machine's kernel remembers, as values: tasks, control groups, the log. A change replaces a value and never edits
// one, so a checkpoint copies a few maps and shares everything in them.
import type { NamespaceKind } from '../contract.ts';
import type { Place } from '../files/file-system.ts';
import type { Capability, Namespace } from './namespaces.ts';
import type { Signal } from './signals.ts';

/** A working set: so many bytes at a moment, and how it goes on from there. */
interface Memory {
  /** Virtual milliseconds. */
  readonly at: number;
  /** Private (anonymous) memory. */
  readonly bytes: number;
  readonly growthPerSecond: number;
  /** It grows so far and no further; Infinity for a leak. */
  readonly ceilingBytes: number;
  /** Pages of its program and libraries; they are shared and can be read again, so no limit counts them. */
  readonly fileBytes: number;
}

export interface TaskExit {
  readonly pid: number;
  /** What a shell shows: what exit(2) was given, or 128 and the number of the signal that ended it. */
  readonly code: number;
  readonly signal?: Signal;
  readonly oomKilled: boolean;
}

export interface TaskRecord {
  readonly pid: number;
  readonly ppid: number;
  readonly pids: readonly number[];
  readonly comm: string;
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly exe: string;
  /** As getcwd(3) says it; {@link here} is where it is. */
  readonly cwd: string;
  readonly here: Place;
  readonly root: Place;
  /** Effective ids, in the machine's own numbers. */
  readonly uid: number;
  readonly gid: number;
  readonly realUid: number;
  readonly realGid: number;
  readonly groups: readonly number[];
  readonly capabilities: readonly Capability[];
  /** At most what `execve` of a root task gives: a container's bounding set. */
  readonly bounding: readonly Capability[];
  readonly namespaces: Readonly<Record<NamespaceKind, number>>;
  /** Where its children start: unshare(CLONE_NEWPID) and CLONE_NEWTIME do not move the caller. */
  readonly forChildren: { readonly pid: number; readonly time: number };
  readonly cgroup: string;
  readonly stopped: boolean;
  readonly startedAt: number;
  readonly oomScoreAdj: number;
  readonly libraries: readonly string[];
  /** The behaviour's name. */
  readonly program: string;
  /** `waiter`: a command that has forked and waits for the child. */
  readonly role: 'hosted' | 'program' | 'command' | 'waiter' | 'kernel';
  readonly session: number;
  readonly group: number;
  /** `pts/0`, or empty. */
  readonly tty: string;
  readonly threads: number;
  /** Whether it waits for children that it did not start (init, a shell), so that none stays a zombie. */
  readonly reaps: boolean;
  /** Signals that it has a handler for. */
  readonly handles: readonly Signal[];
  readonly ignores: readonly Signal[];
  /** Thousandths of a processor that it would use if it were alone. */
  readonly demandMilli: number;
  /** Microseconds of processor time up to {@link KernelState.settledAt}. */
  readonly cpuUs: number;
  readonly memory: Memory;
  /** The program's own state, a value. */
  readonly data: unknown;
  /** Of a long-lived program: when it wants to be called, and the event that will do it. */
  readonly wakeEvent: number;
  /** The child that a waiter waits for. */
  readonly waitsFor: number;
  readonly exit: TaskExit | null;
  /** Journal entry of its last change. */
  readonly cause: number | null;
}

export const controllers = ['cpuset', 'cpu', 'io', 'memory', 'hugetlb', 'pids', 'rdma', 'misc'] as const;
export type Controller = (typeof controllers)[number];

/** One control group of version 2. `null` is `max`. */
export interface Cgroup {
  /** `/`, or `/system.slice/…` without a slash at the end. */
  readonly path: string;
  readonly ino: number;
  /** What it hands on to its children. */
  readonly subtreeControl: readonly Controller[];
  readonly cpuWeight: number;
  readonly cpuMax: { readonly quotaUs: number | null; readonly periodUs: number };
  readonly memoryMin: number;
  readonly memoryLow: number;
  readonly memoryHigh: number | null;
  readonly memoryMax: number | null;
  readonly swapMax: number | null;
  readonly oomGroup: boolean;
  readonly pidsMax: number | null;
  readonly cpus: string;
  readonly frozen: boolean;
  /** Microseconds with all descendants, gone ones too, up to {@link KernelState.settledAt}. */
  readonly usageUs: number;
  readonly activeUs: number;
  readonly throttledActiveUs: number;
  readonly throttledUs: number;
  readonly memoryPeak: number;
  readonly events: MemoryEvents;
  /** Only what happened to itself. */
  readonly localEvents: MemoryEvents;
  readonly pidsRefused: number;
}

export interface MemoryEvents {
  readonly low: number;
  readonly high: number;
  readonly max: number;
  readonly oom: number;
  readonly oom_kill: number;
  readonly oom_group_kill: number;
}

const noMemoryEvents: MemoryEvents = { low: 0, high: 0, max: 0, oom: 0, oom_kill: 0, oom_group_kill: 0 };

/** A line of the kernel's ring buffer. */
export interface LogLine {
  /** Virtual milliseconds. */
  readonly at: number;
  readonly level: number;
  readonly text: string;
}

export interface KernelState {
  tasks: Map<number, TaskRecord>;
  namespaces: Map<number, Namespace>;
  cgroups: Map<string, Cgroup>;
  nextNamespace: number;
  nextInode: number;
  log: readonly LogLine[];
  /** Up to when processor time has been written down. */
  settledAt: number;
  /** The event at which memory runs out somewhere, and its moment. */
  memoryEvent: number;
  binfmt: ReadonlyMap<string, Binfmt>;
  /** How services of the machine ended last, by unit. */
  units: ReadonlyMap<string, UnitState>;
  /** How many processes were ever started. */
  forks: number;
}

export interface UnitState {
  readonly code: number;
  readonly signal?: Signal;
  readonly result: 'stopped' | 'exit-code' | 'oom-kill';
  /** Virtual milliseconds. */
  readonly at: number;
  readonly pid?: number;
}

/** A registration with binfmt_misc. */
export interface Binfmt {
  readonly name: string;
  readonly enabled: boolean;
  readonly interpreter: string;
  readonly flags: string;
  readonly offset: number;
  readonly magic: string;
  readonly mask: string;
  /** The ELF machine that the magic means, where it is one. */
  readonly machine?: string;
  /** Of flag F: the interpreter works in every mount namespace. */
  readonly fixed: boolean;
}

export function copyState(state: KernelState): KernelState {
  return {
    ...state,
    tasks: new Map(state.tasks),
    namespaces: new Map(state.namespaces),
    cgroups: new Map(state.cgroups),
  };
}

export function newCgroup(path: string, ino: number): Cgroup {
  return {
    path,
    ino,
    subtreeControl: [],
    cpuWeight: 100,
    cpuMax: { quotaUs: null, periodUs: 100_000 },
    memoryMin: 0,
    memoryLow: 0,
    memoryHigh: null,
    memoryMax: null,
    swapMax: null,
    oomGroup: false,
    pidsMax: null,
    cpus: '',
    frozen: false,
    usageUs: 0,
    activeUs: 0,
    throttledActiveUs: 0,
    throttledUs: 0,
    memoryPeak: 0,
    events: noMemoryEvents,
    localEvents: noMemoryEvents,
    pidsRefused: 0,
  };
}

/** `/a/b` of `/a/b/c`; undefined of the root. */
export function parentGroup(path: string): string | undefined {
  if (path === '/') return undefined;
  return path.slice(0, path.lastIndexOf('/')) || '/';
}

/** Whether `path` is `ancestor` or below it. */
export function isWithin(path: string, ancestor: string): boolean {
  return ancestor === '/' || path === ancestor || path.startsWith(`${ancestor}/`);
}
