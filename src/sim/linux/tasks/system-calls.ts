// System calls of one task that change it or the machine around it: namespaces, root, user, name, signals, mounts,
// network. Rights are checked as the kernel does (kernel/nsproxy.c, kernel/user_namespace.c, fs/namespace.c). What concerns
// files is in the contract's `Files`.
import { LinuxError, type NamespaceKind, type Sys } from '../contract.ts';
import { kill } from './life.ts';
import { capable, capableIn, type Kernel, type MountLine, type MountRequest, namespaceById, namespaceOf, taskByPid } from './kernel.ts'; // prettier-ignore
import {
  capabilityNames,
  initialNamespaces,
  insideId,
  type Namespace,
  outsideId,
  parseIdMap,
  removeNamespaces,
} from './namespaces.ts';
import { emptyNet, type Net } from './network.ts';
import type { Signal } from './signals.ts';
import type { LogLine, TaskRecord } from './state.ts';

export interface SystemCalls {
  /** What the kernel remembers of the caller now. */
  readonly self: TaskRecord;
  /** Everything that is not in the contract's view of a task. */
  readonly kernel: Kernel;
  /** EPERM; ENOSPC or EUSERS at the limits. User namespaces are made before the others. */
  unshare(kinds: readonly NamespaceKind[]): void;
  /** EPERM, EINVAL. */
  setns(kind: NamespaceKind, namespace: number): void;
  chroot(path: string): void;
  chdir(path: string): void;
  hostname(): string;
  sethostname(name: string): void;
  /** The number is one of the caller's PID namespace; negative for a process group is not simulated. */
  kill(pid: number, signal: Signal | 0): void;
  /** Numbers as the caller's user namespace calls them. */
  setIds(ids: { readonly uid?: number; readonly gid?: number; readonly groups?: readonly number[] }): void;
  ids(): { readonly uid: number; readonly gid: number; readonly groups: readonly number[] };
  mount(request: MountRequest): void;
  umount(path: string, lazy: boolean): void;
  mounts(): readonly MountLine[];
  net(): Net;
  /** EPERM without CAP_NET_ADMIN. */
  changeNet(change: (net: Net) => Net): void;
  log(): readonly LogLine[];
}

/** What the machine's own commands get: the contract's `Sys` and the calls above. */
export interface KernelSys extends Sys {
  readonly calls: SystemCalls;
  /** fork(2), execve(2) in the child, and waiting for it with the child's code as one's own. Return its result. */
  forkExec(
    argv: readonly string[],
    words?: ExecWords,
    /** What the child does before execve(2); words and a code if that fails. */
    inChild?: (calls: SystemCalls) => Failure | undefined,
  ): { readonly exec: readonly string[] };
  /** Like `exec`, with the command's own words for a file that cannot be executed. */
  execWith(
    argv: readonly string[],
    words: ExecWords,
    env?: Readonly<Record<string, string>>,
  ): { readonly exec: readonly string[] };
}

/** What a command prints, and its exit code, when execve(2) refuses. */
export type ExecWords = (name: string, error: LinuxError) => Failure;

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

const MOST_LEVELS = 32;
/** As the kernel makes them (kernel/nsproxy.c); it shows in their numbers. */
const creationOrder: readonly NamespaceKind[] = ['user', 'mnt', 'uts', 'ipc', 'pid', 'cgroup', 'net', 'time'];

export function systemCalls(kernel: Kernel, pid: number): SystemCalls {
  const self = () => kernel.get(pid);

  function add(namespace: Namespace): void {
    kernel.state.namespaces.set(namespace.id, namespace);
  }

  /** Leaves a namespace and enters another. */
  function enter(kind: NamespaceKind, id: number): void {
    const before = self();
    kernel.put({ ...before, namespaces: { ...before.namespaces, [kind]: id } });
    for (const gone of removeNamespaces(kernel.state, [before.namespaces[kind]]))
      if (gone.kind === 'mnt') kernel.fileWorld.dropMounts(gone.id);
  }

  function unshareOne(kind: NamespaceKind): void {
    const { state } = kernel;
    const task = self();
    const id = state.nextNamespace;
    if (kind === 'user') {
      const parent = namespaceOf(kernel, task, 'user');
      if (parent.level >= MOST_LEVELS) throw new LinuxError('ENOSPC');
      const root = kernel.fileWorld.rootOf(task.namespaces.mnt);
      if (root.mount !== task.root.mount || root.ref !== task.root.ref) throw new LinuxError('EPERM');
      // An id that has no number here cannot be an owner.
      if (outsideMissing(kernel, task)) throw new LinuxError('EPERM');
      state.nextNamespace++;
      add({
        kind,
        id,
        owner: parent.id,
        held: false,
        parent: parent.id,
        level: parent.level + 1,
        ownerUid: task.uid,
        ownerGid: task.gid,
        uidMap: [],
        gidMap: [],
        setgroups: parent.setgroups,
      });
      enter('user', id);
      kernel.put({ ...self(), capabilities: capabilityNames, bounding: capabilityNames });
      return;
    }
    const owner = task.namespaces.user;
    if (!capable(kernel, task, 'SYS_ADMIN', owner)) throw new LinuxError('EPERM');
    state.nextNamespace++;
    const common = { id, owner, held: false };
    switch (kind) {
      case 'uts': {
        const { hostname, domainname } = namespaceOf(kernel, task, 'uts');
        add({ ...common, kind, hostname, domainname });
        break;
      }
      case 'ipc':
        add({ ...common, kind });
        break;
      case 'net':
        add({ ...common, kind, net: emptyNet });
        break;
      case 'cgroup':
        add({ ...common, kind, root: task.cgroup });
        break;
      case 'mnt': {
        add({ ...common, kind });
        const move = kernel.fileWorld.copyMounts(task.namespaces.mnt, id);
        kernel.put({ ...task, root: move(task.root), here: move(task.here) });
        break;
      }
      case 'pid': {
        const parent = namespaceById(kernel, task.forChildren.pid, 'pid');
        if (parent.level >= MOST_LEVELS) throw new LinuxError('ENOSPC');
        add({ ...common, kind, parent: parent.id, level: parent.level + 1, lastPid: 0, init: 0 });
        kernel.put({ ...task, forChildren: { ...task.forChildren, pid: id } });
        return;
      }
      case 'time': {
        const { monotonicMs, boottimeMs } = namespaceOf(kernel, task, 'time');
        add({ ...common, kind, monotonicMs, boottimeMs });
        kernel.put({ ...task, forChildren: { ...task.forChildren, time: id } });
        return;
      }
    }
    enter(kind, id);
  }

  return {
    get self() {
      return self();
    },
    kernel,
    unshare(kinds) {
      const made = creationOrder.filter((kind) => kinds.includes(kind));
      if (made.length === 0) return;
      for (const kind of made) unshareOne(kind);
      const task = self();
      kernel.record(task, 'linux.unshare', 'Unshared', `${task.comm} (${String(pid)}) left ${made.join(', ')}`);
    },
    setns(kind, id) {
      const task = self();
      const namespace = namespaceById(kernel, id, kind);
      if (namespace.kind === 'user') {
        if (task.namespaces.user === id) throw new LinuxError('EINVAL');
        if (!capable(kernel, task, 'SYS_ADMIN', id)) throw new LinuxError('EPERM');
        enter('user', id);
        kernel.put({ ...self(), capabilities: capabilityNames, bounding: capabilityNames });
        return;
      }
      const mine = task.namespaces.user;
      if (!capable(kernel, task, 'SYS_ADMIN', namespace.owner) || !capable(kernel, task, 'SYS_ADMIN', mine))
        throw new LinuxError('EPERM');
      if (kind === 'pid') {
        // One may go down, never up or aside.
        const own = namespaceOf(kernel, task, 'pid');
        let at = id;
        while (at !== 0 && at !== own.id) at = namespaceById(kernel, at, 'pid').parent;
        if (at !== own.id) throw new LinuxError('EINVAL');
        kernel.put({ ...task, forChildren: { ...task.forChildren, pid: id } });
        return;
      }
      if (kind === 'mnt') {
        if (!capable(kernel, task, 'SYS_CHROOT', mine)) throw new LinuxError('EPERM');
        const root = kernel.fileWorld.rootOf(id);
        enter('mnt', id);
        kernel.put({ ...self(), root, here: root, cwd: '/' });
        return;
      }
      if (kind === 'time') kernel.put({ ...task, forChildren: { ...task.forChildren, time: id } });
      enter(kind, id);
    },
    chroot(path) {
      const task = self();
      const place = kernel.fileWorld.directory(task, path);
      if (!capable(kernel, task, 'SYS_CHROOT', task.namespaces.user)) throw new LinuxError('EPERM');
      kernel.put({ ...task, root: place });
      kernel.put({ ...self(), cwd: kernel.fileWorld.pathOf(self(), task.here) });
    },
    chdir(path) {
      changeDirectory(kernel, pid, path);
    },
    hostname: () => namespaceOf(kernel, self(), 'uts').hostname,
    sethostname(name) {
      if (!capableIn(kernel, self(), 'SYS_ADMIN', 'uts')) throw new LinuxError('EPERM');
      if (name.length > 64) throw new LinuxError('EINVAL');
      const uts = namespaceOf(kernel, self(), 'uts');
      add({ ...uts, hostname: name });
    },
    kill(number, signal) {
      const target = taskByPid(kernel, self().namespaces.pid, number);
      if (!target) throw new LinuxError('ESRCH');
      kill(kernel, target.pid, signal, self());
    },
    setIds({ uid, gid, groups }) {
      const task = self();
      const user = namespaceOf(kernel, task, 'user');
      const may = (capability: 'SETUID' | 'SETGID') => capable(kernel, task, capability, user.id);
      const real = (map: typeof user.uidMap, id: number): number => {
        const outside = outsideId(map, id);
        if (outside === undefined) throw new LinuxError('EINVAL');
        return outside;
      };
      let next = task;
      if (groups !== undefined) {
        if (!may('SETGID') || user.setgroups === 'deny') throw new LinuxError('EPERM');
        next = { ...next, groups: groups.map((id) => real(user.gidMap, id)) };
      }
      if (gid !== undefined) {
        const id = real(user.gidMap, gid);
        if (!may('SETGID') && id !== task.gid && id !== task.realGid) throw new LinuxError('EPERM');
        next = { ...next, gid: id, realGid: id };
      }
      if (uid !== undefined) {
        const id = real(user.uidMap, uid);
        if (!may('SETUID') && id !== task.uid && id !== task.realUid) throw new LinuxError('EPERM');
        const root = outsideId(user.uidMap, 0);
        next = { ...next, uid: id, realUid: id, ...(task.uid === root && id !== root && { capabilities: [] }) };
      }
      kernel.put(next);
    },
    ids() {
      const task = self();
      const { uidMap, gidMap } = namespaceOf(kernel, task, 'user');
      return {
        uid: insideId(uidMap, task.uid),
        gid: insideId(gidMap, task.gid),
        groups: task.groups.map((group) => insideId(gidMap, group)),
      };
    },
    mount(request) {
      if (!capableIn(kernel, self(), 'SYS_ADMIN', 'mnt')) throw new LinuxError('EPERM');
      kernel.fileWorld.mount(self(), request);
    },
    umount(path, lazy) {
      if (!capableIn(kernel, self(), 'SYS_ADMIN', 'mnt')) throw new LinuxError('EPERM');
      kernel.fileWorld.umount(self(), path, lazy);
    },
    mounts: () => kernel.fileWorld.mounts(self()),
    net: () => namespaceOf(kernel, self(), 'net').net,
    changeNet(change) {
      if (!capableIn(kernel, self(), 'NET_ADMIN', 'net')) throw new LinuxError('EPERM');
      const namespace = namespaceOf(kernel, self(), 'net');
      add({ ...namespace, net: change(namespace.net) });
    },
    log() {
      // kernel.dmesg_restrict is 1 on Debian.
      if (!capable(kernel, self(), 'SYSLOG', initialNamespaces.user)) throw new LinuxError('EPERM');
      return kernel.state.log;
    },
  };
}

/** chdir(2). */
export function changeDirectory(kernel: Kernel, pid: number, path: string): void {
  const task = kernel.get(pid);
  const here = kernel.fileWorld.directory(task, path);
  kernel.put({ ...task, here, cwd: kernel.fileWorld.pathOf(task, here) });
}

/**
 * What is written to /proc/PID/uid_map or gid_map. EPERM the second time, or without the right to the ids: the writer
 * needs CAP_SETUID in the parent, or maps one id, its own.
 */
export function writeIdMap(
  kernel: Kernel,
  writer: TaskRecord,
  target: TaskRecord,
  kind: 'uid' | 'gid',
  text: string,
): void {
  const map = parseIdMap(text);
  const user = namespaceOf(kernel, target, 'user');
  if (map === undefined) throw new LinuxError('EINVAL');
  const present = kind === 'uid' ? user.uidMap : user.gidMap;
  if (user.parent === 0 || present.length > 0) throw new LinuxError('EPERM');
  const parent = namespaceById(kernel, user.parent, 'user');
  const own = kind === 'uid' ? writer.uid : writer.gid;
  const above = map.map((range) => {
    const outside = outsideId(kind === 'uid' ? parent.uidMap : parent.gidMap, range.outside);
    if (outside === undefined) throw new LinuxError('EPERM');
    return { ...range, outside };
  });
  const first = above[0];
  const single =
    above.length === 1 &&
    first?.count === 1 &&
    first.outside === own &&
    writer.uid === user.ownerUid &&
    (kind === 'uid' || user.setgroups === 'deny');
  if (!single && !capable(kernel, writer, kind === 'uid' ? 'SETUID' : 'SETGID', parent.id))
    throw new LinuxError('EPERM');
  kernel.state.namespaces.set(user.id, { ...user, [kind === 'uid' ? 'uidMap' : 'gidMap']: above });
}

function outsideMissing(kernel: Kernel, task: TaskRecord): boolean {
  const user = namespaceOf(kernel, task, 'user');
  const within = (map: typeof user.uidMap, id: number) =>
    map.some(({ outside, count }) => id >= outside && id < outside + count);
  return !within(user.uidMap, task.uid) || !within(user.gidMap, task.gid);
}
