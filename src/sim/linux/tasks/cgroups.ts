// The tree of control groups: making, removing, moving tasks, and the rules about who may hold tasks. Models
// kernel/cgroup/cgroup.c of Linux 6.1 (version 2 only). What the files of a group say and take is in `cgroup-files.ts`.
// Departures: no threaded groups; io, cpuset, hugetlb, rdma and misc exist as names without effect.
import { LinuxError } from '../contract.ts';
import type { Kernel } from './kernel.ts';
import { type Cgroup, type Controller, controllers, newCgroup, parentGroup } from './state.ts';
import { tasksBelow } from './life.ts';

export interface Cgroups {
  /** Throws ENOENT. */
  get(path: string): Cgroup;
  has(path: string): boolean;
  list(): readonly Cgroup[];
  children(path: string): readonly Cgroup[];
  /** mkdir(2). EEXIST, ENOENT. */
  make(path: string): void;
  /** What systemd does: makes it and everything above, with all controllers handed on. */
  ensure(path: string): void;
  /** rmdir(2). EBUSY while there are tasks or groups in it. */
  remove(path: string): void;
  /** Controllers that it may set. */
  available(path: string): readonly Controller[];
  /** `cgroup.subtree_control`. ENOENT for a controller that is not available; EBUSY by the rules. */
  control(path: string, enable: readonly Controller[], disable: readonly Controller[]): void;
  /** Writing a task's number to `cgroup.procs`. EBUSY where controllers are handed on. */
  attach(path: string, pid: number): void;
  /** Limits and weights by field. */
  set(path: string, change: CgroupChange): void;
}

export type CgroupChange = Partial<
  Pick<
    Cgroup,
    | 'cpuWeight'
    | 'cpuMax'
    | 'memoryMin'
    | 'memoryLow'
    | 'memoryHigh'
    | 'memoryMax'
    | 'swapMax'
    | 'oomGroup'
    | 'pidsMax'
    | 'cpus'
    | 'frozen'
  >
>;

/** Controllers whose tasks may compete with groups. */
const threaded: readonly Controller[] = ['cpuset', 'cpu', 'pids'];
/** What systemd hands on. */
const usual: readonly Controller[] = ['cpu', 'memory', 'pids'];

export function createCgroups(kernel: Kernel): Cgroups {
  const all = () => kernel.state.cgroups;

  function get(path: string): Cgroup {
    const group = all().get(path);
    if (!group) throw new LinuxError('ENOENT');
    return group;
  }

  function put(group: Cgroup): void {
    all().set(group.path, group);
  }

  const children = (path: string) =>
    [...all().values()]
      .filter((group) => parentGroup(group.path) === path)
      .sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));

  const holdsTasks = (path: string) =>
    [...kernel.state.tasks.values()].some((task) => task.cgroup === path && !task.exit);

  const cgroups: Cgroups = {
    get,
    has: (path) => all().has(path),
    list: () => [...all().values()],
    children,
    make(path) {
      if (all().has(path)) throw new LinuxError('EEXIST');
      get(parentGroup(path) ?? '/');
      put(newCgroup(path, kernel.state.nextInode++));
    },
    ensure(path) {
      if (all().has(path)) return;
      const parent = parentGroup(path) ?? '/';
      cgroups.ensure(parent);
      put({ ...get(parent), subtreeControl: parent === '/' ? controllers.filter((one) => one !== 'hugetlb' && one !== 'rdma' && one !== 'misc') : usual }); // prettier-ignore
      cgroups.make(path);
    },
    remove(path) {
      get(path);
      if (path === '/' || children(path).length > 0 || holdsTasks(path)) throw new LinuxError('EBUSY');
      kernel.settle();
      all().delete(path);
      kernel.replan();
    },
    available(path) {
      const parent = parentGroup(path);
      return parent === undefined ? controllers : get(parent).subtreeControl;
    },
    control(path, enable, disable) {
      const group = get(path);
      const available = cgroups.available(path);
      const fresh = enable.filter((one) => !group.subtreeControl.includes(one));
      if (fresh.some((one) => !available.includes(one))) throw new LinuxError('ENOENT');
      if (disable.some((one) => children(path).some((child) => child.subtreeControl.includes(one))))
        throw new LinuxError('EBUSY');
      const domain = fresh.some((one) => !threaded.includes(one));
      const handsOnDomain = group.subtreeControl.some((one) => !threaded.includes(one));
      if (path !== '/' && fresh.length > 0 && holdsTasks(path) && (domain || handsOnDomain))
        throw new LinuxError('EBUSY');
      kernel.settle();
      const next = [...group.subtreeControl, ...fresh].filter((one) => !disable.includes(one));
      put({ ...group, subtreeControl: controllers.filter((one) => next.includes(one)) });
      kernel.replan();
    },
    attach(path, pid) {
      const group = get(path);
      const task = kernel.get(pid);
      if (task.cgroup === path) return;
      if (task.role === 'kernel') throw new LinuxError('EINVAL');
      if (path !== '/' && group.subtreeControl.length > 0) throw new LinuxError('EBUSY');
      kernel.settle();
      kernel.put({ ...task, cgroup: path });
      kernel.replan();
    },
    set(path, change) {
      kernel.settle();
      put({ ...get(path), ...change });
      kernel.replan();
    },
  };
  return cgroups;
}

/** pids.current. */
export function pidsIn(kernel: Kernel, path: string): number {
  return tasksBelow(kernel, path);
}
