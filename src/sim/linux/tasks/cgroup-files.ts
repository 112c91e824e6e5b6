// /sys/fs/cgroup: the files of each control group, what they say and what may be written to them. Models the interface
// files of version 2 in Linux 6.1 (kernel documentation, cgroup-v2) with the kernel's refusals: EINVAL for what cannot be
// read as a number, ERANGE does not exist here and is EINVAL too. A group's files for a controller are there only if its
// parent hands that controller on. Pressure files and io are left out.
import { LinuxError } from '../contract.ts';
import type { Caller } from '../files/file-system.ts';
import type { VirtualFiles, VirtualNode } from '../files/virtual.ts';
import { pidsIn, type Cgroups } from './cgroups.ts';
import { capable, type Kernel, pidIn, taskByPid } from './kernel.ts';
import { end } from './life.ts';
import { initialNamespaces } from './namespaces.ts';
import { type Cgroup, type Controller, controllers, isWithin, type MemoryEvents } from './state.ts';

interface CgroupFile {
  /** Absent: every group has it. */
  readonly controller?: Controller;
  readonly root?: boolean;
  readonly mode?: number;
  read(context: Context): string;
  write?(context: Context, text: string): void;
}

interface Context {
  readonly kernel: Kernel;
  readonly cgroups: Cgroups;
  readonly group: Cgroup;
  readonly caller: Caller;
}

const LARGEST = 9_223_372_036_854_771_712;
const PAGE = 4096;

const line = (value: number | string) => `${String(value)}\n`;
const limit = (value: number | null) => line(value ?? 'max');
const invalid = (): never => {
  throw new LinuxError('EINVAL');
};

/** `64M`, `max`, `1073741824`: as the kernel's memparse, rounded down to pages. */
function memoryAmount(text: string): number | null {
  const trimmed = text.trim();
  if (trimmed === 'max') return null;
  const match = /^(\d+)([kmgtKMGT]?)$/.exec(trimmed);
  if (!match) return invalid();
  const factor = 2 ** (10 * ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase()));
  const bytes = Number(match[1]) * factor;
  return bytes >= LARGEST ? null : Math.floor(bytes / PAGE) * PAGE;
}

function wholeNumber(text: string, least: number, most: number): number {
  const trimmed = text.trim();
  if (!/^-?\d+$/.test(trimmed)) return invalid();
  const value = Number(trimmed);
  return value < least || value > most ? invalid() : value;
}

function setMemory(field: 'memoryMax' | 'memoryHigh' | 'swapMax') {
  return ({ cgroups, group }: Context, text: string) => {
    cgroups.set(group.path, { [field]: memoryAmount(text) });
  };
}

function protection(field: 'memoryMin' | 'memoryLow'): CgroupFile {
  return {
    controller: 'memory',
    read: ({ group }) => (group[field] === Infinity ? 'max\n' : line(group[field])),
    write: ({ cgroups, group }, text) => {
      cgroups.set(group.path, { [field]: memoryAmount(text) ?? Infinity });
    },
  };
}

function eventLines({ low, high, max, oom, oom_kill, oom_group_kill }: MemoryEvents): string {
  return Object.entries({ low, high, max, oom, oom_kill, oom_group_kill })
    .map(([name, value]) => `${name} ${String(value)}\n`)
    .join('');
}

const files: Readonly<Record<string, CgroupFile>> = {
  'cgroup.controllers': {
    root: true,
    read: ({ cgroups, group }) => line(cgroups.available(group.path).join(' ')),
  },
  'cgroup.events': {
    read: ({ kernel, group }) =>
      `populated ${String(Number(pidsIn(kernel, group.path) > 0))}\nfrozen ${String(Number(group.frozen))}\n`,
  },
  'cgroup.freeze': {
    read: ({ group }) => line(Number(group.frozen)),
    write: ({ cgroups, group }, text) => {
      cgroups.set(group.path, { frozen: wholeNumber(text, 0, 1) === 1 });
    },
  },
  'cgroup.kill': {
    mode: 0o200,
    read: invalid,
    write: ({ kernel, group }, text) => {
      wholeNumber(text, 1, 1);
      for (const task of [...kernel.state.tasks.values()])
        if (isWithin(task.cgroup, group.path)) end(kernel, task.pid, { code: 0, signal: 'KILL' });
    },
  },
  'cgroup.procs': {
    root: true,
    read: ({ kernel, group, caller }) => {
      const seen = kernel.state.tasks.get(caller.pid)?.namespaces.pid ?? initialNamespaces.pid;
      return [...kernel.state.tasks.values()]
        .filter((task) => task.cgroup === group.path && !task.exit)
        .map((task) => pidIn(kernel, task, seen) ?? 0)
        .sort((a, b) => a - b)
        .map(line)
        .join('');
    },
    write: ({ kernel, cgroups, group, caller }, text) => {
      const pid = wholeNumber(text, 0, 2 ** 31 - 1);
      const writer = kernel.state.tasks.get(caller.pid);
      const seen = writer?.namespaces.pid ?? initialNamespaces.pid;
      const task = pid === 0 ? writer : taskByPid(kernel, seen, pid);
      if (!task) throw new LinuxError('ESRCH');
      if (writer && writer.uid !== 0 && !capable(kernel, writer, 'SYS_ADMIN', initialNamespaces.user))
        throw new LinuxError('EACCES');
      cgroups.attach(group.path, task.pid);
    },
  },
  'cgroup.stat': {
    root: true,
    read: ({ cgroups, group }) =>
      `nr_descendants ${String(cgroups.list().filter((one) => one !== group && isWithin(one.path, group.path)).length)}\nnr_dying_descendants 0\n`,
  },
  'cgroup.subtree_control': {
    root: true,
    read: ({ group }) => line(group.subtreeControl.join(' ')),
    write: ({ cgroups, group }, text) => {
      const enable: Controller[] = [];
      const disable: Controller[] = [];
      for (const word of text.split(/\s+/)) {
        if (word === '') continue;
        const name = controllers.find((one) => one === word.slice(1));
        if (!name || !/^[+-]/.test(word)) return invalid();
        const [to, from] = word.startsWith('+') ? [enable, disable] : [disable, enable];
        to.push(name);
        if (from.includes(name)) from.splice(from.indexOf(name), 1);
      }
      cgroups.control(group.path, enable, disable);
    },
  },
  'cgroup.type': { read: () => 'domain\n' },
  'cpu.max': {
    controller: 'cpu',
    read: ({ group }) => line(`${String(group.cpuMax.quotaUs ?? 'max')} ${String(group.cpuMax.periodUs)}`),
    write: ({ cgroups, group }, text) => {
      const words = text.trim().split(/\s+/);
      const [quota = '', period = String(group.cpuMax.periodUs)] = words;
      if (words.length > 2) return invalid();
      const periodUs = wholeNumber(period, 1000, 1_000_000);
      const quotaUs = quota === 'max' ? null : wholeNumber(quota, 1000, Number.MAX_SAFE_INTEGER);
      cgroups.set(group.path, { cpuMax: { quotaUs, periodUs } });
    },
  },
  'cpu.stat': {
    root: true,
    read: ({ kernel, cgroups, group }) => {
      const { usageUs, periods, throttled, throttledUs } = kernel.accounts.groupCpu(group.path);
      const user = Math.floor((usageUs * 9) / 10);
      const basic = `usage_usec ${String(usageUs)}\nuser_usec ${String(user)}\nsystem_usec ${String(usageUs - user)}\n`;
      if (group.path === '/' || !cgroups.available(group.path).includes('cpu')) return basic;
      return (
        basic +
        `nr_periods ${String(periods)}\nnr_throttled ${String(throttled)}\nthrottled_usec ${String(throttledUs)}\n` +
        'nr_bursts 0\nburst_usec 0\n'
      );
    },
  },
  'cpu.weight': {
    controller: 'cpu',
    read: ({ group }) => line(group.cpuWeight),
    write: ({ cgroups, group }, text) => {
      cgroups.set(group.path, { cpuWeight: wholeNumber(text, 1, 10_000) });
    },
  },
  'cpuset.cpus': {
    controller: 'cpuset',
    read: ({ group }) => line(group.cpus),
    write: ({ cgroups, group, kernel }, text) => {
      const cpus = text.trim();
      if (cpus !== '' && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(cpus)) return invalid();
      if ((cpus.match(/\d+/g) ?? []).some((cpu) => Number(cpu) * 1000 >= kernel.hardware.cpuMilli)) return invalid();
      cgroups.set(group.path, { cpus });
    },
  },
  'cpuset.cpus.effective': {
    controller: 'cpuset',
    root: true,
    read: ({ kernel, group }) => line(group.cpus || allCpus(kernel)),
  },
  'memory.current': {
    controller: 'memory',
    read: ({ kernel, group }) => line(kernel.accounts.groupMemory(group.path)),
  },
  'memory.events': { controller: 'memory', read: ({ group }) => eventLines(group.events) },
  'memory.events.local': { controller: 'memory', read: ({ group }) => eventLines(group.localEvents) },
  'memory.high': { controller: 'memory', read: ({ group }) => limit(group.memoryHigh), write: setMemory('memoryHigh') },
  'memory.low': protection('memoryLow'),
  'memory.max': { controller: 'memory', read: ({ group }) => limit(group.memoryMax), write: setMemory('memoryMax') },
  'memory.min': protection('memoryMin'),
  'memory.oom.group': {
    controller: 'memory',
    read: ({ group }) => line(Number(group.oomGroup)),
    write: ({ cgroups, group }, text) => {
      cgroups.set(group.path, { oomGroup: wholeNumber(text, 0, 1) === 1 });
    },
  },
  'memory.peak': { controller: 'memory', read: ({ kernel, group }) => line(kernel.accounts.groupPeak(group.path)) },
  'memory.stat': {
    controller: 'memory',
    root: true,
    read: ({ kernel, group }) => `anon ${String(kernel.accounts.groupMemory(group.path))}\nfile 0\nkernel 0\n`,
  },
  'memory.swap.current': {
    controller: 'memory',
    read: ({ kernel, group }) => line(kernel.accounts.groupSwap(group.path)),
  },
  'memory.swap.max': { controller: 'memory', read: ({ group }) => limit(group.swapMax), write: setMemory('swapMax') },
  'pids.current': { controller: 'pids', read: ({ kernel, group }) => line(pidsIn(kernel, group.path)) },
  'pids.events': { controller: 'pids', read: ({ group }) => `max ${String(group.pidsRefused)}\n` },
  'pids.max': {
    controller: 'pids',
    read: ({ group }) => limit(group.pidsMax),
    write: ({ cgroups, group }, text) => {
      cgroups.set(group.path, { pidsMax: text.trim() === 'max' ? null : wholeNumber(text, 0, 4_194_304) });
    },
  },
};

function allCpus(kernel: Kernel): string {
  const count = Math.ceil(kernel.hardware.cpuMilli / 1000);
  return count === 1 ? '0' : `0-${String(count - 1)}`;
}

export function cgroupFiles(kernel: Kernel, cgroups: Cgroups, { cgroup }: { readonly cgroup: number }): VirtualFiles {
  /** Path in the tree of the machine: a cgroup namespace shows a part of it. */
  const absolute = (path: string): string => {
    const namespace = kernel.state.namespaces.get(cgroup);
    const root = namespace?.kind === 'cgroup' ? namespace.root : '/';
    if (path === '/') return root;
    return root === '/' ? path : `${root}${path}`;
  };

  const has = (group: Cgroup, file: CgroupFile): boolean => {
    if (group.path === '/' && file.root !== true) return false;
    return file.controller === undefined || cgroups.available(group.path).includes(file.controller);
  };

  function find(path: string): { group: Cgroup; file: CgroupFile } | undefined {
    const cut = path.lastIndexOf('/');
    const file = files[path.slice(cut + 1)];
    const at = absolute(path.slice(0, cut) || '/');
    if (!file || !cgroups.has(at)) return undefined;
    const group = cgroups.get(at);
    return has(group, file) ? { group, file } : undefined;
  }

  function found(path: string): { group: Cgroup; file: CgroupFile } {
    const result = find(path);
    if (!result) throw new LinuxError('ENOENT');
    return result;
  }

  return {
    type: 'cgroup2',
    lookup(path): VirtualNode | undefined {
      const at = absolute(path);
      if (cgroups.has(at))
        return { type: 'directory', mode: 0o755, ino: cgroups.get(at).ino, nlink: 2 + cgroups.children(at).length };
      const result = find(path);
      return result && { type: 'file', mode: result.file.mode ?? (result.file.write ? 0o644 : 0o444) };
    },
    list(path) {
      const group = cgroups.get(absolute(path));
      const below = cgroups.children(group.path).map((child) => child.path.slice(child.path.lastIndexOf('/') + 1));
      return [...Object.keys(files).filter((name) => has(group, files[name] as CgroupFile)), ...below];
    },
    read(path, caller) {
      const { group, file } = found(path);
      return file.read({ kernel, cgroups, group, caller });
    },
    write(path, text, caller) {
      const { group, file } = found(path);
      if (!file.write) throw new LinuxError('EACCES');
      file.write({ kernel, cgroups, group, caller }, text);
    },
    mkdir(path) {
      cgroups.make(absolute(path));
    },
    rmdir(path) {
      cgroups.remove(absolute(path));
    },
  };
}
