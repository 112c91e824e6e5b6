// /proc/PID: what one process shows of itself. Source: proc(5), fs/proc of Linux 6.1.
import { LinuxError, namespaceKinds } from '../../contract.ts';
import type { VirtualNode } from '../../files/virtual.ts';
import { type Kernel, namespaceOf, pidIn, taskState } from '../kernel.ts';
import { capable } from '../kernel.ts';
import { capabilityMask, formatIdMap, type IdRange, initialNamespaces, insideId } from '../namespaces.ts';
import { oomScore, pageTableBytes } from '../oom.ts';
import { candidateOf, totalPages } from '../out-of-memory.ts';
import { signalNumbers, type Signal } from '../signals.ts';
import type { TaskRecord } from '../state.ts';
import { writeIdMap } from '../system-calls.ts';

export interface ProcContext {
  readonly kernel: Kernel;
  /** The PID namespace that this /proc is of. */
  readonly namespace: number;
  readonly task: TaskRecord;
  /** Undefined: the kernel itself looks. */
  readonly reader: TaskRecord | undefined;
}

interface ProcFile {
  readonly mode?: number;
  /** Only who may trace the process may look. */
  readonly guarded?: boolean;
  read(context: ProcContext): string;
  write?(context: ProcContext, text: string): void;
}

const kB = (bytes: number) => `${String(Math.floor(bytes / 1024)).padStart(8)} kB`;
const PAGE = 4096;

const stateNames = { R: 'R (running)', S: 'S (sleeping)', T: 'T (stopped)', Z: 'Z (zombie)' } as const;

/** Address space and resident bytes. */
function sizes(kernel: Kernel, task: TaskRecord): { vsize: number; rss: number; anon: number; file: number } {
  if (task.exit || task.role === 'kernel') return { vsize: 0, rss: 0, anon: 0, file: 0 };
  const anon = kernel.accounts.taskMemory(task);
  const file = task.memory.fileBytes;
  return { vsize: anon + 3 * file + 4_194_304, rss: anon + file, anon, file };
}

function ttyNumber(task: TaskRecord): number {
  const match = /^(pts\/|tty)(\d+)$/.exec(task.tty);
  if (!match) return 0;
  return (match[1] === 'tty' ? 4 * 256 : 136 * 256) + Number(match[2]);
}

/** The process group in front on a terminal: the command that runs, else the innermost shell. */
function foreground(kernel: Kernel, task: TaskRecord): TaskRecord | undefined {
  if (task.tty === '') return undefined;
  const there = [...kernel.state.tasks.values()].filter((one) => one.tty === task.tty && !one.exit);
  return there.filter((one) => one.role === 'command').pop() ?? there.filter((one) => one.role === 'hosted').pop();
}

function numberIn({ kernel, namespace }: ProcContext, pid: number): number {
  const task = kernel.state.tasks.get(pid);
  return task ? (pidIn(kernel, task, namespace) ?? 0) : 0;
}

function stat(context: ProcContext): string {
  const { kernel, task, namespace } = context;
  const { vsize, rss } = sizes(kernel, task);
  const ticks = Math.floor(kernel.accounts.taskCpuUs(task) / 10_000);
  const front = foreground(kernel, task);
  const fields = [
    pidIn(kernel, task, namespace) ?? 0,
    `(${task.comm})`,
    taskState(kernel, task),
    numberIn(context, task.ppid),
    numberIn(context, task.group),
    numberIn(context, task.session),
    ttyNumber(task),
    front ? numberIn(context, front.group) : -1,
    task.role === 'kernel' ? 2129984 : 4194560,
    0,
    0,
    0,
    0,
    Math.floor(ticks * 0.9),
    ticks - Math.floor(ticks * 0.9),
    0,
    0,
    20,
    0,
    task.threads,
    0,
    Math.floor((task.startedAt - kernel.bootAt) / 10),
    vsize,
    Math.floor(rss / PAGE),
    '18446744073709551615',
    ...Array<number>(13).fill(0),
    17,
    ...Array<number>(14).fill(0),
  ];
  return `${fields.join(' ')}\n`;
}

function status(context: ProcContext): string {
  const { kernel, task, namespace, reader } = context;
  const { vsize, rss, anon, file } = sizes(kernel, task);
  const user = reader ? namespaceOf(kernel, reader, 'user') : undefined;
  const id = (map: readonly IdRange[] | undefined, value: number) => (map ? insideId(map, value) : value);
  const uids = [task.realUid, task.uid, task.uid, task.uid].map((value) => id(user?.uidMap, value));
  const gids = [task.realGid, task.gid, task.gid, task.gid].map((value) => id(user?.gidMap, value));
  const pid = pidIn(kernel, task, namespace) ?? 0;
  const own = visiblePids(context);
  const caps = capabilityMask(task.capabilities);
  const mask = (signals: readonly Signal[]) =>
    signals
      .reduce((sum, signal) => sum | (1n << BigInt(signalNumbers[signal] - 1)), 0n)
      .toString(16)
      .padStart(16, '0');
  const rows: (readonly [string, string])[] = [
    ['Name', task.comm],
    ['Umask', '0022'],
    ['State', stateNames[taskState(kernel, task)]],
    ['Tgid', String(pid)],
    ['Ngid', '0'],
    ['Pid', String(pid)],
    ['PPid', String(numberIn(context, task.ppid))],
    ['TracerPid', '0'],
    ['Uid', uids.join('\t')],
    ['Gid', gids.join('\t')],
    ['FDSize', '64'],
    ['Groups', `${task.groups.map((group) => String(id(user?.gidMap, group))).join(' ')} `],
    ['NStgid', own.join('\t')],
    ['NSpid', own.join('\t')],
    ['NSpgid', String(numberIn(context, task.group))],
    ['NSsid', String(numberIn(context, task.session))],
  ];
  if (!task.exit && task.role !== 'kernel')
    rows.push(
      ['VmPeak', kB(vsize)],
      ['VmSize', kB(vsize)],
      ['VmLck', kB(0)],
      ['VmPin', kB(0)],
      ['VmHWM', kB(rss)],
      ['VmRSS', kB(rss)],
      ['RssAnon', kB(anon)],
      ['RssFile', kB(file)],
      ['RssShmem', kB(0)],
      ['VmPTE', kB(pageTableBytes(rss))],
      ['VmSwap', kB(0)],
    );
  rows.push(
    ['Threads', String(task.threads)],
    ['SigIgn', mask(task.ignores)],
    ['SigCgt', mask(task.handles)],
    ['CapInh', '0'.repeat(16)],
    ['CapPrm', caps],
    ['CapEff', caps],
    ['CapBnd', capabilityMask(task.bounding)],
    ['CapAmb', '0'.repeat(16)],
    ['NoNewPrivs', '0'],
    ['Seccomp', '0'],
  );
  return rows.map(([name, value]) => `${name}:\t${value}\n`).join('');
}

/** Its numbers from the reader's /proc down. */
function visiblePids({ kernel, task, namespace }: ProcContext): readonly number[] {
  const level = namespaceLevel(kernel, namespace);
  return task.pids.slice(level);
}

function namespaceLevel(kernel: Kernel, namespace: number): number {
  const found = kernel.state.namespaces.get(namespace);
  return found?.kind === 'pid' ? found.level : 0;
}

/** Its group, as the reader's cgroup namespace names it. */
function cgroup({ kernel, task, reader }: ProcContext): string {
  const root = reader ? namespaceOf(kernel, reader, 'cgroup').root : '/';
  return `0::${relative(root, task.cgroup)}${task.exit ? ' (deleted)' : ''}\n`;
}

function relative(root: string, path: string): string {
  if (root === '/' || path === root) return root === '/' ? path : '/';
  if (path.startsWith(`${root}/`)) return path.slice(root.length);
  const up = root.split('/').slice(1);
  const down = path.split('/').slice(1);
  let common = 0;
  while (common < up.length && up[common] === down[common]) common++;
  return `/${[...up.slice(common).map(() => '..'), ...down.slice(common).filter((part) => part !== '')].join('/')}`;
}

function maps({ kernel, task }: ProcContext): string {
  let address = 0x55d0_0000_0000;
  const line = (size: number, rights: string, path: string) => {
    const from = address.toString(16).padStart(12, '0');
    address += size;
    const text = `${from}-${address.toString(16).padStart(12, '0')} ${rights} 00000000 fe:01 0`;
    return `${text.padEnd(73)}${path}\n`;
  };
  const { anon } = sizes(kernel, task);
  const program = line(0x4000, 'r-xp', task.exe) + line(0x1000, 'rw-p', task.exe);
  const heap = line(Math.max(PAGE, Math.ceil(anon / PAGE) * PAGE), 'rw-p', '[heap]');
  address = 0x7f00_0000_0000;
  const libraries = task.libraries.map((path) => line(0x1000, 'r--p', path) + line(0x20000, 'r-xp', path)).join('');
  address = 0x7ffd_0000_0000;
  return program + heap + libraries + line(0x21000, 'rw-p', '[stack]');
}

function limits(): string {
  const rows = [
    ['Max cpu time', 'unlimited', 'unlimited', 'seconds'],
    ['Max file size', 'unlimited', 'unlimited', 'bytes'],
    ['Max stack size', '8388608', 'unlimited', 'bytes'],
    ['Max core file size', '0', 'unlimited', 'bytes'],
    ['Max processes', '31538', '31538', 'processes'],
    ['Max open files', '1024', '1048576', 'files'],
  ];
  const head = 'Limit                     Soft Limit           Hard Limit           Units     \n';
  return (
    head +
    rows
      .map(
        ([name = '', soft = '', hard = '', unit = '']) =>
          `${name.padEnd(26)}${soft.padEnd(21)}${hard.padEnd(21)}${unit.padEnd(10)}\n`,
      )
      .join('')
  );
}

export const processFiles: Readonly<Record<string, ProcFile>> = {
  cgroup: { read: cgroup },
  cmdline: { read: ({ task }) => (task.exit ? '' : task.argv.map((word) => `${word}\0`).join('')) },
  comm: {
    mode: 0o644,
    read: ({ task }) => `${task.comm}\n`,
    write: ({ kernel, task }, text) => {
      kernel.put({ ...task, comm: text.trimEnd().slice(0, 15) });
    },
  },
  environ: {
    mode: 0o400,
    guarded: true,
    read: ({ task }) =>
      Object.entries(task.env)
        .map(([name, value]) => `${name}=${value}\0`)
        .join(''),
  },
  gid_map: idMap('gid'),
  limits: { read: limits },
  maps: { guarded: true, read: maps },
  mountinfo: {
    read: ({ kernel, task }) =>
      kernel.fileWorld
        .mounts(task)
        .map(
          (one) =>
            `${String(one.id)} ${String(one.parent)} ${one.device} ${one.root} ${one.target} ${one.options}` +
            `${one.propagation === '' ? '' : ` ${one.propagation}`} - ${one.type} ${one.source} ${one.superOptions}\n`,
        )
        .join(''),
  },
  mounts: {
    read: ({ kernel, task }) =>
      kernel.fileWorld
        .mounts(task)
        .map((one) => {
          const extra = one.superOptions.split(',').slice(1);
          return `${one.source} ${one.target} ${one.type} ${[one.options, ...extra].join(',')} 0 0\n`;
        })
        .join(''),
  },
  oom_score: {
    read: ({ kernel, task }) => `${String(oomScore(candidateOf(kernel, task), totalPages(kernel, '')))}\n`,
  },
  oom_score_adj: {
    mode: 0o644,
    read: ({ task }) => `${String(task.oomScoreAdj)}\n`,
    write: ({ kernel, task, reader }, text) => {
      const value = Number(text.trim());
      if (!/^-?\d+$/.test(text.trim()) || value < -1000 || value > 1000) throw new LinuxError('EINVAL');
      const may = !reader || capable(kernel, reader, 'SYS_RESOURCE', initialNamespaces.user);
      if (value < task.oomScoreAdj && !may) throw new LinuxError('EACCES');
      kernel.put({ ...task, oomScoreAdj: value });
      kernel.replan();
    },
  },
  setgroups: {
    mode: 0o644,
    read: ({ kernel, task }) => `${namespaceOf(kernel, task, 'user').setgroups}\n`,
    write: ({ kernel, task }, text) => {
      const user = namespaceOf(kernel, task, 'user');
      const value = text.trim();
      if (value !== 'allow' && value !== 'deny') throw new LinuxError('EINVAL');
      if (user.gidMap.length > 0 || (value === 'allow' && user.setgroups === 'deny')) throw new LinuxError('EPERM');
      kernel.state.namespaces.set(user.id, { ...user, setgroups: value });
    },
  },
  stat: { read: stat },
  statm: {
    read: ({ kernel, task }) => {
      const { vsize, rss, file } = sizes(kernel, task);
      const pages = (bytes: number) => String(Math.floor(bytes / PAGE));
      return `${pages(vsize)} ${pages(rss)} ${pages(file)} 4 0 ${pages(rss - file)} 0\n`;
    },
  },
  status: { read: status },
  uid_map: idMap('uid'),
};

function idMap(kind: 'uid' | 'gid'): ProcFile {
  return {
    mode: 0o644,
    read: ({ kernel, task }) => {
      const user = namespaceOf(kernel, task, 'user');
      return formatIdMap(kind === 'uid' ? user.uidMap : user.gidMap);
    },
    write: ({ kernel, task, reader }, text) => {
      writeIdMap(kernel, reader ?? task, task, kind, text);
    },
  };
}

/** Links, and what is in directories below /proc/PID. */
export function processLink(context: ProcContext, name: string): VirtualNode | undefined {
  const { kernel, task } = context;
  switch (name) {
    case 'exe':
      return task.exe === '' || task.exit ? undefined : { type: 'symlink', target: task.exe };
    case 'cwd':
      return { type: 'symlink', target: task.cwd, jump: task.here };
    case 'root':
      return { type: 'symlink', target: kernel.fileWorld.pathOf({ ...task, root: kernel.fileWorld.rootOf(task.namespaces.mnt) }, task.root), jump: task.root }; // prettier-ignore
    default:
      return undefined;
  }
}

/** Entries of /proc/PID/ns. */
export const nsEntries = [...namespaceKinds, 'pid_for_children', 'time_for_children'].sort();

export function nsLink({ task }: ProcContext, name: string): VirtualNode | undefined {
  if (!nsEntries.includes(name)) return undefined;
  const kind = name.replace('_for_children', '') as (typeof namespaceKinds)[number];
  const id =
    name === 'pid_for_children'
      ? task.forChildren.pid
      : name === 'time_for_children'
        ? task.forChildren.time
        : task.namespaces[kind];
  return { type: 'symlink', target: `${kind}:[${String(id)}]` };
}

/** A link that may not be read. */
export function lockedLink(owner: { readonly uid: number; readonly gid: number }): VirtualNode {
  return {
    type: 'symlink',
    ...owner,
    get target(): string {
      throw new LinuxError('EACCES');
    },
  };
}

/** ptrace(2) access: the same ids and no more rights, or CAP_SYS_PTRACE over its user namespace. */
export function mayTrace({ kernel, task, reader }: ProcContext): boolean {
  if (!reader || reader.pid === task.pid) return true;
  if (capable(kernel, reader, 'SYS_PTRACE', task.namespaces.user)) return true;
  const same = reader.realUid === task.uid && task.uid === task.realUid && reader.realGid === task.gid;
  return same && task.capabilities.every((one) => reader.capabilities.includes(one));
}
