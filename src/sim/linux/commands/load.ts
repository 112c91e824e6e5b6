// free(1), uptime(1), top(1) of procps-ng 4.0.2 and dmesg(1) of util-linux 2.38.1: how the machine is.
import { type Command, LinuxError, type Sys } from '../contract.ts';
import { formatTime } from '../../engine/time.ts';
import { notSimulated, parseOptions, readProc, withCalls } from './common.ts';
import { hasProc, listProcesses, type ProcessInfo, readClock } from './process-list.ts';

interface MemoryTable {
  readonly total: number;
  readonly free: number;
  readonly available: number;
  readonly shared: number;
  readonly cache: number;
  readonly used: number;
  readonly swapTotal: number;
  readonly swapFree: number;
}

/** KiB, as procps 4 works them out: used is what is not available. */
function readMemory(sys: Sys): MemoryTable | undefined {
  const text = readProc(sys.files, '/proc/meminfo');
  if (text === undefined) return undefined;
  const get = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  const total = get('MemTotal');
  const available = get('MemAvailable');
  return {
    total,
    free: get('MemFree'),
    available,
    shared: get('Shmem'),
    cache: get('Buffers') + get('Cached') + get('SReclaimable'),
    used: total - available,
    swapTotal: get('SwapTotal'),
    swapFree: get('SwapFree'),
  };
}

/** free -h: three characters and the unit. */
function scaled(kib: number): string {
  const bytes = kib * 1024;
  if (bytes < 1024) return `${String(bytes)}B`;
  const units = ['Ki', 'Mi', 'Gi', 'Ti'];
  let value = kib;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit++;
  }
  const text = value < 10 ? (Math.floor(value * 10) / 10).toFixed(1) : String(Math.floor(value));
  return `${text}${units[unit] ?? ''}`;
}

export const free: Command = (sys) => {
  const options = parseOptions(sys, [
    { names: ['b', 'bytes'] },
    { names: ['k', 'kibi'] },
    { names: ['m', 'mebi'] },
    { names: ['g', 'gibi'] },
    { names: ['h', 'human'] },
    { names: ['t', 'total'] },
    { names: ['w', 'wide'], refused: true },
    { names: ['s', 'seconds'], value: 'required', refused: true },
    { names: ['c', 'count'], value: 'required', refused: true },
    { names: ['V', 'version'] },
  ]);
  if (typeof options === 'number') return options;
  const memory = readMemory(sys);
  if (!memory) {
    sys.err('free: Memory information file /proc/meminfo does not exist\n');
    return 1;
  }
  const { set } = options;
  const show = (kib: number) =>
    set.has('h')
      ? scaled(kib)
      : String(set.has('b') ? kib * 1024 : set.has('m') ? Math.floor(kib / 1024) : set.has('g') ? Math.floor(kib / 1_048_576) : kib); // prettier-ignore
  const row = (name: string, cells: readonly number[]) =>
    `${name.padEnd(8)}${cells
      .map((cell) => show(cell).padStart(12))
      .join('')
      .slice(0)}\n`;
  const { total, used, free: unused, shared, cache, available, swapTotal, swapFree } = memory;
  sys.out('               total        used        free      shared  buff/cache   available\n');
  sys.out(row('Mem:', [total, used, unused, shared, cache, available]));
  sys.out(row('Swap:', [swapTotal, swapTotal - swapFree, swapFree]));
  if (set.has('t')) sys.out(row('Total:', [total + swapTotal, used + swapTotal - swapFree, unused + swapFree]));
  return 0;
};

const two = (n: number) => String(n).padStart(2, '0');

/** ` 20:09:05 up  6:50,  1 user,  load average: 0.00, 0.00, 0.00`. */
function uptimeLine(sys: Sys): string {
  const uptime = Math.floor(Number(sys.files.readText('/proc/uptime').split(' ')[0]));
  const day = Math.floor(uptime / 86_400);
  const hours = Math.floor(uptime / 3600) % 24;
  const minutes = Math.floor(uptime / 60) % 60;
  const since =
    (day > 0 ? `${String(day)} ${day === 1 ? 'day' : 'days'}, ` : '') +
    (hours > 0 ? `${String(hours).padStart(2)}:${two(minutes)}` : `${String(minutes)} min`);
  const loads = sys.files.readText('/proc/loadavg').split(' ').slice(0, 3).join(', ');
  const seats = new Set(listProcesses(sys.files).filter((info) => info.tty !== '?' && info.sid === info.pid).map((info) => info.tty)).size; // prettier-ignore
  return ` ${formatTime(sys.unixMs).slice(11, 19)} up ${since},  ${String(seats)} user${seats > 1 ? 's' : ''},  load average: ${loads}`;
}

export const uptime: Command = (sys) => {
  const options = parseOptions(sys, [
    { names: ['p', 'pretty'] },
    { names: ['s', 'since'] },
    { names: ['V', 'version'] },
  ]);
  if (typeof options === 'number') return options;
  if (!hasProc(sys.files)) {
    sys.err('uptime: Cannot get system uptime: No such file or directory\n');
    return 1;
  }
  const seconds = Math.floor(Number(sys.files.readText('/proc/uptime').split(' ')[0]));
  if (options.set.has('s')) {
    const at = formatTime(sys.unixMs - seconds * 1000);
    sys.out(`${at.slice(0, 10)} ${at.slice(11, 19)}\n`);
  } else if (options.set.has('p')) {
    const parts = [
      [Math.floor(seconds / 604_800), 'week'],
      [Math.floor(seconds / 86_400) % 7, 'day'],
      [Math.floor(seconds / 3600) % 24, 'hour'],
      [Math.floor(seconds / 60) % 60, 'minute'],
    ] as const;
    const said = parts.filter(([n]) => n > 0).map(([n, unit]) => `${String(n)} ${unit}${n > 1 ? 's' : ''}`);
    sys.out(`up ${said.length > 0 ? said.join(', ') : '0 minutes'}\n`);
  } else sys.out(`${uptimeLine(sys)}\n`);
  return 0;
};

export const top: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['b', 'batch'] },
    { names: ['n', 'iterations'], value: 'required' },
    { names: ['d', 'delay'], value: 'required' },
    { names: ['p', 'pid'], value: 'required' },
    { names: ['o', 'sort-override'], value: 'required', refused: true },
    { names: ['H', 'threads-show'], refused: true },
  ]);
  if (typeof options === 'number') return options;
  const { set } = options;
  if (!set.has('b') || set.get('n') !== '1') return notSimulated(sys, 'anything but `top -b -n1`');
  if (!hasProc(sys.files)) {
    sys.err('Error, do this: mount -t proc proc /proc\n');
    return 1;
  }
  const wanted = typeof set.get('p') === 'string' ? (set.get('p') as string).split(',') : undefined;
  const list = listProcesses(sys.files).filter(({ pid }) => wanted?.includes(String(pid)) ?? true);
  const { kernel } = sys.calls;
  const rate = (info: ProcessInfo) => {
    const namespace = sys.calls.self.namespaces.pid;
    const level = sys.calls.self.pids.length - 1;
    const task = [...kernel.state.tasks.values()].find(
      (one) => one.pids[level] === info.pid && (level === 0 || one.namespaces.pid === namespace),
    );
    return task ? kernel.accounts.taskRate(task.pid) : 0;
  };
  const count = (...states: string[]) => list.filter((info) => states.includes(info.state)).length;
  const memory = readMemory(sys) as MemoryTable;
  const mib = (kib: number) => (kib / 1024).toFixed(1).padStart(8);
  const busy = Math.min(1000, Math.floor((list.reduce((sum, info) => sum + rate(info), 0) * 1000) / sys.machine.cpuMilli)); // prettier-ignore
  const percent = (thousandths: number) =>
    `${String(Math.floor(thousandths / 10))}.${String(thousandths % 10)}`.padStart(5);
  sys.out(`top -${uptimeLine(sys)}\n`);
  sys.out(
    `Tasks: ${String(list.length).padStart(3)} total, ${String(count('R')).padStart(3)} running, ${String(count('S')).padStart(3)} sleeping, ` +
      `${String(count('T')).padStart(3)} stopped, ${String(count('Z')).padStart(3)} zombie\n`,
  );
  sys.out(
    `%Cpu(s):${percent(busy)} us,  0.0 sy,  0.0 ni,${percent(1000 - busy)} id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st \n`,
  );
  sys.out(`MiB Mem :${mib(memory.total)} total,${mib(memory.free)} free,${mib(memory.used)} used,${mib(memory.cache)} buff/cache     \n`); // prettier-ignore
  sys.out(`MiB Swap:${mib(memory.swapTotal)} total,${mib(memory.swapFree)} free,${mib(memory.swapTotal - memory.swapFree)} used.${mib(memory.available)} avail Mem \n\n`); // prettier-ignore
  sys.out('    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n');
  const clock = readClock(sys.files, sys.unixMs);
  for (const info of [...list].sort((a, b) => rate(b) - rate(a) || a.pid - b.pid)) {
    const user = info.user.length > 8 ? `${info.user.slice(0, 7)}+` : info.user.padEnd(8);
    const time = `${String(Math.floor(info.ticks / 6000))}:${two(Math.floor(info.ticks / 100) % 60)}.${two(info.ticks % 100)}`;
    sys.out(
      `${String(info.pid).padStart(7)} ${user} ${String(info.priority).padStart(3)} ${String(info.nice).padStart(3)} ` +
        `${topSize(info.vszKiB, 7)} ${topSize(info.rssKiB, 6)} ${topSize(info.shrKiB, 6)} ${info.state} ` +
        `${percent(rate(info))} ${percent(Math.floor((info.rssKiB * 1000) / clock.totalKiB))} ${time.padStart(9)} ${info.comm}\n`,
    );
  }
  return 0;
});

/** KiB; with a unit where there is no room. */
function topSize(kib: number, width: number): string {
  if (String(kib).length <= width) return String(kib).padStart(width);
  const mib = kib / 1024;
  const text = `${mib.toFixed(1)}m`;
  return (text.length <= width ? text : `${(mib / 1024).toFixed(1)}g`).padStart(width);
}

// ---------------------------------------------------------------------------------------------------- dmesg

const days = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const levels = ['emerg', 'alert', 'crit', 'err', 'warn', 'notice', 'info', 'debug'];

export const dmesg: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['T', 'ctime'] },
    { names: ['t', 'notime'] },
    { names: ['l', 'level'], value: 'required' },
    { names: ['x', 'decode'] },
    { names: ['H', 'human'], refused: true },
    { names: ['w', 'follow'], refused: true },
    { names: ['W', 'follow-new'], refused: true },
    { names: ['C', 'clear'], refused: true },
    { names: ['c', 'read-clear'], refused: true },
    { names: ['k', 'kernel'] },
  ]);
  if (typeof options === 'number') return options;
  const { set } = options;
  let lines;
  try {
    lines = sys.calls.log();
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    sys.err(`dmesg: read kernel buffer failed: ${error.message}\n`);
    return 1;
  }
  const wanted = typeof set.get('l') === 'string' ? (set.get('l') as string).split(',') : undefined;
  const unknown = wanted?.find((level) => !levels.includes(level));
  if (unknown !== undefined) {
    sys.err(`dmesg: unknown level '${unknown}'\n`);
    return 1;
  }
  const { kernel } = sys.calls;
  for (const { at, level, text } of lines) {
    if (wanted && !wanted.includes(levels[level] ?? '')) continue;
    const since = at - kernel.bootAt;
    const stamp = `${String(Math.floor(since / 1000)).padStart(5)}.${String(since % 1000).padStart(3, '0')}000`;
    const decode = set.has('x') ? `kern  :${(levels[level] ?? '').padEnd(6)}: ` : '';
    if (set.has('t')) sys.out(`${decode}${text}\n`);
    else if (set.has('T')) {
      const ms = kernel.sim.epochMs + at;
      const time = formatTime(ms);
      const weekday = days[(Math.floor(ms / 86_400_000) + 4) % 7] ?? '';
      const month = months[Number(time.slice(5, 7)) - 1] ?? '';
      const day = String(Number(time.slice(8, 10))).padStart(2);
      sys.out(`${decode}[${weekday} ${month} ${day} ${time.slice(11, 19)} ${time.slice(0, 4)}] ${text}\n`);
    } else sys.out(`${decode}[${stamp}] ${text}\n`);
  }
  return 0;
});
