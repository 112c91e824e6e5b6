// The processes of a Debian 12 machine after boot, as systemd starts them: numbers, groups and sizes as seen on a small
// server. Departure: of the kernel's own threads only `kthreadd` is there.
import type { Place } from '../files/file-system.ts';
import type { Kernel } from './kernel.ts';
import { capabilityNames, initialNamespaces } from './namespaces.ts';
import type { TaskRecord } from './state.ts';

/** A process that is there from the start and does nothing that the simulator shows. */
export interface BootTask {
  readonly pid: number;
  readonly comm: string;
  readonly argv: readonly string[];
  readonly exe: string;
  readonly cgroup: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly memoryBytes: number;
  readonly oomScoreAdj?: number;
  readonly tty?: string;
}

const MIB = 1_048_576;

const debianBoot: readonly BootTask[] = [
  {
    pid: 214,
    comm: 'systemd-journal',
    argv: ['/lib/systemd/systemd-journald'],
    exe: '/usr/lib/systemd/systemd-journald',
    cgroup: '/system.slice/systemd-journald.service',
    memoryBytes: 5 * MIB,
    oomScoreAdj: -250,
  },
  {
    pid: 236,
    comm: 'systemd-udevd',
    argv: ['/lib/systemd/systemd-udevd'],
    exe: '/usr/bin/udevadm',
    cgroup: '/system.slice/systemd-udevd.service',
    memoryBytes: 3 * MIB,
    oomScoreAdj: -1000,
  },
  {
    pid: 402,
    comm: 'dbus-daemon',
    argv: ['/usr/bin/dbus-daemon', '--system', '--address=systemd:', '--nofork', '--nopidfile', '--systemd-activation', '--syslog-only'], // prettier-ignore
    exe: '/usr/bin/dbus-daemon',
    cgroup: '/system.slice/dbus.service',
    uid: 100,
    gid: 107,
    memoryBytes: 2 * MIB,
    oomScoreAdj: -900,
  },
  {
    pid: 404,
    comm: 'systemd-logind',
    argv: ['/lib/systemd/systemd-logind'],
    exe: '/usr/lib/systemd/systemd-logind',
    cgroup: '/system.slice/systemd-logind.service',
    memoryBytes: 3 * MIB,
  },
  {
    pid: 521,
    comm: 'sshd',
    argv: ['sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups'],
    exe: '/usr/sbin/sshd',
    cgroup: '/system.slice/ssh.service',
    memoryBytes: 3 * MIB,
    oomScoreAdj: -1000,
  },
];

/** Makes process 1 and the rest; `group` makes a control group. Returns process 1. */
export function bootTasks(
  kernel: Kernel,
  others: readonly BootTask[] | undefined,
  root: Place,
  group: (path: string) => void,
): TaskRecord {
  const make = (task: BootTask, ppid: number, extra: Partial<TaskRecord> = {}): TaskRecord => {
    group(task.cgroup);
    const record: TaskRecord = {
      pid: task.pid,
      ppid,
      pids: [task.pid],
      comm: task.comm,
      argv: task.argv,
      env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' },
      exe: task.exe,
      cwd: '/',
      here: root,
      root,
      uid: task.uid ?? 0,
      gid: task.gid ?? 0,
      realUid: task.uid ?? 0,
      realGid: task.gid ?? 0,
      groups: [],
      capabilities: (task.uid ?? 0) === 0 ? capabilityNames : [],
      bounding: capabilityNames,
      namespaces: initialNamespaces,
      forChildren: { pid: initialNamespaces.pid, time: initialNamespaces.time },
      cgroup: task.cgroup,
      stopped: false,
      startedAt: kernel.bootAt + 900 + 10 * task.pid,
      oomScoreAdj: task.oomScoreAdj ?? 0,
      libraries: [],
      program: task.comm,
      role: 'hosted',
      session: task.pid,
      group: task.pid,
      tty: task.tty ?? '',
      threads: 1,
      reaps: true,
      handles: ['TERM', 'HUP'],
      ignores: [],
      demandMilli: 0,
      cpuUs: 0,
      memory: {
        at: kernel.sim.now,
        bytes: task.memoryBytes,
        growthPerSecond: 0,
        ceilingBytes: Infinity,
        fileBytes: 2 * task.memoryBytes,
      },
      data: undefined,
      wakeEvent: -1,
      waitsFor: 0,
      exit: null,
      cause: null,
      ...extra,
    };
    kernel.put(record);
    return record;
  };
  const init = make(
    {
      pid: 1,
      comm: 'systemd',
      argv: ['/sbin/init'],
      exe: '/usr/lib/systemd/systemd',
      cgroup: '/init.scope',
      memoryBytes: 4 * MIB,
    },
    0,
  );
  make({ pid: 2, comm: 'kthreadd', argv: [], exe: '', cgroup: '/', memoryBytes: 0 }, 0, {
    role: 'kernel',
    session: 0,
    group: 0,
  });
  const boot = others ?? debianBoot;
  for (const task of boot) {
    make(task, 1, { handles: [] });
  }
  const lastPid = Math.max(2, ...boot.map(({ pid }) => pid)) + 60;
  const namespace = kernel.state.namespaces.get(initialNamespaces.pid);
  if (namespace?.kind === 'pid') kernel.state.namespaces.set(namespace.id, { ...namespace, lastPid, init: 1 });
  return init;
}
