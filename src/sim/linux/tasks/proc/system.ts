// The files of /proc that are about the machine, and /proc/sys. Source: proc(5), Linux 6.1 on Debian 12. Departure:
// the load averages are what they would settle at if nothing changed; page cache is a fixed part of memory.
import { LinuxError } from '../../contract.ts';
import { capable, type Kernel, namespaceOf, taskState, tasksIn } from '../kernel.ts';
import { initialNamespaces } from '../namespaces.ts';
import type { Net } from '../network.ts';
import type { Binfmt, TaskRecord } from '../state.ts';

interface SystemContext {
  readonly kernel: Kernel;
  readonly namespace: number;
  readonly reader: TaskRecord;
}

interface SystemFile {
  readonly writable?: boolean;
  read(context: SystemContext): string;
  write?(context: SystemContext, text: string): void;
}

export const KERNEL_RELEASE = '6.1.0-18-amd64';
export const KERNEL_BUILD = '#1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)';

interface MemoryInfo {
  readonly totalBytes: number;
  readonly freeBytes: number;
  readonly availableBytes: number;
  readonly buffersBytes: number;
  readonly cachedBytes: number;
  readonly swapTotalBytes: number;
  readonly swapFreeBytes: number;
  readonly slabBytes: number;
}

function memoryInfo(kernel: Kernel): MemoryInfo {
  const { memoryBytes, swapBytes, kernelBytes } = kernel.hardware;
  const reserved = Math.floor(kernelBytes / 2);
  const totalBytes = memoryBytes - reserved;
  let wanted = 0;
  for (const task of kernel.state.tasks.values()) if (!task.exit) wanted += kernel.accounts.taskMemory(task);
  const room = totalBytes - (kernelBytes - reserved);
  const used = Math.min(wanted, room);
  const swapUsed = Math.min(swapBytes, Math.max(0, wanted - room));
  const availableBytes = Math.max(0, room - used);
  const cachedBytes = Math.min(Math.floor(availableBytes / 3), 419_430_400);
  const buffersBytes = Math.floor(cachedBytes / 16);
  return {
    totalBytes,
    availableBytes,
    freeBytes: availableBytes - cachedBytes - buffersBytes,
    cachedBytes,
    buffersBytes,
    swapTotalBytes: swapBytes,
    swapFreeBytes: swapBytes - swapUsed,
    slabBytes: kernelBytes - reserved,
  };
}

function loadAverage(kernel: Kernel): number {
  let hundredths = 0;
  for (const task of kernel.state.tasks.values())
    if (!task.exit && !task.stopped) hundredths += Math.floor(task.demandMilli / 10);
  return hundredths / 100;
}

function loadavg({ kernel, namespace }: SystemContext): string {
  const load = loadAverage(kernel).toFixed(2);
  const tasks = tasksIn(kernel, namespace);
  const running = tasks.filter(({ task }) => taskState(kernel, task) === 'R').length;
  const last = kernel.state.namespaces.get(namespace);
  const threads = tasks.reduce((sum, { task }) => sum + task.threads, 0);
  return `${load} ${load} ${load} ${String(running)}/${String(threads)} ${String(last?.kind === 'pid' ? last.lastPid : 0)}\n`;
}

function meminfo({ kernel }: SystemContext): string {
  const info = memoryInfo(kernel);
  const row = (name: string, bytes: number) =>
    `${`${name}:`.padEnd(16)}${String(Math.floor(bytes / 1024)).padStart(8)} kB\n`;
  const anon = info.totalBytes - info.availableBytes - info.slabBytes;
  return (
    row('MemTotal', info.totalBytes) +
    row('MemFree', info.freeBytes) +
    row('MemAvailable', info.availableBytes) +
    row('Buffers', info.buffersBytes) +
    row('Cached', info.cachedBytes) +
    row('SwapCached', 0) +
    row('AnonPages', Math.max(0, anon)) +
    row('Shmem', 0) +
    row('Slab', info.slabBytes) +
    row('SReclaimable', 0) +
    row('SUnreclaim', info.slabBytes) +
    row('SwapTotal', info.swapTotalBytes) +
    row('SwapFree', info.swapFreeBytes)
  );
}

function cpuinfo({ kernel }: SystemContext): string {
  const count = Math.ceil(kernel.hardware.cpuMilli / 1000);
  let text = '';
  for (let i = 0; i < count; i++)
    text +=
      kernel.architecture === 'x86_64'
        ? `processor\t: ${String(i)}\nvendor_id\t: GenuineIntel\nmodel name\t: Simulated x86-64 processor\ncpu MHz\t\t: 2500.000\n` +
          `cpu cores\t: ${String(count)}\nflags\t\t: fpu tsc cx8 cmov mmx fxsr sse sse2 syscall nx lm\nbogomips\t: 5000.00\n\n`
        : `processor\t: ${String(i)}\nBogoMIPS\t: 50.00\nFeatures\t: fp asimd\n\n`;
  return text;
}

function uptime({ kernel, reader }: SystemContext): string {
  const offset = namespaceOf(kernel, reader, 'time').boottimeMs;
  const seconds = (kernel.sim.now - kernel.bootAt + offset) / 1000;
  const idle = (seconds * kernel.hardware.cpuMilli) / 1000;
  return `${seconds.toFixed(2)} ${idle.toFixed(2)}\n`;
}

function statFile({ kernel }: SystemContext): string {
  const used = Math.floor(kernel.accounts.groupCpu('/').usageUs / 10_000);
  const all = Math.floor(((kernel.sim.now - kernel.bootAt) * kernel.hardware.cpuMilli) / 10_000);
  const line = `cpu  ${String(used)} 0 0 ${String(Math.max(0, all - used))} 0 0 0 0 0 0\n`;
  const boot = Math.floor((kernel.sim.epochMs + kernel.bootAt) / 1000);
  return `${line}btime ${String(boot)}\nprocesses ${String(kernel.state.forks)}\n`;
}

function netDev({ kernel, reader }: SystemContext): string {
  const net: Net = namespaceOf(kernel, reader, 'net').net;
  const head =
    'Inter-|   Receive                                                |  Transmit\n' +
    ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n';
  const zero =
    '       0       0    0    0    0     0          0         0        0       0    0    0    0     0       0          0';
  return (
    head +
    net.interfaces.map((one) => `${one.name.padStart(6)}: ${zero.trimStart().padStart(zero.length - 1)}\n`).join('')
  );
}

const constant = (text: string): SystemFile => ({ read: () => text });

/** By path. */
export const systemFiles: Readonly<Record<string, SystemFile>> = {
  '/cmdline': constant(`BOOT_IMAGE=/boot/vmlinuz-${KERNEL_RELEASE} root=/dev/vda1 ro quiet\n`),
  '/cpuinfo': { read: cpuinfo },
  '/filesystems': constant(
    'nodev\tsysfs\nnodev\ttmpfs\nnodev\tproc\nnodev\tcgroup2\nnodev\tdevtmpfs\n\text4\nnodev\toverlay\n',
  ),
  '/loadavg': { read: loadavg },
  '/meminfo': { read: meminfo },
  '/net/dev': { read: netDev },
  '/stat': { read: statFile },
  '/swaps': {
    read: ({ kernel }) =>
      'Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n' +
      (kernel.hardware.swapBytes > 0
        ? `/dev/vda2                               partition\t${String(kernel.hardware.swapBytes / 1024)}\t\t0\t\t-2\n`
        : ''),
  },
  '/sys/fs/binfmt_misc/status': constant('enabled\n'),
  '/sys/kernel/hostname': {
    writable: true,
    read: ({ kernel, reader }) => `${namespaceOf(kernel, reader, 'uts').hostname}\n`,
    write: ({ kernel, reader }, text) => {
      const uts = namespaceOf(kernel, reader, 'uts');
      if (!capable(kernel, reader, 'SYS_ADMIN', uts.owner)) throw new LinuxError('EPERM');
      kernel.state.namespaces.set(uts.id, { ...uts, hostname: text.trimEnd().slice(0, 64) });
    },
  },
  '/sys/kernel/domainname': { read: ({ kernel, reader }) => `${namespaceOf(kernel, reader, 'uts').domainname}\n` },
  '/sys/kernel/osrelease': constant(`${KERNEL_RELEASE}\n`),
  '/sys/kernel/ostype': constant('Linux\n'),
  '/sys/kernel/overflowuid': constant('65534\n'),
  '/sys/kernel/pid_max': constant('4194304\n'),
  '/sys/kernel/unprivileged_userns_clone': constant('1\n'),
  '/sys/kernel/version': constant(`${KERNEL_BUILD}\n`),
  '/sys/net/ipv4/ip_forward': constant('1\n'),
  '/sys/user/max_user_namespaces': constant('15448\n'),
  '/sys/vm/overcommit_memory': constant('0\n'),
  '/sys/vm/panic_on_oom': constant('0\n'),
  '/uptime': { read: uptime },
  '/version': constant(
    `Linux version ${KERNEL_RELEASE} (debian-kernel@lists.debian.org) (gcc-12 (Debian 12.2.0-14) 12.2.0, GNU ld (GNU Binutils for Debian) 2.40) ${KERNEL_BUILD}\n`,
  ),
};

export const binfmtDirectory = '/sys/fs/binfmt_misc';

export function binfmtText(one: Binfmt): string {
  return (
    `${one.enabled ? 'enabled' : 'disabled'}\ninterpreter ${one.interpreter}\nflags: ${one.flags}\n` +
    `offset ${String(one.offset)}\nmagic ${one.magic}\n${one.mask === '' ? '' : `mask ${one.mask}\n`}`
  );
}

export function mayAdministrate(kernel: Kernel, task: TaskRecord): boolean {
  return capable(kernel, task, 'SYS_ADMIN', initialNamespaces.user);
}
